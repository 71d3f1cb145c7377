//! `drawdown verify`: the results in a folder against those that its manifest gives when it is run again.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::simulation::{STOP, compiled, interruptible};
use super::writing::{configure, write};
use super::{Exit, say};
use crate::export::checkpoint::RunKey;
use crate::export::folder::Folder;
use crate::export::growing::Growing;
use crate::export::manifest::{MANIFEST, Manifest, Provenance};
use crate::model::record::Record;
use crate::model::scenario::Scenario;
use crate::results::Legend;

#[derive(Args, Debug)]
pub struct VerifyArguments {
    /// The folder of a run's results, such as output/iraq-syria
    #[arg(value_name = "OUTPUT_DIR")]
    folder: PathBuf,
    /// Threads; one a core unless given
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
}

/// What became of the files.
#[derive(Default)]
struct Verdict {
    equal: usize,
    different: Vec<String>,
    /// Put there by another command, such as `chart`.
    unknown: Vec<String>,
}

pub fn verify(arguments: &VerifyArguments) -> Exit {
    interruptible(|| {
        let manifest = Manifest::read(&arguments.folder)?;
        let again = tempfile::tempdir()?;
        if let Err(exit) = run_again(&manifest, again.path(), arguments.jobs.map_or(0, usize::from))? {
            return Ok(exit);
        }
        let verdict = compare(&manifest, &arguments.folder, again.path())?;
        Ok(tell(&verdict, &manifest, &arguments.folder))
    })
}

/// Runs what the manifest describes; inside, what is wrong with its scenario was shown.
fn run_again(manifest: &Manifest, folder: &Path, threads: usize) -> Result<Result<(), Exit>, Box<dyn Error>> {
    let scenario = Scenario::parse(&format!("{}.toml", manifest.scenario.stem), &manifest.scenario.text);
    let model = match compiled(scenario) {
        Ok(model) => model,
        Err(exit) => return Ok(Err(exit)),
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
    Ok(Ok(()))
}

fn compare(manifest: &Manifest, folder: &Path, again: &Path) -> Result<Verdict, Box<dyn Error>> {
    let redone = Manifest::read(again)?;
    let known: BTreeSet<&String> = redone.files.iter().collect();
    let mut verdict = Verdict::default();
    for name in manifest.files.iter().filter(|name| !known.contains(name)) {
        verdict.unknown.push(name.clone());
    }
    for name in redone.files.iter() {
        let theirs = fs::read(folder.join(name)).unwrap_or_default();
        if theirs == fs::read(again.join(name))? {
            verdict.equal += 1;
        } else {
            verdict.different.push(name.clone());
        }
    }
    // What else was put beside the run's own files is listed, and no part of the run.
    if (Manifest { files: Vec::new(), ..redone }) == (Manifest { files: Vec::new(), ..manifest.clone() }) {
        verdict.equal += 1;
    } else {
        verdict.different.push(MANIFEST.to_owned());
    }
    Ok(verdict)
}

fn tell(verdict: &Verdict, manifest: &Manifest, folder: &Path) -> Exit {
    let place = folder.display();
    if !verdict.unknown.is_empty() {
        let names = verdict.unknown.join(", ");
        eprintln!("not looked at, for the run itself did not make them: {names}");
    }
    if verdict.different.is_empty() {
        let n = verdict.equal;
        say(&format!("{place}: run again, all {n} files are the same to the byte\n"));
        return Exit::Done;
    }
    let ours = env!("CARGO_PKG_VERSION");
    if manifest.drawdown != ours {
        eprintln!("it was written by version {}, and this is {ours}", manifest.drawdown);
    }
    let names = verdict.different.join(", ");
    say(&format!("{place}: run again, {} files are the same, these are not: {names}\n", verdict.equal));
    Exit::Failed
}
