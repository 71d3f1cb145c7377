//! The points that a sweep has finished, kept in its folder while it runs: stopped half-way, the same command
//! goes on from there.
//!
//! A line says which sweep it is; each further line is a point. A line is written at once when its point is
//! done; one that was cut off is passed over. Numbers are kept as their bits: what is read back is the same.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::results::{Estimate, Interval};
use crate::study::sweep::outcome::{Batch, Outcome};

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
}

/// The file, open for further points.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Why writing stopped.
    error: Option<io::Error>,
}

/// What was found in a folder.
#[derive(Debug, PartialEq)]
pub enum Found {
    /// Nothing, or nothing whole.
    Nothing,
    /// Points of this sweep.
    Points(BTreeMap<usize, Outcome>),
    /// Points of another sweep, which are no use.
    Another,
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

impl Journal {
    /// Opens the journal of a sweep; points of another are given up.
    ///
    /// # Errors
    /// The system refused.
    pub fn open(folder: &Path, key: &SweepKey) -> io::Result<(Self, Found)> {
        let path = folder.join(JOURNAL);
        let (found, whole) = read(&path, key);
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        if matches!(found, Found::Points(_)) {
            file.set_len(whole)?;
        } else {
            file.set_len(0)?;
            file.write_all(&line(key)?)?;
        }
        Ok((Self { path, file, error: None }, found))
    }

    /// Keeps a point. What cannot be written is told by [`Journal::close`]; the sweep goes on without.
    pub fn keep(&mut self, point: usize, outcome: &Outcome) {
        if self.error.is_none() {
            let written = line(&Line::new(point, outcome)).and_then(|line| self.file.write_all(&line));
            self.error = written.err();
        }
    }

    /// Whether every point could be kept.
    ///
    /// # Errors
    /// The first that could not.
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
}

/// What a journal holds, and how many of its bytes are whole lines.
fn read(path: &Path, key: &SweepKey) -> (Found, u64) {
    let Ok(bytes) = fs::read(path) else { return (Found::Nothing, 0) };
    let mut lines = bytes.split_inclusive(|&byte| byte == b'\n').take_while(|line| line.ends_with(b"\n"));
    let Some(first) = lines.next() else { return (Found::Nothing, 0) };
    match serde_json::from_slice::<SweepKey>(first) {
        Ok(found) if found == *key => {}
        _ => return (Found::Another, 0),
    }
    let (mut points, mut whole) = (BTreeMap::new(), first.len() as u64);
    for bytes in lines {
        let Ok(line) = serde_json::from_slice::<Line>(bytes) else { break };
        points.insert(line.point, line.outcome());
        whole += bytes.len() as u64;
    }
    (Found::Points(points), whole)
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
        SweepKey { version: "1".into(), scenario: "a".into(), design: "b".into(), seed, replicates: 100 }
    }

    fn outcome(x: f64) -> Outcome {
        let interval = Some(Interval { low: x - 0.1, high: x / 3.0 });
        let rows = vec![Estimate { value: x, interval, n: 7 }, Estimate { value: -x, interval: None, n: 1 }];
        Outcome { completed: 7, failed: 1, rows, batches: vec![Batch { sums: vec![(7, x * 0.1)] }] }
    }

    #[test]
    fn what_is_kept_is_read_back_and_a_torn_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let (mut journal, found) = Journal::open(folder.path(), &key(3)).unwrap();
        assert_eq!(found, Found::Nothing);
        journal.keep(4, &outcome(0.1 + 0.2));
        journal.keep(0, &outcome(1e-300));
        journal.close().unwrap();
        let path = folder.path().join(JOURNAL);
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"{\"point\":2,\"comp").unwrap();
        assert_eq!(seed(folder.path()), Some(3));

        let expected = BTreeMap::from([(0, outcome(1e-300)), (4, outcome(0.1 + 0.2))]);
        let (mut journal, found) = Journal::open(folder.path(), &key(3)).unwrap();
        assert_eq!(found, Found::Points(expected.clone()));
        journal.keep(2, &outcome(5.0));
        let (_, found) = Journal::open(folder.path(), &key(3)).unwrap();
        let all = expected.into_iter().chain([(2, outcome(5.0))]).collect();
        assert_eq!(found, Found::Points(all));

        let (journal, found) = Journal::open(folder.path(), &key(4)).unwrap();
        assert_eq!(found, Found::Another);
        assert_eq!(seed(folder.path()), Some(4), "points of another sweep are given up");
        journal.remove().unwrap();
        assert_eq!(seed(folder.path()), None);
    }
}
