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
        Op::Window(..) => format!("a value within the window was {result}"),
        _ => format!("it is {result}"),
    }
}
