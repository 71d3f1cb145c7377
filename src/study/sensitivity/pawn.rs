//! PAWN: how far the distribution of the output moves when one input is held to a part of its range.
//!
//! The input's range is cut into slices of equal counts. For each slice s the Kolmogorov–Smirnov distance
//! D_s = max_y |F(y | x in s) − F(y)| is taken between the outputs there and all outputs; the index is the median
//! of D_s over the slices, and their maximum. Pianosi and Wagener, "Distribution-based sensitivity analysis from
//! a generic input-output sample", *Environmental Modelling & Software* 108, 2018.
//!
//! A distance is never negative: an input that does nothing has an index, too, of the size that chance gives.
//! Its distribution is that of a *dummy*, whose slices are drawn at random (Zadeh et al., *Environmental
//! Modelling & Software* 91, 2017); an index below its 95 % point is not told from nothing.

use super::ranks::{classes, order, runs};
use super::resample::{Bootstrap, Index, dummy_input, mean_and_sd};

/// Slices unless there is reason for others.
pub const SLICES: usize = 10;

/// The output, put in order once for all inputs.
#[derive(Clone, Debug)]
pub struct Output {
    /// Places of the outputs from the least to the greatest, equal ones together.
    tied: Vec<Vec<usize>>,
    n: usize,
}

/// What PAWN says of one input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pawn {
    /// The median distance over the slices: the index.
    pub median: Index,
    /// The greatest: high where the input matters in a part of its range alone.
    pub maximum: Index,
}

/// What an input that does nothing would be given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dummy {
    /// The mean of its index over many random inputs, with the standard deviation as its error.
    pub median: Index,
    /// Its index is above this 5 times in 100.
    pub critical: f64,
}

impl Output {
    /// Puts outputs in order; none may be a NaN.
    pub fn new(y: &[f64]) -> Self {
        let order = order(y);
        let tied = runs(y, &order).map(|run| order[run].to_vec()).collect();
        Self { tied, n: y.len() }
    }

    /// The index of an input with these values. `slices` is the most there are: an input with few values
    /// has as many as it has values.
    ///
    /// # Panics
    /// If there are not as many values as outputs.
    pub fn pawn(&self, x: &[f64], slices: usize, bootstrap: &Bootstrap) -> Pawn {
        assert_eq!(x.len(), self.n, "an input has a value for every output");
        let (class_of, count) = classes(x, slices);
        let of = |weights: &[f64]| summary(self.distances(&class_of, count, weights));
        let [median, maximum] = of(&vec![1.0; self.n]);
        let replays = bootstrap.replays(self.n, of);
        let error = |which: usize| mean_and_sd(replays.iter().map(|replay| replay[which])).1;
        Pawn {
            median: Index { value: median, error: error(0) },
            maximum: Index { value: maximum, error: error(1) },
        }
    }

    /// What an input that does nothing is given, from `draws` random ones under a seed.
    pub fn dummy(&self, slices: usize, draws: usize, seed: u64) -> Dummy {
        let weights = vec![1.0; self.n];
        let mut medians: Vec<f64> = (0..draws)
            .map(|draw| {
                let x = dummy_input(seed, draw, self.n);
                let (class_of, count) = classes(&x, slices);
                summary(self.distances(&class_of, count, &weights))[0]
            })
            .collect();
        medians.sort_by(f64::total_cmp);
        let (mean, sd) = mean_and_sd(medians.iter().copied());
        let place = (0.95 * draws as f64).ceil() as usize;
        let critical = medians.get(place.saturating_sub(1)).copied().unwrap_or(0.0);
        Dummy { median: Index { value: mean, error: sd }, critical }
    }

    /// The distance of every class, each member counted `weights` times. The distance can only be greatest
    /// just before or just after one of the class's own outputs.
    fn distances(&self, class_of: &[usize], count: usize, weights: &[f64]) -> Vec<f64> {
        let mut sizes = vec![0.0; count];
        class_of.iter().zip(weights).for_each(|(class, weight)| sizes[*class] += weight);
        let total: f64 = sizes.iter().sum();
        let (mut below, mut below_of) = (0.0, vec![0.0; count]);
        let mut distances = vec![f64::NAN; count];
        for tied in &self.tied {
            let mut look = |below: f64, below_of: &[f64]| {
                for &place in tied.iter().filter(|place| weights[**place] > 0.0) {
                    let class = class_of[place];
                    let distance = (below / total - below_of[class] / sizes[class]).abs();
                    let further = distances[class].is_nan() || distance > distances[class];
                    distances[class] = if further { distance } else { distances[class] };
                }
            };
            look(below, &below_of);
            for &place in tied {
                below += weights[place];
                below_of[class_of[place]] += weights[place];
            }
            look(below, &below_of);
        }
        distances
    }
}

/// The median and the maximum of the distances there are.
fn summary(mut distances: Vec<f64>) -> [f64; 2] {
    distances.retain(|distance| !distance.is_nan());
    distances.sort_by(f64::total_cmp);
    let n = distances.len();
    match n {
        0 => [f64::NAN; 2],
        _ => [(distances[(n - 1) / 2] + distances[n / 2]) / 2.0, distances[n - 1]],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_that_is_the_output_moves_it_as_far_as_can_be() {
        let x: Vec<f64> = (0..1000).map(f64::from).collect();
        let pawn = Output::new(&x).pawn(&x, 10, &Bootstrap::new(1, 20));
        // The k-th tenth of a uniform against the whole: 0.9, 0.8, … 0.5 and back to 0.9.
        assert!((pawn.maximum.value - 0.9).abs() < 1e-12);
        assert!((pawn.median.value - 0.7).abs() < 1e-12);
    }

    #[test]
    fn an_input_that_does_nothing_is_like_the_dummy() {
        let (x, y) = (dummy_input(3, 0, 2000), dummy_input(3, 1, 2000));
        let output = Output::new(&y);
        let dummy = output.dummy(10, 200, 5);
        let pawn = output.pawn(&x, 10, &Bootstrap::new(1, 20));
        // Within four of the dummy's own standard deviations.
        assert!((pawn.median.value - dummy.median.value).abs() < 4.0 * dummy.median.error);
        assert!(dummy.median.value < dummy.critical && dummy.critical < 0.12, "{dummy:?}");
    }

    #[test]
    fn outputs_that_are_equal_jump_together() {
        // Half 0 and half 1, told apart by the input: in each slice the distance is a half.
        let y: Vec<f64> = (0..100).map(|k| f64::from(k / 50)).collect();
        let pawn = Output::new(&y).pawn(&y, 10, &Bootstrap::new(1, 5));
        assert_eq!((pawn.median.value, pawn.maximum.value), (0.5, 0.5));
    }
}
