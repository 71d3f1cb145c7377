//! Inverses against statrs, against their own distribution functions, and against published numbers.

use super::*;
use crate::vm::math::pow;
use statrs::distribution::{Beta, ContinuousCDF, Gamma};

fn plain(shape: Shape) -> Inverse {
    Inverse::new(&shape, None, None).unwrap()
}

fn assert_close(value: f64, truth: f64, tolerance: f64, what: &str) {
    let error = if value == truth { 0.0 } else { ((value - truth) / truth).abs() };
    assert!(error <= tolerance, "{what}: {value:e} for {truth:e}, relative error {error:e}");
}

/// Quantiles within half a unit of the last decimal they were published with.
fn assert_quantiles(shape: Shape, decimals: i32, quantiles: &[(f64, f64)]) {
    assert_truncated_quantiles(shape, None, decimals, quantiles);
}

fn assert_truncated_quantiles(shape: Shape, min: Option<f64>, decimals: i32, quantiles: &[(f64, f64)]) {
    let inverse = Inverse::new(&shape, min, None).unwrap();
    for &(u, truth) in quantiles {
        let (value, tolerance) = (inverse.at(u), 0.501 * pow(10.0, f64::from(-decimals)));
        assert!((value - truth).abs() <= tolerance, "{shape:?} at {u}: {value} for {truth}");
    }
}

#[test]
fn published_quantiles() {
    let pert = Shape::Pert { low: 900.0, mode: 1100.0, high: 1400.0 };
    assert_quantiles(pert, 3, &[(0.05, 969.640), (0.5, 1112.735), (0.95, 1277.226)]);
    let lognormal = Shape::Lognormal { median: 20.0, p90: 150.0 };
    assert_quantiles(lognormal, 3, &[(0.5, 20.0), (0.9, 150.0), (0.95, 265.558)]);
    let beta = Shape::Beta { mean: 0.1, size: 20.0 };
    assert_quantiles(beta, 6, &[(0.05, 0.019033), (0.5, 0.086775), (0.95, 0.226374)]);
    let gamma = Shape::Gamma { mean: 10.0, sd: 5.0 };
    assert_quantiles(gamma, 5, &[(0.05, 3.41580), (0.5, 9.18015), (0.95, 19.38414)]);
    let normal = Shape::Normal { mean: 0.0, sd: 1.0 };
    let half_normal = [(0.05, 0.062707), (0.5, 0.674490), (0.95, 1.959964)];
    assert_truncated_quantiles(normal, Some(0.0), 6, &half_normal);
    let points = vec![(0.0, -44.0), (0.5, -1.0), (0.9, 4.0), (1.0, 125.0)];
    assert_quantiles(Shape::Quantiles(points), 6, &[(0.05, -39.7), (0.5, -1.0), (0.95, 64.5)]);
}

#[test]
fn lognormal_with_a_mean_and_a_standard_deviation() {
    let inverse = plain(Shape::LognormalMoments { mean: 100.0, sd: 50.0 });
    // Midpoint rule in probability; the tail it cuts off is below 1e-4 of the mean.
    let n = 200_000;
    let mean = (0..n).map(|i| inverse.at((f64::from(i) + 0.5) / f64::from(n))).sum::<f64>() / f64::from(n);
    assert_close(mean, 100.0, 1e-4, "mean");
}

/// Uniforms from the least that is drawn to the greatest, dense in both tails.
fn uniforms() -> impl Iterator<Item = f64> {
    let tails = (4..=52).flat_map(|k| [0.5_f64, 0.61, 0.83].map(|f| f * exp(-0.693 * f64::from(k))));
    let tails: Vec<f64> = tails.filter(|u| *u > 1e-16).collect();
    let upper: Vec<f64> = tails.iter().map(|u| 1.0 - u).collect();
    let middle = (1..100).map(|i| f64::from(i) / 100.0);
    [1e-16, 1.0 - f64::EPSILON / 2.0].into_iter().chain(tails).chain(middle).chain(upper)
}

const SHAPES: [f64; 9] = [0.01, 0.05, 0.3, 1.0, 1.9, 7.0, 120.0, 5e3, 1e6];

