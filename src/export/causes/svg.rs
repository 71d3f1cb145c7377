//! What depends on what, as a picture.

use std::collections::BTreeSet;

use plotters::style::RGBColor;

use super::layout::{Layout, Sketch, place};
use super::{Diagram, Edge, Node, View, diagram};
use crate::export::chart::page::escape;
use crate::export::chart::style::{
    ANNOUNCED, AXIS, FAN_MEDIAN, FOOTER, GRID, INK, KEY, LEADER, NAME, PAPER, QUIET, SUBTITLE, TITLE, Type,
};
use crate::export::chart::text::{FAMILY, width};
use crate::results::format::count;
use crate::study::Causes;
use crate::study::causes::{Kind, Sign};

const MARGIN: f64 = 32.0;
/// Where the diagram begins, below the words.
const TOP: f64 = 128.0;
/// Height of a node.
const BOX: f64 = 25.0;
/// From a node's border to its words.
const INSIDE: f64 = 9.0;
/// Words may be set in a wider font than they were measured in.
const ROOMY: f64 = 1.1;
/// No narrower: the key stands above.
const NARROWEST: f64 = 720.0;

/// A diagram of causes and effects in layers, causes on the left.
pub fn svg(causes: &Causes, view: View) -> String {
    let diagram = diagram(causes, view);
    let sketch = Sketch {
        widths: diagram
            .nodes
            .iter()
            .map(|node| (ROOMY * width(&node.id, look(node)) + 2.0 * INSIDE).round())
            .collect(),
        edges: diagram.edges.iter().map(|edge| (edge.from, edge.to)).collect(),
    };
    let layout = place(&sketch);
    let wide = (layout.width + 2.0 * MARGIN).max(NARROWEST);
    let high = TOP + layout.height + 2.0 * MARGIN;
    let mut out = head(&diagram, (wide, high), causes.states);
    for (edge, bends) in diagram.edges.iter().zip(&layout.bends) {
        push_edge(&mut out, edge, &sketch, &layout, bends);
    }
    for (at, node) in diagram.nodes.iter().enumerate() {
        push_signs(&mut out, &diagram, at, layout.nodes[at]);
        push_node(&mut out, node, layout.nodes[at], sketch.widths[at]);
    }
    out + "</svg>\n"
}

fn head(diagram: &Diagram, (wide, high): (f64, f64), states: usize) -> String {
    let (title, subtitle) = (escape(&diagram.title), escape(&diagram.subtitle));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" viewBox=\"0 0 {wide:.0} \
         {high:.0}\" role=\"img\" aria-labelledby=\"causes-title causes-desc\" font-family=\"{FAMILY}\">\n\
         <title id=\"causes-title\">{title}</title>\n<desc id=\"causes-desc\">{subtitle}: {} things and {} arrows from \
         causes to effects</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        diagram.nodes.len(),
        diagram.edges.len(),
        hex(PAPER)
    );
    push_text(&mut out, (MARGIN, 46.0), &diagram.title, TITLE, "");
    push_text(&mut out, (MARGIN, 70.0), &diagram.subtitle, SUBTITLE, "");
    let keys = [(Sign::Raises, "more means more"), (Sign::Lowers, "more means less")];
    let keys = keys
        .into_iter()
        .chain([(Sign::Either, "either way"), (Sign::None, "no difference seen, or never varies")]);
    let mut x = MARGIN;
    for (sign, words) in keys {
        let stroke = stroke(sign);
        out += &format!("<path d=\"M{x:.1} 96h30\" fill=\"none\" {stroke}/>\n");
        let colour = Type { bold: true, ..KEY }.coloured(colour(sign));
        let symbol = if sign == Sign::None { "0 ?" } else { sign.symbol() };
        push_text(&mut out, (x + 36.0, 100.5), symbol, colour, "");
        let after = x + 42.0 + ROOMY * width(symbol, colour);
        push_text(&mut out, (after, 100.5), words, KEY, "");
        x = after + ROOMY * width(words, KEY) + 24.0;
    }
    let foot = format!(
        "Signs by finite differences at {} states that histories visit. Dashed arrows go against the order: they close a circle.",
        count(states as u64)
    );
    push_text(&mut out, (MARGIN, high - 14.0), &foot, FOOTER, "");
    out
}

