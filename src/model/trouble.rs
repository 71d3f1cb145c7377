//! Why a value could not be read: the sub-expression that gave it, and with what operands.

use super::Model;
use crate::vm::Row;
use crate::vm::graph::{Node, Op, operands};
use crate::vm::op::{Binary, Unary};

/// The sub-expression, as written, that first gave a value which is not finite, and what it did.
pub fn explain(model: &Model, rows: &[Row], node: Node, lane: usize) -> (String, String) {
    let value = |n: Node| rows[n.index()][lane];
    let (mut at, mut text) = (node, model.origins.get(&node));
    loop {
        let op = model.program.op(at);
        let culprit = match op {
            Op::Select(c, _, _) if !value(*c).is_finite() => Some(*c),
            Op::Select(c, a, b) => {
                Some(if value(*c) != 0.0 { *a } else { *b }).filter(|n| !value(*n).is_finite())
            }
            _ => operands(op).find(|n| !value(*n).is_finite()),
        };
        match culprit {
            Some(next) => {
                at = next;
                text = model.origins.get(&at).or(text);
            }
            None => return (text.cloned().unwrap_or_default(), reason(op, value(at), &value)),
        }
    }
}

fn reason(op: &Op, result: f64, value: &dyn Fn(Node) -> f64) -> String {
    let result = if result.is_nan() { "not a number" } else { "beyond every number" };
    match op {
        Op::Binary(Binary::Divide, a, b) if value(*b) == 0.0 => format!("divides {} by 0", value(*a)),
        Op::Binary(Binary::Power, a, b) => format!("{} ^ {} is {result}", value(*a), value(*b)),
        Op::Unary(Unary::Ln, a) => format!("ln({}) is {result}", value(*a)),
        Op::Unary(Unary::Sqrt, a) => format!("sqrt({}) is {result}", value(*a)),
        Op::Unary(Unary::Exp, a) => format!("exp({}) is {result}", value(*a)),
        // What is spoilt there says no more of how it was.
        Op::Window(..) => "a value within the window was no finite number".to_owned(),
        _ => format!("it is {result}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::scenario::Scenario;
    use crate::model::step::Workspace;
    use crate::vm::isa::Isa;

    /// What the first failure says of a variable that reads the stock `s`: −1 at the start, and one more a day.
    fn told(variable: &str) -> (usize, String, String) {
        let text = format!(
            "schema = 1\nstart = 2024-01-01\nend = 2024-01-05\n[stocks.s]\ninitial = -1\n\
             change_per_year = 365.25\n[variables]\nv = \"{variable}\"\n"
        );
        let model = Scenario::parse("trouble.toml", &text).unwrap().compile().unwrap();
        let mut workspace = Workspace::new(&model, 1, Isa::widest(), &[]);
        let failure = &workspace.run(0, 1).failures[0];
        (failure.row, failure.expression.clone(), failure.reason.clone())
    }

    #[test]
    fn the_part_that_failed_is_named_with_what_it_did() {
        for (variable, row, expression, reason) in [
            ("2 + 3 / s", 1, "3 / s", "divides 3 by 0"),
            ("1e300 / (1e-9 * s)", 0, "1e300 / (1e-9 * s)", "it is beyond every number"),
            ("1 + ln(s)", 0, "ln(s)", "ln(-1) is not a number"),
            ("5 * sqrt(s)", 0, "sqrt(s)", "sqrt(-1) is not a number"),
            ("exp(800 * (s + 1)) - 1", 1, "exp(800 * (s + 1))", "exp(800) is beyond every number"),
            ("(10 * s) ^ 0.5", 0, "(10 * s) ^ 0.5", "-10 ^ 0.5 is not a number"),
            ("if(1 / s > 2, 1, 2)", 1, "1 / s", "divides 1 by 0"),
            ("if(s > 0.5, ln(0 - s), 7)", 2, "ln(0 - s)", "ln(-1) is not a number"),
            ("if(s > -0.5, ln(s), sqrt(s))", 0, "sqrt(s)", "sqrt(-1) is not a number"),
            ("if(s > -0.5, 7, ln(s))", 0, "ln(s)", "ln(-1) is not a number"),
            ("1e300 * (s + 2) * 1e9", 0, "1e300 * (s + 2) * 1e9", "it is beyond every number"),
            (
                "if(s > 0.5, 1 + mean(1 / s, 5), 0)",
                2,
                "mean(1 / s, 5)",
                "a value within the window was no finite number",
            ),
        ] {
            assert_eq!(told(variable), (row, expression.to_owned(), reason.to_owned()), "{variable}");
        }
    }
}
