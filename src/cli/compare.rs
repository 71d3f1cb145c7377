//! `drawdown compare`: the same worlds under several scenarios.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::simulation::{
    Format, STOP, SimulationArguments, command_line, compiled, interruptible, is_stopped, recipe,
};
use super::{Exit, open_file, path_and_value, refuse, say};
use crate::export::folder::Folder;
use crate::export::manifest::StudyManifest;
use crate::export::{chart, csv, words};
use crate::model::Model;
use crate::study::{Compared, Comparison, ComparisonError};

#[derive(Args, Debug)]
pub struct CompareArguments {
    /// The scenario files, the base first
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Replace a value in every scenario, such as parameters.us_al_asad=600 (repeatable)
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = path_and_value)]
    sets: Vec<(String, String)>,
    /// Let the scenarios extend and read files outside their own folders
    #[arg(long)]
    allow_outside: bool,
    #[command(flatten)]
    simulation: SimulationArguments,
}

pub fn compare(arguments: &CompareArguments) -> Exit {
    if arguments.files.len() < 2 {
        return refuse(&ComparisonError::TooFew);
    }
    // All of them, so that the mistakes of all are shown.
    let models: Vec<Result<Model, Exit>> = arguments
        .files
        .iter()
        .map(|file| compiled(open_file(file, &arguments.sets, arguments.allow_outside)))
        .collect();
    match models.into_iter().collect::<Result<Vec<Model>, Exit>>() {
        Ok(models) => interruptible(|| study(&arguments.simulation, &models)),
        Err(exit) => exit,
    }
}

/// Compares two scenarios or more and leaves what is found in its folder.
///
/// # Errors
/// They cannot be compared, the folder cannot be used, or it was asked to stop.
pub fn study(options: &SimulationArguments, models: &[Model]) -> Result<Exit, Box<dyn Error>> {
    let path = options.folder(&format!("{}-compare", models[0].stem));
    let mut folder = Folder::open(&path)?;
    let comparison = configure(options, models);
    let bar = options.progress_bar(comparison.histories());
    let tick = |done: u64| bar.inc(done);
    let compared = comparison.progress(&tick).stop_on(&STOP).start()?;
    bar.finish_and_clear();
    if options.wants(Format::Csv) {
        folder.write("compare.csv", |out| csv::compare(&compared, out))?;
        folder.write("differences.csv", |out| csv::differences(&compared, out))?;
        folder.write("failures.csv", |out| csv::failed_worlds(&compared, out))?;
    }
    options.write_charts(&mut folder, || chart::contrasts(&compared))?;
    if is_stopped() {
        return Ok(Exit::Interrupted);
    }
    folder.commit(manifest(options, &compared, models))?;
    if !options.quiet {
        say(&words::compare(&compared, Some(&path)));
    }
    Ok(if compared.failed() > 0 { Exit::Failed } else { Exit::Done })
}

fn configure<'a>(options: &SimulationArguments, models: &'a [Model]) -> Comparison<'a> {
    let base = Comparison::new(&models[0]).jobs(options.threads());
    let mut comparison = models[1..].iter().fold(base, Comparison::against);
    if let Some(seed) = options.seed {
        comparison = comparison.seed(seed);
    }
    if let Some(replicates) = options.replicates {
        comparison = comparison.replicates(replicates);
    }
    comparison
}

fn manifest(options: &SimulationArguments, compared: &Compared, models: &[Model]) -> StudyManifest {
    let names: Vec<&str> =
        compared.alternatives.iter().map(|alternative| alternative.name.as_str()).collect();
    let left_out: Vec<_> =
        compared.left_out.iter().map(|one| json!({ "what": one.what, "why": one.why })).collect();
    let design = json!({
        "base": names[0],
        "alternatives": names[1..],
        "not_compared": left_out,
        "worlds_completed": compared.completed(),
        "worlds_failed": compared.failed(),
    });
    let resolved = models.iter().map(|model| model.resolved.as_str());
    let scenarios: Vec<_> =
        compared.alternatives.iter().map(|alternative| &alternative.legend).zip(resolved).collect();
    let asked = (command_line(), recipe(options));
    StudyManifest::new("compare", asked, (compared.seed, compared.replicates()), design, &scenarios)
}
