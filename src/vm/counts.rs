//! Counts by inversion: one uniform a lane to the least k whose distribution function reaches it.
//!
//! The distribution function is right to 1e-12 for means up to 10,000, and to 1e-10 up to [`GREATEST_MEAN`]; no
//! search is ever cut short. Small means are searched from 0 upwards, eight lanes at a time; other lanes go to
//! the `quantile` of one lane, by an expansion that knows its own error and, where that does not settle it, by
//! the exact distribution function.
//!
//! A lane whose operands have no count (negative, not finite, a mean beyond the greatest) is NaN.

mod quantile;

use super::math::{exp, floor, ln_1p};
use super::{LANES, Row};
use quantile::Law;

/// The greatest mean of a count (of a binomial, the mean of the rarer outcome).
pub const GREATEST_MEAN: f64 = 1e9;

/// Poisson counts with these means.
#[inline(always)]
pub fn poisson(mean: &Row, u: &Row, count: &mut Row) {
    const SEARCHED: f64 = 64.0;
    let (mut first, mut target) = ([0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        first[lane] = exp(-mean[lane]);
        target[lane] = if mean[lane] <= SEARCHED { u[lane] } else { 0.0 };
    }
    let reached = search(&first, &target, count, |lane, _| mean[lane]);
    for lane in 0..LANES {
        let valid = mean[lane] >= 0.0;
        if !(valid && mean[lane] <= SEARCHED && arrived(reached[lane], u[lane])) {
            count[lane] = quantile::of(Law::poisson(mean[lane]), u[lane]);
        }
    }
}

/// Negative binomial counts with these means and sizes (variance = mean + mean²/size).
///
/// A mean of 0 gives 0, also for a size of 0. The mean over the size is at most 10¹².
#[inline(always)]
pub fn negative_binomial(mean: &Row, size: &Row, u: &Row, count: &mut Row) {
    // Higher than for the others: the expansion serves only large sizes.
    const SEARCHED: f64 = 256.0;
    let (mut first, mut target) = ([0.0; LANES], [0.0; LANES]);
    let (mut linear, mut growth) = ([0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        let m = mean[lane];
        let r = if m == 0.0 { 1.0 } else { size[lane] };
        first[lane] = exp(-r * ln_1p(m / r));
        linear[lane] = m * (r / (r + m));
        growth[lane] = m / (r + m);
        target[lane] = if m <= SEARCHED { u[lane] } else { 0.0 };
    }
    let reached = search(&first, &target, count, |lane, k| linear[lane] + growth[lane] * k);
    for lane in 0..LANES {
        let valid = mean[lane] >= 0.0 && size[lane] > 0.0;
        if !(valid && mean[lane] <= SEARCHED && arrived(reached[lane], u[lane])) {
            count[lane] = quantile::of(Law::negative_binomial(mean[lane], size[lane]), u[lane]);
        }
    }
}

/// Binomial counts among whole `trials` that succeed with probability `p`.
#[inline(always)]
pub fn binomial(trials: &Row, p: &Row, u: &Row, count: &mut Row) {
    const SEARCHED: f64 = 64.0;
    let (mut first, mut target) = ([0.0; LANES], [0.0; LANES]);
    let (mut odds, mut rarer, mut uniform) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for lane in 0..LANES {
        // The rarer outcome is counted, from the other end: no first term underflows.
        let flipped = p[lane] > 0.5;
        rarer[lane] = if flipped { 1.0 - p[lane] } else { p[lane] };
        uniform[lane] = if flipped { 1.0 - u[lane] } else { u[lane] };
        odds[lane] = rarer[lane] / (1.0 - rarer[lane]);
        first[lane] = exp(trials[lane] * ln_1p(-rarer[lane]));
        target[lane] = if trials[lane] * rarer[lane] <= SEARCHED { uniform[lane] } else { 0.0 };
    }
    let reached = search(&first, &target, count, |lane, k| odds[lane] * (trials[lane] - k));
    for lane in 0..LANES {
        let (n, q) = (trials[lane], rarer[lane]);
        let valid = n >= 0.0 && floor(n) == n && q >= 0.0;
        if !(valid && n * q <= SEARCHED && arrived(reached[lane], uniform[lane])) {
            count[lane] = quantile::of(Law::binomial(n, q), uniform[lane]);
        }
        if p[lane] > 0.5 {
            count[lane] = n - count[lane];
        }
    }
}

/// Lanes searched together.
const WIDTH: usize = 8;
/// Terms searched before a lane is left to its quantile.
const TERMS: usize = 1024;
/// Terms between looks at whether all lanes have arrived.
const STRIDE: usize = 4;

/// 1/k, for k from 1; the entry at 0 is not used.
static RECIPROCALS: [f64; TERMS + 1] = {
    let mut table = [0.0; TERMS + 1];
    let mut k = 1;
    while k <= TERMS {
        table[k] = 1.0 / k as f64;
        k += 1;
    }
    table
};

/// Adds up the masses p₀, p₁ = p₀·factor(0)/1, p₂ = p₁·factor(1)/2, … until they reach the target.
///
/// Writes the first k at which they do, and returns the sums: a lane has arrived if its sum is at the target or
/// above. A target of 0 has always been reached at k = 0.
#[inline(always)]
fn search(first: &Row, target: &Row, count: &mut Row, factor: impl Fn(usize, f64) -> f64) -> Row {
    let mut reached = [0.0; LANES];
    for start in (0..LANES).step_by(WIDTH) {
        let goal: [f64; WIDTH] = std::array::from_fn(|j| target[start + j]);
        let mut mass: [f64; WIDTH] = std::array::from_fn(|j| first[start + j]);
        let mut sum = mass;
        let mut k = [0.0; WIDTH];
        for stride in (0..TERMS).step_by(STRIDE) {
            if !(0..WIDTH).any(|j| goal[j] > sum[j]) {
                break;
            }
            // A lane that has arrived adds on without harm: its sum never falls below the goal again.
            for term in stride..stride + STRIDE {
                for j in 0..WIDTH {
                    k[j] += if goal[j] > sum[j] { 1.0 } else { 0.0 };
                    mass[j] *= factor(start + j, term as f64) * RECIPROCALS[term + 1];
                    sum[j] += mass[j];
                }
            }
        }
        count[start..start + WIDTH].copy_from_slice(&k);
        reached[start..start + WIDTH].copy_from_slice(&sum);
    }
    reached
}

/// Whether a sum has reached a uniform that is one.
#[inline(always)]
fn arrived(sum: f64, u: f64) -> bool {
    sum >= u && u > 0.0 && u < 1.0
}

#[cfg(test)]
mod tests;
