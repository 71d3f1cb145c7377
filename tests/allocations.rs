//! Guards on the engine's work that hold still on a busy machine: how often a small run asks for memory, and how
//! much of it studies hold.
//!
//! `DRAWDOWN_BLESS=1 cargo test --test allocations` writes the number that later runs are held to.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use drawdown::export::journal::{Journal, SweepKey};
use drawdown::export::{csv, words};
use drawdown::study::sweep::outcomes::Outcomes;
use drawdown::study::{Comparison, Design, Lever, Plan, Sweep};
use drawdown::{Model, Run, Scenario};

#[global_allocator]
static COUNTED: dhat::Alloc = dhat::Alloc;

/// There can be only one profiler at a time.
static ONE: Mutex<()> = Mutex::new(());

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
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
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
    // A comparison holds no more for ten times as many worlds, but for the bins of rarer values.
    let stay = Scenario::open("scenarios/iraq-syria/stay.toml").unwrap_or_else(|e| panic!("{e}"));
    let stay = stay.with("step", "1 week").unwrap().compile().unwrap_or_else(|e| panic!("{e}"));
    let (few, many) = (most_held(&model, &stay, 640), most_held(&model, &stay, 6400));
    assert!(many <= few + few / 5, "{few} bytes for 640 worlds, {many} for 6,400");
}

/// A small scenario with targets of each kind.
const RAIDED: &str = "
schema = 1
start = 2024-01-01
end = 2024-03-31
[contingents.us]
[theatres.t]
[sites.base]
theatre = \"t\"
troops = { us = 1000 }
[attacks.raids]
at = [\"t\"]
per_month = 5
[attacks.rockets]
at = [\"t\"]
per_month = 2
[indicators.raids_of_late]
value = \"sum(raids.attacks, 30)\"
amber = 6
red = 9
[indicators.rockets_of_late]
value = \"sum(rockets.attacks, 30)\"
amber = 2
red = 4
[milestones.tenth_raid]
when = \"total(raids.attacks) >= 10\"
by = 2024-02-15
";

/// While a sweep is run and its table and words are made, as the command does: the most bytes held at once, and
/// those held to the end.
fn held_by_a_sweep(points: usize, outcomes: &mut dyn Outcomes) -> [usize; 2] {
    let scenario = Scenario::parse("raided.toml", RAIDED).unwrap_or_else(|e| panic!("{e}"));
    let levers = [Lever::parse(&format!("attacks.raids.per_month=1..9/{points}")).unwrap()];
    let design = Design::new(&levers, Plan::Grid, 1).unwrap();
    let _counting = dhat::Profiler::builder().testing().build();
    let checked = Sweep::new(&scenario, design).replicates(2048).seed(7).jobs(1).check();
    let swept = checked.unwrap_or_else(|e| panic!("{e}")).run(Box::new(outcomes)).unwrap();
    csv::sweep::sweep(&swept, io::sink()).unwrap();
    assert!(words::sweep(&swept, Path::new("here")).unwrap().contains("more than chance"));
    let found = dhat::HeapStats::get();
    [found.max_bytes, found.curr_bytes]
}

#[test]
fn a_sweep_holds_little_more_for_more_points() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let key = |points: usize| SweepKey {
        version: points.to_string(),
        scenario: String::new(),
        design: String::new(),
        seed: 7,
        replicates: 2048,
        shard: None,
    };
    // Beyond the points whose models are kept.
    let [few, many] = [40, 220].map(|points| {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), &key(points)).unwrap();
        held_by_a_sweep(points, &mut journal)
    });
    // Seven headlines of 40 bytes, the point's settings, its place in the journal; its outcome would be 4,500 more.
    for (few, many) in few.into_iter().zip(many) {
        let each = many.saturating_sub(few) / 180;
        assert!(each < 1000, "{each} bytes a point: {few} for 40 points, {many} for 220");
    }
}
