//! What a comparison remembers of its worlds: of one size however many there are, and the same whatever order the
//! blocks came in.

use std::collections::BTreeMap;

use super::agenda::{Agenda, Better, Question};
use crate::model::record::{Failure, Mask, Record, lanes};
use crate::results::bins::Scale;
use crate::results::cell::Cell;
use crate::results::tally::FAILURES_KEPT;
use crate::vm::{LANES, Row};

/// Summaries of all worlds seen so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Worlds in which every scenario ran to the end: all that is summed below is of these.
    pub completed: u64,
    /// The other worlds.
    pub lost: u64,
    /// `[scenario]`.
    pub failures: Vec<Failures>,
    /// `[question]`.
    pub questions: Vec<Asked>,
    /// `[course][alternative][date]`, alternatives counted without the base; empty where one has it not.
    pub courses: Vec<Vec<Vec<Pair>>>,
}

/// What stopped histories of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failures {
    pub count: u64,
    /// The lowest-numbered, by replicate (counted from 0).
    pub lowest: BTreeMap<u64, Failure>,
}

/// What came of one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// `[scenario]`: its own values.
    pub levels: Vec<Cell>,
    /// `[alternative]`: less the base's, counted without the base.
    pub pairs: Vec<Pair>,
    /// `[scenario]`; empty where no side is better, or one scenario has it not.
    pub regrets: Vec<Loss>,
}

/// Differences of two scenarios in the same worlds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    pub cell: Cell,
    /// Worlds in which the alternative has more than the base.
    pub above: u64,
    /// Worlds in which it has less.
    pub below: u64,
}

/// How far a scenario is from the best of the set in each world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loss {
    pub cell: Cell,
    /// Worlds in which none is better.
    pub best: u64,
    /// Worlds in which every other is worse.
    pub alone: u64,
}

impl Tally {
    /// No worlds yet, of so many scenarios.
    pub fn new(agenda: &Agenda, scenarios: usize) -> Self {
        let others = scenarios - 1;
        let asked = |question: &Question| Asked {
            levels: vec![Cell::default(); scenarios],
            pairs: vec![Pair::default(); others],
            regrets: vec![Loss::default(); if is_ranked(question) { scenarios } else { 0 }],
        };
        let dates = agenda.dates.len();
        let courses = agenda.courses.iter().map(|course| {
            let of = (1..scenarios).map(|other| if course.is_of(other) { dates } else { 0 });
            of.map(|dates| vec![Pair::default(); dates]).collect()
        });
        Self {
            completed: 0,
            lost: 0,
            failures: vec![Failures::default(); scenarios],
            questions: agenda.questions.iter().map(asked).collect(),
            courses: courses.collect(),
        }
    }

    /// Adds one block, of which the worlds in `wanted` belong to the comparison; `records` are of every scenario.
    pub fn add(&mut self, agenda: &Agenda, wanted: Mask, records: &[&Record]) {
        let alive = records.iter().fold(wanted, |alive, record| alive & record.alive);
        self.completed += u64::from(alive.count_ones());
        self.lost += u64::from((wanted & !alive).count_ones());
        for (failures, record) in self.failures.iter_mut().zip(records) {
            failures.add(&record.failures);
        }
        if alive == 0 {
            return;
        }
        for (asked, question) in self.questions.iter_mut().zip(&agenda.questions) {
            asked.add(question, records, alive);
        }
        for (pairs, course) in self.courses.iter_mut().zip(&agenda.courses) {
            for date in 0..agenda.dates.len() {
                let values = |scenario: usize| course.values(agenda, scenario, date, records[scenario]);
                let Some(base) = values(0) else { continue };
                for (other, pairs) in pairs.iter_mut().enumerate() {
                    if let (Some(pair), Some(values)) = (pairs.get_mut(date), values(other + 1)) {
                        pair.add(&values, &base, alive, &course.scale);
                    }
                }
            }
        }
    }

