//! From scores to what each figure draws.

use super::super::fan::{Fan, FanPoint};
use super::super::{adapter, text};
use super::{Forecast, Hindsight};
use crate::calendar::Date;
use crate::results::format::digits;
use crate::study::hindcast::{Group, Measure, ScoredObservation, What, day_of};
use crate::study::{Observed, Scored};

/// The bands and the median.
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Every signal that was observed.
pub fn hindsights(scored: &Scored) -> Vec<Hindsight> {
    scored.signals.iter().filter_map(|group| hindsight(scored, group)).collect()
}

fn hindsight(scored: &Scored, group: &Group) -> Option<Hindsight> {
    let name = group.signal.as_ref()?;
    let here: Vec<&ScoredObservation> = scored.of(group).collect();
    let first = here.first()?;
    let announced = scored.announced.iter().find(|(signal, _)| signal == name);
    let is_date = matches!(first.observation.what, What::Date(_));
    Some(Hindsight {
        name: name.clone(),
        label: group.label.clone(),
        unit: group.unit.clone(),
        finding: finding(group),
        forecast: forecast(scored, name, &here)?,
        observed: if is_date {
            Vec::new()
        } else {
            here.iter().map(|one| adapter::mark(&one.observation)).collect()
        },
        announced: announced.map(|(_, path)| path.clone()).unwrap_or_default(),
    })
}

fn forecast(scored: &Scored, name: &str, here: &[&ScoredObservation]) -> Option<Forecast> {
    let (results, nothing) = (&scored.results, Observed::default());
    match here.first()?.observation.what {
        What::Level => Some(Forecast::Fans(vec![match results.signal(name) {
            Ok(series) => adapter::signal(results, &series, &nothing).fan,
            // Not summarised: what it is known of are the days that were observed.
            Err(_) => fan(here.iter().map(|one| point(one.observation.date, one)).collect()),
        }])),
        What::Flag => {
            let shares =
                results.signal(name).ok().map(|series| adapter::signal(results, &series, &nothing).shares);
            Some(Forecast::Shares(shares.unwrap_or_default()))
        }
        What::Count => Some(Forecast::Fans(counted(here))),
        What::Date(milestone) => {
            let found = adapter::milestones(results).into_iter().nth(milestone)?;
            let last = here.last()?.observation.outcome;
            let what = here.last()?.observation.what;
            let day = |days: f64| if days.is_finite() { day_of(what, days, results) } else { None };
            Some(Forecast::Met {
                shares: found.curve.into_iter().map(|(date, share)| (date, 100.0 * share)).collect(),
                by: found.by.map(|(date, _)| date),
                when: [day(last.low), day(last.high)],
            })
        }
    }
}

/// Totals since one day are one fan; else every period has its own.
fn counted(here: &[&ScoredObservation]) -> Vec<Fan> {
    let since = |one: &ScoredObservation| one.observation.since.unwrap_or(one.observation.date);
    if here.len() > 1 && here.iter().all(|one| since(one) == since(here[0])) {
        let start = FanPoint { date: since(here[0]), quantiles: [0.0; 5] };
        let points = here.iter().map(|one| point(one.observation.date, one));
        return vec![fan(std::iter::once(start).chain(points).collect())];
    }
    here.iter().map(|one| fan(vec![point(since(one), one), point(one.observation.date, one)])).collect()
}

fn point(date: Date, one: &ScoredObservation) -> FanPoint {
    FanPoint { date, quantiles: QUANTILES.map(|p| one.sample.quantile(p)) }
}

fn fan(points: Vec<FanPoint>) -> Fan {
    let end = points.last().map(|point| {
        let [low, _, median, _, high] = point.quantiles;
        let step = (high - low).abs() / 100.0;
        [low, median, high].map(|value| text::reading(value, step))
    });
    Fan { points, end: end.unwrap_or_default() }
}

fn finding(group: &Group) -> String {
    let mean = group.mean(Measure::Crps).map_or(f64::NAN, |mean| mean.value);
    let unit = if group.unit.is_empty() { String::new() } else { format!(" ({})", group.unit) };
    let off = format!("Off by {}{unit} on average", text::reading(mean, (mean / 100.0).max(0.01)));
    match group.hardest() {
        Some((baseline, skill)) if skill.value.is_finite() => {
            let value = digits(skill.value, Some(0.01)).replace('-', "−");
            format!(
                "{off}; skill {value} against the baseline that is hardest to beat ({}).",
                baseline.name()
            )
        }
        _ => format!("{off}."),
    }
}
