//! States: continuous-time Markov chains whose rates are fixed over a step.
//!
//! One jump a step where every state's total rate times the step is at most 0.1; beyond that the row
//! of exp(QΔ), which is exact for any number of jumps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::compiler::Compiler;
use super::record::{Mask, holds, lanes, mask};
use super::signals::{Definition, Kind};
use super::tick::{Tick, not_negative};
use crate::calendar::DAYS_PER_YEAR;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::ids::check_id;
use crate::lang::keys::{Domain, Key, Number, Takes, When};
use crate::lang::quantity::{Numeric, NumericValue};
use crate::lang::reader::{Section, Spanned};
use crate::lang::source::Span;
use crate::vm::graph::{Node, Rhythm};
use crate::vm::markov::transition_row;
use crate::vm::math::exp;
use crate::vm::random::Stream;
use crate::vm::rows::Rows;
use crate::vm::{LANES, Row};

const SHARE: Number = Number {
    when: When::Once,
    domain: Domain::Probability,
    example: "\"negotiating\" or { negotiating = 0.7, stalled = 0.3 }",
};
const RATE: Number =
    Number { when: When::Step, domain: Domain::Any, example: "{ negotiating.agreed = \"0.5\" }" };

pub const KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words"),
    Key::required("initial", Takes::Numbers("states", SHARE), "the state at the start, or probabilities"),
    Key::once("days_already", Domain::NotNegative, "180", "days spent in the initial state before the start")
        .left_out("0"),
    Key::required("rates", Takes::Numbers("states", RATE), "rates a year, from.to"),
];

/// A step in which some state's total rate exceeds this takes the exact method.
const ONE_JUMP_LIMIT: f64 = 0.1;

/// A chain as declared.
#[derive(Clone, Debug)]
pub struct Declared {
    pub id: Spanned<String>,
    pub label: String,
    initial: Vec<(Spanned<String>, Option<Numeric>)>,
    /// The place of `initial`.
    initial_span: Span,
    days_already: Option<Numeric>,
    rates: Vec<(Spanned<String>, Spanned<String>, Numeric)>,
}

/// A compiled chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Chain {
    pub id: String,
    states: usize,
    /// Probabilities at the start, by state.
    initial: Vec<Node>,
    days_already: Node,
    rates: Vec<Rate>,
    flags: Vec<Node>,
    days: Node,
    negative_rate: usize,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Rate {
    from: usize,
    to: usize,
    per_year: Node,
}

/// What a chain remembers, for the replicates of a block.
#[derive(Clone, Debug)]
pub struct ChainState {
    state: [u8; LANES],
    days: Row,
    draw_start: Stream,
    draw_jump: Stream,
    /// Room for a step's rates, and for their sums by state.
    rates: Rows,
    totals: Rows,
}

/// Reads `[states]`.
pub fn read(root: &Section<'_>) -> Vec<Declared> {
    let each = root.children("states", KEYS).into_iter().map(|(id, s)| {
        let initial = match s.is_table("initial") {
            true => s.numbers("initial").into_iter().map(|(name, share)| (name, Some(share))).collect(),
            false => s.text("initial").into_iter().map(|name| (name, None)).collect(),
        };
        let (days_already, rates) = (s.number("days_already"), s.number_matrix("rates"));
        let initial_span = s.key_span("initial");
        Declared { label: s.label(&id.value), id, initial, initial_span, days_already, rates }
    });
    each.collect()
}

/// A chain whose signals are declared.
pub struct Begun {
    declared: Declared,
    names: Vec<String>,
    flags: Vec<Node>,
    days: Node,
}

