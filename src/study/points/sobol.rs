//! Sobol's sequence (I. M. Sobol, *USSR Computational Mathematics and Mathematical Physics* 7, 1967) with the
//! direction numbers of S. Joe and F. Y. Kuo (*SIAM Journal on Scientific Computing* 30, 2008), scrambled as by
//! A. B. Owen (*Monte Carlo and Quasi-Monte Carlo Methods in Scientific Computing*, 1995).

use super::{Points, PointsError};

/// Dimensions for which there are direction numbers.
pub const MOST_DIMENSIONS: usize = 256;

/// A line a dimension, from the second on: its number, the polynomial's degree and coefficients, the first
/// direction numbers.
const DIRECTION_NUMBERS: &str = include_str!("joe-kuo-256.txt");

/// Binary digits of a coordinate before scrambling.
const DIGITS: usize = 32;
const SCALE: f64 = 1.0 / 4_294_967_296.0;

/// The first points of the sequence after Owen's scrambling: each coordinate is even in (0, 1), and the points
/// together are as evenly spread as unscrambled ones. A power of two of them is spread best.
///
/// # Errors
/// More than [`MOST_DIMENSIONS`] dimensions, or more than 2³² points.
pub fn sobol(points: usize, dimensions: usize, seed: u64, scramble: u64) -> Result<Points, PointsError> {
    let directions = directions(points, dimensions)?;
    let key = mix(mix(seed) ^ scramble);
    let keys: Vec<u64> = (0..dimensions as u64).map(|dimension| mix(key ^ mix(dimension))).collect();
    let scrambled = |digits: &[u32]| digits.iter().zip(&keys).map(|(x, key)| owen(*x, *key)).collect();
    Ok(sequence(&directions, points).map(|digits| scrambled(&digits)).collect())
}

/// The first points of the sequence as it is, from the origin on, in the order of Gray's code.
///
/// # Errors
/// As for [`sobol`].
pub fn unscrambled_sobol(points: usize, dimensions: usize) -> Result<Points, PointsError> {
    let directions = directions(points, dimensions)?;
    let plain = |digits: Vec<u32>| digits.into_iter().map(|x| f64::from(x) * SCALE).collect();
    Ok(sequence(&directions, points).map(plain).collect())
}

/// Each point follows from the one before by one direction number a dimension (I. A. Antonov, V. M. Saleev,
/// *USSR Computational Mathematics and Mathematical Physics* 19, 1979).
fn sequence(directions: &[[u32; DIGITS]], points: usize) -> impl Iterator<Item = Vec<u32>> {
    let mut digits = vec![0; directions.len()];
    (0..points).map(move |point| {
        if point > 0 {
            let changed = point.trailing_zeros() as usize;
            digits.iter_mut().zip(directions).for_each(|(x, direction)| *x ^= direction[changed]);
        }
        digits.clone()
    })
}

fn directions(points: usize, dimensions: usize) -> Result<Vec<[u32; DIGITS]>, PointsError> {
    if dimensions > MOST_DIMENSIONS {
        return Err(PointsError::Dimensions(dimensions));
    }
    if points as u64 > 1 << DIGITS {
        return Err(PointsError::Points(points));
    }
    let first = std::array::from_fn(|digit| 1 << (DIGITS - 1 - digit));
    Ok(std::iter::once(first).chain(DIRECTION_NUMBERS.lines().map(expand)).take(dimensions).collect())
}

/// All direction numbers of a dimension, by the recurrence of its primitive polynomial.
fn expand(line: &str) -> [u32; DIGITS] {
    let numbers: Vec<u32> = line.split_whitespace().map(|n| n.parse().expect("the table is whole")).collect();
    let (degree, coefficients, initial) = (numbers[1] as usize, numbers[2], &numbers[3..]);
    let mut directions = [0; DIGITS];
    for digit in 0..DIGITS {
        directions[digit] = if digit < degree {
            initial[digit] << (DIGITS - 1 - digit)
        } else {
            let oldest = directions[digit - degree];
            (1..degree).fold(oldest ^ (oldest >> degree), |sum, back| {
                let present = (coefficients >> (degree - 1 - back)) & 1;
                sum ^ (present * directions[digit - back])
            })
        };
    }
    directions
}

/// Whether a digit is turned over depends on all digits before it: halves, quarters and so on of the line
/// change places. What is left below the last digit is even. The result is never 0 nor 1.
fn owen(digits: u32, key: u64) -> f64 {
    let mut scrambled = 0;
    for place in 0..DIGITS {
        let before = u64::from(digits).checked_shr((DIGITS - place) as u32).unwrap_or(0);
        // A one before the digits tells 0 from 00.
        let turned = mix(key ^ ((1 << place) | before)) >> 63;
        let digit = u64::from(digits >> (DIGITS - 1 - place)) & 1;
        scrambled = (scrambled << 1) | (digit ^ turned);
    }
    let rest = mix(key ^ ((1 << DIGITS) | u64::from(digits))) >> 44;
    (scrambled as f64 + (rest as f64 + 0.5) / f64::from(1 << 20)) * SCALE
}

/// The finaliser of splitmix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
