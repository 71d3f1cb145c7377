//! The axis of a lever: along a line where its values have places on one, else side by side.

use super::Lever;
use crate::export::chart::page::{Align, Page};
use crate::export::chart::style::{AXIS, AXIS_TEXT, solid};
use crate::export::chart::text;
use crate::lang::lever::Setting;

/// Between two numbers on an axis.
const APART: f64 = 10.0;

/// A horizontal axis.
#[derive(Clone, Debug)]
pub struct Scale {
    /// `[setting]`: where it is, in pixels.
    xs: Vec<f64>,
    labels: Vec<String>,
    left: f64,
    right: f64,
}

impl Scale {
    /// Between two places; values side by side stand in the middle of their shares.
    pub fn new(lever: &Lever, left: f64, right: f64) -> Self {
        let positions: Option<Vec<f64>> = lever.settings.iter().map(Setting::position).collect();
        let count = lever.settings.len() as f64;
        let xs = match positions.as_deref() {
            Some([first, .., last]) if last > first => {
                let place = |p: &f64| left + (right - left) * (p - first) / (last - first);
                positions.iter().flatten().map(place).collect()
            }
            _ => {
                (0..lever.settings.len()).map(|k| left + (right - left) * (k as f64 + 0.5) / count).collect()
            }
        };
        Self { xs, labels: labels(lever), left, right }
    }

    pub fn x(&self, setting: usize) -> f64 {
        self.xs[setting]
    }

    /// Draws the line, and as many labels as there is room for.
    pub fn draw(&self, page: &mut Page, y: f64) {
        page.rule((self.left, y), (self.right, y), solid(AXIS, 1.0));
        let shown: Vec<(usize, f64, f64)> = (1..=self.xs.len().max(1))
            .map(|stride| self.placed(stride))
            .find(|placed| placed.windows(2).all(|pair| pair[0].2 + APART <= pair[1].1))
            .unwrap_or_default();
        for (at, left, right) in shown {
            page.rule((self.xs[at], y), (self.xs[at], y + 4.0), solid(AXIS, 1.0));
            let room = self.right - self.left;
            let label = text::shorten(&self.labels[at], AXIS_TEXT, room);
            page.text(&label, ((left + right) / 2.0, y + 14.0), AXIS_TEXT, Align::Centre);
        }
    }

    /// Every so manieth label with its left and right end, held between the ends of the axis.
    fn placed(&self, stride: usize) -> Vec<(usize, f64, f64)> {
        let one = |at: usize| {
            let width = text::width(&self.labels[at], AXIS_TEXT).min(self.right - self.left);
            let left = (self.xs[at] - width / 2.0).max(self.left - 8.0).min(self.right + 8.0 - width);
            (at, left, left + width)
        };
        (0..self.xs.len()).step_by(stride).map(one).collect()
    }
}

/// The settings as a person writes them, with no digit that does not tell them apart.
pub fn labels(lever: &Lever) -> Vec<String> {
    let numbers: Vec<f64> = lever.settings.iter().filter_map(Setting::position).collect();
    let span = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max)
        - numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let few = lever.settings.len() <= 12;
    let label = |setting: &Setting| match setting {
        Setting::Number(x) if few => text::plain(*x),
        Setting::Number(x) => text::reading(*x, span / 50.0),
        Setting::Date(date) => text::date(*date),
        other => text::clean(&other.to_string()),
    };
    lever.settings.iter().map(label).collect()
}
