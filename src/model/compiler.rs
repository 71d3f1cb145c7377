//! From declarations to a graph: quantities become inputs, expressions become nodes, names become signals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::formula::{Formula, Phase, Source};
use super::signals::{Definition, Kind, Signals};
use crate::calendar::Calendar;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::expression::{Expression, Term};
use crate::lang::keys::Domain;
use crate::lang::quantity::{Confidence, Numeric, NumericValue, Quantity};
use crate::lang::reader::{Reader, Spanned, describe_reach};
use crate::lang::source::Span;
use crate::vm::graph::{Graph, Node, Rhythm};
use crate::vm::inverse::Inverse;

/// What compilation builds up; each process adds its part.
pub struct Compiler<'a> {
    pub reader: &'a Reader,
    pub calendar: Calendar,
    pub graph: Graph,
    pub signals: Signals,
    pub formulas: Vec<Formula>,
    /// Formulas being compiled, each read by the one before.
    pub open: Vec<usize>,
    /// How deep the expression being compiled stands in others.
    pub depth: usize,
    /// Quantities drawn once a replicate.
    pub drawn: Vec<Drawn>,
    /// Every quantity with its source.
    pub ledger: Vec<Assumption>,
    /// What each key that is an expression reads.
    pub readings: Vec<Reading>,
    /// Values that only a replicate can tell to be legal.
    pub checks: Vec<Check>,
    /// Nodes that a process or an indicator reads at each step.
    pub watched: Vec<Watched>,
    /// Nodes that the program must compute.
    pub roots: Vec<Node>,
    /// Names of the indicators.
    pub indicator_ids: Vec<String>,
    /// Names of what can be held to limits.
    pub clamps: Vec<String>,
    /// Where each node was first written.
    pub origins: BTreeMap<Node, Span>,
    /// What row 0 of each attack process's counts is made of.
    pub attacks: Vec<super::attacks::Expectation>,
}

/// A quantity drawn once a replicate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drawn {
    /// Its path: the name of its random stream and of its column.
    pub path: String,
    pub node: Node,
    pub inverse: Inverse,
}

/// A quantity and its provenance.
#[derive(Clone, Debug)]
pub struct Assumption {
    pub path: String,
    pub text: String,
    pub source: Option<String>,
    pub confidence: Option<Confidence>,
    pub note: Option<String>,
    pub basis: Option<String>,
    /// Its place among the drawn ones.
    pub drawn: Option<usize>,
    pub span: Span,
}

/// An expression of the scenario and the signals it reads.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The key: `variables.pressure`, `states.politics.rates.negotiating.agreed`.
    pub path: String,
    pub node: Node,
    /// As written, each once.
    pub names: Vec<String>,
}

/// A value read once whose legality only a replicate can tell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    pub node: Node,
    pub domain: Domain,
    pub path: String,
}

/// A node whose value must be finite whenever it is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Watched {
    pub node: Node,
    /// The signal or key that reads it.
    pub path: String,
}

impl<'a> Compiler<'a> {
    /// An empty compiler.
    pub fn new(reader: &'a Reader, calendar: Calendar) -> Self {
        Self {
            reader,
            calendar,
            graph: Graph::default(),
            signals: Signals::default(),
            formulas: Vec::new(),
            open: Vec::new(),
            depth: 0,
            drawn: Vec::new(),
            ledger: Vec::new(),
            readings: Vec::new(),
            checks: Vec::new(),
            watched: Vec::new(),
            roots: Vec::new(),
            indicator_ids: Vec::new(),
            clamps: Vec::new(),
            origins: BTreeMap::new(),
            attacks: Vec::new(),
        }
    }

    /// Notes a problem.
    pub fn problem(&self, problem: Diagnostic) {
        self.reader.problem(problem);
    }

    /// A value read once, at the start, over parameters only.
    pub fn once(&mut self, path: &str, numeric: &Numeric, domain: Domain) -> Node {
        let node = match &numeric.value {
            NumericValue::Quantity(quantity) => self.quantity(path, numeric, quantity),
            NumericValue::Expression(expression, _) => {
                self.assume(path, numeric, None);
                let compiled = self.expression(expression, Phase::Step);
                let Some((node, _)) = compiled else { return self.default(0.0) };
                if self.graph.rhythm(node) == Rhythm::Step {
                    self.refuse_changing(expression, path);
                    return self.graph.constant(0.0);
                }
                self.check_domain(numeric, node, domain);
                self.note_reading(path, expression, node);
                node
            }
        };
        self.roots.push(node);
        if self.graph.value(node).is_none() {
            self.checks.push(Check { node, domain, path: path.to_owned() });
        }
        node
    }

