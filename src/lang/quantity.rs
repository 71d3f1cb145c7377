//! Quantities: a number or a distribution, with where it came from.

/// The shape of a distribution and its numbers, as written and already checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// One value, always.
    Fixed(f64),
    /// Even between `low` and `high`.
    Uniform { low: f64, high: f64 },
    /// Triangular with its most likely value.
    Triangular { low: f64, mode: f64, high: f64 },
    /// PERT: a beta of shape 1 + 4(mode−low)/(high−low), 1 + 4(high−mode)/(high−low), scaled.
    Pert { low: f64, mode: f64, high: f64 },
    /// Normal.
    Normal { mean: f64, sd: f64 },
    /// Lognormal: `exp` of a normal with this mean and standard deviation.
    Lognormal { mu: f64, sigma: f64 },
    /// Beta with shapes `mean·size` and `(1−mean)·size`.
    Beta { mean: f64, size: f64 },
    /// Gamma with this mean and standard deviation.
    Gamma { mean: f64, sd: f64 },
    /// One of some values with weights; in the order of the values, smallest first.
    Discrete { values: Vec<f64>, weights: Vec<f64> },
    /// Piecewise linear in the quantiles: pairs of (probability, value), from 0 to 1.
    Quantiles(Vec<(f64, f64)>),
}
