//! The Gaussian copula: uniforms that keep their own law and move together.

use super::Row;
use super::math::{inverse_normal_row, normal_cdf};

/// The lower triangle L, row by row, with L·Lᵀ = the symmetric `matrix` of order `n`.
///
/// `None` when the matrix is not positive definite: no set of variables has such correlations.
pub fn cholesky(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    assert_eq!(matrix.len(), n * n, "a square matrix");
    let mut lower = vec![0.0; n * n];
    for row in 0..n {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| lower[row * n + k] * lower[column * n + k]).sum();
            let rest = matrix[row * n + column] - known;
            if row != column {
                lower[row * n + column] = rest / lower[column * n + column];
            } else if rest > SINGULAR {
                lower[row * n + row] = rest.sqrt();
            } else {
                return None;
            }
        }
    }
    Some(lower)
}

/// Independent uniforms to uniforms whose normal scores have the correlations L·Lᵀ.
///
/// `rows` holds `n` rows of uniforms in the open interval (0, 1), in the order of the matrix, and they stay in it.
/// The diagonal of L·Lᵀ is 1.
pub fn correlate(lower: &[f64], n: usize, rows: &mut [Row]) {
    assert_eq!((lower.len(), rows.len()), (n * n, n), "one row for each variable");
    for row in rows.iter_mut() {
        let uniforms = *row;
        inverse_normal_row(&uniforms, row);
    }
    // From the last row up: each needs the scores of those before it, not yet mixed.
    for index in (0..n).rev() {
        let (before, from_here) = rows.split_at_mut(index);
        let scores = &mut from_here[0];
        scores.iter_mut().for_each(|score| *score *= lower[index * n + index]);
        for (other, weight) in before.iter().zip(&lower[index * n..]) {
            for (score, other) in scores.iter_mut().zip(other) {
                *score += weight * other;
            }
        }
        scores.iter_mut().for_each(|score| *score = to_uniform(*score));
    }
}

/// What is left of a variance of 1 at which a correlation counts as perfect.
const SINGULAR: f64 = 1e-12;

/// Φ of a score, kept in the open interval.
fn to_uniform(score: f64) -> f64 {
    const LEAST: f64 = f64::EPSILON / 2.0;
    let u = normal_cdf(score);
    let u = if u < LEAST { LEAST } else { u };
    if u > 1.0 - LEAST { 1.0 - LEAST } else { u }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::LANES;
    use crate::vm::math::inverse_normal;
    use crate::vm::random::Stream;

    const MATRIX: [f64; 9] = [1.0, 0.5, -0.3, 0.5, 1.0, 0.2, -0.3, 0.2, 1.0];

    #[test]
    fn the_factor_gives_the_matrix_back() {
        let lower = cholesky(&MATRIX, 3).unwrap();
        let reference = nalgebra::Matrix3::from_row_slice(&MATRIX).cholesky().unwrap().l();
        for row in 0..3 {
            for column in 0..3 {
                assert!((lower[row * 3 + column] - reference[(row, column)]).abs() <= 1e-15);
            }
        }
    }

    #[test]
    fn impossible_correlations_have_no_factor() {
        let impossible = [1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0];
        assert_eq!(cholesky(&impossible, 3), None);
        assert_eq!(cholesky(&[1.0, 1.0, 1.0, 1.0], 2), None);
        assert_eq!(cholesky(&[1.0, f64::NAN, f64::NAN, 1.0], 2), None);
        assert_eq!(cholesky(&[], 0), Some(vec![]));
    }

    /// `blocks` of 64 replicates of three uniforms, correlated.
    fn sample(blocks: u64) -> Vec<[Row; 3]> {
        let lower = cholesky(&MATRIX, 3).unwrap();
        let streams = ["a", "b", "c"].map(|name| Stream::new(5, name));
        let block = |block: u64| {
            let mut rows = [[0.0; LANES]; 3];
            for (stream, row) in streams.iter().zip(&mut rows) {
                stream.uniforms(block * LANES as u64, 0, 0, row);
            }
            correlate(&lower, 3, &mut rows);
            rows
        };
        (0..blocks).map(block).collect()
    }

    #[test]
    fn scores_have_the_correlations_asked_for() {
        let blocks = sample(2_000);
        let n = (blocks.len() * LANES) as f64;
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let products = blocks.iter().flat_map(|rows| {
                (0..LANES).map(move |lane| inverse_normal(rows[i][lane]) * inverse_normal(rows[j][lane]))
            });
            let rho = MATRIX[i * 3 + j];
            // The product of two such scores has variance 1 + rho².
            let error = (products.sum::<f64>() / n - rho) / ((1.0 + rho * rho) / n).sqrt();
            assert!(error.abs() <= 4.0, "{i} and {j}: {error} standard errors");
        }
    }

    #[test]
    fn each_variable_stays_uniform() {
        let blocks = sample(2_000);
        let n = (blocks.len() * LANES) as f64;
        for variable in 0..3 {
            let mut tenths = [0.0; 10];
            for u in blocks.iter().flat_map(|rows| rows[variable]) {
                assert!(0.0 < u && u < 1.0);
                tenths[(u * 10.0) as usize] += 1.0;
            }
            let chi_square: f64 =
                tenths.iter().map(|count| (count - n / 10.0) * (count - n / 10.0) / (n / 10.0)).sum();
            // 9 degrees of freedom: above 33.7 once in ten thousand.
            assert!(chi_square <= 33.7, "variable {variable}: {chi_square}");
        }
    }

    #[test]
    fn extreme_uniforms_stay_inside_the_open_interval() {
        let lower = cholesky(&[1.0, 0.7, 0.7, 1.0], 2).unwrap();
        for extreme in [f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0] {
            let mut rows = [[extreme; LANES]; 2];
            correlate(&lower, 2, &mut rows);
            assert!(rows.iter().flatten().all(|u| 0.0 < *u && *u < 1.0), "{rows:?}");
        }
    }

    #[test]
    fn scores_beyond_every_number_are_uniforms_at_the_ends() {
        // Of many variables that go together the scores of the last can be this far out.
        assert_eq!([-40.0, 40.0].map(to_uniform), [f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0]);
    }
}
