//! Indices from the histories of a plain run, at no more than its cost; and how much of the output is chance.
//!
//! A history has quantities and chance of its own, so nothing in a plain run tells what chance does. The last fifth
//! of its histories therefore gives way to the first ones with the same quantities and other chance: half the mean
//! square of their differences over the variance is the share of chance.
//!
//! PAWN and δ look at one quantity at a time, in the company it keeps: one that does nothing, but is correlated
//! with another that does, has indices, too. The rank regression holds the others.

use rayon::prelude::*;

use super::delta;
use super::engine::{Block, Crew, Job};
use super::findings::{Answer, Direction, Line, Statistic, Subject};
use super::pawn::{self, SLICES};
use super::plan::Plan;
use super::ranks::normal_scores;
use super::regression::rank_regression;
use super::resample::{Bootstrap, Index};
use super::sobol::share_of_difference;
use super::{Outcome, SensitivityError};
use crate::model::record::lanes;
use crate::vm::LANES;

const RESAMPLES: usize = 100;
/// Made-up inputs from which the dummy's distribution is told.
const DUMMIES: usize = 200;
/// The same for δ, which takes longer.
const DELTA_DUMMIES: usize = 16;
const BLOCK: u64 = LANES as u64;

/// Runs what is left of the plan after a pilot, which are its first blocks, and finds the indices.
pub fn study(crew: &Crew<'_>, plan: &Plan, pilot: Vec<Block>) -> Result<Outcome, SensitivityError> {
    let done = pilot.len() as u64;
    let mut blocks = pilot;
    let rest = plan.rows.div_ceil(BLOCK) - done;
    blocks.extend(crew.run(rest, |number| Job::plain((done + number) * BLOCK, plan.rows))?);
    let again =
        crew.run(plan.pairs / BLOCK, |number| Job::plain(number * BLOCK, plan.rows).with_other_chance())?;
    let failed = plan.histories - alive(&blocks) - alive(&again);
    let x: Vec<Vec<f64>> = (0..crew.model.drawn.len())
        .map(|place| column(&blocks, |block, lane| block.drawn[place][lane]))
        .collect();
    let answers = crew.targets.iter().enumerate().map(|(at, target)| {
        let y = column(&blocks, |block, lane| block.outputs[at][lane]);
        let (lines, directions) = indices(crew, &x, &y);
        let chance = chance(&pairs(&blocks, &again, at), crew.seed);
        Answer {
            target: target.clone(),
            rows: y.len() as u64,
            mean: y.iter().sum::<f64>() / y.len() as f64,
            censored: censored(&blocks, at),
            chance,
            lines: lines.into_iter().chain([share(chance)]).collect(),
            directions,
        }
    });
    Ok(Outcome { answers: answers.collect(), failed })
}

/// Every given-data index of every input.
fn indices(crew: &Crew<'_>, x: &[Vec<f64>], y: &[f64]) -> (Vec<Line>, Vec<Option<Direction>>) {
    let bootstrap = Bootstrap::new(crew.seed, RESAMPLES);
    let by_distance = pawn::Output::new(y);
    // δ does not change under monotone maps; the scores have no far tails.
    let by_density = delta::Output::new(&normal_scores(y));
    let of_input = |x: &Vec<f64>| {
        let pawn = by_distance.pawn(x, SLICES, &bootstrap);
        (pawn, by_density.delta(x, &bootstrap))
    };
    let found: Vec<_> = crew.pool.install(|| x.par_iter().map(of_input).collect());
    let regression = rank_regression(x, y);
    let (distance, density) = crew.pool.install(|| {
        rayon::join(
            || by_distance.dummy(SLICES, DUMMIES, crew.seed),
            || by_density.dummy(DELTA_DUMMIES, crew.seed, &bootstrap),
        )
    });
    let mut lines = Vec::new();
    let mut push = |subject, statistic, index| {
        lines.push(Line { subject, statistic, index, scatter: None });
    };
    for (input, ((pawn, delta), coefficient)) in found.iter().zip(&regression.coefficients).enumerate() {
        let input = Subject::Input(input);
        push(input, Statistic::Delta, *delta);
        push(input, Statistic::PawnMedian, pawn.median);
        push(input, Statistic::PawnMaximum, pawn.maximum);
        if let Some(coefficient) = coefficient {
            push(input, Statistic::RankCoefficient, *coefficient);
        }
    }
    push(Subject::Dummy, Statistic::Delta, density);
    push(Subject::Dummy, Statistic::PawnMedian, distance.median);
    push(Subject::All, Statistic::RSquared, regression.r_squared);
    let directions = regression.coefficients.iter().map(|c| c.and_then(|c| direction(&c))).collect();
    (lines, directions)
}

/// The side of 0 on which an index is for certain.
pub fn direction(index: &Index) -> Option<Direction> {
    let interval = index.interval();
    match () {
        () if interval.low > 0.0 => Some(Direction::Raises),
        () if interval.high < 0.0 => Some(Direction::Lowers),
        () => None,
    }
}

/// The share of chance as a line.
pub fn share(chance: Index) -> Line {
    Line { subject: Subject::Chance, statistic: Statistic::Share, index: chance, scatter: None }
}

/// The share of chance, from outputs with equal quantities and different chance.
pub fn chance((ones, others): &(Vec<f64>, Vec<f64>), seed: u64) -> Index {
    share_of_difference(ones, others, &Bootstrap::new(seed, 2 * RESAMPLES))
}

/// Outputs of histories that ran to the end under either chance.
pub fn pairs(blocks: &[Block], again: &[Block], target: usize) -> (Vec<f64>, Vec<f64>) {
    let both = blocks.iter().zip(again);
    both.flat_map(|(one, other)| {
        lanes(one.alive & other.alive)
            .map(move |lane| (one.outputs[target][lane], other.outputs[target][lane]))
    })
    .unzip()
}

/// A number of every history that ran to the end.
pub fn column(blocks: &[Block], of: impl Fn(&Block, usize) -> f64) -> Vec<f64> {
    blocks
        .iter()
        .flat_map(|block| lanes(block.alive).map(move |lane| (block, lane)))
        .map(|(b, l)| of(b, l))
        .collect()
}

/// The share of histories whose date lies after the end.
pub fn censored(blocks: &[Block], target: usize) -> f64 {
    let count = |mask: u64| u64::from(mask.count_ones());
    let after_end: u64 = blocks.iter().map(|block| count(block.alive & block.censored[target])).sum();
    after_end as f64 / alive(blocks) as f64
}

/// Histories that ran to the end.
pub fn alive(blocks: &[Block]) -> u64 {
    blocks.iter().map(|block| u64::from(block.alive.count_ones())).sum()
}
