//! `manifest.json`: what a folder of results came from, enough to get it again. No clock: the same run
//! writes the same bytes.

mod study;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use study::{FileEntry, StudyManifest, StudyScenario};

use crate::results::legend::{Kind, Legend, Quantity, Signal, Source};
use crate::results::{IndicatorResult, Results};
use crate::run::Shard;

/// The manifest's name in its folder.
pub const MANIFEST: &str = "manifest.json";

/// A manifest, as the folder that it stands in needs it. Written as JSON it must have `drawdown`, by which the
/// folder is known as ours, and `files`, the names it lists.
pub trait Lists: Serialize {
    /// Takes the names of the files written; `sha256` gives that of a file's bytes.
    ///
    /// # Errors
    /// A file cannot be read.
    fn list(&mut self, files: &[String], sha256: &dyn Fn(&str) -> io::Result<String>) -> io::Result<()>;
}

/// What results do not know of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The command line, as given; empty for a run from a program.
    pub command: String,
    /// The scenario with its base and all overlays resolved.
    pub scenario_text: String,
    /// Replicates asked for; a run to a precision may need fewer.
    pub asked: u64,
    /// What else was asked for.
    pub recipe: Recipe,
}

/// What a run was asked for beside scenario, seed and number of replicates: what it takes to run it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Kinds of files: `csv`, `svg`, `png`.
    pub formats: Vec<String>,
    /// Signals that were followed, or patterns of them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub paths: Vec<String>,
    /// The precision to be reached.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<String>,
    /// The only replicate, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replicate: Option<u64>,
    /// The part of the replicates.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shard: Option<Shard>,
    /// With the page.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub report: bool,
}

impl Recipe {
    /// Whether files of a kind are to be written.
    pub fn wants(&self, format: &str) -> bool {
        self.formats.iter().any(|known| known == format)
    }
}

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version that wrote it: the key by which a folder is known as ours.
    pub drawdown: String,
    /// The command line.
    pub command: String,
    /// What was asked for.
    #[serde(default)]
    pub recipe: Recipe,
    /// The seed.
    pub seed: u64,
    /// How many replicates.
    pub replicates: ReplicateCounts,
    /// What was simulated.
    pub scenario: ScenarioEntry,
    /// What the summarised signals are, and how exactly their quantiles are known.
    pub signals: Vec<SignalEntry>,
    /// The replicates to look at, by each indicator.
    pub representatives: Vec<RepresentativeEntry>,
    /// What was held to its limits.
    pub clamped: Vec<ClampEntry>,
    /// The assumption ledger.
    pub quantities: Vec<QuantityEntry>,
    /// Where assumptions came from.
    pub sources: Vec<SourceEntry>,
    /// The other files of this run, relative.
    pub files: Vec<String>,
}

/// How many replicates were asked for and what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicateCounts {
    /// Asked for.
    pub asked: u64,
    /// Run: completed or failed.
    pub run: u64,
    /// Stopped on the way; no statistic includes them.
    pub failed: u64,
}

/// A scenario, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioEntry {
    /// The file's stem.
    pub stem: String,
    /// Its name.
    pub name: String,
    /// ISO date.
    pub start: String,
    /// ISO date.
    pub end: String,
    /// Days in a step.
    pub step_days: u32,
    /// Of `text`, in hexadecimal.
    pub sha256: String,
    /// The resolved scenario.
    pub text: String,
}

/// A summarised signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalEntry {
    /// Its name.
    pub name: String,
    /// `flag`, `level` or `count`.
    pub kind: String,
    /// Its unit, if the scenario says.
    pub unit: String,
    /// The resolution of its quantiles, in words; a flag has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quantiles: Option<String>,
}

/// Which replicates stand for the others, for `--replicate`; counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepresentativeEntry {
    /// Histories are ranked by this indicator's mean.
    pub indicator: String,
    /// Nearest the median history.
    pub median: Option<u64>,
    /// Nearest the edge of the worst five percent.
    pub worst_five_percent: Option<u64>,
}

/// What was held to its limits, and how often, over all replicates and steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClampEntry {
    /// What.
    pub what: String,
    /// How often.
    pub times: u64,
}

/// An assumption.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuantityEntry {
    /// Where it stands in the scenario.
    pub path: String,
    /// The number or distribution.
    pub value: String,
    /// What it rests on; `null` where the scenario does not say.
    pub source: Option<String>,
    /// How far that is to be trusted: `high`, `medium` or `low`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confidence: Option<String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
    /// What was counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub basis: Option<String>,
}

/// A source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceEntry {
    /// The name by which quantities refer to it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// ISO date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date: Option<String>,
    /// Where to find it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// A folder has no manifest of a run.
#[derive(Debug)]
pub struct NoManifest(PathBuf);

impl fmt::Display for NoManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no {MANIFEST} of a run", self.0.display())
    }
}

impl std::error::Error for NoManifest {}

impl Manifest {
    /// The manifest of a run in its folder.
    ///
    /// # Errors
    /// There is none, or it is a study's.
    pub fn read(folder: &Path) -> Result<Self, NoManifest> {
        let read = || serde_json::from_slice(&fs::read(folder.join(MANIFEST)).ok()?).ok();
        read().ok_or_else(|| NoManifest(folder.to_owned()))
    }

