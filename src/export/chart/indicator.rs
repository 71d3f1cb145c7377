//! One indicator: a fan over its amber and red zones.

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan::{Fan, Plot};
use super::furniture::{self, Caption, Heading};
use super::labels::{self, Label};
use super::page::{About, Align, Frame, Page};
use super::style::{
    AMBER, AMBER_ZONE, AXIS, AXIS_TEXT, LABEL_GAP, MARGIN, NAME, NOTE, RED, RED_ZONE, SPACE, WIDTH, dashed,
    solid,
};
use super::{ChartError, Figure, text};
use crate::results::{Estimate, format, legend};

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Indicator {
    pub legend: legend::Indicator,
    pub fan: Fan,
    /// How many histories are ever at amber (red included) and at red by the end.
    pub ever: Option<[Estimate; 2]>,
}

const HEIGHT: f64 = 360.0;
const TICKS: usize = 6;
const UNIT_ROW: f64 = 30.0;
/// A red threshold that would stretch the axis more than this many times is left off it.
const FAR: f64 = 3.0;
/// At least this much of the red zone is shown, as a share of the axis.
const RED_STRIP: f64 = 0.08;

/// Draws the figure; `None` without a date at which the indicator has a value.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(indicator: &Indicator, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    let fan = indicator.fan.drawable();
    let Some(range) = fan.range() else { return Ok(None) };
    let heading = heading(indicator, caption);
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading) + UNIT_ROW;
    let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + HEIGHT };
    let axis = ValueAxis::fit(extent(range, &indicator.legend), TICKS, false, frame);
    let labels = end_labels(indicator, &fan, &axis);
    let names = labels.iter().map(Label::width).fold(0.0, f64::max);
    let left = MARGIN + axis.label_width() + SPACE;
    let time = TimeAxis::new(caption.start, caption.end, left, WIDTH - MARGIN - names - 2.0 * LABEL_GAP);
    let frame = Frame { left, right: time.right(), ..frame };
    let plot = Plot { time, value: axis.within(frame) };

    let unit = text::shorten(&text::clean(&indicator.legend.unit), AXIS_TEXT, frame.right - MARGIN);
    page.text(&unit, (MARGIN, top - UNIT_ROW / 2.0 - 2.0), AXIS_TEXT, Align::Left);
    zones(&mut page, &indicator.legend, &plot.value);
    page.panel(frame, Vec::new());
    plot.value.draw(&mut page);
    plot.bands(&mut page, &fan);
    thresholds(&mut page, &indicator.legend, &plot.value);
    plot.median(&mut page, &fan);
    labels::draw(&mut page, &labels, frame.right, (frame.top - UNIT_ROW / 2.0, frame.bottom + SPACE));
    time.draw(&mut page, frame.bottom);
    let height =
        furniture::footer(&mut page, caption, furniture::fan_note(caption), frame.bottom + TIME_HEIGHT);
    let name = format!("indicator-{}", indicator.legend.id);
    let description = describe(indicator, &fan, caption);
    page.finish(&About { name: &name, title: &heading.title, description: &description }, height).map(Some)
}

fn heading(indicator: &Indicator, caption: &Caption) -> Heading {
    let legend = &indicator.legend;
    let lasting = match legend.for_days {
        days if days > 1.0 => format!(" (counted once it has lasted {} days)", text::plain(days)),
        _ => String::new(),
    };
    let ever = indicator.ever.map(|[amber, red]| {
        format!(
            "By {} it has been amber or worse in {} of histories and red in {}{lasting}.",
            text::date(caption.end),
            format::share(&amber),
            format::share(&red),
        )
    });
    Heading {
        title: text::clean(&legend.label),
        finding: ever.unwrap_or_default(),
        subtitle: furniture::fan_subtitle(caption).to_owned(),
        key: furniture::fan_key(caption),
    }
}

