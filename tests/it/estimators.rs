//! Estimators of sensitivity against closed forms, and against SALib on the same samples: `tests/data/sensitivity`
//! holds the samples, SALib's indices, and the script that made both.

#![expect(clippy::disallowed_methods, reason = "truths come from the platform, not from the code under test")]

use std::f64::consts::PI;
use std::fs;

use drawdown::study::sensitivity::morris::{Effects, Trajectory};
use drawdown::study::sensitivity::regression::rank_regression;
use drawdown::study::sensitivity::resample::{Bootstrap, dummy_input};
use drawdown::study::sensitivity::sobol::{Evaluations, estimates, evaluate, indices};
use drawdown::study::sensitivity::{delta, pawn};

use crate::common::close;

fn ishigami(x: &[f64]) -> f64 {
    let [a, b, c] = [0, 1, 2].map(|i| 2.0 * PI * x[i] - PI);
    a.sin() + 7.0 * b.sin().powi(2) + 0.1 * c.powi(4) * a.sin()
}

/// First and total order of Ishigami's function with a = 7 and b = 0.1 (Ishigami and Homma, 1990).
fn ishigami_truth() -> [[f64; 3]; 2] {
    let (a, b) = (7.0_f64, 0.1_f64);
    let alone = [0.5 * (1.0 + b * PI.powi(4) / 5.0).powi(2), a * a / 8.0, 0.0];
    let together = b * b * PI.powi(8) * 8.0 / 225.0;
    let variance = alone.iter().sum::<f64>() + together;
    let total = [alone[0] + together, alone[1], together];
    [alone.map(|v| v / variance), total.map(|v| v / variance)]
}

/// The columns of a file of numbers.
fn columns(name: &str) -> Vec<Vec<f64>> {
    let text = fs::read_to_string(format!("tests/data/sensitivity/{name}")).unwrap();
    let mut columns = vec![Vec::new(); text.lines().next().unwrap().split(',').count()];
    for line in text.lines().skip(1) {
        columns.iter_mut().zip(line.split(',')).for_each(|(column, cell)| column.push(cell.parse().unwrap()));
    }
    columns
}

/// SALib's index of a statistic for every input.
fn salib(statistic: &str) -> Vec<f64> {
    let text = fs::read_to_string("tests/data/sensitivity/indices.csv").unwrap();
    let of = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0] == statistic).then(|| cells[2].parse().unwrap())
    };
    let found: Vec<f64> = text.lines().filter_map(of).collect();
    assert!(!found.is_empty(), "no {statistic}");
    found
}

#[test]
fn pawn_agrees_with_salib() {
    let [x @ .., y] = &columns("given.csv")[..] else { panic!() };
    let output = pawn::Output::new(y);
    for (input, x) in x.iter().enumerate() {
        let found = output.pawn(x, 10, &Bootstrap::new(1, 50));
        // SALib leaves the greatest input out of the last slice: one in sixty of its outputs.
        close("median", found.median.value, salib("pawn_median")[input], 0.5 / 60.0);
        close("maximum", found.maximum.value, salib("pawn_max")[input], 1.0 / 60.0);
    }
}

#[test]
fn delta_agrees_with_salib() {
    let [x @ .., y] = &columns("given.csv")[..] else { panic!() };
    let output = delta::Output::new(y);
    for (input, x) in x.iter().enumerate() {
        // Kernels over bins half a step of the grid wide instead of over points.
        close("uncorrected", output.uncorrected(x), salib("delta_raw")[input], 0.0005);
        let found = output.delta(x, &Bootstrap::new(1, 400));
        let error = salib("delta_error")[input];
        // Classes stay as they are here and are cut anew in every sample there: another scatter, of a
        // quarter more or less, and a bias that differs by less than half of it.
        close("corrected", found.value, salib("delta")[input], 0.5 * error);
        close("error", found.error, error, 0.25 * error);
    }
}

#[test]
fn rank_regression_agrees_with_numpy() {
    let [x @ .., y] = &columns("given.csv")[..] else { panic!() };
    let found = rank_regression(x, y);
    for (coefficient, truth) in found.coefficients.iter().zip(salib("srrc")) {
        close("coefficient", coefficient.unwrap().value, truth, 1e-9);
    }
    close("R²", found.r_squared.value, salib("r_squared")[0], 1e-9);
}

#[test]
fn sobol_indices_agree_with_salib() {
    let [a, mixed @ .., b] = &columns("saltelli.csv")[..] else { panic!() };
    let outputs = Evaluations { a: a.clone(), b: b.clone(), mixed: mixed.to_vec(), scrambles: vec![a.len()] };
    let plain = estimates(&outputs, &vec![1.0; a.len()]);
    let found = indices(&outputs, &Bootstrap::new(1, 2000));
    for input in 0..3 {
        let [_, saltelli, total] = plain[input];
        close("total", total, salib("total")[input], 1e-6);
        // SALib centres on the mean of all outputs, this on that of A and B.
        close("first", saltelli, salib("first")[input], 0.005);
        // Half widths of intervals, each from 2,000 samples.
        let (truth, half) = (salib("total_half_width")[input], 1.96 * found[input].total.error);
        close("interval", half / truth, 1.0, 0.1);
    }
}

