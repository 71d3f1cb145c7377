//! The points that a sweep has finished, kept in its folder and not in memory while it runs: stopped half-way,
//! the same command goes on from there.
//!
//! A line says which sweep it is; each further line is a point. A line is written at once when its point is
//! done; one that was cut off is passed over. Numbers are kept as their bits: what is read back is the same.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::facts::{Fact, differences};
use super::manifest::sha256;
use crate::results::{Estimate, Interval};
use crate::run::Shard;
use crate::study::design::Design;
use crate::study::sweep::outcome::{Batch, Outcome};
use crate::study::sweep::outcomes::{Lost, Outcomes};

/// Its name in the folder.
pub const JOURNAL: &str = ".sweep.drawdown-points";

/// What must be the same for points to be of one sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepKey {
    /// The program's version.
    pub version: String,
    /// SHA-256 of the resolved scenario.
    pub scenario: String,
    /// SHA-256 of the design.
    pub design: String,
    pub seed: u64,
    pub replicates: u64,
    /// The part of the points.
    #[serde(default)]
    pub shard: Option<Shard>,
}

/// The file, open for further points, and where in it each point is.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// Locked, for a reader moves its position.
    file: Mutex<File>,
    places: BTreeMap<usize, Place>,
    /// Why writing stopped.
    error: Option<io::Error>,
}

/// Where a point is kept.
#[derive(Debug)]
enum Place {
    /// The first byte of its line.
    Line(u64),
    /// In memory, for it could not be written.
    Here(Box<Outcome>),
}

/// Why a folder's journal cannot be gone on with.
#[derive(Debug)]
pub enum JournalError {
    /// It is of another sweep: how that one differs.
    Another(PathBuf, Vec<String>),
    /// The system refused.
    Io(PathBuf, io::Error),
}

/// The bits of a value and of the ends of its interval, and n.
type Row = (u64, Option<(u64, u64)>, u64);

/// A point as a line holds it.
#[derive(Serialize, Deserialize)]
struct Line {
    point: usize,
    completed: u64,
    failed: u64,
    rows: Vec<Row>,
    batches: Vec<Vec<(u64, u64)>>,
}

/// The seed of the sweep that a folder holds points of: one that was drawn is drawn once.
pub fn seed(folder: &Path) -> Option<u64> {
    let mut first = String::new();
    BufReader::new(File::open(folder.join(JOURNAL)).ok()?).read_line(&mut first).ok()?;
    Some(serde_json::from_str::<SweepKey>(&first).ok()?.seed)
}

impl SweepKey {
    /// The key of a sweep, or of a part of it, from its seed and replicates.
    pub fn new(
        scenario_text: &str,
        design: &Design,
        (seed, replicates): (u64, u64),
        shard: Option<Shard>,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            scenario: sha256(scenario_text),
            design: sha256(format!("{design:?}")),
            seed,
            replicates,
            shard,
        }
    }

    /// What a person is told when it differs.
    pub fn facts(&self) -> Vec<Fact> {
        let part = self.shard.map_or("the whole".to_owned(), |shard| format!("shard {shard}"));
        vec![
            Fact::new("the version", &self.version),
            Fact::new("the seed", self.seed),
            Fact::new("the number of histories", self.replicates),
            Fact::new("the part", part),
            Fact::hash("the scenario", &self.scenario),
            Fact::hash("what is varied", &self.design),
        ]
    }
}

impl Journal {
    /// Opens the journal of a sweep, with the points that it holds.
    ///
    /// # Errors
    /// It is of another sweep, or the system refused.
    pub fn open(folder: &Path, key: &SweepKey) -> Result<Self, JournalError> {
        let path = folder.join(JOURNAL);
        let io = |error| JournalError::Io(path.clone(), error);
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(io)?;
        let (lines, whole) = match index(&mut BufReader::new(&file), key).map_err(io)? {
            Ok(found) => found,
            Err(differences) => return Err(JournalError::Another(folder.to_owned(), differences)),
        };
        file.set_len(whole).map_err(io)?;
        if whole == 0 {
            file.write_all(&line(key).map_err(io)?).map_err(io)?;
        }
        let places = lines.into_iter().map(|(point, at)| (point, Place::Line(at))).collect();
        Ok(Self { path, file: Mutex::new(file), places, error: None })
    }

