use super::backlog::Backlog;
use super::fixture::{january, legend, record, results};
use super::*;
use crate::model::record::{Mask, Record};
use crate::results::legend::{Kind, Signal};
use crate::results::tally::FAILURES_KEPT;
use crate::vm::LANES;
use crate::vm::isa::Isa;

/// A block whose numbers differ from those of other blocks, with a few lanes dead.
fn block(number: u64) -> Record {
    let alive = !(0b101 << (number * 7 % 60));
    record(number * LANES as u64, alive)
}

fn tally_of(legend: &Legend, blocks: &[u64]) -> Tally {
    let mut tally = Tally::new(legend);
    blocks.iter().for_each(|&number| tally.add(legend, &block(number)));
    tally
}

#[test]
fn any_order_and_any_merges_give_the_same_tally() {
    let legend = legend();
    let mut forward = tally_of(&legend, &[0, 1, 2, 3, 4, 5, 6]);
    forward.settle();
    for (left, right) in
        [(&[6, 2, 4, 1][..], &[5, 3, 0][..]), (&[3], &[0, 1, 2, 6, 5, 4]), (&[], &[6, 5, 4, 3, 2, 1, 0])]
    {
        let mut merged = tally_of(&legend, left);
        merged.merge(tally_of(&legend, right));
        merged.settle();
        assert!(merged == forward, "{left:?} and {right:?}");
        assert_eq!(format!("{merged:?}"), format!("{forward:?}"));
    }
    let mut together = Tally::new(&legend);
    let mut backlog = Backlog::new(&legend, Isa::widest());
    (0..7).for_each(|number| backlog.add(&mut together, &legend, &block(number)));
    backlog.settle(&mut together);
    together.settle();
    assert!(together == forward);
}

#[test]
fn dead_lanes_are_never_counted() {
    let legend = legend();
    let (mut whole, mut none) = (record(0, 0b11), record(64, 0));
    (whole.failures, none.failures) = (Vec::new(), Vec::new());
    let mut tally = Tally::new(&legend);
    [none, whole].iter().for_each(|record| tally.add(&legend, record));
    let results = Results::new(legend, tally, 1);
    assert_eq!((results.completed(), results.failed()), (2, 0));
    let troops = results.signal("iraq.troops").unwrap().at(2).unwrap();
    assert_eq!((troops.mean, troops.q(0.0), troops.q(1.0), troops.n), (499.5, 499.0, 500.0, 2));
    let agreed = results.signal("politics.agreed").unwrap().at(2).unwrap();
    assert_eq!(agreed.probability().map(|p| (p.value, p.n)), Some((1.0, 2)));
    assert_eq!(results.indicator(0).now(Level::Amber, 1).value, 1.0);
    assert_eq!(results.indicator(0).days(Level::Amber, 2).value, 10.0);
    assert_eq!(results.any_red(1).value, 1.0);
    assert_eq!(results.milestone(0).arrivals.among(), 2);
    assert_eq!(results.site(0).attacks.mean, 0.5);
    assert_eq!(results.phase(0).cancelled.by_end().value, 0.0);
}

#[test]
fn signals_are_read_by_name_and_date() {
    let results = results();
    let iraq = results.signal("iraq.troops").unwrap();
    assert_eq!(iraq.on("2024-01-21").unwrap().date, january(21));
    assert_eq!(iraq.on("2024-01-30").unwrap().date, january(21));
    assert_eq!(iraq.points().map(|point| point.date).collect::<Vec<_>>(), results.dates());
    let reliance = results.signal("reliance").unwrap();
    assert_eq!(reliance.points().count(), 1);
    assert_eq!(reliance.on("2024-01-31").unwrap().mean, reliance.at(0).unwrap().mean);
    let attacks = results.signal("militia.attacks").unwrap();
    assert_eq!(attacks.points().map(|point| point.date).collect::<Vec<_>>(), [january(21), january(31)]);
    assert_eq!(attacks.on("2024-01-31").unwrap().mean, 3.0);
}

#[test]
fn what_is_missing_is_named() {
    let results = results();
    let message = |result: Result<Point<'_>, Missing>| result.unwrap_err().to_string();
    assert_eq!(
        results.signal("iraq.trops").unwrap_err().to_string(),
        "no summarised signal is called `iraq.trops`; did you mean `iraq.troops`?"
    );
    assert_eq!(results.signal("zzz").unwrap_err().to_string(), "no summarised signal is called `zzz`");
    let attacks = results.signal("militia.attacks").unwrap();
    assert_eq!(message(attacks.on("soon")), "`soon` is not a date such as 2025-09-30");
    assert_eq!(
        message(attacks.on("2024-02-01")),
        "2024-02-01 is outside the run, which goes from 2024-01-01 to 2024-01-31"
    );
    assert_eq!(message(attacks.on("2023-12-31")), message(attacks.on("2023-12-31")));
    assert_eq!(
        message(attacks.on("2024-01-11")),
        "`militia.attacks` counts what happens between rows, and by 2024-01-11 there is only the first"
    );
}

