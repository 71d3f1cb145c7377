//! Any small scenario that compiles is run: every number is finite, or its replicate is among the failed.
#![no_main]

use drawdown::{Run, Scenario};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(model) = Scenario::parse("fuzz.toml", text).and_then(|scenario| scenario.compile()) else { return };
    // Small ones: the engine's time is linear in both.
    if model.calendar.steps() > 400 || model.all_signals.len() > 200 {
        return;
    }
    let results = Run::new(&model).replicates(64).seed(1).jobs(1).start().expect("64 replicates can be run");
    assert_eq!(results.replicates(), 64);
    for series in results.signals() {
        for point in series.points() {
            assert!(results.completed() == 0 || point.mean.is_finite(), "{}", series.signal.name);
        }
    }
});