    /// Gives up whatever journal a folder holds.
    ///
    /// # Errors
    /// The system refused.
    pub fn give_up(folder: &Path) -> io::Result<()> {
        match fs::remove_file(folder.join(JOURNAL)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The file with its points in their order, whichever was done first, to be kept under another name.
    ///
    /// # Errors
    /// A point could not be written, or the file cannot be read.
    pub fn copy(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(error) = &self.error {
            return Err(io::Error::new(error.kind(), error.to_string()));
        }
        let (mut file, mut bytes) = (BufReader::new(File::open(&self.path)?), Vec::new());
        next_line(&mut file, &mut bytes)?;
        out.write_all(&bytes)?;
        for place in self.places.values() {
            if let Place::Line(at) = place {
                file.seek(SeekFrom::Start(*at))?;
                next_line(&mut file, &mut bytes)?;
                out.write_all(&bytes)?;
            }
        }
        Ok(())
    }

    /// Keeps every point of a copy, too.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn keep_all(&mut self, copy: &Path) -> io::Result<()> {
        let mut reader = BufReader::new(File::open(copy)?);
        let mut bytes = Vec::new();
        next_line(&mut reader, &mut bytes)?;
        while next_line(&mut reader, &mut bytes)? {
            let line: Line = serde_json::from_slice(&bytes)?;
            self.keep(line.point, line.outcome());
        }
        Ok(())
    }

    /// Whether every point is in the file.
    ///
    /// # Errors
    /// Why one is not.
    pub fn close(self) -> io::Result<()> {
        self.error.map_or(Ok(()), Err)
    }

    /// Takes the journal away: the results are in their places.
    ///
    /// # Errors
    /// The system refused.
    pub fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Writes a line at the end; returns where it begins.
    fn write(&mut self, content: &Line) -> io::Result<u64> {
        let file = self.file.get_mut().expect("no thread panics while it holds this");
        let at = file.seek(SeekFrom::End(0))?;
        file.write_all(&line(content)?)?;
        Ok(at)
    }

    fn read(&self, point: usize, at: u64) -> io::Result<Outcome> {
        let mut file = self.file.lock().expect("no thread panics while it holds this");
        file.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::new();
        next_line(&mut BufReader::new(&mut *file), &mut bytes)?;
        let line: Line = serde_json::from_slice(&bytes)?;
        let changed = || io::Error::new(io::ErrorKind::InvalidData, "another program has changed it");
        (line.point == point).then(|| line.outcome()).ok_or_else(changed)
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Another(folder, how) => write!(
                f,
                "{} holds points of another sweep, begun and not finished: {}; run that one to its end, choose \
                 another folder with -o, or give its points up with --anew",
                folder.display(),
                how.join("; ")
            ),
            Self::Io(path, _) => write!(f, "{} cannot be used", path.display()),
        }
    }
}

impl error::Error for JournalError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Another(..) => None,
            Self::Io(_, error) => Some(error),
        }
    }
}

impl Outcomes for Journal {
    /// Writes a point. What cannot be written stays in memory, and so do all points after it.
    fn keep(&mut self, point: usize, outcome: Outcome) {
        if self.error.is_none() {
            match self.write(&Line::new(point, &outcome)) {
                Ok(at) => {
                    self.places.insert(point, Place::Line(at));
                    return;
                }
                Err(why) => self.error = Some(why),
            }
        }
        self.places.insert(point, Place::Here(Box::new(outcome)));
    }

    fn points(&self) -> Vec<usize> {
        self.places.keys().copied().collect()
    }

    fn outcome(&self, point: usize) -> Result<Cow<'_, Outcome>, Lost> {
        match self.places.get(&point) {
            Some(Place::Here(outcome)) => Ok(Cow::Borrowed(outcome)),
            Some(Place::Line(at)) => match self.read(point, *at) {
                Ok(outcome) => Ok(Cow::Owned(outcome)),
                Err(why) => Err(Lost { point, why: format!("{}: {why}", self.path.display()) }),
            },
            None => Err(Lost::never_run(point)),
        }
    }
}

/// Where each point's line begins, and how many bytes are whole lines.
type Lines = (BTreeMap<usize, u64>, u64);

/// The lines of this sweep; or how the sweep that they are of differs. One line is in memory at a time.
fn index(reader: &mut impl BufRead, key: &SweepKey) -> io::Result<Result<Lines, Vec<String>>> {
    let (mut bytes, mut lines) = (Vec::new(), BTreeMap::new());
    if !next_line(reader, &mut bytes)? {
        return Ok(Ok((lines, 0)));
    }
    match serde_json::from_slice::<SweepKey>(&bytes) {
        Ok(found) if found == *key => {}
        Ok(found) => return Ok(Err(differences(&found.facts(), &key.facts()))),
        Err(_) => return Ok(Err(vec!["it was written by another version".to_owned()])),
    }
    let mut whole = bytes.len() as u64;
    while next_line(reader, &mut bytes)? {
        let Ok(line) = serde_json::from_slice::<Line>(&bytes) else { break };
        lines.insert(line.point, whole);
        whole += bytes.len() as u64;
    }
    Ok(Ok((lines, whole)))
}