/// Declares a flag for each state and the age of the state.
pub fn declare(compiler: &mut Compiler<'_>, declared: Declared) -> Begun {
    let id = declared.id.value.clone();
    let mut names: BTreeMap<&str, &Spanned<String>> = BTreeMap::new();
    for (name, _) in &declared.initial {
        names.entry(&name.value).or_insert(name);
    }
    for (from, to, _) in &declared.rates {
        names.entry(&from.value).or_insert(from);
        names.entry(&to.value).or_insert(to);
        if from.value == to.value {
            let error =
                Diagnostic::error(to.span, format!("a rate from `{}` to itself means nothing", to.value));
            compiler.problem(error.hint("who stays in a state needs no rate"));
        }
    }
    for (name, place) in &names {
        if *name == "days" {
            let error = Diagnostic::error(place.span, "`days` cannot name a state");
            compiler.problem(error.hint(format!("`{id}.days` is the age of the state")));
        } else if let Err(problem) = check_id(name, place.span) {
            compiler.problem(problem);
        }
    }
    if names.len() > 255 {
        compiler.problem(Diagnostic::error(declared.id.span, "a chain has at most 255 states"));
    }
    let names: Vec<String> = names.keys().map(|n| (*n).to_owned()).collect();
    let mut publish = |name: String, kind, unit: &str| {
        let node = compiler.graph.input(Rhythm::Step);
        compiler.signals.declare(name, kind, unit, Definition::Published(node));
        node
    };
    let flags = names.iter().map(|n| publish(format!("{id}.{n}"), Kind::Flag, "")).collect();
    let days = publish(format!("{id}.days"), Kind::Level, "days");
    Begun { declared, names, flags, days }
}

impl Begun {
    /// Compiles the rates, now that every signal is declared.
    pub fn finish(self, compiler: &mut Compiler<'_>) -> Chain {
        let id = self.declared.id.value.clone();
        let place = |name: &str| self.names.iter().position(|n| n == name).unwrap_or(0);
        let mut initial = vec![compiler.graph.constant(0.0); self.names.len()];
        for (name, share) in &self.declared.initial {
            initial[place(&name.value)] = match share {
                Some(share) => {
                    let path = format!("states.{id}.initial.{}", name.value);
                    compiler.once(&path, share, Domain::Probability)
                }
                None => compiler.graph.constant(1.0),
            };
        }
        self.check_shares(compiler);
        self.check_rates(compiler);
        let days_already = compiler.once_or(
            &format!("states.{id}.days_already"),
            self.declared.days_already.as_ref(),
            Domain::NotNegative,
            0.0,
        );
        let rates = self.declared.rates.iter().map(|(from, to, rate)| {
            let path = format!("states.{id}.rates.{}.{}", from.value, to.value);
            let per_year = compiler.each_step(&path, rate).0;
            Rate { from: place(&from.value), to: place(&to.value), per_year }
        });
        let rates = rates.collect();
        let negative_rate = compiler.clamp(format!("{id}.rates below 0"));
        let states = self.names.len();
        Chain { id, states, initial, days_already, rates, flags: self.flags, days: self.days, negative_rate }
    }

    /// A state at the start that no rate names is a slip of the pen: the chain would never leave it.
    fn check_rates(&self, compiler: &Compiler<'_>) {
        let named =
            |name: &str| self.declared.rates.iter().any(|(a, b, _)| a.value == name || b.value == name);
        if self.declared.rates.is_empty() {
            return;
        }
        for (name, _) in self.declared.initial.iter().filter(|(name, _)| !named(&name.value)) {
            let legal = || self.names.iter().map(String::as_str).filter(|n| named(n));
            let error = Diagnostic::error(name.span, format!("no rate leads from or to `{}`", name.value));
            compiler.problem(
                error
                    .suggest(&name.value, legal())
                    .hint(format!("legal: {}", legal().collect::<Vec<_>>().join(", "))),
            );
        }
    }

    fn check_shares(&self, compiler: &Compiler<'_>) {
        let fixed = self.declared.initial.iter().map(|(_, share)| match share {
            None => Some(1.0),
            Some(Numeric { value: NumericValue::Quantity(q), .. }) => q.constant(),
            Some(_) => None,
        });
        let Some(sum) = fixed.sum::<Option<f64>>() else { return };
        if (sum - 1.0).abs() > SHARES_SLACK {
            let error = Diagnostic::error(self.declared.initial_span, "initial probabilities must sum to 1");
            // What floating point adds to a sum of decimals is not shown.
            let sum = (sum * 1e9).round() / 1e9 + 0.0;
            compiler.reader.missing(
                &format!("states.{}.initial", self.declared.id.value),
                error.label(format!("they sum to {sum}")),
            );
        }
    }
}

