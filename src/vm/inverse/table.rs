//! Quantiles of the beta and gamma laws from a table that checks itself.
//!
//! The logit of a beta variable and the logarithm of a gamma variable are smooth, nearly straight functions of the
//! normal score of their probability, whatever the shapes: the power laws of both tails turn into gentle curves.
//! The table holds such a curve with its first two derivatives; between nodes a quintic joins them. Nodes are
//! doubled until the quintic meets the distribution function half way between every two of them; for the few shapes
//! where that takes too many, one step of Newton's method follows.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::normal_score;
use crate::vm::math::{exp, ln, ln_1p, logistic, normal_cdf};
use crate::vm::special::{Tails, beta_tails, beta_weight, gamma_tails, gamma_weight, ln_gamma};

/// A law of which a table is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Curve {
    /// The gamma law of scale 1, seen through the logarithm.
    Gamma { shape: f64 },
    /// The beta law, seen through the logit.
    Beta { a: f64, b: f64 },
}

/// The quantiles of a curve. The table is made when the first is asked for: a scenario that is only
/// checked needs none. Clones have it in common.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct QuantileTable {
    curve: Curve,
    #[serde(skip)]
    grid: Arc<OnceLock<Grid>>,
}

#[derive(Clone, Debug)]
struct Grid {
    curve: Curve,
    /// Distance between nodes, in normal scores.
    step: f64,
    nodes: Vec<Node>,
    /// Whether the quintic is not good enough by itself.
    refined: bool,
}

/// The curve at one normal score: its value, and its first derivative and half its second one, by step.
#[derive(Clone, Copy, Debug)]
struct Node {
    value: f64,
    slope: f64,
    bend: f64,
}

/// Normal scores of the table; those of all uniforms of 52 bits lie inside.
const REACH: f64 = 8.25;
/// Relative error of a quantile at which the table is fine enough.
const TOLERANCE: f64 = 1e-11;
const FEWEST_STEPS: usize = 64;
const MOST_STEPS: usize = 512;

impl QuantileTable {
    pub(super) fn new(curve: Curve) -> Self {
        Self { curve, grid: Arc::default() }
    }

    pub(super) fn curve(&self) -> Curve {
        self.curve
    }

    /// The value with these probabilities on either side.
    pub(super) fn quantile(&self, tails: Tails) -> f64 {
        self.curve.value(self.coordinate(tails))
    }

    pub(super) fn coordinate(&self, tails: Tails) -> f64 {
        self.grid.get_or_init(|| Grid::new(self.curve)).coordinate(tails)
    }
}

/// Whether it was made already is nobody's business.
impl fmt::Debug for QuantileTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.curve.fmt(formatter)
    }
}

impl Grid {
    fn new(curve: Curve) -> Self {
        let mut steps = FEWEST_STEPS;
        loop {
            let mut table = Self::with_steps(curve, steps);
            table.refined = table.largest_error() > TOLERANCE;
            if !table.refined || steps == MOST_STEPS {
                return table;
            }
            steps *= 2;
        }
    }

    fn coordinate(&self, tails: Tails) -> f64 {
        let score = normal_score(tails);
        if score.abs() < REACH {
            let near = self.interpolate(score);
            return if self.refined { near + self.curve.newton_step(tails, near) } else { near };
        }
        // Only a truncation far out in a tail comes here.
        let end = if score < 0.0 { self.nodes[0] } else { self.nodes[self.nodes.len() - 1] };
        let beyond = score - if score < 0.0 { -REACH } else { REACH };
        self.curve.solve(tails, end.value + end.slope * (beyond / self.step))
    }

    /// The quintic with the values and the first two derivatives of the nodes on either side.
    fn interpolate(&self, score: f64) -> f64 {
        let position = (score + REACH) / self.step;
        let index = (position as usize).min(self.nodes.len() - 2);
        let t = position - index as f64;
        let (left, right) = (self.nodes[index], self.nodes[index + 1]);
        let rise = right.value - left.value - left.slope - left.bend;
        let turn = right.slope - left.slope - 2.0 * left.bend;
        let twist = right.bend - left.bend;
        let cubic = 10.0 * rise - 4.0 * turn + twist;
        let quartic = -15.0 * rise + 7.0 * turn - 2.0 * twist;
        let quintic = 6.0 * rise - 3.0 * turn + twist;
        left.value + t * (left.slope + t * (left.bend + t * (cubic + t * (quartic + t * quintic))))
    }

