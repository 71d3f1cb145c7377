//! A process whose variance does not exist is refused: before the run where that is known, else in the
//! replicate that draws it.

use super::moments::variance_margin;
use super::{Declared, SpanNodes};
use crate::calendar::DAYS_PER_MONTH;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::keys::Domain;
use crate::model::compiler::{Check, Compiler};
use crate::vm::graph::Node;
use crate::vm::op::Binary;

/// The variance must exist over everything the quantities can be.
pub(super) fn check(compiler: &Compiler<'_>, declared: &Declared, h: f64) {
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
        if variance_margin(n, shortest, size, h) <= 0.0 && (0.0..1.0).contains(&n) {
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

/// Where supports do not settle it, each replicate checks that its variance exists.
pub(super) fn watch(
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

#[cfg(test)]
mod tests {
    use crate::model::scenario::Scenario;
    use crate::model::step::Workspace;
    use crate::vm::isa::Isa;

    fn scenario(step: &str, attacks: &str) -> Scenario {
        let text = format!(
            "schema = 1\nstart = 2024-01-01\nend = 2024-01-15\nstep = \"{step}\"\n[parameters]\np = {{ uniform = [0.8, 1] }}\n\
             [attacks.a]\nper_month = 1\n{attacks}\n"
        );
        Scenario::parse("variance.toml", &text).unwrap()
    }

    #[test]
    fn a_replicate_whose_variance_does_not_exist_fails() {
        // With b = 0.9·p·(1 − 2^(−1/6)) ≥ 0.078 a day and r = dispersion/30.4375, b²/r alone is above 1.
        for (dispersion, lost) in [("dispersion = 0.1", 64), ("dispersion = 30", 0), ("", 0)] {
            let excited = "self_excitation = { branching = \"0.9 * p\", half_life_days = 6 }";
            let model = scenario("1 day", &format!("{excited}\n{dispersion}")).compile().unwrap();
            let mut workspace = Workspace::new(&model, 1, Isa::widest(), &[]);
            let failures = &workspace.run(0, !0).failures;
            assert_eq!(failures.len(), lost, "{dispersion}");
            assert!(failures.iter().all(|f| format!("{f:?}").contains("without which there is no variance")));
        }
    }

    #[test]
    fn what_is_known_to_have_no_variance_is_refused() {
        for (step, branching, dispersion, refused) in [
            ("1 day", "{ uniform = [0.1, 0.9] }", "dispersion = 0.1", true),
            ("1 day", "{ uniform = [0.1, 0.9] }", "dispersion = { uniform = [0.1, 10] }", true),
            ("1 day", "{ uniform = [0.1, 0.9] }", "dispersion = 30", false),
            ("1 day", "{ uniform = [0.1, 0.9] }", "", false),
            ("1 day", "{ uniform = [0.0, 0.1] }", "dispersion = 0.1", false),
            ("1 day", "{ uniform = [0.1, 0.9] }", "dispersion = \"p / 10\"", false),
            ("1 week", "{ uniform = [0.1, 0.9] }", "dispersion = 30", false),
        ] {
            let excited = format!("self_excitation = {{ branching = {branching}, half_life_days = 6 }}");
            let found = scenario(step, &format!("{excited}\n{dispersion}")).check();
            let told = found.list.iter().any(|d| d.message.contains("the variance of `a` does not exist"));
            assert_eq!((told, found.has_errors()), (refused, refused), "{step} {branching} {dispersion}");
        }
    }
}
