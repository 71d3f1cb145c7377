//! Integration tests, in one binary.

mod checks;
mod errors;
mod reference;
