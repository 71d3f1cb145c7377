//! Who is where: the median troops of each base, stacked, and below when each base is handed over.

use plotters::style::RGBColor;

use super::axis::{TIME_HEIGHT, TimeAxis, ValueAxis};
use super::fan;
use super::furniture::{self, Caption, Heading, Swatch};
use super::page::{About, Align, Frame, Page, Point};
use super::strip::{self, Closing};
use super::style::{
    AXIS, AXIS_TEXT, INK, MARGIN, MEDIAN_LINE, NAME, OTHERS, PANEL, PAPER, SPACE, WIDTH, shade, solid,
    stands_out_on,
};
use super::{ChartError, Figure, text};
use crate::calendar::Date;

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Posture {
    pub theatres: Vec<Theatre>,
    /// Theatres where nobody moves, which are left out.
    pub unchanged: Vec<String>,
}

/// A stack and its strips.
#[derive(Clone, Debug)]
pub struct Theatre {
    pub label: String,
    pub sites: Vec<Site>,
}

/// A base.
#[derive(Clone, Debug)]
pub struct Site {
    /// The median number of people there; empty where it is not summarised.
    pub medians: Vec<(Date, f64)>,
    pub closing: Closing,
}

/// The layers of a theatre, from the bottom up, and their dates; none where nothing is summarised.
struct Stack {
    dates: Vec<Date>,
    layers: Vec<Layer>,
}

/// One layer of a stack.
struct Layer {
    label: String,
    colour: RGBColor,
    /// People at each date of the stack.
    people: Vec<f64>,
}

const STACK: f64 = 170.0;
const STACK_TOP: f64 = 16.0;
const STACK_FOOT: f64 = 12.0;
const GAP: f64 = 18.0;
const TICKS: usize = 5;
const UNIT: &str = "people";
/// A theatre's name has at least so much room.
const LEAST_NAME: f64 = 100.0;
/// Smaller bases beyond so many share a layer.
const MOST_LAYERS: usize = 8;
/// A name that has no room is shortened to this.
const SHORT_NAME: f64 = 90.0;
/// White space around a name in its layer.
const PADDING: f64 = 4.0;

/// Draws the figure; `None` without a base.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(posture: &Posture, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    let theatres: Vec<Theatre> = posture.theatres.iter().map(ordered).collect();
    if theatres.iter().all(|theatre| theatre.sites.is_empty()) {
        return Ok(None);
    }
    let heading = heading(&theatres, &posture.unchanged, caption);
    let mut page = Page::default();
    let mut y = furniture::heading(&mut page, &heading);
    let closings = || theatres.iter().flat_map(|theatre| &theatre.sites).map(|site| &site.closing);
    let stacks: Vec<Stack> = theatres.iter().map(stack_of).collect();
    let numbers = stacks.iter().map(|stack| axis(stack, y).label_width()).fold(0.0, f64::max);
    let left = MARGIN + strip::name_room(closings()).max(LEAST_NAME + numbers + 2.0 * SPACE);
    let right = WIDTH - MARGIN - strip::share_room(closings());
    let time = TimeAxis::new(caption.start, caption.end, left, right);
    let mut bottom = y;
    for (theatre, stack) in theatres.iter().zip(&stacks) {
        bottom = draw(&mut page, theatre, stack, &time, y);
        y = bottom + GAP;
    }
    time.draw(&mut page, bottom + SPACE);
    let note = match caption.replicates {
        1 => "the one history",
        _ => "medians of each base, which do not add up to those of the theatre",
    };
    let height = furniture::footer(&mut page, caption, note, bottom + SPACE + TIME_HEIGHT);
    let description = describe(&theatres, caption);
    let about = About { name: "posture", title: &heading.title, description: &description };
    page.finish(&about, height).map(Some)
}

/// The largest base first.
fn ordered(theatre: &Theatre) -> Theatre {
    let peak = |site: &Site| site.medians.iter().map(|(_, people)| *people).fold(0.0, f64::max);
    let mut sites = theatre.sites.clone();
    for site in &mut sites {
        site.medians = fan::drawable_line(&site.medians);
    }
    sites.sort_by(|a, b| peak(b).total_cmp(&peak(a)));
    Theatre { label: text::clean(&theatre.label), sites }
}

