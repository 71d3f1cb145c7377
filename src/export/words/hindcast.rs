//! How good a forecast was, in words.

use std::path::Path;

use super::table::table;
use super::{push_section, push_wrapped};
use crate::results::format::{count, digits};
use crate::results::{Estimate, Interval};
use crate::study::Scored;
use crate::study::hindcast::bootstrap::block_length;
use crate::study::hindcast::{Baseline, Group, Measure, Missed};

/// How far coverage may be off, in standard errors of as many observations as there are blocks of dates, before it is
/// called so: observations of neighbouring dates tell the same.
const FAR_OFF: f64 = 2.0;
/// Beyond this, most of the forecast lies on one side of what happened.
const LEANS: f64 = 0.25;

/// What was scored, how good it was against each baseline, whether the spread was honest, signal by signal what was
/// good, what was bad and what cannot be told from so few observations, and which bars were missed.
pub fn hindcast(scored: &Scored, missed: &[Missed], folder: Option<&Path>) -> String {
    let mut text = String::new();
    push_wrapped(&mut text, "", &scored.results.legend.title);
    push_wrapped(&mut text, "", &what_was_scored(scored));
    let failed = scored.results.failed();
    if failed > 0 {
        let left_out = format!("{} histories could not be finished and are left out", count(failed));
        push_section(&mut text, "Failed", &[left_out]);
    }
    push_section(&mut text, "Skill", &skills(&scored.overall));
    push_section(&mut text, "Spread", &[spread(&scored.overall)]);
    push_section(&mut text, "Bias", bias(&scored.overall).as_slice());
    for (heading, verdict) in
        [("Good", Verdict::Better), ("Bad", Verdict::Worse), ("Unclear", Verdict::Unclear)]
    {
        let groups = scored.signals.iter().filter(|group| told(group) == verdict);
        push_section(&mut text, heading, &groups.map(of_signal).collect::<Vec<_>>());
    }
    push_section(&mut text, "Note", &[note(scored)]);
    push_section(&mut text, "Missed", &missed.iter().map(ToString::to_string).collect::<Vec<_>>());
    if let Some(folder) = folder {
        push_section(&mut text, "Files", &[folder.display().to_string()]);
    }
    text
}

/// A row a hindcast: how many observations, skill against each baseline, and coverage; in Markdown.
pub fn hindcasts(all: &[(&str, &Scored)]) -> String {
    let header = ["", "observed", "skill against the schedule", "against no change", "against a line"];
    let header =
        header.into_iter().map(str::to_owned).chain(["50 %", "80 %", "95 %", "bias"].map(str::to_owned));
    let row = |name: &str, group: &Group| {
        let skills =
            Baseline::ALL.map(|baseline| group.skill(baseline).map_or("–".to_owned(), with_interval));
        let of = |measure| group.mean(measure).map_or("–".to_owned(), |mean| percent(mean.value));
        let covered = [Measure::Coverage50, Measure::Coverage80, Measure::Coverage95].map(of);
        let bias = group.mean(Measure::Bias).map_or("–".to_owned(), |bias| signed(bias.value));
        let observed = group.observations.len().to_string();
        [name.to_owned(), observed].into_iter().chain(skills).chain(covered).chain([bias]).collect()
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (name, scored) in all {
        rows.push(row(&format!("**{name}**"), &scored.overall));
        rows.extend(scored.signals.iter().map(|group| row(&group.label, group)));
    }
    let right: Vec<bool> = (0..9).map(|column| column > 0).collect();
    table(&header.collect::<Vec<_>>(), &right, &rows)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Better,
    Worse,
    Unclear,
}

/// Whether skill can be told from none.
fn verdict(skill: &Estimate) -> Verdict {
    match skill.interval {
        Some(interval) if interval.low > 0.0 => Verdict::Better,
        Some(interval) if interval.high < 0.0 => Verdict::Worse,
        _ => Verdict::Unclear,
    }
}

/// A signal is good only against the baseline that is hardest to beat.
fn told(group: &Group) -> Verdict {
    let verdicts = group.skills.iter().flatten().map(verdict);
    let all: Vec<Verdict> = verdicts.collect();
    match all.as_slice() {
        [] => Verdict::Unclear,
        some if some.contains(&Verdict::Worse) => Verdict::Worse,
        some if some.iter().all(|one| *one == Verdict::Better) => Verdict::Better,
        _ => Verdict::Unclear,
    }
}

fn what_was_scored(scored: &Scored) -> String {
    let (overall, results) = (&scored.overall, &scored.results);
    let several = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    format!(
        "{} simulated histories against {} of {} on {}, seed {}",
        count(results.completed()),
        several(overall.observations.len(), "observation"),
        several(scored.signals.len(), "signal"),
        several(overall.dates, "date"),
        results.seed
    )
}

fn against(baseline: Baseline) -> &'static str {
    match baseline {
        Baseline::Announced => "the announced schedule",
        Baseline::Unchanged => "nothing changing",
        Baseline::Line => "a straight line to the target",
    }
}

