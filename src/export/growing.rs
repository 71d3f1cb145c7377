//! Tables that grow while a run goes on: a row a replicate, in a folder that is not yet committed. How long they
//! are can be kept, so that a run that was stopped goes on with them.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::csv::{Paths, Replicates};
use super::folder::{Folder, FolderError};
use crate::model::record::Record;
use crate::results::Legend;

const REPLICATES: &str = "replicates.csv";
const PATHS: &str = "paths.csv";

/// All of them.
pub const TABLES: [&str; 2] = [REPLICATES, PATHS];

/// A file and how many bytes of it count.
pub type Length = (String, u64);

/// `replicates.csv`, and `paths.csv` where signals are followed.
#[derive(Debug)]
pub struct Growing {
    replicates: Replicates<BufWriter<File>>,
    paths: Option<Paths<BufWriter<File>>>,
    /// The first error of writing; nothing is written after it.
    error: Option<io::Error>,
}

impl Growing {
    /// New tables.
    ///
    /// # Errors
    /// They cannot be made.
    pub fn create(folder: &mut Folder, legend: &Legend) -> Result<Self, FolderError> {
        let io = |error| FolderError::Io(REPLICATES.into(), error);
        let replicates = Replicates::new(legend, folder.create(REPLICATES)?).map_err(io)?;
        let paths = match legend.paths.is_empty() {
            true => None,
            false => Some(Paths::new(legend, folder.create(PATHS)?).map_err(io)?),
        };
        Ok(Self { replicates, paths, error: None })
    }

    /// The tables of a run that was stopped, as long as they were.
    ///
    /// # Errors
    /// They are not there, or shorter.
    pub fn reopen(folder: &mut Folder, legend: &Legend, lengths: &[Length]) -> Result<Self, FolderError> {
        let mut file = |name: &str| {
            let length = lengths.iter().find(|(known, _)| known == name).map_or(0, |(_, length)| *length);
            folder.append(name, length)
        };
        let replicates = Replicates::append(legend, file(REPLICATES)?);
        let paths = match legend.paths.is_empty() {
            true => None,
            false => Some(Paths::append(legend, file(PATHS)?)),
        };
        Ok(Self { replicates, paths, error: None })
    }

    /// Writes the completed replicates of a block. Blocks come in the order of their replicates.
    pub fn write(&mut self, legend: &Legend, record: &Record) {
        if self.error.is_some() {
            return;
        }
        let mut written = self.replicates.write(legend, record);
        if let (Ok(()), Some(paths)) = (&written, &mut self.paths) {
            written = paths.write(legend, record);
        }
        self.error = written.err();
    }

    /// How long the tables are, with nothing held back.
    ///
    /// # Errors
    /// Writing fails.
    pub fn lengths(&mut self) -> io::Result<Vec<Length>> {
        if let Some(error) = &self.error {
            return Err(io::Error::new(error.kind(), error.to_string()));
        }
        let mut lengths = vec![(REPLICATES.to_owned(), length(self.replicates.flushed()?)?)];
        if let Some(paths) = &mut self.paths {
            lengths.push((PATHS.to_owned(), length(paths.flushed()?)?));
        }
        Ok(lengths)
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// The first error of writing.
    pub fn finish(self) -> io::Result<()> {
        if let Some(error) = self.error {
            return Err(error);
        }
        self.replicates.finish()?.flush()?;
        match self.paths {
            Some(paths) => paths.finish()?.flush(),
            None => Ok(()),
        }
    }
}

fn length(file: &BufWriter<File>) -> io::Result<u64> {
    Ok(file.get_ref().metadata()?.len())
}
