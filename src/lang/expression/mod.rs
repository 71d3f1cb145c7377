//! Expressions: text to a tree whose every node knows its place.
//!
//! From loosest to tightest: `or`, `and`, `not`, one comparison, `+ -`, `* /`, unary `-`, `^`
//! (to the right; `-2^2` is −4).

mod lexer;
mod parser;

use super::source::Span;
use crate::calendar::Date;

pub use parser::parse;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    pub span: Span,
    pub term: Term,
}

/// One node of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    Number(f64),
    Date(Date),
    /// A signal: `iraq.troops`.
    Name(String),
    Not(Box<Expression>),
    Negate(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Call {
        function: &'static Function,
        arguments: Vec<Expression>,
    },
}

/// What stands between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// What a function does; the compiler gives each its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    If,
    Min,
    Max,
    Abs,
    Exp,
    Ln,
    Sqrt,
    Floor,
    Round,
    Clamp,
    Logistic,
    Interp,
    Sum,
    Mean,
    Lag,
    Total,
    Days,
    Peak,
    First,
    On,
    After,
    Between,
}

/// A function of the language.
#[derive(Debug, PartialEq)]
pub struct Function {
    pub name: &'static str,
    pub meaning: Meaning,
    /// How it is written: `clamp(x, lo, hi)`.
    pub usage: &'static str,
    /// Fewest and most arguments.
    pub arguments: (usize, usize),
    pub doc: &'static str,
}

const MANY: usize = 255;

/// Every function, in the order of the reference.
pub const FUNCTIONS: &[Function] = {
    const fn f(
        name: &'static str,
        meaning: Meaning,
        usage: &'static str,
        arguments: (usize, usize),
        doc: &'static str,
    ) -> Function {
        Function { name, meaning, usage, arguments, doc }
    }
    &[
        f(
            "if",
            Meaning::If,
            "if(c, a, b)",
            (3, 3),
            "a where c is true (not 0), else b; the other is ignored",
        ),
        f("min", Meaning::Min, "min(a, b, …)", (2, MANY), "the smallest"),
        f("max", Meaning::Max, "max(a, b, …)", (2, MANY), "the largest"),
        f("abs", Meaning::Abs, "abs(x)", (1, 1), "the size of x without its sign"),
        f("exp", Meaning::Exp, "exp(x)", (1, 1), "e to the power x"),
        f("ln", Meaning::Ln, "ln(x)", (1, 1), "the natural logarithm"),
        f("sqrt", Meaning::Sqrt, "sqrt(x)", (1, 1), "the square root"),
        f("floor", Meaning::Floor, "floor(x)", (1, 1), "the whole number at or below x"),
        f("round", Meaning::Round, "round(x)", (1, 1), "the nearest whole number, halves up"),
        f("clamp", Meaning::Clamp, "clamp(x, lo, hi)", (3, 3), "x held between lo and hi"),
        f("logistic", Meaning::Logistic, "logistic(x)", (1, 1), "1 / (1 + exp(-x))"),
        f(
            "interp",
            Meaning::Interp,
            "interp(x, x1, y1, x2, y2, …)",
            (5, MANY),
            "straight lines through the points, end values held",
        ),
        f("sum", Meaning::Sum, "sum(x, days)", (2, 2), "how many in the last days, for counts"),
        f(
            "mean",
            Meaning::Mean,
            "mean(x, days)",
            (2, 2),
            "the mean over the last days, for levels; the share of them, for flags",
        ),
        f("lag", Meaning::Lag, "lag(x, days)", (2, 2), "the value days ago, for levels"),
        f("total", Meaning::Total, "total(x)", (1, 1), "how many since the start, for counts"),
        f("days", Meaning::Days, "days(flag)", (1, 1), "days since the start on which it was true"),
        f("peak", Meaning::Peak, "peak(x)", (1, 1), "the highest value so far, for levels"),
        f("first", Meaning::First, "first(x)", (1, 1), "the value at the start"),
        f("on", Meaning::On, "on(2025-01-20)", (1, 1), "true in the step that holds the date"),
        f("after", Meaning::After, "after(2025-01-20)", (1, 1), "true from the date on"),
        f(
            "between",
            Meaning::Between,
            "between(2025-01-20, 2025-03-01)",
            (2, 2),
            "true from the first date until the day before the second",
        ),
    ]
};

/// Words that stand for themselves and cannot be names.
pub const WORDS: &[&str] = &["and", "or", "not", "years", "troops", "home"];

/// The function of a name.
pub fn function(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

impl Meaning {
    /// Whether it looks at rows before this one.
    pub fn looks_back(self) -> bool {
        use Meaning::{Days, First, Lag, Mean, Peak, Sum, Total};
        matches!(self, Sum | Mean | Lag | Total | Days | Peak | First)
    }

    /// Whether its arguments are dates.
    pub fn takes_dates(self) -> bool {
        matches!(self, Meaning::On | Meaning::After | Meaning::Between)
    }
}

impl Expression {
    /// The same expression with every part of it at `span`.
    pub fn placed(self, span: Span) -> Self {
        let inside = |e: Box<Expression>| Box::new(e.placed(span));
        let term = match self.term {
            Term::Not(x) => Term::Not(inside(x)),
            Term::Negate(x) => Term::Negate(inside(x)),
            Term::Binary(operator, a, b) => Term::Binary(operator, inside(a), inside(b)),
            Term::Call { function, arguments } => {
                Term::Call { function, arguments: arguments.into_iter().map(|a| a.placed(span)).collect() }
            }
            leaf => leaf,
        };
        Self { span, term }
    }

    /// Calls `visit` for every name in it, with its place.
    pub fn names<'a>(&'a self, visit: &mut dyn FnMut(&'a str, Span)) {
        match &self.term {
            Term::Name(name) => visit(name, self.span),
            Term::Not(x) | Term::Negate(x) => x.names(visit),
            Term::Binary(_, a, b) => {
                a.names(visit);
                b.names(visit);
            }
            Term::Call { arguments, .. } => arguments.iter().for_each(|a| a.names(visit)),
            Term::Number(_) | Term::Date(_) => {}
        }
    }
}
