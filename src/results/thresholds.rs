//! Amber and red: how many replicates are there now, have ever been, and for how many days.

use serde::{Deserialize, Serialize};

use crate::model::record::{IndicatorRecord, Mask};
use crate::results::legend::Legend;
use crate::results::passages::add_each;
use crate::vm::LANES;

/// One level of one indicator; every table is `[reported row]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelTally {
    /// Replicates at the level.
    pub now: Vec<u64>,
    /// Replicates that are or have been at the level at any step.
    pub ever: Vec<u64>,
    /// Days at the level so far: their sum.
    pub days: Vec<u64>,
    /// Days at the level so far: the sum of their squares.
    pub days_squared: Vec<u64>,
}

/// All indicators.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThresholdTally {
    /// `[indicator][level]`: amber, which includes red, then red.
    pub levels: Vec<[LevelTally; 2]>,
    /// `[reported row]`: replicates with at least one indicator red.
    pub any_red: Vec<u64>,
    /// `[reported row]`: replicates with two indicators or more red.
    pub two_red: Vec<u64>,
}

impl ThresholdTally {
    /// Nothing counted yet.
    pub fn new(legend: &Legend) -> Self {
        let rows = legend.report.len();
        let levels = legend.indicators.iter().map(|_| [LevelTally::new(rows), LevelTally::new(rows)]);
        Self { levels: levels.collect(), any_red: vec![0; rows], two_red: vec![0; rows] }
    }

    /// Adds the lanes in `alive` of one block.
    pub fn add(&mut self, indicators: &[IndicatorRecord], alive: Mask) {
        for (levels, record) in self.levels.iter_mut().zip(indicators) {
            for (level, tally) in levels.iter_mut().enumerate() {
                tally.add(&record.now[level], &record.ever[level], &record.days[level], alive);
            }
        }
        for (row, (any, two)) in self.any_red.iter_mut().zip(&mut self.two_red).enumerate() {
            let (mut once, mut twice) = (0, 0);
            for record in indicators {
                let red = record.now[1][row] & alive;
                twice |= once & red;
                once |= red;
            }
            *any += u64::from(once.count_ones());
            *two += u64::from(twice.count_ones());
        }
    }

    /// Adds what another tally holds.
    pub fn merge(&mut self, other: &Self) {
        for (mine, its) in self.levels.iter_mut().flatten().zip(other.levels.iter().flatten()) {
            mine.merge(its);
        }
        add_each(&mut self.any_red, &other.any_red);
        add_each(&mut self.two_red, &other.two_red);
    }
}

impl LevelTally {
    fn new(rows: usize) -> Self {
        let zeros = || vec![0; rows];
        Self { now: zeros(), ever: zeros(), days: zeros(), days_squared: zeros() }
    }

    fn add(&mut self, now: &[Mask], ever: &[Mask], days: &[[u32; LANES]], alive: Mask) {
        for row in 0..self.now.len() {
            self.now[row] += u64::from((now[row] & alive).count_ones());
            let ever = ever[row] & alive;
            if ever == 0 {
                continue; // never there, so no days either
            }
            self.ever[row] += u64::from(ever.count_ones());
            let (mut sum, mut squares) = (0, 0);
            for (lane, &days) in days[row].iter().enumerate() {
                let days = u64::from(days) * ((ever >> lane) & 1);
                sum += days;
                squares += days * days;
            }
            self.days[row] += sum;
            self.days_squared[row] += squares;
        }
    }

    fn merge(&mut self, other: &Self) {
        add_each(&mut self.now, &other.now);
        add_each(&mut self.ever, &other.ever);
        add_each(&mut self.days, &other.days);
        add_each(&mut self.days_squared, &other.days_squared);
    }
}
