//! A guard on the engine's work that holds still on a busy machine: how often a small run asks for memory.
//!
//! `DRAWDOWN_BLESS=1 cargo test --test allocations` writes the number that later runs are held to.

use std::fs;

use drawdown::{Run, Scenario};

#[global_allocator]
static COUNTED: dhat::Alloc = dhat::Alloc;

const BLESSED: &str = "tests/allocations.txt";

/// Allocations of a run on one thread.
fn allocations(model: &drawdown::Model, replicates: u64) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    Run::new(model).replicates(replicates).jobs(1).start().unwrap();
    dhat::HeapStats::get().total_blocks - before
}

#[test]
fn a_run_allocates_no_more_than_it_did() {
    let _counting = dhat::Profiler::builder().testing().build();
    let scenario = Scenario::open("scenarios/iraq-syria.toml").unwrap_or_else(|e| panic!("{e}"));
    let model = scenario.with("step", "1 week").unwrap().compile().unwrap_or_else(|e| panic!("{e}"));
    let (few, many) = (allocations(&model, 640), allocations(&model, 1280));
    let each = many - few;
    if std::env::var_os("DRAWDOWN_BLESS").is_some() {
        fs::write(BLESSED, format!("{few} allocations in a run of 10 blocks, {each} more for 10 more\n"))
            .unwrap();
    }
    let blessed = fs::read_to_string(BLESSED).unwrap();
    let numbers: Vec<u64> = blessed.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    for (now, then) in [few, each].into_iter().zip(numbers.iter().step_by(2)) {
        assert!(now <= then + then / 10, "{now} allocations, a tenth more than the {then} of {BLESSED}");
    }
}
