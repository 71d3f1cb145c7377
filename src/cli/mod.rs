//! The command line: one short file a command. The only place that prints.
#![expect(clippy::print_stderr, reason = "this is where the program speaks")]

mod assumptions;
mod chart;
mod check;
mod compare;
mod explain;
mod hindcast;
mod merge;
mod report;
mod run;
mod sensitivity;
mod session;
mod simulation;
mod sweep;
mod verify;
mod writing;

use std::io::{IsTerminal, Write};
use std::path::{Component, Path, PathBuf};
use std::process::{ExitCode, Termination};

use clap::{Args, Parser, Subcommand};

use crate::lang::diagnostic::Diagnostics;
use crate::model::scenario::Scenario;

/// What the exit status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Done, but some replicates failed or a stated bar was missed.
    Failed = 1,
    /// Could not run.
    CouldNotRun = 2,
    /// Interrupted: no results were written.
    Interrupted = 130,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// Scenario simulator for force-posture planning: troop levels and risk along a withdrawal, and how
/// sure we are of them.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a scenario; write its tables and charts and say what comes out
    Run(run::RunArguments),
    /// Simulate scenarios in the same worlds; tell where they differ, and which is better how often
    Compare(compare::CompareArguments),
    /// Hold what a scenario said against what happened: scores, baselines, skill
    Hindcast(hindcast::HindcastArguments),
    /// Put the results of a run into one HTML page, for someone with two minutes
    Report(report::ReportArguments),
    /// Tell which assumptions a result depends on, and how much of it is chance
    Sensitivity(sensitivity::SensitivityArguments),
    /// Simulate a scenario at many values of its levers, under the same chance at each
    Sweep(sweep::SweepArguments),
    /// Draw again from the results of a run, without simulating
    Chart(chart::ChartArguments),
    /// Put the shards of a run together: the same results as from one run
    Merge(merge::MergeArguments),
    /// Do again what a folder of results came from, and tell whether the bytes agree
    Verify(verify::VerifyArguments),
    /// List every assumption, what it rests on and how much it matters, the unsourced first
    Assumptions(assumptions::AssumptionsArguments),
    /// Tell what depends on what, and which way
    Explain(explain::ExplainArguments),
    /// Look for mistakes in a scenario, all of them, and do nothing else
    Check(check::CheckArguments),
}

/// Which scenario, and what is changed in it.
#[derive(Args, Debug, Default)]
struct ScenarioArguments {
    /// The scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace a value of the scenario, such as phases.coalition_ends.end=2026-03-31 (repeatable)
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = path_and_value)]
    sets: Vec<(String, String)>,
    /// Let the scenario extend and read files outside its own folder
    #[arg(long)]
    allow_outside: bool,
}

/// Carries out the command line.
pub fn main() -> Exit {
    match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Hindcast(arguments) => hindcast::hindcast(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Sensitivity(arguments) => sensitivity::sensitivity(&arguments),
        Command::Sweep(arguments) => sweep::sweep(&arguments),
        Command::Chart(arguments) => chart::chart(&arguments),
        Command::Merge(arguments) => merge::merge(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Assumptions(arguments) => assumptions::assumptions(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Check(arguments) => check::check(&arguments),
    }
}

fn path_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => {
            Ok((path.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("write PATH=VALUE, such as phases.coalition_ends.end=2026-03-31".to_owned()),
    }
}

/// Reads the scenario with its changes.
fn open(arguments: &ScenarioArguments) -> Result<Scenario, Diagnostics> {
    open_file(&arguments.file, &arguments.sets, arguments.allow_outside)
}

/// Reads one file with changes.
fn open_file(file: &Path, sets: &[(String, String)], allow_outside: bool) -> Result<Scenario, Diagnostics> {
    let scenario = if allow_outside { Scenario::open_anywhere(file) } else { Scenario::open(file) }?;
    sets.iter().try_fold(scenario, |scenario, (path, value)| scenario.with(path, value))
}

/// Shows what was found in a scenario.
fn show(found: &Diagnostics) {
    show_in(found, "the scenario");
}

/// Shows what was found in some text.
fn show_in(found: &Diagnostics, what: &str) {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    eprintln!("{}", found.render(colour));
    let errors = found.list.iter().filter(|d| d.severity == crate::lang::diagnostic::Severity::Error).count();
    if errors > 0 {
        eprintln!("\n{errors} {} in {what}", if errors == 1 { "error" } else { "errors" });
    }
}

/// Says why a command could not run.
fn refuse(why: &dyn std::error::Error) -> Exit {
    eprintln!("error: {why}");
    let mut cause = why.source();
    while let Some(inner) = cause {
        eprintln!("  because {inner}");
        cause = inner.source();
    }
    Exit::CouldNotRun
}

/// Says something on stdout. A reader that has gone away, as `head` does, is no error.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Puts a text into a file, whole or not at all, or on stdout.
fn deliver(text: &str, file: Option<&Path>) -> std::io::Result<()> {
    let Some(file) = file else {
        say(text);
        return Ok(());
    };
    let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let mut part = file.file_name().unwrap_or_default().to_owned();
    part.push(".drawdown-part");
    let part = folder.join(part);
    let why = |error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("cannot write {}: {error}", file.display()))
    };
    if file.is_dir() {
        return Err(std::io::Error::other(format!("cannot write {}: it is a folder", file.display())));
    }
    std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, file)).map_err(why)
}

/// Where results land unless the command line says so. What is no name of a folder, as a manifest or a file called
/// `...toml` may have it, leads nowhere else.
fn default_folder(stem: &str) -> PathBuf {
    let mut parts = Path::new(stem).components();
    let is_name = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
    Path::new("output").join(if is_name { stem } else { "scenario" })
}
