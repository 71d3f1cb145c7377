//! From records to numbers: exact order-free sums, quantile bins, thresholds, milestones, and what they say.

pub mod bins;
pub mod cell;
pub mod exact;
pub mod legend;
pub mod passages;
pub mod representatives;
pub mod tally;
pub mod thresholds;
