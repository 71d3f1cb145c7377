//! A small run made by hand, for tests: four rows, three of them reported, 64 replicates a block.

use crate::calendar::{Calendar, Date};
use crate::model::record::{Failure, IndicatorRecord, Mask, NEVER, Record};
use crate::results::legend::{
    Count, Counted, Indicator, Kind, Legend, Milestone, Phase, Quantity, Signal, Site, Source, Theatre,
};
use crate::results::{Results, Tally};
use crate::vm::{LANES, Row};

/// A date of January 2024.
pub(crate) fn january(day: i8) -> Date {
    Date::constant(2024, 1, day)
}

/// Rows on the 1st, 11th, 21st and 31st; the 11th is not reported.
pub(crate) fn legend() -> Legend {
    Legend {
        scenario: "iraq".into(),
        title: "Iraq by hand".into(),
        calendar: Calendar::new(january(1), january(31), 10).unwrap(),
        report: vec![0, 2, 3],
        signals: vec![
            signal("iraq.troops", Kind::Level, "people", true, false),
            signal("politics.agreed", Kind::Flag, "", false, false),
            signal("militia.attacks", Kind::Count, "attacks", true, false),
            signal("pressure", Kind::Level, "", false, false),
            signal("reliance", Kind::Level, "", false, true),
        ],
        indicators: vec![
            indicator("resurgence", "Daesh resurgence"),
            indicator("pressure_low", "Low pressure"),
        ],
        milestones: vec![
            milestone("agreement", "Agreement", None, None),
            milestone("below_500", "Fewer than 500 US", Some(january(21)), Some(0)),
        ],
        phases: vec![Phase {
            id: "leave".into(),
            label: "Mission ends".into(),
            start: Some(january(5)),
            end: Some(january(25)),
        }],
        theatres: vec![Theatre {
            id: "iraq".into(),
            label: "Iraq".into(),
            announced: vec![(january(1), 2500.0), (january(21), 1000.0), (january(31), 500.0)],
        }],
        sites: vec![Site {
            id: "al_asad".into(),
            label: "=Al Asad".into(),
            theatre: "iraq".into(),
            location: Some([33.8, 42.4]),
            announced_empty: Some(january(21)),
        }],
        counts: vec![Count {
            id: "militia".into(),
            label: "Attacks by militias".into(),
            counted: Counted::Attacks,
            strikes_us: true,
            signals: vec![1],
        }],
        recent_days: 20,
        quantities: vec![Quantity {
            path: "parameters.reliance".into(),
            text: "uniform 0 to 1".into(),
            source: Some("judgement".into()),
            note: None,
            basis: None,
            confidence: None,
            drawn: Some(0),
        }],
        sources: vec![Source {
            id: "news".into(),
            title: "A newspaper".into(),
            date: Some(january(1)),
            url: None,
            note: None,
        }],
        clamps: vec!["daesh".into()],
        paths: vec!["iraq.troops".into(), "militia.attacks".into()],
    }
}

/// One block of replicates, beginning at `first`, of which `alive` count. What the others hold is
/// senseless, as it may be after a failure.
pub(crate) fn record(first: u64, alive: Mask) -> Record {
    let row = |value: &dyn Fn(f64) -> f64| -> Row {
        std::array::from_fn(|lane| {
            if (alive >> lane) & 1 == 1 { value((first + lane as u64) as f64) } else { f64::NAN }
        })
    };
    let days: [u32; LANES] = std::array::from_fn(|lane| if lane < 16 { 10 } else { 0 });
    let dates = |rows: &dyn Fn(usize) -> u32| -> [u32; LANES] { std::array::from_fn(rows) };
    let reliance = row(&|k| (k + 0.5) / 128.0);
    let unused = [f64::NAN; LANES];
    let resurgence = IndicatorRecord {
        now: [vec![0, 0xffff, !0], vec![0, 0xff, !0xff]],
        ever: [vec![0, 0xffff, !0], vec![0, 0xff, !0]],
        days: [vec![[0; LANES], days, days], vec![[0; LANES], [0; LANES], days]],
        mean: row(&|k| 100.0 + k),
        peak: row(&|k| 200.0 + k),
    };
    let mut pressure = resurgence.clone();
    pressure.now = [vec![0, 0xf, 0xf], vec![0, 0xf, 0]];
    pressure.ever = [vec![0, 0xf, 0xf], vec![0, 0xf, 0xf]];
    let dead: Vec<usize> = (0..LANES).filter(|lane| (alive >> lane) & 1 == 0).collect();
    Record {
        first,
        alive,
        values: vec![
            row(&|_| 2500.0),
            [0.0; LANES],
            row(&|k| k / 3.0),
            reliance,
            row(&|k| 2000.0 - 10.0 * k),
            row(&|k| (k % 4.0).floor()),
            row(&|k| k / 7.0 - 5.0),
            unused,
            row(&|k| 500.0 - k),
            row(&|_| 3.0),
            row(&|_| 0.1),
            unused,
        ],
        flags: vec![0, 0xffff_ffff, !0],
        at_end: vec![row(&|k| 500.0 - k), row(&|k| 3.0 + (k % 4.0).floor()), row(&|_| 0.1), unused],
        indicators: vec![resurgence, pressure],
        milestones: vec![
            dates(&|lane| if lane < 32 { 1 } else { NEVER }),
            dates(&|lane| [2, 3, NEVER, NEVER][lane % 4]),
        ],
        milestones_at_date: vec![0xffff_ffff, 0x1111_1111_1111_1111],
        phases_done: vec![dates(&|lane| if lane < 48 { 3 } else { NEVER })],
        phases_cancelled: vec![dates(&|lane| if lane >= 56 { 2 } else { NEVER })],
        sites_closed: vec![dates(&|lane| if lane % 2 == 0 { 2 } else { 3 })],
        site_losses: vec![[row(&|k| k % 4.0), row(&|_| 0.0), row(&|k| k % 2.0)]],
        drawn: vec![reliance],
        paths: (0..4)
            .flat_map(|step| [[2500.0 - f64::from(step); LANES], [f64::from(step); LANES]])
            .collect(),
        failures: dead.into_iter().map(|lane| failure(first + lane as u64)).collect(),
        clamped: vec![7],
    }
}

/// Two blocks, with the replicates 3 and 5 failed.
pub(crate) fn results() -> Results {
    let legend = legend();
    let mut tally = Tally::new(&legend);
    tally.add(&legend, &record(0, !0b10100));
    tally.add(&legend, &record(64, !0));
    Results::new(legend, tally, 7)
}

fn failure(replicate: u64) -> Failure {
    Failure {
        replicate,
        row: 2,
        signal: "pressure".into(),
        expression: "-1 / x".into(),
        reason: "division by zero".into(),
    }
}

fn signal(name: &str, kind: Kind, unit: &str, whole: bool, once: bool) -> Signal {
    Signal { name: name.into(), kind, unit: unit.into(), whole, once }
}

fn indicator(id: &str, label: &str) -> Indicator {
    let (id, label, unit) = (id.into(), label.into(), String::new());
    Indicator { id, label, unit, amber: 150.0, red: 250.0, lower_is_worse: false, for_days: 0.0 }
}

fn milestone(id: &str, label: &str, by: Option<Date>, given: Option<usize>) -> Milestone {
    Milestone { id: id.into(), label: label.into(), by, given }
}
