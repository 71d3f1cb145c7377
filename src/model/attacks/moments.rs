//! The implied mean, variance and correlation of an attack process at a constant rate.
//!
//! With a = e^(−δh), b = n(1 − a), φ = a + b and r the size of a step, the mean intensity M follows
//! M′ = (1 − a)·background + aM + bN, so Var M·(1 − φ² − b²/r) = b²(m + m²/r),
//! Var N = Var M + m + (Var M + m²)/r and Cov(N′, N) = a·Var M + b·Var N.

use std::f64::consts::LN_2;

use crate::calendar::DAYS_PER_MONTH;
use crate::vm::math::exp;

/// What one step's count is like in the long run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    pub mean: f64,
    pub variance_to_mean: f64,
    /// Correlation of a step's count with the next one's.
    pub correlation: f64,
}

/// 1 − φ² − b²/r, which must be above 0.
pub fn variance_margin(branching: f64, half_life: f64, size: f64, h: f64) -> f64 {
    let a = exp(-LN_2 / half_life * h);
    let b = branching * (1.0 - a);
    1.0 - (a + b) * (a + b) - b * b / size
}

/// At a constant `per_month`; `dispersion` is the size a month, infinite for Poisson.
pub fn moments(per_month: f64, branching: f64, half_life: f64, dispersion: f64, h: f64) -> Moments {
    let mean = per_month * h / DAYS_PER_MONTH;
    let size = dispersion * h / DAYS_PER_MONTH;
    let a = exp(-LN_2 / half_life * h);
    let b = branching * (1.0 - a);
    let squared = mean * mean;
    let intensity = b * b * (mean + squared / size) / variance_margin(branching, half_life, size, h);
    let variance = intensity + mean + (intensity + squared) / size;
    Moments {
        mean,
        variance_to_mean: if mean > 0.0 { variance / mean } else { 1.0 },
        correlation: if variance > 0.0 { (a * intensity + b * variance) / variance } else { 0.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_scenario_has_its_published_moments() {
        let weekly = moments(20.0, 0.5, 6.0, f64::INFINITY, 7.0);
        assert!((weekly.mean - 4.5996).abs() < 1e-4);
        assert!((weekly.variance_to_mean * weekly.mean - 5.34).abs() < 0.005);
        assert!((weekly.correlation - 0.339).abs() < 0.001);
    }

    #[test]
    fn without_excitation_it_is_negative_binomial() {
        let month = moments(10.0, 0.0, 1.0, 0.8, DAYS_PER_MONTH);
        assert!((month.variance_to_mean - (1.0 + 10.0 / 0.8)).abs() < 1e-12);
        assert_eq!(month.correlation, 0.0);
    }

    #[test]
    fn they_are_those_that_step_after_step_leads_to() {
        for (branching, half_life, dispersion) in [(0.5, 6.0, 40.0), (0.7, 20.0, 9.0)] {
            let (m, r) = (20.0 * 7.0 / DAYS_PER_MONTH, dispersion * 7.0 / DAYS_PER_MONTH);
            let a = exp(-LN_2 * 7.0 / half_life);
            let b = branching * (1.0 - a);
            // Of a negative binomial with mean M: the mean of its variance, and the variance of its mean.
            let of_count = |intensity: f64| intensity + m + (intensity + m * m) / r;
            let next = |v: f64, _| a * a * v + 2.0 * a * b * v + b * b * of_count(v);
            let intensity = (0..10_000).fold(0.0, next);
            let variance = of_count(intensity);
            let found = moments(20.0, branching, half_life, dispersion, 7.0);
            assert!((found.variance_to_mean / (variance / m) - 1.0).abs() < 1e-9);
            assert!((found.correlation / (a * intensity / variance + b) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn where_nothing_comes_nothing_varies() {
        let none = moments(0.0, 0.5, 6.0, 2.0, 7.0);
        assert_eq!(none, Moments { mean: 0.0, variance_to_mean: 1.0, correlation: 0.0 });
    }
}
