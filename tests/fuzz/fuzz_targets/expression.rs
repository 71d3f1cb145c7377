//! Any text as an expression: read or refused with its place inside the text.
#![no_main]

use drawdown::lang::expression::parse;
use drawdown::lang::source::Span;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let at = Span { start: 0, end: text.len() as u32 };
    if let Err(found) = parse(text, at) {
        let span = found.span.expect("a mistake has a place");
        assert!(span.start <= span.end && span.end <= at.end, "{span:?} in {at:?}");
    }
});
