//! Numbers in lanes: rows of 64 replicates, portable mathematics, addressed random numbers, inverse
//! distribution functions, inversion of counts, and the expression program. Knows no scenario.

pub mod copula;
pub mod counts;
pub mod eight;
pub mod graph;
pub mod inverse;
pub mod isa;
pub mod markov;
pub mod mask;
pub mod math;
pub mod op;
pub mod program;
pub mod random;
pub mod rows;
pub mod special;
pub mod window;

/// Replicates that advance together.
pub const LANES: usize = 64;

/// One number for each replicate of a block.
pub type Row = [f64; LANES];

/// 0 for a finite number, NaN for any other: added to a result, it carries a bad operand on.
#[expect(clippy::eq_op, reason = "inf - inf and NaN - NaN are NaN; faster in lanes than a branch")]
#[inline(always)]
pub fn taint(x: f64) -> f64 {
    x - x
}

/// Whether every number of a row is finite.
#[inline(always)]
pub fn all_finite(row: &Row) -> bool {
    // Bits, not a sum: a sum has an order, which keeps it from being taken in vectors.
    !row.iter().fold(false, |bad, x| bad | !x.is_finite())
}
