//! Studies: many runs with a purpose.

pub mod points;
pub mod sensitivity;
pub mod target;

pub use sensitivity::{Findings, Method, Sensitivity, SensitivityError};
pub use target::{Target, TargetError};
