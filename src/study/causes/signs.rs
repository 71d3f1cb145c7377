//! Which way a signal moves what reads it: finite differences at states that histories visit.
//!
//! An expression is evaluated again with one of the signals it reads moved and all others it names as they were:
//! by a hundredth of itself, and to values that it has in other histories and at other dates, so that thresholds
//! are passed as they are in a run. What is never visited is not seen. What counts is a signal's value now, with
//! what sums it up; where only its past is looked at (`lag`, `first`), that is moved.

use crate::model::Model;
use crate::model::compiler::Reading;
use crate::model::record::{Mask, lanes};
use crate::model::step::Workspace;
use crate::vm::graph::Node;
use crate::vm::{LANES, Row};

/// Dates that are looked at.
const DATES: usize = 24;
/// How many dates on the values are that a signal is moved to.
const AWAY: [usize; 3] = [0, 5, 13];
/// How many histories on.
const ASIDE: usize = 23;
/// A difference below this part of the values is rounding.
const ROUNDING: f64 = 1e-9;

/// Which way more of a signal moves what reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    Raises,
    Lowers,
    /// One or the other, as things stand.
    Either,
    /// No difference was seen.
    None,
    /// It never varies, so that it cannot be told.
    Unknown,
}

impl Sign {
    /// In one character.
    pub fn symbol(self) -> &'static str {
        match self {
            Sign::Raises => "+",
            Sign::Lowers => "−",
            Sign::Either => "±",
            Sign::None => "0",
            Sign::Unknown => "?",
        }
    }

    /// The sign of two effects together.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Sign::None | Sign::Unknown, sign) | (sign, Sign::None | Sign::Unknown) => sign,
            _ => Sign::Either,
        }
    }

    /// The sign of the opposite.
    pub fn turned(self) -> Self {
        match self {
            Sign::Raises => Sign::Lowers,
            Sign::Lowers => Sign::Raises,
            other => other,
        }
    }
}

/// All values of a block of histories at one date.
struct State {
    alive: Mask,
    rows: Vec<Row>,
}

/// States of the first histories of a run.
pub struct Visited<'m> {
    model: &'m Model,
    states: Vec<State>,
}

impl<'m> Visited<'m> {
    /// Runs 64 histories and keeps some dates.
    pub fn of(model: &'m Model, seed: u64) -> Self {
        let steps = model.calendar.steps();
        let dates: Vec<usize> = (0..DATES).map(|k| k * steps / (DATES - 1)).collect();
        let mut states = Vec::new();
        Workspace::visit(model, seed, &mut |row, alive, rows| {
            if dates.contains(&row) {
                states.push(State { alive, rows: rows.to_vec() });
            }
        });
        Self { model, states }
    }

    /// How many states are looked at.
    pub fn count(&self) -> usize {
        self.states.iter().map(|state| state.alive.count_ones() as usize).sum()
    }

    /// The sign of each signal that an expression names.
    pub fn signs(&self, reading: &Reading) -> Vec<Sign> {
        let node = |name: &String| {
            self.model.signal(name).filter(|signal| !signal.settled).map(|signal| signal.node)
        };
        let nodes: Vec<Option<Node>> = reading.names.iter().map(node).collect();
        let held: Vec<Node> = nodes.iter().flatten().copied().collect();
        nodes.iter().map(|one| one.map_or(Sign::Unknown, |one| self.sign(one, reading.node, &held))).collect()
    }

    fn sign(&self, changed: Node, target: Node, held: &[Node]) -> Sign {
        if changed == target {
            return Sign::Raises;
        }
        let between = self.model.program().between(changed, target, held);
        let now = self.differences(changed, target, &between, false);
        let sign = if now.up || now.down { now } else { self.differences(changed, target, &between, true) };
        if between.is_empty() { Sign::None } else { sign.sign() }
    }

    fn differences(&self, changed: Node, target: Node, between: &[Node], all_along: bool) -> Seen {
        let mut seen = Seen::default();
        for (at, state) in self.states.iter().enumerate() {
            let now = &state.rows[changed.index()];
            let nudged: Row = std::array::from_fn(|lane| now[lane] + 0.01 * now[lane].abs());
            let elsewhere = AWAY.iter().map(|away| {
                let other = &self.states[(at + away) % self.states.len()].rows[changed.index()];
                std::array::from_fn(|lane| other[(lane + ASIDE) % LANES])
            });
            for moved in std::iter::once(nudged).chain(elsewhere) {
                let program = self.model.program();
                let after = program.respond(between, changed, &moved, &state.rows, all_along);
                let before = &state.rows[target.index()];
                lanes(state.alive)
                    .for_each(|lane| seen.note(moved[lane] - now[lane], before[lane], after[lane]));
            }
        }
        seen
    }
}

/// What differences there were.
#[derive(Default)]
struct Seen {
    varied: bool,
    up: bool,
    down: bool,
}

impl Seen {
    fn note(&mut self, change: f64, before: f64, after: f64) {
        if !change.is_finite() || change == 0.0 || !before.is_finite() || !after.is_finite() {
            return;
        }
        self.varied = true;
        let difference = after - before;
        if difference.abs() > ROUNDING * (before.abs() + after.abs()) {
            let rises = (difference > 0.0) == (change > 0.0);
            (self.up, self.down) = (self.up | rises, self.down | !rises);
        }
    }

    fn sign(&self) -> Sign {
        match (self.varied, self.up, self.down) {
            (false, ..) => Sign::Unknown,
            (_, true, true) => Sign::Either,
            (_, true, false) => Sign::Raises,
            (_, false, true) => Sign::Lowers,
            _ => Sign::None,
        }
    }
}
