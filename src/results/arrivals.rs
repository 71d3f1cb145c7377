//! Reading what has a date: milestones, phases and sites.

use crate::calendar::{Calendar, Date};
use crate::results::Results;
use crate::results::bins::Scale;
use crate::results::legend::{Milestone, Phase, Site};
use crate::results::passages::Passages;
use crate::results::series::Point;
use crate::results::stats::{self, Estimate};

/// When something first happened, over all completed replicates (or those that meet a condition).
#[derive(Clone, Copy, Debug)]
pub struct Arrivals<'a> {
    passages: &'a Passages,
    calendar: &'a Calendar,
    failed: u64,
}

/// A quantile of a date: histories in which it never came by the end sort last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateQuantile {
    /// Came on this date.
    On(Date),
    /// Had not come by the end.
    AfterEnd,
}

/// One milestone's results.
#[derive(Clone, Copy, Debug)]
pub struct MilestoneResult<'a> {
    /// Names, date and condition.
    pub milestone: &'a Milestone,
    /// When it first became true; among histories in which its `given`, if any, happened.
    pub arrivals: Arrivals<'a>,
    at_date: u64,
}

/// One phase's results.
#[derive(Clone, Copy, Debug)]
pub struct PhaseResult<'a> {
    /// Names and announced dates.
    pub phase: &'a Phase,
    /// When it was done.
    pub done: Arrivals<'a>,
    /// When it was cancelled: the other way to end.
    pub cancelled: Arrivals<'a>,
}

/// One site's results.
#[derive(Clone, Copy, Debug)]
pub struct SiteResult<'a> {
    /// Names, theatre and place.
    pub site: &'a Site,
    /// When it was first empty, having had people.
    pub closed: Arrivals<'a>,
    /// Attacks on it from the start to the end.
    pub attacks: Point<'a>,
    /// Killed there, from the start to the end.
    pub killed: Point<'a>,
    /// Wounded there, from the start to the end.
    pub wounded: Point<'a>,
}

impl<'a> Arrivals<'a> {
    fn new(results: &'a Results, passages: &'a Passages) -> Self {
        Self { passages, calendar: &results.legend.calendar, failed: results.tally.failed }
    }

    /// Replicates looked at: completed, and meeting the condition if there is one.
    pub fn among(&self) -> u64 {
        self.passages.among
    }

    /// The probability that it has happened by a date, that date included.
    pub fn by(&self, date: Date) -> Estimate {
        let arrived = self.calendar.row_at(date).map_or(0, |row| self.passages.arrived(row));
        self.probability(arrived)
    }

    /// The probability that it has happened by the end.
    pub fn by_end(&self) -> Estimate {
        self.by(self.calendar.end())
    }

    /// The probability that it has not happened by the end.
    pub fn not_by_end(&self) -> Estimate {
        self.probability(self.among() - self.passages.arrived(self.calendar.steps()))
    }

    /// The probability that it has happened by each row, every step of the calendar from its start.
    pub fn curve(&self) -> Vec<(Date, Estimate)> {
        let mut arrived = 0;
        let rows = self.passages.by_row.iter().enumerate();
        rows.map(|(row, &count)| {
            arrived += count;
            (self.calendar.date(row), self.probability(arrived))
        })
        .collect()
    }

    /// The date by which it has happened in a share `p` of the histories; `None` when there are none.
    pub fn date(&self, p: f64) -> Option<DateQuantile> {
        (self.among() > 0).then(|| self.at_rank(stats::rank(p, self.among())))
    }

    /// The 95 % interval of [`Self::date`]; `None` when there are too few histories to have one.
    pub fn date_interval(&self, p: f64) -> Option<(DateQuantile, DateQuantile)> {
        let (low, high) = stats::rank_interval(p, self.among())?;
        Some((self.at_rank(low), self.at_rank(high)))
    }

    /// The histories in which it happened by the end.
    pub fn met(&self) -> u64 {
        self.passages.arrived(self.calendar.steps())
    }

    /// The date by which it has happened in a share `p` of the histories in which it happens at all, and the
    /// 95 % interval of that; `None` where there are none, or too few.
    pub fn date_among_met(&self, p: f64) -> (Option<Date>, Option<(Date, Date)>) {
        let met = self.met();
        let on = |rank| self.passages.row_at_rank(rank).map(|row| self.calendar.date(row));
        let ends = stats::rank_interval(p, met).and_then(|(low, high)| Some((on(low)?, on(high)?)));
        ((met > 0).then(|| on(stats::rank(p, met))).flatten(), ends)
    }

    fn at_rank(&self, rank: u64) -> DateQuantile {
        let row = self.passages.row_at_rank(rank);
        row.map_or(DateQuantile::AfterEnd, |row| DateQuantile::On(self.calendar.date(row)))
    }

    fn probability(&self, count: u64) -> Estimate {
        stats::probability(count, self.among(), self.failed)
    }
}

impl<'a> MilestoneResult<'a> {
    pub(super) fn new(results: &'a Results, number: usize) -> Self {
        Self {
            milestone: &results.legend.milestones[number],
            arrivals: Arrivals::new(results, &results.tally.milestones[number]),
            at_date: results.tally.milestones_at_date[number],
        }
    }

    /// The probability that it has happened by its date; by the end if it has none.
    pub fn by_its_date(&self) -> Estimate {
        self.milestone.by.map_or_else(|| self.arrivals.by_end(), |date| self.arrivals.by(date))
    }

    /// The probability that it is true at its date (or at the end): it may have been so and passed.
    pub fn true_at_its_date(&self) -> Estimate {
        self.arrivals.probability(self.at_date)
    }
}

impl<'a> PhaseResult<'a> {
    pub(super) fn new(results: &'a Results, number: usize) -> Self {
        Self {
            phase: &results.legend.phases[number],
            done: Arrivals::new(results, &results.tally.phases_done[number]),
            cancelled: Arrivals::new(results, &results.tally.phases_cancelled[number]),
        }
    }

    /// The probability that it is done by its announced end; by the scenario's end if it has none.
    pub fn by_its_date(&self) -> Estimate {
        self.phase.end.map_or_else(|| self.done.by_end(), |date| self.done.by(date))
    }

    /// The probability that at the end it is neither done nor cancelled.
    pub fn open_at_end(&self) -> Estimate {
        let end = self.done.calendar.steps();
        let ended = self.done.passages.arrived(end) + self.cancelled.passages.arrived(end);
        self.done.probability(self.done.among().saturating_sub(ended))
    }
}

impl<'a> SiteResult<'a> {
    pub(super) fn new(results: &'a Results, number: usize) -> Self {
        let (legend, tally) = (&results.legend, &results.tally);
        let [attacks, killed, wounded] = tally.site_losses[number].each_ref();
        let total = |cell| Point::of_cell(legend.calendar.end(), cell, Scale::WHOLE, tally.completed);
        Self {
            site: &legend.sites[number],
            closed: Arrivals::new(results, &tally.sites_closed[number]),
            attacks: total(attacks),
            killed: total(killed),
            wounded: total(wounded),
        }
    }
}
