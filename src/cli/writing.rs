//! What a run leaves in its folder: the same from `run`, `merge` and `verify`.

use std::error::Error;
use std::io::Write;

use rayon::prelude::*;

use super::simulation::is_stopped;
use crate::export;
use crate::export::chart::{self, Figure, PNG_WIDTH};
use crate::export::checkpoint::RunKey;
use crate::export::folder::Folder;
use crate::export::manifest::{Manifest, Provenance};
use crate::export::report::{self, REPORT};
use crate::model::Model;
use crate::results::Results;
use crate::run::{Run, RunError};

/// The run that a key stands for.
pub fn configure<'a>(key: &RunKey, model: &'a Model, threads: usize) -> Run<'a> {
    let recipe = &key.recipe;
    let run = Run::new(model).replicates(key.replicates).seed(key.seed).jobs(threads);
    let run = run.paths(recipe.paths.clone());
    let run = recipe.replicate.iter().fold(run, |run, replicate| run.only(*replicate));
    let run = recipe.until.iter().fold(run, |run, until| run.until(until.clone()));
    recipe.shard.iter().fold(run, |run, shard| run.shard(*shard))
}

/// Writes everything but the tables that grew with the run, which are there already; gives back the manifest to
/// commit. Of a shard only what was counted is written: the rest is made when all are merged.
///
/// # Errors
/// Something cannot be written, or it was asked to stop.
pub fn write(
    results: &Results,
    provenance: &Provenance,
    threads: usize,
    folder: &mut Folder,
) -> Result<Manifest, Box<dyn Error>> {
    let recipe = &provenance.recipe;
    export::saved(results, folder)?;
    let manifest = Manifest::new(results, provenance);
    if recipe.shard.is_some() {
        return Ok(manifest);
    }
    if recipe.wants("csv") {
        export::tables(results, folder)?;
    }
    let formats = [recipe.wants("svg"), recipe.wants("png")];
    write_figures(folder, formats, threads, || chart::figures(results))?;
    if recipe.report {
        let page = report::html(results, &manifest, folder.staged("replicates.csv")?)?;
        folder.write(REPORT, |out| out.write_all(page.as_bytes()))?;
    }
    if is_stopped() { Err(RunError::Interrupted.into()) } else { Ok(manifest) }
}

/// Writes charts as SVG, as PNG, as both or not at all; they are only drawn if there is a use for them.
///
/// # Errors
/// As [`write`].
pub fn write_figures<E: Error + 'static>(
    folder: &mut Folder,
    [svg, png]: [bool; 2],
    threads: usize,
    figures: impl FnOnce() -> Result<Vec<Figure>, E>,
) -> Result<(), Box<dyn Error>> {
    if !svg && !png {
        return Ok(());
    }
    let figures = figures()?;
    if svg {
        for figure in &figures {
            let name = format!("charts/{}.svg", figure.name);
            folder.write(&name, |out| out.write_all(figure.svg.as_bytes()))?;
        }
    }
    if png {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let picture = |figure: &Figure| (!is_stopped()).then(|| chart::png(figure, PNG_WIDTH));
        let pictures: Vec<_> = pool.install(|| figures.par_iter().map(picture).collect());
        for (figure, png) in figures.iter().zip(pictures) {
            let png = png.ok_or(RunError::Interrupted)??;
            folder.write(&format!("charts/{}.png", figure.name), |out| out.write_all(&png))?;
        }
    }
    Ok(())
}
