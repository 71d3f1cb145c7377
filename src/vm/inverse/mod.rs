//! Inverse distribution functions: a uniform to a value of a quantity.
//!
//! Every way of sampling (Monte Carlo, Latin hypercube, Sobol) gives uniforms in the open interval (0, 1), and all
//! of them pass through [`Inverse::at`].

mod table;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::math::{exp, inverse_normal, ln, ln_1p, normal_cdf};
use super::special::Tails;
use crate::lang::quantity::Shape;
use table::{Curve, QuantileTable};

/// The inverse distribution function of a shape, truncated to a range.
///
/// Truncation is by probability: what lies outside the range is never drawn, and nothing piles up at its ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inverse {
    law: Law,
    /// Least and greatest value, after truncation.
    support: (f64, f64),
    /// Probabilities of the untruncated law below the range and from its start on.
    start: Tails,
    /// Probabilities of the untruncated law up to the end of the range and above it.
    end: Tails,
    /// Probability of the range under the untruncated law.
    mass: f64,
}

/// A truncation left nothing to draw from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoProbability;

impl fmt::Display for NoProbability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no probability is left between `min` and `max`")
    }
}

impl std::error::Error for NoProbability {}

impl Inverse {
    /// The inverse of `shape`, whose numbers are already checked, truncated to `min..=max`.
    ///
    /// # Errors
    ///
    /// [`NoProbability`] when the shape has none from `min` to `max`.
    pub fn new(shape: &Shape, min: Option<f64>, max: Option<f64>) -> Result<Self, NoProbability> {
        let (min, max) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
        let law = Law::of(shape).restricted(min, max)?;
        let (low, high) = law.support();
        let support = (if min > low { min } else { low }, if max < high { max } else { high });
        let start = if min > low { law.tails(min, Side::Left) } else { Tails::from_below(0.0) };
        let end = if max < high { law.tails(max, Side::Right) } else { Tails::from_above(0.0) };
        // The difference of the smaller sides: that of the larger ones would cancel.
        let mass = if start.below < 0.5 { end.below - start.below } else { start.above - end.above };
        if support.0 <= support.1 && mass > 0.0 {
            Ok(Self { law, support, start, end, mass })
        } else {
            Err(NoProbability)
        }
    }

    /// The value that the quantity stays at or below with probability `u`, in the open interval (0, 1).
    ///
    /// Non-decreasing in `u`, up to rounding. Relative error 1e-10 for beta and gamma, a few units in the last
    /// place for the others.
    pub fn at(&self, u: f64) -> f64 {
        let below = self.start.below + u * self.mass;
        let above = self.end.above + (1.0 - u) * self.mass;
        let value = self.law.quantile(Tails { below, above });
        // Rounding alone can pass the ends here.
        if value < self.support.0 {
            self.support.0
        } else if value > self.support.1 {
            self.support.1
        } else {
            value
        }
    }

    /// The probability of at most `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        if x < self.support.0 {
            return 0.0;
        }
        if x >= self.support.1 {
            return 1.0;
        }
        let tails = self.law.tails(x, Side::Right);
        if tails.below < 0.5 {
            (tails.below - self.start.below) / self.mass
        } else {
            1.0 - (tails.above - self.end.above) / self.mass
        }
    }

    /// Takes the table of another inverse if it is of the same curve, for tables are dear.
    pub fn share_table(&mut self, other: &Self) {
        if let (Some(own), Some(others)) = (self.law.table_mut(), other.law.table())
            && own.curve() == others.curve()
        {
            *own = others.clone();
        }
    }

    /// The least and the greatest value, after truncation; infinite where there is no bound.
    pub fn support(&self) -> (f64, f64) {
        self.support
    }

    /// The value exceeded as often as not, after truncation.
    pub fn median(&self) -> f64 {
        self.at(0.5)
    }
}

/// Whether a distribution function counts the point itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A shape made ready for inversion.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Law {
    Fixed(f64),
    Uniform {
        low: f64,
        high: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    Normal {
        mean: f64,
        sd: f64,
    },
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    Beta {
        low: f64,
        span: f64,
        table: QuantileTable,
    },
    Gamma {
        scale: f64,
        table: QuantileTable,
    },
    /// Pairs of (probability of at most the value, value), both increasing; the last probability is 1.
    Discrete(Vec<(f64, f64)>),
    Quantiles(Vec<(f64, f64)>),
}

