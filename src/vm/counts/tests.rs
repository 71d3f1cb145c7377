//! Counts against distribution functions summed from the mode outwards, which need no special function.

use super::*;
use crate::vm::random::Stream;
use statrs::distribution::{Binomial, DiscreteCDF, NegativeBinomial, Poisson};

/// A law of counts as Panjer's recursion: p(k+1) = p(k)·(linear + growth·k)/(k+1).
#[derive(Clone, Copy, Debug)]
enum Count {
    Poisson { mean: f64 },
    NegativeBinomial { mean: f64, size: f64 },
    Binomial { trials: f64, p: f64 },
}

impl Count {
    fn ratio(self, k: f64) -> f64 {
        match self {
            Self::Poisson { mean } => mean / (k + 1.0),
            Self::NegativeBinomial { mean, size } => mean / (size + mean) * (size + k) / (k + 1.0),
            Self::Binomial { trials, p } => p / (1.0 - p) * (trials - k) / (k + 1.0),
        }
    }

    fn mean(self) -> f64 {
        match self {
            Self::Poisson { mean } | Self::NegativeBinomial { mean, .. } => mean,
            Self::Binomial { trials, p } => trials * p,
        }
    }

    /// Every lane with this law.
    fn draw(self, u: &Row) -> Row {
        let mut out = [0.0; LANES];
        match self {
            Self::Poisson { mean } => poisson(&[mean; LANES], u, &mut out),
            Self::NegativeBinomial { mean, size } => {
                negative_binomial(&[mean; LANES], &[size; LANES], u, &mut out);
            }
            Self::Binomial { trials, p } => binomial(&[trials; LANES], &[p; LANES], u, &mut out),
        }
        out
    }
}

/// Distribution function and mass of the counts from `first` on.
struct Reference {
    first: usize,
    /// P(N ≤ k) and P(N > k).
    sides: Vec<(f64, f64)>,
}

impl Reference {
    /// Masses relative to that of the mode, added from the small ones to the large ones, and divided by the total.
    fn of(count: Count) -> Self {
        let start = floor(count.mean());
        let mut upper = vec![1.0];
        while upper[upper.len() - 1] > 1e-25 || upper.len() < 20 {
            let next = upper[upper.len() - 1] * count.ratio(start + (upper.len() - 1) as f64);
            if next <= 0.0 {
                break;
            }
            upper.push(next);
        }
        let mut lower = Vec::new();
        let (mut mass, mut k) = (1.0, start);
        while k > 0.0 && mass > 1e-25 {
            k -= 1.0;
            mass /= count.ratio(k);
            lower.push(mass);
        }
        let masses: Vec<f64> = lower.into_iter().rev().chain(upper).collect();
        let from_below = running_sums(masses.iter());
        let mut from_above = running_sums(masses.iter().rev());
        from_above.reverse();
        let total = from_above[0];
        let above = from_above.iter().skip(1).copied().chain([0.0]);
        let sides = from_below.into_iter().zip(above).map(|(b, a)| (b / total, a / total)).collect();
        Self { first: k as usize, sides }
    }

    fn below(&self, k: f64) -> f64 {
        if k < self.first as f64 { 0.0 } else { self.sides[k as usize - self.first].0 }
    }

    /// Uniforms next to every jump of a sample of jumps, and spread over the unit interval.
    fn probes(&self, margin: f64) -> Vec<f64> {
        let step = self.sides.len() / 150 + 1;
        let jumps = self.sides.iter().step_by(step).flat_map(|side| [side.0 - margin, side.0 + margin]);
        let stream = Stream::new(11, "counts");
        let drawn = (0..400).map(|k| stream.uniform(k, 0, 0));
        let tails = [1e-15, 1e-9, 1e-4, 1.0 - 1e-4, 1.0 - 1e-9, 1.0 - 1e-13];
        jumps.chain(drawn).chain(tails).filter(|u| *u > 0.0 && *u < 1.0).collect()
    }
}

/// Neumaier's compensated sums.
fn running_sums<'a>(terms: impl Iterator<Item = &'a f64>) -> Vec<f64> {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    terms
        .map(|&term| {
            let next = sum + term;
            lost += if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
            sum = next;
            sum + lost
        })
        .collect()
}

/// The least k whose distribution function reaches u, up to `error` in that function.
fn assert_inverts(count: Count, error: f64) {
    let reference = Reference::of(count);
    for chunk in reference.probes(2.0 * error).chunks(LANES) {
        let mut u = [0.5; LANES];
        u[..chunk.len()].copy_from_slice(chunk);
        for (k, u) in count.draw(&u).into_iter().zip(u) {
            assert!(reference.below(k) >= u - error, "{count:?} at {u}: {k} is too low");
            assert!(k == 0.0 || reference.below(k - 1.0) < u + error, "{count:?} at {u}: {k} is too high");
        }
    }
}

const MEANS: [f64; 13] =
    [1e-6, 0.01, 0.05, 0.7, 3.0, 20.0, 63.9, 64.1, 150.0, 255.0, 257.0, 2_000.0, 10_000.0];

