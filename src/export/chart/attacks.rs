//! Attacks, and the killed and wounded: recent means over time, and how likely so many or more are in all.

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan::{self, Fan, Plot};
use super::furniture::{self, Caption, Heading, Swatch};
use super::labels::{self, Label};
use super::page::{About, Align, Frame, Page, Point};
use super::style::{
    ANNOUNCED, AXIS, AXIS_TEXT, FAN_MEDIAN, FAN_OUTER, LABEL_GAP, MARGIN, MEDIAN_LINE, NAME, NOTE, PANEL,
    PATTERNS, SPACE, Stroke, WIDTH, solid,
};
use super::{ChartError, Figure, text};
use crate::calendar::Date;

/// One figure.
#[derive(Clone, Debug)]
pub struct Attacks {
    /// `attacks`, `casualties`.
    pub name: &'static str,
    /// What is counted, to begin a title.
    pub what: &'static str,
    /// How many days a recent mean is taken over.
    pub days: u32,
    pub rows: Vec<Row>,
}

/// What is counted.
#[derive(Clone, Debug)]
pub struct Row {
    pub label: String,
    pub recent: Recent,
    /// What it comes to in all, in words.
    pub total: String,
    /// Totals, rising, and the share of histories with as many or more, 0 to 1.
    pub exceedance: Vec<(f64, f64)>,
}

/// What is shown over time.
#[derive(Clone, Debug)]
pub enum Recent {
    /// The recent mean a month.
    Mean {
        fan: Fan,
        /// Its mean over all histories, and the last of them as a person reads it.
        mean: Vec<(Date, f64)>,
        last_mean: String,
    },
    /// Of what is rare, the share of histories, 0 to 100, in which there was any, and the last of them as a person reads it.
    Any { shares: Vec<(Date, f64)>, last: String },
}

const HEAD: f64 = 32.0;
const HEIGHT: f64 = 104.0;
/// Below a panel, for the numbers of the panel of totals.
const FOOT: f64 = 30.0;
const TICKS: usize = 3;
/// Of the panel of totals, and of half of the last number below it.
const TOTALS: f64 = 220.0;
const OVERHANG: f64 = 16.0;
const TOTAL_TICKS: usize = 4;
const GUTTER: f64 = 22.0;
/// Totals that fewer histories than this share reach are not drawn.
const RAREST: f64 = 0.01;
/// Up to here a curve of totals has stairs.
const STAIRS: f64 = 60.0;
const MEAN_LINE: Stroke = Stroke { colour: ANNOUNCED, width: 1.75, pattern: PATTERNS[2] };

/// Draws the figure; `None` where nothing is ever counted.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(attacks: &Attacks, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    let rows: Vec<Row> = attacks.rows.iter().filter_map(drawable).collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let heading = heading(attacks, &rows, caption);
    let mut page = Page::default();
    let first = furniture::heading(&mut page, &heading) + AXIS_TEXT.leading() + SPACE;
    let axes: Vec<ValueAxis> = rows.iter().enumerate().map(|row| value_axis(row, first)).collect();
    let numbers = axes.iter().map(ValueAxis::label_width).fold(0.0, f64::max);
    let labels = rows.iter().zip(&axes).flat_map(|(row, axis)| end_labels(row, axis, caption));
    let names = labels.map(|label| label.width()).fold(0.0, f64::max);
    let totals = WIDTH - MARGIN - OVERHANG - TOTALS;
    let shares = text::width("100 %", AXIS_TEXT) + SPACE;
    let (left, right) = (MARGIN + numbers + SPACE, totals - shares - GUTTER - names - 2.0 * LABEL_GAP);
    let time = TimeAxis::new(caption.start, caption.end, left, right);

    let y = first - AXIS_TEXT.leading() / 2.0 - SPACE;
    page.text(&format!("the {} days before each date", attacks.days), (MARGIN, y), AXIS_TEXT, Align::Left);
    page.text("share with as many or more in all", (totals - shares, y), AXIS_TEXT, Align::Left);
    for (row, axis) in rows.iter().zip(&axes) {
        let frame = Frame { left, right, ..axis.frame() };
        recent(&mut page, row, &Plot { time, value: axis.within(frame) }, caption);
        in_all(&mut page, row, Frame { left: totals, right: totals + TOTALS, ..frame });
    }
    let bottom = axes.last().map_or(first, |axis| axis.frame().bottom);
    time.draw(&mut page, bottom);
    let height = furniture::footer(&mut page, caption, furniture::fan_note(caption), bottom + TIME_HEIGHT);
    let description = describe(&rows, attacks, caption);
    page.finish(&About { name: attacks.name, title: &heading.title, description: &description }, height)
        .map(Some)
}