fn skills(group: &Group) -> Vec<String> {
    let line = |baseline: Baseline| {
        let skill = group.skill(baseline)?;
        let judged = match verdict(skill) {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Unclear if skill.interval.is_none() => "too few dates to say how sure that is",
            Verdict::Unclear => "not told from as good",
        };
        let (said, n) = (with_interval(skill), skill.n);
        Some(format!("against {}: {said}, from {n} of the observations: {judged}", against(baseline)))
    };
    Baseline::ALL.into_iter().filter_map(line).collect()
}

fn spread(group: &Group) -> String {
    let levels = [(0.5, Measure::Coverage50), (0.8, Measure::Coverage80), (0.95, Measure::Coverage95)];
    let found: Vec<(f64, f64)> =
        levels.iter().filter_map(|(level, measure)| Some((*level, group.mean(*measure)?.value))).collect();
    let each = found
        .iter()
        .map(|(level, share)| format!("{} of them in the middle {}", percent(*share), percent(*level)));
    let n = group.dates as f64 / block_length(group.dates) as f64;
    let off = |(level, share): &(f64, f64)| (share - level) / (level * (1.0 - level) / n).sqrt();
    let (least, most) = found
        .iter()
        .map(off)
        .fold((0.0, 0.0), |(least, most): (f64, f64), off| (least.min(off), most.max(off)));
    let judged = match () {
        () if least < -FAR_OFF => "the forecast was surer than it had reason to be",
        () if most > FAR_OFF => "the forecast was less sure than it could have been",
        () => "no more off than so few observations may be",
    };
    format!("{}: {judged}", each.collect::<Vec<_>>().join(", "))
}

fn bias(group: &Group) -> Option<String> {
    let bias = group.mean(Measure::Bias)?;
    let words = match bias.value {
        value if value > LEANS => "the forecast ran high (a milestone: late)",
        value if value < -LEANS => "the forecast ran low (a milestone: early)",
        _ => "to neither side",
    };
    Some(format!("{}, on a scale from −1 to 1: {words}", signed(bias.value)))
}

/// One signal against the baselines that say something of it.
fn of_signal(group: &Group) -> String {
    let sized = |value: f64| digits(value, (value > 0.0).then_some((value / 100.0).max(0.01)));
    let missed = group.mean(Measure::Crps).map_or(f64::NAN, |crps| crps.value);
    let unit = if group.unit.is_empty() { String::new() } else { format!(" ({})", group.unit) };
    let others = Baseline::ALL.into_iter().zip(&group.baselines).filter_map(|(baseline, crps)| {
        Some(format!("{} {}", against(baseline), sized(crps.as_ref()?.value)))
    });
    let others: Vec<String> = others.collect();
    let n = match group.observations.len() {
        1 => "1 observation".to_owned(),
        n => format!("{n} observations"),
    };
    let covered = group.mean(Measure::Coverage80).map_or(f64::NAN, |covered| covered.value);
    let hardest = group.hardest().map(|(baseline, skill)| match skill.value.is_finite() {
        true => format!("; skill against {} {}", against(baseline), with_interval(skill)),
        false => format!("; {} was exactly right", against(baseline)),
    });
    format!(
        "{}{unit}, {n}: off by {}, {}; middle 80 % holds {}{}",
        group.label,
        sized(missed),
        others.join(", "),
        percent(covered),
        hardest.unwrap_or_default()
    )
}

fn note(scored: &Scored) -> String {
    let few = match scored.overall.skills.iter().flatten().any(|skill| skill.interval.is_some()) {
        true => "intervals come from resampling dates",
        false => "there are too few dates for intervals",
    };
    format!(
        "off by: mean CRPS, for a forecast without doubt its distance. {few}: all observations are of one course of \
         events, and no number of them makes it two"
    )
}

fn with_interval(skill: &Estimate) -> String {
    match skill.interval {
        Some(Interval { low, high }) => {
            format!("{} ({} to {})", signed(skill.value), signed(low), signed(high))
        }
        None => signed(skill.value),
    }
}

/// To two decimals, with a true minus sign.
fn signed(value: f64) -> String {
    match value {
        value if value.is_finite() => digits(value, Some(0.01)).replace('-', "−"),
        value if value < 0.0 => "−∞".to_owned(),
        _ => "–".to_owned(),
    }
}

fn percent(share: f64) -> String {
    format!("{} %", digits(100.0 * share, Some(1.0)))
}
