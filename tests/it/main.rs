//! Integration tests, in one binary.

mod charts;
mod checks;
mod cli;
mod common;
mod compare;
mod counts;
mod determinism;
mod errors;
mod estimators;
mod faults;
mod golden;
mod layering;
mod library;
mod moves;
mod overlaps;
mod picture;
mod posture;
mod properties;
mod reference;
mod report;
mod sensitivity;
mod shards;
mod statistics;
mod sweep;
mod theatre;
mod windows;
