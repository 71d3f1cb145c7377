//! What a run shows in one paragraph, and which risks it changes against another run.

use super::{chances, troops};
use crate::results::format::{count, share};
use crate::results::{Estimate, IndicatorResult, Level, Results};

/// Risks told, and changes of risks told.
const TOLD: usize = 3;

/// How many troops remain, whether the schedule holds, which indicators are likeliest to turn red and,
/// where there is a base, for which of them that changes most. No number shows a digit beyond its Monte
/// Carlo error.
pub fn paragraph(results: &Results, base: Option<&Results>) -> String {
    if results.completed() == 0 {
        return format!("None of {} histories could be finished.", count(results.replicates()));
    }
    let troops = troops(results).into_iter().map(|line| format!("Troops in {line}."));
    let sentences = troops.chain(schedule(results)).chain(reddest(results));
    let sentences = sentences.chain(base.map(|base| changes(results, base)));
    sentences.collect::<Vec<_>>().join(" ")
}

/// How often the phase that is due last is done in time.
fn schedule(results: &Results) -> Option<String> {
    let end = results.legend.calendar.end();
    let dated =
        results.phases().filter_map(|phase| Some((phase.phase.end.filter(|due| *due <= end)?, phase)));
    let (due, last) = dated.reduce(|last, phase| if phase.0 > last.0 { phase } else { last })?;
    let told = chances(&last.phase.label, "", due, &last.by_its_date(), end, &last.done.by_end());
    Some(format!("{told}."))
}

/// How likely an indicator is to be red at some time.
fn ever_red(indicator: &IndicatorResult<'_>, results: &Results) -> Estimate {
    indicator.ever(Level::Red, results.legend.report.len() - 1)
}

/// The indicators that turn red in most histories.
fn reddest(results: &Results) -> Option<String> {
    let mut risks: Vec<(Estimate, &str)> = results
        .indicators()
        .map(|one| (ever_red(&one, results), one.indicator.label.as_str()))
        .filter(|(red, _)| red.value > 0.0)
        .collect();
    // A stable sort: equal risks stay in the scenario's order.
    risks.sort_by(|a, b| b.0.value.total_cmp(&a.0.value));
    let told = risks.iter().take(TOLD).map(|(red, label)| format!("“{label}” ({})", share(red)));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("Likeliest to turn red at some time: {}.", told.join(", ")))
}

/// The indicators whose chance of turning red differs most from the base's, beyond both their errors.
fn changes(results: &Results, base: &Results) -> String {
    let mut changes: Vec<(f64, String)> = Vec::new();
    for one in results.indicators() {
        let Some(other) = base.indicators().find(|other| other.indicator.id == one.indicator.id) else {
            continue;
        };
        let (here, there) = (ever_red(&one, results), ever_red(&other, base));
        let change = (here.value - there.value).abs();
        if change > here.error().unwrap_or(0.0) + there.error().unwrap_or(0.0) {
            changes
                .push((change, format!("“{}” {}, not {}", one.indicator.label, share(&here), share(&there))));
        }
    }
    changes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let told: Vec<String> = changes.into_iter().take(TOLD).map(|(_, words)| words).collect();
    match told.is_empty() {
        true => "No such chance differs from the base’s beyond its error.".to_owned(),
        false => format!("What turns red more or less often than in the base: {}.", told.join("; ")),
    }
}
