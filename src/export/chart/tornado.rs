//! What one target depends on: a bar an input, the most important on top, and the share that is chance.

use super::axis::ValueAxis;
use super::furniture::{self, Caption, Heading, Swatch};
use super::page::{About, Align, Frame, Page};
use super::style::{
    AXIS, AXIS_TEXT, FAN_INNER, FAN_MEDIAN, FAN_OUTER, GRID, INK, LABEL_GAP, MARGIN, NAME, NOTE, PANEL,
    QUIET, SPACE, WIDTH, dashed, solid,
};
use super::{ChartError, Figure, text};

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Tornado {
    /// The stem of its files.
    pub name: String,
    /// What the target is called.
    pub target: String,
    /// What a bar measures.
    pub measure: String,
    /// Bars are shares, shown in percent.
    pub percent: bool,
    /// What the darker part of a bar is; nothing if there is none.
    pub inner: Option<String>,
    /// The most important first.
    pub bars: Vec<Bar>,
    /// Inputs that have no bar for want of room.
    pub left_out: usize,
    /// Up to here goes an input that does nothing.
    pub idle: Option<f64>,
    pub chance: Whisker,
    /// What is not chance, in words.
    pub rest: String,
}

/// An input.
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    /// Its distribution, and what that rests on.
    pub note: String,
    pub size: Whisker,
    /// The darker part.
    pub inner: Option<f64>,
    /// Which way it works, or why it cannot be told.
    pub remark: String,
    /// Told from an input that does nothing.
    pub resolved: bool,
}

/// A number, its interval, and both in words.
#[derive(Clone, Debug)]
pub struct Whisker {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub words: String,
}

const LABELS: f64 = 330.0;
const VALUES: f64 = 170.0;
const ROW: f64 = 44.0;
/// Half of a bar.
const HALF: f64 = 11.0;
const CAP: f64 = 4.0;
const TICKS: usize = 5;
const AXIS_ROOM: f64 = 48.0;
const SHARE_HEIGHT: f64 = 22.0;
const WHISKER: super::style::Stroke = solid(INK, 1.5);
/// Behind whiskers, so that they are seen on dark bars.
const HALO: super::style::Stroke = solid(super::style::PAPER, 3.5);

/// Draws the figure; `None` without a bar.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(tornado: &Tornado, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    if tornado.bars.is_empty() {
        return Ok(None);
    }
    let heading = heading(tornado);
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading) + SPACE;
    let top = chance(&mut page, tornado, top);
    let bottom = bars(&mut page, tornado, top);
    let note = "whiskers are 95 % intervals";
    let height = furniture::footer(&mut page, caption, note, bottom);
    let description = describe(tornado, caption);
    let about = About { name: &tornado.name, title: &heading.title, description: &description };
    page.finish(&about, height).map(Some)
}

fn heading(tornado: &Tornado) -> Heading {
    let clear: Vec<&Bar> = tornado.bars.iter().filter(|bar| bar.resolved).collect();
    let finding = match clear.first() {
        Some(first) => format!(
            "{} of the variance is chance; of the assumptions {} matters most.",
            tornado.chance.words, first.label
        ),
        None => format!(
            "{} of the variance is chance; no single assumption can be told from one that does nothing.",
            tornado.chance.words
        ),
    };
    let mut key = Vec::new();
    if let Some(inner) = &tornado.inner {
        key.push((Swatch::Block(FAN_INNER), tornado.measure.clone()));
        key.push((Swatch::Block(FAN_MEDIAN), inner.clone()));
    }
    if tornado.bars.iter().any(|bar| !bar.resolved) {
        key.push((Swatch::Block(GRID), "not told from nothing".to_owned()));
    }
    if tornado.idle.is_some() {
        key.push((Swatch::Line(dashed(QUIET, 1.5)), "an input that does nothing stays below".to_owned()));
    }
    let overlap = match tornado.inner {
        Some(_) => {
            " Shares overlap: what several do only together counts for each of them, chance among them."
        }
        None => "",
    };
    Heading {
        title: format!("What it depends on: {}", text::clean(&tornado.target)),
        finding,
        subtitle: format!(
            "Assumptions are what the scenario draws once a history; chance is everything else that differs \
             between histories.{overlap} Under each name: its range, and what that rests on."
        ),
        key,
    }
}