impl Law {
    fn of(shape: &Shape) -> Self {
        match *shape {
            Shape::Fixed(value) => Self::Fixed(value),
            Shape::Uniform { low, high }
            | Shape::Triangular { low, high, .. }
            | Shape::Pert { low, high, .. }
                if low == high =>
            {
                Self::Fixed(low)
            }
            Shape::Uniform { low, high } => Self::Uniform { low, high },
            Shape::Triangular { low, mode, high } => Self::Triangular { low, mode, high },
            Shape::Pert { low, mode, high } => {
                let span = high - low;
                let (a, b) = (1.0 + 4.0 * (mode - low) / span, 1.0 + 4.0 * (high - mode) / span);
                Self::Beta { low, span, table: QuantileTable::new(Curve::Beta { a, b }) }
            }
            Shape::Normal { mean, sd } | Shape::Gamma { mean, sd } if sd == 0.0 => Self::Fixed(mean),
            Shape::Normal { mean, sd } => Self::Normal { mean, sd },
            Shape::Lognormal { median, p90 } => {
                Self::Lognormal { mu: ln(median), sigma: ln(p90 / median) / inverse_normal(0.9) }
            }
            Shape::LognormalMoments { mean, sd } => {
                let variance = ln_1p((sd / mean) * (sd / mean));
                Self::Lognormal { mu: ln(mean) - 0.5 * variance, sigma: variance.sqrt() }
            }
            Shape::Beta { mean, size } => {
                let (a, b) = (mean * size, (1.0 - mean) * size);
                Self::Beta { low: 0.0, span: 1.0, table: QuantileTable::new(Curve::Beta { a, b }) }
            }
            Shape::Gamma { mean, sd } => {
                let (shape, scale) = ((mean / sd) * (mean / sd), sd / mean * sd);
                Self::Gamma { scale, table: QuantileTable::new(Curve::Gamma { shape }) }
            }
            Shape::Discrete { ref values, ref weights } => discrete(values.iter().zip(weights)),
            Shape::Quantiles(ref points) => Self::Quantiles(points.clone()),
            Shape::Empirical { ref sample, .. } if sample.bandwidth() == 0.0 => {
                let runs = sample.values().chunk_by(|a, b| a == b);
                let (values, rows): (Vec<f64>, Vec<f64>) = runs.map(|run| (run[0], run.len() as f64)).unzip();
                discrete(values.iter().zip(&rows))
            }
            Shape::Empirical { ref sample, .. } => Self::Quantiles(sample.points()),
            Shape::Posterior { count, of, prior: [a, b], .. } => {
                let (a, b) = (a + count, b + of - count);
                Self::Beta { low: 0.0, span: 1.0, table: QuantileTable::new(Curve::Beta { a, b }) }
            }
        }
    }

    /// Laws of single values lose those outside the range; the others are truncated by probability.
    fn restricted(self, min: f64, max: f64) -> Result<Self, NoProbability> {
        let inside = |value: f64| min <= value && value <= max;
        match self {
            Self::Fixed(value) if !inside(value) => Err(NoProbability),
            Self::Discrete(atoms) => {
                let mut before = 0.0;
                let mut kept = Vec::new();
                for (upto, value) in atoms {
                    if inside(value) && upto > before {
                        kept.push((value, upto - before));
                    }
                    before = upto;
                }
                if kept.is_empty() {
                    return Err(NoProbability);
                }
                Ok(discrete(kept.iter().map(|(value, weight)| (value, weight))))
            }
            other => Ok(other),
        }
    }

    fn table(&self) -> Option<&QuantileTable> {
        match self {
            Self::Beta { table, .. } | Self::Gamma { table, .. } => Some(table),
            _ => None,
        }
    }

    fn table_mut(&mut self) -> Option<&mut QuantileTable> {
        match self {
            Self::Beta { table, .. } | Self::Gamma { table, .. } => Some(table),
            _ => None,
        }
    }

