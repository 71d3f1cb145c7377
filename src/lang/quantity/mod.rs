//! Quantities: a number or a distribution, with where it came from; or an expression in its place.

mod counted;
mod empirical;
mod forms;

use super::expression::Expression;
use super::source::Span;

pub use counted::{COUNTED, explicit, record_named};
pub use empirical::Empirical;
pub use forms::{FORMS, Form, OTHER_KEYS, holds_quantity, is_form, read};

/// What a numeric key holds.
#[derive(Clone, Debug)]
pub struct Numeric {
    pub span: Span,
    pub value: NumericValue,
    pub provenance: Provenance,
}

/// A quantity or an expression.
#[derive(Clone, Debug)]
pub enum NumericValue {
    Quantity(Quantity),
    /// An expression, and its text for messages.
    Expression(Expression, String),
}

/// A distribution, perhaps truncated.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    pub shape: Shape,
    pub min: Option<f64>,
    pub max: Option<f64>,
}

/// Where a number came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    /// The id of a source, or words that begin with `judgement`, `unverified` or `derived`.
    pub source: Option<String>,
    /// How far that is to be trusted.
    pub confidence: Option<Confidence>,
    pub note: Option<String>,
    /// What was counted.
    pub basis: Option<String>,
}

/// How far a source is to be trusted for a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    High,
    Medium,
    Low,
}

impl Confidence {
    /// The most first.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Confidence::High => "high",
            Confidence::Medium => "medium",
            Confidence::Low => "low",
        }
    }
}

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
    /// Lognormal, given by its median and its 90 % quantile.
    Lognormal { median: f64, p90: f64 },
    /// Lognormal, given by its mean and standard deviation.
    LognormalMoments { mean: f64, sd: f64 },
    /// Beta with shapes `mean·size` and `(1−mean)·size`.
    Beta { mean: f64, size: f64 },
    /// Gamma with this mean and standard deviation.
    Gamma { mean: f64, sd: f64 },
    /// One of some values with weights; in the order of the values, smallest first.
    Discrete { values: Vec<f64>, weights: Vec<f64> },
    /// Piecewise linear in the quantiles: pairs of (probability, value), from 0 to 1.
    Quantiles(Vec<(f64, f64)>),
    /// The values of a record, and where they were taken from.
    Empirical { sample: Empirical, from: Option<String> },
    /// Beta with shapes `prior[0] + count` and `prior[1] + of − count`: what `count` of `of` cases say of a
    /// probability, and where they were taken from.
    Posterior { count: f64, of: f64, prior: [f64; 2], from: Option<String> },
}

impl Quantity {
    /// One value, always.
    pub fn fixed(value: f64) -> Self {
        Self { shape: Shape::Fixed(value), min: None, max: None }
    }

    /// The value, when there is only one.
    pub fn constant(&self) -> Option<f64> {
        match &self.shape {
            Shape::Fixed(value) => Some(*value),
            Shape::Discrete { values, .. } if values.len() == 1 => Some(values[0]),
            Shape::Empirical { sample, .. } => {
                let (values, last) = (sample.values(), sample.values().len() - 1);
                (values[0] == values[last]).then_some(values[0])
            }
            _ => None,
        }
    }

    /// The least and the greatest value it can take.
    pub fn support(&self) -> (f64, f64) {
        let (low, high) = match &self.shape {
            Shape::Fixed(x) => (*x, *x),
            Shape::Uniform { low, high }
            | Shape::Triangular { low, high, .. }
            | Shape::Pert { low, high, .. } => (*low, *high),
            Shape::Normal { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Shape::Lognormal { .. } | Shape::LognormalMoments { .. } | Shape::Gamma { .. } => {
                (0.0, f64::INFINITY)
            }
            Shape::Beta { .. } | Shape::Posterior { .. } => (0.0, 1.0),
            Shape::Empirical { sample, .. } => sample.support(),
            Shape::Discrete { values, .. } => (values[0], values[values.len() - 1]),
            Shape::Quantiles(points) => (points[0].1, points[points.len() - 1].1),
        };
        (self.min.map_or(low, |m| m.max(low)), self.max.map_or(high, |m| m.min(high)))
    }

    /// As a person writes it: `PERT 0.1, 0.3, 0.6`.
    pub fn describe(&self) -> String {
        let list = |values: &[f64]| values.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
        let shape = match &self.shape {
            Shape::Fixed(x) => x.to_string(),
            Shape::Uniform { low, high } => format!("uniform {low} to {high}"),
            Shape::Triangular { low, mode, high } => format!("triangular {low}, {mode}, {high}"),
            Shape::Pert { low, mode, high } => format!("PERT {low}, {mode}, {high}"),
            Shape::Normal { mean, sd } => format!("normal, mean {mean}, sd {sd}"),
            Shape::Lognormal { median, p90 } => format!("lognormal, median {median}, 90 % below {p90}"),
            Shape::LognormalMoments { mean, sd } => format!("lognormal, mean {mean}, sd {sd}"),
            Shape::Beta { mean, size } => format!("beta, mean {mean}, size {size}"),
            Shape::Gamma { mean, sd } => format!("gamma, mean {mean}, sd {sd}"),
            Shape::Discrete { values, weights } => {
                format!("one of {} with weights {}", list(values), list(weights))
            }
            Shape::Quantiles(points) => {
                let each = points.iter().map(|(p, x)| format!("p{} {x}", p * 100.0));
                format!("quantiles {}", each.collect::<Vec<_>>().join(", "))
            }
            Shape::Empirical { sample, from } => {
                let (values, last) = (sample.values(), sample.values().len() - 1);
                let (low, high, median) = (values[0], values[last], sample.quantile(0.5));
                let smooth = if sample.is_smooth() { "smoothed, " } else { "" };
                let from = from.as_ref().map_or_else(String::new, |from| format!("; {from}"));
                format!("empirical, {smooth}{} values {low} to {high}, median {median}{from}", values.len())
            }
            Shape::Posterior { count, of, prior: [a, b], from } => {
                let from = from.as_ref().map_or_else(String::new, |from| format!("; {from}"));
                format!("posterior of {count} in {of}, prior Beta({a}, {b}){from}")
            }
        };
        let bound = |word: &str, x: Option<f64>| x.map_or_else(String::new, |x| format!(", {word} {x}"));
        shape + &bound("at least", self.min) + &bound("at most", self.max)
    }
}
