//! Counts by inversion: one uniform a lane to the least k whose distribution function reaches it.
//!
//! The distribution function is right to 1e-12 for means up to 10,000, and to 1e-10 up to [`GREATEST_MEAN`]; no
//! search is ever cut short. Most counts of rare events are 0, which a bound on the chance of none tells without
//! that chance. Lanes it leaves open are packed and searched from 0 upwards, eight at a time; those of large means
//! go to the `quantile` of one lane, by an expansion that knows its own error and, where that does not settle it,
//! by the exact distribution function.
//!
//! A lane whose operands have no count (negative, not finite, a mean beyond the greatest) is NaN.

mod quantile;

use super::eight::{EIGHT, Eight, eight, in_eights};
use super::mask::{Mask, mask};
use super::math::{exp, floor, ln_1p};
use super::{LANES, Row};
use quantile::Law;

/// The greatest mean of a count (of a binomial, the mean of the rarer outcome).
pub const GREATEST_MEAN: f64 = 1e9;

/// Poisson counts with these means.
#[inline(always)]
pub fn poisson(mean: &Row, u: &Row, count: &mut Row) {
    first_poisson(LANES, mean, u, count);
}

/// [`poisson`] of the first lanes; up to the next multiple of eight, others may be written, too.
#[inline(always)]
pub fn first_poisson(used: usize, mean: &Row, u: &Row, count: &mut Row) {
    let open = mask(
        #[inline(always)]
        |lane| !is_surely_none(mean[lane], u[lane]),
    );
    count[..used].fill(0.0);
    work_out(
        used,
        open,
        count,
        #[inline(always)]
        |lanes| poisson_of(&eight(|j| mean[lanes[j]]), &eight(|j| u[lanes[j]])),
    );
}

#[inline(always)]
fn poisson_of(mean: &Eight, u: &Eight) -> Eight {
    const SEARCHED: f64 = 64.0;
    let first = eight(|j| exp(-mean[j]));
    let goal = eight(|j| goal(u[j], (mean[j] >= 0.0) & (mean[j] <= SEARCHED)));
    let found = search(
        &first,
        &goal,
        #[inline(always)]
        |j, _| mean[j],
    );
    found.or_else(|j| quantile::of(Law::poisson(mean[j]), u[j]))
}

/// Negative binomial counts with these means and sizes (variance = mean + mean²/size).
///
/// A mean of 0 gives 0, also for a size of 0. The mean over the size is at most 10¹².
#[inline(always)]
pub fn negative_binomial(mean: &Row, size: &Row, u: &Row, count: &mut Row) {
    first_negative_binomial(LANES, mean, size, u, count);
}

/// [`negative_binomial`] of the first lanes; up to the next multiple of eight, others may be written, too.
#[inline(always)]
pub fn first_negative_binomial(used: usize, mean: &Row, size: &Row, u: &Row, count: &mut Row) {
    let open = mask(
        #[inline(always)]
        |lane| {
            let (mean, size, u) = (mean[lane], size[lane], u[lane]);
            // The chance of none is at least a Poisson count's, and for a size up to 1 at least 1/(1 + mean).
            let is_none = is_surely_none(mean, u) | ((size <= 1.0) & (u * (1.0 + mean) <= SURELY));
            let is_law = (mean >= 0.0) & (size > 0.0) & (size < f64::INFINITY) & (u > 0.0);
            !(is_none & is_law)
        },
    );
    count[..used].fill(0.0);
    work_out(
        used,
        open,
        count,
        #[inline(always)]
        |lanes| {
            negative_binomial_of(
                &eight(|j| mean[lanes[j]]),
                &eight(|j| size[lanes[j]]),
                &eight(|j| u[lanes[j]]),
            )
        },
    );
}

#[inline(always)]
fn negative_binomial_of(mean: &Eight, size: &Eight, u: &Eight) -> Eight {
    // Higher than for the others: the expansion serves only large sizes.
    const SEARCHED: f64 = 256.0;
    // Of no events comes nothing, whatever size goes with them.
    let size = eight(|j| if (mean[j] == 0.0) & (size[j] == 0.0) { 1.0 } else { size[j] });
    let ratio = eight(|j| mean[j] / size[j]);
    let ln_first = eight(|j| -size[j] * ln_1p(ratio[j]));
    let first = eight(|j| exp(ln_first[j]));
    let sum = eight(|j| size[j] + mean[j]);
    let failure = eight(|j| mean[j] / sum[j]);
    let linear = eight(|j| mean[j] * (size[j] / sum[j]));
    let searched = |j: usize| (mean[j] >= 0.0) & (mean[j] <= SEARCHED) & (size[j] > 0.0);
    let goal = eight(|j| goal(u[j], searched(j)));
    let found = search(
        &first,
        &goal,
        #[inline(always)]
        |j, k| linear[j] + failure[j] * k,
    );
    found.or_else(|j| quantile::of(Law::negative_binomial(mean[j], size[j]), u[j]))
}

