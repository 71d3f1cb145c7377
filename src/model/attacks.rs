//! Attacks: counts that excite themselves (an INGARCH form of the Hawkes process), split among sites,
//! with casualties.
//!
//! With δ = ln 2 / half-life, branching n and background (1 − n)·`per_month`, over a step of h days:
//! mean M = background·h/30.4375 + H·(1 − e^(−δh))/δ; N is negative binomial with mean M and size
//! dispersion·h/30.4375 (Poisson without dispersion); H ← e^(−δh)·H + n·δ·N.

mod moments;
mod step;

use std::f64::consts::LN_2;

use super::compiler::{Check, Compiler};
use super::formula::{Phase, Source};
use super::posture::Posture;
use super::signals::{Definition, Expected, Kind};
use crate::calendar::DAYS_PER_MONTH;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::keys::{Domain, Key, Takes};
use crate::lang::quantity::Numeric;
use crate::lang::reader::{Section, Spanned};
use crate::lang::source::Span;
use crate::vm::graph::{Node, Rhythm};
use crate::vm::op::{Binary, Unary};

pub use moments::{Moments, moments};
pub use step::AttackState;

pub const KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words"),
    Key::optional("at", Takes::Ids("theatres or sites"), "whom it strikes").left_out("not our people"),
    Key::step("per_month", "\"base * troops / first(troops)\"", "attacks a month, excitation included")
        .must(),
    Key::once("before", Domain::NotNegative, "1", "attacks a month before the start")
        .left_out("`per_month` at the start"),
    Key::once("dispersion", Domain::Positive, "12", "negative binomial size a month").left_out("Poisson"),
    Key::optional("self_excitation", Takes::Table, "attacks that bring on attacks")
        .such_as("{ branching = 0.2, half_life_days = 6 }")
        .left_out("none"),
    Key::optional("killed", Takes::Table, "killed per attack")
        .such_as("{ mean = 0.003 }")
        .left_out("not counted"),
    Key::optional("wounded", Takes::Table, "wounded per attack")
        .such_as("{ mean = 0.6, dispersion = 0.15 }")
        .left_out("not counted"),
];

pub const EXCITATION_KEYS: &[Key] = &[
    Key::once("branching", Domain::BelowOne, "0.2", "attacks that one attack brings on directly").must(),
    Key::once("half_life_days", Domain::Positive, "6", "days in which the effect halves").must(),
];

pub const CASUALTY_KEYS: &[Key] = &[
    Key::once("mean", Domain::NotNegative, "0.02", "mean per attack").must(),
    Key::once("dispersion", Domain::Positive, "0.05", "negative binomial size per attack")
        .left_out("Poisson"),
];

const CASUALTIES: [&str; 2] = ["killed", "wounded"];

/// An attack process as declared.
#[derive(Clone, Debug)]
pub struct Declared {
    pub id: Spanned<String>,
    pub label: String,
    pub at: Option<Vec<Spanned<String>>>,
    per_month: Option<Numeric>,
    before: Option<Numeric>,
    dispersion: Option<Numeric>,
    excitation: Option<(Option<Numeric>, Option<Numeric>)>,
    casualties: [Option<(Option<Numeric>, Option<Numeric>)>; 2],
}

/// A compiled attack process.
#[derive(Clone, Debug)]
pub struct Attack {
    pub id: String,
    /// Places in the posture's list of sites; `None` when it strikes nobody of ours.
    sites: Option<Vec<Target>>,
    per_month: Node,
    branching: Node,
    /// δ.
    decay_rate: Node,
    /// For a whole step and for the last.
    spans: [SpanNodes; 2],
    dispersion: Option<Node>,
    casualties: [Option<Casualties>; 2],
    outputs: Outputs,
    /// What the rows it writes are at row 0.
    at_start: Outputs,
    negative_rate: usize,
}

/// A site that it strikes.
#[derive(Clone, Copy, Debug)]
struct Target {
    /// Its place in the posture's list.
    site: usize,
    people: Node,
    exposure: Node,
}

