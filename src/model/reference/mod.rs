//! The reference of the scenario language, as Markdown, from the tables that the reader itself uses.

mod signals;

use std::fmt::Write;

use super::declared::{HEADER_KEYS, SOURCE_KEYS};
use super::posture::{CONTINGENT_KEYS, LIFT_KEYS, MOVE_KEYS, PHASE_KEYS, SITE_KEYS, THEATRE_KEYS};
use super::{attacks, correlations, indicators, milestones, shocks, states, stocks, sweeps};
use crate::lang::expression::{FUNCTIONS, WORDS};
use crate::lang::keys::{Key, Takes, When};
use crate::lang::quantity::{FORMS, OTHER_KEYS};

pub use signals::{SIGNALS, SignalKind};

/// A table of the language.
#[derive(Debug)]
pub struct TableKind {
    /// How its header is written: `[sites.ID]`.
    pub heading: &'static str,
    /// What it stands for.
    pub about: &'static str,
    pub keys: &'static [Key],
}

const fn table(heading: &'static str, about: &'static str, keys: &'static [Key]) -> TableKind {
    TableKind { heading, about, keys }
}

/// Every table of the language, in the order of the reference.
pub const TABLES: &[TableKind] = &[
    table("The top of the file", "What is simulated, how often, and what is reported.", HEADER_KEYS),
    table("[sources.ID]", "A publication that numbers come from.", SOURCE_KEYS),
    table("[contingents.ID]", "A nation's or a component's people.", CONTINGENT_KEYS),
    table("[theatres.ID]", "A country or an area.", THEATRE_KEYS),
    table(
        "[theatres.ID.lift]",
        "What transport can carry, charged to the theatre that people leave, or reach from home.",
        LIFT_KEYS,
    ),
    table("[sites.ID]", "A base.", SITE_KEYS),
    table(
        "[phases.ID]",
        "A step of the schedule: it begins when its date, its gate and the phases before it allow, \
         and ends on its date, or after its length.",
        PHASE_KEYS,
    ),
    table(
        "[phases.ID.moves.ID]",
        "Who goes where in a phase. `home` is a place without bounds, in no theatre.",
        MOVE_KEYS,
    ),
    table(
        "[states.ID]",
        "A Markov chain: one of some states at any time, left at rates a year. A state exists when \
         `initial` or `rates` names it.",
        states::KEYS,
    ),
    table("[attacks.ID]", "Counts that may excite themselves and strike sites.", attacks::KEYS),
    table("[attacks.ID.self_excitation]", "Attacks that bring on attacks.", attacks::EXCITATION_KEYS),
    table(
        "[attacks.ID.killed], [attacks.ID.wounded]",
        "Casualties of one attack on a site with people.",
        attacks::CASUALTY_KEYS,
    ),
    table("[stocks.ID]", "A level that grows, changes, jumps and fluctuates.", stocks::KEYS),
    table(
        "[shocks.ID]",
        "A spell that sets in at a rate, or on a day with a probability, and passes. It does not set \
         in while it is on.",
        shocks::KEYS,
    ),
    table(
        "[indicators.ID]",
        "A yardstick with two thresholds, reached at or above them (at or below where red is below \
         amber).",
        indicators::KEYS,
    ),
    table("[milestones.ID]", "A condition whose first date is asked for.", milestones::KEYS),
    table(
        "[correlations.ID]",
        "Once-per-replicate quantities that go together (a Gaussian copula). Paths are those of the \
         file: `parameters.reliance`, `phases.coalition_ends.end_slip_days`.",
        correlations::KEYS,
    ),
    table(
        "[sweeps.ID]",
        "What `drawdown sweep FILE --sweep ID` varies. It changes nothing in a run.",
        sweeps::KEYS,
    ),
];

const INTRODUCTION: &str = include_str!("introduction.md");
const EXPRESSIONS: &str = include_str!("expressions.md");

/// The whole reference.
pub fn markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    for table in TABLES {
        push_table(&mut text, table);
    }
    push_quantities(&mut text);
    push_expressions(&mut text);
    push_signals(&mut text);
    text
}

fn push_table(text: &mut String, table: &TableKind) {
    let heading = match table.heading.strip_prefix('[') {
        Some(_) => format!("`{}`", table.heading.replace(", ", "`, `")),
        None => table.heading.to_owned(),
    };
    line(text, &format!("\n### {heading}\n\n{}\n", table.about));
    row(text, &["Written", "Meaning", "Takes", "Left out"]);
    row(text, &["---"; 4]);
    for key in table.keys {
        let left_out = if key.required { "**must be given**" } else { key.left_out };
        row(text, &[&code(&key.example()), key.doc, &takes(key), left_out]);
    }
}

/// `number, once, at least 0`.
fn takes(key: &Key) -> String {
    let (number, what) = match &key.takes {
        Takes::Number(number) => (number, "number"),
        Takes::Numbers(_, number) => (number, "numbers by name"),
        other => return other.describe().to_owned(),
    };
    let when = match number.when {
        When::Once => "once",
        When::Step => "each step",
        When::Onset => "at each onset",
    };
    match number.domain {
        crate::lang::keys::Domain::Any => format!("{what}, {when}"),
        domain => format!("{what}, {when}, {}", domain.describe()),
    }
}

fn push_quantities(text: &mut String) {
    line(text, "\n## Quantities\n");
    line(text, "A quantity is a number, `{ value = 5, source = \"…\" }`, or one of these distributions:\n");
    row(text, &["Written", "Meaning"]);
    row(text, &["---"; 2]);
    for form in FORMS {
        row(text, &[&code(form.usage), form.doc]);
    }
    line(text, "\nBeside it may stand:\n");
    row(text, &["Key", "Meaning"]);
    row(text, &["---"; 2]);
    for (name, doc) in OTHER_KEYS {
        row(text, &[&code(name), doc]);
    }
}

fn push_expressions(text: &mut String) {
    line(text, &format!("\n{}", EXPRESSIONS.trim_end()));
    let words: Vec<String> = WORDS.iter().map(|w| code(w)).collect();
    line(text, &format!("\nReserved, besides the functions: {}.\n", words.join(", ")));
    row(text, &["Function", "Value"]);
    row(text, &["---"; 2]);
    for function in FUNCTIONS {
        row(text, &[&code(function.usage), function.doc]);
    }
}

fn push_signals(text: &mut String) {
    line(text, "\n## Signals\n");
    line(
        text,
        "The names that expressions, `signals`, `--paths` and the tables speak. Words in capitals stand \
         for ids. `drawdown check -v FILE` lists those of a file. A *flag* is 0 or 1, a *level* a value at \
         a date, a *count* how many in a step.\n",
    );
    row(text, &["Signal", "Kind", "Unit", "Meaning"]);
    row(text, &["---"; 4]);
    for signal in SIGNALS {
        row(text, &[&code(signal.name), signal.kind, signal.unit, signal.doc]);
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn row(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    line(text, &format!("| {} |", cells.join(" | ")));
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("a string takes every line");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_documented_once() {
        for table in TABLES {
            let mut names: Vec<&str> = table.keys.iter().map(|key| key.name).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{}", table.heading);
            for key in table.keys {
                let place = format!("{} {}", table.heading, key.name);
                assert!(!key.doc.is_empty(), "{place} has no meaning");
                assert_eq!(key.required, key.left_out.is_empty(), "{place}: what if it is left out?");
            }
        }
    }
}
