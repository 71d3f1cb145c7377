//! How sure a number is: 95 % intervals of probabilities, means and quantiles.
//!
//! Replicates are independent, so these need nothing but the number of them. With fewer than two there
//! is no interval.

/// The normal's 97.5 % point: intervals hold 95 %.
pub const Z95: f64 = 1.959_964;

/// Up to this many replicates, binomial tails are summed; beyond, they are expanded.
const SUMMED_TO: u64 = 1_000;

/// A stretch that holds the true value 95 times in 100.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A number from `n` replicates, with its Monte Carlo error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number itself; not a number when `n` is 0.
    pub value: f64,
    /// Where the true value lies, 95 times in 100; `None` where that cannot be said.
    pub interval: Option<Interval>,
    /// Replicates it rests on.
    pub n: u64,
}

impl Estimate {
    /// The larger distance from the value to an end of its interval.
    pub fn error(&self) -> Option<f64> {
        let interval = self.interval?;
        let (below, above) = (self.value - interval.low, interval.high - self.value);
        Some(if below > above { below } else { above })
    }
}

/// Wilson's score interval for `x` of `n` (E. B. Wilson, *JASA* 22, 1927): inside 0..1, and with a
/// bound of use when `x` is 0 or `n`. `n` must not be 0.
pub fn wilson(x: u64, n: u64) -> Interval {
    let (count, n_real) = (x as f64, n as f64);
    let share = count / n_real;
    let z2 = Z95 * Z95;
    let shrink = 1.0 + z2 / n_real;
    let centre = (share + z2 / (2.0 * n_real)) / shrink;
    let half = Z95 / shrink * (share * (1.0 - share) / n_real + z2 / (4.0 * n_real * n_real)).sqrt();
    Interval { low: if x == 0 { 0.0 } else { centre - half }, high: if x == n { 1.0 } else { centre + half } }
}

/// A probability: `x` of `n` completed replicates, when `failed` others stopped on the way.
///
/// The value is x/n, conditional on completion. Nobody knows how the failed ones would have ended: of
/// all n + f, between x and x + f would have had it. Wilson's bounds rise with the count, so its lower
/// bound for x and its upper bound for x + f, both of n + f, enclose the interval whichever it is. Both
/// x/n and the design's bounds [x/(n + f), (x + f)/(n + f)] lie inside.
///
/// The same holds among histories with a condition: the failed ones may or may not have met it, and
/// the extremes are reached when all of them did.
pub fn probability(x: u64, n: u64, failed: u64) -> Estimate {
    let interval = (n >= 2)
        .then(|| Interval { low: wilson(x, n + failed).low, high: wilson(x + failed, n + failed).high });
    Estimate { value: x as f64 / n as f64, interval, n }
}

/// The 97.5 % point of Student's t with so many degrees of freedom, at least 1: tabled to ten, then expanded
/// in 1/ν to the second order (M. Abramowitz, I. A. Stegun, *Handbook of Mathematical Functions*, 26.7.5),
/// which is within 0.0025.
pub fn t95(freedom: usize) -> f64 {
    const TABLE: [f64; 10] = [
        12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004, 2.262_157,
        2.228_139,
    ];
    let (z, v) = (Z95, freedom as f64);
    let (z3, z5) = (z * z * z, z * z * z * z * z);
    let expanded = || z + (z3 + z) / (4.0 * v) + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * v * v);
    TABLE.get(freedom.max(1) - 1).copied().unwrap_or_else(expanded)
}