    /// The manifest of some results; `files` is filled when their folder is committed.
    pub fn new(results: &Results, provenance: &Provenance) -> Self {
        let legend = &results.legend;
        Self {
            drawdown: env!("CARGO_PKG_VERSION").to_owned(),
            command: provenance.command.clone(),
            recipe: provenance.recipe.clone(),
            seed: results.seed,
            replicates: ReplicateCounts {
                asked: provenance.asked.max(results.replicates()),
                run: results.replicates(),
                failed: results.failed(),
            },
            scenario: scenario(legend, &provenance.scenario_text),
            signals: legend.signals.iter().map(signal).collect(),
            representatives: results.indicators().map(representatives).collect(),
            clamped: results
                .clamped()
                .map(|(what, times)| ClampEntry { what: what.to_owned(), times })
                .collect(),
            quantities: quantities(legend),
            sources: sources(legend),
            files: Vec::new(),
        }
    }
}

impl Lists for Manifest {
    fn list(&mut self, files: &[String], _: &dyn Fn(&str) -> io::Result<String>) -> io::Result<()> {
        self.files = files.to_vec();
        Ok(())
    }
}

/// The SHA-256 of a text or of bytes, in hexadecimal.
pub fn sha256(content: impl AsRef<[u8]>) -> String {
    hexadecimal(&Sha256::digest(content.as_ref()))
}

/// The SHA-256 of a file of any size, in hexadecimal.
///
/// # Errors
/// It cannot be read.
pub fn sha256_of(file: &Path) -> io::Result<String> {
    let (mut file, mut hash) = (BufReader::new(File::open(file)?), Sha256::new());
    loop {
        let read = file.fill_buf()?;
        if read.is_empty() {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(read);
        let taken = read.len();
        file.consume(taken);
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn scenario(legend: &Legend, text: &str) -> ScenarioEntry {
    let calendar = &legend.calendar;
    ScenarioEntry {
        stem: legend.scenario.clone(),
        name: legend.title.clone(),
        start: calendar.start().to_string(),
        end: calendar.end().to_string(),
        step_days: calendar.step_days(),
        sha256: sha256(text),
        text: text.to_owned(),
    }
}

fn signal(signal: &Signal) -> SignalEntry {
    let quantiles = match (signal.kind, signal.whole) {
        (Kind::Flag, _) => None,
        (_, true) => Some("exact to 4,095, then to one part in 4,096"),
        (_, false) => Some("to one part in 128, near zero to 0.000008"),
    };
    let kind = match signal.kind {
        Kind::Flag => "flag",
        Kind::Level => "level",
        Kind::Count => "count",
    };
    SignalEntry {
        name: signal.name.clone(),
        kind: kind.to_owned(),
        unit: signal.unit.clone(),
        quantiles: quantiles.map(str::to_owned),
    }
}

fn representatives(result: IndicatorResult<'_>) -> RepresentativeEntry {
    RepresentativeEntry {
        indicator: result.indicator.id.clone(),
        median: result.median_replicate(),
        worst_five_percent: result.worst_replicate(),
    }
}

fn quantities(legend: &Legend) -> Vec<QuantityEntry> {
    let entry = |quantity: &Quantity| QuantityEntry {
        path: quantity.path.clone(),
        value: quantity.text.clone(),
        source: quantity.source.clone(),
        confidence: quantity.confidence.clone(),
        note: quantity.note.clone(),
        basis: quantity.basis.clone(),
    };
    legend.quantities.iter().map(entry).collect()
}

fn sources(legend: &Legend) -> Vec<SourceEntry> {
    let entry = |source: &Source| SourceEntry {
        id: source.id.clone(),
        title: source.title.clone(),
        date: source.date.map(|date| date.to_string()),
        url: source.url.clone(),
        note: source.note.clone(),
    };
    legend.sources.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::results;

    #[test]
    fn a_manifest_tells_what_is_needed_to_run_again_and_reads_back() {
        let provenance = Provenance {
            command: "drawdown run iraq.toml".into(),
            scenario_text: "abc".into(),
            asked: 200,
            ..Provenance::default()
        };
        let manifest = Manifest::new(&results(), &provenance);
        assert_eq!(manifest.replicates, ReplicateCounts { asked: 200, run: 128, failed: 2 });
        // FIPS 180-4, the example of one block.
        assert_eq!(
            manifest.scenario.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(manifest.representatives.len(), 2);
        assert_eq!(manifest.clamped, [ClampEntry { what: "daesh".into(), times: 14 }]);
        let text = serde_json::to_string(&manifest).unwrap();
        assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), manifest);
        assert!(text.starts_with("{\"drawdown\":\""));
    }

    #[test]
    fn the_resolution_told_is_the_resolution_kept() {
        use crate::results::bins::Scale;
        assert_eq!(Scale::WHOLE.resolution(4095.0), 0.0);
        assert!(Scale::WHOLE.resolution(1e6) <= 1e6 / 4096.0);
        assert!(Scale::REAL.resolution(0.0) < 0.000_008);
        assert!(Scale::REAL.resolution(1e6) <= (1e6 + 1.0) / 128.0);
    }
}
