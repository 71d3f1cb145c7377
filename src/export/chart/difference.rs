//! One signal, scenarios against their base: a fan of the differences within each world, one panel a scenario, and
//! below each fan in how many worlds there is more, the same and less.

use plotters::style::RGBColor;

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan::{Fan, Plot};
use super::furniture::{self, Caption, Heading, Swatch};
use super::labels::{self, Label};
use super::page::{About, Align, Frame, Page};
use super::style::{
    AXIS, AXIS_TEXT, FAN_MEDIAN, GRID, INK, LABEL_GAP, MARGIN, NOTE, PANEL, PHASE, SPACE, Stroke, WIDTH,
    dashed, solid,
};
use super::{ChartError, Figure, text};
use crate::calendar::Date;

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The stem of its files.
    pub name: String,
    pub label: String,
    pub unit: String,
    /// What tables call the base.
    pub base: String,
    /// Words for more than the base and for less: `worse` and `better`, `more` and `fewer`.
    pub sides: [&'static str; 2],
    pub panels: Vec<Panel>,
}

/// One scenario.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What tables call it.
    pub scenario: String,
    pub fan: Fan,
    /// Shares of worlds with more and with less than the base.
    pub shares: Vec<(Date, [f64; 2])>,
    /// The last of them, as a person reads them.
    pub end: [String; 2],
    /// The mean difference at the last date with its interval, in words.
    pub mean: String,
}

const TICK_EVERY: f64 = 36.0;
const PANEL_TITLE: f64 = 36.0;
/// From a fan to the strip of shares below it.
const STRIP_GAP: f64 = 10.0;
const STRIP: f64 = 40.0;
const STRIP_NAME: &str = "worlds";
/// A side has its word in the panel where there is so much room for it.
const WORD_ROOM: f64 = 20.0;
const ZERO: Stroke = solid(INK, 1.5);
const HALF: Stroke = dashed(AXIS, 1.0);

/// Draws the figure; `None` where nothing ever differs.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(difference: &Difference, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    let panels: Vec<Panel> = difference.panels.iter().filter_map(drawable).collect();
    let differs = |panel: &Panel| panel.shares.iter().any(|(_, shares)| *shares != [0.0, 0.0]);
    if !panels.iter().any(differs) {
        return Ok(None);
    }
    let heading = heading(difference, &panels, caption);
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading);
    let axes = value_axes(&panels, top);
    let time = time_axis(&panels, &axes, difference, caption);
    let mut bottom = top;
    for (panel, value) in panels.iter().zip(axes) {
        let frame = Frame { left: time.left(), right: time.right(), ..value.frame() };
        let plot = Plot { time, value: value.within(frame) };
        draw_fan(&mut page, difference, panel, &plot);
        bottom = draw_strip(&mut page, difference, panel, &plot);
    }
    time.draw(&mut page, bottom);
    let note = "pointwise intervals";
    let height = furniture::footer(&mut page, caption, note, bottom + TIME_HEIGHT);
    let description = describe(difference, &panels, caption);
    let about = About { name: &difference.name, title: &heading.title, description: &description };
    page.finish(&about, height).map(Some)
}

fn drawable(panel: &Panel) -> Option<Panel> {
    let fan = panel.fan.drawable();
    (!fan.points.is_empty() && !panel.shares.is_empty()).then(|| Panel { fan, ..panel.clone() })
}

fn heading(difference: &Difference, panels: &[Panel], caption: &Caption) -> Heading {
    let [above, below] = difference.sides;
    let [first, second] = if above == "worse" { [1, 0] } else { [0, 1] };
    let words = [above, below];
    let each = panels.iter().map(|panel| {
        let end = |side: usize| format!("{} in {}", words[side], panel.end[side]);
        format!("{} is {} of worlds and {}", panel.scenario, end(first), end(second))
    });
    let each = match (above, panels.len()) {
        (_, 5..) => String::new(),
        ("more", _) => each.collect::<Vec<_>>().join("; ").replace(" is ", " has "),
        _ => each.collect::<Vec<_>>().join("; "),
    };
    let finding = match each.as_str() {
        "" => String::new(),
        each => {
            format!("On {}, against {} in the same world, {each}.", text::date(caption.end), difference.base)
        }
    };
    let [more, less] = colours(difference);
    Heading {
        title: format!("{}: difference from {}", text::clean(&difference.label), difference.base),
        finding,
        subtitle: "Each world meets every scenario with the same chance; its difference is the scenario's value less \
                   the base's. Half of all worlds lie in the inner band, nine in ten within the outer one. The strip \
                   below counts worlds on either side of 0; its dashed line is half of them."
            .to_owned(),
        key: vec![
            (Swatch::Fan, "50 % and 90 % of worlds".to_owned()),
            (Swatch::Line(super::style::MEDIAN_LINE), "median".to_owned()),
            (Swatch::Line(ZERO), format!("0: as {}", difference.base)),
            (Swatch::Block(more), above.to_owned()),
            (Swatch::Block(GRID), "the same".to_owned()),
            (Swatch::Block(less), below.to_owned()),
        ],
    }
}

/// Of the strip, above and below: the better side is the darker, as is the greater where none is better.
fn colours(difference: &Difference) -> [RGBColor; 2] {
    if difference.sides[0] == "worse" { [PHASE, FAN_MEDIAN] } else { [FAN_MEDIAN, PHASE] }
}

