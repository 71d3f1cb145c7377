//! Correlations between once-per-replicate quantities: a Gaussian copula on their normal scores.

use serde::{Deserialize, Serialize};

use super::compiler::Compiler;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::keys::{Domain, Key, Number, Takes, When};
use crate::lang::quantity::{Numeric, NumericValue};
use crate::lang::reader::{Section, Spanned};
use crate::lang::source::Span;
use crate::vm::copula::cholesky;

pub const KEYS: &[Key] = &[
    Key::required("between", Takes::Texts, "paths of two or more quantities; every pair is correlated")
        .such_as("[\"parameters.reliance\", \"parameters.growth\"]"),
    Key::optional(
        "rho",
        Takes::Number(Number { when: When::Once, domain: Domain::Any, example: "0.5" }),
        "correlation of their normal scores, above -1 and below 1",
    )
    .must(),
    Key::optional("note", Takes::Text, "why they go together").left_out("nothing"),
];

/// A correlation as declared.
#[derive(Clone, Debug)]
pub struct Declared {
    id: String,
    /// `None` when it cannot be read.
    between: Option<Vec<Spanned<String>>>,
    rho: Option<Numeric>,
    span: Span,
}

/// Quantities that are drawn together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Copula {
    /// Places in the list of drawn quantities.
    pub members: Vec<usize>,
    /// Lower Cholesky factor of the correlations, row by row.
    pub factor: Vec<f64>,
}

/// Reads `[correlations]`.
pub fn read(root: &Section<'_>) -> Vec<Declared> {
    let each = root.children("correlations", KEYS).into_iter().map(|(id, s)| Declared {
        id: id.value,
        between: s.texts("between"),
        rho: s.number("rho"),
        span: s.key_span("rho"),
    });
    each.collect()
}

/// One correlated pair: places in the list of drawn quantities.
struct Pair {
    a: usize,
    b: usize,
    rho: f64,
    span: Span,
}

/// The copulas of a scenario, one for each group of quantities that hang together.
pub fn finish(compiler: &mut Compiler<'_>, declared: &[Declared]) -> Vec<Copula> {
    let pairs: Vec<Pair> = declared.iter().flat_map(|d| pairs(compiler, d)).collect();
    for (at, pair) in pairs.iter().enumerate() {
        let twice = pairs[..at]
            .iter()
            .find(|p| (p.a.min(p.b), p.a.max(p.b)) == (pair.a.min(pair.b), pair.a.max(pair.b)));
        if let Some(first) = twice {
            let names = names(compiler, pair);
            let error = Diagnostic::error(pair.span, format!("{names} are correlated twice"));
            compiler.problem(error.related(first.span, "the other"));
        }
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for pair in &pairs {
        let (joined, mut rest): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|g| g.contains(&pair.a) || g.contains(&pair.b));
        let mut group: Vec<usize> = joined.into_iter().flatten().chain([pair.a, pair.b]).collect();
        group.sort_unstable();
        group.dedup();
        rest.push(group);
        groups = rest;
    }
    groups.into_iter().filter_map(|members| copula(compiler, members, &pairs)).collect()
}

fn pairs(compiler: &Compiler<'_>, declared: &Declared) -> Vec<Pair> {
    let rho = match declared.rho.as_ref().map(|n| (&n.value, n.span)) {
        Some((NumericValue::Quantity(q), span)) => match q.constant() {
            Some(rho) if rho.abs() < 1.0 => Some((rho, span)),
            Some(rho) => {
                let error = Diagnostic::error(span, format!("a correlation cannot be {rho}"));
                compiler.problem(error.hint("above -1 and below 1"));
                None
            }
            None => refuse_rho(compiler, span),
        },
        Some((NumericValue::Expression(..), span)) => refuse_rho(compiler, span),
        None => None,
    };
    let Some(between) = &declared.between else { return Vec::new() };
    if between.len() < 2 {
        let span = between.first().map_or(declared.span, |b| b.span);
        let error = Diagnostic::error(span, "a correlation is between two quantities or more");
        compiler.problem(error.hint("write between = [\"parameters.reliance\", \"parameters.growth\"]"));
    }
    let members: Vec<Option<usize>> =
        between.iter().map(|path| member(compiler, &declared.id, path)).collect();
    let Some((rho, span)) = rho else { return Vec::new() };
    let mut found = Vec::new();
    for (i, a) in members.iter().enumerate() {
        for (b, path) in members[i + 1..].iter().zip(&between[i + 1..]) {
            match (a, b) {
                (Some(a), Some(b)) if a == b => {
                    let message = "a quantity cannot be correlated with itself";
                    compiler.problem(Diagnostic::error(path.span, message));
                }
                (Some(a), Some(b)) => found.push(Pair { a: *a, b: *b, rho, span }),
                _ => {}
            }
        }
    }
    found
}

fn refuse_rho(compiler: &Compiler<'_>, span: Span) -> Option<(f64, Span)> {
    compiler.problem(Diagnostic::error(span, "a correlation is a number").hint("write rho = 0.5"));
    None
}

