//! One summarised number: a signal at a row, over all replicates.

use crate::model::record::{Mask, lanes};
use crate::results::bins::{Bins, Scale};
use crate::results::exact::Exact;
use crate::vm::{LANES, Row};

/// Sums, extremes and bins of the values of the replicates that count.
///
/// How many they are is the tally's to know: the same for every cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    sum: Exact,
    /// The sum of squares.
    squares: Exact,
    low: f64,
    high: f64,
    bins: Bins,
}

impl Default for Cell {
    fn default() -> Self {
        let (sum, squares, bins) = Default::default();
        Self { sum, squares, low: f64::INFINITY, high: f64::NEG_INFINITY, bins }
    }
}

impl Cell {
    /// Adds one tile: the lanes in `alive`.
    #[inline]
    pub fn add(&mut self, values: &Row, alive: Mask, scale: &Scale) {
        if alive == Mask::MAX {
            self.add_sums(values);
            self.add_all(values, scale);
        } else {
            self.add_some(values, alive, scale);
        }
    }

    /// Adds what another cell holds.
    pub fn merge(&mut self, other: &Self) {
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
        self.low = if other.low < self.low { other.low } else { self.low };
        self.high = if other.high > self.high { other.high } else { self.high };
        self.bins.merge(&other.bins);
    }

    /// Brings the cell into the one form its values have, whatever the order they came in.
    pub fn settle(&mut self) {
        self.sum.settle();
        self.squares.settle();
        self.bins.settle();
    }

    /// The mean of `n` values; exact for a constant, not a number when `n` is 0.
    pub fn mean(&self, n: u64) -> f64 {
        if self.low == self.high {
            return self.low;
        }
        self.sum.value() / n as f64
    }

    /// The standard deviation of `n` values (with n − 1); `None` for fewer than two.
    ///
    /// From the sums of values and squares, so it is sure only down to about 3e-8 of the mean.
    pub fn sd(&self, n: u64) -> Option<f64> {
        if n < 2 {
            return None;
        }
        if self.low == self.high {
            return Some(0.0);
        }
        let (sum, squares) = (self.sum.value(), self.squares.value());
        let spread = squares - sum * (sum / n as f64);
        let spread = if spread < 0.0 { 0.0 } else { spread };
        Some((spread / (n - 1) as f64).sqrt())
    }

    /// The value of a rank among `n` values, 1 being the smallest: within the scale's resolution, and
    /// exact at both ends. `None` when there is no such rank.
    pub fn at_rank(&self, rank: u64, n: u64, scale: &Scale) -> Option<f64> {
        match rank {
            0 => None,
            _ if rank > n => None,
            1 => Some(self.low),
            _ if rank == n => Some(self.high),
            _ => self.bins.at_rank(rank, scale).map(|x| x.clamp(self.low, self.high)),
        }
    }

    /// Sums over the tile by a fixed tree, eight lanes wide: part of the format, for another order
    /// would round differently.
    #[inline]
    fn add_sums(&mut self, values: &Row) {
        let (mut sums, mut squares) = ([0.0; 8], [0.0; 8]);
        for eight in values.chunks_exact(8) {
            for (j, &x) in eight.iter().enumerate() {
                sums[j] += x;
                squares[j] += x * x;
            }
        }
        self.sum.add(tree(&sums));
        self.squares.add(tree(&squares));
    }

    #[inline]
    fn add_all(&mut self, values: &Row, scale: &Scale) {
        let (low, high) = self.widen(values);
        let (first, last) = (scale.bin(low), scale.bin(high));
        let window = self.bins.window(first, last);
        if first == last {
            window[0] += LANES as u32;
            return;
        }
        let mut bins = [0; LANES];
        for (bin, &x) in bins.iter_mut().zip(values) {
            *bin = scale.bin(x) - first;
        }
        for bin in bins {
            if let Some(count) = window.get_mut(bin as usize) {
                *count += 1;
            }
        }
    }

    /// The tile's extremes, which the cell's now cover as well.
    #[inline]
    fn widen(&mut self, values: &Row) -> (f64, f64) {
        let (mut lows, mut highs) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
        for eight in values.chunks_exact(8) {
            for (j, &x) in eight.iter().enumerate() {
                // `+ 0.0` makes −0 a 0, so that the order of the two does not matter.
                let x = x + 0.0;
                lows[j] = if x < lows[j] { x } else { lows[j] };
                highs[j] = if x > highs[j] { x } else { highs[j] };
            }
        }
        let low = lows.into_iter().fold(f64::INFINITY, |a, b| if b < a { b } else { a });
        let high = highs.into_iter().fold(f64::NEG_INFINITY, |a, b| if b > a { b } else { a });
        self.low = if low < self.low { low } else { self.low };
        self.high = if high > self.high { high } else { self.high };
        (low, high)
    }

    /// A tile with absent lanes: they add nothing to the sums, in their places in the tree.
    #[cold]
    fn add_some(&mut self, values: &Row, alive: Mask, scale: &Scale) {
        let mut present = [0.0; LANES];
        for lane in lanes(alive) {
            let x = values[lane] + 0.0;
            present[lane] = x;
            self.low = if x < self.low { x } else { self.low };
            self.high = if x > self.high { x } else { self.high };
            let bin = scale.bin(x);
            self.bins.window(bin, bin)[0] += 1;
        }
        self.add_sums(&present);
    }
}

fn tree(x: &[f64; 8]) -> f64 {
    ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]))
}
