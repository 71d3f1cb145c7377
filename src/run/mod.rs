//! Replicates to results: blocks over threads, in any order, to the same bytes.

mod effort;
mod halfway;
mod precision;
mod shard;
mod workers;

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lang::diagnostic::nearest;
use crate::model::record::Record;
use crate::model::signals::matches;
use crate::model::{Model, Summarised};
use crate::results::Results;
use crate::results::legend::Legend;
use crate::results::tally::Tally;
use crate::vm::LANES;

pub(crate) use effort::effort_setters;
pub use effort::{Effort, any_seed};
pub use halfway::Halfway;
pub use precision::Until;
pub use shard::{NoShard, Shard};

/// A run of a model: how many replicates, from which seed, on how many threads.
///
/// ```
/// let scenario = drawdown::Scenario::parse(
///     "wars.toml",
///     "schema = 1\nstart = 2024-01-01\nend = 2024-12-31\n[shocks.war]\nper_year = 0.5\n",
/// )?;
/// let model = scenario.compile()?;
/// let results = drawdown::Run::new(&model).replicates(1000).seed(7).jobs(2).start()?;
/// let wars = results.signal("war.count")?.on("2024-12-31")?;
/// // It lasts for good, so it comes once at most: 1 − e^(−0.5).
/// assert!((wars.mean - 0.39).abs() < 0.06);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Run<'a> {
    model: &'a Model,
    effort: Effort<'a>,
    /// The seed, unless another is given.
    own_seed: u64,
    paths: Vec<String>,
    only: Option<u64>,
    shard: Option<Shard>,
    until: Option<String>,
    begun: Option<Halfway>,
    checkpoints: Option<Checkpoints<'a>>,
    each: Option<Each<'a>>,
}

type Each<'a> = &'a mut dyn FnMut(&Legend, &Record);

/// When to keep how far the run has come, and who keeps it.
struct Checkpoints<'a> {
    wanted: &'a AtomicBool,
    keep: &'a mut dyn FnMut(&Halfway),
}

/// Why a run could not start.
#[derive(Debug)]
pub enum RunError {
    /// No replicates, or more than can be counted.
    Replicates(u64),
    /// The replicate to replay is not one.
    NoSuchReplicate(u64),
    /// There are more shards than tiles of 64 of so many replicates.
    EmptyShard(Shard, u64),
    /// What it should go on from is of another model or of other replicates.
    NotHalfway,
    /// A signal to follow that does not exist, and the nearest that does.
    UnknownSignal(String, Option<String>),
    /// A target of precision that cannot be read, and why.
    Until(String),
    /// The threads could not be made.
    Threads(String),
    /// It was asked to stop: see [`Run::stop_on`].
    Interrupted,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Replicates(n) => {
                write!(f, "{n} replicates cannot be run: at least 1 and at most {MOST_REPLICATES}")
            }
            RunError::NoSuchReplicate(k) => write!(f, "there is no replicate {k}: they count from 1"),
            RunError::EmptyShard(shard, n) => {
                write!(f, "shard {shard} is empty: {n} replicates make {} tiles of 64", n.div_ceil(64))
            }
            RunError::NotHalfway => f.write_str("what was kept of a run is of another one"),
            RunError::UnknownSignal(name, None) => write!(f, "there is no signal `{name}`"),
            RunError::UnknownSignal(name, Some(near)) => {
                write!(f, "there is no signal `{name}`; did you mean `{near}`?")
            }
            RunError::Until(why) => f.write_str(why),
            RunError::Interrupted => f.write_str("interrupted"),
            RunError::Threads(why) => write!(f, "no threads: {why}"),
        }
    }
}

impl std::error::Error for RunError {}

/// Counts are kept in 32 bits.
pub const MOST_REPLICATES: u64 = 4_000_000_000;

impl<'a> Run<'a> {
    /// A run as the scenario asks for it, on every core. A scenario without a seed gets one drawn.
    pub fn new(model: &'a Model) -> Self {
        Self {
            model,
            effort: Effort::default(),
            own_seed: model.seed.unwrap_or_else(any_seed),
            paths: Vec::new(),
            only: None,
            shard: None,
            until: None,
            begun: None,
            checkpoints: None,
            each: None,
        }
    }

    /// How many replicates; with [`Run::until`], the most.
    pub fn replicates(mut self, replicates: u64) -> Self {
        self.effort.replicates = Some(replicates);
        self
    }

    effort_setters!();

    /// As another was told.
    pub fn effort(mut self, effort: Effort<'a>) -> Self {
        self.effort = effort;
        self
    }

    /// Signals, or patterns of signals, whose every step is handed to [`Run::each`].
    pub fn paths(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.paths = patterns.into_iter().map(Into::into).collect();
        self
    }

    /// Only this replicate, counted from 1, exactly as it is in the whole run.
    pub fn only(mut self, replicate: u64) -> Self {
        self.only = Some(replicate);
        self
    }

