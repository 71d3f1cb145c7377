//! One summarised number: a signal at a row, over all replicates.

use serde::{Deserialize, Serialize};

use crate::model::record::{Mask, lanes};
use crate::results::bins::{Bins, Scale};
use crate::results::exact::Exact;
use crate::vm::{LANES, Row};

/// A tile of no more bins than these is counted bin by bin.
const FEW: usize = 8;

/// Sums, extremes and bins of the values of the replicates that count.
///
/// How many they are is the tally's to know: the same for every cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    sum: Exact,
    /// The sum of squares.
    squares: Exact,
    low: f64,
    high: f64,
    /// Whether a value was not a whole number.
    broken: bool,
    bins: Bins,
}

impl Default for Cell {
    fn default() -> Self {
        let (sum, squares, bins) = Default::default();
        Self { sum, squares, low: f64::INFINITY, high: f64::NEG_INFINITY, broken: false, bins }
    }
}

impl Cell {
    /// Adds one tile: the lanes in `alive`.
    #[inline]
    pub fn add(&mut self, values: &Row, alive: Mask, scale: &Scale) {
        if alive == Mask::MAX {
            let tile = self.note(values, scale);
            self.count(std::iter::once(&tile));
        } else {
            self.add_some(values, alive, scale);
        }
    }

    /// Adds one tile of which all lanes count, but for its bins: those come back, to be counted when it suits.
    #[inline(always)]
    pub fn note(&mut self, values: &Row, scale: &Scale) -> Tile {
        self.add_sums(values);
        let (low, high) = self.widen(values);
        // Most signals are whole throughout or broken at once.
        self.broken = self.broken || !all_whole(values);
        let (first, last) = (scale.bin(low), scale.bin(high));
        let mut tile = Tile { first, last, offsets: [0; LANES] };
        if last - first > i32::from(u16::MAX) {
            self.count_far(values, scale);
            return Tile { last: first - 1, ..tile };
        }
        for lane in 0..LANES {
            tile.offsets[lane] = (scale.bin(values[lane]) - first) as u16;
        }
        tile
    }

    /// Counts the bins of tiles that were noted.
    #[inline]
    pub fn count<'t>(&mut self, tiles: impl Iterator<Item = &'t Tile> + Clone) {
        let some = tiles.filter(|tile| tile.first <= tile.last);
        let Some(low) = some.clone().map(|tile| tile.first).min() else { return };
        let high = some.clone().map(|tile| tile.last).max().unwrap_or(low);
        let window = self.bins.window(low, high);
        some.for_each(|tile| tile.count(&mut window[(tile.first - low) as usize..]));
    }

    /// Values so far apart that their bins are no tile.
    #[cold]
    fn count_far(&mut self, values: &Row, scale: &Scale) {
        for bin in values.map(|x| scale.bin(x)) {
            self.bins.window(bin, bin)[0] += 1;
        }
    }

    /// Adds what another cell holds.
    pub fn merge(&mut self, other: &Self) {
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
        self.low = if other.low < self.low { other.low } else { self.low };
        self.high = if other.high > self.high { other.high } else { self.high };
        self.broken |= other.broken;
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

    /// The standard error of [`Self::sd`]; `None` where it cannot be told, or where the values lie
    /// closer together than the bins tell apart.
    ///
    /// √((m₄ − s⁴) / n) / 2s with the fourth central moment m₄ from the bins (M. G. Kendall, A. Stuart,
    /// *The Advanced Theory of Statistics* 1, §10.8).
    pub fn sd_error(&self, n: u64, scale: &Scale) -> Option<f64> {
        let (mean, sd) = (self.mean(n), self.sd(n)?);
        if sd == 0.0 {
            return Some(0.0);
        }
        if scale.resolution(mean) > sd / 2.0 {
            return None;
        }
        let fourth = |(middle, count): (f64, u32)| {
            let off = middle.clamp(self.low, self.high) - mean;
            f64::from(count) * (off * off) * (off * off)
        };
        let moment = self.bins.middles(scale).map(fourth).sum::<f64>() / n as f64;
        let excess = moment - (sd * sd) * (sd * sd);
        let excess = if excess < 0.0 { 0.0 } else { excess };
        Some((excess / n as f64).sqrt() / (2.0 * sd))
    }

    /// The value of a rank among `n` values, 1 being the smallest: within the scale's resolution, exact
    /// at both ends, and whole where all values are. `None` when there is no such rank.
    pub fn at_rank(&self, rank: u64, n: u64, scale: &Scale) -> Option<f64> {
        match rank {
            0 => None,
            _ if rank > n => None,
            1 => Some(self.low),
            _ if rank == n => Some(self.high),
            _ => {
                let x = self.bins.at_rank(rank, scale)?.clamp(self.low, self.high);
                Some(if self.broken { x } else { x.round() })
            }
        }
    }

    /// The values that were seen, rising and within the scale's resolution, each with how many are no smaller.
    pub fn at_least(&self, scale: &Scale) -> Vec<(f64, u64)> {
        let mut seen: Vec<(f64, u64)> = self.bins.middles(scale).map(|(x, n)| (x, u64::from(n))).collect();
        seen.iter_mut().rev().fold(0, |above, (x, count)| {
            *x = x.clamp(self.low, self.high);
            *count += above;
            *count
        });
        seen
    }

    /// Sums over the tile by a fixed tree, eight lanes wide: part of the format, for another order
    /// would round differently.
    #[inline(always)]
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

    /// The tile's extremes, which the cell's now cover as well.
    #[inline(always)]
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
            self.broken |= !is_whole(x);
            let bin = scale.bin(x);
            self.bins.window(bin, bin)[0] += 1;
        }
        self.add_sums(&present);
    }
}

