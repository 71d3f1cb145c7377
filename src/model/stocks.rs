//! Stocks: levels that grow, change, jump and fluctuate.
//!
//! X ← X·exp((g − σ²/2)h + σ√h·z) + c·h + jump with h in years, then held to min..max. A stock that
//! may be negative moves X ← X·e^(gh) + c·h + σ√h·z + jump, with σ in its own unit.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::compiler::Compiler;
use super::record::{Mask, lanes, mask};
use super::signals::{Definition, Kind};
use super::tick::Tick;
use crate::calendar::DAYS_PER_YEAR;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::expression::{Expression, Term};
use crate::lang::keys::{Domain, Key, Takes};
use crate::lang::quantity::{Numeric, NumericValue};
use crate::lang::reader::{Section, Spanned};
use crate::lang::source::Span;
use crate::vm::graph::{Node, Rhythm};
use crate::vm::isa::Isa;
use crate::vm::math::{exp, inverse_normal_row};
use crate::vm::random::Stream;
use crate::vm::{LANES, Row};

pub const KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words"),
    Key::optional("unit", Takes::Text, "the unit of its numbers").such_as("\"people\"").left_out("none"),
    Key::once("initial", Domain::Any, "2500", "the level at the start").must(),
    Key::step("growth_per_year", "\"0.3 - attrition\"", "exponential rate of growth a year")
        .left_out("0"),
    Key::step("change_per_year", "\"-50\"", "absolute change a year").left_out("0"),
    Key::step("jump", "\"0.7 * breakouts.attacks\"", "added at once at each step, not scaled by time")
        .left_out("0"),
    Key::once("volatility", Domain::NotNegative, "0.2", "standard deviation over a year: of the logarithm, or in its own unit where `min` is negative or left out")
        .left_out("0"),
    Key::once("min", Domain::Any, "0", "the least it can be; from 0 on it moves by factors, below 0 by amounts").left_out("no limit, and it moves by amounts"),
    Key::once("max", Domain::Any, "30_000", "the most it can be").left_out("no limit"),
];

/// A stock as declared.
#[derive(Clone, Debug)]
pub struct Declared {
    pub id: Spanned<String>,
    pub label: String,
    unit: String,
    initial: Option<Numeric>,
    growth: Option<Numeric>,
    change: Option<Numeric>,
    jump: Option<Numeric>,
    volatility: Option<Numeric>,
    min: Option<Numeric>,
    max: Option<Numeric>,
}

/// A compiled stock.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stock {
    pub id: String,
    /// It may be negative: σ is in its own unit.
    pub additive: bool,
    initial: Node,
    growth: Node,
    change: Node,
    jump: Node,
    volatility: Option<Node>,
    min: Option<Node>,
    max: Option<Node>,
    level: Node,
    clamp: usize,
}

/// What a stock remembers, for the replicates of a block.
#[derive(Clone, Debug)]
pub struct StockState {
    level: Row,
    draw: Stream,
}

/// Reads `[stocks]`.
pub fn read(root: &Section<'_>) -> Vec<Declared> {
    let each = root.children("stocks", KEYS).into_iter().map(|(id, s)| Declared {
        label: s.label(&id.value),
        unit: s.text("unit").map_or_else(String::new, |t| t.value),
        initial: s.number("initial"),
        growth: s.number("growth_per_year"),
        change: s.number("change_per_year"),
        jump: s.number("jump"),
        volatility: s.number("volatility"),
        min: s.number("min"),
        max: s.number("max"),
        id,
    });
    each.collect()
}

/// Declares the stock's level as a signal.
pub fn declare(compiler: &mut Compiler<'_>, declared: &Declared) -> Node {
    let node = compiler.graph.input(Rhythm::Step);
    let name = declared.id.value.clone();
    compiler.signals.declare(name, Kind::Level, &declared.unit, Definition::Published(node));
    node
}

