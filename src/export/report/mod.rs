//! The report: one HTML file that needs nothing beside it, for someone with two minutes and then questions.
//!
//! `page.html` says where everything stands; each section has a file that prepares what it shows. The template
//! escapes every text. What it does not escape is made here: figures, which escape their own texts, styles and
//! script, and the figures' values as JSON. A content security policy lets the page load nothing, and run nothing
//! but the one script whose hash it names.

mod answer;
mod drivers;
mod figures;
mod limits;
mod plain;
mod provenance;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Read;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::export::chart::text::{BOLD, REGULAR};
use crate::export::chart::{self, ChartError, Figure};
use crate::export::ledger;
use crate::export::manifest::Manifest;
use crate::results::Results;

/// Its name in the folder of a run.
pub const REPORT: &str = "report.html";

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("crosshair.js");

/// Why there is no report.
#[derive(Debug)]
pub enum ReportError {
    /// A figure could not be drawn.
    Chart(ChartError),
    /// The template could not be filled.
    Template(minijinja::Error),
}

/// A table; the first cell of each row is its heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Table {
    caption: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Places of rows that paper can do without.
    between: Vec<usize>,
}

/// What the template shows.
#[derive(Serialize)]
struct Page {
    title: String,
    what_was_run: String,
    policy: String,
    style: Value,
    script: Value,
    answer: answer::Answer,
    figures: Vec<figures::Shown>,
    drivers: drivers::Drivers,
    ledger: ledger::Ledger,
    limits: Vec<String>,
    provenance: provenance::Provenance,
}

/// The report of a run, a whole HTML document: the same bytes for the same results.
///
/// `manifest` is that of the run; `replicates` its `replicates.csv`, from which the report tells what drives the
/// result, or `None` where there is none.
///
/// # Errors
/// A figure cannot be drawn.
pub fn html(
    results: &Results,
    manifest: &Manifest,
    replicates: Option<impl Read>,
) -> Result<String, ReportError> {
    let figures = chart::figures(results).map_err(ReportError::Chart)?;
    let style = style(&figures);
    let page = Page {
        title: results.legend.title.clone(),
        what_was_run: plain::what_was_run(results),
        policy: policy(&style),
        answer: answer::answer(results),
        drivers: drivers::drivers(results, replicates),
        ledger: ledger::ledger(&results.legend),
        limits: limits::limits(results),
        provenance: provenance::provenance(results, manifest),
        figures: figures.into_iter().map(|figure| figures::shown(results, figure)).collect(),
        style: Value::from_safe_string(style),
        script: Value::from_safe_string(SCRIPT.to_owned()),
    };
    fill(&page).map_err(ReportError::Template)
}

fn fill(page: &Page) -> Result<String, minijinja::Error> {
    let mut templates = Environment::new();
    // What a template asks for and does not get is a mistake here, not an empty place.
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    // Everything is escaped as HTML because of the name.
    templates.add_template("page.html", PAGE)?;
    templates.get_template("page.html")?.render(Serde(page))
}

/// The page's style; figures are drawn once, and their colours turned over on dark screens. Their font is in it, for
/// in another one their words would not fit.
fn style(figures: &[Figure]) -> String {
    let mut style = STYLE.to_owned();
    for (weight, font) in [("normal", REGULAR), ("bold", BOLD)] {
        style += &format!(
            "@font-face {{ font-family: Roboto; font-weight: {weight}; src: url(data:font/ttf;base64,{}); }}\n",
            base64(font)
        );
    }
    style.push_str("@media screen and (prefers-color-scheme: dark) {\n");
    for (light, dark) in chart::dark_colours(figures) {
        for paint in ["fill", "stroke"] {
            style += &format!(".plot [{paint}=\"{light}\"] {{ {paint}: {dark}; }}\n");
        }
    }
    style.push_str("}\n");
    style
}

/// Nothing may be loaded, and of what stands in the page only this style and the script take effect.
fn policy(style: &str) -> String {
    let (style, script) = (hash(style), hash(SCRIPT));
    format!(
        "default-src 'none'; style-src '{style}'; script-src '{script}'; img-src data:; font-src data:; \
         base-uri 'none'; form-action 'none'"
    )
}

/// The hash of a content, as content security policies name what they allow.
fn hash(content: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(content)))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, k| bits << 8 | three.get(k).map_or(0, |byte| u32::from(*byte)));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chart(_) => write!(f, "a figure of the report could not be drawn"),
            Self::Template(_) => write!(f, "the report's page could not be filled"),
        }
    }
}

impl std::error::Error for ReportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Chart(error) => Some(error),
            Self::Template(error) => Some(error),
        }
    }
}
