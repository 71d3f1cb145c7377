//! Standardised rank regression: by how many standard deviations of rank the output moves with one of an input,
//! the others held.
//!
//! Inputs and output are replaced by their ranks, standardised, and fitted by least squares (Iman and Conover,
//! "The use of the rank transform in regression", *Technometrics* 21, 1979; Saltelli et al., *Sensitivity
//! Analysis*, 2000, §2.4). The sign of a coefficient is the direction. R² is the share of the variance of the
//! output's ranks that a monotone sum of the inputs explains: what is left is chance, interactions and humps, so
//! 1 − R² bounds the share of chance from above, of ranks and not of the output itself.
//!
//! Errors are White's (*Econometrica* 48, 1980), which hold when the scatter depends on the inputs; that of R²
//! is the infinitesimal jackknife's. Ranks are taken as given.

use super::ranks::ranks;
use super::resample::Index;
use crate::vm::copula::cholesky;

/// The fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// A coefficient for each input, from −1 to 1 where inputs are independent; `None` for one that never
    /// varies, and for all where some are the same ranks as others or there are too few outputs.
    pub coefficients: Vec<Option<Index>>,
    /// The share of the rank variance that the fit explains.
    pub r_squared: Index,
}

/// Fits the ranks of `y` by those of the inputs `x`, one column each.
///
/// # Panics
/// If a column is not as long as `y`.
pub fn rank_regression(x: &[Vec<f64>], y: &[f64]) -> Regression {
    assert!(x.iter().all(|column| column.len() == y.len()), "an input has a value for every output");
    let columns: Vec<Option<Vec<f64>>> = x.iter().map(|column| standardised(column)).collect();
    let used: Vec<&Vec<f64>> = columns.iter().flatten().collect();
    let fit = standardised(y).filter(|_| y.len() > used.len() + 1).and_then(|y| fit(&used, &y));
    let Some((coefficients, r_squared)) = fit else {
        let r_squared = Index { value: 0.0, error: 0.0 };
        return Regression { coefficients: vec![None; x.len()], r_squared };
    };
    let mut coefficients = coefficients.into_iter();
    let of_column = |column: &Option<Vec<f64>>| column.as_ref().and_then(|_| coefficients.next());
    Regression { coefficients: columns.iter().map(of_column).collect(), r_squared }
}

/// Ranks with mean 0 and variance 1; `None` if all are equal.
fn standardised(values: &[f64]) -> Option<Vec<f64>> {
    let ranks = ranks(values);
    let middle = (values.len() + 1) as f64 / 2.0;
    let variance: f64 = ranks.iter().map(|r| (r - middle) * (r - middle)).sum::<f64>() / values.len() as f64;
    (variance > 0.0).then(|| ranks.iter().map(|r| (r - middle) / variance.sqrt()).collect())
}

fn fit(x: &[&Vec<f64>], y: &[f64]) -> Option<(Vec<Index>, Index)> {
    let n = y.len() as f64;
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / n;
    let gram: Vec<f64> = x.iter().flat_map(|a| x.iter().map(move |b| dot(a, b))).collect();
    let lower = cholesky(&gram, x.len())?;
    let with_y: Vec<f64> = x.iter().map(|a| dot(a, y)).collect();
    let coefficients = solve(&lower, &with_y);
    let residuals: Vec<f64> = (0..y.len())
        .map(|row| y[row] - x.iter().zip(&coefficients).map(|(a, b)| a[row] * b).sum::<f64>())
        .collect();
    let weighted = |a: &[f64], b: &[f64]| {
        let products = a.iter().zip(b).zip(&residuals);
        products.map(|((a, b), residual)| a * b * residual * residual).sum::<f64>() / n
    };
    let meat: Vec<f64> = x.iter().flat_map(|a| x.iter().map(move |b| weighted(a, b))).collect();
    let errors = sandwich(&lower, &meat, x.len(), n);
    let unexplained = dot(&residuals, &residuals);
    let influence = |row: usize| residuals[row] * residuals[row] - unexplained * y[row] * y[row];
    let spread: f64 = (0..y.len()).map(|row| influence(row) * influence(row)).sum();
    let r_squared = Index { value: 1.0 - unexplained, error: spread.sqrt() / n };
    let paired = coefficients.into_iter().zip(errors);
    Some((paired.map(|(value, error)| Index { value, error }).collect(), r_squared))
}

