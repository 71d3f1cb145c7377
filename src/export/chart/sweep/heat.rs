//! A grid of two levers: a heat map a target, with its numbers in the cells.

use plotters::style::RGBColor;

use super::lines::title;
use super::scale::labels;
use super::{Panel, ROOM, Sheet, drawn};
use crate::export::chart::page::{Align, Frame, Page};
use crate::export::chart::style::{AXIS_TEXT, FAN_MEDIAN, INK, MARGIN, NAME, PAPER, SPACE, Type};
use crate::export::chart::text;

/// More values of a lever than this make no map that can be read.
pub const MOST_CELLS: usize = 24;

const GUTTER: f64 = 36.0;
/// A panel is as wide as the page where its cells would be narrower.
const NARROWEST: f64 = 40.0;
const CELL_HEIGHT: f64 = 26.0;
const FOOT: f64 = 48.0;
/// The colour of the lowest value.
const LOWEST: RGBColor = RGBColor(236, 243, 249);
/// From this share of the way on, words are light.
const DARK: f64 = 0.5;
/// A row's name takes no more room.
const WIDEST_NAME: f64 = 110.0;

/// Draws the maps from `top` down; returns where they end.
pub fn draw(page: &mut Page, sheet: &Sheet, top: f64) -> f64 {
    let panels = drawn(sheet);
    let [across, down] = [0, 1].map(|lever| labels(&sheet.levers[lever]));
    let names = down.iter().map(|l| text::width(l, AXIS_TEXT)).fold(0.0, f64::max).min(WIDEST_NAME);
    let columns = [3, 2].into_iter().find(|&columns| {
        let cells = (panel_width(columns) - names - SPACE) / across.len() as f64;
        cells >= NARROWEST && columns <= panels.len()
    });
    let columns = columns.unwrap_or(1);
    let width = panel_width(columns);
    let head = 2.0 * NAME.leading() + 2.0 * AXIS_TEXT.leading() + SPACE;
    let tall = head + down.len() as f64 * CELL_HEIGHT + FOOT;
    for (number, panel) in panels.iter().enumerate() {
        let left = MARGIN + (number % columns) as f64 * (width + GUTTER);
        let top = top + (number / columns) as f64 * tall;
        title(page, panel, (left, top), width);
        let name = text::shorten(
            &format!("{} down, {} across", sheet.levers[1].name, sheet.levers[0].name),
            AXIS_TEXT,
            width,
        );
        let y = top + head - SPACE - AXIS_TEXT.leading() / 2.0;
        page.text(&name, (left, y), AXIS_TEXT, Align::Left);
        let frame = Frame {
            left: left + names + SPACE,
            right: left + width,
            top: top + head,
            bottom: top + tall - FOOT,
        };
        map(page, sheet, panel, frame, (&across, &down));
    }
    top + panels.len().div_ceil(columns) as f64 * tall
}

fn panel_width(columns: usize) -> f64 {
    (ROOM - GUTTER * (columns - 1) as f64) / columns as f64
}

fn map(page: &mut Page, sheet: &Sheet, panel: &Panel, frame: Frame, (across, down): (&[String], &[String])) {
    let width = (frame.right - frame.left) / across.len() as f64;
    let values = || panel.values.iter().flatten().map(|value| value[0]);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    // Values within the error of one of them are not made to look far apart.
    let span = (high - low).max(panel.error);
    for (point, value) in sheet.points.iter().zip(&panel.values) {
        let cell = Frame {
            left: frame.left + point[0] as f64 * width,
            right: frame.left + (point[0] + 1) as f64 * width,
            top: frame.top + point[1] as f64 * CELL_HEIGHT,
            bottom: frame.top + (point[1] + 1) as f64 * CELL_HEIGHT,
        };
        let Some([value, ..]) = *value else { continue };
        let share = if span > 0.0 { (value - low) / span } else { 0.0 };
        let inner = Frame {
            left: cell.left + 0.5,
            right: cell.right - 0.5,
            top: cell.top + 0.5,
            bottom: cell.bottom - 0.5,
        };
        page.block(inner, blend(share));
        let look = Type { bold: false, colour: if share >= DARK { PAPER } else { INK }, ..AXIS_TEXT };
        let number = number(value, panel);
        if text::width(&number, look) <= width - 4.0 {
            page.text(
                &number,
                ((cell.left + cell.right) / 2.0, (cell.top + cell.bottom) / 2.0),
                look,
                Align::Centre,
            );
        }
    }
    for (row, name) in down.iter().enumerate() {
        let y = frame.top + (row as f64 + 0.5) * CELL_HEIGHT;
        let name = text::shorten(name, AXIS_TEXT, WIDEST_NAME);
        page.text(&name, (frame.left - SPACE, y), AXIS_TEXT, Align::Right);
    }
    let widest = across.iter().map(|name| text::width(name, AXIS_TEXT)).fold(0.0, f64::max);
    let stride = ((widest + SPACE) / width).ceil().max(1.0) as usize;
    let room = width * stride as f64 - SPACE / 2.0;
    for (column, name) in across.iter().enumerate().step_by(stride) {
        let x = frame.left + (column as f64 + 0.5) * width;
        let half = text::width(name, AXIS_TEXT).min(room) / 2.0;
        let x = x.max(frame.left + half - width / 2.0).min(frame.right - half);
        page.text(&text::shorten(name, AXIS_TEXT, room), (x, frame.bottom + 14.0), AXIS_TEXT, Align::Centre);
    }
}

/// To the Monte Carlo error.
fn number(value: f64, panel: &Panel) -> String {
    text::reading(value, if panel.error > 0.0 { panel.error } else { (value.abs() * 1e-3).max(1e-9) })
}

/// From the colour of the lowest to that of the highest, even in each part.
fn blend(share: f64) -> RGBColor {
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    RGBColor(mix(LOWEST.0, FAN_MEDIAN.0), mix(LOWEST.1, FAN_MEDIAN.1), mix(LOWEST.2, FAN_MEDIAN.2))
}
