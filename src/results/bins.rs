//! Quantiles from counts: bins that any order of additions and merges fills alike.
//!
//! A bin is a stretch of `|x| + x0` in which the leading bits of the floating-point number are the
//! same: 2^`sub` bins to every octave, narrow near zero and in proportion to `x` far from it. Negative
//! numbers mirror the positive ones. Only the window of bins that was hit is kept; it grows as needed.

use serde::{Deserialize, Serialize};

use crate::results::legend::Signal;

/// How finely values are told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Added to `|x|`: below it bins are even, above it they widen with `x`.
    x0: f64,
    /// `|x| + x0` at or above this falls in the last bin.
    top: f64,
    /// Bits of a number below those that name its bin.
    shift: u32,
    /// Values are whole numbers, and so are their quantiles.
    whole: bool,
}

const MANTISSA_BITS: u32 = 52;

impl Scale {
    /// Whole numbers: exact to 4,095, then to one part in 4,096; the last bin begins at 2³².
    pub const WHOLE: Self = Self { x0: 4096.0, top: 4_294_967_296.0, shift: MANTISSA_BITS - 12, whole: true };
    /// Other numbers: to one part in 128, near zero to 2⁻¹⁷; the last bin begins at 2²⁰⁰.
    pub const REAL: Self = Self {
        x0: 1.0 / 1024.0,
        top: f64::from_bits((1023 + 200) << MANTISSA_BITS),
        shift: MANTISSA_BITS - 7,
        whole: false,
    };

    /// The scale of a signal's values.
    pub fn of(signal: &Signal) -> Self {
        if signal.whole { Self::WHOLE } else { Self::REAL }
    }

    /// The number of the bin of `x`; negative for negative `x`. Never decreases as `x` grows.
    #[inline]
    pub fn bin(&self, x: f64) -> i32 {
        // `+ 0.0` makes −0 a 0.
        let sign = ((x + 0.0).to_bits() >> 63) as i32;
        let distance = x.abs() + self.x0;
        let distance = if distance < self.top { distance } else { self.top };
        let above_zero = (distance.to_bits() >> self.shift) as i32 - self.first();
        above_zero ^ -sign
    }

    /// The width of the bin of `x`: a quantile near `x` may be off by this much. 0 for whole numbers
    /// small enough to have a bin each.
    pub fn resolution(&self, x: f64) -> f64 {
        let (near, far) = self.edges(self.bin(x.abs()));
        let width = far - near;
        if self.whole { width - 1.0 } else { width }
    }

    /// Where the number of the bin of zero would be without the shift to 0.
    fn first(&self) -> i32 {
        (self.x0.to_bits() >> self.shift) as i32
    }

    /// The edges of a bin at or above zero.
    fn edges(&self, bin: i32) -> (f64, f64) {
        let edge = |bin: i32| f64::from_bits(((bin + self.first()) as u64) << self.shift) - self.x0;
        (edge(bin), edge(bin + 1))
    }

    /// The value a share (0..1) of the way from a bin's lower to its upper edge.
    fn inside(&self, bin: i32, share: f64) -> f64 {
        if bin < 0 {
            return -self.inside(!bin, 1.0 - share) + 0.0;
        }
        if bin == 0 {
            // Nearly always an exact zero, which nobody wants to read as 0.0000038.
            return 0.0;
        }
        let (low, high) = self.edges(bin);
        if self.whole {
            // The bin holds the whole numbers low, …, high − 1.
            return (low + (high - 1.0 - low) * share).round();
        }
        low + (high - low) * share
    }
}

/// Counts by bin, over the window of bins that were hit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bins {
    /// The number of the first bin of the window.
    offset: i32,
    /// At most `u32::MAX` values in all.
    counts: Vec<u32>,
}

impl Bins {
    /// Makes room for the bins `low..=high` and returns their counts.
    #[inline]
    pub fn window(&mut self, low: i32, high: i32) -> &mut [u32] {
        let end = self.offset + self.counts.len() as i32;
        if self.counts.is_empty() || low < self.offset || high >= end {
            self.grow(low, high);
        }
        let start = (low - self.offset) as usize;
        &mut self.counts[start..=start + (high - low) as usize]
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, other: &Self) {
        if other.counts.is_empty() {
            return;
        }
        let high = other.offset + other.counts.len() as i32 - 1;
        for (mine, its) in self.window(other.offset, high).iter_mut().zip(&other.counts) {
            *mine += its;
        }
    }

    /// Drops empty bins at both ends: the one form a set of values has.
    pub fn settle(&mut self) {
        let Some(last) = self.counts.iter().rposition(|&count| count > 0) else {
            *self = Self::default();
            return;
        };
        let first = self.counts.iter().position(|&count| count > 0).unwrap_or(0);
        self.counts.truncate(last + 1);
        self.counts.drain(..first);
        self.counts.shrink_to_fit();
        self.offset += first as i32;
    }

    /// The value of a rank, 1 being the smallest, placed evenly among those of its bin; `None` if
    /// there are fewer.
    pub fn at_rank(&self, rank: u64, scale: &Scale) -> Option<f64> {
        let mut below = 0;
        for (i, &count) in self.counts.iter().enumerate() {
            let count = u64::from(count);
            if below + count >= rank {
                let share = (rank as f64 - below as f64 - 0.5) / count as f64;
                return Some(scale.inside(self.offset + i as i32, share));
            }
            below += count;
        }
        None
    }

