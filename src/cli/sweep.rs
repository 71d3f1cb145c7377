//! `drawdown sweep`: a scenario at many values of its levers.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::simulation::{
    Format, STOP, SimulationArguments, TextFile, command_line, compiled, interruptible, is_stopped, recipe,
    whole,
};
use super::writing::write_figures;
use super::{Exit, ScenarioArguments, open, say, show};
use crate::export::folder::Folder;
use crate::export::journal::{self, Journal, SweepKey};
use crate::export::manifest::StudyManifest;
use crate::export::{chart, csv, words};
use crate::lang::diagnostic::{Diagnostic, Diagnostics};
use crate::lang::lever::Lever;
use crate::model::Model;
use crate::model::scenario::Scenario;
use crate::model::sweeps::Plan;
use crate::results::Legend;
use crate::run::{Shard, any_seed};
use crate::study::design::Design;
use crate::study::sweep::outcomes::Outcomes;
use crate::study::sweep::{Checked, Sweep, SweepError, Swept};

#[derive(Args, Debug, Serialize, Deserialize)]
pub struct SweepArguments {
    #[command(flatten)]
    #[serde(skip)]
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
    #[arg(long, value_name = "CSV", conflicts_with_all = ["vary", "sweep"], value_parser = TextFile::read)]
    design_file: Option<TextFile>,
    /// A sweep that the scenario names, [sweeps.ID]
    #[arg(long, value_name = "ID", conflicts_with = "vary")]
    sweep: Option<String>,
    /// Only this part of the points, such as 1/4; `drawdown merge` puts all parts together
    #[arg(long, value_name = "I/M")]
    pub shard: Option<Shard>,
    /// Give up the points of a sweep that was stopped; else the same sweep goes on from there
    #[arg(long)]
    #[serde(skip)]
    anew: bool,
    #[command(flatten)]
    #[serde(flatten)]
    simulation: SimulationArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// Runs every point of a sweep, or of a part of it, and leaves what is found in its folder.
///
/// # Errors
/// The folder cannot be used, a point cannot be run or written, or it was asked to stop.
pub fn study(arguments: &SweepArguments, scenario: &Scenario, base: &Model) -> Result<Exit, Box<dyn Error>> {
    let options = &arguments.simulation;
    let path = output_path(arguments, base);
    // A seed that was drawn for a sweep that was stopped is the seed of its other half.
    let earlier = || journal::seed(&path).filter(|_| !arguments.anew);
    let seed = options.seed.or(base.seed).or_else(earlier);
    let seed = seed.unwrap_or_else(any_seed);
    let design = match design(arguments, base, seed) {
        Ok(design) => design,
        Err(mistakes) => {
            let list = mistakes.into_iter().map(Diagnostic::general).collect();
            return refuse(SweepError::Mistakes(Diagnostics { list, ..Diagnostics::default() }));
        }
    };
    let all = design.points.len();
    let part = arguments.shard.map_or(0..all, |shard| {
        let share = shard.share(all as u64);
        share.start as usize..share.end as usize
    });
    if part.is_empty() {
        return Err(format!("there is no point for this shard: the sweep has {all}").into());
    }
    let replicates = options.replicates.unwrap_or(base.replicates);
    let bar = options.progress_bar(replicates.saturating_mul(part.len() as u64));
    let tick = |done: u64| bar.inc(done);
    let sweep = Sweep::new(scenario, design).replicates(replicates).seed(seed).jobs(options.threads());
    let checked = match sweep.progress(&tick).stop_on(&STOP).check() {
        Ok(checked) => checked,
        Err(why) => return refuse(why),
    };
    let key = SweepKey::new(&base.resolved, checked.design(), (seed, replicates), arguments.shard);
    let folder = Folder::open(&path)?;
    if arguments.anew {
        Journal::give_up(&path)?;
    }
    let mut journal = Journal::open(&path, &key)?;
    bar.set_position(replicates * journal.points().len() as u64);
    bar.reset_eta();
    let whole = Whole { path: &path, base, asked: arguments };
    let outcome = match arguments.shard {
        None => whole.run(checked, &mut journal, folder, options.quiet),
        Some(shard) => {
            let design = checked.design().clone();
            let done = checked.run_part(part.clone(), &mut journal).map_err(Into::into);
            done.and_then(|()| whole.leave_shard(shard, &design, (seed, replicates), &journal, folder))
        }
    };
    bar.finish_and_clear();
    if is_stopped() {
        let (done, all, place) = (journal.points().len(), part.len(), path.display());
        let kept = if journal.close().is_ok() { "are kept" } else { "were done, and cannot all be kept," };
        eprintln!("{done} of {all} points {kept} in {place}: the same command goes on from there");
        return Ok(Exit::Interrupted);
    }
    let exit = outcome?;
    journal.remove()?;
    Ok(exit)
}

fn output_path(arguments: &SweepArguments, base: &Model) -> PathBuf {
    let name = match arguments.shard {
        None => format!("{}-sweep", base.stem),
        Some(Shard { number, of }) => format!("{}-sweep-shard-{number}-of-{of}", base.stem),
    };
    arguments.simulation.folder(&name)
}

/// What a sweep leaves in its folder: the same from `sweep` and from `merge`.
pub struct Whole<'a> {
    pub path: &'a Path,
    pub base: &'a Model,
    pub asked: &'a SweepArguments,
}

