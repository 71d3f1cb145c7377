//! Signals: the named numbers that expressions read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::vm::graph::Node;

/// What a signal's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// 0 or 1.
    Flag,
    /// 1 in the row of an onset: a flag that can be counted.
    Event,
    /// A value at a date.
    Level,
    /// How many in a step.
    Count,
}

impl Kind {
    /// Whether its size depends on the length of the step.
    pub fn per_step(self) -> bool {
        matches!(self, Kind::Count | Kind::Event)
    }

    /// For messages: `a count`.
    pub fn describe(self) -> &'static str {
        match self {
            Kind::Flag => "a flag",
            Kind::Event => "an event",
            Kind::Level => "a level",
            Kind::Count => "a count",
        }
    }
}

/// Where a signal's numbers come from.
#[derive(Clone, Debug)]
pub enum Definition {
    /// A process writes them.
    Published(Node),
    /// A process counts them; row 0 is an expectation.
    Counted(Node, Expected),
    /// A formula of the scenario, by its place in the compiler's list.
    Formula(usize),
}

/// What row 0 of a count is, per attack process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Attacks of a process.
    Attacks { process: usize },
    /// Those on its n-th site.
    AtSite { process: usize, place: usize },
    /// Casualties of a process; 0 killed, 1 wounded.
    Casualties { process: usize, which: usize },
}

/// A named number.
#[derive(Clone, Debug)]
pub struct Signal {
    pub kind: Kind,
    pub definition: Definition,
    pub unit: String,
    /// Whole numbers only.
    pub whole: bool,
}

/// Every signal by its name, and the order they were declared in.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    by_name: BTreeMap<String, Signal>,
    order: Vec<String>,
}

impl Signals {
    /// Declares a signal; the first of a name stays.
    pub fn declare(&mut self, name: String, kind: Kind, unit: &str, definition: Definition) {
        let whole = kind != Kind::Level || unit == "people";
        self.insert(name, Signal { kind, definition, unit: unit.to_owned(), whole });
    }

    /// Declares a formula: its kind is known only when it has been compiled.
    pub fn declare_formula(&mut self, name: String, unit: &str, formula: usize) {
        let definition = Definition::Formula(formula);
        self.insert(name, Signal { kind: Kind::Level, definition, unit: unit.to_owned(), whole: false });
    }

    fn insert(&mut self, name: String, signal: Signal) {
        if !self.by_name.contains_key(&name) {
            self.order.push(name.clone());
            self.by_name.insert(name, signal);
        }
    }

    /// The signal of a name.
    pub fn get(&self, name: &str) -> Option<&Signal> {
        self.by_name.get(name)
    }

    /// All names, in the order of declaration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str)
    }
}

/// Whether a pattern, in which `*` stands for anything, fits a name.
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(head) else { return false };
    (0..=rest.len()).any(|at| rest.is_char_boundary(at) && matches(tail, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(matches("*", "a.b") && matches("*.troops", "iraq.troops") && matches("a.*.c", "a.b.c"));
        assert!(
            !matches("*.troops", "troops") && !matches("iraq", "iraq.troops") && matches("iraq*", "iraq")
        );
    }

    #[test]
    fn whole_numbers_are_flags_events_counts_and_people() {
        let whole = |kind, unit: &str| {
            let mut signals = Signals::default();
            signals.declare("s".to_owned(), kind, unit, Definition::Published(Node(0)));
            signals.get("s").unwrap().whole
        };
        assert!(
            [Kind::Flag, Kind::Event, Kind::Count].map(|kind| whole(kind, "")).iter().all(|whole| *whole)
        );
        assert!(whole(Kind::Level, "people") && !whole(Kind::Level, "share"));
    }
}
