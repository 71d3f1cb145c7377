//! Which assumptions matter, in words.

use std::path::Path;

use super::{push_section, push_wrapped};
use crate::results::format::{count, digits};
use crate::results::stats::Interval;
use crate::study::sensitivity::{Answer, Direction, Index, Statistic, Subject};
use crate::study::target::TargetKind;
use crate::study::{Findings, Method};

/// Inputs told of, of those that matter and of those that cannot be told from nothing.
const TOLD: usize = 8;
const UNRESOLVED_TOLD: usize = 4;

/// What was simulated and, for each target, how much of it is chance, which inputs matter, most first, and
/// which cannot be told from nothing, with the reason.
pub fn sensitivity(findings: &Findings, folder: Option<&Path>) -> String {
    let mut text = String::new();
    push_wrapped(&mut text, "", &findings.legend.title);
    push_wrapped(&mut text, "", &what_was_run(findings));
    if findings.failed > 0 {
        let failed = format!(
            "{} histories stopped on the way; they and what they were to be compared with are left out",
            count(findings.failed)
        );
        push_section(&mut text, "Failed", &[failed]);
    }
    for answer in &findings.answers {
        text.push('\n');
        push_wrapped(&mut text, "", &heading(answer));
        push_section(&mut text, "Chance", &chance(answer));
        push_section(&mut text, "Matters", &matters(findings, answer));
        push_section(&mut text, "Unclear", unresolved(findings, answer).as_slice());
        push_section(&mut text, "Nothing", without_effect(findings, answer).as_slice());
        push_section(&mut text, "Note", &notes(findings, answer));
    }
    if let Some(folder) = folder {
        text.push('\n');
        push_section(&mut text, "Files", &[folder.display().to_string()]);
    }
    text
}

fn what_was_run(findings: &Findings) -> String {
    let plan = &findings.plan;
    let inputs = match findings.inputs.len() {
        1 => "1 input".to_owned(),
        n => format!("{n} inputs"),
    };
    let design = match findings.method {
        Method::Given => {
            format!(
                "{} with quantities of their own, {} that repeat the first under other chance",
                count(plan.rows),
                count(plan.pairs)
            )
        }
        Method::Sobol => {
            format!("{} rows in {} scrambles, {inputs}", count(plan.rows), plan.scrambles)
        }
        Method::Morris => format!(
            "{} trajectories through {inputs}, and {} pairs for chance",
            count(plan.rows),
            count(plan.pairs)
        ),
    };
    let how = match findings.method {
        Method::Given => "Given-data indices",
        Method::Sobol => "Sobol indices",
        Method::Morris => "Morris's elementary effects",
    };
    format!("{how}: {} simulated histories ({design}), seed {}", count(plan.histories), findings.seed)
}

fn heading(answer: &Answer) -> String {
    let target = &answer.target;
    let mean = match target.kind() {
        TargetKind::Flag => format!("probability {} %", digits(100.0 * answer.mean, Some(1.0))),
        TargetKind::Days => format!("mean {} days", digits(answer.mean, Some(1.0))),
        TargetKind::Number => {
            let step = if answer.mean.abs() >= 100.0 { 1.0 } else { 0.01 };
            let unit = if target.unit().is_empty() { String::new() } else { format!(" ({})", target.unit()) };
            format!("mean {}{unit}", digits(answer.mean, Some(step)))
        }
    };
    format!("{} ({}): {mean}", target.label(), target.name())
}

fn chance(answer: &Answer) -> Vec<String> {
    let share = answer.chance;
    if share.value == 0.0 && share.error == 0.0 {
        return vec!["none of the variance is chance: the assumptions decide it whole".to_owned()];
    }
    let interval = held_to_shares(share.interval());
    let (low, high) = (percent(interval.low, share.error), percent(interval.high, share.error));
    vec![format!(
        "{} % of the variance is chance ({low} to {high} %), which no assumption removes; the assumptions \
         together are behind the other {} %",
        percent(share.value, share.error),
        percent(1.0 - share.value, share.error)
    )]
}

/// One line an input that matters, most first.
fn matters(findings: &Findings, answer: &Answer) -> Vec<String> {
    let method = findings.method;
    let ranking = answer.ranking(method);
    let clear: Vec<&(usize, Index)> =
        ranking.iter().filter(|(input, _)| answer.is_resolved(method, *input)).collect();
    if clear.is_empty() {
        return vec!["no single assumption can be told from one that does nothing".to_owned()];
    }
    let line = |(place, (input, index)): (usize, &&(usize, Index))| {
        let direction = match answer.directions[*input] {
            Some(Direction::Raises) => "; raises it",
            Some(Direction::Lowers) => "; lowers it",
            None => "",
        };
        let what = size(findings, answer, *input, index);
        format!("{}. {}: {what}{direction}", place + 1, findings.inputs[*input].id)
    };
    let mut lines: Vec<String> = clear.iter().enumerate().take(TOLD).map(line).collect();
    if clear.len() > TOLD {
        lines.push(format!("and {} more, each below these: see sensitivity.csv", clear.len() - TOLD));
    }
    lines
}

