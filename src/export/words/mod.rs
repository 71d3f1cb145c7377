//! The answer in ten lines that anyone can read.

use std::path::Path;

use crate::calendar::Date;
use crate::results::format::{count, percent, range, rounded};
use crate::results::legend::{Kind, Theatre};
use crate::results::{Estimate, IndicatorResult, Level, PhaseResult, Point, Results};

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
    let (dated, risks) = (in_time(results), risks(results));
    push_section(&mut text, "Troops", &troops(results));
    push_section(&mut text, "In time", &dated[..dated.len().min(DATED_TOLD)]);
    push_section(&mut text, "Risks", &risks[..risks.len().min(RISKS_TOLD)]);
    push_section(&mut text, "", several(results).as_slice());
    push_section(&mut text, "Failed", &failed(results));
    let untold = (dated.len().saturating_sub(DATED_TOLD), risks.len().saturating_sub(RISKS_TOLD));
    push_section(&mut text, "Files", folder.map(|folder| files(folder, untold)).as_slice());
    text
}

fn what_was_run(results: &Results) -> String {
    let calendar = &results.legend.calendar;
    let histories = match results.replicates() {
        1 => "1 simulated history".to_owned(),
        n => format!("{} simulated histories", count(n)),
    };
    let ranges = if results.completed() > 1 { "; ranges hold 9 in 10 of them" } else { "" };
    format!("{histories}, {} to {}, seed {}{ranges}", calendar.start(), calendar.end(), results.seed)
}

