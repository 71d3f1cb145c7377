//! From results to what each figure draws: the only file here that reads [`Results`].

use super::fan::{Fan, FanPoint};
use super::furniture::Caption;
use super::handover::Handover;
use super::indicator::Indicator;
use super::milestones::Milestone;
use super::risks::{Risk, Risks};
use super::signal::Signal;
use super::text;
use super::troops::{Theatre, Troops};
use crate::calendar::Date;
use crate::results::legend::Kind;
use crate::results::{
    DateQuantile, IndicatorResult, Level, MilestoneResult, Results, Series, format, legend,
};

/// The bands and the median.
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// What every figure says about these results.
pub fn caption(results: &Results) -> Caption {
    let legend = &results.legend;
    Caption {
        scenario: legend.title.clone(),
        start: legend.calendar.start(),
        end: legend.calendar.end(),
        replicates: results.completed(),
        failed: results.failed(),
        seed: Some(results.seed),
        sources: legend.sources.iter().map(|source| source.title.clone()).collect(),
    }
}

/// Theatres whose troops are summarised, and all phases. Where nobody moves there is nothing to draw,
/// unless that holds everywhere.
pub fn troops(results: &Results) -> Troops {
    let series = |theatre: &legend::Theatre| results.signal(&format!("{}.troops", theatre.id)).ok();
    let (steady, moving): (Vec<_>, Vec<_>) = results
        .legend
        .theatres
        .iter()
        .filter_map(|theatre| Some((theatre, series(theatre)?)))
        .partition(|(_, series)| series.is_steady());
    let (drawn, left_out) = if moving.is_empty() { (steady, moving) } else { (moving, steady) };
    let theatres = drawn.iter().map(|(theatre, series)| Theatre {
        label: theatre.label.clone(),
        fan: fan(results, series),
        announced: scheduled(&theatre.announced),
    });
    Troops {
        theatres: theatres.collect(),
        phases: results.legend.phases.clone(),
        unchanged: left_out.iter().map(|(theatre, _)| theatre.label.clone()).collect(),
    }
}

/// The schedule of a theatre; none where no dated phase moves anybody, for nothing was announced there.
fn scheduled(people: &[(Date, f64)]) -> Vec<(Date, f64)> {
    let moves = people.iter().any(|(_, there)| Some(there) != people.first().map(|(_, first)| first));
    if moves { people.to_vec() } else { Vec::new() }
}

/// Indicators that are summarised.
pub fn indicators(results: &Results) -> impl Iterator<Item = Indicator> {
    let last = results.legend.report.len().checked_sub(1);
    results.indicators().filter_map(move |found| {
        let series = results.signal(&found.indicator.id).ok()?;
        Some(Indicator {
            legend: found.indicator.clone(),
            fan: fan(results, &series),
            ever: last.map(|row| Level::ALL.map(|level| found.ever(level, row))),
        })
    })
}

/// All milestones.
pub fn milestones(results: &Results) -> Vec<Milestone> {
    let labelled = |found: MilestoneResult| Milestone {
        label: found.milestone.label.clone(),
        given: found.milestone.given.map(|other| results.legend.milestones[other].label.clone()),
        by: found.milestone.by.map(|date| (date, found.arrivals.by(date))),
        end: found.arrivals.by_end(),
        curve: found.arrivals.curve().into_iter().map(|(date, share)| (date, share.value)).collect(),
    };
    results.milestones().map(labelled).collect()
}

/// How likely each indicator is red, at the last reported row of each month.
pub fn risks(results: &Results) -> Risks {
    let dates = results.dates();
    let month = |date: Date| (date.year(), date.month());
    let is_last = |row: &usize| dates.get(row + 1).is_none_or(|next| month(*next) != month(dates[*row]));
    let rows: Vec<usize> = (0..dates.len()).filter(is_last).collect();
    let risk = |found: IndicatorResult| Risk {
        label: found.indicator.label.clone(),
        red: rows.iter().map(|row| found.now(Level::Red, *row)).collect(),
    };
    Risks {
        dates: rows.iter().map(|row| dates[*row]).collect(),
        rows: results.indicators().map(risk).collect(),
        any: rows.iter().map(|row| results.any_red(*row)).collect(),
    }
}

/// When each base is handed over, by theatre.
pub fn handovers(results: &Results) -> Vec<Handover> {
    let theatres = &results.legend.theatres;
    let in_theatre = |theatre: &legend::Theatre| {
        let (id, label) = (theatre.id.clone(), theatre.label.clone());
        results.sites().filter(move |found| found.site.theatre == id).map(move |found| Handover {
            label: found.site.label.clone(),
            theatre: label.clone(),
            dates: QUANTILES.map(|p| found.closed.date(p).unwrap_or(DateQuantile::AfterEnd)),
            end: found.closed.by_end(),
        })
    };
    theatres.iter().flat_map(in_theatre).collect()
}

/// Any summarised signal.
pub fn signal(results: &Results, series: &Series) -> Signal {
    let is_flag = series.signal.kind == Kind::Flag;
    let shares = series.points().filter_map(|point| Some((point.date, 100.0 * point.probability()?.value)));
    let last = series.points().last().and_then(|point| point.probability());
    Signal {
        name: series.signal.name.clone(),
        unit: series.signal.unit.clone(),
        kind: series.signal.kind,
        fan: if is_flag { Fan::default() } else { fan(results, series) },
        shares: shares.collect(),
        last_share: last.map(|share| format::percent(&share)).unwrap_or_default(),
    }
}

/// A signal's quantiles at every reported row; one that never changes is drawn along the whole axis.
fn fan(results: &Results, series: &Series) -> Fan {
    let rows = (0..results.legend.report.len()).filter_map(|row| Some((results.date(row), series.at(row)?)));
    let points = rows.map(|(date, point)| FanPoint { date, quantiles: QUANTILES.map(|p| point.q(p)) });
    let last = results.legend.report.len().checked_sub(1).and_then(|row| series.at(row));
    let end = last.map(|point| text::range(&[0.05, 0.5, 0.95].map(|p| point.q_estimate(p))));
    Fan { points: points.collect(), end: end.unwrap_or_default() }
}
