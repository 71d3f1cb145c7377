//! What each target does with a text. `tests/it/corpus.rs` does the same with the texts that are kept.

use std::cell::LazyCell;

use drawdown::export::manifest::{Manifest, Provenance};
use drawdown::export::{report, words};
use drawdown::lang::expression::parse;
use drawdown::lang::source::Span;
use drawdown::{Model, Results, Run, Scenario};

thread_local! {
    static EVERYTHING: LazyCell<Scenario> = LazyCell::new(|| {
        Scenario::parse("everything.toml", include_str!("everything.toml")).unwrap_or_else(|found| panic!("{found}"))
    });
}

/// Any text as an expression: read or refused with its place inside the text.
pub fn expression(text: &str) {
    let at = Span { start: 0, end: text.len() as u32 };
    if let Err(found) = parse(text, at) {
        let span = found.span.expect("a mistake has a place");
        assert!(span.start <= span.end && span.end <= at.end, "{span:?} in {at:?}");
    }
}

/// Any text as a scenario file: read, compiled, or refused; and what is told of it can be shown.
pub fn document(text: &str) {
    let found = Scenario::parse("fuzz.toml", text).map(|scenario| scenario.check());
    let _ = found.unwrap_or_else(|found| found).render(false);
}

/// Any lines of `PATH=VALUE` over a scenario that has everything; what compiles is run.
pub fn overlay(text: &str) {
    let mut scenario = EVERYTHING.with(|base| (**base).clone());
    for line in text.lines() {
        let (path, value) = line.split_once('=').unwrap_or((line, ""));
        scenario = match scenario.with(path, value) {
            Ok(scenario) => scenario,
            Err(found) => return drop(found.render(false)),
        };
    }
    match scenario.compile() {
        Ok(model) => drop(ran(&model)),
        Err(found) => drop(found.render(false)),
    }
}

/// Any text as a scenario that, if it compiles, is run.
pub fn run(text: &str) {
    let Ok(model) = Scenario::parse("fuzz.toml", text).and_then(|scenario| scenario.compile()) else {
        return;
    };
    let _ = ran(&model);
}

/// Any text as a scenario that, if it compiles, is run, drawn and told.
pub fn told(text: &str) {
    let Ok(model) = Scenario::parse("fuzz.toml", text).and_then(|scenario| scenario.compile()) else {
        return;
    };
    let Some(results) = ran(&model) else { return };
    let _ = words::summary(&results, None);
    if results.completed() > 0 {
        let manifest = Manifest::new(&results, &Provenance::default());
        report::html(&results, &manifest, None::<&[u8]>).expect("what was run can be shown");
    }
}

/// Runs a small model: every number is finite, or its replicate is among the failed.
fn ran(model: &Model) -> Option<Results> {
    // The engine's time is linear in both.
    if model.calendar.steps() > 400 || model.all_signals.len() > 200 {
        return None;
    }
    let results = Run::new(model).replicates(64).seed(1).jobs(1).start().expect("64 replicates can be run");
    assert_eq!(results.replicates(), 64);
    for series in results.signals() {
        for point in series.points() {
            assert!(results.completed() == 0 || point.mean.is_finite(), "{}", series.signal.name);
        }
    }
    Some(results)
}