    /// What is known of an expression before any replicate must be legal.
    fn check_domain(&self, numeric: &Numeric, node: Node, domain: Domain) {
        if self.refuse_unreadable(numeric, node) {
            return;
        }
        let known = self.graph.value(node).map(|x| (x, x)).or_else(|| self.support(numeric));
        if let Some((low, high)) = known
            && let Err(rule) = domain.check_support(low, high)
        {
            let reach = match low == high {
                true => format!("this is {low}"),
                false => format!("this can be {}", describe_reach(low, high)),
            };
            self.problem(Diagnostic::error(numeric.span, format!("this {rule}")).label(reach));
        }
    }

    /// What is known to be no number, such as a fixed 1 / 0, is a mistake before it is a failure.
    fn refuse_unreadable(&self, numeric: &Numeric, node: Node) -> bool {
        let known = self.graph.value(node).filter(|x| !x.is_finite());
        if let Some(x) = known {
            let what = if x.is_nan() { "no number" } else { "infinite" };
            let error = Diagnostic::error(numeric.span, format!("this is always {what}"));
            self.problem(error.hint("it divides by 0, or takes a logarithm or a root of what has none"));
        }
        known.is_some()
    }

    /// A value read once, or a default.
    pub fn once_or(&mut self, path: &str, numeric: Option<&Numeric>, domain: Domain, default: f64) -> Node {
        match numeric {
            Some(numeric) => self.once(path, numeric, domain),
            None => self.default(default),
        }
    }

    /// A value read at each step by a process; it must be finite whenever it is read.
    pub fn each_step(&mut self, path: &str, numeric: &Numeric) -> (Node, Kind) {
        let compiled = self.numeric(path, numeric, Phase::Step);
        let (node, kind) = compiled.unwrap_or_else(|| (self.graph.constant(0.0), Kind::Level));
        self.refuse_unreadable(numeric, node);
        self.watch(node, path);
        (node, kind)
    }

    /// A value read at each step, or a default.
    pub fn each_step_or(&mut self, path: &str, numeric: Option<&Numeric>, default: f64) -> Node {
        match numeric {
            Some(numeric) => self.each_step(path, numeric).0,
            None => self.default(default),
        }
    }

    fn default(&mut self, value: f64) -> Node {
        let node = self.graph.constant(value);
        self.roots.push(node);
        node
    }

    /// Marks a node as read at each step.
    pub fn watch(&mut self, node: Node, path: &str) {
        self.roots.push(node);
        self.watched.push(Watched { node, path: path.to_owned() });
    }

    /// The node of a quantity or an expression; `None` when it has mistakes, which are noted.
    pub fn numeric(&mut self, path: &str, numeric: &Numeric, phase: Phase) -> Option<(Node, Kind)> {
        match &numeric.value {
            NumericValue::Quantity(quantity) => Some((self.quantity(path, numeric, quantity), Kind::Level)),
            NumericValue::Expression(expression, _) => {
                self.assume(path, numeric, None);
                let compiled = self.expression(expression, phase);
                if let (Some((node, _)), Phase::Step) = (compiled, phase) {
                    self.note_reading(path, expression, node);
                }
                compiled
            }
        }
    }

    /// Notes what an expression reads, once for each key.
    fn note_reading(&mut self, path: &str, expression: &Expression, node: Node) {
        let mut names: Vec<String> = Vec::new();
        expression.names(&mut |name, _| {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        });
        if !self.readings.iter().any(|known| known.path == path) {
            self.readings.push(Reading { path: path.to_owned(), node, names });
        }
    }

