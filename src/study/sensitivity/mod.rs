//! Sensitivity: which assumption matters, and how much is chance whatever is assumed.
//!
//! *Inputs* are the quantities drawn once a history. Everything else that differs between histories (when a war
//! breaks out, how many attacks there are) is *chance*: one more input, which nobody can know more about. Its share
//! of the output's variance is always told. Estimators, free of scenarios, are in [`pawn`], [`delta`],
//! [`regression`], [`sobol`] and [`morris`].
//!
//! Unlike a plain run this keeps the outputs of all histories: memory grows with their number (8 bytes a history
//! and target, and with [`Method::Given`] 8 for every input).

pub mod delta;
mod engine;
mod factors;
mod findings;
mod given;
pub mod morris;
pub mod pawn;
mod plan;
pub mod ranks;
pub mod regression;
pub mod resample;
mod saltelli;
pub mod sobol;
mod trouble;
mod walks;

pub use factors::Input;
pub use findings::{Answer, Direction, Findings, Line, Statistic, Subject};
pub use plan::{Method, Plan};
pub use resample::Index;
pub use trouble::SensitivityError;

use crate::model::Model;
use crate::model::record::lanes;
use crate::results::Legend;
use crate::run::{Effort, any_seed, effort_setters};
use crate::study::Target;
use crate::vm::LANES;
use engine::{Block, Crew, Job};

/// A study of what some targets depend on.
///
/// ```
/// use drawdown::study::{Method, Sensitivity};
///
/// // Twelve months of a Poisson count whose rate nobody knows.
/// let text = "schema = 1\nstart = 2024-01-01\nend = 2024-12-31\n\
///             [parameters]\nrate = { uniform = [5, 15] }\nidle = { uniform = [0, 1] }\n\
///             [attacks.raids]\nper_month = \"rate\"\nbefore = 10\n";
/// let model = drawdown::Scenario::parse("raids.toml", text)?.compile()?;
/// let findings =
///     Sensitivity::new(&model).of("end.raids.attacks").method(Method::Sobol).replicates(10_000).seed(7).start()?;
/// let answer = &findings.answers[0];
/// let (most, total) = answer.ranking(findings.method)[0];
/// assert_eq!(findings.inputs[most].id, "parameters.rate");
/// // Var = E[λ] + Var[λ] with λ = 11.99 rates: 120 of 1319 are chance.
/// assert!((answer.chance.value - 0.09).abs() < 3.0 * answer.chance.error && total.value > 0.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sensitivity<'a> {
    model: &'a Model,
    targets: Vec<String>,
    method: Method,
    effort: Effort<'a>,
}

/// What a method finds.
struct Outcome {
    answers: Vec<Answer>,
    failed: u64,
}

/// Histories looked at before a long study, for a target that is always the same.
const PILOT: u64 = 16 * LANES as u64;

impl<'a> Sensitivity<'a> {
    /// A study from given data, with the scenario's own seed and number of replicates, on every core.
    pub fn new(model: &'a Model) -> Self {
        Self { model, targets: Vec::new(), method: Method::Given, effort: Effort::default() }
    }

    /// One more target: see [`Target`].
    pub fn of(mut self, target: impl Into<String>) -> Self {
        self.targets.push(target.into());
        self
    }

    /// How the indices are found.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// How many histories are simulated in all: with [`Method::Given`] those of a plain run, but that the last fifth
    /// repeats the first under other chance. Designs come in whole pieces, so they may take fewer, not counting a
    /// pilot of 1,024. Left out: what the scenario says, or what a design usually needs.
    pub fn replicates(mut self, replicates: u64) -> Self {
        self.effort.replicates = Some(replicates);
        self
    }

    effort_setters!();

    /// How many histories will be simulated, the pilot's among them.
    ///
    /// # Errors
    /// What is asked for makes no sense: see [`Sensitivity::start`].
    pub fn histories(&self) -> Result<u64, SensitivityError> {
        let legend = Legend::of(self.model, &[]);
        self.targets(&legend)?;
        let (_, plan) = self.plan(&legend)?;
        Ok(plan.histories + if self.method == Method::Given { 0 } else { PILOT })
    }

