//! `results.drawdown`: everything a run counted, so that it can be drawn and told again without simulating.
//!
//! The legend and the settled tally in [postcard](https://docs.rs/postcard)'s encoding, deflated, after a line
//! that says which format it is. Where the results are the same, so are the bytes.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::{error, fmt, fs};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};

use crate::results::{Legend, Results, Tally};

/// Its name in the folder of a run.
pub const SAVED: &str = "results.drawdown";
/// Changes with whatever is written.
const FORMAT: &[u8] = b"drawdown results, format 2\n";
/// No results come near this many bytes: a file that claims more is not ours.
const MOST_BYTES: u64 = 1 << 32;

#[derive(Serialize)]
struct Written<'a> {
    seed: u64,
    legend: &'a Legend,
    tally: &'a Tally,
}

#[derive(Deserialize)]
struct ReadBack {
    seed: u64,
    legend: Legend,
    tally: Tally,
}

/// Why there are no results to be read in a folder.
#[derive(Debug)]
pub enum SavedError {
    /// The folder holds no results of a run.
    None(PathBuf),
    /// They were written by a version with another format.
    Format(PathBuf),
    /// They are damaged.
    Damaged(PathBuf),
    /// The system refused.
    Io(PathBuf, io::Error),
}

/// Writes results.
///
/// # Errors
/// Writing fails.
pub fn save(results: &Results, mut out: impl Write) -> io::Result<()> {
    let Results { legend, tally, seed } = results;
    out.write_all(FORMAT)?;
    let mut deflated = DeflateEncoder::new(out, Compression::fast());
    let bytes = postcard::to_stdvec(&Written { seed: *seed, legend, tally }).map_err(io::Error::other)?;
    deflated.write_all(&bytes)?;
    deflated.finish()?.flush()
}

/// Reads the results that a folder holds.
///
/// # Errors
/// There are none, or they cannot be read.
pub fn load(folder: impl AsRef<Path>) -> Result<Results, SavedError> {
    let path = folder.as_ref().join(SAVED);
    let bytes = fs::read(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => SavedError::None(folder.as_ref().to_owned()),
        _ => SavedError::Io(path.clone(), error),
    })?;
    let Some(deflated) = bytes.strip_prefix(FORMAT) else {
        return Err(SavedError::Format(path));
    };
    let mut inflated = Vec::new();
    let read = DeflateDecoder::new(deflated).take(MOST_BYTES).read_to_end(&mut inflated);
    let saved: Option<ReadBack> = read.ok().and_then(|_| postcard::from_bytes(&inflated).ok());
    match saved {
        Some(ReadBack { seed, legend, tally }) if legend.is_sound() && tally.fits(&legend) => {
            Ok(Results::new(legend, tally, seed))
        }
        _ => Err(SavedError::Damaged(path)),
    }
}

impl fmt::Display for SavedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None(folder) => write!(
                f,
                "{} holds no results of a run (there is no {SAVED}); `drawdown run FILE -o {}` makes them",
                folder.display(),
                folder.display()
            ),
            Self::Format(path) => {
                write!(f, "{} was written by another version of drawdown; run it again", path.display())
            }
            Self::Damaged(path) => write!(f, "{} is damaged; run it again", path.display()),
            Self::Io(path, _) => write!(f, "{} cannot be read", path.display()),
        }
    }
}

impl error::Error for SavedError {
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
    use crate::results::fixture::results;

    #[test]
    fn what_is_read_back_is_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        save(&results(), &mut bytes).unwrap();
        fs::write(folder.path().join(SAVED), &bytes).unwrap();
        let read = load(folder.path()).unwrap();
        assert_eq!((&read.tally, read.seed), (&results().tally, results().seed));
        assert_eq!(format!("{:?}", read.legend), format!("{:?}", results().legend));
        let mut again = Vec::new();
        save(&read, &mut again).unwrap();
        assert_eq!(again, bytes);
    }

    #[test]
    fn what_is_missing_old_or_damaged_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = || load(folder.path()).unwrap_err().to_string();
        assert!(refusal().contains("holds no results of a run"), "{}", refusal());
        fs::write(folder.path().join(SAVED), "drawdown results, format 0\n").unwrap();
        assert!(refusal().contains("another version"), "{}", refusal());
        let mut bytes = Vec::new();
        save(&results(), &mut bytes).unwrap();
        for cut in [FORMAT.len(), FORMAT.len() + 10, bytes.len() / 2, bytes.len() - 1] {
            fs::write(folder.path().join(SAVED), &bytes[..cut]).unwrap();
            assert!(refusal().contains("is damaged"), "{cut}: {}", refusal());
        }
    }

    #[test]
    fn a_tally_of_another_scenario_is_refused() {
        let mut wrong = results();
        wrong.legend.milestones.pop();
        let mut bytes = Vec::new();
        save(&wrong, &mut bytes).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(SAVED), &bytes).unwrap();
        assert!(load(folder.path()).unwrap_err().to_string().contains("is damaged"));
    }
}
