//! Against the platform's library (below 1 unit in the last place there) and values worked out to 40 digits.
#![expect(clippy::disallowed_methods, reason = "the platform's library is the yardstick")]

use super::*;
use crate::vm::{LANES, Row};

/// `count` numbers spread over `low..high`, in no simple pattern.
fn spread(low: f64, high: f64, count: u32) -> impl Iterator<Item = f64> {
    let golden = 0.618_033_988_749_894_9;
    (0..count).map(move |i| low + (high - low) * (f64::from(i) * golden).fract())
}

fn relative_error(value: f64, truth: f64) -> f64 {
    if value == truth { 0.0 } else { ((value - truth) / truth).abs() }
}

fn largest_error(cases: impl Iterator<Item = (f64, f64)>) -> f64 {
    cases.map(|(value, truth)| relative_error(value, truth)).fold(0.0, f64::max)
}

#[test]
fn exp_within_its_stated_error() {
    for (low, high) in [(-708.0, 709.7), (-1.0, 1.0), (-1e-8, 1e-8)] {
        let error = largest_error(spread(low, high, 200_000).map(|x| (exp(x), x.exp())));
        assert!(error <= 4e-16, "{low}..{high}: {error:e}");
    }
}

#[test]
fn exp_at_the_ends_of_the_range() {
    assert_eq!(exp(0.0), 1.0);
    assert_eq!(exp(710.0), f64::INFINITY);
    assert_eq!(exp(1e308), f64::INFINITY);
    assert_eq!(exp(-746.0), 0.0);
    assert_eq!(exp(-1e308), 0.0);
    // Subnormal results are right to one of their own units.
    for x in spread(-745.0, -708.4, 10_000) {
        assert!((exp(x) - x.exp()).abs() <= 5e-324, "{x}");
    }
}

#[test]
fn ln_within_its_stated_error() {
    for (low, high) in [(1e-300, 1e300), (0.0, 10.0), (0.5, 2.0), (1.0 - 1e-8, 1.0 + 1e-8), (0.0, 1e-308)] {
        let error = largest_error(spread(low, high, 200_000).skip(1).map(|x| (ln(x), x.ln())));
        assert!(error <= 4e-16, "{low}..{high}: {error:e}");
    }
    let powers = (-1074..=1023).map(|k| 2.0_f64.powi(k)).map(|x| (ln(x), x.ln()));
    assert!(largest_error(powers) <= 4e-16);
}

#[test]
fn ln_at_the_ends_of_the_range() {
    assert_eq!(ln(1.0), 0.0);
    assert_eq!(ln(0.0), f64::NEG_INFINITY);
    assert!(ln(-1.0).is_nan());
    assert!(ln(-5e-324).is_nan());
}

#[test]
fn ln_1p_within_its_stated_error() {
    for (low, high) in [(-1e-12, 1e-12), (-0.99, 1.0), (1.0, 1e20)] {
        let error = largest_error(spread(low, high, 100_000).map(|x| (ln_1p(x), x.ln_1p())));
        assert!(error <= 4e-16, "{low}..{high}: {error:e}");
    }
    assert_eq!(ln_1p(-1.0), f64::NEG_INFINITY);
    assert!(ln_1p(-1.5).is_nan());
}

#[test]
fn pow_within_its_stated_error() {
    let powers = spread(1e-3, 50.0, 400_000).zip(spread(-170.0, 180.0, 399_989));
    let error = largest_error(powers.map(|(x, y)| (pow(x, y), x.powf(y))));
    assert!(error <= 2.3e-16, "{error:e}");
    let near_one = spread(0.99, 1.01, 100_000).zip(spread(-7e4, 7e4, 99_991));
    let error = largest_error(near_one.map(|(x, y)| (pow(x, y), x.powf(y))));
    assert!(error <= 2.3e-16, "{error:e}");
}

