//! The tables of a sweep.

use std::io::{self, Write};

use csv::Writer;

use super::cells::{date, statistic, text};
use super::with_interval;
use crate::calendar::{Date, add_days};
use crate::results::Estimate;
use crate::study::design::Design;
use crate::study::sweep::Swept;
use crate::study::sweep::outcome::Measure;

/// The points: their numbers, from 1, and a column a lever. `--design-file` takes it back.
///
/// # Errors
/// Writing fails.
pub fn design(design: &Design, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    table.write_record(std::iter::once("point").chain(design.levers.iter().map(String::as_str)))?;
    for point in 0..design.points.len() {
        table.write_record(settings(design, point))?;
    }
    table.flush()
}

/// Every statistic of every target at every point, with its interval: one number a row. One point's are in memory
/// at a time.
///
/// # Errors
/// Writing fails, or a point cannot be read back.
pub fn sweep(swept: &Swept<'_>, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    let levers = swept.design.levers.iter().map(String::as_str);
    let columns = ["target", "statistic", "value", "lo95", "hi95", "n"];
    table.write_record(std::iter::once("point").chain(levers).chain(columns))?;
    for point in 0..swept.summaries.len() {
        let outcome = swept.outcome(point).map_err(io::Error::other)?;
        let settings = settings(&swept.design, point);
        let mut rows = outcome.rows.iter();
        for target in &swept.targets {
            for ((name, measure), estimate) in target.statistics().iter().zip(&mut rows) {
                let mut line = settings.clone();
                line.extend([text(&target.name), (*name).to_owned()]);
                line.extend(cells(*measure, estimate));
                line.push(estimate.n.to_string());
                table.write_record(line)?;
            }
        }
    }
    table.flush()
}

/// A point's number and what its levers have.
fn settings(design: &Design, point: usize) -> Vec<String> {
    let each = design.points[point].iter().map(|setting| match setting.position() {
        Some(_) => setting.to_string(),
        None => text(&setting.to_string()),
    });
    std::iter::once((point + 1).to_string()).chain(each).collect()
}

fn cells(measure: Measure, estimate: &Estimate) -> [String; 3] {
    let day = |x: f64| date(x.is_finite().then(|| add_days(Date::constant(1970, 1, 1), x as i64)));
    match (measure, estimate.interval) {
        (Measure::Date, Some(ends)) => [day(estimate.value), day(ends.low), day(ends.high)],
        (Measure::Date, None) => [day(estimate.value), String::new(), String::new()],
        (Measure::Level | Measure::Probability | Measure::Days, Some(_)) => with_interval(estimate),
        (_, None) => [statistic(estimate.value), String::new(), String::new()],
    }
}
