//! A signal as it was forecast, with what was observed on it.

mod adapter;

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan::{self, Fan, Plot};
use super::furniture::{self, Caption, Heading, Swatch};
use super::labels::{self, Label};
use super::observed::{self, Mark};
use super::page::{About, Align, Frame, Page};
use super::style::{
    ANNOUNCED, ANNOUNCED_LINE, AXIS, AXIS_TEXT, INK, LABEL_GAP, MARGIN, NAME, PHASE, SPACE, WIDTH, curve,
    dashed, solid,
};
use super::{ChartError, Figure, text};
use crate::calendar::Date;
use crate::study::Scored;

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Hindsight {
    /// As observations call it.
    pub name: String,
    pub label: String,
    pub unit: String,
    /// How it scored, in a sentence.
    pub finding: String,
    pub forecast: Forecast,
    pub observed: Vec<Mark>,
    /// Of a level, along the announced schedule; may be empty.
    pub announced: Vec<(Date, f64)>,
}

/// What was forecast.
#[derive(Clone, Debug)]
pub enum Forecast {
    /// Of a level or a total so far, one fan; of counts by period, one for each period.
    Fans(Vec<Fan>),
    /// The share of histories, 0 to 100, in which a flag is raised.
    Shares(Vec<(Date, f64)>),
    /// The share of histories, 0 to 100, that have met a milestone, and when it was met: from, to.
    Met { shares: Vec<(Date, f64)>, by: Option<Date>, when: [Option<Date>; 2] },
}

/// A figure for each signal that was observed.
///
/// # Errors
/// When plotters cannot write one.
pub fn figures(scored: &Scored) -> Result<Vec<Figure>, ChartError> {
    let caption = super::adapter::caption(&scored.results);
    let figures = adapter::hindsights(scored).into_iter().map(|hindsight| figure(&hindsight, &caption));
    Ok(figures.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

const HEIGHT: f64 = 360.0;
const TICKS: usize = 6;
const UNIT_ROW: f64 = 30.0;
const SHARES: &str = "share of histories";

/// Draws the figure; `None` without a value at any date.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(hindsight: &Hindsight, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    let Some(range) = range(hindsight) else { return Ok(None) };
    let heading = heading(hindsight, caption);
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading) + UNIT_ROW;
    let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + HEIGHT };
    let axis = ValueAxis::fit(range, TICKS, false, frame);
    let axis = if hindsight.is_share() { axis.suffixed(" %") } else { axis };
    let labels = end_labels(hindsight, &axis);
    let names = labels.iter().map(Label::width).fold(0.0, f64::max);
    let left = MARGIN + axis.label_width() + SPACE;
    let time = TimeAxis::new(caption.start, caption.end, left, WIDTH - MARGIN - names - 2.0 * LABEL_GAP);
    let frame = Frame { left, right: time.right(), ..frame };
    let plot = Plot { time, value: axis.within(frame) };

    let unit = if hindsight.is_share() { SHARES } else { hindsight.unit.as_str() };
    let unit = text::shorten(&text::clean(unit), AXIS_TEXT, frame.right - MARGIN);
    page.text(&unit, (MARGIN, top - UNIT_ROW / 2.0 - 2.0), AXIS_TEXT, Align::Left);
    panel(&mut page, hindsight, &plot);
    labels::draw(&mut page, &labels, frame.right, (frame.top - UNIT_ROW / 2.0, frame.bottom + SPACE));
    time.draw(&mut page, frame.bottom);
    let note = if hindsight.is_share() { "shares of histories" } else { furniture::fan_note(caption) };
    let height = furniture::footer(&mut page, caption, note, frame.bottom + TIME_HEIGHT);
    let name = format!("hindcast-{}", hindsight.name);
    let description = describe(hindsight, caption);
    page.finish(&About { name: &name, title: &heading.title, description: &description }, height).map(Some)
}

impl Hindsight {
    fn is_share(&self) -> bool {
        !matches!(self.forecast, Forecast::Fans(_))
    }
}

/// What the axis must hold.
fn range(hindsight: &Hindsight) -> Option<(f64, f64)> {
    let Forecast::Fans(fans) = &hindsight.forecast else { return Some((0.0, 100.0)) };
    let of_fans = fans.iter().filter_map(|fan| fan.drawable().range()).flat_map(|(low, high)| [low, high]);
    let announced = fan::drawable_line(&hindsight.announced).into_iter().map(|(_, value)| value);
    let all: Vec<f64> = of_fans.chain(announced).chain(observed::values(&hindsight.observed)).collect();
    let (low, high) = (all.iter().copied().reduce(f64::min)?, all.iter().copied().reduce(f64::max)?);
    // 0 belongs on it unless everything is far from it.
    let near = low > 0.0 && low <= 0.7 * (high - low);
    Some((if near { 0.0 } else { low }, high))
}