/// The drawn quantity at a path, or why there is none.
fn member(compiler: &Compiler<'_>, id: &str, path: &Spanned<String>) -> Option<usize> {
    if let Some(place) = compiler.drawn.iter().position(|d| d.path == path.value) {
        return Some(place);
    }
    let known = compiler.drawn.iter().map(|d| d.path.as_str());
    let error = match compiler.ledger.iter().find(|a| a.path == path.value) {
        Some(assumption) if path.value.starts_with("shocks.") => {
            Diagnostic::error(path.span, format!("`{}` is drawn anew at each onset", path.value))
                .related(assumption.span, "here")
                .hint("only quantities drawn once a replicate can be correlated")
        }
        Some(assumption) => Diagnostic::error(path.span, format!("`{}` is fixed", path.value))
            .related(assumption.span, "here")
            .hint(format!("to fix it, take the correlation out: remove = [\"correlations.{id}\"]")),
        None if compiler.formulas.iter().any(|f| f.path == path.value) => {
            Diagnostic::error(path.span, format!("`{}` is an expression", path.value))
                .hint("correlate the quantities that it is made of")
        }
        None => Diagnostic::error(path.span, format!("there is no quantity `{}`", path.value))
            .suggest(&path.value, known)
            .hint("write its path: parameters.reliance, sites.al_asad.troops.us"),
    };
    compiler.reader.missing(&path.value, error);
    None
}

fn names(compiler: &Compiler<'_>, pair: &Pair) -> String {
    format!("`{}` and `{}`", compiler.drawn[pair.a].path, compiler.drawn[pair.b].path)
}

fn copula(compiler: &Compiler<'_>, mut members: Vec<usize>, pairs: &[Pair]) -> Option<Copula> {
    // By path: another order of declarations draws the same numbers.
    members.sort_by(|a, b| compiler.drawn[*a].path.cmp(&compiler.drawn[*b].path));
    let matrix = |replace: Option<(&Pair, f64)>| {
        let n = members.len();
        let mut matrix = vec![0.0; n * n];
        (0..n).for_each(|i| matrix[i * n + i] = 1.0);
        for pair in pairs {
            let place = |m| members.iter().position(|x| *x == m);
            let (Some(i), Some(j)) = (place(pair.a), place(pair.b)) else { continue };
            let rho = match replace {
                Some((other, rho)) if std::ptr::eq(other, pair) => rho,
                _ => pair.rho,
            };
            (matrix[i * n + j], matrix[j * n + i]) = (rho, rho);
        }
        matrix
    };
    let n = members.len();
    if let Some(factor) = cholesky(&matrix(None), n) {
        return Some(Copula { members, factor });
    }
    let group: Vec<&Pair> = pairs.iter().filter(|p| members.contains(&p.a)).collect();
    for pair in &group {
        let holds = |rho: f64| cholesky(&matrix(Some((pair, rho))), n).is_some();
        let error = Diagnostic::error(pair.span, "these correlations cannot hold together");
        let error = error.label(format!("{} = {}", names(compiler, pair), pair.rho));
        compiler.problem(match feasible(&holds) {
            Some((low, high)) => {
                error.hint(format!("with the others as they are, it must lie between {low:.2} and {high:.2}"))
            }
            None => error.hint("with the others as they are, no value will do: change one of those"),
        });
    }
    None
}

/// The range of one correlation for which the matrix is positive definite: an interval, since the
/// determinant is a parabola in it.
fn feasible(holds: &dyn Fn(f64) -> bool) -> Option<(f64, f64)> {
    let inside = (-99..=99).map(|i| f64::from(i) / 100.0).find(|rho| holds(*rho))?;
    let edge = |mut outside: f64| {
        let mut inside = inside;
        for _ in 0..50 {
            let middle = 0.5 * (inside + outside);
            if holds(middle) { inside = middle } else { outside = middle }
        }
        inside
    };
    Some((edge(-1.0), edge(1.0)))
}

#[cfg(test)]
mod tests {
    use crate::model::scenario::Scenario;

    #[test]
    fn a_correlation_lies_between_its_ends() {
        let told = |rho: &str| {
            let text = format!(
                "schema = 1\nstart = 2024-01-01\nend = 2024-01-02\n[parameters]\np = {{ uniform = [0, 1] }}\n\
                 q = {{ uniform = [0, 1] }}\n[correlations.c]\nbetween = [\"parameters.p\", \"parameters.q\"]\nrho = {rho}\n"
            );
            Scenario::parse("ends.toml", &text)
                .unwrap()
                .check()
                .list
                .into_iter()
                .map(|d| d.message)
                .collect::<Vec<_>>()
        };
        assert_eq!(["-0.99", "0", "0.99"].map(told), [const { Vec::<String>::new() }; 3]);
        assert_eq!(
            ["-1", "1", "1.5"].map(told),
            ["-1", "1", "1.5"].map(|rho| vec![format!("a correlation cannot be {rho}")])
        );
    }
}