    /// Nodes from the median outwards, each begun where the one before it points.
    fn with_steps(curve: Curve, steps: usize) -> Self {
        let step = 2.0 * REACH / steps as f64;
        let middle = steps / 2;
        let score = |index: usize| (index as f64 - middle as f64) * step;
        let median = curve.solve(scored(0.0), curve.centre());
        let mut nodes = vec![curve.node(0.0, median, step); steps + 1];
        for index in middle + 1..=steps {
            let near = nodes[index - 1];
            let value = curve.solve(scored(score(index)), near.value + near.slope + near.bend);
            nodes[index] = curve.node(score(index), value, step);
        }
        for index in (0..middle).rev() {
            let near = nodes[index + 1];
            let value = curve.solve(scored(score(index)), near.value - near.slope + near.bend);
            nodes[index] = curve.node(score(index), value, step);
        }
        Self { curve, step, nodes, refined: false }
    }

    /// The largest relative error of a quantile half way between nodes.
    fn largest_error(&self) -> f64 {
        let halfway = (0..self.nodes.len() - 1).map(|index| (index as f64 + 0.5) * self.step - REACH);
        let errors = halfway.map(|score| {
            let coordinate = self.interpolate(score);
            self.curve.newton_step(scored(score), coordinate).abs()
        });
        errors.fold(0.0, |largest, error| if error > largest { error } else { largest })
    }
}

impl Curve {
    /// The probabilities on either side of a value; `complement` is 1 less the value, for the beta law.
    pub(super) fn tails(self, value: f64, complement: f64) -> Tails {
        match self {
            Self::Gamma { shape } => gamma_tails(shape, value),
            Self::Beta { a, b } => beta_tails(a, b, value, complement),
        }
    }

    /// The value at a coordinate.
    fn value(self, coordinate: f64) -> f64 {
        match self {
            Self::Gamma { .. } => exp(coordinate),
            Self::Beta { .. } => logistic(coordinate),
        }
    }

    /// Where to begin the search for the median.
    fn centre(self) -> f64 {
        match self {
            Self::Gamma { shape } if shape < 1.0 => (ln_gamma(shape + 1.0) - std::f64::consts::LN_2) / shape,
            Self::Gamma { shape } => ln(shape - 1.0 / 3.0),
            Self::Beta { a, b } => ln(a / b),
        }
    }

    fn node(self, score: f64, value: f64, step: f64) -> Node {
        let point = self.point(value);
        let ln_normal_density = -0.5 * score * score - 0.5 * ln(2.0 * std::f64::consts::PI);
        let slope = exp(ln_normal_density - point.ln_density);
        let bend = slope * (-score - slope * point.growth);
        Node { value, slope: slope * step, bend: 0.5 * bend * step * step }
    }

    /// The coordinate with these probabilities on either side, from a first guess.
    ///
    /// Newton's method on the logarithm of the smaller side, kept between the bounds found so far.
    fn solve(self, tails: Tails, guess: f64) -> f64 {
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut coordinate = guess;
        for _ in 0..200 {
            let step = self.newton_step(tails, coordinate);
            if step.abs() <= 1e-8 {
                return coordinate + step;
            }
            if step > 0.0 {
                low = coordinate;
            } else {
                high = coordinate;
            }
            let next = coordinate + step;
            coordinate = if low < next && next < high && next.is_finite() {
                next
            } else if low.is_finite() && high.is_finite() {
                0.5 * (low + high)
            } else {
                coordinate + if step > 0.0 { 2.0 } else { -2.0 }
            };
        }
        coordinate
    }

    /// Newton's step towards these probabilities; infinite towards them where one underflowed.
    pub(super) fn newton_step(self, tails: Tails, coordinate: f64) -> f64 {
        let point = self.point(coordinate);
        let (error, ln_side) = if tails.below < tails.above {
            (ln(tails.below) - point.ln_below, point.ln_below)
        } else {
            (point.ln_above - ln(tails.above), point.ln_above)
        };
        if error.is_finite() { error * exp(ln_side - point.ln_density) } else { error }
    }

    fn point(self, coordinate: f64) -> Point {
        match self {
            Self::Gamma { shape } => gamma_point(shape, coordinate),
            Self::Beta { a, b } if coordinate > 0.0 => beta_point(b, a, -coordinate).mirrored(),
            Self::Beta { a, b } => beta_point(a, b, coordinate),
        }
    }
}

/// A law at a coordinate: logarithms of the probabilities on either side and of the density by the coordinate, and
/// the derivative of the latter.
struct Point {
    ln_below: f64,
    ln_above: f64,
    ln_density: f64,
    growth: f64,
}

impl Point {
    fn new(tails: Tails, density: f64, growth: f64) -> Self {
        Self { ln_below: ln(tails.below), ln_above: ln(tails.above), ln_density: ln(density), growth }
    }

