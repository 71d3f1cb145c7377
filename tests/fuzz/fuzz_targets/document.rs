#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| drawdown_fuzz::document(text));
