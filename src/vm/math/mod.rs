//! Portable elementary functions: the same bits on every machine and instruction set.
//!
//! Only `+ - * /`, `sqrt`, comparisons with selects, and integer bits: no fused multiply-add, no platform
//! library. The functions are free of branches, so that a loop over a [`Row`](super::Row) vectorises.
//!
//! Every operation carries a non-finite value on: an operand that is NaN or infinite never gives a finite
//! result (`exp(-inf)` and `pow(NaN, 0)` are NaN).
//!
//! | function | error |
//! | --- | --- |
//! | [`exp`], [`ln`], [`ln_1p`], [`logistic`] | 4e-16 relative |
//! | [`pow`] | 2.3e-16 relative, over the whole range |
//! | [`floor`], [`round_half_up`] | exact |
//! | [`normal_cdf`] | 2e-15 relative, lower tail included |
//! | [`inverse_normal`] | 1e-15 relative |

mod normal;

pub use normal::{inverse_normal, inverse_normal_row, normal_cdf};

/// The natural logarithm of 2 to 41 bits: its products with an exponent are exact.
const LN_2_HIGH: f64 = 0.693_147_180_559_663;
/// The rest of the natural logarithm of 2.
const LN_2_LOW: f64 = 2.823_529_056_303_157_7e-13;
/// Adding 1.5·2⁵² rounds to the nearest whole number and leaves it in the low bits.
const ROUND_TO_WHOLE: f64 = 6_755_399_441_055_744.0;
/// 2⁵²: from here on every double is whole.
const TWO_52: f64 = 4_503_599_627_370_496.0;

/// The exponential. Overflows to infinity, underflows gradually to 0.
#[inline(always)]
pub fn exp(x: f64) -> f64 {
    exp_of_sum(x, 0.0) + poison(x)
}

/// The natural logarithm. That of 0 is minus infinity, that of a negative number NaN.
#[inline(always)]
pub fn ln(x: f64) -> f64 {
    let (exponent, mantissa) = split_exponent(x);
    let f = mantissa - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    let correction = s * (half_square + z * (2.0 / 3.0 + z * atanh_tail(z))) + exponent * LN_2_LOW;
    let y = exponent * LN_2_HIGH - ((half_square - correction) - f);
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    if x < 0.0 { f64::NAN } else { y + poison(x) }
}

/// ln(1 + x), accurate for small x too; minus infinity at −1, NaN below.
#[inline(always)]
pub fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    // What rounding took from the sum, to first order.
    let lost = x - (sum - 1.0);
    let y = ln(sum);
    if sum > 0.0 { y + lost / sum } else { y }
}

/// `x` to the power `y`.
///
/// `pow(x, 0)` is 1, also for x = 0; `pow(x, 1)` is x and `pow(x, 2)` is x·x, exactly. Zero (of either sign) to a
/// positive power is 0 and to a negative one infinity. A negative number has a power only for whole `y`, else NaN.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    let magnitude = x.abs();
    let (log_high, log_low) = ln_in_two(if magnitude == 0.0 { 1.0 } else { magnitude });
    // Beyond ±2⁶⁴ every power but that of 1 has long overflowed; the product below must not.
    let held = clamp(y, -TWO_64, TWO_64);
    let (held_high, held_low) = halves(held);
    let (high, low) = halves(log_high);
    let product_high = held_high * high;
    let product_low = held_low * high + held * (low + log_low);
    let sum = product_high + product_low;
    let power = exp_of_sum(sum, product_low - (sum - product_high));

    let at_zero = if y > 0.0 { 0.0 } else { f64::INFINITY };
    let power = if magnitude == 0.0 && y != 0.0 { at_zero } else { power };
    let whole = floor(y) == y;
    let odd = whole && floor(0.5 * y) != 0.5 * y;
    let power = if x < 0.0 && odd { -power } else { power };
    let power = if x < 0.0 && !whole { f64::NAN } else { power };
    let power = if y == 1.0 { x } else { power };
    let power = if y == 2.0 { x * x } else { power };
    power + (poison(x) + poison(y))
}

/// The logistic function 1 / (1 + e⁻ˣ); 0 below −709.8, where it would be subnormal.
#[inline(always)]
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// The largest whole number not above `x`.
#[inline(always)]
pub fn floor(x: f64) -> f64 {
    // Exact, hence the same everywhere; an instruction of its own on most machines.
    x.floor()
}

/// The nearest whole number; halves go up (2.5 to 3, −2.5 to −2).
#[inline(always)]
pub fn round_half_up(x: f64) -> f64 {
    let below = floor(x);
    // Not floor(x + 0.5): that sum rounds 0.499…94 up to 1.
    let up = x - below >= 0.5;
    below + if up { 1.0 } else { 0.0 }
}

/// 0 for a finite number, NaN for any other: added to a result, it carries a non-finite operand on.
#[inline(always)]
pub fn poison(x: f64) -> f64 {
    x * 0.0
}

const TWO_64: f64 = 18_446_744_073_709_551_616.0;

