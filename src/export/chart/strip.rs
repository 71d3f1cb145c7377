//! When a base is handed over, in a row: its name, bands of dates, and what they come to.

use plotters::style::RGBColor;

use super::axis::TimeAxis;
use super::page::{Align, Frame, Page};
use super::style::{
    FAN_INNER, FAN_OUTER, GRID, KEY, LABEL_GAP, MARGIN, MEDIAN_LINE, NOTE, QUIET, SPACE, solid,
};
use super::text;
use crate::results::{DateQuantile, Estimate, format};

/// When a base is handed over: on the first day it is empty.
#[derive(Clone, Debug)]
pub struct Closing {
    /// The base's.
    pub label: String,
    /// The dates by which it is empty in 5, 25, 50, 75 and 95 % of all histories.
    pub dates: [DateQuantile; 5],
    /// How many histories see it empty by the end.
    pub end: Estimate,
}

/// The height of a row.
pub const ROW: f64 = 23.0;
const BAND: f64 = 7.0;
const SWATCH: f64 = 12.0;
/// A row's name takes no more room.
const WIDEST_NAME: f64 = 215.0;

/// The room that swatch and names need left of the time axis.
pub fn name_room<'a>(closings: impl Iterator<Item = &'a Closing>) -> f64 {
    let names = closings.map(|closing| text::width(&text::clean(&closing.label), KEY));
    SWATCH + SPACE + names.fold(0.0, f64::max).min(WIDEST_NAME) + SPACE
}

/// The room that the words need right of it.
pub fn share_room<'a>(closings: impl Iterator<Item = &'a Closing>) -> f64 {
    closings.map(|closing| text::width(&share(closing), NOTE)).fold(0.0, f64::max) + LABEL_GAP
}

/// Draws a row from `top` down; the swatch is the colour of the base elsewhere in the figure.
pub fn draw(page: &mut Page, closing: &Closing, swatch: Option<RGBColor>, time: &TimeAxis, top: f64) {
    let middle = top + ROW / 2.0;
    let mut left = MARGIN;
    if let Some(colour) = swatch {
        let half = SWATCH / 2.0;
        page.block(Frame { left, right: left + SWATCH, top: middle - half, bottom: middle + half }, colour);
        left += SWATCH + SPACE;
    }
    let name = text::shorten(&text::clean(&closing.label), KEY, time.left() - SPACE - left);
    page.text(&name, (left, middle), KEY, Align::Left);
    page.rule((time.left(), middle), (time.right(), middle), solid(GRID, 1.0));
    bands(page, closing, time, middle);
    let look = if closing.end.value > 0.0 { NOTE } else { NOTE.coloured(QUIET) };
    page.text(&share(closing), (time.right() + LABEL_GAP, middle), look, Align::Left);
}

fn bands(page: &mut Page, closing: &Closing, time: &TimeAxis, middle: f64) {
    let x = |date: DateQuantile| match date {
        DateQuantile::On(date) => time.x(date),
        DateQuantile::AfterEnd => time.right(),
    };
    let [low, lower, median, upper, high] = closing.dates;
    for (from, to, half, fill) in [(low, high, BAND, FAN_OUTER), (lower, upper, BAND * 0.6, FAN_INNER)] {
        if from != DateQuantile::AfterEnd {
            // A day is too thin to be seen.
            let right = x(to).max(x(from) + 2.0);
            let frame = Frame { left: x(from), right, top: middle - half, bottom: middle + half };
            page.block(frame, fill);
        }
    }
    if let DateQuantile::On(date) = median {
        let x = time.x(date);
        page.line(vec![(x, middle - BAND), (x, middle + BAND)], MEDIAN_LINE);
    }
}

/// What is said to the right of a row.
fn share(closing: &Closing) -> String {
    if closing.end.value == 0.0 {
        return "in no history".to_owned();
    }
    let median = match closing.dates[2] {
        DateQuantile::On(date) => text::date(date),
        DateQuantile::AfterEnd => "mostly kept".to_owned(),
    };
    format!("{median}; {} by the end", format::percent(&closing.end))
}

/// The row in a sentence.
pub fn describe(closing: &Closing, end: &str) -> String {
    let share = format::share(&closing.end);
    match closing.dates[2] {
        _ if closing.end.value == 0.0 => format!(" {} is handed over in no history.", closing.label),
        DateQuantile::On(date) => format!(
            " {} is handed over in {share} of histories by {end}, median {}.",
            closing.label,
            text::date(date)
        ),
        DateQuantile::AfterEnd => {
            format!(" {} is handed over in {share} of histories by {end}, in most not at all.", closing.label)
        }
    }
}