/// The bins of a tile that are still to be counted.
#[derive(Clone, Debug)]
pub struct Tile {
    /// The bins of the least and of the greatest value; none where the last comes before the first.
    first: i32,
    last: i32,
    /// Each lane's bin, from the first.
    offsets: [u16; LANES],
}

impl Tile {
    /// Adds it to the counts from its first bin on.
    #[inline]
    fn count(&self, counts: &mut [u32]) {
        let bins = (self.last - self.first) as usize + 1;
        if bins == 1 {
            counts[0] += LANES as u32;
        } else if bins <= FEW {
            // The same bin is hit again and again, and each hit would wait for the one before to be stored.
            for (bin, count) in (0..).zip(&mut counts[..bins]) {
                let hits = self.offsets.iter().map(|offset| u16::from(*offset == bin));
                *count += u32::from(hits.sum::<u16>());
            }
        } else {
            let counts = &mut counts[..bins];
            for &offset in &self.offsets {
                if let Some(count) = counts.get_mut(usize::from(offset)) {
                    *count += 1;
                }
            }
        }
    }
}

#[inline(always)]
fn all_whole(values: &Row) -> bool {
    values.iter().map(|x| u32::from(!is_whole(*x))).sum::<u32>() == 0
}

/// Adding and taking away 1.5·2⁵² rounds to a whole number; so large a number is left as it is.
#[inline(always)]
fn is_whole(x: f64) -> bool {
    const ROUNDING: f64 = 6_755_399_441_055_744.0;
    (x + ROUNDING) - ROUNDING == x
}

