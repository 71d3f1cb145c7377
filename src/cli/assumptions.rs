//! `drawdown assumptions`: what each number rests on, and how much it matters.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::simulation::{STOP, compiled, interruptible, progress_bar, whole};
use super::{Exit, ScenarioArguments, deliver, open};
use crate::export::ledger;
use crate::model::Model;
use crate::study::Watch;

/// Enough for correlations of a tenth.
const HISTORIES: u64 = 2_000;

#[derive(Args, Debug)]
pub struct AssumptionsArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// How it is written
    #[arg(long, value_enum, default_value_t = LedgerFormat::Table)]
    format: LedgerFormat,
    /// How many histories to simulate, to tell what matters
    #[arg(short = 'n', long, value_name = "N", value_parser = whole, default_value_t = HISTORIES)]
    replicates: u64,
    /// Seed of the random numbers; the scenario's unless given, else one is drawn and told
    #[arg(short, long, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
    /// Threads; one a core unless given. The results are the same for any number
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: Option<u16>,
    /// File to write to; to stdout unless given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// No progress
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LedgerFormat {
    /// To read: long cells are cut
    Table,
    /// Markdown, for a memo
    Md,
    /// Every indicator in a column of its own
    Csv,
}

pub fn assumptions(arguments: &AssumptionsArguments) -> Exit {
    match compiled(open(&arguments.scenario)) {
        Ok(model) => interruptible(|| list(arguments, &model)),
        Err(exit) => exit,
    }
}

fn list(arguments: &AssumptionsArguments, model: &Model) -> Result<Exit, Box<dyn std::error::Error>> {
    let bar = progress_bar(arguments.replicates, arguments.quiet);
    let tick = |done: u64| bar.inc(done);
    let mut watch = Watch::new(model).replicates(arguments.replicates).progress(&tick).stop_on(&STOP);
    watch = watch.jobs(arguments.jobs.map_or(0, usize::from));
    if let Some(seed) = arguments.seed {
        watch = watch.seed(seed);
    }
    let influence = watch.start()?;
    bar.finish_and_clear();
    let text = match arguments.format {
        LedgerFormat::Table => ledger::text(&influence),
        LedgerFormat::Md => ledger::markdown(&influence),
        LedgerFormat::Csv => {
            let mut bytes = Vec::new();
            ledger::csv(&influence, &mut bytes)?;
            String::from_utf8(bytes)?
        }
    };
    deliver(&text, arguments.output.as_deref())?;
    Ok(if influence.failed > 0 { Exit::Failed } else { Exit::Done })
}
