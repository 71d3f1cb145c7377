//! The manifest of a study: many runs, perhaps of several scenarios.

use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::{Lists, MANIFEST, QuantityEntry, ScenarioEntry, SourceEntry, quantities, scenario, sources};
use crate::results::legend::Legend;

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyManifest {
    /// The version that wrote it: the key by which a folder is known as ours.
    pub drawdown: String,
    /// The command line.
    pub command: String,
    /// `sweep`, `compare`, `sensitivity`, `hindcast`.
    pub study: String,
    /// What was asked for beside scenarios and seed: what it takes to do the study again.
    #[serde(default)]
    pub recipe: serde_json::Value,
    /// The seed of every run.
    pub seed: u64,
    /// Replicates of every run, as asked for.
    pub replicates: u64,
    /// What came of the question: levers, targets, methods, how much failed.
    pub design: serde_json::Value,
    /// What was simulated; of a study that changes one scenario, that scenario unchanged.
    pub scenarios: Vec<StudyScenario>,
    /// The other files of this study, relative.
    pub files: Vec<FileEntry>,
}

/// A scenario, whole, with what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyScenario {
    #[serde(flatten)]
    pub scenario: ScenarioEntry,
    /// The assumption ledger.
    pub quantities: Vec<QuantityEntry>,
    /// Where assumptions came from.
    pub sources: Vec<SourceEntry>,
}

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Relative, with `/`.
    pub name: String,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
}

impl StudyManifest {
    /// The manifest of a study in its folder, if there is one.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(MANIFEST)).ok()?).ok()
    }

    /// The manifest of a study by its name; `files` is filled when its folder is committed.
    ///
    /// Of each `(legend, text)` the text is the scenario with its base and all overlays resolved; `command` and
    /// `recipe` are empty for a study from a program.
    pub fn new(
        study: &str,
        (command, recipe): (String, serde_json::Value),
        (seed, replicates): (u64, u64),
        design: serde_json::Value,
        scenarios: &[(&Legend, &str)],
    ) -> Self {
        let entry = |&(legend, text): &(&Legend, &str)| StudyScenario {
            scenario: scenario(legend, text),
            quantities: quantities(legend),
            sources: sources(legend),
        };
        Self {
            drawdown: env!("CARGO_PKG_VERSION").to_owned(),
            command,
            study: study.to_owned(),
            recipe,
            seed,
            replicates,
            design,
            scenarios: scenarios.iter().map(entry).collect(),
            files: Vec::new(),
        }
    }
}

impl Lists for StudyManifest {
    fn list(&mut self, files: &[String], sha256: &dyn Fn(&str) -> io::Result<String>) -> io::Result<()> {
        let entries = files.iter().map(|name| Ok(FileEntry { name: name.clone(), sha256: sha256(name)? }));
        self.files = entries.collect::<io::Result<_>>()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::export::folder::Folder;
    use crate::export::manifest::MANIFEST;
    use crate::results::fixture::results;

    #[test]
    fn a_studys_folder_lists_its_files_with_their_hashes_and_is_known_again() {
        let temporary = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let mut folder = Folder::open(&temporary).unwrap();
            folder.write(name, |out| std::io::Write::write_all(out, b"abc")).unwrap();
            let results = results();
            let design = json!({ "levers": ["a"] });
            let scenarios = [(&results.legend, "text")];
            folder
                .commit(StudyManifest::new(
                    "sweep",
                    ("drawdown sweep".to_owned(), json!({})),
                    (7, 100),
                    design,
                    &scenarios,
                ))
                .unwrap();
        };
        write("old.csv");
        write("sweep.csv");
        assert!(!temporary.path().join("old.csv").exists(), "the file of the study before is stale");
        let text = std::fs::read_to_string(temporary.path().join(MANIFEST)).unwrap();
        let manifest: StudyManifest = serde_json::from_str(&text).unwrap();
        // FIPS 180-4, the example of one block.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned();
        assert_eq!(manifest.files, [FileEntry { name: "sweep.csv".into(), sha256 }]);
        assert_eq!((manifest.seed, manifest.scenarios[0].scenario.text.as_str()), (7, "text"));
    }
}
