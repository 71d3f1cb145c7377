//! Morris's trajectories through the engine.
//!
//! A whole trajectory meets the chance of one replicate, so that an effect is that of the input alone and an input
//! that does nothing has none; each trajectory meets another. Trajectories stand on levels and not where quantities
//! are drawn, so the share of chance is told from pairs of plain histories run beside them.

use super::engine::{Block, Crew, Job, Quantities, wanted};
use super::factors::Input;
use super::findings::{Answer, Line, Statistic, Subject};
use super::given::{alive, censored, chance, column, direction, pairs, share};
use super::morris::{Effects, Trajectory};
use super::plan::Plan;
use super::{Outcome, SensitivityError};
use crate::model::record::{Mask, lanes};
use crate::vm::{LANES, Row};

const BLOCK: u64 = LANES as u64;

/// Runs the plan and finds the effects.
pub fn study(crew: &Crew<'_>, plan: &Plan, inputs: &[Input]) -> Result<Outcome, SensitivityError> {
    let factors: Vec<Vec<usize>> = inputs.iter().map(|input| input.members.clone()).collect();
    let points = factors.len() as u64 + 1;
    let walks = |block: u64| -> Vec<Trajectory> {
        (0..BLOCK).map(|lane| Trajectory::new(&factors, block * BLOCK + lane, crew.seed)).collect()
    };
    let found = crew.run(plan.rows / BLOCK * points, |number| {
        let (block, point) = (number / points, (number % points) as usize);
        let walks = walks(block);
        let row =
            |quantity: usize| -> Row { std::array::from_fn(|lane| walks[lane].points[point][quantity]) };
        Job {
            chance: block * BLOCK,
            wanted: wanted(0, u64::MAX),
            quantities: Quantities::Uniforms((0..crew.model.drawn.len()).map(row).collect()),
        }
    })?;
    let plain = crew.run(plan.pairs / BLOCK, |number| Job::plain(number * BLOCK, plan.pairs))?;
    let again =
        crew.run(plan.pairs / BLOCK, |number| Job::plain(number * BLOCK, plan.pairs).with_other_chance())?;
    let failed = plan.histories - [&found, &plain, &again].map(|blocks| alive(blocks)).iter().sum::<u64>();
    let mut effects = vec![vec![Vec::new(); factors.len()]; crew.targets.len()];
    for (block, of_walks) in found.chunks(points as usize).enumerate() {
        collect(&walks(block as u64), of_walks, &mut effects);
    }
    if effects.iter().flatten().any(|effects| effects.len() < 2) {
        return Err(SensitivityError::NothingCompleted);
    }
    let answers = crew.targets.iter().zip(&effects).enumerate().map(|(at, (target, effects))| {
        let y = column(&plain, |block, lane| block.outputs[at][lane]);
        let chance = chance(&pairs(&plain, &again, at), crew.seed);
        let summaries: Vec<Effects> = effects.iter().map(|effects| Effects::of(effects)).collect();
        let lines = summaries.iter().enumerate().flat_map(|(at, found)| lines(at, found, &inputs[at]));
        Answer {
            target: target.clone(),
            rows: effects.first().map_or(0, Vec::len) as u64,
            mean: y.iter().sum::<f64>() / y.len() as f64,
            censored: censored(&plain, at),
            chance,
            lines: lines.chain([share(chance)]).collect(),
            directions: summaries
                .iter()
                .zip(inputs)
                .map(|(found, input)| if input.members.len() == 1 { direction(&found.mu) } else { None })
                .collect(),
        }
    });
    Ok(Outcome { answers: answers.collect(), failed })
}

/// Adds the effects on the trajectories of which every history ran to the end.
fn collect(walks: &[Trajectory], points: &[Block], effects: &mut [Vec<Vec<f64>>]) {
    let whole = points.iter().fold(Mask::MAX, |mask, point| mask & point.alive);
    for lane in lanes(whole) {
        for (target, effects) in effects.iter_mut().enumerate() {
            let outputs: Vec<f64> = points.iter().map(|point| point.outputs[target][lane]).collect();
            let found = walks[lane].effects(&outputs);
            effects.iter_mut().zip(found).for_each(|(effects, effect)| effects.push(effect));
        }
    }
}

/// The members of a group move each in its own direction: the mean of their joint effects says nothing.
fn lines(at: usize, found: &Effects, input: &Input) -> Vec<Line> {
    let line = |statistic, index| Line { subject: Subject::Input(at), statistic, index, scatter: None };
    let size = line(Statistic::MuStar, found.mu_star);
    match input.members.len() {
        1 => vec![size, line(Statistic::Mu, found.mu), line(Statistic::Sigma, found.sigma)],
        _ => vec![size],
    }
}
