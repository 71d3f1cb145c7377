//! The assumption ledger with how much each assumption matters: to read, for a memo, and as CSV.

use std::io::{self, Write};

use super::{source_of, words};
use crate::export::csv::cells::{statistic, text as cell};
use crate::export::words::{percent, push_wrapped, signed, table, two_places};
use crate::results::Legend;
use crate::results::format::count;
use crate::results::legend::Quantity;
use crate::study::Influence;
use crate::study::influence::FEWEST;

/// Indicators told of one assumption; the tables have them all.
const TOLD: usize = 3;
/// Characters of a cell in the table to read; the others have all.
const WIDEST: [usize; 5] = [36, 44, 34, 10, 60];
const HEADER: [&str; 5] = ["Quantity", "Value", "Rests on", "Confidence", "Matters for (rank correlation)"];

/// A quantity and the indicators that it can be told to matter for, the strongest first.
struct Line<'a> {
    quantity: &'a Quantity,
    /// Places among the indicators, and rank correlations with their ends.
    matters: Vec<(usize, f64)>,
}

/// Every quantity: those without a source first, then those that matter most, then in the scenario's order.
fn lines(influence: &Influence) -> Vec<Line<'_>> {
    let correlation = |drawn: usize, indicator: usize| {
        let known = influence.indicators[indicator].correlations.as_ref()?;
        Some((indicator, known[drawn])).filter(|(_, one)| one.abs() > influence.critical)
    };
    let of = |quantity: &'_ Quantity| {
        let drawn = quantity.drawn.into_iter();
        let found = drawn.flat_map(|drawn| {
            (0..influence.indicators.len()).filter_map(move |indicator| correlation(drawn, indicator))
        });
        let mut matters: Vec<(usize, f64)> = found.collect();
        matters.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        matters
    };
    let each = influence.legend.quantities.iter();
    let mut lines: Vec<Line<'_>> = each.map(|quantity| Line { matters: of(quantity), quantity }).collect();
    let strongest = |line: &Line<'_>| line.matters.first().map_or(0.0, |(_, one)| one.abs());
    // A stable sort: equals stay in the scenario's order.
    lines.sort_by(|a, b| {
        let sourced = a.quantity.source.is_some().cmp(&b.quantity.source.is_some());
        sourced.then(strongest(b).total_cmp(&strongest(a)))
    });
    lines
}

/// A table to read in a terminal: long cells are cut.
pub fn text(influence: &Influence) -> String {
    let mut out = heading(influence);
    let mut rows = vec![HEADER.map(str::to_owned)];
    let lines = lines(influence);
    rows.extend(lines.iter().map(|line| cells(line, influence)));
    let cut: Vec<[String; 5]> =
        rows.iter().map(|row| std::array::from_fn(|k| shortened(&row[k], WIDEST[k]))).collect();
    let width = |k: usize| cut.iter().map(|row| row[k].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    out.push('\n');
    for (place, row) in cut.iter().enumerate() {
        let padded = row.iter().zip(widths).map(|(text, width)| format!("{text:width$}"));
        out += padded.collect::<Vec<_>>().join("  ").trim_end();
        out.push('\n');
        let Some(line) = place.checked_sub(1).map(|place| &lines[place]) else { continue };
        for (what, remark) in [("counts", &line.quantity.basis), ("note", &line.quantity.note)] {
            if let Some(remark) = remark {
                out += &format!("    {what}: {remark}\n");
            }
        }
    }
    out.push('\n');
    push_wrapped(&mut out, "", &chances(influence));
    out
}

/// A table in Markdown, with every word.
pub fn markdown(influence: &Influence) -> String {
    let header = HEADER.iter().chain(&["Counts", "Note"]).map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let row = |line: &Line<'_>| {
        let more = [&line.quantity.basis, &line.quantity.note].map(|text| text.clone().unwrap_or_default());
        cells(line, influence).iter().chain(&more).map(|text| one_line(text)).collect()
    };
    let rows: Vec<Vec<String>> = lines(influence).iter().map(row).collect();
    let table = table(&header, &[false; 7], &rows);
    format!("# {}\n\n{table}\n{}\n", told(influence).join("\n\n"), chances(influence))
}

