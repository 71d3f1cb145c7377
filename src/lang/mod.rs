//! The scenario language: text that keeps its lines, overlays, quantities, expressions, diagnostics.

pub mod diagnostic;
pub mod document;
pub mod expression;
pub mod ids;
pub mod keys;
pub mod lever;
pub mod quantity;
mod reach;
pub mod reader;
pub mod record;
mod slips;
pub mod source;
pub mod strays;
pub mod tree;