fn drawable(row: &Row) -> Option<Row> {
    let recent = match &row.recent {
        Recent::Mean { fan, mean, last_mean } => Recent::Mean {
            fan: Some(fan.drawable()).filter(|fan| !fan.points.is_empty())?,
            mean: fan::drawable_line(mean),
            last_mean: last_mean.clone(),
        },
        Recent::Any { shares, last } => Recent::Any {
            shares: Some(fan::drawable_line(shares)).filter(|shares| !shares.is_empty())?,
            last: last.clone(),
        },
    };
    Some(Row { label: text::clean(&row.label), recent, ..row.clone() })
}

fn heading(attacks: &Attacks, rows: &[Row], caption: &Caption) -> Heading {
    let has_mean = rows.iter().any(|row| matches!(row.recent, Recent::Mean { .. }));
    let mut subtitle = String::new();
    let mut key = Vec::new();
    if has_mean {
        subtitle = format!("{} ", furniture::fan_subtitle(caption));
        key = furniture::fan_key(caption);
    }
    if caption.replicates > 1 {
        if has_mean {
            key.push((Swatch::Line(MEAN_LINE), "mean of all histories".to_owned()));
        }
        subtitle += "Of what is rare, the share of histories with any stands instead. Right: the share in which the \
                     whole run brings as many or more.";
    }
    Heading {
        title: format!("{} in the last {} days, and in the whole run", attacks.what, attacks.days),
        finding: String::new(),
        subtitle,
        key,
    }
}

fn value_axis((place, row): (usize, &Row), first: f64) -> ValueAxis {
    let top = first + HEAD + place as f64 * (HEAD + HEIGHT + FOOT);
    let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + HEIGHT };
    let highest = |line: &[(Date, f64)]| line.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    match &row.recent {
        Recent::Mean { fan, mean, .. } => {
            let most = fan.range().map_or(0.0, |(_, high)| high).max(highest(mean));
            ValueAxis::fit((0.0, most), TICKS, false, frame)
        }
        Recent::Any { shares, .. } => {
            ValueAxis::fit((0.0, highest(shares)), TICKS, false, frame).suffixed(" %")
        }
    }
}

fn end_labels(row: &Row, axis: &ValueAxis, caption: &Caption) -> Vec<Label> {
    match &row.recent {
        Recent::Mean { fan, mean, last_mean } => {
            let mean = mean.last().filter(|_| caption.replicates > 1).map(|(_, mean)| {
                Label::new(axis.y(*mean), vec![(format!("Mean {last_mean}"), NOTE.coloured(ANNOUNCED))])
            });
            fan.end_label(axis).into_iter().chain(mean).collect()
        }
        Recent::Any { shares, last } => {
            let line = (format!("Any in {last}"), NAME.coloured(FAN_MEDIAN));
            shares.last().map(|(_, share)| Label::new(axis.y(*share), vec![line])).into_iter().collect()
        }
    }
}

