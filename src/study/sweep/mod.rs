//! Sweeps: one scenario at many values of its levers, under the same chance at each.
//!
//! 1. check: every point is overlaid, compiled and put away in few bytes, and all mistakes are told, before
//!    anything runs
//! 2. run: one pool of work over points and blocks; a finished point leaves its outcome where outcomes are kept,
//!    a summary in memory, and goes
//! 3. rank: which points are best and worst, and whether that exceeds the Monte Carlo error
//!
//! Draws are addressed by seed, stream, replicate and day: the histories of two points differ by the levers
//! alone, and a difference between points is known better than either.

mod check;
mod crew;
pub mod outcome;
pub mod outcomes;
mod packed;
pub mod rank;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::lang::diagnostic::Diagnostics;
use crate::model::Model;
use crate::model::scenario::Scenario;
use crate::results::{Estimate, Legend};
use crate::run::{Effort, MOST_REPLICATES, RunError, effort_setters};
use crate::study::design::Design;
use outcome::{Outcome, Target};
use outcomes::{InMemory, Lost, Outcomes, Summary};
use packed::Packed;

/// A sweep of a scenario: which points, how many replicates at each, from which seed, on how many threads.
///
/// ```
/// use drawdown::study::{Design, Lever, Plan, Sweep};
///
/// let scenario = drawdown::Scenario::parse(
///     "wars.toml",
///     "schema = 1\nstart = 2024-01-01\nend = 2024-12-31\n[shocks.war]\nper_year = 0.5\n\
///      [milestones.war_came]\nwhen = \"war.count > 0\"\n",
/// )?;
/// let levers = [Lever::parse("shocks.war.per_year=0.5..2/4")?];
/// let design = Design::new(&levers, Plan::Grid, 7)?;
/// let swept = Sweep::new(&scenario, design).replicates(1000).seed(7).start()?;
/// let chances: Vec<f64> =
///     (0..4).map(|point| swept.get("war_came", "probability", point).unwrap().value).collect();
/// assert!(chances[0] < 0.5 && chances[3] > 0.8, "{chances:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sweep<'a> {
    scenario: &'a Scenario,
    design: Design,
    effort: Effort<'a>,
}

/// A sweep without mistakes: see [`Sweep::check`].
pub struct Checked<'a> {
    sweep: Sweep<'a>,
    pool: rayon::ThreadPool,
    /// The scenario itself.
    pub base: Model,
    pub legend: Legend,
    pub targets: Vec<Target>,
    /// The point that is the scenario as it stands.
    base_point: Option<usize>,
    pub seed: u64,
    pub replicates: u64,
    /// `[point]`.
    models: Vec<Packed>,
}

/// What a sweep found.
#[derive(Debug)]
pub struct Swept<'a> {
    pub design: Design,
    /// Of the scenario as it stands.
    pub legend: Legend,
    pub targets: Vec<Target>,
    /// `[point]`.
    pub summaries: Vec<Summary>,
    outcomes: Box<dyn Outcomes + 'a>,
    /// The point that is the scenario as it stands, if one is.
    pub base_point: Option<usize>,
    pub seed: u64,
    /// At each point.
    pub replicates: u64,
}

/// Points that are wrong in the same way, counted from 0, the first with its settings.
#[derive(Clone, Debug)]
pub struct Wrong {
    pub points: Vec<usize>,
    pub settings: String,
    pub found: Diagnostics,
}

/// Why a sweep could not be run.
#[derive(Debug)]
pub enum SweepError {
    /// Mistakes in the scenario as it stands, or in what is varied.
    Mistakes(Diagnostics),
    /// Points that do not compile.
    Points(Vec<Wrong>),
    /// As for one run: replicates, threads, an interrupt.
    Run(RunError),
    /// A point that was done before cannot be read back.
    Lost(Lost),
}

impl<'a> Sweep<'a> {
    /// A sweep with the scenario's own seed and number of replicates, on every core.
    pub fn new(scenario: &'a Scenario, design: Design) -> Self {
        Self { scenario, design, effort: Effort::default() }
    }

    /// How many replicates at each point.
    pub fn replicates(mut self, replicates: u64) -> Self {
        self.effort.replicates = Some(replicates);
        self
    }

    effort_setters!();

    /// Compiles every point.
    ///
    /// # Errors
    /// Everything that is wrong with the scenario, the levers or the points.
    pub fn check(self) -> Result<Checked<'a>, SweepError> {
        check::check(self)
    }

    /// Checks and runs, with every outcome in memory.
    ///
    /// # Errors
    /// As [`Sweep::check`]; or it was asked to stop. Replicates that fail are not an error: each outcome counts
    /// them.
    pub fn start(self) -> Result<Swept<'static>, SweepError> {
        self.check()?.run(Box::new(InMemory::default()))
    }

    fn point(&self, number: usize) -> Scenario {
        let layer = format!("point {}", number + 1);
        let settings = self.design.levers.iter().zip(&self.design.points[number]);
        settings.fold(self.scenario.clone(), |scenario, (path, setting)| {
            scenario.with_setting(&layer, path, setting)
        })
    }
}