/// What an attack process is like where its quantities have given values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nominal {
    pub per_month: f64,
    pub branching: f64,
    pub half_life_days: f64,
    /// Negative binomial size a month; infinite for Poisson.
    pub dispersion: f64,
}

impl Attack {
    /// Its rate and parameters in lane 0 of a block's rows.
    pub fn nominal(&self, rows: &[crate::vm::Row]) -> Nominal {
        let value = |node: Node| rows[node.index()][0];
        Nominal {
            per_month: value(self.per_month).max(0.0),
            branching: value(self.branching),
            half_life_days: LN_2 / value(self.decay_rate),
            dispersion: self.dispersion.map_or(f64::INFINITY, value),
        }
    }
}

/// What depends on the length of a step.
#[derive(Clone, Copy, Debug)]
struct SpanNodes {
    /// e^(−δh).
    decay: Node,
    /// (1 − e^(−δh))/δ.
    gain: Node,
    /// Negative binomial size of the step.
    size: Node,
}

#[derive(Clone, Debug)]
struct Casualties {
    mean: Node,
    dispersion: Option<Node>,
}

/// The rows it writes; excitation is H.
#[derive(Clone, Debug)]
struct Outputs {
    attacks: Node,
    at_site: Vec<Node>,
    casualties: [Option<Node>; 2],
    excitation: Node,
}

/// What row 0 of a process's counts is made of.
#[derive(Clone, Debug)]
pub struct Expectation {
    id: Spanned<String>,
    per_month: Option<Numeric>,
    before: Option<Node>,
    /// Being worked out: met again, it needs its own counts.
    open: bool,
    known: Option<Option<Node>>,
    /// People and exposure of each site.
    weights: Vec<(Node, Node)>,
    strikes_us: bool,
    casualty_means: [Option<Node>; 2],
    branching: Node,
    decay_rate: Node,
    excitation: Node,
}

/// Reads `[attacks]`.
pub fn read(root: &Section<'_>) -> Vec<Declared> {
    let pair =
        |section: &Section<'_>, key, keys, a, b| section.table(key, keys).map(|s| (s.number(a), s.number(b)));
    let each = root.children("attacks", KEYS).into_iter().map(|(id, s)| Declared {
        label: s.label(&id.value),
        at: s.texts("at"),
        per_month: s.number("per_month"),
        before: s.number("before"),
        dispersion: s.number("dispersion"),
        excitation: pair(&s, "self_excitation", EXCITATION_KEYS, "branching", "half_life_days"),
        casualties: CASUALTIES.map(|c| pair(&s, c, CASUALTY_KEYS, "mean", "dispersion")),
        id,
    });
    each.collect()
}

/// A process whose signals are declared and whose rates are still to be compiled.
pub struct Begun {
    declared: Declared,
    sites: Option<Vec<Target>>,
    outputs: Outputs,
    branching: Node,
    decay_rate: Node,
    casualties: [Option<Casualties>; 2],
}

