//! Running until a number is known well enough.

use crate::calendar::Date;
use crate::lang::diagnostic::nearest;
use crate::results::Results;
use crate::results::legend::Legend;
use crate::results::stats::{Estimate, Z95};

/// A precision to reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Until {
    target: Target,
    standard_error: f64,
}

#[derive(Clone, Debug, PartialEq)]
enum Target {
    /// The probability of a milestone by its date.
    Milestone(usize),
    /// The mean, or the probability, of a signal at a date.
    Signal(String, Date),
}

impl Until {
    /// Reads `"MILESTONE se=0.005"` or `"SIGNAL DATE se=5"`.
    ///
    /// # Errors
    /// Says what is wrong and what is legal.
    pub fn parse(text: &str, legend: &Legend) -> Result<Self, String> {
        let usage = "write \"MILESTONE se=0.005\" or \"SIGNAL DATE se=5\"";
        let words: Vec<&str> = text.split_whitespace().collect();
        let Some((last, target)) = words.split_last() else { return Err(format!("no target: {usage}")) };
        let error = last.strip_prefix("se=").and_then(|x| x.parse::<f64>().ok());
        let Some(standard_error) = error.filter(|x| *x > 0.0 && x.is_finite()) else {
            return Err(format!("`{last}` is not a standard error above 0: {usage}"));
        };
        let target = match target {
            [id] => Target::Milestone(milestone(id, legend)?),
            [name, date] => {
                let date: Date = date.parse().map_err(|_| format!("`{date}` is not a date: {usage}"))?;
                if date <= legend.calendar.start() || date > legend.calendar.end() {
                    return Err(format!("{date} lies outside the scenario"));
                }
                Target::Signal(signal(name, legend)?, date)
            }
            _ => return Err(format!("`{text}` is not a target: {usage}")),
        };
        Ok(Self { target, standard_error })
    }

    /// Whether the results are that precise.
    pub fn reached(&self, results: &Results) -> bool {
        let estimate = match &self.target {
            Target::Milestone(number) => Some(results.milestone(*number).by_its_date()),
            Target::Signal(name, date) => results
                .signal(name)
                .ok()
                .and_then(|s| s.on_date(*date).ok())
                .map(|p| p.probability().unwrap_or_else(|| p.mean_estimate())),
        };
        estimate.and_then(|e| standard_error(&e)).is_some_and(|se| se <= self.standard_error)
    }
}

fn standard_error(estimate: &Estimate) -> Option<f64> {
    estimate.interval.map(|i| (i.high - i.low) / (2.0 * Z95))
}

fn milestone(id: &str, legend: &Legend) -> Result<usize, String> {
    let ids = || legend.milestones.iter().map(|m| m.id.as_str());
    ids().position(|known| known == id).ok_or_else(|| {
        let near = nearest(id, ids()).map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
        format!("there is no milestone `{id}`{near}")
    })
}

fn signal(name: &str, legend: &Legend) -> Result<String, String> {
    let names = || legend.signals.iter().map(|s| s.name.as_str());
    if names().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    let near = nearest(name, names()).map_or_else(String::new, |n| format!("; did you mean `{n}`?"));
    Err(format!("no signal `{name}` is summarised{near}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::{legend, results};

    #[test]
    fn a_precision_is_of_a_milestone_or_of_a_signal_at_a_date() {
        let read = |text: &str| Until::parse(text, &legend()).unwrap();
        assert_eq!(read("below_500 se=0.01"), Until { target: Target::Milestone(1), standard_error: 0.01 });
        let last = "2024-01-31".parse().unwrap();
        let target = Target::Signal("pressure".into(), last);
        assert_eq!(read("pressure 2024-01-31 se=5"), Until { target, standard_error: 5.0 });
    }

    #[test]
    fn what_is_no_precision_says_what_is_wrong() {
        for (text, words) in [
            ("", "no target"),
            ("below_500", "`below_500` is not a standard error"),
            ("below_500 se=0", "not a standard error above 0"),
            ("below_500 se=-1", "not a standard error above 0"),
            ("below_500 se=inf", "not a standard error above 0"),
            ("below_50 se=1", "there is no milestone `below_50`; did you mean `below_500`?"),
            ("presure 2024-01-31 se=1", "no signal `presure` is summarised; did you mean `pressure`?"),
            ("pressure 31.1. se=1", "`31.1.` is not a date"),
            ("pressure 2024-01-01 se=1", "2024-01-01 lies outside the scenario"),
            ("pressure 2024-02-01 se=1", "2024-02-01 lies outside the scenario"),
            ("a b c se=1", "`a b c se=1` is not a target"),
        ] {
            let error = Until::parse(text, &legend()).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    #[test]
    fn a_precision_is_reached_once_the_interval_is_3_92_standard_errors_wide() {
        let results = results();
        let by_date = results.milestone(1).by_its_date().interval.unwrap();
        let pressure = results.signal("pressure").unwrap().on("2024-01-21").unwrap().mean_estimate();
        let pressure = pressure.interval.unwrap();
        for (target, interval) in [("below_500", by_date), ("pressure 2024-01-21", pressure)] {
            let se = (interval.high - interval.low) / 3.919_928;
            assert!(se > 0.0, "{target}");
            let reached = |standard_error: f64| {
                let until = Until::parse(&format!("{target} se={standard_error}"), &legend()).unwrap();
                until.reached(&results)
            };
            assert!(reached(1.001 * se) && !reached(0.999 * se), "{target}");
        }
    }
}