    fn support(&self) -> (f64, f64) {
        match self {
            Self::Fixed(value) => (*value, *value),
            Self::Uniform { low, high } | Self::Triangular { low, high, .. } => (*low, *high),
            Self::Normal { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Self::Lognormal { .. } | Self::Gamma { .. } => (0.0, f64::INFINITY),
            Self::Beta { low, span, .. } => (*low, low + span),
            Self::Discrete(points) | Self::Quantiles(points) => (points[0].1, points[points.len() - 1].1),
        }
    }

    /// The value with these probabilities on either side.
    fn quantile(&self, tails: Tails) -> f64 {
        match self {
            Self::Fixed(value) => *value,
            Self::Uniform { low, high } => {
                let span = high - low;
                if tails.below < 0.5 { low + span * tails.below } else { high - span * tails.above }
            }
            Self::Triangular { low, mode, high } => {
                let span = high - low;
                if tails.below * span <= mode - low {
                    low + (tails.below * span * (mode - low)).sqrt()
                } else {
                    high - (tails.above * span * (high - mode)).sqrt()
                }
            }
            Self::Normal { mean, sd } => mean + sd * normal_score(tails),
            Self::Lognormal { mu, sigma } => exp(mu + sigma * normal_score(tails)),
            Self::Beta { low, span, table } => low + span * table.quantile(tails),
            Self::Gamma { scale, table } => scale * table.quantile(tails),
            Self::Discrete(atoms) => {
                let index = atoms.partition_point(|&(upto, _)| upto < tails.below);
                atoms[index.min(atoms.len() - 1)].1
            }
            Self::Quantiles(points) => {
                let next = points.partition_point(|&(p, _)| p < tails.below).clamp(1, points.len() - 1);
                let ((p, x), (next_p, next_x)) = (points[next - 1], points[next]);
                x + (next_x - x) * ((tails.below - p) / (next_p - p))
            }
        }
    }

    /// The probabilities on either side of `x`, which lies in the support.
    fn tails(&self, x: f64, side: Side) -> Tails {
        match self {
            Self::Fixed(_) => Tails::from_above(0.0),
            Self::Uniform { low, high } => {
                let span = high - low;
                Tails { below: (x - low) / span, above: (high - x) / span }
            }
            Self::Triangular { low, mode, high } => {
                let (span, from_low, from_high) = (high - low, x - low, high - x);
                if x <= *mode && mode > low {
                    Tails::from_below(from_low / span * (from_low / (mode - low)))
                } else {
                    Tails::from_above(from_high / span * (from_high / (high - mode)))
                }
            }
            Self::Normal { mean, sd } => normal_tails((x - mean) / sd),
            Self::Lognormal { mu, sigma } => normal_tails((ln(x) - mu) / sigma),
            Self::Beta { low, span, table } => {
                let high = low + span;
                table.curve().tails((x - low) / span, (high - x) / span)
            }
            Self::Gamma { scale, table } => table.curve().tails(x / scale, f64::NAN),
            Self::Discrete(atoms) => {
                let count = atoms.partition_point(|&(_, value)| value <= x);
                Tails::from_below(if count == 0 { 0.0 } else { atoms[count - 1].0 })
            }
            Self::Quantiles(points) => Tails::from_below(probability_at(points, x, side)),
        }
    }
}

/// The law of values with weights, in increasing order of the values.
fn discrete<'a>(atoms: impl Iterator<Item = (&'a f64, &'a f64)> + Clone) -> Law {
    let total: f64 = atoms.clone().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    let mut cumulative: Vec<_> = atoms
        .filter(|&(_, &weight)| weight > 0.0)
        .map(|(&value, &weight)| {
            sum += weight;
            (sum / total, value)
        })
        .collect();
    if let Some(last) = cumulative.last_mut() {
        last.0 = 1.0;
    }
    Law::Discrete(cumulative)
}

/// The distribution function of piecewise linear quantiles; it jumps where several have one value.
fn probability_at(points: &[(f64, f64)], x: f64, side: Side) -> f64 {
    let next = points.partition_point(|&(_, value)| value < x || (side == Side::Right && value == x));
    if next == 0 {
        return 0.0;
    }
    if next == points.len() {
        return 1.0;
    }
    let ((p, value), (next_p, next_value)) = (points[next - 1], points[next]);
    p + (next_p - p) * ((x - value) / (next_value - value))
}

fn normal_score(tails: Tails) -> f64 {
    if tails.below < tails.above { inverse_normal(tails.below) } else { -inverse_normal(tails.above) }
}

fn normal_tails(score: f64) -> Tails {
    Tails { below: normal_cdf(score), above: normal_cdf(-score) }
}

#[cfg(test)]
mod tests;
