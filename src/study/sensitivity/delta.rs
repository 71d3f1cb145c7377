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
//! scores](super::ranks::normal_scores): no grid resolves what lies within a hundredth of the range. Kernels blur
//! what is no density, so values that many outputs share (0 and 1, no attacks at all, a date after the end) are
//! *atoms*: their masses are compared, |p(v) − p(v | x)|, and kernels are for the rest. Here this goes beyond SALib.

use super::ranks::{classes, order, runs};
use super::resample::{Bootstrap, Index, dummy_input, mean_and_sd};
use crate::vm::math::{exp, pow};

/// Points at which densities are compared.
const GRID: usize = 100;
/// Finer bins to each step of the grid; kernels are summed over these.
const FINER: usize = 2;
const BINS: usize = (GRID - 1) * FINER + 1;
/// Outputs of no more values than this are all atoms.
const FEW_VALUES: usize = 20;
/// Else a value is an atom if this share of outputs has it.
const SHARE_OF_ATOM: f64 = 0.02;
/// Kernels end at this many widths: e^(−18) is nothing beside the noise of a density.
const KERNEL_ENDS: f64 = 6.0;

/// The output, its atoms told and the rest binned, once for all inputs.
#[derive(Clone, Debug)]
pub struct Output {
    y: Vec<f64>,
    place: Vec<Place>,
    atoms: usize,
    /// Of a bin.
    width: f64,
}

/// Where an output counts.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// With all that have its value.
    Atom(usize),
    /// In this bin and, with this share, in the next.
    Bin(usize, f64),
}

/// Classes for a sample of this size (Plischke et al. 2013, as SALib has it).
pub fn class_count(n: usize) -> usize {
    let n = n as f64;
    let twice = exp(2.0 * (1500.0 - n) / 500.0);
    let tanh = (twice - 1.0) / (twice + 1.0);
    (pow(n, 2.0 / (7.0 + tanh)).ceil() as usize).clamp(1, 48)
}

impl Output {
    /// Tells atoms and bins the rest; all outputs must be finite.
    pub fn new(y: &[f64]) -> Self {
        let order = order(y);
        let runs: Vec<_> = runs(y, &order).collect();
        let is_atom = |run: &std::ops::Range<usize>| {
            runs.len() <= FEW_VALUES || (run.len() > 1 && run.len() as f64 >= SHARE_OF_ATOM * y.len() as f64)
        };
        let rest: Vec<f64> = runs.iter().filter(|run| !is_atom(run)).map(|run| y[order[run.start]]).collect();
        let low = rest.first().copied().unwrap_or(0.0);
        let width = rest.last().map_or(0.0, |high| (high - low) / (BINS - 1) as f64);
        let mut place = vec![Place::Atom(0); y.len()];
        let mut atoms = 0;
        for run in &runs {
            let value = y[order[run.start]];
            let here = if is_atom(run) {
                atoms += 1;
                Place::Atom(atoms - 1)
            } else {
                let at = if width > 0.0 { (value - low) / width } else { 0.0 };
                let bin = (at as usize).min(BINS - 2);
                Place::Bin(bin, at - bin as f64)
            };
            order[run.clone()].iter().for_each(|output| place[*output] = here);
        }
        Self { y: y.to_vec(), place, atoms, width }
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
        let empty = Group { masses: vec![0.0; self.atoms], bins: vec![0.0; BINS], ..Group::default() };
        let mut groups = vec![empty.clone(); count];
        for (output, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            groups[class_of[output]].add(self.y[output], *weight, self.place[output]);
        }
        let mut whole = empty;
        groups.iter().for_each(|group| whole.join(group));
        let of_whole = whole.density(self.width);
        let shifts = groups.iter().map(|group| {
            let density = group.density(self.width);
            let distance =
                group.atoms_from(&whole) + self.densities_apart(density.as_ref(), of_whole.as_ref());
            group.size / whole.size * distance / 2.0
        });
        shifts.sum()
    }

