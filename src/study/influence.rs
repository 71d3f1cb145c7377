//! How much each assumption matters for each indicator, from the histories of a plain run.
//!
//! Spearman's correlation of two independent samples has mean 0 and standard deviation 1/√(n − 1) exactly, ties or
//! none, and is close to normal (Kendall and Gibbons, *Rank Correlation Methods*, 1990, §4). What lies within the
//! stretch that holds all of an output's correlations 95 times in 100 when nothing acts on it is not to be shown.
//!
//! 1 − R² of the rank regression on all assumptions, with R² adjusted for how many they are, bounds the share of
//! chance in the variance of ranks from above: interactions and humps are in it, too.

use rayon::prelude::*;

use super::Target;
use super::sensitivity::ranks::ranks;
use super::sensitivity::regression::rank_regression;
use crate::model::Model;
use crate::model::record::{Record, lanes};
use crate::results::Legend;
use crate::results::stats::Z95;
use crate::run::{Effort, Run, RunError, effort_setters};
use crate::vm::math::inverse_normal;

/// How often a result on which nothing acts shows an assumption all the same.
const FALSE_ALARMS: f64 = 0.05;
/// The bound of chance is told from so many histories at most: its error is then a percentage point or two, and with
/// all of many thousands it would take longer than the run.
const REGRESSED: usize = 2_048;
/// Fewer histories say nothing of ranks.
pub const FEWEST: usize = 30;

/// A plain run, watched for what its indicators depend on.
pub struct Watch<'a> {
    model: &'a Model,
    effort: Effort<'a>,
}

/// What the indicators' values at the end depend on.
#[derive(Clone, Debug)]
pub struct Influence {
    /// What describes the run.
    pub legend: Legend,
    pub seed: u64,
    /// Histories that ran to the end.
    pub histories: usize,
    /// Histories that did not.
    pub failed: u64,
    /// Correlations nearer to 0 may be noise; above 1 where the histories are too few to tell anything.
    pub critical: f64,
    /// In the legend's order.
    pub indicators: Vec<Influenced>,
}

/// An indicator and what its value at the end depends on.
#[derive(Clone, Debug)]
pub struct Influenced {
    /// Its rank correlation with each drawn quantity, in their order; `None` if it is the same in every history.
    pub correlations: Option<Vec<f64>>,
    /// The bound of chance.
    pub chance: Option<Chance>,
}

/// The share of the variance of an output's ranks that no monotone sum of the inputs explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// At most 1.
    pub share: f64,
    /// Half of its 95 % interval.
    pub error: f64,
}

impl<'a> Watch<'a> {
    /// A run as the scenario asks for it, on every core.
    pub fn new(model: &'a Model) -> Self {
        Self { model, effort: Effort::default() }
    }

    /// How many histories.
    pub fn replicates(mut self, replicates: u64) -> Self {
        self.effort.replicates = Some(replicates);
        self
    }

    effort_setters!();

    /// Runs.
    ///
    /// # Errors
    /// As [`Run::start`].
    pub fn start(&self) -> Result<Influence, RunError> {
        let run = Run::new(self.model).effort(self.effort);
        let (legend, seed) = (run.legend()?, run.seed_used());
        let targets: Vec<Target> = legend
            .indicators
            .iter()
            .filter_map(|indicator| Target::parse(&format!("end.{}", indicator.id), &legend).ok())
            .collect();
        let mut inputs: Vec<Vec<f64>> = vec![Vec::new(); self.model.drawn.len()];
        let mut outputs: Vec<Vec<f64>> = vec![Vec::new(); targets.len()];
        let mut failed = 0;
        let mut each = |_: &Legend, record: &Record| {
            let values = targets.iter().map(|target| target.values(record));
            let columns = outputs.iter_mut().zip(values);
            columns.for_each(|(column, row)| column.extend(lanes(record.alive).map(|lane| row[lane])));
            let columns = inputs.iter_mut().zip(&record.drawn);
            columns.for_each(|(column, row)| column.extend(lanes(record.alive).map(|lane| row[lane])));
            failed += record.failures.len() as u64;
        };
        run.each(&mut each).start()?;
        Ok(influence(legend, seed, failed, &inputs, &outputs))
    }
}

