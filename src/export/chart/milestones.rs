//! Milestone dates: for each, the probability that it has happened by a date.

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan::{self, Plot};
use super::furniture::{self, Caption, Heading, Swatch};
use super::labels::{self, Label};
use super::page::{About, Align, Frame, Page};
use super::style::{AXIS, AXIS_TEXT, LABEL_GAP, MARGIN, NAME, NOTE, SPACE, WIDTH, curve, solid};
use super::{ChartError, Figure, text};
use crate::calendar::Date;
use crate::results::{Estimate, format};

/// A curve.
#[derive(Clone, Debug)]
pub struct Milestone {
    pub label: String,
    /// The label of the milestone that must have happened for a history to count here.
    pub given: Option<String>,
    /// The date it is asked for, and how many histories make it by then.
    pub by: Option<(Date, Estimate)>,
    /// How many histories make it by the end.
    pub end: Estimate,
    /// Probabilities, 0 to 1, that it has happened by each date.
    pub curve: Vec<(Date, f64)>,
}

/// More curves than this are shared out among several panels.
const MOST_IN_A_PANEL: usize = 6;
const NOTE_ON_SHARES: &str = "shares are given to their Monte Carlo error";
const UNIT: &str = "share of histories";
const UNIT_ROW: f64 = 28.0;
const LOWEST_PANEL: f64 = 280.0;
const LABEL_WIDTH: f64 = 262.0;
const PANEL_GAP: f64 = 16.0;

/// Draws the figure; `None` without a milestone.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(milestones: &[Milestone], caption: &Caption) -> Result<Option<Figure>, ChartError> {
    if milestones.is_empty() {
        return Ok(None);
    }
    let heading = heading(milestones);
    let mut page = Page::default();
    let mut y = furniture::heading(&mut page, &heading) + SPACE;
    let mut bottom = y;
    for (title, group) in groups(milestones) {
        bottom = panel(&mut page, &title, &group, caption, y);
        y = bottom + PANEL_GAP + TIME_HEIGHT;
    }
    let height = furniture::footer(&mut page, caption, NOTE_ON_SHARES, bottom + TIME_HEIGHT);
    let description = describe(milestones, caption);
    let about = About { name: "milestones", title: &heading.title, description: &description };
    page.finish(&about, height).map(Some)
}

/// What each panel shows and is called: those with a date first, the likelier before the rarer.
fn groups(milestones: &[Milestone]) -> Vec<(String, Vec<&Milestone>)> {
    let (dated, others): (Vec<_>, Vec<_>) = milestones.iter().partition(|milestone| milestone.by.is_some());
    let both = !dated.is_empty() && !others.is_empty();
    let mut found = Vec::new();
    for (kind, mut group) in [("Asked about by a date", dated), ("At any time", others)] {
        group.sort_by(|a, b| b.end.value.total_cmp(&a.end.value));
        let panels = group.len().div_ceil(MOST_IN_A_PANEL).max(1);
        let each = group.len().div_ceil(panels).max(1);
        for (number, part) in group.chunks(each).enumerate() {
            let which = match (panels, number) {
                (1, _) => "",
                (_, 0) => ", the likeliest",
                _ => ", the less likely",
            };
            let title = if both { format!("{kind}{which}: {UNIT}") } else { UNIT.to_owned() };
            found.push((title, part.to_vec()));
        }
    }
    found
}

fn heading(milestones: &[Milestone]) -> Heading {
    let title = match milestones {
        [only] => format!("When this happens: {}", text::clean(&only.label)),
        _ => "When each milestone is reached".to_owned(),
    };
    let mut subtitle =
        "Each line gives the share of simulated histories in which the milestone has happened \
                        by that date; a line that ends below 100 % leaves the rest to later or never."
            .to_owned();
    if milestones.iter().any(|milestone| milestone.given.is_some()) {
        subtitle += " Where something is given, only histories in which that happens count.";
    }
    let ringed = milestones.iter().any(|milestone| milestone.by.is_some());
    let key = ringed.then(|| (Swatch::Ring, "by the date asked about".to_owned()));
    Heading { title, finding: String::new(), subtitle, key: key.into_iter().collect() }
}