/// One line a theatre: the median and the range of 9 in 10 histories, at the last announced date and the
/// end. Where nobody moves in the median there is nothing to tell, unless that holds everywhere.
fn troops(results: &Results) -> Vec<String> {
    let dates = dates_to_tell(results);
    let line = |theatre: &Theatre| {
        let series = results.signal(&format!("{}.troops", theatre.id)).ok()?;
        if series.signal.kind == Kind::Flag || results.completed() == 0 {
            return None;
        }
        if series.is_steady() {
            let throughout = format!("{}: {} throughout", theatre.label, level(&series.points().next()?));
            return Some((true, throughout));
        }
        let at_start = series.points().next()?.q(0.5);
        let points: Vec<_> = dates.iter().filter_map(|&date| series.on_date(date).ok()).collect();
        let stays = points.iter().all(|point| point.q(0.5) == at_start);
        let levels: Vec<String> =
            points.iter().map(|point| format!("{} on {}", level(point), point.date)).collect();
        Some((stays, format!("{}: {}", theatre.label, levels.join("; "))))
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

/// `1,520 (900 to 2,210)`, or one number when all histories agree.
fn level(point: &Point<'_>) -> String {
    let ends = [0.05, 0.5, 0.95].map(|p| point.q_estimate(p));
    let [low, median, high] = range(&ends);
    if ends[0].value == ends[2].value { median } else { format!("{median} ({low} to {high})") }
}

/// One line a dated phase or milestone; if nothing is dated, milestones by the end.
fn in_time(results: &Results) -> Vec<String> {
    let legend = &results.legend;
    if results.completed() == 0 {
        return Vec::new();
    }
    let phase = |result: PhaseResult<'_>| {
        Some(chance(&result.phase.label, result.phase.end?, "", &result.by_its_date()))
    };
    let mut lines: Vec<String> = results.phases().filter_map(phase).collect();
    let has_dates = !lines.is_empty() || legend.milestones.iter().any(|milestone| milestone.by.is_some());
    for result in results.milestones().filter(|result| result.milestone.by.is_some() || !has_dates) {
        let milestone = result.milestone;
        let given = milestone.given.map(|given| format!(" with “{}”", legend.milestones[given].label));
        let date = milestone.by.unwrap_or(legend.calendar.end());
        lines.push(chance(&milestone.label, date, &given.unwrap_or_default(), &result.by_its_date()));
    }
    lines
}

fn chance(label: &str, by: Date, given: &str, probability: &Estimate) -> String {
    match probability.n {
        0 | 1 => format!("{label} by {by}: {}", how_often(probability, given)),
        _ => format!("{label} by {by}: {} ({})", how_often(probability, given), percent(probability)),
    }
}

/// One line an indicator, the worst first.
fn risks(results: &Results) -> Vec<String> {
    if results.completed() == 0 {
        return Vec::new();
    }
    let mut ranked: Vec<(f64, String)> = results.indicators().map(|result| risk(results, &result)).collect();
    // A stable sort: equal risks stay in the scenario's order.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked.into_iter().map(|(_, line)| line).collect()
}

/// How often two indicators are red at once, where there are two.
fn several(results: &Results) -> Option<String> {
    if results.completed() == 0 || results.indicators().count() < 2 {
        return None;
    }
    let worst = peak(results, |row| results.two_red(row));
    Some(format!("Two or more at once: red {}", at_worst(results, worst, &results.two_red(worst))))
}

/// The highest probability of red, and what to say of it.
fn risk(results: &Results, result: &IndicatorResult<'_>) -> (f64, String) {
    let red = |row| result.now(Level::Red, row);
    let worst = peak(results, red);
    let likely = (0..results.legend.report.len()).find(|&row| red(row).value > 0.5);
    let since = |row| if row == 0 { "the start".to_owned() } else { results.date(row).to_string() };
    let words = match likely {
        Some(row) if results.completed() == 1 => format!("red from {}", since(row)),
        Some(row) => {
            let worst = at_worst(results, worst, &red(worst));
            format!("more likely red than not from {}; {worst}", since(row))
        }
        None => format!("red {}", at_worst(results, worst, &red(worst))),
    };
    (red(worst).value, format!("{}: {words}", result.indicator.label))
}

/// The reported row with the highest probability, the first of equals.
fn peak(results: &Results, probability: impl Fn(usize) -> Estimate) -> usize {
    let rows = 1..results.legend.report.len();
    rows.fold(0, |best, row| if probability(row).value > probability(best).value { row } else { best })
}

fn at_worst(results: &Results, row: usize, probability: &Estimate) -> String {
    if probability.n == 1 {
        return if probability.value > 0.0 {
            format!("on {}", results.date(row))
        } else {
            "at no time".into()
        };
    }
    if probability.value == 0.0 {
        return format!("{} ({})", how_often(probability, ""), percent(probability));
    }
    let (often, share) = (how_often(probability, ""), percent(probability));
    format!("{often} ({share}) at worst, {}", results.date(row))
}

/// A probability as a number of histories, those with a condition if one is given:
/// `in 7 of 10 histories with “Agreement”`.
fn how_often(probability: &Estimate, given: &str) -> String {
    let (share, n) = (probability.value, probability.n);
    let histories = format!("histories{given}");
    match n {
        0 => return format!("no {histories} to tell from"),
        1 if share > 0.0 => return "in the one history".to_owned(),
        1 => return "not in the one history".to_owned(),
        _ if share == 0.0 => return format!("in none of {} {histories}", count(n)),
        _ if share == 1.0 => return format!("in all {} {histories}", count(n)),
        _ => {}
    }
    let (some, of) = fraction(rounded(probability));
    if some * 20 < of {
        return format!("in about {} of {} {histories}", count(some), count(of));
    }
    if (of - some) * 20 < of {
        return format!("in all but about {} of {} {histories}", count(of - some), count(of));
    }
    format!("in {some} of {of} {histories}")
}

/// A probability as a fraction that people use: tenths, quarters and thirds, and one of so many for
/// what is rare, or rarely fails to happen.
fn fraction(share: f64) -> (u64, u64) {
    if share > 0.5 {
        let (others, of) = fraction(1.0 - share);
        return (of - others, of);
    }
    if share < 0.175 {
        let of = 1.0 / share;
        // Beyond 20, one digit: 41.7 becomes 40.
        let tens = std::iter::successors(Some(10.0), |ten| Some(ten * 10.0)).find(|ten| of < ten * 10.0);
        let unit = tens.filter(|_| of >= 20.0).unwrap_or(1.0);
        return (1, ((of / unit).round() * unit) as u64);
    }
    let usual = [(2, 10), (1, 4), (3, 10), (1, 3), (4, 10), (5, 10)];
    let off = |&(some, of): &(u64, u64)| (some as f64 / of as f64 - share).abs();
    usual.into_iter().min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or((5, 10))
}

fn failed(results: &Results) -> Vec<String> {
    if results.failed() == 0 {
        return Vec::new();
    }
    let of = format!("{} of {} histories", count(results.failed()), count(results.replicates()));
    vec![format!("{of} could not be finished and are left out; failures.csv says where and why")]
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
fn push_wrapped(text: &mut String, margin: &str, words: &str) {
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
