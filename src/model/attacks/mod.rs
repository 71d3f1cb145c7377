//! Attacks: counts that excite themselves (an INGARCH form of the Hawkes process), split among sites,
//! with casualties.
//!
//! With δ = ln 2 / half-life, branching n and background (1 − n)·`per_month`, over a step of h days:
//! mean M = background·h/30.4375 + H·(1 − e^(−δh))/δ; N is negative binomial with mean M and size
//! dispersion·h/30.4375 (Poisson without dispersion); H ← e^(−δh)·H + n·δ·N.

mod expected;
mod moments;
mod step;
mod variance;

use std::f64::consts::LN_2;

use serde::{Deserialize, Serialize};

use super::compiler::Compiler;
use super::formula::Source;
use super::posture::Posture;
use super::signals::{Definition, Expected, Kind};
use crate::calendar::DAYS_PER_MONTH;
use crate::lang::keys::{Domain, Key, Takes};
use crate::lang::quantity::Numeric;
use crate::lang::reader::{Section, Spanned};
use crate::vm::graph::{Node, Rhythm};
use crate::vm::op::{Binary, Unary};

pub use expected::{Expectation, expected, rate};
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attack {
    pub id: String,
    pub label: String,
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
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Target {
    /// Its place in the posture's list.
    site: usize,
    /// People times exposure.
    weight: Node,
    /// Weights of this site and all after it.
    remaining: Node,
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
    /// Whether it strikes people of ours.
    pub fn strikes_us(&self) -> bool {
        self.sites.is_some()
    }

    /// Whether the killed, and the wounded, are counted.
    pub fn counts_casualties(&self) -> [bool; 2] {
        self.casualties.each_ref().map(Option::is_some)
    }

    /// The sites it strikes, by their places in the posture's list.
    pub fn struck(&self) -> impl Iterator<Item = usize> + '_ {
        self.sites.iter().flatten().map(|target| target.site)
    }

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
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct SpanNodes {
    /// e^(−δh).
    decay: Node,
    /// (1 − e^(−δh))/δ.
    gain: Node,
    /// Negative binomial size of the step.
    size: Node,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Casualties {
    mean: Node,
    dispersion: Option<Node>,
}

/// The rows it writes; excitation is H.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Outputs {
    attacks: Node,
    at_site: Vec<Node>,
    casualties: [Option<Node>; 2],
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
    let sites = declared.at.as_ref().map(|at| targets(compiler, posture.sites_named(compiler, at), posture));
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
    let weights: Vec<Node> = sites.iter().flatten().map(|target| target.weight).collect();
    compiler.attacks.push(Expectation {
        id: declared.id.clone(),
        per_month: declared.per_month.clone(),
        before,
        open: false,
        known: None,
        weight: compiler.graph.sum(weights.iter().copied()),
        weights,
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

/// The weights of these sites, added up from the last.
fn targets(compiler: &mut Compiler<'_>, sites: Vec<usize>, posture: &Posture) -> Vec<Target> {
    let mut after = None;
    let from_last = sites.into_iter().rev().map(|site| {
        let (people, exposure) = posture.weight(site);
        let weight = compiler.graph.multiply(people, exposure);
        let remaining = after.map_or(weight, |after| compiler.graph.add(weight, after));
        after = Some(remaining);
        Target { site, weight, remaining }
    });
    let mut targets: Vec<Target> = from_last.collect();
    targets.reverse();
    targets
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
        variance::check(compiler, &self.declared, lengths[0]);
        variance::watch(compiler, &path("self_excitation"), self.branching, spans[0], dispersion);
        let at_start = expected::at_start(compiler, process, &self.declared, self.outputs.at_site.len());
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
            label: self.declared.label,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;
    use crate::model::step::Workspace;

    #[test]
    fn a_process_says_whom_it_strikes_and_what_it_is_like() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-31\n[contingents.us]\n[theatres.a]\n[theatres.b]\n\
            [sites.one]\ntheatre = \"a\"\n[sites.two]\ntheatre = \"b\"\n[sites.three]\ntheatre = \"b\"\n\
            [attacks.near]\nat = [\"b\"]\nper_month = 9\ndispersion = 4\nwounded = { mean = 0.5 }\n\
            self_excitation = { branching = 0.25, half_life_days = 6 }\n[attacks.far]\nper_month = -3\n";
        let model = Scenario::parse("struck.toml", text).unwrap().compile().unwrap();
        let attack = |id: &str| model.parts.attacks.iter().find(|attack| attack.id == id).unwrap();
        let (near, far) = (attack("near"), attack("far"));
        let struck = |attack: &Attack| -> Vec<String> {
            attack.struck().map(|site| model.parts.posture.sites[site].id.clone()).collect()
        };
        let mut both = struck(near);
        both.sort();
        assert_eq!((both, struck(far)), (vec!["three".to_owned(), "two".to_owned()], vec![]));
        assert_eq!((near.strikes_us(), far.strikes_us()), (true, false));
        assert_eq!((near.counts_casualties(), far.counts_casualties()), ([false, true], [false; 2]));
        let rows = Workspace::nominal(&model);
        let like = |per_month, branching, half_life_days, dispersion| Nominal {
            per_month,
            branching,
            half_life_days,
            dispersion,
        };
        assert_eq!(near.nominal(&rows), like(9.0, 0.25, 6.0, 4.0));
        // What is below 0 is none.
        assert_eq!(far.nominal(&rows), like(0.0, 0.0, 1.0, f64::INFINITY));
    }
}
