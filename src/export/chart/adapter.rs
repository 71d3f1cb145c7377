//! From results to what each figure draws: the only file here that reads [`Results`].

use std::cmp::Ordering;

use super::attacks::{self, Attacks, Row};
use super::fan::{Fan, FanPoint};
use super::furniture::Caption;
use super::handover::Handovers;
use super::indicator::Indicator;
use super::map::{self, Map};
use super::milestones::Milestone;
use super::observed::Mark;
use super::posture::{self, Posture};
use super::risks::{Risk, Risks};
use super::signal::Signal;
use super::strip::Closing;
use super::text;
use super::troops::{Theatre, Troops};
use crate::calendar::Date;
use crate::results::legend::{Counted, Kind};
use crate::results::{
    CountResult, DateQuantile, IndicatorResult, Level, MilestoneResult, Recent, Results, Series, SiteResult,
    format, legend,
};
use crate::study::hindcast::{Observation, Observed, What};

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
pub fn troops(results: &Results, observed: &Observed) -> Troops {
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
        observed: marks(observed, &series.signal.name),
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

/// The median people of each base and when it is handed over, by theatre. Where nobody moves there is nothing to
/// draw, unless that holds everywhere.
pub fn posture(results: &Results) -> Posture {
    let theatre = |theatre: &legend::Theatre| {
        let sites = results.sites().filter(|found| found.site.theatre == theatre.id);
        let sites = sites.map(|found| posture::Site {
            medians: people(results, &found.site.id)
                .map(|series| medians(results, &series))
                .unwrap_or_default(),
            closing: closing(&found),
        });
        posture::Theatre { label: theatre.label.clone(), sites: sites.collect() }
    };
    let (drawn, left_out) = moving(results);
    Posture {
        theatres: drawn.into_iter().map(theatre).filter(|theatre| !theatre.sites.is_empty()).collect(),
        unchanged: left_out.iter().map(|theatre| theatre.label.clone()).collect(),
    }
}

/// Theatres in which people move, and those in which nobody does; all are the former where that holds everywhere.
fn moving(results: &Results) -> (Vec<&legend::Theatre>, Vec<&legend::Theatre>) {
    let moves = |theatre: &&legend::Theatre| {
        let mut sites = results.sites().filter(|found| found.site.theatre == theatre.id);
        sites.any(|found| {
            let steady = people(results, &found.site.id).is_none_or(|series| series.is_steady());
            found.closed.met() > 0 || !steady
        })
    };
    let (moving, steady): (Vec<_>, Vec<_>) = results.legend.theatres.iter().partition(moves);
    if moving.is_empty() { (steady, moving) } else { (moving, steady) }
}

/// A base's people, if they are summarised.
fn people<'a>(results: &'a Results, site: &str) -> Option<Series<'a>> {
    results.signal(&format!("{site}.troops")).ok()
}

fn medians(results: &Results, series: &Series) -> Vec<(Date, f64)> {
    let rows = 0..results.legend.report.len();
    rows.filter_map(|row| Some((results.date(row), series.at(row)?.q(0.5)))).collect()
}

fn closing(found: &SiteResult) -> Closing {
    Closing {
        label: found.site.label.clone(),
        dates: QUANTILES.map(|p| found.closed.date(p).unwrap_or(DateQuantile::AfterEnd)),
        end: found.closed.by_end(),
    }
}

/// The median people of each base at the start, at two dates between, and at the end.
pub fn map(results: &Results) -> Map {
    let rows = map_rows(results);
    let (drawn, left_out) = moving(results);
    let on = |series: &Series, row: usize| {
        let point = series.at(row)?;
        let median = point.q_estimate(0.5);
        Some((median.value, format::digits(median.value, median.error())))
    };
    let place = |found: SiteResult| {
        let series = people(results, &found.site.id)?;
        let people: Option<Vec<_>> = rows.iter().map(|row| on(&series, *row)).collect();
        Some((found.site.label.clone(), found.site.location, people?))
    };
    let is_drawn = |found: &SiteResult| drawn.iter().any(|theatre| theatre.id == found.site.theatre);
    let sites = results.sites().filter(is_drawn);
    let (known, unknown): (Vec<_>, Vec<_>) =
        sites.filter_map(place).partition(|(_, location, _)| location.is_some());
    let site = |(label, location, people): (String, Option<[f64; 2]>, _)| {
        Some(map::Site { label, location: location?, people })
    };
    Map {
        dates: rows.iter().map(|row| results.date(*row)).collect(),
        sites: known.into_iter().filter_map(site).collect(),
        elsewhere: unknown.into_iter().map(|(label, ..)| label).collect(),
        unchanged: left_out.iter().map(|theatre| theatre.label.clone()).collect(),
    }
}

/// The reported rows that the map shows.
pub fn map_rows(results: &Results) -> Vec<usize> {
    let last = results.legend.report.len().saturating_sub(1);
    let mut rows: Vec<usize> = (0..=3).map(|third| (last * third + 1) / 3).collect();
    rows.dedup();
    rows
}

