//! Any path and value set over a scenario that has everything.
#![no_main]

use drawdown::Scenario;
use libfuzzer_sys::fuzz_target;

const BASE: &str = include_str!("../../../benches/reference.toml");

fuzz_target!(|change: (&str, &str)| {
    let scenario = Scenario::parse("reference.toml", BASE).expect("the base is right");
    if let Ok(scenario) = scenario.with(change.0, change.1) {
        let _ = scenario.check().render(false);
    }
});
