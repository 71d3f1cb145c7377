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

/// A row of the first lanes. A loop where it stands: a closure would be compiled for every machine alike.
macro_rules! row {
    ($lanes:expr, $lane:ident => $value:expr) => {{
        let mut row = [0.0; LANES];
        for ($lane, value) in row[..$lanes].iter_mut().enumerate() {
            *value = $value;
        }
        row
    }};
}

/// Poisson counts with these means.
#[inline(always)]
pub fn poisson(mean: &Row, u: &Row, count: &mut Row) {
    first_poisson(LANES, mean, u, count);
}

/// [`poisson`] of the first lanes, a multiple of eight; those after them are left as they are.
#[inline(always)]
pub fn first_poisson(lanes: usize, mean: &Row, u: &Row, count: &mut Row) {
    const SEARCHED: f64 = 64.0;
    let first = row!(lanes, lane => exp(-mean[lane]));
    let goal = row!(lanes, lane => goal(u[lane], mean[lane] >= 0.0 && mean[lane] <= SEARCHED));
    let sums = search(
        lanes,
        &first,
        &goal,
        count,
        #[inline(always)]
        |lane, _| mean[lane],
    );
    for_the_rest(lanes, &sums, &goal, |lane| count[lane] = quantile::of(Law::poisson(mean[lane]), u[lane]));
}

/// Negative binomial counts with these means and sizes (variance = mean + mean²/size).
///
/// A mean of 0 gives 0, also for a size of 0. The mean over the size is at most 10¹².
#[inline(always)]
pub fn negative_binomial(mean: &Row, size: &Row, u: &Row, count: &mut Row) {
    first_negative_binomial(LANES, mean, size, u, count);
}

/// [`negative_binomial`] of the first lanes, a multiple of eight; those after them are left as they are.
#[inline(always)]
pub fn first_negative_binomial(lanes: usize, mean: &Row, size: &Row, u: &Row, count: &mut Row) {
    // Higher than for the others: the expansion serves only large sizes.
    const SEARCHED: f64 = 256.0;
    // Of no events comes nothing, whatever size goes with them.
    let size = row!(lanes, lane => if mean[lane] == 0.0 && size[lane] == 0.0 { 1.0 } else { size[lane] });
    // One short loop for each row: the compiler gives up on one that works out all of them.
    let ln_first = row!(lanes, lane => -size[lane] * ln_1p(mean[lane] / size[lane]));
    let first = row!(lanes, lane => exp(ln_first[lane]));
    let failure = row!(lanes, lane => mean[lane] / (size[lane] + mean[lane]));
    let linear = row!(lanes, lane => mean[lane] * (size[lane] / (size[lane] + mean[lane])));
    let searched = |lane: usize| mean[lane] >= 0.0 && mean[lane] <= SEARCHED && size[lane] > 0.0;
    let goal = row!(lanes, lane => goal(u[lane], searched(lane)));
    let sums = search(
        lanes,
        &first,
        &goal,
        count,
        #[inline(always)]
        |lane, k| linear[lane] + failure[lane] * k,
    );
    for_the_rest(lanes, &sums, &goal, |lane| {
        count[lane] = quantile::of(Law::negative_binomial(mean[lane], size[lane]), u[lane]);
    });
}

/// Binomial counts among whole `trials` that succeed with probability `p`.
#[inline(always)]
pub fn binomial(trials: &Row, p: &Row, u: &Row, count: &mut Row) {
    first_binomial(LANES, trials, p, u, count);
}

/// [`binomial`] of the first lanes, a multiple of eight; those after them are left as they are.
#[inline(always)]
pub fn first_binomial(lanes: usize, trials: &Row, p: &Row, u: &Row, count: &mut Row) {
    const SEARCHED: f64 = 64.0;
    // The rarer outcome is counted, from the other end: no first term underflows.
    let rarer = row!(lanes, lane => if p[lane] > 0.5 { 1.0 - p[lane] } else { p[lane] });
    let u = row!(lanes, lane => if p[lane] > 0.5 { 1.0 - u[lane] } else { u[lane] });
    let ln_first = row!(lanes, lane => trials[lane] * ln_1p(-rarer[lane]));
    let first = row!(lanes, lane => exp(ln_first[lane]));
    let odds = row!(lanes, lane => rarer[lane] / (1.0 - rarer[lane]));
    let searched = |lane: usize| {
        let (n, q) = (trials[lane], rarer[lane]);
        n >= 0.0 && floor(n) == n && q >= 0.0 && n * q <= SEARCHED
    };
    let goal = row!(lanes, lane => goal(u[lane], searched(lane)));
    let sums = search(
        lanes,
        &first,
        &goal,
        count,
        #[inline(always)]
        |lane, k| odds[lane] * (trials[lane] - k),
    );
    for_the_rest(lanes, &sums, &goal, |lane| {
        count[lane] = quantile::of(Law::binomial(trials[lane], rarer[lane]), u[lane]);
    });
    for lane in 0..lanes {
        count[lane] = if p[lane] > 0.5 { trials[lane] - count[lane] } else { count[lane] };
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

/// The uniform that a lane's sum has to reach; NaN, which ends its search at once, where it is not to be searched.
#[inline(always)]
fn goal(u: f64, searched: bool) -> f64 {
    if searched & (u > 0.0) & (u < 1.0) { u } else { f64::NAN }
}

/// Adds up the masses p₀, p₁ = p₀·factor(0)/1, p₂ = p₁·factor(1)/2, … of each lane until they reach its goal.
///
/// Writes the first k at which they do, and returns the sums.
#[inline(always)]
fn search(lanes: usize, first: &Row, goal: &Row, count: &mut Row, factor: impl Fn(usize, f64) -> f64) -> Row {
    let mut sums = [0.0; LANES];
    for start in (0..lanes).step_by(WIDTH) {
        let goal: [f64; WIDTH] = std::array::from_fn(|j| goal[start + j]);
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
        sums[start..start + WIDTH].copy_from_slice(&sum);
    }
    sums
}

/// Does something for each lane whose sum is not at its goal.
#[inline(always)]
fn for_the_rest(lanes: usize, sums: &Row, goal: &Row, mut finish: impl FnMut(usize)) {
    let arrived = |lane: usize| sums[lane] >= goal[lane];
    if (0..lanes).fold(true, |all, lane| all & arrived(lane)) {
        return;
    }
    (0..lanes).filter(|&lane| !arrived(lane)).for_each(&mut finish);
}

#[cfg(test)]
mod tests;
