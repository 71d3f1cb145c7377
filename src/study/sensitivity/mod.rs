//! Sensitivity.

pub mod delta;
pub mod morris;
pub mod pawn;
pub mod ranks;
pub mod regression;
pub mod resample;
pub mod sobol;
