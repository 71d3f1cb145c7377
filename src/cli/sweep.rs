//! `drawdown sweep`: a scenario at many values of its levers.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::simulation::{
    Format, STOP, SimulationArguments, command_line, compiled, interruptible, is_stopped, whole,
};
use super::{Exit, ScenarioArguments, open, say, show};
use crate::export::folder::Folder;
use crate::export::journal::{self, Found, Journal, SweepKey};
use crate::export::manifest::{StudyManifest, sha256};
use crate::export::{chart, csv, words};
use crate::lang::diagnostic::{Diagnostic, Diagnostics};
use crate::lang::lever::Lever;
use crate::model::Model;
use crate::model::scenario::Scenario;
use crate::model::sweeps::Plan;
use crate::study::design::Design;
use crate::study::sweep::outcomes::Outcomes;
use crate::study::sweep::{Sweep, SweepError, Swept};

#[derive(Args, Debug)]
pub struct SweepArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// A lever: PATH=0..360/7, PATH=2025-03-31..2026-03-31/5 or PATH=a,b,c (repeatable; several make a grid)
    #[arg(long, value_name = "PATH=VALUES", required_unless_present_any = ["design_file", "sweep"])]
    vary: Vec<String>,
    /// How the points are laid; lhs and sobol draw --points of them from the levers' ranges, PATH=a..b
    #[arg(long, value_name = "DESIGN", requires = "vary")]
    design: Option<Kind>,
    /// How many points lhs or sobol lays
    #[arg(long, value_name = "N", requires = "design", value_parser = whole)]
    points: Option<u64>,
    /// Points from a table: a header of paths, then a point a line
    #[arg(long, value_name = "CSV", conflicts_with_all = ["vary", "sweep"])]
    design_file: Option<PathBuf>,
    /// A sweep that the scenario names, [sweeps.ID]
    #[arg(long, value_name = "ID", conflicts_with = "vary")]
    sweep: Option<String>,
    #[command(flatten)]
    simulation: SimulationArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Every combination, the last lever changing fastest
    Grid,
    /// A Latin hypercube
    Lhs,
    /// A scrambled Sobol sequence
    Sobol,
}

pub fn sweep(arguments: &SweepArguments) -> Exit {
    let scenario = match open(&arguments.scenario) {
        Ok(scenario) => scenario,
        Err(found) => {
            show(&found);
            return Exit::CouldNotRun;
        }
    };
    match compiled(Ok(scenario.clone())) {
        Ok(base) => interruptible(|| study(arguments, &scenario, &base)),
        Err(exit) => exit,
    }
}

fn study(arguments: &SweepArguments, scenario: &Scenario, base: &Model) -> Result<Exit, Box<dyn Error>> {
    let options = &arguments.simulation;
    let path = options.folder(&format!("{}-sweep", base.stem));
    // A seed that was drawn for a sweep that was stopped is the seed of its other half.
    let seed = options.seed.or(base.seed).or_else(|| journal::seed(&path));
    let seed = seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
    let design = match design(arguments, base, seed) {
        Ok(design) => design,
        Err(mistakes) => {
            let list = mistakes.into_iter().map(Diagnostic::general).collect();
            return refuse(SweepError::Mistakes(Diagnostics { list, ..Diagnostics::default() }));
        }
    };
    let replicates = options.replicates.unwrap_or(base.replicates);
    let bar = options.progress_bar(replicates.saturating_mul(design.points.len() as u64));
    let tick = |done: u64| bar.inc(done);
    let sweep = Sweep::new(scenario, design).replicates(replicates).seed(seed).jobs(options.threads());
    let checked = match sweep.progress(&tick).stop_on(&STOP).check() {
        Ok(checked) => checked,
        Err(why) => return refuse(why),
    };
    let key = SweepKey {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: sha256(&base.resolved),
        design: sha256(format!("{:?}", checked.design())),
        seed,
        replicates,
    };
    let folder = Folder::open(&path)?;
    let mut journal = opened(&path, &key)?;
    let total = checked.design().points.len();
    bar.set_position(replicates * journal.points().len() as u64);
    bar.reset_eta();
    let swept = checked.run(Box::new(&mut journal));
    bar.finish_and_clear();
    if is_stopped() {
        drop(swept);
        let done = journal.points().len();
        let kept = if journal.close().is_ok() { "are kept" } else { "were done, and cannot all be kept," };
        let place = path.display();
        eprintln!("{done} of {total} points {kept} in {place}: the same command goes on from there");
        return Ok(Exit::Interrupted);
    }
    let swept = swept?;
    write(arguments, &swept, base, folder)?;
    let told = (!options.quiet).then(|| words::sweep(&swept, &path)).transpose()?;
    let exit = if swept.failed() > 0 { Exit::Failed } else { Exit::Done };
    drop(swept);
    journal.remove()?;
    if let Some(told) = told {
        say(&told);
    }
    Ok(exit)
}

