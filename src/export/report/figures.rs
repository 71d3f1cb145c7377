//! Figures with what they show as numbers: for the table behind each, and to be read off at a date.

use minijinja::Value;
use serde::Serialize;

use super::Table;
use super::answer::theatres;
use super::plain::{QUANTILES, quantiles};
use crate::calendar::{Date, days_between};
use crate::export::chart::text::{date, plain};
use crate::export::chart::{Figure, Panel, map_rows};
use crate::results::format::{digits, percent};
use crate::results::legend::{Counted, Theatre};
use crate::results::{CountResult, DateQuantile, Level, MilestoneResult, Point, Results, Series, SiteResult};

/// A figure in the report.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    pub name: String,
    pub title: String,
    pub svg: Value,
    /// [`Readings`] as JSON; `None` where no date can be read off.
    pub readings: Option<Value>,
    pub tables: Vec<Table>,
}

/// Values at dates.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Readings {
    pub dates: Vec<String>,
    pub panels: Vec<Place>,
    pub groups: Vec<Group>,
}

/// A panel in pixels of the figure, and how far from its left edge each date is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    pub at: Vec<f64>,
}

/// What belongs together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// May be empty.
    pub title: String,
    pub series: Vec<Named>,
}

/// A value for each date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    pub name: String,
    pub values: Vec<String>,
}

/// A figure with its numbers, if we know which those are.
pub fn shown(results: &Results, figure: Figure) -> Shown {
    let dates = dates(results, &figure.panels);
    let groups = groups(results, &figure.name, &dates);
    let mut tables = tables(results, &figure.name);
    tables.extend(groups.iter().map(|group| table(&figure.title, group, &dates)));
    let readings = (!groups.is_empty() && !figure.panels.is_empty()).then(|| {
        let panels = figure.panels.iter().map(|panel| place(results, panel, &dates)).collect();
        json(&Readings { dates: dates.iter().map(|day| date(*day)).collect(), panels, groups })
    });
    let Figure { name, title, svg, .. } = figure;
    Shown { name, title, svg: Value::from_safe_string(svg), readings, tables }
}

/// Dates of cells where there are any, else all that are reported.
fn dates(results: &Results, panels: &[Panel]) -> Vec<Date> {
    let cells = panels.iter().find(|panel| !panel.cells.is_empty());
    cells.map_or_else(|| results.dates(), |panel| panel.cells.clone())
}

/// What the figure of this name shows at each date.
pub fn groups(results: &Results, figure: &str, dates: &[Date]) -> Vec<Group> {
    match figure {
        "troops" => troops(results, dates),
        "posture" => posture(results, dates),
        "handover" => std::iter::once(handovers(results, dates)).chain(handed_over(results, dates)).collect(),
        "risks" => vec![risks(results, dates)],
        "attacks" => counts(results, dates, |counted| counted == Counted::Attacks),
        "casualties" => counts(results, dates, |counted| counted != Counted::Attacks),
        "milestones" => vec![milestones(results, dates)],
        _ => {
            let of_indicator = figure.strip_prefix("indicator-").and_then(|id| indicator(results, id, dates));
            of_indicator.into_iter().collect()
        }
    }
}

/// Tables of what belongs to no date.
fn tables(results: &Results, figure: &str) -> Vec<Table> {
    match figure {
        "posture" => vec![handover_dates(results)],
        "map" => vec![on_the_map(results)],
        "attacks" => vec![totals(results, |counted| counted == Counted::Attacks)],
        "casualties" => vec![totals(results, |counted| counted != Counted::Attacks)],
        _ => Vec::new(),
    }
}

