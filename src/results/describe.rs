//! The legend of a model.

use std::collections::BTreeMap;

use super::legend::{Indicator, Kind, Legend, Milestone, Phase, Quantity, Signal, Site, Source, Theatre};
use crate::calendar::add_days;
use crate::model::posture::announced;
use crate::model::step::Workspace;
use crate::model::{Model, Summarised, signals};
use crate::vm::Row;
use crate::vm::graph::Node;

impl Legend {
    /// What the results of a model need to be read; `paths` are the signals followed step by step.
    pub fn of(model: &Model, paths: &[Summarised]) -> Self {
        // What depends on drawn quantities is described at their medians.
        let nominal = Workspace::nominal(model);
        let at_median = |node: Node| nominal[node.index()][0];
        Self {
            scenario: model.stem.clone(),
            title: model.name.clone(),
            calendar: model.calendar,
            report: model.report.clone(),
            signals: model.signals.iter().map(signal).collect(),
            indicators: indicators(model, &at_median),
            milestones: milestones(model),
            phases: phases(model, &at_median),
            theatres: theatres(model, &nominal),
            sites: sites(model),
            quantities: quantities(model),
            sources: sources(model),
            clamps: model.clamps.clone(),
            paths: paths.iter().map(|s| s.name.clone()).collect(),
        }
    }
}

fn signal(s: &Summarised) -> Signal {
    let kind = match s.kind {
        signals::Kind::Flag | signals::Kind::Event => Kind::Flag,
        signals::Kind::Level => Kind::Level,
        signals::Kind::Count => Kind::Count,
    };
    Signal { name: s.name.clone(), kind, unit: s.unit.clone(), whole: s.whole, once: s.once }
}

fn indicators(model: &Model, at_median: &dyn Fn(Node) -> f64) -> Vec<Indicator> {
    let each = model.parts.indicators.iter().map(|i| Indicator {
        id: i.id.clone(),
        label: i.label.clone(),
        unit: i.unit.clone(),
        amber: at_median(i.thresholds[0]),
        red: at_median(i.thresholds[1]),
        lower_is_worse: i.lower_is_worse,
        for_days: at_median(i.for_days),
    });
    each.collect()
}

fn milestones(model: &Model) -> Vec<Milestone> {
    let each = model.parts.milestones.iter();
    each.map(|m| Milestone { id: m.id.clone(), label: m.label.clone(), by: m.by, given: m.given }).collect()
}

fn phases(model: &Model, at_median: &dyn Fn(Node) -> f64) -> Vec<Phase> {
    let each = model.parts.posture.phases.iter().map(|p| {
        let shift = at_median(p.shift_days).round() as i64;
        let shifted = |date: Option<crate::calendar::Date>| date.map(|d| add_days(d, shift));
        Phase { id: p.id.clone(), label: p.label.clone(), start: shifted(p.start), end: shifted(p.end) }
    });
    each.collect()
}

fn theatres(model: &Model, nominal: &[Row]) -> Vec<Theatre> {
    let posture = &model.parts.posture;
    let levels = announced(posture, nominal, model.zero(), &model.calendar);
    let each = posture.theatres.iter().zip(levels).map(|(theatre, levels)| Theatre {
        id: theatre.id.clone(),
        label: theatre.label.clone(),
        announced: model
            .report
            .iter()
            .filter_map(|row| Some((model.calendar.date(*row), *levels.get(*row)?)))
            .collect(),
    });
    each.collect()
}

fn sites(model: &Model) -> Vec<Site> {
    let posture = &model.parts.posture;
    let each = posture.sites.iter().map(|s| Site {
        id: s.id.clone(),
        label: s.label.clone(),
        theatre: posture.theatres.get(s.theatre).map_or_else(String::new, |t| t.id.clone()),
        location: s.location,
    });
    each.collect()
}

fn quantities(model: &Model) -> Vec<Quantity> {
    let drawn: BTreeMap<&str, usize> =
        model.drawn.iter().enumerate().map(|(i, d)| (d.path.as_str(), i)).collect();
    let each = model.ledger.iter().map(|a| Quantity {
        path: a.path.clone(),
        text: a.text.clone(),
        source: a.source.clone(),
        note: a.note.clone(),
        basis: a.basis.clone(),
        drawn: drawn.get(a.path.as_str()).copied(),
    });
    each.collect()
}

fn sources(model: &Model) -> Vec<Source> {
    let each = model.sources.iter().map(|s| Source {
        id: s.id.value.clone(),
        title: s.title.clone(),
        date: s.date.as_ref().map(|d| d.value),
        url: s.url.clone(),
        note: s.note.clone(),
    });
    each.collect()
}
