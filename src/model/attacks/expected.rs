//! What a process would write at row 0, before anything is drawn, and its intensity at any row.

use super::{Declared, Outputs, span_nodes};
use crate::calendar::DAYS_PER_MONTH;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::quantity::Numeric;
use crate::lang::reader::Spanned;
use crate::lang::source::Span;
use crate::model::compiler::Compiler;
use crate::model::formula::Phase;
use crate::model::signals::{Expected, Kind};
use crate::vm::graph::Node;
use crate::vm::op::Binary;

/// What row 0 of a process's counts is made of.
#[derive(Clone, Debug)]
pub struct Expectation {
    pub(super) id: Spanned<String>,
    pub(super) per_month: Option<Numeric>,
    pub(super) before: Option<Node>,
    /// Being worked out: met again, it needs its own counts.
    pub(super) open: bool,
    pub(super) known: Option<Option<Node>>,
    /// People times exposure of each site, and their sum.
    pub(super) weights: Vec<Node>,
    pub(super) weight: Node,
    pub(super) strikes_us: bool,
    pub(super) casualty_means: [Option<Node>; 2],
    pub(super) branching: Node,
    pub(super) decay_rate: Node,
    pub(super) excitation: Node,
}

/// Row 0 of everything the process writes.
pub(super) fn at_start(
    compiler: &mut Compiler<'_>,
    process: usize,
    declared: &Declared,
    places: usize,
) -> Outputs {
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

/// The expectation of a count at row 0.
pub fn expected(compiler: &mut Compiler<'_>, what: Expected, span: Span) -> Option<Node> {
    let process = match what {
        Expected::Attacks { process }
        | Expected::AtSite { process, .. }
        | Expected::Casualties { process, .. } => process,
    };
    let attacks = expected_attacks(compiler, process, span)?;
    let Expectation { weight: whole, strikes_us, .. } = compiler.attacks[process];
    match what {
        Expected::Attacks { .. } => Some(attacks),
        Expected::AtSite { place, .. } => {
            let part = compiler.attacks[process].weights[place];
            let graph = &mut compiler.graph;
            let (zero, part) = (graph.constant(0.0), graph.multiply(attacks, part));
            let share = graph.binary(Binary::Divide, part, whole);
            Some(graph.select(whole, share, zero))
        }
        Expected::Casualties { which, .. } => {
            let mean = compiler.attacks[process].casualty_means[which]?;
            let graph = &mut compiler.graph;
            let (zero, all) = (graph.constant(0.0), graph.multiply(attacks, mean));
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
