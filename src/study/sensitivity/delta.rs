//! Borgonovo's δ: the expected shift of the output's density when one input becomes known.
//!
//! δ = ½ E_x[∫ |f(y) − f(y | x)| dy], between 0 (independent) and 1. Estimated from a given sample: the input is
//! cut into M classes of equal counts, and both densities are kernel estimates on a grid (Plischke, Borgonovo and
//! Smith, "Global sensitivity measures from given data", *European Journal of Operational Research* 226, 2013,
//! equation 26), with Gaussian kernels of Silverman's width. The estimate is too high by what the noise of the
//! densities adds; the bootstrap shows by how much, and 2δ̂ − mean of its replays is free of it to first order
//! (equation 30). All this is as SALib's `delta` does it. What is left of the bias an input that does nothing shows
//! too: [`Output::dummy`] says how much.
//!
//! δ does not change under monotone maps of the output. Where its tails are far, give [normal
//! scores](super::ranks::normal_scores): no grid resolves what lies within a hundredth of the range. An output
//! of few values has masses instead of a density: then |p(v) − p(v | x)| is summed over its values.

use super::ranks::classes;
use super::resample::{Bootstrap, Index, dummy_input, mean_and_sd};
use crate::vm::math::{exp, pow};

/// Points at which densities are compared.
const GRID: usize = 100;
/// Finer bins to each step of the grid; kernels are summed over these.
const FINER: usize = 2;
const BINS: usize = (GRID - 1) * FINER + 1;
/// Outputs of no more values than this have masses, not densities.
const MOST_ATOMS: usize = 20;
/// Kernels end at this many widths: e^(−32) is nothing beside the noise of a density.
const KERNEL_ENDS: f64 = 8.0;

/// The output, binned once for all inputs.
#[derive(Clone, Debug)]
pub struct Output {
    law: Law,
    y: Vec<f64>,
}

#[derive(Clone, Debug)]
enum Law {
    /// The number of each output's value, and how many values there are.
    Atoms(Vec<usize>, usize),
    /// The bin at or below each output, the share of it that belongs to the next, and a bin's width.
    Density { bin: Vec<usize>, share: Vec<f64>, width: f64 },
}

/// Classes for a sample of this size (Plischke et al. 2013, as SALib has it).
pub fn class_count(n: usize) -> usize {
    let n = n as f64;
    let twice = exp(2.0 * (1500.0 - n) / 500.0);
    let tanh = (twice - 1.0) / (twice + 1.0);
    (pow(n, 2.0 / (7.0 + tanh)).ceil() as usize).clamp(1, 48)
}

impl Output {
    /// Bins outputs; all must be finite.
    pub fn new(y: &[f64]) -> Self {
        let mut values = y.to_vec();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let law = if values.len() <= MOST_ATOMS {
            Law::Atoms(y.iter().map(|y| values.partition_point(|v| v < y)).collect(), values.len())
        } else {
            let (low, high) = (values[0], values[values.len() - 1]);
            let width = (high - low) / (BINS - 1) as f64;
            let places: Vec<f64> = y.iter().map(|y| (y - low) / width).collect();
            let bin: Vec<usize> = places.iter().map(|place| (*place as usize).min(BINS - 2)).collect();
            let share = places.iter().zip(&bin).map(|(place, bin)| place - *bin as f64).collect();
            Law::Density { bin, share, width }
        };
        Self { law, y: y.to_vec() }
    }

    /// δ of an input with these values, corrected for its bias; held to 0 from below.
    ///
    /// # Panics
    /// If there are not as many values as outputs.
    pub fn delta(&self, x: &[f64], bootstrap: &Bootstrap) -> Index {
        assert_eq!(x.len(), self.y.len(), "an input has a value for every output");
        let (class_of, count) = classes(x, class_count(x.len()));
        let raw = self.shift(&class_of, count, &vec![1.0; x.len()]);
        let replays = bootstrap.replays(x.len(), |counts| [self.shift(&class_of, count, counts)]);
        let (mean, error) = mean_and_sd(replays.iter().map(|[shift]| *shift));
        let corrected = if replays.is_empty() { raw } else { 2.0 * raw - mean };
        Index { value: if corrected > 0.0 { corrected } else { 0.0 }, error }
    }