/// What the axis must hold: the fan, amber, red and a little of its zone unless it is far away, and 0 unless
/// everything is far from it.
fn extent((low, high): (f64, f64), legend: &legend::Indicator) -> (f64, f64) {
    let hold = |(low, high): (f64, f64), value: f64| match value.is_finite() {
        true => (low.min(value), high.max(value)),
        false => (low, high),
    };
    let mut held = hold((low, high), legend.amber);
    let with_red = hold(held, legend.red);
    if with_red.1 - with_red.0 <= FAR * (held.1 - held.0).max(legend.amber.abs() / FAR) {
        let strip = RED_STRIP * (with_red.1 - with_red.0);
        let beyond = if legend.lower_is_worse { legend.red - strip } else { legend.red + strip };
        // What cannot be negative gets no negative numbers on its axis.
        held = hold(with_red, if legend.red >= 0.0 { beyond.max(0.0) } else { beyond });
    }
    let spread = held.1 - held.0;
    let near_zero = held.0 >= 0.0 && held.0 <= 0.7 * spread || held.1 <= 0.0 && -held.1 <= 0.7 * spread;
    if near_zero { hold(held, 0.0) } else { held }
}

/// Colours the background from each threshold on, red over amber.
fn zones(page: &mut Page, legend: &legend::Indicator, axis: &ValueAxis) {
    let frame = axis.frame();
    for (threshold, fill) in [(legend.amber, AMBER_ZONE), (legend.red, RED_ZONE)] {
        let y = axis.y(threshold);
        let (top, bottom) = if legend.lower_is_worse { (y, frame.bottom) } else { (frame.top, y) };
        if threshold.is_finite() && bottom > top {
            page.block(Frame { top, bottom, ..frame }, fill);
        }
    }
}

fn thresholds(page: &mut Page, legend: &legend::Indicator, axis: &ValueAxis) {
    let frame = axis.frame();
    for (threshold, stroke) in [(legend.amber, dashed(AMBER, 1.5)), (legend.red, solid(RED, 1.5))] {
        if axis.contains(threshold) {
            let y = axis.y(threshold);
            page.rule((frame.left, y), (frame.right, y), stroke);
        }
    }
    page.rule((frame.left, frame.bottom), (frame.right, frame.bottom), solid(AXIS, 1.0));
}

fn end_labels(indicator: &Indicator, fan: &Fan, axis: &ValueAxis) -> Vec<Label> {
    let legend = &indicator.legend;
    let sign = if legend.lower_is_worse { '≤' } else { '≥' };
    let thresholds = [("Red", legend.red, RED), ("Amber", legend.amber, AMBER)];
    let thresholds = thresholds.into_iter().filter(|(_, value, _)| value.is_finite());
    let mut labels: Vec<Label> = thresholds
        .map(|(name, value, colour)| {
            let mut lines = vec![(format!("{name} {sign} {}", text::plain(value)), NAME.coloured(colour))];
            if !axis.contains(value) {
                lines.push(("off this scale".to_owned(), NOTE));
            }
            Label::new(axis.y(value), lines)
        })
        .collect();
    labels.extend(fan.end_label(axis));
    labels
}

fn describe(indicator: &Indicator, fan: &Fan, caption: &Caption) -> String {
    let legend = &indicator.legend;
    let side = if legend.lower_is_worse { "or less" } else { "or more" };
    let (amber, red) = (text::plain(legend.amber), text::plain(legend.red));
    let mut words = format!("Scenario: {}. Amber at {amber} {side}, red at {red} {side}.", caption.scenario);
    for point in [fan.points.first(), fan.points.last()].into_iter().flatten() {
        let [low, _, median, _, high] = point.quantiles.map(text::plain);
        let date = text::date(point.date);
        words += &format!(" {date}: median {median}, 90 % of histories between {low} and {high}.");
    }
    if let Some([amber, red]) = indicator.ever {
        words += &format!(
            " Ever amber or worse: {} of histories; ever red: {}.",
            format::share(&amber),
            format::share(&red)
        );
    }
    words
}
