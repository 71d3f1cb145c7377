//! The shards of a sweep.

use std::error::Error;
use std::path::Path;

use super::{MergeArguments, Part, target};
use crate::cli::Exit;
use crate::cli::simulation::{compiled, recalled};
use crate::cli::sweep::{POINTS, SweepArguments, Whole};
use crate::export::folder::Folder;
use crate::export::journal::{Journal, SweepKey};
use crate::export::manifest::StudyManifest;
use crate::model::scenario::Scenario;
use crate::run::Shard;
use crate::study::design::Design;
use crate::study::sweep::Sweep;

pub struct Content {
    manifest: StudyManifest,
    design: Design,
}

pub fn part(folder: &Path) -> Result<Part<Content>, String> {
    let place = folder.display();
    let manifest = StudyManifest::read(folder).ok_or_else(|| format!("{place} is no shard of a sweep"))?;
    let told = &manifest.design;
    let shard: Option<Shard> = serde_json::from_value(told["shard"].clone()).ok();
    let no_shard = || format!("{place} is a whole {}, no shard of a sweep", manifest.study);
    let shard = shard.ok_or_else(no_shard)?;
    let damaged = |_| format!("{place} is damaged: its manifest has no design");
    let design: Design = serde_json::from_value(told["design"].clone()).map_err(damaged)?;
    let scenario = &manifest.scenarios[0].scenario;
    let whole = SweepKey::new(&scenario.text, &design, (manifest.seed, manifest.replicates), None);
    let key = SweepKey { version: manifest.drawdown.clone(), ..whole };
    Ok(Part { folder: folder.to_owned(), shard, facts: key.facts(), content: Content { manifest, design } })
}

pub fn put_together(arguments: &MergeArguments, parts: Vec<Part<Content>>) -> Result<Exit, Box<dyn Error>> {
    let Content { manifest, design } = &parts[0].content;
    let entry = &manifest.scenarios[0].scenario;
    let path = target(arguments, &format!("{}-sweep", entry.stem), &parts)?;
    let scenario = Scenario::parse(&format!("{}.toml", entry.stem), &entry.text);
    let base = match compiled(scenario.clone()) {
        Ok(base) => base,
        Err(exit) => return Ok(exit),
    };
    let numbers = (manifest.seed, manifest.replicates);
    let scenario = scenario.expect("it was compiled");
    let sweep = Sweep::new(&scenario, design.clone()).seed(numbers.0).replicates(numbers.1);
    let checked = sweep.jobs(arguments.jobs.map_or(0, usize::from)).check()?;
    let folder = Folder::open(&path)?;
    let mut journal = Journal::open(&path, &SweepKey::new(&entry.text, design, numbers, None))?;
    for part in &parts {
        journal.keep_all(&part.folder.join(POINTS))?;
    }
    let mut asked: SweepArguments = recalled(manifest, &path, None)?;
    asked.shard = None;
    let whole = Whole { path: &path, base: &base, asked: &asked };
    let exit = whole.run(checked, &mut journal, folder, arguments.quiet)?;
    journal.remove()?;
    Ok(exit)
}
