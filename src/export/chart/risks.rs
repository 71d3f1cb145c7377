//! Risks by month: how likely each indicator is red, a row an indicator, with the numbers in the cells.

use plotters::style::RGBColor;

use super::furniture::{self, Caption, Heading};
use super::page::{About, Align, Frame, Page};
use super::style::{AXIS_TEXT, INK, KEY, MARGIN, PAPER, QUIET, RED_ZONE, SPACE, Type, WIDTH};
use super::{ChartError, Figure, text};
use crate::calendar::Date;
use crate::results::{Estimate, format};

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Risks {
    /// The last reported date of each month.
    pub dates: Vec<Date>,
    pub rows: Vec<Risk>,
    /// The probability that at least one indicator is red.
    pub any: Vec<Estimate>,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Risk {
    pub label: String,
    /// The probability that it is red at each date.
    pub red: Vec<Estimate>,
}

const ROW: f64 = 27.0;
const HEAD: f64 = 40.0;
/// A row's name takes no more room.
const WIDEST_NAME: f64 = 230.0;
/// Cells are no wider, however few months there are.
const WIDEST_CELL: f64 = 60.0;
/// Months are put together, three to a cell, where theirs would be narrower.
const NARROWEST_CELL: f64 = 19.0;
/// From this share on cells are dark and their numbers light: it is likelier than not.
const LIKELY: f64 = 0.5;
const ANY: &str = "At least one of them";
const NOTE: &str = "shares are given to their Monte Carlo error";

/// Draws the figure; `None` without an indicator.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(risks: &Risks, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    if risks.rows.is_empty() || risks.dates.is_empty() {
        return Ok(None);
    }
    let mut rows: Vec<&Risk> = risks.rows.iter().collect();
    rows.sort_by(|a, b| worst(&b.red).total_cmp(&worst(&a.red)));
    let any = Risk { label: ANY.to_owned(), red: risks.any.clone() };
    let names = rows.iter().map(|row| text::width(&text::clean(&row.label), KEY)).fold(0.0, f64::max);
    let left = MARGIN + names.min(WIDEST_NAME) + 2.0 * SPACE;
    let columns = columns(&risks.dates, WIDTH - MARGIN - left);
    let width = ((WIDTH - MARGIN - left) / columns.len() as f64).min(WIDEST_CELL);

    let heading = heading(&rows, risks, caption);
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading) + HEAD;
    months(&mut page, risks, &columns, (left, width), top);
    let mut y = top;
    for row in &rows {
        strip(&mut page, row, &columns, (left, width), y);
        y += ROW;
    }
    if rows.len() > 1 {
        y += SPACE;
        strip(&mut page, &any, &columns, (left, width), y);
        y += ROW;
    }
    let cells = Frame { left, right: left + width * columns.len() as f64, top, bottom: y };
    page.panel(cells, columns.iter().map(|at| risks.dates[*at]).collect());
    let height = furniture::footer(&mut page, caption, NOTE, y);
    let description = describe(&rows, risks, caption);
    page.finish(&About { name: "risks", title: &heading.title, description: &description }, height).map(Some)
}

fn worst(red: &[Estimate]) -> f64 {
    red.iter().map(|share| share.value).fold(0.0, f64::max)
}

/// The places in `dates` that have a cell: all, or where these would be too narrow the ends of quarters, or of
/// years.
fn columns(dates: &[Date], room: f64) -> Vec<usize> {
    let last = dates.len() - 1;
    let ends = |months: i8| {
        let ends = (0..dates.len()).filter(move |&at| dates[at].month() % months == 0 || at == last);
        ends.collect::<Vec<usize>>()
    };
    let fits = |columns: &Vec<usize>| room / columns.len() as f64 >= NARROWEST_CELL;
    [1, 3].map(ends).into_iter().find(fits).unwrap_or_else(|| ends(12))
}

