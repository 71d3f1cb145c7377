//! Rank correlations, and the bound of chance beside them, as people read them.

use crate::results::format::digits;
use crate::study::influence::Chance;

/// A correlation's size.
pub fn two_places(x: f64) -> String {
    digits(x, Some(0.01))
}

/// A correlation with its sign.
pub fn signed(correlation: f64) -> String {
    let size = two_places(correlation.abs());
    if correlation < 0.0 { format!("−{size}") } else { format!("+{size}") }
}

/// A bound of chance in per cent; no digit beyond its error.
pub fn percent(chance: Chance) -> String {
    digits(100.0 * chance.share, Some((100.0 * chance.error).max(1.0)))
}
