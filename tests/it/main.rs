//! Integration tests, in one binary.

mod checks;
mod common;
mod moves;
mod posture;
mod reference;
mod windows;
