//! Points that fill the unit cube more evenly than chance: grids, Latin hypercubes, scrambled Sobol sequences.
//!
//! A study turns a coordinate into a value by its range or, of a distribution, by its inverse. Designs are
//! fixed by their size, a seed and the number of their *scramble*: designs with different scrambles are
//! independent, so a few of them give the standard error of whatever is computed from one. A Latin hypercube
//! of more points is another design; a Sobol sequence of more points begins with the same ones.

mod sobol;

use std::fmt;

use crate::vm::random::Stream;

pub use sobol::{MOST_DIMENSIONS, sobol, unscrambled_sobol};

/// Points, each with a coordinate in (0, 1) for every dimension: `[point][dimension]`.
pub type Points = Vec<Vec<f64>>;

/// Why there is no such design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointsError {
    /// More than [`MOST_DIMENSIONS`].
    Dimensions(usize),
    /// More than 2³².
    Points(usize),
}

impl fmt::Display for PointsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dimensions(n) => {
                write!(f, "a Sobol sequence has at most {MOST_DIMENSIONS} dimensions, not {n}")
            }
            Self::Points(n) => write!(f, "a Sobol sequence has at most 2^32 points, not {n}"),
        }
    }
}

impl std::error::Error for PointsError {}

/// Every combination of the levels 0 to `levels[dimension] - 1`; the last dimension changes fastest, as the
/// last digit of a number does. One empty point when there is no dimension.
pub fn grid(levels: &[usize]) -> impl Iterator<Item = Vec<usize>> + '_ {
    let points: usize = levels.iter().product();
    (0..points).map(move |point| {
        let mut rest = point;
        let mut at = vec![0; levels.len()];
        for (place, &count) in at.iter_mut().zip(levels).rev() {
            *place = rest % count;
            rest /= count;
        }
        at
    })
}

/// A Latin hypercube (M. D. McKay, R. J. Beckman, W. J. Conover, *Technometrics* 21, 1979): in each dimension
/// every one of `points` equal strata holds one point, at an even place within it.
pub fn latin_hypercube(points: usize, dimensions: usize, seed: u64, scramble: u64) -> Points {
    let stream = Stream::new(seed, &format!("study/latin/{scramble}"));
    let mut design = vec![vec![0.0; dimensions]; points];
    for dimension in 0..dimensions {
        let uniform = |point: usize, draw: u32| stream.uniform(point as u64, dimension as i64, draw);
        let mut strata: Vec<usize> = (0..points).collect();
        // Fisher and Yates: each stratum changes places with one not yet placed.
        for last in (1..points).rev() {
            strata.swap(last, ((last + 1) as f64 * uniform(last, 0)) as usize);
        }
        for (point, stratum) in strata.into_iter().enumerate() {
            design[point][dimension] = (stratum as f64 + uniform(point, 1)) / points as f64;
        }
    }
    design
}

#[cfg(test)]
mod tests;
