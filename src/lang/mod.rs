//! The scenario language: text that keeps its lines, overlays, quantities, expressions, diagnostics.

pub mod quantity;