    /// Far down, a law is its leading power: density and probability differ by the exponent alone.
    fn of_power(ln_density: f64, exponent: f64) -> Self {
        let ln_below = ln_density - ln(exponent);
        Self { ln_below, ln_above: ln_1p(-exp(ln_below)), ln_density, growth: exponent }
    }

    fn mirrored(self) -> Self {
        Self { ln_below: self.ln_above, ln_above: self.ln_below, growth: -self.growth, ..self }
    }
}

/// Below this coordinate the next term of the power series is smaller than rounding.
const POWER_BELOW: f64 = -60.0;

fn gamma_point(shape: f64, coordinate: f64) -> Point {
    if coordinate < POWER_BELOW {
        return Point::of_power(shape * coordinate - ln_gamma(shape + 1.0) + ln(shape), shape);
    }
    let x = exp(coordinate);
    Point::new(gamma_tails(shape, x), gamma_weight(shape, x), shape - x)
}

fn beta_point(a: f64, b: f64, coordinate: f64) -> Point {
    if coordinate < POWER_BELOW {
        return Point::of_power(a * coordinate - ln_beta(a, b), a);
    }
    let (x, y) = (logistic(coordinate), logistic(-coordinate));
    Point::new(beta_tails(a, b, x, y), beta_weight(a, b, x, y), a * y - b * x)
}

/// ln B(a, b), from the density at the mean: differences of ln Γ would cancel for large shapes.
fn ln_beta(a: f64, b: f64) -> f64 {
    let (x, y) = (a / (a + b), b / (a + b));
    let ln_x = if x < 0.5 { ln(x) } else { ln_1p(-y) };
    let ln_y = if y < 0.5 { ln(y) } else { ln_1p(-x) };
    a * ln_x + b * ln_y - ln(beta_weight(a, b, x, y))
}

fn scored(score: f64) -> Tails {
    Tails { below: normal_cdf(score), above: normal_cdf(-score) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_ends_at_the_same_value_wherever_it_begins() {
        // P(X ≤ x) = 1 − (1 + x)·e^(−x), and x² of a variable that is beta(2, 1).
        for (curve, below, value) in [
            (Curve::Gamma { shape: 2.0 }, 1.0 - 2.0 * exp(-1.0), 1.0),
            (Curve::Gamma { shape: 2.0 }, 1.0 - 4.0 * exp(-3.0), 3.0),
            (Curve::Beta { a: 2.0, b: 1.0 }, 0.25, 0.5),
            (Curve::Beta { a: 2.0, b: 1.0 }, 0.81, 0.9),
        ] {
            let tails = Tails { below, above: 1.0 - below };
            for guess in [-3.0, -1.0, 0.0, 1.0, 2.0] {
                let found = curve.value(curve.solve(tails, guess));
                assert!(
                    (found - value).abs() <= 1e-12 * value,
                    "{curve:?} from {guess}: {found}, not {value}"
                );
            }
        }
    }

    #[test]
    fn the_search_for_the_median_begins_near_it() {
        let curves = [0.05, 0.1, 1.0, 3.0, 40.0].map(|shape| Curve::Gamma { shape });
        for curve in
            curves.into_iter().chain([Curve::Beta { a: 30.0, b: 10.0 }, Curve::Beta { a: 4.0, b: 5.0 }])
        {
            let median = curve.solve(scored(0.0), 0.0);
            assert!((curve.centre() - median).abs() <= 0.06, "{curve:?}: {} for {median}", curve.centre());
        }
    }

    #[test]
    fn quantiles_beyond_the_table_are_right() {
        // Far down P(X ≤ x) of shape 2 is x²/2·(1 − 2x/3); far up that of shape 1 is 1 − e^(−x).
        let low =
            QuantileTable::new(Curve::Gamma { shape: 2.0 }).quantile(Tails { below: 5e-21, above: 1.0 });
        assert!((low / 1e-10 - 1.0).abs() <= 1e-9, "{low}");
        let high =
            QuantileTable::new(Curve::Gamma { shape: 1.0 }).quantile(Tails { below: 1.0, above: exp(-50.0) });
        assert!((high - 50.0).abs() <= 1e-9, "{high}");
    }

    #[test]
    fn the_logarithm_of_beta_keeps_its_digits_for_lopsided_shapes() {
        // B(1, b) = 1/b, and B(2, 3) = 1/12.
        for b in [3.0, 1e4, 1e8] {
            assert!((ln_beta(1.0, b) + ln(b)).abs() <= 1e-11, "{b}: {}", ln_beta(1.0, b));
            assert!((ln_beta(b, 1.0) + ln(b)).abs() <= 1e-11, "{b}: {}", ln_beta(b, 1.0));
        }
        assert!((ln_beta(2.0, 3.0) + ln(12.0)).abs() <= 1e-14);
    }
}
