//! One lever: a line over its values with a band, or dots with bars where the values are names.

use super::scale::Scale;
use super::{Panel, ROOM, Sheet, drawn, is_along};
use crate::export::chart::axis::ValueAxis;
use crate::export::chart::page::{Align, Frame, Page};
use crate::export::chart::style::{
    AXIS_TEXT, FAN_MEDIAN, FAN_OUTER, MARGIN, MEDIAN_LINE, NAME, SPACE, solid,
};
use crate::export::chart::text;

const COLUMNS: usize = 3;
const GUTTER: f64 = 30.0;
const TITLE_ROWS: usize = 2;
const HEIGHT: f64 = 130.0;
/// Below a panel: the values of the lever, and its name.
const FOOT: f64 = 46.0;
const TICKS: usize = 4;
const DOT: f64 = 2.5;

/// Draws the panels from `top` down; returns where they end.
pub fn draw(page: &mut Page, sheet: &Sheet, top: f64) -> f64 {
    let panels = drawn(sheet);
    let columns = panels.len().clamp(1, COLUMNS);
    let width = (ROOM - GUTTER * (columns - 1) as f64) / columns as f64;
    let head = TITLE_ROWS as f64 * NAME.leading() + AXIS_TEXT.leading() + SPACE;
    let tall = head + HEIGHT + FOOT;
    for (number, panel) in panels.iter().enumerate() {
        let (row, column) = (number / columns, number % columns);
        let left = MARGIN + column as f64 * (width + GUTTER);
        let top = top + row as f64 * tall;
        title(page, panel, (left, top), width);
        let top = top + head;
        one(page, sheet, panel, Frame { left, right: left + width, top, bottom: top + HEIGHT });
    }
    top + panels.len().div_ceil(columns) as f64 * tall
}

/// A panel's name in two lines, and its unit below.
pub fn title(page: &mut Page, panel: &Panel, (left, top): (f64, f64), width: f64) {
    let lines = text::wrap(&panel.title, NAME, width, TITLE_ROWS);
    let skipped = TITLE_ROWS - lines.len();
    for (row, line) in lines.iter().enumerate() {
        let y = top + ((row + skipped) as f64 + 0.5) * NAME.leading();
        page.text(line, (left, y), NAME, Align::Left);
    }
    let y = top + TITLE_ROWS as f64 * NAME.leading() + 0.5 * AXIS_TEXT.leading();
    page.text(&text::shorten(&panel.unit, AXIS_TEXT, width), (left, y), AXIS_TEXT, Align::Left);
}

fn one(page: &mut Page, sheet: &Sheet, panel: &Panel, frame: Frame) {
    let axis = ValueAxis::fit(extent(panel, 1..3), TICKS, false, frame);
    let left = frame.left + axis.label_width() + SPACE;
    let axis = axis.within(Frame { left, ..frame });
    let lever = &sheet.levers[0];
    let scale = Scale::new(lever, left + DOT, frame.right - DOT);
    axis.draw(page);
    let mut points: Vec<(usize, [f64; 3])> =
        sheet.points.iter().zip(&panel.values).filter_map(|(at, value)| Some((at[0], (*value)?))).collect();
    points.sort_by_key(|(at, _)| *at);
    let at = |(setting, value): (usize, f64)| (scale.x(setting), axis.y(value));
    if is_along(lever) {
        let upper = points.iter().map(|(s, v)| at((*s, v[2])));
        let lower = points.iter().rev().map(|(s, v)| at((*s, v[1])));
        page.area(upper.chain(lower).collect(), FAN_OUTER);
        page.line(points.iter().map(|(s, v)| at((*s, v[0]))).collect(), MEDIAN_LINE);
    } else {
        for (setting, [_, low, high]) in &points {
            page.line(vec![at((*setting, *low)), at((*setting, *high))], solid(FAN_OUTER, 7.0));
        }
    }
    if points.len() <= 24 {
        points.iter().for_each(|(s, v)| page.ring(at((*s, v[0])), DOT, FAN_MEDIAN));
    }
    scale.draw(page, frame.bottom);
    let name = text::shorten(&lever.name, AXIS_TEXT, frame.right - left);
    page.text(&name, ((left + frame.right) / 2.0, frame.bottom + 31.0), AXIS_TEXT, Align::Centre);
}

/// All values (0), or the ends of their intervals (1 and 2), and 0 unless everything is far from it.
pub fn extent(panel: &Panel, which: std::ops::Range<usize>) -> (f64, f64) {
    let values = || panel.values.iter().flatten().flat_map(|value| &value[which.clone()]).copied();
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    if !(low.is_finite() && high.is_finite()) {
        return (0.0, 1.0);
    }
    if low >= 0.0 && low <= 0.7 * (high - low) { (0.0, high) } else { (low, high) }
}