/// The difference of two probabilities from the same `n` replicates, of which `gained` have it on the other side
/// alone and `lost` on the first side alone, when `failed` others stopped on the way.
///
/// Wilson's intervals of both shares are joined as those of correlated numbers (G. Y. Zou, A. Donner, *Statistics in
/// Medicine* 27, 2008), so that it holds even where hardly a replicate differs; it covers whatever the failed ones
/// would have been.
pub fn paired_difference(gained: u64, lost: u64, n: u64, failed: u64) -> Estimate {
    let whole = n + failed;
    // How far the true share gained may lie on one side while that lost lies on the other.
    let reach = |gained: u64, lost: u64, off_gained: f64, off_lost: f64| {
        let (g, l) = (gained as f64 / whole as f64, lost as f64 / whole as f64);
        let product = g * l;
        let together = if product > 0.0 { (product / ((1.0 - g) * (1.0 - l))).sqrt() } else { 0.0 };
        let squares = off_gained * off_gained + off_lost * off_lost;
        (squares + 2.0 * together * off_gained * off_lost).sqrt()
    };
    let share = |count: u64| count as f64 / whole as f64;
    let low = |gained: u64, lost: u64| {
        let (off_gained, off_lost) =
            (share(gained) - wilson(gained, whole).low, wilson(lost, whole).high - share(lost));
        share(gained) - share(lost) - reach(gained, lost, off_gained, off_lost)
    };
    // Seen from the other side, what was lost is gained.
    let interval =
        (n >= 2).then(|| Interval { low: low(gained, lost + failed), high: -low(lost, gained + failed) });
    Estimate { value: (gained as f64 - lost as f64) / n as f64, interval, n }
}

/// A mean of `n` values with its normal interval.
pub fn mean(value: f64, sd: Option<f64>, n: u64) -> Estimate {
    let interval = sd.map(|sd| {
        let half = Z95 * sd / (n as f64).sqrt();
        Interval { low: value - half, high: value + half }
    });
    Estimate { value, interval, n }
}

/// The rank, from 1, of the `p` quantile of `n` values: the smallest that at least `p` of them do not
/// exceed. 0 when there are none.
pub fn rank(p: f64, n: u64) -> u64 {
    // The product may come out a rounding above a whole number.
    let rank = (p * n as f64 * (1.0 - f64::EPSILON)).ceil() as u64;
    rank.max(1).min(n)
}

/// The ranks, from 1, of two order statistics of `n` values that enclose the `p` quantile of what they
/// are drawn from, at least 95 times in 100. `None` if there are too few values for that.
///
/// The number of values at or below the quantile is binomial; 2.5 % is left at either side (H. A.
/// David, H. N. Nagaraja, *Order Statistics*, 2003, §7.1).
pub fn rank_interval(p: f64, n: u64) -> Option<(u64, u64)> {
    if p > 0.5 {
        let (low, high) = rank_interval(1.0 - p, n)?;
        return Some((n + 1 - high, n + 1 - low));
    }
    let (low, high) = if n <= SUMMED_TO { summed_ranks(p, n) } else { expanded_ranks(p, n) };
    (low >= 1 && high <= n).then_some((low, high))
}

/// By summing the binomial's probabilities from 0; `p` at most one half, so that (1−p)ⁿ is a number.
fn summed_ranks(p: f64, n: u64) -> (u64, u64) {
    let mut chance = (0..n).fold(1.0, |chance, _| chance * (1.0 - p));
    let odds = p / (1.0 - p);
    let (mut cumulative, mut low) = (0.0, 0);
    for k in 0..=n {
        // Here `cumulative` is the probability of fewer than k.
        if cumulative <= 0.025 {
            low = k;
        }
        if cumulative >= 0.975 {
            return (low, k);
        }
        cumulative += chance;
        chance *= odds * (n - k) as f64 / (k + 1) as f64;
    }
    (low, n + 1)
}

