//! What a comparison found, ready to be read.

use super::agenda::{Agenda, Better, Course, LeftOut, Question};
use super::tally::{Pair, Tally};
use crate::calendar::Date;
use crate::model::record::Failure;
use crate::results::Legend;
use crate::results::bins::Scale;
use crate::results::cell::Cell;
use crate::results::stats::{self, Estimate, Interval};
use crate::study::target::TargetKind;

/// Scenarios compared in the same worlds.
///
/// Scenarios are numbered from 0, the base; everything is conditional on worlds in which all of them ran to the
/// end. Probabilities, and differences of them, carry intervals that cover the other worlds too.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The base first.
    pub alternatives: Vec<Alternative>,
    /// The seed that, with the scenarios, gives the same findings again.
    pub seed: u64,
    /// What is not compared, and why.
    pub left_out: Vec<LeftOut>,
    agenda: Agenda,
    tally: Tally,
}

/// One of the scenarios.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// The stem of its file, numbered where two have one: how tables call it.
    pub name: String,
    pub legend: Legend,
    /// Histories of it that stopped on the way.
    pub failed: u64,
    /// The lowest-numbered of them, in the order of replicates.
    pub failures: Vec<Failure>,
}

/// One question, two scenarios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The base's mean; of a flag, its probability.
    pub base: Estimate,
    /// The other scenario's.
    pub value: Estimate,
    /// The other less the base, with its interval from the differences within each world.
    pub difference: Estimate,
    /// In how many worlds the other has more, the same, less.
    pub sides: Sides,
    /// The 5, 50 and 95 % quantiles of the differences within each world; none of a flag's.
    pub quantiles: Option<[Estimate; 3]>,
    /// By what factor pairing cut the variance.
    pub pairing: Pairing,
}

/// Shares of worlds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sides {
    /// The other scenario has more than the base.
    pub above: Estimate,
    /// Both have the same: a tie.
    pub same: Estimate,
    /// It has less.
    pub below: Estimate,
}

/// What the same chance on both sides did to the variance of the difference: Var(A) + Var(B), which it would be
/// from separate runs, over Var(A − B).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pairing {
    /// Neither scenario's number varies: there is nothing to cut.
    NothingVaries,
    /// The difference is the same number in every world, though both scenarios vary.
    Whole,
    /// By this factor; below 1 where the scenarios move against each other.
    By(f64),
}

/// How far a scenario is from the best of the set, in the same world.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regret {
    /// The mean distance, in the target's unit; 0 for a scenario that is always best.
    pub mean: Estimate,
    /// The share of worlds in which no other is better.
    pub best: Estimate,
    /// The share of worlds in which every other is worse.
    pub best_alone: Estimate,
}

/// The differences of a course at a date.
#[derive(Clone, Copy, Debug)]
pub struct CoursePoint<'a> {
    pub date: Date,
    pub sides: Sides,
    pair: &'a Pair,
    scale: Scale,
    n: u64,
}

impl Compared {
    pub(super) fn new(
        scenarios: impl Iterator<Item = (String, Legend)>,
        seed: u64,
        mut agenda: Agenda,
        mut tally: Tally,
    ) -> Self {
        let alternatives = scenarios.zip(&mut tally.failures).map(|((name, legend), failures)| {
            let lowest = std::mem::take(&mut failures.lowest);
            Alternative { name, legend, failed: failures.count, failures: lowest.into_values().collect() }
        });
        let alternatives = alternatives.collect();
        Self { alternatives, seed, left_out: std::mem::take(&mut agenda.left_out), agenda, tally }
    }

    /// The scenario with which the others are compared.
    pub fn base(&self) -> &Alternative {
        &self.alternatives[0]
    }

    /// The numbers of the scenarios that are compared with the base.
    pub fn others(&self) -> std::ops::Range<usize> {
        1..self.alternatives.len()
    }

    /// Worlds in which every scenario ran to the end: what every number rests on.
    pub fn completed(&self) -> u64 {
        self.tally.completed
    }

    /// Worlds in which a scenario stopped on the way, and which count for none.
    pub fn failed(&self) -> u64 {
        self.tally.lost
    }

    /// Worlds simulated.
    pub fn replicates(&self) -> u64 {
        self.completed() + self.failed()
    }

    /// What was asked of every world.
    pub fn questions(&self) -> &[Question] {
        &self.agenda.questions
    }

    /// Signals followed over the reported dates.
    pub fn courses(&self) -> &[Course] {
        &self.agenda.courses
    }

    /// A scenario's difference from the base in a target such as `peak.INDICATOR`; none if it or the base has no
    /// such target, or the scenario is the base.
    pub fn difference(&self, alternative: usize, target: &str) -> Option<Difference> {
        let question = self.agenda.questions.iter().position(|question| question.target.name() == target)?;
        self.difference_in(alternative, question)
    }

    /// The same by the number of a question.
    pub fn difference_in(&self, alternative: usize, question: usize) -> Option<Difference> {
        let asked = &self.agenda.questions[question];
        asked.of.get(alternative)?.as_ref().filter(|_| alternative > 0)?;
        let kind = asked.target.kind();
        let (levels, pair) =
            (&self.tally.questions[question].levels, &self.tally.questions[question].pairs[alternative - 1]);
        let n = self.completed();
        let quantile = |p| quantile(&pair.cell, p, n, &asked.scale);
        Some(Difference {
            base: self.level(&levels[0], kind),
            value: self.level(&levels[alternative], kind),
            difference: match kind {
                TargetKind::Flag => stats::paired_difference(pair.above, pair.below, n, self.failed()),
                TargetKind::Number | TargetKind::Days => stats::mean(pair.cell.mean(n), pair.cell.sd(n), n),
            },
            sides: self.sides(pair),
            quantiles: (kind != TargetKind::Flag).then(|| [0.05, 0.5, 0.95].map(quantile)),
            pairing: pairing([&levels[0], &levels[alternative], &pair.cell].map(|cell| cell.sd(n))),
        })
    }

