//! Expressions to nodes: names to signals, functions to operations, and what kind of number comes out.

use super::compiler::Compiler;
use super::signals::{Definition, Kind};
use crate::lang::diagnostic::{Diagnostic, nearest};
use crate::lang::expression::{Expression, Function, Meaning, Operator, Term};
use crate::lang::quantity::{Numeric, NumericValue};
use crate::lang::source::Span;
use crate::vm::graph::{Node, Rhythm, Time};
use crate::vm::op::{Binary, Unary};
use crate::vm::window::Window;

/// Which rows an expression is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Row 0 before counts are known: counts are expectations and windows are row 0 itself.
    Start,
    /// Any row.
    Step,
}

/// A formula with a name, compiled when first read.
#[derive(Clone, Debug)]
pub struct Formula {
    /// Its signal.
    pub name: String,
    /// Where it stands: `variables.pressure`.
    pub path: String,
    pub meaning: Source,
    /// For [`Phase::Start`] and [`Phase::Step`].
    pub state: [State; 2],
}

/// What a formula is made of.
#[derive(Clone, Debug)]
pub enum Source {
    /// A key of the scenario.
    Numeric(Numeric),
    /// The intensity of an attack process.
    Rate(usize),
}

/// How far a formula is compiled.
#[derive(Clone, Debug, Default)]
pub enum State {
    #[default]
    Untouched,
    /// Being compiled: met again, it is a cycle.
    Open,
    Done(Option<(Node, Kind)>),
}

type Compiled = Option<(Node, Kind)>;

/// Deeper chains are refused, so that no scenario can exhaust the stack.
const DEEPEST: usize = 500;

