//! The quantile of one count, for means too large to search from 0 and for tails too long.

use super::GREATEST_MEAN;
use crate::vm::math::{exp, floor, inverse_normal, ln};
use crate::vm::special::{Tails, beta_tails, beta_weight, gamma_tails, gamma_weight};

/// A law of counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Law {
    Poisson {
        mean: f64,
    },
    NegativeBinomial {
        mean: f64,
        size: f64,
    },
    Binomial {
        trials: f64,
        p: f64,
    },
    /// Operands that have no counts.
    None,
}

/// The least k that the count stays at or below with probability `u`; NaN where there is none.
#[cold]
#[inline(never)]
pub(super) fn of(law: Law, u: f64) -> f64 {
    let inside = 0.0 < u && u < 1.0;
    if !inside || matches!(law, Law::None) {
        return f64::NAN;
    }
    if law.mean() == 0.0 {
        return 0.0;
    }
    let score = inverse_normal(u);
    let (near, doubt) = law.expansion(score);
    if doubt >= 0.25 {
        return exact(law, u, law.rough_guess(score, 1.0 - u));
    }
    let k = floor(near);
    if near - k > doubt && k + 1.0 - near > doubt { law.within(k) } else { exact(law, u, k) }
}

/// The least k with P(N ≤ k) ≥ u, by the distribution function alone.
///
/// Newton's method on the logarithm of the smaller side against the logarithm of k + ½, where heavy tails are
/// straight too, between bounds that close in until they are neighbours.
fn exact(law: Law, u: f64, guess: f64) -> f64 {
    const TRUSTED_STEPS: u32 = 20;
    let (mut low, mut high) = (-1.0, law.greatest());
    let mut k = if guess < high { law.within(guess) } else { high - 1.0 };
    let mut steps = 0;
    while high - low > 1.0 {
        let tails = law.tails(k);
        let reached = if u < 0.5 { tails.below >= u } else { tails.above <= 1.0 - u };
        if reached {
            high = k;
        } else {
            low = k;
        }
        steps += 1;
        let next = newton(law, tails, u, k);
        k = if steps > TRUSTED_STEPS || next.is_nan() { middle(low, high) } else { next };
        k = if k >= high { high - 1.0 } else { k };
        k = if k <= low { low + 1.0 } else { k };
    }
    high
}

/// Where the tangent at `k` reaches `u`, rounded up to a whole number, which is never −0.
fn newton(law: Law, tails: Tails, u: f64, k: f64) -> f64 {
    let (error, side) = if u < 0.5 {
        (ln(u) - ln(tails.below), tails.below)
    } else {
        (ln(tails.above) - ln(1.0 - u), tails.above)
    };
    let centre = k + 0.5;
    0.0 - floor(0.5 - centre * exp(error * side / (law.mass(k) * centre)))
}

/// Half way between the bounds, in size where they are of different sizes.
fn middle(low: f64, high: f64) -> f64 {
    let between = if high > 4.0 * (low + 2.0) { ((low + 2.0) * high).sqrt() } else { 0.5 * (low + high) };
    floor(between)
}

impl Law {
    pub(super) fn poisson(mean: f64) -> Self {
        if (0.0..=GREATEST_MEAN).contains(&mean) { Self::Poisson { mean } } else { Self::None }
    }

    pub(super) fn negative_binomial(mean: f64, size: f64) -> Self {
        // Beyond, the counts of the tail are no longer whole numbers among doubles.
        const GREATEST_RATIO: f64 = 1e12;
        let valid = (0.0..=GREATEST_MEAN).contains(&mean) && size.is_finite();
        if valid && size > 0.0 && mean <= GREATEST_RATIO * size {
            Self::NegativeBinomial { mean, size }
        } else {
            Self::None
        }
    }

    /// With `p` at most one half.
    pub(super) fn binomial(trials: f64, p: f64) -> Self {
        let whole = trials >= 0.0 && floor(trials) == trials;
        if whole && (0.0..=0.5).contains(&p) && trials * p <= GREATEST_MEAN {
            Self::Binomial { trials, p }
        } else {
            Self::None
        }
    }

    fn mean(self) -> f64 {
        match self {
            Self::Poisson { mean } | Self::NegativeBinomial { mean, .. } => mean,
            Self::Binomial { trials, p } => trials * p,
            Self::None => f64::NAN,
        }
    }

