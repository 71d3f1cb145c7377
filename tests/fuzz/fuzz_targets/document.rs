//! Any text as a scenario file: read, compiled, or refused; and what is told of it can be shown.
#![no_main]

use drawdown::Scenario;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let found = Scenario::parse("fuzz.toml", text).map(|scenario| scenario.check());
    let _ = found.unwrap_or_else(|found| found).render(false);
});