    /// What a made-up input that does nothing is given, over so many of them: the mean, with their standard
    /// deviation as its error.
    pub fn dummy(&self, draws: usize, seed: u64, bootstrap: &Bootstrap) -> Index {
        let idle = (0..draws).map(|draw| self.delta(&dummy_input(seed, draw, self.y.len()), bootstrap).value);
        let found: Vec<f64> = idle.collect();
        let (value, error) = mean_and_sd(found.iter().copied());
        Index { value, error }
    }

    /// δ as it comes, before its bias is taken off (equation 26).
    pub fn uncorrected(&self, x: &[f64]) -> f64 {
        let (class_of, count) = classes(x, class_count(x.len()));
        self.shift(&class_of, count, &vec![1.0; x.len()])
    }

    /// Half the distance of each class's law from the whole's, weighed by their sizes.
    fn shift(&self, class_of: &[usize], count: usize, weights: &[f64]) -> f64 {
        let mut sizes = vec![0.0; count];
        class_of.iter().zip(weights).for_each(|(class, weight)| sizes[*class] += weight);
        let total: f64 = sizes.iter().sum();
        let distances = match &self.law {
            Law::Atoms(value, values) => mass_distances(value, *values, class_of, &sizes, weights),
            Law::Density { .. } => self.density_distances(class_of, &sizes, weights),
        };
        distances.iter().zip(&sizes).map(|(distance, size)| size / total * distance / 2.0).sum()
    }

    fn density_distances(&self, class_of: &[usize], sizes: &[f64], weights: &[f64]) -> Vec<f64> {
        let Law::Density { bin, share, width } = &self.law else { return Vec::new() };
        // The last group is the whole.
        let whole = sizes.len();
        let mut groups = vec![Group { bins: vec![0.0; BINS], ..Group::default() }; whole + 1];
        for (place, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            groups[class_of[place]].add(self.y[place], *weight, bin[place], share[place]);
        }
        for class in 0..whole {
            let group = std::mem::take(&mut groups[class]);
            groups[whole].join(&group);
            groups[class] = group;
        }
        let step = width * FINER as f64;
        let of_whole = groups[whole].density(*width);
        let distance = |group: &Group| match group.is_constant() {
            true => 0.0,
            false => {
                let density = group.density(*width);
                let gap = |k: usize| (of_whole[k] - density[k]).abs();
                let ends = (gap(0) + gap(GRID - 1)) / 2.0;
                step * (ends + (1..GRID - 1).map(gap).sum::<f64>())
            }
        };
        groups[..whole].iter().map(distance).collect()
    }
}

/// Outputs of one class, binned.
#[derive(Clone, Debug, Default)]
struct Group {
    bins: Vec<f64>,
    n: f64,
    sum: f64,
    squares: f64,
    range: Option<(f64, f64)>,
}

impl Group {
    fn add(&mut self, y: f64, weight: f64, bin: usize, share: f64) {
        self.bins[bin] += weight * (1.0 - share);
        self.bins[bin + 1] += weight * share;
        self.n += weight;
        self.sum += weight * y;
        self.squares += weight * y * y;
        let (low, high) = self.range.unwrap_or((y, y));
        self.range = Some((if y < low { y } else { low }, if y > high { y } else { high }));
    }

    fn join(&mut self, other: &Self) {
        self.bins.iter_mut().zip(&other.bins).for_each(|(bin, more)| *bin += more);
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
        let (a, b) = (self.range, other.range);
        self.range = match (a, b) {
            (Some(a), Some(b)) => {
                Some((if b.0 < a.0 { b.0 } else { a.0 }, if b.1 > a.1 { b.1 } else { a.1 }))
            }
            (one, other) => one.or(other),
        };
    }