/// What an input's indices come to.
fn size(findings: &Findings, answer: &Answer, input: usize, index: &Index) -> String {
    let of = |statistic| answer.index(Subject::Input(input), statistic);
    let interval = held_to_positive(index.interval());
    match findings.method {
        Method::Given => {
            let known = of(Statistic::PawnMedian)
                .map_or_else(String::new, |pawn| format!(", PAWN {}", digits(pawn.value, Some(pawn.error))));
            format!("δ {}{known}", with_range(index, &interval))
        }
        Method::Sobol => {
            let shares = format!(
                "behind {} % of the variance ({} to {} %)",
                percent(index.value, index.error),
                percent(interval.low, index.error),
                percent(interval.high, index.error)
            );
            let alone = match of(Statistic::First) {
                Some(first) if first.is_resolved() => {
                    format!(", {} % by itself", percent(first.value, first.error))
                }
                Some(first) => {
                    let [low, high] = [first.interval().low, first.interval().high];
                    let percent = |share| percent(share, first.error);
                    let value = percent(first.value);
                    format!(", by itself not resolved: {value} % with [{}, {}]", percent(low), percent(high))
                }
                None => String::new(),
            };
            format!("{shares}{alone}")
        }
        Method::Morris => {
            let uneven = of(Statistic::Sigma).is_some_and(|sigma| sigma.value > index.value / 2.0);
            format!(
                "moves it by {} over its whole range{}",
                with_range(index, &interval),
                if uneven { ", unevenly: it bends or depends on others" } else { "" }
            )
        }
    }
}

/// Inputs whose index is not told from nothing, with what more histories would do.
fn unresolved(findings: &Findings, answer: &Answer) -> Option<String> {
    let method = findings.method;
    let ranking = answer.ranking(method);
    let unclear: Vec<&(usize, Index)> = ranking
        .iter()
        .filter(|(input, index)| !answer.is_resolved(method, *input) && !is_nothing(method, index))
        .collect();
    let shown = unclear.iter().take(UNRESOLVED_TOLD);
    let each = shown.map(|(input, index)| format!("{} ({})", findings.inputs[*input].id, bare(index)));
    let each: Vec<String> = each.collect();
    let more = match unclear.len() - each.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let against = match answer.index(Subject::Dummy, method.leading()) {
        Some(dummy) => format!(
            "not told from an input that does nothing, which gets {}",
            with_range(
                &dummy,
                &Interval { low: dummy.value - 3.0 * dummy.error, high: dummy.value + 3.0 * dummy.error }
            )
        ),
        None => "not resolved: the interval covers 0".to_owned(),
    };
    (!unclear.is_empty()).then(|| {
        format!(
            "{}{more}: {against}; 4 times as many histories (-n {}) would halve the intervals",
            each.join(", "),
            4 * findings.plan.histories
        )
    })
}

/// Inputs that changed no history.
fn without_effect(findings: &Findings, answer: &Answer) -> Option<String> {
    let ranking = answer.ranking(findings.method);
    let idle = ranking.iter().filter(|(_, index)| is_nothing(findings.method, index));
    let names: Vec<&str> = idle.map(|(input, _)| findings.inputs[*input].id.as_str()).collect();
    let shown = names.iter().take(UNRESOLVED_TOLD).copied().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(UNRESOLVED_TOLD);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("{shown}{more}: no history changed with them"))
}

fn is_nothing(method: Method, index: &Index) -> bool {
    method != Method::Given && index.value == 0.0 && index.error == 0.0
}

/// What must be known to read the rest.
fn notes(findings: &Findings, answer: &Answer) -> Vec<String> {
    let mut notes = Vec::new();
    if answer.censored > 0.0 {
        notes.push(format!(
            "{} % of histories never get there: they count with the last day; their share itself is the target {}",
            digits(100.0 * answer.censored, Some(0.1)),
            answer.target.name().trim_start_matches("date.")
        ));
    }
    if let Some(fit) = answer.index(Subject::All, Statistic::RSquared) {
        notes.push(format!(
            "a monotone sum of all assumptions explains {} % of the variance of ranks: what is left is chance, \
             interplay and bends",
            percent(fit.value, fit.error)
        ));
    }
    let negative = answer.lines.iter().filter(|line| {
        line.statistic == Statistic::First && line.subject != Subject::Chance && line.index.value < 0.0
    });
    let negative = negative.count();
    if negative > 0 {
        notes.push(format!(
            "{negative} first-order {} below 0 in sensitivity.csv: shares are never negative, their estimates \
             can be, by as much as their intervals say",
            if negative == 1 { "index is" } else { "indices are" }
        ));
    }
    if findings.method == Method::Sobol {
        notes.push(
            "shares overlap: what several do only together counts for each of them, chance among them"
                .to_owned(),
        );
    }
    let correlated = findings.inputs.iter().filter(|input| !input.correlated_with.is_empty()).count();
    if correlated > 0 {
        notes.push(format!(
            "{correlated} inputs are correlated with others: one that does nothing itself may have another's index"
        ));
    }
    if findings.inputs.iter().any(|input| input.members.len() > 1) {
        notes.push("inputs joined by + are correlated: they are one input here".to_owned());
    }
    notes
}

/// `0.21 (0.18 to 0.24)`.
fn with_range(index: &Index, interval: &Interval) -> String {
    let end = |value: f64| digits(value, Some(index.error));
    if index.error == 0.0 {
        return digits(index.value, None);
    }
    format!("{} ({} to {})", end(index.value), end(interval.low), end(interval.high))
}

/// `0.02 with [-0.03, 0.07]`.
fn bare(index: &Index) -> String {
    let interval = index.interval();
    let [value, low, high] =
        [index.value, interval.low, interval.high].map(|value| digits(value, Some(index.error)));
    format!("{value} with [{low}, {high}]")
}

fn percent(share: f64, error: f64) -> String {
    digits(100.0 * share, Some(100.0 * error))
}

fn held_to_shares(interval: Interval) -> Interval {
    Interval { low: interval.low.clamp(0.0, 1.0), high: interval.high.clamp(0.0, 1.0) }
}

/// Sizes are not below 0.
fn held_to_positive(interval: Interval) -> Interval {
    Interval { low: if interval.low > 0.0 { interval.low } else { 0.0 }, ..interval }
}