fn troops(results: &Results, dates: &[Date]) -> Vec<Group> {
    let schedule = |label: &str| {
        let theatre = results.legend.theatres.iter().find(|theatre| theatre.label == label)?;
        scheduled(theatre, dates)
    };
    let (steady, moving): (Vec<_>, Vec<_>) =
        theatres(results).into_iter().partition(|(_, series)| series.is_steady());
    let drawn = if moving.is_empty() { steady } else { moving };
    let group = |(label, series): (&str, Series<'_>)| Group {
        title: label.to_owned(),
        series: fan(results, &series, dates).into_iter().chain(schedule(label)).collect(),
    };
    drawn.into_iter().map(group).collect()
}

/// The announced level at each date, where any dated phase moves anybody.
fn scheduled(theatre: &Theatre, dates: &[Date]) -> Option<Named> {
    let announced = &theatre.announced;
    let first = announced.first()?.1;
    if announced.iter().all(|(_, people)| *people == first) {
        return None;
    }
    let on = |day: &Date| {
        let before = announced.iter().take_while(|(at, _)| at <= day).last();
        before.map_or_else(|| "—".to_owned(), |(_, people)| plain(*people))
    };
    Some(Named { name: "on schedule".to_owned(), values: dates.iter().map(on).collect() })
}

/// The median and the bands of a signal; of a single history, its values.
fn fan(results: &Results, series: &Series<'_>, dates: &[Date]) -> Vec<Named> {
    let point = |day: &Date| -> Option<Point<'_>> { series.at(results.row_on(*day)?) };
    quantiles_of(results, dates, |day| point(day).map(|point| quantiles(&point)))
}

/// Quantiles at each date as a series each; of a single history, its values.
fn quantiles_of(
    results: &Results,
    dates: &[Date],
    told: impl Fn(&Date) -> Option<[String; 5]>,
) -> Vec<Named> {
    let told: Vec<Option<[String; 5]>> = dates.iter().map(told).collect();
    let named = |(place, name): (usize, &str)| {
        let value =
            |told: &Option<[String; 5]>| told.as_ref().map_or_else(|| "—".to_owned(), |t| t[place].clone());
        Named { name: name.to_owned(), values: told.iter().map(value).collect() }
    };
    match results.completed() {
        1 => vec![named((2, "this history"))],
        _ => [(2, "median"), (0, "5 %"), (1, "25 %"), (3, "75 %"), (4, "95 %")].map(named).to_vec(),
    }
}

fn indicator(results: &Results, id: &str, dates: &[Date]) -> Option<Group> {
    let found = results.indicators().find(|found| found.indicator.id == id)?;
    let mut series = fan(results, &results.signal(id).ok()?, dates);
    for (level, name) in [(Level::Amber, "amber or red"), (Level::Red, "red")] {
        let on =
            |day: &Date| results.row_on(*day).map_or_else(String::new, |row| percent(&found.now(level, row)));
        series.push(Named { name: name.to_owned(), values: dates.iter().map(on).collect() });
    }
    Some(Group { title: String::new(), series })
}

fn risks(results: &Results, dates: &[Date]) -> Group {
    let rows: Vec<usize> = dates.iter().filter_map(|day| results.row_on(*day)).collect();
    let mut series: Vec<Named> = results
        .indicators()
        .map(|found| Named {
            name: found.indicator.label.clone(),
            values: rows.iter().map(|row| percent(&found.now(Level::Red, *row))).collect(),
        })
        .collect();
    let any = rows.iter().map(|row| percent(&results.any_red(*row)));
    series.push(Named { name: "At least one of them".to_owned(), values: any.collect() });
    Group { title: "Share of histories in which it is red".to_owned(), series }
}

fn milestones(results: &Results, dates: &[Date]) -> Group {
    let series = |found: MilestoneResult<'_>| {
        let given = found.milestone.given.map(|other| &results.legend.milestones[other].label);
        let condition = given.map(|given| format!(" (given: {given})")).unwrap_or_default();
        Named {
            name: format!("{}{condition}", found.milestone.label),
            values: dates.iter().map(|day| percent(&found.arrivals.by(*day))).collect(),
        }
    };
    let title = "Share of histories in which it has happened".to_owned();
    Group { title, series: results.milestones().map(series).collect() }
}

