//! drawdown: what a withdrawal does to troop levels and risk, and how sure we are.
//!
//! A scenario file (TOML) says who is where, what the schedule is, and at which rates things happen. It
//! becomes a [`Model`]; a [`Run`] simulates it thousands of times; [`Results`] hold the probabilities, the
//! quantiles and their Monte Carlo errors. The language is described in `scenarios/REFERENCE.md`, made by
//! [`model::reference`].
//!
//! ```
//! use drawdown::{Run, Scenario, export};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let temporary = tempfile::tempdir()?;
//! # let folder = temporary.path();
//! let scenario = Scenario::open("scenarios/iraq-syria.toml")?  // Err(Diagnostics): all of them
//!     .with("phases.coalition_ends.end", "2026-03-31")?;       // what `extends` and --set do, too
//! let model = scenario.compile()?;                             // Send + Sync, no text
//! let results = Run::new(&model).replicates(100).seed(7).jobs(2).start()?;
//! let iraq = results.signal("iraq.troops")?.on("2025-09-30")?; // the last reported row by that date
//! println!("{} in [{}, {}]", iraq.mean, iraq.q(0.05), iraq.q(0.95));
//! export::csv(&results, folder)?;                              // every table, and a manifest
//! # assert!(iraq.q(0.05) <= iraq.mean && iraq.mean <= iraq.q(0.95));
//! # Ok(())
//! # }
//! ```
//!
//! Floors, from the ground up; each uses those below it only: [`calendar`], [`lang`] (text to checked
//! values), [`vm`] (numbers in lanes of 64 replicates), [`model`] (processes and the step), [`results`],
//! [`run`], [`study`] (many runs with a purpose), [`export`], [`cli`].

pub mod calendar;
pub mod cli;
pub mod export;
pub mod lang;
pub mod model;
pub mod results;
pub mod run;
pub mod study;
pub mod vm;

pub use lang::diagnostic::Diagnostics;
pub use model::Model;
pub use model::scenario::Scenario;
pub use results::Results;
pub use run::Run;
