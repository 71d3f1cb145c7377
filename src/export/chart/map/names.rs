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

/// A place for a name.
struct Tried {
    place: Frame,
    cost: f64,
}

const DIRECTIONS: usize = 16;
/// From the circle to the name, in pixels, tried in turn.
const GAPS: [f64; 8] = [3.0, 9.0, 16.0, 26.0, 38.0, 52.0, 70.0, 90.0];
/// Between two names.
const APART: f64 = 4.0;
/// Each name looks for a better place so many times, from so many beginnings.
const ROUNDS: usize = 6;
const STARTS: usize = 8;
/// What is worse than being a pixel farther away.
const ON_A_NAME: f64 = 10_000.0;
const ON_A_CIRCLE: f64 = 300.0;
const ON_A_LINE: f64 = 25.0;
const LEADER_ON_A_NAME: f64 = 250.0;
const LEADER_ON_A_CIRCLE: f64 = 60.0;
const LEADERS_CROSS: f64 = 120.0;

/// The box of each name; `None` where it would lie on another. Those first in order have the first right; `lines` are
/// better not written across.
pub fn places(anchors: &[Anchor], lines: &[Vec<Point>], frame: &Frame) -> Vec<Option<Frame>> {
    let tried: Vec<Vec<Tried>> = (0..anchors.len()).map(|at| candidates(anchors, lines, at, frame)).collect();
    let found = (0..STARTS.min(anchors.len())).map(|start| settled(anchors, &tried, start));
    let best = found.min_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut boxes = best.map(|(_, boxes)| boxes).unwrap_or_default();
    for at in 0..boxes.len() {
        let lies = |place: Frame| boxes[..at].iter().flatten().any(|other| overlap(&place, other, APART));
        if boxes[at].is_some_and(lies) {
            boxes[at] = None;
        }
    }
    boxes
}

/// Each name in turn takes its best place among those of the others, a few rounds long; what is wrong in all, and the
/// places. Whose turn is first makes a difference.
fn settled(anchors: &[Anchor], tried: &[Vec<Tried>], start: usize) -> (f64, Vec<Option<Frame>>) {
    let mut boxes: Vec<Option<Frame>> = vec![None; anchors.len()];
    let mut wrong = 0.0;
    for _ in 0..ROUNDS {
        wrong = 0.0;
        for turn in 0..anchors.len() {
            let at = (turn + start * anchors.len() / STARTS.min(anchors.len())) % anchors.len();
            let cost = |tried: &Tried| tried.cost + among_names(anchors, &boxes, at, &tried.place);
            let priced = tried[at].iter().map(|tried| (cost(tried), tried.place));
            let best = priced.min_by(|(a, _), (b, _)| a.total_cmp(b));
            wrong += best.map_or(ON_A_NAME, |(cost, _)| cost);
            boxes[at] = best.map(|(_, place)| place);
        }
    }
    (wrong, boxes)
}

/// The point of a box that is nearest to a point.
pub fn nearest(place: &Frame, (x, y): Point) -> Point {
    (x.clamp(place.left, place.right), y.clamp(place.top, place.bottom))
}

