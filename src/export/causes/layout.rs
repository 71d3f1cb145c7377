//! Where the nodes of a diagram stand: in layers from causes to effects, with few crossings.
//!
//! Layers by longest paths, nodes of a layer ordered by the mean place of their neighbours, back and forth
//! (Sugiyama, Tagawa and Toda, *IEEE Transactions on Systems, Man, and Cybernetics* 11, 1981). An arrow over several
//! layers passes through a bend in each, which takes part in the ordering. An arrow against the order, which closes
//! a circle, takes no part.

/// What is to be placed. Nodes stand causes before effects.
pub struct Sketch {
    /// Widths of the nodes.
    pub widths: Vec<f64>,
    /// From and to.
    pub edges: Vec<(usize, usize)>,
}

/// Where everything stands.
pub struct Layout {
    /// Left edge and middle height of each node.
    pub nodes: Vec<(f64, f64)>,
    /// Bends of each edge between its ends, from left to right: left and right of the layer, and the height.
    pub bends: Vec<Vec<(f64, f64, f64)>>,
    pub width: f64,
    pub height: f64,
}

/// Height of a node with the room around it.
const NODE_ROW: f64 = 36.0;
/// The same of a bend.
const BEND_ROW: f64 = 13.0;
/// Between two layers.
const GAP: f64 = 92.0;
const SWEEPS: usize = 12;

/// A place in a layer: a node, or a bend of an edge.
struct Slot {
    layer: usize,
    height: f64,
    y: f64,
    /// Slots it is joined to, in the layer before and in the layer after.
    before: Vec<usize>,
    after: Vec<usize>,
}

/// Places everything.
pub fn place(sketch: &Sketch) -> Layout {
    let layers_of = layers(sketch);
    let mut slots: Vec<Slot> = layers_of.iter().map(|layer| Slot::new(*layer, NODE_ROW)).collect();
    let chains: Vec<Vec<usize>> =
        sketch.edges.iter().map(|edge| chain(*edge, &layers_of, &mut slots)).collect();
    let count = slots.iter().map(|slot| slot.layer + 1).max().unwrap_or(0);
    let mut layers: Vec<Vec<usize>> = vec![Vec::new(); count];
    slots.iter().enumerate().for_each(|(at, slot)| layers[slot.layer].push(at));
    for layer in &layers {
        stack(layer, &mut slots);
    }
    for sweep in 0..SWEEPS {
        let forwards = sweep % 2 == 0;
        for step in 0..count {
            let layer = if forwards { step } else { count - 1 - step };
            order(&mut layers[layer], &mut slots, forwards);
        }
    }
    for sweep in 0..SWEEPS {
        for step in 0..count {
            let layer = if sweep % 2 == 0 { step } else { count - 1 - step };
            settle(&layers[layer], &mut slots);
        }
    }
    finish(sketch, &layers, &slots, &chains)
}

impl Slot {
    fn new(layer: usize, height: f64) -> Self {
        Self { layer, height, y: 0.0, before: Vec::new(), after: Vec::new() }
    }

    /// The mean height of what it is joined to.
    fn middle(&self, slots: &[Slot], neighbours: &[usize]) -> Option<f64> {
        let sum: f64 = neighbours.iter().map(|at| slots[*at].y).sum();
        (!neighbours.is_empty()).then(|| sum / neighbours.len() as f64)
    }
}

/// The longest way to each node from one that nothing acts on; then each as near to its effects as can be.
fn layers(sketch: &Sketch) -> Vec<usize> {
    let mut layers = vec![0; sketch.widths.len()];
    for to in 0..layers.len() {
        let causes = sketch.edges.iter().filter(|(from, one)| *one == to && *from < to);
        layers[to] = causes.map(|(from, _)| layers[*from] + 1).max().unwrap_or(0);
    }
    for from in (0..layers.len()).rev() {
        let effects = sketch.edges.iter().filter(|(one, to)| *one == from && *to > from);
        if let Some(nearest) = effects.map(|(_, to)| layers[*to] - 1).min() {
            layers[from] = nearest;
        }
    }
    layers
}

/// Slots from the end in the lower layer to the end in the higher, with a bend in each layer between.
fn chain((from, to): (usize, usize), layers: &[usize], slots: &mut Vec<Slot>) -> Vec<usize> {
    let (low, high) = if layers[from] <= layers[to] { (from, to) } else { (to, from) };
    let mut chain = vec![low];
    for layer in layers[low] + 1..layers[high] {
        slots.push(Slot::new(layer, BEND_ROW));
        chain.push(slots.len() - 1);
    }
    chain.push(high);
    if layers[low] < layers[high] {
        for pair in chain.windows(2) {
            slots[pair[0]].after.push(pair[1]);
            slots[pair[1]].before.push(pair[0]);
        }
    }
    chain
}