    /// Variance over mean: the variance is mean·c, and the higher cumulants are polynomials in c.
    fn dispersion(self) -> f64 {
        match self {
            Self::Poisson { .. } => 1.0,
            Self::NegativeBinomial { mean, size } => 1.0 + mean / size,
            Self::Binomial { p, .. } => 1.0 - p,
            Self::None => f64::NAN,
        }
    }

    /// A number that the count is never above.
    fn greatest(self) -> f64 {
        match self {
            Self::Binomial { trials, .. } => trials,
            _ => f64::INFINITY,
        }
    }

    fn within(self, k: f64) -> f64 {
        let k = if k < 0.0 { 0.0 } else { k };
        if k > self.greatest() { self.greatest() } else { k }
    }

    /// P(N ≤ k) and P(N > k).
    fn tails(self, k: f64) -> Tails {
        match self {
            Self::Poisson { mean } => gamma_tails(k + 1.0, mean).mirrored(),
            Self::NegativeBinomial { mean, size } => {
                let total = size + mean;
                beta_tails(size, k + 1.0, size / total, mean / total)
            }
            Self::Binomial { trials, p } => beta_tails(trials - k, k + 1.0, 1.0 - p, p),
            Self::None => Tails::from_below(f64::NAN),
        }
    }

    /// P(N = k), for k below the greatest.
    fn mass(self, k: f64) -> f64 {
        match self {
            Self::Poisson { mean } => gamma_weight(k + 1.0, mean) / mean,
            Self::NegativeBinomial { mean, size } => {
                let (success, failure) = (size / (size + mean), mean / (size + mean));
                beta_weight(size, k + 1.0, success, failure) / (failure * (size + k))
            }
            Self::Binomial { trials, p } => beta_weight(trials - k, k + 1.0, 1.0 - p, p) / (p * (trials - k)),
            Self::None => f64::NAN,
        }
    }

    /// A real number whose whole part is the quantile at a normal score, and a bound of its error.
    ///
    /// The Cornish-Fisher expansion (as in G. W. Hill and A. W. Davis, "Generalized asymptotic expansions of
    /// Cornish-Fisher type", Annals of Mathematical Statistics 39 (1968)) to the fourth order, of the smooth law
    /// whose integral over k ± ½ is the mass at k: its even cumulants are the count's less those of a uniform.
    /// The bound is the sum of the sizes of the fourth-order terms, their polynomials replaced by the power
    /// (1 + w²)^5/2 that outgrows them: each order is smaller than the one before where the expansion is of use.
    fn expansion(self, w: f64) -> (f64, f64) {
        let (mean, c) = (self.mean(), self.dispersion());
        let (lean, e) = (2.0 * c - 1.0, c * (c - 1.0));
        let variance = mean * c - 1.0 / 12.0;
        if variance <= 0.0 {
            return (mean, f64::INFINITY);
        }
        let sd = variance.sqrt();
        let g1 = mean * c * lean / (variance * sd);
        let g2 = (mean * c * (1.0 + 6.0 * e) + 1.0 / 120.0) / (variance * variance);
        let g3 = mean * c * lean * (1.0 + 12.0 * e) / (variance * variance * sd);
        let g4 =
            (mean * c * (1.0 + 30.0 * e + 120.0 * e * e) - 1.0 / 252.0) / (variance * variance * variance);

        let (h1, h2) = (w, w * w - 1.0);
        let h3 = w * h2 - 2.0 * h1;
        let h4 = w * h3 - 3.0 * h2;
        let h5 = w * h4 - 4.0 * h3;
        let first = g1 * h2 / 6.0;
        let second = g2 * h3 / 24.0 - g1 * g1 * (2.0 * h3 + h1) / 36.0;
        let third =
            g3 * h4 / 120.0 - g1 * g2 * (h4 + h2) / 24.0 + g1 * g1 * g1 * (12.0 * h4 + 19.0 * h2) / 324.0;
        let fourth = g4 * h5 / 720.0
            - g2 * g2 * (3.0 * h5 + 6.0 * h3 + 2.0 * h1) / 384.0
            - g1 * g3 * (2.0 * h5 + 3.0 * h3) / 180.0
            + g1 * g1 * g2 * (14.0 * h5 + 37.0 * h3 + 8.0 * h1) / 288.0
            - g1 * g1 * g1 * g1 * (252.0 * h5 + 832.0 * h3 + 227.0 * h1) / 7776.0;
        let near = mean + 0.5 + sd * (w + (first + (second + (third + fourth))));

        let square = 1.0 + w * w;
        let power = square * square * square.sqrt();
        let sizes = g4.abs() / 720.0
            + g2 * g2 * (11.0 / 384.0)
            + (g1 * g3).abs() * (5.0 / 180.0)
            + g1 * g1 * g2.abs() * (59.0 / 288.0)
            + g1 * g1 * g1 * g1 * (1311.0 / 7776.0);
        let rounding = 8.0 * f64::EPSILON * (mean + sd * w.abs());
        (near, sd * sizes * power + rounding)
    }

