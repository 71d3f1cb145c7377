//! Shocks: spells that set in at a rate, or on a day with a probability, and last.

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::compiler::Compiler;
use super::record::{lanes, mask};
use super::signals::{Definition, Kind};
use super::tick::{Tick, not_negative};
use crate::calendar::{Calendar, DAYS_PER_YEAR};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::keys::{Domain, Key, Number, Takes, When};
use crate::lang::quantity::{Numeric, NumericValue};
use crate::lang::reader::{Section, Spanned};
use crate::vm::graph::{Node, Rhythm};
use crate::vm::inverse::Inverse;
use crate::vm::math::ln;
use crate::vm::random::Stream;
use crate::vm::{LANES, Row};

const fn onset(name: &'static str, domain: Domain, example: &'static str, doc: &'static str) -> Key {
    Key::optional(name, Takes::Number(Number { when: When::Onset, domain, example }), doc)
}

pub const KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words"),
    Key::step("per_year", "\"war_per_year\"", "onsets a year while it is off").left_out("`on` is needed"),
    Key::optional("on", Takes::Dates, "the day it sets in, or a range that the day is drawn from")
        .left_out("`per_year` is needed"),
    Key::once("probability", Domain::Probability, "0.13", "that it sets in on that day").left_out("1"),
    onset(
        "lasts_days",
        Domain::NotNegative,
        "{ lognormal = { median = 21, p90 = 120 } }",
        "days that it lasts",
    )
    .left_out("for good"),
    onset("size", Domain::Any, "{ uniform = [1, 3] }", "its size, drawn when it sets in").left_out("1"),
];

/// A shock as declared.
#[derive(Clone, Debug)]
pub struct Declared {
    pub id: Spanned<String>,
    pub label: String,
    per_year: Option<Numeric>,
    on: Option<Spanned<(i64, i64)>>,
    probability: Option<Numeric>,
    lasts: Option<Numeric>,
    size: Option<Numeric>,
}

/// A compiled shock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shock {
    pub id: String,
    trigger: Trigger,
    /// `None`: for good.
    lasts: Option<AtOnset>,
    size: AtOnset,
    outputs: Outputs,
    negative_rate: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Trigger {
    /// Onsets a year.
    Rate(Node),
    /// A day from the start, of a range, with a probability.
    Day { first: i64, last: i64, probability: Node },
}

/// A value drawn or read when a spell begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum AtOnset {
    Drawn(Inverse),
    Read(Node),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Outputs {
    on: Node,
    started: Node,
    size: Node,
    count: Node,
}

/// What a shock remembers, for the replicates of a block.
#[derive(Clone, Debug)]
pub struct ShockState {
    /// Days from the start at which the spell ends; the past while it is off.
    until: Row,
    size: Row,
    started: Row,
    count: Row,
    /// Days from the start on which it is to set in; infinite where it will not.
    due: Row,
    draw_onset: Stream,
    draw_lasts: Stream,
    draw_size: Stream,
    draw_day: Stream,
}

/// Reads `[shocks]`.
pub fn read(root: &Section<'_>, calendar: &Calendar) -> Vec<Declared> {
    let each = root.children("shocks", KEYS).into_iter().map(|(id, s)| {
        let on = s.dates("on").map(|range| Spanned {
            value: (calendar.offset(range.value.0), calendar.offset(range.value.1)),
            span: range.span,
        });
        if let Some(on) = &on {
            warn_if_never(&s, on, calendar);
        }
        match (s.has("per_year"), s.has("on")) {
            (true, true) => s.problem(
                Diagnostic::error(s.key_span("on"), "a shock has a rate or a day, not both")
                    .related(s.key_span("per_year"), "its rate")
                    .hint("write two shocks if both are meant"),
            ),
            (false, false) => s.problem(
                Diagnostic::error(s.span, format!("{} needs `per_year` or `on`", s.path))
                    .hint("write per_year = \"0.5\", or on = 2024-11-05 with a probability"),
            ),
            (true, false) if s.has("probability") => s.problem(
                Diagnostic::error(s.key_span("probability"), "`probability` belongs to `on`")
                    .hint("a shock with a rate sets in whenever it does"),
            ),
            _ => {}
        }
        Declared {
            label: s.label(&id.value),
            per_year: s.number("per_year"),
            on,
            probability: s.number("probability"),
            lasts: s.number("lasts_days"),
            size: s.number("size"),
            id,
        }
    });
    each.collect()
}

