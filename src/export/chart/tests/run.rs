//! Figures of results, read as a run leaves them.

use super::super::{Theme, figures, signal, text};
use super::{sound, words};
use crate::calendar::{Calendar, Date, add_days};
use crate::model::record::{IndicatorRecord, NEVER, Record};
use crate::results::legend::{Indicator, Kind, Legend, Milestone, Phase, Signal, Site, Source, Theatre};
use crate::results::{Level, Results, Tally, format};
use crate::vm::LANES;

const START: Date = Date::constant(2024, 7, 23);
const BLOCKS: u64 = 4;
/// Weekly steps, every one reported.
const WEEKS: u32 = 104;

fn legend() -> Legend {
    let calendar = Calendar::new(START, add_days(START, i64::from(7 * WEEKS)), 7).unwrap();
    let announced = (0..=WEEKS as usize).map(|row| (calendar.date(row), 2500.0 - 20.0 * row as f64));
    let theatre = |id: &str, label: &str| Theatre {
        id: id.to_owned(),
        label: label.to_owned(),
        announced: announced.clone().collect(),
    };
    let milestone = |id: &str, label: &str, by, given| Milestone {
        id: id.to_owned(),
        label: label.to_owned(),
        by,
        given,
    };
    let by = Some(Date::constant(2025, 9, 30));
    Legend {
        scenario: "two-years".to_owned(),
        title: "Two years of leaving Iraq".to_owned(),
        calendar,
        report: (0..=WEEKS as usize).collect(),
        signals: vec![level("iraq.troops", true), level("resurgence", false)],
        indicators: vec![Indicator {
            id: "resurgence".to_owned(),
            label: "Attacks a month".to_owned(),
            unit: "attacks".to_owned(),
            amber: 40.0,
            red: 60.0,
            lower_is_worse: false,
            for_days: 14.0,
        }],
        milestones: vec![
            milestone("half", "Half have left", by, None),
            milestone("all", "All have left", None, Some(0)),
        ],
        phases: vec![Phase {
            id: "leave".to_owned(),
            label: "Leave".to_owned(),
            start: Some(START),
            end: Some(Date::constant(2026, 6, 30)),
        }],
        // Nothing is said of Syria's troops: it has no panel.
        theatres: vec![theatre("iraq", "Iraq"), theatre("syria", "Syria")],
        sites: ["Al-Asad", "Erbil"]
            .map(|label| Site {
                id: label.to_lowercase(),
                label: label.to_owned(),
                theatre: "iraq".to_owned(),
                location: None,
                announced_empty: Some(Date::constant(2026, 6, 30)),
            })
            .to_vec(),
        counts: Vec::new(),
        recent_days: 91,
        quantities: Vec::new(),
        sources: vec![Source {
            id: "letter".to_owned(),
            title: "A letter".to_owned(),
            date: None,
            url: None,
            note: None,
        }],
        clamps: Vec::new(),
        paths: Vec::new(),
    }
}

fn level(name: &str, whole: bool) -> Signal {
    Signal { name: name.to_owned(), kind: Kind::Level, unit: String::new(), whole, once: false }
}

/// A block in which lane `j` leaves at its own pace, and attacks rise as people leave.
fn record(block: u64) -> Record {
    let pace = |lane: usize| 8.0 + 18.0 * ((block * LANES as u64 + lane as u64) * 37 % 256) as f64 / 256.0;
    let people = |row: u32, lane| (2500.0 - (pace(lane) * f64::from(row)).round()).max(0.0);
    let attacks = |row: u32, lane| 30.0 + (2500.0 - people(row, lane)) / 80.0 + 4.0 * f64::from(row % 3);
    let rows = 0..=WEEKS;
    let first = |reached: &dyn Fn(u32, usize) -> bool| {
        std::array::from_fn(|lane| (0..=WEEKS).find(|row| reached(*row, lane)).unwrap_or(NEVER))
    };
    let mask = |row: u32, least: f64| {
        (0..LANES).filter(|lane| attacks(row, *lane) >= least).fold(0, |m, l| m | 1 << l)
    };
    let now = [40.0, 60.0].map(|least| rows.clone().map(|row| mask(row, least)).collect::<Vec<u64>>());
    let ever = now.clone().map(|masks| {
        masks
            .iter()
            .scan(0, |seen, mask| {
                *seen |= mask;
                Some(*seen)
            })
            .collect()
    });
    Record {
        first: block * LANES as u64,
        alive: u64::MAX,
        values: rows
            .clone()
            .flat_map(|row| {
                [std::array::from_fn(|l| people(row, l)), std::array::from_fn(|l| attacks(row, l))]
            })
            .collect(),
        at_end: vec![std::array::from_fn(|l| people(WEEKS, l)), std::array::from_fn(|l| attacks(WEEKS, l))],
        indicators: vec![IndicatorRecord {
            now,
            ever,
            days: [0, 1].map(|_| vec![[0; LANES]; WEEKS as usize + 1]),
            mean: [0.0; LANES],
            peak: [0.0; LANES],
        }],
        milestones: vec![
            first(&|row, lane| people(row, lane) <= 1250.0),
            first(&|row, lane| people(row, lane) <= 0.0),
        ],
        milestones_at_date: vec![0; 2],
        phases_done: vec![[NEVER; LANES]],
        sites_closed: vec![first(&|row, lane| people(row, lane) <= 1000.0), [NEVER; LANES]],
        site_losses: vec![[[0.0; LANES]; 3]; 2],
        phases_cancelled: vec![[NEVER; LANES]],
        ..Record::default()
    }
}

