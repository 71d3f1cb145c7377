//! What differs between scenarios, as a table for a memo and in words.

use std::path::Path;

use super::table::table;
use super::{push_section, push_wrapped};
use crate::results::Estimate;
use crate::results::format::{count, digits, percent};
use crate::study::Compared;
use crate::study::comparison::{Better, Difference, Pairing, Question, Regret};
use crate::study::target::TargetKind;

/// Numbers named in a sentence, and things not compared.
const TOLD: usize = 4;
/// What is told of indicators in the table.
const WORST: &str = ", worst";

const READING: &str = "means over all worlds; `worst` is an indicator's worst value in each history; worlds that are \
                       neither here nor there are ties; in days, a history that never gets there counts with the \
                       last day";

/// One thing in two scenarios: a line of the table.
struct Line<'a> {
    label: String,
    question: &'a Question,
    difference: Difference,
    /// Of a milestone: when it comes.
    date: Option<Difference>,
}

/// A table a scenario against the base, with what is clear and what is not in words; then which is the best of the
/// set. No number shows a digit beyond its Monte Carlo error.
pub fn compare(compared: &Compared, folder: Option<&Path>) -> String {
    let mut text = String::new();
    push_wrapped(&mut text, "", &what_was_compared(compared));
    push_section(&mut text, "Scenarios", &scenarios(compared));
    push_section(&mut text, "Failed", &failed(compared));
    push_section(&mut text, "Left out", left_out(compared).as_slice());
    push_section(&mut text, "Reading", &[READING.to_owned()]);
    for other in compared.others() {
        let (name, base) = (&compared.alternatives[other].name, &compared.base().name);
        let lines = lines(compared, other);
        text.push_str(&format!("\n**{name}** against **{base}**\n\n"));
        text.push_str(&differences(&lines, base, name));
        text.push('\n');
        push_section(&mut text, "Clear", &clear(&lines, name));
        push_section(&mut text, "Unclear", unclear(&lines).as_slice());
        push_section(&mut text, "Equal", unchanged(&lines).as_slice());
        push_section(&mut text, "Pairing", pairing(compared, other).as_slice());
    }
    text.push_str(&ranking(compared));
    if let Some(folder) = folder {
        let more = "every end, peak and date in compare.csv, every reported date in differences.csv";
        text.push('\n');
        push_section(&mut text, "Files", &[format!("{}; {more}", folder.display())]);
    }
    text
}

fn what_was_compared(compared: &Compared) -> String {
    let calendar = &compared.base().legend.calendar;
    let worlds = match compared.replicates() {
        1 => "1 world".to_owned(),
        n => format!("{} worlds", count(n)),
    };
    format!(
        "{worlds}, each under {} scenarios, {} to {}, seed {}: in a world all meet the same chance, so what differs is \
         the scenarios, not luck",
        compared.alternatives.len(),
        calendar.start(),
        calendar.end(),
        compared.seed
    )
}

fn scenarios(compared: &Compared) -> Vec<String> {
    let each = compared.alternatives.iter().enumerate().map(|(number, alternative)| {
        let base = if number == 0 { ", the base" } else { "" };
        format!("{}{base}: {}", alternative.name, alternative.legend.title)
    });
    each.collect()
}

/// How many worlds the rest leaves out, and what stopped each scenario first.
fn failed(compared: &Compared) -> Vec<String> {
    if compared.failed() == 0 {
        return Vec::new();
    }
    let (failed, all) = (count(compared.failed()), count(compared.replicates()));
    let whole = format!("in {failed} of {all} worlds a scenario stopped on the way: they count for none");
    let each = compared.alternatives.iter().filter_map(|alternative| {
        let first = alternative.failures.first()?;
        let (name, histories) = (&alternative.name, count(alternative.failed));
        Some(format!("{name}: {histories} histories, the first for {}: {}", first.signal, first.reason))
    });
    std::iter::once(whole).chain(each).collect()
}

fn left_out(compared: &Compared) -> Option<String> {
    let each = compared.left_out.iter().map(|one| format!("{} ({})", one.what, one.why));
    let all: Vec<String> = each.collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Troops at the end, milestones by their dates, indicators at their worst; nothing that is fixed and the same.
fn lines(compared: &Compared, other: usize) -> Vec<Line<'_>> {
    let line = |(number, question)| {
        let difference = compared.difference_in(other, number)?;
        let label = shown_as(compared, other, question)?;
        let date = compared.difference(other, &format!("date.{}", question.about));
        Some(Line { label, question, difference, date })
    };
    let found = compared.questions().iter().enumerate().filter_map(line);
    found
        .filter(|line| line.difference.pairing != Pairing::NothingVaries || line.difference.is_resolved())
        .collect()
}

