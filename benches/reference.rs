//! drawdown's own time for the reference model: `cargo bench`, or `benches/compare` beside its peers.
//!
//! Arguments: replicates, threads, seed (20,000, 1 and 1 when left out). Prints one line of JSON, as
//! the peers do; its numbers come with their standard errors, against which the peers are checked.
#![expect(clippy::disallowed_methods, reason = "it is here to read the clock")]
#![expect(clippy::print_stdout, reason = "its only output")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use drawdown::results::Point;
use drawdown::{Results, Run, Scenario};
use serde_json::{Map, Value, json};

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/reference.toml");
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// Rows at which the peers are checked.
const WEEKS: [usize; 4] = [13, 52, 104, 156];

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
        "check": check(&results),
    });
    println!("{line}");
    Ok(())
}

/// What every side computes for each signal and row: mean, sd and five quantiles.
fn statistics(point: &Point<'_>) -> [f64; 7] {
    let [a, b, c, d, e] = QUANTILES.map(|p| point.q(p));
    [point.mean, point.sd.unwrap_or(0.0), a, b, c, d, e]
}

/// The standard error of each of the statistics.
fn errors(point: &Point<'_>) -> [f64; 7] {
    let root = (point.n as f64).sqrt();
    let sd = point.sd.unwrap_or(0.0);
    let sd_interval = point.sd_estimate().and_then(|estimate| estimate.error());
    let quantile = |p| point.q_interval(p).map_or(0.0, |i| (i.high - i.low) / (2.0 * 1.96));
    let [a, b, c, d, e] = QUANTILES.map(quantile);
    [sd / root, sd_interval.map_or(sd / root, |error| error / 1.96), a, b, c, d, e]
}

/// How far the width of the bins may move each of the statistics.
fn resolutions(point: &Point<'_>) -> [f64; 7] {
    let [a, b, c, d, e] = QUANTILES.map(|p| point.resolution(point.q(p)));
    [0.0, 0.0, a, b, c, d, e]
}

/// Signals at some rows, chances of the milestones by the end, and totals by site.
fn check(results: &Results) -> Value {
    let at_weeks = |of: &dyn Fn(&Point<'_>) -> [f64; 7]| -> Map<String, Value> {
        let each = results.signals().map(|series| {
            let weeks = WEEKS.iter().filter_map(|&week| Some((week.to_string(), json!(of(&series.at(week)?)))));
            (series.signal.name.clone(), Value::Object(weeks.collect()))
        });
        each.collect()
    };
    let chances: Map<String, Value> = results
        .milestones()
        .map(|m| (m.milestone.id.clone(), json!(m.arrivals.by_end().value)))
        .collect();
    let sites = |of: &dyn Fn(Point<'_>) -> [f64; 2]| -> Vec<[[f64; 2]; 2]> {
        results.sites().map(|site| [of(site.attacks), of(site.wounded)]).collect()
    };
    let error = |point: Point<'_>| [point.mean, point.sd.unwrap_or(0.0) / (point.n as f64).sqrt()];
    json!({
        "signals": at_weeks(&statistics),
        "errors": at_weeks(&errors),
        "resolutions": at_weeks(&resolutions),
        "chances": chances,
        "sites": sites(&error),
    })
}
