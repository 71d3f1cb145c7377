//! Troops by theatre: a fan and the announced schedule, one panel a theatre, the phases above.

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan::{self, Fan, Plot};
use super::furniture::{self, Caption, Heading, Swatch};
use super::labels::{self, Label};
use super::observed::{self, Mark};
use super::page::{About, Align, Frame, Page};
use super::style::{
    ANNOUNCED, ANNOUNCED_LINE, AXIS, AXIS_TEXT, GRID, LABEL_GAP, MARGIN, NAME, NOTE, PANEL, PHASE, SPACE,
    WIDTH, solid,
};
use super::{ChartError, Figure, text};
use crate::calendar::Date;
use crate::results::legend::Phase;

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Troops {
    pub theatres: Vec<Theatre>,
    pub phases: Vec<Phase>,
    /// Theatres where nobody moves, which have no panel.
    pub unchanged: Vec<String>,
}

/// One panel.
#[derive(Clone, Debug)]
pub struct Theatre {
    pub label: String,
    pub fan: Fan,
    /// People at each date if everything runs as announced; may be empty.
    pub announced: Vec<(Date, f64)>,
    /// What was observed; may be empty.
    pub observed: Vec<Mark>,
}

const UNIT: &str = "people";
const PANEL_TITLE: f64 = 38.0;
const PHASE_ROW: f64 = 19.0;
const PHASE_BAR: f64 = 8.0;
const THINNEST_BAR: f64 = 3.0;
const TICK_EVERY: f64 = 42.0;

/// Draws the figure; `None` without a theatre.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(troops: &Troops, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    let theatres: Vec<Theatre> = troops.theatres.iter().map(drawable).collect();
    if theatres.is_empty() {
        return Ok(None);
    }
    let rows = phase_rows(&troops.phases, caption);
    let heading = heading(&theatres, &troops.unchanged, rows.len(), caption);
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading);
    let panels_top = top + rows.len() as f64 * PHASE_ROW;
    let axes = value_axes(&theatres, panels_top);
    let time = time_axis(&theatres, &axes, caption);

    let bottom = axes.last().map_or(panels_top, |axis| axis.frame().bottom);
    draw_phases(&mut page, &rows, &time, (top, bottom));
    for (theatre, value) in theatres.iter().zip(axes) {
        let frame = Frame { left: time.left(), right: time.right(), ..value.frame() };
        panel(&mut page, theatre, &Plot { time, value: value.within(frame) });
    }
    time.draw(&mut page, bottom);
    let height = furniture::footer(&mut page, caption, furniture::fan_note(caption), bottom + TIME_HEIGHT);
    let about = About { name: "troops", title: &heading.title, description: &describe(&theatres, caption) };
    page.finish(&about, height).map(Some)
}

fn drawable(theatre: &Theatre) -> Theatre {
    Theatre {
        label: text::clean(&theatre.label),
        fan: theatre.fan.drawable(),
        announced: fan::drawable_line(&theatre.announced),
        observed: theatre.observed.clone(),
    }
}

fn heading(theatres: &[Theatre], unchanged: &[String], phases: usize, caption: &Caption) -> Heading {
    let names: Vec<&str> = theatres.iter().map(|theatre| theatre.label.as_str()).collect();
    let place = match names.len() {
        1..=4 => text::list(&names),
        n => format!("{n} theatres"),
    };
    let announced = theatres.iter().any(|theatre| !theatre.announced.is_empty());
    let (against, dashed) = match announced {
        true => (
            " against the announced schedule",
            " Dashed: every announced phase on its day and nothing else, what is uncertain at its median.",
        ),
        false => ("", ""),
    };
    let mut key = furniture::fan_key(caption);
    if announced {
        key.push((Swatch::Line(ANNOUNCED_LINE), "on schedule".to_owned()));
    }
    if phases > 0 {
        key.push((Swatch::Block(PHASE), "announced phase".to_owned()));
    }
    if theatres.iter().any(|theatre| !theatre.observed.is_empty()) {
        key.push(observed::key());
    }
    let unchanged: Vec<String> = unchanged.iter().map(|label| text::clean(label)).collect();
    let unchanged: Vec<&str> = unchanged.iter().map(String::as_str).collect();
    let left_out = match unchanged.as_slice() {
        [] => String::new(),
        some => format!(" Nobody moves in {}: not drawn.", text::list(some)),
    };
    Heading {
        title: format!("Troops in {place}{against}"),
        finding: String::new(),
        subtitle: format!("{}{dashed}{left_out}", furniture::fan_subtitle(caption)),
        key,
    }
}

/// One axis a theatre, each from 0, stacked from `top`; their left and right ends are not yet known.
fn value_axes(theatres: &[Theatre], top: f64) -> Vec<ValueAxis> {
    let height = match theatres.len() {
        1 => 320.0,
        2 => 200.0,
        3 => 150.0,
        _ => 120.0,
    };
    let axis = |(place, theatre): (usize, &Theatre)| {
        let top = top + PANEL_TITLE + place as f64 * (height + PANEL_TITLE + SPACE);
        let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + height };
        let most = theatre.announced.iter().map(|(_, people)| *people);
        let most = most.chain(observed::values(&theatre.observed));
        let most = theatre.fan.range().map(|(_, high)| high).into_iter().chain(most).fold(0.0, f64::max);
        ValueAxis::fit((0.0, most), (height / TICK_EVERY) as usize, true, frame)
    };
    theatres.iter().enumerate().map(axis).collect()
}