/// A day outside the scenario is no mistake, since a variant may end earlier; but nothing comes of it.
fn warn_if_never(s: &Section<'_>, on: &Spanned<(i64, i64)>, calendar: &Calendar) {
    if on.value.1 < 0 || on.value.0 >= calendar.offset(calendar.end()) {
        let warning = Diagnostic::warning(on.span, format!("{} never sets in", s.path));
        let range = format!("the scenario runs from {} to {}", calendar.start(), calendar.end());
        s.problem(warning.label("outside the scenario").hint(range));
    }
}

/// Declares a shock's signals.
pub fn declare(compiler: &mut Compiler<'_>, declared: Declared) -> Begun {
    let id = declared.id.value.clone();
    let mut publish = |name: String, kind, unit: &str| {
        let node = compiler.graph.input(Rhythm::Step);
        compiler.signals.declare(name, kind, unit, Definition::Published(node));
        node
    };
    let outputs = Outputs {
        on: publish(id.clone(), Kind::Flag, ""),
        started: publish(format!("{id}.started"), Kind::Event, ""),
        size: publish(format!("{id}.size"), Kind::Level, ""),
        count: publish(format!("{id}.count"), Kind::Level, "onsets"),
    };
    Begun { declared, outputs }
}

/// A shock whose signals are declared.
pub struct Begun {
    declared: Declared,
    outputs: Outputs,
}

impl Begun {
    /// Compiles the rate, now that every signal is declared.
    pub fn finish(self, compiler: &mut Compiler<'_>) -> Shock {
        let declared = self.declared;
        let id = declared.id.value.clone();
        let path = |key: &str| format!("shocks.{id}.{key}");
        let probability =
            compiler.once_or(&path("probability"), declared.probability.as_ref(), Domain::Probability, 1.0);
        let trigger = match declared.on {
            Some(on) => Trigger::Day { first: on.value.0, last: on.value.1, probability },
            None => Trigger::Rate(compiler.each_step_or(&path("per_year"), declared.per_year.as_ref(), 0.0)),
        };
        let lasts = declared.lasts.as_ref().and_then(|n| at_onset(compiler, &path("lasts_days"), n));
        let size = declared.size.as_ref().and_then(|n| at_onset(compiler, &path("size"), n));
        let size = size.unwrap_or_else(|| AtOnset::Read(compiler.graph.constant(1.0)));
        let negative_rate = compiler.clamp(format!("{id}.per_year below 0"));
        Shock { id, trigger, lasts, size, outputs: self.outputs, negative_rate }
    }
}

fn at_onset(compiler: &mut Compiler<'_>, path: &str, numeric: &Numeric) -> Option<AtOnset> {
    compiler.assume(path, numeric, None);
    match &numeric.value {
        NumericValue::Quantity(quantity) => compiler.inverse(numeric.span, quantity).map(AtOnset::Drawn),
        NumericValue::Expression(..) => Some(AtOnset::Read(compiler.each_step(path, numeric).0)),
    }
}

impl Shock {
    /// A fresh memory with its random streams.
    pub fn state(&self, seed: u64) -> ShockState {
        let stream = |purpose: &str| Stream::new(seed, &format!("{}/{purpose}", self.id));
        let zero = [0.0; LANES];
        ShockState {
            until: zero,
            size: zero,
            started: zero,
            count: zero,
            due: zero,
            draw_onset: stream("onset"),
            draw_lasts: stream("lasts"),
            draw_size: stream("size"),
            draw_day: stream("day"),
        }
    }

    /// Off; a day is drawn where one is to be.
    pub fn begin(&self, state: &mut ShockState, rows: &[Row], first: u64) {
        let zero = [0.0; LANES];
        (state.size, state.started, state.count) = (zero, zero, zero);
        state.until = [f64::NEG_INFINITY; LANES];
        state.due = [f64::INFINITY; LANES];
        if let Trigger::Day { first: from, last, probability } = self.trigger {
            let (mut happens, mut when) = (zero, zero);
            state.draw_day.uniforms(first, 0, 0, &mut happens);
            state.draw_day.uniforms(first, 0, 1, &mut when);
            for lane in 0..LANES {
                if happens[lane] < rows[probability.index()][lane] {
                    let days = (last - from + 1) as f64;
                    state.due[lane] = from as f64 + (when[lane] * days).floor();
                }
            }
        }
    }

