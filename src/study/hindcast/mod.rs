//! Hindcast: what a scenario said, held against what happened.
//!
//! A scenario dated a day used nothing learned after it; [`Observed`] says what came of it. Every observation is scored
//! as the forecast of a sample, and so are three simple rules; skill is how much less the scenario misses by than they
//! do. [`scores`] says how, [`bootstrap`] how sure that is.

mod bar;
pub mod bootstrap;
mod cells;
mod forecasts;
mod observed;
mod scored;
pub mod scores;

use std::fmt;

pub use bar::{Bar, Missed};
pub use forecasts::Baseline;
pub use observed::{Observables, Observation, Observed, What};
pub use scored::{BaselineScore, Group, Measure, PIT_BINS, Scored, ScoredObservation, day_of};

use crate::model::Model;
use crate::model::record::Record;
use crate::results::{Legend, Results};
use crate::run::{Effort, Run, RunError, effort_setters};
use forecasts::Collector;

/// A scenario to be held against what happened.
///
/// ```
/// use drawdown::study::hindcast::{Baseline, Observables, Observed};
/// use drawdown::study::Hindcast;
///
/// // Raids at an unknown rate: four a month before, then between four and twelve.
/// let text = "schema = 1\nstart = 2024-01-01\nend = 2024-12-31\nreplicates = 1000\nseed = 7\n\
///             [parameters]\nrate = { uniform = [4, 12] }\n\
///             [attacks.raids]\nper_month = \"rate\"\nbefore = 4\n";
/// let model = drawdown::Scenario::parse("raids.toml", text)?.compile()?;
/// let table = "date,signal,low,high,basis,source\n\
///              2024-06-30,raids.attacks,50,55,,counted\n\
///              2024-12-31,raids.attacks,100,,at least,counted\n";
/// let observed = Observed::parse("observed.csv", table, &Observables::of(&model))?;
/// let scored = Hindcast::new(&model, &observed).start()?;
/// // Eight a month are 48 in six months: near, where four a month are not.
/// assert!(scored.overall.skill(Baseline::Unchanged).expect("there is one").value > 0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Hindcast<'a> {
    model: &'a Model,
    observed: &'a Observed,
    effort: Effort<'a>,
}

/// Why nothing was scored.
#[derive(Debug)]
pub enum HindcastError {
    /// Nothing was observed.
    NothingObserved,
    /// It could not run.
    Run(RunError),
    /// No history ran to the end.
    NothingCompleted,
    /// A history has no number for this signal on a date that was observed.
    NoNumber(String),
}

impl<'a> Hindcast<'a> {
    /// A run as the scenario asks for it, on every core.
    pub fn new(model: &'a Model, observed: &'a Observed) -> Self {
        Self { model, observed, effort: Effort::default() }
    }

    /// How many histories.
    pub fn replicates(mut self, replicates: u64) -> Self {
        self.effort.replicates = Some(replicates);
        self
    }

    effort_setters!();

    /// How many histories will be simulated.
    pub fn histories(&self) -> u64 {
        self.effort.replicates.unwrap_or(self.model.replicates)
    }

    /// Runs, and scores. Memory grows with histories times observations.
    ///
    /// # Errors
    /// Before anything runs: nothing was observed, or the run makes no sense. After it: no history ran to the end, or
    /// one has no number where something was observed.
    pub fn start(self) -> Result<Scored, HindcastError> {
        let list = &self.observed.list;
        if list.is_empty() {
            return Err(HindcastError::NothingObserved);
        }
        let mut names = self.observed.signals();
        names.retain(|name| self.model.signal(name).is_some());
        let mut collector = Collector::new(list, &names, self.model.calendar);
        let results = self.simulate(&names, &mut collector)?;
        if results.completed() == 0 {
            return Err(HindcastError::NothingCompleted);
        }
        let paths = forecasts::announced(self.model, &names);
        let forecasts = collector.finish(&results.legend, &paths);
        let forecasts = forecasts.map_err(|at| HindcastError::NoNumber(list[at].signal.clone()))?;
        let schedules = names
            .iter()
            .zip(&paths)
            .map(|(name, path)| ((*name).to_owned(), forecasts::reported(path, &results.legend)));
        let schedules = schedules.filter(|(_, path)| !path.is_empty()).collect();
        Ok(Scored::new(results, list, forecasts, schedules))
    }

    fn simulate(&self, names: &[&str], collector: &mut Collector<'_>) -> Result<Results, HindcastError> {
        let mut take = |_: &Legend, record: &Record| collector.take(record);
        let run = Run::new(self.model).effort(self.effort).paths(names.iter().copied());
        run.each(&mut take).start().map_err(HindcastError::Run)
    }
}

impl fmt::Display for HindcastError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingObserved => f.write_str("nothing was observed: there is nothing to score against"),
            Self::Run(error) => write!(f, "{error}"),
            Self::NothingCompleted => {
                f.write_str("no history ran to the end; `drawdown run` says what stopped them")
            }
            Self::NoNumber(signal) => {
                write!(f, "`{signal}` is no number in some history on a date that was observed")
            }
        }
    }
}

impl std::error::Error for HindcastError {}
