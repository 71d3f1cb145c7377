//! How far a run has come: what is kept of one that is stopped, to go on from there.

use serde::{Deserialize, Serialize};

use crate::results::Tally;

/// Every replicate below a number is counted, and none from there on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Halfway {
    /// Where to go on, a whole number of tiles of 64 unless all is done.
    pub upto: u64,
    /// What was counted.
    pub tally: Tally,
}
