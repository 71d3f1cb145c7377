//! The normal distribution function and its inverse.

use super::{exp_of_sum, halves, ln, poison, polynomial};
use crate::vm::eight::{EIGHT, in_eights};
use crate::vm::mask::mask;
use crate::vm::{LANES, Row};

/// Φ(x): the probability that a standard normal is at most `x`.
///
/// Rational Chebyshev approximations of W. J. Cody, "Rational Chebyshev approximations for the error function",
/// Mathematics of Computation 23 (1969), as arranged in his ANORM; relative error 2e-15 in both tails, down to
/// the least normal double (x = −37.5).
#[inline]
pub fn normal_cdf(x: f64) -> f64 {
    let magnitude = x.abs();
    if magnitude <= 0.662_91 {
        return 0.5 + x * ratio(&CENTRE, x * x);
    }
    let tail = if magnitude <= 5.656_854_249_492_381 {
        ratio(&SHOULDER, magnitude)
    } else {
        let inverse_square = 1.0 / (magnitude * magnitude);
        (FRAC_1_SQRT_2_PI - inverse_square * ratio(&FAR, inverse_square)) / magnitude
    };
    let below = tail * exp_of_minus_half_square(magnitude);
    (if x < 0.0 { below } else { 1.0 - below }) + poison(x)
}

/// Φ⁻¹(u): the normal score of a probability in the open interval (0, 1); NaN outside.
///
/// Algorithm AS 241 (PPND16) of M. J. Wichura, "The percentage points of the normal distribution", Applied
/// Statistics 37 (1988); relative error 1e-15.
#[inline(always)]
pub fn inverse_normal(u: f64) -> f64 {
    if is_central(u) { central(u) } else { outer(u) }
}

/// [`inverse_normal`] of each lane; three lanes in twenty need the slower formula of the tails.
#[inline(always)]
pub fn inverse_normal_row(u: &Row, score: &mut Row) {
    for lane in 0..LANES {
        score[lane] = central(u[lane]);
    }
    let far_out = mask(|lane| !is_central(u[lane]));
    in_eights(
        far_out,
        #[inline(always)]
        |lanes| {
            let mut eight = [0.0; EIGHT];
            (0..EIGHT).for_each(|at| eight[at] = u[lanes[at]]);
            let scores = outers(&eight);
            lanes.iter().zip(scores).for_each(|(lane, outer)| score[*lane] = outer);
        },
    );
}

/// 1/√(2π)
const FRAC_1_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;

#[inline(always)]
fn is_central(u: f64) -> bool {
    (u - 0.5).abs() <= 0.425
}

#[inline(always)]
fn central(u: f64) -> f64 {
    let q = u - 0.5;
    q * ratio(&INVERSE_CENTRE, 0.180_625 - q * q)
}

fn outer(u: f64) -> f64 {
    outers(&[u])[0]
}

/// Several together, which go through vectors.
#[inline(always)]
fn outers<const N: usize>(u: &[f64; N]) -> [f64; N] {
    let (mut r, mut score) = ([0.0; N], [0.0; N]);
    for at in 0..N {
        r[at] = (-ln(if u[at] < 0.5 { u[at] } else { 1.0 - u[at] })).sqrt();
        score[at] = ratio(&INVERSE_TAIL, r[at] - 1.6);
    }
    // Three uniforms in a hundred thousand million are beyond.
    if !r.iter().fold(true, |near, r| near & (*r <= 5.0)) {
        for at in 0..N {
            let far = ratio(&INVERSE_FAR, r[at] - 5.0);
            score[at] = if r[at] <= 5.0 { score[at] } else { far };
        }
    }
    for at in 0..N {
        score[at] = if u[at] < 0.5 { -score[at] } else { score[at] };
    }
    score
}

/// exp(−x²/2), with the square carried in two pieces.
fn exp_of_minus_half_square(x: f64) -> f64 {
    let square = x * x;
    let (high, low) = halves(x);
    let lost = (high * high - square) + 2.0 * high * low + low * low;
    exp_of_sum(-0.5 * square, -0.5 * lost)
}

