//! The answer in words that anyone can read: ten lines, or a paragraph.

mod paragraph;

mod compare;
mod correlations;
mod hindcast;
mod sensitivity;
mod sweep;
mod table;

use std::path::Path;

pub use paragraph::paragraph;

use crate::calendar::Date;
use crate::results::format::{count, range, share};
use crate::results::legend::{Kind, Theatre};
use crate::results::{Estimate, IndicatorResult, Level, PhaseResult, Point, Results};
use crate::run::Shard;

pub use compare::compare;
pub(in crate::export) use correlations::{percent, signed, two_places};
pub use hindcast::{hindcast, hindcasts};
pub use sensitivity::sensitivity;
pub use sweep::{names, sweep};
pub(in crate::export) use table::table;

/// No line is longer.
const COLUMNS: usize = 100;
/// Words begin here; before them stands what they are about.
const INDENT: usize = 10;
/// Phases and milestones told; the tables have them all.
const DATED_TOLD: usize = 2;
/// Indicators told.
const RISKS_TOLD: usize = 2;

/// What was simulated, how many troops remain, what happens in time, which risks turn red, and where
/// the files are. No number shows a digit beyond its Monte Carlo error.
pub fn summary(results: &Results, folder: Option<&Path>) -> String {
    let legend = &results.legend;
    let mut text = String::new();
    push_wrapped(&mut text, "", &legend.title);
    push_wrapped(&mut text, "", &what_was_run(results));
    push_section(&mut text, "Failed", failed(results).as_slice());
    if results.completed() == 0 {
        return text;
    }
    let (dated, risks) = (in_time(results), risks(results));
    push_section(&mut text, "Troops", &troops(results));
    push_section(&mut text, "In time", &dated[..dated.len().min(DATED_TOLD)]);
    push_section(&mut text, "Risks", &risks[..risks.len().min(RISKS_TOLD)]);
    push_section(&mut text, "", several(results).as_slice());
    let untold = (dated.len().saturating_sub(DATED_TOLD), risks.len().saturating_sub(RISKS_TOLD));
    push_section(&mut text, "Files", folder.map(|folder| files(folder, untold)).as_slice());
    text
}

/// What a part of a run leaves to be done.
pub fn shard(results: &Results, shard: Shard, folder: &Path) -> String {
    let histories = count(results.replicates());
    let text = format!(
        "Shard {shard}: {histories} histories in {}; when all are there, `drawdown merge DIR…` puts them together",
        folder.display()
    );
    let mut wrapped = String::new();
    push_wrapped(&mut wrapped, "", &text);
    wrapped
}

fn what_was_run(results: &Results) -> String {
    let calendar = &results.legend.calendar;
    let histories = match results.replicates() {
        1 => "1 simulated history".to_owned(),
        n => format!("{} simulated histories", count(n)),
    };
    let ranges = if results.completed() > 1 { "; medians, and where 9 in 10 lie" } else { "" };
    format!("{histories}, {} to {}, seed {}{ranges}", calendar.start(), calendar.end(), results.seed)
}

/// One line a theatre: the median and the range of 9 in 10 histories, at the last announced date and the
/// end. Where nobody moves in the median there is nothing to tell, unless that holds everywhere.
fn troops(results: &Results) -> Vec<String> {
    let dates = dates_to_tell(results);
    let line = |theatre: &Theatre| {
        let series = results.signal(&format!("{}.troops", theatre.id)).ok()?;
        if series.signal.kind == Kind::Flag {
            return None;
        }
        if series.is_steady() {
            let throughout = format!("{}: {} throughout", theatre.label, level(&series.points().next()?));
            return Some((true, throughout));
        }
        let start = series.points().next()?;
        let points: Vec<_> = dates.iter().filter_map(|&date| series.on_date(date).ok()).collect();
        let median = |point: &Point<'_>| range(&spread(point))[1].clone();
        let at_start = median(&start);
        let stays = points.iter().all(|point| median(point) == at_start);
        let levels = points.iter().map(|point| format!("{} on {}", level(point), point.date));
        let levels = levels.collect::<Vec<_>>().join(", ");
        Some((stays, format!("{}: from {at_start} to {levels}", theatre.label)))
    };
    let lines: Vec<(bool, String)> = results.legend.theatres.iter().filter_map(line).collect();
    let all_stay = lines.iter().all(|(stays, _)| *stays);
    lines.into_iter().filter(|(stays, _)| all_stay || !stays).map(|(_, line)| line).collect()
}

/// The last date that a milestone is asked for, and the end.
fn dates_to_tell(results: &Results) -> Vec<Date> {
    let calendar = &results.legend.calendar;
    let asked = results.legend.milestones.iter().filter_map(|milestone| milestone.by);
    let last = asked.filter(|&date| date >= calendar.start() && date < calendar.end()).max();
    last.into_iter().chain([calendar.end()]).collect()
}

fn spread(point: &Point<'_>) -> [Estimate; 3] {
    [0.05, 0.5, 0.95].map(|p| point.q_estimate(p))
}

/// `1,520 (900 to 2,210)`, or one number when all histories agree.
fn level(point: &Point<'_>) -> String {
    let ends = spread(point);
    let [low, median, high] = range(&ends);
    if ends[0].value == ends[2].value { median } else { format!("{median} ({low} to {high})") }
}

