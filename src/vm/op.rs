//! The operations of the expression program: what each does to numbers and to rows of them.
//!
//! Every operation carries a non-finite value on, comparisons and selections included: `x - x` is 0
//! for a finite number and NaN for any other.

use serde::{Deserialize, Serialize};

use super::math;
use super::{LANES, Row, taint};

/// An operation on one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unary {
    Not,
    Negate,
    Abs,
    Exp,
    Ln,
    Sqrt,
    Floor,
    Round,
    Logistic,
}

/// An operation on two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Binary {
    Or,
    And,
    Less,
    LessOrEqual,
    Equal,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Min,
    Max,
}

#[inline(always)]
fn flag(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// Fills a row lane by lane. A loop where it stands: a closure would be compiled for every machine alike.
macro_rules! fill {
    ($out:ident, $($name:ident in $row:ident),+ => $value:expr) => {
        for lane in 0..LANES {
            $(let $name = $row[lane];)+
            $out[lane] = $value;
        }
    };
}

impl Unary {
    /// Applies it to a row.
    #[inline(always)]
    pub fn apply(self, out: &mut Row, a: &Row) {
        match self {
            Unary::Not => fill!(out, x in a => flag(x == 0.0) + taint(x)),
            Unary::Negate => fill!(out, x in a => -x),
            Unary::Abs => fill!(out, x in a => f64::abs(x)),
            Unary::Exp => fill!(out, x in a => math::exp(x)),
            Unary::Ln => fill!(out, x in a => math::ln(x)),
            Unary::Sqrt => fill!(out, x in a => f64::sqrt(x)),
            Unary::Floor => fill!(out, x in a => math::floor(x)),
            Unary::Round => fill!(out, x in a => math::round_half_up(x)),
            Unary::Logistic => fill!(out, x in a => math::logistic(x)),
        }
    }
}

impl Binary {
    /// Applies it to two rows.
    #[inline(always)]
    pub fn apply(self, out: &mut Row, a: &Row, b: &Row) {
        match self {
            Binary::Or => fill!(out, x in a, y in b => flag(x != 0.0 || y != 0.0) + (taint(x) + taint(y))),
            Binary::And => fill!(out, x in a, y in b => flag(x != 0.0 && y != 0.0) + (taint(x) + taint(y))),
            Binary::Less => fill!(out, x in a, y in b => flag(x < y) + (taint(x) + taint(y))),
            Binary::LessOrEqual => fill!(out, x in a, y in b => flag(x <= y) + (taint(x) + taint(y))),
            Binary::Equal => fill!(out, x in a, y in b => flag(x == y) + (taint(x) + taint(y))),
            Binary::Add => fill!(out, x in a, y in b => x + y),
            Binary::Subtract => fill!(out, x in a, y in b => x - y),
            Binary::Multiply => fill!(out, x in a, y in b => x * y),
            Binary::Divide => fill!(out, x in a, y in b => x / y + taint(y)),
            Binary::Power => fill!(out, x in a, y in b => math::pow(x, y)),
            Binary::Min => fill!(out, x in a, y in b => (if x < y { x } else { y }) + (taint(x) + taint(y))),
            Binary::Max => fill!(out, x in a, y in b => (if x > y { x } else { y }) + (taint(x) + taint(y))),
        }
    }
}

/// `a` where `c` is true, else `b`; the other is ignored, whatever it is.
#[inline(always)]
pub fn select(out: &mut Row, c: &Row, a: &Row, b: &Row) {
    for lane in 0..LANES {
        out[lane] = (if c[lane] != 0.0 { a[lane] } else { b[lane] }) + taint(c[lane]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unary(op: Unary, x: f64) -> f64 {
        let mut out = [0.0; LANES];
        op.apply(&mut out, &[x; LANES]);
        out[0]
    }

    fn binary(op: Binary, x: f64, y: f64) -> f64 {
        let mut out = [0.0; LANES];
        op.apply(&mut out, &[x; LANES], &[y; LANES]);
        out[0]
    }

    #[test]
    fn every_operation_carries_a_non_finite_value_on() {
        use Binary::*;
        use Unary::*;
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for op in [Not, Negate, Abs, Exp, Ln, Sqrt, Floor, Round, Logistic] {
                assert!(!unary(op, bad).is_finite(), "{op:?} {bad}");
            }
            for op in [Or, And, Less, LessOrEqual, Equal, Add, Subtract, Multiply, Divide, Power, Min, Max] {
                for fine in [0.0, 1.0, -2.5] {
                    assert!(!binary(op, bad, fine).is_finite(), "{op:?} {bad} {fine}");
                    assert!(!binary(op, fine, bad).is_finite(), "{op:?} {fine} {bad}");
                }
            }
        }
    }

    #[test]
    fn a_selection_ignores_what_it_does_not_take() {
        let mut out = [0.0; LANES];
        select(&mut out, &[1.0; LANES], &[7.0; LANES], &[f64::NAN; LANES]);
        assert_eq!(out[0], 7.0);
        select(&mut out, &[f64::NAN; LANES], &[7.0; LANES], &[7.0; LANES]);
        assert!(out[0].is_nan());
    }

    #[test]
    fn comparisons_give_zero_or_one() {
        assert_eq!((binary(Binary::Less, 1.0, 2.0), binary(Binary::Less, 2.0, 2.0)), (1.0, 0.0));
        assert_eq!((binary(Binary::LessOrEqual, 2.0, 2.0), binary(Binary::Equal, 2.0, 2.0)), (1.0, 1.0));
        assert_eq!((unary(Unary::Not, 3.0), binary(Binary::And, 0.5, -1.0)), (0.0, 1.0));
        assert_eq!((unary(Unary::Round, 2.5), unary(Unary::Round, -2.5)), (3.0, -2.0));
    }
}
