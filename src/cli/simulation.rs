//! What every command that simulates shares: its options, its progress, its interrupt and its charts.

use std::error::Error;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::writing::write_figures;
use super::{Exit, default_folder, refuse, show};
use crate::export::chart::Figure;
use crate::export::folder::Folder;
use crate::export::manifest::StudyManifest;
use crate::lang::diagnostic::Diagnostics;
use crate::model::Model;
use crate::model::scenario::Scenario;

/// The options of `run` that every study takes, too. A manifest keeps those that change what is found.
#[derive(Args, Debug, Serialize, Deserialize)]
pub struct SimulationArguments {
    /// How many histories to simulate, of a study at each of its points
    #[arg(short = 'n', long, value_name = "N", value_parser = whole)]
    pub replicates: Option<u64>,
    /// Seed of the random numbers; the scenario's unless given, else one is drawn and printed
    #[arg(short, long, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    #[serde(skip_serializing)]
    pub seed: Option<u64>,
    /// Threads; one a core unless given. The results are the same for any number
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    #[serde(skip_serializing)]
    pub jobs: Option<u16>,
    /// Folder for the results; output/<scenario> unless given, for a study output/<scenario>-<study>
    #[arg(short, long, value_name = "DIR")]
    #[serde(skip_serializing)]
    pub output: Option<PathBuf>,
    /// What to write; the manifest always
    #[arg(long, value_name = "FORMAT,…", value_delimiter = ',', default_value = "csv,svg,png")]
    pub format: Vec<Format>,
    /// No progress, no summary
    #[arg(short, long)]
    #[serde(skip_serializing)]
    pub quiet: bool,
}

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Tables
    Csv,
    /// Charts as vectors
    Svg,
    /// Charts as pictures
    Png,
}

/// Set by an interrupt: see [`interruptible`].
pub static STOP: AtomicBool = AtomicBool::new(false);

impl Format {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

impl SimulationArguments {
    /// Whether files of a kind are to be written.
    pub fn wants(&self, format: Format) -> bool {
        self.format.contains(&format)
    }

    /// How many threads; 0 is one a core.
    pub fn threads(&self) -> usize {
        self.jobs.map_or(0, usize::from)
    }

    /// Where the results land: as asked for, else in a folder of this name under `output`.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.output.clone().unwrap_or_else(|| default_folder(name))
    }

    /// A bar over so many histories, with the time left; hidden unless someone looks at it.
    pub fn progress_bar(&self, histories: u64) -> ProgressBar {
        progress_bar(histories, self.quiet)
    }

    /// Writes charts in the formats asked for; they are only drawn if there is one.
    pub fn write_charts<E: Error + 'static>(
        &self,
        folder: &mut Folder,
        figures: impl FnOnce() -> Result<Vec<Figure>, E>,
    ) -> Result<(), Box<dyn Error>> {
        let formats = [self.wants(Format::Svg), self.wants(Format::Png)];
        write_figures(folder, formats, self.threads(), figures)
    }
}

/// A bar over so many histories, with the time left; hidden unless someone looks at it.
pub fn progress_bar(histories: u64, quiet: bool) -> ProgressBar {
    if quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = "{bar:40} {human_pos} of {human_len} histories, {per_sec}, {eta} left";
    let bar = ProgressBar::new(histories);
    bar.set_style(ProgressStyle::with_template(style).expect("the template is legal"));
    bar
}

/// Sets a flag every so often until it is dropped.
pub struct Metronome(#[expect(dead_code, reason = "the thread ends when it is dropped")] Sender<()>);

impl Metronome {
    /// Begins to beat.
    pub fn new(every: Duration, flag: &'static AtomicBool) -> Self {
        let (dropped, is_dropped) = channel();
        std::thread::spawn(move || {
            while is_dropped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                flag.store(true, Ordering::Relaxed);
            }
        });
        Self(dropped)
    }
}

/// Carries out what an interrupt may end: then [`STOP`] is set, and what comes back counts as stopped. A second
/// interrupt ends at once.
pub fn interruptible(work: impl FnOnce() -> Result<Exit, Box<dyn Error>>) -> Exit {
    // Without a handler an interrupt ends the process as it always does, and leaves its part files.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    match work() {
        Ok(exit) => exit,
        Err(_) if is_stopped() => Exit::Interrupted,
        Err(why) => refuse(why.as_ref()),
    }
}

/// Whether an interrupt came.
pub fn is_stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// The model of a scenario; what is wrong with either, and what the author should know, is shown.
pub fn compiled(scenario: Result<Scenario, Diagnostics>) -> Result<Model, Exit> {
    let model = scenario.and_then(|scenario| scenario.compile()).map_err(|found| {
        show(&found);
        Exit::CouldNotRun
    })?;
    if !model.warnings.list.is_empty() {
        show(&model.warnings);
    }
    Ok(model)
}

/// A file that the command line names, read: a manifest holds it whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TextFile {
    pub name: String,
    pub text: String,
}

impl TextFile {
    /// Reads it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(name: &str) -> Result<Self, String> {
        let text = fs::read_to_string(name).map_err(|why| format!("cannot read {name}: {why}"))?;
        Ok(Self { name: name.to_owned(), text })
    }
}

/// What a manifest keeps of the arguments of a study: all that changes what is found, but for scenarios and seed.
pub fn recipe(arguments: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(arguments).expect("arguments are texts and numbers")
}

/// The arguments of a study from its manifest, to do it again in another folder without a word.
///
/// # Errors
/// The manifest does not hold them.
pub fn recalled<T: DeserializeOwned>(
    manifest: &StudyManifest,
    folder: &Path,
    jobs: Option<u16>,
) -> Result<T, String> {
    let mut asked = manifest.recipe.as_object().cloned().unwrap_or_default();
    let here = [
        ("seed", json!(manifest.seed)),
        ("jobs", json!(jobs)),
        ("output", json!(folder)),
        ("quiet", json!(true)),
    ];
    asked.extend(here.map(|(key, value)| (key.to_owned(), value)));
    serde_json::from_value(asked.into()).map_err(|why| {
        let (study, version) = (&manifest.study, &manifest.drawdown);
        format!(
            "the manifest of this {study}, written by version {version}, does not say what was asked: {why}"
        )
    })
}

/// The command line, as given.
pub fn command_line() -> String {
    std::env::args().collect::<Vec<_>>().join(" ")
}

/// A whole number as people write it: 10000, 10_000 or 10,000.
pub fn whole(text: &str) -> Result<u64, String> {
    text.replace(['_', ','], "").parse().map_err(|_| "write a whole number, such as 10_000".to_owned())
}
