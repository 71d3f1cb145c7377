//! No two words of a figure touch and none leaves it, in any figure of any shipped scenario.
//!
//! Boxes are computed from the SVG alone and the advances in the font's own tables, apart from how figures measure
//! text. Kerning is left out; it only brings letters nearer.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use drawdown::export::chart::{self, Figure};
use drawdown::{Results, Run, Scenario};
use resvg::usvg::roxmltree::{Document, Node};
use ttf_parser::Face;

const REGULAR: &[u8] = include_bytes!("../../src/export/chart/fonts/Roboto-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../src/export/chart/fonts/Roboto-Bold.ttf");

/// Roboto's capitals above, and its `g` below, the line they stand on, in ems.
const ABOVE: f64 = 0.72;
const BELOW: f64 = 0.22;
/// Coordinates are rounded to a quarter of a pixel at either end.
const ROUNDING: f64 = 0.5;

/// A text and the box it fills, in pixels.
struct Words {
    text: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Words { text, left, right, top, bottom } = self;
        write!(f, "`{text}` ({left:.1} to {right:.1} across, {top:.1} to {bottom:.1} down)")
    }
}

/// What is wrong with the words of a figure.
fn faults(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let root = document.root_element();
    let size = |name| number(&root, name);
    let view: Vec<f64> =
        root.attribute("viewBox").unwrap().split(' ').map(|part| part.parse().unwrap()).collect();
    let grain = view[2] / size("width");
    let words: Vec<Words> = root
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .map(|node| measured(&node, grain))
        .collect();
    assert!(!words.is_empty());
    let mut found = Vec::new();
    for (at, one) in words.iter().enumerate() {
        if one.left < -ROUNDING
            || one.top < -ROUNDING
            || one.right > size("width") + ROUNDING
            || one.bottom > size("height") + ROUNDING
        {
            found.push(format!("{one} leaves the picture"));
        }
        for other in &words[..at] {
            let across = one.right.min(other.right) - one.left.max(other.left);
            let down = one.bottom.min(other.bottom) - one.top.max(other.top);
            if across > ROUNDING && down > ROUNDING {
                found.push(format!("{one} lies on {other}"));
            }
        }
    }
    found
}

fn measured(node: &Node<'_, '_>, grain: f64) -> Words {
    let text = node.text().unwrap_or_default().to_owned();
    let size = number(node, "font-size");
    let face = match node.attribute("font-weight") {
        Some("bold") => Face::parse(BOLD, 0).unwrap(),
        None | Some("normal") => Face::parse(REGULAR, 0).unwrap(),
        Some(other) => panic!("no font is {other}"),
    };
    let advance = |c: char| {
        let glyph = face.glyph_index(c).unwrap_or_default();
        f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) / f64::from(face.units_per_em())
    };
    let width: f64 = text.chars().map(advance).sum::<f64>() * size;
    let dy: f64 = node.attribute("dy").unwrap().strip_suffix("em").unwrap().parse().unwrap();
    let (x, y) = (number(node, "x"), number(node, "y"));
    let left = match node.attribute("text-anchor") {
        Some("start") | None => x,
        Some("middle") => x - width / 2.0,
        Some("end") => x - width,
        Some(other) => panic!("no anchor is {other}"),
    };
    let line = y + dy * size;
    let corners = [(left, line - ABOVE * size), (left + width, line + BELOW * size)];
    let corners = corners.map(|corner| turned(node, corner));
    let ends = |a: f64, b: f64| (a.min(b) / grain, a.max(b) / grain);
    let ((left, right), (top, bottom)) = (ends(corners[0].0, corners[1].0), ends(corners[0].1, corners[1].1));
    Words { text, left, right, top, bottom }
}

/// Where a text's rotation, by quarters, brings a point.
fn turned(node: &Node<'_, '_>, (x, y): (f64, f64)) -> (f64, f64) {
    let Some(transform) = node.attribute("transform") else { return (x, y) };
    let inside = transform.strip_prefix("rotate(").and_then(|rest| rest.strip_suffix(')')).unwrap();
    let parts: Vec<f64> =
        inside.split([',', ' ']).filter(|p| !p.is_empty()).map(|p| p.parse().unwrap()).collect();
    let [degrees, cx, cy] = parts[..] else { panic!("{transform}") };
    let (dx, dy) = (x - cx, y - cy);
    match degrees.rem_euclid(360.0) {
        0.0 => (x, y),
        90.0 => (cx - dy, cy + dx),
        180.0 => (cx - dx, cy - dy),
        270.0 => (cx + dy, cy - dx),
        _ => panic!("{transform} is no quarter"),
    }
}

