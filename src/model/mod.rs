//! The model: one file a process kind, each with its keys, checks, signals, compilation and step.
//!
//! Text becomes a [`Model`] in `scenario.rs`; `step.rs` runs blocks of replicates over it.

pub mod attacks;
pub mod board;
pub mod compiler;
pub mod correlations;
pub mod declared;
pub mod formula;
pub mod indicators;
mod limits;
pub mod milestones;
pub mod posture;
pub mod record;
mod recorder;
pub mod reference;
pub mod scenario;
pub mod shocks;
pub mod signals;
pub mod states;
pub mod step;
pub mod stocks;
pub mod sweeps;
pub mod tick;
mod trouble;
pub mod variables;

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::lang::diagnostic::{Diagnostic, Diagnostics};
use crate::lang::document::Document;
use crate::vm::graph::{Node, Rhythm};
use crate::vm::program::Program;
use compiler::{Assumption, Check, Compiler, Drawn, Reading, Watched};
use declared::{Header, SourceDeclared};
use formula::Phase;
use signals::{Definition, Kind, matches};

/// A compiled scenario. It never changes: any number of threads may run it.
///
/// Written down, it is what it does: what describes it to people stays behind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Model {
    /// The scenario file's stem.
    #[serde(skip)]
    pub stem: String,
    /// Its `name`, and what was set beside the file.
    #[serde(skip)]
    pub name: String,
    pub calendar: Calendar,
    pub replicates: u64,
    /// `None` when the scenario leaves it open.
    pub seed: Option<u64>,
    /// Rows that are reported; the first is 0 and the last is the end.
    pub report: Vec<usize>,
    /// Signals that are summarised.
    pub signals: Vec<Summarised>,
    pub parts: Parts,
    /// Quantities drawn once a replicate.
    pub drawn: Vec<Drawn>,
    pub copulas: Vec<correlations::Copula>,
    /// Every quantity and its provenance.
    #[serde(skip)]
    pub ledger: Vec<Assumption>,
    /// What each key that is an expression reads.
    #[serde(skip)]
    pub readings: Vec<Reading>,
    #[serde(skip)]
    pub sources: Vec<SourceDeclared>,
    /// Names of what can be held to limits.
    pub clamps: Vec<String>,
    /// Sweeps that the scenario names.
    #[serde(skip)]
    pub sweeps: Vec<sweeps::Sweep>,
    /// The scenario as one text, with everything it extends and every value set.
    #[serde(skip)]
    pub resolved: String,
    /// What the author should know though it runs.
    #[serde(skip)]
    pub warnings: Diagnostics,
    /// Every signal there is, with its node where an expression could read it.
    pub all_signals: Vec<Summarised>,
    /// Every signal, and what a run needs of them when it follows none.
    program: Program,
    needed: Vec<Node>,
    checks: Vec<Check>,
    /// What must be finite at each row; first what is settled at the start.
    watched: Vec<Watched>,
    watched_once: usize,
    /// The text of each node that was written down.
    #[serde(skip)]
    origins: BTreeMap<Node, String>,
    zero: Node,
}

/// The processes, by kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parts {
    pub posture: posture::Posture,
    pub chains: Vec<states::Chain>,
    pub attacks: Vec<attacks::Attack>,
    pub stocks: Vec<stocks::Stock>,
    pub shocks: Vec<shocks::Shock>,
    pub indicators: Vec<indicators::Indicator>,
    pub milestones: Vec<milestones::Milestone>,
}

/// A signal that is summarised.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summarised {
    pub name: String,
    pub kind: Kind,
    pub unit: String,
    pub whole: bool,
    /// The same at every row of a replicate.
    pub once: bool,
    /// One number in every replicate, known before any is run.
    pub settled: bool,
    pub node: Node,
}

impl Model {
    /// The node of a signal, if there is one of that name.
    pub fn signal(&self, name: &str) -> Option<&Summarised> {
        self.all_signals.iter().find(|s| s.name == name)
    }

    /// The code of its expressions.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The same model, reported at its start and its end only: a count is then its total.
    pub fn reported_at_its_end(mut self) -> Self {
        self.report = vec![0, self.calendar.steps()];
        self
    }

    /// The same model, with the tables of its quantities in common with another where they are the same.
    pub fn sharing_tables(mut self, other: &Self) -> Self {
        for own in &mut self.drawn {
            if let Some(same) = other.drawn.iter().find(|drawn| drawn.path == own.path) {
                own.inverse.share_table(&same.inverse);
            }
        }
        self
    }

    /// A number that two models share if their histories are the same, whatever they are called.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        let dynamics = (&self.calendar, &self.program, &self.parts, &self.drawn, &self.copulas);
        format!("{dynamics:?}").hash(&mut hasher);
        hasher.finish()
    }

    /// A node that is always 0.
    pub fn zero(&self) -> Node {
        self.zero
    }
}