#[test]
fn poisson_inverts_its_distribution_function() {
    for mean in MEANS {
        assert_inverts(Count::Poisson { mean }, 1e-12);
    }
}

#[test]
fn negative_binomial_inverts_its_distribution_function() {
    for mean in MEANS {
        for size in [0.001, 0.01, 0.02, 0.05, 0.15, 0.4, 1.0, 3.0, 12.0, 100.0, 1e3, 1e4, 1e6, 1e9, 1e12] {
            // Beyond, the reference itself would need too long a sum.
            if mean / size <= 1.1e5 {
                assert_inverts(Count::NegativeBinomial { mean, size }, 1e-12);
            }
        }
    }
}

#[test]
fn binomial_inverts_its_distribution_function() {
    for trials in [1.0, 2.0, 5.0, 40.0, 128.0, 130.0, 1_000.0, 20_000.0] {
        for p in [1e-9, 0.001, 0.03, 0.3, 0.5] {
            assert_inverts(Count::Binomial { trials, p }, 1e-12);
        }
    }
}

#[test]
fn great_means_invert_to_their_wider_error() {
    for mean in [1e5, 1e7] {
        assert_inverts(Count::Poisson { mean }, 1e-10);
        assert_inverts(Count::NegativeBinomial { mean, size: 1e6 }, 1e-10);
        assert_inverts(Count::Binomial { trials: 3.0 * mean, p: 1.0 / 3.0 }, 1e-10);
    }
    assert_inverts(Count::NegativeBinomial { mean: 1e6, size: 30.0 }, 1e-10);
}

#[test]
fn the_greatest_means_have_the_right_quartiles() {
    // At this size the count is normal but for its lean: quantile − mean = sd·w + lean·(w² − 1)/6 and an error
    // far below 1.
    let w = 0.674_489_750_196_081_7;
    let mut out = [0.0; LANES];
    poisson(&[GREATEST_MEAN; LANES], &[0.75; LANES], &mut out);
    let truth = GREATEST_MEAN + GREATEST_MEAN.sqrt() * w + (w * w - 1.0) / 6.0;
    assert!((out[0] - truth).abs() <= 1.0, "{} for {truth}", out[0]);
    let size = 4.0;
    negative_binomial(&[GREATEST_MEAN; LANES], &[size; LANES], &[0.75; LANES], &mut out);
    // Poisson of a gamma variable of shape 4, whose upper quartile is 5.109427… .
    assert!((out[0] / GREATEST_MEAN - 5.109_427_3 / size).abs() <= 1e-5, "{}", out[0]);
}

#[test]
fn more_successes_than_failures_count_the_failures() {
    for p in [0.51, 0.7, 0.97, 0.999] {
        for trials in [1.0, 7.0, 60.0, 5_000.0] {
            let reference = Binomial::new(p, trials as u64).unwrap();
            let u: Row = std::array::from_fn(|lane| (lane as f64 + 0.5) / LANES as f64);
            for (k, u) in (Count::Binomial { trials, p }).draw(&u).into_iter().zip(u) {
                assert!(reference.cdf(k as u64) >= u - 1e-10, "{p} {trials} at {u}: {k} is too low");
                assert!(
                    k == 0.0 || reference.cdf(k as u64 - 1) < u + 1e-10,
                    "{p} {trials} at {u}: {k} is too high"
                );
            }
        }
    }
}

#[test]
fn counts_agree_with_statrs() {
    let u: Row = std::array::from_fn(|lane| (lane as f64 + 0.5) / LANES as f64);
    let at = |cdf: &dyn Fn(u64) -> f64, k: f64, u: f64| {
        // statrs keeps about ten digits of these.
        cdf(k as u64) >= u - 1e-9 && (k == 0.0 || cdf(k as u64 - 1) < u + 1e-9)
    };
    for mean in [0.05, 2.0, 40.0, 300.0] {
        let reference = Poisson::new(mean).unwrap();
        for (k, u) in (Count::Poisson { mean }).draw(&u).into_iter().zip(u) {
            assert!(at(&|k| reference.cdf(k), k, u), "Poisson {mean} at {u}: {k}");
        }
        for size in [0.02, 0.5, 12.0] {
            let reference = NegativeBinomial::new(size, size / (size + mean)).unwrap();
            for (k, u) in (Count::NegativeBinomial { mean, size }).draw(&u).into_iter().zip(u) {
                assert!(at(&|k| reference.cdf(k), k, u), "negative binomial {mean} {size} at {u}: {k}");
            }
        }
    }
}

#[test]
fn nothing_comes_of_nothing() {
    let u: Row = std::array::from_fn(|lane| (lane as f64 + 0.5) / LANES as f64);
    let zero = [0.0; LANES];
    assert_eq!(Count::Poisson { mean: 0.0 }.draw(&u), zero);
    for size in [0.0, 0.02, 5.0] {
        assert_eq!(Count::NegativeBinomial { mean: 0.0, size }.draw(&u), zero);
    }
    assert_eq!(Count::Binomial { trials: 0.0, p: 0.3 }.draw(&u), zero);
    assert_eq!(Count::Binomial { trials: 9.0, p: 0.0 }.draw(&u), zero);
    assert_eq!(Count::Binomial { trials: 9.0, p: 1.0 }.draw(&u), [9.0; LANES]);
}