fn panel(page: &mut Page, hindsight: &Hindsight, plot: &Plot) {
    let frame = plot.value.frame();
    if let Forecast::Met { when, .. } = &hindsight.forecast {
        observed_span(page, plot, when);
    }
    page.panel(frame, Vec::new());
    plot.value.draw(page);
    page.rule((frame.left, frame.bottom), (frame.right, frame.bottom), solid(AXIS, 1.0));
    match &hindsight.forecast {
        Forecast::Fans(fans) => {
            let fans: Vec<Fan> = fans.iter().map(Fan::drawable).collect();
            fans.iter().for_each(|fan| plot.bands(page, fan));
            let line = fan::drawable_line(&hindsight.announced);
            page.line(line.iter().map(|(date, value)| plot.at(*date, *value)).collect(), ANNOUNCED_LINE);
            fans.iter().for_each(|fan| plot.median(page, fan));
        }
        Forecast::Shares(shares) | Forecast::Met { shares, .. } => {
            let line = fan::drawable_line(shares);
            page.line(line.iter().map(|(date, share)| plot.at(*date, *share)).collect(), curve(0));
        }
    }
    if let Forecast::Met { by: Some(by), .. } = &hindsight.forecast
        && plot.time.contains(*by)
    {
        let x = plot.time.x(*by);
        page.line(vec![(x, frame.bottom), (x, frame.top)], dashed(ANNOUNCED, 2.0));
    }
    observed::draw(page, plot, &hindsight.observed);
}

/// When a milestone was met, as a span of the panel: a line where the day is known, open to an edge where it is not.
fn observed_span(page: &mut Page, plot: &Plot, when: &[Option<Date>; 2]) {
    let Frame { top, bottom, .. } = plot.value.frame();
    let left = when[0].map_or(plot.time.left(), |date| plot.time.x(date));
    let right = when[1].map_or(plot.time.right(), |date| plot.time.x(date));
    if when[0] != when[1] {
        page.block(Frame { left, right, top, bottom }, PHASE);
    }
    for (end, x) in [(when[0], left), (when[1], right)] {
        if end.is_some() {
            page.line(vec![(x, bottom), (x, top)], solid(INK, 2.0));
        }
    }
}

fn heading(hindsight: &Hindsight, caption: &Caption) -> Heading {
    let mut key = match &hindsight.forecast {
        Forecast::Fans(_) => furniture::fan_key(caption),
        Forecast::Shares(_) => vec![(Swatch::Line(curve(0)), "share of histories".to_owned())],
        Forecast::Met { .. } => vec![(Swatch::Line(curve(0)), "histories that have met it".to_owned())],
    };
    let announced = match &hindsight.forecast {
        Forecast::Met { by, .. } => by.is_some(),
        _ => !hindsight.announced.is_empty(),
    };
    if announced {
        key.push((Swatch::Line(ANNOUNCED_LINE), "as announced".to_owned()));
    }
    key.push(match &hindsight.forecast {
        Forecast::Met { when: [from, to], .. } if from == to => {
            (Swatch::Line(solid(INK, 2.0)), "when it came".to_owned())
        }
        Forecast::Met { when: [_, None], .. } => (Swatch::Block(PHASE), "had not come before".to_owned()),
        Forecast::Met { .. } => (Swatch::Block(PHASE), "when it came, at some day within".to_owned()),
        _ => observed::key(),
    });
    let subtitle = match &hindsight.forecast {
        Forecast::Fans(fans) if fans.len() > 1 => format!(
            "Each block counts what happened within its days. {}",
            furniture::fan_subtitle(caption)
        ),
        Forecast::Fans(_) => furniture::fan_subtitle(caption).to_owned(),
        Forecast::Shares(_) => "The share of simulated histories in which it holds at each date.".to_owned(),
        Forecast::Met { .. } => {
            "The share of simulated histories in which it has happened by each date; the rest is later or never."
                .to_owned()
        }
    };
    let title = format!("{}: forecast and observed", text::clean(&hindsight.label));
    Heading { title, finding: hindsight.finding.clone(), subtitle, key }
}

fn end_labels(hindsight: &Hindsight, axis: &ValueAxis) -> Vec<Label> {
    let Forecast::Fans(fans) = &hindsight.forecast else { return Vec::new() };
    // Blocks of periods end where they end, each for itself.
    let label = if fans.len() == 1 { fans[0].drawable().end_label(axis) } else { None };
    let announced = hindsight.announced.last().map(|(_, value)| {
        let step = if value.abs() < 10.0 && value.fract() != 0.0 { 0.1 } else { 1.0 };
        let line = format!("On schedule {}", text::reading(*value, step));
        Label::new(axis.y(*value), vec![(line, NAME.coloured(ANNOUNCED))])
    });
    label.into_iter().chain(announced).collect()
}

fn describe(hindsight: &Hindsight, caption: &Caption) -> String {
    let mut words = format!("Scenario: {}. {}. {}", caption.scenario, hindsight.label, hindsight.finding);
    for mark in &hindsight.observed {
        let value = match (mark.low.is_finite(), mark.high.is_finite()) {
            _ if mark.low == mark.high => text::plain(mark.low),
            (true, true) => format!("{} to {}", text::plain(mark.low), text::plain(mark.high)),
            (true, false) => format!("at least {}", text::plain(mark.low)),
            _ => format!("at most {}", text::plain(mark.high)),
        };
        words += &format!(" Observed on {}: {value}.", text::date(mark.date));
    }
    if let Forecast::Met { when, .. } = &hindsight.forecast {
        words += &match when.map(|date| date.map(text::date)) {
            [Some(from), Some(to)] if from == to => format!(" It came on {from}."),
            [Some(from), Some(to)] => format!(" It came between {from} and {to}."),
            [Some(from), None] => format!(" It had not come before {from}."),
            [None, Some(to)] => format!(" It came by {to}."),
            [None, None] => String::new(),
        };
    }
    words
}
