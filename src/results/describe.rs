//! The legend of a model.

use super::legend::{
    Count, Counted, Indicator, Kind, Legend, Milestone, Phase, Quantity, Signal, Site, Source, Theatre,
    recent_days,
};
use crate::calendar::add_days;
use crate::model::posture::announced;
use crate::model::step::Workspace;
use crate::model::{Model, Summarised, signals};
use crate::vm::graph::Node;

impl Legend {
    /// What the results of a model need to be read; `paths` are the signals followed step by step.
    pub fn of(model: &Model, paths: &[Summarised]) -> Self {
        // What depends on drawn quantities is described at their medians.
        let nominal = Workspace::nominal(model);
        let at_median = |node: Node| nominal[node.index()][0];
        let announced = announced(&model.parts.posture, &nominal, model.zero(), &model.calendar);
        Self {
            scenario: model.stem.clone(),
            title: model.name.clone(),
            calendar: model.calendar,
            report: model.report.clone(),
            signals: model.signals.iter().map(signal).collect(),
            indicators: indicators(model, &at_median),
            milestones: milestones(model),
            phases: phases(model, &at_median),
            theatres: theatres(model, &announced),
            sites: sites(model, &announced),
            counts: counts(model),
            recent_days: recent_days(&model.calendar, &model.report),
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

/// `announced` are people by site and row.
fn theatres(model: &Model, announced: &[Vec<f64>]) -> Vec<Theatre> {
    let posture = &model.parts.posture;
    let people = |theatre: usize, row: usize| -> Option<f64> {
        let sites = posture.sites.iter().zip(announced).filter(|(site, _)| site.theatre == theatre);
        sites.map(|(_, levels)| levels.get(row).copied()).sum()
    };
    let each = posture.theatres.iter().enumerate().map(|(number, theatre)| Theatre {
        id: theatre.id.clone(),
        label: theatre.label.clone(),
        announced: model
            .report
            .iter()
            .filter_map(|row| Some((model.calendar.date(*row), people(number, *row)?)))
            .collect(),
    });
    each.collect()
}

fn sites(model: &Model, announced: &[Vec<f64>]) -> Vec<Site> {
    let posture = &model.parts.posture;
    let each = posture.sites.iter().zip(announced).map(|(s, levels)| Site {
        id: s.id.clone(),
        label: s.label.clone(),
        theatre: posture.theatres.get(s.theatre).map_or_else(String::new, |t| t.id.clone()),
        location: s.location,
        announced_empty: first_empty(levels).map(|row| model.calendar.date(row)),
    });
    each.collect()
}

/// The first row without people after one with some.
fn first_empty(levels: &[f64]) -> Option<usize> {
    let manned = levels.iter().position(|people| *people > 0.0)?;
    levels.iter().skip(manned).position(|people| *people == 0.0).map(|later| manned + later)
}

/// Attacks of each process whose counts are summarised; killed and wounded by all, where all are.
fn counts(model: &Model) -> Vec<Count> {
    let is_value = |s: &&Summarised| !matches!(s.kind, signals::Kind::Flag | signals::Kind::Event);
    let place = |name: String| model.signals.iter().filter(is_value).position(|s| s.name == name);
    let attacks = &model.parts.attacks;
    let of_process = attacks.iter().filter_map(|attack| {
        let signals = vec![place(format!("{}.attacks", attack.id))?];
        Some(Count {
            id: attack.id.clone(),
            label: attack.label.clone(),
            counted: Counted::Attacks,
            strikes_us: attack.strikes_us(),
            signals,
        })
    });
    let casualties = [("Killed", Counted::Killed), ("Wounded", Counted::Wounded)];
    let of_all = casualties.into_iter().enumerate().filter_map(|(which, (label, counted))| {
        let id = label.to_lowercase();
        let counting = attacks.iter().filter(|attack| attack.counts_casualties()[which]);
        let signals: Option<Vec<usize>> =
            counting.map(|attack| place(format!("{}.{id}", attack.id))).collect();
        let signals = signals.filter(|signals| !signals.is_empty())?;
        Some(Count { id, label: label.to_owned(), counted, strikes_us: true, signals })
    });
    of_process.chain(of_all).collect()
}

fn quantities(model: &Model) -> Vec<Quantity> {
    let each = model.ledger.iter().map(|a| Quantity {
        path: a.path.clone(),
        text: a.text.clone(),
        source: a.source.clone(),
        confidence: a.confidence.map(|confidence| confidence.name().to_owned()),
        note: a.note.clone(),
        basis: a.basis.clone(),
        drawn: a.drawn,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;

    #[test]
    fn a_place_is_empty_once_it_has_had_people() {
        assert_eq!(first_empty(&[0.0, 0.0, 5.0, 3.0, 0.0, 0.0]), Some(4));
        assert_eq!(first_empty(&[2.0, 0.0, 2.0]), Some(1));
        assert_eq!(
            (first_empty(&[0.0, 0.0]), first_empty(&[5.0, 5.0]), first_empty(&[])),
            (None, None, None)
        );
    }

    #[test]
    fn counts_are_of_processes_and_of_their_casualties_together() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-31\n[theatres.t]\n[sites.s]\ntheatre = \"t\"\n\
            [attacks.near]\nat = [\"s\"]\nper_month = 9\nwounded = { mean = 0.5 }\n[attacks.far]\nper_month = 3\n";
        let told = |signals: &str| -> Vec<(String, bool, usize)> {
            let scenario = Scenario::parse("counts.toml", &format!("{signals}{text}")).unwrap();
            let legend = Legend::of(&scenario.compile().unwrap(), &[]);
            assert!(legend.is_sound());
            legend.counts.iter().map(|c| (c.id.clone(), c.strikes_us, c.signals.len())).collect()
        };
        let mut all = told("");
        all.sort();
        let (near, far) = (("near".to_owned(), true, 1), ("far".to_owned(), false, 1));
        assert_eq!(all, [far.clone(), near, ("wounded".to_owned(), true, 1)]);
        assert_eq!(told("signals = [\"far.*\"]\n"), [far]);
    }
}
