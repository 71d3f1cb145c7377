//! A fan: the quantiles of a signal at each date.

use super::axis::{FARTHEST, TimeAxis, ValueAxis};
use super::page::{Page, Point};
use super::style::{FAN_INNER, FAN_OUTER, MEDIAN_LINE};
use crate::calendar::Date;

/// The 5, 25, 50, 75 and 95 % quantiles of a signal at a date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FanPoint {
    pub date: Date,
    pub quantiles: [f64; 5],
}

/// Where a fan or a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    pub time: TimeAxis,
    pub value: ValueAxis,
}

/// The points that can be drawn: on a date of their own, every quantile a number, in order, and not too far.
pub fn drawable(points: &[FanPoint]) -> Vec<FanPoint> {
    let finite = points.iter().filter(|point| point.quantiles.iter().all(|q| q.is_finite()));
    let mut kept: Vec<FanPoint> = finite
        .map(|point| {
            let mut quantiles = point.quantiles.map(|q| q.clamp(-FARTHEST, FARTHEST));
            quantiles.sort_by(f64::total_cmp);
            FanPoint { quantiles, ..*point }
        })
        .collect();
    kept.sort_by_key(|point| point.date);
    kept.dedup_by_key(|point| point.date);
    kept
}

/// The points of a line that can be drawn.
pub fn drawable_line(points: &[(Date, f64)]) -> Vec<(Date, f64)> {
    let mut kept: Vec<(Date, f64)> = points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
    kept.iter_mut().for_each(|(_, value)| *value = value.clamp(-FARTHEST, FARTHEST));
    kept.sort_by_key(|(date, _)| *date);
    kept
}

/// The lowest and the highest quantile of a fan; `None` when it is empty.
pub fn range(points: &[FanPoint]) -> Option<(f64, f64)> {
    let low = points.iter().map(|point| point.quantiles[0]).reduce(f64::min)?;
    let high = points.iter().map(|point| point.quantiles[4]).reduce(f64::max)?;
    Some((low, high))
}

impl Plot {
    /// Where a value at a date is.
    pub fn at(&self, date: Date, value: f64) -> Point {
        (self.time.x(date), self.value.y(value))
    }

    /// Draws both bands.
    pub fn bands(&self, page: &mut Page, points: &[FanPoint]) {
        for (low, high, fill) in [(0, 4, FAN_OUTER), (1, 3, FAN_INNER)] {
            let upper = points.iter().map(|p| self.at(p.date, p.quantiles[high]));
            let lower = points.iter().rev().map(|p| self.at(p.date, p.quantiles[low]));
            page.area(upper.chain(lower).collect(), fill);
        }
    }

    /// Draws the median.
    pub fn median(&self, page: &mut Page, points: &[FanPoint]) {
        let line = points.iter().map(|p| self.at(p.date, p.quantiles[2]));
        page.line(line.collect(), MEDIAN_LINE);
    }
}
