//! Comparison: the same worlds under several scenarios, and what differs.
//!
//! A *world* is the chance of one replicate: because every random number has an address, scenarios that are run
//! with one seed meet the same chance in the same replicate, and differ by what their authors changed alone. The
//! first scenario is the *base*; every other is compared with it, world by world. A world counts where every
//! scenario ran to the end.

mod agenda;
mod compared;
mod engine;
mod pairing;
mod tally;

use std::sync::atomic::AtomicBool;

pub use agenda::{Better, Course, LeftOut, Question};
pub use compared::{Alternative, Compared, CoursePoint, Difference, Pairing, Regret, Sides};
pub use pairing::{ComparisonError, Mismatch};

use crate::model::Model;
use crate::results::Legend;
use crate::run::MOST_REPLICATES;
use crate::vm::isa::Isa;
use agenda::Agenda;
use engine::Crew;

/// A comparison of scenarios, the first being the base.
///
/// ```
/// use drawdown::study::Comparison;
///
/// // A year of raids, and the same with twice as many a month.
/// let text = "schema = 1\nstart = 2024-01-01\nend = 2024-12-31\n\
///             [parameters]\nrate = 5\n\
///             [attacks.raids]\nper_month = \"rate\"\nbefore = 5\n\
///             [indicators.all_raids]\nvalue = \"total(raids.attacks)\"\namber = 60\nred = 120\n";
/// let base = drawdown::Scenario::parse("base.toml", text)?;
/// let twice = base.clone().with("parameters.rate", "10")?.compile()?;
/// let base = base.compile()?;
/// let compared = Comparison::new(&base).against(&twice).replicates(2000).seed(7).start()?;
/// let raids = compared.difference(1, "end.all_raids").expect("both have it");
/// // 365 days of 30.4375 to the month: 60 raids more on average.
/// let interval = raids.difference.interval.expect("there are many worlds");
/// assert!((raids.difference.value - 59.96).abs() < interval.high - interval.low);
/// // More raids are worse, and in hardly any world are there fewer.
/// assert!(raids.sides.above.value > 0.99);
/// // What the same chance did to both cancels.
/// assert!(raids.pairing.cut().expect("the difference varies") > 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Comparison<'a> {
    models: Vec<&'a Model>,
    replicates: u64,
    seed: Option<u64>,
    jobs: usize,
    isa: Isa,
    progress: Option<&'a (dyn Fn(u64) + Sync)>,
    stop: Option<&'a AtomicBool>,
}

impl<'a> Comparison<'a> {
    /// A comparison with this base and, so far, nothing else: as many replicates as it asks for, on every core.
    pub fn new(base: &'a Model) -> Self {
        Self {
            models: vec![base],
            replicates: base.replicates,
            seed: None,
            jobs: 0,
            isa: Isa::widest(),
            progress: None,
            stop: None,
        }
    }

    /// One more scenario, to be compared with the base.
    pub fn against(mut self, alternative: &'a Model) -> Self {
        self.models.push(alternative);
        self
    }

    /// How many worlds; every scenario is simulated in each.
    pub fn replicates(mut self, replicates: u64) -> Self {
        self.replicates = replicates;
        self
    }

    /// The seed of all scenarios. Unless given it is the one that they state; if none does, one is drawn.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How many threads; 0 is one a core. The findings are the same bytes for any number.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs;
        self
    }

    /// Which instructions to use. The findings are the same bytes for any.
    pub fn isa(mut self, isa: Isa) -> Self {
        self.isa = isa;
        self
    }

    /// Called with the number of histories that were just simulated, from any thread.
    pub fn progress(mut self, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Ends with [`ComparisonError::Interrupted`], a block later, once this is true.
    pub fn stop_on(mut self, stop: &'a AtomicBool) -> Self {
        self.stop = Some(stop);
        self
    }

    /// How many histories will be simulated: worlds times scenarios.
    pub fn histories(&self) -> u64 {
        self.replicates * self.models.len() as u64
    }

    /// Runs.
    ///
    /// # Errors
    /// Before anything runs: fewer than two scenarios, no replicates, scenarios that cannot be paired or have
    /// nothing in common. After it: there is no world in which every scenario ran to the end.
    pub fn start(self) -> Result<Compared, ComparisonError> {
        if self.models.len() < 2 {
            return Err(ComparisonError::TooFew);
        }
        if !(1..=MOST_REPLICATES).contains(&self.replicates) {
            return Err(ComparisonError::Replicates(self.replicates));
        }
        let names = pairing::names(&self.models);
        let seed = pairing::common_seed(&self.models, &names, self.seed)?;
        let legends: Vec<Legend> = self.models.iter().map(|model| Legend::of(model, &[])).collect();
        let agenda = Agenda::new(&legends, &names);
        if agenda.questions.is_empty() {
            return Err(ComparisonError::NothingInCommon);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.jobs).build();
        let pool = pool.map_err(|error| ComparisonError::Threads(error.to_string()))?;
        let crew = Crew {
            models: &self.models,
            agenda: &agenda,
            seed,
            isa: self.isa,
            pool: &pool,
            progress: self.progress,
            stop: self.stop,
        };
        let tally = crew.run(self.replicates)?;
        if tally.completed == 0 {
            return Err(ComparisonError::nothing_completed(&tally, &names));
        }
        Ok(Compared::new(names.into_iter().zip(legends), seed, agenda, tally))
    }
}
