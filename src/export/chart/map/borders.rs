//! Outlines of land and borders between countries, without names: see `README.md` for where they come from.

use std::io::Read;
use std::sync::OnceLock;

use flate2::read::DeflateDecoder;

const BORDERS: &[u8] = include_bytes!("borders.deflate");
/// Parts of a degree in which the file counts.
const PARTS: f64 = 100.0;

/// Degrees east and north.
pub type Place = (f64, f64);

/// What a map of the world has.
#[derive(Debug, Default)]
pub struct World {
    /// Closed outlines, large ones first: what lies on or in another comes after it.
    pub outlines: Vec<Outline>,
    /// Borders between countries.
    pub borders: Vec<Vec<Place>>,
}

/// A closed line; the last point is the first.
#[derive(Debug)]
pub struct Outline {
    pub points: Vec<Place>,
    /// Land within it, else water.
    pub is_land: bool,
}

/// The world, read once.
pub fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| read().unwrap_or_default())
}

/// `None` where the file is not as it should be.
fn read() -> Option<World> {
    let mut bytes = Vec::new();
    DeflateDecoder::new(BORDERS).read_to_end(&mut bytes).ok()?;
    let mut numbers = Numbers { bytes: &bytes };
    let outlines = numbers.lines()?;
    let borders = numbers.lines()?;
    // Land runs around one way and water the other, as the file has it.
    let outline = |points: Vec<Place>| Outline { is_land: area(&points) < 0.0, points };
    Some(World { outlines: outlines.into_iter().map(outline).collect(), borders })
}

/// Twice the area within a closed line, its sign telling which way around it runs.
fn area(points: &[Place]) -> f64 {
    points.windows(2).map(|pair| pair[0].0 * pair[1].1 - pair[1].0 * pair[0].1).sum()
}

struct Numbers<'a> {
    bytes: &'a [u8],
}

impl Numbers<'_> {
    /// Seven bits at a time, the lowest first; the sign in the lowest bit.
    fn next(&mut self) -> Option<i64> {
        let mut number: u64 = 0;
        for shift in (0..63).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(byte & 127) << shift;
            if byte & 128 == 0 {
                let half = (number >> 1) as i64;
                return Some(if number & 1 == 0 { half } else { -half - 1 });
            }
        }
        None
    }

    fn lines(&mut self) -> Option<Vec<Vec<Place>>> {
        (0..self.next()?).map(|_| self.line()).collect()
    }

    /// How many points, and each as its distance from the one before.
    fn line(&mut self) -> Option<Vec<Place>> {
        let count = self.next()?;
        let (mut east, mut north) = (0, 0);
        let points = (0..count).map(|_| {
            (east, north) = (east + self.next()?, north + self.next()?);
            Some((east as f64 / PARTS, north as f64 / PARTS))
        });
        points.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a place is on land: the last outline around it decides.
    fn on_land(place: Place) -> bool {
        let inside = |outline: &&Outline| {
            let crossings = outline.points.windows(2).filter(|pair| {
                let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
                (y1 > place.1) != (y2 > place.1) && place.0 < x1 + (place.1 - y1) / (y2 - y1) * (x2 - x1)
            });
            crossings.count() % 2 == 1
        };
        world().outlines.iter().rev().find(inside).is_some_and(|outline| outline.is_land)
    }

    #[test]
    fn land_is_land_and_water_water() {
        let beyond = [(181.0, 67.5), (180.0, 68.0), (100.0, -80.0)];
        let here = [(44.4, 33.3), (69.2, 34.5), (-100.0, 40.0), (25.0, -29.0), (175.5, -39.0)];
        for land in here.into_iter().chain(beyond) {
            assert!(on_land(land), "{land:?}");
        }
        // The Atlantic, the Gulf, the Caspian, the Mediterranean.
        for water in [(-30.0, 30.0), (51.5, 27.0), (51.0, 42.0), (18.0, 35.0)] {
            assert!(!on_land(water), "{water:?}");
        }
    }

    #[test]
    fn outlines_are_closed_and_everything_is_on_the_globe() {
        let World { outlines, borders } = world();
        assert!(outlines.len() > 1000 && borders.len() > 300, "{} {}", outlines.len(), borders.len());
        for outline in outlines {
            assert_eq!(outline.points.first(), outline.points.last());
        }
        let points = outlines.iter().flat_map(|outline| &outline.points).chain(borders.iter().flatten());
        for (east, north) in points {
            assert!((-180.0..=540.0).contains(east) && (-90.0..=90.0).contains(north), "{east} {north}");
        }
    }
}
