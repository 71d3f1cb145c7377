//! Numbers for people: no digit beyond the Monte Carlo error.

use crate::results::stats::Estimate;

/// Significant digits of a number that has no error: a constant, or a single history.
const DIGITS_WITHOUT_ERROR: i32 = 6;

/// A value rounded to the leading digit of its error, with commas between thousands: 2,483.7 ± 12
/// gives `2,480`. Without an error (`None` or 0), to six significant digits.
pub fn digits(value: f64, error: Option<f64>) -> String {
    if !value.is_finite() {
        return "—".to_owned();
    }
    match error {
        Some(error) if error > 0.0 && error.is_finite() => fixed(value, leading_place(error)),
        _ => {
            let text = fixed(value, leading_place(value) - DIGITS_WITHOUT_ERROR + 1);
            match text.split_once('.') {
                Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                None => text,
            }
        }
    }
}

/// The low end, the middle and the high end of a range; an end shows no digit that the middle has not.
pub fn range(ends: &[Estimate; 3]) -> [String; 3] {
    let middle = ends[1].error().unwrap_or(0.0);
    ends.each_ref().map(|end| digits(end.value, Some(end.error().unwrap_or(0.0).max(middle))))
}

/// A probability in percent: `71 %`. One that was never or always seen shows its bound: `< 0.04 %`.
pub fn percent(probability: &Estimate) -> String {
    if !probability.value.is_finite() {
        return "—".to_owned();
    }
    match probability.interval {
        Some(interval) if probability.value == 0.0 => {
            let (room, place) = one_digit_above(interval.high * 100.0);
            format!("< {} %", fixed(room, place))
        }
        Some(interval) if probability.value == 1.0 => {
            let (room, place) = one_digit_above(100.0 - interval.low * 100.0);
            format!("> {} %", fixed(100.0 - room, place))
        }
        _ => format!("{} %", percent_digits(probability)),
    }
}

/// A probability within a sentence: `71 %`, `less than 0.04 %`.
pub fn share(probability: &Estimate) -> String {
    percent(probability).replace("< ", "less than ").replace("> ", "more than ")
}

/// To the leading digit of the error; but one digit always remains, of the percentage or of what it
/// lacks to a hundred, for without it something rare would show as none, or as twice as much.
fn percent_digits(probability: &Estimate) -> String {
    let percent = probability.value * 100.0;
    let rarer = if percent < 50.0 { percent } else { 100.0 - percent };
    // Of no error it is 0, too.
    let error = probability.error().map_or(0, |error| leading_place(error * 100.0));
    fixed(percent, error.min(leading_place(rarer)))
}

/// A whole number with commas between thousands.
pub fn count(n: u64) -> String {
    with_commas(&n.to_string())
}

/// A positive number rounded up to one digit, and the power of ten of that digit.
fn one_digit_above(x: f64) -> (f64, i32) {
    let place = leading_place(x);
    let unit = power_of_ten(place.abs());
    let above = if place < 0 { (x * unit).ceil() / unit } else { (x / unit).ceil() * unit };
    // 0.096 becomes 0.10, whose digit stands one place higher.
    (above, leading_place(above))
}

/// The power of ten of a number's leading digit, once rounded to one digit; 0 for 0.
fn leading_place(x: f64) -> i32 {
    let text = format!("{x:.0e}");
    text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0)
}

/// Rounded to a power of ten and written without an exponent.
fn fixed(x: f64, place: i32) -> String {
    if place < 0 {
        return with_commas(&unsigned_zero(format!("{x:.*}", place.unsigned_abs() as usize)));
    }
    let unit = power_of_ten(place);
    with_commas(&unsigned_zero(format!("{:.0}", (x / unit).round() * unit)))
}

fn power_of_ten(power: i32) -> f64 {
    (0..power).fold(1.0, |product, _| product * 10.0)
}

/// `-0.0` rounds a small negative number: the sign says nothing.
fn unsigned_zero(text: String) -> String {
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| c == '0' || c == '.') => rest.to_owned(),
        _ => text,
    }
}

fn with_commas(number: &str) -> String {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let (sign, whole) = whole.split_at(usize::from(whole.starts_with('-')));
    let mut text = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::stats::{Interval, probability};

    #[test]
    fn digits_end_at_the_error() {
        let cases = [
            (2483.7, 12.0, "2,480"),
            (2483.7, 0.3, "2,483.7"),
            (2483.7, 130.0, "2,500"),
            (1_234_567.0, 950.0, "1,235,000"),
            (-1234.56, 0.04, "-1,234.56"),
            (3.0, 40.0, "0"),
            (-0.004, 0.1, "0.0"),
            (0.001_234, 0.000_1, "0.0012"),
            (999.7, 1.0, "1,000"),
        ];
        for (value, error, text) in cases {
            assert_eq!(digits(value, Some(error)), text);
        }
    }

    #[test]
    fn an_error_that_says_nothing_is_none() {
        for error in [None, Some(0.0), Some(f64::INFINITY), Some(f64::NAN)] {
            assert_eq!(digits(2483.7, error), "2,483.7", "{error:?}");
        }
    }

    #[test]
    fn ends_of_a_range_are_no_finer_than_its_middle() {
        let near = |value: f64, error: f64| Estimate {
            value,
            interval: Some(Interval { low: value - error, high: value + error }),
            n: 100,
        };
        assert_eq!(range(&[near(0.0000036, 1e-9), near(67.71, 0.2), near(86.4, 3.0)]), ["0.0", "67.7", "86"]);
    }

    #[test]
    fn what_has_no_error_shows_six_digits() {
        assert_eq!(digits(2500.0, Some(0.0)), "2,500");
        assert_eq!(digits(0.5, None), "0.5");
        assert_eq!(digits(1.0 / 3.0, None), "0.333333");
        assert_eq!(digits(0.0, None), "0");
        assert_eq!(digits(100.0, None), "100");
        assert_eq!(digits(f64::NAN, Some(1.0)), "—");
    }

    #[test]
    fn percentages_show_bounds_at_the_ends() {
        assert_eq!(percent(&probability(710, 1000, 0)), "71 %");
        assert_eq!(percent(&probability(71_000, 100_000, 0)), "71.0 %");
        assert_eq!(percent(&probability(0, 10_000, 0)), "< 0.04 %");
        assert_eq!(percent(&probability(10_000, 10_000, 0)), "> 99.96 %");
        assert_eq!(percent(&probability(4096, 4096, 0)), "> 99.9 %");
        assert_eq!(percent(&probability(0, 20, 0)), "< 20 %");
        assert_eq!(percent(&probability(20, 20, 0)), "> 80 %");
        assert_eq!(percent(&probability(1, 1, 0)), "100 %");
        assert_eq!(percent(&probability(1, 20, 0)), "5 %");
        assert_eq!(percent(&probability(199, 200, 0)), "99.5 %");
        assert_eq!(percent(&probability(0, 0, 3)), "—");
    }

    #[test]
    fn commas_between_thousands() {
        assert_eq!(
            [count(0), count(999), count(1_000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