/// Reads a line; whether it is whole.
fn next_line(reader: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<bool> {
    bytes.clear();
    reader.read_until(b'\n', bytes)?;
    Ok(bytes.ends_with(b"\n"))
}

fn line(content: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(content)?;
    bytes.push(b'\n');
    Ok(bytes)
}

impl Line {
    fn new(point: usize, outcome: &Outcome) -> Self {
        let row =
            |e: &Estimate| (e.value.to_bits(), e.interval.map(|i| (i.low.to_bits(), i.high.to_bits())), e.n);
        let batch = |batch: &Batch| batch.sums.iter().map(|(n, sum)| (*n, sum.to_bits())).collect();
        Self {
            point,
            completed: outcome.completed,
            failed: outcome.failed,
            rows: outcome.rows.iter().map(row).collect(),
            batches: outcome.batches.iter().map(batch).collect(),
        }
    }

    fn outcome(self) -> Outcome {
        let row = |(value, interval, n): Row| Estimate {
            value: f64::from_bits(value),
            interval: interval
                .map(|(low, high)| Interval { low: f64::from_bits(low), high: f64::from_bits(high) }),
            n,
        };
        let batch = |sums: Vec<(u64, u64)>| Batch {
            sums: sums.into_iter().map(|(n, sum)| (n, f64::from_bits(sum))).collect(),
        };
        Outcome {
            completed: self.completed,
            failed: self.failed,
            rows: self.rows.into_iter().map(row).collect(),
            batches: self.batches.into_iter().map(batch).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u64) -> SweepKey {
        SweepKey {
            version: "1".into(),
            scenario: "a".into(),
            design: "b".into(),
            seed,
            replicates: 100,
            shard: None,
        }
    }

    fn outcome(x: f64) -> Outcome {
        let interval = Some(Interval { low: x - 0.1, high: x / 3.0 });
        let rows = vec![Estimate { value: x, interval, n: 7 }, Estimate { value: -x, interval: None, n: 1 }];
        Outcome { completed: 7, failed: 1, rows, batches: vec![Batch { sums: vec![(7, x * 0.1)] }] }
    }

    fn all(journal: &Journal) -> BTreeMap<usize, Outcome> {
        let outcome = |point| (point, journal.outcome(point).unwrap().into_owned());
        journal.points().into_iter().map(outcome).collect()
    }

    #[test]
    fn what_is_kept_is_read_back_and_a_torn_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), &key(3)).unwrap();
        assert!(journal.points().is_empty());
        journal.keep(4, outcome(0.1 + 0.2));
        journal.keep(0, outcome(1e-300));
        let expected = BTreeMap::from([(0, outcome(1e-300)), (4, outcome(0.1 + 0.2))]);
        assert_eq!(all(&journal), expected);
        assert!(journal.outcome(1).is_err());
        journal.close().unwrap();
        let path = folder.path().join(JOURNAL);
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"{\"point\":2,\"comp").unwrap();
        assert_eq!(seed(folder.path()), Some(3));

        let mut journal = Journal::open(folder.path(), &key(3)).unwrap();
        assert_eq!(all(&journal), expected);
        journal.keep(2, outcome(5.0));
        let journal = Journal::open(folder.path(), &key(3)).unwrap();
        let expected = expected.into_iter().chain([(2, outcome(5.0))]).collect();
        assert_eq!(all(&journal), expected);

        let refused = Journal::open(folder.path(), &key(4)).unwrap_err().to_string();
        assert!(refused.contains("the seed was 3, and is 4"), "{refused}");
        assert_eq!(all(&journal), expected, "points of another sweep stay");
        journal.remove().unwrap();
        assert_eq!(seed(folder.path()), None);
    }

    #[test]
    fn what_cannot_be_written_stays_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), &key(3)).unwrap();
        journal.keep(0, outcome(1.0));
        // A file that is open for reading alone takes no more.
        *journal.file.get_mut().unwrap() = File::open(folder.path().join(JOURNAL)).unwrap();
        journal.keep(1, outcome(2.0));
        journal.keep(2, outcome(3.0));
        assert_eq!(all(&journal), BTreeMap::from([(0, outcome(1.0)), (1, outcome(2.0)), (2, outcome(3.0))]));
        assert!(journal.close().is_err());
    }

    #[test]
    fn a_line_that_was_changed_is_no_other_point() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), &key(3)).unwrap();
        journal.keep(0, outcome(1.0));
        let path = folder.path().join(JOURNAL);
        let text = fs::read_to_string(&path).unwrap().replace("\"point\":0", "\"point\":1");
        fs::write(&path, text).unwrap();
        let lost = journal.outcome(0).unwrap_err().to_string();
        assert!(lost.starts_with("what point 1 came to cannot be read back"), "{lost}");
    }
}
