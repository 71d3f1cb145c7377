//! What the model cannot know, in a planner's words, and what this run shows of it.

use super::plain::number;
use crate::export::chart::text::date;
use crate::export::ledger::resting_on;
use crate::results::Results;
use crate::results::format::{count, digits};
use crate::results::stats::Z95;

/// One sentence or two each.
pub fn limits(results: &Results) -> Vec<String> {
    let legend = &results.legend;
    let (judged, unverified) = (resting_on(legend, "judgement"), resting_on(legend, "unverified"));
    let mut limits = vec![
        "It holds what the scenario's author thought of. What nobody wrote into the file cannot happen here, however \
         likely it is outside."
            .to_owned(),
        format!(
            "{} of the {} assumptions are judgement: opinions with a range. Change those you disagree with and see \
             whether the answer moves.",
            count(judged as u64),
            count(legend.quantities.len() as u64)
        ),
        format!(
            "Past withdrawals are few, and their record is partly unverified; {} of the assumptions say so of \
             themselves.",
            count(unverified as u64)
        ),
        "Governments, and what they want, change in ways that no rate foresees.".to_owned(),
        format!(
            "It looks ahead from {}. What was learned after that day is in it only if the author put it there.",
            date(legend.calendar.start())
        ),
        "Bands are drawn date by date: nine in ten histories lie between them on each day, but fewer stay there all \
         the time."
            .to_owned(),
    ];
    limits.extend(error_of_chance(results));
    limits.extend(failed(results));
    limits.extend(clamped(results));
    limits
}

/// The widest 95 % interval of a share: 1.96·√(¼/n).
fn error_of_chance(results: &Results) -> Option<String> {
    let n = results.completed();
    (n > 1).then(|| {
        let error = 100.0 * Z95 * (0.25 / n as f64).sqrt();
        format!(
            "{} histories leave a share uncertain by up to {} percentage points. More histories make that smaller; \
             they make the assumptions no better.",
            count(n),
            digits(error, Some(error))
        )
    })
}

fn failed(results: &Results) -> Option<String> {
    let first = results.failures().next()?;
    Some(format!(
        "{} of {} histories could not be finished, so that everything here is about the others. The first stopped at \
         {}: {}.",
        count(results.failed()),
        count(results.replicates()),
        first.signal,
        first.reason
    ))
}

/// Where the model wanted to go further than its limits let it.
fn clamped(results: &Results) -> Option<String> {
    let held: Vec<(&str, u64)> = results.clamped().filter(|(_, times)| *times > 0).collect();
    if held.is_empty() {
        return None;
    }
    let steps = results.legend.calendar.steps() as f64 * results.completed().max(1) as f64;
    let told = held.iter().map(|(what, times)| {
        let share = 100.0 * *times as f64 / steps;
        let share = if share < 0.01 {
            "less than 0.01".to_owned()
        } else {
            number(&digits(share, Some(share / 10.0)))
        };
        format!("{what} (in {share} % of all steps)")
    });
    Some(format!(
        "Values were held to their limits, where the model would have gone further: {}.",
        told.collect::<Vec<_>>().join(", ")
    ))
}
