//! `drawdown merge`: the shards of a run to the results of the whole.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::simulation::{command_line, interruptible};
use super::writing::write;
use super::{Exit, default_folder, say};
use crate::export::checkpoint::RunKey;
use crate::export::folder::{Folder, FolderError};
use crate::export::growing::TABLES;
use crate::export::manifest::{Manifest, Provenance, Recipe};
use crate::export::{saved, words};
use crate::results::Results;
use crate::run::Shard;

#[derive(Args, Debug)]
pub struct MergeArguments {
    /// The folders of all shards, such as output/iraq-syria-shard-*
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Folder for the results; output/<scenario> unless given
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
struct Part {
    folder: PathBuf,
    shard: Shard,
    key: RunKey,
    manifest: Manifest,
    results: Results,
}

pub fn merge(arguments: &MergeArguments) -> Exit {
    interruptible(|| {
        let mut parts = match parts(&arguments.folders) {
            Ok(parts) => parts,
            Err(wrong) => return refuse(&wrong),
        };
        parts.sort_by_key(|part| part.shard);
        let wrong = mistakes(&parts);
        if wrong.is_empty() { put_together(arguments, parts) } else { refuse(&wrong) }
    })
}

fn refuse(wrong: &[String]) -> Result<Exit, Box<dyn Error>> {
    wrong.iter().for_each(|wrong| eprintln!("error: {wrong}"));
    Ok(Exit::CouldNotRun)
}

/// Every folder's shard, or all that is wrong with them.
fn parts(folders: &[PathBuf]) -> Result<Vec<Part>, Vec<String>> {
    let (mut parts, mut wrong) = (Vec::new(), Vec::new());
    for folder in folders {
        match part(folder) {
            Ok(part) => parts.push(part),
            Err(why) => wrong.push(why),
        }
    }
    if wrong.is_empty() { Ok(parts) } else { Err(wrong) }
}

fn part(folder: &Path) -> Result<Part, String> {
    let results = saved::load(folder).map_err(|error| error.to_string())?;
    let manifest = Manifest::read(folder).map_err(|error| error.to_string())?;
    let place = folder.display();
    let no_shard =
        || format!("{place} is a whole run, no shard: make one with `drawdown run FILE --shard 1/4`");
    let shard = manifest.recipe.shard.ok_or_else(no_shard)?;
    let rows = results.replicates();
    if rows != shard.size(manifest.replicates.asked) {
        return Err(format!(
            "{place} is damaged: it holds {rows} histories, which are not those of shard {shard}"
        ));
    }
    let key = RunKey::of(&manifest);
    Ok(Part { folder: folder.to_owned(), shard, key, manifest, results })
}

/// What keeps shards from being one run: foreign ones, doubled ones, missing ones.
fn mistakes(parts: &[Part]) -> Vec<String> {
    let first = &parts[0];
    let whole = |part: &Part| RunKey {
        recipe: Recipe { shard: Some(Shard { number: 1, of: part.shard.of }), ..part.key.recipe.clone() },
        ..part.key.clone()
    };
    let of_first = whole(first);
    let foreign = parts.iter().filter(|part| whole(part) != of_first).map(|part| {
        let mut how = whole(part).differences(&of_first);
        if part.shard.of != first.shard.of {
            how = vec![format!("it is one of {}, not of {}", part.shard.of, first.shard.of)];
        }
        let (place, other) = (part.folder.display(), first.folder.display());
        format!("{place} is of another run than {other}: {}", how.join("; "))
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

fn put_together(arguments: &MergeArguments, parts: Vec<Part>) -> Result<Exit, Box<dyn Error>> {
    let first = &parts[0];
    let path = arguments.output.clone().unwrap_or_else(|| default_folder(&first.manifest.scenario.stem));
    if let Some(part) = parts.iter().find(|part| is_same(&part.folder, &path)) {
        return refuse(&[format!(
            "{} is a shard itself: choose another folder with -o",
            part.folder.display()
        )]);
    }
    let mut folder = Folder::open(&path)?;
    for table in TABLES {
        let tables: Vec<PathBuf> = parts.iter().map(|part| part.folder.join(table)).collect();
        if tables[0].exists() {
            folder.write(table, |out| chain(&tables, out))?;
        }
    }
    let provenance = Provenance {
        command: command_line(),
        scenario_text: first.manifest.scenario.text.clone(),
        asked: first.manifest.replicates.asked,
        recipe: Recipe { shard: None, ..first.key.recipe.clone() },
    };
    let mut all = parts.into_iter().map(|part| part.results);
    let mut whole = all.next().expect("there is a shard");
    all.for_each(|results| whole.tally.merge(results.tally));
    let results = Results::new(whole.legend, whole.tally, whole.seed);
    let threads = arguments.jobs.map_or(0, usize::from);
    let manifest = write(&results, &provenance, threads, &mut folder)?;
    folder.commit(manifest)?;
    if !arguments.quiet {
        say(&words::summary(&results, Some(&path)));
    }
    Ok(if results.failed() > 0 { Exit::Failed } else { Exit::Done })
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// One table after the other, under the header of the first.
fn chain(tables: &[PathBuf], out: &mut impl Write) -> io::Result<()> {
    for (number, table) in tables.iter().enumerate() {
        let named = |error: io::Error| io::Error::new(error.kind(), FolderError::Io(table.clone(), error));
        let mut table = BufReader::new(File::open(table).map_err(named)?);
        let mut header = Vec::new();
        table.read_until(b'\n', &mut header)?;
        if number == 0 {
            out.write_all(&header)?;
        }
        io::copy(&mut table, out)?;
    }
    Ok(())
}