    /// Writes the flag, the onset, the size and the count.
    pub fn publish(&self, state: &ShockState, board: &mut Board<'_>, now: f64) {
        let (until, size) = (&state.until, &state.size);
        board.put_each(
            self.outputs.on,
            #[inline(always)]
            |lane| if until[lane] > now { 1.0 } else { 0.0 },
        );
        board.put_each(
            self.outputs.size,
            #[inline(always)]
            |lane| if until[lane] > now { size[lane] } else { 0.0 },
        );
        board.put(self.outputs.started, &state.started);
        board.put(self.outputs.count, &state.count);
    }

    /// Onsets of a step.
    pub fn advance(&self, state: &mut ShockState, tick: &mut Tick<'_>) {
        state.started = [0.0; LANES];
        match self.trigger {
            Trigger::Day { .. } => {
                for lane in 0..LANES {
                    let due = state.due[lane];
                    if tick.now.days <= due && due < tick.now.days + tick.step_days() {
                        self.set_in(state, lane, due, 0, tick);
                    }
                }
            }
            Trigger::Rate(per_year) => {
                tick.count_negative(self.negative_rate, [per_year]);
                let rate = tick.row(per_year);
                let any = tick.isa.run(
                    #[inline(always)]
                    || !rate.iter().fold(true, |none, rate| none & (*rate <= 0.0)),
                );
                if !any {
                    return;
                }
                let mut uniforms = [0.0; LANES];
                let (begin, end) = (tick.now.days, tick.now.days + tick.step_days());
                let may = tick.isa.run(
                    #[inline(always)]
                    || {
                        state.draw_onset.uniforms(tick.first, tick.day, 0, &mut uniforms);
                        // −ln(1 − u) is at least u, which mostly settles it.
                        mask(|lane| {
                            let until = state.until[lane];
                            let room = end - if until > begin { until } else { begin };
                            uniforms[lane] <= (room + A_SECOND) * not_negative(rate[lane]) / DAYS_PER_YEAR
                        })
                    },
                );
                for lane in lanes(may) {
                    self.onsets(state, lane, not_negative(rate[lane]) / DAYS_PER_YEAR, uniforms[lane], tick);
                }
            }
        }
    }

    /// Waits −ln(1 − u)/λ from the step's start or the spell's end, as often as the step has room.
    fn onsets(&self, state: &mut ShockState, lane: usize, per_day: f64, u: f64, tick: &mut Tick<'_>) {
        let end = tick.now.days + tick.step_days();
        let mut from = tick.now.days.max(state.until[lane]);
        let mut u = u;
        for draw in 0..MOST_ONSETS {
            if from >= end {
                return;
            }
            let at = from - ln(1.0 - u) / per_day;
            if at.is_nan() || at >= end {
                return;
            }
            self.set_in(state, lane, at, draw, tick);
            from = state.until[lane];
            u = state.draw_onset.uniform(tick.first + lane as u64, tick.day, draw + 1);
        }
        tick.failed.push(super::tick::Failed {
            lane,
            signal: self.id.clone(),
            reason: format!("more than {MOST_ONSETS} onsets in one step"),
        });
    }

    fn set_in(&self, state: &mut ShockState, lane: usize, at: f64, draw: u32, tick: &mut Tick<'_>) {
        let replicate = tick.first + lane as u64;
        let value = |of: &AtOnset, stream: &Stream| match of {
            AtOnset::Drawn(inverse) => inverse.at(stream.uniform(replicate, tick.day, draw)),
            AtOnset::Read(node) => tick.rows[node.index()][lane],
        };
        let lasts = self.lasts.as_ref().map_or(f64::INFINITY, |l| value(l, &state.draw_lasts));
        state.size[lane] = value(&self.size, &state.draw_size);
        state.until[lane] = at + if lasts > 0.0 { lasts } else { 0.0 };
        state.started[lane] = 1.0;
        state.count[lane] += 1.0;
    }
}

