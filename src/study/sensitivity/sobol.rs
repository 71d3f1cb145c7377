//! Sobol indices: which share of the output's variance an input is behind, alone and with all others.
//!
//! Saltelli's design: rows of two independent matrices A and B, and for each factor i the matrix A_B⁽ⁱ⁾, which is
//! A with factor i from B. With V the variance of f(A) and f(B) together and means over rows,
//!
//! - total order T_i = ½·mean[(f(A) − f(A_B⁽ⁱ⁾))²] / V (Jansen, *Computer Physics Communications* 117, 1999): the
//!   share that would be left if all but factor i were known;
//! - first order S_i, the share that would go if factor i alone were known, as
//!   1 − ½·mean[(f(B) − f(A_B⁽ⁱ⁾))²] / V (Jansen) or mean[f(B)·(f(A_B⁽ⁱ⁾) − f(A))] / V of centred outputs (Saltelli
//!   et al., *Computer Physics Communications* 181, 2010, as SALib has it). Both are consistent. Jansen's is the
//!   more exact where a factor dominates, Saltelli's where it hardly matters; the one with the smaller bootstrap
//!   error is given.
//!
//! A factor may be one input, several that go together, or chance: the only requirement is that factors are
//! independent of each other. Errors are from resampling rows. Rows on scrambled Sobol points are more even than
//! the bootstrap takes them for: it errs on the side of too wide. [`SobolIndex::scatter`] does not: each scramble
//! is an estimate by itself, and their scatter is the error of their mean.

use super::resample::{Bootstrap, Index, mean_and_sd};
use crate::study::points::{self, PointsError};

/// Outputs of a design, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluations {
    /// f(A).
    pub a: Vec<f64>,
    /// f(B).
    pub b: Vec<f64>,
    /// f(A_B⁽ⁱ⁾), a list for each factor.
    pub mixed: Vec<Vec<f64>>,
    /// How many rows each scramble has, in order; together they are all rows.
    pub scrambles: Vec<usize>,
}

/// What the design says of one factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SobolIndex {
    /// The factor alone.
    pub first: Index,
    /// The factor with everything it interacts with.
    pub total: Index,
    /// Standard errors of first and total from the scatter across scrambles; `None` with fewer than two.
    pub scatter: Option<[f64; 2]>,
}

/// First order by Jansen, first order by Saltelli, total order by Jansen.
type Three = [f64; 3];

/// The indices of every factor.
///
/// # Panics
/// If the lists are not of one length.
pub fn indices(outputs: &Evaluations, bootstrap: &Bootstrap) -> Vec<SobolIndex> {
    let n = outputs.a.len();
    let lengths = outputs.mixed.iter().map(Vec::len).chain([outputs.b.len()]);
    assert!(lengths.into_iter().all(|length| length == n), "every row has every output");
    let whole = estimates(outputs, &vec![1.0; n]);
    let replays: Vec<Vec<Three>> =
        (0..bootstrap.resamples).map(|k| estimates(outputs, &bootstrap.counts(k, n))).collect();
    let scrambles = by_scramble(outputs);
    let of_factor = |factor: usize| {
        let error = |which: usize| mean_and_sd(replays.iter().map(|replay| replay[factor][which])).1;
        let [jansen, saltelli, total] = [0, 1, 2].map(error);
        let first = if saltelli < jansen { 1 } else { 0 };
        let scatter = |which: usize| {
            let (_, sd) = mean_and_sd(scrambles.iter().map(|scramble| scramble[factor][which]));
            sd / (scrambles.len() as f64).sqrt()
        };
        SobolIndex {
            first: Index { value: whole[factor][first], error: [jansen, saltelli][first] },
            total: Index { value: whole[factor][2], error: total },
            scatter: (scrambles.len() > 1).then(|| [scatter(first), scatter(2)]),
        }
    };
    (0..outputs.mixed.len()).map(of_factor).collect()
}

