//! From records to numbers: exact order-free sums, quantile bins, thresholds, milestones, and what they say.

pub mod arrivals;
pub mod backlog;
pub mod bins;
pub mod cell;
pub mod counts;
mod describe;
pub mod exact;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
pub mod indicators;
pub mod legend;
pub mod passages;
pub mod representatives;
pub mod series;
pub mod stats;
pub mod tally;
pub mod thresholds;

use std::fmt;

pub use arrivals::{Arrivals, DateQuantile, MilestoneResult, PhaseResult, SiteResult};
pub use counts::{CountResult, Recent};
pub use indicators::{IndicatorResult, Level};
pub use legend::Legend;
pub use series::{Point, Series};
pub use stats::{Estimate, Interval};
pub use tally::Tally;

use crate::calendar::Date;
use crate::model::record::Failure;

/// What a run found, ready to be read.
///
/// A *row* here is a reported row: a place in [`Legend::report`]. Everything is conditional on the
/// replicate having been completed; probabilities carry intervals that cover the failed ones too.
#[derive(Clone, Debug)]
pub struct Results {
    /// Names, labels, dates and sources.
    pub legend: Legend,
    /// The numbers as they were counted, settled.
    pub tally: Tally,
    /// The seed that, with the scenario, gives the same results again.
    pub seed: u64,
}

/// Why there is nothing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No summarised signal has this name.
    UnknownSignal {
        /// The name asked for.
        name: String,
        /// The signal with the most similar name.
        nearest: Option<String>,
    },
    /// The text is no date.
    NoDate {
        /// The text.
        text: String,
    },
    /// The date is before the start or after the end.
    OutsideRun {
        /// The date asked for.
        date: Date,
        /// The first date of the run.
        start: Date,
        /// The last date of the run.
        end: Date,
    },
    /// Counts belong to a span of time: before the first reported one there is none.
    NothingCounted {
        /// The count.
        signal: String,
        /// The date asked for.
        date: Date,
    },
}

impl Results {
    /// Settles the tally; it must have been made for this legend.
    pub fn new(legend: Legend, mut tally: Tally, seed: u64) -> Self {
        tally.settle();
        Self { legend, tally, seed }
    }

    /// Replicates completed: what every number rests on.
    pub fn completed(&self) -> u64 {
        self.tally.completed
    }

    /// Replicates that stopped on the way.
    pub fn failed(&self) -> u64 {
        self.tally.failed
    }

    /// Replicates run, completed or failed.
    pub fn replicates(&self) -> u64 {
        self.completed() + self.failed()
    }

