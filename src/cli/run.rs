//! `drawdown run`: a scenario to tables, charts and words.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::{Exit, ScenarioArguments, default_folder, open, refuse, say, show};
use crate::export::csv::{Paths, Replicates};
use crate::export::folder::{Folder, FolderError};
use crate::export::manifest::{Manifest, Provenance};
use crate::export::{self, chart, words};
use crate::model::Model;
use crate::model::record::Record;
use crate::results::Results;
use crate::results::legend::Legend;
use crate::run::{Run, Until};

#[derive(Args, Debug)]
pub struct RunArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// How many histories to simulate; with --until, the most
    #[arg(short = 'n', long, value_name = "N", value_parser = whole)]
    replicates: Option<u64>,
    /// Seed of the random numbers; the scenario's unless given, else one is drawn and printed
    #[arg(short, long, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Threads; one a core unless given. The results are the same for any number
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
    /// Folder for the results; output/<scenario> unless given
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Signals whose every step goes to paths.csv, such as iraq.troops,'*.attacks'
    #[arg(long, value_name = "SIGNAL,…", value_delimiter = ',')]
    paths: Vec<String>,
    /// Replay one history, counted from 1, exactly as it is in the whole run, with all its paths
    #[arg(long, value_name = "K", conflicts_with_all = ["replicates", "until"])]
    replicate: Option<u64>,
    /// Run until a precision: "MILESTONE se=0.005" or "SIGNAL DATE se=5"
    #[arg(long, value_name = "TARGET")]
    until: Option<String>,
    /// What to write; the manifest always
    #[arg(long, value_name = "FORMAT,…", value_delimiter = ',', default_value = "csv,svg,png")]
    format: Vec<Format>,
    /// No progress, no summary
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables
    Csv,
    /// Charts as vectors
    Svg,
    /// Charts as pictures
    Png,
}

/// Set by an interrupt.
static STOP: AtomicBool = AtomicBool::new(false);

/// A whole number as people write it: 10000, 10_000 or 10,000.
fn whole(text: &str) -> Result<u64, String> {
    text.replace(['_', ','], "").parse().map_err(|_| "write a whole number, such as 10_000".to_owned())
}

/// Without --until the scenario's own number is run; with it, at most this many.
const MOST_UNTIL: u64 = 10_000_000;

pub fn run(arguments: &RunArguments) -> Exit {
    let model = match open(&arguments.scenario).and_then(|scenario| scenario.compile()) {
        Ok(model) => model,
        Err(found) => {
            show(&found);
            return Exit::CouldNotRun;
        }
    };
    if !model.warnings.list.is_empty() {
        show(&model.warnings);
    }
    // Without a handler an interrupt ends the process as it always does, and leaves its part files.
    let _ = ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed));
    match simulate(arguments, &model) {
        Ok(exit) => exit,
        Err(_) if STOP.load(Ordering::Relaxed) => Exit::Interrupted,
        Err(why) => refuse(why.as_ref()),
    }
}

fn simulate(arguments: &RunArguments, model: &Model) -> Result<Exit, Box<dyn std::error::Error>> {
    let path = output_path(arguments, model);
    let mut folder = Folder::open(&path)?;
    let run = configure(arguments, model);
    let legend = run.legend()?;
    let asked = asked(arguments, model);
    let mut tables_by_replicate = match arguments.format.contains(&Format::Csv) {
        true => Some(ByReplicate::create(&mut folder, &legend)?),
        false => None,
    };
    let bar = progress_bar(arguments, asked);
    let tick = |done: u64| bar.inc(done);
    let mut each = |legend: &Legend, record: &Record| {
        if let Some(tables) = &mut tables_by_replicate {
            tables.write(legend, record);
        }
    };
    let results = run.progress(&tick).each(&mut each).stop_on(&STOP).start()?;
    bar.finish_and_clear();
    if results.completed() == 0 {
        // Nothing to look at; what the folder holds is better.
        say(&words::summary(&results, None));
        eprintln!("nothing was written: {} is as it was", path.display());
        return Ok(Exit::Failed);
    }
    if let Some(target) = &arguments.until
        && !Until::parse(target, &results.legend)?.reached(&results)
    {
        eprintln!("{} histories do not reach `{target}`", results.replicates());
    }
    if let Some(tables) = tables_by_replicate {
        tables.finish().map_err(|e| FolderError::Io(path.clone(), e))?;
        export::tables(&results, &mut folder)?;
    }
    charts(arguments, &results, &mut folder)?;
    let provenance = Provenance {
        command: std::env::args().collect::<Vec<_>>().join(" "),
        scenario_text: model.resolved.clone(),
        asked,
    };
    if STOP.load(Ordering::Relaxed) {
        return Ok(Exit::Interrupted);
    }
    folder.commit(Manifest::new(&results, &provenance))?;
    if !arguments.quiet {
        say(&words::summary(&results, Some(&path)));
    }
    Ok(if results.failed() > 0 { Exit::Failed } else { Exit::Done })
}