fn heading(theatres: &[Theatre], unchanged: &[String], caption: &Caption) -> Heading {
    let stacked = theatres.iter().flat_map(|theatre| &theatre.sites).any(|site| !site.medians.is_empty());
    let mut subtitle = match (caption.replicates, stacked) {
        (1, _) => "The one simulated history.".to_owned(),
        (_, true) => "Areas: the median number of people at each base. Added up they are not the median of the theatre, \
                      which the figure of troops shows. "
            .to_owned(),
        (_, false) => String::new(),
    };
    if caption.replicates > 1 {
        subtitle += "Strips: the first day a base is empty, in half of all histories within the inner band, in nine \
                     of ten within the outer; one that reaches the edge goes on, to later or never.";
    }
    let unchanged: Vec<String> = unchanged.iter().map(|label| text::clean(label)).collect();
    let unchanged: Vec<&str> = unchanged.iter().map(String::as_str).collect();
    if !unchanged.is_empty() {
        subtitle += &format!(" Nobody moves in {}: not drawn.", text::list(&unchanged));
    }
    let key = match caption.replicates {
        1 => vec![],
        _ => vec![
            (Swatch::Fan, "handed over: 50 % and 90 % of histories".to_owned()),
            (Swatch::Line(MEDIAN_LINE), "median".to_owned()),
        ],
    };
    Heading {
        title: "Where the troops are, and when each base is handed over".to_owned(),
        finding: String::new(),
        subtitle,
        key,
    }
}

/// Draws a theatre from `top` down; returns where it ends.
fn draw(page: &mut Page, theatre: &Theatre, stack: &Stack, time: &TimeAxis, top: f64) -> f64 {
    let mut y = top + STACK_TOP;
    if stack.layers.is_empty() {
        page.text(&theatre.label, (MARGIN, y), PANEL, Align::Left);
    } else {
        let axis = axis(stack, y);
        let frame = Frame { left: time.left(), right: time.right(), ..axis.frame() };
        let axis = axis.within(frame);
        name(page, &theatre.label, &axis);
        axis.draw(page);
        areas(page, stack, time, &axis);
        page.rule((frame.left, frame.bottom), (frame.right, frame.bottom), solid(AXIS, 1.0));
        y = frame.bottom;
    }
    y += STACK_FOOT;
    let colours = colours(theatre.sites.len());
    for (site, colour) in theatre.sites.iter().zip(colours) {
        let swatch = (!stack.layers.is_empty()).then_some(colour);
        strip::draw(page, &site.closing, swatch, time, y);
        y += strip::ROW;
    }
    page.panel(Frame { left: time.left(), right: time.right(), top: top + STACK_TOP, bottom: y }, Vec::new());
    y
}

/// An axis from 0 that holds a stack, its top at `top`; its left and right ends are not yet known.
fn axis(stack: &Stack, top: f64) -> ValueAxis {
    let frame = Frame { left: 0.0, right: WIDTH, top, bottom: top + STACK };
    let most = (0..stack.dates.len()).map(|at| stack.layers.iter().map(|layer| layer.people[at]).sum());
    ValueAxis::fit((0.0, most.fold(0.0, f64::max)), TICKS, true, frame)
}

/// The theatre's name left of the numbers of its axis.
fn name(page: &mut Page, label: &str, axis: &ValueAxis) {
    let frame = axis.frame();
    let room = frame.left - axis.label_width() - 2.0 * SPACE - MARGIN;
    let mut y = frame.top + PANEL.leading() / 2.0 - SPACE;
    for line in text::wrap(label, PANEL, room, 3) {
        page.text(&line, (MARGIN, y), PANEL, Align::Left);
        y += PANEL.leading();
    }
    page.text(UNIT, (MARGIN, y), AXIS_TEXT, Align::Left);
}

/// The colour of each base, the smallest ones' being that of the layer they share.
fn colours(sites: usize) -> impl Iterator<Item = RGBColor> {
    let own = if sites > MOST_LAYERS { MOST_LAYERS - 1 } else { sites };
    (0..sites).map(move |number| if number < own { shade(number, own) } else { OTHERS })
}

