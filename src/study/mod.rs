//! Studies: many runs with a purpose.

pub mod points;
