//! Tidy tables: one header line, one row an observation, dates as ISO 8601, empty where there is no number.
//!
//! An `x_lo95` and an `x_hi95` enclose the true `x` 95 times in 100. Statistics are conditional on the
//! replicate having been completed.

pub(in crate::export) mod cells;
mod compare;
mod hindcast;
mod replicates;
mod sensitivity;
pub mod sweep;

use std::io::{self, Write};

use csv::Writer;

pub use compare::{compare, differences, failed_worlds};
pub use hindcast::{observed, pit, scores};
pub use replicates::{Paths, Replicates};
pub use sensitivity::sensitivity;

use crate::results::{Arrivals, DateQuantile, Estimate, IndicatorResult, Level, Point, Results};
use cells::{date, statistic, text};

/// The quantiles that tables give, by the names they give them.
pub const QUANTILES: [(&str, f64); 5] =
    [("q05", 0.05), ("q25", 0.25), ("q50", 0.5), ("q75", 0.75), ("q95", 0.95)];

/// Every signal at every reported date: mean, standard deviation and quantiles; for a flag the mean
/// alone, which is its probability.
///
/// # Errors
/// Writing fails; so for all tables.
pub fn summary(results: &Results, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    table.write_record(["scenario", "date", "signal", "unit", "statistic", "value", "lo95", "hi95", "n"])?;
    for series in results.signals() {
        let signal = series.signal;
        for point in series.points() {
            for (name, estimate) in statistics(&point) {
                let [value, low, high] = with_interval(&estimate);
                table.write_record([
                    text(&results.legend.scenario),
                    point.date.to_string(),
                    text(&signal.name),
                    text(&signal.unit),
                    name.to_owned(),
                    value,
                    low,
                    high,
                    point.n.to_string(),
                ])?;
            }
        }
    }
    table.flush()
}

/// Every indicator's amber and red at every reported date; then, as `any` and `two_or_more`, how
/// likely it is that one indicator, or two at once, are red.
///
/// # Errors
/// Writing fails.
pub fn thresholds(results: &Results, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    let mut header = names(&["scenario", "indicator", "level", "date"]);
    for name in ["probability_now", "probability_ever", "expected_days"] {
        header.extend(interval_columns(name));
    }
    header.push("n".to_owned());
    table.write_record(&header)?;
    for indicator in results.indicators() {
        for level in Level::ALL {
            for row in 0..results.legend.report.len() {
                table.write_record(threshold_row(results, &indicator, level, row))?;
            }
        }
    }
    for row in 0..results.legend.report.len() {
        for (name, estimate) in [("any", results.any_red(row)), ("two_or_more", results.two_red(row))] {
            let mut line =
                vec![text(&results.legend.scenario), name.to_owned(), Level::Red.name().to_owned()];
            line.push(results.date(row).to_string());
            line.extend(with_interval(&estimate));
            line.extend(std::iter::repeat_n(String::new(), 6));
            line.push(estimate.n.to_string());
            table.write_record(line)?;
        }
    }
    table.flush()
}

/// Every milestone and phase: how likely by its date, when, and what else may become of it.
///
/// `probability_true_at_date` differs from `probability_by_date` where a milestone may come true and
/// pass; `probability_cancelled` is of phases. `n` counts the histories that meet the milestone's
/// condition.
///
/// # Errors
/// Writing fails.
pub fn milestones(results: &Results, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    let mut header = names(&["scenario", "kind", "id", "label", "date"]);
    header.extend(interval_columns("probability_by_date"));
    header.extend(interval_columns("probability_true_at_date"));
    header.extend(QUANTILES.iter().flat_map(|(name, _)| interval_columns(name)));
    header.extend(interval_columns("probability_not_by_end"));
    header.extend(interval_columns("probability_cancelled"));
    header.push("n".to_owned());
    table.write_record(&header)?;
    let scenario = text(&results.legend.scenario);
    for result in results.milestones() {
        let milestone = result.milestone;
        let mut line =
            vec![scenario.clone(), "milestone".into(), text(&milestone.id), text(&milestone.label)];
        line.push(date(milestone.by));
        line.extend(with_interval(&result.by_its_date()));
        line.extend(with_interval(&result.true_at_its_date()));
        line.extend(date_quantiles(&result.arrivals));
        line.extend(with_interval(&result.arrivals.not_by_end()));
        line.extend(nothing());
        line.push(result.arrivals.among().to_string());
        table.write_record(line)?;
    }
    for result in results.phases() {
        let phase = result.phase;
        let mut line = vec![scenario.clone(), "phase".into(), text(&phase.id), text(&phase.label)];
        line.push(date(phase.end));
        // Once done, always done.
        line.extend(with_interval(&result.by_its_date()));
        line.extend(with_interval(&result.by_its_date()));
        line.extend(date_quantiles(&result.done));
        line.extend(with_interval(&result.done.not_by_end()));
        line.extend(with_interval(&result.cancelled.by_end()));
        line.push(result.done.among().to_string());
        table.write_record(line)?;
    }
    table.flush()
}