const SHARES_SLACK: f64 = 1e-9;

impl ChainState {
    /// 1 in a lane that is in a state.
    #[inline(always)]
    fn is_in(&self, at: usize, lane: usize) -> f64 {
        if usize::from(self.state[lane]) == at { 1.0 } else { 0.0 }
    }
}

impl Chain {
    /// A fresh memory with its random streams.
    pub fn state(&self, seed: u64) -> ChainState {
        let stream = |purpose: &str| Stream::new(seed, &format!("{}/{purpose}", self.id));
        ChainState {
            state: [0; LANES],
            days: [0.0; LANES],
            draw_start: stream("initial"),
            draw_jump: stream("jump"),
            rates: Rows::new(self.rates.len()),
            totals: Rows::new(self.states),
        }
    }

    /// The state at the start. Lanes whose probabilities do not sum to 1 come back with the sum.
    pub fn begin(&self, state: &mut ChainState, rows: &[Row], first: u64) -> Vec<(usize, f64)> {
        state.days = rows[self.days_already.index()];
        let mut uniforms = [0.0; LANES];
        state.draw_start.uniforms(first, 0, 0, &mut uniforms);
        let mut wrong = Vec::new();
        for lane in 0..LANES {
            let shares: Vec<f64> = self.initial.iter().map(|n| rows[n.index()][lane]).collect();
            state.state[lane] = pick(&shares, uniforms[lane]).unwrap_or(0) as u8;
            let sum: f64 = shares.iter().sum();
            if (sum - 1.0).abs() > SHARES_SLACK {
                wrong.push((lane, sum));
            }
        }
        wrong
    }

    /// Writes the flags and the age.
    pub fn publish(&self, state: &ChainState, board: &mut Board<'_>) {
        for (at, node) in self.flags.iter().enumerate() {
            board.put_each(
                *node,
                #[inline(always)]
                |lane| state.is_in(at, lane),
            );
        }
        board.put(self.days, &state.days);
    }

    /// Draws the state at the step's end.
    pub fn advance(&self, state: &mut ChainState, tick: &mut Tick<'_>) {
        let years = tick.step_days() / DAYS_PER_YEAR;
        let (rows, first, day, days) = (tick.rows, tick.first, tick.day, tick.step_days());
        let mut uniforms = [0.0; LANES];
        let (leaving, hurried, negative) = tick.isa.run(
            #[inline(always)]
            || {
                let mut negative = [0.0; LANES];
                for (rate, row) in self.rates.iter().zip(state.rates.iter_mut()) {
                    let per_year = &rows[rate.per_year.index()];
                    for lane in 0..LANES {
                        row[lane] = not_negative(per_year[lane]);
                        negative[lane] += if per_year[lane] < 0.0 { 1.0 } else { 0.0 };
                    }
                }
                state.draw_jump.uniforms(first, day, 0, &mut uniforms);
                (0..LANES).for_each(|lane| state.days[lane] += days);
                let (leaving, hurried) = self.may_leave(state, years, &uniforms);
                (leaving, hurried, holds(&negative))
            },
        );
        if negative != 0 {
            tick.count_negative(self.negative_rate, self.rates.iter().map(|rate| rate.per_year));
        }
        for lane in lanes(leaving | hurried) {
            let (from, u) = (usize::from(state.state[lane]), uniforms[lane]);
            let to = match hurried >> lane & 1 == 1 {
                true => self.many_jumps(from, &state.rates, lane, tick.step_days(), u),
                false => self.one_jump(from, state.totals[from][lane], &state.rates, lane, years, u),
            };
            if to != from {
                state.days[lane] = 0.0;
                state.state[lane] = to as u8;
            }
        }
    }

