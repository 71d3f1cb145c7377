//! What drives the result: rank correlations of what came out with what was drawn, history by history. What may be
//! noise is not shown.

use std::io::Read;

use rayon::prelude::*;
use serde::Serialize;

use crate::calendar::{Date, days_between};
use crate::export::words::{percent, signed, two_places};
use crate::results::format::count;
use crate::results::{Legend, Results};
use crate::study::influence::{FEWEST, chance, correlations, critical, varies};
use crate::study::sensitivity::ranks::ranks;

/// The third section.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Drivers {
    /// How to read the table, or why there is none.
    pub words: Vec<String>,
    pub results: Vec<Driven>,
}

/// A result and what it depends on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Driven {
    pub label: String,
    /// The strongest first.
    pub strongest: Vec<Driver>,
    /// How many others can be told from noise; empty if none.
    pub more: String,
    /// The bound of chance.
    pub chance: String,
}

/// An assumption that can be told from noise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Driver {
    pub path: String,
    pub correlation: String,
    /// What more of it means.
    pub meaning: String,
}

/// Assumptions told of for each result.
const TOLD: usize = 4;
/// A column of what came out.
struct Output {
    label: String,
    /// What a higher value means.
    higher: &'static str,
    lower: &'static str,
    column: String,
    values: Vec<f64>,
}

/// What was drawn and what came out, a value a history.
struct Histories {
    inputs: Vec<(String, Vec<f64>)>,
    outputs: Vec<Output>,
}

/// What each milestone's date and each indicator's end depend on.
pub fn drivers(results: &Results, replicates: Option<impl Read>) -> Drivers {
    let told = |words: &str| Drivers { words: vec![words.to_owned()], results: Vec::new() };
    let Some(table) = replicates else {
        return told(
            "This is told from replicates.csv, which is not among these results: run again with --format csv, then \
             make the report again.",
        );
    };
    let histories = match read(results, table) {
        Ok(histories) => histories,
        Err(why) => return told(&format!("This is told from replicates.csv, which cannot be used: {why}.")),
    };
    let n = histories.outputs.first().map_or(0, |output| output.values.len());
    if histories.inputs.is_empty() || histories.outputs.is_empty() {
        return told(
            "No assumption is a range, or nothing was asked: there is nothing that one could depend on.",
        );
    }
    if n < FEWEST {
        return told(&format!(
            "{} histories are too few to tell it; {FEWEST} are the least.",
            count(n as u64)
        ));
    }
    told_apart(&histories, n)
}

fn told_apart(histories: &Histories, n: usize) -> Drivers {
    let critical = critical(n, histories.inputs.len());
    let inputs: Vec<Vec<f64>> = histories.inputs.iter().map(|(_, values)| values.clone()).collect();
    let ranked: Vec<Vec<f64>> = inputs.par_iter().map(|values| ranks(values)).collect();
    let varying = histories.outputs.par_iter().filter(|output| varies(&output.values));
    let driven: Vec<Driven> =
        varying.map(|output| driven(histories, (&ranked, &inputs), output, critical)).collect();
    let mut words: Vec<String> = leading(&driven).into_iter().collect();
    let fixed: Vec<&str> =
        histories.outputs.iter().filter(|o| !varies(&o.values)).map(|o| o.label.as_str()).collect();
    words.push(format!(
        "A rank correlation goes from −1 to 1; near 0 an assumption does not matter for a result by itself. Told from \
         {} histories with {} drawn {}, anything between −{} and {} may be noise and is left out. One that is \
         correlated with another shows what the other does.",
        count(n as u64),
        histories.inputs.len(),
        if histories.inputs.len() == 1 { "assumption" } else { "assumptions" },
        two_places(critical),
        two_places(critical),
    ));
    words.push(
        "What the assumptions together do not explain is chance, or assumptions that act only together or in both \
         directions: so chance is at most that. The command “drawdown sensitivity” tells chance apart."
            .to_owned(),
    );
    if !fixed.is_empty() {
        words.push(format!("The same in every history, so that nothing matters: {}.", fixed.join(", ")));
    }
    Drivers { words, results: driven }
}

/// The assumptions that are the strongest of all for most results.
fn leading(driven: &[Driven]) -> Option<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for first in driven.iter().filter_map(|result| result.strongest.first()) {
        match counts.iter_mut().find(|(path, _)| *path == first.path) {
            Some((_, times)) => *times += 1,
            None => counts.push((&first.path, 1)),
        }
    }
    // A stable sort: equals stay in the order of the results.
    counts.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let told = counts.iter().take(TOLD).map(|(path, times)| format!("{path} ({times})"));
    let told = told.collect::<Vec<_>>().join(", ");
    let of = driven.len();
    (!told.is_empty()).then(|| format!("Most often the strongest, in how many of {of} results: {told}."))
}

