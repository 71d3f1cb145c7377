//! From a comparison to what its figures draw.

use super::difference::{Difference, Panel};
use super::fan::{Fan, FanPoint};
use super::furniture::Caption;
use super::text;
use crate::results::Estimate;
use crate::results::format::percent;
use crate::study::Compared;

/// The bands and the median.
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// What every figure says about this comparison.
pub fn caption(compared: &Compared) -> Caption {
    let base = compared.base();
    let names: Vec<&str> = compared.alternatives[1..].iter().map(|other| other.name.as_str()).collect();
    Caption {
        scenario: format!("{} against {}: {}", text::list(&names), base.name, base.legend.title),
        start: base.legend.calendar.start(),
        end: base.legend.calendar.end(),
        replicates: compared.completed(),
        failed: compared.failed(),
        seed: Some(compared.seed),
        sources: base.legend.sources.iter().map(|source| source.title.clone()).collect(),
    }
}

/// One figure an indicator and a theatre, one panel a scenario that has it.
pub fn differences(compared: &Compared) -> impl Iterator<Item = Difference> {
    compared.courses().iter().enumerate().map(|(number, course)| Difference {
        name: format!("difference-{}", course.name.replace('.', "-")),
        label: course.label.clone(),
        unit: course.unit.clone(),
        base: compared.base().name.clone(),
        sides: course.sides(),
        panels: compared.others().filter_map(|other| panel(compared, other, number)).collect(),
    })
}

fn panel(compared: &Compared, other: usize, course: usize) -> Option<Panel> {
    let last = compared.course(other, course).last()?;
    let points = compared.course(other, course);
    let points =
        points.map(|point| FanPoint { date: point.date, quantiles: QUANTILES.map(|p| point.q(p).value) });
    let shares = compared.course(other, course);
    let shares = shares.map(|point| (point.date, [point.sides.above.value, point.sides.below.value]));
    Some(Panel {
        scenario: compared.alternatives[other].name.clone(),
        fan: Fan { points: points.collect(), end: text::range(&[0.05, 0.5, 0.95].map(|p| last.q(p))) },
        shares: shares.collect(),
        end: [percent(&last.sides.above), percent(&last.sides.below)],
        mean: mean(&last.mean()),
    })
}

/// `Mean 9.6 (9.1 to 10.1)`.
fn mean(mean: &Estimate) -> String {
    let error = mean.error().unwrap_or(0.0);
    let told = |value: f64| if error > 0.0 { text::reading(value, error) } else { text::plain(value) };
    match mean.interval.filter(|_| error > 0.0) {
        Some(interval) => {
            format!("Mean {} ({} to {})", told(mean.value), told(interval.low), told(interval.high))
        }
        None => format!("Mean {}", told(mean.value)),
    }
}
