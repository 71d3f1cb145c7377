//! Morris's elementary effects: how much the output changes when one input moves, the others held, averaged over
//! many starting places.
//!
//! On a trajectory every factor moves once, by Δ, in random order; the change over Δ is an elementary effect. Their
//! mean μ has a sign; the mean of their sizes μ* orders inputs by importance; their standard deviation σ tells
//! interactions and bends (Morris, *Technometrics* 33, 1991; Campolongo, Cariboni and Saltelli, *Environmental
//! Modelling & Software* 22, 2007). Effects are changes of the output over the whole range of an input.
//!
//! Levels here are the middles of p equal parts of the unit interval, not its ends: a quantity without bounds has
//! values at all of them. Δ is p/2 parts, one half.

use super::resample::Index;
use crate::vm::random::Stream;

/// Parts of the unit interval.
pub const LEVELS: usize = 4;
/// From a level to the one that a move leads to.
pub const STEP: f64 = 0.5;

/// What trajectories say of one factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effects {
    /// The mean effect.
    pub mu: Index,
    /// The mean size of the effects.
    pub mu_star: Index,
    /// The standard deviation of the effects.
    pub sigma: Index,
}

/// A walk through the unit cube on which every factor moves once.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// The points in order, one more than there are factors; each a coordinate for every input.
    pub points: Vec<Vec<f64>>,
    /// The factor that moves from each point to the next.
    pub moves: Vec<usize>,
    /// By how much: [`STEP`] up or down, of the first input of that factor.
    pub steps: Vec<f64>,
}

impl Trajectory {
    /// The trajectory of this number under a seed. `factors` lists the inputs of each factor, numbered from 0,
    /// all of which are in one factor; those of one factor move together.
    pub fn new(factors: &[Vec<usize>], number: u64, seed: u64) -> Self {
        let inputs = factors.iter().map(Vec::len).sum();
        let stream = Stream::new(seed, "sensitivity/morris");
        let uniform = |draw: usize| stream.uniform(number, 0, draw as u32);
        let level = |u: f64| ((u * LEVELS as f64) as usize).min(LEVELS - 1);
        let mut point: Vec<f64> =
            (0..inputs).map(|input| (level(uniform(input)) as f64 + 0.5) / LEVELS as f64).collect();
        let mut moves: Vec<usize> = (0..factors.len()).collect();
        for at in (1..moves.len()).rev() {
            let other = (uniform(inputs + at) * (at + 1) as f64) as usize;
            moves.swap(at, other.min(at));
        }
        let (mut points, mut steps) = (vec![point.clone()], Vec::new());
        for factor in &moves {
            // From each of the four levels, one half in one direction stays inside.
            let step = |x: f64| if x < 0.5 { STEP } else { -STEP };
            steps.push(factors[*factor].first().map_or(STEP, |input| step(point[*input])));
            factors[*factor].iter().for_each(|input| point[*input] += step(point[*input]));
            points.push(point.clone());
        }
        Self { points, moves, steps }
    }

    /// The effect of every factor, in the order of factors, given the output at every point.
    ///
    /// # Panics
    /// If there is not one output for every point.
    pub fn effects(&self, outputs: &[f64]) -> Vec<f64> {
        assert_eq!(outputs.len(), self.points.len(), "an output for every point");
        let mut effects = vec![0.0; self.moves.len()];
        for (at, (factor, step)) in self.moves.iter().zip(&self.steps).enumerate() {
            effects[*factor] = (outputs[at + 1] - outputs[at]) / step;
        }
        effects
    }
}

impl Effects {
    /// Of the effects of one factor on all trajectories. Standard errors are those of means of independent
    /// numbers; that of σ is √((m₄ − σ⁴)/r)/2σ, m₄ being their fourth central moment.
    pub fn of(effects: &[f64]) -> Self {
        let r = effects.len() as f64;
        let mean = |of: &dyn Fn(f64) -> f64| effects.iter().map(|effect| of(*effect)).sum::<f64>() / r;
        let (mu, mu_star) = (mean(&|e| e), mean(&f64::abs));
        let square = |x: f64| x * x;
        let spread =
            |around: f64, of: &dyn Fn(f64) -> f64| (mean(&|e| square(of(e) - around)) * r / (r - 1.0)).sqrt();
        let sigma = spread(mu, &|e| e);
        let fourth = mean(&|e| square(square(e - mu)));
        let of_sigma = fourth - square(square(sigma));
        let of_sigma =
            if of_sigma > 0.0 && sigma > 0.0 { (of_sigma / r).sqrt() / (2.0 * sigma) } else { 0.0 };
        Self {
            mu: Index { value: mu, error: sigma / r.sqrt() },
            mu_star: Index { value: mu_star, error: spread(mu_star, &f64::abs) / r.sqrt() },
            sigma: Index { value: sigma, error: of_sigma },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_factor_moves_once_and_stays_in_the_cube() {
        let factors = vec![vec![0], vec![1, 3], vec![2]];
        for number in 0..200 {
            let walk = Trajectory::new(&factors, number, 7);
            let mut moved = walk.moves.clone();
            moved.sort_unstable();
            assert_eq!(moved, [0, 1, 2]);
            assert!(walk.points.iter().flatten().all(|x| [0.125, 0.375, 0.625, 0.875].contains(x)));
            for (at, factor) in walk.moves.iter().enumerate() {
                for input in 0..4 {
                    let moves = (walk.points[at + 1][input] - walk.points[at][input]).abs();
                    let expected = if factors[*factor].contains(&input) { STEP } else { 0.0 };
                    assert_eq!(moves, expected);
                }
            }
        }
    }

    #[test]
    fn a_linear_function_has_its_coefficients_for_effects() {
        let factors = vec![vec![0], vec![1], vec![2]];
        let f = |x: &[f64]| 3.0 * x[0] - 2.0 * x[1] + x[0] * x[2];
        let walks: Vec<Vec<f64>> = (0..64)
            .map(|number| {
                let walk = Trajectory::new(&factors, number, 7);
                walk.effects(&walk.points.iter().map(|x| f(x)).collect::<Vec<_>>())
            })
            .collect();
        let of = |factor: usize| Effects::of(&walks.iter().map(|w| w[factor]).collect::<Vec<_>>());
        assert!((of(1).mu.value + 2.0).abs() < 1e-12 && (of(1).mu_star.value - 2.0).abs() < 1e-12);
        assert!(of(1).sigma.value < 1e-12);
        // 3 + x₂ and x₀: means 3.5 and 0.5, the levels' standard deviation √(5/64) = 0.28.
        assert!((of(0).mu.value - 3.5).abs() < 4.0 * 0.28 / 8.0);
        assert!((of(2).sigma.value - 0.28).abs() < 0.08 && of(2).mu.value > 0.3);
    }
}