impl Compiler<'_> {
    /// Declares a formula as a signal.
    pub fn declare_formula(&mut self, name: &str, path: &str, unit: &str, meaning: Source) {
        let formula =
            Formula { name: name.to_owned(), path: path.to_owned(), meaning, state: Default::default() };
        self.formulas.push(formula);
        self.signals.declare_formula(name.to_owned(), unit, self.formulas.len() - 1);
    }

    /// The node and kind of an expression; mistakes are noted, all of them.
    pub fn expression(&mut self, e: &Expression, phase: Phase) -> Compiled {
        if self.depth >= DEEPEST {
            let error = Diagnostic::error(e.span, "too many expressions read one another in a row");
            self.problem(error.hint(format!("at most {DEEPEST} deep, parts of expressions included")));
            return None;
        }
        self.depth += 1;
        let compiled = self.term(e, phase);
        self.depth -= 1;
        let (node, kind) = compiled?;
        self.origins.entry(node).or_insert(e.span);
        Some((node, kind))
    }

    fn term(&mut self, e: &Expression, phase: Phase) -> Compiled {
        match &e.term {
            Term::Number(x) => Some((self.graph.constant(*x), Kind::Level)),
            Term::Date(_) => {
                self.problem(
                    Diagnostic::error(e.span, "a date stands only inside on, after and between")
                        .hint("write after(2025-01-20)"),
                );
                None
            }
            Term::Name(name) => self.name(name, e.span, phase),
            Term::Not(x) => {
                let (node, _) = self.expression(x, phase)?;
                Some((self.graph.unary(Unary::Not, node), Kind::Flag))
            }
            Term::Negate(x) => {
                let (node, kind) = self.expression(x, phase)?;
                Some((self.graph.unary(Unary::Negate, node), combine(&[kind])))
            }
            Term::Binary(..) => self.chain(e, phase),
            Term::Call { function, arguments } => self.call(function, arguments, e.span, phase),
        }
    }

    /// A row of operators, as in `a + b + c`: it nests to the left however long it is, so it is taken
    /// from the left without recursion.
    fn chain(&mut self, e: &Expression, phase: Phase) -> Compiled {
        let mut rest = Vec::new();
        let mut left = e;
        while let Term::Binary(operator, a, b) = &left.term {
            rest.push((*operator, &**b, left.span));
            left = a;
        }
        let mut value = self.expression(left, phase);
        for (operator, right, span) in rest.into_iter().rev() {
            let right = self.expression(right, phase);
            value = match (value, right) {
                (Some(a), Some(b)) => Some(self.binary(operator, a, b)),
                _ => None,
            };
            if let Some((node, _)) = value {
                self.origins.entry(node).or_insert(span);
            }
        }
        value
    }

    fn binary(&mut self, operator: Operator, (a, ka): (Node, Kind), (b, kb): (Node, Kind)) -> (Node, Kind) {
        let (op, swap) = match operator {
            Operator::Or => (Binary::Or, false),
            Operator::And => (Binary::And, false),
            Operator::Less => (Binary::Less, false),
            Operator::Greater => (Binary::Less, true),
            Operator::LessOrEqual => (Binary::LessOrEqual, false),
            Operator::GreaterOrEqual => (Binary::LessOrEqual, true),
            Operator::Equal | Operator::NotEqual => (Binary::Equal, false),
            Operator::Add => (Binary::Add, false),
            Operator::Subtract => (Binary::Subtract, false),
            Operator::Multiply => (Binary::Multiply, false),
            Operator::Divide => (Binary::Divide, false),
            Operator::Power => (Binary::Power, false),
        };
        let arithmetic =
            matches!(op, Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Power);
        let node = if swap { self.graph.binary(op, b, a) } else { self.graph.binary(op, a, b) };
        let node = if operator == Operator::NotEqual { self.graph.unary(Unary::Not, node) } else { node };
        (node, if arithmetic { combine(&[ka, kb]) } else { Kind::Flag })
    }

    /// The signal of a name.
    pub fn name(&mut self, name: &str, span: Span, phase: Phase) -> Compiled {
        if name == "years" {
            return Some((self.graph.time(Time::Years), Kind::Level));
        }
        let Some(signal) = self.signals.get(name) else {
            self.unknown_name(name, span);
            return None;
        };
        let kind = signal.kind;
        match (signal.definition.clone(), phase) {
            (Definition::Published(node), _) | (Definition::Counted(node, _), Phase::Step) => {
                Some((node, kind))
            }
            (Definition::Counted(_, expected), Phase::Start) => {
                Some((super::attacks::expected(self, expected, span)?, kind))
            }
            (Definition::Formula(formula), _) => self.formula(formula, span, phase),
        }
    }

    /// Compiles a named formula once for each phase; a cycle is an error that prints its path.
    pub fn formula(&mut self, index: usize, from: Span, phase: Phase) -> Compiled {
        match self.formulas[index].state[phase as usize] {
            State::Done(compiled) => return compiled,
            State::Open => {
                self.refuse_cycle(index, from);
                return None;
            }
            State::Untouched => {}
        }
        self.formulas[index].state[phase as usize] = State::Open;
        self.open.push(index);
        let path = self.formulas[index].path.clone();
        let compiled = match self.formulas[index].meaning.clone() {
            Source::Numeric(numeric) => self.numeric(&path, &numeric, phase),
            Source::Rate(process) => super::attacks::rate(self, process, phase),
        };
        self.open.pop();
        self.formulas[index].state[phase as usize] = State::Done(compiled);
        compiled
    }

    /// The expression of a formula that is one.
    pub fn formula_expression(&self, index: usize) -> Option<Expression> {
        match &self.formulas[index].meaning {
            Source::Numeric(Numeric { value: NumericValue::Expression(e, _), .. }) => Some(e.clone()),
            _ => None,
        }
    }

    fn refuse_cycle(&self, index: usize, from: Span) {
        let begin = self.open.iter().position(|i| *i == index).unwrap_or(0);
        let cycle = self.open[begin..].iter().chain([&index]);
        let names: Vec<&str> = cycle.map(|i| self.formulas[*i].name.as_str()).collect();
        self.problem(
            Diagnostic::error(from, format!("`{}` depends on itself", self.formulas[index].name))
                .label(names.join(" → "))
                .hint("what remembers its own past is a stock, or a state"),
        );
    }

    fn unknown_name(&self, name: &str, span: Span) {
        let error = Diagnostic::error(span, format!("there is no signal `{name}`"));
        let known: Vec<&str> = self.signals.names().chain(["years"]).collect();
        let children: Vec<&str> =
            known.iter().copied().filter(|k| k.starts_with(&format!("{name}."))).collect();
        if children.is_empty() {
            let parent = name.rsplit_once('.').map(|(parent, _)| format!("{parent}."));
            let siblings: Vec<&str> = parent
                .map(|p| known.iter().copied().filter(|k| k.starts_with(&p)).take(12).collect())
                .unwrap_or_default();
            let error = error.suggest(name, known.iter().copied());
            let missed = nearest(name, known.iter().copied()).is_none();
            let error = match siblings.as_slice() {
                [] if missed => error.hint("`check -v` on a scenario without mistakes lists every signal"),
                [] => error,
                some => error.hint(format!("legal: {}", some.join(", "))),
            };
            self.reader.missing(name, error);
        } else {
            self.reader.missing(name, error.hint(format!("legal: {}", children.join(", "))));
        }
    }

    fn call(
        &mut self,
        function: &'static Function,
        arguments: &[Expression],
        span: Span,
        phase: Phase,
    ) -> Compiled {
        if function.meaning.takes_dates() {
            return self.dates(function, arguments);
        }
        if function.meaning.looks_back() {
            return self.window(function, arguments, phase);
        }
        // All arguments first, so that every mistake in them is found.
        let compiled: Vec<Compiled> = arguments.iter().map(|a| self.expression(a, phase)).collect();
        let compiled: Vec<(Node, Kind)> = compiled.into_iter().collect::<Option<_>>()?;
        let nodes: Vec<Node> = compiled.iter().map(|c| c.0).collect();
        let kinds: Vec<Kind> = compiled.iter().map(|c| c.1).collect();
        let unary = |op: Unary, this: &mut Self| this.graph.unary(op, nodes[0]);
        let node = match function.meaning {
            Meaning::If => {
                let node = self.graph.select(nodes[0], nodes[1], nodes[2]);
                let kind = match kinds[1..] {
                    [Kind::Flag, Kind::Flag] => Kind::Flag,
                    _ => combine(&kinds[1..]),
                };
                return Some((node, kind));
            }
            Meaning::Min => nodes[1..].iter().fold(nodes[0], |a, b| self.graph.binary(Binary::Min, a, *b)),
            Meaning::Max => nodes[1..].iter().fold(nodes[0], |a, b| self.graph.binary(Binary::Max, a, *b)),
            Meaning::Clamp => {
                let raised = self.graph.binary(Binary::Max, nodes[0], nodes[1]);
                self.graph.binary(Binary::Min, raised, nodes[2])
            }
            Meaning::Abs => unary(Unary::Abs, self),
            Meaning::Exp => unary(Unary::Exp, self),
            Meaning::Ln => unary(Unary::Ln, self),
            Meaning::Sqrt => unary(Unary::Sqrt, self),
            Meaning::Floor => unary(Unary::Floor, self),
            Meaning::Round => unary(Unary::Round, self),
            Meaning::Logistic => unary(Unary::Logistic, self),
            Meaning::Interp => self.interp(&nodes, arguments, span)?,
            _ => unreachable!("windows and dates were taken above"),
        };
        Some((node, combine(&kinds)))
    }

    /// Straight lines through points; end values held.
    fn interp(&mut self, nodes: &[Node], arguments: &[Expression], span: Span) -> Option<Node> {
        let points: Vec<(Node, Node)> = nodes[1..].chunks_exact(2).map(|p| (p[0], p[1])).collect();
        let mut xs = Vec::new();
        for ((x, _), argument) in points.iter().zip(arguments[1..].iter().step_by(2)) {
            match self.graph.value(*x) {
                Some(value) => xs.push(value),
                None => {
                    self.problem(Diagnostic::error(argument.span, "the x of a point must be a number"));
                    return None;
                }
            }
        }
        if xs.windows(2).any(|w| w[0] >= w[1]) {
            let error = Diagnostic::error(span, "the x of the points must rise");
            self.problem(error.hint("write interp(x, 0, 1, 10, 5): 1 at 0, 5 at 10"));
            return None;
        }
        let raised = self.graph.binary(Binary::Max, nodes[0], points[0].0);
        let x = self.graph.binary(Binary::Min, raised, points[points.len() - 1].0);
        let mut value = None;
        for (left, right) in points.iter().zip(&points[1..]).rev() {
            let run = self.graph.binary(Binary::Subtract, right.0, left.0);
            let rise = self.graph.binary(Binary::Subtract, right.1, left.1);
            let slope = self.graph.binary(Binary::Divide, rise, run);
            let past = self.graph.binary(Binary::Subtract, x, left.0);
            let climbed = self.graph.multiply(slope, past);
            let line = self.graph.add(left.1, climbed);
            value = Some(match value {
                None => line,
                Some(later) => {
                    let here = self.graph.binary(Binary::Less, x, right.0);
                    self.graph.select(here, line, later)
                }
            });
        }
        value
    }

    fn dates(&mut self, function: &'static Function, arguments: &[Expression]) -> Compiled {
        let mut days = Vec::new();
        for argument in arguments {
            match argument.term {
                Term::Date(date) => days.push(self.calendar.offset(date)),
                _ => self.problem(
                    Diagnostic::error(argument.span, format!("`{}` takes a date", function.name))
                        .hint(format!("write {}", function.usage)),
                ),
            }
        }
        let time = match (function.meaning, days.as_slice()) {
            (Meaning::On, [day]) => Time::On(*day),
            (Meaning::After, [day]) => Time::After(*day),
            (Meaning::Between, [from, until]) if from < until => Time::Between(*from, *until),
            (Meaning::Between, [_, _]) => {
                let span = arguments[0].span.to(arguments[1].span);
                self.problem(Diagnostic::error(span, "the first date must be before the second"));
                return None;
            }
            _ => return None,
        };
        Some((self.graph.time(time), Kind::Flag))
    }

    fn window(&mut self, function: &'static Function, arguments: &[Expression], phase: Phase) -> Compiled {
        let of = self.expression(&arguments[0], phase);
        let days = match arguments.get(1) {
            Some(argument) => Some(self.window_days(function, argument, phase)?),
            None => None,
        };
        let (x, kind) = of?;
        self.check_window(function, kind, &arguments[0])?;
        let result = match function.meaning {
            Meaning::Lag | Meaning::First | Meaning::Peak => kind,
            _ => Kind::Level,
        };
        if phase == Phase::Start {
            return Some((self.window_at_start(function.meaning, x, days), result));
        }
        let bits = days.unwrap_or(0.0).to_bits();
        let window = match function.meaning {
            Meaning::Sum => Window::Sum(bits),
            Meaning::Mean => Window::Mean(bits),
            Meaning::Lag => Window::Lag(bits),
            Meaning::Total => Window::Total,
            Meaning::Days => Window::Days,
            Meaning::Peak => Window::Peak,
            _ => Window::First,
        };
        // The past of what never changes is what it is now; only sums over time still grow.
        let constant = self.graph.rhythm(x) == Rhythm::Once;
        let steady = matches!(window, Window::Mean(_) | Window::Lag(_) | Window::Peak | Window::First);
        Some((if constant && steady { x } else { self.graph.window(window, x) }, result))
    }

    /// Row 0 of a window: before the start every row equals row 0.
    fn window_at_start(&mut self, meaning: Meaning, x: Node, days: Option<f64>) -> Node {
        match meaning {
            Meaning::Sum => {
                let rows = days.unwrap_or(0.0) / f64::from(self.calendar.step_days());
                let rows = self.graph.constant(rows);
                self.graph.multiply(x, rows)
            }
            Meaning::Total | Meaning::Days => self.graph.constant(0.0),
            _ => x,
        }
    }

    fn window_days(&mut self, function: &Function, argument: &Expression, phase: Phase) -> Option<f64> {
        let (node, _) = self.expression(argument, phase)?;
        let span = f64::from(self.calendar.days_at(self.calendar.steps()));
        match self.graph.value(node) {
            Some(days) if days > 0.0 && days <= 100.0 * span.max(365.0) => Some(days),
            Some(days) => {
                let error = Diagnostic::error(argument.span, format!("a window cannot be {days} days long"));
                self.problem(error.hint(format!("write {}, days above 0", function.usage)));
                None
            }
            None => {
                let error =
                    Diagnostic::error(argument.span, "the length of a window must be a number of days");
                self.problem(error.hint("a parameter with a fixed value will do"));
                None
            }
        }
    }

    fn check_window(&self, function: &Function, kind: Kind, argument: &Expression) -> Option<()> {
        let wrong = match (function.meaning, kind) {
            (Meaning::Mean | Meaning::Lag | Meaning::Peak, Kind::Count | Kind::Event) => {
                "its value would depend on the step: take sum(x, days) first"
            }
            (Meaning::Sum | Meaning::Total, Kind::Flag) => {
                "time spent is days(flag), a share of it mean(flag, days)"
            }
            (Meaning::Sum | Meaning::Total, Kind::Level) => "for a level take mean(x, days)",
            (Meaning::Days, Kind::Count | Kind::Level) => "write a condition: days(x > 3)",
            _ => return Some(()),
        };
        let message = format!("`{}` cannot be taken of {}", function.name, kind.describe());
        let usage = format!("{}: {}", function.usage, function.doc);
        self.problem(Diagnostic::error(argument.span, message).hint(wrong).hint(usage));
        None
    }

    /// Notes why an expression that is read once is not the same throughout.
    pub fn refuse_changing(&mut self, e: &Expression, path: &str) {
        let mut found = Vec::new();
        e.names(&mut |name, span| found.push((name.to_owned(), span)));
        let hint = format!("`{path}` is read once, at the start, over parameters only");
        let mut told = false;
        for (name, span) in found {
            if self.name(&name, span, Phase::Step).is_some_and(|(n, _)| self.graph.rhythm(n) == Rhythm::Step)
            {
                told = true;
                self.problem(
                    Diagnostic::error(span, format!("`{name}` changes along the way")).hint(hint.as_str()),
                );
            }
        }
        if !told {
            let error = Diagnostic::error(e.span, "this changes along the way");
            self.problem(error.hint(hint));
        }
    }
}