/// The median people of each base that is summarised, by theatre.
fn posture(results: &Results, dates: &[Date]) -> Vec<Group> {
    let series = |found: SiteResult<'_>| {
        let people = results.signal(&format!("{}.troops", found.site.id)).ok()?;
        let on = |day: &Date| {
            let point = results.row_on(*day).and_then(|row| people.at(row));
            point.map_or_else(|| "—".to_owned(), |point| quantiles(&point)[2].clone())
        };
        Some(Named { name: found.site.label.clone(), values: dates.iter().map(on).collect() })
    };
    let group = |theatre: &Theatre| {
        let sites = results.sites().filter(|found| found.site.theatre == theatre.id);
        Group {
            title: format!("{}: median people", theatre.label),
            series: sites.filter_map(series).collect(),
        }
    };
    results.legend.theatres.iter().map(group).filter(|group| !group.series.is_empty()).collect()
}

/// The same at the dates of the map.
fn on_the_map(results: &Results) -> Table {
    let dates: Vec<Date> = map_rows(results).into_iter().map(|row| results.date(row)).collect();
    let bases = posture(results, &dates).into_iter().flat_map(|group| group.series);
    Table {
        caption: "Median people at each base".to_owned(),
        columns: std::iter::once("Base".to_owned()).chain(dates.iter().map(|day| date(*day))).collect(),
        rows: bases.map(|base| std::iter::once(base.name).chain(base.values).collect()).collect(),
        between: Vec::new(),
    }
}

/// How many bases are handed over by each date, and how many on schedule.
fn handovers(results: &Results, dates: &[Date]) -> Group {
    let point = |day: &Date| results.row_on(*day).map(|row| results.handed_over(row));
    let mut series = quantiles_of(results, dates, |day| point(day).map(|point| quantiles(&point)));
    let announced = || results.legend.sites.iter().filter_map(|site| site.announced_empty);
    if announced().next().is_some() {
        let on = |day: &Date| announced().filter(|empty| empty <= day).count().to_string();
        series.push(Named { name: "on schedule".to_owned(), values: dates.iter().map(on).collect() });
    }
    Group { title: format!("Of {} bases handed over", results.legend.sites.len()), series }
}

/// Counts that are ever above 0, as the figure shows them.
fn counts(results: &Results, dates: &[Date], is_in: fn(Counted) -> bool) -> Vec<Group> {
    let days = results.legend.recent_days;
    let group = |found: CountResult<'_>| {
        let recent = |day: &Date| results.row_on(*day).and_then(|row| found.recent(row));
        let (what, series) = match found.shown_as_share() {
            true => {
                let any =
                    |day: &Date| recent(day).map_or_else(|| "—".to_owned(), |recent| percent(&recent.any));
                let name = "share of histories with any".to_owned();
                ("any", vec![Named { name, values: dates.iter().map(any).collect() }])
            }
            false => {
                let told = |day: &Date| recent(day).map(|recent| recent.told(QUANTILES));
                let mut series = quantiles_of(results, dates, told);
                if results.completed() > 1 {
                    let mean =
                        |day: &Date| recent(day).map_or_else(|| "—".to_owned(), |recent| recent.mean());
                    series.push(Named { name: "mean".to_owned(), values: dates.iter().map(mean).collect() });
                }
                ("a month", series)
            }
        };
        Group { title: format!("{}, {what} in the {days} days before", found.count.label), series }
    };
    counted(results, is_in).map(group).collect()
}

fn counted(results: &Results, is_in: fn(Counted) -> bool) -> impl Iterator<Item = CountResult<'_>> {
    results.counts().filter(move |found| is_in(found.count.counted) && found.any().value > 0.0)
}