/// One line a dated phase or milestone; if nothing is dated, milestones by the end. What is due after
/// the end cannot be told.
fn in_time(results: &Results) -> Vec<String> {
    let (legend, end) = (&results.legend, results.legend.calendar.end());
    let phase = |result: PhaseResult<'_>| {
        let due = result.phase.end.filter(|due| *due <= end)?;
        Some(chances(&result.phase.label, "", due, &result.by_its_date(), end, &result.done.by_end()))
    };
    let mut lines: Vec<String> = results.phases().filter_map(phase).collect();
    let has_dates = !lines.is_empty() || legend.milestones.iter().any(|milestone| milestone.by.is_some());
    for result in results.milestones().filter(|result| result.milestone.by.is_some() || !has_dates) {
        let milestone = result.milestone;
        let given = milestone.given.map(|given| format!(" with “{}”", legend.milestones[given].label));
        let (due, by_end) = (milestone.by.unwrap_or(end), result.arrivals.by_end());
        lines.push(chances(
            &milestone.label,
            &given.unwrap_or_default(),
            due,
            &result.by_its_date(),
            end,
            &by_end,
        ));
    }
    lines
}

/// `Mission ends: in 25 % of histories by 2025-09-30, in 62 % by 2026-12-31`.
fn chances(label: &str, given: &str, due: Date, by_due: &Estimate, end: Date, by_end: &Estimate) -> String {
    if by_due.n == 0 {
        return format!("{label}: no histories{given} to tell from");
    }
    let in_time = format!("{label}: {} by {due}", how_often(by_due, given));
    match due == end || by_due.n == 1 {
        true => in_time,
        false => format!("{in_time}, in {} by {end}", share(by_end)),
    }
}

/// One line an indicator, that red in most histories first.
fn risks(results: &Results) -> Vec<String> {
    let last = results.legend.report.len() - 1;
    let risk = |result: IndicatorResult<'_>| {
        let (now, ever) = (|row| result.now(Level::Red, row), result.ever(Level::Red, last));
        (ever.value, format!("{}: {}", result.indicator.label, red(results, now, &ever)))
    };
    let mut ranked: Vec<(f64, String)> = results.indicators().map(risk).collect();
    // A stable sort: equal risks stay in the scenario's order.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().map(|(_, line)| line).collect()
}

/// How often something is red at all, and when most.
fn red(results: &Results, now: impl Fn(usize) -> Estimate, ever: &Estimate) -> String {
    let worst = worst(results, &now);
    match ever.n {
        _ if ever.value == 0.0 => format!("red {}", how_often(ever, "")),
        1 => format!("red {}, as on {}", how_often(ever, ""), results.date(worst)),
        _ => {
            let most = format!("worst {} ({})", results.date(worst), share(&now(worst)));
            format!("red at some time in {}, {most}", share(ever))
        }
    }
}

/// How often two indicators are red at once, where there are two.
fn several(results: &Results) -> Option<String> {
    if results.indicators().count() < 2 {
        return None;
    }
    let worst = worst(results, &|row| results.two_red(row));
    let often = how_often(&results.two_red(worst), "");
    Some(format!("Two or more indicators at once: red {often} on {}, the worst day", results.date(worst)))
}

/// The reported row with the highest probability, the first of equals.
fn worst(results: &Results, probability: &impl Fn(usize) -> Estimate) -> usize {
    let rows = 1..results.legend.report.len();
    rows.fold(0, |best, row| if probability(row).value > probability(best).value { row } else { best })
}

/// A probability as a share of histories, those with a condition if one is given.
fn how_often(probability: &Estimate, given: &str) -> String {
    match probability.n {
        1 if probability.value > 0.0 => "in the one history".to_owned(),
        1 => "not in the one history".to_owned(),
        _ => format!("in {} of histories{given}", share(probability)),
    }
}

/// How many histories the rest leaves out, and why the first of them stopped.
fn failed(results: &Results) -> Option<String> {
    let first = results.failures().next()?;
    let of = format!("{} of {} histories", count(results.failed()), count(results.replicates()));
    let what = match first.expression.is_empty() {
        true => first.signal.clone(),
        false => format!("{}, in {}", first.signal, first.expression),
    };
    Some(format!("{of} could not be finished and are left out; the first for {what}: {}", first.reason))
}

/// Where the results are, and how many dates and risks they tell beyond the lines above.
fn files(folder: &Path, (dated, risks): (usize, usize)) -> String {
    let more = |n: usize, file: &str| (n > 0).then(|| format!("{n} more in {file}"));
    let more: Vec<String> =
        [more(dated, "milestones.csv"), more(risks, "thresholds.csv")].into_iter().flatten().collect();
    match more.is_empty() {
        true => folder.display().to_string(),
        false => format!("{}; {}", folder.display(), more.join(", ")),
    }
}

/// Lines under a heading in the margin; nothing at all if there are none.
fn push_section(text: &mut String, heading: &str, lines: &[String]) {
    let headings = std::iter::once(heading).chain(std::iter::repeat(""));
    for (heading, line) in headings.zip(lines) {
        push_wrapped(text, &format!("{heading:INDENT$}"), line);
    }
}

/// Words after a margin, broken between words at [`COLUMNS`]; what is broken off stands further in.
pub(in crate::export) fn push_wrapped(text: &mut String, margin: &str, words: &str) {
    let inner = margin.chars().count() + 2;
    text.push_str(margin);
    let (mut column, mut is_first) = (margin.chars().count(), true);
    for word in words.split_whitespace() {
        let width = word.chars().count();
        if !is_first && column + 1 + width > COLUMNS {
            text.push('\n');
            text.extend(std::iter::repeat_n(' ', inner));
            column = inner;
        } else if !is_first {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
        is_first = false;
    }
    text.push('\n');
}

#[cfg(test)]
mod tests;