fn tree(x: &[f64; 8]) -> f64 {
    ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tiles(values: &[f64]) -> Vec<(Row, Mask)> {
        let tile = |chunk: &[f64]| {
            // What stands in dead lanes must not matter.
            let mut row = [f64::NAN; LANES];
            row[..chunk.len()].copy_from_slice(chunk);
            (row, Mask::MAX >> (LANES - chunk.len()))
        };
        values.chunks(LANES).map(tile).collect()
    }

    fn cell(tiles: &[(Row, Mask)], scale: &Scale) -> Cell {
        let mut cell = Cell::default();
        tiles.iter().for_each(|(row, alive)| cell.add(row, *alive, scale));
        cell
    }

    fn uniform(n: usize) -> Vec<f64> {
        // The golden ratio's multiples: even, and in no order.
        (0..n).map(|i| (i as f64 * 0.618_033_988_749_894_8) % 1.0).collect()
    }

    #[test]
    fn whole_numbers_among_bins_of_real_ones_stay_whole() {
        let values: Vec<f64> = uniform(1000).iter().map(|x| (x * 4.0).floor() * 30.0).collect();
        let whole = cell(&tiles(&values), &Scale::REAL);
        for (rank, value) in [(2, 0.0), (250, 0.0), (260, 30.0), (500, 30.0), (700, 60.0), (999, 90.0)] {
            assert_eq!(whole.at_rank(rank, 1000, &Scale::REAL), Some(value), "{rank}");
        }
        assert!(!whole.broken && cell(&tiles(&[1.0, 0.5]), &Scale::REAL).broken);
        assert!(is_whole(-7.0) && is_whole(1e300) && !is_whole(1e-300) && !is_whole(-2.5));
    }

    #[test]
    fn a_constant_is_itself() {
        for scale in [Scale::REAL, Scale::WHOLE] {
            let cell = cell(&tiles(&[0.1; 100]), &scale);
            assert_eq!(
                (cell.mean(100), cell.sd(100), cell.sd_error(100, &scale)),
                (0.1, Some(0.0), Some(0.0))
            );
            assert_eq!([1, 50, 100].map(|rank| cell.at_rank(rank, 100, &scale)), [Some(0.1); 3]);
        }
    }

    #[test]
    fn moments_of_a_uniform() {
        let n = 64_000;
        let values = uniform(n);
        let cell = cell(&tiles(&values), &Scale::REAL);
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
        assert!((cell.mean(n as u64) - mean).abs() < 1e-12);
        assert!((cell.sd(n as u64).unwrap() - (squares / (n - 1) as f64).sqrt()).abs() < 1e-12);
        // m4 = 1/80 and s² = 1/12: √((1/80 − 1/144)/n) / (2/√12). Bins are a hundredth wide.
        let error = (1.0 / 180.0 / n as f64).sqrt() / (2.0 / 12.0_f64.sqrt());
        assert!((cell.sd_error(n as u64, &Scale::REAL).unwrap() / error - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_standard_deviation_closer_than_the_bins_has_no_error() {
        let values: Vec<f64> = uniform(128).iter().map(|x| 1e6 + x).collect();
        let cell = cell(&tiles(&values), &Scale::REAL);
        assert!((cell.sd(128).unwrap() - 0.29).abs() < 0.01);
        assert_eq!(cell.sd_error(128, &Scale::REAL), None);
    }

    #[test]
    fn one_value_has_no_spread_and_none_has_no_mean() {
        assert_eq!(cell(&tiles(&[4.0]), &Scale::REAL).sd(1), None);
        assert!(Cell::default().mean(0).is_nan());
        assert_eq!(Cell::default().at_rank(0, 0, &Scale::REAL), None);
    }

    #[test]
    fn extreme_values_do_no_harm() {
        let values = [-1e300, -0.0, 0.0, 1e-300, 1e300];
        for scale in [Scale::REAL, Scale::WHOLE] {
            let cell = cell(&tiles(&values), &scale);
            assert_eq!([1, 5].map(|rank| cell.at_rank(rank, 5, &scale)), [Some(-1e300), Some(1e300)]);
            assert_eq!(cell.sd(5), Some(f64::INFINITY));
        }
    }

    proptest! {
        #[test]
        fn any_order_and_any_merges_give_the_same_cell(
            values in prop::collection::vec(prop_oneof![-3e4..3e4, 0.0..30.0, Just(-0.0), Just(0.0)], 1..600),
            turn in 0..10_usize,
            cut in 0..10_usize,
        ) {
            let tiles = tiles(&values);
            let mut forward = cell(&tiles, &Scale::REAL);
            let mut turned = tiles.clone();
            turned.rotate_left(turn % tiles.len());
            let (left, right) = turned.split_at(cut.min(tiles.len()));
            let mut merged = cell(right, &Scale::REAL);
            merged.merge(&cell(left, &Scale::REAL));
            forward.settle();
            merged.settle();
            prop_assert_eq!(forward, merged);
        }

        #[test]
        fn quantiles_of_whole_numbers_are_those_of_the_sorted_values(
            values in prop::collection::vec(prop_oneof![-4095..=4095_i32, 0..4_i32], 1..300),
        ) {
            let mut values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let cell = cell(&tiles(&values), &Scale::WHOLE);
            values.sort_by(f64::total_cmp);
            for (rank, exact) in (1..).zip(&values) {
                prop_assert_eq!(cell.at_rank(rank, values.len() as u64, &Scale::WHOLE), Some(*exact));
            }
        }

        #[test]
        fn full_and_partial_tiles_agree(values in prop::collection::vec(0.0..40.0_f64, LANES)) {
            let row: Row = values.try_into().unwrap();
            let mut full = Cell::default();
            full.add(&row, Mask::MAX, &Scale::REAL);
            let mut partial = Cell::default();
            partial.add_some(&row, Mask::MAX, &Scale::REAL);
            full.settle();
            partial.settle();
            prop_assert_eq!(full, partial);
        }
    }

    #[test]
    fn tiles_of_any_width_are_counted_like_their_lanes() {
        // Bins: one, two, eight, nine, some hundreds, and more than a tile's numbers tell apart.
        let spread = |values: f64, apart: f64| -> Row {
            std::array::from_fn(|lane| ((lane * 7) as f64 % values).floor() * apart - 3.0)
        };
        let rows = [
            spread(1.0, 1.0),
            spread(2.0, 1.0),
            spread(8.0, 1.0),
            spread(9.0, 1.0),
            spread(64.0, 9.0),
            spread(3.0, 65_535.0),
            std::array::from_fn(|lane| if lane % 3 == 0 { -1e12 } else { 1e12 }),
            spread(5.0, 1.0),
        ];
        let (mut full, mut partial) = (Cell::default(), Cell::default());
        for row in &rows {
            full.add(row, Mask::MAX, &Scale::WHOLE);
            partial.add_some(row, Mask::MAX, &Scale::WHOLE);
        }
        full.settle();
        partial.settle();
        assert_eq!(full, partial);
    }

    #[test]
    fn a_standard_deviation_has_an_error_where_the_bins_tell_it() {
        // Bins are 4,096 wide at a million.
        let error = |width: f64| {
            let values: Vec<f64> = uniform(128).iter().map(|x| 1e6 + width * x).collect();
            cell(&tiles(&values), &Scale::REAL).sd_error(128, &Scale::REAL)
        };
        assert_eq!(error(14_000.0), None);
        assert!(error(100_000.0).is_some());
    }

    #[test]
    fn no_rank_is_beyond_the_last() {
        assert_eq!(Cell::default().at_rank(1, 0, &Scale::REAL), None);
        assert_eq!(cell(&tiles(&[4.0; 3]), &Scale::REAL).at_rank(4, 3, &Scale::REAL), None);
    }

    #[test]
    fn zero_has_no_sign() {
        for alive in [Mask::MAX, 0b111] {
            let mut zeros = Cell::default();
            zeros.add(&[-0.0; LANES], alive, &Scale::REAL);
            assert_eq!([zeros.low, zeros.high].map(f64::to_bits), [0, 0], "{alive:b}");
        }
    }

    #[test]
    fn only_what_was_seen_is_told() {
        let cell = cell(&tiles(&[1.0, 3.0, 1.0]), &Scale::WHOLE);
        assert_eq!(cell.at_least(&Scale::WHOLE), [(1.0, 3), (3.0, 1)]);
    }

    #[test]
    fn two_values_have_a_spread() {
        assert_eq!(cell(&tiles(&[1.0, 3.0]), &Scale::REAL).sd(2), Some(2.0_f64.sqrt()));
    }
}
