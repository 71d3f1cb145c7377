//! Integration tests, in one binary.

mod checks;
mod common;
mod posture;
mod reference;