/// Puts the slots of a layer under one another, around 0.
fn stack(layer: &[usize], slots: &mut [Slot]) {
    let total: f64 = layer.iter().map(|at| slots[*at].height).sum();
    let mut y = -0.5 * total;
    for at in layer {
        slots[*at].y = y + 0.5 * slots[*at].height;
        y += slots[*at].height;
    }
}

fn order(layer: &mut [usize], slots: &mut [Slot], forwards: bool) {
    let wish = |at: usize| {
        let slot = &slots[at];
        let neighbours = if forwards { &slot.before } else { &slot.after };
        slot.middle(slots, neighbours).unwrap_or(slot.y)
    };
    // A stable sort: equals stay.
    layer.sort_by(|a, b| wish(*a).total_cmp(&wish(*b)));
    stack(layer, slots);
}

/// Moves the slots of a layer towards their neighbours; none comes nearer to another than it may.
fn settle(layer: &[usize], slots: &mut [Slot]) {
    let wishes: Vec<f64> = layer
        .iter()
        .map(|at| {
            let slot = &slots[*at];
            let all: Vec<usize> = slot.before.iter().chain(&slot.after).copied().collect();
            slot.middle(slots, &all).unwrap_or(slot.y)
        })
        .collect();
    let gap = |a: usize, b: usize| 0.5 * (slots[layer[a]].height + slots[layer[b]].height);
    // The mean of the places pushed down as far as need be, and of those pushed up.
    let mut down = wishes.clone();
    for at in 1..down.len() {
        down[at] = down[at].max(down[at - 1] + gap(at - 1, at));
    }
    let mut up = wishes;
    for at in (1..up.len()).rev() {
        up[at - 1] = up[at - 1].min(up[at] - gap(at - 1, at));
    }
    for (at, (down, up)) in layer.iter().zip(down.iter().zip(&up)) {
        slots[*at].y = 0.5 * (down + up);
    }
}

fn finish(sketch: &Sketch, layers: &[Vec<usize>], slots: &[Slot], chains: &[Vec<usize>]) -> Layout {
    let nodes = sketch.widths.len();
    let wide = |layer: &Vec<usize>| {
        layer.iter().filter(|at| **at < nodes).map(|at| sketch.widths[*at]).fold(0.0, f64::max)
    };
    let widths: Vec<f64> = layers.iter().map(wide).collect();
    let mut lefts = Vec::new();
    let mut x = 0.0;
    for width in &widths {
        lefts.push(x);
        x += width + GAP;
    }
    let top = slots.iter().map(|slot| slot.y - 0.5 * slot.height).fold(f64::INFINITY, f64::min);
    let bottom = slots.iter().map(|slot| slot.y + 0.5 * slot.height).fold(f64::NEG_INFINITY, f64::max);
    let bend = |at: &usize| {
        let left = lefts[slots[*at].layer];
        (left, left + widths[slots[*at].layer], slots[*at].y - top)
    };
    Layout {
        nodes: slots[..nodes].iter().map(|slot| (lefts[slot.layer], slot.y - top)).collect(),
        bends: chains.iter().map(|chain| chain[1..chain.len() - 1].iter().map(bend).collect()).collect(),
        width: (x - GAP).max(0.0),
        height: (bottom - top).max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_stand_left_of_effects_and_nothing_on_anything() {
        // A diamond, a long arrow, a circle and a node by itself.
        let edges = vec![(0, 1), (0, 2), (1, 3), (2, 3), (0, 4), (3, 4), (4, 1)];
        let layout =
            place(&Sketch { widths: vec![50.0, 60.0, 70.0, 80.0, 90.0, 40.0], edges: edges.clone() });
        for (from, to) in edges.iter().filter(|(from, to)| from < to) {
            assert!(layout.nodes[*from].0 < layout.nodes[*to].0, "{from} {to}");
        }
        assert_eq!(layout.bends[4].len(), 2, "over two layers");
        for (a, (x, y)) in layout.nodes.iter().enumerate() {
            assert!(*y >= 0.0 && *y <= layout.height && *x <= layout.width);
            for (other_x, other_y) in &layout.nodes[a + 1..] {
                assert!(x != other_x || (y - other_y).abs() >= NODE_ROW - 1e-9);
            }
        }
    }

    #[test]
    fn arrows_that_need_not_cross_do_not() {
        let layout = place(&Sketch { widths: vec![10.0; 6], edges: vec![(0, 5), (1, 4), (2, 3)] });
        let heights: Vec<f64> = layout.nodes.iter().map(|(_, y)| *y).collect();
        assert_eq!(heights[..3], [heights[5], heights[4], heights[3]]);
    }
}