    /// A scenario's own mean, or probability, in a question, if it has such a target.
    pub fn value(&self, scenario: usize, question: usize) -> Option<Estimate> {
        let asked = &self.agenda.questions[question];
        let kind = asked.of.get(scenario)?.as_ref()?.kind();
        Some(self.level(&self.tally.questions[question].levels[scenario], kind))
    }

    /// How far a scenario is from the best of the set in a question; none where no side is better, or one of the
    /// scenarios has no such target.
    pub fn regret(&self, scenario: usize, question: usize) -> Option<Regret> {
        let loss = self.tally.questions[question].regrets.get(scenario)?;
        let n = self.completed();
        Some(Regret {
            mean: stats::mean(loss.cell.mean(n), loss.cell.sd(n), n),
            best: self.share(loss.best),
            best_alone: self.share(loss.alone),
        })
    }

    /// The differences of a scenario from the base over time; empty if it or the base has no such signal.
    pub fn course(&self, alternative: usize, course: usize) -> impl Iterator<Item = CoursePoint<'_>> {
        let of = self.tally.courses[course].get(alternative.wrapping_sub(1));
        let pairs = of.map_or(&[][..], Vec::as_slice);
        let (scale, n) = (self.agenda.courses[course].scale, self.completed());
        self.agenda.dates.iter().zip(pairs).map(move |(&date, pair)| CoursePoint {
            date,
            sides: self.sides(pair),
            pair,
            scale,
            n,
        })
    }

    fn level(&self, cell: &Cell, kind: TargetKind) -> Estimate {
        let n = self.completed();
        match kind {
            // A mean of zeros and ones is a count over n, to the last bit or so.
            TargetKind::Flag => self.share((cell.mean(n) * n as f64).round() as u64),
            TargetKind::Number | TargetKind::Days => stats::mean(cell.mean(n), cell.sd(n), n),
        }
    }

    fn sides(&self, pair: &Pair) -> Sides {
        Sides {
            above: self.share(pair.above),
            same: self.share(self.completed() - pair.above - pair.below),
            below: self.share(pair.below),
        }
    }

    fn share(&self, worlds: u64) -> Estimate {
        stats::probability(worlds, self.completed(), self.failed())
    }
}

impl Difference {
    /// Whether the 95 % interval of the difference lies on one side of 0.
    pub fn is_resolved(&self) -> bool {
        self.difference.interval.is_some_and(|interval| interval.low > 0.0 || interval.high < 0.0)
    }

    /// Whether it lies on one side of 0 even if stretched to three standard errors: where dozens of numbers are
    /// looked at, one in twenty is resolved by luck, but hardly one of them is clear.
    pub fn is_clear(&self) -> bool {
        let Estimate { value, interval, .. } = self.difference;
        interval.is_some_and(|Interval { low, high }| {
            let stretched = |end: f64| value + (end - value) * 3.0 / stats::Z95;
            stretched(low) > 0.0 || stretched(high) < 0.0
        })
    }

    /// Whether every world has the same on both sides.
    pub fn is_nothing(&self) -> bool {
        self.sides.same.value == 1.0
    }
}

impl Sides {
    /// The shares of worlds in which the other scenario is better than the base, and worse.
    pub fn better_and_worse(&self, better: Better) -> (Estimate, Estimate) {
        match better {
            Better::Higher => (self.above, self.below),
            Better::Lower => (self.below, self.above),
        }
    }
}

impl Pairing {
    /// The factor; none where it is no number.
    pub fn cut(&self) -> Option<f64> {
        if let Self::By(factor) = self { Some(*factor) } else { None }
    }
}

impl CoursePoint<'_> {
    /// The mean difference.
    pub fn mean(&self) -> Estimate {
        stats::mean(self.pair.cell.mean(self.n), self.pair.cell.sd(self.n), self.n)
    }

    /// The `p` quantile of the differences within each world, with its interval.
    pub fn q(&self, p: f64) -> Estimate {
        quantile(&self.pair.cell, p, self.n, &self.scale)
    }
}

/// The standard deviations are those of the base, of the other and of their difference.
fn pairing([base, other, difference]: [Option<f64>; 3]) -> Pairing {
    let square = |sd: Option<f64>| sd.map_or(0.0, |sd| sd * sd);
    let (apart, paired) = (square(base) + square(other), square(difference));
    match () {
        () if apart == 0.0 => Pairing::NothingVaries,
        () if paired == 0.0 => Pairing::Whole,
        () => Pairing::By(apart / paired),
    }
}

fn quantile(cell: &Cell, p: f64, n: u64, scale: &Scale) -> Estimate {
    let value = cell.at_rank(stats::rank(p, n), n, scale).unwrap_or(f64::NAN);
    let interval = stats::rank_interval(p, n).and_then(|(low, high)| {
        Some(Interval { low: cell.at_rank(low, n, scale)?, high: cell.at_rank(high, n, scale)? })
    });
    Estimate { value, interval, n }
}