    /// All outputs are equal, or there is none: no density, and SALib leaves such classes out.
    fn is_constant(&self) -> bool {
        self.range.is_none_or(|(low, high)| low == high)
    }

    /// The kernel estimate at the points of the grid. Silverman's width is sd·(¾n)^(−1/5).
    fn density(&self, width: f64) -> Vec<f64> {
        let variance = (self.squares - self.sum * self.sum / self.n) / (self.n - 1.0);
        let kernel_width = variance.sqrt() * pow(0.75 * self.n, -0.2);
        let scale = width / kernel_width;
        let reach = ((KERNEL_ENDS / scale) as usize).min(BINS - 1);
        let height = 1.0 / ((2.0 * std::f64::consts::PI).sqrt() * kernel_width * self.n);
        let kernel: Vec<f64> = (0..=reach)
            .map(|distance| {
                let z = distance as f64 * scale;
                height * exp(-z * z / 2.0)
            })
            .collect();
        let at = |point: usize| {
            let (left, right) = (point.saturating_sub(reach), (point + reach).min(BINS - 1));
            let before = self.bins[left..=point].iter().zip(kernel[..=point - left].iter().rev());
            let after = self.bins[point + 1..=right].iter().zip(&kernel[1..]);
            before.chain(after).map(|(mass, kernel)| mass * kernel).sum()
        };
        (0..GRID).map(|k| at(k * FINER)).collect()
    }
}

fn mass_distances(
    value: &[usize],
    values: usize,
    class_of: &[usize],
    sizes: &[f64],
    weights: &[f64],
) -> Vec<f64> {
    let mut masses = vec![0.0; sizes.len() * values];
    let mut whole = vec![0.0; values];
    for ((value, class), weight) in value.iter().zip(class_of).zip(weights) {
        masses[class * values + value] += weight;
        whole[*value] += weight;
    }
    let total: f64 = sizes.iter().sum();
    let of_class = |(class, size): (usize, &f64)| {
        let masses = &masses[class * values..(class + 1) * values];
        masses.iter().zip(&whole).map(|(mass, all)| (mass / size - all / total).abs()).sum()
    };
    sizes.iter().enumerate().map(|class| if *class.1 > 0.0 { of_class(class) } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_an_input_decides_has_its_exact_shift() {
        // y = 1 where x < 0.3: δ = ½·[0.3·2·0.7 + 0.7·2·0.3] = 0.42.
        let x: Vec<f64> = (0..4000).map(|k| (f64::from(k * 1999 % 4000) + 0.5) / 4000.0).collect();
        let y: Vec<f64> = x.iter().map(|x| f64::from(u8::from(*x < 0.3))).collect();
        let delta = Output::new(&y).delta(&x, &Bootstrap::new(1, 50));
        // A class that straddles 0.3 loses at most its own share, 1 in 23.
        assert!((delta.value - 0.42).abs() < 0.02, "{delta:?}");
    }

    #[test]
    fn what_does_nothing_is_like_the_dummy() {
        let (x, y) = (dummy_input(5, 0, 3000), dummy_input(5, 1, 3000));
        let output = Output::new(&y);
        let bootstrap = Bootstrap::new(1, 50);
        let (delta, dummy) = (output.delta(&x, &bootstrap), output.dummy(10, 6, &bootstrap));
        // A third of the bias is taken off; what is left is within four of the dummy's own standard deviations.
        assert!(delta.value < 0.8 * output.uncorrected(&x));
        assert!((delta.value - dummy.value).abs() < 4.0 * dummy.error, "{delta:?} {dummy:?}");
    }

    #[test]
    fn classes_are_as_many_as_in_the_paper() {
        // ⌈n^(2/(7+tanh((1500−n)/500)))⌉, at most 48.
        assert_eq!([100, 500, 1500, 3000, 10_000, 1_000_000].map(class_count), [4, 5, 9, 15, 22, 48]);
    }
}