/// Boxes around a circle that lie in the frame, and what is wrong with each whatever the other names do.
fn candidates(anchors: &[Anchor], lines: &[Vec<Point>], at: usize, frame: &Frame) -> Vec<Tried> {
    let anchor = &anchors[at];
    let (width, height) = anchor.size;
    let tried = GAPS.into_iter().flat_map(|gap| (0..DIRECTIONS).map(move |which| (gap, direction(which))));
    let boxes = tried.map(|(gap, (dx, dy))| {
        let away = anchor.radius + gap;
        let middle = (anchor.at.0 + dx * (away + width / 2.0), anchor.at.1 + dy * (away + height / 2.0));
        Frame {
            left: middle.0 - width / 2.0,
            right: middle.0 + width / 2.0,
            top: middle.1 - height / 2.0,
            bottom: middle.1 + height / 2.0,
        }
    });
    let inside = boxes.filter(|place| {
        place.left >= frame.left + APART
            && place.right <= frame.right - APART
            && place.top >= frame.top + APART
            && place.bottom <= frame.bottom - APART
    });
    let priced = inside.map(|place| {
        let distance_to = |to: &Anchor| distance(nearest(&place, to.at), to.at);
        let away = distance_to(anchor) - anchor.radius;
        // Twice as far is more than twice as bad: a name is looked for beside its circle.
        let mut cost = away + away * away / 15.0;
        let circles = anchors.iter().filter(|other| distance_to(other) < other.radius + 1.0);
        cost += ON_A_CIRCLE * circles.count() as f64;
        let end = nearest(&place, anchor.at);
        let led_across = (0..anchors.len()).filter(|other| {
            *other != at && beside(anchor.at, end, anchors[*other].at) < anchors[*other].radius
        });
        cost += LEADER_ON_A_CIRCLE * led_across.count() as f64;
        let written_across =
            lines.iter().any(|line| line.windows(2).any(|two| crosses(two[0], two[1], &place)));
        cost += if written_across { ON_A_LINE } else { 0.0 };
        Tried { place, cost }
    });
    priced.collect()
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

/// What is wrong with a box because of where the other names stand.
fn among_names(anchors: &[Anchor], boxes: &[Option<Frame>], mine: usize, place: &Frame) -> f64 {
    let from = anchors[mine].at;
    let end = nearest(place, from);
    let others = (0..anchors.len()).filter(|at| *at != mine);
    let costs = others.filter_map(|at| Some((anchors[at].at, boxes[at].as_ref()?))).map(|(other, name)| {
        let their_end = nearest(name, other);
        let is = |yes: bool, price: f64| if yes { price } else { 0.0 };
        is(overlap(place, name, APART), ON_A_NAME)
            + is(crosses(from, end, name) || crosses(other, their_end, place), LEADER_ON_A_NAME)
            + is(cross(from, end, other, their_end), LEADERS_CROSS)
    });
    costs.sum()
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

/// How far a point is from a line between two others.
fn beside(from: Point, to: Point, point: Point) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let square = dx * dx + dy * dy;
    let along = if square > 0.0 { ((point.0 - from.0) * dx + (point.1 - from.1) * dy) / square } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    distance((from.0 + along * dx, from.1 + along * dy), point)
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
        let [Some(place)] = places(&[anchor], &[], &FRAME)[..] else { panic!() };
        assert_eq!((place.left, place.top), (213.0, 93.0));
        let at_the_edge = Anchor { at: (430.0, 100.0), ..anchor };
        let [Some(place)] = places(&[at_the_edge], &[], &FRAME)[..] else { panic!() };
        assert!(place.right <= 420.0, "{place:?}");
    }

    #[test]
    fn a_name_is_not_written_across_a_line() {
        let anchor = Anchor { at: (200.0, 100.0), radius: 10.0, size: (80.0, 14.0) };
        let line = vec![(250.0, 0.0), (250.0, 320.0)];
        let [Some(place)] = places(&[anchor], &[line], &FRAME)[..] else { panic!() };
        assert!(place.right < 250.0, "{place:?}");
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
        let found = places(&anchors, &[], &FRAME);
        assert!(found.iter().all(Option::is_some), "{found:?}");
        for (at, one) in found.iter().flatten().enumerate() {
            assert!(found.iter().flatten().take(at).all(|other| !overlap(one, other, 0.0)), "{one:?}");
        }
    }

    #[test]
    fn a_name_without_room_is_left_out() {
        let anchor = Anchor { at: (23.0, 10.0), radius: 5.0, size: (35.0, 14.0) };
        let small = Frame { left: 0.0, top: 0.0, right: 46.0, bottom: 36.0 };
        assert_eq!(places(&[anchor; 3], &[], &small).iter().flatten().count(), 1);
    }
}