/// From the right of the cause to the left of the effect, through a bend in each layer between.
fn push_edge(out: &mut String, edge: &Edge, sketch: &Sketch, layout: &Layout, bends: &[(f64, f64, f64)]) {
    let (from, to) = (layout.nodes[edge.from], layout.nodes[edge.to]);
    let (x0, y0) = (MARGIN + from.0 + sketch.widths[edge.from], TOP + from.1);
    let (x1, y1) = (MARGIN + to.0, TOP + to.1);
    let tip = x1 - 6.0;
    let mut path = format!("M{x0:.1} {y0:.1}");
    let mut at = (x0, y0);
    let curve = |path: &mut String, at: &mut (f64, f64), x: f64, y: f64| {
        let middle = 0.5 * (at.0 + x);
        *path += &format!("C{middle:.1} {:.1} {middle:.1} {y:.1} {x:.1} {y:.1}", at.1);
        *at = (x, y);
    };
    let is_back = edge.from > edge.to;
    if is_back {
        // Out to the right, round, and in from the left.
        let bulge = 40.0;
        path += &format!("C{:.1} {y0:.1} {:.1} {y1:.1} {tip:.1} {y1:.1}", x0 + bulge, tip - bulge);
    } else {
        for (left, right, y) in bends {
            curve(&mut path, &mut at, MARGIN + left, TOP + y);
            path += &format!("H{:.1}", MARGIN + right);
            at.0 = MARGIN + right;
        }
        curve(&mut path, &mut at, tip, y1);
    }
    let (stroke, fill) = (stroke(edge.sign), hex(colour(edge.sign)));
    let dashed = if is_back { " stroke-dasharray=\"5 3\"" } else { "" };
    *out += &format!("<path d=\"{path}\" fill=\"none\" {stroke}{dashed}/>\n");
    *out += &format!("<path d=\"M{x1:.1} {y1:.1}l-8 -3.6v7.2z\" fill=\"{fill}\"/>\n");
}

/// The signs of all arrows that reach a node, at its left.
fn push_signs(out: &mut String, diagram: &Diagram, node: usize, (left, middle): (f64, f64)) {
    let reaching = diagram.edges.iter().filter(|edge| edge.to == node);
    let signs: BTreeSet<Sign> = reaching.map(|edge| edge.sign).collect();
    let mut x = MARGIN + left - 8.0;
    for sign in signs.into_iter().rev() {
        let look = Type { bold: true, ..FOOTER }.coloured(colour(sign));
        x -= width(sign.symbol(), look) + 2.0;
        push_text(out, (x, TOP + middle - 5.0), sign.symbol(), look, "");
    }
}

fn push_node(out: &mut String, node: &Node, (left, middle): (f64, f64), wide: f64) {
    let (x, y) = (MARGIN + left, TOP + middle - 0.5 * BOX);
    let (fill, border) = match node.kind {
        Kind::Indicator | Kind::Milestone => (RGBColor(255, 243, 214), INK),
        Kind::Variable | Kind::Parameter => (PAPER, LEADER),
        Kind::Theatre | Kind::Site | Kind::Phase | Kind::People => (RGBColor(226, 237, 247), AXIS),
        Kind::State | Kind::Attacks | Kind::Stock | Kind::Shock => (GRID, AXIS),
    };
    *out += &format!(
        "<g><title>{}</title><rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{BOX}\" rx=\"4\" fill=\"{}\" \
         stroke=\"{}\"/>\n",
        escape(&node.about),
        hex(fill),
        hex(border)
    );
    push_text(out, (x + INSIDE, y + 17.0), &node.id, look(node), "</g>");
}

/// How a node's words look.
fn look(node: &Node) -> Type {
    match node.kind {
        Kind::Indicator | Kind::Milestone => NAME,
        Kind::Parameter => KEY.coloured(QUIET),
        _ => KEY,
    }
}

fn push_text(out: &mut String, (x, y): (f64, f64), words: &str, look: Type, after: &str) {
    let weight = if look.bold { " font-weight=\"bold\"" } else { "" };
    let (size, fill, words) = (look.size, hex(look.colour), escape(words));
    *out += &format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\"{weight} fill=\"{fill}\">{words}</text>{after}\n"
    );
}

fn colour(sign: Sign) -> RGBColor {
    match sign {
        Sign::Raises => FAN_MEDIAN,
        Sign::Lowers => ANNOUNCED,
        Sign::Either => QUIET,
        Sign::None | Sign::Unknown => LEADER,
    }
}

fn stroke(sign: Sign) -> String {
    let width = if matches!(sign, Sign::Raises | Sign::Lowers) { 1.4 } else { 1.0 };
    format!("stroke=\"{}\" stroke-width=\"{width}\" stroke-opacity=\"0.75\"", hex(colour(sign)))
}

fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}
