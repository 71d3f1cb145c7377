//! What stands around every picture: title, how to read it, key, and where the numbers come from.

use plotters::style::RGBColor;

use super::page::{Align, Frame, Page};
use super::style::{
    FAN_INNER, FAN_MEDIAN, FAN_OUTER, FINDING, FOOTER, GRID, INK, KEY, MARGIN, MEDIAN_LINE, PAPER, QUIET,
    SUBTITLE, Stroke, TITLE, Type, WIDTH, curve, solid,
};
use super::text;
use crate::calendar::Date;
use crate::results::format;

/// What all figures of one set of results say about it.
#[derive(Clone, Debug)]
pub struct Caption {
    /// The scenario's title.
    pub scenario: String,
    pub start: Date,
    pub end: Date,
    /// Histories that count.
    pub replicates: u64,
    /// Histories that stopped with an error.
    pub failed: u64,
    pub seed: Option<u64>,
    /// Titles of the scenario's sources.
    pub sources: Vec<String>,
}

/// The words above a picture.
#[derive(Clone, Debug)]
pub struct Heading {
    /// What it shows.
    pub title: String,
    /// What it says, in a sentence; may be empty.
    pub finding: String,
    /// How to read it.
    pub subtitle: String,
    pub key: Vec<(Swatch, String)>,
}

/// What a word of the key stands for.
#[derive(Clone, Copy, Debug)]
pub enum Swatch {
    /// Both bands of a fan, one inside the other.
    Fan,
    Block(RGBColor),
    Line(Stroke),
    /// A ring on a curve.
    Ring,
    /// A circle on a map, and one for nobody.
    Dot,
    Empty,
    /// A ring and a bar: a point and a range that were observed.
    Observed,
}

/// How to read a fan, for a subtitle.
pub fn fan_subtitle(caption: &Caption) -> &'static str {
    match caption.replicates {
        1 => "This is one history: it shows what can happen, not how likely it is.",
        _ => {
            "At each date half of all histories lie in the inner band and nine in ten within the outer one \
             (pointwise: a single history may cross them)."
        }
    }
}

/// A fan and its median as the key names them.
pub fn fan_key(caption: &Caption) -> Vec<(Swatch, String)> {
    match caption.replicates {
        1 => vec![(Swatch::Line(MEDIAN_LINE), "the one simulated history".to_owned())],
        _ => vec![
            (Swatch::Fan, "50 % and 90 % of histories".to_owned()),
            (Swatch::Line(MEDIAN_LINE), "median".to_owned()),
        ],
    }
}

/// What a fan's intervals are, for a footer.
pub fn fan_note(caption: &Caption) -> &'static str {
    match caption.replicates {
        1 => "no intervals",
        _ => "pointwise 50 % and 90 % intervals",
    }
}

const ROOM: f64 = WIDTH - 2.0 * MARGIN;
const SWATCH_WIDTH: f64 = 28.0;
const KEY_ROW: f64 = 22.0;

/// Draws the heading from the top of the page; returns where the picture may begin.
pub fn heading(page: &mut Page, heading: &Heading) -> f64 {
    let mut y = MARGIN - 6.0;
    y = paragraph(page, &heading.title, TITLE, 2, y);
    y = paragraph(page, &heading.finding, FINDING, 2, y + 3.0);
    y = paragraph(page, &heading.subtitle, SUBTITLE, 3, y + 3.0);
    if heading.key.is_empty() { y + 8.0 } else { key(page, &heading.key, y + 10.0) }
}

/// Draws the footer below `y`; returns the height of the whole figure.
pub fn footer(page: &mut Page, caption: &Caption, note: &str, y: f64) -> f64 {
    let y = y + 14.0;
    page.rule((MARGIN, y), (WIDTH - MARGIN, y), solid(GRID, 1.0));
    let y = paragraph(page, &provenance(caption, note), FOOTER, 3, y + 7.0);
    let y = paragraph(page, &sources(&caption.sources), FOOTER, 2, y);
    y + MARGIN - 12.0
}