fn stack_of(theatre: &Theatre) -> Stack {
    let mut dates: Vec<Date> =
        theatre.sites.iter().flat_map(|site| site.medians.iter().map(|(date, _)| *date)).collect();
    dates.sort();
    dates.dedup();
    let people = |site: &Site| -> Vec<f64> {
        let on = |date: &Date| {
            let at = site.medians.partition_point(|(known, _)| known <= date);
            at.checked_sub(1).map_or(0.0, |at| site.medians[at].1.max(0.0))
        };
        dates.iter().map(on).collect()
    };
    let mut layers: Vec<Layer> = Vec::new();
    for (site, colour) in theatre.sites.iter().zip(colours(theatre.sites.len())) {
        let people = people(site);
        match layers.last_mut() {
            Some(last) if colour == OTHERS && last.colour == OTHERS => {
                last.people.iter_mut().zip(people).for_each(|(sum, people)| *sum += people);
                last.label = "others".to_owned();
            }
            _ => layers.push(Layer { label: text::clean(&site.closing.label), colour, people }),
        }
    }
    let layers = if dates.is_empty() { Vec::new() } else { layers };
    Stack { dates, layers }
}

fn areas(page: &mut Page, Stack { dates, layers }: &Stack, time: &TimeAxis, axis: &ValueAxis) {
    // A single date is widened, or nothing of it would be seen.
    let xs: Vec<f64> = match dates.as_slice() {
        [only] => {
            let (before, after) = time.around(*only);
            vec![time.x(before), time.x(after)]
        }
        _ => dates.iter().map(|date| time.x(*date)).collect(),
    };
    let level = |people: &[f64]| -> Vec<Point> {
        xs.iter().enumerate().map(|(at, x)| (*x, axis.y(people[at.min(people.len() - 1)]))).collect()
    };
    let mut below = vec![0.0; dates.len()];
    let mut names = Vec::new();
    for layer in layers {
        let above: Vec<f64> = below.iter().zip(&layer.people).map(|(sum, people)| sum + people).collect();
        let (lower, upper) = (level(&below), level(&above));
        page.area(upper.iter().copied().chain(lower.iter().rev().copied()).collect(), layer.colour);
        page.line(upper.clone(), solid(PAPER, 1.0));
        let short = text::shorten(&layer.label, NAME, SHORT_NAME);
        let mut names_tried = [layer.label.clone(), short].into_iter();
        let fits = names_tried.find_map(|name| Some((layer.colour, room_for(&name, &lower, &upper)?, name)));
        names.extend(fits);
        below = above;
    }
    for (behind, at, name) in names {
        let colour = if stands_out_on(behind, PAPER) { PAPER } else { INK };
        page.text(&name, at, NAME.coloured(colour), Align::Left);
    }
}

/// Where a name fits between two lines, at their widest; `None` where it does not.
fn room_for(label: &str, lower: &[Point], upper: &[Point]) -> Option<Point> {
    let (width, height) = (text::width(label, NAME) + 2.0 * PADDING, NAME.size + PADDING);
    let clear = |from: usize| {
        let (start, _) = upper[from];
        // To the first point at or past the name's end: the lines between two points are straight.
        let length = upper[from..].iter().position(|(x, _)| *x >= start + width)?;
        let ceiling = upper[from..=from + length].iter().map(|(_, y)| *y).fold(f64::MIN, f64::max);
        let floor = lower[from..=from + length].iter().map(|(_, y)| *y).fold(f64::MAX, f64::min);
        (floor - ceiling >= height).then_some((floor - ceiling, (start + PADDING, (floor + ceiling) / 2.0)))
    };
    let mut best: Option<(f64, Point)> = None;
    for found in (0..upper.len()).filter_map(clear) {
        // The first of equals, so that names stand to the left.
        if best.is_none_or(|(room, _)| found.0 > room + 1.0) {
            best = Some(found);
        }
    }
    best.map(|(_, at)| at)
}

fn describe(theatres: &[Theatre], caption: &Caption) -> String {
    let mut words = format!("Scenario: {}.", caption.scenario);
    let end = text::date(caption.end);
    for theatre in theatres {
        words += &format!(" {}:", theatre.label);
        for site in &theatre.sites {
            words += &strip::describe(&site.closing, &end);
        }
    }
    words
}
