//! What is written in a cell.

use std::fmt::Write;

use crate::calendar::Date;

/// Significant digits of a statistic: far more than any Monte Carlo error leaves, and fewer than show
/// how 0.3 is rounded in binary.
const STATISTIC_DIGITS: usize = 12;

/// A number with the fewest digits that read back as the same number; empty if it is none.
pub(in crate::export) fn number(x: f64) -> String {
    let mut cell = String::new();
    push_number(&mut cell, x);
    cell
}

/// [`number`], at the end of a cell.
pub(in crate::export) fn push_number(cell: &mut String, x: f64) {
    if !x.is_finite() {
        return;
    }
    // `+ 0.0` makes −0 a 0.
    let x = x + 0.0;
    let plain = x == 0.0 || (1e-5..1e15).contains(&x.abs());
    let written = if plain { write!(cell, "{x}") } else { write!(cell, "{x:e}") };
    debug_assert!(written.is_ok(), "a string takes all that is written to it");
}

/// A mean, a quantile, an end of an interval: to twelve significant digits; empty if it is no number.
pub(in crate::export) fn statistic(x: f64) -> String {
    let rounded = format!("{x:.*e}", STATISTIC_DIGITS - 1);
    rounded.parse().map_or_else(|_| String::new(), number)
}

/// A date, or nothing.
pub(in crate::export) fn date(date: Option<Date>) -> String {
    date.map_or_else(String::new, |date| date.to_string())
}

/// Words. A spreadsheet takes a cell that begins with one of these characters for a formula and runs
/// it, so such words are preceded by an apostrophe (OWASP, *CSV Injection*).
pub(in crate::export) fn text(words: &str) -> String {
    match words.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => format!("'{words}"),
        false => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_the_same() {
        let numbers = [0.1 + 0.2, 1.0 / 3.0, 2500.0, -1e-7, 1e300, f64::MIN_POSITIVE, 123_456_789.125];
        for x in numbers {
            assert_eq!(number(x).parse(), Ok(x));
        }
        assert_eq!([2500.0, -0.0, 0.25, 1e20, 2e-6].map(number), ["2500", "0", "0.25", "1e20", "2e-6"]);
        assert_eq!(number(f64::NAN), "");
    }

    #[test]
    fn statistics_have_no_rounding_noise() {
        assert_eq!([0.1 + 0.2, 2.0 / 3.0, 1e-300].map(statistic), ["0.3", "0.666666666667", "1e-300"]);
        assert_eq!([f64::NAN, f64::INFINITY].map(statistic), ["", ""]);
    }

    #[test]
    fn no_words_become_a_formula() {
        assert_eq!(text("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        for first in ["=", "+", "-", "@", "\t", "\r", "\n"] {
            assert_eq!(text(&format!("{first}x")), format!("'{first}x"));
        }
        assert_eq!(text("Al Asad"), "Al Asad");
    }
}
