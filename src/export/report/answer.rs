//! The answer in a sentence, and the numbers it rests on.

use serde::Serialize;

use super::Table;
use super::plain::{how_often, median, quantiles, share};
use crate::calendar::Date;
use crate::export::chart::text::date;
use crate::results::format::count;
use crate::results::legend::Kind;
use crate::results::{Estimate, IndicatorResult, Level, Results, Series};

/// The first section.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    pub sentence: String,
    /// What one must know to read the tables.
    pub notes: Vec<String>,
    pub tables: Vec<Table>,
}

/// A phase or a milestone with its date, if that lies within the run.
struct Dated {
    label: String,
    due: Date,
    by_due: Estimate,
    by_end: Estimate,
}

/// What happens in time, how many troops remain and which risk is likeliest, then all of these as tables.
pub fn answer(results: &Results) -> Answer {
    if results.completed() == 0 {
        let sentence = format!("None of the {} histories could be finished.", count(results.replicates()));
        return Answer { sentence, notes: Vec::new(), tables: Vec::new() };
    }
    let parts = [in_time(results), remaining(results), alarm(results)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let sentence = if parts.is_empty() { "Nothing was asked.".to_owned() } else { parts.join("; ") + "." };
    let tables = [troops_table(results), dates_table(results), risks_table(results)];
    Answer { sentence, notes: notes(results), tables: tables.into_iter().flatten().collect() }
}

fn notes(results: &Results) -> Vec<String> {
    if results.completed() == 1 {
        return vec!["This is one history: it shows what can happen, not how likely it is.".to_owned()];
    }
    let mut notes = vec![
        "After ± stands how far a number may be off, 95 times in 100, because the histories are so many and no \
         more. It says nothing about whether the assumptions are right."
            .to_owned(),
    ];
    if results.failed() > 0 {
        notes.push(format!(
            "{} of {} histories could not be finished and are left out; the errors of shares cover whatever they \
             would have been.",
            count(results.failed()),
            count(results.replicates())
        ));
    }
    notes
}

fn in_time(results: &Results) -> Option<String> {
    let end = results.legend.calendar.end();
    let first = dated(results).into_iter().next()?;
    let on_time = format!("“{}” happens by {} {}", first.label, date(first.due), how_often(&first.by_due));
    Some(match first.due == end {
        true => on_time,
        false => format!("{on_time}, and by {} {}", date(end), how_often(&first.by_end)),
    })
}

/// Phases with an announced end, then milestones; if nothing is dated, milestones by the end.
fn dated(results: &Results) -> Vec<Dated> {
    let end = results.legend.calendar.end();
    let phases = results.phases().filter_map(|found| {
        let (label, due) = (found.phase.label.clone(), found.phase.end.filter(|due| *due <= end)?);
        Some(Dated { label, due, by_due: found.by_its_date(), by_end: found.done.by_end() })
    });
    let mut dated: Vec<Dated> = phases.collect();
    let has_dates = !dated.is_empty() || results.legend.milestones.iter().any(|m| m.by.is_some());
    for found in results.milestones().filter(|found| found.milestone.by.is_some() || !has_dates) {
        let (by_due, by_end) = (found.by_its_date(), found.arrivals.by_end());
        let given = found.milestone.given.map(|other| &results.legend.milestones[other].label);
        let condition = given.map(|given| format!(", of histories with “{given}”")).unwrap_or_default();
        let label = format!("{}{condition}", found.milestone.label);
        dated.push(Dated { label, due: found.milestone.by.unwrap_or(end), by_due, by_end });
    }
    dated
}

/// The theatre with the most people at the start, of those where anybody moves.
fn remaining(results: &Results) -> Option<String> {
    let moving = theatres(results).into_iter().filter(|(_, series)| !series.is_steady());
    let starts = moving.filter_map(|(label, series)| Some((label, series, series.at(0)?.q(0.5))));
    let (label, series, _) = starts.reduce(|best, other| if other.2 > best.2 { other } else { best })?;
    let (start, end) = (series.at(0)?, series.points().last()?);
    let ([_, _, at_start, _, _], [low, _, middle, _, high]) = (quantiles(&start), quantiles(&end));
    let when = date(end.date);
    Some(match results.completed() {
        1 => format!("{label} goes from {at_start} troops to {middle} on {when}"),
        _ => format!(
            "{label} goes from {at_start} troops to {middle} on {when} in the median history, and to between {low} \
             and {high} in 9 of 10"
        ),
    })
}

/// Theatres with people, by their labels.
pub fn theatres(results: &Results) -> Vec<(&str, Series<'_>)> {
    let theatres = results.legend.theatres.iter();
    let series = theatres.filter_map(|theatre| {
        let series = results.signal(&format!("{}.troops", theatre.id)).ok()?;
        (series.signal.kind != Kind::Flag).then_some((theatre.label.as_str(), series))
    });
    series.collect()
}

fn alarm(results: &Results) -> Option<String> {
    let likeliest = ranked(results).into_iter().next()?;
    let label = &likeliest.indicator.label;
    let ever = likeliest.ever(Level::Red, last_row(results));
    Some(match ever.value > 0.0 {
        true => format!("the likeliest alarm, “{label}”, is red at some time {}", how_often(&ever)),
        false => "no alarm is ever red".to_owned(),
    })
}

/// Indicators, that red in most histories first.
fn ranked(results: &Results) -> Vec<IndicatorResult<'_>> {
    let last = last_row(results);
    let mut ranked: Vec<IndicatorResult<'_>> = results.indicators().collect();
    // A stable sort: equal risks stay in the scenario's order.
    ranked.sort_by(|a, b| b.ever(Level::Red, last).value.total_cmp(&a.ever(Level::Red, last).value));
    ranked
}

