//! `drawdown sensitivity`: which assumption matters, and how much is chance.

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::simulation::{
    Format, STOP, SimulationArguments, command_line, compiled, interruptible, is_stopped, recipe,
};
use super::{Exit, ScenarioArguments, open, say};
use crate::export::folder::Folder;
use crate::export::manifest::StudyManifest;
use crate::export::{chart, csv, words};
use crate::model::Model;
use crate::study::{Findings, Method, Sensitivity};

#[derive(Args, Debug, Serialize, Deserialize)]
pub struct SensitivityArguments {
    #[command(flatten)]
    #[serde(skip)]
    scenario: ScenarioArguments,
    /// What is asked about: end.SIGNAL, peak.INDICATOR, MILESTONE (its probability), by.MILESTONE (by its own
    /// date) or date.MILESTONE (repeatable)
    #[arg(long = "of", value_name = "TARGET", required = true, value_delimiter = ',')]
    targets: Vec<String>,
    /// How the indices are found
    #[arg(long, value_enum, default_value_t = MethodArgument::Given)]
    method: MethodArgument,
    #[command(flatten)]
    #[serde(flatten)]
    simulation: SimulationArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MethodArgument {
    /// From a plain run, at its cost: PAWN, Borgonovo's delta, rank regression. A fifth of it repeats the rest under other chance
    Given,
    /// Sobol indices, first and total order, by Saltelli's design. -n is the most histories in all; about 100,000
    /// unless given
    Sobol,
    /// Morris's elementary effects: a cheap look at many inputs. -n is the most histories in all; some 260 for each
    /// input unless given
    Morris,
}

impl From<MethodArgument> for Method {
    fn from(argument: MethodArgument) -> Self {
        match argument {
            MethodArgument::Given => Self::Given,
            MethodArgument::Sobol => Self::Sobol,
            MethodArgument::Morris => Self::Morris,
        }
    }
}

pub fn sensitivity(arguments: &SensitivityArguments) -> Exit {
    match compiled(open(&arguments.scenario)) {
        Ok(model) => interruptible(|| study(arguments, &model)),
        Err(exit) => exit,
    }
}

/// Asks what a result depends on and leaves the answer in its folder.
///
/// # Errors
/// There is no such target, the folder cannot be used, or it was asked to stop.
pub fn study(arguments: &SensitivityArguments, model: &Model) -> Result<Exit, Box<dyn std::error::Error>> {
    let options = &arguments.simulation;
    let study = configure(arguments, model);
    let bar = options.progress_bar(study.histories()?);
    let path = options.folder(&format!("{}-sensitivity", model.stem));
    let mut folder = Folder::open(&path)?;
    let tick = |done: u64| bar.inc(done);
    let findings = study.progress(&tick).stop_on(&STOP).start()?;
    bar.finish_and_clear();
    if options.wants(Format::Csv) {
        folder.write("sensitivity.csv", |out| csv::sensitivity(&findings, out))?;
    }
    options.write_charts(&mut folder, || chart::tornadoes(&findings))?;
    if is_stopped() {
        return Ok(Exit::Interrupted);
    }
    folder.commit(manifest(arguments, &findings, model))?;
    if !options.quiet {
        say(&words::sensitivity(&findings, Some(&path)));
    }
    Ok(if findings.failed > 0 { Exit::Failed } else { Exit::Done })
}

fn configure<'a>(arguments: &SensitivityArguments, model: &'a Model) -> Sensitivity<'a> {
    let options = &arguments.simulation;
    let mut study = Sensitivity::new(model).method(arguments.method.into()).jobs(options.threads());
    for target in &arguments.targets {
        study = study.of(target.as_str());
    }
    if let Some(seed) = options.seed {
        study = study.seed(seed);
    }
    if let Some(replicates) = options.replicates {
        study = study.replicates(replicates);
    }
    study
}

fn manifest(arguments: &SensitivityArguments, findings: &Findings, model: &Model) -> StudyManifest {
    let plan = &findings.plan;
    let targets: Vec<&str> = findings.answers.iter().map(|answer| answer.target.name()).collect();
    let design = json!({
        "method": findings.method.name(),
        "targets": targets,
        "rows": plan.rows,
        "scrambles": plan.scrambles,
        "pairs_for_chance": plan.pairs,
        "failed": findings.failed,
    });
    let scenarios = [(&findings.legend, model.resolved.as_str())];
    let run = (findings.seed, plan.histories);
    StudyManifest::new("sensitivity", (command_line(), recipe(arguments)), run, design, &scenarios)
}
