//! What a forecast is required to reach: `skill > 0`, `skill.announced of iraq.us >= 0.2`, `coverage80 >= 0.6`.

use std::fmt;

use super::forecasts::Baseline;
use super::observed::Observed;
use super::scored::{Measure, Scored};
use crate::lang::diagnostic::nearest;

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    written: String,
    what: Required,
    /// `None`: of all.
    signal: Option<String>,
    sign: Sign,
    bound: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Required {
    Mean(Measure),
    Skill(Baseline),
    /// Against every baseline there is: the least of the skills.
    EverySkill,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sign {
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// Longer ones first: `>=` begins with `>`.
const SIGNS: [(&str, Sign); 4] =
    [(">=", Sign::AtLeast), ("<=", Sign::AtMost), (">", Sign::Above), ("<", Sign::Below)];

/// A bar that was not reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Missed {
    /// As it was written.
    pub bar: String,
    /// What there is instead; `None` where nothing could be told.
    pub value: Option<f64>,
}

impl Bar {
    /// Reads a bar.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str, observed: &Observed) -> Result<Self, String> {
        let found = SIGNS.iter().find_map(|(sign, which)| Some((text.split_once(sign)?, *which)));
        let Some(((left, right), sign)) = found else {
            return Err(format!("`{text}` compares nothing: write MEASURE > NUMBER, such as \"skill > 0\""));
        };
        let bound = right.trim().parse().ok().filter(|bound: &f64| bound.is_finite());
        let bound = bound.ok_or_else(|| format!("`{}` in `{text}` is no number", right.trim()))?;
        let (measure, signal) = match left.split_once(" of ") {
            Some((measure, signal)) => (measure.trim(), Some(signal.trim().to_owned())),
            None => (left.trim(), None),
        };
        let what = required(measure)?;
        if let Some(name) = &signal {
            let known = observed.signals();
            if !known.contains(&name.as_str()) {
                let near =
                    nearest(name, known.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
                return Err(format!("no `{name}` was observed{}", near.unwrap_or_default()));
            }
        } else if matches!(what, Required::Mean(measure) if measure.has_unit()) {
            return Err(format!(
                "`{measure}` has a unit: say of which signal, as in \"{measure} of iraq.us < 500\""
            ));
        }
        Ok(Self { written: text.trim().to_owned(), what, signal, sign, bound })
    }

    /// Whether it is reached.
    ///
    /// # Errors
    /// It is not; what there is instead.
    pub fn check(&self, scored: &Scored) -> Result<(), Missed> {
        let value = scored.group(self.signal.as_deref()).and_then(|group| {
            let estimate = match self.what {
                Required::Mean(measure) => group.mean(measure),
                Required::Skill(baseline) => group.skill(baseline),
                Required::EverySkill => group.hardest().map(|(_, skill)| skill),
            };
            estimate.map(|estimate| estimate.value)
        });
        let holds = value.is_some_and(|value| match self.sign {
            Sign::Above => value > self.bound,
            Sign::AtLeast => value >= self.bound,
            Sign::Below => value < self.bound,
            Sign::AtMost => value <= self.bound,
        });
        if holds { Ok(()) } else { Err(Missed { bar: self.written.clone(), value }) }
    }
}

fn required(measure: &str) -> Result<Required, String> {
    if measure == "skill" {
        return Ok(Required::EverySkill);
    }
    let skill = |baseline: Baseline| (format!("skill.{}", baseline.name()), Required::Skill(baseline));
    let mean = |measure: Measure| (measure.name().to_owned(), Required::Mean(measure));
    let known: Vec<(String, Required)> =
        Baseline::ALL.map(skill).into_iter().chain(Measure::ALL.map(mean)).collect();
    if let Some((_, what)) = known.iter().find(|(name, _)| name == measure) {
        return Ok(*what);
    }
    let names: Vec<&str> =
        std::iter::once("skill").chain(known.iter().map(|(name, _)| name.as_str())).collect();
    let near = nearest(measure, names.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
    Err(format!(
        "there is no measure `{measure}`{} (there are {})",
        near.unwrap_or_default(),
        names.join(", ")
    ))
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(value) if value.is_finite() => write!(f, "required {}; it is {value:.3}", self.bar),
            Some(_) => {
                write!(f, "required {}; a baseline was exactly right, and the forecast was not", self.bar)
            }
            None => write!(f, "required {}; no observation tells", self.bar),
        }
    }
}
