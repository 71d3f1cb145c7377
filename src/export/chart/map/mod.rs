//! The theatre as a map at four dates: circles as large as the median number of people at each base.

mod borders;
mod names;
mod projection;

use super::furniture::{self, Caption, Heading, Swatch};
use super::page::{About, Align, Frame, Page, Point};
use super::style::{
    AXIS, BORDER, FAN_INNER, FAN_MEDIAN, INK, LAND, LEADER, MARGIN, NAME, NOTE, PAPER, QUIET, SPACE, Type,
    WATER, WIDTH, solid,
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
const WIDEST_NAME: f64 = 132.0;
const LABEL: Type = Type { size: 11.5, ..NOTE };
const NOTE_ON_BORDERS: &str = "median of each base; borders: Natural Earth, in the public domain";

/// Draws the figure; `None` where no base's place is known.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(map: &Map, caption: &Caption) -> Result<Option<Figure>, ChartError> {
    if map.sites.is_empty() || map.dates.is_empty() {
        return Ok(None);
    }
    let places: Vec<borders::Place> =
        map.sites.iter().map(|site| (site.location[1], site.location[0])).collect();
    let window = Window::around(&places);
    let heading = heading(map, caption);
    let mut page = Page::default();
    let first = furniture::heading(&mut page, &heading);
    let columns = COLUMNS.min(map.dates.len());
    let width = (WIDTH - 2.0 * MARGIN - GUTTER * (columns - 1) as f64) / columns as f64;
    let height = width * window.shape();
    let mut bottom = first;
    for (at, date) in map.dates.iter().enumerate() {
        let left = MARGIN + (at % columns) as f64 * (width + GUTTER);
        let top = first + HEAD + (at / columns) as f64 * (HEAD + height + SPACE);
        bottom = top + height;
        page.text(&text::date(*date), (left, top - HEAD / 2.0), NAME, Align::Left);
        one(&mut page, map, at, &window, &Frame { left, top, right: left + width, bottom });
    }
    let height = furniture::footer(&mut page, caption, NOTE_ON_BORDERS, bottom);
    let about = About { name: "map", title: &heading.title, description: &describe(map, caption) };
    page.finish(&about, height).map(Some)
}

fn heading(map: &Map, caption: &Caption) -> Heading {
    let whose = if caption.replicates == 1 { "number" } else { "median number" };
    let mut subtitle = format!("The area of a circle is the {whose} of people at a base.");
    let elsewhere: Vec<String> = map.elsewhere.iter().map(|label| text::clean(label)).collect();
    if !elsewhere.is_empty() {
        let names: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
        subtitle += &format!(" Without a place in the scenario, so not shown: {}.", text::list(&names));
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

/// Draws the map of one date.
fn one(page: &mut Page, map: &Map, date: usize, window: &Window, frame: &Frame) {
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
    let most = map.sites.iter().flat_map(|site| &site.people).map(|(people, _)| *people).fold(1.0, f64::max);
    let radius =
        |people: f64| if people > 0.0 { (LARGEST * (people / most).sqrt()).max(SMALLEST) } else { RING };
    // Small circles upon large ones.
    let mut order: Vec<&Site> = map.sites.iter().collect();
    order.sort_by(|a, b| b.people[date].0.total_cmp(&a.people[date].0));
    let at = |site: &Site| window.point((site.location[1], site.location[0]), frame);
    let labels = labels(
        &order,
        date,
        &|site| Anchor { at: at(site), radius: radius(site.people[date].0), size: (0.0, 0.0) },
        frame,
    );
    for (site, name) in order.iter().zip(&labels) {
        if let Some((_, place)) = name {
            leader(page, place, at(site), radius(site.people[date].0));
        }
    }
    for site in &order {
        let people = site.people[date].0;
        match people > 0.0 {
            true => page.dot(at(site), radius(people), FAN_INNER, FAN_MEDIAN),
            false => page.dot(at(site), RING, PAPER, QUIET),
        }
    }
    for (site, name) in order.iter().zip(&labels) {
        if let Some((words, place)) = name {
            let look = LABEL.coloured(if site.people[date].0 > 0.0 { INK } else { QUIET });
            page.text(words, (place.left, (place.top + place.bottom) / 2.0), look, Align::Left);
        }
    }
}

/// What each base is called, with its people, and where that stands.
fn labels(
    order: &[&Site],
    date: usize,
    anchor: &dyn Fn(&Site) -> Anchor,
    frame: &Frame,
) -> Vec<Option<(String, Frame)>> {
    let words = order.iter().map(|site| {
        let name = text::shorten(&text::clean(&site.label), LABEL, WIDEST_NAME);
        let (people, told) = &site.people[date];
        if *people > 0.0 { format!("{name} {told}") } else { name }
    });
    let words: Vec<String> = words.collect();
    let sized = order
        .iter()
        .zip(&words)
        .map(|(site, words)| Anchor { size: (text::width(words, LABEL), LABEL.size * 1.2), ..anchor(site) });
    let places = names::places(&sized.collect::<Vec<_>>(), frame);
    words.into_iter().zip(places).map(|(words, place)| Some((words, place?))).collect()
}

/// A line from a name to its circle, where it does not stand beside it.
fn leader(page: &mut Page, place: &Frame, at: Point, radius: f64) {
    let end = names::nearest(place, at);
    let (dx, dy) = (end.0 - at.0, end.1 - at.1);
    if (dx * dx + dy * dy).sqrt() > radius + 5.0 {
        page.line(vec![at, end], solid(LEADER, 1.0));
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