/// A quantile to 1e-10 moves its probability by that times the elasticity of the smaller side.
fn assert_inverts(curve: Curve) {
    let table = QuantileTable::new(curve);
    for u in uniforms() {
        let tails = Tails { below: u, above: 1.0 - u };
        let coordinate = table.coordinate(tails);
        let error = curve.newton_step(tails, coordinate);
        assert!(error.abs() <= 1e-10, "{curve:?} at {u}: {coordinate}, relative error {error:e}");
    }
}

#[test]
fn gamma_quantiles_over_shapes_and_probabilities() {
    for shape in SHAPES {
        assert_inverts(Curve::Gamma { shape });
    }
}

#[test]
fn beta_quantiles_over_shapes_and_probabilities() {
    for a in SHAPES {
        for b in SHAPES {
            assert_inverts(Curve::Beta { a, b });
        }
    }
}

#[test]
fn quantiles_agree_with_statrs() {
    for (mean, size) in [(0.1, 20.0), (0.5, 2.0), (0.3, 0.8), (0.9, 200.0)] {
        let inverse = plain(Shape::Beta { mean, size });
        let reference = Beta::new(mean * size, (1.0 - mean) * size).unwrap();
        for u in uniforms().filter(|u| (1e-6..=1.0 - 1e-6).contains(u)) {
            assert!((reference.cdf(inverse.at(u)) - u).abs() <= 1e-11, "beta {mean} {size} at {u}");
        }
    }
    for (mean, sd) in [(10.0, 5.0), (1.0, 3.0), (50.0, 7.0)] {
        let inverse = plain(Shape::Gamma { mean, sd });
        let reference = Gamma::new((mean / sd) * (mean / sd), mean / (sd * sd)).unwrap();
        for u in uniforms().filter(|u| (1e-6..=1.0 - 1e-6).contains(u)) {
            assert!((reference.cdf(inverse.at(u)) - u).abs() <= 1e-11, "gamma {mean} {sd} at {u}");
        }
    }
}

fn examples() -> Vec<Shape> {
    vec![
        Shape::Fixed(3.0),
        Shape::Uniform { low: -1.0, high: 4.0 },
        Shape::Triangular { low: 0.0, mode: 1.0, high: 5.0 },
        Shape::Triangular { low: 0.0, mode: 0.0, high: 5.0 },
        Shape::Triangular { low: 0.0, mode: 5.0, high: 5.0 },
        Shape::Pert { low: 0.0, mode: 1.0, high: 5.0 },
        Shape::Pert { low: 2.0, mode: 2.0, high: 5.0 },
        Shape::Normal { mean: 2.0, sd: 1.5 },
        Shape::Lognormal { median: 1.6, p90: 4.0 },
        Shape::LognormalMoments { mean: 2.0, sd: 1.5 },
        Shape::Beta { mean: 0.2, size: 4.0 },
        Shape::Beta { mean: 0.02, size: 1.0 },
        Shape::Gamma { mean: 3.0, sd: 2.0 },
        Shape::Discrete { values: vec![0.0, 1.0, 2.0, 4.0], weights: vec![0.0, 3.0, 0.0, 1.0] },
        Shape::Quantiles(vec![(0.0, 0.0), (0.25, 1.0), (0.5, 1.0), (1.0, 5.0)]),
    ]
}

#[test]
fn inverses_never_fall() {
    for shape in examples() {
        for (min, max) in [(None, None), (Some(0.01), Some(3.5))] {
            let inverse = Inverse::new(&shape, min, max).unwrap();
            let (low, high) = inverse.support();
            let mut last = f64::NEG_INFINITY;
            for step in 1..20_000 {
                let value = inverse.at(f64::from(step) / 20_000.0);
                assert!(last <= value, "{shape:?}: {value} after {last}");
                assert!(low <= value && value <= high, "{shape:?}: {value} outside its support");
                last = value;
            }
        }
    }
}