    /// Runs.
    ///
    /// # Errors
    /// Before anything runs: no target or unknown ones, a target that is fixed, a scenario that draws nothing, too
    /// few histories for the method. After the pilot: a target that never differs.
    pub fn start(self) -> Result<Findings, SensitivityError> {
        let legend = Legend::of(self.model, &[]);
        let targets = self.targets(&legend)?;
        let (inputs, plan) = self.plan(&legend)?;
        let pool = self.effort.pool().map_err(SensitivityError::Threads)?;
        let seed = self.effort.seed.or(self.model.seed).unwrap_or_else(any_seed);
        let crew = Crew { model: self.model, targets: &targets, seed, effort: self.effort, pool: &pool };
        let pilot = pilot(&crew, if self.method == Method::Given { plan.rows } else { PILOT })?;
        let outcome = match self.method {
            Method::Given => given::study(&crew, &plan, pilot)?,
            Method::Sobol => saltelli::study(&crew, &plan, &inputs)?,
            Method::Morris => walks::study(&crew, &plan, &inputs)?,
        };
        let (method, Outcome { failed, answers }) = (self.method, outcome);
        Ok(Findings { legend, method, seed, plan, failed, inputs, answers })
    }

    /// Every target asked for, or everything that is wrong with them.
    fn targets(&self, legend: &Legend) -> Result<Vec<Target>, SensitivityError> {
        let mut targets: Vec<Target> = Vec::new();
        let mut unknown = Vec::new();
        for written in &self.targets {
            match Target::parse(written, legend) {
                Ok(target) if targets.contains(&target) => {}
                Ok(target) => targets.push(target),
                Err(error) => unknown.push(error),
            }
        }
        if !unknown.is_empty() {
            return Err(SensitivityError::UnknownTargets(unknown));
        }
        if targets.is_empty() {
            return Err(SensitivityError::NoTarget);
        }
        let signal = |target: &Target| self.model.signal(target.name().strip_prefix("end.")?);
        let fixed = targets.iter().filter(|target| signal(target).is_some_and(|signal| signal.settled));
        let fixed: Vec<String> = fixed.map(|target| target.name().to_owned()).collect();
        if fixed.is_empty() { Ok(targets) } else { Err(SensitivityError::Fixed(fixed)) }
    }

    fn plan(&self, legend: &Legend) -> Result<(Vec<Input>, Plan), SensitivityError> {
        let inputs = match self.method {
            Method::Given => factors::each_alone(self.model, legend),
            Method::Sobol | Method::Morris => factors::grouped(self.model, legend),
        };
        if inputs.is_empty() {
            return Err(SensitivityError::NothingDrawn);
        }
        let asked = self.effort.replicates.unwrap_or(self.model.replicates);
        let plan = Plan::new(self.method, self.effort.replicates, self.model.replicates, inputs.len() as u64);
        let plan = plan.map_err(|needed| SensitivityError::TooFew {
            method: self.method,
            asked,
            needed,
            inputs: inputs.len(),
        })?;
        Ok((inputs, plan))
    }
}

/// The first blocks of the plain run, up to so many histories: does every target differ among them?
fn pilot(crew: &Crew<'_>, upto: u64) -> Result<Vec<Block>, SensitivityError> {
    let histories = upto.min(PILOT);
    let blocks =
        crew.run(histories.div_ceil(LANES as u64), |number| Job::plain(number * LANES as u64, upto))?;
    let completed = given::alive(&blocks);
    if completed == 0 {
        return Err(SensitivityError::NothingCompleted);
    }
    let outputs = |target: usize| {
        blocks.iter().flat_map(move |block| lanes(block.alive).map(move |lane| block.outputs[target][lane]))
    };
    let constant = crew.targets.iter().enumerate().filter_map(|(at, target)| {
        let first = outputs(at).next()?;
        outputs(at).all(|output| output == first).then(|| (target.name().to_owned(), first))
    });
    let constant: Vec<(String, f64)> = constant.collect();
    if constant.is_empty() { Ok(blocks) } else { Err(SensitivityError::Constant { constant, completed }) }
}