fn last_row(results: &Results) -> usize {
    results.legend.report.len() - 1
}

fn troops_table(results: &Results) -> Option<Table> {
    let calendar = &results.legend.calendar;
    let asked = results.legend.milestones.iter().filter_map(|milestone| milestone.by);
    let last = asked.filter(|by| (calendar.start()..calendar.end()).contains(by)).max();
    let dates: Vec<Date> =
        [Some(calendar.start()), last, Some(calendar.end())].into_iter().flatten().collect();
    let row = |label: &str, series: &Series<'_>, on: Date| {
        let point = series.on_date(on).ok()?;
        let [low, lower, _, upper, high] = quantiles(&point);
        let between = |low: &String, high: &String| match low == high {
            true => low.clone(),
            false => format!("{low} to {high}"),
        };
        let (half, most) = (between(&lower, &upper), between(&low, &high));
        Some(vec![label.to_owned(), date(point.date), median(&point), half, most])
    };
    let theatres = theatres(results);
    let rows = theatres.iter().flat_map(|(label, series)| {
        let dates = if series.is_steady() { &dates[..1] } else { &dates[..] };
        dates.iter().filter_map(move |on| row(label, series, *on)).collect::<Vec<_>>()
    });
    table(
        "Troops",
        &["Theatre", "On", "Median", "Half of all histories", "9 in 10 histories"],
        rows.collect(),
    )
}

fn dates_table(results: &Results) -> Option<Table> {
    let end = format!("By {}", date(results.legend.calendar.end()));
    let row = |dated: Dated| {
        let (by_due, by_end) = (share(&dated.by_due), share(&dated.by_end));
        vec![dated.label, date(dated.due), how_often(&dated.by_due), by_due, by_end]
    };
    let rows = dated(results).into_iter().map(row).collect();
    table("What happens in time", &["What", "By", "In time", "Share", &end], rows)
}

fn risks_table(results: &Results) -> Option<Table> {
    let last = last_row(results);
    let row = |found: IndicatorResult<'_>| {
        let now = |row: usize| found.now(Level::Red, row);
        let worst = (0..=last).fold(0, |best, row| if now(row).value > now(best).value { row } else { best });
        let (red, amber) = (found.ever(Level::Red, last), found.ever(Level::Amber, last));
        let when = match now(worst).value > 0.0 {
            true => format!("{}: {}", date(results.date(worst)), share(&now(worst))),
            false => "—".to_owned(),
        };
        vec![found.indicator.label.clone(), how_often(&red), share(&red), share(&amber), when]
    };
    let rows = ranked(results).into_iter().map(row).collect();
    table("Risks", &["Indicator", "Red at some time", "Share", "Amber or red", "Red on the worst day"], rows)
}

fn table(caption: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Option<Table> {
    let columns = columns.iter().map(|column| (*column).to_owned()).collect();
    (!rows.is_empty()).then(|| Table { caption: caption.to_owned(), columns, rows, between: Vec::new() })
}
