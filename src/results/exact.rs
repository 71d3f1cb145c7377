//! Sums that do not depend on the order of addition.
//!
//! A superaccumulator: one wide fixed-point integer, cut into limbs, to which every number is added
//! without rounding. Integer addition is associative and commutative, so any order of additions and
//! merges gives the same bits (U. Kulisch, *Computer Arithmetic and Validity*, 2013, ch. 8).

use serde::{Deserialize, Serialize};

/// Limbs of 32 bits, each in an `i64` so that carries can wait.
const LIMBS: usize = 16;
/// Bit 0 of limb 0 is worth 2 to this power.
const LOWEST_BIT: i32 = -224;
/// Numbers of this power of two and above are not summed but noted as infinite.
const TOP_BIT: i32 = 256;
/// Each addition moves a limb by less than 2³², so an `i64` holds 2³¹ of them; half of that is safe.
const SETTLE_AFTER: u32 = 1 << 30;

const MANTISSA_BITS: i32 = 52;
const EXPONENT_BIAS: i32 = 1023;

/// An exact sum of `f64`.
///
/// Numbers of magnitude 2²⁵⁶ (about 1e77) and more make the sum infinite; what a number has below
/// 2⁻²²⁴ (about 4e-68) is cut off before it is added. In between nothing is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exact {
    limbs: [i64; LIMBS],
    /// Additions since the limbs were last settled.
    waiting: u32,
    /// What did not fit.
    beyond: Beyond,
}

/// Numbers seen that no limb can hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Beyond {
    above: bool,
    below: bool,
    undefined: bool,
}

impl Exact {
    /// Adds one number.
    #[inline]
    pub fn add(&mut self, x: f64) {
        let bits = x.to_bits();
        let exponent = ((bits >> MANTISSA_BITS) & 0x7ff) as i32;
        // Where the mantissa's lowest bit falls.
        let place = exponent - EXPONENT_BIAS - MANTISSA_BITS - LOWEST_BIT;
        if place >= TOP_BIT - LOWEST_BIT - MANTISSA_BITS {
            self.note_beyond(x);
            return;
        }
        let mut mantissa = (bits & ((1 << MANTISSA_BITS) - 1)) | (1 << MANTISSA_BITS);
        if place < 0 {
            // Subnormals fall here as well: far below the lowest bit, they leave nothing.
            mantissa = mantissa.checked_shr(place.unsigned_abs()).unwrap_or(0);
        }
        let place = place.max(0);
        let (limb, shifted) = ((place / 32) as usize, u128::from(mantissa) << (place % 32));
        let sign = if x < 0.0 { -1 } else { 1 };
        for (i, limb) in self.limbs[limb..limb + 3].iter_mut().enumerate() {
            *limb += sign * i64::from((shifted >> (32 * i)) as u32);
        }
        self.waiting += 1;
        if self.waiting >= SETTLE_AFTER {
            self.settle();
        }
    }

    /// Adds another sum; leaves this one settled.
    pub fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        self.settle();
        other.settle();
        for (mine, its) in self.limbs.iter_mut().zip(other.limbs) {
            *mine += its;
        }
        self.beyond.above |= other.beyond.above;
        self.beyond.below |= other.beyond.below;
        self.beyond.undefined |= other.beyond.undefined;
        self.settle();
    }

    /// Carries, so that every limb but the last is in 0..2³²: the one form a sum has.
    pub fn settle(&mut self) {
        carry(&mut self.limbs);
        self.waiting = 0;
    }

    /// The sum, rounded once, to the nearest `f64` (ties to even).
    pub fn value(&self) -> f64 {
        match self.beyond {
            Beyond { undefined: true, .. } | Beyond { above: true, below: true, .. } => return f64::NAN,
            Beyond { above: true, .. } => return f64::INFINITY,
            Beyond { below: true, .. } => return f64::NEG_INFINITY,
            Beyond { .. } => {}
        }
        let mut limbs = self.limbs;
        carry(&mut limbs);
        let negative = limbs[LIMBS - 1] < 0;
        if negative {
            limbs = limbs.map(|limb| -limb);
            carry(&mut limbs);
        }
        let magnitude = round(&limbs);
        if negative { -magnitude } else { magnitude }
    }

    #[cold]
    fn note_beyond(&mut self, x: f64) {
        self.beyond.above |= x > 0.0;
        self.beyond.below |= x < 0.0;
        self.beyond.undefined |= x.is_nan();
    }
}

fn carry(limbs: &mut [i64; LIMBS]) {
    for i in 0..LIMBS - 1 {
        let over = limbs[i] >> 32;
        limbs[i] -= over << 32;
        limbs[i + 1] += over;
    }
}

/// The nearest `f64` to carried limbs that are not negative.
fn round(limbs: &[i64; LIMBS]) -> f64 {
    let Some(top) = limbs.iter().rposition(|&limb| limb != 0) else { return 0.0 };
    // The top three limbs hold at least 65 significant bits; all below them only break ties.
    let limb = |down: usize| top.checked_sub(down).map_or(0, |i| limbs[i] as u128);
    let rest = limbs[..top.saturating_sub(2)].iter().any(|&limb| limb != 0);
    let head = (limb(0) << 64) | (limb(1) << 32) | limb(2) | u128::from(rest);
    head as f64 * power_of_two(32 * (top as i32 - 2) + LOWEST_BIT)
}