/// What the table calls a question, if it has a line there: of milestones that by its own date where there is one.
fn shown_as(compared: &Compared, other: usize, question: &Question) -> Option<String> {
    let legend = &compared.base().legend;
    let name = question.target.name();
    match question.target.kind() {
        TargetKind::Number if name.starts_with("peak.") => {
            let indicator = legend.indicators.iter().find(|indicator| indicator.id == question.about)?;
            Some(format!("{}{WORST}", indicator.label))
        }
        TargetKind::Number => question.better.is_none().then(|| question.label.clone()),
        TargetKind::Flag if name.starts_with("by.") => Some(question.label.clone()),
        TargetKind::Flag if question.better.is_none() => {
            let by_its_date = compared.difference(other, &format!("by.{name}"));
            by_its_date.is_none().then(|| question.label.clone())
        }
        TargetKind::Flag | TargetKind::Days => None,
    }
}

fn differences(lines: &[Line<'_>], base: &str, name: &str) -> String {
    let header = ["", base, name, "difference (95 % interval)", "in the same world"].map(str::to_owned);
    let row = |line: &Line<'_>| {
        let is_flag = line.question.target.kind() == TargetKind::Flag;
        let own = |estimate: &Estimate| {
            if is_flag { percent(estimate) } else { digits(estimate.value, estimate.error()) }
        };
        let Difference { base, value, .. } = &line.difference;
        vec![line.label.clone(), own(base), own(value), by_how_much(line), world_by_world(line)]
    };
    let rows: Vec<Vec<String>> = lines.iter().filter(|line| !line.difference.is_nothing()).map(row).collect();
    if rows.is_empty() {
        return "Every number is the same in every world.\n".to_owned();
    }
    table(&header, &[false, true, true, false, false], &rows)
}

/// `+1,270 (1,250 to 1,290)`, `−6.2 points (−6.5 to −5.9)`, `not resolved: −0.3 to 0.1`.
fn by_how_much(line: &Line<'_>) -> String {
    let difference = &line.difference.difference;
    let (factor, unit) = match line.question.target.kind() {
        TargetKind::Flag => (100.0, " points"),
        TargetKind::Number | TargetKind::Days => (1.0, ""),
    };
    let error = difference.error().map(|error| factor * error);
    let told = |x: f64| digits(factor * x, error);
    match difference.interval {
        Some(interval) if !line.difference.is_resolved() => {
            format!("not resolved: {} to {}{unit}", told(interval.low), told(interval.high))
        }
        Some(interval) if interval.low < interval.high => {
            let (low, high) = (told(interval.low), told(interval.high));
            format!("{}{unit} ({low} to {high})", signed(difference.value, &told(difference.value)))
        }
        _ => format!("{}{unit}", signed(difference.value, &told(difference.value))),
    }
}

fn signed(value: f64, told: &str) -> String {
    if value > 0.0 { format!("+{told}") } else { told.to_owned() }
}

/// `better in 31 %, worse in 60 %`; of a milestone, when it comes.
fn world_by_world(line: &Line<'_>) -> String {
    let (difference, sides) = match &line.date {
        Some(date) => (date, ["later", "earlier"]),
        None => (&line.difference, line.question.sides()),
    };
    if difference.is_nothing() {
        return "equal in all".to_owned();
    }
    let (above, below) = (&difference.sides.above, &difference.sides.below);
    let [mut first, mut second] = [(sides[0], above), (sides[1], below)];
    if first.0 == "worse" || first.0 == "later" {
        std::mem::swap(&mut first, &mut second);
    }
    let often = format!("{} in {}, {} in {}", first.0, percent(first.1), second.0, percent(second.1));
    match &line.date {
        Some(date) if date.is_resolved() => {
            let days = date.difference;
            let side = if days.value > 0.0 { "later" } else { "earlier" };
            format!("{often}; mean {} days {side}", digits(days.value.abs(), days.error()))
        }
        _ => often,
    }
}

/// What is beyond three standard errors, that with the greatest effect first.
fn clear(lines: &[Line<'_>], name: &str) -> Vec<String> {
    let of = |wanted: fn(&Line<'_>) -> bool| {
        let mut found: Vec<&Line<'_>> =
            lines.iter().filter(|line| line.difference.is_clear() && wanted(line)).collect();
        found.sort_by(|a, b| effect(b).total_cmp(&effect(a)));
        found
    };
    let is_better = |line: &Line<'_>| {
        line.question
            .better
            .is_some_and(|better| (better == Better::Higher) == (line.difference.difference.value > 0.0))
    };
    let with_side = |line: &&Line<'_>| {
        let is_more = line.difference.difference.value > 0.0;
        let side = match (line.question.target.kind(), is_more) {
            (TargetKind::Flag, true) => "more likely",
            (TargetKind::Flag, false) => "less likely",
            (_, true) => "more",
            (_, false) => "fewer",
        };
        format!("{} ({side})", line.label)
    };
    let better = of(|line| line.question.better.is_some());
    let (better, worse): (Vec<_>, Vec<_>) = better.into_iter().partition(|line| is_better(line));
    let other = of(|line| line.question.better.is_none());
    let labels =
        |lines: &[&Line<'_>]| first_few(&lines.iter().map(|line| line.label.clone()).collect::<Vec<_>>());
    let mut sentences = Vec::new();
    if !better.is_empty() {
        sentences.push(format!("better in {name}, at the worst: {}", labels(&better)));
    }
    if !worse.is_empty() {
        sentences.push(format!("worse in {name}, at the worst: {}", labels(&worse)));
    }
    if !other.is_empty() {
        sentences.push(format!(
            "different in {name}: {}",
            first_few(&other.iter().map(with_side).collect::<Vec<_>>())
        ));
    }
    if sentences.is_empty() {
        sentences.push("nothing differs by more than three standard errors".to_owned());
    }
    sentences
}

