//! Figures of what no one expects to draw.

use super::super::fan::{Fan, FanPoint};
use super::super::troops::{Theatre, Troops};
use super::super::{PNG_WIDTH, indicator, milestones, png, troops};
use super::{samples, sound, words};
use crate::calendar::{Date, add_days};
use crate::results::Estimate;

const LONG: &str = "The withdrawal of every last member of every contingent of the international coalition from \
                    all of the bases that it has ever occupied anywhere in Mesopotamia and the Levant, by land, by \
                    air and by sea";

/// The same quantiles at every date.
fn flat(quantiles: [f64; 5]) -> Fan {
    samples::fan(samples::weeks().into_iter().map(|date| FanPoint { date, quantiles }).collect())
}

fn one_theatre(fan: Fan) -> Troops {
    let theatre = Theatre { label: "Iraq".to_owned(), fan, announced: Vec::new(), observed: Vec::new() };
    Troops { theatres: vec![theatre], phases: Vec::new(), unchanged: Vec::new() }
}

/// Draws troops and an indicator with this fan.
fn draw(fan: &Fan) -> Vec<String> {
    let caption = samples::caption();
    let troops = sound(troops::figure(&one_theatre(fan.clone()), &caption));
    let mut indicator = samples::resurgence();
    indicator.fan = fan.clone();
    let indicator = sound(indicator::figure(&indicator, &caption));
    [words(&troops), words(&indicator)].concat()
}

#[test]
fn nobody_there() {
    let words = draw(&flat([0.0; 5]));
    assert!(words.contains(&"0.00".to_owned()), "{words:?}");
}

#[test]
fn constants() {
    for value in [1.0, 42.0, 2500.0, 1e-9, -3.0, 150.0, 1e6, 123_456_789.0] {
        draw(&flat([value; 5]));
    }
}

#[test]
fn huge_and_tiny_numbers() {
    draw(&flat([0.0, 1.0, 1e6, 1e12, 1e300]));
    draw(&flat([-f64::MAX, -1.0, 0.0, 1.0, f64::MAX]));
    draw(&flat([f64::MIN_POSITIVE, 1e-300, 1e-299, 1e-298, 1e-297]));
    draw(&flat([1e15, 1e15 + 1.0, 1e15 + 2.0, 1e15 + 3.0, 1e15 + 4.0]));
}

#[test]
fn a_single_date() {
    let mut fan = samples::resurgence().fan;
    fan.points.truncate(1);
    draw(&fan);
}

#[test]
fn numbers_that_are_none_are_left_out() {
    let mut fan = samples::resurgence().fan;
    for (place, point) in fan.points.iter_mut().enumerate() {
        if place % 3 == 0 {
            point.quantiles[place % 5] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY][place / 3 % 3];
        }
    }
    draw(&fan);
    let mut milestones = samples::milestones();
    milestones[0].curve.iter_mut().for_each(|(_, p)| *p = f64::NAN);
    milestones[0].end = Estimate { value: f64::NAN, interval: None, n: 0 };
    sound(milestones::figure(&milestones, &samples::caption()));
}

#[test]
fn nothing_to_draw_is_no_figure() {
    let caption = samples::caption();
    assert_eq!(milestones::figure(&[], &caption).unwrap(), None);
    assert_eq!(
        troops::figure(&Troops { theatres: vec![], phases: vec![], unchanged: vec![] }, &caption).unwrap(),
        None
    );
    let empty = indicator::Indicator { fan: Fan::default(), ..samples::resurgence() };
    assert_eq!(indicator::figure(&empty, &caption).unwrap(), None);
    sound(troops::figure(&one_theatre(Fan::default()), &caption));
}

