//! A run under way in a folder: its growing tables, and what is kept of it in case it is stopped.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use super::Exit;
use crate::export::checkpoint::{self, Checkpoint, RunKey};
use crate::export::folder::{Folder, FolderError};
use crate::export::growing::{Growing, Length};
use crate::model::record::Record;
use crate::results::Legend;
use crate::run::Halfway;

/// See the module.
pub struct Session {
    path: PathBuf,
    key: RunKey,
    folder: Folder,
    growing: Option<Growing>,
    /// Of the tables when they were last looked at.
    lengths: Vec<Length>,
    /// Whether what was last to be kept is.
    kept: io::Result<u64>,
}

impl Session {
    /// Opens the folder of a run. `resume` goes on where one of the same key was stopped, which comes back.
    ///
    /// # Errors
    /// The folder cannot be used, or what was kept in it is of another run.
    pub fn open(
        path: &Path,
        key: RunKey,
        legend: &Legend,
        resume: bool,
    ) -> Result<(Self, Option<Halfway>), Box<dyn Error>> {
        let left_behind = checkpoint::key(path).filter(|_| !resume);
        let mut folder = if resume { Folder::resume(path)? } else { Folder::open(path)? };
        if left_behind.is_some() {
            let place = path.display();
            eprintln!("{place} held a run that was begun and not finished: begun anew, not resumed");
        }
        let kept = match checkpoint::load(path, &key) {
            Ok(kept) => kept,
            Err(why) => {
                // It stays what it is for whom it belongs to.
                folder.suspend();
                return Err(why.into());
            }
        };
        let has_tables = key.recipe.wants("csv");
        let reopened = kept.and_then(|Checkpoint { lengths, halfway }| {
            // They are not there if it was killed when its files were in their places: then it is run again.
            let growing = has_tables.then(|| Growing::reopen(&mut folder, legend, &lengths).ok());
            if growing.as_ref().is_some_and(Option::is_none) {
                None
            } else {
                Some((halfway, growing.flatten()))
            }
        });
        let (begun, growing) = match reopened {
            Some((halfway, growing)) => (Some(halfway), growing),
            None => (None, has_tables.then(|| Growing::create(&mut folder, legend)).transpose()?),
        };
        let (path, lengths, kept) = (path.to_owned(), Vec::new(), Ok(0));
        Ok((Self { path, key, folder, growing, lengths, kept }, begun))
    }

    /// Writes the rows of a block.
    pub fn grow(&mut self, legend: &Legend, record: &Record) {
        if let Some(growing) = &mut self.growing {
            growing.write(legend, record);
        }
    }

    /// Keeps how far the run has come.
    pub fn keep(&mut self, halfway: &Halfway) {
        let counted = halfway.tally.completed + halfway.tally.failed;
        let mut attempt = || {
            if let Some(growing) = &mut self.growing {
                self.lengths = growing.lengths()?;
            }
            checkpoint::keep(&self.path, &self.key, &self.lengths, halfway)
        };
        self.kept = attempt().map(|()| counted);
    }

    /// The folder, with its tables whole.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn tables_done(&mut self) -> Result<&mut Folder, FolderError> {
        let io = |error| FolderError::Io(self.path.clone(), error);
        if let Some(mut growing) = self.growing.take() {
            self.lengths = growing.lengths().map_err(io)?;
            growing.finish().map_err(io)?;
        }
        Ok(&mut self.folder)
    }

    /// The folder, to be committed or given up.
    pub fn into_folder(self) -> Folder {
        self.folder
    }

    /// Says what is kept of a run that was stopped, and leaves it in the folder.
    pub fn stopped(self) -> Exit {
        let place = self.path.display();
        match self.kept {
            Ok(0) => eprintln!("stopped before any history was done"),
            Ok(done) => {
                let all = self.key.replicates;
                eprintln!(
                    "{done} of {all} histories are kept in {place}: the same command with --resume goes on"
                );
                self.folder.suspend();
            }
            Err(why) => eprintln!("what was done could not be kept in {place}: {why}"),
        }
        Exit::Interrupted
    }
}
