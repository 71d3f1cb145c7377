//! Attacks, and the killed and wounded: recent means over time, and how likely so many or more are in all.

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan::{self, Fan, Plot};
use super::furniture::{self, Caption, Heading, Swatch};
use super::labels::{self, Label};
use super::page::{About, Align, Frame, Page, Point};
use super::style::{
    ANNOUNCED, AXIS, AXIS_TEXT, FAN_OUTER, LABEL_GAP, MARGIN, MEDIAN_LINE, NOTE, PANEL, PATTERNS, SPACE,
    Stroke, WIDTH, solid,
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
    /// The recent mean a month.
    pub fan: Fan,
    /// Its mean over all histories, and the last of them as a person reads it.
    pub mean: Vec<(Date, f64)>,
    pub last_mean: String,
    /// What it comes to in all, in words.
    pub total: String,
    /// Totals, rising, and the share of histories with as many or more, 0 to 1.
    pub exceedance: Vec<(f64, f64)>,
}

const HEAD: f64 = 26.0;
const HEIGHT: f64 = 104.0;
/// Below a panel, for the numbers of the panel of totals.
const FOOT: f64 = 30.0;
const TICKS: usize = 3;
/// Of the panel of totals.
const TOTALS: f64 = 236.0;
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
    let rows: Vec<Row> = attacks.rows.iter().map(drawable).filter(|row| !row.fan.points.is_empty()).collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let heading = heading(attacks, caption);
    let mut page = Page::default();
    let first = furniture::heading(&mut page, &heading) + AXIS_TEXT.leading() + SPACE;
    let axes: Vec<ValueAxis> = rows.iter().enumerate().map(|row| value_axis(row, first)).collect();
    let numbers = axes.iter().map(ValueAxis::label_width).fold(0.0, f64::max);
    let labels = rows.iter().zip(&axes).flat_map(|(row, axis)| end_labels(row, axis, caption));
    let names = labels.map(|label| label.width()).fold(0.0, f64::max);
    let totals = WIDTH - MARGIN - TOTALS;
    let shares = text::width("100 %", AXIS_TEXT) + SPACE;
    let (left, right) = (MARGIN + numbers + SPACE, totals - shares - GUTTER - names - 2.0 * LABEL_GAP);
    let time = TimeAxis::new(caption.start, caption.end, left, right);

    let y = first - AXIS_TEXT.leading() / 2.0 - SPACE;
    page.text(
        &format!("a month, mean of the {} days before", attacks.days),
        (MARGIN, y),
        AXIS_TEXT,
        Align::Left,
    );
    page.text("histories with as many or more in all", (totals - shares, y), AXIS_TEXT, Align::Left);
    for (row, axis) in rows.iter().zip(&axes) {
        let frame = Frame { left, right, ..axis.frame() };
        recent(&mut page, row, &Plot { time, value: axis.within(frame) }, caption);
        in_all(&mut page, row, Frame { left: totals, right: WIDTH - MARGIN, ..frame });
    }
    let bottom = axes.last().map_or(first, |axis| axis.frame().bottom);
    time.draw(&mut page, bottom);
    let height = furniture::footer(&mut page, caption, furniture::fan_note(caption), bottom + TIME_HEIGHT);
    let description = describe(&rows, attacks, caption);
    page.finish(&About { name: attacks.name, title: &heading.title, description: &description }, height)
        .map(Some)
}

fn drawable(row: &Row) -> Row {
    Row {
        label: text::clean(&row.label),
        fan: row.fan.drawable(),
        mean: fan::drawable_line(&row.mean),
        ..row.clone()
    }
}

fn heading(attacks: &Attacks, caption: &Caption) -> Heading {
    let mut key = furniture::fan_key(caption);
    if caption.replicates > 1 {
        key.push((Swatch::Line(MEAN_LINE), "mean of all histories".to_owned()));
    }
    Heading {
        title: format!("{} a month, as means over {} days, and in all", attacks.what, attacks.days),
        finding: String::new(),
        subtitle: match caption.replicates {
            1 => furniture::fan_subtitle(caption).to_owned(),
            _ => format!(
                "{} Right: the share of histories in which the whole run brings as many or more.",
                furniture::fan_subtitle(caption)
            ),
        },
        key,
    }
}

fn value_axis((place, row): (usize, &Row), first: f64) -> ValueAxis {
    let top = first + HEAD + place as f64 * (HEAD + HEIGHT + FOOT);
    let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + HEIGHT };
    let mean = row.mean.iter().map(|(_, mean)| *mean).fold(0.0, f64::max);
    let most = row.fan.range().map_or(0.0, |(_, high)| high).max(mean);
    ValueAxis::fit((0.0, most), TICKS, false, frame)
}

fn end_labels(row: &Row, axis: &ValueAxis, caption: &Caption) -> Vec<Label> {
    let mean = row.mean.last().filter(|_| caption.replicates > 1).map(|(_, mean)| {
        Label::new(axis.y(*mean), vec![(format!("Mean {}", row.last_mean), NOTE.coloured(ANNOUNCED))])
    });
    row.fan.end_label(axis).into_iter().chain(mean).collect()
}

fn recent(page: &mut Page, row: &Row, plot: &Plot, caption: &Caption) {
    let frame = plot.value.frame();
    page.panel(frame, Vec::new());
    let y = frame.top - HEAD / 2.0 - 1.0;
    let room = WIDTH - 2.0 * MARGIN - text::width(&row.total, NOTE) - GUTTER;
    page.text(&text::shorten(&row.label, PANEL, room), (MARGIN, y), PANEL, Align::Left);
    page.text(&row.total, (WIDTH - MARGIN, y), NOTE, Align::Right);
    plot.value.draw(page);
    plot.bands(page, &row.fan);
    if caption.replicates > 1 {
        page.line(row.mean.iter().map(|(date, mean)| plot.at(*date, *mean)).collect(), MEAN_LINE);
    }
    plot.median(page, &row.fan);
    page.rule((frame.left, frame.bottom), (frame.right, frame.bottom), solid(AXIS, 1.0));
    let room = (frame.top - HEAD / 2.0, frame.bottom + SPACE);
    labels::draw(page, &end_labels(row, &plot.value, caption), frame.right, room);
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
    for row in rows {
        let [low, median, high] = &row.fan.end;
        words += &format!(
            " {}: in the {} days before {} a median of {median} a month, 90 % of histories between {low} and {high}; \
             in all, {}.",
            row.label,
            attacks.days,
            text::date(caption.end),
            row.total
        );
    }
    words
}
