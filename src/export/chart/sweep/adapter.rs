//! From a sweep to its sheets.

use super::{Lever, Panel, Sheet};
use crate::calendar::day_number;
use crate::export::chart::furniture::Caption;
use crate::export::chart::text;
use crate::export::words::names;
use crate::results::Estimate;
use crate::study::sweep::Swept;
use crate::study::sweep::outcome::{Measure, Target, TargetKind};
use crate::study::sweep::rank::headline;

/// What every figure says about the sweep.
pub fn caption(swept: &Swept<'_>) -> Caption {
    let legend = &swept.legend;
    Caption {
        scenario: legend.title.clone(),
        start: legend.calendar.start(),
        end: legend.calendar.end(),
        replicates: swept.replicates,
        failed: swept.failed(),
        seed: Some(swept.seed),
        sources: legend.sources.iter().map(|source| source.title.clone()).collect(),
    }
}

/// Milestones, and indicators.
pub fn sheets(swept: &Swept<'_>) -> [Sheet; 2] {
    let is_milestone = |target: &Target| matches!(target.kind, TargetKind::Milestone { .. });
    let is_indicator = |target: &Target| matches!(target.kind, TargetKind::Indicator { .. });
    [
        sheet(swept, "sweep-milestones", "milestone", &is_milestone),
        sheet(swept, "sweep-indicators", "indicator", &is_indicator),
    ]
}

fn sheet(
    swept: &Swept<'_>,
    name: &'static str,
    what: &'static str,
    is_meant: &dyn Fn(&Target) -> bool,
) -> Sheet {
    let design = &swept.design;
    let levers: Vec<Lever> = names(design)
        .into_iter()
        .enumerate()
        .map(|(number, name)| Lever { name: name.to_owned(), settings: design.settings(number) })
        .collect();
    let place = |point: &Vec<_>| {
        let each = levers.iter().zip(point);
        each.map(|(lever, setting)| lever.settings.iter().position(|s| s == setting).unwrap_or(0)).collect()
    };
    let points: Vec<Vec<usize>> = design.points.iter().map(place).collect();
    let (mut panels, mut unmoved) = (Vec::new(), Vec::new());
    for (number, target) in swept.targets.iter().enumerate().filter(|(_, target)| is_meant(target)) {
        match headline(swept, number) {
            Some((statistic, _)) => panels.push(panel(swept, number, statistic)),
            None => unmoved.push(text::clean(&target.label)),
        }
    }
    Sheet { name, what, is_grid: design.kind == "grid", levers, points, panels, unmoved }
}

fn panel(swept: &Swept<'_>, number: usize, statistic: usize) -> Panel {
    let target = &swept.targets[number];
    let (_, measure) = target.statistics()[statistic];
    let start = day_number(swept.legend.calendar.start()) as f64;
    let (scale, origin) = match measure {
        Measure::Probability => (100.0, 0.0),
        Measure::Date => (1.0, start),
        Measure::Level | Measure::Days => (1.0, 0.0),
    };
    let value = |point: usize| {
        let found: Estimate = swept.headline(number, statistic, point);
        let ends = found.interval.map_or([found.value; 2], |i| [i.low, i.high]);
        found.value.is_finite().then(|| [found.value, ends[0], ends[1]].map(|x| (x - origin) * scale))
    };
    let values: Vec<_> = (0..swept.summaries.len()).map(value).collect();
    let error = values.iter().flatten().map(|[x, low, high]| (high - x).max(x - low)).fold(0.0, f64::max);
    Panel { title: text::clean(&target.label), unit: unit(swept, target, measure, statistic), values, error }
}

fn unit(swept: &Swept<'_>, target: &Target, measure: Measure, statistic: usize) -> String {
    let end = swept.legend.calendar.end();
    match (measure, target.kind) {
        (Measure::Probability, TargetKind::Milestone { number, has_date }) => {
            let by = swept.legend.milestones[number].by.filter(|_| has_date && statistic == 0).unwrap_or(end);
            format!("% of histories, by {}", text::date(by))
        }
        (Measure::Date, _) => format!("median, days after {}", text::date(swept.legend.calendar.start())),
        (Measure::Probability, _) => "% of histories ever red".to_owned(),
        _ if target.unit.is_empty() => format!("mean on {}", text::date(end)),
        _ => format!("{}, mean on {}", target.unit, text::date(end)),
    }
}