/// Puts the compiled parts together.
fn assemble(
    mut c: Compiler<'_>,
    document: &Document,
    header: Header,
    sources: Vec<SourceDeclared>,
    parts: Parts,
    copulas: Vec<correlations::Copula>,
    sweeps: Vec<sweeps::Sweep>,
) -> Model {
    let all_signals = all_signals(&mut c);
    let signals = select(&c, &all_signals, &header);
    for signal in &signals {
        c.watch(signal.node, &signal.name);
    }
    let zero = c.graph.constant(0.0);
    c.roots.push(zero);
    c.roots.extend(parts.attacks.iter().flat_map(attacks::Attack::step_nodes));
    c.roots.extend(parts.posture.noted());
    let needed = c.roots.clone();
    // Those that are not summarised may still be followed.
    c.roots.extend(all_signals.iter().map(|s| s.node));
    let start: Vec<Node> = parts.attacks.iter().flat_map(attacks::Attack::start_nodes).collect();
    let steps = header.calendar.steps();
    let mut report: Vec<usize> = (0..steps).step_by(header.report_every).collect();
    report.push(steps);
    let mut watched: Vec<Watched> = Vec::new();
    for one in std::mem::take(&mut c.watched) {
        let settled = c.graph.value(one.node).is_some_and(f64::is_finite);
        if !settled && !watched.iter().any(|w| w.node == one.node) {
            watched.push(one);
        }
    }
    let program = Program::new(&c.graph, &start, &c.roots);
    let passages = parts.milestones.len() + parts.posture.phases.len() + parts.posture.sites.len();
    limits::size(&c, report.len(), signals.len(), passages, &program);
    let is_once = |one: &Watched| c.graph.rhythm(one.node) == Rhythm::Once;
    watched.sort_by_key(|one| !is_once(one));
    let watched_once = watched.partition_point(is_once);
    let text = |span| document.sources.text(span).split_whitespace().collect::<Vec<_>>().join(" ");
    let name = titled(header.name, &document.changes);
    Model {
        stem: document.stem.clone(),
        resolved: document.resolved(&name),
        name,
        calendar: header.calendar,
        replicates: header.replicates,
        seed: header.seed,
        report,
        signals,
        parts,
        program,
        needed,
        origins: c.origins.iter().map(|(node, span)| (*node, text(*span))).collect(),
        drawn: c.drawn,
        copulas,
        ledger: c.ledger,
        readings: c.readings,
        sources,
        clamps: c.clamps,
        sweeps,
        warnings: Diagnostics::default(),
        all_signals,
        checks: c.checks,
        watched,
        watched_once,
        zero,
    }
}

/// Every declared signal with its node and its kind: what happens first, then the parameters.
fn all_signals(c: &mut Compiler<'_>) -> Vec<Summarised> {
    let names: Vec<String> = c.signals.names().map(str::to_owned).collect();
    let nowhere = crate::lang::source::Span { start: 0, end: 0 };
    let found = names.into_iter().filter_map(|name| {
        let (node, kind) = c.name(&name, nowhere, Phase::Step)?;
        let signal = c.signals.get(&name)?;
        Some(Summarised {
            kind,
            unit: signal.unit.clone(),
            whole: signal.whole,
            once: c.graph.rhythm(node) == Rhythm::Once,
            settled: c.graph.value(node).is_some(),
            node,
            name,
        })
    });
    let (parameters, others): (Vec<_>, Vec<_>) =
        found.collect::<Vec<_>>().into_iter().partition(|s| is_parameter(c, &s.name));
    others.into_iter().chain(parameters).collect()
}

/// The scenario's name, and what was set beside its file: two runs that differ must not look alike.
fn titled(name: String, changes: &[String]) -> String {
    match changes.is_empty() {
        true => name,
        false => format!("{name}, with {}", changes.join(", ")),
    }
}

fn is_parameter(c: &Compiler<'_>, name: &str) -> bool {
    match c.signals.get(name).map(|s| &s.definition) {
        Some(Definition::Formula(index)) => c.formulas[*index].path.starts_with("parameters."),
        _ => false,
    }
}

/// The signals that the scenario asks to be summarised. Indicators always are.
fn select(c: &Compiler<'_>, all: &[Summarised], header: &Header) -> Vec<Summarised> {
    let Some(patterns) = &header.signals else { return all.to_vec() };
    for pattern in patterns {
        if !all.iter().any(|s| matches(&pattern.value, &s.name)) {
            let what = if pattern.value.contains('*') { "fits" } else { "is called" };
            c.problem(
                Diagnostic::error(pattern.span, format!("no signal {what} `{}`", pattern.value))
                    .suggest(&pattern.value, all.iter().map(|s| s.name.as_str())),
            );
        }
    }
    let wanted = |s: &&Summarised| {
        c.indicator_ids.contains(&s.name) || patterns.iter().any(|p| matches(&p.value, &s.name))
    };
    all.iter().filter(wanted).cloned().collect()
}

#[cfg(test)]
mod tests {
    use crate::model::scenario::Scenario;

    #[test]
    fn signals_come_as_they_are_declared_and_parameters_last() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-02\n[parameters]\np = { uniform = [0, 1] }\nq = 2\n\
            [variables]\nv = \"p + years\"\n[stocks.s]\ninitial = 1\n";
        let model = Scenario::parse("order.toml", text).unwrap().compile().unwrap();
        let told = model.all_signals.iter().map(|s| (s.name.as_str(), s.once, s.settled));
        let (s, v) = (("s", false, false), ("v", false, false));
        assert_eq!(told.collect::<Vec<_>>(), [s, v, ("p", true, false), ("q", true, true)]);
        assert_eq!(model.signals.len(), 4);
    }

    #[test]
    fn what_is_dated_is_counted_in_all() {
        let more = |table: &str, keys: &str, ids: &[&str]| -> String {
            ids.iter().map(|id| format!("[{table}.{id}]\n{keys}\n")).collect()
        };
        let text = "schema = 1\nstart = 2024-01-01\nend = 9999-12-01\n[theatres.t]\n".to_owned()
            + &more("sites", "theatre = \"t\"", &["a", "b", "c", "d"])
            + &more("phases", "start = 2024-02-01\nend = 2024-03-01", &["p", "q"])
            + &more("milestones", "when = \"years > 1\"", &["k", "l", "m"]);
        let told = Scenario::parse("dated.toml", &text).unwrap().compile().unwrap_err().to_string();
        assert!(told.contains("9 milestones, phases and sites are too many"), "{told}");
    }
}
