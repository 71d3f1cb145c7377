//! Before anything runs: every point is compiled, and everything that is wrong is told at once.

use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;

use super::outcome::targets;
use super::packed::{Packed, Packer};
use super::{Checked, Sweep, SweepError, Wrong, legal_replicates};
use crate::lang::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::lang::source::Span;
use crate::lang::strays::refuse_stray;
use crate::results::Legend;
use crate::run::{RunError, any_seed};
use crate::study::idle::idle;

/// What is remembered of a point that compiles.
struct Seen {
    fingerprint: u64,
    /// Of the names of its targets.
    names: u64,
    model: Packed,
}

pub fn check(sweep: Sweep<'_>) -> Result<Checked<'_>, SweepError> {
    let base = sweep.scenario.compile().map_err(SweepError::Mistakes)?;
    mistaken_levers(&sweep)?;
    let replicates = legal_replicates(sweep.effort.replicates.unwrap_or(base.replicates))?;
    let pool = sweep.effort.pool().map_err(|why| SweepError::Run(RunError::Threads(why)))?;
    let packer = Packer::default();
    let compiled: Vec<Result<Seen, Diagnostics>> = pool.install(|| {
        (0..sweep.design.points.len()).into_par_iter().map(|point| look(&sweep, point, &packer)).collect()
    });
    let (mut seen, mut wrong) = (Vec::new(), Vec::new());
    for (point, one) in compiled.into_iter().enumerate() {
        match one {
            Ok(one) => seen.push(one),
            Err(found) => wrong.push((point, found)),
        }
    }
    if !wrong.is_empty() {
        return Err(SweepError::Points(grouped(&sweep, wrong)));
    }
    same_targets(&sweep, &seen)?;
    effective(&sweep, &seen)?;
    let own = base.fingerprint();
    let (legend, seed) = (Legend::of(&base, &[]), sweep.effort.seed.or(base.seed));
    Ok(Checked {
        targets: targets(&legend),
        legend,
        base_point: seen.iter().position(|one| one.fingerprint == own),
        seed: seed.unwrap_or_else(any_seed),
        replicates,
        models: seen.into_iter().map(|one| one.model).collect(),
        base,
        pool,
        sweep,
    })
}

/// Paths that are none, and levers that change nothing.
fn mistaken_levers(sweep: &Sweep<'_>) -> Result<(), SweepError> {
    let tree = sweep.scenario.tree();
    let nowhere = Span { start: 0, end: 0 };
    let mistake = |path: &String| {
        let stray = refuse_stray(tree, path, nowhere).map(|stray| Diagnostic { span: None, ..stray });
        stray.or_else(|| idle(tree, path).map(Diagnostic::general))
    };
    refuse(sweep.design.levers.iter().filter_map(mistake).collect())
}

fn refuse(list: Vec<Diagnostic>) -> Result<(), SweepError> {
    match list.is_empty() {
        true => Ok(()),
        false => Err(SweepError::Mistakes(Diagnostics { list, ..Diagnostics::default() })),
    }
}

fn look(sweep: &Sweep<'_>, point: usize, packer: &Packer) -> Result<Seen, Diagnostics> {
    let model = sweep.point(point).compile()?;
    let mut names = DefaultHasher::new();
    model.parts.indicators.iter().for_each(|i| i.id.hash(&mut names));
    model.parts.milestones.iter().for_each(|m| m.id.hash(&mut names));
    model.signals.iter().filter(|s| !s.once).for_each(|s| s.name.hash(&mut names));
    Ok(Seen { fingerprint: model.fingerprint(), names: names.finish(), model: packer.pack(&model) })
}

/// Points that are wrong in the same way stand together.
fn grouped(sweep: &Sweep<'_>, wrong: Vec<(usize, Diagnostics)>) -> Vec<Wrong> {
    let mut groups: Vec<(Vec<String>, Wrong)> = Vec::new();
    for (point, mut found) in wrong {
        found.list.retain(|d| d.severity == Severity::Error);
        let messages: Vec<String> = found.list.iter().map(|d| d.message.clone()).collect();
        match groups.iter_mut().find(|(known, _)| *known == messages) {
            Some((_, group)) => group.points.push(point),
            None => {
                let settings = sweep.design.describe(point);
                groups.push((messages, Wrong { points: vec![point], settings, found }));
            }
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Points are compared by their targets, so all have the same.
fn same_targets(sweep: &Sweep<'_>, seen: &[Seen]) -> Result<(), SweepError> {
    let Some(first) = seen.first() else { return Ok(()) };
    let Some(other) = seen.iter().position(|one| one.names != first.names) else { return Ok(()) };
    let message = format!(
        "points 1 and {} do not have the same signals, so they cannot stand in one table ({})",
        other + 1,
        sweep.design.describe(other)
    );
    refuse(vec![Diagnostic::general(message)])
}

/// A lever is idle when points that differ in nothing else are always the same.
fn effective(sweep: &Sweep<'_>, seen: &[Seen]) -> Result<(), SweepError> {
    let design = &sweep.design;
    let is_idle = |lever: &usize| {
        let mut order: Vec<(String, usize)> = (0..design.points.len())
            .map(|point| {
                let mut others = design.points[point].clone();
                others.remove(*lever);
                (format!("{others:?}"), point)
            })
            .collect();
        order.sort();
        let mut pairs = order.windows(2).filter(|pair| pair[0].0 == pair[1].0).peekable();
        pairs.peek().is_some() && pairs.all(|pair| seen[pair[0].1].fingerprint == seen[pair[1].1].fingerprint)
    };
    let idle = (0..design.levers.len()).filter(is_idle).map(|lever| {
        Diagnostic::general(format!(
            "`{}` changes nothing: all its values come to the same",
            design.levers[lever]
        ))
    });
    refuse(idle.collect())
}
