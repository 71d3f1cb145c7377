//! `drawdown verify`: the results in a folder against those that its manifest gives when it is done again.

mod again;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::simulation::{TextFile, interruptible};
use super::{Exit, say};
use crate::export::folder::listed_files;
use crate::export::manifest::{MANIFEST, Manifest, StudyManifest};

#[derive(Args, Debug)]
pub struct VerifyArguments {
    /// The folder of results of a run or a study, such as output/iraq-syria
    #[arg(value_name = "OUTPUT_DIR")]
    folder: PathBuf,
    /// Threads; one a core unless given
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
}

/// What became of the files.
#[derive(Default)]
struct Verdict {
    equal: usize,
    different: Vec<String>,
    /// Put there by another command, such as `chart`.
    unknown: Vec<String>,
}

pub fn verify(arguments: &VerifyArguments) -> Exit {
    interruptible(|| {
        let folder = tempfile::tempdir()?;
        let (path, jobs) = (folder.path(), arguments.jobs);
        let (version, done) = match StudyManifest::read(&arguments.folder) {
            Some(manifest) => (manifest.drawdown.clone(), again::study(&manifest, path, jobs)?),
            None => {
                let manifest = Manifest::read(&arguments.folder)?;
                (manifest.drawdown.clone(), again::run(&manifest, path, jobs)?)
            }
        };
        match done {
            Exit::Done | Exit::Failed => {
                Ok(tell(&compare(&arguments.folder, path)?, &version, &arguments.folder))
            }
            exit => Ok(exit),
        }
    })
}

fn compare(folder: &Path, again: &Path) -> Result<Verdict, Box<dyn Error>> {
    let names = |folder: &Path| listed_files(&folder.join(MANIFEST)).unwrap_or_default();
    let known: BTreeSet<String> = names(again).into_iter().collect();
    let unknown = names(folder).into_iter().filter(|name| !known.contains(name)).collect();
    let mut verdict = Verdict { unknown, ..Verdict::default() };
    for name in known {
        let theirs = fs::read(folder.join(&name)).unwrap_or_default();
        verdict.count(theirs == fs::read(again.join(&name))?, name);
    }
    verdict.count(facts(folder)? == facts(again)?, MANIFEST.to_owned());
    Ok(verdict)
}

/// What a manifest says of the results. How they were asked for is no part of them, nor is what else was put
/// beside them; what they hold was looked at.
fn facts(folder: &Path) -> Result<Value, Box<dyn Error>> {
    let file = TextFile::read(&folder.join(MANIFEST).display().to_string())?;
    let mut facts: Value = serde_json::from_str(&file.text)?;
    facts["command"].take();
    facts["files"].take();
    Ok(facts)
}

impl Verdict {
    fn count(&mut self, is_equal: bool, name: String) {
        if is_equal {
            self.equal += 1;
        } else {
            self.different.push(name);
        }
    }
}

fn tell(verdict: &Verdict, version: &str, folder: &Path) -> Exit {
    let place = folder.display();
    if !verdict.unknown.is_empty() {
        let names = verdict.unknown.join(", ");
        eprintln!("not looked at, for the command itself did not make them: {names}");
    }
    if verdict.different.is_empty() {
        let n = verdict.equal;
        say(&format!("{place}: done again, all {n} files are the same to the byte\n"));
        return Exit::Done;
    }
    let ours = env!("CARGO_PKG_VERSION");
    if version != ours {
        eprintln!("it was written by version {version}, and this is {ours}");
    }
    let names = verdict.different.join(", ");
    say(&format!("{place}: done again, {} files are the same, these are not: {names}\n", verdict.equal));
    Exit::Failed
}
