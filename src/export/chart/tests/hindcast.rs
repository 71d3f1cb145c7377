//! Figures of what was forecast and what came of it.

use super::super::fan::{Fan, FanPoint};
use super::super::hindcast::{Forecast, Hindsight, figure};
use super::super::observed::Mark;
use super::{samples, sound, words};
use crate::calendar::{Date, add_days};

fn day(days: i64) -> Date {
    add_days(samples::START, days)
}

fn hindsight(forecast: Forecast) -> Hindsight {
    let mark = |days, low, high| Mark { date: day(days), since: None, low, high };
    Hindsight {
        name: "iraq.us".to_owned(),
        label: "US troops in Iraq".to_owned(),
        unit: "people".to_owned(),
        finding: "Off by 120 (people) on average.".to_owned(),
        forecast,
        observed: vec![
            mark(100, 2400.0, 2400.0),
            mark(300, 1500.0, 1900.0),
            mark(301, 1500.0, 1501.0),
            mark(600, f64::NEG_INFINITY, 900.0),
            mark(700, 200.0, f64::INFINITY),
            // After the end of the axis.
            mark(5000, 1.0, 2.0),
        ],
        announced: vec![(day(0), 2500.0), (day(400), 1000.0), (day(800), 0.0)],
    }
}

fn flat(from: i64, to: i64) -> Fan {
    let point = |days| FanPoint { date: day(days), quantiles: [0.0, 10.0, 20.0, 40.0, 90.0] };
    samples::fan(vec![point(from), point(to)])
}

#[test]
fn fans_blocks_and_shares_are_drawn_with_what_was_observed() {
    let caption = samples::caption();
    let one = sound(figure(&hindsight(Forecast::Fans(vec![samples::resurgence().fan])), &caption));
    let told = words(&one);
    for expected in ["US troops in Iraq: forecast and observed", "observed", "as announced"] {
        assert!(told.contains(&expected.to_owned()), "no {expected} in {told:?}");
    }
    assert_eq!(one.name, "hindcast-iraq.us");
    assert!(
        one.svg.contains("Observed on 31 Oct 2024: 2,400.") && one.svg.contains(": at most 900."),
        "{}",
        one.svg
    );
    let blocks = (0..5).map(|k| flat(100 * k, 100 * k + 80)).collect();
    let blocks = sound(figure(&hindsight(Forecast::Fans(blocks)), &caption));
    assert!(words(&blocks).iter().any(|line| line.starts_with("Each block counts")), "{:?}", words(&blocks));
    sound(figure(&hindsight(Forecast::Shares(vec![(day(0), 0.0), (day(300), 64.0)])), &caption));
    assert_eq!(
        figure(
            &Hindsight { announced: vec![], observed: vec![], ..hindsight(Forecast::Fans(vec![])) },
            &caption
        )
        .unwrap(),
        None
    );
}

#[test]
fn a_milestone_is_drawn_with_the_day_or_the_days_it_came() {
    let shares = vec![(day(0), 0.0), (day(300), 20.0), (day(600), 64.0)];
    for (when, expected) in [
        ([Some(day(200)), Some(day(200))], "when it came"),
        ([Some(day(200)), Some(day(260))], "when it came, at some day within"),
        ([None, Some(day(260))], "when it came, at some day within"),
        ([Some(day(200)), None], "had not come before"),
    ] {
        let met = Forecast::Met { shares: shares.clone(), by: Some(day(432)), when };
        let hindsight = Hindsight { observed: vec![], announced: vec![], ..hindsight(met) };
        let told = words(&sound(figure(&hindsight, &samples::caption())));
        assert!(told.contains(&expected.to_owned()), "no {expected} in {told:?}");
    }
}