/// 2 to a power between −1022 and 1023, exactly.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + EXPONENT_BIAS) as u64) << MANTISSA_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(numbers: impl IntoIterator<Item = f64>) -> Exact {
        let mut exact = Exact::default();
        numbers.into_iter().for_each(|x| exact.add(x));
        exact
    }

    #[test]
    fn nothing_is_lost_to_cancellation() {
        assert_eq!(sum([1e30, 1.0, -1e30]).value(), 1.0);
        assert_eq!(sum([1e-20, 1e60, -1e60, 1e-20]).value(), 2e-20);
        assert_eq!(sum([0.0, -0.0]).value(), 0.0);
        assert_eq!(sum([-3.5, 1.25]).value(), -2.25);
    }

    #[test]
    fn the_value_is_rounded_once_to_even() {
        let half = f64::EPSILON / 2.0;
        assert_eq!(sum([1.0, half]).value(), 1.0);
        assert_eq!(sum([1.0, half, 1e-60]).value(), 1.0 + f64::EPSILON);
        assert_eq!(sum([1.0 + f64::EPSILON, half]).value(), 1.0 + 2.0 * f64::EPSILON);
        assert_eq!(sum([-1.0, -half, -1e-60]).value(), -1.0 - f64::EPSILON);
        assert_eq!(sum([half, half, 1.0]).value(), 1.0 + f64::EPSILON);
    }

    #[test]
    fn every_power_of_two_in_range_comes_back() {
        for exponent in LOWEST_BIT..TOP_BIT {
            let x = power_of_two(exponent);
            assert_eq!(sum([x]).value(), x, "2^{exponent}");
            assert_eq!(sum([-x]).value(), -x, "-2^{exponent}");
        }
    }

    #[test]
    fn what_is_too_large_is_infinite_and_what_is_too_small_is_cut() {
        assert_eq!(sum([1e300, 1.0]).value(), f64::INFINITY);
        assert_eq!(sum([-1e300]).value(), f64::NEG_INFINITY);
        assert!(sum([1e300, -1e300]).value().is_nan());
        assert!(sum([f64::NAN]).value().is_nan());
        assert_eq!(sum([1e-70, f64::MIN_POSITIVE, 5e-324]).value(), 0.0);
        let cut = power_of_two(LOWEST_BIT) * 1.5;
        assert_eq!(sum([cut]).value(), power_of_two(LOWEST_BIT));
    }

    #[test]
    fn limbs_settle_before_they_overflow() {
        let mut exact = sum([power_of_two(255) * (2.0 - f64::EPSILON)]);
        let (limbs, one) = (exact.limbs, exact.value());
        // As after a billion additions: one more settles.
        exact.limbs = limbs.map(|limb| limb * i64::from(SETTLE_AFTER - 1));
        exact.waiting = SETTLE_AFTER - 1;
        exact.add(one);
        assert_eq!(exact.waiting, 0);
        assert_eq!(exact.value(), one * f64::from(SETTLE_AFTER));
    }

    proptest! {
        #[test]
        fn any_order_and_any_merges_give_the_same_bits(
            numbers in prop::collection::vec(-1e40..1e40_f64, 1..80),
            small in prop::collection::vec(-1e-9..1e-9_f64, 1..80),
            cut in 0..80_usize,
        ) {
            let all: Vec<f64> = numbers.iter().chain(&small).copied().collect();
            let mut forward = sum(all.iter().copied());
            forward.settle();
            let (left, right) = all.split_at(cut.min(all.len()));
            let mut merged = sum(right.iter().rev().copied());
            merged.merge(&sum(left.iter().rev().copied()));
            prop_assert_eq!(&merged, &forward);
            prop_assert_eq!(merged.value().to_bits(), forward.value().to_bits());
        }

        #[test]
        fn sums_of_integers_are_exact(numbers in prop::collection::vec(-(1_i64 << 52)..1_i64 << 52, 0..100)) {
            let exact: i128 = numbers.iter().map(|&x| i128::from(x)).sum();
            prop_assert_eq!(sum(numbers.iter().map(|&x| x as f64)).value(), exact as f64);
        }
    }

    #[test]
    fn what_breaks_a_tie_does_so_whatever_stands_before_it() {
        // Below 2⁻⁶⁴ is what the three upper limbs do not hold.
        let half = f64::EPSILON / 2.0;
        assert_eq!(sum([1.0, half, power_of_two(-64), power_of_two(-70)]).value(), 1.0 + f64::EPSILON);
    }

    #[test]
    fn merged_sums_are_infinite_where_the_sum_of_all_is() {
        let numbers = [1.5, 1e300, -1e300, f64::NAN, f64::NEG_INFINITY];
        for (one, other) in numbers.iter().flat_map(|x| numbers.iter().map(move |y| (*x, *y))) {
            let mut merged = sum([one]);
            merged.merge(&sum([other]));
            assert_eq!(merged.value().to_bits(), sum([one, other]).value().to_bits(), "{one} and {other}");
        }
    }

    #[test]
    fn sums_are_infinite_from_the_top_on() {
        for (x, value) in [(256, f64::INFINITY), (300, f64::INFINITY), (255, power_of_two(255))] {
            assert_eq!(sum([power_of_two(x)]).value(), value, "2^{x}");
            assert_eq!(sum([-power_of_two(x)]).value(), -value, "-2^{x}");
        }
    }
}