/// Declares the signals of a process.
pub fn declare(compiler: &mut Compiler<'_>, declared: Declared, posture: &Posture) -> Begun {
    let id = declared.id.value.clone();
    let process = compiler.attacks.len();
    let path = |key: &str| format!("attacks.{id}.{key}");
    let sites = declared.at.as_ref().map(|at| {
        let each = posture.sites_named(compiler, at).into_iter().map(|site| {
            let (people, exposure) = posture.weight(site);
            Target { site, people, exposure }
        });
        each.collect::<Vec<_>>()
    });
    let (branching, half_life) = declared.excitation.clone().unwrap_or((None, None));
    let branching =
        compiler.once_or(&path("self_excitation.branching"), branching.as_ref(), Domain::BelowOne, 0.0);
    let half_life =
        compiler.once_or(&path("self_excitation.half_life_days"), half_life.as_ref(), Domain::Positive, 1.0);
    let ln_2 = compiler.graph.constant(LN_2);
    let decay_rate = compiler.graph.binary(Binary::Divide, ln_2, half_life);
    let before = declared.before.clone().map(|n| compiler.once(&path("before"), &n, Domain::NotNegative));
    let casualties = [0, 1].map(|which| {
        let (mean, dispersion) = declared.casualties[which].clone()?;
        let key = path(CASUALTIES[which]);
        Some(Casualties {
            mean: compiler.once_or(&format!("{key}.mean"), mean.as_ref(), Domain::NotNegative, 0.0),
            dispersion: dispersion.map(|d| compiler.once(&format!("{key}.dispersion"), &d, Domain::Positive)),
        })
    });
    let outputs = publish(compiler, &id, process, sites.as_deref(), &casualties, posture);
    compiler.attacks.push(Expectation {
        id: declared.id.clone(),
        per_month: declared.per_month.clone(),
        before,
        open: false,
        known: None,
        weights: sites.iter().flatten().map(|t| (t.people, t.exposure)).collect(),
        strikes_us: sites.is_some(),
        casualty_means: [0, 1].map(|w| casualties[w].as_ref().map(|c: &Casualties| c.mean)),
        branching,
        decay_rate,
        excitation: outputs.excitation,
    });
    compiler.declare_formula(
        &format!("{id}.rate"),
        &path("per_month"),
        "attacks a month",
        Source::Rate(process),
    );
    Begun { declared, sites, outputs, branching, decay_rate, casualties }
}

fn publish(
    compiler: &mut Compiler<'_>,
    id: &str,
    process: usize,
    sites: Option<&[Target]>,
    casualties: &[Option<Casualties>; 2],
    posture: &Posture,
) -> Outputs {
    let mut count = |name: String, unit: &str, expected: Expected| {
        let node = compiler.graph.input(Rhythm::Step);
        compiler.signals.declare(name, Kind::Count, unit, Definition::Counted(node, expected));
        node
    };
    let attacks = count(format!("{id}.attacks"), "attacks", Expected::Attacks { process });
    let casualties = [0, 1].map(|which| {
        casualties[which].as_ref().map(|_| {
            count(format!("{id}.{}", CASUALTIES[which]), "people", Expected::Casualties { process, which })
        })
    });
    let at_site = sites.unwrap_or_default().iter().enumerate().map(|(place, target)| {
        let name = format!("{id}.{}.attacks", posture.sites[target.site].id);
        count(name, "attacks", Expected::AtSite { process, place })
    });
    let at_site = at_site.collect();
    Outputs { attacks, at_site, casualties, excitation: compiler.graph.input(Rhythm::Step) }
}

impl Begun {
    /// Compiles the rates, now that every signal is declared.
    pub fn finish(self, compiler: &mut Compiler<'_>, process: usize) -> Attack {
        let id = self.declared.id.value.clone();
        let path = |key: &str| format!("attacks.{id}.{key}");
        let per_month = compiler.each_step_or(&path("per_month"), self.declared.per_month.as_ref(), 0.0);
        let dispersion = self
            .declared
            .dispersion
            .as_ref()
            .map(|d| compiler.once(&path("dispersion"), d, Domain::Positive));
        let calendar = compiler.calendar;
        let lengths = [calendar.step_days_at(0), calendar.step_days_at(calendar.steps())].map(f64::from);
        let spans = lengths.map(|h| span_nodes(compiler, self.decay_rate, dispersion, h));
        check_variance(compiler, &self.declared, lengths[0]);
        watch_variance(compiler, &path("self_excitation"), self.branching, spans[0], dispersion);
        let at_start = at_start(compiler, process, &self.declared, self.outputs.at_site.len());
        Attack {
            negative_rate: compiler.clamp(format!("{id}.rate below 0")),
            dispersion,
            sites: self.sites,
            per_month,
            branching: self.branching,
            decay_rate: self.decay_rate,
            spans,
            casualties: self.casualties,
            at_start,
            outputs: self.outputs,
            id,
        }
    }
}