    /// Only this part of the replicates, to be merged with the others.
    pub fn shard(mut self, shard: Shard) -> Self {
        self.shard = Some(shard);
        self
    }

    /// Goes on from where a run of the same model, seed and replicates was stopped.
    pub fn resume(mut self, begun: Halfway) -> Self {
        self.begun = Some(begun);
        self
    }

    /// Whenever `wanted` is set, and when the run is stopped, `keep` is given how far it has come; blocks shown to
    /// [`Run::each`] by then are just those that count. The results do not depend on it.
    pub fn checkpoint(mut self, wanted: &'a AtomicBool, keep: &'a mut dyn FnMut(&Halfway)) -> Self {
        self.checkpoints = Some(Checkpoints { wanted, keep });
        self
    }

    /// Until a precision is reached: `"MILESTONE se=0.005"` or `"SIGNAL DATE se=5"`. It is looked at
    /// after 1024, 2048, 4096… replicates only, so that the number run does not depend on threads.
    pub fn until(mut self, target: impl Into<String>) -> Self {
        self.until = Some(target.into());
        self
    }

    /// Called with every block in the order of replicates. The record holds what belongs to single
    /// replicates (quantities, passages, ends, paths), not what is only summarised.
    pub fn each(mut self, each: Each<'a>) -> Self {
        self.each = Some(each);
        self
    }

    /// The seed that will be used.
    pub fn seed_used(&self) -> u64 {
        self.effort.seed.unwrap_or(self.own_seed)
    }

    /// What the results will say about the model.
    ///
    /// # Errors
    /// When a signal to follow does not exist.
    pub fn legend(&self) -> Result<Legend, RunError> {
        Ok(Legend::of(self.model, &self.followed()?))
    }

    /// Runs.
    ///
    /// # Errors
    /// When what was asked for makes no sense; nothing has been run then. Replicates that fail are
    /// not an error: the results count and name them.
    pub fn start(mut self) -> Result<Results, RunError> {
        let range = self.range()?;
        let followed = self.followed()?;
        let legend = Legend::of(self.model, &followed);
        let until = self.until.as_deref().map(|text| Until::parse(text, &legend)).transpose();
        let until = until.map_err(RunError::Until)?;
        let begun = Self::begun(self.begun.take(), &legend, &range)?;
        let pool = self.effort.pool().map_err(RunError::Threads)?;
        let crew = workers::Crew {
            model: self.model,
            legend: &legend,
            seed: self.seed_used(),
            effort: self.effort,
            followed: &followed,
            pool: &pool,
            pause: self.checkpoints.as_ref().map(|checkpoints| checkpoints.wanted),
        };
        let tally = self.complete(&crew, begun, &range, until.as_ref())?;
        let seed = self.seed_used();
        Ok(Results::new(legend, tally, seed))
    }

    /// Runs from where it has come to the end of the range, or until a precision is reached.
    fn complete(
        &mut self,
        crew: &workers::Crew<'_>,
        begun: Halfway,
        range: &Range<u64>,
        until: Option<&Until>,
    ) -> Result<Tally, RunError> {
        let Halfway { mut upto, mut tally } = begun;
        let mut each = self.each.take();
        for stop in stops(range.start, range.end, until.is_some()) {
            while upto < stop {
                (tally, upto) = crew.run(upto..stop, tally, each.as_deref_mut());
                let paused = crew.is_paused();
                if let Some(checkpoints) =
                    self.checkpoints.as_mut().filter(|_| paused || crew.effort.is_stopped())
                {
                    let halfway = Halfway { upto, tally };
                    (checkpoints.keep)(&halfway);
                    checkpoints.wanted.store(false, Ordering::Relaxed);
                    tally = halfway.tally;
                }
                if crew.effort.is_stopped() {
                    return Err(RunError::Interrupted);
                }
            }
            let reached = |until: &Until| {
                let so_far = Results::new(crew.legend.clone(), tally.clone(), crew.seed);
                until.reached(&so_far)
            };
            // What was begun may have come further than this.
            if upto == stop && until.is_some_and(reached) {
                break;
            }
        }
        Ok(tally)
    }

    /// Where to begin: at the start of the range, unless a part of it is done.
    fn begun(begun: Option<Halfway>, legend: &Legend, range: &Range<u64>) -> Result<Halfway, RunError> {
        let Some(begun) = begun else { return Ok(Halfway { upto: range.start, tally: Tally::new(legend) }) };
        let counted = begun.tally.completed + begun.tally.failed;
        let is_whole = begun.upto.is_multiple_of(LANES as u64) || begun.upto == range.end;
        let fits = (range.start..=range.end).contains(&begun.upto) && counted == begun.upto - range.start;
        if fits && is_whole && begun.tally.fits(legend) { Ok(begun) } else { Err(RunError::NotHalfway) }
    }