/// The difference in standard deviations of what is compared: without a unit, so that things can be ranked.
fn effect(line: &Line<'_>) -> f64 {
    let Difference { base, value, difference, .. } = &line.difference;
    let square = |estimate: &Estimate| estimate.error().map_or(0.0, |error| error * error);
    let spread = (square(base) + square(value)).sqrt();
    if spread > 0.0 { difference.value.abs() / spread } else { f64::INFINITY }
}

fn unclear(lines: &[Line<'_>]) -> Option<String> {
    let open = lines.iter().filter(|line| !line.difference.is_resolved() && !line.difference.is_nothing());
    let labels: Vec<String> = open.map(|line| line.label.clone()).collect();
    (!labels.is_empty()).then(|| {
        format!("not resolved, the interval covers 0: {}; more worlds (-n) would tell", first_few(&labels))
    })
}

fn unchanged(lines: &[Line<'_>]) -> Option<String> {
    let same: Vec<String> =
        lines.iter().filter(|line| line.difference.is_nothing()).map(|line| line.label.clone()).collect();
    (!same.is_empty()).then(|| format!("in both scenarios in every world: {}", first_few(&same)))
}

/// `a; b; c and 4 more`.
fn first_few(labels: &[String]) -> String {
    let shown = labels.iter().take(TOLD).map(|label| label.strip_suffix(WORST).unwrap_or(label));
    let shown = shown.collect::<Vec<_>>().join("; ");
    match labels.len().saturating_sub(TOLD) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// What the same chance on both sides was worth, over all numbers of `compare.csv`.
fn pairing(compared: &Compared, other: usize) -> Option<String> {
    let all = (0..compared.questions().len()).filter_map(|number| compared.difference_in(other, number));
    let mut cuts: Vec<f64> = all.filter_map(|difference| difference.pairing.cut()).collect();
    cuts.sort_by(f64::total_cmp);
    let (least, most) = (cuts.first()?, cuts.last()?);
    let median = cuts[cuts.len() / 2];
    let factor = |x: f64| digits(x, Some(if x < 10.0 { 0.1 } else { 1.0 }));
    let needed =
        digits(median * compared.completed() as f64, Some(median * compared.completed() as f64 / 20.0));
    Some(format!(
        "the same chance on both sides cuts the variance of a difference by {} in the median ({} to {}): without it, \
         {needed} histories of each scenario would be as precise as these {}",
        factor(median),
        factor(*least),
        factor(*most),
        count(compared.completed())
    ))
}

/// In how many worlds each scenario is the best of the set, and how far from the best it is on average.
fn ranking(compared: &Compared) -> String {
    let legend = &compared.base().legend;
    let scenarios = 0..compared.alternatives.len();
    let cell = |regret: &Regret| {
        let behind = digits(regret.mean.value, regret.mean.error());
        format!("{} ({behind})", percent(&regret.best))
    };
    let rows = compared.questions().iter().enumerate().filter_map(|(number, question)| {
        question.target.name().strip_prefix("peak.")?;
        let regrets: Option<Vec<Regret>> =
            scenarios.clone().map(|one| compared.regret(one, number)).collect();
        let regrets = regrets?;
        let indicator = legend.indicators.iter().find(|indicator| indicator.id == question.about)?;
        let differs = regrets.iter().any(|regret| regret.best.value < 1.0);
        let cells = regrets.iter().map(cell);
        differs.then(|| std::iter::once(format!("{}{WORST}", indicator.label)).chain(cells).collect())
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return String::new();
    }
    let names = compared.alternatives.iter().map(|alternative| alternative.name.clone());
    let header: Vec<String> = std::iter::once(String::new()).chain(names).collect();
    let right: Vec<bool> = (0..header.len()).map(|column| column > 0).collect();
    let how = "in so many worlds no other scenario is better; in brackets, how far from the best on average";
    format!("\n**Best of the set**: {how}\n\n{}", table(&header, &right, &rows))
}