/// What arithmetic on some kinds gives: anything made of counts depends on the step as they do.
fn combine(kinds: &[Kind]) -> Kind {
    if kinds.iter().any(|k| k.per_step()) { Kind::Count } else { Kind::Level }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;

    #[test]
    fn what_is_made_of_counts_is_a_count_and_what_is_a_condition_a_flag() {
        let kind = |expression: &str| {
            let text = format!(
                "schema = 1\nstart = 2024-01-01\nend = 2024-01-03\n[shocks.war]\nper_year = 1\n\
                 [attacks.a]\nper_month = 1\n[stocks.s]\ninitial = 1\n[variables]\nv = \"{expression}\"\n"
            );
            let model = Scenario::parse("kinds.toml", &text).unwrap().compile().unwrap();
            model.signal("v").unwrap().kind
        };
        for (expressions, truth) in [
            (
                &[
                    "s + 1",
                    "floor(s)",
                    "years",
                    "mean(war, 3)",
                    "sum(a.attacks, 3)",
                    "total(a.attacks)",
                    "days(war)",
                ][..],
                Kind::Level,
            ),
            (&["lag(s, 3)", "min(s, 2)", "if(war, s, war)", "abs(war)", "-war"], Kind::Level),
            (
                &["a.attacks", "first(a.attacks)", "-a.attacks", "a.attacks / s", "if(war, a.attacks, 1)"],
                Kind::Count,
            ),
            (&["max(1, war.started)", "exp(a.attacks)"], Kind::Count),
            (
                &["war", "lag(war, 3)", "peak(war)", "first(war)", "not s", "s > 1", "a.attacks < 1"],
                Kind::Flag,
            ),
            (&["if(s > 2, war, s > 1)", "after(2024-01-02)"], Kind::Flag),
        ] {
            expressions.iter().for_each(|e| assert_eq!(kind(e), truth, "{e}"));
        }
    }
}
