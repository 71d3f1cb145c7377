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

pub use agenda::{Better, Course, LeftOut, Question};
pub use compared::{Alternative, Compared, CoursePoint, Difference, Pairing, Regret, Sides};
pub use pairing::{ComparisonError, Mismatch};

use crate::model::Model;
use crate::results::Legend;
use crate::run::{Effort, MOST_REPLICATES, effort_setters};
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
    effort: Effort<'a>,
}

impl<'a> Comparison<'a> {
    /// A comparison with this base and, so far, nothing else: as many replicates as it asks for, on every core.
    pub fn new(base: &'a Model) -> Self {
        Self { models: vec![base], effort: Effort::default() }
    }

    /// One more scenario, to be compared with the base.
    pub fn against(mut self, alternative: &'a Model) -> Self {
        self.models.push(alternative);
        self
    }

    /// How many worlds; every scenario is simulated in each.
    pub fn replicates(mut self, replicates: u64) -> Self {
        self.effort.replicates = Some(replicates);
        self
    }

    effort_setters!();

    /// How many histories will be simulated: worlds times scenarios.
    pub fn histories(&self) -> u64 {
        self.worlds() * self.models.len() as u64
    }

    fn worlds(&self) -> u64 {
        self.effort.replicates.unwrap_or(self.models[0].replicates)
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
        let worlds = self.worlds();
        if !(1..=MOST_REPLICATES).contains(&worlds) {
            return Err(ComparisonError::Replicates(worlds));
        }
        let names = pairing::names(&self.models);
        let seed = pairing::common_seed(&self.models, &names, self.effort.seed)?;
        let legends: Vec<Legend> = self.models.iter().map(|model| Legend::of(model, &[])).collect();
        let agenda = Agenda::new(&legends, &names);
        if agenda.questions.is_empty() {
            return Err(ComparisonError::NothingInCommon);
        }
        let pool = self.effort.pool().map_err(ComparisonError::Threads)?;
        let crew = Crew { models: &self.models, agenda: &agenda, seed, effort: self.effort, pool: &pool };
        let tally = crew.run(worlds)?;
        if tally.completed == 0 {
            return Err(ComparisonError::nothing_completed(&tally, &names));
        }
        Ok(Compared::new(names.into_iter().zip(legends), seed, agenda, tally))
    }
}
