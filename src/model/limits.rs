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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Calendar;
    use crate::model::scenario::Scenario;
    use crate::vm::graph::Rhythm;
    use crate::vm::window::Window;
    use std::fmt::Write;

    /// The mistakes of a scenario with so many parameters and three variables that read what is not there.
    fn mistakes(parameters: usize) -> (usize, usize) {
        let mut text = String::from("schema = 1\nstart = 2024-01-01\nend = 2024-01-02\n[parameters]\n");
        (0..parameters).for_each(|p| writeln!(text, "p{p} = 1").unwrap());
        text += "[variables]\na = \"none + 1\"\nb = \"none + 2\"\nc = \"none + 3\"\n";
        let found = Scenario::parse("many.toml", &text).unwrap().check();
        let of = |words: &str| found.list.iter().filter(|d| d.message.contains(words)).count();
        (of("entities and parameters are too many"), of("there is no signal `none`"))
    }

    #[test]
    fn beyond_the_most_entities_nothing_is_looked_at() {
        assert_eq!(mistakes(MOST_ENTITIES - 3), (0, 3));
        assert_eq!(mistakes(MOST_ENTITIES - 1), (1, 1));
        assert_eq!(mistakes(MOST_ENTITIES + 1), (1, 0));
    }

    /// What is told of so many signals, numbers in the results, rows remembered, and things dated over ten steps.
    fn told(signals: usize, numbers: usize, remembered: usize, dated: usize) -> Vec<String> {
        let reader = Reader::default();
        let day = |day| crate::calendar::Date::constant(2024, 1, day);
        let mut c = Compiler::new(&reader, Calendar::new(day(1), day(21), 2).unwrap());
        let x = c.graph.input(Rhythm::Step);
        (0..signals).for_each(|s| c.signals.declare_formula(s.to_string(), "", 0));
        // Three rows more than fit into its days, of which a step takes two.
        let window = c.graph.window(Window::Lag((2.0 * (remembered - 3) as f64).to_bits()), x);
        let program = Program::new(&c.graph, &[], &[window]);
        size(&c, numbers, 1, dated, &program);
        reader.finish().into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn what_would_not_fit_into_memory_is_told() {
        let most = [MOST_SIGNALS, MOST_NUMBERS, MOST_REMEMBERED, MOST_PASSAGES / 10];
        assert_eq!(told(most[0], most[1], most[2], most[3]), Vec::<String>::new());
        for (at, words) in
            ["signals are too many", "are too large", "are too long", "for 10 steps"].iter().enumerate()
        {
            let mut more = most;
            more[at] += 1;
            let told = told(more[0], more[1], more[2], more[3]);
            assert!(told.len() == 1 && told[0].contains(words), "{told:?}");
        }
    }
}
