//! How far a run has come, kept in its folder beside its growing tables: stopped or killed, it goes on from there.
//!
//! A line says which run it is, so that it can be told from others without being read whole; the rest is what was
//! counted, in [postcard](https://docs.rs/postcard)'s encoding. It is written beside itself and renamed.

use std::io::{self, Write};
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
    let bytes = fs::read(place(folder)).ok()?;
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    serde_json::from_slice(line).ok()
}

/// Keeps how far a run has come.
///
/// # Errors
/// It cannot be written; what was kept before is still there.
pub fn keep(folder: &Path, key: &RunKey, checkpoint: &Checkpoint) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(key)?;
    bytes.push(b'\n');
    bytes.extend(postcard::to_stdvec(checkpoint).map_err(io::Error::other)?);
    let beside = folder.join(format!(".checkpoint-new{TEMPORARY}"));
    let mut file = fs::File::create(&beside)?;
    file.write_all(&bytes)?;
    fs::rename(&beside, place(folder))
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
