//! What results need to be read: names, labels, units, dates, thresholds, the announced schedule, sources.

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Date};

/// Everything about a scenario that a table or a picture of its results says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Legend {
    /// The scenario file's stem: `iraq-syria`.
    pub scenario: String,
    /// The scenario's `name`, else its stem.
    pub title: String,
    /// All rows.
    pub calendar: Calendar,
    /// The rows that are reported, ascending; the first is 0 and the last is the end.
    pub report: Vec<usize>,
    /// Summarised signals, in the order of the tables. Flags and values are interleaved here; in a
    /// record they are numbered apart, each in this order.
    pub signals: Vec<Signal>,
    /// Numbers with amber and red, in the order of a record's.
    pub indicators: Vec<Indicator>,
    /// Conditions whose dates are asked for, in the order of a record's.
    pub milestones: Vec<Milestone>,
    /// Steps of the schedule, in the order of a record's.
    pub phases: Vec<Phase>,
    /// Countries and areas.
    pub theatres: Vec<Theatre>,
    /// Bases, in the order of a record's.
    pub sites: Vec<Site>,
    /// Counts whose recent past and whose total are told.
    pub counts: Vec<Count>,
    /// How many days the recent past of a date is long.
    pub recent_days: u32,
    /// Every quantity of the scenario with its distribution and source: the assumption ledger.
    pub quantities: Vec<Quantity>,
    /// Where the quantities came from.
    pub sources: Vec<Source>,
    /// Names of what can be held to limits, in the order of `Record::clamped`.
    pub clamps: Vec<String>,
    /// Signals whose whole paths are kept, in the order of `Record::paths`.
    pub paths: Vec<String>,
}

impl Legend {
    /// Whether its places lie within its lists: one that was read from a file may be wrong.
    pub fn is_sound(&self) -> bool {
        let rising = self.report.is_sorted_by(|a, b| a < b);
        let ends = (self.report.first(), self.report.last()) == (Some(&0), Some(&self.calendar.steps()));
        let given = self.milestones.iter().filter_map(|milestone| milestone.given);
        let values = self.signals.iter().filter(|signal| signal.kind != Kind::Flag).count();
        let counted = self.counts.iter().flat_map(|count| &count.signals).all(|signal| *signal < values);
        rising && ends && counted && given.into_iter().all(|other| other < self.milestones.len())
    }

    /// The reported row after which the recent past of another begins, as near to its days as rows allow; `None` before
    /// there is a whole one.
    pub fn recent_from(&self, row: usize) -> Option<usize> {
        let days = |row: usize| i64::from(self.calendar.days_at(self.report[row]));
        let wanted = days(row) - i64::from(self.recent_days);
        let nearest = (0..row).min_by_key(|from| (days(*from) - wanted).abs());
        nearest.filter(|_| wanted >= 0)
    }
}

/// How long a recent past is: about 90 days, or 30, 7 or one where these are more than a quarter of the run, in whole
/// reported rows.
pub fn recent_days(calendar: &Calendar, report: &[usize]) -> u32 {
    let days = |row: usize| report.get(row).map_or(0, |row| calendar.days_at(*row));
    let (first, whole) = (days(1).max(1), days(report.len().saturating_sub(1)));
    let wanted = [90, 30, 7].into_iter().find(|days| 4 * days <= whole).unwrap_or(1);
    first * ((f64::from(wanted) / f64::from(first)).round() as u32).max(1)
}

/// What a signal's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// 0 or 1: summarised as a probability.
    Flag,
    /// A value at a date.
    Level,
    /// How many in a span of time: summarised as totals since the row before, none at the start.
    Count,
}

/// A summarised signal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Signal {
    /// As expressions call it: `iraq.troops`.
    pub name: String,
    /// What its numbers are.
    pub kind: Kind,
    /// `people`, `attacks`, `%`…; empty when the scenario does not say.
    pub unit: String,
    /// Whole numbers only: quantiles are then rounded to whole numbers.
    pub whole: bool,
    /// The same at every row of a replicate (a parameter): reported at the start only.
    pub once: bool,
}

