//! Why a study of sensitivity could not be made, in words for whoever asked.

use std::fmt;

use super::plan::Method;
use crate::results::format::count;
use crate::study::TargetError;
use crate::study::points::PointsError;

/// Why there are no findings.
#[derive(Debug)]
pub enum SensitivityError {
    /// Nothing was asked about.
    NoTarget,
    /// What was asked about does not exist.
    UnknownTargets(Vec<TargetError>),
    /// Targets that are the same number in every history, whatever is drawn.
    Fixed(Vec<String>),
    /// Every quantity of the scenario is a fixed number.
    NothingDrawn,
    /// Fewer histories than the method can work with.
    TooFew { method: Method, asked: u64, needed: u64, inputs: usize },
    /// Targets, with their values, that were the same in every history of the pilot.
    Constant { constant: Vec<(String, f64)>, completed: u64 },
    /// No history, or no whole row of the design, ran to the end.
    NothingCompleted,
    /// There are no such points.
    Points(PointsError),
    /// The threads could not be made.
    Threads(String),
    /// It was asked to stop.
    Interrupted,
}

impl fmt::Display for SensitivityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTarget => f.write_str("sensitivity of what? Name a target, such as peak.INDICATOR"),
            Self::UnknownTargets(errors) => {
                let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\nerror: "))
            }
            Self::Fixed(names) => write!(
                f,
                "{} the same in every history, whatever is drawn: nothing to explain",
                quoted_are(names)
            ),
            Self::NothingDrawn => f.write_str(
                "the scenario draws nothing: every quantity is a fixed number, and all that differs between \
                 histories is chance. Give quantities a range, such as { pert = [0.1, 0.3, 0.6] }",
            ),
            Self::TooFew { method, asked, needed, inputs } => write!(
                f,
                "{} histories are too few for --method {} with {inputs} {}: it needs at least {} (-n {needed})",
                count(*asked),
                method.name(),
                if *inputs == 1 { "input" } else { "inputs" },
                count(*needed),
            ),
            Self::Constant { constant, completed } => {
                let each = constant.iter().map(|(name, value)| format!("`{name}` is {value}"));
                write!(
                    f,
                    "{} in all of the first {} histories: nothing to explain, or too rare to be explained",
                    each.collect::<Vec<_>>().join(" and "),
                    count(*completed)
                )
            }
            Self::NothingCompleted => {
                f.write_str("too few histories ran to the end; `drawdown run` says what stopped them")
            }
            Self::Points(_) => f.write_str("there is no such design"),
            Self::Threads(why) => write!(f, "no threads: {why}"),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for SensitivityError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Points(error) => Some(error),
            _ => None,
        }
    }
}

/// `a` is; `a` and `b` are.
fn quoted_are(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{} {}", quoted.join(" and "), if names.len() == 1 { "is" } else { "are" })
}