/// Compiles the rates, now that every signal is declared.
pub fn finish(compiler: &mut Compiler<'_>, declared: Declared, level: Node) -> Stock {
    let id = declared.id.value.clone();
    let path = |key: &str| format!("stocks.{id}.{key}");
    let mut once = |key: &str, numeric: &Option<Numeric>, domain| {
        numeric.as_ref().map(|n| compiler.once(&path(key), n, domain))
    };
    let initial = once("initial", &declared.initial, Domain::Any);
    let volatility = once("volatility", &declared.volatility, Domain::NotNegative);
    let (min, max) = (once("min", &declared.min, Domain::Any), once("max", &declared.max, Domain::Any));
    let additive = is_additive(compiler, &declared);
    check_limits(compiler, &declared);
    if let Some(jump) = &declared.jump {
        check_jump(compiler, jump);
    }
    Stock {
        additive,
        initial: initial.unwrap_or_else(|| compiler.graph.constant(0.0)),
        growth: compiler.each_step_or(&path("growth_per_year"), declared.growth.as_ref(), 0.0),
        change: compiler.each_step_or(&path("change_per_year"), declared.change.as_ref(), 0.0),
        jump: compiler.each_step_or(&path("jump"), declared.jump.as_ref(), 0.0),
        volatility,
        min,
        max,
        level,
        clamp: compiler.clamp(format!("{id} held to its limits")),
        id,
    }
}

/// Whether it may be negative; a `min` that may be either is an error.
fn is_additive(compiler: &Compiler<'_>, declared: &Declared) -> bool {
    let Some(min) = &declared.min else { return true };
    let (low, high) = compiler.support(min).unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    if low < 0.0 && high >= 0.0 {
        compiler.problem(
            Diagnostic::error(min.span, "`min` must be known to be negative or not")
                .hint("from 0 on the stock moves by factors, below it by amounts: write a number"),
        );
    }
    low < 0.0
}

/// Limits that are numbers must leave room, and the level at the start must lie within them.
fn check_limits(compiler: &Compiler<'_>, declared: &Declared) {
    let fixed = |n: &Option<Numeric>| match n.as_ref().map(|n| (&n.value, n.span)) {
        Some((NumericValue::Quantity(q), span)) => q.constant().map(|x| (x, span)),
        _ => None,
    };
    let [initial, min, max] = [&declared.initial, &declared.min, &declared.max].map(fixed);
    if let (Some((low, min)), Some((high, max))) = (min, max)
        && low >= high
    {
        let error = Diagnostic::error(max, "`max` must be above `min`");
        return compiler.problem(error.related(min, "its `min`"));
    }
    let outside = |limit: Option<(f64, Span)>, word: &str, side: std::cmp::Ordering| {
        if let (Some((level, place)), Some((limit, span))) = (initial, limit)
            && level.partial_cmp(&limit) == Some(side)
        {
            let error = Diagnostic::error(place, format!("the stock begins {word}"));
            compiler.problem(error.related(span, "its limit"));
        }
    };
    outside(min, "below its `min`", std::cmp::Ordering::Less);
    outside(max, "above its `max`", std::cmp::Ordering::Greater);
}

/// A jump is added in full at every step: without a count or an onset in it, it would depend on the step.
fn check_jump(compiler: &Compiler<'_>, jump: &Numeric) {
    let timely = match &jump.value {
        NumericValue::Expression(e, _) => holds_event(compiler, e),
        NumericValue::Quantity(q) => q.constant() == Some(0.0),
    };
    if !timely {
        compiler.problem(
            Diagnostic::error(jump.span, "this jump would be added at every step")
                .label("no count and no onset in it")
                .hint("multiply by a count such as raids.attacks, or by a shock's onset such as war.started")
                .hint("a steady flow is change_per_year"),
        );
    }
}

/// Whether a count or an onset is added up in it, as itself or in what it reads now.
fn holds_event(compiler: &Compiler<'_>, e: &Expression) -> bool {
    let mut seen = BTreeSet::new();
    let mut unread = vec![e.clone()];
    while let Some(expression) = unread.pop() {
        let mut names = Vec::new();
        names_read_now(&expression, &mut names);
        for name in names {
            match compiler.signals.get(name) {
                None if name == "years" => {}
                // An unknown name is an error of its own.
                None => return true,
                Some(signal) if signal.kind.per_step() => return true,
                Some(signal) => match signal.definition {
                    Definition::Formula(index) if seen.insert(index) => {
                        unread.extend(compiler.formula_expression(index));
                    }
                    _ => {}
                },
            }
        }
    }
    false
}

/// Names outside windows: a window of a count is a level.
fn names_read_now<'e>(e: &'e Expression, found: &mut Vec<&'e str>) {
    match &e.term {
        Term::Name(name) => found.push(name),
        Term::Not(x) | Term::Negate(x) => names_read_now(x, found),
        Term::Binary(_, a, b) => {
            names_read_now(a, found);
            names_read_now(b, found);
        }
        Term::Call { function, .. } if function.meaning.looks_back() => {}
        Term::Call { arguments, .. } => arguments.iter().for_each(|a| names_read_now(a, found)),
        Term::Number(_) | Term::Date(_) => {}
    }
}