/// As wide as the numbers on the left and the labels on the right leave it.
fn time_axis(theatres: &[Theatre], axes: &[ValueAxis], caption: &Caption) -> TimeAxis {
    let numbers = axes.iter().map(ValueAxis::label_width).fold(0.0, f64::max);
    let names = theatres.iter().zip(axes).flat_map(|(theatre, axis)| end_labels(theatre, axis));
    let names = names.map(|label| label.width()).fold(0.0, f64::max);
    let right = WIDTH - MARGIN - names - 2.0 * LABEL_GAP;
    TimeAxis::new(caption.start, caption.end, MARGIN + numbers + SPACE, right)
}

fn panel(page: &mut Page, theatre: &Theatre, plot: &Plot) {
    let frame = plot.value.frame();
    page.panel(frame, Vec::new());
    let label = text::shorten(&theatre.label, PANEL, frame.right - MARGIN);
    let y = frame.top - PANEL_TITLE / 2.0 - 3.0;
    page.text_on_paper(&label, (MARGIN, y), PANEL, Align::Left);
    page.text_on_paper(UNIT, (MARGIN + text::width(&label, PANEL) + SPACE, y), AXIS_TEXT, Align::Left);
    plot.value.draw(page);
    plot.bands(page, &theatre.fan);
    let announced = theatre.announced.iter().map(|(date, people)| plot.at(*date, *people));
    page.line(announced.collect(), ANNOUNCED_LINE);
    plot.median(page, &theatre.fan);
    observed::draw(page, plot, &theatre.observed);
    page.rule((frame.left, frame.bottom), (frame.right, frame.bottom), solid(AXIS, 1.0));
    let room = (frame.top - PANEL_TITLE / 2.0, frame.bottom + PANEL_TITLE / 2.0);
    labels::draw(page, &end_labels(theatre, &plot.value), frame.right, room);
}

/// What the lines come to at the end of the time axis.
fn end_labels(theatre: &Theatre, axis: &ValueAxis) -> Vec<Label> {
    let announced = theatre.announced.last().map(|(_, people)| {
        let line = format!("On schedule {}", text::plain(*people));
        Label::new(axis.y(*people), vec![(line, NAME.coloured(ANNOUNCED))])
    });
    theatre.fan.end_label(axis).into_iter().chain(announced).collect()
}

/// Phases with an announced date on the time axis, in order of those dates.
fn phase_rows<'a>(phases: &'a [Phase], caption: &Caption) -> Vec<(&'a Phase, Date, Date)> {
    let dated = phases.iter().filter_map(|phase| {
        let start = phase.start.or(phase.end)?;
        let end = phase.end.filter(|end| *end >= start).unwrap_or(start);
        (end >= caption.start && start <= caption.end).then_some((phase, start, end))
    });
    let mut rows: Vec<_> = dated.collect();
    rows.sort_by_key(|(_, start, end)| (*start, *end));
    rows
}

/// Draws a bar a phase with its name and dates beside it, and a thin line down to where each ends.
fn draw_phases(page: &mut Page, rows: &[(&Phase, Date, Date)], time: &TimeAxis, (top, bottom): (f64, f64)) {
    let middle = |row: usize| top + (row as f64 + 0.5) * PHASE_ROW;
    for (row, (_, _, end)) in rows.iter().enumerate() {
        if time.contains(*end) {
            page.rule((time.x(*end), middle(row)), (time.x(*end), bottom), solid(GRID, 1.0));
        }
    }
    for (row, (phase, start, end)) in rows.iter().enumerate() {
        // A day is still to be seen on an axis of years.
        let (left, right) = (time.x(*start), time.x(*end));
        let wider = (THINNEST_BAR - (right - left)).max(0.0) / 2.0;
        let (top, bottom) = (middle(row) - PHASE_BAR / 2.0, middle(row) + PHASE_BAR / 2.0);
        let bar = Frame { left: left - wider, right: right + wider, top, bottom };
        page.block(bar, PHASE);
        phase_name(page, phase, bar);
    }
}

fn phase_name(page: &mut Page, phase: &Phase, bar: Frame) {
    let label = text::clean(&phase.label);
    let dates = match (phase.start, phase.end) {
        (Some(start), Some(end)) if start < end => format!("{} to {}", text::date(start), text::date(end)),
        (start, end) => start.or(end).map(text::date).unwrap_or_default(),
    };
    let (before, after) = (bar.left - SPACE - MARGIN, WIDTH - MARGIN - bar.right - SPACE);
    let full = format!("{label}, {dates}");
    let fits = |room: f64| text::width(&full, NOTE) <= room;
    let align = if fits(after) || !fits(before) && after >= before { Align::Left } else { Align::Right };
    let (x, room) = match align {
        Align::Left => (bar.right + SPACE, after),
        _ => (bar.left - SPACE, before),
    };
    let words = if fits(room) { full } else { text::shorten(&label, NOTE, room) };
    page.text_on_paper(&words, (x, (bar.top + bar.bottom) / 2.0), NOTE, align);
}

fn describe(theatres: &[Theatre], caption: &Caption) -> String {
    let mut words = format!("Scenario: {}.", caption.scenario);
    for theatre in theatres {
        if let (Some(first), Some(last)) = (theatre.fan.points.first(), theatre.fan.points.last()) {
            let [low, median, high] = &theatre.fan.end;
            words += &format!(
                " {}: median {} people on {}, {median} on {}; 90 % of histories between {low} and {high}.",
                theatre.label,
                text::plain(first.quantiles[2]),
                text::date(first.date),
                text::date(last.date),
            );
        }
        if let Some((date, people)) = theatre.announced.last() {
            words += &format!(" On schedule for {}: {}.", text::date(*date), text::plain(*people));
        }
    }
    words
}
