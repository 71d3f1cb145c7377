//! When each base is handed over: a strip a site, and how many are by the end.

use super::axis::{TIME_HEIGHT, TimeAxis};
use super::furniture::{self, Caption, Heading, Swatch};
use super::page::{About, Align, Frame, Page};
use super::style::{
    FAN_INNER, FAN_OUTER, GRID, KEY, LABEL_GAP, MARGIN, MEDIAN_LINE, NOTE, PANEL, SPACE, WIDTH, solid,
};
use super::{ChartError, Figure, text};
use crate::results::{DateQuantile, Estimate, format};

/// A site, in the order in which it is drawn.
#[derive(Clone, Debug)]
pub struct Handover {
    pub label: String,
    /// The label of its theatre.
    pub theatre: String,
    /// The dates by which it is empty in 5, 25, 50, 75 and 95 % of all histories.
    pub dates: [DateQuantile; 5],
    /// How many histories see it empty by the end.
    pub end: Estimate,
}

const ROW: f64 = 26.0;
const BAND: f64 = 8.0;
const THEATRE: f64 = 32.0;
/// A row's name takes no more room.
const WIDEST_NAME: f64 = 220.0;
const NOTE_ON_SHARES: &str = "dates are of all histories, those in which it is kept among them";

/// Draws the figure; `None` where no site is ever handed over.
///
/// # Errors
/// When plotters cannot write it.
pub fn figure(sites: &[Handover], caption: &Caption) -> Result<Option<Figure>, ChartError> {
    let (moving, kept): (Vec<&Handover>, Vec<&Handover>) =
        sites.iter().partition(|site| site.end.value > 0.0);
    if moving.is_empty() {
        return Ok(None);
    }
    let widest = |words: &dyn Fn(&&Handover) -> String, look| {
        moving.iter().map(|site| text::width(&words(site), look)).fold(0.0, f64::max)
    };
    let left = MARGIN + widest(&|site| text::clean(&site.label), KEY).min(WIDEST_NAME) + 2.0 * SPACE;
    let right = WIDTH - MARGIN - widest(&|site| share(site), NOTE) - LABEL_GAP;
    let time = TimeAxis::new(caption.start, caption.end, left, right);

    let heading = heading(&kept, caption);
    let mut page = Page::default();
    let top = furniture::heading(&mut page, &heading);
    let mut y = top;
    let mut theatre = None;
    for site in &moving {
        if theatre != Some(&site.theatre) {
            theatre = Some(&site.theatre);
            page.text(&site.theatre, (MARGIN, y + THEATRE / 2.0 + 3.0), PANEL, Align::Left);
            y += THEATRE;
        }
        strip(&mut page, site, &time, y);
        y += ROW;
    }
    let strips = Frame { left: time.left(), right: time.right(), top, bottom: y + SPACE };
    page.panel(strips, Vec::new());
    time.draw(&mut page, y + SPACE);
    let height = furniture::footer(&mut page, caption, NOTE_ON_SHARES, y + SPACE + TIME_HEIGHT);
    let description = describe(&moving, caption);
    page.finish(&About { name: "handover", title: &heading.title, description: &description }, height)
        .map(Some)
}

fn heading(kept: &[&Handover], caption: &Caption) -> Heading {
    let names: Vec<String> = kept.iter().map(|site| text::clean(&site.label)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let never = if names.is_empty() { String::new() } else { format!(" Never: {}.", text::list(&names)) };
    let (subtitle, key) = match caption.replicates {
        1 => ("The day each base is first empty in the one simulated history.", vec![]),
        _ => (
            "A base is handed over on the first day it is empty. In half of all histories that day lies in the \
             inner band, in nine of ten within the outer one; a band that reaches the edge goes on, to later or never.",
            vec![
                (Swatch::Fan, "50 % and 90 % of histories".to_owned()),
                (Swatch::Line(MEDIAN_LINE), "median".to_owned()),
            ],
        ),
    };
    Heading {
        title: "When each base is handed over".to_owned(),
        finding: String::new(),
        subtitle: format!("{subtitle}{never}"),
        key,
    }
}

fn strip(page: &mut Page, site: &Handover, time: &TimeAxis, top: f64) {
    let middle = top + ROW / 2.0;
    let name = text::shorten(&text::clean(&site.label), KEY, time.left() - SPACE - MARGIN);
    page.text(&name, (MARGIN, middle), KEY, Align::Left);
    page.rule((time.left(), middle), (time.right(), middle), solid(GRID, 1.0));
    let x = |date: DateQuantile| match date {
        DateQuantile::On(date) => time.x(date),
        DateQuantile::AfterEnd => time.right(),
    };
    let [low, lower, median, upper, high] = site.dates;
    for (from, to, half, fill) in [(low, high, BAND, FAN_OUTER), (lower, upper, BAND * 0.6, FAN_INNER)] {
        if from != DateQuantile::AfterEnd {
            // A day is too thin to be seen.
            let right = x(to).max(x(from) + 2.0);
            let frame = Frame { left: x(from), right, top: middle - half, bottom: middle + half };
            page.block(frame, fill);
        }
    }
    if let DateQuantile::On(date) = median {
        let x = time.x(date);
        page.line(vec![(x, middle - BAND), (x, middle + BAND)], MEDIAN_LINE);
    }
    page.text(&share(site), (time.right() + LABEL_GAP, middle), NOTE, Align::Left);
}

/// What is said to the right of a strip.
fn share(site: &Handover) -> String {
    let median = match site.dates[2] {
        DateQuantile::On(date) => text::date(date),
        DateQuantile::AfterEnd => "mostly kept".to_owned(),
    };
    format!("{median}; {} by the end", format::percent(&site.end))
}

fn describe(sites: &[&Handover], caption: &Caption) -> String {
    let mut words = format!("Scenario: {}.", caption.scenario);
    for site in sites {
        words += &format!(
            " {}: {} of histories by {}",
            site.label,
            format::share(&site.end),
            text::date(caption.end)
        );
        words += &match site.dates[2] {
            DateQuantile::On(date) => format!(", median {}.", text::date(date)),
            DateQuantile::AfterEnd => ", in most not at all.".to_owned(),
        };
    }
    words
}
