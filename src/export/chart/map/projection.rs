//! From degrees to pixels: an equirectangular map, true to scale along its middle parallel, cut to its frame.

use super::borders::Place;
use crate::export::chart::page::{Frame, Point};

/// White space around the places, as a share of what they span.
const AROUND: f64 = 0.14;
/// No map shows less than this, in degrees of latitude.
const LEAST: f64 = 1.6;
/// A map is at least and at most so tall for its width.
const SHAPES: (f64, f64) = (0.52, 0.86);
/// Points nearer to the last one, in pixels, are left out.
const NEAR: f64 = 0.7;

/// The part of the world that a map shows.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Its middle, in degrees.
    east: f64,
    north: f64,
    /// Half of what it spans, in degrees of latitude.
    half_width: f64,
    half_height: f64,
    /// A degree of longitude over one of latitude.
    squeeze: f64,
}

impl Window {
    /// Around some places, at least one.
    pub fn around(places: &[Place]) -> Self {
        let first = places.first().map_or(0.0, |(east, _)| *east);
        let easts = || places.iter().map(|(east, _)| first + turn(east - first));
        let norths = || places.iter().map(|(_, north)| *north);
        let ends = |low: f64, high: f64| ((low + high) / 2.0, (high - low) / 2.0);
        let (east, half_east) = ends(easts().fold(f64::MAX, f64::min), easts().fold(f64::MIN, f64::max));
        let (north, half_north) = ends(norths().fold(f64::MAX, f64::min), norths().fold(f64::MIN, f64::max));
        let squeeze = cosine(north).max(0.1);
        let room = |half: f64| (half * (1.0 + 2.0 * AROUND)).max(LEAST / 2.0);
        let (mut half_width, mut half_height) = (room(half_east * squeeze), room(half_north));
        half_height = half_height.max(half_width * SHAPES.0);
        half_width = half_width.max(half_height / SHAPES.1);
        Self { east, north, half_width, half_height, squeeze }
    }

    /// How tall a map is for its width.
    pub fn shape(&self) -> f64 {
        self.half_height / self.half_width
    }

    /// Where a place is in a frame of that shape, perhaps outside it.
    pub fn point(&self, (east, north): Place, frame: &Frame) -> Point {
        self.point_turned((self.east + turn(east - self.east), north), frame)
    }

    fn point_turned(&self, (east, north): Place, frame: &Frame) -> Point {
        let grain = (frame.right - frame.left) / (2.0 * self.half_width);
        let (middle_x, middle_y) = ((frame.left + frame.right) / 2.0, (frame.top + frame.bottom) / 2.0);
        (middle_x + (east - self.east) * self.squeeze * grain, middle_y - (north - self.north) * grain)
    }

    /// What of a closed line lies in the frame, perhaps along its edges; from either side of the antimeridian.
    pub fn outlines(&self, points: &[Place], frame: &Frame) -> Vec<Vec<Point>> {
        let seen = self.turns(points).map(|by| {
            let all = points.iter().map(|(east, north)| self.point_turned((east + by, *north), frame));
            thinned(&within(all.collect(), frame))
        });
        seen.filter(|outline| outline.len() > 2).collect()
    }

    /// What of a line lies in the frame, in pieces.
    pub fn lines(&self, points: &[Place], frame: &Frame) -> Vec<Vec<Point>> {
        let seen = self.turns(points).flat_map(|by| {
            let all = points.iter().map(|(east, north)| self.point_turned((east + by, *north), frame));
            pieces(&all.collect::<Vec<_>>(), frame)
        });
        seen.map(|piece| thinned(&piece)).collect()
    }

    /// Whole turns of the globe that bring something of a line near the frame.
    fn turns(&self, points: &[Place]) -> impl Iterator<Item = f64> {
        let low = points.iter().map(|(east, _)| *east).fold(f64::MAX, f64::min);
        let high = points.iter().map(|(east, _)| *east).fold(f64::MIN, f64::max);
        let (left, right) =
            (self.east - self.half_width / self.squeeze, self.east + self.half_width / self.squeeze);
        let reaches_up = points.iter().any(|(_, north)| *north >= self.north - self.half_height);
        let reaches_down = points.iter().any(|(_, north)| *north <= self.north + self.half_height);
        let turns = [-360.0, 0.0, 360.0].into_iter();
        turns.filter(move |by| reaches_up && reaches_down && low + by <= right && high + by >= left)
    }
}

/// The angle between −180 and 180 that is the same.
fn turn(degrees: f64) -> f64 {
    degrees - 360.0 * (degrees / 360.0).round()
}

/// Of an angle in degrees up to 90 either way: Taylor's series, which is within 1e-6 there.
fn cosine(degrees: f64) -> f64 {
    let angle = degrees.clamp(-90.0, 90.0) * std::f64::consts::PI / 180.0;
    let square = angle * angle;
    let terms = [132.0, 90.0, 56.0, 30.0, 12.0, 2.0];
    terms.iter().fold(1.0, |sum, divisor| 1.0 - square / divisor * sum)
}

