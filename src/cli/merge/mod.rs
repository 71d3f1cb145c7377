//! `drawdown merge`: the shards of a run or of a sweep to the results of the whole.

mod runs;
mod sweeps;

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Args;

use super::simulation::interruptible;
use super::{Exit, default_folder};
use crate::export::facts::{Fact, differences};
use crate::export::manifest::StudyManifest;
use crate::run::Shard;

#[derive(Args, Debug)]
pub struct MergeArguments {
    /// The folders of all shards, such as output/iraq-syria-shard-*
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Folder for the results; output/<scenario> unless given, for a sweep output/<scenario>-sweep
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Threads for the charts; one a core unless given
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
    /// No summary
    #[arg(short, long)]
    quiet: bool,
}

/// A shard as its folder holds it.
struct Part<T> {
    folder: PathBuf,
    shard: Shard,
    /// Of the whole that it is a part of.
    facts: Vec<Fact>,
    content: T,
}

pub fn merge(arguments: &MergeArguments) -> Exit {
    interruptible(|| {
        let is_sweep = |folder: &PathBuf| StudyManifest::read(folder).is_some();
        match arguments.folders.iter().any(is_sweep) {
            true => collected(arguments, sweeps::part, sweeps::put_together),
            false => collected(arguments, runs::part, runs::put_together),
        }
    })
}

/// Reads all parts and puts them together; or shows all that is wrong with them.
fn collected<T>(
    arguments: &MergeArguments,
    part: impl Fn(&Path) -> Result<Part<T>, String>,
    put_together: impl Fn(&MergeArguments, Vec<Part<T>>) -> Result<Exit, Box<dyn Error>>,
) -> Result<Exit, Box<dyn Error>> {
    let (mut parts, mut wrong) = (Vec::new(), Vec::new());
    for folder in &arguments.folders {
        match part(folder) {
            Ok(part) => parts.push(part),
            Err(why) => wrong.push(why),
        }
    }
    parts.sort_by_key(|part| part.shard);
    if wrong.is_empty() {
        wrong = mistakes(&parts);
    }
    if wrong.is_empty() {
        return put_together(arguments, parts);
    }
    wrong.iter().for_each(|wrong| eprintln!("error: {wrong}"));
    Ok(Exit::CouldNotRun)
}

/// What keeps shards from being one whole: foreign ones, doubled ones, missing ones.
fn mistakes<T>(parts: &[Part<T>]) -> Vec<String> {
    let first = &parts[0];
    let foreign = parts.iter().filter_map(|part| {
        let mut how = differences(&first.facts, &part.facts);
        if part.shard.of != first.shard.of {
            how.push(format!("it is one of {}, not of {}", part.shard.of, first.shard.of));
        }
        let (place, other) = (part.folder.display(), first.folder.display());
        let told = format!("{place} is no part of the same as {other}: {}", how.join("; "));
        (!how.is_empty()).then_some(told)
    });
    let foreign: Vec<String> = foreign.collect();
    if !foreign.is_empty() {
        return foreign;
    }
    let doubled = parts.windows(2).filter(|pair| pair[0].shard == pair[1].shard).map(|pair| {
        let [a, b] = [&pair[0], &pair[1]].map(|part| part.folder.display());
        format!("shard {} is there twice: {a} and {b}", pair[0].shard)
    });
    let missing =
        (1..=first.shard.of).filter(|number| !parts.iter().any(|part| part.shard.number == *number));
    let missing = missing.map(|number| format!("shard {number} of {} is missing", first.shard.of));
    doubled.chain(missing).collect()
}

/// Where the whole lands.
///
/// # Errors
/// It would take the place of a shard.
fn target<T>(arguments: &MergeArguments, name: &str, parts: &[Part<T>]) -> Result<PathBuf, Box<dyn Error>> {
    let path = arguments.output.clone().unwrap_or_else(|| default_folder(name));
    let is_same = |part: &&Part<T>| matches!((part.folder.canonicalize(), path.canonicalize()), (Ok(one), Ok(other)) if one == other);
    match parts.iter().find(is_same) {
        Some(part) => {
            Err(format!("{} is a shard itself: choose another folder with -o", part.folder.display()).into())
        }
        None => Ok(path),
    }
}
