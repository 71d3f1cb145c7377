//! What results need to be read: names, labels, units, dates, thresholds, the announced schedule, sources.

use crate::calendar::{Calendar, Date};

/// Everything about a scenario that a table or a picture of its results says.
#[derive(Clone, Debug)]
pub struct Legend {
    /// The scenario file's stem: `iraq-syria`.
    pub scenario: String,
    /// The scenario's `name`, else its stem.
    pub title: String,
    /// All rows.
    pub calendar: Calendar,
    /// The rows that are reported, ascending; the first is 0 and the last is the end.
    pub report: Vec<usize>,
    /// Summarised signals, in the order of the tables. Flags and values are interleaved here; in a
    /// record they are numbered apart, each in this order.
    pub signals: Vec<Signal>,
    pub indicators: Vec<Indicator>,
    pub milestones: Vec<Milestone>,
    pub phases: Vec<Phase>,
    pub theatres: Vec<Theatre>,
    pub sites: Vec<Site>,
    /// Every quantity of the scenario with its distribution and source: the assumption ledger.
    pub quantities: Vec<Quantity>,
    pub sources: Vec<Source>,
    /// Names of what can be held to limits, in the order of `Record::clamped`.
    pub clamps: Vec<String>,
    /// Signals whose whole paths are kept, in the order of `Record::paths`.
    pub paths: Vec<String>,
}

/// What a signal's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0 or 1: summarised as a probability.
    Flag,
    /// A value at a date.
    Level,
    /// How many in a span of time: summarised as totals since the row before, none at the start.
    Count,
}

/// A summarised signal.
#[derive(Clone, Debug)]
pub struct Signal {
    pub name: String,
    pub kind: Kind,
    /// `people`, `attacks`, `%`…; empty when the scenario does not say.
    pub unit: String,
    /// Whole numbers only: quantiles are then rounded to whole numbers.
    pub whole: bool,
    /// The same at every row of a replicate (a parameter): reported at the start only.
    pub once: bool,
}

/// A signal with amber and red.
#[derive(Clone, Debug)]
pub struct Indicator {
    pub id: String,
    pub label: String,
    pub unit: String,
    /// The thresholds, at the medians of what they are drawn from.
    pub amber: f64,
    pub red: f64,
    /// Red is below amber.
    pub lower_is_worse: bool,
    pub for_days: f64,
}

/// A condition whose date is asked for.
#[derive(Clone, Debug)]
pub struct Milestone {
    pub id: String,
    pub label: String,
    /// The date it is asked for, if one was given.
    pub by: Option<Date>,
    /// Counted only among histories in which this other milestone (an index) happened.
    pub given: Option<usize>,
}

/// A step of the schedule, as announced.
#[derive(Clone, Debug)]
pub struct Phase {
    pub id: String,
    pub label: String,
    /// Announced dates, shifted by `shift_days` but not slipped; a triggered phase has none.
    pub start: Option<Date>,
    pub end: Option<Date>,
}

/// A country or area.
#[derive(Clone, Debug)]
pub struct Theatre {
    pub id: String,
    pub label: String,
    /// People by row if every dated phase runs exactly as announced and no triggered one opens:
    /// (date, people) at each reported row.
    pub announced: Vec<(Date, f64)>,
}

/// A base.
#[derive(Clone, Debug)]
pub struct Site {
    pub id: String,
    pub label: String,
    pub theatre: String,
    /// Degrees north and east.
    pub location: Option<[f64; 2]>,
}

/// An assumption.
#[derive(Clone, Debug)]
pub struct Quantity {
    /// Where it stands: `parameters.reliance`.
    pub path: String,
    /// The distribution as a person writes it: `PERT 0.1, 0.3, 0.6`.
    pub text: String,
    pub source: Option<String>,
    pub note: Option<String>,
    pub basis: Option<String>,
    /// Its place in `Record::drawn`; `None` for a number or a draw at each onset.
    pub drawn: Option<usize>,
}

/// Where a number came from.
#[derive(Clone, Debug)]
pub struct Source {
    pub id: String,
    pub title: String,
    pub date: Option<Date>,
    pub url: Option<String>,
    pub note: Option<String>,
}