/// Lines of text from `y` down; returns where they end.
fn paragraph(page: &mut Page, words: &str, look: Type, most: usize, y: f64) -> f64 {
    let lines = text::wrap(words, look, ROOM, most);
    for (row, line) in lines.iter().enumerate() {
        let middle = y + (row as f64 + 0.5) * look.leading();
        page.text(line, (MARGIN, middle), look, Align::Left);
    }
    y + lines.len() as f64 * look.leading()
}

/// The key in as many rows as it takes; returns where the picture may begin.
fn key(page: &mut Page, items: &[(Swatch, String)], top: f64) -> f64 {
    let (mut x, mut y) = (MARGIN, top + KEY_ROW / 2.0);
    for (sample, words) in items {
        let words = text::shorten(&text::clean(words), KEY, ROOM - SWATCH_WIDTH - 8.0);
        let width = SWATCH_WIDTH + 8.0 + text::width(&words, KEY);
        if x > MARGIN && x + width > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + KEY_ROW);
        }
        swatch(page, *sample, x, y);
        page.text(&words, (x + SWATCH_WIDTH + 8.0, y), KEY, Align::Left);
        x += width + 26.0;
    }
    y + KEY_ROW / 2.0 + 10.0
}

fn swatch(page: &mut Page, sample: Swatch, x: f64, y: f64) {
    let block = |inset: f64| Frame {
        left: x,
        top: y - 8.0 + inset,
        right: x + SWATCH_WIDTH,
        bottom: y + 8.0 - inset,
    };
    match sample {
        Swatch::Fan => {
            page.block(block(0.0), FAN_OUTER);
            page.block(block(4.0), FAN_INNER);
        }
        Swatch::Block(colour) => page.block(block(0.0), colour),
        Swatch::Line(stroke) => page.line(vec![(x, y), (x + SWATCH_WIDTH, y)], stroke),
        Swatch::Dot => page.dot((x + SWATCH_WIDTH / 2.0, y), 7.0, FAN_INNER, FAN_MEDIAN),
        Swatch::Empty => page.dot((x + SWATCH_WIDTH / 2.0, y), 3.0, PAPER, QUIET),
        Swatch::Ring => {
            let stroke = curve(0);
            page.line(vec![(x, y), (x + SWATCH_WIDTH, y)], stroke);
            page.ring((x + SWATCH_WIDTH / 2.0, y), 4.0, stroke.colour);
        }
        Swatch::Observed => {
            page.ring((x + 7.0, y), 4.0, INK);
            page.line(vec![(x + 21.0, y - 7.0), (x + 21.0, y + 7.0)], solid(INK, 2.5));
        }
    }
}

fn provenance(caption: &Caption, note: &str) -> String {
    let histories = match caption.replicates {
        1 => "1 simulated history".to_owned(),
        n => format!("{} simulated histories", format::count(n)),
    };
    let failed = match caption.failed {
        0 => String::new(),
        n => format!(" that ran to the end ({} stopped with an error)", format::count(n)),
    };
    let seed = caption.seed.map(|seed| format!(" · seed {seed}")).unwrap_or_default();
    let scenario = text::shorten(&text::clean(&caption.scenario), FOOTER, ROOM);
    format!("{scenario} · {histories}{failed}{seed} · {note}")
}

/// As many source titles as fit on two lines, and how many more there are.
fn sources(titles: &[String]) -> String {
    let short: Vec<String> =
        titles.iter().map(|title| text::shorten(&text::clean(title), FOOTER, ROOM / 2.0)).collect();
    let line = |shown: usize| {
        let head = short[..shown].join("; ");
        match titles.len() - shown {
            0 => format!("Sources: {head}"),
            more => format!("Sources: {head}; and {more} more, listed with the results"),
        }
    };
    let fits = |shown: &usize| text::wrap(&line(*shown), FOOTER, ROOM, 3).len() <= 2;
    (1..=short.len()).rev().find(fits).map(line).unwrap_or_default()
}
