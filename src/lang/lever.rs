//! Levers: what a sweep varies, written `PATH=2025-03-31..2026-03-31/5`, `PATH=0..360` or `PATH=a,b,c`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::tree::Value;
use crate::calendar::{Date, add_days, days_between};

/// A value that a lever can have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setting {
    Number(f64),
    Date(Date),
    Flag(bool),
    /// A name, or an expression.
    Text(String),
}

/// A path of the scenario and the values it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Lever {
    pub path: String,
    pub values: Values,
}

/// The values of a lever.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// These, in their order; at least two, no two alike.
    Each(Vec<Setting>),
    /// Any from the first to the second, which is larger; both are numbers or both are dates.
    Between(Setting, Setting),
}

/// What is wrong with how a lever is written, and how it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeverError {
    pub message: String,
    pub hint: String,
}

/// A range of more points than this is a slip of the finger.
const MOST_VALUES: usize = 100_000;
/// Numbers between the ends of a range are rounded to so many digits, so that 0.1..0.3/3 holds 0.2.
const DIGITS: usize = 12;
/// Numbers drawn from a range are told in so many.
const DIGITS_DRAWN: usize = 6;

impl Setting {
    /// Reads a number, a date, `true`, `false` or a text, in quotes or not.
    ///
    /// # Errors
    /// There is nothing, or a date that does not exist.
    pub fn parse(text: &str) -> Result<Self, LeverError> {
        let text = text.trim();
        let quoted = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = quoted('"').or_else(|| quoted('\'')) {
            return Ok(Self::Text(inner.to_owned()));
        }
        let digits = text.replace('_', "");
        let is_number = digits.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        match text {
            "" => Err(error("a value is missing", "write PATH=1,2,3 or PATH=1..3/3")),
            "true" | "false" => Ok(Self::Flag(text == "true")),
            _ if looks_like_date(text) => text
                .parse()
                .map(Self::Date)
                .map_err(|_| error(format!("there is no date {text}"), "write a date such as 2025-09-30")),
            _ => match digits.parse::<f64>() {
                Ok(x) if is_number && x.is_finite() => Ok(Self::Number(x)),
                _ => Ok(Self::Text(text.to_owned())),
            },
        }
    }

    /// As a value of the scenario's tree.
    pub fn value(&self) -> Value {
        /// Up to here every whole number is one of the format's.
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        match self {
            Self::Number(x) if x.fract() == 0.0 && x.abs() < WHOLE => Value::Integer(*x as i64),
            Self::Number(x) => Value::Float(*x),
            Self::Date(date) => Value::Date(*date),
            Self::Flag(flag) => Value::Bool(*flag),
            Self::Text(text) => Value::Text(super::tree::Text { text: text.clone(), inside: None }),
        }
    }