/// Binomial counts among whole `trials` that succeed with probability `p`.
#[inline(always)]
pub fn binomial(trials: &Row, p: &Row, u: &Row, count: &mut Row) {
    first_binomial(LANES, trials, p, u, count);
}

/// [`binomial`] of the first lanes; up to the next multiple of eight, others may be written, too.
#[inline(always)]
pub fn first_binomial(used: usize, trials: &Row, p: &Row, u: &Row, count: &mut Row) {
    work_out(
        used,
        Mask::MAX,
        count,
        #[inline(always)]
        |lanes| binomial_of(&eight(|j| trials[lanes[j]]), &eight(|j| p[lanes[j]]), &eight(|j| u[lanes[j]])),
    );
}

#[inline(always)]
fn binomial_of(trials: &Eight, p: &Eight, u: &Eight) -> Eight {
    const SEARCHED: f64 = 64.0;
    // The rarer outcome is counted, from the other end: no first term underflows.
    let rarer = eight(|j| if p[j] > 0.5 { 1.0 - p[j] } else { p[j] });
    let u = eight(|j| if p[j] > 0.5 { 1.0 - u[j] } else { u[j] });
    let ln_first = eight(|j| trials[j] * ln_1p(-rarer[j]));
    let first = eight(|j| exp(ln_first[j]));
    let odds = eight(|j| rarer[j] / (1.0 - rarer[j]));
    let searched = |j: usize| {
        let (n, q) = (trials[j], rarer[j]);
        (n >= 0.0) & (floor(n) == n) & (q >= 0.0) & (n * q <= SEARCHED)
    };
    let goal = eight(|j| goal(u[j], searched(j)));
    let found = search(
        &first,
        &goal,
        #[inline(always)]
        |j, k| odds[j] * (trials[j] - k),
    );
    let count = found.or_else(|j| quantile::of(Law::binomial(trials[j], rarer[j]), u[j]));
    eight(|j| if p[j] > 0.5 { trials[j] - count[j] } else { count[j] })
}

/// 1, but for more than rounding does to a chance.
const SURELY: f64 = 1.0 - 1e-12;

/// Whether a Poisson count is 0 by a bound on the chance of that: e⁻ᵐ is at least 1 − m + m²/2 − m³/6.
#[inline(always)]
fn is_surely_none(mean: f64, u: f64) -> bool {
    let bound = SURELY - mean * (1.0 - mean * (0.5 - mean * (1.0 / 6.0)));
    (u > 0.0) & (u <= bound) & (mean >= 0.0)
}

/// Writes what is worked out for eight lanes at a time, for those of the first lanes that are open.
#[inline(always)]
fn work_out(used: usize, open: Mask, count: &mut Row, counts_of: impl Fn(&[usize; EIGHT]) -> Eight) {
    // Where most are open, it costs more to put them together than to work out all.
    const MOST: u32 = 48;
    let open = if used == LANES { open } else { open & !(Mask::MAX << used) };
    if open.count_ones() > MOST {
        for start in (0..used).step_by(EIGHT) {
            let counts = counts_of(&std::array::from_fn(|j| start + j));
            count[start..start + EIGHT].copy_from_slice(&counts);
        }
        return;
    }
    in_eights(
        open,
        #[inline(always)]
        |lanes| lanes.iter().zip(counts_of(lanes)).for_each(|(lane, found)| count[*lane] = found),
    );
}

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

/// What a search came to.
struct Found {
    /// The first k at which a lane's sum is at its goal.
    count: Eight,
    /// 1 where it never is.
    short: Eight,
}

/// Adds up the masses p₀, p₁ = p₀·factor(0)/1, p₂ = p₁·factor(1)/2, … of each lane until they reach its goal.
#[inline(always)]
fn search(first: &Eight, goal: &Eight, factor: impl Fn(usize, f64) -> f64) -> Found {
    let (mut mass, mut sum, mut count) = (*first, *first, [0.0; EIGHT]);
    for stride in (0..TERMS).step_by(STRIDE) {
        if !(0..EIGHT).fold(false, |any, j| any | (goal[j] > sum[j])) {
            break;
        }
        // A lane that has arrived adds on without harm: its sum never falls below the goal again.
        for term in stride..stride + STRIDE {
            for j in 0..EIGHT {
                count[j] += if goal[j] > sum[j] { 1.0 } else { 0.0 };
                mass[j] *= factor(j, term as f64) * RECIPROCALS[term + 1];
                sum[j] += mass[j];
            }
        }
    }
    Found { count, short: eight(|j| if sum[j] >= goal[j] { 0.0 } else { 1.0 }) }
}

impl Found {
    /// The counts, with others for lanes that did not arrive.
    #[inline(always)]
    fn or_else(self, otherwise: impl Fn(usize) -> f64) -> Eight {
        let Self { mut count, short } = self;
        if short.iter().fold(false, |any, short| any | (*short != 0.0)) {
            (0..EIGHT).filter(|&j| short[j] != 0.0).for_each(|j| count[j] = otherwise(j));
        }
        count
    }
}

#[cfg(test)]
mod tests;
