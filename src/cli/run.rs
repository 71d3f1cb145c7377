//! `drawdown run`: a scenario to tables, charts and words.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::simulation::{
    Format, STOP, SimulationArguments, command_line, compiled, interruptible, is_stopped,
};
use super::{Exit, ScenarioArguments, open, say};
use crate::export::csv::{Paths, Replicates};
use crate::export::folder::{Folder, FolderError};
use crate::export::manifest::{Manifest, Provenance};
use crate::export::report::{self, REPORT};
use crate::export::{self, chart, words};
use crate::model::Model;
use crate::model::record::Record;
use crate::results::legend::Legend;
use crate::run::{Run, Until};

#[derive(Args, Debug)]
pub struct RunArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    #[command(flatten)]
    simulation: SimulationArguments,
    /// Signals whose every step goes to paths.csv, such as iraq.troops,'*.attacks'
    #[arg(long, value_name = "SIGNAL,…", value_delimiter = ',')]
    paths: Vec<String>,
    /// Replay one history, counted from 1, exactly as it is in the whole run, with all its paths
    #[arg(long, value_name = "K", conflicts_with_all = ["replicates", "until"])]
    replicate: Option<u64>,
    /// Run until a precision, with -n as the most: "MILESTONE se=0.005" or "SIGNAL DATE se=5"
    #[arg(long, value_name = "TARGET")]
    until: Option<String>,
    /// Write report.html, too: all results in one page
    #[arg(long)]
    report: bool,
}

/// Without --until the scenario's own number is run; with it, at most this many.
const MOST_UNTIL: u64 = 10_000_000;

pub fn run(arguments: &RunArguments) -> Exit {
    match compiled(open(&arguments.scenario)) {
        Ok(model) => interruptible(|| simulate(arguments, &model)),
        Err(exit) => exit,
    }
}

fn simulate(arguments: &RunArguments, model: &Model) -> Result<Exit, Box<dyn std::error::Error>> {
    let options = &arguments.simulation;
    let path = output_path(arguments, model);
    let mut folder = Folder::open(&path)?;
    let run = configure(arguments, model);
    let legend = run.legend()?;
    let asked = asked(arguments, model);
    let mut tables_by_replicate = match options.wants(Format::Csv) {
        true => Some(ByReplicate::create(&mut folder, &legend)?),
        false => None,
    };
    let bar = options.progress_bar(asked);
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
    export::saved(&results, &mut folder)?;
    options.write_charts(&mut folder, || chart::figures(&results))?;
    let provenance = Provenance { command: command_line(), scenario_text: model.resolved.clone(), asked };
    let manifest = Manifest::new(&results, &provenance);
    if arguments.report {
        let page = report::html(&results, &manifest, folder.staged("replicates.csv")?)?;
        folder.write(REPORT, |out| out.write_all(page.as_bytes()))?;
    }
    if is_stopped() {
        return Ok(Exit::Interrupted);
    }
    folder.commit(manifest)?;
    if !options.quiet {
        say(&words::summary(&results, Some(&path)));
    }
    Ok(if results.failed() > 0 { Exit::Failed } else { Exit::Done })
}

fn output_path(arguments: &RunArguments, model: &Model) -> PathBuf {
    match arguments.replicate {
        None => arguments.simulation.folder(&model.stem),
        // Beside the whole run's results, not over them.
        Some(replicate) => arguments.simulation.folder(&format!("{}-replicate-{replicate}", model.stem)),
    }
}

fn asked(arguments: &RunArguments, model: &Model) -> u64 {
    match (arguments.replicate, arguments.simulation.replicates, &arguments.until) {
        (Some(_), _, _) => 1,
        (None, Some(n), _) => n,
        (None, None, Some(_)) => MOST_UNTIL,
        (None, None, None) => model.replicates,
    }
}

fn configure<'a>(arguments: &RunArguments, model: &'a Model) -> Run<'a> {
    let mut run = Run::new(model).replicates(asked(arguments, model)).jobs(arguments.simulation.threads());
    if let Some(seed) = arguments.simulation.seed {
        run = run.seed(seed);
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
