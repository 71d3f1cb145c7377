//! Any one signal: a fan, or for a flag the share of histories in which it is raised.

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan::{self, Fan, Plot};
use super::furniture::{self, Caption, Heading};
use super::labels::{self, Label};
use super::observed::{self, Mark};
use super::page::{About, Align, Frame, Page};
use super::style::{AXIS, AXIS_TEXT, LABEL_GAP, MARGIN, NAME, SPACE, WIDTH, curve, solid};
use super::{ChartError, Figure, text};
use crate::calendar::Date;
use crate::results::legend::Kind;

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Signal {
    /// As expressions call it.
    pub name: String,
    pub unit: String,
    pub kind: Kind,
    /// Of a level, and of a count since the date before.
    pub fan: Fan,
    /// Of a flag: the shares of histories, 0 to 100, and the last of them as a person reads it.
    pub shares: Vec<(Date, f64)>,
    pub last_share: String,
    /// What was observed of a level or a flag; may be empty.
    pub observed: Vec<Mark>,
}

const HEIGHT: f64 = 360.0;
const TICKS: usize = 6;
const UNIT_ROW: f64 = 30.0;
const SHARES: &str = "share of histories";
const NOTE_ON_SHARES: &str = "shares are given to their Monte Carlo error";

/// Draws the figure; `None` without a date at which the signal has a value.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(signal: &Signal, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    let (fan, shares) = (signal.fan.drawable(), fan::drawable_line(&signal.shares));
    let is_flag = signal.kind == Kind::Flag;
    let range =
        if is_flag { (!shares.is_empty()).then_some((0.0, 100.0)) } else { fan.range().map(with_zero) };
    let Some((low, high)) = range else { return Ok(None) };
    let seen = || observed::values(&signal.observed);
    let range = (seen().fold(low, f64::min), seen().fold(high, f64::max));
    let heading = heading(signal, caption);
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading) + UNIT_ROW;
    let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + HEIGHT };
    let axis = ValueAxis::fit(range, TICKS, false, frame);
    let axis = if is_flag { axis.suffixed(" %") } else { axis };
    let label = if is_flag { share_label(signal, &shares, &axis) } else { fan.end_label(&axis) };
    let labels: Vec<Label> = label.into_iter().collect();
    let names = labels.iter().map(Label::width).fold(0.0, f64::max);
    let left = MARGIN + axis.label_width() + SPACE;
    let time = TimeAxis::new(caption.start, caption.end, left, WIDTH - MARGIN - names - 2.0 * LABEL_GAP);
    let frame = Frame { left, right: time.right(), ..frame };
    let plot = Plot { time, value: axis.within(frame) };

    let unit = if is_flag { SHARES } else { signal.unit.as_str() };
    let unit = text::shorten(&text::clean(unit), AXIS_TEXT, frame.right - MARGIN);
    page.text(&unit, (MARGIN, top - UNIT_ROW / 2.0 - 2.0), AXIS_TEXT, Align::Left);
    plot.value.draw(&mut page);
    page.rule((frame.left, frame.bottom), (frame.right, frame.bottom), solid(AXIS, 1.0));
    plot.bands(&mut page, &fan);
    plot.median(&mut page, &fan);
    page.line(shares.iter().map(|(date, share)| plot.at(*date, *share)).collect(), curve(0));
    observed::draw(&mut page, &plot, &signal.observed);
    labels::draw(&mut page, &labels, frame.right, (frame.top - UNIT_ROW / 2.0, frame.bottom + SPACE));
    time.draw(&mut page, frame.bottom);
    let note = if is_flag { NOTE_ON_SHARES } else { furniture::fan_note(caption) };
    let height = furniture::footer(&mut page, caption, note, frame.bottom + TIME_HEIGHT);
    let name = format!("signal-{}", signal.name);
    let description = describe(signal, &fan, caption);
    page.finish(&About { name: &name, title: &heading.title, description: &description }, height).map(Some)
}

fn heading(signal: &Signal, caption: &Caption) -> Heading {
    let title = text::clean(&signal.name);
    let (subtitle, mut key) = match signal.kind {
        Kind::Flag => ("The share of simulated histories in which it holds at each date.".to_owned(), vec![]),
        Kind::Level => (furniture::fan_subtitle(caption).to_owned(), furniture::fan_key(caption)),
        Kind::Count => (
            format!(
                "Each date counts what happened since the one before. {}",
                furniture::fan_subtitle(caption)
            ),
            furniture::fan_key(caption),
        ),
    };
    if !signal.observed.is_empty() {
        key.push(observed::key());
    }
    Heading { title, finding: String::new(), subtitle, key }
}

/// 0 belongs on the axis unless everything is far from it.
fn with_zero((low, high): (f64, f64)) -> (f64, f64) {
    match () {
        () if low > 0.0 && low <= 0.7 * (high - low) => (0.0, high),
        () if high < 0.0 && -high <= 0.7 * (high - low) => (low, 0.0),
        () => (low, high),
    }
}

fn share_label(signal: &Signal, shares: &[(Date, f64)], axis: &ValueAxis) -> Option<Label> {
    let (_, last) = shares.last()?;
    Some(Label::new(axis.y(*last), vec![(signal.last_share.clone(), NAME.coloured(curve(0).colour))]))
}

fn describe(signal: &Signal, fan: &Fan, caption: &Caption) -> String {
    let mut words = format!("Scenario: {}. Signal {}.", caption.scenario, signal.name);
    for point in [fan.points.first(), fan.points.last()].into_iter().flatten() {
        let [low, _, median, _, high] = point.quantiles.map(text::plain);
        let date = text::date(point.date);
        words += &format!(" {date}: median {median}, 90 % of histories between {low} and {high}.");
    }
    if signal.kind == Kind::Flag {
        words += &format!(" {}: {} of histories.", text::date(caption.end), signal.last_share);
    }
    words
}