/// exp(x + low) for a `low` of at most a rounding error of `x`.
#[inline(always)]
fn exp_of_sum(x: f64, low: f64) -> f64 {
    let held = clamp(x, -746.0, 710.0);
    let low = if held == x { low } else { 0.0 };
    let shifted = held * std::f64::consts::LOG2_E + ROUND_TO_WHOLE;
    let twos = shifted - ROUND_TO_WHOLE;
    let high = held - twos * LN_2_HIGH;
    let low = low - twos * LN_2_LOW;
    let r = high + low;
    let fraction = 1.0 + (high + (low + r * r * exp_tail(r)));
    // Two factors, so that results beside the ends of the range neither overflow nor lose bits early.
    let biased = shifted.to_bits().wrapping_add(2046) & 0xfff;
    let half = biased >> 1;
    fraction * f64::from_bits(half << 52) * f64::from_bits((biased - half) << 52)
}

/// (eʳ − 1 − r) / r² for |r| ≤ ln 2 / 2: minimax, error of eʳ 3.5e-18.
#[inline(always)]
fn exp_tail(r: f64) -> f64 {
    const COEFFICIENTS: [f64; 10] = [
        2.511_796_377_516_65e-8,
        2.763_133_790_077_008_5e-7,
        2.755_721_595_773_635_7e-6,
        2.480_148_979_149_004e-5,
        1.984_126_991_778_978_7e-4,
        1.388_888_894_714_996_6e-3,
        8.333_333_333_307_009e-3,
        4.166_666_666_651_496e-2,
        0.166_666_666_666_667,
        0.500_000_000_000_001_3,
    ];
    polynomial(&COEFFICIENTS, r)
}

/// (2·atanh(s) − 2s − ⅔s³) / s⁵ as a function of z = s², for s up to (√2−1)/(√2+1): minimax, error of the
/// logarithm 1.2e-20 relative.
#[inline(always)]
fn atanh_tail(z: f64) -> f64 {
    const COEFFICIENTS: [f64; 7] = [
        0.131_969_589_390_648_3,
        0.132_567_518_481_235_35,
        0.153_867_600_691_292_13,
        0.181_817_843_098_378_17,
        0.222_222_225_205_509_16,
        0.285_714_285_700_962_2,
        0.400_000_000_000_022_6,
    ];
    polynomial(&COEFFICIENTS, z)
}

/// The logarithm of a positive finite number as a sum of two, 1e-19 relative: 2·atanh((m−1)/(m+1)) with the
/// leading terms carried in halves, whose products are exact.
#[inline(always)]
fn ln_in_two(x: f64) -> (f64, f64) {
    const TWO_THIRDS: f64 = 2.0 / 3.0;
    const TWO_THIRDS_HIGH: f64 = 0.666_666_656_732_559_2;
    const TWO_THIRDS_LOW: f64 = 9.934_107_462_565_104e-9;

    let (exponent, mantissa) = split_exponent(x);
    let (f, g) = (mantissa - 1.0, mantissa + 1.0);
    let g_high = upper_half(g);
    let g_low = mantissa - (g_high - 1.0);
    let s = f / g;
    let s_high = upper_half(s);
    let s_low = ((f - s_high * g_high) - s_high * g_low) / g;
    // ln m = ⅔·s·(3 + s² + 1.5·s⁴·tail)
    let (z, z_high) = (s * s, s_high * s_high);
    let rest = 1.5 * z * z * atanh_tail(z) + s_low * (s_high + s);
    let factor_high = upper_half(3.0 + z_high + rest);
    let factor_low = rest - ((factor_high - 3.0) - z_high);
    let (leading, trailing) = (s_high * factor_high, s_low * factor_high + factor_low * s);
    let product_high = upper_half(leading + trailing);
    let product_low = trailing - (product_high - leading);
    let high = TWO_THIRDS_HIGH * product_high;
    let low = TWO_THIRDS_LOW * product_high + product_low * TWO_THIRDS;

    let whole = exponent * LN_2_HIGH;
    let sum = whole + high;
    (sum, (high - (sum - whole)) + (low + exponent * LN_2_LOW))
}

/// `x` = 2^exponent · mantissa with a mantissa from √½ to √2, for positive `x`; subnormals included.
#[inline(always)]
fn split_exponent(x: f64) -> (f64, f64) {
    const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
    const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
    const TWO_54: f64 = 18_014_398_509_481_984.0;

    let subnormal = x < f64::MIN_POSITIVE;
    let bits = (if subnormal { x * TWO_54 } else { x }).to_bits();
    let biased = bits.wrapping_add(ONE_BITS - SQRT_HALF_BITS) >> 52;
    let exponent = f64::from_bits(TWO_52.to_bits() | biased) - (TWO_52 + 1023.0);
    let mantissa = f64::from_bits(bits.wrapping_sub(biased.wrapping_sub(1023) << 52));
    (if subnormal { exponent - 54.0 } else { exponent }, mantissa)
}

/// The number cut to 26 significant bits: products of two such are exact.
#[inline(always)]
fn upper_half(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !0x7ff_ffff)
}

#[inline(always)]
fn halves(x: f64) -> (f64, f64) {
    let high = upper_half(x);
    (high, x - high)
}

/// `x` held between two numbers; NaN stays NaN.
#[inline(always)]
fn clamp(x: f64, low: f64, high: f64) -> f64 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// A polynomial by Horner's rule, highest power first.
#[inline(always)]
fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    coefficients[1..].iter().fold(coefficients[0], |sum, c| sum * x + c)
}

#[cfg(test)]
mod tests;