/// In days: more than arithmetic on dates loses.
const A_SECOND: f64 = 1.0 / 86_400.0;

/// More onsets than this within one step stop the replicate.
const MOST_ONSETS: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;
    use crate::model::step::Workspace;
    use crate::vm::isa::Isa;

    const HEAD: &str = "schema = 1\nstart = 2024-01-01\nend = 2024-12-30\n";

    #[test]
    fn spells_set_in_and_last_in_each_history_as_its_own_numbers_say() {
        // In steps of a day and of a week; spells shorter and longer than those, seldom and several in one.
        for (step, per_year) in [("1 day", 3.0), ("1 week", 3.0), ("1 week", 0.5), ("1 week", 90.0)] {
            let text = format!(
                "{HEAD}step = \"{step}\"\n[shocks.s]\nper_year = {per_year}\nlasts_days = {{ uniform = [0, 12] }}\n\
                 size = {{ uniform = [1, 3] }}\n[shocks.d]\non = [2024-02-01, 2024-02-20]\nprobability = 0.6\nlasts_days = 9\n"
            );
            let model = Scenario::parse("shock.toml", &text).unwrap().compile().unwrap();
            let names = ["s", "s.started", "s.size", "s.count", "d", "d.started", "d.count", "d.size"];
            let followed = names.map(|name| model.signal(name).unwrap().clone());
            let record = Workspace::new(&model, 5, Isa::widest(), &followed).run(64, u64::MAX).clone();
            let stream = |name: &str| Stream::new(5, name);
            let [onset, lasts, size] = ["s/onset", "s/lasts", "s/size"].map(stream);
            let (calendar, day) = (&model.calendar, stream("d/day"));
            for lane in 0..LANES {
                let replicate = 64 + lane as u64;
                let (mut until, mut now_size, mut count) = (f64::NEG_INFINITY, 0.0, 0.0);
                // The 1st of February is day 31; one of 20 days.
                let due = 31.0 + (20.0 * day.uniform(replicate, 0, 1)).floor();
                let happens = day.uniform(replicate, 0, 0) < 0.6;
                for row in 1..=calendar.steps() {
                    let [begin, end] = [row - 1, row].map(|row| f64::from(calendar.days_at(row)));
                    let at =
                        |stream: &Stream, draw| stream.uniform(replicate, calendar.day_number(row - 1), draw);
                    let (mut draw, mut wait) = (0, -ln(1.0 - at(&onset, 0)) / (per_year / DAYS_PER_YEAR));
                    while until.max(begin) + wait < end {
                        until = until.max(begin) + wait + 12.0 * at(&lasts, draw);
                        (now_size, count) = (1.0 + 2.0 * at(&size, draw), count + 1.0);
                        draw += 1;
                        wait = -ln(1.0 - at(&onset, draw)) / (per_year / DAYS_PER_YEAR);
                    }
                    let flag = |is: bool| if is { 1.0 } else { 0.0 };
                    let on = flag(until > end);
                    let spell = [on, flag(draw > 0), on * now_size, count];
                    let on = due < end && end < due + 9.0;
                    let dated = [on, begin <= due && due < end, due < end, on];
                    let dated = dated.map(|is| flag(is && happens));
                    for (place, truth) in spell.into_iter().chain(dated).enumerate() {
                        let found = record.paths[row * names.len() + place][lane];
                        // The law of a length is inverted, not 12 times a number.
                        assert!(
                            (found - truth).abs() < 1e-9,
                            "{} of {lane} at {row}: {found}, {truth}",
                            names[place]
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_day_outside_the_scenario_is_warned_of() {
        let never = |on: &str| {
            let text = format!("{HEAD}[shocks.s]\non = {on}\n");
            let model = Scenario::parse("never.toml", &text).unwrap().compile().unwrap();
            model.warnings.to_string().contains("never sets in")
        };
        for on in ["2023-12-31", "2023-12-20", "[2023-01-01, 2023-12-31]", "2024-12-30", "2025-06-01"] {
            assert!(never(on), "{on}");
        }
        for on in ["2024-01-01", "2024-12-29", "[2023-12-01, 2024-01-01]", "[2024-12-29, 2025-01-31]"] {
            assert!(!never(on), "{on}");
        }
    }
}