    /// The middle of every bin that was hit, with its count.
    pub fn middles(&self, scale: &Scale) -> impl Iterator<Item = (f64, u32)> {
        let hit = (self.offset..).zip(&self.counts).filter(|&(_, &count)| count > 0);
        hit.map(|(bin, &count)| (scale.inside(bin, 0.5), count))
    }

    #[cold]
    fn grow(&mut self, low: i32, high: i32) {
        let old = std::mem::take(&mut self.counts);
        let (mut first, mut end) = (low, high + 1);
        if !old.is_empty() {
            let old_end = self.offset + old.len() as i32;
            // A little more than asked for, so that growing stays rare.
            let spare = (old.len() as i32) / 8 + 8;
            first = if low < self.offset { low - spare } else { self.offset };
            end = if high >= old_end { high + 1 + spare } else { old_end };
        }
        self.counts = vec![0; (end - first) as usize];
        let start = (self.offset - first) as usize;
        if !old.is_empty() {
            self.counts[start..start + old.len()].copy_from_slice(&old);
        }
        self.offset = first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bins(values: &[f64], scale: &Scale) -> Bins {
        let mut bins = Bins::default();
        for &x in values {
            let bin = scale.bin(x);
            bins.window(bin, bin)[0] += 1;
        }
        bins
    }

    fn sorted(values: &[f64]) -> Vec<f64> {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    }

    #[test]
    fn small_whole_numbers_have_a_bin_each() {
        let values: Vec<f64> = (-4095..=4095).map(f64::from).collect();
        let bins = bins(&values, &Scale::WHOLE);
        for (rank, &x) in (1..).zip(&values) {
            assert_eq!(bins.at_rank(rank, &Scale::WHOLE), Some(x));
        }
        assert_eq!(Scale::WHOLE.resolution(4095.0), 0.0);
        assert_eq!(Scale::WHOLE.resolution(4096.0), 1.0);
        assert_eq!(Scale::WHOLE.resolution(-5000.0), 1.0);
    }

    #[test]
    fn bins_widen_in_proportion() {
        assert_eq!(Scale::REAL.resolution(0.0), 1.0 / 131_072.0);
        for x in [0.01, 1.0, 37.0, 1e6, 1e30] {
            assert!(Scale::REAL.resolution(x) <= (x + Scale::REAL.x0) / 128.0, "{x}");
        }
    }

    #[test]
    fn values_beyond_the_bins_share_the_last() {
        for scale in [Scale::WHOLE, Scale::REAL] {
            let values = [-f64::INFINITY, -1e300, 0.0, 1e300, f64::INFINITY, f64::NAN];
            let bins = bins(&values, &scale);
            assert_eq!(scale.bin(1e300), scale.bin(f64::INFINITY));
            assert_eq!(scale.bin(-1e300), !scale.bin(1e300));
            assert!(bins.at_rank(4, &scale).unwrap() > 1e9);
            assert_eq!(bins.at_rank(7, &scale), None);
        }
    }

    #[test]
    fn the_zeros_share_a_bin() {
        assert_eq!(Scale::REAL.bin(-0.0), Scale::REAL.bin(0.0));
        assert_eq!(Scale::REAL.bin(-1e-9), -1);
    }

    proptest! {
        #[test]
        fn ranks_are_right_within_the_resolution(
            values in prop::collection::vec(prop_oneof![-5e4..5e4, -1.0..1.0, -1e-4..1e-4], 1..200),
        ) {
            let (bins, sorted) = (bins(&values, &Scale::REAL), sorted(&values));
            for (rank, &exact) in (1..).zip(&sorted) {
                let read = bins.at_rank(rank, &Scale::REAL).unwrap();
                // Adding x0 rounds, which may move a value by one unit in the last place.
                let room = Scale::REAL.resolution(exact) * (1.0 + 1e-9) + 1e-15;
                prop_assert!((read - exact).abs() <= room, "{} for {}", read, exact);
            }
        }

        #[test]
        fn large_whole_numbers_are_right_within_the_resolution(
            values in prop::collection::vec(-3_000_000..3_000_000_i32, 1..200),
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let (bins, sorted) = (bins(&values, &Scale::WHOLE), sorted(&values));
            for (rank, &exact) in (1..).zip(&sorted) {
                let read = bins.at_rank(rank, &Scale::WHOLE).unwrap();
                prop_assert_eq!(read, read.round());
                prop_assert!((read - exact).abs() <= Scale::WHOLE.resolution(exact));
            }
        }

        #[test]
        fn any_order_and_any_merges_give_the_same_bins(
            values in prop::collection::vec(-1e7..1e7_f64, 1..200),
            cut in 0..200_usize,
        ) {
            let mut forward = bins(&values, &Scale::REAL);
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut merged = bins(right, &Scale::REAL);
            merged.merge(&bins(left, &Scale::REAL));
            forward.settle();
            merged.settle();
            prop_assert_eq!(forward, merged);
        }
    }

    #[test]
    fn what_is_as_good_as_zero_has_no_sign() {
        let bins = bins(&[-1e-9, 1e-9], &Scale::REAL);
        for rank in [1, 2] {
            assert_eq!(bins.at_rank(rank, &Scale::REAL).map(f64::to_bits), Some(0));
        }
    }
}
