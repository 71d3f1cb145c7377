//! What depends on what, as words, as a graph for other programs (DOT) and as a picture (SVG).

mod dot;
mod layout;
mod svg;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use crate::study::Causes;
use crate::study::causes::{Kind, Sign, order};

pub use dot::dot;
pub use svg::svg;
pub use text::{text, tree};

/// What of a scenario a diagram shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// A thing, by its place: it and all that acts on it, directly or not. `None` for everything.
    pub of: Option<usize>,
    /// How many steps from it at most.
    pub depth: Option<usize>,
    /// Parameters, too.
    pub parameters: bool,
    /// Sites by themselves, not as part of their theatre.
    pub sites: bool,
}

/// What is drawn.
struct Diagram {
    title: String,
    subtitle: String,
    /// Causes before effects.
    nodes: Vec<Node>,
    /// Places of nodes, each pair once.
    edges: Vec<Edge>,
}

struct Node {
    id: String,
    kind: Kind,
    /// What it is, in full.
    about: String,
}

#[derive(Clone, Copy)]
struct Edge {
    from: usize,
    to: usize,
    sign: Sign,
}

/// For people: `stock`.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Parameter => "parameter",
        Kind::Theatre => "theatre",
        Kind::Site => "site",
        Kind::Phase => "phase",
        Kind::State => "state",
        Kind::Attacks => "attacks",
        Kind::Stock => "stock",
        Kind::Shock => "shock",
        Kind::Variable => "variable",
        Kind::Indicator => "indicator",
        Kind::Milestone => "milestone",
        Kind::People => "people",
    }
}

fn about(causes: &Causes, thing: usize) -> String {
    let thing = &causes.things[thing];
    let label = if thing.label.is_empty() { String::new() } else { format!(": {}", thing.label) };
    format!("{}, {}{label}", thing.id, kind_name(thing.kind))
}

/// What a view shows: things that are not left out, sites folded into their theatres.
fn diagram(causes: &Causes, view: View) -> Diagram {
    let distance = distances(causes, view.of);
    let is_near =
        |thing: usize| distance[thing].is_some_and(|steps| view.depth.is_none_or(|most| steps <= most));
    let is_shown = |thing: usize| match causes.things[thing].kind {
        Kind::Parameter => view.parameters || view.of == Some(thing),
        _ => true,
    };
    let stand_in = |thing: usize| match causes.things[thing].kind {
        Kind::Site if !view.sites && view.of != Some(thing) => theatre_of(causes, thing),
        _ => thing,
    };
    let mut joined: BTreeMap<(usize, usize), Sign> = BTreeMap::new();
    for arrow in causes.arrows.iter().filter(|arrow| is_near(arrow.from) && is_near(arrow.to)) {
        let (from, to) = (stand_in(arrow.from), stand_in(arrow.to));
        if from != to && is_shown(from) && is_shown(to) {
            joined.entry((from, to)).and_modify(|sign| *sign = sign.and(arrow.sign)).or_insert(arrow.sign);
        }
    }
    // What nothing joins to anything says nothing.
    let ends = joined.keys().flat_map(|(from, to)| [*from, *to]).chain(view.of);
    let shown: Vec<usize> = ends.collect::<BTreeSet<usize>>().into_iter().collect();
    let among = |thing: usize| shown.binary_search(&thing).unwrap_or_default();
    // A part of the whole may have fewer circles, and another order.
    let pairs: Vec<(usize, usize)> = joined.keys().map(|(from, to)| (among(*from), among(*to))).collect();
    let shown: Vec<usize> = order(shown.len(), &pairs).into_iter().map(|at| shown[at]).collect();
    let place = |thing: usize| shown.iter().position(|one| *one == thing).unwrap_or_default();
    let of = view.of.map(|thing| format!("What acts on {}", causes.things[thing].id));
    Diagram {
        title: of.unwrap_or_else(|| "What depends on what".to_owned()),
        subtitle: causes.title.clone(),
        nodes: shown
            .iter()
            .map(|thing| Node {
                id: causes.things[*thing].id.clone(),
                kind: causes.things[*thing].kind,
                about: about(causes, *thing),
            })
            .collect(),
        edges: joined
            .into_iter()
            .map(|((from, to), sign)| Edge { from: place(from), to: place(to), sign })
            .collect(),
    }
}

/// Steps from each thing to the one looked at; `None` for what does not act on it.
fn distances(causes: &Causes, of: Option<usize>) -> Vec<Option<usize>> {
    let Some(of) = of else { return vec![Some(0); causes.things.len()] };
    let mut distances = vec![None; causes.things.len()];
    let mut edge = vec![of];
    let mut steps = 0;
    while !edge.is_empty() {
        for thing in &edge {
            distances[*thing] = Some(steps);
        }
        let behind = causes.arrows.iter().filter(|arrow| edge.contains(&arrow.to));
        let mut next: Vec<usize> =
            behind.map(|arrow| arrow.from).filter(|from| distances[*from].is_none()).collect();
        next.sort_unstable();
        next.dedup();
        edge = next;
        steps += 1;
    }
    distances
}

/// The theatre that a site's people count in; the site itself if there is none.
fn theatre_of(causes: &Causes, site: usize) -> usize {
    let counts = causes.arrows.iter().filter(|arrow| arrow.from == site && arrow.sign == Sign::Raises);
    let mut theatres = counts.map(|arrow| arrow.to).filter(|to| causes.things[*to].kind == Kind::Theatre);
    theatres.next().unwrap_or(site)
}
