//! `drawdown hindcast`: what a scenario said, held against what happened.

use std::error::Error;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::simulation::{
    Format, STOP, SimulationArguments, TextFile, command_line, compiled, interruptible, is_stopped, recipe,
};
use super::{Exit, ScenarioArguments, open, say, show_in};
use crate::export::folder::Folder;
use crate::export::manifest::{StudyManifest, sha256};
use crate::export::{chart, csv, words};
use crate::model::Model;
use crate::study::hindcast::{Bar, Hindcast, Missed, Observables, Observed, Scored};

#[derive(Args, Debug, Serialize, Deserialize)]
pub struct HindcastArguments {
    #[command(flatten)]
    #[serde(skip)]
    scenario: ScenarioArguments,
    /// What happened: a table with the columns date, signal, low, high, basis, source and, for counts, since
    #[arg(long, value_name = "CSV", value_parser = TextFile::read)]
    observed: TextFile,
    /// A bar that must be reached, else the command ends with 1: "skill > 0", "skill.unchanged of iraq.us >= 0.2",
    /// "coverage80 >= 0.6" (repeatable)
    #[arg(long = "require", value_name = "BAR")]
    bars: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    simulation: SimulationArguments,
}

pub fn hindcast(arguments: &HindcastArguments) -> Exit {
    match compiled(open(&arguments.scenario)) {
        Ok(model) => interruptible(|| study(arguments, &model)),
        Err(exit) => exit,
    }
}

/// Reads observations, none where there is no file; what is wrong with them is shown.
pub fn observations(file: Option<&TextFile>, observables: &Observables) -> Result<Observed, Exit> {
    let Some(file) = file else { return Ok(Observed::default()) };
    Observed::parse(&file.name, &file.text, observables).map_err(|found| {
        show_in(&found, "the observations");
        Exit::CouldNotRun
    })
}

/// Holds a scenario against what happened and leaves the scores in their folder.
///
/// # Errors
/// A bar means nothing, the folder cannot be used, or it was asked to stop.
pub fn study(arguments: &HindcastArguments, model: &Model) -> Result<Exit, Box<dyn Error>> {
    let options = &arguments.simulation;
    let observed = match observations(Some(&arguments.observed), &Observables::of(model)) {
        Ok(observed) => observed,
        Err(exit) => return Ok(exit),
    };
    let bars = bars(&arguments.bars, &observed)?;
    let path = options.folder(&format!("{}-hindcast", model.stem));
    let mut folder = Folder::open(&path)?;
    let hindcast = configure(arguments, model, &observed);
    let bar = options.progress_bar(hindcast.histories());
    let tick = |done: u64| bar.inc(done);
    let scored = hindcast.progress(&tick).stop_on(&STOP).start()?;
    bar.finish_and_clear();
    if options.wants(Format::Csv) {
        folder.write("scores.csv", |out| csv::scores(&scored, out))?;
        folder.write("observed.csv", |out| csv::observed(&scored, out))?;
        folder.write("pit.csv", |out| csv::pit(&scored, out))?;
        folder.write("failures.csv", |out| csv::failures(&scored.results, out))?;
    }
    options.write_charts(&mut folder, || chart::hindcast(&scored))?;
    if is_stopped() {
        return Ok(Exit::Interrupted);
    }
    let missed: Vec<Missed> = bars.iter().filter_map(|bar| bar.check(&scored).err()).collect();
    folder.commit(manifest(arguments, &scored, &missed, model))?;
    match options.quiet {
        false => say(&words::hindcast(&scored, &missed, Some(&path))),
        true => missed.iter().for_each(|one| eprintln!("{one}")),
    }
    let is_fine = missed.is_empty() && scored.results.failed() == 0;
    Ok(if is_fine { Exit::Done } else { Exit::Failed })
}

/// Every bar, or all that is wrong with them.
fn bars(written: &[String], observed: &Observed) -> Result<Vec<Bar>, String> {
    let read: Vec<Result<Bar, String>> = written.iter().map(|bar| Bar::parse(bar, observed)).collect();
    let wrong: Vec<String> = read.iter().filter_map(|bar| bar.clone().err()).collect();
    if wrong.is_empty() { Ok(read.into_iter().flatten().collect()) } else { Err(wrong.join("\nerror: ")) }
}

fn configure<'a>(arguments: &HindcastArguments, model: &'a Model, observed: &'a Observed) -> Hindcast<'a> {
    let options = &arguments.simulation;
    let mut hindcast = Hindcast::new(model, observed).jobs(options.threads());
    if let Some(seed) = options.seed {
        hindcast = hindcast.seed(seed);
    }
    if let Some(replicates) = options.replicates {
        hindcast = hindcast.replicates(replicates);
    }
    hindcast
}

fn manifest(
    arguments: &HindcastArguments,
    scored: &Scored,
    missed: &[Missed],
    model: &Model,
) -> StudyManifest {
    let results = &scored.results;
    let missed: Vec<_> = missed.iter().map(|one| json!({ "bar": one.bar, "value": one.value })).collect();
    let design = json!({
        "observed": arguments.observed.name,
        "observed_sha256": sha256(&arguments.observed.text),
        "observations": scored.observations.len(),
        "required": arguments.bars,
        "missed": missed,
        "failed": results.failed(),
    });
    let run = (results.seed, results.replicates());
    let scenarios = [(&results.legend, model.resolved.as_str())];
    StudyManifest::new("hindcast", (command_line(), recipe(arguments)), run, design, &scenarios)
}
