//! The bootstrap: how far an index might be off, from samples drawn out of the sample (Efron, *The Annals of
//! Statistics* 7, 1979).

use crate::results::{Interval, stats::Z95};
use crate::vm::LANES;
use crate::vm::random::Stream;

/// An index with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    /// The estimate.
    pub value: f64,
    /// Its standard error, from resampling.
    pub error: f64,
}

impl Index {
    /// Where the true index lies, 95 times in 100: 1.96 standard errors to either side.
    pub fn interval(&self) -> Interval {
        let half = Z95 * self.error;
        Interval { low: self.value - half, high: self.value + half }
    }

    /// Whether its interval lies above 0.
    pub fn is_resolved(&self) -> bool {
        self.interval().low > 0.0
    }
}

/// Samples with replacement, at addresses of their own: the same for the same seed.
#[derive(Clone, Copy, Debug)]
pub struct Bootstrap {
    stream: Stream,
    /// How many samples are drawn.
    pub resamples: usize,
}

impl Bootstrap {
    /// So many samples under a seed.
    pub fn new(seed: u64, resamples: usize) -> Self {
        Self { stream: Stream::new(seed, "sensitivity/bootstrap"), resamples }
    }

    /// How often each of `n` members is in the sample of this number; `n` times in all.
    pub fn counts(&self, resample: usize, n: usize) -> Vec<f64> {
        let mut counts = vec![0.0; n];
        let mut uniforms = [0.0; LANES];
        for first in (0..n).step_by(LANES) {
            self.stream.uniforms(first as u64, 0, resample as u32, &mut uniforms);
            for u in &uniforms[..LANES.min(n - first)] {
                counts[(u * n as f64) as usize] += 1.0;
            }
        }
        counts
    }

    /// The values of several statistics in every sample, given how often each of `n` members is in it.
    pub fn replays<const K: usize>(&self, n: usize, of: impl Fn(&[f64]) -> [f64; K]) -> Vec<[f64; K]> {
        (0..self.resamples).map(|resample| of(&self.counts(resample, n))).collect()
    }
}

/// Values of a made-up input that does nothing: uniforms at addresses of their own.
pub fn dummy_input(seed: u64, number: usize, n: usize) -> Vec<f64> {
    let stream = Stream::new(seed, "sensitivity/dummy");
    let mut all = Vec::with_capacity(n + LANES);
    let mut row = [0.0; LANES];
    for first in (0..n).step_by(LANES) {
        stream.uniforms(first as u64, 0, number as u32, &mut row);
        all.extend(row);
    }
    all.truncate(n);
    all
}

/// The mean and the standard deviation (n − 1) of the numbers that are ones; 0 where there are too few.
pub fn mean_and_sd(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let values = values.filter(|value| value.is_finite());
    let n = values.clone().count() as f64;
    if n == 0.0 {
        return (0.0, 0.0);
    }
    let mean = values.clone().sum::<f64>() / n;
    let squares: f64 = values.map(|value| (value - mean) * (value - mean)).sum();
    (mean, if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_as_many_members_as_the_whole() {
        let bootstrap = Bootstrap::new(7, 3);
        for n in [1, 63, 64, 1000] {
            assert_eq!(bootstrap.counts(2, n).iter().sum::<f64>(), n as f64);
        }
        assert_ne!(bootstrap.counts(0, 100), bootstrap.counts(1, 100));
        assert_eq!(bootstrap.counts(1, 100), Bootstrap::new(7, 9).counts(1, 100));
    }

    #[test]
    fn the_error_of_a_mean_is_found() {
        let values: Vec<f64> = (0..400).map(|k| f64::from(k * 37 % 400)).collect();
        let mean = |counts: &[f64]| [counts.iter().zip(&values).map(|(c, v)| c * v).sum::<f64>() / 400.0];
        let replays = Bootstrap::new(1, 1000).replays(400, mean);
        let (_, error) = mean_and_sd(replays.iter().map(|[mean]| *mean));
        // The sd of 0..399 is 115.5, of a mean of 400 of them 5.77; an sd from 1,000 samples errs by 2.2 %.
        assert!((error / 5.774 - 1.0).abs() < 0.09, "{error}");
    }
}