/// One scale for all panels, so that scenarios can be compared by eye; their left and right ends are not yet known.
fn value_axes(panels: &[Panel], top: f64) -> Vec<ValueAxis> {
    let height = match panels.len() {
        1 => 280.0,
        2 => 190.0,
        3 => 150.0,
        _ => 120.0,
    };
    let ranges = panels.iter().filter_map(|panel| panel.fan.range());
    let (low, high) = ranges.fold((0.0_f64, 0.0_f64), |(low, high), its| (low.min(its.0), high.max(its.1)));
    let axis = |place: usize| {
        let top = top + PANEL_TITLE + place as f64 * (height + STRIP_GAP + STRIP + PANEL_TITLE + SPACE);
        let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + height };
        ValueAxis::fit((low, high), (height / TICK_EVERY) as usize, false, frame)
    };
    (0..panels.len()).map(axis).collect()
}

/// Leaves room for the numbers on the left and the names on the right.
fn time_axis(panels: &[Panel], axes: &[ValueAxis], difference: &Difference, caption: &Caption) -> TimeAxis {
    let numbers = axes.iter().map(ValueAxis::label_width).fold(text::width(STRIP_NAME, AXIS_TEXT), f64::max);
    let widths = panels.iter().zip(axes).flat_map(|(panel, axis)| {
        let of_fan = end_label(panel, axis).map(|label| label.width());
        let of_strip = strip_labels(difference, panel).into_iter().map(|words| text::width(&words, NOTE));
        of_fan.into_iter().chain(of_strip)
    });
    let names = widths.fold(0.0, f64::max);
    let right = WIDTH - MARGIN - names - 2.0 * LABEL_GAP;
    TimeAxis::new(caption.start, caption.end, MARGIN + numbers + SPACE, right)
}

fn draw_fan(page: &mut Page, difference: &Difference, panel: &Panel, plot: &Plot) {
    let frame = plot.value.frame();
    let y = frame.top - PANEL_TITLE / 2.0 - 2.0;
    let title =
        text::shorten(&format!("{} less {}", panel.scenario, difference.base), PANEL, frame.right - MARGIN);
    page.text(&title, (MARGIN, y), PANEL, Align::Left);
    let left = MARGIN + text::width(&title, PANEL) + SPACE;
    let unit = text::shorten(&text::clean(&difference.unit), AXIS_TEXT, frame.right - left);
    page.text(&unit, (left, y), AXIS_TEXT, Align::Left);
    plot.value.draw(page);
    plot.bands(page, &panel.fan);
    let zero = plot.value.y(0.0);
    page.rule((frame.left, zero), (frame.right, zero), ZERO);
    plot.median(page, &panel.fan);
    let sides = [(zero - frame.top, zero - WORD_ROOM / 2.0), (frame.bottom - zero, zero + WORD_ROOM / 2.0)];
    for ((room, y), word) in sides.into_iter().zip(difference.sides) {
        if room >= WORD_ROOM {
            page.text(word, (frame.left + SPACE, y), NOTE.coloured(INK), Align::Left);
        }
    }
    let label: Vec<Label> = end_label(panel, &plot.value).into_iter().collect();
    labels::draw(page, &label, frame.right, (frame.top - PANEL_TITLE / 2.0, frame.bottom + STRIP_GAP));
}

/// Draws the shares of worlds below a fan, those with more than the base on top; returns where it ends.
fn draw_strip(page: &mut Page, difference: &Difference, panel: &Panel, plot: &Plot) -> f64 {
    let fan = plot.value.frame();
    let top = fan.bottom + STRIP_GAP;
    let frame = Frame { top, bottom: top + STRIP, ..fan };
    page.block(frame, GRID);
    let [more, less] = colours(difference);
    let x = |date: &Date| plot.time.x(*date);
    let upper = panel.shares.iter().map(|(date, [share, _])| (x(date), frame.top + STRIP * share));
    let lower = panel.shares.iter().map(|(date, [_, share])| (x(date), frame.bottom - STRIP * share));
    let close = |y: f64| [(frame.right, y), (frame.left, y)];
    page.area(upper.chain(close(frame.top)).collect(), more);
    page.area(lower.chain(close(frame.bottom)).collect(), less);
    let half = (frame.top + frame.bottom) / 2.0;
    page.rule((frame.left, half), (frame.right, half), HALF);
    page.text(STRIP_NAME, (frame.left - SPACE, half), AXIS_TEXT, Align::Right);
    let left = frame.right + 2.0 * LABEL_GAP;
    for (words, y) in strip_labels(difference, panel).iter().zip([frame.top + 9.0, frame.bottom - 9.0]) {
        page.text(words, (left, y), NOTE.coloured(INK), Align::Left);
    }
    frame.bottom
}

/// What the median, the band and the mean come to at the end.
fn end_label(panel: &Panel, axis: &ValueAxis) -> Option<Label> {
    let mut label = panel.fan.end_label(axis)?;
    label.lines.push((panel.mean.clone(), NOTE));
    Some(label)
}

/// `worse 61 %` and `better 30 %`.
fn strip_labels(difference: &Difference, panel: &Panel) -> [String; 2] {
    std::array::from_fn(|side| format!("{} {}", difference.sides[side], panel.end[side]))
}

fn describe(difference: &Difference, panels: &[Panel], caption: &Caption) -> String {
    let mut words = format!("Scenarios: {}.", caption.scenario);
    for panel in panels {
        let [low, median, high] = &panel.fan.end;
        let [above, below] = &difference.sides;
        let [more, less] = &panel.end;
        words += &format!(
            " {} less {} on {}: median {median}, 90 % of worlds between {low} and {high}, {}; {above} in {more} of \
             worlds, {below} in {less}.",
            panel.scenario,
            difference.base,
            text::date(caption.end),
            panel.mean,
        );
    }
    words
}
