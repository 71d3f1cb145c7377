//! What was observed, drawn over what was simulated: a ring for a point, a bar for a range.

use super::fan::Plot;
use super::furniture::Swatch;
use super::page::{Frame, Page};
use super::style::{INK, solid};
use crate::calendar::{Date, add_days, days_between};

/// An observation on a panel; an open end is infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    pub date: Date,
    /// Of a count, the day before the first counted: the mark then stands in the middle.
    pub since: Option<Date>,
    pub low: f64,
    pub high: f64,
}

/// What the key calls it.
pub const NAME: &str = "observed";
const RING: f64 = 4.5;
const BAR: f64 = 2.5;
/// Half the width of what closes a bar.
const CAP: f64 = 5.0;

/// For keys.
pub fn key() -> (Swatch, String) {
    (Swatch::Observed, NAME.to_owned())
}

/// The finite ends of marks: what an axis should hold.
pub fn values(marks: &[Mark]) -> impl Iterator<Item = f64> + '_ {
    marks.iter().flat_map(|mark| [mark.low, mark.high]).filter(|value| value.is_finite())
}

/// Draws marks that lie on the time axis.
pub fn draw(page: &mut Page, plot: &Plot, marks: &[Mark]) {
    for mark in marks.iter().filter(|mark| plot.time.contains(mark.date)) {
        let x = match mark.since {
            Some(since) => plot.time.x(add_days(since, days_between(since, mark.date) / 2)),
            None => plot.time.x(mark.date),
        };
        let (low, high) = (plot.value.y(mark.low), plot.value.y(mark.high));
        // A range that is too narrow to be seen is drawn as a point, too.
        if mark.low.is_finite() && mark.high.is_finite() && low - high < 2.0 * RING {
            page.ring((x, (low + high) / 2.0), RING, INK);
        } else {
            bar(page, x, mark, plot);
        }
    }
}

/// An open end runs to the edge of the panel and is not closed.
fn bar(page: &mut Page, x: f64, mark: &Mark, plot: &Plot) {
    let Frame { top, bottom, .. } = plot.value.frame();
    let low = if mark.low.is_finite() { plot.value.y(mark.low) } else { bottom };
    let high = if mark.high.is_finite() { plot.value.y(mark.high) } else { top };
    page.line(vec![(x, low), (x, high)], solid(INK, BAR));
    for (end, y) in [(mark.low, low), (mark.high, high)] {
        if end.is_finite() {
            page.line(vec![(x - CAP, y), (x + CAP, y)], solid(INK, BAR));
        }
    }
}