/// Cuts a closed line to a frame, side by side (I. Sutherland, G. Hodgman, *CACM* 17, 1974).
fn within(mut points: Vec<Point>, frame: &Frame) -> Vec<Point> {
    let sides: [fn(&Frame, Point) -> f64; 4] = [
        |frame, (x, _)| x - frame.left,
        |frame, (x, _)| frame.right - x,
        |frame, (_, y)| y - frame.top,
        |frame, (_, y)| frame.bottom - y,
    ];
    for depth in sides {
        let mut kept = Vec::with_capacity(points.len());
        let before = points.last().copied().into_iter().chain(points.iter().copied());
        for (a, b) in before.zip(points.iter().copied()) {
            let (in_a, in_b) = (depth(frame, a), depth(frame, b));
            if (in_a >= 0.0) != (in_b >= 0.0) {
                kept.push(between(a, b, in_a / (in_a - in_b)));
            }
            if in_b >= 0.0 {
                kept.push(b);
            }
        }
        points = kept;
    }
    points
}

/// Cuts a line to a frame (Y.-D. Liang, B. Barsky, *ACM Transactions on Graphics* 3, 1984).
fn pieces(points: &[Point], frame: &Frame) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut joins = false;
    for pair in points.windows(2) {
        let Some((from, to)) = visible(pair[0], pair[1], frame) else {
            joins = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if joins => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
        joins = to == pair[1];
    }
    pieces
}

fn visible(a: Point, b: Point, frame: &Frame) -> Option<(Point, Point)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enters, mut leaves): (f64, f64) = (0.0, 1.0);
    let sides =
        [(-dx, a.0 - frame.left), (dx, frame.right - a.0), (-dy, a.1 - frame.top), (dy, frame.bottom - a.1)];
    for (towards, room) in sides {
        if towards == 0.0 && room < 0.0 {
            return None;
        } else if towards < 0.0 {
            enters = enters.max(room / towards);
        } else if towards > 0.0 {
            leaves = leaves.min(room / towards);
        }
    }
    let at = |share: f64| if share == 1.0 { b } else { between(a, b, share) };
    (enters < leaves).then(|| (at(enters), at(leaves)))
}

fn between(a: Point, b: Point, share: f64) -> Point {
    (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
}

/// Without points that could not be told from the one before; both ends stay.
fn thinned(points: &[Point]) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        let is_far =
            kept.last().is_none_or(|last| (point.0 - last.0).abs().max((point.1 - last.1).abs()) >= NEAR);
        if is_far || at + 1 == points.len() {
            kept.push(*point);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { left: 0.0, top: 0.0, right: 100.0, bottom: 60.0 };

    #[test]
    fn the_series_is_the_cosine() {
        #[expect(clippy::disallowed_methods, reason = "what it is compared with")]
        for degrees in [-90.0_f64, -33.0, 0.0, 15.0, 60.0, 90.0] {
            assert!((cosine(degrees) - degrees.to_radians().cos()).abs() < 1e-5, "{degrees}");
        }
    }

    #[test]
    fn places_lie_within_their_window_also_across_the_antimeridian() {
        for places in
            [vec![(38.0, 33.0), (47.0, 37.0)], vec![(179.0, -16.0), (-178.0, -18.0)], vec![(0.0, 89.0)]]
        {
            let window = Window::around(&places);
            let frame = Frame { bottom: 100.0 * window.shape(), ..FRAME };
            for place in places {
                let (x, y) = window.point(place, &frame);
                assert!((5.0..=95.0).contains(&x) && y > 5.0 && y < frame.bottom - 5.0, "{place:?}: {x} {y}");
            }
        }
    }

    #[test]
    fn land_on_the_far_side_of_the_antimeridian_is_seen() {
        let window = Window::around(&[(179.5, 0.0)]);
        let beyond = [(-180.0, -0.2), (-179.8, -0.2), (-179.8, 0.2), (-180.0, 0.2), (-180.0, -0.2)];
        let seen = window.outlines(&beyond, &FRAME);
        assert_eq!(seen.len(), 1);
        assert!(seen[0].iter().all(|(x, _)| *x > 50.0), "{seen:?}");
    }

    #[test]
    fn lines_and_outlines_end_at_the_frame() {
        let cut = pieces(&[(-50.0, 30.0), (50.0, 30.0), (50.0, 90.0), (150.0, 90.0), (50.0, 20.0)], &FRAME);
        assert_eq!(cut.len(), 2, "{cut:?}");
        assert_eq!(cut[0], [(0.0, 30.0), (50.0, 30.0), (50.0, 60.0)]);
        let around = within(vec![(-50.0, -50.0), (150.0, -50.0), (150.0, 150.0), (-50.0, 150.0)], &FRAME);
        let area = |points: &[Point]| -> f64 {
            let next = points.iter().cycle().skip(1);
            points.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0
        };
        assert_eq!(area(&around).abs(), 6000.0, "{around:?}");
        assert!(within(vec![(200.0, 0.0), (300.0, 0.0), (300.0, 50.0)], &FRAME).is_empty());
    }
}
