//! A sweep in words: for each indicator and milestone the best point and the worst, and whether that is more
//! than chance.

use std::path::Path;

use super::table::table;
use super::{push_section, push_wrapped};
use crate::calendar::{Date, add_days};
use crate::lang::lever::Setting;
use crate::results::Estimate;
use crate::results::format::{count, digits, share};
use crate::study::design::Design;
use crate::study::sweep::Swept;
use crate::study::sweep::outcome::{Measure, Target, TargetKind};
use crate::study::sweep::outcomes::Lost;
use crate::study::sweep::rank::{Difference, Ranking, difference, rank};

/// What was varied, and what came of it.
///
/// # Errors
/// A point that is told of cannot be read back.
pub fn sweep(swept: &Swept<'_>, folder: &Path) -> Result<String, Lost> {
    let mut text = String::new();
    push_wrapped(&mut text, "", &swept.legend.title);
    push_wrapped(&mut text, "", &what_was_run(swept));
    push_section(&mut text, "Failed", failed(swept).as_slice());
    push_section(&mut text, "Varied", &levers(&swept.design));
    let (mut same, mut is_paired) = (Vec::new(), true);
    let mut told: Vec<Told> = Vec::new();
    for (number, target) in swept.targets.iter().enumerate() {
        match (target.kind, rank(swept, number)) {
            (TargetKind::End { .. }, _) => {}
            (_, None) => same.push(target.label.as_str()),
            (_, Some(ranking)) => told.push(Told::new(swept, ranking)?),
        }
    }
    for one in &told {
        is_paired &= one.gap.is_paired;
    }
    // A stable sort: what a lever moves most stands first.
    told.sort_by(|a, b| b.size.total_cmp(&a.size));
    text += &tables(swept, &told)?;
    let may_be_chance = told.iter().filter(|one| !one.gap.is_resolved());
    let may_be_chance: Vec<String> = may_be_chance.map(|one| in_short(swept, one)).collect();
    push_section(&mut text, "Chance?", &may_be_chance);
    push_section(&mut text, "Unmoved", unmoved(&same).as_slice());
    push_section(&mut text, "Note", &[note(swept, is_paired)]);
    push_section(&mut text, "Files", &[format!("{}; every number in sweep.csv", folder.display())]);
    Ok(text)
}

/// A target and how far its ends lie apart.
struct Told {
    ranking: Ranking,
    gap: Difference,
    is_milestone: bool,
    /// The gap, of levels as a share of the larger end.
    size: f64,
}

impl Told {
    fn new(swept: &Swept<'_>, ranking: Ranking) -> Result<Self, Lost> {
        let gap = difference(swept, &ranking, ranking.first, ranking.last)?;
        let ends = [ranking.first, ranking.last];
        let ends = ends.map(|point| swept.headline(ranking.target, ranking.statistic, point).value.abs());
        let whole = match measure(swept, &ranking).0 {
            Measure::Probability => 1.0,
            Measure::Date => 365.25,
            _ => ends[0].max(ends[1]),
        };
        let is_milestone = matches!(swept.targets[ranking.target].kind, TargetKind::Milestone { .. });
        Ok(Self { size: gap.value.abs() / whole, ranking, gap, is_milestone })
    }
}

fn what_was_run(swept: &Swept<'_>) -> String {
    let calendar = &swept.legend.calendar;
    let points = match swept.summaries.len() {
        1 => "1 point".to_owned(),
        n => format!("{} points", count(n as u64)),
    };
    let histories = count(swept.replicates);
    let (start, end, seed) = (calendar.start(), calendar.end(), swept.seed);
    format!("{points} of {histories} simulated histories each, {start} to {end}, seed {seed}")
}

fn failed(swept: &Swept<'_>) -> Option<String> {
    let points = swept.summaries.iter().filter(|summary| summary.failed > 0).count();
    (points > 0).then(|| {
        let histories = count(swept.failed());
        format!("{histories} histories, at {points} of the points, could not be finished and are left out")
    })
}

/// `phases.x.shift_days: 0 to 360, 7 values`, a line a lever.
fn levers(design: &Design) -> Vec<String> {
    let line = |(number, path): (usize, &String)| {
        let values = design.settings(number);
        let ends = values.first().zip(values.last());
        match ends.filter(|(first, _)| first.position().is_some() && values.len() > 4) {
            Some((first, last)) => {
                format!("{path}: {first} to {last}, {} values", count(values.len() as u64))
            }
            None => {
                let names: Vec<String> = values.iter().map(Setting::to_string).collect();
                format!("{path}: {}", names.join(", "))
            }
        }
    };
    design.levers.iter().enumerate().map(line).collect()
}