    /// Where to begin the exact search when the expansion is of no use; `above` is the probability above.
    fn rough_guess(self, score: f64, above: f64) -> f64 {
        let Self::NegativeBinomial { mean, size } = self else { return floor(self.mean()) };
        // The count is a Poisson of a gamma variable: that variable's quantile, by Wilson and Hilferty's cube or,
        // for small shapes, by the tail size·E₁(x).
        let gamma = if size > 0.5 {
            let root = 1.0 - 1.0 / (9.0 * size) + score / (3.0 * size.sqrt());
            if root > 0.0 { size * root * root * root } else { 0.0 }
        } else if above < 0.2 * size {
            let log = ln(size / above);
            log - ln(1.0 + log)
        } else {
            exp(-0.577 - above / size)
        };
        floor(gamma / size * mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Laws and counts over their bodies, with what the distribution function gives there.
    fn sample(laws: &[Law]) -> Vec<(Law, f64, Tails)> {
        let sd = |law: Law| (law.mean() * law.dispersion()).sqrt();
        let spread = |law: Law| (-8..=8).map(move |s| floor(law.mean() + 0.5 * f64::from(s) * sd(law)));
        let tails = |law: Law| spread(law).map(move |k| (law, k, law.tails(k)));
        laws.iter().flat_map(|law| tails(*law)).collect()
    }

    fn score(tails: Tails) -> f64 {
        if tails.below < 0.5 { inverse_normal(tails.below) } else { -inverse_normal(tails.above) }
    }

    const LAWS: [Law; 7] = [
        Law::Poisson { mean: 90.0 },
        Law::Poisson { mean: 1e4 },
        Law::NegativeBinomial { mean: 2e3, size: 1e3 },
        Law::NegativeBinomial { mean: 1e4, size: 4e3 },
        Law::NegativeBinomial { mean: 1e4, size: 300.0 },
        Law::Binomial { trials: 1e3, p: 0.25 },
        Law::Binomial { trials: 1e4, p: 0.5 },
    ];

    #[test]
    fn the_expansion_keeps_its_bound_at_every_jump() {
        // At P(N ≤ k) the smooth law is at k + ½, and the quantile goes from k to k + 1.
        for (law, k, tails) in sample(&LAWS) {
            let (near, doubt) = law.expansion(score(tails));
            // The fourth order is in `near`, so that the error is of the fifth.
            assert!((near - k - 1.0).abs() <= 0.01 * doubt, "{law:?} at {k}: {near} ± {doubt}");
        }
    }

    #[test]
    fn the_bound_is_that_of_the_cumulants() {
        // For great means: with γ as cumulants over powers of the standard deviation, no correction for continuity.
        for (law, c) in [
            (Law::Poisson { mean: 1e6 }, 1.0_f64),
            (Law::NegativeBinomial { mean: 1e6, size: 5e5 }, 3.0),
            (Law::Binomial { trials: 4e6, p: 0.25 }, 0.75),
        ] {
            let (v, e) = (law.mean() * c, c * (c - 1.0));
            let (g1, g2) = ((2.0 * c - 1.0) / v.sqrt(), (1.0 + 6.0 * e) / v);
            let (g3, g4) =
                ((2.0 * c - 1.0) * (1.0 + 12.0 * e) / v / v.sqrt(), (1.0 + 30.0 * e + 120.0 * e * e) / v / v);
            let terms = [g4 / 720.0, g2 * g2 * 11.0 / 384.0, g1 * g3 / 36.0, g1 * g1 * g2 * 59.0 / 288.0];
            let sum = terms.iter().map(|term| term.abs()).sum::<f64>() + g1 * g1 * g1 * g1 * 1311.0 / 7776.0;
            for w in [-3.0, 0.5, 2.0_f64] {
                let rounding = 8.0 * f64::EPSILON * (law.mean() + v.sqrt() * w.abs());
                let truth = v.sqrt() * sum * (1.0 + w * w) * (1.0 + w * w) * (1.0 + w * w).sqrt() + rounding;
                let (_, doubt) = law.expansion(w);
                assert!((doubt / truth - 1.0).abs() <= 1e-4, "{law:?} at {w}: {doubt}, not {truth}");
            }
        }
    }

    #[test]
    fn the_search_begins_near_its_end() {
        let guess = |size: f64, u: f64| {
            let law = Law::NegativeBinomial { mean: 1e4, size };
            law.rough_guess(-inverse_normal(1.0 - u), 1.0 - u) / of(law, u)
        };
        // Wilson and Hilferty's cube is the better the larger the shape.
        for (size, error) in [(0.6, 0.03), (2.0, 0.01), (30.0, 0.001)] {
            for u in [0.3, 0.5, 0.7, 0.9, 0.99] {
                let ratio = guess(size, u);
                assert!((ratio - 1.0).abs() <= error, "size {size} at {u}: {ratio} of the quantile");
            }
        }
        // The tail of a small shape, and its body, where half or twice is near.
        for size in [0.02, 0.2, 0.4] {
            let (tail, body) = (guess(size, 0.9999), guess(size, 0.9));
            assert!((tail - 1.0).abs() <= 0.2, "size {size}: {tail} of the quantile");
            assert!((1.0 / 3.0..3.0).contains(&body), "size {size}: {body} of the quantile");
        }
        assert_eq!(Law::Poisson { mean: 90.5 }.rough_guess(1.0, 0.2), 90.0);
        // Far below, where the cube would be negative, nothing.
        assert_eq!(Law::NegativeBinomial { mean: 1e4, size: 0.6 }.rough_guess(-3.0, 0.999), 0.0);
    }

    #[test]
    fn a_step_of_newtons_from_nearby_ends_beside_the_quantile() {
        for (law, k, tails) in sample(&LAWS) {
            let u = if tails.below < 0.5 { tails.below } else { 1.0 - tails.above };
            for from in [k - 3.0, k - 1.0, k + 1.0, k + 3.0] {
                // At a jump rounding decides on which side.
                let next = newton(law, law.tails(from), u, from);
                assert!(next == k || next == k + 1.0, "{law:?} from {from} to {next}, not {k}");
            }
        }
    }

    #[test]
    fn none_is_not_less_than_nothing() {
        for u in [0.01, 0.1, 0.3] {
            let none = of(Law::NegativeBinomial { mean: 1e4, size: 0.02 }, u);
            assert_eq!(none.to_bits(), 0.0_f64.to_bits(), "{none} at {u}");
            let none = of(Law::NegativeBinomial { mean: 1e4, size: 0.2 }, u / 3.0);
            assert_eq!(none.to_bits(), 0.0_f64.to_bits(), "{none} at {u}");
        }
    }

    #[test]
    fn the_middle_is_that_of_the_sizes_where_they_differ() {
        assert_eq!(middle(2.0, 16.0), 9.0);
        assert_eq!(middle(2.0, 17.0), 8.0);
        assert_eq!(middle(-1.0, 1e8), 1e4);
    }

    #[test]
    fn the_search_ends_at_the_quantile_wherever_it_begins() {
        // Of three coins 0, 1, 2 and 3 heads have 1/8, 3/8, 3/8 and 1/8.
        let law = Law::Binomial { trials: 3.0, p: 0.5 };
        for (u, quantile) in [(0.1, 0.0), (0.2, 1.0), (0.45, 1.0), (0.6, 2.0), (0.8, 2.0), (0.9, 3.0)] {
            for guess in [-5.0, 0.0, 1.0, 2.0, 3.0, 4.0, 1e9, f64::NAN] {
                assert_eq!(exact(law, u, guess), quantile, "{u} from {guess}");
            }
        }
    }

    #[test]
    fn counts_stay_between_none_and_all() {
        let law = Law::binomial(4e9, 0.25);
        assert_eq!([-1.0, 0.0, 5.0, 4e9, 5e9].map(|k| law.within(k)), [0.0, 0.0, 5.0, 4e9, 4e9]);
        // The rarer outcome of more trials has a mean beyond the greatest.
        assert!(matches!(law, Law::Binomial { .. }) && matches!(Law::binomial(4.1e9, 0.25), Law::None));
        assert!(matches!(Law::negative_binomial(0.0, 0.0), Law::None));
    }

    #[test]
    fn the_far_side_of_a_law_keeps_its_digits() {
        for law in LAWS {
            for u in [1e-30, 1e-17] {
                let k = exact(law, u, law.mean());
                assert!(law.tails(k).below >= u && law.tails(k - 1.0).below < u, "{law:?} at {u}: {k}");
            }
        }
    }
}