/// The variance shared out between chance and assumptions; returns where the bars may begin.
fn chance(page: &mut Page, tornado: &Tornado, top: f64) -> f64 {
    let held = |share: f64| share.clamp(0.0, 1.0);
    let (left, right) = (MARGIN, WIDTH - MARGIN);
    let at = |share: f64| left + (right - left) * held(share);
    let middle = top + 10.0;
    page.text(&format!("Chance: {}", tornado.chance.words), (left, middle), PANEL, Align::Left);
    page.text(&format!("The assumptions together: {}", tornado.rest), (right, middle), PANEL, Align::Right);
    let bar = Frame { left, right, top: top + 24.0, bottom: top + 24.0 + SHARE_HEIGHT };
    page.block(bar, FAN_OUTER);
    page.block(Frame { right: at(tornado.chance.value), ..bar }, FAN_MEDIAN);
    let y = (bar.top + bar.bottom) / 2.0;
    whisker(page, (at(tornado.chance.low), at(tornado.chance.high)), y);
    bar.bottom + 26.0
}

/// Draws the bars from `top`; returns where the footer may begin.
fn bars(page: &mut Page, tornado: &Tornado, top: f64) -> f64 {
    let finite = |bar: &Bar| if bar.size.high.is_finite() { bar.size.high } else { 0.0 };
    let scale = if tornado.percent { 100.0 } else { 1.0 };
    let greatest = tornado.bars.iter().map(finite).chain(tornado.idle).fold(0.0, f64::max);
    let frame = Frame {
        left: MARGIN + LABELS,
        right: WIDTH - MARGIN - VALUES,
        top: top + 24.0,
        bottom: top + 24.0 + ROW * tornado.bars.len() as f64,
    };
    let axis = ValueAxis::fit((0.0, scale * greatest), TICKS, false, frame);
    let axis = if tornado.percent { axis.suffixed(" %") } else { axis };
    page.text(&tornado.measure, (MARGIN, top + 8.0), PANEL, Align::Left);
    axis.draw_across(page);
    for (row, bar) in tornado.bars.iter().enumerate() {
        let middle = frame.top + (row as f64 + 0.5) * ROW;
        draw_bar(page, bar, &axis, scale, middle);
    }
    if let Some(idle) = tornado.idle {
        let x = axis.x(scale * idle);
        page.rule((x, frame.top), (x, frame.bottom), dashed(QUIET, 1.5));
    }
    page.rule((frame.left, frame.top), (frame.left, frame.bottom), solid(AXIS, 1.0));
    let mut bottom = frame.bottom + AXIS_ROOM / 2.0;
    if tornado.left_out > 0 {
        bottom += 22.0;
        let more = format!("and {} more inputs, each below these: see sensitivity.csv", tornado.left_out);
        page.text(&more, (MARGIN, bottom - 6.0), AXIS_TEXT, Align::Left);
    }
    bottom
}

fn draw_bar(page: &mut Page, bar: &Bar, axis: &ValueAxis, scale: f64, middle: f64) {
    let frame = axis.frame();
    let room = frame.left - MARGIN - LABEL_GAP;
    let line = |page: &mut Page, words: &str, look, y| {
        let words = text::shorten(&text::clean(words), look, room);
        page.text(&words, (MARGIN, y), look, Align::Left);
    };
    line(page, &bar.label, NAME, middle - 8.0);
    line(page, &bar.note, NOTE, middle + 9.0);
    let fill = if bar.resolved { FAN_INNER } else { GRID };
    let whole = Frame {
        left: frame.left,
        right: axis.x(scale * bar.size.value),
        top: middle - HALF,
        bottom: middle + HALF,
    };
    page.block(whole, fill);
    if let Some(inner) = bar.inner.filter(|inner| *inner > 0.0) {
        page.block(Frame { right: axis.x(scale * inner), top: middle + 3.0, ..whole }, FAN_MEDIAN);
    }
    whisker(page, (axis.x(scale * bar.size.low), axis.x(scale * bar.size.high)), middle - 4.0);
    let words_left = frame.right + LABEL_GAP;
    let room = WIDTH - MARGIN - words_left;
    page.text(&text::shorten(&bar.size.words, NAME, room), (words_left, middle - 8.0), NAME, Align::Left);
    page.text(&text::shorten(&bar.remark, NOTE, room), (words_left, middle + 9.0), NOTE, Align::Left);
}

/// A line with caps from one place to another.
fn whisker(page: &mut Page, (from, to): (f64, f64), y: f64) {
    for stroke in [HALO, WHISKER] {
        page.line(vec![(from, y), (to, y)], stroke);
        for x in [from, to] {
            page.line(vec![(x, y - CAP), (x, y + CAP)], stroke);
        }
    }
}

fn describe(tornado: &Tornado, caption: &Caption) -> String {
    let mut words = format!(
        "Scenario: {}. {} of the variance is chance. {}:",
        caption.scenario, tornado.chance.words, tornado.measure
    );
    for bar in &tornado.bars {
        words += &format!(" {}: {} ({}).", bar.label, bar.size.words, bar.remark);
    }
    words
}