fn recent(page: &mut Page, row: &Row, plot: &Plot, caption: &Caption) {
    let frame = plot.value.frame();
    page.panel(frame, Vec::new());
    name(page, row, frame.top - HEAD / 2.0 - 1.0);
    plot.value.draw(page);
    let through = |line: &[(Date, f64)]| line.iter().map(|(date, value)| plot.at(*date, *value)).collect();
    match &row.recent {
        Recent::Mean { fan, mean, .. } => {
            plot.bands(page, fan);
            if caption.replicates > 1 {
                page.line(through(mean), MEAN_LINE);
            }
            plot.median(page, fan);
        }
        Recent::Any { shares, .. } => page.line(through(shares), MEDIAN_LINE),
    }
    page.rule((frame.left, frame.bottom), (frame.right, frame.bottom), solid(AXIS, 1.0));
    let room = (frame.top - HEAD / 2.0, frame.bottom + SPACE);
    labels::draw(page, &end_labels(row, &plot.value, caption), frame.right, room);
}

/// What is counted, in which unit, and what it comes to in all, on one line.
fn name(page: &mut Page, row: &Row, y: f64) {
    page.text(&row.total, (WIDTH - MARGIN, y), NOTE, Align::Right);
    let unit = match row.recent {
        Recent::Mean { .. } => "a month, on average",
        Recent::Any { .. } => "share of histories with any",
    };
    let taken = text::width(&row.total, NOTE) + GUTTER + text::width(unit, AXIS_TEXT) + SPACE;
    let label = text::shorten(&row.label, PANEL, WIDTH - 2.0 * MARGIN - taken);
    page.text(&label, (MARGIN, y), PANEL, Align::Left);
    page.text(unit, (MARGIN + text::width(&label, PANEL) + SPACE, y), AXIS_TEXT, Align::Left);
}

/// The curve of totals: from all histories down to hardly any.
fn in_all(page: &mut Page, row: &Row, frame: Frame) {
    let shares = ValueAxis::fit((0.0, 100.0), 2, false, frame).suffixed(" %");
    shares.draw(page);
    let most = row.exceedance.iter().filter(|(_, share)| *share >= RAREST).map(|(total, _)| *total);
    let totals = ValueAxis::fit((0.0, most.fold(1.0, f64::max)), TOTAL_TICKS, true, frame);
    let line = curve(&row.exceedance, &totals, &shares);
    let mut area = line.clone();
    area.extend([(line.last().map_or(frame.left, |(x, _)| *x), frame.bottom), (frame.left, frame.bottom)]);
    page.area(area, FAN_OUTER);
    page.line(line, MEDIAN_LINE);
    page.rule((frame.left, frame.bottom), (frame.right, frame.bottom), solid(AXIS, 1.0));
    totals.number_across(page);
}

fn curve(exceedance: &[(f64, f64)], totals: &ValueAxis, shares: &ValueAxis) -> Vec<Point> {
    let stairs = totals.x(STAIRS) >= totals.frame().right;
    let at = |total: f64, share: f64| (totals.x(total), shares.y(100.0 * share));
    let mut line = vec![at(0.0, 1.0)];
    let mut before = 0.0;
    for (total, share) in exceedance.iter().filter(|(total, _)| totals.contains(*total)) {
        let (x, y) = at(*total, *share);
        // What is closer than half a pixel to the last place would not be seen.
        let is_apart = line.last().is_none_or(|last| (x - last.0).abs() + (y - last.1).abs() >= 0.5);
        if stairs && is_apart {
            line.push(at(before, *share));
        }
        if is_apart {
            line.push((x, y));
        }
        before = *total;
    }
    line
}

fn describe(rows: &[Row], attacks: &Attacks, caption: &Caption) -> String {
    let mut words = format!("Scenario: {}.", caption.scenario);
    let before = format!("in the {} days before {}", attacks.days, text::date(caption.end));
    for row in rows {
        words += &match &row.recent {
            Recent::Mean { fan, .. } => {
                let [low, median, high] = &fan.end;
                format!(
                    " {}: {before} a median of {median} a month, 90 % of histories between {low} and {high}; ",
                    row.label
                )
            }
            Recent::Any { last, .. } => format!(" {}: {before} any in {last} of histories; ", row.label),
        };
        words += &format!("in the whole run {}.", row.total);
    }
    words
}