/// `ranked` are the inputs' ranks, `inputs` their values.
fn driven(
    histories: &Histories,
    (ranked, inputs): (&[Vec<f64>], &[Vec<f64>]),
    output: &Output,
    critical: f64,
) -> Driven {
    let paths = histories.inputs.iter().map(|(path, _)| path.as_str());
    let mut found: Vec<(&str, f64)> = paths.zip(correlations(ranked, &output.values)).collect();
    found.retain(|(_, correlation)| correlation.abs() > critical);
    found.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    let driver = |(path, correlation): &(&str, f64)| Driver {
        path: (*path).to_owned(),
        correlation: signed(*correlation),
        meaning: format!("more of it, {}", if *correlation > 0.0 { output.higher } else { output.lower }),
    };
    let more = found.len().saturating_sub(TOLD);
    Driven {
        label: output.label.clone(),
        strongest: found.iter().take(TOLD).map(driver).collect(),
        more: if more > 0 { format!("and {more} more") } else { String::new() },
        chance: match chance(inputs, &output.values) {
            Some(chance) => format!("{} %", percent(chance)),
            None => "not told: too few histories".to_owned(),
        },
    }
}

/// Reads what was drawn and what came out; the table must be that of these results.
fn read(results: &Results, table: impl Read) -> Result<Histories, String> {
    let legend = &results.legend;
    let mut table = csv::Reader::from_reader(table);
    let header = table.headers().map_err(|_| "it is not a table")?.clone();
    let place = |name: &str| header.iter().position(|column| column == name);
    let mut inputs: Vec<(String, Vec<f64>)> = Vec::new();
    let mut outputs = outputs(legend);
    outputs.retain(|output| place(&output.column).is_some());
    let drawn = legend.quantities.iter().filter(|quantity| quantity.drawn.is_some());
    for quantity in drawn {
        place(&quantity.path).ok_or_else(|| format!("it has no column {}", quantity.path))?;
        inputs.push((quantity.path.clone(), Vec::new()));
    }
    let input_places: Vec<usize> = inputs.iter().filter_map(|(path, _)| place(path)).collect();
    let output_places: Vec<usize> = outputs.iter().filter_map(|output| place(&output.column)).collect();
    let (mut row, mut rows) = (csv::StringRecord::new(), 0);
    while table.read_record(&mut row).map_err(|_| "it is damaged")? {
        rows += 1;
        for ((_, values), place) in inputs.iter_mut().zip(&input_places) {
            values.push(cell(legend, row.get(*place), false)?);
        }
        for (output, place) in outputs.iter_mut().zip(&output_places) {
            output.values.push(cell(legend, row.get(*place), output.column.starts_with("date."))?);
        }
    }
    if rows != results.completed() {
        return Err(format!(
            "it has {} histories, the results have {}",
            count(rows),
            count(results.completed())
        ));
    }
    Ok(Histories { inputs, outputs })
}

fn outputs(legend: &Legend) -> Vec<Output> {
    let milestones = legend.milestones.iter().map(|milestone| Output {
        label: format!("When: {}", milestone.label),
        higher: "later or never",
        lower: "sooner",
        column: format!("date.{}", milestone.id),
        values: Vec::new(),
    });
    let indicators = legend.indicators.iter().map(|indicator| Output {
        label: format!("{} on {}", indicator.label, legend.calendar.end()),
        higher: "higher",
        lower: "lower",
        column: format!("end.{}", indicator.id),
        values: Vec::new(),
    });
    milestones.chain(indicators).collect()
}

/// A number, or a date as days from the start; one that never came lies after the end.
fn cell(legend: &Legend, text: Option<&str>, is_date: bool) -> Result<f64, String> {
    let text = text.unwrap_or_default();
    let start = legend.calendar.start();
    let days = match is_date {
        true if text.is_empty() => Some(days_between(start, legend.calendar.end()) + 1),
        true => text.parse::<Date>().ok().map(|date| days_between(start, date)),
        false => None,
    };
    let number = if is_date { days.map(|days| days as f64) } else { text.parse().ok() };
    number.filter(|number| number.is_finite()).ok_or_else(|| format!("`{text}` stands where a number should"))
}
