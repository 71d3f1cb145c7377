//! A sweep: what became of each target at each point, one small panel a target.
//!
//! One lever makes lines over it with their bands; a grid of two makes heat maps with their numbers in the
//! cells; anything else a row of panels a target, one a lever, with a dot a point. Each panel has a scale of
//! its own.

mod adapter;
mod heat;
mod lines;
mod multiples;
mod scale;

use super::furniture::{self, Caption, Heading, Swatch};
use super::page::{About, Page};
use super::style::{FAN_OUTER, MARGIN, MEDIAN_LINE, WIDTH};
use super::{ChartError, Figure, text};
use crate::lang::lever::Setting;
use crate::study::sweep::Swept;

/// A page of panels.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The stem of its files.
    pub name: &'static str,
    /// What its targets are: `milestone`.
    pub what: &'static str,
    pub levers: Vec<Lever>,
    /// `[point][lever]`: a place among the lever's settings.
    pub points: Vec<Vec<usize>>,
    /// Every combination of settings is a point.
    pub is_grid: bool,
    pub panels: Vec<Panel>,
    /// Targets that are the same at every point.
    pub unmoved: Vec<String>,
}

/// What was varied.
#[derive(Clone, Debug)]
pub struct Lever {
    /// Its path without the table.
    pub name: String,
    /// Its different values, along an axis where there is one.
    pub settings: Vec<Setting>,
}

/// A target.
#[derive(Clone, Debug)]
pub struct Panel {
    pub title: String,
    /// What its numbers are: `% of histories, by 30 Sep 2025`.
    pub unit: String,
    /// `[point]`: the value, and the ends of its 95 % interval; `None` where there is none.
    pub values: Vec<Option<[f64; 3]>>,
    /// The value's Monte Carlo error where that is largest: no finer digit is shown.
    pub error: f64,
}

/// Room across the page.
const ROOM: f64 = WIDTH - 2.0 * MARGIN;
/// No figure has more panels: the rest is in the table.
const MOST_PANELS: usize = 60;

/// Every figure of a sweep: milestones, and indicators.
///
/// # Errors
/// When plotters cannot write one.
pub fn figures(swept: &Swept<'_>) -> Result<Vec<Figure>, ChartError> {
    let caption = adapter::caption(swept);
    let sheets = adapter::sheets(swept).into_iter().filter(|sheet| !sheet.panels.is_empty());
    sheets.map(|sheet| figure(&sheet, &caption)).collect()
}

/// Draws a sheet.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(sheet: &Sheet, caption: &Caption) -> Result<Figure, ChartError> {
    let (how, key): (&str, Vec<(Swatch, String)>) = match shape(sheet) {
        Shape::Lines => (
            "Each panel has a scale of its own. The band is the 95 % Monte Carlo interval of a point by itself; \
             points share their chance, so differences between them are known better.",
            vec![
                (
                    if is_along(&sheet.levers[0]) { Swatch::Line(MEDIAN_LINE) } else { Swatch::Ring },
                    "value at each point".to_owned(),
                ),
                (Swatch::Block(FAN_OUTER), "95 % interval".to_owned()),
            ],
        ),
        Shape::Heat => (
            "A cell is a point, and its number the value there. In each panel the highest value is darkest, unless all \
             lie within their error.",
            Vec::new(),
        ),
        Shape::Multiples => (
            "A row is a target, a column a lever, a dot a point: what the other levers do spreads the dots. \
             The line joins the means of the dots at each value, or of fifths of the range.",
            vec![(Swatch::Line(MEDIAN_LINE), "mean of the points".to_owned())],
        ),
    };
    let heading = Heading {
        title: title(sheet),
        finding: String::new(),
        subtitle: format!("{how}{}", unmoved(sheet)),
        key,
    };
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading);
    let bottom = match shape(sheet) {
        Shape::Lines => lines::draw(&mut page, sheet, top),
        Shape::Heat => heat::draw(&mut page, sheet, top),
        Shape::Multiples => multiples::draw(&mut page, sheet, top),
    };
    let note = format!("at each of {} points, under the same chance", sheet.points.len());
    let height = furniture::footer(&mut page, caption, &note, bottom);
    let description = describe(sheet, caption);
    page.finish(&About { name: sheet.name, title: &heading.title, description: &description }, height)
}

/// Whether a lever's values lie along a line; names do not.
fn is_along(lever: &Lever) -> bool {
    lever.settings.iter().all(|setting| setting.position().is_some())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Lines,
    Heat,
    Multiples,
}

fn shape(sheet: &Sheet) -> Shape {
    match sheet.levers.len() {
        1 => Shape::Lines,
        2 if sheet.is_grid && sheet.levers.iter().all(|lever| lever.settings.len() <= heat::MOST_CELLS) => {
            Shape::Heat
        }
        _ => Shape::Multiples,
    }
}

fn title(sheet: &Sheet) -> String {
    let names: Vec<&str> = sheet.levers.iter().map(|lever| lever.name.as_str()).collect();
    let names = match names.len() {
        1..=4 => text::list(&names),
        n => format!("{n} levers"),
    };
    format!("What {names} {} to each {}", if sheet.levers.len() == 1 { "does" } else { "do" }, sheet.what)
}

fn unmoved(sheet: &Sheet) -> String {
    let names: Vec<&str> = sheet.unmoved.iter().map(String::as_str).collect();
    let same = match names.len() {
        0 => String::new(),
        1..=4 => format!(" The same at every point, and not drawn: {}.", text::list(&names)),
        n => format!(" {n} others are the same at every point, and not drawn."),
    };
    match drawn(sheet).len() {
        n if n < sheet.panels.len() => format!("{same} {} more are in sweep.csv.", sheet.panels.len() - n),
        _ => same,
    }
}

/// The panels there is room for.
fn drawn(sheet: &Sheet) -> &[Panel] {
    let across = if shape(sheet) == Shape::Multiples { sheet.levers.len() } else { 1 };
    &sheet.panels[..sheet.panels.len().min((MOST_PANELS / across).max(1))]
}

fn describe(sheet: &Sheet, caption: &Caption) -> String {
    let mut words = format!("Scenario: {}.", caption.scenario);
    for panel in drawn(sheet) {
        let found = panel.values.iter().enumerate().filter_map(|(point, v)| Some((point, (*v)?[0])));
        let extremes = found.fold(None, |ends: Option<[(usize, f64); 2]>, one| {
            let [low, high] = ends.unwrap_or([one, one]);
            Some([if one.1 < low.1 { one } else { low }, if one.1 > high.1 { one } else { high }])
        });
        if let Some([low, high]) = extremes {
            let at = |(point, value): (usize, f64)| {
                let settings = sheet.levers.iter().zip(&sheet.points[point]);
                let settings = settings.map(|(lever, at)| format!("{} {}", lever.name, lever.settings[*at]));
                let value = text::reading(value, panel.error.max(1e-9));
                format!("{value} at {}", settings.collect::<Vec<_>>().join(", "))
            };
            words += &format!(" {} ({}): lowest {}, highest {}.", panel.title, panel.unit, at(low), at(high));
        }
    }
    words
}
