//! Saltelli's design through the engine, with chance as one more factor.
//!
//! A history is f(x, ω): x are the drawn quantities, ω everything else, which is the replicate's address. Row j
//! of A has its own x and the chance of replicate j; row j of B another x and the chance of another replicate.
//! A_B⁽ⁱ⁾ takes input i from B and keeps A's chance; A_B⁽ω⁾ keeps all of A's quantities and takes B's chance. So f
//! is a deterministic function of independent factors, ω one of them, and the estimators are those of any such
//! function: the first order of an input is the share of variance it is behind over all chance, and the total
//! order of ω, which is one less the share that all inputs explain together, is the share that is chance. An input
//! that does nothing leaves every history as it was: its total order is exactly 0.
//!
//! Inputs are the coordinates from which correlated quantities are mixed, so those of one group move as one.

use super::engine::{Block, Crew, Job, OTHER_CHANCE, Quantities, wanted};
use super::factors::Input;
use super::findings::{Answer, Direction, Line, Statistic, Subject};
use super::given::{alive, censored};
use super::plan::Plan;
use super::ranks::spearman;
use super::resample::{Bootstrap, Index};
use super::sobol::{Evaluations, SobolIndex, indices};
use super::{Outcome, SensitivityError};
use crate::model::record::{Mask, lanes};
use crate::study::points::{MOST_DIMENSIONS, Points, latin_hypercube, sobol};
use crate::vm::{LANES, Row};

const RESAMPLES: usize = 200;
/// A correlation of ranks this many standard errors from 0 has a direction.
const CERTAIN: f64 = 3.0;
/// Histories of a row beside those of inputs: A, B, and A under B's chance.
const A: usize = 0;
const B: usize = 1;
const OTHER: usize = 2;
const FIRST_INPUT: usize = 3;

/// Rows of the design as they come in.
struct Rows {
    /// `[target]`.
    outputs: Vec<Evaluations>,
    /// `[quantity]`: the uniforms of A.
    uniforms: Vec<Vec<f64>>,
    /// `[target]`: shares of dates after the end, summed over scrambles.
    censored: Vec<f64>,
    failed: u64,
}

/// Runs the plan and finds the indices.
pub fn study(crew: &Crew<'_>, plan: &Plan, inputs: &[Input]) -> Result<Outcome, SensitivityError> {
    let (quantities, targets) = (crew.model.drawn.len(), crew.targets.len());
    let empty = Evaluations { mixed: vec![Vec::new(); inputs.len() + 1], ..Evaluations::default() };
    let mut rows = Rows {
        outputs: vec![empty; targets],
        uniforms: vec![Vec::new(); quantities],
        censored: vec![0.0; targets],
        failed: 0,
    };
    for scramble in 0..plan.scrambles {
        run_scramble(crew, plan, inputs, scramble, &mut rows)?;
    }
    if rows.outputs.first().is_some_and(|outputs| outputs.a.is_empty()) {
        return Err(SensitivityError::NothingCompleted);
    }
    let answer = |target| answer(crew, plan, inputs, &rows, target);
    Ok(Outcome { answers: (0..targets).map(answer).collect(), failed: rows.failed })
}

fn run_scramble(
    crew: &Crew<'_>,
    plan: &Plan,
    inputs: &[Input],
    scramble: u64,
    rows: &mut Rows,
) -> Result<(), SensitivityError> {
    let quantities = crew.model.drawn.len();
    let in_scramble = plan.rows / plan.scrambles;
    let points = points(in_scramble as usize, 2 * quantities, crew.seed, scramble)?;
    let each = inputs.len() + FIRST_INPUT;
    let blocks = in_scramble / LANES as u64;
    let found = crew.run(blocks * each as u64, |number| {
        let (block, which) = (number / each as u64, number as usize % each);
        let from_b: &[usize] = match which {
            FIRST_INPUT.. => &inputs[which - FIRST_INPUT].members,
            _ => &[],
        };
        let is_of_b = |quantity: usize| which == B || from_b.contains(&quantity);
        let uniforms = uniforms(&points, block, quantities, is_of_b);
        let own = (scramble * blocks + block) * LANES as u64;
        let chance = if which == B || which == OTHER { OTHER_CHANCE + own } else { own };
        Job { chance, wanted: wanted(0, u64::MAX), quantities: Quantities::Uniforms(uniforms) }
    })?;
    rows.failed += found.len() as u64 * LANES as u64 - alive(&found);
    let first_blocks: Vec<Block> = found.iter().step_by(each).cloned().collect();
    for target in 0..crew.targets.len() {
        rows.censored[target] += censored(&first_blocks, target);
    }
    let before = rows.outputs.first().map_or(0, |outputs| outputs.a.len());
    for (block, of_row) in found.chunks(each).enumerate() {
        let whole = of_row.iter().fold(Mask::MAX, |mask, one| mask & one.alive);
        for lane in lanes(whole) {
            let point = &points[block * LANES + lane];
            rows.uniforms.iter_mut().zip(point).for_each(|(column, u)| column.push(*u));
            for (target, outputs) in rows.outputs.iter_mut().enumerate() {
                let output = |which: usize| of_row[which].outputs[target][lane];
                outputs.a.push(output(A));
                outputs.b.push(output(B));
                // Chance comes first here, and last among the factors.
                let factors = (FIRST_INPUT..each).chain([OTHER]);
                outputs.mixed.iter_mut().zip(factors).for_each(|(mixed, which)| mixed.push(output(which)));
            }
        }
    }
    for outputs in &mut rows.outputs {
        outputs.scrambles.push(outputs.a.len() - before);
    }
    Ok(())
}

