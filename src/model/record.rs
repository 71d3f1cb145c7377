//! What one block of replicates leaves behind: the only thing that passes from the model to the results.

use serde::{Deserialize, Serialize};

pub use crate::vm::mask::{Mask, flags, holds, lanes, mask};
use crate::vm::{LANES, Row};

/// First passages that never came.
pub const NEVER: u32 = u32::MAX;

/// One block's histories at the reported rows, and what was noted at every step.
///
/// Tables are flat; `[a][b]` in a comment means index `a · (number of b) + b`. Numbers of signals,
/// indicators and so on are those of the model's lists, in their order.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The replicate in lane 0, counted from 0; a multiple of [`LANES`].
    pub first: u64,
    /// Lanes that are replicates of this run and have not failed. Only these count.
    pub alive: Mask,
    /// `[reported row][value signal]`: levels at the row, counts since the reported row before.
    /// Once-per-replicate signals are filled in row 0 only; counts are 0 there.
    pub values: Vec<Row>,
    /// `[reported row][flag signal]`.
    pub flags: Vec<Mask>,
    /// `[value signal]`: at the end; for a count, the total from the start to the end.
    pub at_end: Vec<Row>,
    /// One for each indicator.
    pub indicators: Vec<IndicatorRecord>,
    /// `[milestone]`: the first row at which it is true.
    pub milestones: Vec<[u32; LANES]>,
    /// `[milestone]`: whether it is true at the last row at or before its own date (or the end).
    pub milestones_at_date: Vec<Mask>,
    /// `[phase]`: the first row at which it is done.
    pub phases_done: Vec<[u32; LANES]>,
    /// `[phase]`: the first row at which it is cancelled.
    pub phases_cancelled: Vec<[u32; LANES]>,
    /// `[site]`: the first row at which it is empty, having had people.
    pub sites_closed: Vec<[u32; LANES]>,
    /// `[site]`: attacks on it, killed, wounded; totals to the end.
    pub site_losses: Vec<[Row; 3]>,
    /// `[quantity]`: drawn values, in the order of the model's list of drawn quantities.
    pub drawn: Vec<Row>,
    /// `[row][followed signal]`: every step of the signals whose whole paths were asked for.
    pub paths: Vec<Row>,
    /// Replicates that stopped.
    pub failures: Vec<Failure>,
    /// `[clamp]`: how often each held a value to its limits.
    pub clamped: Vec<u64>,
}

/// One indicator over one block. Index 0 is amber, which includes red; index 1 is red.
#[derive(Clone, Debug)]
pub struct IndicatorRecord {
    /// `[level][reported row]`: at or past the threshold for long enough, now.
    pub now: [Vec<Mask>; 2],
    /// `[level][reported row]`: at this row or any step before.
    pub ever: [Vec<Mask>; 2],
    /// `[level][reported row]`: days at the level from the start to the row.
    pub days: [Vec<[u32; LANES]>; 2],
    /// The indicator's mean over all steps: what its histories are ranked by.
    pub mean: Row,
    /// The indicator's worst value over all steps: the greatest, or the least where lower is worse.
    pub peak: Row,
}

/// Why a replicate stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Counted from 0.
    pub replicate: u64,
    /// The row at which it stopped.
    pub row: usize,
    /// The signal or key that could not be read.
    pub signal: String,
    /// The sub-expression, as written, that gave the value.
    pub expression: String,
    /// What was wrong with it.
    pub reason: String,
}