    /// A constant, or an input drawn once a replicate; the same path is one quantity.
    fn quantity(&mut self, path: &str, numeric: &Numeric, quantity: &Quantity) -> Node {
        if let Some(value) = quantity.constant() {
            self.assume(path, numeric, None);
            return self.graph.constant(value);
        }
        if let Some(known) = self.drawn.iter().find(|d| d.path == path) {
            return known.node;
        }
        let node = self.graph.input(Rhythm::Once);
        self.origins.insert(node, numeric.span);
        if let Some(inverse) = self.inverse(numeric.span, quantity) {
            self.drawn.push(Drawn { path: path.to_owned(), node, inverse });
            self.assume(path, numeric, Some(self.drawn.len() - 1));
        }
        node
    }

    /// The least and greatest value of a quantity, or of the parameter that stands in its place; `None`
    /// for any other expression.
    pub fn support(&self, numeric: &Numeric) -> Option<(f64, f64)> {
        match &numeric.value {
            NumericValue::Quantity(quantity) => Some(quantity.support()),
            NumericValue::Expression(Expression { term: Term::Number(x), .. }, _) => Some((*x, *x)),
            NumericValue::Expression(Expression { term: Term::Name(name), .. }, _) => {
                match &self.signals.get(name)?.definition {
                    Definition::Formula(index) => match &self.formulas[*index].meaning {
                        Source::Numeric(named @ Numeric { value: NumericValue::Quantity(_), .. }) => {
                            self.support(named)
                        }
                        _ => None,
                    },
                    _ => None,
                }
            }
            NumericValue::Expression(..) => None,
        }
    }

    /// The inverse distribution function of a quantity.
    pub fn inverse(&self, span: Span, quantity: &Quantity) -> Option<Inverse> {
        Inverse::new(&quantity.shape, quantity.min, quantity.max)
            .map_err(|why| self.problem(Diagnostic::error(span, why.to_string())))
            .ok()
    }

    /// Enters a quantity in the ledger.
    pub fn assume(&mut self, path: &str, numeric: &Numeric, drawn: Option<usize>) {
        if self.ledger.iter().any(|a| a.path == path) {
            return;
        }
        let text = match &numeric.value {
            NumericValue::Quantity(quantity) => quantity.describe(),
            NumericValue::Expression(_, text) if numeric.provenance.source.is_some() => text.clone(),
            NumericValue::Expression(..) => return,
        };
        let provenance = numeric.provenance.clone();
        self.ledger.push(Assumption {
            path: path.to_owned(),
            text,
            source: provenance.source,
            confidence: provenance.confidence,
            note: provenance.note,
            basis: provenance.basis,
            drawn,
            span: numeric.span,
        });
    }

    /// The place of an id in a list, or an error that suggests the nearest.
    pub fn find<'i>(
        &self,
        what: &str,
        id: &Spanned<String>,
        ids: impl Iterator<Item = &'i str> + Clone,
    ) -> Option<usize> {
        let found = ids.clone().position(|known| known == id.value);
        if found.is_none() {
            let legal = ids.clone().collect::<Vec<_>>().join(", ");
            let legal =
                if legal.is_empty() { format!("no {what} is declared") } else { format!("legal: {legal}") };
            let error = Diagnostic::error(id.span, format!("there is no {what} `{}`", id.value));
            self.reader.missing(&id.value, error.suggest(&id.value, ids).hint(legal));
        }
        found
    }

    /// A place in the counts of values held to limits.
    pub fn clamp(&mut self, name: String) -> usize {
        self.clamps.push(name);
        self.clamps.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use crate::model::scenario::Scenario;

    #[test]
    fn quantities_and_expressions_that_say_whence_are_in_the_ledger() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-03\n[parameters]\nq = { uniform = [0, 1] }\nf = 5\n\
            e = \"2 * q\"\ns = { value = \"3 * q\", source = \"judgement: by hand\" }\nr = { uniform = [2, 3] }\n";
        let model = Scenario::parse("ledger.toml", text).unwrap().compile().unwrap();
        let told = model.ledger.iter().map(|a| (a.path.as_str(), a.text.as_str(), a.drawn));
        let fixed = [("parameters.f", "5", None), ("parameters.s", "3 * q", None)];
        let drawn =
            [("parameters.q", "uniform 0 to 1", Some(0)), ("parameters.r", "uniform 2 to 3", Some(1))];
        let mut all = told.collect::<Vec<_>>();
        all.sort_unstable();
        assert_eq!(all, [fixed[0], drawn[0], drawn[1], fixed[1]]);
    }
}