    /// The lowest-numbered failures (at most [`tally::FAILURES_KEPT`]), in the order of replicates.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.tally.failures.values()
    }

    /// What held values to their limits, and how often.
    pub fn clamped(&self) -> impl Iterator<Item = (&str, u64)> {
        self.legend.clamps.iter().map(String::as_str).zip(self.tally.clamped.iter().copied())
    }

    /// The date of a reported row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn date(&self, row: usize) -> Date {
        self.legend.calendar.date(self.legend.report[row])
    }

    /// The dates of all reported rows.
    pub fn dates(&self) -> Vec<Date> {
        self.legend.report.iter().map(|&row| self.legend.calendar.date(row)).collect()
    }

    /// The last reported row at or before a date; `None` outside the run.
    pub fn row_on(&self, date: Date) -> Option<usize> {
        let calendar = &self.legend.calendar;
        let row = calendar.row_at(date).filter(|_| date <= calendar.end())?;
        self.legend.report.partition_point(|&reported| reported <= row).checked_sub(1)
    }

    /// A summarised signal.
    ///
    /// # Errors
    /// There is none of this name; the error names the nearest.
    pub fn signal(&self, name: &str) -> Result<Series<'_>, Missing> {
        let place = self.legend.signals.iter().position(|signal| signal.name == name);
        place.map(|place| Series::new(self, place)).ok_or_else(|| Missing::UnknownSignal {
            name: name.to_owned(),
            nearest: nearest(name, self.legend.signals.iter().map(|signal| signal.name.as_str())),
        })
    }

    /// All summarised signals, in the order of the tables.
    pub fn signals(&self) -> impl Iterator<Item = Series<'_>> {
        (0..self.legend.signals.len()).map(|place| Series::new(self, place))
    }

    /// An indicator, by its number in the legend.
    ///
    /// # Panics
    /// If there is no such indicator.
    pub fn indicator(&self, number: usize) -> IndicatorResult<'_> {
        IndicatorResult::new(self, number)
    }

    /// All indicators.
    pub fn indicators(&self) -> impl Iterator<Item = IndicatorResult<'_>> {
        (0..self.legend.indicators.len()).map(|number| self.indicator(number))
    }

    /// The probability that at a reported row at least one indicator is red.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn any_red(&self, row: usize) -> Estimate {
        stats::probability(self.tally.thresholds.any_red[row], self.completed(), self.failed())
    }

    /// The probability that at a reported row two indicators or more are red.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn two_red(&self, row: usize) -> Estimate {
        stats::probability(self.tally.thresholds.two_red[row], self.completed(), self.failed())
    }

    /// A milestone, by its number in the legend.
    ///
    /// # Panics
    /// If there is no such milestone.
    pub fn milestone(&self, number: usize) -> MilestoneResult<'_> {
        MilestoneResult::new(self, number)
    }

    /// All milestones.
    pub fn milestones(&self) -> impl Iterator<Item = MilestoneResult<'_>> {
        (0..self.legend.milestones.len()).map(|number| self.milestone(number))
    }

    /// A phase, by its number in the legend.
    ///
    /// # Panics
    /// If there is no such phase.
    pub fn phase(&self, number: usize) -> PhaseResult<'_> {
        PhaseResult::new(self, number)
    }

    /// All phases.
    pub fn phases(&self) -> impl Iterator<Item = PhaseResult<'_>> {
        (0..self.legend.phases.len()).map(|number| self.phase(number))
    }

    /// All counts: attacks by process, killed, wounded.
    pub fn counts(&self) -> impl Iterator<Item = CountResult<'_>> {
        (0..self.legend.counts.len()).map(|number| CountResult::new(self, number))
    }

    /// How many sites have been handed over by a reported row: empty at some time, having had people.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn handed_over(&self, row: usize) -> Point<'_> {
        let cell = &self.tally.counts.sites_closed[row];
        Point::of_cell(self.date(row), cell, bins::Scale::WHOLE, self.completed())
    }

    /// A site, by its number in the legend.
    ///
    /// # Panics
    /// If there is no such site.
    pub fn site(&self, number: usize) -> SiteResult<'_> {
        SiteResult::new(self, number)
    }

    /// All sites.
    pub fn sites(&self) -> impl Iterator<Item = SiteResult<'_>> {
        (0..self.legend.sites.len()).map(|number| self.site(number))
    }
}

/// The most similar name, if any is similar enough to be meant.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let scored = names.map(|other| (strsim::jaro_winkler(name, other), other));
    let (score, best) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score > 0.7).then(|| best.to_owned())
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSignal { name, nearest: Some(nearest) } => {
                write!(f, "no summarised signal is called `{name}`; did you mean `{nearest}`?")
            }
            Self::UnknownSignal { name, nearest: None } => {
                write!(f, "no summarised signal is called `{name}`")
            }
            Self::NoDate { text } => write!(f, "`{text}` is not a date such as 2025-09-30"),
            Self::OutsideRun { date, start, end } => {
                write!(f, "{date} is outside the run, which goes from {start} to {end}")
            }
            Self::NothingCounted { signal, date } => {
                write!(
                    f,
                    "`{signal}` counts what happens between rows, and by {date} there is only the first"
                )
            }
        }
    }
}

impl std::error::Error for Missing {}

#[cfg(test)]
mod tests;