    /// Replicates to run, counted from 0.
    fn range(&self) -> Result<Range<u64>, RunError> {
        match self.only {
            Some(k) if (1..=MOST_REPLICATES).contains(&k) => Ok(k - 1..k),
            Some(k) => Err(RunError::NoSuchReplicate(k)),
            None => self.part(),
        }
    }

    fn part(&self) -> Result<Range<u64>, RunError> {
        let replicates = self.effort.replicates.unwrap_or(self.model.replicates);
        if !(1..=MOST_REPLICATES).contains(&replicates) {
            return Err(RunError::Replicates(replicates));
        }
        let Some(shard) = self.shard else { return Ok(0..replicates) };
        let range = shard.replicates(replicates);
        if range.is_empty() { Err(RunError::EmptyShard(shard, replicates)) } else { Ok(range) }
    }

    fn followed(&self) -> Result<Vec<Summarised>, RunError> {
        let mut followed: Vec<Summarised> = Vec::new();
        for pattern in &self.paths {
            let found: Vec<&Summarised> =
                self.model.all_signals.iter().filter(|s| matches(pattern, &s.name)).collect();
            if found.is_empty() {
                let near = nearest(pattern, self.model.all_signals.iter().map(|s| s.name.as_str()));
                return Err(RunError::UnknownSignal(pattern.clone(), near.map(str::to_owned)));
            }
            for signal in found {
                if !followed.iter().any(|s| s.name == signal.name) {
                    followed.push(signal.clone());
                }
            }
        }
        Ok(followed)
    }
}

/// Where to stop and look: at 1024·2^k, and at the end.
fn stops(start: u64, end: u64, look: bool) -> Vec<u64> {
    let mut stops = Vec::new();
    let mut at = 16 * LANES as u64;
    while look && start + at < end {
        stops.push(start + at);
        at *= 2;
    }
    stops.push(end);
    stops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;

    fn model(seed: &str) -> Model {
        let text = format!("schema = 1\nstart = 2024-01-01\nend = 2024-01-03\n{seed}\n");
        Scenario::parse("short.toml", &text).unwrap().compile().unwrap()
    }

    #[test]
    fn precision_is_looked_at_when_the_number_has_doubled() {
        assert_eq!(stops(0, 10_000, false), [10_000]);
        assert_eq!(stops(0, 10_000, true), [1024, 2048, 4096, 8192, 10_000]);
        assert_eq!(stops(640, 640 + 2049, true), [640 + 1024, 640 + 2048, 640 + 2049]);
        assert_eq!(stops(64, 64 + 1024, true), [64 + 1024]);
    }

    #[test]
    fn a_seed_is_the_one_asked_for_or_the_scenarios_or_any() {
        let (stated, open) = (model("seed = 5"), model(""));
        assert_eq!(Run::new(&stated).seed_used(), 5);
        assert_eq!(Run::new(&stated).seed(9).seed_used(), 9);
        let run = Run::new(&open).replicates(1);
        let drawn = run.seed_used();
        assert_eq!((run.seed_used(), run.start().unwrap().seed), (drawn, drawn));
        // One in 2^96 runs of this test finds them all the same.
        assert!((0..3).any(|_| Run::new(&open).seed_used() != drawn));
    }

    #[test]
    fn a_run_goes_on_from_whole_tiles_of_its_own() {
        let model = model("");
        let legend = Legend::of(&model, &[]);
        let begun = |upto: u64, counted: u64, range: Range<u64>| {
            let mut tally = Tally::new(&legend);
            (tally.completed, tally.failed) = (counted - counted / 2, counted / 2);
            Run::begun(Some(Halfway { upto, tally }), &legend, &range)
        };
        assert_eq!(Run::begun(None, &legend, &(64..100)).unwrap().upto, 64);
        for upto in [0, 64, 128, 150] {
            assert!(begun(upto, upto, 0..150).is_ok(), "{upto}");
        }
        assert!(begun(128, 64, 64..150).is_ok());
        for (upto, counted, range) in
            [(100, 100, 0..150), (64, 63, 0..150), (64, 65, 0..150), (192, 192, 0..150), (0, 0, 64..150)]
        {
            assert!(begun(upto, counted, range.clone()).is_err(), "{upto} {counted} {range:?}");
        }
        let mut other = legend.clone();
        other.report.pop();
        let halfway = Halfway { upto: 64, tally: Tally { completed: 64, ..Tally::new(&other) } };
        assert!(Run::begun(Some(halfway), &legend, &(0..150)).is_err(), "of another run");
    }

    #[test]
    fn a_run_ends_where_its_precision_is_reached_or_all_are_run() {
        let model = model("[shocks.war]\nper_year = 50");
        let completed = |se: f64| {
            let run = Run::new(&model).seed(1).replicates(2500).until(format!("war 2024-01-03 se={se}"));
            run.start().unwrap().completed()
        };
        // The standard error of a share of 0.24 is 0.0134 after 1,024 and 0.0094 after 2,048.
        assert_eq!([1.0, 0.011, 1e-9].map(completed), [1024, 2048, 2500]);
    }
}