#[test]
fn pow_of_hard_operands() {
    let cases = [
        (1.0000001, 7e9, 1.0141969717459648e+304),
        (0.9999999, 7e9, 9.859335093759488e-305),
        (1.5, 1700.0, 2.2653765189682277e+299),
        (7.1, 361.0, 2.0149482081003965e+307),
        (1e300, 1.02, 1.0000000000000123e+306),
        (5e-324, 0.3, 1.018908996936868e-97),
        (5e-324, -0.95, 1.3832624124338602e+307),
        (1.0000000000000002, 3e18, 1.98719262165461e+289),
        (0.7071067811865475, -2040.0, 1.1235582092891505e+307),
    ];
    for (x, y, truth) in cases {
        assert!(relative_error(pow(x, y), truth) <= 2.3e-16, "{x}^{y} = {}", pow(x, y));
    }
    // A subnormal result, right to one of its own units.
    assert!((pow(123.456, -150.2) - 7.15924649e-315).abs() <= 5e-324);
}

#[test]
fn pow_is_exact_where_people_expect_it() {
    assert_eq!(pow(2.0, 10.0), 1024.0);
    assert_eq!(pow(10.0, 15.0), 1e15);
    assert_eq!(pow(3.0, -1.0), 1.0 / 3.0);
    for x in spread(-1e6, 1e6, 10_000) {
        assert_eq!(pow(x, 1.0), x);
        assert_eq!(pow(x, 2.0), x * x);
        assert_eq!(pow(x, 0.0), 1.0);
    }
    for base in 2..=20_u32 {
        for exponent in 0..=12_u32 {
            let truth = u64::from(base).pow(exponent) as f64;
            assert_eq!(pow(f64::from(base), f64::from(exponent)), truth, "{base}^{exponent}");
        }
    }
}

#[test]
fn pow_of_zero_and_of_negative_numbers() {
    assert_eq!(pow(0.0, 0.0), 1.0);
    assert_eq!(pow(0.0, 0.5), 0.0);
    assert_eq!(pow(0.0, -0.5), f64::INFINITY);
    assert_eq!(pow(-0.0, -1.0), f64::INFINITY);
    assert_eq!(pow(-2.0, 3.0), -8.0);
    assert_eq!(pow(-2.0, 4.0), 16.0);
    assert_eq!(pow(-2.0, -1.0), -0.5);
    assert!(pow(-2.0, 0.5).is_nan());
    assert_eq!(pow(1.0, 1e300), 1.0);
    assert_eq!(pow(-1.0, 1e300), 1.0);
    assert_eq!(pow(2.0, 1e300), f64::INFINITY);
    assert_eq!(pow(2.0, -1e300), 0.0);
}

#[test]
fn non_finite_operands_are_carried_on() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for function in [exp, ln, ln_1p, logistic, floor, round_half_up, inverse_normal, normal_cdf] {
            assert!(!function(bad).is_finite(), "{bad}");
        }
        for other in [-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0] {
            assert!(!pow(bad, other).is_finite(), "{bad}^{other}");
            assert!(!pow(other, bad).is_finite(), "{other}^{bad}");
        }
    }
}

#[test]
fn logistic_within_its_stated_error() {
    let error =
        largest_error(spread(-700.0, 700.0, 100_000).map(|x| (logistic(x), 1.0 / (1.0 + (-x).exp()))));
    assert!(error <= 4e-16, "{error:e}");
    assert_eq!(logistic(0.0), 0.5);
    assert_eq!(logistic(-800.0), 0.0);
    assert_eq!(logistic(800.0), 1.0);
}

