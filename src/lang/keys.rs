//! What a key is: its name, what it takes, when it is read and what it means. One table of keys per
//! process feeds the reader, the error messages and the reference.

use serde::{Deserialize, Serialize};

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub takes: Takes,
    pub required: bool,
    /// What it means, with its unit.
    pub doc: &'static str,
    /// What holds where it is left out; empty for a key that must be given.
    pub left_out: &'static str,
    /// An example of its value, where what it takes does not give a good one.
    pub such_as: Option<&'static str>,
}

/// What stands behind a key.
#[derive(Debug)]
pub enum Takes {
    Text,
    Texts,
    /// `"all"` or a list of names.
    TextOrTexts,
    Whole,
    Date,
    /// A date or a range of days.
    Dates,
    Choice(&'static [&'static str]),
    /// The id of something: `theatre`.
    Id(&'static str),
    Ids(&'static str),
    Location,
    /// A number, a quantity or an expression.
    Number(Number),
    /// Numbers keyed by ids of something.
    Numbers(&'static str, Number),
    /// Something that only the process itself can explain; how it is written.
    Special(&'static str),
    Table,
}

/// When a numeric key is read, and what values it may have.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    pub when: When,
    pub domain: Domain,
    /// An example.
    pub example: &'static str,
}

/// When a numeric key is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once a replicate, at the start, over parameters only.
    Once,
    /// At each step, over signals.
    Step,
    /// Drawn anew whenever a shock sets in.
    Onset,
}

/// Values a number may have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Domain {
    Any,
    /// At least 0.
    NotNegative,
    /// Above 0.
    Positive,
    /// 0 to 1.
    Probability,
    /// At least 0 and below 1.
    BelowOne,
}

impl Domain {
    /// For tables: `at least 0`.
    pub fn describe(self) -> &'static str {
        match self {
            Domain::Any => "any",
            Domain::NotNegative => "at least 0",
            Domain::Positive => "above 0",
            Domain::Probability => "0 to 1",
            Domain::BelowOne => "0 to below 1",
        }
    }

    /// Whether a value is legal; the rule when it is not.
    pub fn check(self, value: f64) -> Result<(), &'static str> {
        let (legal, rule) = match self {
            Domain::Any => (value.is_finite(), "must be finite"),
            Domain::NotNegative => (value >= 0.0, "must be at least 0"),
            Domain::Positive => (value > 0.0, "must be above 0"),
            Domain::Probability => ((0.0..=1.0).contains(&value), "must lie between 0 and 1"),
            Domain::BelowOne => ((0.0..1.0).contains(&value), "must be at least 0 and below 1"),
        };
        if legal { Ok(()) } else { Err(rule) }
    }

    /// Whether every value from `low` to `high` is legal. An end that is 0 because the
    /// distribution is positive, or infinite because it has no bound, is never drawn.
    pub fn check_support(self, low: f64, high: f64) -> Result<(), &'static str> {
        let drawn = |end: f64, inward: f64| if low == high { end } else { end + (inward - end) * 1e-9 };
        let inside = |x: f64| if x.is_infinite() { x.signum() * f64::MAX } else { x };
        let (low, high) = (inside(low), inside(high));
        self.check(drawn(low, high.min(low + low.abs().max(1.0))))?;
        self.check(drawn(high, low.max(high - high.abs().max(1.0))))
    }
}

impl Takes {
    /// For messages: `a date`.
    pub fn describe(&self) -> &'static str {
        match self {
            Takes::Text | Takes::Choice(_) => "text",
            Takes::Texts => "a list of texts",
            Takes::TextOrTexts => "\"all\" or a list of texts",
            Takes::Whole => "a whole number",
            Takes::Date => "a date",
            Takes::Dates => "a date or a range of two dates",
            Takes::Id(_) => "a name",
            Takes::Ids(_) => "a list of names",
            Takes::Location => "two numbers",
            Takes::Number(_) => "a number, a quantity or an expression",
            Takes::Numbers(..) => "a table of numbers",
            Takes::Special(usage) => usage,
            Takes::Table => "a table",
        }
    }
}

impl Key {
    /// A key that may be left out.
    pub const fn optional(name: &'static str, takes: Takes, doc: &'static str) -> Self {
        Self { name, takes, required: false, doc, left_out: "", such_as: None }
    }

    /// A key that must be given.
    pub const fn required(name: &'static str, takes: Takes, doc: &'static str) -> Self {
        Self { name, takes, required: true, doc, left_out: "", such_as: None }
    }

    /// A number read once a replicate.
    pub const fn once(name: &'static str, domain: Domain, example: &'static str, doc: &'static str) -> Self {
        Self::optional(name, Takes::Number(Number { when: When::Once, domain, example }), doc)
    }

    /// A number read at each step.
    pub const fn step(name: &'static str, example: &'static str, doc: &'static str) -> Self {
        Self::optional(name, Takes::Number(Number { when: When::Step, domain: Domain::Any, example }), doc)
    }

    /// The same key, which must be given.
    pub const fn must(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same key, with what holds where it is left out.
    pub const fn left_out(mut self, what: &'static str) -> Self {
        self.left_out = what;
        self
    }

    /// The same key, with an example of its value.
    pub const fn such_as(mut self, value: &'static str) -> Self {
        self.such_as = Some(value);
        self
    }

    /// How it is written.
    pub fn example(&self) -> String {
        if let Some(value) = self.such_as {
            return format!("{} = {value}", self.name);
        }
        let value = match &self.takes {
            Takes::Text => "\"text\"",
            Takes::Texts => "[\"text\", \"text\"]",
            Takes::TextOrTexts => "\"all\" or [\"iraq.troops\", \"*.troops\"]",
            Takes::Whole => "10_000",
            Takes::Date => "2025-09-30",
            Takes::Dates => "2025-09-30 or [2024-09-15, 2025-09-30]",
            Takes::Choice(words) => return format!("{} = \"{}\"", self.name, words.join("\" or \"")),
            Takes::Id(what) => return format!("{} = \"id of a {what}\"", self.name),
            Takes::Ids(what) => return format!("{} = [\"ids of {what}\"]", self.name),
            Takes::Location => "[33.8, 42.4]",
            Takes::Number(number) | Takes::Numbers(_, number) => number.example,
            Takes::Special(usage) => usage,
            Takes::Table => "{ … }",
        };
        format!("{} = {value}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_checked_over_the_whole_support() {
        assert!(Domain::Positive.check_support(0.0, f64::INFINITY).is_ok());
        assert!(Domain::Positive.check_support(0.0, 0.0).is_err());
        assert!(Domain::Positive.check_support(f64::NEG_INFINITY, f64::INFINITY).is_err());
        assert!(Domain::BelowOne.check_support(0.0, 1.0).is_ok());
        assert!(Domain::BelowOne.check_support(0.2, 1.2).is_err());
        assert!(Domain::Probability.check_support(-0.1, 0.5).is_err());
        assert!(Domain::NotNegative.check_support(5.0, 5.0).is_ok());
    }
}
