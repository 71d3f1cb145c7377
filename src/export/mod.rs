//! Files for people: sees results, nothing above or beside.

pub mod chart;
