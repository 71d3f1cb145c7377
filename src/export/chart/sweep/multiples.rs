//! More levers than a map can show: a row of panels a target, one a lever, with a dot a point.

use super::lines::{extent, title};
use super::scale::Scale;
use super::{Lever, Panel, ROOM, Sheet, drawn, is_along};
use crate::export::chart::axis::ValueAxis;
use crate::export::chart::page::{Align, Frame, Page, Point};
use crate::export::chart::style::{AXIS_TEXT, FAN_INNER, MARGIN, MEDIAN_LINE, NAME, SPACE};
use crate::export::chart::text;

const MOST_COLUMNS: usize = 4;
const GUTTER: f64 = 24.0;
const HEIGHT: f64 = 110.0;
const FOOT: f64 = 46.0;
const TICKS: usize = 3;
/// Points of a range are joined by the means of so many parts of it.
const PARTS: usize = 5;

/// Draws the panels from `top` down; returns where they end.
pub fn draw(page: &mut Page, sheet: &Sheet, top: f64) -> f64 {
    let columns = sheet.levers.len().min(MOST_COLUMNS);
    let width = (ROOM - GUTTER * (columns - 1) as f64) / columns as f64;
    let head = 2.0 * NAME.leading() + AXIS_TEXT.leading() + SPACE;
    let mut y = top;
    for panel in drawn(sheet) {
        title(page, panel, (MARGIN, y), ROOM);
        y += head;
        for first in (0..sheet.levers.len()).step_by(columns) {
            for lever in first..(first + columns).min(sheet.levers.len()) {
                let left = MARGIN + (lever - first) as f64 * (width + GUTTER);
                one(
                    page,
                    sheet,
                    panel,
                    lever,
                    Frame { left, right: left + width, top: y, bottom: y + HEIGHT },
                );
            }
            y += HEIGHT + FOOT;
        }
    }
    y
}

fn one(page: &mut Page, sheet: &Sheet, panel: &Panel, lever: usize, frame: Frame) {
    let axis = ValueAxis::fit(extent(panel, 0..1), TICKS, false, frame);
    let left = frame.left + axis.label_width() + SPACE;
    let axis = axis.within(Frame { left, ..frame });
    let scale = Scale::new(&sheet.levers[lever], left + 2.0, frame.right - 2.0);
    axis.draw(page);
    let points = sheet.points.iter().zip(&panel.values);
    let dots: Vec<(usize, Point)> =
        points.filter_map(|(at, v)| Some((at[lever], (scale.x(at[lever]), axis.y((*v)?[0]))))).collect();
    dots.iter().for_each(|(_, dot)| page.ring(*dot, 2.0, FAN_INNER));
    page.line(means(&dots, &sheet.levers[lever], (left, frame.right)), MEDIAN_LINE);
    scale.draw(page, frame.bottom);
    let name = text::shorten(&sheet.levers[lever].name, AXIS_TEXT, frame.right - left);
    page.text(&name, ((left + frame.right) / 2.0, frame.bottom + 31.0), AXIS_TEXT, Align::Centre);
}

/// The middles of the dots at each value, or of parts of the range where hardly two share one; none of names.
fn means(dots: &[(usize, Point)], lever: &Lever, (left, right): (f64, f64)) -> Vec<Point> {
    if !is_along(lever) {
        return Vec::new();
    }
    let by_part = lever.settings.len() * 2 > dots.len();
    let part = |(setting, (x, _)): &(usize, Point)| match by_part {
        true => ((((x - left) / (right - left)) * PARTS as f64) as usize).min(PARTS - 1),
        false => *setting,
    };
    let groups = if by_part { PARTS } else { lever.settings.len() };
    let middle = |group: usize| {
        let inside: Vec<Point> = dots.iter().filter(|dot| part(dot) == group).map(|(_, dot)| *dot).collect();
        let n = inside.len() as f64;
        (!inside.is_empty()).then(|| {
            (inside.iter().map(|dot| dot.0).sum::<f64>() / n, inside.iter().map(|dot| dot.1).sum::<f64>() / n)
        })
    };
    (0..groups).filter_map(middle).collect()
}
