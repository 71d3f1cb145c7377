//! `drawdown report`: saved results to one page, without simulating.

use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, refuse, say};
use crate::export::folder::{Folder, FolderError};
use crate::export::report::{self, REPORT};
use crate::export::saved;

#[derive(Args, Debug)]
pub struct ReportArguments {
    /// The folder of a run's results, such as output/iraq-syria; the page lands in it
    #[arg(value_name = "OUTPUT_DIR")]
    folder: PathBuf,
    /// Do not say where the page is
    #[arg(short, long)]
    quiet: bool,
}

pub fn report(arguments: &ReportArguments) -> Exit {
    match write(arguments) {
        Ok(()) => Exit::Done,
        Err(why) => refuse(why.as_ref()),
    }
}

fn write(arguments: &ReportArguments) -> Result<(), Box<dyn Error>> {
    let path = &arguments.folder;
    // First: a folder without results is not touched.
    let results = saved::load(path)?;
    let (mut folder, manifest) = Folder::reopen(path)?;
    let page = report::html(&results, &manifest, replicates(path)?)?;
    folder.write(REPORT, |out| out.write_all(page.as_bytes()))?;
    folder.commit(manifest)?;
    if !arguments.quiet {
        say(&format!("{}\n", path.join(REPORT).display()));
    }
    Ok(())
}

/// The table of single histories, if the run wrote one.
fn replicates(folder: &Path) -> Result<Option<File>, FolderError> {
    let path = folder.join("replicates.csv");
    match File::open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FolderError::Io(path, error)),
    }
}