#[test]
fn whole_numbers() {
    let awkward = [0.0, 0.5, 1.0, 1.5, 0.499_999_999_999_999_94, 4_503_599_627_370_495.5, 1e300];
    for magnitude in awkward.into_iter().chain(spread(0.0, 1e6, 10_000)) {
        for x in [magnitude, -magnitude] {
            let below = floor(x);
            assert!(below <= x && (x < below + 1.0 || x.abs() >= 9e15), "{x}");
            assert_eq!(below, below.trunc());
        }
    }
    let cases = [(2.5, 3.0), (-2.5, -2.0), (0.499_999_999_999_999_94, 0.0), (-0.5, 0.0), (-1e-300, 0.0)];
    for (x, rounded) in cases {
        assert_eq!(round_half_up(x), rounded, "{x}");
    }
    assert_eq!(round_half_up(9_007_199_254_740_993.0), 9_007_199_254_740_992.0);
}

#[test]
fn normal_cdf_within_its_stated_error() {
    let cases = [
        (-37.5, 4.605353009581955e-308),
        (-30.25, 2.6086402857412604e-201),
        (-12.5, 3.732564298877713e-36),
        (-8.2, 1.2019351542735859e-16),
        (-6.0, 9.86587645037698e-10),
        (-5.7, 5.990371401063528e-9),
        (-5.6, 1.071759025831093e-8),
        (-3.0, 0.0013498980316300946),
        (-1.5, 0.06680720126885807),
        (-0.7, 0.24196365222307303),
        (-0.6, 0.2742531177500736),
        (-1e-5, 0.49999601057719606),
        (0.3, 0.6179114221889527),
        (0.66, 0.7453730853286639),
        (0.67, 0.7485711049046899),
        (2.5, 0.9937903346742238),
        (6.0, 0.9999999990134123),
    ];
    for (x, truth) in cases {
        assert!(relative_error(normal_cdf(x), truth) <= 2e-15, "{x}: {}", normal_cdf(x));
    }
}

#[test]
fn inverse_normal_within_its_stated_error() {
    let cases = [
        (1e-300, -37.0470962993612),
        (1e-100, -21.273453560965326),
        (1.1102230246251565e-16, -8.209536151601387),
        (1e-12, -7.034483825301132),
        (1.3e-11, -6.667611456510741),
        (1e-6, -4.753424308822899),
        (0.001, -3.0902323061678136),
        (0.0749, -1.4402382675279637),
        (0.0751, -1.43882539275254),
        (0.2, -0.8416212335729142),
        (0.4999, -0.00025066283008800747),
        (0.7, 0.5244005127080407),
        (0.95, 1.6448536269514722),
        (0.9999, 3.7190164854557084),
        (1.0 - f64::EPSILON / 2.0, 8.209536151601387),
    ];
    for (u, truth) in cases {
        assert!(relative_error(inverse_normal(u), truth) <= 1e-15, "{u}: {}", inverse_normal(u));
    }
    for u in [0.0, 1.0, -0.5, 1.5] {
        assert!(!inverse_normal(u).is_finite(), "{u}");
    }
}

#[test]
fn normal_scores_return_to_their_probabilities() {
    for u in spread(0.0, 1.0, 20_000).skip(1) {
        // An error e of the score moves the probability by |score·e·density|, at most 0.3·e.
        assert!((normal_cdf(inverse_normal(u)) - u).abs() <= 1e-15, "{u}");
    }
}

#[test]
fn rows_are_their_lanes() {
    let u: Row = std::array::from_fn(|lane| (lane as f64 + 0.5) / LANES as f64);
    let mut scores = [0.0; LANES];
    inverse_normal_row(&u, &mut scores);
    for lane in 0..LANES {
        assert_eq!(scores[lane], inverse_normal(u[lane]));
    }
}

#[test]
fn ln_1p_of_what_rounds_in_the_sum() {
    // A third has all its bits; of the sum some are lost where it passes a power of two.
    for (low, high) in [(3.0, 300.0), (300.0, 1e4), (1e4, 1e6)] {
        let thirds = spread(low, high, 100_000).map(|x| x / 3.0);
        let error = largest_error(thirds.map(|x| (ln_1p(x), x.ln_1p())));
        assert!(error <= 4e-16, "{low}..{high}: {error:e}");
    }
}
