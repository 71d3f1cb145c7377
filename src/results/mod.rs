//! From records to numbers: exact order-free sums, quantile bins, thresholds, milestones, and what they say.

pub mod legend;