/// What counts come to over the whole run.
fn totals(results: &Results, is_in: fn(Counted) -> bool) -> Table {
    let row = |found: CountResult<'_>| {
        let total = found.total();
        let mean = total.mean_estimate();
        let label = found.count.label.clone();
        let mean = digits(mean.value, mean.error());
        [label, percent(&found.any())].into_iter().chain(quantiles(&total)).chain([mean]).collect()
    };
    let columns = ["In the whole run", "Any", "5 %", "25 %", "Median", "75 %", "95 %", "Mean"];
    Table {
        caption: "In the whole run".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: counted(results, is_in).map(row).collect(),
        between: Vec::new(),
    }
}

fn handed_over(results: &Results, dates: &[Date]) -> Vec<Group> {
    let series = |found: SiteResult<'_>| Named {
        name: found.site.label.clone(),
        values: dates.iter().map(|day| percent(&found.closed.by(*day))).collect(),
    };
    let group = |theatre: &Theatre| Group {
        title: format!("{}: share of histories in which a base is handed over", theatre.label),
        series: moving_sites(results).filter(|found| found.site.theatre == theatre.id).map(series).collect(),
    };
    results.legend.theatres.iter().map(group).filter(|group| !group.series.is_empty()).collect()
}

fn handover_dates(results: &Results) -> Table {
    let row = |found: SiteResult<'_>| {
        let on = |p: f64| match found.closed.date(p) {
            Some(DateQuantile::On(day)) => date(day),
            _ => "after the end".to_owned(),
        };
        vec![found.site.label.clone(), on(0.05), on(0.5), on(0.95), percent(&found.closed.by_end())]
    };
    let columns = ["Base", "In 5 % of histories by", "In half by", "In 95 % by", "By the end"];
    Table {
        caption: "When each base is handed over".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: moving_sites(results).map(row).collect(),
        between: Vec::new(),
    }
}

fn moving_sites(results: &Results) -> impl Iterator<Item = SiteResult<'_>> {
    results.sites().filter(|found| found.closed.by_end().value > 0.0)
}

fn table(title: &str, group: &Group, dates: &[Date]) -> Table {
    let names = group.series.iter().map(|one| one.name.clone());
    let row = |(at, day): (usize, &Date)| {
        std::iter::once(date(*day)).chain(group.series.iter().map(|one| one.values[at].clone())).collect()
    };
    Table {
        caption: if group.title.is_empty() { title.to_owned() } else { format!("{title}: {}", group.title) },
        columns: std::iter::once("Date".to_owned()).chain(names).collect(),
        rows: dates.iter().enumerate().map(row).collect(),
        between: between(dates),
    }
}

/// Dates that are neither the first of all nor the last of their month.
fn between(dates: &[Date]) -> Vec<usize> {
    let month = |at: usize| dates.get(at).map(|day| (day.year(), day.month()));
    (1..dates.len()).filter(|at| month(at + 1) == month(*at)).collect()
}

fn place(results: &Results, panel: &Panel, dates: &[Date]) -> Place {
    let calendar = &results.legend.calendar;
    let days = days_between(calendar.start(), calendar.end()).max(1) as f64;
    let share = |(at, day): (usize, &Date)| match panel.cells.len() {
        0 => days_between(calendar.start(), *day) as f64 / days,
        cells => (at as f64 + 0.5) / cells as f64,
    };
    let tenth = |pixels: f64| (pixels * 10.0).round() / 10.0;
    let x = |part| tenth(panel.left + (panel.right - panel.left) * share(part));
    Place {
        left: tenth(panel.left),
        right: tenth(panel.right),
        top: tenth(panel.top),
        bottom: tenth(panel.bottom),
        at: dates.iter().enumerate().map(x).collect(),
    }
}

/// JSON that can stand in a page: nothing in it ends a script or begins a comment.
fn json(readings: &Readings) -> Value {
    let text = serde_json::to_string(readings).unwrap_or_default();
    let text = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    Value::from_safe_string(text)
}