fn number(node: &Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

/// Every scenario that is shipped, variants too.
fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match entry.extension() {
                _ if entry.is_dir() => folders.push(entry),
                Some(extension) if extension == "toml" => found.push(entry),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// A quick look at a scenario: what is drawn hangs on names and shapes more than on numbers.
fn quick_look(path: &Path) -> Results {
    let scenario = Scenario::open(path).and_then(|scenario| scenario.with("step", "1 week"));
    let model = scenario.and_then(|scenario| scenario.compile()).unwrap_or_else(|e| panic!("{e}"));
    Run::new(&model).replicates(128).start().unwrap()
}

fn told(path: &Path, figures: &[Figure]) -> Vec<String> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let of_figure = |figure: &Figure| {
        let faults = faults(&figure.svg).into_iter();
        faults.map(|fault| format!("{name}, {}: {fault}", figure.name)).collect::<Vec<_>>()
    };
    figures.iter().flat_map(of_figure).collect()
}

#[test]
fn no_words_touch_in_any_figure_of_any_shipped_scenario() {
    let (mut found, mut names) = (Vec::new(), BTreeSet::new());
    let scenarios = shipped();
    assert!(scenarios.len() >= 14, "{scenarios:?}");
    for path in &scenarios {
        let results = quick_look(path);
        let figures = chart::figures(&results).unwrap();
        names.extend(figures.iter().map(|figure| figure.name.clone()));
        found.extend(told(path, &figures));
    }
    for expected in ["troops", "posture", "map", "handover", "risks", "attacks", "casualties", "milestones"] {
        assert!(names.contains(expected), "nothing drew {expected}: {names:?}");
    }
    assert!(found.is_empty(), "{} faults\n{}", found.len(), found.join("\n"));
}

#[test]
fn no_words_touch_in_a_figure_of_any_signal() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/afghanistan-2021.toml");
    let results = quick_look(&path);
    let figures: Vec<Figure> =
        results.signals().filter_map(|series| chart::signal(&results, &series).unwrap()).collect();
    assert!(figures.len() > 50, "{}", figures.len());
    let found = told(&path, &figures);
    assert!(found.is_empty(), "{} faults\n{}", found.len(), found.join("\n"));
}

#[test]
fn words_that_touch_or_leave_are_found() {
    let svg = |texts: &[&str]| {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"50\" viewBox=\"0 0 400 200\">{}</svg>",
            texts.concat()
        )
    };
    let text = |x: u32, y: u32, more: &str| {
        format!("<text x=\"{x}\" y=\"{y}\" dy=\"0.33em\" font-size=\"40\" {more}>words</text>")
    };
    // Five letters of 10 pixels are some 28 wide: 112 of these units.
    let here = text(40, 100, "");
    let apart = text(160, 100, "text-anchor=\"start\"");
    assert_eq!(faults(&svg(&[&here, &apart])), Vec::<String>::new());
    let touching = |other: &str| {
        let found = faults(&svg(&[&here, other]));
        assert!(found.len() == 1 && found[0].contains("lies on"), "{other}: {found:?}");
    };
    touching(&text(120, 100, ""));
    touching(&text(40, 120, "font-weight=\"bold\""));
    touching(&text(240, 100, "text-anchor=\"end\""));
    touching(&text(190, 100, "text-anchor=\"middle\""));
    touching(&text(100, 40, "transform=\"rotate(90, 100, 40)\""));
    assert_eq!(
        faults(&svg(&[&here, &text(200, 40, "transform=\"rotate(90, 200, 40)\"")])),
        Vec::<String>::new()
    );
    for leaving in [text(320, 100, ""), text(40, 190, ""), text(100, 100, "text-anchor=\"end\"")] {
        let found = faults(&svg(&[&leaving]));
        assert!(found.len() == 1 && found[0].contains("leaves"), "{leaving}: {found:?}");
    }
}
