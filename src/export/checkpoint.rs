//! How far a run has come, kept in its folder beside its growing tables: stopped or killed, it goes on from there.
//!
//! A line says which run it is, so that it can be told from others without being read whole; the rest is what was
//! counted, in [postcard](https://docs.rs/postcard)'s encoding. It is written beside itself and renamed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::{error, fmt, fs};

use serde::{Deserialize, Serialize};

use super::facts::{Fact, differences};
use super::folder::TEMPORARY;
use super::growing::Length;
use super::manifest::{Manifest, Recipe, sha256};
use crate::run::Halfway;

/// What must be the same for a run to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunKey {
    /// The program's version.
    pub version: String,
    /// SHA-256 of the resolved scenario.
    pub scenario: String,
    pub seed: u64,
    /// Replicates asked for, of all shards.
    pub replicates: u64,
    pub recipe: Recipe,
}

/// What is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Of the growing tables.
    pub lengths: Vec<Length>,
    pub halfway: Halfway,
}

/// Why a run cannot go on.
#[derive(Debug)]
pub enum ResumeError {
    /// It is of another run: how that one differs.
    Another(PathBuf, Vec<String>),
    /// It is damaged.
    Damaged(PathBuf),
    /// The system refused.
    Io(PathBuf, io::Error),
}

impl RunKey {
    pub fn new(scenario_text: &str, seed: u64, replicates: u64, recipe: &Recipe) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: sha256(scenario_text),
            seed,
            replicates,
            recipe: recipe.clone(),
        }
    }

    /// The key of a run that is done.
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            version: manifest.drawdown.clone(),
            scenario: manifest.scenario.sha256.clone(),
            seed: manifest.seed,
            replicates: manifest.replicates.asked,
            recipe: manifest.recipe.clone(),
        }
    }

    /// What a person is told when it differs.
    pub fn facts(&self) -> Vec<Fact> {
        let recipe = &self.recipe;
        let asked = serde_json::json!({
            "paths": recipe.paths, "until": recipe.until, "only": recipe.replicate, "report": recipe.report,
        });
        vec![
            Fact::new("the version", &self.version),
            Fact::new("the seed", self.seed),
            Fact::new("the number of histories", self.replicates),
            Fact::new(
                "the part",
                recipe.shard.map_or("the whole".to_owned(), |shard| format!("shard {shard}")),
            ),
            Fact::new("the format", recipe.formats.join(",")),
            Fact::hash("the scenario", &self.scenario),
            Fact::hash("what was asked for", &asked.to_string()),
        ]
    }
}

fn place(folder: &Path) -> PathBuf {
    folder.join(format!(".checkpoint{TEMPORARY}"))
}

/// The run that was stopped in a folder, if one was.
pub fn key(folder: &Path) -> Option<RunKey> {
    let mut line = Vec::new();
    BufReader::new(File::open(place(folder)).ok()?).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

/// Keeps how far a run has come.
///
/// # Errors
/// It cannot be written; what was kept before is still there.
pub fn keep(folder: &Path, key: &RunKey, lengths: &[Length], halfway: &Halfway) -> io::Result<()> {
    let beside = folder.join(format!(".checkpoint-new{TEMPORARY}"));
    let mut file = BufWriter::new(Noting { file: File::create(&beside)?, failed: None });
    // Written as it is read: what is counted is most of a run's memory. A pair is encoded as a [`Checkpoint`] is.
    let mut write = || {
        serde_json::to_writer(&mut file, key)?;
        file.write_all(b"\n")?;
        postcard::to_io(&(lengths, halfway), &mut file).map(|_| ()).map_err(io::Error::other)
    };
    write().map_err(|error| file.get_mut().failed.take().unwrap_or(error))?;
    drop(file);
    fs::rename(&beside, place(folder))
}

/// A file that remembers why it could not be written: the encodings would not tell.
struct Noting {
    file: File,
    failed: Option<io::Error>,
}

impl Write for Noting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| {
            let kind = error.kind();
            self.failed = Some(error);
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What was kept of this run; `None` where nothing was.
///
/// # Errors
/// It is of another run, or cannot be read.
pub fn load(folder: &Path, key: &RunKey) -> Result<Option<Checkpoint>, ResumeError> {
    let path = place(folder);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ResumeError::Io(path, error)),
    };
    let read = || {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        Some((serde_json::from_slice::<RunKey>(&bytes[..end]).ok()?, &bytes[end + 1..]))
    };
    let Some((theirs, kept)) = read() else { return Err(ResumeError::Damaged(path)) };
    if theirs != *key {
        return Err(ResumeError::Another(folder.to_owned(), differences(&theirs.facts(), &key.facts())));
    }
    postcard::from_bytes(kept).map(Some).map_err(|_| ResumeError::Damaged(path))
}

impl fmt::Display for ResumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Another(folder, how) => write!(
                f,
                "{} holds another run, begun and not finished: {}; run that one to its end, choose another folder \
                 with -o, or leave --resume out to begin anew",
                folder.display(),
                how.join("; ")
            ),
            Self::Damaged(path) => {
                write!(f, "{} is damaged; leave --resume out to begin anew", path.display())
            }
            Self::Io(path, _) => write!(f, "{} cannot be read", path.display()),
        }
    }
}

impl error::Error for ResumeError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_file_cannot_be_written_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("read-only");
        fs::write(&path, "").unwrap();
        let refused = File::open(&path).and_then(|mut file| file.write_all(b"x")).unwrap_err();
        let mut file = BufWriter::new(Noting { file: File::open(&path).unwrap(), failed: None });
        // As short as it is, it is not written before it is flushed.
        assert!(postcard::to_io(&(1, 2), &mut file).is_err());
        assert_eq!(file.get_mut().failed.take().unwrap().to_string(), refused.to_string());
    }
}
