//! The theatre as a map at four dates: circles as large as the median number of people at each base.

mod borders;
mod names;
mod projection;

use super::furniture::{self, Caption, Heading, Swatch};
use super::page::{About, Align, Frame, Page, Point};
use super::style::{
    AXIS, BORDER, FAN_INNER, FAN_MEDIAN, INK, LAND, MARGIN, NAME, NOTE, PAPER, QUIET, SPACE, Type, WATER,
    WIDTH, solid,
};
use super::{ChartError, Figure, text};
use crate::calendar::Date;
use borders::world;
use names::Anchor;
use projection::Window;

/// What the figure shows.
#[derive(Clone, Debug)]
pub struct Map {
    pub dates: Vec<Date>,
    pub sites: Vec<Site>,
    /// Bases whose place is not known.
    pub elsewhere: Vec<String>,
    /// Theatres where nobody moves, which are left out.
    pub unchanged: Vec<String>,
}

/// A base.
#[derive(Clone, Debug)]
pub struct Site {
    pub label: String,
    /// Degrees north and east.
    pub location: [f64; 2],
    /// The median number of people at each date, and as a person reads it.
    pub people: Vec<(f64, String)>,
}

const COLUMNS: usize = 2;
const GUTTER: f64 = 16.0;
const HEAD: f64 = 26.0;
const LARGEST: f64 = 19.0;
/// Of somebody, however few.
const SMALLEST: f64 = 2.5;
/// Of nobody.
const RING: f64 = 3.0;
/// A base's name takes no more room.
const WIDEST_NAME: f64 = 118.0;
const LABEL: Type = Type { size: 11.5, ..NOTE };
const LEADING: f64 = 13.5;
const NOTE_ON_BORDERS: &str = "median of each base; borders: Natural Earth, in the public domain";

/// Draws the figure; `None` where no base's place is known.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(map: &Map, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    if map.sites.is_empty() || map.dates.is_empty() {
        return Ok(None);
    }
    let window = Window::around(&map.sites.iter().map(place).collect::<Vec<_>>());
    let heading = heading(map, caption);
    let mut page = Page::default();
    let first = furniture::heading(&mut page, &heading);
    let columns = COLUMNS.min(map.dates.len());
    let width = (WIDTH - 2.0 * MARGIN - GUTTER * (columns - 1) as f64) / columns as f64;
    let height = width * window.shape();
    let names = name_boxes(map, &window, &Frame { left: 0.0, top: 0.0, right: width, bottom: height });
    let mut bottom = first;
    for (at, date) in map.dates.iter().enumerate() {
        let left = MARGIN + (at % columns) as f64 * (width + GUTTER);
        let top = first + HEAD + (at / columns) as f64 * (HEAD + height + SPACE);
        bottom = top + height;
        page.text(&text::date(*date), (left, top - HEAD / 2.0), NAME, Align::Left);
        one(&mut page, map, at, &window, &names, &Frame { left, top, right: left + width, bottom });
    }
    let height = furniture::footer(&mut page, caption, NOTE_ON_BORDERS, bottom);
    let about = About { name: "map", title: &heading.title, description: &describe(map, caption) };
    page.finish(&about, height).map(Some)
}

