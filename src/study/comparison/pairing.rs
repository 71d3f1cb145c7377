//! Whether scenarios can be paired, and why not, in words for whoever asked.

use std::fmt;

use super::tally::Tally;
use crate::model::Model;
use crate::run::any_seed;

/// Why there is nothing to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComparisonError {
    /// There is a base, and nothing to compare it with.
    TooFew,
    /// No replicates, or more than can be counted.
    Replicates(u64),
    /// Scenarios whose replicates have no partner in the base: every reason of each.
    Unpaired(Vec<Mismatch>),
    /// No indicator, milestone or theatre of the base is in another scenario, too.
    NothingInCommon,
    /// No world in which every scenario ran to the end; for each that failed, what stopped it first.
    NothingCompleted(Vec<String>),
    /// The threads could not be made.
    Threads(String),
    /// It was asked to stop.
    Interrupted,
}

/// One reason for which a scenario cannot be paired with the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// `start`, `end`, `step` or `seed`: the key of the scenario.
    pub key: &'static str,
    /// The base, and what it has there.
    pub base: (String, String),
    /// The other scenario, and what it has there.
    pub other: (String, String),
}

/// What to call the scenarios: by the stems of their files, numbered where two have one.
pub fn names(models: &[&Model]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for model in models {
        let numbered = (2..).map(|number| format!("{}-{number}", model.stem));
        let free = std::iter::once(model.stem.clone()).chain(numbered).find(|name| !names.contains(name));
        names.extend(free);
    }
    names
}

/// The seed that serves all scenarios, if their replicates can be paired at all: the one asked for, else the one
/// they state, else one that is drawn.
pub fn common_seed(models: &[&Model], names: &[String], asked: Option<u64>) -> Result<u64, ComparisonError> {
    let mut mismatches = Vec::new();
    for (model, name) in models.iter().zip(names).skip(1) {
        let (base, other) = (&models[0].calendar, &model.calendar);
        let days = |step: u32| format!("{step} {}", if step == 1 { "day" } else { "days" });
        let rows = [
            ("start", base.start().to_string(), other.start().to_string()),
            ("end", base.end().to_string(), other.end().to_string()),
            ("step", days(base.step_days()), days(other.step_days())),
        ];
        for (key, base, other) in rows.into_iter().filter(|(_, base, other)| base != other) {
            mismatches.push(Mismatch { key, base: (names[0].clone(), base), other: (name.clone(), other) });
        }
    }
    let mut stated = models.iter().zip(names).filter_map(|(model, name)| Some((model.seed?, name)));
    let first = stated.next();
    if let (None, Some((seed, name))) = (asked, first) {
        for (other, its) in stated.filter(|(other, _)| *other != seed) {
            let (base, other) = ((name.clone(), seed.to_string()), (its.clone(), other.to_string()));
            mismatches.push(Mismatch { key: "seed", base, other });
        }
    }
    if !mismatches.is_empty() {
        return Err(ComparisonError::Unpaired(mismatches));
    }
    Ok(asked.or(first.map(|(seed, _)| seed)).unwrap_or_else(any_seed))
}

impl ComparisonError {
    /// What stopped each scenario first.
    pub(super) fn nothing_completed(tally: &Tally, names: &[String]) -> Self {
        let first = tally.failures.iter().zip(names).filter_map(|(failures, name)| {
            let (_, failure) = failures.lowest.first_key_value()?;
            let replicate = failure.replicate + 1;
            Some(format!("`{name}`, replicate {replicate}: {}: {}", failure.signal, failure.reason))
        });
        Self::NothingCompleted(first.collect())
    }
}

impl fmt::Display for ComparisonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew => f.write_str(
                "a comparison takes two scenarios or more, the first of which is its base: drawdown compare \
                 BASE.toml OTHER.toml. A variant is a file of a few lines that begins with extends = \"BASE.toml\"",
            ),
            Self::Replicates(n) => write!(f, "{n} replicates cannot be run"),
            Self::Unpaired(mismatches) => {
                f.write_str("the scenarios cannot be paired, world by world:")?;
                mismatches.iter().try_for_each(|mismatch| write!(f, "\n  {mismatch}"))
            }
            Self::NothingInCommon => f.write_str(
                "the scenarios have no indicator, milestone or theatre in common: nothing can be compared. Things \
                 are matched by their ids",
            ),
            Self::NothingCompleted(first) => {
                f.write_str("there is no world in which every scenario ran to the end; what stopped them first:")?;
                first.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Self::Threads(why) => write!(f, "no threads: {why}"),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((base, its), (other, others)) = (&self.base, &self.other);
        match self.key {
            "start" => write!(
                f,
                "`{other}` starts on {others}, `{base}` on {its}: their worlds would not meet the same days (for \
                 all: --set start={its})"
            ),
            "end" => write!(
                f,
                "`{other}` ends on {others}, `{base}` on {its}: ends and peaks would be of other spans (for all: \
                 --set end={its})"
            ),
            "step" => write!(
                f,
                "`{other}` has steps of {others}, `{base}` of {its}: a step of another length draws other chance \
                 (for all: --set step=\"{its}\")"
            ),
            key => write!(
                f,
                "`{other}` states {key} {others}, `{base}` {its}: one must serve both (say which: -s {its})"
            ),
        }
    }
}

impl std::error::Error for ComparisonError {}
