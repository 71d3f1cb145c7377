//! Integration tests, in one binary.

mod checks;
mod reference;