fn span_nodes(compiler: &mut Compiler<'_>, decay_rate: Node, dispersion: Option<Node>, h: f64) -> SpanNodes {
    let graph = &mut compiler.graph;
    let (days, one) = (graph.constant(-h), graph.constant(1.0));
    let exponent = graph.multiply(decay_rate, days);
    let decay = graph.unary(Unary::Exp, exponent);
    let lost = graph.binary(Binary::Subtract, one, decay);
    let gain = graph.binary(Binary::Divide, lost, decay_rate);
    let months = graph.constant(h / DAYS_PER_MONTH);
    let size = dispersion.map_or(one, |d| graph.multiply(d, months));
    SpanNodes { decay, gain, size }
}

/// Row 0 of everything the process writes.
fn at_start(compiler: &mut Compiler<'_>, process: usize, declared: &Declared, places: usize) -> Outputs {
    let span = declared.id.span;
    let zero = compiler.graph.constant(0.0);
    let mut row_0 = |what| expected(compiler, what, span).unwrap_or(zero);
    let attacks = row_0(Expected::Attacks { process });
    let at_site = (0..places).map(|place| row_0(Expected::AtSite { process, place })).collect();
    let casualties = [0, 1].map(|which| {
        declared.casualties[which].as_ref().map(|_| row_0(Expected::Casualties { process, which }))
    });
    Outputs { attacks, at_site, casualties, excitation: excitation_at_start(compiler, process, span) }
}

/// Where supports do not settle it, each replicate checks that its variance exists.
fn watch_variance(
    compiler: &mut Compiler<'_>,
    path: &str,
    branching: Node,
    span: SpanNodes,
    dispersion: Option<Node>,
) {
    let graph = &mut compiler.graph;
    let one = graph.constant(1.0);
    let lost = graph.binary(Binary::Subtract, one, span.decay);
    let b = graph.multiply(branching, lost);
    let phi = graph.add(span.decay, b);
    let (phi_squared, b_squared) = (graph.multiply(phi, phi), graph.multiply(b, b));
    let over = if dispersion.is_some() {
        graph.binary(Binary::Divide, b_squared, span.size)
    } else {
        graph.constant(0.0)
    };
    let taken = graph.add(phi_squared, over);
    let node = graph.binary(Binary::Subtract, one, taken);
    if graph.value(node).is_none() {
        compiler.roots.push(node);
        let path = format!("{path}: 1 − φ² − b²/r, without which there is no variance,");
        compiler.checks.push(Check { node, domain: Domain::Positive, path });
    }
}

/// The expectation of a count at row 0.
pub fn expected(compiler: &mut Compiler<'_>, what: Expected, span: Span) -> Option<Node> {
    let process = match what {
        Expected::Attacks { process }
        | Expected::AtSite { process, .. }
        | Expected::Casualties { process, .. } => process,
    };
    let attacks = expected_attacks(compiler, process, span)?;
    let weights = compiler.attacks[process].weights.clone();
    let graph = &mut compiler.graph;
    let parts: Vec<Node> =
        weights.iter().map(|(people, exposure)| graph.multiply(*people, *exposure)).collect();
    let whole = graph.sum(parts.iter().copied());
    let zero = graph.constant(0.0);
    match what {
        Expected::Attacks { .. } => Some(attacks),
        Expected::AtSite { place, .. } => {
            let part = graph.multiply(attacks, parts[place]);
            let share = graph.binary(Binary::Divide, part, whole);
            Some(graph.select(whole, share, zero))
        }
        Expected::Casualties { which, .. } => {
            let strikes_us = compiler.attacks[process].strikes_us;
            let mean = compiler.attacks[process].casualty_means[which]?;
            let graph = &mut compiler.graph;
            let all = graph.multiply(attacks, mean);
            Some(if strikes_us { graph.select(whole, all, zero) } else { all })
        }
    }
}