fn influence(legend: Legend, seed: u64, failed: u64, inputs: &[Vec<f64>], outputs: &[Vec<f64>]) -> Influence {
    let histories = outputs.first().or(inputs.first()).map_or(0, Vec::len);
    let told = histories >= FEWEST && !inputs.is_empty();
    let ranked: Vec<Vec<f64>> = inputs.par_iter().map(|values| ranks(values)).collect();
    let of_one = |values: &Vec<f64>| Influenced {
        correlations: (told && varies(values)).then(|| correlations(&ranked, values)),
        chance: if told && varies(values) { chance(inputs, values) } else { None },
    };
    Influence {
        legend,
        seed,
        histories,
        failed,
        critical: if told { critical(histories, inputs.len()) } else { f64::INFINITY },
        indicators: outputs.par_iter().map(of_one).collect(),
    }
}

/// Whether not all numbers are the same.
pub fn varies(values: &[f64]) -> bool {
    values.iter().any(|value| *value != values[0])
}

/// The least correlation that is more than noise, with so many inputs to choose from (Bonferroni).
pub fn critical(n: usize, inputs: usize) -> f64 {
    inverse_normal(1.0 - FALSE_ALARMS / (2.0 * inputs as f64)) / ((n - 1) as f64).sqrt()
}

/// The rank correlations of an output with inputs whose ranks are given.
pub fn correlations(ranked: &[Vec<f64>], output: &[f64]) -> Vec<f64> {
    let y = ranks(output);
    ranked.iter().map(|x| of_ranks(x, &y)).collect()
}

/// What the regression of an output on all inputs leaves, R² adjusted for their number; `None` with too few
/// histories. Only the first histories are looked at.
pub fn chance(inputs: &[Vec<f64>], output: &[f64]) -> Option<Chance> {
    let n = output.len().min(REGRESSED);
    let inputs: Vec<Vec<f64>> = inputs.iter().map(|values| values[..n].to_vec()).collect();
    let fit = rank_regression(&inputs, &output[..n]);
    let used = fit.coefficients.iter().flatten().count();
    let left = (1.0 - fit.r_squared.value) * (n - 1) as f64 / (n.saturating_sub(used + 1)) as f64;
    let share = if left < 1.0 { left } else { 1.0 };
    (used > 0).then_some(Chance { share, error: Z95 * fit.r_squared.error })
}

/// Pearson's correlation of ranks; 0 if one of them does not vary.
fn of_ranks(x: &[f64], y: &[f64]) -> f64 {
    // Their mean is known.
    let middle = (x.len() + 1) as f64 / 2.0;
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - middle, y - middle);
        (xx, yy, xy) = (xx + x * x, yy + y * y, xy + x * y);
    }
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::sensitivity::ranks::spearman;
    use crate::study::sensitivity::resample::dummy_input;

    #[test]
    fn correlations_are_spearmans() {
        let (x, y) = (dummy_input(1, 0, 200), dummy_input(1, 1, 200));
        let y: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x + y).collect();
        assert_eq!(correlations(&[ranks(&x)], &y), [spearman(&x, &y)]);
    }

    #[test]
    fn noise_is_shown_no_more_often_than_promised() {
        let (n, inputs, trials) = (200, 10, 400);
        let critical = critical(n, inputs);
        let alarm = |trial: usize| {
            let ranked: Vec<Vec<f64>> =
                (0..inputs).map(|k| ranks(&dummy_input(3, trial * inputs + k, n))).collect();
            correlations(&ranked, &dummy_input(2, trial, n)).iter().any(|one| one.abs() > critical)
        };
        let alarms = (0..trials).filter(|trial| alarm(*trial)).count() as f64 / trials as f64;
        // Three binomial standard errors of 400 trials at 5 % are 3.3 %.
        assert!((0.017..0.083).contains(&alarms), "{alarms}");
    }

    #[test]
    fn what_the_assumptions_decide_is_not_called_chance() {
        let x: Vec<Vec<f64>> = (0..3).map(|k| dummy_input(4, k, 400)).collect();
        let decided: Vec<f64> = (0..400).map(|k| 3.0 * x[0][k] - x[1][k]).collect();
        // A sum of two uniforms is almost, not quite, a sum of ranks of its parts.
        let left = |y: &[f64]| chance(&x, y).unwrap().share;
        assert!(left(&decided) <= 0.05, "{}", left(&decided));
        // R² of three idle inputs has mean 3/399, which adjusting takes off, and a scatter of 0.6 %.
        let idle = dummy_input(4, 9, 400);
        assert!(left(&idle) >= 0.97, "{}", left(&idle));
    }
}