/// What differs between points by more than chance: milestones, then risks.
fn tables(swept: &Swept<'_>, told: &[Told]) -> Result<String, Lost> {
    let mut text = String::new();
    for (title, ends, is_milestone) in [
        ("Milestones", ["likeliest, or earliest", "least likely, or latest"], true),
        ("Risks", ["best", "worst"], false),
    ] {
        let meant = told.iter().filter(|one| one.is_milestone == is_milestone && one.gap.is_resolved());
        let rows = meant.map(|one| row(swept, one)).collect::<Result<Vec<_>, Lost>>()?;
        if !rows.is_empty() {
            let header = ["", ends[0], ends[1], "apart (95 %)", "as good as the first"].map(str::to_owned);
            text += &format!("\n**{title}** that differ between points by more than chance, most first\n\n");
            text += &table(&header, &[false; 5], &rows);
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    Ok(text)
}

/// The ends of a ranking, how far they lie apart, and which of the runner-up and the scenario as it stands cannot
/// be told from the first.
fn row(swept: &Swept<'_>, one: &Told) -> Result<Vec<String>, Lost> {
    let (target, ranking) = (&swept.targets[one.ranking.target], &one.ranking);
    let what = sides(swept, target, ranking).0;
    let [first, last] = [ranking.first, ranking.last].map(|point| at(swept, ranking, point));
    let second = ranking.second.map(|second| (second, ""));
    let base = swept.base_point.map(|base| (base, ", as it stands"));
    let mut as_good: Vec<String> = Vec::new();
    for (point, name) in base.into_iter().chain(second.filter(|(point, _)| Some(*point) != swept.base_point))
    {
        let is_end = [ranking.first, ranking.last].contains(&point);
        if !is_end && !difference(swept, ranking, ranking.first, point)?.is_resolved() {
            as_good.push(format!("{}{name}", settings(&swept.design, point)));
        }
    }
    let as_good = if as_good.is_empty() { "none".to_owned() } else { as_good.join("; ") };
    Ok(vec![format!("{}{what}", target.label), first, last, amount(swept, ranking, &one.gap), as_good])
}

/// A target whose ends may differ by chance alone.
fn in_short(swept: &Swept<'_>, one: &Told) -> String {
    let (target, ranking) = (&swept.targets[one.ranking.target], &one.ranking);
    let (what, least, most) = sides(swept, target, ranking);
    let [first, last] = [ranking.first, ranking.last].map(|point| at(swept, ranking, point));
    let gap = amount(swept, ranking, &one.gap);
    format!("{}{what}: {least} {first}, {most} {last}, but {gap} apart may be chance", target.label)
}

/// What the numbers are, and what their two ends are called.
fn sides(swept: &Swept<'_>, target: &Target, ranking: &Ranking) -> (String, &'static str, &'static str) {
    let calendar = &swept.legend.calendar;
    match target.kind {
        TargetKind::Milestone { .. } if measure(swept, ranking).0 == Measure::Date => {
            (", median date".to_owned(), "earliest", "latest")
        }
        TargetKind::Milestone { number, has_date } => {
            let is_dated = has_date && ranking.statistic == 0;
            let by = swept.legend.milestones[number].by.filter(|_| is_dated).unwrap_or(calendar.end());
            (format!(", by {by}"), "likeliest", "least likely")
        }
        _ if ranking.statistic == 0 => (", ever red".to_owned(), "best", "worst"),
        _ => (format!(", on {}", calendar.end()), "best", "worst"),
    }
}

/// `41 % at 60`, with the levers' names where there are several.
fn at(swept: &Swept<'_>, ranking: &Ranking, point: usize) -> String {
    let estimate = swept.headline(ranking.target, ranking.statistic, point);
    format!("{} at {}", reading(swept, ranking, &estimate), settings(&swept.design, point))
}

fn measure(swept: &Swept<'_>, ranking: &Ranking) -> (Measure, String) {
    let target = &swept.targets[ranking.target];
    let unit = if target.unit.is_empty() { String::new() } else { format!(" {}", target.unit) };
    (target.statistics()[ranking.statistic].1, unit)
}

fn reading(swept: &Swept<'_>, ranking: &Ranking, estimate: &Estimate) -> String {
    match measure(swept, ranking) {
        (Measure::Probability, _) => share(estimate),
        (Measure::Date, _) => date_of(estimate.value),
        (_, unit) => digits(estimate.value, estimate.error()) + &unit,
    }
}

fn date_of(day: f64) -> String {
    add_days(Date::constant(1970, 1, 1), day as i64).to_string()
}

/// `11.0 ± 0.9 points`, of percentages.
fn amount(swept: &Swept<'_>, ranking: &Ranking, gap: &Difference) -> String {
    let (scale, unit) = match measure(swept, ranking) {
        (Measure::Probability, _) => (100.0, " points".to_owned()),
        (Measure::Date, _) => (1.0, " days".to_owned()),
        (_, unit) => (1.0, unit),
    };
    let error = gap.error.map(|error| error * scale).filter(|error| *error > 0.0);
    let within = error.map_or(String::new(), |error| format!(" ± {}", digits(error, Some(error))));
    format!("{}{within}{unit}", digits(gap.value.abs() * scale, error))
}

/// The settings of a point; of a single lever the value says it all.
fn settings(design: &Design, point: usize) -> String {
    if let [only] = design.points[point].as_slice() {
        return only.to_string();
    }
    let each = names(design).into_iter().zip(&design.points[point]);
    let each = each.map(|(name, setting)| format!("{name} {setting}"));
    each.collect::<Vec<_>>().join(", ")
}

/// What levers are called: their paths without the table, for ids are unique in a scenario.
pub fn names(design: &Design) -> Vec<&str> {
    design.levers.iter().map(|path| path.split_once('.').map_or(path.as_str(), |(_, rest)| rest)).collect()
}

fn unmoved(labels: &[&str]) -> Option<String> {
    (!labels.is_empty()).then(|| format!("the same at every point: {}", labels.join("; ")))
}

fn note(swept: &Swept<'_>, is_paired: bool) -> String {
    let how = match is_paired {
        true => "differences are of the same histories, one by one under the same chance: 95 % intervals",
        false => {
            "there are too few histories to compare them one by one; the intervals of differences are those of \
             unpaired runs, which are too wide rather than too narrow"
        }
    };
    let many =
        if swept.summaries.len() > 2 { ", not widened for picking the ends among all points" } else { "" };
    format!("{how}{many}")
}