fn output_path(arguments: &RunArguments, model: &Model) -> PathBuf {
    match (&arguments.output, arguments.replicate) {
        (Some(path), _) => path.clone(),
        (None, None) => default_folder(&model.stem),
        // Beside the whole run's results, not over them.
        (None, Some(replicate)) => default_folder(&format!("{}-replicate-{replicate}", model.stem)),
    }
}

fn asked(arguments: &RunArguments, model: &Model) -> u64 {
    match (arguments.replicate, arguments.replicates, &arguments.until) {
        (Some(_), _, _) => 1,
        (None, Some(n), _) => n,
        (None, None, Some(_)) => MOST_UNTIL,
        (None, None, None) => model.replicates,
    }
}

fn configure<'a>(arguments: &RunArguments, model: &'a Model) -> Run<'a> {
    let mut run = Run::new(model).replicates(asked(arguments, model));
    if let Some(seed) = arguments.seed {
        run = run.seed(seed);
    }
    if let Some(jobs) = arguments.jobs {
        run = run.jobs(usize::from(jobs));
    }
    if let Some(replicate) = arguments.replicate {
        run = run.only(replicate);
    }
    if let Some(until) = &arguments.until {
        run = run.until(until.clone());
    }
    match (arguments.paths.is_empty(), arguments.replicate) {
        (true, Some(_)) => run.paths(["*"]),
        (true, None) => run,
        (false, _) => run.paths(arguments.paths.clone()),
    }
}

/// Tables with a row for each replicate, written as blocks come in.
struct ByReplicate {
    replicates: Replicates<BufWriter<File>>,
    paths: Option<Paths<BufWriter<File>>>,
    /// The first error of writing; nothing is written after it.
    error: Option<io::Error>,
}

impl ByReplicate {
    fn create(folder: &mut Folder, legend: &Legend) -> Result<Self, Box<dyn std::error::Error>> {
        let replicates = Replicates::new(legend, folder.create("replicates.csv")?)?;
        let paths = match legend.paths.is_empty() {
            true => None,
            false => Some(Paths::new(legend, folder.create("paths.csv")?)?),
        };
        Ok(Self { replicates, paths, error: None })
    }

    fn write(&mut self, legend: &Legend, record: &Record) {
        if self.error.is_some() {
            return;
        }
        let mut written = self.replicates.write(legend, record);
        if let (Ok(()), Some(paths)) = (&written, &mut self.paths) {
            written = paths.write(legend, record);
        }
        self.error = written.err();
    }

    fn finish(self) -> io::Result<()> {
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

fn charts(
    arguments: &RunArguments,
    results: &Results,
    folder: &mut Folder,
) -> Result<(), Box<dyn std::error::Error>> {
    let wanted = |format| arguments.format.contains(&format);
    if !wanted(Format::Svg) && !wanted(Format::Png) {
        return Ok(());
    }
    let figures = chart::figures(results)?;
    if wanted(Format::Svg) {
        for figure in &figures {
            let name = format!("charts/{}.svg", figure.name);
            folder.write(&name, |out| out.write_all(figure.svg.as_bytes()))?;
        }
    }
    if wanted(Format::Png) {
        let threads = arguments.jobs.map_or(0, usize::from);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let pictures: Vec<_> = pool.install(|| figures.par_iter().map(chart::png).collect());
        for (figure, png) in figures.iter().zip(pictures) {
            let png = png?;
            folder.write(&format!("charts/{}.png", figure.name), |out| out.write_all(&png))?;
        }
    }
    Ok(())
}

fn progress_bar(arguments: &RunArguments, replicates: u64) -> ProgressBar {
    if arguments.quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = "{bar:40} {human_pos} of {human_len} histories, {per_sec}, {eta} left";
    let bar = ProgressBar::new(replicates);
    bar.set_style(ProgressStyle::with_template(style).expect("the template is legal"));
    bar
}