#[test]
fn a_flag_has_a_probability_and_the_quantiles_of_its_two_values() {
    let results = results();
    let agreed = results.signal("politics.agreed").unwrap().at(1).unwrap();
    // 30 of 62 and 32 of 64; replicates 3 and 5 failed among the first.
    assert_eq!(agreed.probability(), Some(stats::probability(62, 126, 2)));
    assert_eq!((agreed.q(0.5), agreed.q(0.51)), (0.0, 1.0));
    // n/(n − 1) times p(1 − p) is 62·64/(126·125).
    assert!((agreed.sd.unwrap() - (62.0 * 64.0 / (126.0 * 125.0_f64)).sqrt()).abs() < 1e-12);
    assert_eq!(results.signal("iraq.troops").unwrap().at(1).unwrap().probability(), None);
}

#[test]
fn two_red_at_once_counts_indicators_not_lanes() {
    let results = results();
    // Row 1: the first is red in lanes 0 to 7, the second in 0 to 3; lanes 2 and 4 of one block failed.
    assert_eq!(results.any_red(1), stats::probability(6 + 8, 126, 2));
    assert_eq!(results.two_red(1), stats::probability(3 + 4, 126, 2));
    assert_eq!(results.two_red(2).value, 0.0);
}

#[test]
fn dates_have_quantiles_and_curves() {
    let results = results();
    let agreement = results.milestone(0);
    // In 62 of 126 on the 11th, never in the others.
    assert_eq!(agreement.arrivals.date(0.25), Some(DateQuantile::On(january(11))));
    assert_eq!(agreement.arrivals.date(0.5), Some(DateQuantile::AfterEnd));
    assert_eq!(
        agreement.arrivals.date_interval(0.95),
        Some((DateQuantile::AfterEnd, DateQuantile::AfterEnd))
    );
    let curve: Vec<f64> = agreement.arrivals.curve().iter().map(|(_, p)| p.value * 126.0).collect();
    assert_eq!(curve, [0.0, 62.0, 62.0, 62.0]);
    assert_eq!(agreement.arrivals.by(january(10)).value, 0.0);
    assert_eq!(agreement.arrivals.by(january(11)).value, 62.0 / 126.0);
    assert_eq!(agreement.arrivals.not_by_end().value, 64.0 / 126.0);
}

#[test]
fn a_condition_narrows_the_histories() {
    let below = results().milestone(1).arrivals.among();
    // Agreement came in the lanes 0 to 31 of both blocks, 2 of which failed.
    assert_eq!(below, 62);
    let results = results();
    let below = results.milestone(1);
    // Row 2 in every fourth lane: 7 (lane 4 failed) and 8.
    assert_eq!(below.by_its_date(), stats::probability(15, 62, 2));
    assert_eq!(below.true_at_its_date(), stats::probability(15, 62, 2));
}

#[test]
fn a_phase_is_done_cancelled_or_open() {
    let results = results();
    let leave = results.phase(0);
    assert_eq!(leave.done.by_end(), stats::probability(94, 126, 2));
    assert_eq!(leave.cancelled.by_end(), stats::probability(16, 126, 2));
    assert_eq!(leave.open_at_end(), stats::probability(16, 126, 2));
    assert_eq!(leave.by_its_date().value, 0.0);
}

#[test]
fn representatives_are_of_the_ranks_asked_for() {
    let results = results();
    // The indicator's mean is 100 + replicate: bins of a 128th, so of about one replicate here.
    let median = results.indicator(0).median_replicate().unwrap();
    assert!((63..=66).contains(&median), "{median}");
    let worst = results.indicator(0).worst_replicate().unwrap();
    assert!((118..=122).contains(&worst), "{worst}");
}

#[test]
fn only_the_lowest_failures_are_kept() {
    let legend = legend();
    let blocks = FAILURES_KEPT as u64 / LANES as u64 + 2;
    let failed = |number: u64| Record {
        failures: record(number * 64, 0).failures,
        clamped: vec![1],
        ..Record::default()
    };
    let (mut forward, mut backward) = (Tally::new(&legend), Tally::new(&legend));
    (0..blocks).for_each(|number| forward.add(&legend, &failed(number)));
    (0..blocks).rev().for_each(|number| backward.add(&legend, &failed(number)));
    assert!(forward == backward);
    assert_eq!(forward.failed, blocks * 64);
    assert_eq!(forward.failures.len(), FAILURES_KEPT);
    assert_eq!(forward.failures.keys().max(), Some(&(FAILURES_KEPT as u64 - 1)));
    assert_eq!(forward.clamped, [blocks]);
}