/// Scrambled Sobol points; coordinates beyond those that the sequence has are a Latin hypercube's (padding: Spanier,
/// *Monte Carlo and Quasi-Monte Carlo Methods in Scientific Computing*, 1995), even one by one.
fn points(rows: usize, dimensions: usize, seed: u64, scramble: u64) -> Result<Points, SensitivityError> {
    let even = dimensions.min(MOST_DIMENSIONS);
    let mut points = sobol(rows, even, seed, scramble).map_err(SensitivityError::Points)?;
    let padding = latin_hypercube(rows, dimensions - even, seed, scramble);
    points.iter_mut().zip(padding).for_each(|(point, more)| point.extend(more));
    Ok(points)
}

/// The coordinates of a block of rows, from the first half of each point or, for what is B's, the second.
fn uniforms(points: &Points, block: u64, quantities: usize, is_of_b: impl Fn(usize) -> bool) -> Vec<Row> {
    let rows = &points[block as usize * LANES..][..LANES];
    let row = |quantity: usize| {
        let place = if is_of_b(quantity) { quantities + quantity } else { quantity };
        std::array::from_fn(|lane| rows[lane][place])
    };
    (0..quantities).map(row).collect()
}

fn answer(crew: &Crew<'_>, plan: &Plan, inputs: &[Input], rows: &Rows, target: usize) -> Answer {
    let outputs = &rows.outputs[target];
    let found = crew.pool.install(|| indices(outputs, &Bootstrap::new(crew.seed, RESAMPLES)));
    let n = outputs.a.len();
    let mut lines = Vec::new();
    for (place, index) in found.iter().enumerate() {
        let subject = if place < inputs.len() { Subject::Input(place) } else { Subject::Chance };
        lines.extend(first_and_total(subject, index));
    }
    let chance = found[inputs.len()].total;
    let closed = Index { value: 1.0 - chance.value, ..chance };
    let scatter = found[inputs.len()].scatter.map(|[_, total]| total);
    let whole = |subject, statistic, index| Line { subject, statistic, index, scatter };
    lines.push(whole(Subject::All, Statistic::Closed, closed));
    lines.push(whole(Subject::Chance, Statistic::Share, chance));
    let direction = |input: &Input| match input.members[..] {
        [only] => {
            let correlation = spearman(&rows.uniforms[only], &outputs.a) * (n as f64).sqrt();
            let sign = if correlation > 0.0 { Direction::Raises } else { Direction::Lowers };
            (correlation.abs() > CERTAIN).then_some(sign)
        }
        _ => None,
    };
    Answer {
        target: crew.targets[target].clone(),
        rows: n as u64,
        mean: outputs.a.iter().chain(&outputs.b).sum::<f64>() / (2 * n) as f64,
        censored: rows.censored[target] / plan.scrambles as f64,
        chance,
        lines,
        directions: inputs.iter().map(direction).collect(),
    }
}

fn first_and_total(subject: Subject, index: &SobolIndex) -> [Line; 2] {
    let scatter = |which: usize| index.scatter.map(|both| both[which]);
    let line = |statistic, index, scatter| Line { subject, statistic, index, scatter };
    [line(Statistic::Total, index.total, scatter(1)), line(Statistic::First, index.first, scatter(0))]
}