fn heading(map: &Map, caption: &Caption) -> Heading {
    let whose = if caption.replicates == 1 { "number" } else { "median number" };
    let mut subtitle = format!("The area of a circle is the {whose} of people at a base.");
    let list = |labels: &[String]| {
        let names: Vec<String> = labels.iter().map(|label| text::clean(label)).collect();
        text::list(&names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    if !map.elsewhere.is_empty() {
        subtitle += &format!(" Without a place in the scenario, so not shown: {}.", list(&map.elsewhere));
    }
    if !map.unchanged.is_empty() {
        subtitle += &format!(" Nobody moves in {}: not drawn.", list(&map.unchanged));
    }
    Heading {
        title: "Where the troops are, at four dates".to_owned(),
        finding: String::new(),
        subtitle,
        key: vec![
            (Swatch::Dot, "people there".to_owned()),
            (Swatch::Empty, "nobody, in the median".to_owned()),
        ],
    }
}

/// Draws the map of one date; `names` are the boxes of names in a map at the page's corner.
fn one(page: &mut Page, map: &Map, date: usize, window: &Window, names: &[Option<Frame>], frame: &Frame) {
    land(page, window, frame);
    // Small circles upon large ones.
    let mut order: Vec<(&Site, Option<Frame>)> =
        map.sites.iter().zip(names.iter().map(|name| name.map(|name| shifted(&name, frame)))).collect();
    order.sort_by(|(a, _), (b, _)| b.people[date].0.total_cmp(&a.people[date].0));
    let at = |site: &Site| window.point(place(site), frame);
    let most = most(map);
    for (site, name) in &order {
        if let Some(name) = name {
            leader(page, name, at(site), radius(site.people[date].0, most));
        }
    }
    for (site, _) in &order {
        let people = site.people[date].0;
        match people > 0.0 {
            true => page.dot(at(site), radius(people, most), FAN_INNER, FAN_MEDIAN),
            false => page.dot(at(site), RING, PAPER, QUIET),
        }
    }
    for (site, name) in &order {
        if let Some(name) = name {
            name_site(page, site, date, name, at(site));
        }
    }
}

/// Land, water, borders and the edge of the map.
fn land(page: &mut Page, window: &Window, frame: &Frame) {
    page.block(*frame, WATER);
    for outline in &world().outlines {
        let fill = if outline.is_land { LAND } else { WATER };
        for seen in window.outlines(&outline.points, frame) {
            page.area(seen, fill);
        }
    }
    for border in &world().borders {
        for seen in window.lines(border, frame) {
            page.line(seen, solid(BORDER, 1.0));
        }
    }
    let Frame { left, top, right, bottom } = *frame;
    let edge = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
    page.line(edge, solid(AXIS, 1.0));
}

fn place(site: &Site) -> borders::Place {
    (site.location[1], site.location[0])
}

/// The most people at any base and date.
fn most(map: &Map) -> f64 {
    map.sites.iter().flat_map(|site| &site.people).map(|(people, _)| *people).fold(1.0, f64::max)
}

fn radius(people: f64, most: f64) -> f64 {
    if people > 0.0 { (LARGEST * (people / most).sqrt()).max(SMALLEST) } else { RING }
}

fn shifted(place: &Frame, by: &Frame) -> Frame {
    Frame {
        left: place.left + by.left,
        right: place.right + by.left,
        top: place.top + by.top,
        bottom: place.bottom + by.top,
    }
}

/// Boxes for the names, the same at all dates, in a map of this size at the page's corner.
fn name_boxes(map: &Map, window: &Window, size: &Frame) -> Vec<Option<Frame>> {
    let most = most(map);
    let anchor = |site: &Site| {
        let dates = 0..site.people.len();
        let width =
            |date: usize| lines(site, date).iter().map(|line| text::width(line, LABEL)).fold(0.0, f64::max);
        Anchor {
            at: window.point(place(site), size),
            radius: site.people.iter().map(|(people, _)| radius(*people, most)).fold(0.0, f64::max),
            size: (
                dates.clone().map(width).fold(0.0, f64::max),
                dates.map(|date| lines(site, date).len()).max().unwrap_or(1) as f64 * LEADING,
            ),
        }
    };
    // The larger base has the first right to its name.
    let mut order: Vec<usize> = (0..map.sites.len()).collect();
    let peak = |site: usize| map.sites[site].people.iter().map(|(people, _)| *people).fold(0.0, f64::max);
    order.sort_by(|a, b| peak(*b).total_cmp(&peak(*a)));
    let anchors: Vec<Anchor> = order.iter().map(|site| anchor(&map.sites[*site])).collect();
    let lines: Vec<Vec<Point>> =
        world().borders.iter().flat_map(|border| window.lines(border, size)).collect();
    let mut boxes = vec![None; map.sites.len()];
    for (site, found) in order.iter().zip(names::places(&anchors, &lines, size)) {
        boxes[*site] = found;
    }
    boxes
}

/// A base's name and its people, in one line or two.
fn lines(site: &Site, date: usize) -> Vec<String> {
    let mut lines = text::wrap(&site.label, LABEL, WIDEST_NAME, 2);
    let (people, told) = &site.people[date];
    if *people > 0.0
        && let Some(last) = lines.last_mut()
    {
        *last += &format!(" {told}");
    }
    lines
}

/// Writes a name into its box, on the side of its circle.
fn name_site(page: &mut Page, site: &Site, date: usize, name: &Frame, at: Point) {
    let (x, align) = match () {
        () if name.left >= at.0 => (name.left, Align::Left),
        () if name.right <= at.0 => (name.right, Align::Right),
        () => ((name.left + name.right) / 2.0, Align::Centre),
    };
    let look = LABEL.coloured(if site.people[date].0 > 0.0 { INK } else { QUIET });
    let lines = lines(site, date);
    let middle = (name.top + name.bottom) / 2.0 - (lines.len() as f64 - 1.0) / 2.0 * LEADING;
    for (row, line) in lines.iter().enumerate() {
        page.text(line, (x, middle + row as f64 * LEADING), look, align);
    }
}

/// A line from a name to its circle, where it does not stand beside it.
fn leader(page: &mut Page, place: &Frame, at: Point, radius: f64) {
    let end = names::nearest(place, at);
    let (dx, dy) = (end.0 - at.0, end.1 - at.1);
    let length = (dx * dx + dy * dy).sqrt();
    if length > radius + 5.0 {
        let share = (length - 2.0) / length;
        page.line(vec![at, (at.0 + dx * share, at.1 + dy * share)], solid(QUIET, 1.0));
    }
}

fn describe(map: &Map, caption: &Caption) -> String {
    let mut words = format!("Scenario: {}.", caption.scenario);
    for (at, date) in map.dates.iter().enumerate() {
        let manned = map.sites.iter().filter(|site| site.people[at].0 > 0.0);
        let told: Vec<String> =
            manned.map(|site| format!("{} {}", text::clean(&site.label), site.people[at].1)).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        let told = if told.is_empty() { "nobody".to_owned() } else { text::list(&told) };
        words += &format!(" {}: {told}.", text::date(*date));
    }
    words
}