/// Numerator and denominator of a rational function, highest power first.
type Rational<const N: usize> = ([f64; N], [f64; N]);

#[inline(always)]
fn ratio<const N: usize>((numerator, denominator): &Rational<N>, x: f64) -> f64 {
    polynomial(numerator, x) / polynomial(denominator, x)
}

/// (Φ(x) − ½)/x in x², for |x| ≤ 0.66291.
const CENTRE: Rational<5> = (
    [
        0.065_682_337_918_207_45,
        2.235_252_035_460_684,
        161.028_231_068_555_87,
        1_067.689_485_460_371,
        18_154.981_253_343_56,
    ],
    [1.0, 47.202_581_904_688_245, 976.098_551_737_776_7, 10_260.932_208_618_979, 45_507.789_335_026_73],
);

/// Φ(−x)·exp(x²/2) in x, up to √32.
const SHOULDER: Rational<9> = (
    [
        1.076_557_677_372_019_2e-8,
        0.398_941_512_088_134_66,
        8.883_149_794_388_377,
        93.506_656_132_177_85,
        597.270_276_394_800_2,
        2_494.537_585_290_372_6,
        6_848.190_450_536_283,
        11_602.651_437_647_35,
        9_842.714_838_383_978,
    ],
    [
        1.0,
        22.266_688_044_328_117,
        235.387_901_782_625,
        1_519.377_599_407_554_7,
        6_485.558_298_266_761,
        18_615.571_640_885_097,
        34_900.952_721_145_98,
        38_912.003_286_093_27,
        19_685.429_676_859_992,
    ],
);

/// x²·(1/√(2π) − x·Φ(−x)·exp(x²/2)) in 1/x², beyond √32.
const FAR: Rational<6> = (
    [
        0.023_073_441_764_940_174,
        0.215_898_534_057_957,
        0.127_401_161_160_247_36,
        0.022_235_277_870_649_807,
        0.001_421_619_193_227_893_4,
        2.911_287_495_116_879_3e-5,
    ],
    [
        1.0,
        1.284_260_096_144_911,
        0.468_238_212_480_865_1,
        0.065_988_137_868_928_56,
        0.003_782_396_332_027_582_4,
        7.297_515_550_839_662e-5,
    ],
);

/// Φ⁻¹(u)/(u − ½) in 0.180625 − (u − ½)², for |u − ½| ≤ 0.425.
const INVERSE_CENTRE: Rational<8> = (
    [
        2_509.080_928_730_122_7,
        33_430.575_583_588_13,
        67_265.770_927_008_7,
        45_921.953_931_549_87,
        13_731.693_765_509_46,
        1_971.590_950_306_551_3,
        133.141_667_891_784_38,
        3.387_132_872_796_366_5,
    ],
    [
        5_226.495_278_852_545,
        28_729.085_735_721_943,
        39_307.895_800_092_71,
        21_213.794_301_586_597,
        5_394.196_021_424_751,
        687.187_007_492_057_9,
        42.313_330_701_600_91,
        1.0,
    ],
);

/// −Φ⁻¹(u) in √(−ln u) − 1.6, for √(−ln u) up to 5.
const INVERSE_TAIL: Rational<8> = (
    [
        7.745_450_142_783_414e-4,
        0.022_723_844_989_269_184,
        0.241_780_725_177_450_6,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        0.015_198_666_563_616_457,
        0.148_103_976_427_480_08,
        0.689_767_334_985_1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
);

/// −Φ⁻¹(u) in √(−ln u) − 5, beyond.
const INVERSE_FAR: Rational<8> = (
    [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        0.001_242_660_947_388_078_4,
        0.026_532_189_526_576_124,
        0.296_560_571_828_504_87,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_8e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        0.014_875_361_290_850_615,
        0.136_929_880_922_735_8,
        0.599_832_206_555_888,
        1.0,
    ],
);
