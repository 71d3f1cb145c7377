use super::*;
use crate::model::record::Record;
use crate::results::Tally;
use crate::results::fixture::{legend, record, results};

#[test]
fn the_answer_in_words() {
    let text = summary(&results(), Some(Path::new("output/iraq")));
    let expected = "\
Iraq by hand
128 simulated histories, 2024-01-01 to 2024-01-31, seed 7; medians, and where 9 in 10 lie
Failed    2 of 128 histories could not be finished and are left out; the first for pressure, in -1 /
            x: division by zero
Troops    Iraq: from 2,500 to 1,400 (800 to 1,900) on 2024-01-21, 440 (380 to 490) on 2024-01-31
In time   Mission ends: in less than 6 % of histories by 2024-01-25, in 75 % by 2024-01-31
          Fewer than 500 US: in 20 % of histories with “Agreement” by 2024-01-21, in 50 % by
            2024-01-31
Risks     Daesh resurgence: red at some time in more than 94 %, worst 2024-01-31 (89 %)
          Low pressure: red at some time in 6 %, worst 2024-01-21 (6 %)
          Two or more indicators at once: red in 6 % of histories on 2024-01-21, the worst day
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
    assert!(text.contains("Iraq: from 2,500 to 2,000 on 2024-01-21, 500 on 2024-01-31\n"), "{text}");
    assert!(
        text.contains("Low pressure: not red")
            || text.contains("Low pressure: red in the one history, as on"),
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
fn the_answer_in_a_paragraph() {
    let results = results();
    let expected = "Troops in Iraq: from 2,500 to 1,400 (800 to 1,900) on 2024-01-21, 440 (380 to 490) on \
                    2024-01-31. Mission ends: in less than 6 % of histories by 2024-01-25, in 75 % by \
                    2024-01-31. Likeliest to turn red at some time: “Daesh resurgence” (more than 94 %), \
                    “Low pressure” (6 %).";
    assert_eq!(paragraph(&results, None), expected);
    let same = paragraph(&results, Some(&results));
    assert_eq!(same, format!("{expected} No such chance differs from the base’s beyond its error."));
}

#[test]
fn a_paragraph_tells_what_turns_red_more_often_than_in_the_base() {
    let (results, mut base) = (results(), results());
    let [_, red] = &mut base.tally.thresholds.levels[0];
    red.ever.fill(0);
    let text = paragraph(&results, Some(&base));
    let change = "than in the base: “Daesh resurgence” more than 94 %, not less than 6 %.";
    assert!(text.ends_with(change), "{text}");
}

#[test]
fn a_paragraph_about_nothing_finished_says_so() {
    let legend = legend();
    let mut tally = Tally::new(&legend);
    tally.add(&legend, &record(0, 0));
    let results = Results::new(legend, tally, 9);
    assert_eq!(paragraph(&results, None), "None of 64 histories could be finished.");
}
