//! What figures are drawn from in tests: made-up numbers that look like those of a run.

use super::super::fan::{Fan, FanPoint};
use super::super::furniture::Caption;
use super::super::indicator::Indicator;
use super::super::milestones::Milestone;
use super::super::observed::Mark;
use super::super::text;
use super::super::troops::{Theatre, Troops};
use crate::calendar::{Date, add_days};
use crate::results::{Estimate, Interval, legend};

pub const START: Date = Date::constant(2024, 7, 23);
pub const END: Date = Date::constant(2026, 12, 31);

pub fn caption() -> Caption {
    Caption {
        scenario: "Iraq and Syria as reported on 23 July 2024".to_owned(),
        start: START,
        end: END,
        replicates: 10_000,
        failed: 0,
        seed: Some(20_240_723),
        sources: [
            "Iraq plans to reduce US-led forces starting September, sources say",
            "Letter of the Secretary-General to the Security Council, S/2024/556",
            "CENTCOM: Defeat ISIS mission in Iraq and Syria, January to June 2024",
            "Joint statement announcing the timeline for the end of the military mission",
            "Lewis and others: self-exciting point process models of civilian deaths in Iraq",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

/// Weekly dates from the start to the end.
pub fn weeks() -> Vec<Date> {
    let mut dates: Vec<Date> = (0..).map(|k| add_days(START, 7 * k)).take_while(|d| *d < END).collect();
    dates.push(END);
    dates
}

/// Quantiles of 400 random walks that follow `centre` and keep within `least..`.
fn walks(seed: u64, centre: impl Fn(f64) -> f64, noise: f64, least: f64) -> Fan {
    let mut state = seed;
    let mut uniform = move || {
        // Knuth's linear congruential generator: pictures need no better.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let dates = weeks();
    let mut offsets = vec![0.0; 400];
    let points = dates.iter().enumerate().map(|(week, date)| {
        let middle = centre(week as f64 / (dates.len() - 1) as f64);
        let mut values: Vec<f64> = offsets
            .iter_mut()
            .map(|offset: &mut f64| {
                *offset = 0.985 * *offset + (uniform() + uniform() + uniform() - 1.5) * noise;
                (middle + *offset).max(least)
            })
            .collect();
        values.sort_by(f64::total_cmp);
        FanPoint { date: *date, quantiles: [19, 99, 199, 299, 379].map(|rank| values[rank]) }
    });
    fan(points.collect())
}

/// A fan read to the nearest whole number, or hundredth when small.
pub fn fan(points: Vec<FanPoint>) -> Fan {
    let reading = |q: f64| text::reading(q, if q.abs() < 10.0 { 0.01 } else { 1.0 });
    let end = points.last().map(|point| [0, 2, 4].map(|k| reading(point.quantiles[k])));
    Fan { points, end: end.unwrap_or_default() }
}

/// A fan whose spread grows from nothing, as one from a known start does.
pub fn widening(seed: u64, centre: impl Fn(f64) -> f64, noise: f64) -> Fan {
    let mut points = walks(seed, &centre, noise, 0.0).points;
    let last = points.len() - 1;
    for (week, point) in points.iter_mut().enumerate() {
        let (share, middle) = ((week as f64 / 20.0).min(1.0), centre(week as f64 / last as f64));
        point.quantiles = point.quantiles.map(|q| middle + (q - middle) * share);
    }
    fan(points)
}

/// A line through (share of time, value) corners.
pub fn corners(corners: &'static [(f64, f64)]) -> impl Fn(f64) -> f64 {
    move |share| {
        let next = corners.iter().position(|(at, _)| *at >= share).unwrap_or(corners.len() - 1).max(1);
        let ((a, u), (b, v)) = (corners[next - 1], corners[next]);
        u + (v - u) * ((share - a) / (b - a)).clamp(0.0, 1.0)
    }
}

pub fn along(line: impl Fn(f64) -> f64) -> Vec<(Date, f64)> {
    let dates = weeks();
    let last = (dates.len() - 1) as f64;
    dates.iter().enumerate().map(|(week, date)| (*date, line(week as f64 / last))).collect()
}

pub fn phase(id: &str, label: &str, start: Option<Date>, end: Option<Date>) -> legend::Phase {
    legend::Phase { id: id.to_owned(), label: label.to_owned(), start, end }
}

pub fn troops() -> Troops {
    let iraq = corners(&[(0.0, 2500.0), (0.06, 2500.0), (0.49, 2000.0), (0.9, 1100.0), (1.0, 900.0)]);
    let syria = corners(&[(0.0, 900.0), (0.16, 900.0), (0.17, 2000.0), (0.3, 1950.0), (1.0, 700.0)]);
    let kuwait = corners(&[(0.0, 13_500.0), (1.0, 13_900.0)]);
    Troops {
        theatres: vec![
            Theatre {
                label: "Iraq".to_owned(),
                fan: widening(1, iraq, 140.0),
                announced: along(corners(&[
                    (0.0, 2500.0),
                    (0.06, 2500.0),
                    (0.49, 1600.0),
                    (0.9, 500.0),
                    (1.0, 500.0),
                ])),
                // A point, a range, and an end that is open.
                observed: vec![
                    Mark { date: add_days(START, 200), since: None, low: 2400.0, high: 2400.0 },
                    Mark { date: add_days(START, 500), since: None, low: 900.0, high: 1500.0 },
                    Mark { date: add_days(START, 800), since: None, low: f64::NEG_INFINITY, high: 400.0 },
                ],
            },
            Theatre {
                label: "Syria".to_owned(),
                fan: widening(2, syria, 120.0),
                announced: along(|_| 900.0),
                observed: vec![],
            },
            Theatre {
                label: "Kuwait".to_owned(),
                fan: widening(3, kuwait, 220.0),
                announced: vec![],
                observed: vec![],
            },
        ],
        unchanged: vec![],
        phases: vec![
            phase(
                "coalition_ends",
                "Coalition mission in Iraq ends",
                Some(Date::constant(2024, 9, 15)),
                Some(Date::constant(2025, 9, 30)),
            ),
            phase(
                "erbil",
                "Last forces leave Erbil",
                Some(Date::constant(2025, 9, 30)),
                Some(Date::constant(2026, 9, 30)),
            ),
            phase("syria", "Syria: support from Iraq ends", None, Some(Date::constant(2026, 9, 30))),
            phase("triggered", "Leaves when expelled", None, None),
        ],
    }
}

pub fn resurgence() -> Indicator {
    let centre = corners(&[(0.0, 100.0), (0.5, 105.0), (1.0, 160.0)]);
    let stretch = |q: f64| if q > 120.0 { q + (q - 120.0) * 0.6 } else { q };
    let points = walks(4, centre, 14.0, 0.0).points.into_iter();
    let points = points.map(|p| FanPoint { quantiles: p.quantiles.map(stretch), ..p }).collect();
    Indicator {
        legend: legend::Indicator {
            id: "resurgence".to_owned(),
            label: "Daesh attacks a month against the first half of 2024".to_owned(),
            unit: "H1 2024 = 100".to_owned(),
            amber: 150.0,
            red: 250.0,
            lower_is_worse: false,
            for_days: 30.0,
        },
        fan: fan(points),
        ever: Some([share(0.612), share(0.118)]),
    }
}

pub fn detention() -> Indicator {
    let centre = corners(&[(0.0, 0.92), (0.4, 0.9), (1.0, 0.71)]);
    Indicator {
        legend: legend::Indicator {
            id: "guards".to_owned(),
            label: "Guards at the camps and prisons, share of posts filled".to_owned(),
            unit: "share of posts".to_owned(),
            amber: 0.75,
            red: 0.6,
            lower_is_worse: true,
            for_days: 1.0,
        },
        fan: widening(5, centre, 0.05),
        ever: Some([share(0.71), share(0.0)]),
    }
}

pub fn share(value: f64) -> Estimate {
    let error = 1.96 * (value * (1.0 - value) / 10_000.0).sqrt() + 0.0002;
    let interval = Interval { low: (value - error).max(0.0), high: (value + error).min(1.0) };
    Estimate { value, interval: Some(interval), n: 10_000 }
}

pub fn milestone(
    label: &str,
    by: Option<Date>,
    given: Option<&str>,
    knots: &'static [(f64, f64)],
) -> Milestone {
    let curve = along(corners(knots));
    let by = by.map(|by| {
        let reached = curve.iter().rfind(|(date, _)| *date <= by).map_or(0.0, |(_, p)| *p);
        (by, share(reached))
    });
    let end = share(curve.last().map_or(0.0, |(_, p)| *p));
    Milestone { label: label.to_owned(), given: given.map(str::to_owned), by, end, curve }
}

pub fn milestones() -> Vec<Milestone> {
    let (autumn, end) = (Date::constant(2025, 9, 30), Date::constant(2026, 9, 30));
    let below = "Fewer than 500 US forces in Iraq";
    vec![
        milestone(
            "Agreement between Baghdad and Washington",
            None,
            None,
            &[(0.0, 0.0), (0.1, 0.45), (0.3, 0.8), (1.0, 0.93)],
        ),
        milestone(
            "Al-Asad handed over",
            Some(autumn),
            None,
            &[(0.0, 0.0), (0.38, 0.02), (0.49, 0.64), (0.6, 0.85), (1.0, 0.92)],
        ),
        milestone(
            below,
            Some(end),
            Some("Agreement between Baghdad and Washington"),
            &[(0.0, 0.0), (0.7, 0.05), (0.9, 0.48), (1.0, 0.57)],
        ),
        milestone(
            "No coalition forces in Syria",
            Some(end),
            None,
            &[(0.0, 0.0), (0.2, 0.0), (0.4, 0.1), (1.0, 0.31)],
        ),
        milestone("Forces expelled from Iraq by law", None, None, &[(0.0, 0.0), (1.0, 0.058)]),
        milestone("Mass escape from al-Hol", None, None, &[(0.0, 0.0), (1.0, 0.03)]),
    ]
}
