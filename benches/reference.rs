//! drawdown's own time for the reference model: what `benches/compare` runs beside its peers.
//!
//! Arguments: replicates, threads, seed (20,000, 1 and 1 when left out). Prints one line of JSON, as
//! the peers do; beside its numbers it gives the bounds within which those of a peer must lie.
#![expect(clippy::disallowed_methods, reason = "it is here to read the clock")]
#![expect(clippy::print_stdout, reason = "its only output")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use drawdown::results::stats::Z95;
use drawdown::results::{Estimate, Point};
use drawdown::{Results, Run, Scenario};
use serde::Serialize;
use serde_json::{Value, json};

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/reference.toml");
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// Rows at which the peers are checked.
const WEEKS: [usize; 4] = [13, 52, 104, 156];
/// Standard errors, of the difference of two runs of the same length, that a peer may be off.
const ERRORS: f64 = 5.0;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let numbers = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let numbers = numbers.map(|argument| argument.parse()).collect::<Result<Vec<u64>, _>>()?;
    let number = |place: usize, otherwise| numbers.get(place).copied().unwrap_or(otherwise);
    let (replicates, threads, seed) = (number(0, 20_000), number(1, 1), number(2, 1));

    let begun = Instant::now();
    let model = Scenario::open(SCENARIO)?.compile()?;
    let results = Run::new(&model).replicates(replicates).seed(seed).jobs(threads as usize).start()?;
    for point in results.signals().flat_map(|series| series.points().collect::<Vec<_>>()) {
        black_box(statistics(&point));
    }
    let seconds = begun.elapsed().as_secs_f64();

    let line = json!({
        "name": "drawdown", "replicates": results.completed(), "threads": threads, "seconds": seconds,
        "check": report(&results, statistics, |x| json!(x.value)),
        "bounds": report(&results, bounds, |x| json!(around(x))),
    });
    println!("{line}");
    Ok(())
}

/// What every side computes for each signal and row: mean, sd and five quantiles.
fn statistics(point: &Point<'_>) -> [f64; 7] {
    let [a, b, c, d, e] = QUANTILES.map(|p| point.q(p));
    [point.mean, point.sd.unwrap_or(0.0), a, b, c, d, e]
}

/// Where the same statistics of another run must lie.
fn bounds(point: &Point<'_>) -> [[f64; 2]; 7] {
    let n = point.n as f64;
    // The quantiles of somewhat smaller and larger shares: right for atoms and gaps, too.
    let quantile = |p: f64| {
        let slack = off((p * (1.0 - p) / n).sqrt());
        let (low, high) = (point.q((p - slack).max(0.0)), point.q((p + slack).min(1.0)));
        [low - point.resolution(low), high + point.resolution(high)]
    };
    let mean = around(point.mean_estimate());
    let sd = point.sd_estimate().map_or([0.0; 2], around);
    let [a, b, c, d, e] = QUANTILES.map(quantile);
    [mean, sd, a, b, c, d, e]
}

/// How far two runs may lie apart that each have this standard error.
fn off(standard_error: f64) -> f64 {
    ERRORS * std::f64::consts::SQRT_2 * standard_error
}

fn around(estimate: Estimate) -> [f64; 2] {
    let slack = off(estimate.error().unwrap_or(0.0) / Z95);
    [estimate.value - slack, estimate.value + slack]
}

/// Signals at some rows, chances of the milestones by the end, attacks and wounded by site.
fn report<T: Serialize>(
    results: &Results,
    of_point: impl Fn(&Point<'_>) -> T,
    of_estimate: impl Fn(Estimate) -> Value,
) -> Value {
    let signals = results.signals().map(|series| {
        let weeks = WEEKS.into_iter().filter_map(|week| Some((week, series.at(week)?)));
        let weeks = weeks.map(|(week, point)| (week.to_string(), json!(of_point(&point))));
        (series.signal.name.clone(), Value::Object(weeks.collect()))
    });
    let chances = results.milestones().map(|m| (m.milestone.id.clone(), of_estimate(m.arrivals.by_end())));
    let sites =
        results.sites().map(|s| [s.attacks, s.wounded].map(|total| of_estimate(total.mean_estimate())));
    json!({
        "signals": Value::Object(signals.collect()),
        "chances": Value::Object(chances.collect()),
        "sites": sites.collect::<Vec<_>>(),
    })
}