/// Draws one panel from `top`; returns its bottom.
fn panel(page: &mut Page, title: &str, group: &[&Milestone], caption: &Caption, top: f64) -> f64 {
    let blocks: Vec<Vec<_>> = group.iter().map(|milestone| label_lines(milestone, caption)).collect();
    let needed: f64 = blocks.iter().map(|lines| Label::new(0.0, lines.clone()).height()).sum();
    page.text(title, (MARGIN, top + 8.0), AXIS_TEXT, Align::Left);
    let top = top + UNIT_ROW;
    let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + needed.max(LOWEST_PANEL) };
    let axis = ValueAxis::fit((0.0, 100.0), 5, false, frame).suffixed(" %");
    let left = MARGIN + axis.label_width() + SPACE;
    let right = WIDTH - MARGIN - LABEL_WIDTH - 2.0 * LABEL_GAP;
    let time = TimeAxis::new(caption.start, caption.end, left, right);
    let plot = Plot { time, value: axis.within(Frame { left, right, ..frame }) };
    page.panel(plot.value.frame(), Vec::new());
    plot.value.draw(page);
    page.rule((left, frame.bottom), (right, frame.bottom), solid(AXIS, 1.0));
    let mut labels = Vec::new();
    for (number, (milestone, lines)) in group.iter().zip(blocks).enumerate() {
        let stroke = curve(number);
        let points = fan::drawable_line(&milestone.curve);
        let line: Vec<_> = points.iter().map(|(date, p)| plot.at(*date, 100.0 * p)).collect();
        // A condition that no history met leaves a name without a curve.
        let end = line.last().map(|(_, y)| *y);
        let label = Label::new(end.unwrap_or(frame.bottom), lines);
        labels.push(label.led_by(end.map(|_| stroke.colour)));
        page.line(line, stroke);
    }
    for (number, milestone) in group.iter().enumerate() {
        ring(page, milestone, &plot, curve(number).colour);
    }
    labels::draw(page, &labels, right, (frame.top - SPACE, frame.bottom + SPACE));
    time.draw(page, frame.bottom);
    frame.bottom
}

/// Marks the announced date on the curve.
fn ring(page: &mut Page, milestone: &Milestone, plot: &Plot, colour: plotters::style::RGBColor) {
    if let Some((date, share)) = milestone.by
        && plot.time.contains(date)
        && share.value.is_finite()
    {
        page.ring(plot.at(date, 100.0 * share.value), 4.5, colour);
    }
}

/// A name, the condition if there is one, and what the curve comes to.
fn label_lines(milestone: &Milestone, caption: &Caption) -> Vec<(String, super::style::Type)> {
    let mut lines: Vec<_> =
        text::wrap(&milestone.label, NAME, LABEL_WIDTH, 2).into_iter().map(|line| (line, NAME)).collect();
    if let Some(given) = &milestone.given {
        let words = text::wrap(&condition(milestone, given), NOTE, LABEL_WIDTH, 2);
        lines.extend(words.into_iter().map(|line| (line, NOTE)));
    }
    if milestone.end.n == 0 {
        return lines;
    }
    let end = format!("{} by {}", format::percent(&milestone.end), text::date(caption.end));
    let shares = match milestone.by {
        Some((date, share)) if date < caption.end => {
            let by = format!("{} by {}", format::percent(&share), text::date(date));
            let both = format!("{by}, {end}");
            if text::width(&both, NOTE) <= LABEL_WIDTH { vec![both] } else { vec![by, end] }
        }
        _ => vec![end],
    };
    lines.extend(shares.into_iter().map(|line| (line, NOTE)));
    lines
}

fn condition(milestone: &Milestone, given: &str) -> String {
    format!("given: {given} ({} histories)", format::count(milestone.end.n))
}

fn describe(milestones: &[Milestone], caption: &Caption) -> String {
    let mut words = format!("Scenario: {}.", caption.scenario);
    for milestone in milestones {
        words += &format!(" {}: ", milestone.label);
        if milestone.end.n == 0 {
            words += "no history to tell it from.";
            continue;
        }
        if let Some((date, share)) = milestone.by {
            words += &format!("{} by {}, ", format::share(&share), text::date(date));
        }
        words += &format!("{} by {}", format::share(&milestone.end), text::date(caption.end));
        words += &milestone
            .given
            .as_ref()
            .map_or(".".to_owned(), |given| format!(", {}.", condition(milestone, given)));
    }
    words
}
