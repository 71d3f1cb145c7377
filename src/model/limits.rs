//! How much a scenario may ask for. Files come from strangers: one that would fill a machine's memory is a mistake
//! that is told, with what to do, before anything runs. Each limit is far beyond the largest posture anyone plans.

use super::compiler::Compiler;
use super::scenario::Declared;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::reader::Reader;
use crate::vm::program::Program;

/// Entities and parameters: every step reads each.
const MOST_ENTITIES: usize = 2_000;
/// Signals. Contingents times sites are signals, so that few entities can make many.
const MOST_SIGNALS: usize = 20_000;
/// Numbers that results hold, reported dates times signals: some 6 kB each, for their quantiles.
const MOST_NUMBERS: usize = 250_000;
/// Rows that the windows of `sum`, `mean` and `lag` remember: half a kilobyte each, on every thread.
const MOST_REMEMBERED: usize = 100_000;
/// Steps times what is dated (milestones, phases, sites): each counts its first passages by step.
const MOST_PASSAGES: usize = 20_000_000;

/// Tells of too many entities, and leaves out the rest so that looking for other mistakes comes to an end.
pub fn entities(reader: &Reader, declared: &mut Declared) {
    let mut left = MOST_ENTITIES;
    let mut all = 0;
    let mut cut = |length: usize| {
        all += length;
        let kept = length.min(left);
        left -= kept;
        kept
    };
    let posture = &mut declared.posture;
    posture.contingents.truncate(cut(posture.contingents.len()));
    posture.theatres.truncate(cut(posture.theatres.len()));
    posture.sites.truncate(cut(posture.sites.len()));
    posture.phases.truncate(cut(posture.phases.len()));
    declared.parameters.truncate(cut(declared.parameters.len()));
    declared.variables.truncate(cut(declared.variables.len()));
    declared.states.truncate(cut(declared.states.len()));
    declared.attacks.truncate(cut(declared.attacks.len()));
    declared.stocks.truncate(cut(declared.stocks.len()));
    declared.shocks.truncate(cut(declared.shocks.len()));
    declared.indicators.truncate(cut(declared.indicators.len()));
    declared.milestones.truncate(cut(declared.milestones.len()));
    if all > MOST_ENTITIES {
        let message = format!("{all} entities and parameters are too many: at most {MOST_ENTITIES}");
        reader.problem(Diagnostic::general(message));
    }
}

/// Tells of signals, rows and windows that would not fit into memory.
pub fn size(c: &Compiler<'_>, reported: usize, summarised: usize, passages: usize, program: &Program) {
    let signals = c.signals.names().count();
    let numbers = reported * summarised;
    let remembered = program.remembered(f64::from(c.calendar.step_days()));
    let dated = passages * c.calendar.steps();
    let refuse = |too_many: bool, message: String, hint: &str| {
        if too_many {
            c.problem(Diagnostic::general(message).hint(hint));
        }
    };
    refuse(
        signals > MOST_SIGNALS,
        format!("{signals} signals are too many: at most {MOST_SIGNALS}"),
        "contingents times sites are signals: put some together",
    );
    refuse(
        numbers > MOST_NUMBERS,
        format!(
            "results of {reported} dates for {summarised} signals are too large: at most {MOST_NUMBERS} numbers"
        ),
        "report less often, such as report_every = \"4 weeks\", or choose signals, such as signals = [\"*.troops\"]",
    );
    refuse(
        remembered > MOST_REMEMBERED,
        format!("windows of {remembered} steps in all are too long: at most {MOST_REMEMBERED}"),
        "shorten those of `sum`, `mean` and `lag`, or take longer steps",
    );
    refuse(
        dated > MOST_PASSAGES,
        format!("{passages} milestones, phases and sites are too many for {} steps", c.calendar.steps()),
        "take longer steps, or fewer of them",
    );
}
