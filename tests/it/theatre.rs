//! The shipped theatre: a look in weekly steps shows what daily steps show.

use drawdown::calendar::days_between;
use drawdown::results::{DateQuantile, Estimate, Results};
use drawdown::{Run, Scenario};

const REPLICATES: u64 = 2_048;

fn simulate(file: &str, step: &str) -> Results {
    let scenario = Scenario::open(format!("scenarios/{file}.toml")).unwrap_or_else(|e| panic!("{e}"));
    let model = scenario.with("step", step).unwrap().compile().unwrap_or_else(|e| panic!("{e}"));
    let results = Run::new(&model).replicates(REPLICATES).start().unwrap();
    assert_eq!(results.failed(), 0, "{file} in steps of {step}");
    results
}

/// Standard errors of the difference between two independent estimates; intervals are 1.96 of them.
fn standard_error(a: &Estimate, b: &Estimate) -> f64 {
    let [a, b] = [a, b].map(|x| x.interval.map_or(0.0, |i| (i.high - i.low) / 2.0 / 1.96));
    (a * a + b * b).sqrt()
}

/// What differs beyond what the steps may do, in words; all of it, so that a fault shows its pattern.
fn levels_apart(daily: &Results, weekly: &Results) -> Vec<String> {
    let mut apart = Vec::new();
    for signal in &daily.legend.signals {
        let at_end = |results: &Results| {
            let point = results.signal(&signal.name).unwrap().points().last().unwrap();
            point.mean_estimate()
        };
        // Counts stand for the time since the last report, which weekly steps end on another day.
        if signal.kind == drawdown::results::legend::Kind::Count {
            continue;
        }
        let (day, week) = (at_end(daily), at_end(weekly));
        let allowed = 3.0 * standard_error(&day, &week) + 0.02 * day.value.abs().max(week.value.abs());
        if (day.value - week.value).abs() > allowed {
            apart.push(format!("{}: {} daily, {} weekly, ± {allowed}", signal.name, day.value, week.value));
        }
    }
    apart
}

fn milestones_apart(daily: &Results, weekly: &Results) -> Vec<String> {
    let mut apart = Vec::new();
    for (day, week) in daily.milestones().zip(weekly.milestones()) {
        for (what, a, b) in [
            ("by its date", day.by_its_date(), week.by_its_date()),
            ("by the end", day.arrivals.by_end(), week.arrivals.by_end()),
        ] {
            if (a.value - b.value).abs() > 3.0 * standard_error(&a, &b) + 0.02 {
                apart.push(format!("{} {what}: {} daily, {} weekly", day.milestone.id, a.value, b.value));
            }
        }
        for p in [0.25, 0.5] {
            let days = |found: DateQuantile| match found {
                DateQuantile::On(date) => days_between(daily.legend.calendar.start(), date) as f64,
                DateQuantile::AfterEnd => f64::INFINITY,
            };
            let ends = |results: &drawdown::results::Arrivals<'_>| {
                results.date_interval(p).map(|(low, high)| (days(low), days(high)))
            };
            let (Some(a), Some(b)) = (ends(&day.arrivals), ends(&week.arrivals)) else { continue };
            // The intervals of the two dates, 7 days apart, must meet.
            if a.0 > b.1 + 7.0 || b.0 > a.1 + 7.0 {
                apart.push(format!("{} at {p}: day {a:?} daily, day {b:?} weekly", day.milestone.id));
            }
        }
    }
    apart
}

#[test]
fn weekly_steps_show_what_daily_steps_show() {
    let (daily, weekly) = (simulate("iraq-syria", "1 day"), simulate("iraq-syria", "1 week"));
    let apart = [levels_apart(&daily, &weekly), milestones_apart(&daily, &weekly)].concat();
    assert!(apart.is_empty(), "{}", apart.join("\n"));
}