    /// Lanes that may leave their state, and lanes in which some state is left so fast that several jumps may
    /// fall in one step.
    #[inline(always)]
    fn may_leave(&self, state: &mut ChainState, years: f64, uniforms: &Row) -> (Mask, Mask) {
        let (mut own, mut fastest) = ([0.0; LANES], [0.0; LANES]);
        state.totals.fill([0.0; LANES]);
        for (rate, row) in self.rates.iter().zip(state.rates.iter()) {
            let total = &mut state.totals[rate.from];
            (0..LANES).for_each(|lane| total[lane] += row[lane]);
        }
        for (at, total) in state.totals.iter().enumerate() {
            for lane in 0..LANES {
                fastest[lane] = if total[lane] > fastest[lane] { total[lane] } else { fastest[lane] };
                own[lane] = if state.is_in(at, lane) != 0.0 { total[lane] } else { own[lane] };
            }
        }
        // 1 − e^(−x) is at most x, which mostly settles it.
        let leaving = mask(|lane| uniforms[lane] < own[lane] * years + f64::EPSILON);
        (leaving, mask(|lane| fastest[lane] * years > ONE_JUMP_LIMIT))
    }

    /// Leaves with probability 1 − e^(−Σrate·h); where to, in proportion to the rates.
    fn one_jump(&self, from: usize, total: f64, rates: &[Row], lane: usize, years: f64, u: f64) -> usize {
        let leaves = 1.0 - exp(-total * years);
        if u >= leaves {
            return from;
        }
        let mut left = u / leaves * total;
        let mut last = from;
        for (rate, row) in self.rates.iter().zip(rates).filter(|(r, _)| r.from == from) {
            if row[lane] > 0.0 {
                last = rate.to;
                left -= row[lane];
                if left < 0.0 {
                    break;
                }
            }
        }
        last
    }

    fn many_jumps(&self, from: usize, rates: &[Row], lane: usize, days: f64, u: f64) -> usize {
        let n = self.states;
        let mut per_day = vec![0.0; n * n];
        for (rate, row) in self.rates.iter().zip(rates) {
            per_day[rate.from * n + rate.to] += row[lane] / DAYS_PER_YEAR;
        }
        let mut row = vec![0.0; n];
        transition_row(&per_day, n, days, from, &mut row);
        // Staying comes last, so that leaving means a small u, as with one jump.
        let stays = std::mem::replace(&mut row[from], 0.0);
        let leaves = 1.0 - stays;
        if u >= leaves { from } else { pick(&row, u).unwrap_or(from) }
    }
}

