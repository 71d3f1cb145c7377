//! Milestones: conditions whose date is asked for.

use serde::{Deserialize, Serialize};

use super::compiler::Compiler;
use super::record::Mask;
use crate::calendar::Date;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::keys::{Key, Takes};
use crate::lang::quantity::Numeric;
use crate::lang::reader::{Section, Spanned};
use crate::vm::LANES;
use crate::vm::graph::Node;

pub const KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words"),
    Key::step("when", "\"iraq.us < 500\"", "what must hold").must(),
    Key::optional("by", Takes::Date, "the date it is asked for").left_out("the end"),
    Key::optional("given", Takes::Id("milestone"), "counted only where this other one happened")
        .left_out("counted everywhere"),
];

/// A milestone as declared.
#[derive(Clone, Debug)]
pub struct Declared {
    pub id: Spanned<String>,
    label: String,
    when: Option<Numeric>,
    by: Option<Spanned<Date>>,
    given: Option<Spanned<String>>,
}

/// A compiled milestone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Milestone {
    pub id: String,
    pub label: String,
    pub by: Option<Date>,
    pub given: Option<usize>,
    pub when: Node,
    /// The last row at or before its date.
    pub by_row: usize,
}

/// Reads `[milestones]`.
pub fn read(root: &Section<'_>) -> Vec<Declared> {
    let each = root.children("milestones", KEYS).into_iter().map(|(id, s)| Declared {
        label: s.label(&id.value),
        when: s.number("when"),
        by: s.date("by"),
        given: s.text("given"),
        id,
    });
    each.collect()
}

/// Compiles them all.
pub fn finish(compiler: &mut Compiler<'_>, declared: Vec<Declared>) -> Vec<Milestone> {
    let ids: Vec<String> = declared.iter().map(|m| m.id.value.clone()).collect();
    let each = declared.into_iter().map(|m| {
        let id = m.id.value.clone();
        let when = compiler.each_step_or(&format!("milestones.{id}.when"), m.when.as_ref(), 0.0);
        if m.given.as_ref().is_some_and(|g| g.value == id) {
            compiler.problem(Diagnostic::error(m.id.span, "a milestone cannot be given itself"));
        }
        let given =
            m.given.as_ref().and_then(|g| compiler.find("milestone", g, ids.iter().map(String::as_str)));
        Milestone {
            by_row: by_row(compiler, m.by.as_ref()),
            id,
            label: m.label,
            by: m.by.map(|b| b.value),
            given,
            when,
        }
    });
    each.collect()
}

fn by_row(compiler: &Compiler<'_>, by: Option<&Spanned<Date>>) -> usize {
    let calendar = &compiler.calendar;
    let Some(by) = by else { return calendar.steps() };
    if by.value < calendar.start() || by.value > calendar.end() {
        let message = format!("{} lies outside the scenario", by.value);
        let range = format!("it runs from {} to {}", calendar.start(), calendar.end());
        compiler.problem(Diagnostic::error(by.span, message).hint(range));
    }
    calendar.row_at(by.value).unwrap_or(0)
}

/// Notes the row for every lane that passes for the first time; `passed` are those that did before.
#[inline(always)]
pub fn note_first(first: &mut [u32; LANES], passed: &mut Mask, holds: Mask, row: usize) {
    for lane in super::record::lanes(holds & !*passed) {
        first[lane] = row as u32;
    }
    *passed |= holds;
}
