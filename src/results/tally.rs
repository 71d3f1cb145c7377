//! What a run remembers of its replicates: of one size however many there are, and the same whatever
//! order the blocks came in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::record::{Failure, Mask, NEVER, Record};
use crate::results::bins::Scale;
use crate::results::cell::Cell;
use crate::results::counts::CountTally;
use crate::results::legend::{Kind, Legend, Signal};
use crate::results::passages::{Passages, add_each};
use crate::results::representatives::Representatives;
use crate::results::thresholds::ThresholdTally;
use crate::vm::LANES;

/// Failures told one by one; further ones are only counted.
pub const FAILURES_KEPT: usize = 10_000;

/// Summaries of all replicates seen so far; at most `u32::MAX` of them.
///
/// Two tallies of the same replicates are equal once settled, however these were cut into tallies
/// (at tiles of 64) and merged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Replicates that reached the end: all that is counted below is among them.
    pub completed: u64,
    /// Replicates that stopped on the way.
    pub failed: u64,
    /// The lowest-numbered failures, by replicate (counted from 0).
    pub failures: BTreeMap<u64, Failure>,
    /// `[reported row · repeated + repeated]`: value signals that change; row 0 of a count stays empty.
    pub values: Vec<Cell>,
    /// `[once]`: value signals that are the same at every row of a replicate.
    pub once: Vec<Cell>,
    /// `[reported row · flags + flag]`: replicates in which the flag is raised.
    pub flags: Vec<u64>,
    /// Amber and red.
    pub thresholds: ThresholdTally,
    /// `[milestone]`: among the histories in which its `given`, if any, happened.
    pub milestones: Vec<Passages>,
    /// `[milestone]`: how many of these have it true at its date.
    pub milestones_at_date: Vec<u64>,
    /// `[phase]`.
    pub phases_done: Vec<Passages>,
    /// `[phase]`.
    pub phases_cancelled: Vec<Passages>,
    /// `[site]`.
    pub sites_closed: Vec<Passages>,
    /// `[site]`: attacks on it, killed, wounded, from the start to the end.
    pub site_losses: Vec<[Cell; 3]>,
    /// Counts over a window and in total, and bases handed over.
    pub counts: CountTally,
    /// `[clamp]`: how often each held a value to its limits.
    pub clamped: Vec<u64>,
    /// `[indicator]`: replicates by the indicator's mean over their history.
    pub representatives: Vec<Representatives>,
}

impl Tally {
    /// No replicates yet.
    pub fn new(legend: &Legend) -> Self {
        let rows = legend.report.len();
        let flags = legend.signals.iter().filter(|signal| signal.kind == Kind::Flag).count();
        let (once, repeated): (Vec<_>, Vec<_>) = values(legend).partition(|(_, signal)| signal.once);
        let passages = |count: usize| vec![Passages::new(legend.calendar.steps() + 1); count];
        Self {
            completed: 0,
            failed: 0,
            failures: BTreeMap::new(),
            values: vec![Cell::default(); rows * repeated.len()],
            once: vec![Cell::default(); once.len()],
            flags: vec![0; rows * flags],
            thresholds: ThresholdTally::new(legend),
            milestones: passages(legend.milestones.len()),
            milestones_at_date: vec![0; legend.milestones.len()],
            phases_done: passages(legend.phases.len()),
            phases_cancelled: passages(legend.phases.len()),
            sites_closed: passages(legend.sites.len()),
            site_losses: vec![Default::default(); legend.sites.len()],
            counts: CountTally::new(legend),
            clamped: vec![0; legend.clamps.len()],
            representatives: vec![Representatives::default(); legend.indicators.len()],
        }
    }

    /// Adds one block. The record must be of the same model as the legend the tally was made for.
    pub fn add(&mut self, legend: &Legend, record: &Record) {
        self.add_all_but_values(legend, record);
        self.add_values(&places(legend), record);
    }

    /// Adds the values that change.
    pub(super) fn add_values(&mut self, places: &[Place], record: &Record) {
        for Place { cell, row, scale } in places.iter().filter(|_| record.alive != 0) {
            self.values[*cell].add(&record.values[*row], record.alive, scale);
        }
    }

    fn cells(&mut self) -> impl Iterator<Item = &mut Cell> {
        let others = self.site_losses.iter_mut().flatten().chain(self.counts.cells());
        self.values.iter_mut().chain(&mut self.once).chain(others)
    }

    /// Adds what a block holds beside the values that change.
    pub(super) fn add_all_but_values(&mut self, legend: &Legend, record: &Record) {
        self.completed += u64::from(record.alive.count_ones());
        self.add_failures(&record.failures);
        add_each(&mut self.clamped, &record.clamped);
        if record.alive == 0 {
            return;
        }
        for (count, flags) in self.flags.iter_mut().zip(&record.flags) {
            *count += u64::from((flags & record.alive).count_ones());
        }
        self.thresholds.add(&record.indicators, record.alive);
        for (representatives, indicator) in self.representatives.iter_mut().zip(&record.indicators) {
            representatives.add(&indicator.mean, record.first, record.alive);
        }
        self.add_passages(legend, record);
        self.counts.add(legend, record);
        for (cells, rows) in self.site_losses.iter_mut().zip(&record.site_losses) {
            for (cell, row) in cells.iter_mut().zip(rows) {
                cell.add(row, record.alive, &Scale::WHOLE);
            }
        }
        let once = values(legend).filter(|(_, signal)| signal.once);
        for (cell, (number, signal)) in self.once.iter_mut().zip(once) {
            cell.add(&record.values[number], record.alive, &Scale::of(signal));
        }
    }

