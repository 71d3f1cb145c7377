//! Where names stand on a map: near their circles, on none of them, and never on one another.

use crate::export::chart::page::{Frame, Point};

/// A circle that wants its name beside it.
#[derive(Clone, Copy, Debug)]
pub struct Anchor {
    pub at: Point,
    pub radius: f64,
    /// Width and height of the name.
    pub size: (f64, f64),
}

const DIRECTIONS: usize = 16;
/// From the circle to the name, in pixels, tried in turn.
const GAPS: [f64; 8] = [3.0, 9.0, 16.0, 26.0, 38.0, 52.0, 70.0, 90.0];
/// Between two names.
const APART: f64 = 2.0;
/// Each name looks for a better place so many times.
const ROUNDS: usize = 8;
/// What is worse than being a pixel farther away.
const ON_A_NAME: f64 = 10_000.0;
const ON_A_CIRCLE: f64 = 300.0;
const LEADER_ON_A_NAME: f64 = 250.0;
const LEADERS_CROSS: f64 = 120.0;

/// The box of each name; `None` where it would lie on another. Those first in order have the first right.
pub fn places(anchors: &[Anchor], frame: &Frame) -> Vec<Option<Frame>> {
    let mut boxes: Vec<Option<Frame>> = vec![None; anchors.len()];
    for _ in 0..ROUNDS {
        for at in 0..anchors.len() {
            let cost = |place: &Frame| cost(anchors, &boxes, at, place);
            let best = candidates(&anchors[at], frame).min_by(|a, b| cost(a).total_cmp(&cost(b)));
            boxes[at] = best;
        }
    }
    for at in 0..boxes.len() {
        let lies = |place: Frame| boxes[..at].iter().flatten().any(|other| overlap(&place, other, APART));
        if boxes[at].is_some_and(lies) {
            boxes[at] = None;
        }
    }
    boxes
}

/// The point of a box that is nearest to a point.
pub fn nearest(place: &Frame, (x, y): Point) -> Point {
    (x.clamp(place.left, place.right), y.clamp(place.top, place.bottom))
}

/// Boxes around the circle that lie in the frame.
fn candidates(anchor: &Anchor, frame: &Frame) -> impl Iterator<Item = Frame> {
    let (anchor, frame) = (*anchor, *frame);
    let tried =
        GAPS.into_iter().flat_map(move |gap| (0..DIRECTIONS).map(move |which| (gap, direction(which))));
    let boxes = tried.map(move |(gap, (dx, dy))| {
        let (width, height) = anchor.size;
        let away = anchor.radius + gap;
        let middle = (anchor.at.0 + dx * (away + width / 2.0), anchor.at.1 + dy * (away + height / 2.0));
        Frame {
            left: middle.0 - width / 2.0,
            right: middle.0 + width / 2.0,
            top: middle.1 - height / 2.0,
            bottom: middle.1 + height / 2.0,
        }
    });
    boxes.filter(move |place| {
        place.left >= frame.left + APART
            && place.right <= frame.right - APART
            && place.top >= frame.top + APART
            && place.bottom <= frame.bottom - APART
    })
}

/// Around a square, the right side first: names beside a circle read best.
fn direction(which: usize) -> Point {
    let eighth = [(1.0, 0.0), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0)];
    let (x, y): Point = eighth[which % 4];
    match which / 4 {
        0 => (x, y),
        1 => (-y, x),
        2 => (-x, -y),
        _ => (y, -x),
    }
}

fn cost(anchors: &[Anchor], boxes: &[Option<Frame>], mine: usize, place: &Frame) -> f64 {
    let anchor = &anchors[mine];
    let end = nearest(place, anchor.at);
    let mut cost = distance(anchor.at, end) - anchor.radius;
    for (at, other) in anchors.iter().enumerate() {
        if distance(nearest(place, other.at), other.at) < other.radius + 1.0 {
            cost += ON_A_CIRCLE;
        }
        if at == mine {
            continue;
        }
        if let Some(name) = &boxes[at] {
            let their_end = nearest(name, other.at);
            let is_on = |yes: bool, price: f64| if yes { price } else { 0.0 };
            cost += is_on(overlap(place, name, APART), ON_A_NAME);
            cost +=
                is_on(crosses(anchor.at, end, name) || crosses(other.at, their_end, place), LEADER_ON_A_NAME);
            cost += is_on(cross(anchor.at, end, other.at, their_end), LEADERS_CROSS);
        }
    }
    cost
}

fn distance(a: Point, b: Point) -> f64 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

fn overlap(a: &Frame, b: &Frame, apart: f64) -> bool {
    a.left < b.right + apart
        && b.left < a.right + apart
        && a.top < b.bottom + apart
        && b.top < a.bottom + apart
}

/// Whether a line runs through a box.
fn crosses(from: Point, to: Point, place: &Frame) -> bool {
    let corners = [
        (place.left, place.top),
        (place.right, place.top),
        (place.right, place.bottom),
        (place.left, place.bottom),
    ];
    (0..4).any(|at| cross(from, to, corners[at], corners[(at + 1) % 4]))
}

/// Whether two lines cross.
fn cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |p: Point, q: Point, r: Point| (q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0);
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { left: 0.0, top: 0.0, right: 440.0, bottom: 320.0 };

    #[test]
    fn a_name_stands_beside_its_circle_where_there_is_room() {
        let anchor = Anchor { at: (200.0, 100.0), radius: 10.0, size: (80.0, 14.0) };
        let [Some(place)] = places(&[anchor], &FRAME)[..] else { panic!() };
        assert_eq!((place.left, place.top), (213.0, 93.0));
        let at_the_edge = Anchor { at: (430.0, 100.0), ..anchor };
        let [Some(place)] = places(&[at_the_edge], &FRAME)[..] else { panic!() };
        assert!(place.right <= 420.0, "{place:?}");
    }

    #[test]
    fn names_of_a_crowd_do_not_touch() {
        let anchors: Vec<Anchor> = (0..9)
            .map(|k| Anchor {
                at: (200.0 + 11.0 * f64::from(k % 3), 150.0 + 9.0 * f64::from(k / 3)),
                radius: 5.0,
                size: (90.0, 14.0),
            })
            .collect();
        let found = places(&anchors, &FRAME);
        assert!(found.iter().all(Option::is_some), "{found:?}");
        for (at, one) in found.iter().flatten().enumerate() {
            assert!(found.iter().flatten().take(at).all(|other| !overlap(one, other, 0.0)), "{one:?}");
        }
    }

    #[test]
    fn a_name_without_room_is_left_out() {
        let anchor = Anchor { at: (20.0, 10.0), radius: 5.0, size: (35.0, 14.0) };
        let small = Frame { left: 0.0, top: 0.0, right: 40.0, bottom: 20.0 };
        assert_eq!(places(&[anchor; 3], &small).iter().flatten().count(), 1);
    }
}