#[test]
fn the_distribution_function_undoes_the_inverse() {
    let continuous =
        |shape: &Shape| !matches!(shape, Shape::Fixed(_) | Shape::Discrete { .. } | Shape::Quantiles(_));
    for shape in examples().iter().filter(|shape| continuous(shape)) {
        for (min, max) in [(None, None), (Some(0.1), None), (None, Some(3.5)), (Some(0.2), Some(0.9))] {
            // A truncation that leaves nothing (a PERT from 2 on) is another test's matter.
            let Ok(inverse) = Inverse::new(shape, min, max) else { continue };
            for step in 1..200 {
                let u = f64::from(step) / 200.0;
                let back = inverse.cdf(inverse.at(u));
                assert!((back - u).abs() <= 1e-10, "{shape:?} {min:?} {max:?}: {back} for {u}");
            }
            assert_eq!(inverse.at(0.5), inverse.median());
        }
    }
}

#[test]
fn truncation_far_out_in_a_tail() {
    let normal = Shape::Normal { mean: 0.0, sd: 1.0 };
    for (min, max) in [(Some(12.0), None), (None, Some(-12.0)), (Some(9.0), Some(9.5))] {
        let inverse = Inverse::new(&normal, min, max).unwrap();
        for u in [0.01, 0.5, 0.99] {
            let back = inverse.cdf(inverse.at(u));
            assert!((back - u).abs() <= 1e-11, "{min:?} {max:?}: {back} for {u}");
        }
    }
    // A gamma of shape 1 is exponential: it begins anew wherever it is cut.
    let inverse = Inverse::new(&Shape::Gamma { mean: 1.0, sd: 1.0 }, Some(100.0), None).unwrap();
    for u in [0.01, 0.5, 0.99] {
        assert_close(inverse.at(u), 100.0 - ln(1.0 - u), 1e-11, "exponential beyond 100");
    }
}

#[test]
fn atoms_are_kept_whole() {
    let values = Shape::Discrete { values: vec![1.0, 2.0, 3.0, 4.0], weights: vec![1.0, 2.0, 3.0, 4.0] };
    let all = plain(values.clone());
    for (u, value) in [(0.05, 1.0), (0.1001, 2.0), (0.3, 2.0), (0.31, 3.0), (0.61, 4.0), (0.999, 4.0)] {
        assert_eq!(all.at(u), value, "{u}");
    }
    assert_eq!(all.cdf(2.5), 0.3);
    let middle = Inverse::new(&values, Some(2.0), Some(3.0)).unwrap();
    assert_eq!(middle.support(), (2.0, 3.0));
    assert_eq!((middle.at(0.399), middle.at(0.401)), (2.0, 3.0));
    // Half the probability sits on 1; a range that begins or ends there keeps it.
    let atom = Shape::Quantiles(vec![(0.0, 0.0), (0.25, 1.0), (0.75, 1.0), (1.0, 2.0)]);
    let from = Inverse::new(&atom, Some(1.0), None).unwrap();
    assert_eq!(from.at(0.6), 1.0);
    assert_close(from.cdf(1.0), 2.0 / 3.0, 1e-15, "an atom at the start");
    let upto = Inverse::new(&atom, None, Some(1.0)).unwrap();
    assert_eq!((upto.at(0.4), upto.at(1.0 / 6.0)), (1.0, 0.5));
}

#[test]
fn truncation_that_leaves_nothing() {
    let cases = [
        (Shape::Fixed(3.0), Some(4.0), None),
        (Shape::Uniform { low: 0.0, high: 1.0 }, Some(2.0), None),
        (Shape::Uniform { low: 0.0, high: 1.0 }, None, Some(-1.0)),
        (Shape::Normal { mean: 0.0, sd: 1.0 }, Some(1.0), Some(0.0)),
        (Shape::Normal { mean: 0.0, sd: 1.0 }, Some(1.0), Some(1.0)),
        (Shape::Gamma { mean: 1.0, sd: 1.0 }, None, Some(0.0)),
        (Shape::Discrete { values: vec![1.0, 2.0], weights: vec![1.0, 1.0] }, Some(1.2), Some(1.8)),
    ];
    for (shape, min, max) in cases {
        assert_eq!(Inverse::new(&shape, min, max).err(), Some(NoProbability), "{shape:?}");
    }
}

