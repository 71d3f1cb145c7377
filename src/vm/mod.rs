//! Numbers in lanes: rows of 64 replicates, portable mathematics, addressed random numbers, inverse
//! distribution functions, inversion of counts, and the expression program. Knows no scenario.

pub mod copula;
pub mod counts;
pub mod graph;
pub mod inverse;
pub mod isa;
pub mod markov;
pub mod math;
pub mod op;
pub mod program;
pub mod random;
pub mod special;
pub mod window;

/// Replicates that advance together.
pub const LANES: usize = 64;

/// One number for each replicate of a block.
pub type Row = [f64; LANES];
