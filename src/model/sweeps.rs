//! Sweeps by name: what to vary, and how the points are laid.

use crate::lang::diagnostic::Diagnostic;
use crate::lang::keys::{Key, Takes};
use crate::lang::lever::Lever;
use crate::lang::reader::{Section, Spanned};
use crate::lang::strays::refuse_stray;
use crate::lang::tree::Table;

pub const KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what it asks").left_out("the id, as words"),
    Key::required(
        "vary",
        Takes::Texts,
        "levers as `--vary` takes them: a path and `a..b/n` (n values, both ends included, dates to the nearest \
         day), `a,b,c` (numbers, dates, names), or `a..b` where `design` draws from it",
    )
    .such_as("[\"phases.coalition_ends.shift_days=0..360/7\"]"),
    Key::optional(
        "design",
        Takes::Choice(&["grid", "lhs", "sobol"]),
        "every combination, the last lever changing fastest; a Latin hypercube; a scrambled Sobol sequence",
    )
    .left_out("\"grid\""),
    Key::optional("points", Takes::Whole, "how many points `lhs` or `sobol` lays")
        .such_as("64")
        .left_out("as many as a grid has; needed by `lhs` and `sobol`"),
];

/// How the points of a sweep are laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Every combination.
    Grid,
    /// A Latin hypercube of so many points.
    Latin(usize),
    /// So many points of a scrambled Sobol sequence.
    Sobol(usize),
}

/// A sweep as declared.
#[derive(Clone, Debug)]
pub struct Sweep {
    pub id: Spanned<String>,
    pub label: String,
    pub levers: Vec<Lever>,
    pub plan: Plan,
}

/// Reads `[sweeps]`; `scenario` is the whole of the file.
pub fn read(root: &Section<'_>, scenario: &Table) -> Vec<Sweep> {
    let each = root.children("sweeps", KEYS).into_iter().map(|(id, s)| Sweep {
        label: s.label(&id.value),
        levers: levers(&s, scenario),
        plan: plan(&s),
        id,
    });
    each.collect()
}

fn levers(section: &Section<'_>, scenario: &Table) -> Vec<Lever> {
    let texts = section.texts("vary").unwrap_or_default();
    let lever = |text: Spanned<String>| match Lever::parse(&text.value) {
        Ok(lever) => match refuse_stray(scenario, &lever.path, text.span) {
            Some(stray) => {
                section.problem(stray);
                None
            }
            None => Some(lever),
        },
        Err(why) => {
            section.problem(Diagnostic::error(text.span, why.message).hint(why.hint));
            None
        }
    };
    texts.into_iter().filter_map(lever).collect()
}

fn plan(section: &Section<'_>) -> Plan {
    let points = section.whole("points", 1);
    let drawn = match section.choice("design") {
        Some("lhs") => Plan::Latin,
        Some("sobol") => Plan::Sobol,
        _ => {
            if let Some(points) = points {
                let error = Diagnostic::error(points.span, "a grid has as many points as its levers make");
                section.problem(error.hint("leave `points` out, or write design = \"lhs\""));
            }
            return Plan::Grid;
        }
    };
    if !section.has("points") {
        let error = Diagnostic::error(section.key_span("design"), "how many points?");
        section.problem(error.hint("write points = 64"));
    }
    drawn(points.map_or(1, |n| n.value as usize))
}
