//! What a manifest describes, done again in another folder.

use std::error::Error;
use std::path::Path;

use crate::cli::simulation::{STOP, compiled, recalled};
use crate::cli::writing::{configure, write};
use crate::cli::{Exit, compare, hindcast, sensitivity, sweep};
use crate::export::checkpoint::RunKey;
use crate::export::folder::Folder;
use crate::export::growing::Growing;
use crate::export::manifest::{Manifest, Provenance, ScenarioEntry, StudyManifest};
use crate::model::Model;
use crate::model::record::Record;
use crate::model::scenario::Scenario;
use crate::results::Legend;

/// Runs again. What is wrong with the scenario is shown.
///
/// # Errors
/// The folder cannot be written to, or it was asked to stop.
pub fn run(manifest: &Manifest, folder: &Path, jobs: Option<u16>) -> Result<Exit, Box<dyn Error>> {
    let (threads, model) = match model(&manifest.scenario) {
        Ok((_, model)) => (jobs.map_or(0, usize::from), model),
        Err(exit) => return Ok(exit),
    };
    let run = configure(&RunKey::of(manifest), &model, threads);
    let mut folder = Folder::open(folder)?;
    let mut growing = None;
    if manifest.recipe.wants("csv") {
        growing = Some(Growing::create(&mut folder, &run.legend()?)?);
    }
    let mut each = |legend: &Legend, record: &Record| {
        if let Some(growing) = &mut growing {
            growing.write(legend, record);
        }
    };
    let results = run.each(&mut each).stop_on(&STOP).start()?;
    growing.map_or(Ok(()), Growing::finish)?;
    let provenance = Provenance {
        command: manifest.command.clone(),
        scenario_text: manifest.scenario.text.clone(),
        asked: manifest.replicates.asked,
        recipe: manifest.recipe.clone(),
    };
    let manifest = write(&results, &provenance, threads, &mut folder)?;
    folder.commit(manifest)?;
    Ok(Exit::Done)
}

/// Does a study again. What is wrong with its scenarios is shown.
///
/// # Errors
/// The manifest does not say what was asked, the folder cannot be written to, or it was asked to stop.
pub fn study(manifest: &StudyManifest, folder: &Path, jobs: Option<u16>) -> Result<Exit, Box<dyn Error>> {
    let scenarios = manifest.scenarios.iter().map(|one| model(&one.scenario));
    let (scenarios, models) = match scenarios.collect::<Result<(Vec<Scenario>, Vec<Model>), Exit>>() {
        Ok(all) => all,
        Err(exit) => return Ok(exit),
    };
    let (Some(scenario), Some(first)) = (scenarios.first(), models.first()) else {
        return Err("the manifest names no scenario".into());
    };
    match manifest.study.as_str() {
        "compare" => compare::study(&recalled(manifest, folder, jobs)?, &models),
        "hindcast" => hindcast::study(&recalled(manifest, folder, jobs)?, first),
        "sensitivity" => sensitivity::study(&recalled(manifest, folder, jobs)?, first),
        "sweep" => sweep::study(&recalled(manifest, folder, jobs)?, scenario, first),
        other => Err(format!("no study is called `{other}` in this version").into()),
    }
}

fn model(entry: &ScenarioEntry) -> Result<(Scenario, Model), Exit> {
    let scenario = Scenario::parse(&format!("{}.toml", entry.stem), &entry.text);
    let model = compiled(scenario.clone())?;
    Ok((scenario.expect("it was compiled"), model))
}
