use super::*;
use crate::model::record::Record;
use crate::results::Tally;
use crate::results::fixture::{legend, record, results};

fn table(write: impl FnOnce(&Results, &mut Vec<u8>) -> io::Result<()>) -> Vec<String> {
    let mut out = Vec::new();
    write(&results(), &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
}

/// The cells of the only line that begins so, by the names of their columns.
fn line(table: &[String], start: &str) -> impl Fn(&str) -> String {
    let found: Vec<&String> = table.iter().filter(|line| line.starts_with(start)).collect();
    assert_eq!(found.len(), 1, "{start}");
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let (names, cells) = (cells(&table[0]), cells(found[0]));
    assert_eq!(names.len(), cells.len());
    move |name| cells[names.iter().position(|other| other == name).unwrap()].clone()
}

fn replicates(records: &[Record]) -> Vec<String> {
    let legend = legend();
    let mut writer = Replicates::new(&legend, Vec::new()).unwrap();
    records.iter().for_each(|record| writer.write(&legend, record).unwrap());
    String::from_utf8(writer.finish().unwrap()).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_summary_has_a_row_for_each_statistic() {
    let table = table(|results, out| summary(results, out));
    assert_eq!(table[0], "scenario,date,signal,unit,statistic,value,lo95,hi95,n");
    // Troops: three dates; attacks: two; pressure: three; reliance: one; seven statistics each. The
    // flag: three dates, its mean alone.
    assert_eq!(table.len(), 1 + (3 + 2 + 3 + 1) * 7 + 3);
    // 500 − k for k in 0..128 but 2 and 4: the mean is 500 − (8128 − 6) / 126.
    let mean = line(&table, "iraq,2024-01-31,iraq.troops,people,mean");
    assert_eq!((mean("value").as_str(), mean("n").as_str()), ("435.53968254", "126"));
    // Rank 63 of 126 from below is k = 64, from above (lo95, hi95) ranks 52 and 75.
    assert_eq!(line(&table, "iraq,2024-01-31,iraq.troops,people,q50")("value"), "435");
    assert_eq!(table[1], "iraq,2024-01-01,iraq.troops,people,mean,2500,2500,2500,126");
    assert!(table.contains(&"iraq,2024-01-31,pressure,,q05,0.1,0.1,0.1,126".to_owned()));
    let flag = line(&table, "iraq,2024-01-01,politics.agreed,,mean");
    assert_eq!((flag("value").as_str(), flag("lo95").as_str()), ("0", "0"));
    assert!(!table.iter().any(|line| line.starts_with("iraq,2024-01-01,militia.attacks")));
}

#[test]
fn one_replicate_has_no_error() {
    let legend = legend();
    let mut tally = Tally::new(&legend);
    let only = Record { failures: Vec::new(), ..record(0, 1) };
    tally.add(&legend, &only);
    let mut out = Vec::new();
    summary(&Results::new(legend, tally, 1), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("iraq,2024-01-31,iraq.troops,people,mean,500,,,1\n"));
    assert!(text.contains("iraq,2024-01-31,iraq.troops,people,sd,,,,1\n"));
    assert!(text.contains("iraq,2024-01-31,iraq.troops,people,q05,500,,,1\n"));
}

#[test]
fn thresholds_tell_now_ever_days_and_several_at_once() {
    let table = table(|results, out| thresholds(results, out));
    assert!(table[0].starts_with(
        "scenario,indicator,level,date,probability_now,probability_now_lo95,probability_now_hi95,probability_ever"
    ));
    // Two indicators, two levels, three dates; any and two or more on each date.
    assert_eq!(table.len(), 1 + 2 * 2 * 3 + 2 * 3);
    // Lanes 0 to 7 of two blocks but for the two that failed; days from lanes 0 to 15.
    let red = line(&table, "iraq,resurgence,red,2024-01-21");
    assert_eq!(red("probability_now"), cells::statistic(14.0 / 126.0));
    let amber = line(&table, "iraq,resurgence,amber,2024-01-31");
    assert_eq!(amber("expected_days"), cells::statistic(300.0 / 126.0));
    let two = line(&table, "iraq,two_or_more,red,2024-01-21");
    assert_eq!(
        (two("probability_now"), two("probability_ever")),
        (cells::statistic(7.0 / 126.0), String::new())
    );
}

#[test]
fn milestones_and_phases_share_a_table() {
    let table = table(|results, out| milestones(results, out));
    assert_eq!(table.len(), 1 + 2 + 1);
    let below = line(&table, "iraq,milestone,below_500,Fewer than 500 US,2024-01-21");
    assert_eq!((below("n").as_str(), below("q05").as_str()), ("62", "2024-01-21"));
    assert_eq!((below("q05_lo95").as_str(), below("q95").as_str()), ("", "after end"));
    assert_eq!(
        (below("probability_cancelled"), below("probability_not_by_end")),
        (String::new(), "0.5".into())
    );
    let agreement = line(&table, "iraq,milestone,agreement,Agreement,");
    assert_eq!((agreement("date").as_str(), agreement("q50_lo95").as_str()), ("", "2024-01-11"));
    let leave = line(&table, "iraq,phase,leave,Mission ends,2024-01-25");
    assert_eq!(leave("probability_cancelled"), cells::statistic(16.0 / 126.0));
    assert_eq!(leave("probability_by_date"), "0");
}

#[test]
fn sites_tell_when_and_what_happened() {
    let table = table(|results, out| sites(results, out));
    let asad = line(&table, "iraq,al_asad,'=Al Asad,iraq");
    assert_eq!((asad("probability_handed_over"), asad("handed_over_q05")), ("1".into(), "2024-01-21".into()));
    assert_eq!((asad("attacks_q95").as_str(), asad("killed_mean").as_str()), ("3", "0"));
}

#[test]
fn failures_count_from_one_and_are_no_formulas() {
    assert_eq!(
        table(|results, out| failures(results, out)),
        [
            "replicate,date,signal,expression,reason",
            "3,2024-01-21,pressure,'-1 / x,division by zero",
            "5,2024-01-21,pressure,'-1 / x,division by zero",
        ]
    );
}

#[test]
fn replicates_follow_each_other_over_blocks_without_the_dead() {
    let table = replicates(&[record(0, 0b1001), record(64, 0b10)]);
    assert_eq!(
        table,
        [
            "replicate,parameters.reliance,date.agreement,date.below_500,end.iraq.troops,end.politics.agreed,\
             end.militia.attacks,end.pressure",
            "1,0.00390625,2024-01-11,2024-01-21,500,1,3,0.1",
            "4,0.02734375,2024-01-11,,497,1,6,0.1",
            "66,0.51171875,2024-01-11,2024-01-31,435,1,4,0.1",
        ]
    );
}

#[test]
fn paths_have_every_step_and_no_count_before_the_first() {
    let legend = legend();
    let mut writer = Paths::new(&legend, Vec::new()).unwrap();
    writer.write(&legend, &record(0, 0b10)).unwrap();
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "replicate,date,signal,value",
            "2,2024-01-01,iraq.troops,2500",
            "2,2024-01-11,iraq.troops,2499",
            "2,2024-01-11,militia.attacks,1",
            "2,2024-01-21,iraq.troops,2498",
            "2,2024-01-21,militia.attacks,2",
            "2,2024-01-31,iraq.troops,2497",
            "2,2024-01-31,militia.attacks,3",
        ]
    );
}
