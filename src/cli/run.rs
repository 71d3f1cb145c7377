//! `drawdown run`: a scenario to tables, charts and words.

use std::cell::RefCell;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::Args;

use super::session::Session;
use super::simulation::{
    Metronome, STOP, SimulationArguments, command_line, compiled, interruptible, is_stopped,
};
use super::writing::{configure, write};
use super::{Exit, ScenarioArguments, open, say};
use crate::export::checkpoint::{self, RunKey};
use crate::export::manifest::{Provenance, Recipe};
use crate::export::words;
use crate::model::Model;
use crate::model::record::Record;
use crate::results::Results;
use crate::results::legend::Legend;
use crate::run::{Halfway, RunError, Shard, Until, any_seed};

#[derive(Args, Debug)]
pub struct RunArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    #[command(flatten)]
    simulation: SimulationArguments,
    /// Signals whose every step goes to paths.csv, such as iraq.troops,'*.attacks'
    #[arg(long, value_name = "SIGNAL,…", value_delimiter = ',')]
    paths: Vec<String>,
    /// Replay one history, counted from 1, exactly as it is in the whole run, with all its paths
    #[arg(long, value_name = "K", conflicts_with_all = ["replicates", "until"])]
    replicate: Option<u64>,
    /// Run until a precision, with -n as the most: "MILESTONE se=0.005" or "SIGNAL DATE se=5"
    #[arg(long, value_name = "TARGET")]
    until: Option<String>,
    /// Write report.html, too: all results in one page
    #[arg(long)]
    report: bool,
    /// Go on with a run that was stopped or killed, from the last that was kept of it
    #[arg(long, conflicts_with = "replicate")]
    resume: bool,
    /// Only this part of the histories, such as 1/4; `drawdown merge` puts all parts together
    #[arg(long, value_name = "I/M", conflicts_with_all = ["replicate", "until", "report"])]
    shard: Option<Shard>,
    /// Seconds after which it is kept how far the run has come
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    checkpoint: f64,
}

/// Without --until the scenario's own number is run; with it, at most this many.
const MOST_UNTIL: u64 = 10_000_000;

pub fn run(arguments: &RunArguments) -> Exit {
    match compiled(open(&arguments.scenario)) {
        Ok(model) => interruptible(|| simulate(arguments, &model)),
        Err(exit) => exit,
    }
}

/// When it should be kept how far the run has come.
static PAUSE: AtomicBool = AtomicBool::new(false);

fn simulate(arguments: &RunArguments, model: &Model) -> Result<Exit, Box<dyn Error>> {
    let options = &arguments.simulation;
    let path = output_path(arguments, model);
    let key = key(arguments, model, &path);
    let run = configure(&key, model, options.threads());
    let (session, begun) = Session::open(&path, key.clone(), &run.legend()?, arguments.resume)?;
    let session = RefCell::new(session);
    let bar = options.progress_bar(key.recipe.shard.map_or(key.replicates, |s| s.size(key.replicates)));
    let tick = |done: u64| bar.inc(done);
    let mut each = |legend: &Legend, record: &Record| session.borrow_mut().grow(legend, record);
    let mut keep = |halfway: &Halfway| session.borrow_mut().keep(halfway);
    let mut run = run.progress(&tick).each(&mut each).stop_on(&STOP).checkpoint(&PAUSE, &mut keep);
    if let Some(begun) = begun {
        bar.set_position(begun.tally.completed + begun.tally.failed);
        bar.reset_eta();
        run = run.resume(begun);
    }
    let beat = Metronome::new(Duration::from_secs_f64(arguments.checkpoint), &PAUSE);
    let outcome = run.start();
    drop(beat);
    bar.finish_and_clear();
    match outcome {
        Ok(results) => conclude(arguments, model, &path, session.into_inner(), results, key),
        Err(RunError::Interrupted) => Ok(session.into_inner().stopped()),
        Err(why) => Err(why.into()),
    }
}

/// Writes what came of it and says so.
fn conclude(
    arguments: &RunArguments,
    model: &Model,
    path: &Path,
    mut session: Session,
    results: Results,
    key: RunKey,
) -> Result<Exit, Box<dyn Error>> {
    if results.completed() == 0 {
        // Nothing to look at; what the folder holds is better.
        say(&words::summary(&results, None));
        eprintln!("nothing was written: {} is as it was", path.display());
        return Ok(Exit::Failed);
    }
    if let Some(target) = &arguments.until
        && !Until::parse(target, &results.legend)?.reached(&results)
    {
        eprintln!("{} histories do not reach `{target}`", results.replicates());
    }
    let provenance = Provenance {
        command: command_line(),
        scenario_text: model.resolved.clone(),
        asked: key.replicates,
        recipe: key.recipe,
    };
    match write(&results, &provenance, arguments.simulation.threads(), session.tables_done()?) {
        Ok(manifest) => session.into_folder().commit(manifest)?,
        Err(_) if is_stopped() => {
            let first = provenance.recipe.shard.map_or(0, |shard| shard.replicates(provenance.asked).start);
            session.keep(&Halfway { upto: first + results.replicates(), tally: results.tally });
            return Ok(session.stopped());
        }
        Err(why) => return Err(why),
    }
    if !arguments.simulation.quiet {
        match provenance.recipe.shard {
            None => say(&words::summary(&results, Some(path))),
            Some(shard) => say(&words::shard(&results, shard, path)),
        }
    }
    Ok(if results.failed() > 0 { Exit::Failed } else { Exit::Done })
}

fn output_path(arguments: &RunArguments, model: &Model) -> PathBuf {
    let name = match (arguments.replicate, arguments.shard) {
        // Beside the whole run's results, not over them.
        (Some(replicate), _) => format!("{}-replicate-{replicate}", model.stem),
        (None, Some(Shard { number, of })) => format!("{}-shard-{number}-of-{of}", model.stem),
        (None, None) => model.stem.clone(),
    };
    arguments.simulation.folder(&name)
}

fn asked(arguments: &RunArguments, model: &Model) -> u64 {
    match (arguments.replicate, arguments.simulation.replicates, &arguments.until) {
        (Some(_), _, _) => 1,
        (None, Some(n), _) => n,
        (None, None, Some(_)) => MOST_UNTIL,
        (None, None, None) => model.replicates,
    }
}

/// What is to be run. A seed that was drawn for a run that was stopped is the seed of its other half.
fn key(arguments: &RunArguments, model: &Model, path: &Path) -> RunKey {
    let options = &arguments.simulation;
    let earlier = || Some(checkpoint::key(path).filter(|_| arguments.resume)?.seed);
    let seed = options.seed.or(model.seed).or_else(earlier);
    let paths = match (arguments.paths.is_empty(), arguments.replicate) {
        (true, Some(_)) => vec!["*".to_owned()],
        _ => arguments.paths.clone(),
    };
    let recipe = Recipe {
        formats: options.format.iter().map(|format| format.name().to_owned()).collect(),
        paths,
        until: arguments.until.clone(),
        replicate: arguments.replicate,
        shard: arguments.shard,
        report: arguments.report,
    };
    let seed = seed.unwrap_or_else(any_seed);
    RunKey::new(&model.resolved, seed, asked(arguments, model), &recipe)
}

/// Seconds of a timer.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.01..=86_400.0).contains(seconds));
    seconds.ok_or_else(|| "write seconds from 0.01 to 86400".to_owned())
}
