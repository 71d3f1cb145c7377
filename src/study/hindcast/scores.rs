//! How far a forecast was from what happened: proper scores of a sample, from 0 (perfect) up.
//!
//! The forecast is a sample, every value as likely as any other, with distribution function F. What happened is known
//! within a range [a, b]; a point has a = b, and an end that is open is infinite.
//!
//! | score | of a point y | source |
//! | --- | --- | --- |
//! | CRPS | ∫ (F(x) − 1{y ≤ x})² dx | Gneiting and Raftery, *JASA* 102, 2007 |
//! | WIS | (\|y − m\|/2 + Σₖ αₖ/2 · IS(αₖ)) / (K + ½), with IS(α) = (u − l) + 2/α · max(l − y, y − u, 0) | Bracher, Ray, Gneiting and Reich, *PLOS Computational Biology* 17, 2021 |
//! | log score | −ln of the probability given to the range | Good, *JRSS B* 14, 1952 |
//! | PIT | F(y) | Dawid, *JRSS A* 147, 1984; Czado, Gneiting and Held, *Biometrics* 65, 2009 |
//! | bias | 1 − F(y−) − F(y) | Funk and others, *PLOS Computational Biology* 15, 2019 |
//!
//! **Ranges.** Within the range nobody knows whether 1{y ≤ x} is 0 or 1, so CRPS gives that part no weight:
//! ∫₋∞ᵃ F² dx + ∫ᵦ^∞ (1 − F)² dx. That is the threshold-weighted CRPS (Gneiting and Ranjan, *Journal of Business &
//! Economic Statistics* 29, 2011) whose weight is 0 in the range, which is proper for a range that does not depend on the
//! forecast: no forecast does better in expectation than the truth. It equals the CRPS of the signed distances to
//! the range, x − b above and x − a below, against 0 (Allen, Ginsbourger and Ziegel, *SIAM/ASA JUQ* 11, 2023), and so
//! is it computed. WIS is made of the same distances of its quantiles: the score of a quantile stays consistent
//! under any rising transformation (Gneiting, *JASA* 106, 2011). A value inside the range costs nothing.

use crate::vm::math::ln;

/// What is known of what happened: within this range, its ends included; a point where they are equal. An open end is
/// infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Outcome {
    /// A single value.
    pub fn point(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// Whether its ends are the same.
    pub fn is_point(&self) -> bool {
        self.low == self.high
    }

    /// How far above the range a value lies, negative below it, 0 within.
    pub fn distance(&self, value: f64) -> f64 {
        if value < self.low {
            value - self.low
        } else if value > self.high {
            value - self.high
        } else {
            0.0
        }
    }
}

/// A forecast: values that are equally likely. A single one is a forecast that knows no doubt.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    sorted: Vec<f64>,
}

impl Sample {
    /// Of at least one value, none of which is NaN.
    pub fn new(mut values: Vec<f64>) -> Self {
        assert!(!values.is_empty(), "a forecast has a value");
        values.sort_unstable_by(f64::total_cmp);
        Self { sorted: values }
    }

    /// The values, least first.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }

    /// The `p` quantile, linear between the order statistics: type 7 of Hyndman and Fan, *The American Statistician*
    /// 50, 1996.
    pub fn quantile(&self, p: f64) -> f64 {
        let at = p * (self.sorted.len() - 1) as f64;
        let below = (at as usize).min(self.sorted.len() - 1);
        let above = (below + 1).min(self.sorted.len() - 1);
        let (low, high) = (self.sorted[below], self.sorted[above]);
        low + (high - low) * (at - below as f64)
    }

    /// How many values lie below.
    fn below(&self, value: f64) -> usize {
        self.sorted.partition_point(|x| *x < value)
    }

    /// How many values lie at or below.
    fn upto(&self, value: f64) -> usize {
        self.sorted.partition_point(|x| *x <= value)
    }

    fn share(&self, count: usize) -> f64 {
        count as f64 / self.sorted.len() as f64
    }
}

/// The continuous ranked probability score, in the unit of the values. It is the integral itself, summed over the
/// gaps between values: no term is negative, so nothing cancels.
pub fn crps(sample: &Sample, outcome: &Outcome) -> f64 {
    let n = sample.sorted.len() as f64;
    let (below, upto) = (sample.below(outcome.low), sample.upto(outcome.high));
    let mut sum = 0.0;
    // Below the range: from each value to the next, and from the last to the range's lower end.
    for at in 0..below {
        let next = if at + 1 < below { sample.sorted[at + 1] } else { outcome.low };
        let share = (at + 1) as f64 / n;
        sum += (next - sample.sorted[at]) * share * share;
    }
    for at in upto..sample.sorted.len() {
        let before = if at > upto { sample.sorted[at - 1] } else { outcome.high };
        let rest = 1.0 - at as f64 / n;
        sum += (sample.sorted[at] - before) * rest * rest;
    }
    sum
}