/// Saltelli's design of a function on the unit cube: `rows` rows, shared out over independent scrambles.
///
/// # Errors
/// A Sobol sequence has at most [`MOST_DIMENSIONS`](crate::study::points::MOST_DIMENSIONS), two for each input.
///
/// ```
/// use drawdown::study::sensitivity::{resample::Bootstrap, sobol};
///
/// // Twice as much of one as of the other: variances 4 to 1.
/// let outputs = sobol::evaluate(2, 1024, 8, 7, |x| 2.0 * x[0] + x[1])?;
/// let indices = sobol::indices(&outputs, &Bootstrap::new(7, 100));
/// assert!((indices[0].first.value - 0.8).abs() < 0.02 && (indices[1].total.value - 0.2).abs() < 0.02);
/// # Ok::<(), drawdown::study::points::PointsError>(())
/// ```
pub fn evaluate(
    inputs: usize,
    rows: usize,
    scrambles: usize,
    seed: u64,
    f: impl Fn(&[f64]) -> f64,
) -> Result<Evaluations, PointsError> {
    let mut outputs = Evaluations { mixed: vec![Vec::new(); inputs], ..Evaluations::default() };
    for scramble in 0..scrambles {
        let in_scramble = rows * (scramble + 1) / scrambles - rows * scramble / scrambles;
        for point in points::sobol(in_scramble, 2 * inputs, seed, scramble as u64)? {
            let (a, b) = point.split_at(inputs);
            outputs.a.push(f(a));
            outputs.b.push(f(b));
            for (input, mixed) in outputs.mixed.iter_mut().enumerate() {
                let mut of_a = a.to_vec();
                of_a[input] = b[input];
                mixed.push(f(&of_a));
            }
        }
        outputs.scrambles.push(in_scramble);
    }
    Ok(outputs)
}

/// Both estimates of first order for every factor, Jansen's and Saltelli's, and Jansen's of total order; each
/// row counted `weights` times. 0 if the output never varies.
pub fn estimates(outputs: &Evaluations, weights: &[f64]) -> Vec<[f64; 3]> {
    let total: f64 = weights.iter().sum();
    let mean_of = |of: &dyn Fn(usize) -> f64| {
        weights.iter().enumerate().map(|(row, weight)| weight * of(row)).sum::<f64>() / total
    };
    let (a, b) = (&outputs.a, &outputs.b);
    let mean = mean_of(&|row| a[row] + b[row]) / 2.0;
    let square = |x: f64| x * x;
    let variance = mean_of(&|row| square(a[row] - mean) + square(b[row] - mean)) / 2.0;
    let of_factor = |mixed: &Vec<f64>| {
        if variance <= 0.0 {
            return [0.0; 3];
        }
        let (mut from_b, mut product, mut from_a) = (0.0, 0.0, 0.0);
        for (row, weight) in weights.iter().enumerate() {
            from_b += weight * square(b[row] - mixed[row]);
            product += weight * (b[row] - mean) * (mixed[row] - a[row]);
            from_a += weight * square(a[row] - mixed[row]);
        }
        let share = |sum: f64| sum / total / variance;
        [1.0 - share(from_b) / 2.0, share(product), share(from_a) / 2.0]
    };
    outputs.mixed.iter().map(of_factor).collect()
}

/// The estimates of each scramble alone.
fn by_scramble(outputs: &Evaluations) -> Vec<Vec<Three>> {
    let mut start = 0;
    let mut found = Vec::new();
    for rows in outputs.scrambles.iter().copied().filter(|rows| *rows > 0) {
        let range = start..start + rows;
        start += rows;
        let part = Evaluations {
            a: outputs.a[range.clone()].to_vec(),
            b: outputs.b[range.clone()].to_vec(),
            mixed: outputs.mixed.iter().map(|mixed| mixed[range.clone()].to_vec()).collect(),
            scrambles: Vec::new(),
        };
        found.push(estimates(&part, &vec![1.0; rows]));
    }
    found
}

/// Half the mean square of differences between pairs over the variance of all: the share of variance that is
/// not in what the pairs have in common. It is T of the factor in which they differ.
///
/// # Panics
/// If the lists are not of one length.
pub fn share_of_difference(ones: &[f64], others: &[f64], bootstrap: &Bootstrap) -> Index {
    assert_eq!(ones.len(), others.len(), "pairs");
    let of = |weights: &[f64]| {
        let pairs = || ones.iter().zip(others).zip(weights);
        let total: f64 = weights.iter().sum();
        let mean = pairs().map(|((a, b), w)| w * (a + b)).sum::<f64>() / (2.0 * total);
        let square = |x: f64| x * x;
        let apart: f64 = pairs().map(|((a, b), w)| w * square(a - b)).sum();
        let all: f64 = pairs().map(|((a, b), w)| w * (square(a - mean) + square(b - mean))).sum();
        [if all > 0.0 { apart / all } else { 0.0 }]
    };
    let [value] = of(&vec![1.0; ones.len()]);
    let replays = bootstrap.replays(ones.len(), of);
    Index { value, error: mean_and_sd(replays.iter().map(|[share]| *share)).1 }
}