#[test]
fn elementary_effects_agree_with_salib() {
    let columns = columns("morris.csv");
    let mut effects = vec![Vec::new(); 3];
    for first in (0..columns[0].len()).step_by(4) {
        let points: Vec<Vec<f64>> =
            (first..first + 4).map(|row| (0..3).map(|i| columns[i][row]).collect()).collect();
        let moved = |at: usize| (0..3).find(|i| points[at][*i] != points[at + 1][*i]).unwrap();
        let moves: Vec<usize> = (0..3).map(moved).collect();
        let steps = moves.iter().enumerate().map(|(at, i)| points[at + 1][*i] - points[at][*i]).collect();
        let walk = Trajectory { points, moves, steps };
        let found = walk.effects(&columns[3][first..first + 4]);
        effects.iter_mut().zip(found).for_each(|(effects, effect)| effects.push(effect));
    }
    for input in 0..3 {
        let found = Effects::of(&effects[input]);
        // SALib takes Δ for 2/3, the file's six digits for 0.666667 or 0.666666.
        close("mu", found.mu.value, salib("mu")[input], 1e-4);
        close("mu*", found.mu_star.value, salib("mu_star")[input], 1e-4);
        close("sigma", found.sigma.value, salib("sigma")[input], 1e-4);
    }
}

#[test]
fn sobol_indices_of_ishigami_are_those_of_its_closed_form() {
    let outputs = evaluate(3, 8192, 8, 7, ishigami).unwrap();
    let found = indices(&outputs, &Bootstrap::new(1, 200));
    let [first, total] = ishigami_truth();
    for input in 0..3 {
        for (what, index, truth, scatter) in [
            ("first", found[input].first, first[input], found[input].scatter.unwrap()[0]),
            ("total", found[input].total, total[input], found[input].scatter.unwrap()[1]),
        ] {
            // Four standard errors of the scatter across scrambles, and 0.001 for its own uncertainty.
            close(&format!("{what} order of {input}"), index.value, truth, 4.0 * scatter + 0.001);
            assert!(scatter < 0.01 && scatter < 1.5 * index.error, "{what} {input}: {scatter} {index:?}");
        }
    }
}

/// δ of a sum of a known and an unknown standard normal: given x, y is normal about it with half the variance.
#[test]
fn delta_of_a_sum_of_normals_is_its_integral() {
    let normal = |number: usize| -> Vec<f64> {
        let law = statrs::distribution::Normal::standard();
        use statrs::distribution::ContinuousCDF;
        dummy_input(3, number, 20_000).into_iter().map(|u| law.inverse_cdf(u)).collect()
    };
    let (x, noise) = (normal(0), normal(1));
    let y: Vec<f64> = x.iter().zip(&noise).map(|(x, noise)| x + noise).collect();
    let density = |z: f64, sd: f64| (-z * z / (2.0 * sd * sd)).exp() / (sd * (2.0 * PI).sqrt());
    let grid = |k: i32| f64::from(k) / 50.0;
    let shift = |x: f64| {
        (-400..=400)
            .map(|k| (density(grid(k), 2.0_f64.sqrt()) - density(grid(k) - x, 1.0)).abs())
            .sum::<f64>()
            / 100.0
    };
    let truth: f64 = (-250..=250).map(|k| shift(grid(k)) * density(grid(k), 1.0) / 50.0).sum();
    let output = delta::Output::new(&y);
    let found = output.delta(&x, &Bootstrap::new(1, 50));
    // Kernels and classes blur both densities: on such smooth ones by less than 0.02.
    close("δ", found.value, truth, 0.02);
    // A monotone map changes nothing but the grid.
    let cubes: Vec<f64> = y.iter().map(|y| y * y * y).collect();
    let scores = drawdown::study::sensitivity::ranks::normal_scores(&cubes);
    close(
        "δ of a monotone map",
        delta::Output::new(&scores).delta(&x, &Bootstrap::new(1, 50)).value,
        truth,
        0.02,
    );
}

#[test]
fn rank_regression_of_a_linear_function_has_its_standardised_coefficients() {
    let x: Vec<Vec<f64>> = (0..3).map(|number| dummy_input(5, number, 20_000)).collect();
    // Two normals of unequal weight, so that ranks are monotone maps of a jointly normal sample.
    use statrs::distribution::{ContinuousCDF, Normal};
    let law = Normal::standard();
    let y: Vec<f64> =
        (0..20_000).map(|k| 3.0 * law.inverse_cdf(x[0][k]) - 2.0 * law.inverse_cdf(x[1][k])).collect();
    let found = rank_regression(&x, &y);
    // Spearman's correlation of jointly normal numbers is 6/π·asin(ρ/2); ρ is 3/√13 and −2/√13.
    for (input, rho) in [(0, 3.0 / 13.0_f64.sqrt()), (1, -2.0 / 13.0_f64.sqrt()), (2, 0.0)] {
        let coefficient = found.coefficients[input].unwrap();
        let truth = 6.0 / PI * (rho / 2.0_f64).asin();
        close("coefficient", coefficient.value, truth, 4.0 * coefficient.error + 0.01);
    }
}
