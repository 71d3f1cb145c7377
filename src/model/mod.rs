//! The model: one file a process kind, each with its keys, checks, signals, compilation and step.

pub mod record;