/// The levels of the weighted interval score: central intervals of 1 − α.
pub const WIS_ALPHAS: [f64; 11] = [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// The weighted interval score over the median and the intervals of [`WIS_ALPHAS`], in the unit of the values.
pub fn wis(sample: &Sample, outcome: &Outcome) -> f64 {
    let distance = |p: f64| outcome.distance(sample.quantile(p));
    let interval = |alpha: f64| {
        let (low, high) = (distance(alpha / 2.0), distance(1.0 - alpha / 2.0));
        let missed = if low > 0.0 { low } else { 0.0 } + if high < 0.0 { -high } else { 0.0 };
        // α/2 times the interval score.
        alpha / 2.0 * (high - low) + missed
    };
    let sum = 0.5 * distance(0.5).abs() + WIS_ALPHAS.iter().map(|alpha| interval(*alpha)).sum::<f64>();
    sum / (WIS_ALPHAS.len() as f64 + 0.5)
}

/// Minus the logarithm of the probability of the range, (k + ½)/(n + 1) where k of n values lie in it: the mean of
/// Jeffreys' posterior, so that what no history shows is not impossible. A point has none: a sample gives it no
/// density.
pub fn log_score(sample: &Sample, outcome: &Outcome) -> Option<f64> {
    if outcome.is_point() {
        return None;
    }
    let inside = sample.upto(outcome.high) - sample.below(outcome.low);
    Some(-ln((inside as f64 + 0.5) / (sample.sorted.len() as f64 + 1.0)))
}

/// Where in the forecast the outcome fell: F(a−) and F(b). The probability integral transform is spread evenly
/// between them, which is the non-randomised PIT of Czado, Gneiting and Held for whole numbers and for ranges.
pub fn pit(sample: &Sample, outcome: &Outcome) -> [f64; 2] {
    [sample.share(sample.below(outcome.low)), sample.share(sample.upto(outcome.high))]
}

/// How much of a spread-out PIT lies between two probabilities, 0 to 1. A PIT that is one number counts whole where
/// it lies, at or above `from` and below `to`, or at 1.
pub fn pit_within([low, high]: [f64; 2], from: f64, to: f64) -> f64 {
    if high > low {
        let (start, end) = (low.max(from), high.min(to));
        return if end > start { (end - start) / (high - low) } else { 0.0 };
    }
    if low >= from && (low < to || to >= 1.0) { 1.0 } else { 0.0 }
}

/// How much of the PIT lies in the central interval of this probability: 1 where the interval covers the outcome,
/// 0 where it does not, in between where the outcome is a range across its end.
pub fn covered(pit: [f64; 2], level: f64) -> f64 {
    pit_within(pit, (1.0 - level) / 2.0, (1.0 + level) / 2.0)
}

/// From −1, every value below the outcome, to 1, every value above it.
pub fn bias([low, high]: [f64; 2]) -> f64 {
    1.0 - low - high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::math::{inverse_normal, normal_cdf};

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec())
    }

    /// Quantiles of a distribution at evenly spaced probabilities: a sample without sampling error.
    fn spread(n: usize, inverse: impl Fn(f64) -> f64) -> Sample {
        Sample::new((0..n).map(|k| inverse((k as f64 + 0.5) / n as f64)).collect())
    }

    #[test]
    fn crps_of_a_normal_forecast_is_its_closed_form() {
        let forecast = spread(20_000, inverse_normal);
        for y in [-2.5f64, -0.3, 0.0, 1.0, 3.0] {
            // Gneiting and Raftery, equation 21. Midpoint quantiles of 20,000 miss it by less than 1e-4: the tails.
            let density = crate::vm::math::exp(-y * y / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
            let truth = y * (2.0 * normal_cdf(y) - 1.0) + 2.0 * density - 1.0 / std::f64::consts::PI.sqrt();
            assert!((crps(&forecast, &Outcome::point(y)) - truth).abs() < 1e-4, "{y}");
        }
    }

    #[test]
    fn crps_of_a_uniform_forecast_is_its_closed_form_for_points_and_ranges() {
        let forecast = spread(10_000, |u| u);
        for (low, high) in
            [(0.3, 0.3), (0.2, 0.6), (-1.0, -1.0), (0.5, f64::INFINITY), (f64::NEG_INFINITY, 0.1)]
        {
            // ∫₀ᵃ x² + ∫ᵦ¹ (1 − x)², and the whole distance to a range beyond the forecast.
            let (a, b) = (f64::clamp(low, 0.0, 1.0), f64::clamp(high, 0.0, 1.0));
            let beyond = f64::max(-high, 0.0);
            let truth = a * a * a / 3.0 + (1.0 - b) * (1.0 - b) * (1.0 - b) / 3.0 + beyond;
            let found = crps(&forecast, &Outcome { low, high });
            // The midpoint rule's error is n⁻²/12 of the steps' width.
            assert!((found - truth).abs() < 1e-8, "{low} {high}: {found} {truth}");
        }
    }

    #[test]
    fn a_forecast_without_doubt_scores_its_distance() {
        let sure = sample(&[7.0]);
        for (outcome, distance) in
            [(Outcome::point(7.0), 0.0), (Outcome::point(4.0), 3.0), (Outcome { low: 8.0, high: 9.0 }, 1.0)]
        {
            assert_eq!(crps(&sure, &outcome), distance);
            assert!((wis(&sure, &outcome) - distance).abs() < 1e-12);
        }
        assert_eq!(crps(&sure, &Outcome { low: f64::NEG_INFINITY, high: 7.0 }), 0.0);
    }

    /// Of a standard normal, worked out with SciPy 1.17 from its quantiles. WIS is CRPS with its integral over quantiles
    /// made a sum of 23, which cuts off the tails: an eighth less at most here.
    #[test]
    fn wis_of_a_normal_forecast_is_that_of_its_quantiles_and_near_crps() {
        let forecast = spread(2_000, inverse_normal);
        let range = Outcome { low: 0.5, high: 1.5 };
        for (outcome, truth) in
            [(Outcome::point(0.2), 0.228_228), (Outcome::point(-1.7), 1.028_922), (range, 0.267_223)]
        {
            let (wis, crps) = (wis(&forecast, &outcome), crps(&forecast, &outcome));
            // 2,000 values know the 1 % quantile to less than 0.01, which weighs 1/11.5.
            assert!((wis - truth).abs() < 1e-3, "{wis} {truth}");
            assert!((0.87..1.0).contains(&(wis / crps)), "{wis} {crps}");
        }
    }

    #[test]
    fn what_no_value_shows_is_not_impossible() {
        let forecast = sample(&[1.0, 2.0, 3.0, 4.0]);
        let score = |low, high| log_score(&forecast, &Outcome { low, high });
        assert_eq!(score(2.0, 2.0), None);
        assert_eq!(score(2.0, 3.0), Some(-ln(2.5 / 5.0)));
        assert_eq!(score(8.0, f64::INFINITY), Some(-ln(0.5 / 5.0)));
        assert_eq!(score(f64::NEG_INFINITY, 9.0), Some(-ln(4.5 / 5.0)));
    }

    #[test]
    fn pit_coverage_and_bias_of_points_and_ranges() {
        let forecast = sample(&[0.0, 1.0, 2.0, 3.0]);
        assert_eq!(pit(&forecast, &Outcome::point(1.5)), [0.5, 0.5]);
        assert_eq!(pit(&forecast, &Outcome::point(1.0)), [0.25, 0.5]);
        assert_eq!(pit(&forecast, &Outcome { low: f64::NEG_INFINITY, high: 0.5 }), [0.0, 0.25]);
        assert_eq!((bias([0.0, 0.0]), bias([1.0, 1.0]), bias([0.25, 0.75])), (1.0, -1.0, 0.0));
        assert_eq!((covered([0.5, 0.5], 0.5), covered([0.1, 0.1], 0.5)), (1.0, 0.0));
        // Half of 0.15 to 0.35 lies above 0.25.
        assert!((covered([0.15, 0.35], 0.5) - 0.5).abs() < 1e-12);
        assert_eq!(pit_within([1.0, 1.0], 0.9, 1.0), 1.0);
    }

    #[test]
    fn quantiles_are_linear_between_values() {
        let forecast = sample(&[3.0, 1.0, 2.0, 5.0]);
        assert_eq!([0.0, 0.5, 1.0, 0.75].map(|p| forecast.quantile(p)), [1.0, 2.5, 5.0, 3.5]);
        assert_eq!(sample(&[4.0]).quantile(0.3), 4.0);
    }
}