/// A signal with amber and red.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Indicator {
    /// Its key in the scenario.
    pub id: String,
    /// What tables and pictures call it.
    pub label: String,
    /// Its unit; empty when the scenario does not say.
    pub unit: String,
    /// The thresholds, at the medians of what they are drawn from.
    pub amber: f64,
    /// The worse one.
    pub red: f64,
    /// Red is below amber.
    pub lower_is_worse: bool,
    /// How long the threshold must be passed before it counts.
    pub for_days: f64,
}

/// A condition whose date is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Milestone {
    /// Its key in the scenario.
    pub id: String,
    /// What tables and pictures call it.
    pub label: String,
    /// The date it is asked for, if one was given.
    pub by: Option<Date>,
    /// Counted only among histories in which this other milestone (an index) happened.
    pub given: Option<usize>,
}

/// A step of the schedule, as announced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Phase {
    /// Its key in the scenario.
    pub id: String,
    /// What tables and pictures call it.
    pub label: String,
    /// Announced dates, shifted by `shift_days` but not slipped; a triggered phase has none.
    pub start: Option<Date>,
    /// The same for its end.
    pub end: Option<Date>,
}

/// A country or area.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Theatre {
    /// Its key in the scenario.
    pub id: String,
    /// What tables and pictures call it.
    pub label: String,
    /// People by row if every dated phase runs exactly as announced and no triggered one opens:
    /// (date, people) at each reported row.
    pub announced: Vec<(Date, f64)>,
}

/// A base.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Site {
    /// Its key in the scenario.
    pub id: String,
    /// What tables and pictures call it.
    pub label: String,
    /// The id of the theatre it is in.
    pub theatre: String,
    /// Degrees north and east.
    pub location: Option<[f64; 2]>,
    /// When it is first empty if every dated phase runs exactly as announced and no triggered one opens.
    pub announced_empty: Option<Date>,
}

/// Something counted in each step, alone or over several signals.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Count {
    /// Of the attack process; `killed` and `wounded` over all of them.
    pub id: String,
    /// What tables and pictures call it.
    pub label: String,
    /// What its numbers are.
    pub counted: Counted,
    /// Whether our people are struck.
    pub strikes_us: bool,
    /// The signals that are added up, by their numbers among the values of a record.
    pub signals: Vec<usize>,
}

/// What a count counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Counted {
    /// Attacks of one process.
    Attacks,
    /// People killed, by all processes that tell.
    Killed,
    /// People wounded, by all processes that tell.
    Wounded,
}

/// An assumption.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Quantity {
    /// Where it stands: `parameters.reliance`.
    pub path: String,
    /// The distribution as a person writes it: `PERT 0.1, 0.3, 0.6`.
    pub text: String,
    /// An id of a source, or words that begin with `judgement`, `unverified` or `derived`.
    pub source: Option<String>,
    /// How far that is to be trusted: `high`, `medium` or `low`.
    pub confidence: Option<String>,
    /// A remark.
    pub note: Option<String>,
    /// What was counted.
    pub basis: Option<String>,
    /// Its place in `Record::drawn`; `None` for a number or a draw at each onset.
    pub drawn: Option<usize>,
}

/// Where a number came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Source {
    /// Its key in the scenario.
    pub id: String,
    /// Of the article, report or record.
    pub title: String,
    /// When it was published.
    pub date: Option<Date>,
    /// Where to find it.
    pub url: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::Legend;
    use crate::results::fixture::legend;

    #[test]
    fn places_outside_the_lists_are_seen() {
        assert!(legend().is_sound());
        let broken = |change: &dyn Fn(&mut Legend)| {
            let mut legend = legend();
            change(&mut legend);
            !legend.is_sound()
        };
        assert!(broken(&|legend| legend.report = vec![0, 3, 2]));
        assert!(broken(&|legend| legend.report = vec![0, 2, 2, 3]));
        assert!(broken(&|legend| legend.report = vec![1, 3]));
        assert!(broken(&|legend| legend.report = vec![0, 2]));
        assert!(broken(&|legend| legend.milestones[1].given = Some(2)));
        // Of five signals four are values.
        assert!(!broken(&|legend| legend.counts[0].signals = vec![3]));
        assert!(broken(&|legend| legend.counts[0].signals = vec![4]));
    }
}