fn heading(rows: &[&Risk], risks: &Risks, caption: &Caption) -> Heading {
    let peak = |row: &&Risk| {
        let at = (0..row.red.len()).max_by(|a, b| row.red[*a].value.total_cmp(&row.red[*b].value));
        at.filter(|at| row.red[*at].value > 0.0)
            .map(|at| (text::clean(&row.label), text::date(risks.dates[at]), format::share(&row.red[at])))
    };
    let finding = match rows.first().and_then(peak) {
        Some((label, date, share)) => format!("Most likely: {label}, red in {share} of histories on {date}."),
        None => "None of them is ever red.".to_owned(),
    };
    let histories = if caption.replicates == 1 { "the one history" } else { "all histories" };
    Heading {
        title: "How likely each indicator is red, by month".to_owned(),
        finding,
        subtitle: format!(
            "Per cent of {histories} in which it is red on the month's last reported day; an empty cell is none, a dark \
             one likelier than not."
        ),
        key: Vec::new(),
    }
}

/// Names of months above the cells, and the year under the first and every January.
fn months(page: &mut Page, risks: &Risks, columns: &[usize], (left, width): (f64, f64), top: f64) {
    let mut free = left;
    let mut year = None;
    for (column, &at) in columns.iter().enumerate() {
        let date = risks.dates[at];
        let x = left + (column as f64 + 0.5) * width;
        let half = text::width(text::month(date), AXIS_TEXT) / 2.0;
        if year != Some(date.year()) {
            year = Some(date.year());
            let number = date.year().to_string();
            page.text(&number, (left + column as f64 * width, top - HEAD + 10.0), AXIS_TEXT, Align::Left);
        }
        if x - half >= free {
            page.text(text::month(date), (x, top - 12.0), AXIS_TEXT, Align::Centre);
            free = x + half + SPACE / 2.0;
        }
    }
}

fn strip(page: &mut Page, row: &Risk, columns: &[usize], (left, width): (f64, f64), top: f64) {
    let middle = top + ROW / 2.0;
    let name = text::shorten(&text::clean(&row.label), KEY, left - SPACE - MARGIN);
    page.text(&name, (MARGIN, middle), KEY, Align::Left);
    for (column, &at) in columns.iter().enumerate() {
        let x = left + column as f64 * width;
        let share = row.red[at].value;
        let cell = Frame { left: x + 0.5, right: x + width - 0.5, top: top + 0.5, bottom: top + ROW - 0.5 };
        page.block(cell, shade(share));
        let colour = match share {
            s if s >= LIKELY => PAPER,
            s if s < 0.01 => QUIET,
            _ => INK,
        };
        let look = Type { bold: false, colour, ..AXIS_TEXT };
        page.text(&number(&row.red[at]), (x + width / 2.0, middle), look, Align::Centre);
    }
}

/// In per cent, to the Monte Carlo error; nothing for none.
fn number(share: &Estimate) -> String {
    match share.value {
        0.0 => String::new(),
        p if p < 0.005 => "<1".to_owned(),
        p => format::digits(100.0 * p, share.error().map(|error| (100.0 * error).max(1.0))),
    }
}

/// Two runs of shades with a gap between: on what lies in it neither dark nor light numbers could be read, on paper
/// or on a dark screen.
fn shade(share: f64) -> RGBColor {
    const NEVER: RGBColor = RGBColor(247, 247, 248);
    let (from, to, way) = match share {
        s if s <= 0.0 => return NEVER,
        s if s < LIKELY => (LIGHT[0], LIGHT[1], s / LIKELY),
        s => (DARK[0], DARK[1], ((s - LIKELY) / (1.0 - LIKELY)).min(1.0)),
    };
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * way).round() as u8;
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

const LIGHT: [RGBColor; 2] = [RED_ZONE, RGBColor(238, 124, 100)];
const DARK: [RGBColor; 2] = [RGBColor(196, 52, 44), RGBColor(120, 8, 14)];

fn describe(rows: &[&Risk], risks: &Risks, caption: &Caption) -> String {
    let mut words = format!("Scenario: {}.", caption.scenario);
    let last = risks.dates.len() - 1;
    for row in rows {
        words += &format!(
            " {}: red in {} of histories on {}.",
            row.label,
            format::share(&row.red[last]),
            text::date(risks.dates[last])
        );
    }
    words
}