/// How many bases have been handed over, and when the schedule has it.
pub fn handovers(results: &Results) -> Handovers {
    let rows = 0..results.legend.report.len();
    let points = rows.map(|row| {
        let point = results.handed_over(row);
        FanPoint { date: point.date, quantiles: QUANTILES.map(|p| point.q(p)) }
    });
    let last = results.legend.report.len().checked_sub(1).map(|row| results.handed_over(row));
    let end = last.map(|point| text::range(&[0.05, 0.5, 0.95].map(|p| point.q_estimate(p))));
    let mut announced: Vec<Date> =
        results.legend.sites.iter().filter_map(|site| site.announced_empty).collect();
    announced.sort();
    Handovers {
        sites: results.legend.sites.len(),
        fan: Fan { points: points.collect(), end: end.unwrap_or_default() },
        announced,
    }
}

/// Attacks by process, those on our people first and the more frequent before the rarer; the killed and the wounded.
pub fn attacks(results: &Results) -> Vec<Attacks> {
    let figure = |name, what, is_in: fn(Counted) -> bool| {
        let counts = results.counts().filter(|found| is_in(found.count.counted) && found.any().value > 0.0);
        let mut counts: Vec<CountResult> = counts.collect();
        counts.sort_by(|a, b| {
            let order = b.count.strikes_us.cmp(&a.count.strikes_us);
            let frequent = b.total().mean.total_cmp(&a.total().mean);
            order.then(if a.count.counted == Counted::Attacks { frequent } else { Ordering::Equal })
        });
        Attacks { name, what, days: results.legend.recent_days, rows: counts.iter().map(counted).collect() }
    };
    vec![
        figure("attacks", "Attacks", |counted| counted == Counted::Attacks),
        figure("casualties", "Killed and wounded", |counted| counted != Counted::Attacks),
    ]
}

fn counted(found: &CountResult) -> Row {
    let all: Vec<Recent> = found.recents().collect();
    let line = |value: &dyn Fn(&Recent) -> f64| all.iter().map(|r| (r.sum.date, value(r))).collect();
    let recent = match found.shown_as_share() {
        true => attacks::Recent::Any {
            shares: line(&|recent| 100.0 * recent.any.value),
            last: all.last().map(|recent| format::percent(&recent.any)).unwrap_or_default(),
        },
        false => {
            let point = |recent: &Recent| FanPoint {
                date: recent.sum.date,
                quantiles: QUANTILES.map(|p| recent.q(p)),
            };
            let end = all.last().map(|recent| recent.told([0.05, 0.5, 0.95])).unwrap_or_default();
            attacks::Recent::Mean {
                fan: Fan { points: all.iter().map(point).collect(), end },
                mean: line(&|recent| recent.sum.mean * recent.per_month),
                last_mean: all.last().map(Recent::mean).unwrap_or_default(),
            }
        }
    };
    let exceedance = found.exceedance().into_iter().map(|(total, share)| (total, share.value));
    Row { label: found.count.label.clone(), recent, total: in_all(found), exceedance: exceedance.collect() }
}

/// What a count comes to over the whole run.
fn in_all(found: &CountResult) -> String {
    const NEARLY_ALL: f64 = 0.95;
    let (total, any) = (found.total(), found.any());
    let [low, median, high] = text::range(&[0.05, 0.5, 0.95].map(|p| total.q_estimate(p)));
    let range = match low == high {
        true => median,
        false => format!("median {median}, 90 %: {low} to {high}"),
    };
    match any.n > 1 && any.value < NEARLY_ALL {
        true => format!("any in {}; {range}", format::percent(&any)),
        false => range,
    }
}

/// Any summarised signal.
pub fn signal(results: &Results, series: &Series, observed: &Observed) -> Signal {
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
        observed: marks(observed, &series.signal.name),
    }
}

/// What was observed of a level or, in percent, of a flag. Counts are of days that a fan of reported rows does not
/// count.
fn marks(observed: &Observed, signal: &str) -> Vec<Mark> {
    observed.of(signal).filter(|one| one.since.is_none()).map(mark).collect()
}

/// An observation as figures draw it.
pub fn mark(one: &Observation) -> Mark {
    let share = if one.what == What::Flag { 100.0 } else { 1.0 };
    Mark { date: one.date, since: one.since, low: share * one.outcome.low, high: share * one.outcome.high }
}

/// A signal's quantiles at every reported row; one that never changes is drawn along the whole axis.
fn fan(results: &Results, series: &Series) -> Fan {
    let rows = (0..results.legend.report.len()).filter_map(|row| Some((results.date(row), series.at(row)?)));
    let points = rows.map(|(date, point)| FanPoint { date, quantiles: QUANTILES.map(|p| point.q(p)) });
    let last = results.legend.report.len().checked_sub(1).and_then(|row| series.at(row));
    let end = last.map(|point| text::range(&[0.05, 0.5, 0.95].map(|p| point.q_estimate(p))));
    Fan { points: points.collect(), end: end.unwrap_or_default() }
}