/// `before`, else `per_month` at the start, as a count in one step.
fn expected_attacks(compiler: &mut Compiler<'_>, process: usize, span: Span) -> Option<Node> {
    if let Some(known) = compiler.attacks[process].known {
        return known;
    }
    if compiler.attacks[process].open {
        let id = compiler.attacks[process].id.clone();
        let message = format!("the rate of `{}` at the start depends on its own counts", id.value);
        compiler.problem(
            Diagnostic::error(span, message)
                .related(id.span, "this process has no `before`")
                .hint("give `before`: attacks a month before the start"),
        );
        return None;
    }
    compiler.attacks[process].open = true;
    let monthly = match compiler.attacks[process].before {
        Some(before) => Some(before),
        None => {
            let path = format!("attacks.{}.per_month", compiler.attacks[process].id.value);
            compiler.attacks[process].per_month.clone().and_then(|numeric| {
                let (node, _) = compiler.numeric(&path, &numeric, Phase::Start)?;
                Some(compiler.graph.not_negative(node))
            })
        }
    };
    let known = monthly.map(|node| {
        let months = f64::from(compiler.calendar.step_days()) / DAYS_PER_MONTH;
        let months = compiler.graph.constant(months);
        compiler.graph.multiply(node, months)
    });
    compiler.attacks[process].open = false;
    compiler.attacks[process].known = Some(known);
    known
}

/// H₀ = n·δ·before·(h/30.4375)/(1 − e^(−δh)): what a long past at that rate leaves.
fn excitation_at_start(compiler: &mut Compiler<'_>, process: usize, span: Span) -> Node {
    let count = expected_attacks(compiler, process, span);
    let Expectation { branching, decay_rate, .. } = compiler.attacks[process].clone();
    let h = f64::from(compiler.calendar.step_days());
    let decay = span_nodes(compiler, decay_rate, None, h).decay;
    let graph = &mut compiler.graph;
    let one = graph.constant(1.0);
    let lost = graph.binary(Binary::Subtract, one, decay);
    let pull = graph.multiply(branching, decay_rate);
    let count = count.unwrap_or(one);
    let pulled = graph.multiply(pull, count);
    graph.binary(Binary::Divide, pulled, lost)
}

/// The intensity, attacks a month: (1 − n)·per_month + 30.4375·H.
pub fn rate(compiler: &mut Compiler<'_>, process: usize, phase: Phase) -> Option<(Node, Kind)> {
    let Expectation { id, per_month, branching, excitation, .. } = compiler.attacks[process].clone();
    let path = format!("attacks.{}.per_month", id.value);
    let (per_month, _) = compiler.numeric(&path, &per_month?, phase)?;
    let excitation = match phase {
        Phase::Step => excitation,
        Phase::Start => excitation_at_start(compiler, process, id.span),
    };
    let graph = &mut compiler.graph;
    let (one, month) = (graph.constant(1.0), graph.constant(DAYS_PER_MONTH));
    let spontaneous = graph.binary(Binary::Subtract, one, branching);
    let per_month = graph.not_negative(per_month);
    let background = graph.multiply(spontaneous, per_month);
    let excited = graph.multiply(excitation, month);
    Some((graph.add(background, excited), Kind::Level))
}

/// The variance must exist over everything the quantities can be.
fn check_variance(compiler: &Compiler<'_>, declared: &Declared, h: f64) {
    let Some((Some(branching), Some(half_life))) = &declared.excitation else { return };
    let size = match &declared.dispersion {
        None => f64::INFINITY,
        Some(numeric) => match compiler.support(numeric) {
            Some((low, _)) => low * h / DAYS_PER_MONTH,
            None => return,
        },
    };
    let Some((n_low, n_high)) = compiler.support(branching) else { return };
    let Some((shortest, _)) = compiler.support(half_life) else { return };
    for n in [n_low, n_high] {
        if moments::variance_margin(n, shortest, size, h) <= 0.0 && (0.0..1.0).contains(&n) {
            let message = format!("the variance of `{}` does not exist", declared.id.value);
            compiler.problem(
                Diagnostic::error(branching.span, message)
                    .label(format!("at branching {n} and half-life {shortest} days"))
                    .hint("lower the branching, lengthen the half-life or raise the dispersion"),
            );
            return;
        }
    }
}
