//! Probabilities and numbers as one says them aloud.

use crate::export::chart::text::date;
use crate::results::format::{count, digits, percent};
use crate::results::{Estimate, Point, Results};

/// The 5, 25, 50, 75 and 95 % quantiles.
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// A share is told in tenths if its error is no more than half of one, and in hundredths likewise.
const HALF_A_TENTH: f64 = 0.05;
const HALF_A_HUNDREDTH: f64 = 0.005;

/// How many histories over which dates.
pub fn what_was_run(results: &Results) -> String {
    let calendar = &results.legend.calendar;
    let histories = match results.replicates() {
        1 => "1 simulated history".to_owned(),
        n => format!("{} simulated histories", count(n)),
    };
    format!("{histories} from {} to {}, seed {}", date(calendar.start()), date(calendar.end()), results.seed)
}

/// `in about 7 of 10 histories`; no finer than the Monte Carlo error allows.
pub fn how_often(p: &Estimate) -> String {
    let (value, error) = (p.value, p.error().unwrap_or(0.0));
    match p.n {
        0 => return "in no history to tell from".to_owned(),
        1 if value > 0.0 => return "in the one history".to_owned(),
        1 => return "not in the one history".to_owned(),
        n if value == 0.0 => return format!("in none of {} histories", count(n)),
        n if value == 1.0 => return format!("in all {} histories", count(n)),
        _ => {}
    }
    if value > 0.5 && 10.0 * (1.0 - value) < 0.5 + 10.0 * error {
        return rare(1.0 - value, error, "more than", |few, of| of - few);
    }
    if 10.0 * value < 0.5 + 10.0 * error {
        return rare(value, error, "fewer than", |few, _| few);
    }
    if error <= HALF_A_TENTH {
        return format!("in about {:.0} of 10 histories", 10.0 * value);
    }
    let tenths = |share: f64| (10.0 * share).round().clamp(0.0, 10.0);
    format!("in {} to {} of 10 histories", tenths(value - error), tenths(value + error))
}

/// A share near 0, or near 1 when `told` counts from there.
fn rare(share: f64, error: f64, bound: &str, told: impl Fn(f64, f64) -> f64) -> String {
    let hundredths = (100.0 * share).round();
    match () {
        () if error > HALF_A_HUNDREDTH => {
            let most = (10.0 * (share + error)).ceil();
            format!("in {bound} {} of 10 histories", told(most, 10.0))
        }
        () if hundredths < 1.0 => format!("in {bound} {} of 100 histories", told(1.0, 100.0)),
        () => format!("in about {} of 100 histories", told(hundredths, 100.0)),
    }
}

/// The share itself with its error: `24.8 % ± 0.9`; of something rare how often it may be all the same: `0.8 %, up to
/// 2 %`; what never or always happened has a bound.
pub fn share(p: &Estimate) -> String {
    let (Some(interval), Some(error)) = (p.interval, p.error()) else { return percent(p) };
    if p.value == 0.0 || p.value == 1.0 {
        return percent(p);
    }
    let told = |share: f64| digits(100.0 * share, Some(100.0 * error));
    match () {
        () if error >= p.value => format!("{}, up to {} %", percent(p), told(interval.high)),
        () if error >= 1.0 - p.value => format!("{}, down to {} %", percent(p), told(interval.low)),
        () => format!("{} ± {}", percent(p), told(error)),
    }
}

/// Quantiles of a signal at a date; none shows a digit that the median has not.
pub fn quantiles(point: &Point<'_>) -> [String; 5] {
    let ends = QUANTILES.map(|p| point.q_estimate(p));
    let middle = ends[2].error().unwrap_or(0.0);
    ends.map(|end| number(&digits(end.value, Some(end.error().unwrap_or(0.0).max(middle)))))
}

/// The median with its error.
pub fn median(point: &Point<'_>) -> String {
    let error = point.q_estimate(0.5).error().filter(|error| *error > 0.0);
    let [.., median, _, _] = quantiles(point);
    match error {
        Some(error) => format!("{median} ± {}", digits(error, Some(error))),
        None => median,
    }
}

/// With a true minus sign.
pub fn number(digits: &str) -> String {
    digits.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::stats::probability;

    #[test]
    fn shares_are_told_in_words_no_finer_than_their_error() {
        let cases = [
            (0, 640, "in none of 640 histories"),
            (640, 640, "in all 640 histories"),
            (1, 1, "in the one history"),
            (0, 1, "not in the one history"),
            (7_100, 10_000, "in about 7 of 10 histories"),
            (300, 10_000, "in about 3 of 100 histories"),
            (9_700, 10_000, "in about 97 of 100 histories"),
            (20, 10_000, "in fewer than 1 of 100 histories"),
            (9_990, 10_000, "in more than 99 of 100 histories"),
            (3, 100, "in fewer than 1 of 10 histories"),
            (97, 100, "in more than 9 of 10 histories"),
            (10, 20, "in 3 to 7 of 10 histories"),
        ];
        for (x, n, words) in cases {
            assert_eq!(how_often(&probability(x, n, 0)), words, "{x} of {n}");
        }
    }

    #[test]
    fn tenths_hold_the_share_and_never_pass_the_error() {
        for n in [30, 200, 640, 5_000] {
            for x in 1..n {
                let p = probability(x, n, 0);
                let words = how_often(&p);
                let numbers: Vec<f64> = words.split(' ').filter_map(|word| word.parse().ok()).collect();
                let (told, of) = (&numbers[..numbers.len() - 1], numbers[numbers.len() - 1]);
                assert!(told.iter().all(|part| (0.0..=of).contains(part)), "{x} of {n}: {words}");
                let off = (told[0] / of - p.value).abs();
                // Half of the unit it is told in, or a bound.
                let room = if words.contains("about") { 0.5 / of + 1e-9 } else { 0.5 };
                assert!(off <= room, "{x} of {n}: {words}");
            }
        }
    }

    #[test]
    fn a_share_stands_beside_its_error() {
        assert_eq!(share(&probability(2_480, 10_000, 0)), "24.8 % ± 0.9");
        assert_eq!(share(&probability(0, 10_000, 0)), "< 0.04 %");
        assert_eq!(share(&probability(5, 640, 0)), "0.8 %, up to 2 %");
        assert_eq!(share(&probability(635, 640, 0)), "99.2 %, down to 98 %");
    }
}