#[test]
fn shapes_of_no_width_are_fixed() {
    let shapes = [
        Shape::Uniform { low: 2.0, high: 2.0 },
        Shape::Pert { low: 2.0, mode: 2.0, high: 2.0 },
        Shape::Normal { mean: 2.0, sd: 0.0 },
    ];
    for shape in shapes {
        assert_close(plain(shape).at(0.3), 2.0, 1e-15, "fixed");
    }
}

#[test]
fn a_gamma_without_spread_is_its_mean() {
    assert_eq!(plain(Shape::Gamma { mean: 2.0, sd: 0.0 }).at(0.3), 2.0);
    assert_eq!(plain(Shape::Triangular { low: 2.0, mode: 2.0, high: 2.0 }).at(0.3), 2.0);
}

#[test]
fn between_quantiles_probability_is_even() {
    let inverse = plain(Shape::Quantiles(vec![(0.0, -2.0), (0.5, 1.0), (0.75, 4.0), (1.0, 6.0)]));
    for (x, p) in [(-2.5, 0.0), (-0.5, 0.25), (1.0, 0.5), (2.5, 0.625), (5.0, 0.875), (6.0, 1.0)] {
        assert_eq!(inverse.cdf(x), p, "{x}");
    }
    for (u, x) in [(0.25, -0.5), (0.5, 1.0), (0.625, 2.5), (0.875, 5.0)] {
        assert_eq!(inverse.at(u), x, "{u}");
    }
}

#[test]
fn rounding_never_passes_the_ends() {
    let ends = (1..60).map(|k| 0.1 * f64::from(k));
    for (shape, min) in examples().iter().flat_map(|shape| ends.clone().map(move |min| (shape, min))) {
        let Ok(inverse) = Inverse::new(shape, Some(min), Some(min + 0.7)) else { continue };
        let (low, high) = inverse.support();
        for u in [1e-16, 1e-12, 1.0 - 1e-12, 1.0 - f64::EPSILON / 2.0] {
            let value = inverse.at(u);
            assert!(low <= value && value <= high, "{shape:?} from {min} at {u}: {value}");
        }
    }
}

#[test]
fn a_lognormal_has_the_spread_asked_for() {
    // ln X has the variance ln(1 + sd²/mean²): its median is mean/√(1 + sd²/mean²).
    let inverse = plain(Shape::LognormalMoments { mean: 100.0, sd: 50.0 });
    assert_close(inverse.median(), 100.0 / 1.25_f64.sqrt(), 1e-14, "median");
    let one_up = inverse.at(normal_cdf(1.0)) / inverse.median();
    assert_close(ln(one_up) * ln(one_up), ln(1.25), 1e-13, "variance");
}

#[test]
fn a_triangle_need_not_begin_at_zero() {
    // Below the mode (x − 1)²/4, above it 1 − (5 − x)²/12.
    let inverse = plain(Shape::Triangular { low: 1.0, mode: 2.0, high: 5.0 });
    for (x, p) in [(1.5, 0.0625), (2.0, 0.25), (3.5, 0.8125), (4.0, 11.0 / 12.0)] {
        assert_close(inverse.cdf(x), p, 1e-15, "probability");
        assert_close(inverse.at(p), x, 1e-15, "value");
    }
}

#[test]
fn who_leaves_nothing_is_told_so() {
    let none = Inverse::new(&Shape::Fixed(3.0), Some(4.0), None).unwrap_err();
    assert_eq!(none.to_string(), "no probability is left between `min` and `max`");
}

#[test]
fn a_triangle_whose_mode_is_an_end_has_no_probability_there() {
    assert_eq!(plain(Shape::Triangular { low: 1.0, mode: 1.0, high: 5.0 }).cdf(1.0), 0.0);
    assert_eq!(plain(Shape::Triangular { low: 1.0, mode: 5.0, high: 5.0 }).cdf(1.0), 0.0);
}

#[test]
fn what_has_no_weight_is_no_value() {
    let shape = Shape::Discrete { values: vec![0.0, 1.0, 4.0, 9.0], weights: vec![0.0, 3.0, 1.0, 0.0] };
    assert_eq!(plain(shape).support(), (1.0, 4.0));
}
