//! drawdown: what a withdrawal does to troop levels and risk, and how sure we are.

pub mod calendar;
pub mod cli;
pub mod export;
pub mod lang;
pub mod model;
pub mod results;
pub mod run;
pub mod vm;

pub use lang::diagnostic::Diagnostics;
pub use model::Model;
pub use model::scenario::Scenario;
pub use results::Results;
pub use run::Run;