    /// The integral of the difference. A class with outputs of one value beside the atoms has no density, and is
    /// left out, as SALib leaves it out.
    fn densities_apart(&self, one: Option<&Vec<f64>>, whole: Option<&Vec<f64>>) -> f64 {
        let (Some(one), Some(whole)) = (one, whole) else { return 0.0 };
        let gap = |k: usize| (one[k] - whole[k]).abs();
        let ends = (gap(0) + gap(GRID - 1)) / 2.0;
        self.width * FINER as f64 * (ends + (1..GRID - 1).map(gap).sum::<f64>())
    }
}

/// Outputs of one class.
#[derive(Clone, Debug, Default)]
struct Group {
    size: f64,
    masses: Vec<f64>,
    /// What is no atom: its bins, number, sum, squares, least and greatest.
    bins: Vec<f64>,
    n: f64,
    sum: f64,
    squares: f64,
    range: Option<(f64, f64)>,
}

impl Group {
    fn add(&mut self, y: f64, weight: f64, place: Place) {
        self.size += weight;
        match place {
            Place::Atom(atom) => self.masses[atom] += weight,
            Place::Bin(bin, share) => {
                self.bins[bin] += weight * (1.0 - share);
                self.bins[bin + 1] += weight * share;
                self.n += weight;
                self.sum += weight * y;
                self.squares += weight * y * y;
                self.widen((y, y));
            }
        }
    }

    fn join(&mut self, other: &Self) {
        self.masses.iter_mut().zip(&other.masses).for_each(|(mass, more)| *mass += more);
        self.bins.iter_mut().zip(&other.bins).for_each(|(bin, more)| *bin += more);
        self.size += other.size;
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
        other.range.into_iter().for_each(|range| self.widen(range));
    }

    fn widen(&mut self, (low, high): (f64, f64)) {
        let (least, greatest) = self.range.unwrap_or((low, high));
        self.range =
            Some((if low < least { low } else { least }, if high > greatest { high } else { greatest }));
    }

    /// The sum of the differences of the atoms' masses.
    fn atoms_from(&self, whole: &Self) -> f64 {
        let pairs = self.masses.iter().zip(&whole.masses);
        if self.size == 0.0 {
            return 0.0;
        }
        pairs.map(|(mass, all)| (mass / self.size - all / whole.size).abs()).sum()
    }

    /// The kernel estimate of what is no atom at the points of the grid, as a part of the whole law: all 0 if
    /// there is nothing, `None` if it cannot be told. Silverman's width is sd·(¾n)^(−1/5).
    fn density(&self, width: f64) -> Option<Vec<f64>> {
        let Some((low, high)) = self.range else { return Some(vec![0.0; GRID]) };
        if low == high {
            return None;
        }
        let variance = (self.squares - self.sum * self.sum / self.n) / (self.n - 1.0);
        let kernel_width = variance.sqrt() * pow(0.75 * self.n, -0.2);
        let scale = width / kernel_width;
        let reach = ((KERNEL_ENDS / scale) as usize).min(BINS - 1);
        let height = 1.0 / ((2.0 * std::f64::consts::PI).sqrt() * kernel_width * self.size);
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
        Some((0..GRID).map(|k| at(k * FINER)).collect())
    }
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
    fn an_atom_is_no_density() {
        // Half the outputs never get there, whatever x is; the others are uniform from x on to x + 1.
        let (x, u, v) = (dummy_input(5, 0, 8000), dummy_input(5, 1, 8000), dummy_input(5, 2, 8000));
        let y: Vec<f64> = (0..8000).map(|k| if v[k] < 0.5 { 9.0 } else { x[k] + u[k] }).collect();
        let delta = Output::new(&y).delta(&x, &Bootstrap::new(1, 50));
        // The triangle on 0..2 against the square on x..x + 1 differ by ½·∫ = ⅓ on average, the atom by nothing.
        assert!((delta.value - 1.0 / 6.0).abs() < 0.03, "{delta:?}");
    }

    #[test]
    fn classes_are_as_many_as_in_the_paper() {
        // ⌈n^(2/(7+tanh((1500−n)/500)))⌉, at most 48.
        assert_eq!([100, 500, 1500, 3000, 10_000, 1_000_000].map(class_count), [4, 5, 9, 15, 22, 48]);
    }
}