/// The place where the running sum of shares passes `u`.
fn pick(shares: &[f64], u: f64) -> Option<usize> {
    let mut sum = 0.0;
    let mut last = None;
    for (at, share) in shares.iter().enumerate().filter(|(_, s)| **s > 0.0) {
        sum += share;
        last = Some(at);
        if u < sum {
            break;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three states: from 0 to 1 and to 2, from 1 to 0.
    fn chain() -> (Chain, ChainState) {
        let rate = |(from, to)| Rate { from, to, per_year: Node(0) };
        let chain = Chain {
            id: "mood".into(),
            states: 3,
            initial: vec![Node(0), Node(1), Node(2)],
            days_already: Node(3),
            rates: [(0, 1), (0, 2), (1, 0)].map(rate).to_vec(),
            flags: vec![],
            days: Node(4),
            negative_rate: 0,
        };
        let mut state = chain.state(1);
        state.rates.copy_from_slice(&[[2.0; LANES], [6.0; LANES], [3.0; LANES]]);
        (chain, state)
    }

    #[test]
    fn a_share_is_picked_where_the_running_sum_passes() {
        let shares = [0.25, 0.0, 0.5, 0.25];
        for (u, place) in [(0.0, 0), (0.2, 0), (0.25, 2), (0.7, 2), (0.75, 3), (0.999, 3), (1.5, 3)] {
            assert_eq!(pick(&shares, u), Some(place), "{u}");
        }
        assert_eq!(pick(&[0.0, 0.0], 0.5), None);
    }

    #[test]
    fn one_jump_leaves_with_its_probability_and_goes_by_the_rates() {
        let (chain, state) = chain();
        let years = 0.01;
        let leaves = 1.0 - exp(-0.08);
        let to = |u| chain.one_jump(0, 8.0, &state.rates, 5, years, u);
        for (share, place) in [(0.0, 1), (0.24, 1), (0.26, 2), (0.99, 2), (1.01, 0), (5.0, 0)] {
            assert_eq!(to(share * leaves), place, "{share} of the probability to leave");
        }
        assert_eq!(to(leaves), 0);
        assert_eq!(chain.one_jump(1, 3.0, &state.rates, 5, years, 0.02), 0);
        assert_eq!(chain.one_jump(2, 0.0, &state.rates, 5, years, 0.0), 2);
    }

    #[test]
    fn many_jumps_go_by_the_matrix_exponential() {
        let (chain, mut state) = chain();
        // Between 0 and 1 alone: P(in 1 after t) = 2/(2 + 3)·(1 − e^(−5t)).
        state.rates[1] = [0.0; LANES];
        let days = 0.3 * DAYS_PER_YEAR;
        let moved = 0.4 * (1.0 - exp(-1.5));
        let to = |u| chain.many_jumps(0, &state.rates, 5, days, u);
        assert_eq!([to(0.0), to(moved - 1e-9), to(moved + 1e-9), to(0.999)], [1, 1, 0, 0]);
        let back = 0.6 * (1.0 - exp(-1.5));
        let from_1 = |u| chain.many_jumps(1, &state.rates, 5, days, u);
        assert_eq!([from_1(back - 1e-9), from_1(back + 1e-9)], [0, 1]);
    }

    #[test]
    fn lanes_that_cannot_leave_are_passed_by_and_those_in_a_hurry_are_known() {
        let (chain, mut state) = chain();
        for lane in 0..LANES {
            state.state[lane] = (lane % 3) as u8;
            // Twice as fast in the upper half.
            for row in state.rates.iter_mut() {
                row[lane] *= if lane < 32 { 1.0 } else { 2.0 };
            }
        }
        // Above the bound of what leaves 0 (8·0.01 and 16·0.01) in the lanes of odd thirds, far above for 1.
        let uniforms: Row = std::array::from_fn(|lane| if lane % 2 == 0 { 0.05 } else { 0.1 });
        let (leaving, hurried) = chain.may_leave(&mut state, 0.01, &uniforms);
        for lane in 0..LANES {
            let pace = if lane < 32 { 1.0 } else { 2.0 };
            let bound = [8.0, 3.0, 0.0][lane % 3] * pace * 0.01;
            assert_eq!(leaving >> lane & 1 == 1, uniforms[lane] < bound, "lane {lane}");
            assert_eq!(hurried >> lane & 1 == 1, 8.0 * pace * 0.01 > ONE_JUMP_LIMIT, "lane {lane}");
        }
        assert_eq!([state.totals[0][3], state.totals[1][40], state.totals[2][0]], [8.0, 6.0, 0.0]);
    }

    #[test]
    fn a_start_whose_probabilities_do_not_sum_to_one_is_told() {
        let (chain, mut state) = chain();
        let mut rows = vec![[0.5; LANES], [0.25; LANES], [0.25; LANES], [7.0; LANES]];
        rows[2][9] = 0.26;
        rows[2][11] = 0.24;
        let wrong = chain.begin(&mut state, &rows, 0);
        let lanes: Vec<usize> = wrong.iter().map(|(lane, _)| *lane).collect();
        assert_eq!(lanes, [9, 11]);
        assert!((wrong[0].1 - 1.01).abs() <= 1e-12 && (wrong[1].1 - 0.99).abs() <= 1e-12, "{wrong:?}");
        assert_eq!(state.days, [7.0; LANES]);
    }

    fn problems(keys: &str) -> String {
        let text = format!("schema = 1\nstart = 2024-01-01\nend = 2024-01-04\n[states.c]\n{keys}");
        crate::model::scenario::Scenario::parse("chain.toml", &text).unwrap().check().to_string()
    }

    #[test]
    fn a_chain_has_no_more_states_than_a_byte_can_tell_apart() {
        let is_told = |states: usize| {
            let rates: String = (1..states).map(|to| format!("rates.s0.s{to} = 1\n")).collect();
            problems(&format!("initial = \"s0\"\n{rates}")).contains("at most 255 states")
        };
        assert_eq!([2, 255, 256, 300].map(is_told), [false, false, true, true]);
    }

    #[test]
    fn no_probabilities_sum_to_0() {
        assert!(problems("initial = {}\nrates.a.b = 1\n").contains("they sum to 0"));
    }
}
