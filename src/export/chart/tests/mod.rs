//! Every figure on likely and unlikely data: well-formed, nothing overlapping, the same each time.

mod difference;
mod hindcast;
mod likely;
mod odd;
mod places;
mod run;
mod samples;
mod sweep;
mod tornado;

use resvg::usvg::{Group, Node, Rect};

use super::style::WIDTH;
use super::{ChartError, Figure, PNG_WIDTH, parse, png};

/// Set to a folder to have every picture of these tests written there, to be looked at.
const PICTURES: &str = "DRAWDOWN_PICTURES";

/// A text and the box it fills, as resvg lays it out.
struct Placed {
    words: String,
    frame: Rect,
}

/// Everything that must hold for any figure; returns it.
fn sound(figure: Result<Option<Figure>, ChartError>) -> Figure {
    let figure = figure.unwrap().expect("there is something to draw");
    keep(&figure);
    let tree = parse(&figure).unwrap();
    assert_eq!(f64::from(tree.size().width()), WIDTH);
    let texts = texts(tree.root());
    assert_eq!(texts.len(), figure.svg.matches("<text").count(), "a text has no box");
    for (place, text) in texts.iter().enumerate() {
        let (left, right) = (text.frame.left(), text.frame.right());
        assert!(
            left >= 0.0 && f64::from(right) <= WIDTH,
            "{:?} leaves the page: {left}..{right}",
            text.words
        );
        assert!(text.frame.bottom() <= tree.size().height(), "{:?} is below the page", text.words);
        for other in &texts[..place] {
            let apart = overlap(&text.frame, &other.frame);
            assert!(!apart, "{}: {:?} overlaps {:?}", figure.name, text.words, other.words);
        }
    }
    for (drawn, page) in shapes(tree.root()).iter().map(|shape| (shape, tree.size())) {
        let inside = drawn.left() >= 0.0
            && drawn.top() >= 0.0
            && drawn.right() <= page.width()
            && drawn.bottom() <= page.height();
        assert!(inside, "{}: something is drawn off the page, at {drawn:?}", figure.name);
    }
    for word in ["NaN", "inf<", "inf ", "i32"] {
        assert!(!figure.svg.contains(word), "{} holds {word:?}", figure.name);
    }
    figure
}

/// Boxes that share more than the rounding of plotters' coordinates (a quarter of a pixel at each end).
fn overlap(a: &Rect, b: &Rect) -> bool {
    const GRAIN: f32 = 0.5;
    let across = a.right().min(b.right()) - a.left().max(b.left());
    let down = a.bottom().min(b.bottom()) - a.top().max(b.top());
    across > GRAIN && down > GRAIN
}

fn texts(group: &Group) -> Vec<Placed> {
    let mut found = Vec::new();
    for node in group.children() {
        match node {
            Node::Group(inner) => found.extend(texts(inner)),
            Node::Text(text) => {
                let words: String = text.chunks().iter().map(|chunk| chunk.text()).collect();
                found.push(Placed { words: words.trim().to_owned(), frame: text.abs_bounding_box() });
            }
            Node::Path(_) | Node::Image(_) => {}
        }
    }
    found
}

fn shapes(group: &Group) -> Vec<Rect> {
    let mut found = Vec::new();
    for node in group.children() {
        match node {
            Node::Group(inner) => found.extend(shapes(inner)),
            Node::Path(path) => found.push(path.abs_stroke_bounding_box()),
            Node::Text(_) | Node::Image(_) => {}
        }
    }
    found
}

fn words(figure: &Figure) -> Vec<String> {
    texts(parse(figure).unwrap().root()).into_iter().map(|text| text.words).collect()
}

/// Writes a figure where a person asked to look at it.
fn keep(figure: &Figure) {
    if let Ok(folder) = std::env::var(PICTURES) {
        let test = std::thread::current().name().unwrap_or("main").rsplit("::").next().unwrap().to_owned();
        let stem = std::path::Path::new(&folder).join(format!("{test}-{}", figure.name));
        std::fs::write(stem.with_extension("png"), png(figure, PNG_WIDTH).unwrap()).unwrap();
        std::fs::write(stem.with_extension("svg"), &figure.svg).unwrap();
    }
}
