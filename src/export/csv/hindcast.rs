//! What was forecast, what was observed, and how far apart they are.

use std::io::{self, Write};

use csv::Writer;

use super::cells::{date, number, statistic, text};
use super::with_interval;
use crate::results::Estimate;
use crate::study::Scored;
use crate::study::hindcast::{Baseline, Group, Measure, PIT_BINS, ScoredObservation, What, day_of};

/// The quantiles that the table of observations gives, by the names it gives them: the medians and the ends of the
/// intervals whose coverage is told.
const QUANTILES: [(&str, f64); 7] = [
    ("q025", 0.025),
    ("q10", 0.1),
    ("q25", 0.25),
    ("q50", 0.5),
    ("q75", 0.75),
    ("q90", 0.9),
    ("q975", 0.975),
];

/// Every score of every signal, then of `all`: means of the forecast, where `baseline` is empty, mean CRPS of the
/// baselines, and the skill against each. `lo95` and `hi95` are from resampling dates; empty where they are too few.
///
/// # Errors
/// Writing fails; so for all tables.
pub fn scores(scored: &Scored, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    table.write_record(["signal", "score", "baseline", "value", "lo95", "hi95", "n"])?;
    for group in scored.signals.iter().chain([&scored.overall]) {
        for (score, baseline, estimate) in lines(group) {
            let [value, low, high] = with_interval(estimate);
            let signal = text(group.signal.as_deref().unwrap_or("all"));
            let n = estimate.n.to_string();
            table.write_record([&signal, score, baseline, &value, &low, &high, &n])?;
        }
    }
    table.flush()
}

fn lines(group: &Group) -> impl Iterator<Item = (&'static str, &'static str, &Estimate)> {
    let means = group.means.iter().map(|(measure, estimate)| (measure.name(), "", estimate));
    let of_baselines = Baseline::ALL
        .into_iter()
        .zip(&group.baselines)
        .filter_map(|(baseline, estimate)| Some((Measure::Crps.name(), baseline.name(), estimate.as_ref()?)));
    let skills = Baseline::ALL
        .into_iter()
        .zip(&group.skills)
        .filter_map(|(baseline, estimate)| Some(("skill", baseline.name(), estimate.as_ref()?)));
    means.chain(of_baselines).chain(skills)
}

/// Every observation beside the forecast's quantiles, its scores, and what the baselines said. Of a milestone the values
/// are dates, `after end` where it is not met within the run.
///
/// # Errors
/// Writing fails.
pub fn observed(scored: &Scored, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    let mut header = vec!["date", "since", "signal", "low", "high", "basis", "source"];
    header.extend(QUANTILES.map(|(name, _)| name));
    header.extend(["crps", "wis", "log_score", "pit_low", "pit_high"]);
    let of_baselines = Baseline::ALL.map(|b| [b.name().to_owned(), format!("crps_{}", b.name())]);
    header.extend(of_baselines.iter().flatten().map(String::as_str));
    table.write_record(&header)?;
    for one in &scored.observations {
        table.write_record(row(scored, one))?;
    }
    table.flush()
}

fn row(scored: &Scored, one: &ScoredObservation) -> Vec<String> {
    let observation = &one.observation;
    let value = |value: f64| match (observation.what, day_of(observation.what, value, &scored.results)) {
        (_, Some(day)) => day.to_string(),
        (What::Date(_), None) if value.is_finite() => "after end".to_owned(),
        _ => statistic(value),
    };
    let end = |end: f64| if end.is_finite() { value(end) } else { String::new() };
    let mut cells = vec![observation.date.to_string(), date(observation.since), text(&observation.signal)];
    cells.extend([end(observation.outcome.low), end(observation.outcome.high)]);
    cells.extend([text(&observation.basis), text(&observation.source)]);
    cells.extend(QUANTILES.map(|(_, p)| value(one.sample.quantile(p))));
    cells.extend([one.crps, one.wis, one.log_score.unwrap_or(f64::NAN)].map(statistic));
    cells.extend(one.pit.map(statistic));
    for baseline in &one.baselines {
        let said = baseline.as_ref().map(|baseline| [value(baseline.value), statistic(baseline.crps)]);
        cells.extend(said.unwrap_or_default());
    }
    cells
}

/// How many observations of every signal, and of `all`, fell into each tenth of the forecast, from its least values to
/// its greatest. Where forecasts are calibrated, the tenths hold alike; what is a range is shared out among them.
///
/// # Errors
/// Writing fails.
pub fn pit(scored: &Scored, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    table.write_record(["signal", "from", "to", "observations", "n"])?;
    for group in scored.signals.iter().chain([&scored.overall]) {
        for (bin, share) in group.pit.iter().enumerate() {
            let end = |bin: usize| number(bin as f64 / PIT_BINS as f64);
            table.write_record([
                text(group.signal.as_deref().unwrap_or("all")),
                end(bin),
                end(bin + 1),
                statistic(*share),
                group.observations.len().to_string(),
            ])?;
        }
    }
    table.flush()
}