#[test]
fn what_has_no_count_is_not_a_number() {
    let bad = [
        Count::Poisson { mean: -1.0 },
        Count::Poisson { mean: f64::NAN },
        Count::Poisson { mean: f64::INFINITY },
        Count::Poisson { mean: 1.01 * GREATEST_MEAN },
        Count::NegativeBinomial { mean: -1.0, size: 1.0 },
        Count::NegativeBinomial { mean: 1.0, size: 0.0 },
        Count::NegativeBinomial { mean: 1.0, size: -2.0 },
        Count::NegativeBinomial { mean: 1.0, size: f64::NAN },
        Count::NegativeBinomial { mean: 1.0, size: f64::INFINITY },
        Count::NegativeBinomial { mean: 0.0, size: f64::NAN },
        Count::NegativeBinomial { mean: f64::NAN, size: 1.0 },
        Count::NegativeBinomial { mean: 1e4, size: 1e-9 },
        Count::Binomial { trials: 2.5, p: 0.5 },
        Count::Binomial { trials: -1.0, p: 0.5 },
        Count::Binomial { trials: f64::NAN, p: 0.5 },
        Count::Binomial { trials: 3.0, p: -0.1 },
        Count::Binomial { trials: 3.0, p: 1.1 },
        Count::Binomial { trials: 3.0, p: f64::NAN },
    ];
    for count in bad {
        assert!(count.draw(&[0.3; LANES]).iter().all(|k| k.is_nan()), "{count:?}");
    }
    for u in [0.0, 1.0, f64::NAN] {
        assert!((Count::Poisson { mean: 2.0 }).draw(&[u; LANES])[0].is_nan(), "{u}");
    }
}

#[test]
fn a_lane_does_not_depend_on_its_neighbours() {
    let mean: Row = std::array::from_fn(|lane| [0.0, 0.3, 5.0, 90.0, f64::NAN, 3_000.0, -1.0][lane % 7]);
    let size: Row = std::array::from_fn(|lane| [0.02, 12.0, 1e5][lane % 3]);
    let u: Row = std::array::from_fn(|lane| (lane as f64 * 0.618 + 0.01).fract());
    let mut together = [0.0; LANES];
    negative_binomial(&mean, &size, &u, &mut together);
    for lane in 0..LANES {
        let alone = (Count::NegativeBinomial { mean: mean[lane], size: size[lane] }).draw(&[u[lane]; LANES]);
        assert_eq!(together[lane].to_bits(), alone[0].to_bits(), "lane {lane}");
    }
}

#[test]
fn the_first_lanes_are_those_of_the_whole_row() {
    let means: Row = std::array::from_fn(|lane| [0.01, 0.7, 5.0, 90.0, 0.0][lane % 5]);
    let sizes: Row = std::array::from_fn(|lane| [0.02, 12.0, 1e5][lane % 3]);
    let trials: Row = std::array::from_fn(|lane| [40.0, 2.0, 500.0][lane % 3]);
    let chances: Row = std::array::from_fn(|lane| [0.01, 0.6, 0.3, 0.0][lane % 4]);
    let u: Row = std::array::from_fn(|lane| (lane as f64 * 0.618 + 0.007).fract());
    type Law<'a> = &'a dyn Fn(usize, &mut Row);
    let laws: [Law<'_>; 3] = [
        &|used, out| first_poisson(used, &means, &u, out),
        &|used, out| first_negative_binomial(used, &means, &sizes, &u, out),
        &|used, out| first_binomial(used, &trials, &chances, &u, out),
    ];
    for (which, law) in laws.iter().enumerate() {
        let mut whole = [-1.0; LANES];
        law(LANES, &mut whole);
        for used in [0, 1, 8, 11, 48, 49, 50, 63] {
            let mut first = [-1.0; LANES];
            law(used, &mut first);
            assert_eq!(first[..used], whole[..used], "{used} of {which}");
            assert!(first[used.next_multiple_of(8)..].iter().all(|k| *k == -1.0), "{used} of {which}");
        }
    }
}

#[test]
fn what_is_no_uniform_gives_no_count_however_rare_it_is() {
    for u in [-0.5, 0.0, 1.0, 1.5, f64::NAN] {
        for count in [
            Count::Poisson { mean: 0.1 },
            Count::NegativeBinomial { mean: 0.1, size: 0.5 },
            Count::NegativeBinomial { mean: 0.1, size: 5.0 },
            Count::Binomial { trials: 3.0, p: 0.01 },
        ] {
            assert!(count.draw(&[u; LANES])[0].is_nan(), "{count:?} at {u}");
        }
    }
}
