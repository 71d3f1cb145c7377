//! Reading an indicator: how likely amber and red are, and for how long.

use crate::results::Results;
use crate::results::legend::Indicator;
use crate::results::representatives::Representatives;
use crate::results::stats::{self, Estimate};
use crate::results::thresholds::LevelTally;

/// A threshold of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// At or past amber, red included.
    Amber,
    /// At or past red.
    Red,
}

/// One indicator's results; rows are reported rows.
#[derive(Clone, Copy, Debug)]
pub struct IndicatorResult<'a> {
    /// Names and thresholds.
    pub indicator: &'a Indicator,
    levels: &'a [LevelTally; 2],
    representatives: &'a Representatives,
    completed: u64,
    failed: u64,
}

impl Level {
    /// Both, the milder first.
    pub const ALL: [Self; 2] = [Self::Amber, Self::Red];

    /// `amber` or `red`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

impl<'a> IndicatorResult<'a> {
    pub(super) fn new(results: &'a Results, number: usize) -> Self {
        Self {
            indicator: &results.legend.indicators[number],
            levels: &results.tally.thresholds.levels[number],
            representatives: &results.tally.representatives[number],
            completed: results.completed(),
            failed: results.failed(),
        }
    }

    /// The probability of being at the level at a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn now(&self, level: Level, row: usize) -> Estimate {
        stats::probability(self.level(level).now[row], self.completed, self.failed)
    }

    /// The probability of having been at the level at any step up to a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn ever(&self, level: Level, row: usize) -> Estimate {
        stats::probability(self.level(level).ever[row], self.completed, self.failed)
    }

    /// The expected days at the level from the start to a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn days(&self, level: Level, row: usize) -> Estimate {
        let n = self.completed as f64;
        let (sum, squares) = (self.level(level).days[row] as f64, self.level(level).days_squared[row] as f64);
        let spread = squares - sum * sum / n;
        let spread = if spread < 0.0 { 0.0 } else { spread };
        let sd = (self.completed >= 2).then(|| (spread / (n - 1.0)).sqrt());
        stats::mean(sum / n, sd, self.completed)
    }

    /// The replicate (counted from 1) whose mean of the indicator is nearest the median history's.
    pub fn median_replicate(&self) -> Option<u64> {
        self.replicate_near(0.5)
    }

    /// The replicate (counted from 1) whose mean of the indicator is nearest the edge of the worst five
    /// percent.
    pub fn worst_replicate(&self) -> Option<u64> {
        self.replicate_near(if self.indicator.lower_is_worse { 0.05 } else { 0.95 })
    }

    fn replicate_near(&self, p: f64) -> Option<u64> {
        self.representatives.at_rank(stats::rank(p, self.completed)).map(|replicate| replicate + 1)
    }

    fn level(&self, level: Level) -> &'a LevelTally {
        match level {
            Level::Amber => &self.levels[0],
            Level::Red => &self.levels[1],
        }
    }
}