/// A row a quantity, with a column an indicator: its rank correlation with the indicator at the end, empty where that
/// may be noise.
///
/// # Errors
/// Writing fails.
pub fn csv(influence: &Influence, out: impl Write) -> io::Result<()> {
    let legend = &influence.legend;
    let mut table = ::csv::Writer::from_writer(out);
    let fixed = ["path", "value", "source", "source_title", "confidence", "basis", "note", "varies"];
    let correlations = legend.indicators.iter().map(|indicator| format!("rank.{}", indicator.id));
    table.write_record(fixed.map(str::to_owned).into_iter().chain(correlations))?;
    for line in lines(influence) {
        let quantity = line.quantity;
        let title = quantity.source.as_deref().and_then(|source| source_of(legend, source));
        let words = [
            &quantity.source,
            &title.map(|source| source.title.clone()),
            &quantity.confidence,
            &quantity.basis,
            &quantity.note,
        ]
        .map(|words| words.as_deref().map_or_else(String::new, cell));
        let varies = if quantity.drawn.is_some() { "yes" } else { "no" };
        let matters = (0..legend.indicators.len()).map(|indicator| {
            let found = line.matters.iter().find(|(place, _)| *place == indicator);
            found.map_or_else(String::new, |(_, one)| statistic(*one))
        });
        let first = [cell(&quantity.path), cell(&quantity.text)].into_iter();
        table.write_record(first.chain(words).chain([varies.to_owned()]).chain(matters))?;
    }
    table.flush()
}

/// What stands under [`HEADER`].
fn cells(line: &Line<'_>, influence: &Influence) -> [String; 5] {
    let Quantity { path, text, source, confidence, .. } = line.quantity;
    let told = line
        .matters
        .iter()
        .take(TOLD)
        .map(|(place, one)| format!("{} {}", signed(*one), influence.legend.indicators[*place].id));
    let mut matters = told.collect::<Vec<_>>().join(", ");
    if line.matters.len() > TOLD {
        matters += &format!(" and {} more", line.matters.len() - TOLD);
    }
    let source = source.clone().unwrap_or_else(|| "NO SOURCE".to_owned());
    [path.clone(), text.clone(), source, confidence.clone().unwrap_or_default(), matters]
}

fn shortened(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().count() > most {
        true => text.chars().take(most - 1).collect::<String>() + "…",
        false => text,
    }
}

fn heading(influence: &Influence) -> String {
    let mut out = String::new();
    told(influence).iter().for_each(|line| push_wrapped(&mut out, "", line));
    out
}

/// The scenario's name, what its numbers rest on, and how to read the correlations.
fn told(influence: &Influence) -> [String; 3] {
    let Legend { title, quantities, calendar, .. } = &influence.legend;
    let drawn = quantities.iter().filter(|quantity| quantity.drawn.is_some()).count();
    let unsourced = quantities.iter().filter(|quantity| quantity.source.is_none()).count();
    let n = count(influence.histories as u64);
    let how = match influence.critical.is_finite() {
        true => format!(
            "What matters is told from {n} histories, seed {}, with {drawn} drawn quantities: the rank correlation \
             of each with each indicator on {}, from −1 to 1. Anything between −{critical} and {critical} may be \
             noise and is left out. One that is correlated with another shows what the other does.",
            influence.seed,
            calendar.end(),
            critical = two_places(influence.critical),
        ),
        false => format!(
            "What matters is not told: {n} histories, of which {FEWEST} are the least, with {drawn} drawn quantities."
        ),
    };
    [title.clone(), words(&influence.legend, unsourced), how]
}

/// How much no assumption explains.
fn chances(influence: &Influence) -> String {
    let each = influence.legend.indicators.iter().zip(&influence.indicators);
    let told =
        each.filter_map(|(indicator, one)| Some(format!("{} {} %", indicator.id, percent(one.chance?))));
    let told: Vec<String> = told.collect();
    let fixed = influence.legend.indicators.iter().zip(&influence.indicators);
    let fixed =
        fixed.filter(|(_, one)| one.correlations.is_none()).map(|(indicator, _)| indicator.id.as_str());
    let fixed: Vec<&str> = fixed.collect();
    let mut text = match told.is_empty() {
        true => "No indicator varies, or too few histories were run to tell chance.".to_owned(),
        false => format!(
            "Chance is at most, of the variance of ranks: {}. It is what the assumptions together do not explain; \
             “drawdown sensitivity” tells it apart.",
            told.join(", ")
        ),
    };
    if !fixed.is_empty() && !told.is_empty() {
        text += &format!(" The same in every history: {}.", fixed.join(", "));
    }
    text
}
