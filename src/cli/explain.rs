//! `drawdown explain`: what depends on what, and which way.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::simulation::compiled;
use super::{Exit, ScenarioArguments, deliver, open, refuse};
use crate::export::causes::{self, View};
use crate::model::Model;
use crate::study::Causes;

/// Signs are looked for in the histories of this seed where the scenario has none: the diagram of a file should
/// always be the same.
const SEED: u64 = 1;

#[derive(Args, Debug)]
pub struct ExplainArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Only what acts on this signal, directly or not
    #[arg(long, value_name = "SIGNAL")]
    of: Option<String>,
    /// No more than so many steps from it
    #[arg(long, value_name = "N", requires = "of", value_parser = clap::value_parser!(u16).range(1..))]
    depth: Option<u16>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = CausesFormat::Text)]
    format: CausesFormat,
    /// Parameters in the diagram, too
    #[arg(long)]
    parameters: bool,
    /// Each site in the diagram, not their theatre alone
    #[arg(long)]
    sites: bool,
    /// File to write to; to stdout unless given
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CausesFormat {
    /// To read: each thing and what it reads or, with --of, a tree
    Text,
    /// For Graphviz
    Dot,
    /// A picture
    Svg,
}

pub fn explain(arguments: &ExplainArguments) -> Exit {
    let model = match compiled(open(&arguments.scenario)) {
        Ok(model) => model,
        Err(exit) => return exit,
    };
    match tell(arguments, &model) {
        Ok(()) => Exit::Done,
        Err(why) => refuse(why.as_ref()),
    }
}

fn tell(arguments: &ExplainArguments, model: &Model) -> Result<(), Box<dyn std::error::Error>> {
    let causes = Causes::of(model, model.seed.unwrap_or(SEED));
    let of = arguments.of.as_deref().map(|signal| causes.find(signal)).transpose()?;
    let depth = arguments.depth.map(usize::from);
    let view = View { of, depth, parameters: arguments.parameters, sites: arguments.sites };
    let text = match (arguments.format, of) {
        (CausesFormat::Text, None) => causes::text(&causes),
        (CausesFormat::Text, Some(of)) => causes::tree(&causes, of, depth),
        (CausesFormat::Dot, _) => causes::dot(&causes, view),
        (CausesFormat::Svg, _) => causes::svg(&causes, view),
    };
    Ok(deliver(&text, arguments.output.as_deref())?)
}
