//! Integration tests, in one binary.

mod checks;
mod cli;
mod common;
mod determinism;
mod errors;
mod layering;
mod moves;
mod posture;
mod properties;
mod reference;
mod statistics;
mod theatre;
mod windows;