#[test]
fn a_run_in_which_all_failed_says_nothing_and_does_not_panic() {
    let legend = legend();
    let mut tally = Tally::new(&legend);
    tally.add(&legend, &record(0, 0));
    let results = Results::new(legend, tally, 1);
    let troops = results.signal("iraq.troops").unwrap().at(1).unwrap();
    assert!(troops.mean.is_nan() && troops.q(0.5).is_nan());
    assert_eq!((troops.sd, troops.mean_interval(), troops.q_interval(0.5)), (None, None, None));
    assert_eq!(results.milestone(0).arrivals.date(0.5), None);
    assert_eq!(results.indicator(0).median_replicate(), None);
}

/// Uniform numbers by address (Steele, Lea, Flood: SplitMix64).
fn uniform(seed: u64, index: u64) -> f64 {
    let mut z = (seed << 32 | index).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A level u², skewed, with mean 1/3, standard deviation √(4/45) and quantiles p²; and a flag up in 0.3.
fn skewed_run(legend: &Legend, seed: u64, replicates: u64) -> Results {
    let mut tally = Tally::new(legend);
    for first in (0..replicates).step_by(LANES) {
        let u: [f64; LANES] = std::array::from_fn(|lane| uniform(seed, first + lane as u64));
        let flag = (0..LANES).fold(0, |mask, lane| mask | (Mask::from(u[lane] < 0.3) << lane));
        let values = vec![u.map(|u| u * u); legend.report.len()];
        let flags = vec![flag; legend.report.len()];
        tally.add(legend, &Record { first, alive: !0, values, flags, ..Record::default() });
    }
    Results::new(legend.clone(), tally, seed)
}

#[test]
fn intervals_hold_the_truth_95_times_in_100() {
    let signal =
        |name: &str, kind| Signal { name: name.into(), kind, unit: String::new(), whole: false, once: false };
    let legend = Legend {
        signals: vec![signal("level", Kind::Level), signal("flag", Kind::Flag)],
        indicators: Vec::new(),
        milestones: Vec::new(),
        phases: Vec::new(),
        sites: Vec::new(),
        report: vec![0],
        ..legend()
    };
    let (seeds, replicates) = (4_000, 512);
    let mut held = [0; 6];
    for seed in 0..seeds {
        let results = skewed_run(&legend, seed, replicates);
        let level = results.signal("level").unwrap().at(0).unwrap();
        let flag = results.signal("flag").unwrap().at(0).unwrap();
        let told = [
            (level.mean_interval(), 1.0 / 3.0),
            (level.sd_estimate().and_then(|sd| sd.interval), (4.0_f64 / 45.0).sqrt()),
            (level.q_interval(0.05), 0.05 * 0.05),
            (level.q_interval(0.5), 0.25),
            (level.q_interval(0.95), 0.95 * 0.95),
            (flag.mean_interval(), 0.3),
        ];
        for (held, (interval, truth)) in held.iter_mut().zip(told) {
            let interval = interval.unwrap();
            *held += u32::from(interval.low <= truth && truth <= interval.high);
        }
    }
    // The standard error of a coverage of 0.95 over 4,000 seeds is 0.0034.
    for held in held.map(|held| f64::from(held) / seeds as f64) {
        assert!((0.93..=0.97).contains(&held), "{held}");
    }
}

/// How far two numbers may be apart by rounding.
const ROUNDING: f64 = 1e-12;

#[test]
fn what_never_changes_is_steady() {
    let results = results();
    let steady = |name: &str| results.signal(name).unwrap().is_steady();
    assert!(!steady("iraq.troops") && !steady("politics.agreed"));
    let legend = Legend { report: vec![0, 2], ..legend() };
    let mut tally = Tally::new(&legend);
    let (values, flags) = (vec![[1.0; LANES]; 5 * 2], vec![0b11; 2]);
    tally.add(&legend, &Record { values, flags, ..record(0, !0) });
    let still = Results::new(legend, tally, 7);
    assert!(still.signal("iraq.troops").unwrap().is_steady());
}

#[test]
fn days_at_a_level_have_a_mean_and_its_error() {
    // Ten days in 16 histories of each block, of which two of the first failed.
    let results = results();
    let days = results.indicator(0).days(Level::Amber, 1);
    let (n, sum, squares) = (126.0_f64, 300.0, 3000.0);
    let error = ((squares - sum * sum / n) / (n - 1.0) / n).sqrt();
    let half = stats::Z95 * error;
    let interval = days.interval.unwrap();
    assert!((days.value - sum / n).abs() < ROUNDING);
    // Student's t is a little wider than the normal.
    let width = (interval.high - interval.low) / 2.0;
    assert!(width >= half * (1.0 - ROUNDING) && width < 1.02 * half, "{width} {half}");
    assert_eq!(results.indicator(0).days(Level::Amber, 0).value, 0.0);
}

#[test]
fn the_middle_history_is_named_from_1() {
    // Means 100 + k of the replicates k from 0 but 2 and 4: the 63rd of 126 is k = 64.
    assert_eq!(results().indicator(0).median_replicate(), Some(65));
}

#[test]
fn days_that_are_the_same_in_all_histories_have_no_error() {
    // The square of their sum is beyond whole doubles, and a 4 above that of all squares.
    let mut results = results();
    (results.tally.completed, results.tally.failed) = (1_000_000, 0);
    let amber = &mut results.tally.thresholds.levels[0][0];
    (amber.days[1], amber.days_squared[1]) = (1_000_000 * 34_377, 1_000_000 * 34_377 * 34_377);
    let days = results.indicator(0).days(Level::Amber, 1);
    assert_eq!(days.interval, Some(Interval { low: 34_377.0, high: 34_377.0 }));
}

#[test]
fn what_never_happens_has_no_date() {
    let mut results = results();
    results.tally.milestones[0].by_row.fill(0);
    let arrivals = results.milestone(0).arrivals;
    assert_eq!((arrivals.met(), arrivals.date_among_met(0.5)), (0, (None, None)));
}

#[test]
fn each_flag_has_its_own_place_at_each_row() {
    let signal = |name: &str| Signal {
        name: name.into(),
        kind: Kind::Flag,
        unit: String::new(),
        whole: true,
        once: false,
    };
    let signals = ["a", "b", "c"].map(signal).to_vec();
    let (indicators, milestones, phases) = (vec![], vec![], vec![]);
    let (sites, counts) = (vec![], vec![]);
    let legend = Legend { signals, indicators, milestones, phases, sites, counts, ..legend() };
    let mut tally = Tally::new(&legend);
    // In one lane more from each to the next, row after row.
    let flags: Vec<Mask> = (0..9).map(|place| (1 << place) - 1).collect();
    tally.add(&legend, &Record { alive: !0, flags, ..Record::default() });
    let results = Results::new(legend, tally, 1);
    let raised = |name: &str| -> Vec<f64> {
        results.signal(name).unwrap().points().map(|point| 64.0 * point.mean).collect()
    };
    assert_eq!([raised("a"), raised("b"), raised("c")], [[0.0, 3.0, 6.0], [1.0, 4.0, 7.0], [2.0, 5.0, 8.0]]);
}

#[test]
fn quantiles_are_as_fine_as_their_bins() {
    let results = results();
    let resolution = |name: &str, x: f64| results.signal(name).unwrap().at(1).unwrap().resolution(x);
    assert_eq!(resolution("politics.agreed", 1.0), 0.0);
    // Whole to 4,095 and then to one part in 4,096; others to one part in 128.
    assert_eq!((resolution("iraq.troops", 4000.0), resolution("pressure", 1.0)), (0.0, 1.0 / 128.0));
}

#[test]
fn blocks_that_wait_are_counted_like_others() {
    let legend = legend();
    // Whole blocks wait; others, of which there are two, do not.
    let record = |number: u64| record(number * LANES as u64, if number % 20 == 7 { !1 } else { !0 });
    for blocks in [1, 15, 16, 17, 40] {
        let (mut at_once, mut waiting) = (Tally::new(&legend), Tally::new(&legend));
        let mut backlog = Backlog::new(&legend, Isa::widest());
        for number in 0..blocks {
            at_once.add(&legend, &record(number));
            backlog.add(&mut waiting, &legend, &record(number));
        }
        backlog.settle(&mut waiting);
        at_once.settle();
        waiting.settle();
        assert!(waiting == at_once, "{blocks} blocks");
    }
}

#[test]
fn a_tally_of_which_half_failed_is_kept() {
    let legend = legend();
    let half = record(0, 0xffff_ffff);
    let (mut together, mut merged) = (Tally::new(&legend), Tally::new(&legend));
    [&half, &block(1)].into_iter().for_each(|record| together.add(&legend, record));
    merged.add(&legend, &half);
    merged.merge(tally_of(&legend, &[1]));
    together.settle();
    merged.settle();
    assert!(merged == together);
}

#[test]
fn replicates_are_those_that_ended_and_those_that_failed() {
    let results = results();
    assert_eq!((results.replicates(), results.completed(), results.failed()), (128, 126, 2));
    assert_eq!(results.failures().map(|failure| failure.replicate).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn nothing_is_counted_before_the_first_step() {
    // The second of the three values that change, at row 0: attacks.
    let legend = legend();
    let tally = tally_of(&legend, &[0, 1]);
    assert!(tally.values[1] == Default::default() && tally.values[4] != Default::default());
}