    /// Adds what a tally of other replicates of the same run holds.
    pub fn merge(&mut self, mut other: Self) {
        // What is added to the fuller one mostly finds room there: with many signals, they are most of a run's memory.
        if self.completed < other.completed {
            std::mem::swap(self, &mut other);
        }
        self.completed += other.completed;
        self.failed += other.failed;
        self.failures.extend(other.failures);
        self.keep_lowest_failures();
        let cells = other.values.iter().chain(&other.once).chain(other.site_losses.iter().flatten());
        // The counts' own cells come after these, and see to themselves.
        for (mine, its) in self.cells().zip(cells) {
            mine.merge(its);
        }
        self.counts.merge(&other.counts);
        add_each(&mut self.flags, &other.flags);
        self.thresholds.merge(&other.thresholds);
        add_each(&mut self.milestones_at_date, &other.milestones_at_date);
        let passages = [
            (&mut self.milestones, &other.milestones),
            (&mut self.phases_done, &other.phases_done),
            (&mut self.phases_cancelled, &other.phases_cancelled),
            (&mut self.sites_closed, &other.sites_closed),
        ];
        for (mine, its) in passages {
            mine.iter_mut().zip(its).for_each(|(mine, its)| mine.merge(its));
        }
        add_each(&mut self.clamped, &other.clamped);
        for (mine, its) in self.representatives.iter_mut().zip(&other.representatives) {
            mine.merge(its);
        }
    }

    /// Whether it has the shape of a tally of this legend: one that was read from a file may not.
    pub fn fits(&self, legend: &Legend) -> bool {
        self.shape() == Self::new(legend).shape()
    }

    /// The lengths of all that is in it.
    fn shape(&self) -> Vec<usize> {
        let passages = [&self.milestones, &self.phases_done, &self.phases_cancelled, &self.sites_closed];
        let levels = self.thresholds.levels.iter().flatten();
        let levels = levels.flat_map(|level| [&level.now, &level.ever, &level.days, &level.days_squared]);
        let counts = [
            &self.flags,
            &self.milestones_at_date,
            &self.clamped,
            &self.thresholds.any_red,
            &self.thresholds.two_red,
        ];
        let CountTally { recent, totals, sites_closed } = &self.counts;
        let others = [
            self.values.len(),
            self.once.len(),
            self.site_losses.len(),
            self.representatives.len(),
            recent.len(),
            totals.len(),
            sites_closed.len(),
        ];
        let of_passages = passages.iter().flat_map(|group| group.iter().map(|p| p.by_row.len()));
        let mut shape: Vec<usize> =
            others.into_iter().chain(passages.iter().map(|group| group.len())).collect();
        shape.extend(of_passages.chain(counts.into_iter().chain(levels).map(Vec::len)));
        shape
    }

    /// Brings the tally into the one form its replicates have: equal tallies are then equal in bytes.
    pub fn settle(&mut self) {
        self.cells().for_each(Cell::settle);
    }

    fn add_passages(&mut self, legend: &Legend, record: &Record) {
        for (number, milestone) in legend.milestones.iter().enumerate() {
            let given = milestone
                .given
                .map_or(record.alive, |given| record.alive & happened(&record.milestones[given]));
            self.milestones[number].add(&record.milestones[number], given);
            let at_date = record.milestones_at_date[number] & given;
            self.milestones_at_date[number] += u64::from(at_date.count_ones());
        }
        let others = [
            (&mut self.phases_done, &record.phases_done),
            (&mut self.phases_cancelled, &record.phases_cancelled),
            (&mut self.sites_closed, &record.sites_closed),
        ];
        for (passages, rows) in others {
            passages.iter_mut().zip(rows).for_each(|(passages, rows)| passages.add(rows, record.alive));
        }
    }

    fn add_failures(&mut self, failures: &[Failure]) {
        self.failed += failures.len() as u64;
        self.failures.extend(failures.iter().map(|failure| (failure.replicate, failure.clone())));
        self.keep_lowest_failures();
    }

    fn keep_lowest_failures(&mut self) {
        while self.failures.len() > FAILURES_KEPT {
            self.failures.pop_last();
        }
    }
}

/// Where one cell's values are in a record.
pub(super) struct Place {
    /// Among [`Tally::values`].
    pub(super) cell: usize,
    /// Among [`Record::values`].
    pub(super) row: usize,
    pub(super) scale: Scale,
}

/// The cells of values that change, in order; not those of counts at row 0, which stay empty.
pub(super) fn places(legend: &Legend) -> Vec<Place> {
    let all: Vec<(usize, &Signal)> = values(legend).collect();
    let repeated: Vec<(usize, &Signal)> = all.iter().copied().filter(|(_, signal)| !signal.once).collect();
    let place = |row: usize, at: usize| {
        let (number, signal) = repeated[at];
        let is_counted = row > 0 || signal.kind != Kind::Count;
        let (cell, row) = (row * repeated.len() + at, row * all.len() + number);
        is_counted.then(|| Place { cell, row, scale: Scale::of(signal) })
    };
    let rows = 0..legend.report.len();
    let cells = rows.flat_map(|row| (0..repeated.len()).map(move |at| (row, at)));
    cells.filter_map(|(row, at)| place(row, at)).collect()
}

/// The signals that are values, with their numbers in a record.
fn values(legend: &Legend) -> impl Iterator<Item = (usize, &Signal)> {
    legend.signals.iter().filter(|signal| signal.kind != Kind::Flag).enumerate()
}

/// The lanes in which a first passage came by the end.
fn happened(rows: &[u32; LANES]) -> Mask {
    rows.iter().enumerate().fold(0, |mask, (lane, &row)| mask | (Mask::from(row != NEVER) << lane))
}