/// By the binomial's Cornish–Fisher expansion with one term, for its skewness, and half a count for
/// continuity; away from 0 and n it is within one rank of the sum.
fn expanded_ranks(p: f64, n: u64) -> (u64, u64) {
    let centre = n as f64 * p;
    let spread = Z95 * (centre * (1.0 - p)).sqrt();
    let skew = (Z95 * Z95 - 1.0) * (1.0 - 2.0 * p) / 6.0;
    let low = (centre - spread + skew + 0.5).floor();
    let high = (centre + spread + skew + 0.5).ceil();
    // A negative rank becomes 0, which is no rank.
    (low as u64, high as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    fn near(interval: Interval, low: f64, high: f64) {
        // Published to four decimals.
        assert!((interval.low - low).abs() < 6e-5 && (interval.high - high).abs() < 6e-5, "{interval:?}");
    }

    #[test]
    fn wilson_as_published() {
        // R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3; the last mirrors the third.
        near(wilson(81, 263), 0.2553, 0.3662);
        near(wilson(15, 148), 0.0624, 0.1605);
        near(wilson(0, 20), 0.0, 0.1611);
        near(wilson(1, 29), 0.0061, 0.1718);
        near(wilson(20, 20), 0.8389, 1.0);
    }

    #[test]
    fn failures_widen_a_probability_to_cover_whatever_they_would_have_been() {
        let (x, n, failed) = (30, 90, 10);
        let estimate = probability(x, n, failed);
        let interval = estimate.interval.unwrap();
        assert_eq!(estimate.value, 1.0 / 3.0);
        for would_be in x..=x + failed {
            let whole = wilson(would_be, n + failed);
            assert!(interval.low <= whole.low && whole.high <= interval.high);
        }
        assert_eq!(probability(30, 90, 0).interval, Some(wilson(30, 90)));
    }

    #[test]
    fn failures_widen_a_difference_by_what_they_could_have_been_and_no_more() {
        let with_failures = paired_difference(22, 14, 90, 10);
        let interval = with_failures.interval.unwrap();
        assert_eq!(with_failures.value, 8.0 / 90.0);
        assert_eq!(interval.low, paired_difference(22, 24, 100, 0).interval.unwrap().low);
        assert_eq!(interval.high, paired_difference(32, 14, 100, 0).interval.unwrap().high);
    }

    #[test]
    fn paired_differences_hold_their_level_where_few_replicates_differ() {
        // Of many it is Wald's: the square root of (gained + lost − difference²) over n.
        let many = paired_difference(22_000, 14_000, 100_000, 0).interval.unwrap();
        let half = Z95 * ((0.36_f64 - 0.08 * 0.08) / 1e5).sqrt();
        assert!(
            (many.low - (0.08 - half)).abs() < 1e-5 && (many.high - (0.08 + half)).abs() < 1e-5,
            "{many:?}"
        );
        // Nobody differs: the true difference is small, not none.
        let none = paired_difference(0, 0, 1000, 0);
        assert_eq!(none.value, 0.0);
        assert!(
            none.interval.is_some_and(|i| i.low == -i.high && (0.003..0.005).contains(&i.high)),
            "{none:?}"
        );
        // True probabilities of 2 % and none: the coverage, summed over the binomial of those that gain.
        let n = 200;
        let binomial = Binomial::new(0.02, n).unwrap();
        let covers = |k: &u64| {
            let interval = paired_difference(*k, 0, n, 0).interval.unwrap();
            (interval.low..=interval.high).contains(&0.02)
        };
        let coverage: f64 =
            (0..=n).filter(covers).map(|k| statrs::distribution::Discrete::pmf(&binomial, k)).sum();
        assert!(coverage > 0.94, "{coverage}");
        let with_failures = paired_difference(22, 14, 90, 10).interval.unwrap();
        for would_be in 0..=10 {
            let whole = paired_difference(22 + would_be, 14 + 10 - would_be, 100, 0).interval.unwrap();
            assert!(with_failures.low <= whole.low && whole.high <= with_failures.high);
        }
        let all = paired_difference(50, 0, 50, 0);
        assert!(all.interval.is_some_and(|i| i.low > 0.8 && i.high == 1.0) && all.value == 1.0, "{all:?}");
    }

    #[test]
    fn one_replicate_has_no_interval() {
        assert_eq!(probability(1, 1, 0), Estimate { value: 1.0, interval: None, n: 1 });
        assert_eq!(mean(3.0, None, 1).interval, None);
        assert_eq!(rank_interval(0.5, 1), None);
        assert!(probability(0, 0, 3).value.is_nan());
    }

    #[test]
    fn t_as_tabled() {
        use statrs::distribution::{ContinuousCDF, StudentsT};
        for freedom in [1, 2, 5, 10, 11, 15, 31, 63, 1000] {
            let exact = StudentsT::new(0.0, 1.0, freedom as f64).unwrap().inverse_cdf(0.975);
            // Beyond the table what the third order would add: (3z⁷ + 19z⁵ + 17z³ − 15z)/384ν³ = 2.6/ν³.
            let error = if freedom <= 10 { 1e-6 } else { 3.0 / (freedom * freedom * freedom) as f64 + 1e-6 };
            assert!((t95(freedom) - exact).abs() <= error, "{freedom}: {} {exact}", t95(freedom));
        }
    }

    #[test]
    fn ranks_of_quantiles() {
        assert_eq!((rank(0.05, 20), rank(0.5, 21), rank(0.95, 100)), (1, 11, 95));
        assert_eq!((rank(0.1, 30), rank(0.7, 10), rank(0.0, 5), rank(1.0, 5), rank(0.5, 0)), (3, 7, 1, 5, 0));
    }

    #[test]
    fn order_statistics_enclose_the_quantile_95_times_in_100() {
        for n in [6, 30, 100, 500, 1000, 1001, 1500, 4096, 10_000, 200_000] {
            for p in [0.05, 0.25, 0.5, 0.75, 0.95] {
                let binomial = Binomial::new(p, n).unwrap();
                let Some((low, high)) = rank_interval(p, n) else {
                    let (none, all) = (binomial.cdf(0), 1.0 - binomial.cdf(n - 1));
                    assert!(none > 0.025 || all > 0.025, "n {n} p {p}");
                    continue;
                };
                let outside = (binomial.cdf(low - 1), 1.0 - binomial.cdf(high - 1));
                // The expansion may miss by a rank: by a few per mille of probability at n = 1000.
                let room = if n > SUMMED_TO { 0.0015 } else { 1e-12 };
                assert!(outside.0 <= 0.025 + room && outside.1 <= 0.025 + room, "n {n} p {p} {outside:?}");
                // Not wider than needed: one rank inwards is outside 2.5 %, give or take the expansion.
                let tighter = (binomial.cdf(low), 1.0 - binomial.cdf(high - 2));
                assert!(tighter.0 > 0.025 - room && tighter.1 > 0.025 - room, "n {n} p {p} {tighter:?}");
            }
        }
    }

    #[test]
    fn extreme_quantiles_of_few_values_have_no_interval() {
        assert_eq!(rank_interval(0.05, 71), None);
        assert_eq!(rank_interval(0.95, 71), None);
        assert!(rank_interval(0.05, 72).is_some());
    }

    #[test]
    fn what_t_leaves_out_is_the_third_order() {
        use statrs::distribution::{ContinuousCDF, StudentsT};
        for freedom in [31.0_f64, 63.0] {
            let exact = StudentsT::new(0.0, 1.0, freedom).unwrap().inverse_cdf(0.975);
            let (z2, v3) = (Z95 * Z95, freedom * freedom * freedom);
            let third = Z95 * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
            let rest = exact - t95(freedom as usize) - third / v3;
            // The fourth is 1.59/ν⁴; Z95 has seven digits.
            assert!(rest.abs() <= 2.0 / (v3 * freedom) + 1e-7, "{freedom}: {rest}");
        }
    }

    #[test]
    fn the_expansion_is_seldom_a_rank_off() {
        for p in [0.05, 0.25] {
            let off = |n: &u64| expanded_ranks(p, *n) != summed_ranks(p, *n);
            let off = (SUMMED_TO + 1..=2 * SUMMED_TO).filter(off).count();
            // What it leaves out is a few hundredths of a rank.
            assert!(off <= 50, "{p}: {off} in 1,000");
        }
    }
}