impl Checked<'_> {
    /// The design.
    pub fn design(&self) -> &Design {
        &self.sweep.design
    }

    /// Runs the points but for those that are kept already, and keeps them too.
    ///
    /// # Errors
    /// It was asked to stop, or what is kept cannot be read.
    pub fn run<'o>(self, mut outcomes: Box<dyn Outcomes + 'o>) -> Result<Swept<'o>, SweepError> {
        let points = self.sweep.design.points.len();
        let summaries = self.complete(0..points, outcomes.as_mut())?;
        let Self { sweep, legend, targets, base_point, seed, replicates, .. } = self;
        let (design, summaries) = (sweep.design, summaries.into_values().collect());
        Ok(Swept { design, legend, targets, summaries, outcomes, base_point, seed, replicates })
    }

    /// As [`Checked::run`], but of a part of the points: others run the rest.
    ///
    /// # Errors
    /// As [`Checked::run`].
    pub fn run_part(self, part: Range<usize>, outcomes: &mut dyn Outcomes) -> Result<(), SweepError> {
        self.complete(part, outcomes).map(drop)
    }

    /// Runs those of the points that are not kept yet; the summaries of all of them.
    fn complete(
        &self,
        part: Range<usize>,
        outcomes: &mut dyn Outcomes,
    ) -> Result<BTreeMap<usize, Summary>, SweepError> {
        let mut summaries = BTreeMap::new();
        for point in outcomes.points() {
            let outcome = outcomes.outcome(point).map_err(SweepError::Lost)?;
            summaries.insert(point, Summary::new(&self.targets, &outcome));
        }
        let left: Vec<usize> = part.clone().filter(|point| !summaries.contains_key(point)).collect();
        let model =
            |point: usize| self.models[point].unpack().sharing_tables(&self.base).reported_at_its_end();
        let crew = crew::Crew {
            model: &model,
            targets: &self.targets,
            replicates: self.replicates,
            seed: self.seed,
            effort: self.sweep.effort,
        };
        summaries.extend(crew.run(&left, &self.pool, outcomes));
        match part.clone().all(|point| summaries.contains_key(&point)) {
            true => Ok(summaries),
            false => Err(SweepError::Run(RunError::Interrupted)),
        }
    }
}

impl Swept<'_> {
    /// A statistic of a target at a point, by their names in the table; `None` where there is none, or where
    /// it cannot be read back.
    pub fn get(&self, target: &str, statistic: &str, point: usize) -> Option<Estimate> {
        let target = self.targets.iter().position(|t| t.name == target)?;
        let place = self.targets[target].statistics().iter().position(|(name, _)| *name == statistic)?;
        let headline = self.summaries.get(point)?.get(&self.targets, target, place);
        let row = outcome::row_of(&self.targets, target) + place;
        headline.or_else(|| self.outcome(point).ok()?.rows.get(row).copied())
    }

    /// A statistic at a point that points are ranked by: see [`Target::ranked_by`].
    ///
    /// # Panics
    /// If the target has no such statistic, or is not ranked by it.
    pub fn headline(&self, target: usize, statistic: usize, point: usize) -> Estimate {
        let found = self.summaries[point].get(&self.targets, target, statistic);
        found.expect("the target is ranked by this statistic")
    }

    /// Everything a point came to.
    ///
    /// # Errors
    /// It cannot be read back from where it is kept.
    pub fn outcome(&self, point: usize) -> Result<Cow<'_, Outcome>, Lost> {
        self.outcomes.outcome(point)
    }

    /// Histories that stopped on the way, over all points.
    pub fn failed(&self) -> u64 {
        self.summaries.iter().map(|summary| summary.failed).sum()
    }
}

impl fmt::Display for SweepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistakes(found) => write!(f, "{found}"),
            Self::Points(wrong) => {
                let each: Vec<String> = wrong.iter().map(Wrong::to_string).collect();
                f.write_str(&each.join("\n\n"))
            }
            Self::Run(why) => write!(f, "{why}"),
            Self::Lost(why) => write!(f, "{why}"),
        }
    }
}

impl std::error::Error for SweepError {}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:\n{}", self.heading(), self.found)
    }
}

impl Wrong {
    /// Which points: `point 3 (phases.x.end = 2023-01-01), and 4 more from point 4 on`.
    pub fn heading(&self) -> String {
        let first = self.points[0] + 1;
        let more = match self.points.len() - 1 {
            0 => String::new(),
            1 => format!(", and point {}", self.points[1] + 1),
            n => format!(", and {n} more, from point {} on", self.points[1] + 1),
        };
        format!("point {first} ({}){more}", self.settings)
    }
}

fn legal_replicates(replicates: u64) -> Result<u64, SweepError> {
    match (1..=MOST_REPLICATES).contains(&replicates) {
        true => Ok(replicates),
        false => Err(SweepError::Run(RunError::Replicates(replicates))),
    }
}
