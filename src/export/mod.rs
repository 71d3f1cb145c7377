//! From results to files and words: sees results and their legend, nothing above or beside.

pub mod causes;
pub mod chart;
pub mod checkpoint;
pub mod csv;
pub mod facts;
pub mod folder;
pub mod growing;
pub mod journal;
pub mod ledger;
pub mod manifest;
pub mod report;
pub mod saved;
pub mod words;

use std::path::Path;

use crate::results::Results;
use folder::{Folder, FolderError};
use manifest::{Manifest, Provenance};

/// Writes every table and a manifest into a folder, which is made if need be.
///
/// # Errors
/// The folder holds something else, or a file cannot be written; what was there is then left as it was.
pub fn csv(results: &Results, folder: impl AsRef<Path>) -> Result<(), FolderError> {
    let mut folder = Folder::open(folder)?;
    tables(results, &mut folder)?;
    saved(results, &mut folder)?;
    folder.commit(Manifest::new(results, &Provenance::default()))
}

/// Writes the tables that summarise all replicates into an open folder.
///
/// # Errors
/// A file cannot be written.
pub fn tables(results: &Results, folder: &mut Folder) -> Result<(), FolderError> {
    folder.write("summary.csv", |out| csv::summary(results, out))?;
    folder.write("thresholds.csv", |out| csv::thresholds(results, out))?;
    folder.write("milestones.csv", |out| csv::milestones(results, out))?;
    folder.write("sites.csv", |out| csv::sites(results, out))?;
    folder.write("failures.csv", |out| csv::failures(results, out))
}

/// Keeps what a run counted in an open folder, for [`saved::load`].
///
/// # Errors
/// The file cannot be written.
pub fn saved(results: &Results, folder: &mut Folder) -> Result<(), FolderError> {
    folder.write(saved::SAVED, |out| saved::save(results, out))
}