fn results() -> Results {
    let legend = legend();
    let mut tally = Tally::new(&legend);
    (0..BLOCKS).for_each(|block| tally.add(&legend, &record(block)));
    Results::new(legend, tally, 7)
}

#[test]
fn a_run_has_its_figures_and_they_tell_its_numbers() {
    let results = results();
    let figures = figures(&results).unwrap();
    let names: Vec<&str> = figures.iter().map(|figure| figure.name.as_str()).collect();
    let expected = ["troops", "posture", "handover", "risks", "indicator-resurgence", "milestones"];
    assert_eq!(names, expected);
    let mut told: Vec<Vec<String>> =
        figures.into_iter().map(|figure| words(&sound(Ok(Some(figure))))).collect();

    let last = results.signal("iraq.troops").unwrap().on_date(results.legend.calendar.end()).unwrap();
    let median = format!("Median {}", text::range(&[0.05, 0.5, 0.95].map(|p| last.q_estimate(p)))[1]);
    assert!(told[0].contains(&median), "{median} is not in {:?}", told[0]);
    assert!(told[0].contains(&"On schedule 420".to_owned()), "{:?}", told[0]);
    assert!(told[0].contains(&"Troops in Iraq against the announced schedule".to_owned()), "{:?}", told[0]);

    let posture = told.remove(1);
    let share = format::percent(&results.site(0).closed.by_end());
    assert!(posture.iter().any(|line| line.ends_with(&format!("; {share} by the end"))), "{posture:?}");
    assert!(posture.contains(&"in no history".to_owned()), "{posture:?}");

    let handover = told.remove(1);
    let last = results.handed_over(WEEKS as usize);
    let median = format!("Median {}", text::range(&[0.05, 0.5, 0.95].map(|p| last.q_estimate(p)))[1]);
    assert!(handover.contains(&median) && handover.contains(&"On schedule 2".to_owned()), "{handover:?}");

    let risks = told.remove(1);
    let last = results.dates().len() - 1;
    let red = format!("{:.0}", 100.0 * results.indicator(0).now(Level::Red, last).value);
    assert!(risks.contains(&"Attacks a month".to_owned()) && risks.contains(&red), "{red}: {risks:?}");

    let indicator = results.indicator(0);
    let [amber, red] = Level::ALL.map(|level| format::share(&indicator.ever(level, WEEKS as usize)));
    let finding = told[1].iter().find(|line| line.starts_with("By 21 Jul 2026")).unwrap();
    assert!(finding.contains(&amber) && finding.contains(&red), "{finding}, not {amber} and {red}");

    let half = format::percent(&results.milestone(0).by_its_date());
    assert!(
        told[2].iter().any(|line| line.starts_with(&format!("{half} by 30 Sep 2025"))),
        "{half}: {:?}",
        told[2]
    );
    let among = format!("given: Half have left ({} histories)", results.milestone(1).arrivals.among());
    assert!(told[2].contains(&among), "{among}: {:?}", told[2]);
    assert!(told[2].contains(&"Sources: A letter".to_owned()));
}

#[test]
fn a_run_in_which_every_replicate_failed_has_no_figures() {
    let legend = legend();
    let tally = Tally::new(&legend);
    assert_eq!(figures(&Results::new(legend, tally, 7)).unwrap(), []);
}

#[test]
fn any_signal_has_a_figure_of_its_own() {
    let results = results();
    let attacks = results.signal("resurgence").unwrap();
    let told = words(&sound(signal(&results, &attacks)));
    let last = attacks.on_date(results.legend.calendar.end()).unwrap();
    let median = format!("Median {}", text::range(&[0.05, 0.5, 0.95].map(|p| last.q_estimate(p)))[1]);
    assert!(told.contains(&"resurgence".to_owned()) && told.contains(&median), "{median}: {told:?}");
}

#[test]
fn a_flag_is_drawn_as_the_share_in_which_it_holds() {
    let mut legend = legend();
    legend.signals.push(Signal { kind: Kind::Flag, ..level("politics.agreed", false) });
    let mut tally = Tally::new(&legend);
    for block in 0..BLOCKS {
        // From a year on in the first quarter of each block.
        let flags = (0..=WEEKS).map(|week| if week < 52 { 0 } else { 0xffff }).collect();
        tally.add(&legend, &Record { flags, ..record(block) });
    }
    let results = Results::new(legend, tally, 7);
    let figure = sound(signal(&results, &results.signal("politics.agreed").unwrap()));
    assert_eq!(figure.name, "signal-politics.agreed");
    assert!(words(&figure).contains(&"25 %".to_owned()), "{:?}", words(&figure));
}

#[test]
fn the_dark_theme_shows_the_same_words_in_other_colours() {
    let light = figures(&results()).unwrap();
    for figure in light {
        let dark = figure.clone().in_theme(Theme::Dark);
        assert_eq!((dark.name.clone(), words(&dark)), (format!("{}-dark", figure.name), words(&figure)));
        assert!(!dark.svg.contains("#FFFFFF") && figure.svg.contains("#FFFFFF"));
        sound(Ok(Some(dark)));
    }
}