    /// Adds what a tally of other worlds holds.
    pub fn merge(&mut self, other: Self) {
        if self.completed + self.lost == 0 {
            // Not a second copy of everything.
            *self = other;
            return;
        }
        self.completed += other.completed;
        self.lost += other.lost;
        for (mine, its) in self.failures.iter_mut().zip(other.failures) {
            mine.merge(its);
        }
        for (mine, its) in self.questions.iter_mut().zip(&other.questions) {
            mine.levels.iter_mut().zip(&its.levels).for_each(|(mine, its)| mine.merge(its));
            mine.pairs.iter_mut().zip(&its.pairs).for_each(|(mine, its)| mine.merge(its));
            mine.regrets.iter_mut().zip(&its.regrets).for_each(|(mine, its)| mine.merge(its));
        }
        let its = other.courses.iter().flatten().flatten();
        self.courses.iter_mut().flatten().flatten().zip(its).for_each(|(mine, its)| mine.merge(its));
    }

    /// Brings the tally into the one form its worlds have.
    pub fn settle(&mut self) {
        for asked in &mut self.questions {
            asked.levels.iter_mut().for_each(Cell::settle);
            asked.pairs.iter_mut().for_each(|pair| pair.cell.settle());
            asked.regrets.iter_mut().for_each(|loss| loss.cell.settle());
        }
        self.courses.iter_mut().flatten().flatten().for_each(|pair| pair.cell.settle());
    }
}

/// Whether scenarios can be ranked by a question: a side is better, and all have it.
fn is_ranked(question: &Question) -> bool {
    question.better.is_some() && question.of.iter().all(Option::is_some)
}

impl Failures {
    fn add(&mut self, failures: &[Failure]) {
        self.count += failures.len() as u64;
        self.lowest.extend(failures.iter().map(|failure| (failure.replicate, failure.clone())));
        self.keep_lowest();
    }

    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.lowest.extend(other.lowest);
        self.keep_lowest();
    }

    fn keep_lowest(&mut self) {
        while self.lowest.len() > FAILURES_KEPT {
            self.lowest.pop_last();
        }
    }
}

impl Asked {
    fn add(&mut self, question: &Question, records: &[&Record], alive: Mask) {
        let values: Vec<Option<Row>> = question
            .of
            .iter()
            .zip(records)
            .map(|(target, record)| target.as_ref().map(|target| target.values(record)))
            .collect();
        for (cell, values) in self.levels.iter_mut().zip(&values) {
            if let Some(values) = values {
                cell.add(values, alive, &question.scale);
            }
        }
        for (pair, other) in self.pairs.iter_mut().zip(&values[1..]) {
            if let (Some(base), Some(other)) = (&values[0], other) {
                pair.add(other, base, alive, &question.scale);
            }
        }
        if let (Some(better), false) = (question.better, self.regrets.is_empty()) {
            let values: Vec<Row> = values.into_iter().flatten().collect();
            add_losses(&mut self.regrets, &values, better, alive, &question.scale);
        }
    }
}

impl Pair {
    fn add(&mut self, other: &Row, base: &Row, alive: Mask, scale: &Scale) {
        let differences: Row = std::array::from_fn(|lane| other[lane] - base[lane]);
        self.cell.add(&differences, alive, scale);
        for lane in lanes(alive) {
            self.above += u64::from(differences[lane] > 0.0);
            self.below += u64::from(differences[lane] < 0.0);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.cell.merge(&other.cell);
        self.above += other.above;
        self.below += other.below;
    }
}

impl Loss {
    fn merge(&mut self, other: &Self) {
        self.cell.merge(&other.cell);
        self.best += other.best;
        self.alone += other.alone;
    }
}

/// Adds to each scenario what the best of the set is better by in each world; `values` is of every scenario.
fn add_losses(losses: &mut [Loss], values: &[Row], better: Better, alive: Mask, scale: &Scale) {
    let cost = |value: f64| if better == Better::Lower { value } else { -value };
    let mut least = [f64::INFINITY; LANES];
    for row in values {
        for (least, value) in least.iter_mut().zip(row) {
            *least = if cost(*value) < *least { cost(*value) } else { *least };
        }
    }
    let sharing = |lane: usize| values.iter().filter(|row| cost(row[lane]) == least[lane]).count();
    for (loss, row) in losses.iter_mut().zip(values) {
        let behind: Row = std::array::from_fn(|lane| cost(row[lane]) - least[lane]);
        loss.cell.add(&behind, alive, scale);
        for lane in lanes(alive).filter(|lane| behind[*lane] == 0.0) {
            loss.best += 1;
            loss.alone += u64::from(sharing(lane) == 1);
        }
    }
}