impl Stock {
    /// A fresh memory with its random stream.
    pub fn state(&self, seed: u64) -> StockState {
        let draw = Stream::new(seed, &format!("{}/noise", self.id));
        StockState { level: [0.0; LANES], draw }
    }

    /// The level at the start, held to its limits.
    pub fn begin(&self, state: &mut StockState, rows: &[Row]) {
        state.level = rows[self.initial.index()];
        self.hold(&mut state.level, rows, Isa::BASELINE);
    }

    /// Writes the level.
    pub fn publish(&self, state: &StockState, board: &mut Board<'_>) {
        board.put(self.level, &state.level);
    }

    /// Moves the level by a step.
    pub fn advance(&self, state: &mut StockState, tick: &mut Tick<'_>) {
        let mut z = [0.0; LANES];
        let zero = [0.0; LANES];
        let volatility = self.volatility.map_or(&zero, |v| tick.row(v));
        if self.volatility.is_some() {
            let mut uniforms = [0.0; LANES];
            let (draw, first, day) = (&mut state.draw, tick.first, tick.day);
            tick.isa.run(
                #[inline(always)]
                || {
                    draw.uniforms(first, day, 0, &mut uniforms);
                    inverse_normal_row(&uniforms, &mut z);
                },
            );
        }
        let (growth, change, jump) = (tick.row(self.growth), tick.row(self.change), tick.row(self.jump));
        let h = tick.step_days() / DAYS_PER_YEAR;
        let root = h.sqrt();
        let (additive, level) = (self.additive, &mut state.level);
        tick.isa.run(
            #[inline(always)]
            || {
                (0..LANES).for_each(|lane| z[lane] *= volatility[lane] * root);
                if additive {
                    (0..LANES).for_each(|lane| level[lane] = level[lane] * exp(growth[lane] * h) + z[lane]);
                } else {
                    for lane in 0..LANES {
                        let s = volatility[lane];
                        level[lane] *= exp((growth[lane] - 0.5 * s * s) * h + z[lane]);
                    }
                }
                (0..LANES).for_each(|lane| level[lane] = level[lane] + change[lane] * h + jump[lane]);
            },
        );
        let held = self.hold(&mut state.level, tick.rows, tick.isa);
        tick.count_clamped(self.clamp, held);
        tick.demand_numbers(&state.level, || self.id.clone(), "it grew beyond every number");
    }

    /// Holds the level to its limits; the lanes in which that changed it.
    fn hold(&self, level: &mut Row, rows: &[Row], isa: Isa) -> Mask {
        let mut held = 0;
        for (node, sign) in [(self.min, 1.0), (self.max, -1.0)] {
            let Some(bound) = node.map(|node| &rows[node.index()]) else { continue };
            let beyond = isa.run(
                #[inline(always)]
                || mask(|lane| sign * level[lane] < sign * bound[lane]),
            );
            lanes(beyond).for_each(|lane| level[lane] = bound[lane]);
            held |= beyond;
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use crate::model::scenario::Scenario;

    #[test]
    fn a_jump_that_reads_a_circle_is_told_of_once() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-04\n[variables]\na = \"b + 1\"\nb = \"a\"\n\
            [stocks.s]\ninitial = 1\njump = \"a\"\n";
        let told = Scenario::parse("circle.toml", text).unwrap().compile().unwrap_err().to_string();
        assert_eq!(told.matches("this jump would be added at every step").count(), 1, "{told}");
    }

    #[test]
    fn a_jump_must_hold_a_count_or_an_onset_of_now() {
        let is_timely = |jump: &str| {
            let text = format!(
                "schema = 1\nstart = 2024-01-01\nend = 2024-01-04\n[attacks.a]\nper_month = 3\n[shocks.w]\nper_year = 1\n\
                 [variables]\ntold = \"2 * again\"\nagain = \"a.attacks\"\nlate = \"sum(a.attacks, 30)\"\nflat = \"s + 1\"\n\
                 [stocks.s]\ninitial = 1\njump = {jump}\n"
            );
            Scenario::parse("jump.toml", &text).unwrap().compile().is_ok()
        };
        for jump in ["0", "\"2 * a.attacks\"", "\"w.started\"", "\"flat * told\"", "\"max(1, told)\""] {
            assert!(is_timely(jump), "{jump}");
        }
        for jump in ["5", "\"w\"", "\"flat\"", "\"late\"", "\"1 + sum(a.attacks, 30)\""] {
            assert!(!is_timely(jump), "{jump}");
        }
    }
}
