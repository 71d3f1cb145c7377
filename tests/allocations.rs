//! A guard on the engine's work that holds still on a busy machine: how often a small run asks for memory.
//!
//! `DRAWDOWN_BLESS=1 cargo test --test allocations` writes the number that later runs are held to.

use std::fs;

use drawdown::study::Comparison;
use drawdown::{Model, Run, Scenario};

#[global_allocator]
static COUNTED: dhat::Alloc = dhat::Alloc;

const BLESSED: &str = "tests/allocations.txt";

/// Allocations of a run on one thread.
fn allocations(model: &Model, replicates: u64) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    Run::new(model).replicates(replicates).jobs(1).start().unwrap();
    dhat::HeapStats::get().total_blocks - before
}

/// The most bytes held at once, so far, after a comparison of so many worlds.
fn most_held(base: &Model, other: &Model, worlds: u64) -> usize {
    Comparison::new(base).against(other).replicates(worlds).seed(7).jobs(1).start().unwrap();
    dhat::HeapStats::get().max_bytes
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
    // Here, for there can be only one profiler: a comparison holds no more for ten times as many worlds, but for
    // the bins of rarer values.
    let stay = Scenario::open("scenarios/iraq-syria/stay.toml").unwrap_or_else(|e| panic!("{e}"));
    let stay = stay.with("step", "1 week").unwrap().compile().unwrap_or_else(|e| panic!("{e}"));
    let (few, many) = (most_held(&model, &stay, 640), most_held(&model, &stay, 6400));
    assert!(many <= few + few / 5, "{few} bytes for 640 worlds, {many} for 6,400");
}
