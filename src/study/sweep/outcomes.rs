//! Where finished points are kept: their outcomes in memory or elsewhere, and of each a summary that stays.
//!
//! Ranking, words and pictures read the summaries; whole outcomes are for tables and paired differences, one
//! point at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::outcome::{Outcome, Target, row_of};
use crate::results::Estimate;

/// The outcomes of a sweep's points.
pub trait Outcomes: fmt::Debug + Send + Sync {
    /// Keeps the outcome of a point, wherever there is room.
    fn keep(&mut self, point: usize, outcome: Outcome);

    /// The points that are kept, in their order.
    fn points(&self) -> Vec<usize>;

    /// What a point came to.
    ///
    /// # Errors
    /// It is not kept, or cannot be read back.
    fn outcome(&self, point: usize) -> Result<Cow<'_, Outcome>, Lost>;
}

/// A point (from 0) whose outcome is not to be had, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    pub point: usize,
    pub why: String,
}

/// Every outcome in memory: some ten kilobytes a point.
#[derive(Clone, Debug, Default)]
pub struct InMemory(BTreeMap<usize, Outcome>);

/// What stays in memory of every point.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Histories that count.
    pub completed: u64,
    /// Histories that stopped.
    pub failed: u64,
    /// What points are ranked by, in the order of the targets and of [`Target::ranked_by`].
    headlines: Box<[Estimate]>,
}

impl Outcomes for InMemory {
    fn keep(&mut self, point: usize, outcome: Outcome) {
        self.0.insert(point, outcome);
    }

    fn points(&self) -> Vec<usize> {
        self.0.keys().copied().collect()
    }

    fn outcome(&self, point: usize) -> Result<Cow<'_, Outcome>, Lost> {
        let found = self.0.get(&point).map(Cow::Borrowed);
        found.ok_or_else(|| Lost::never_run(point))
    }
}

/// Lent for a sweep, to be asked again when that is over.
impl<T: Outcomes + ?Sized> Outcomes for &mut T {
    fn keep(&mut self, point: usize, outcome: Outcome) {
        (**self).keep(point, outcome);
    }

    fn points(&self) -> Vec<usize> {
        (**self).points()
    }

    fn outcome(&self, point: usize) -> Result<Cow<'_, Outcome>, Lost> {
        (**self).outcome(point)
    }
}

impl Summary {
    pub fn new(targets: &[Target], outcome: &Outcome) -> Self {
        let of_target = |(number, target): (usize, &Target)| {
            let first = row_of(targets, number);
            target.ranked_by().iter().map(move |statistic| outcome.rows[first + statistic])
        };
        Self {
            completed: outcome.completed,
            failed: outcome.failed,
            headlines: targets.iter().enumerate().flat_map(of_target).collect(),
        }
    }

    /// A statistic of a target; `None` where points are not ranked by it.
    pub fn get(&self, targets: &[Target], target: usize, statistic: usize) -> Option<Estimate> {
        let first: usize = targets[..target].iter().map(|t| t.ranked_by().len()).sum();
        let place = targets[target].ranked_by().iter().position(|known| *known == statistic)?;
        Some(self.headlines[first + place])
    }
}

impl Lost {
    pub fn never_run(point: usize) -> Self {
        Self { point, why: "it was not run".to_owned() }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what point {} came to cannot be read back: {}", self.point + 1, self.why)
    }
}

impl std::error::Error for Lost {}