/// The points of a shard in its folder.
pub const POINTS: &str = "points.drawdown";

impl Whole<'_> {
    /// Runs what the journal does not hold yet, and writes and says what came of it.
    pub fn run(
        &self,
        checked: Checked<'_>,
        journal: &mut Journal,
        folder: Folder,
        quiet: bool,
    ) -> Result<Exit, Box<dyn Error>> {
        let swept = checked.run(Box::new(journal))?;
        self.write(&swept, folder)?;
        if !quiet {
            say(&words::sweep(&swept, self.path)?);
        }
        Ok(if swept.failed() > 0 { Exit::Failed } else { Exit::Done })
    }

    fn write(&self, swept: &Swept<'_>, mut folder: Folder) -> Result<(), Box<dyn Error>> {
        let wants = |format| self.asked.simulation.wants(format);
        if wants(Format::Csv) {
            folder.write("design.csv", |out| csv::sweep::design(&swept.design, out))?;
            folder.write("sweep.csv", |out| csv::sweep::sweep(swept, out))?;
        }
        let formats = [wants(Format::Svg), wants(Format::Png)];
        write_figures(&mut folder, formats, 0, || chart::sweep(swept))?;
        let design = json!({
            "kind": swept.design.kind,
            "levers": swept.design.levers,
            "points": swept.design.points.len(),
            "sweep": self.asked.sweep,
            "failed": swept.failed(),
        });
        folder.commit(self.manifest((swept.seed, swept.replicates), design, &swept.legend))?;
        Ok(())
    }

    /// Leaves the points of a shard, and what it takes to put them together with the others.
    fn leave_shard(
        &self,
        shard: Shard,
        design: &Design,
        numbers: (u64, u64),
        journal: &Journal,
        mut folder: Folder,
    ) -> Result<Exit, Box<dyn Error>> {
        folder.write(POINTS, |out| journal.copy(out))?;
        let told = json!({ "shard": shard, "design": design });
        folder.commit(self.manifest(numbers, told, &Legend::of(self.base, &[])))?;
        let (points, place) = (journal.points().len(), self.path.display());
        if !self.asked.simulation.quiet {
            say(&format!(
                "Shard {shard}: {points} points in {place}; `drawdown merge DIR…` puts all together\n"
            ));
        }
        Ok(Exit::Done)
    }

    fn manifest(&self, numbers: (u64, u64), design: serde_json::Value, legend: &Legend) -> StudyManifest {
        let scenarios = [(legend, self.base.resolved.as_str())];
        StudyManifest::new("sweep", (command_line(), recipe(self.asked)), numbers, design, &scenarios)
    }
}

/// The points that the command line asks for, or all that is wrong with it.
fn design(arguments: &SweepArguments, base: &Model, seed: u64) -> Result<Design, Vec<String>> {
    let told =
        |errors: crate::study::design::DesignErrors| errors.0.iter().map(ToString::to_string).collect();
    if let Some(file) = &arguments.design_file {
        return Design::from_csv(&file.text).map_err(told);
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