/// Standard errors: the roots of the diagonal of G⁻¹·meat·G⁻¹/n.
fn sandwich(lower: &[f64], meat: &[f64], k: usize, n: f64) -> Vec<f64> {
    let unit = |at: usize| (0..k).map(|i| if i == at { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
    let error = |at: usize| {
        let row = solve(lower, &unit(at));
        let squared: f64 =
            (0..k).map(|i| row[i] * (0..k).map(|j| meat[i * k + j] * row[j]).sum::<f64>()).sum();
        (squared / n).sqrt()
    };
    (0..k).map(error).collect()
}

/// The solution of L·Lᵀ·b = v.
fn solve(lower: &[f64], v: &[f64]) -> Vec<f64> {
    let k = v.len();
    let mut b = v.to_vec();
    for i in 0..k {
        let known: f64 = (0..i).map(|j| lower[i * k + j] * b[j]).sum();
        b[i] = (b[i] - known) / lower[i * k + i];
    }
    for i in (0..k).rev() {
        let known: f64 = (i + 1..k).map(|j| lower[j * k + i] * b[j]).sum();
        b[i] = (b[i] - known) / lower[i * k + i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::random::Stream;

    fn uniform(name: &str, n: usize) -> Vec<f64> {
        let stream = Stream::new(11, name);
        (0..n).map(|k| stream.uniform(k as u64, 0, 0)).collect()
    }

    #[test]
    fn an_exact_monotone_relation_is_explained_whole() {
        let x = uniform("x", 500);
        let y: Vec<f64> = x.iter().map(|x| -x * x * x).collect();
        let found = rank_regression(&[x, vec![2.0; 500]], &y);
        assert!((found.coefficients[0].unwrap().value + 1.0).abs() < 1e-12);
        assert_eq!(found.coefficients[1], None);
        assert!((found.r_squared.value - 1.0).abs() < 1e-12);
    }

    #[test]
    fn errors_are_the_scatter_over_samples() {
        let n = 400;
        let fits: Vec<Regression> = (0..200)
            .map(|sample| {
                let [a, b, noise] = ["a", "b", "c"].map(|name| uniform(&format!("{name}{sample}"), n));
                let y: Vec<f64> = (0..n).map(|k| 2.0 * a[k] + b[k] + noise[k]).collect();
                rank_regression(&[a, b], &y)
            })
            .collect();
        let scatter = |of: &dyn Fn(&Regression) -> Index| {
            let (_, sd) = super::super::resample::mean_and_sd(fits.iter().map(|fit| of(fit).value));
            let told = fits.iter().map(|fit| of(fit).error).sum::<f64>() / 200.0;
            told / sd
        };
        // An sd from 200 samples errs by 5 %: three of these. Ranks being taken as given makes the told error of
        // a coefficient a little large: in each sample the ranks have exactly the same spread.
        let coefficient = scatter(&|fit| fit.coefficients[0].unwrap());
        assert!((0.85..1.5).contains(&coefficient), "{coefficient}");
        let r_squared = scatter(&|fit| fit.r_squared);
        assert!((0.85..1.5).contains(&r_squared), "{r_squared}");
    }

    #[test]
    fn inputs_that_are_the_same_cannot_be_told_apart() {
        let x = uniform("x", 100);
        let found = rank_regression(&[x.clone(), x.clone()], &x);
        assert_eq!(found.coefficients, [None, None]);
    }
}