    /// Days or numbers, to place it along an axis; `None` for names.
    pub fn position(&self) -> Option<f64> {
        match self {
            Self::Number(x) => Some(*x),
            Self::Date(date) => Some(crate::calendar::day_number(*date) as f64),
            Self::Flag(_) | Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => write!(f, "{}", x + 0.0),
            Self::Date(date) => write!(f, "{date}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Lever {
    /// Reads `PATH=a..b/n` (n values, both ends included, dates to the nearest day), `PATH=a..b` (a range to
    /// draw from) or `PATH=a,b,c`.
    ///
    /// # Errors
    /// Says what is wrong and how to write it.
    pub fn parse(text: &str) -> Result<Self, LeverError> {
        let usage = "write PATH=0..360/7, PATH=2025-03-31..2026-03-31/5 or PATH=a,b,c";
        let (path, values) =
            text.split_once('=').ok_or_else(|| error(format!("`{text}` has no `=`"), usage))?;
        let path = path.trim();
        if path.is_empty() {
            return Err(error(format!("`{text}` has no path before the `=`"), usage));
        }
        let values = match values.split_once("..") {
            Some((low, rest)) => range(low, rest),
            None => list(values),
        };
        let named = |e: LeverError| LeverError { message: format!("{path}: {}", e.message), ..e };
        Ok(Self { path: path.to_owned(), values: values.map_err(named)? })
    }
}

impl Values {
    /// The value at a place in (0, 1) along them.
    pub fn at(&self, place: f64) -> Setting {
        match self {
            Self::Each(values) => {
                values[((place * values.len() as f64) as usize).min(values.len() - 1)].clone()
            }
            Self::Between(low, high) => between(low, high, place, DIGITS_DRAWN),
        }
    }
}

/// From one end to the other, `share` of the way.
fn between(low: &Setting, high: &Setting, share: f64, digits: usize) -> Setting {
    match (low, high) {
        (Setting::Number(a), Setting::Number(b)) => {
            let x = a + (b - a) * share;
            Setting::Number(format!("{x:.*e}", digits - 1).parse().unwrap_or(x))
        }
        (Setting::Date(a), Setting::Date(b)) => {
            Setting::Date(add_days(*a, (days_between(*a, *b) as f64 * share).round() as i64))
        }
        _ => low.clone(),
    }
}

fn range(low: &str, rest: &str) -> Result<Values, LeverError> {
    let (high, count) = rest.split_once('/').map_or((rest, None), |(high, n)| (high, Some(n)));
    let (low, high) = (Setting::parse(low)?, Setting::parse(high)?);
    let span = match (&low, &high) {
        (Setting::Number(a), Setting::Number(b)) => b - a,
        (Setting::Date(a), Setting::Date(b)) => days_between(*a, *b) as f64,
        _ => {
            let message = format!("{low}..{high} is no range: both ends are numbers, or both are dates");
            return Err(error(message, "write PATH=0..360/7, or list names: PATH=a,b,c"));
        }
    };
    if span == 0.0 {
        return Err(error(
            format!("{low}..{high} is empty: both ends are the same"),
            "use --set for one value",
        ));
    }
    if span < 0.0 || !span.is_finite() {
        let hint = format!("write {high}..{low}{}", count.map_or(String::new(), |n| format!("/{n}")));
        return Err(error(format!("{low}..{high} is inverted"), hint));
    }
    let Some(count) = count else { return Ok(Values::Between(low, high)) };
    let count = count.trim().replace('_', "").parse::<usize>().ok().filter(|n| (2..=MOST_VALUES).contains(n));
    let Some(count) = count else {
        let message = format!("{low}..{high} needs a number of values after the `/`: 2, its ends, or more");
        return Err(error(message, format!("write {low}..{high}/5")));
    };
    let share = |k: usize| k as f64 / (count - 1) as f64;
    let values: Vec<Setting> = (0..count)
        .map(|k| if k + 1 == count { high.clone() } else { between(&low, &high, share(k), DIGITS) })
        .collect();
    if values.windows(2).any(|pair| pair[0] == pair[1]) {
        let hint = format!("at most {low}..{high}/{}", span as usize + 1);
        return Err(error(format!("{low}..{high} has fewer than {count} different values"), hint));
    }
    Ok(Values::Each(values))
}

fn list(text: &str) -> Result<Values, LeverError> {
    let values = split(text).into_iter().map(Setting::parse).collect::<Result<Vec<_>, _>>()?;
    each(values).map(Values::Each)
}

/// Values as a lever may have them.
///
/// # Errors
/// Fewer than two, or two that are the same.
pub fn each(values: Vec<Setting>) -> Result<Vec<Setting>, LeverError> {
    if let [only] = values.as_slice() {
        let message = format!("there is one value, {only}, and nothing to compare it with");
        return Err(error(message, "write PATH=1,2,3, or use --set for one value"));
    }
    let twice = values.iter().enumerate().find(|(place, value)| values[..*place].contains(value));
    if let Some((_, value)) = twice {
        return Err(error(format!("{value} stands there twice"), "give each value once"));
    }
    Ok(values)
}

/// At commas that are not in quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut inside) = (Vec::new(), 0, None);
    for (at, c) in text.char_indices() {
        match (c, inside) {
            ('"' | '\'', None) => inside = Some(c),
            (_, Some(quote)) if c == quote => inside = None,
            (',', None) => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn looks_like_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == 3
        && parts[0].len() == 4
        && parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()))
}

fn error(message: impl Into<String>, hint: impl Into<String>) -> LeverError {
    LeverError { message: message.into(), hint: hint.into() }
}

impl fmt::Display for LeverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.hint)
    }
}

impl std::error::Error for LeverError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> String {
        match Lever::parse(text).unwrap().values {
            Values::Each(values) => values.iter().map(Setting::to_string).collect::<Vec<_>>().join(" "),
            Values::Between(low, high) => format!("{low} to {high}"),
        }
    }

    #[test]
    fn ranges_hold_both_ends_and_lists_their_values() {
        assert_eq!(values("a.b=0..360/7"), "0 60 120 180 240 300 360");
        assert_eq!(values("a.b = 0.1..0.3/3"), "0.1 0.2 0.3");
        assert_eq!(values("a.b=-1..1/2"), "-1 1");
        assert_eq!(
            values("p.end=2025-03-31..2026-03-31/5"),
            "2025-03-31 2025-06-30 2025-09-30 2025-12-30 2026-03-31"
        );
        assert_eq!(values("p.end=2025-03-31..2026-03-31"), "2025-03-31 to 2026-03-31");
        assert_eq!(values("p.from=al_asad, erbil"), "al_asad erbil");
        assert_eq!(values("p.when=\"interp(x, 0, 1)\",true"), "interp(x, 0, 1) true");
    }

    #[test]
    fn places_along_a_range_or_a_list() {
        let at = |text: &str, place| Lever::parse(text).unwrap().values.at(place).to_string();
        assert_eq!(
            (at("x=0..10", 0.25), at("x=a,b,c", 0.4), at("x=a,b,c", 0.999)),
            ("2.5".into(), "b".into(), "c".into())
        );
        assert_eq!(at("x=2025-01-01..2025-01-11", 0.5), "2025-01-06");
    }

    #[test]
    fn slips_are_told_with_what_is_right() {
        let cases = [
            ("x", "has no `=`"),
            ("=1,2", "no path"),
            ("x=3..1/3", "inverted; write 1..3/3"),
            ("x=3..3/2", "is empty"),
            ("x=1..3/0", "2, its ends, or more; write 1..3/5"),
            ("x=1..3/many", "write 1..3/5"),
            ("x=1..2025-01-01/3", "both ends are numbers, or both are dates"),
            ("x=2025-01-01..2025-01-03/9", "at most 2025-01-01..2025-01-03/3"),
            ("x=2025-02-30,2025-03-01", "there is no date 2025-02-30"),
            ("x=1,2,1.0", "1 stands there twice"),
            ("x=5", "use --set"),
            ("x=1,,2", "a value is missing"),
        ];
        for (text, part) in cases {
            let error = Lever::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
