//! How many bases have been handed over by each date: a fan, and the announced course.

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan::{self, Fan, Plot};
use super::furniture::{self, Caption, Heading, Swatch};
use super::labels::{self, Label};
use super::page::{About, Align, Frame, Page};
use super::style::{
    ANNOUNCED, ANNOUNCED_LINE, AXIS, AXIS_TEXT, LABEL_GAP, MARGIN, NAME, SPACE, WIDTH, solid,
};
use super::{ChartError, Figure, text};
use crate::calendar::Date;

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Handovers {
    /// How many bases there are.
    pub sites: usize,
    /// How many have been handed over.
    pub fan: Fan,
    /// When the schedule empties a base, one date a base, in order; may be empty.
    pub announced: Vec<Date>,
}

const HEIGHT: f64 = 260.0;
const TICKS: usize = 6;
const UNIT: &str = "bases handed over";
const UNIT_ROW: f64 = 30.0;

/// Draws the figure; `None` where no base is ever handed over.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(handovers: &Handovers, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    let fan = handovers.fan.drawable();
    let most = fan.range().map_or(0.0, |(_, high)| high).max(handovers.announced.len() as f64);
    if most == 0.0 || fan.points.is_empty() {
        return Ok(None);
    }
    let heading = heading(handovers, caption);
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading) + UNIT_ROW;
    let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + HEIGHT };
    let axis = ValueAxis::fit((0.0, most), TICKS, true, frame);
    let labels = end_labels(handovers, &fan, &axis);
    let names = labels.iter().map(Label::width).fold(0.0, f64::max);
    let left = MARGIN + axis.label_width() + SPACE;
    let time = TimeAxis::new(caption.start, caption.end, left, WIDTH - MARGIN - names - 2.0 * LABEL_GAP);
    let frame = Frame { left, right: time.right(), ..frame };
    let plot = Plot { time, value: axis.within(frame) };

    page.text(UNIT, (MARGIN, top - UNIT_ROW / 2.0 - 2.0), AXIS_TEXT, Align::Left);
    page.panel(frame, Vec::new());
    plot.value.draw(&mut page);
    plot.bands(&mut page, &fan);
    let course = fan::drawable_line(&course(handovers, caption));
    page.line(course.iter().map(|(date, bases)| plot.at(*date, *bases)).collect(), ANNOUNCED_LINE);
    plot.median(&mut page, &fan);
    page.rule((frame.left, frame.bottom), (frame.right, frame.bottom), solid(AXIS, 1.0));
    labels::draw(&mut page, &labels, frame.right, (frame.top - UNIT_ROW / 2.0, frame.bottom + SPACE));
    time.draw(&mut page, frame.bottom);
    let note = furniture::fan_note(caption);
    let height = furniture::footer(&mut page, caption, note, frame.bottom + TIME_HEIGHT);
    let description = describe(handovers, &fan, caption);
    let about = About { name: "handover", title: &heading.title, description: &description };
    page.finish(&about, height).map(Some)
}

/// Stairs: up by one on each announced date.
fn course(handovers: &Handovers, caption: &Caption) -> Vec<(Date, f64)> {
    if handovers.announced.is_empty() {
        return Vec::new();
    }
    let steps = handovers.announced.iter().enumerate();
    let steps = steps.flat_map(|(before, date)| [(*date, before as f64), (*date, before as f64 + 1.0)]);
    let all = handovers.announced.len() as f64;
    std::iter::once((caption.start, 0.0)).chain(steps).chain([(caption.end, all)]).collect()
}

fn heading(handovers: &Handovers, caption: &Caption) -> Heading {
    let mut key = furniture::fan_key(caption);
    let mut schedule = "";
    if !handovers.announced.is_empty() {
        key.push((Swatch::Line(ANNOUNCED_LINE), "on schedule".to_owned()));
        schedule = " Dashed: every announced phase on its day and nothing else.";
    }
    Heading {
        title: match handovers.sites {
            1 => "When the base is handed over".to_owned(),
            n => format!("How many of the {n} bases have been handed over"),
        },
        finding: String::new(),
        subtitle: format!(
            "A base is handed over on the first day it is empty, even if people come back later. {}{schedule}",
            furniture::fan_subtitle(caption)
        ),
        key,
    }
}

fn end_labels(handovers: &Handovers, fan: &Fan, axis: &ValueAxis) -> Vec<Label> {
    let announced = (!handovers.announced.is_empty()).then(|| {
        let bases = handovers.announced.len();
        let line = format!("On schedule {}", text::plain(bases as f64));
        Label::new(axis.y(bases as f64), vec![(line, NAME.coloured(ANNOUNCED))])
    });
    fan.end_label(axis).into_iter().chain(announced).collect()
}

fn describe(handovers: &Handovers, fan: &Fan, caption: &Caption) -> String {
    let [low, median, high] = &fan.end;
    let mut words = format!(
        "Scenario: {}. Of {} bases a median of {median} have been handed over by {}; {low} to {high} in 90 % of histories.",
        caption.scenario,
        handovers.sites,
        text::date(caption.end)
    );
    if let (Some(first), Some(last)) = (handovers.announced.first(), handovers.announced.last()) {
        words += &format!(
            " On schedule: {}, the first on {}, the last on {}.",
            handovers.announced.len(),
            text::date(*first),
            text::date(*last)
        );
    }
    words
}
