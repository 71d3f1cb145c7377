//! What a sweep costs beside the runs it is made of: `cargo bench --bench sweep`.
//!
//! Arguments: points, replicates a point, threads (8, 4,000 and 1 when left out). Prints one line of JSON: the
//! engine's seconds of a sweep, of as many single runs of the same points, and their ratio, each the least of
//! three turns.
#![expect(clippy::disallowed_methods, reason = "it is here to read the clock")]
#![expect(clippy::print_stdout, reason = "its only output")]

use std::error::Error;
use std::time::Instant;

use drawdown::study::{Design, Lever, Plan, Setting, Sweep};
use drawdown::{Run, Scenario};
use serde_json::json;

const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/iraq-syria.toml");
const LEVER: &str = "parameters.agree_rate";
const TURNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds `--bench`.
    let numbers = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let numbers = numbers.map(|argument| argument.parse()).collect::<Result<Vec<u64>, _>>()?;
    let number = |place: usize, otherwise| numbers.get(place).copied().unwrap_or(otherwise);
    let (points, replicates, threads) = (number(0, 8), number(1, 4_000), number(2, 1) as usize);

    let scenario = Scenario::open(SCENARIO)?;
    let levers = [Lever::parse(&format!("{LEVER}=1..8/{points}"))?];
    let design = Design::new(&levers, Plan::Grid, 1)?;
    let (mut sweep, mut runs) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..TURNS {
        let begun = Instant::now();
        Sweep::new(&scenario, design.clone()).replicates(replicates).seed(1).jobs(threads).start()?;
        sweep = sweep.min(begun.elapsed().as_secs_f64());

        let begun = Instant::now();
        for point in &design.points {
            let setting: &Setting = &point[0];
            let model = scenario.clone().with_setting("point", LEVER, setting).compile()?;
            Run::new(&model).replicates(replicates).seed(1).jobs(threads).start()?;
        }
        runs = runs.min(begun.elapsed().as_secs_f64());
    }
    let line = json!({
        "points": points, "replicates": replicates, "threads": threads,
        "sweep": sweep, "runs": runs, "ratio": sweep / runs,
    });
    println!("{line}");
    Ok(())
}
