//! A fan: the quantiles of a signal at each date.

use super::axis::{FARTHEST, TimeAxis, ValueAxis};
use super::labels::Label;
use super::page::{Page, Point};
use super::style::{FAN_INNER, FAN_MEDIAN, FAN_OUTER, MEDIAN_LINE, NAME, NOTE};
use crate::calendar::Date;

/// The 5, 25, 50, 75 and 95 % quantiles of a signal at a date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FanPoint {
    pub date: Date,
    pub quantiles: [f64; 5],
}

/// A signal over time.
#[derive(Clone, Debug, Default)]
pub struct Fan {
    pub points: Vec<FanPoint>,
    /// The 5, 50 and 95 % quantiles at the last date, as a person reads them.
    pub end: [String; 3],
}

/// Where a fan or a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    pub time: TimeAxis,
    pub value: ValueAxis,
}

/// The points of a line that can be drawn.
pub fn drawable_line(points: &[(Date, f64)]) -> Vec<(Date, f64)> {
    let mut kept: Vec<(Date, f64)> = points.iter().copied().filter(|(_, value)| value.is_finite()).collect();
    kept.iter_mut().for_each(|(_, value)| *value = value.clamp(-FARTHEST, FARTHEST));
    kept.sort_by_key(|(date, _)| *date);
    kept
}

impl Fan {
    /// What of it can be drawn: one point a date, every quantile a number, in order, and not too far.
    pub fn drawable(&self) -> Self {
        let finite = self.points.iter().filter(|point| point.quantiles.iter().all(|q| q.is_finite()));
        let mut points: Vec<FanPoint> = finite
            .map(|point| {
                let mut quantiles = point.quantiles.map(|q| q.clamp(-FARTHEST, FARTHEST));
                quantiles.sort_by(f64::total_cmp);
                FanPoint { quantiles, ..*point }
            })
            .collect();
        points.sort_by_key(|point| point.date);
        points.dedup_by_key(|point| point.date);
        Self { points, end: self.end.clone() }
    }

    /// The lowest and the highest quantile; `None` when it is empty.
    pub fn range(&self) -> Option<(f64, f64)> {
        let low = self.points.iter().map(|point| point.quantiles[0]).reduce(f64::min)?;
        let high = self.points.iter().map(|point| point.quantiles[4]).reduce(f64::max)?;
        Some((low, high))
    }

    /// Says beside the end of the median what it comes to; only that where there is nothing else.
    pub fn end_label(&self, axis: &ValueAxis) -> Option<Label> {
        let y = axis.y(self.points.last()?.quantiles[2]);
        let [low, median, high] = &self.end;
        let name = NAME.coloured(FAN_MEDIAN);
        let lines = match low == high {
            true => vec![(median.clone(), name)],
            false => vec![(format!("Median {median}"), name), (format!("90 %: {low} to {high}"), NOTE)],
        };
        Some(Label::new(y, lines))
    }
}

impl Plot {
    /// Where a value at a date is.
    pub fn at(&self, date: Date, value: f64) -> Point {
        (self.time.x(date), self.value.y(value))
    }

    /// Draws both bands.
    pub fn bands(&self, page: &mut Page, fan: &Fan) {
        let points = self.outline(fan);
        for (low, high, fill) in [(0, 4, FAN_OUTER), (1, 3, FAN_INNER)] {
            let upper = points.iter().map(|p| self.at(p.date, p.quantiles[high]));
            let lower = points.iter().rev().map(|p| self.at(p.date, p.quantiles[low]));
            page.area(upper.chain(lower).collect(), fill);
        }
    }

    /// Draws the median.
    pub fn median(&self, page: &mut Page, fan: &Fan) {
        let line = self.outline(fan).into_iter().map(|p| self.at(p.date, p.quantiles[2]));
        page.line(line.collect(), MEDIAN_LINE);
    }

    /// The points to draw through: a single one is widened, or nothing of it would be seen.
    fn outline(&self, fan: &Fan) -> Vec<FanPoint> {
        match fan.points.as_slice() {
            [only] => {
                let (before, after) = self.time.around(only.date);
                vec![FanPoint { date: before, ..*only }, FanPoint { date: after, ..*only }]
            }
            points => points.to_vec(),
        }
    }
}