/// The journal of this sweep, with the points that it holds already.
fn opened(folder: &Path, key: &SweepKey) -> std::io::Result<Journal> {
    let (journal, found) = Journal::open(folder, key)?;
    if found == Found::Another {
        let place = folder.display();
        eprintln!("{place} holds points of another sweep, begun and not finished: begun anew");
    }
    Ok(journal)
}

/// The points that the command line asks for, or all that is wrong with it.
fn design(arguments: &SweepArguments, base: &Model, seed: u64) -> Result<Design, Vec<String>> {
    let told =
        |errors: crate::study::design::DesignErrors| errors.0.iter().map(ToString::to_string).collect();
    if let Some(file) = &arguments.design_file {
        return Design::from_csv(&text_of(file)?).map_err(told);
    }
    if let Some(id) = &arguments.sweep {
        let named = base.sweeps.iter().find(|sweep| sweep.id.value == *id);
        let sweep = named.ok_or_else(|| vec![no_such_sweep(base, id)])?;
        return Design::new(&sweep.levers, sweep.plan, seed).map_err(told);
    }
    let read: Vec<_> = arguments.vary.iter().map(|text| Lever::parse(text)).collect();
    let mistakes: Vec<String> =
        read.iter().filter_map(|lever| lever.as_ref().err()).map(ToString::to_string).collect();
    let plan = plan(arguments).map_err(|why| [mistakes.clone(), vec![why]].concat())?;
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let levers: Vec<Lever> = read.into_iter().flatten().collect();
    Design::new(&levers, plan, seed).map_err(told)
}

fn plan(arguments: &SweepArguments) -> Result<Plan, String> {
    let points = arguments.points.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    match (arguments.design, points) {
        (None | Some(Kind::Grid), None) => Ok(Plan::Grid),
        (None | Some(Kind::Grid), Some(_)) => {
            Err("a grid has as many points as its levers make: leave --points out, or write --design lhs"
                .to_owned())
        }
        (Some(_), None | Some(0)) => Err("how many points? Write --points 64".to_owned()),
        (Some(Kind::Lhs), Some(n)) => Ok(Plan::Latin(n)),
        (Some(Kind::Sobol), Some(n)) => Ok(Plan::Sobol(n)),
    }
}

fn text_of(file: &Path) -> Result<String, Vec<String>> {
    std::fs::read_to_string(file).map_err(|why| vec![format!("cannot read {}: {why}", file.display())])
}

fn no_such_sweep(base: &Model, id: &str) -> String {
    let ids: Vec<&str> = base.sweeps.iter().map(|sweep| sweep.id.value.as_str()).collect();
    match (ids.is_empty(), crate::lang::diagnostic::nearest(id, ids.iter().copied())) {
        (true, _) => {
            format!("there is no sweep `{id}`: the scenario has no [sweeps]; write --vary PATH=a..b/n")
        }
        (_, Some(near)) => format!("there is no sweep `{id}`; did you mean `{near}`?"),
        (_, None) => format!("there is no sweep `{id}`; there are {}", ids.join(", ")),
    }
}

/// Shows everything that is wrong with the points, each kind of mistake once.
fn refuse(why: SweepError) -> Result<Exit, Box<dyn Error>> {
    match why {
        SweepError::Mistakes(found) => show(&found),
        SweepError::Points(wrong) => {
            for one in wrong {
                eprintln!("at {}:", one.heading());
                show(&one.found);
            }
        }
        SweepError::Run(why) => return Err(why.into()),
        SweepError::Lost(why) => return Err(why.into()),
    }
    Ok(Exit::CouldNotRun)
}

fn write(
    arguments: &SweepArguments,
    swept: &Swept<'_>,
    base: &Model,
    mut folder: Folder,
) -> Result<(), Box<dyn Error>> {
    let options = &arguments.simulation;
    if options.wants(Format::Csv) {
        folder.write("design.csv", |out| csv::sweep::design(&swept.design, out))?;
        folder.write("sweep.csv", |out| csv::sweep::sweep(swept, out))?;
    }
    options.write_charts(&mut folder, || chart::sweep(swept))?;
    let design = json!({
        "kind": swept.design.kind,
        "levers": swept.design.levers,
        "points": swept.design.points.len(),
        "sweep": arguments.sweep,
        "failed": swept.failed(),
    });
    let scenarios = [(&swept.legend, base.resolved.as_str())];
    let numbers = (swept.seed, swept.replicates);
    folder.commit(StudyManifest::new("sweep", &command_line(), numbers, design, &scenarios))?;
    Ok(())
}