#[test]
fn very_long_labels() {
    let mut caption = samples::caption();
    caption.scenario = LONG.repeat(3);
    caption.sources = vec![LONG.to_owned(); 40];
    let mut troops = samples::troops();
    troops.theatres.iter_mut().for_each(|theatre| theatre.label = LONG.to_owned());
    troops.phases.iter_mut().for_each(|phase| phase.label = LONG.to_owned());
    sound(troops::figure(&troops, &caption));
    let mut indicator = samples::resurgence();
    (indicator.legend.label, indicator.legend.unit) = (LONG.repeat(2), LONG.to_owned());
    sound(indicator::figure(&indicator, &caption));
    let mut milestones = samples::milestones();
    for milestone in &mut milestones {
        milestone.label = LONG.to_owned();
        milestone.given = Some("W".repeat(300));
    }
    sound(milestones::figure(&milestones, &caption));
}

#[test]
fn words_that_are_not_xml() {
    let mut caption = samples::caption();
    caption.scenario = "a < b & \"c\"\u{1}\n\u{FFFF}]]> 'd'".to_owned();
    let mut indicator = samples::resurgence();
    indicator.legend.label = "<script>alert(1)</script>\u{0}\t& more".to_owned();
    let figure = sound(indicator::figure(&indicator, &caption));
    assert!(words(&figure).contains(&"<script>alert(1)</script> & more".to_owned()), "{:?}", words(&figure));
    assert!(!figure.svg.contains("<script"));
}

#[test]
fn thresholds_far_away_equal_or_unknown() {
    for (amber, red, lower_is_worse) in [
        (150.0, 1e9, false),
        (1e9, 2e9, false),
        (100.0, 100.0, false),
        (0.0, -1e6, true),
        (f64::NAN, f64::INFINITY, false),
        (1e-6, 1e-7, true),
    ] {
        let mut indicator = samples::resurgence();
        (indicator.legend.amber, indicator.legend.red) = (amber, red);
        indicator.legend.lower_is_worse = lower_is_worse;
        sound(indicator::figure(&indicator, &samples::caption()));
    }
}

#[test]
fn many_theatres_phases_and_milestones() {
    let mut troops = samples::troops();
    troops.theatres = (0..12).map(|k| troops.theatres[k % 3].clone()).collect();
    troops.phases = (0..20).map(|k| troops.phases[k % 4].clone()).collect();
    sound(troops::figure(&troops, &samples::caption()));
    let milestones: Vec<_> = (0..20).map(|k| samples::milestones()[k % 6].clone()).collect();
    sound(milestones::figure(&milestones, &samples::caption()));
}

#[test]
fn spans_of_a_day_and_of_centuries() {
    let start = Date::constant(2024, 12, 31);
    for days in [1, 5, 20, 45, 75, 100, 200, 400, 1_500, 5_000, 40_000, 2_000_000, 2_900_000] {
        let mut caption = samples::caption();
        (caption.start, caption.end) = (start, add_days(start, days));
        let points = [0, days / 2, days].map(|day| FanPoint {
            date: add_days(start, day),
            quantiles: [0.0, 100.0, 110.0, 120.0, 500.0 + day as f64],
        });
        let figure = sound(troops::figure(&one_theatre(samples::fan(points.to_vec())), &caption));
        assert!(figure.svg.len() < 100_000, "{} bytes for {days} days", figure.svg.len());
    }
}

#[test]
fn phases_the_wrong_way_round_or_outside() {
    let mut troops = samples::troops();
    let (early, late) = (Some(Date::constant(1990, 1, 1)), Some(Date::constant(2090, 1, 1)));
    for (start, end) in [(late, early), (early, late), (early, early), (late, None), (None, early)] {
        troops.phases.push(samples::phase("odd", "Odd", start, end));
    }
    sound(troops::figure(&troops, &samples::caption()));
}

#[test]
fn one_history() {
    let mut caption = samples::caption();
    (caption.replicates, caption.failed, caption.seed) = (1, 3, None);
    let figure = sound(troops::figure(&one_theatre(flat([900.0; 5])), &caption));
    let words = words(&figure);
    assert!(words.contains(&"the one simulated history".to_owned()), "{words:?}");
    assert!(words.contains(&"900".to_owned()) && !words.iter().any(|line| line.contains('%')), "{words:?}");
    assert!(words.iter().any(|line| line.contains("1 simulated history that ran to the end (3 stopped")));
    png(&figure, PNG_WIDTH).unwrap();
}
