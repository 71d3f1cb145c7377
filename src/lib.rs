//! drawdown: what a withdrawal does to troop levels and risk, and how sure we are.

pub mod calendar;
pub mod export;
pub mod lang;
pub mod model;
pub mod results;
pub mod vm;
