//! The shards of a run.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use super::{MergeArguments, Part, target};
use crate::cli::simulation::command_line;
use crate::cli::writing::write;
use crate::cli::{Exit, say};
use crate::export::checkpoint::RunKey;
use crate::export::folder::{Folder, FolderError};
use crate::export::growing::TABLES;
use crate::export::manifest::{Manifest, Provenance, Recipe};
use crate::export::{saved, words};
use crate::results::Results;

pub struct Content {
    manifest: Manifest,
    results: Results,
}

pub fn part(folder: &Path) -> Result<Part<Content>, String> {
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
    let whole = RunKey { recipe: Recipe { shard: None, ..key.recipe }, ..key };
    Ok(Part {
        folder: folder.to_owned(),
        shard,
        facts: whole.facts(),
        content: Content { manifest, results },
    })
}

pub fn put_together(arguments: &MergeArguments, parts: Vec<Part<Content>>) -> Result<Exit, Box<dyn Error>> {
    let first = &parts[0].content.manifest;
    let path = target(arguments, &first.scenario.stem, &parts)?;
    let mut folder = Folder::open(&path)?;
    for table in TABLES {
        let tables: Vec<PathBuf> = parts.iter().map(|part| part.folder.join(table)).collect();
        if tables[0].exists() {
            folder.write(table, |out| chain(&tables, out))?;
        }
    }
    let provenance = Provenance {
        command: command_line(),
        scenario_text: first.scenario.text.clone(),
        asked: first.replicates.asked,
        recipe: Recipe { shard: None, ..first.recipe.clone() },
    };
    let mut all = parts.into_iter().map(|part| part.content.results);
    let mut whole = all.next().expect("there is a shard");
    all.for_each(|results| whole.tally.merge(results.tally));
    let results = Results::new(whole.legend, whole.tally, whole.seed);
    let manifest = write(&results, &provenance, arguments.jobs.map_or(0, usize::from), &mut folder)?;
    folder.commit(manifest)?;
    if !arguments.quiet {
        say(&words::summary(&results, Some(&path)));
    }
    Ok(if results.failed() > 0 { Exit::Failed } else { Exit::Done })
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
