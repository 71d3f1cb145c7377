//! Studies: many runs with a purpose.

pub mod causes;
pub mod comparison;
pub mod design;
pub mod hindcast;
pub mod idle;
pub mod influence;
pub mod points;
pub mod sensitivity;
pub mod sweep;
pub mod target;

pub use crate::lang::lever::{Lever, Setting};
pub use crate::model::sweeps::Plan;
pub use causes::Causes;
pub use comparison::{Compared, Comparison, ComparisonError};
pub use design::Design;
pub use hindcast::{Hindcast, HindcastError, Observed, Scored};
pub use influence::{Influence, Watch};
pub use sensitivity::{Findings, Method, Sensitivity, SensitivityError};
pub use sweep::{Sweep, Swept};
pub use target::{Target, TargetError};
