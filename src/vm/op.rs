//! The operations of the expression program: what each does to numbers and to rows of them.
//!
//! Every operation carries a non-finite value on, comparisons and selections included: `x - x` is 0
//! for a finite number and NaN for any other.

use super::math;
use super::{LANES, Row, taint};

/// An operation on one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

#[inline(always)]
fn map(out: &mut Row, a: &Row, f: impl Fn(f64) -> f64) {
    for lane in 0..LANES {
        out[lane] = f(a[lane]);
    }
}

#[inline(always)]
fn zip(out: &mut Row, a: &Row, b: &Row, f: impl Fn(f64, f64) -> f64) {
    for lane in 0..LANES {
        out[lane] = f(a[lane], b[lane]);
    }
}

impl Unary {
    /// Applies it to a row.
    #[inline(always)]
    pub fn apply(self, out: &mut Row, a: &Row) {
        match self {
            Unary::Not => map(out, a, |x| flag(x == 0.0) + taint(x)),
            Unary::Negate => map(out, a, |x| -x),
            Unary::Abs => map(out, a, f64::abs),
            Unary::Exp => map(out, a, math::exp),
            Unary::Ln => map(out, a, math::ln),
            Unary::Sqrt => map(out, a, f64::sqrt),
            Unary::Floor => map(out, a, math::floor),
            Unary::Round => map(out, a, math::round_half_up),
            Unary::Logistic => map(out, a, math::logistic),
        }
    }
}

impl Binary {
    /// Applies it to two rows.
    #[inline(always)]
    pub fn apply(self, out: &mut Row, a: &Row, b: &Row) {
        match self {
            Binary::Or => zip(out, a, b, |x, y| flag(x != 0.0 || y != 0.0) + (taint(x) + taint(y))),
            Binary::And => zip(out, a, b, |x, y| flag(x != 0.0 && y != 0.0) + (taint(x) + taint(y))),
            Binary::Less => zip(out, a, b, |x, y| flag(x < y) + (taint(x) + taint(y))),
            Binary::LessOrEqual => zip(out, a, b, |x, y| flag(x <= y) + (taint(x) + taint(y))),
            Binary::Equal => zip(out, a, b, |x, y| flag(x == y) + (taint(x) + taint(y))),
            Binary::Add => zip(out, a, b, |x, y| x + y),
            Binary::Subtract => zip(out, a, b, |x, y| x - y),
            Binary::Multiply => zip(out, a, b, |x, y| x * y),
            Binary::Divide => zip(out, a, b, |x, y| x / y + taint(y)),
            Binary::Power => zip(out, a, b, math::pow),
            Binary::Min => zip(out, a, b, |x, y| (if x < y { x } else { y }) + (taint(x) + taint(y))),
            Binary::Max => zip(out, a, b, |x, y| (if x > y { x } else { y }) + (taint(x) + taint(y))),
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
