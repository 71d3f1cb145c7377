use super::*;
use crate::model::record::Record;
use crate::results::fixture::{legend, record, results};
use crate::results::{Tally, stats};

#[test]
fn the_answer_in_words() {
    let text = summary(&results(), Some(Path::new("output/iraq")));
    let expected = "\
Iraq by hand
128 simulated histories, 2024-01-01 to 2024-01-31, seed 7; ranges hold 9 in 10 of them
Troops    Iraq: 1,400 (800 to 1,900) on 2024-01-21; 440 (380 to 490) on 2024-01-31
In time   Mission ends by 2024-01-25: in none of 126 histories (< 6 %)
          Fewer than 500 US by 2024-01-21: in 2 of 10 histories with “Agreement” (20 %)
Risks     Daesh resurgence: more likely red than not from 2024-01-31; in 8 of 9 histories (89 %) at
            worst, 2024-01-31
          Low pressure: red in 1 of 17 histories (6 %) at worst, 2024-01-21
          Two or more at once: red in 1 of 17 histories (6 %) at worst, 2024-01-21
Failed    2 of 128 histories could not be finished and are left out; failures.csv says where and why
Files     output/iraq
";
    assert_eq!(text, expected);
}

#[test]
fn no_line_is_too_long() {
    let mut results = results();
    results.legend.title = "A very long title ".repeat(20);
    results.legend.milestones[1].label = "a very long milestone ".repeat(8);
    for line in summary(&results, Some(Path::new("output"))).lines() {
        assert!(line.chars().count() <= COLUMNS && line.trim_end() == line, "{line:?}");
    }
}

#[test]
fn one_history_has_no_ranges() {
    let legend = legend();
    let mut tally = Tally::new(&legend);
    tally.add(&legend, &Record { failures: Vec::new(), ..record(0, 1) });
    let text = summary(&Results::new(legend, tally, 9), None);
    assert!(text.contains("1 simulated history, 2024-01-01 to 2024-01-31, seed 9\n"), "{text}");
    assert!(text.contains("Iraq: 2,000 on 2024-01-21; 500 on 2024-01-31\n"), "{text}");
    assert!(
        text.contains("Low pressure: red on 2024-01-21\n") || text.contains("red from 2024-01-21"),
        "{text}"
    );
    assert!(!text.contains("Failed") && !text.contains("Files"), "{text}");
}

#[test]
fn when_nothing_was_finished_only_that_is_said() {
    let legend = legend();
    let mut tally = Tally::new(&legend);
    tally.add(&legend, &record(0, 0));
    let text = summary(&Results::new(legend, tally, 9), None);
    assert!(text.contains("64 of 64 histories could not be finished"), "{text}");
    assert!(!text.contains("NaN") && !text.contains('—') && !text.contains("Troops"), "{text}");
}

#[test]
fn probabilities_as_numbers_of_histories() {
    let often = |x, n| how_often(&stats::probability(x, n, 0), "");
    assert_eq!(often(7100, 10_000), "in 7 of 10 histories");
    assert_eq!(often(2500, 10_000), "in 1 of 4 histories");
    assert_eq!(often(6600, 10_000), "in 2 of 3 histories");
    assert_eq!(often(1234, 10_000), "in 1 of 8 histories");
    assert_eq!(often(8600, 10_000), "in 6 of 7 histories");
    assert_eq!(often(240, 10_000), "in about 1 of 40 histories");
    assert_eq!(often(9988, 10_000), "in all but about 1 of 800 histories");
    assert_eq!(often(1, 20), "in 1 of 20 histories");
    assert_eq!(often(1, 10_000), "in about 1 of 10,000 histories");
    assert_eq!(often(0, 10_000), "in none of 10,000 histories");
    assert_eq!(often(20, 20), "in all 20 histories");
    assert_eq!(often(1, 1), "in the one history");
    assert_eq!(often(0, 1), "not in the one history");
}

#[test]
fn the_fraction_is_near_the_probability() {
    for percent in 1..100 {
        let share = f64::from(percent) / 100.0;
        let (some, of) = fraction(share);
        // Half the widest gap between fractions people use is a twentieth; a rare one is off by a
        // quarter of itself at most, which is how far one digit may be.
        let off = (some as f64 / of as f64 - share).abs();
        let rarer = if share < 0.5 { share } else { 1.0 - share };
        assert!(off <= 0.0501 && off <= rarer * 0.26, "{percent} % as {some} of {of}");
    }
}