/// Every site: when it is handed over, and what happens there before: attacks and casualties from the
/// start to the end, on average and in the worst histories.
///
/// # Errors
/// Writing fails.
pub fn sites(results: &Results, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    let mut header = names(&["scenario", "site", "label", "theatre"]);
    header.extend(interval_columns("probability_handed_over"));
    header.extend(QUANTILES.iter().flat_map(|(name, _)| interval_columns(&format!("handed_over_{name}"))));
    for name in ["attacks", "killed", "wounded"] {
        header.extend(interval_columns(&format!("{name}_mean")));
        header.extend(interval_columns(&format!("{name}_q95")));
    }
    header.push("n".to_owned());
    table.write_record(&header)?;
    for result in results.sites() {
        let site = result.site;
        let mut line =
            vec![text(&results.legend.scenario), text(&site.id), text(&site.label), text(&site.theatre)];
        line.extend(with_interval(&result.closed.by_end()));
        line.extend(date_quantiles(&result.closed));
        for total in [result.attacks, result.killed, result.wounded] {
            line.extend(with_interval(&total.mean_estimate()));
            line.extend(with_interval(&total.q_estimate(0.95)));
        }
        line.push(result.closed.among().to_string());
        table.write_record(line)?;
    }
    table.flush()
}

/// The replicates that stopped, counted from 1, and why.
///
/// # Errors
/// Writing fails.
pub fn failures(results: &Results, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    table.write_record(["replicate", "date", "signal", "expression", "reason"])?;
    for failure in results.failures() {
        table.write_record([
            (failure.replicate + 1).to_string(),
            results.legend.calendar.date(failure.row).to_string(),
            text(&failure.signal),
            text(&failure.expression),
            text(&failure.reason),
        ])?;
    }
    table.flush()
}

/// What the summary says of a point.
fn statistics(point: &Point<'_>) -> Vec<(&'static str, Estimate)> {
    let mean = ("mean", point.mean_estimate());
    if point.probability().is_some() {
        return vec![mean];
    }
    let sd = point.sd_estimate().unwrap_or(Estimate { value: f64::NAN, interval: None, n: point.n });
    let quantiles = QUANTILES.iter().map(|&(name, p)| (name, point.q_estimate(p)));
    [mean, ("sd", sd)].into_iter().chain(quantiles).collect()
}

fn threshold_row(
    results: &Results,
    indicator: &IndicatorResult<'_>,
    level: Level,
    row: usize,
) -> Vec<String> {
    let mut line =
        vec![text(&results.legend.scenario), text(&indicator.indicator.id), level.name().to_owned()];
    line.push(results.date(row).to_string());
    line.extend(with_interval(&indicator.now(level, row)));
    line.extend(with_interval(&indicator.ever(level, row)));
    line.extend(with_interval(&indicator.days(level, row)));
    line.push(results.completed().to_string());
    line
}

fn date_quantiles(arrivals: &Arrivals<'_>) -> Vec<String> {
    let cell = |quantile: Option<DateQuantile>| match quantile {
        Some(DateQuantile::On(date)) => date.to_string(),
        Some(DateQuantile::AfterEnd) => "after end".to_owned(),
        None => String::new(),
    };
    let quantile = |&(_, p): &(&str, f64)| {
        let (low, high) = arrivals.date_interval(p).unzip();
        [arrivals.date(p), low, high].map(cell)
    };
    QUANTILES.iter().flat_map(quantile).collect()
}

fn with_interval(estimate: &Estimate) -> [String; 3] {
    let (low, high) =
        estimate.interval.map_or((f64::NAN, f64::NAN), |interval| (interval.low, interval.high));
    [estimate.value, low, high].map(statistic)
}

fn nothing() -> [String; 3] {
    Default::default()
}

fn interval_columns(name: &str) -> [String; 3] {
    [name.to_owned(), format!("{name}_lo95"), format!("{name}_hi95")]
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[cfg(test)]
mod tests;
