//! What depends on what, in the language of Graphviz.

use super::{View, diagram};
use crate::study::Causes;
use crate::study::causes::{Kind, Sign};

/// A directed graph: an edge's label and colour are its sign.
pub fn dot(causes: &Causes, view: View) -> String {
    let diagram = diagram(causes, view);
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut out = format!(
        "digraph {} {{\n  rankdir=LR\n  label={}\n  node [shape=box style=rounded fontname=\"Roboto, Arial\" fontsize=11]\n  \
         edge [fontname=\"Roboto, Arial\" fontsize=10]\n",
        quoted(&diagram.subtitle),
        quoted(&diagram.title)
    );
    for node in &diagram.nodes {
        let shape = match node.kind {
            Kind::Indicator | Kind::Milestone => " penwidth=2",
            Kind::Parameter => " color=gray",
            _ => "",
        };
        out += &format!("  {} [tooltip={}{shape}]\n", quoted(&node.id), quoted(&node.about));
    }
    for edge in &diagram.edges {
        let (from, to) = (&diagram.nodes[edge.from].id, &diagram.nodes[edge.to].id);
        let colour = match edge.sign {
            Sign::Raises => "#003A68",
            Sign::Lowers => "#B24200",
            Sign::Either => "#5B636E",
            Sign::None | Sign::Unknown => "#B0B6BE",
        };
        out += &format!(
            "  {} -> {} [label={} color=\"{colour}\" fontcolor=\"{colour}\"]\n",
            quoted(from),
            quoted(to),
            quoted(edge.sign.symbol())
        );
    }
    out + "}\n"
}
