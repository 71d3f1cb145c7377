//! Looking at the past, and dates: numbers computed by hand.
//!
//! Day 0 is 1 January 2024. `level` is 10 on day 0 and one more each day; `war` sets in on day 3 and
//! `coup` on day 10, so that `n` counts 1 and 2 in the steps that hold these days.

use drawdown::Run;
use drawdown::results::Missing;

use crate::common::{Histories, compile, scenario};

const PAST: &str = "
[stocks.level]
initial = 10
change_per_year = 365.25
[shocks.war]
on = 2024-01-04
[shocks.coup]
on = 2024-01-11
[variables]
n = \"war.started + 2 * coup.started\"
";

/// The past with further variables, each an expression.
fn variables(expressions: &[(&str, &str)]) -> String {
    let lines = expressions.iter().map(|(id, expression)| format!("{id} = \"{expression}\"\n"));
    PAST.to_owned() + &lines.collect::<String>()
}

#[test]
fn the_past_that_these_tests_look_at_is_what_they_say() {
    let daily = Histories::daily("2024-01-30", PAST);
    daily.expect("level", &[(0, 10.0), (1, 11.0), (29, 39.0)]);
    // An onset on a day belongs to the step that begins there, which ends a day later.
    daily.expect("n", &[(0, 0.0), (3, 0.0), (4, 1.0), (5, 0.0), (10, 0.0), (11, 2.0), (12, 0.0)]);
    let weekly = Histories::weekly("2024-01-18", PAST);
    weekly.expect("level", &[(0, 10.0), (7, 17.0), (14, 24.0), (17, 27.0)]);
    weekly.expect("n", &[(0, 0.0), (7, 1.0), (14, 2.0), (17, 0.0)]);
}

#[test]
fn sums_weigh_the_oldest_row_by_the_part_of_it_that_they_reach() {
    let text = variables(&[("five", "sum(n, 5)"), ("ten", "sum(n, 10)"), ("half", "sum(n, 2.5)")]);
    let daily = Histories::daily("2024-01-30", &text);
    // Rows 4 and 11 are among the last five from day 4 to 8, and from day 11 to 15.
    daily.expect("five", &[(3, 0.0), (4, 1.0), (8, 1.0), (9, 0.0), (11, 2.0), (15, 2.0), (16, 0.0)]);
    daily.expect("ten", &[(10, 1.0), (11, 3.0), (13, 3.0), (14, 2.0), (20, 2.0), (21, 0.0)]);
    daily.expect("half", &[(4, 1.0), (5, 1.0), (6, 0.5), (7, 0.0), (13, 1.0)]);
    // Ten days are one row and three sevenths of the one before; 2.5 days 2.5 sevenths of the last.
    let weekly = Histories::weekly("2024-01-30", &text);
    weekly.expect("ten", &[(7, 1.0), (14, 2.0 + 3.0 / 7.0), (21, 6.0 / 7.0), (28, 0.0)]);
    weekly.expect("half", &[(7, 2.5 / 7.0), (14, 5.0 / 7.0), (21, 0.0)]);
}

#[test]
fn means_and_lags_of_levels() {
    let text = variables(&[
        ("m4", "mean(level, 4)"),
        ("m10", "mean(level, 10)"),
        ("l5", "lag(level, 5)"),
        ("l10", "lag(level, 10)"),
        ("share", "mean(level > 12, 4)"),
    ]);
    let daily = Histories::daily("2024-01-30", &text);
    // Before day 0 it was 10: (10 + 10 + 10 + 11) / 4 on day 1, (10 + 10 + 11 + 12) / 4 on day 2.
    daily.expect("m4", &[(0, 10.0), (1, 10.25), (2, 10.75), (3, 11.5), (4, 12.5), (29, 37.5)]);
    daily.expect("l5", &[(0, 10.0), (5, 10.0), (6, 11.0), (29, 34.0)]);
    daily.expect("share", &[(2, 0.0), (3, 0.25), (5, 0.75), (6, 1.0)]);
    let weekly = Histories::weekly("2024-01-30", &text);
    // (7·17 + 3·10) / 10, (7·24 + 3·17) / 10.
    weekly.expect("m10", &[(0, 10.0), (7, 14.9), (14, 21.9), (21, 28.9)]);
    // The row at or before: day 4 is row 0, day 11 is the row of day 7, day 18 that of day 14.
    weekly.expect("l10", &[(7, 10.0), (14, 10.0), (21, 17.0), (28, 24.0)]);
    weekly.expect("m4", &[(0, 10.0), (7, 17.0), (14, 24.0)]);
}

#[test]
fn a_short_last_step_counts_for_the_days_it_has() {
    let text = variables(&[
        ("four", "sum(n, 4)"),
        ("ten", "sum(n, 10)"),
        ("m10", "mean(level, 10)"),
        ("l5", "lag(level, 5)"),
        ("elapsed", "days(level > 0)"),
    ]);
    // Rows on days 0, 7, 14 and 17: the last step has three days.
    let weekly = Histories::weekly("2024-01-18", &text);
    weekly.expect("four", &[(14, 8.0 / 7.0), (17, 2.0 / 7.0)]);
    weekly.expect("ten", &[(17, 2.0)]);
    // (3·27 + 7·24) / 10.
    weekly.expect("m10", &[(17, 24.9)]);
    weekly.expect("l5", &[(14, 17.0), (17, 17.0)]);
    weekly.expect("elapsed", &[(0, 0.0), (7, 7.0), (14, 14.0), (17, 17.0)]);
}

#[test]
fn totals_days_peaks_and_firsts() {
    let text = variables(&[
        ("all", "total(n)"),
        ("since", "days(after(2024-01-04))"),
        ("early", "days(between(2024-01-01, 2024-01-03))"),
        ("off", "abs(level - 15)"),
        ("highest", "peak(off)"),
        ("start", "first(level)"),
        ("rise", "level / first(level)"),
    ]);
    let daily = Histories::daily("2024-01-30", &text);
    daily.expect("all", &[(0, 0.0), (3, 0.0), (4, 1.0), (10, 1.0), (11, 3.0), (29, 3.0)]);
    daily.expect("since", &[(2, 0.0), (3, 1.0), (4, 2.0), (29, 27.0)]);
    // True in rows 0 and 1; row 0 is the time before the start.
    daily.expect("early", &[(0, 0.0), (1, 1.0), (2, 1.0), (29, 1.0)]);
    // 5 on day 0, down to 0 on day 5, 5 again on day 10.
    daily.expect("highest", &[(0, 5.0), (5, 5.0), (10, 5.0), (11, 6.0), (29, 24.0)]);
    daily.expect("start", &[(0, 10.0), (29, 10.0)]);
    daily.expect("rise", &[(0, 1.0), (5, 1.5)]);
    let weekly = Histories::weekly("2024-01-30", &text);
    weekly.expect("since", &[(0, 0.0), (7, 7.0), (28, 28.0)]);
    weekly.expect("early", &[(7, 0.0), (28, 0.0)]);
    weekly.expect("highest", &[(0, 5.0), (7, 5.0), (14, 9.0)]);
}

#[test]
fn windows_see_the_rate_before_the_start() {
    // One attack a day before the start, none after; two a day, and the rate says so; none.
    let text = "
[attacks.ceased]
per_month = 0
before = 30.4375
[attacks.steady]
per_month = 60.875
[attacks.quiet]
per_month = 60.875
before = 0
[variables]
month = \"sum(ceased.attacks, 30.4375)\"
ten = \"sum(ceased.attacks, 10)\"
all = \"total(ceased.attacks)\"
at_first = \"first(sum(ceased.attacks, 10))\"
week_ago = \"lag(sum(ceased.attacks, 10), 7)\"
two_a_day = \"first(sum(steady.attacks, 30))\"
none = \"first(sum(quiet.attacks, 30))\"
";
    let daily = Histories::daily("2024-01-30", text);
    daily.expect("ceased.attacks", &[(0, 1.0), (1, 0.0), (29, 0.0)]);
    daily.expect("month", &[(0, 30.4375), (10, 20.4375), (29, 1.4375)]);
    daily.expect("ten", &[(0, 10.0), (3, 7.0), (9, 1.0), (10, 0.0)]);
    let weekly = Histories::weekly("2024-01-30", text);
    weekly.expect("ceased.attacks", &[(0, 7.0), (7, 0.0)]);
    weekly.expect("month", &[(0, 30.4375), (14, 16.4375), (28, 2.4375)]);
    weekly.expect("ten", &[(0, 10.0), (7, 3.0), (14, 0.0)]);
    for (history, row) in [(daily, 1.0), (weekly, 7.0)] {
        history.expect("all", &[(0, 0.0), (28, 0.0)]);
        history.expect("at_first", &[(0, 10.0), (28, 10.0)]);
        history.expect("week_ago", &[(0, 10.0), (7, 10.0), (14, 3.0), (21, 0.0)]);
        history.expect("two_a_day", &[(28, 60.0)]);
        history.expect("none", &[(28, 0.0)]);
        history.expect("steady.attacks", &[(0, 2.0 * row)]);
        history.expect("quiet.attacks", &[(0, 0.0)]);
    }
}

#[test]
fn before_the_start_sites_and_casualties_have_their_expected_share() {
    // Ten attacks a step; weights 30·1 and 10·2; half a man killed and two wounded per attack.
    let text = "
[contingents.us]
[theatres.t]
[sites.a]
theatre = \"t\"
troops = { us = 30 }
[sites.b]
theatre = \"t\"
troops = { us = 10 }
exposure = 2
[attacks.m]
at = [\"t\"]
per_month = 5
before = 304.375
killed = { mean = 0.5 }
wounded = { mean = 2, dispersion = 0.1 }
";
    let history = Histories::daily("2024-01-30", text);
    for (signal, truth) in [
        ("m.attacks", 10.0),
        ("m.a.attacks", 6.0),
        ("m.b.attacks", 4.0),
        ("m.killed", 5.0),
        ("m.wounded", 20.0),
    ] {
        history.expect(signal, &[(0, truth)]);
    }
}

#[test]
fn a_window_is_the_sum_of_the_random_rows_it_says() {
    let text = "
[attacks.m]
per_month = 20
before = 9
dispersion = 3
[variables]
days_25 = \"sum(m.attacks, 25)\"
all = \"total(m.attacks)\"
";
    let model = compile(&scenario("end = 2024-06-28\nstep = \"1 week\"\nreplicates = 64", text));
    let history = Histories::follow(&model, &["*"], |run| run);
    assert_eq!(history.replicates(), 64);
    let (counts, sums, totals) = (history.of("m.attacks"), history.of("days_25"), history.of("all"));
    for ((counts, sums), totals) in counts.iter().zip(&sums).zip(&totals) {
        for row in 0..counts.len() {
            let count = |back: usize| counts[row.saturating_sub(back)];
            // Three weeks and four days of the one before; the last step has these four days itself.
            let by_hand = match row + 1 == counts.len() {
                true => count(0) + count(1) + count(2) + count(3),
                false => count(0) + count(1) + count(2) + 4.0 / 7.0 * count(3),
            };
            assert!((sums[row] - by_hand).abs() < 1e-9, "row {row}: {} is not {by_hand}", sums[row]);
            assert_eq!(totals[row], counts[1..=row].iter().sum::<f64>());
        }
    }
    let different = counts.iter().filter(|c| c[1..] != counts[0][1..]).count();
    assert!(different > 60, "histories are alike");
}

#[test]
fn dates_are_true_on_the_rows_they_say() {
    let text = "
[variables]
from_10 = \"after(2024-01-11)\"
from_14 = \"after(2024-01-15)\"
always = \"after(2023-12-31)\"
never = \"after(2024-03-01)\"
mid = \"between(2024-01-08, 2024-01-15)\"
missed = \"between(2024-01-09, 2024-01-15)\"
on_10 = \"on(2024-01-11)\"
on_14 = \"on(2024-01-15)\"
on_0 = \"on(2024-01-01)\"
earlier = \"on(2023-12-31)\"
";
    let daily = Histories::daily("2024-01-30", text);
    let weekly = Histories::weekly("2024-01-30", text);
    let days = |history: &Histories, signal: &str, step: usize| {
        let rows = history.of(signal)[0].clone();
        let days = (0..rows.len()).filter(|row| rows[*row] == 1.0).map(|row| row * step).collect::<Vec<_>>();
        assert!(rows.iter().all(|x| *x == 0.0 || *x == 1.0), "{signal} is no flag");
        (days.first().copied(), days.len())
    };
    // The first day on which it is true, and on how many of 30 rows, 29 days after the start.
    for (signal, truth) in [
        ("from_10", (Some(10), 20)),
        ("from_14", (Some(14), 16)),
        ("always", (Some(0), 30)),
        ("never", (None, 0)),
        ("mid", (Some(7), 7)),
        ("missed", (Some(8), 6)),
        ("on_10", (Some(10), 1)),
        ("on_14", (Some(14), 1)),
        ("on_0", (Some(0), 1)),
        ("earlier", (None, 0)),
    ] {
        assert_eq!(days(&daily, signal, 1), truth, "{signal}");
    }
    // The rows are days 0, 7, 14, 21, 28 and 29. A step that holds the day begins before it.
    for (signal, truth) in [
        ("from_10", (Some(14), 4)),
        ("from_14", (Some(14), 4)),
        ("always", (Some(0), 6)),
        ("mid", (Some(7), 1)),
        ("missed", (None, 0)),
        ("on_10", (Some(7), 1)),
        ("on_14", (Some(14), 1)),
        ("on_0", (Some(0), 1)),
        ("earlier", (None, 0)),
    ] {
        assert_eq!(days(&weekly, signal, 7), truth, "{signal}, weekly");
    }
}

#[test]
fn results_count_what_happened_since_the_row_before() {
    let model = compile(&scenario("end = 2024-01-30\nreport_every = \"1 week\"\nreplicates = 3", PAST));
    let results = Run::new(&model).start().unwrap();
    let n = results.signal("n").unwrap();
    let mean = |date: &str| n.on(date).unwrap().mean;
    // Reported on days 7, 14, 21, 28 and 29; before day 7 nothing has been counted.
    let dates = ["2024-01-08", "2024-01-15", "2024-01-22", "2024-01-29", "2024-01-30"];
    assert_eq!(dates.map(mean), [1.0, 2.0, 0.0, 0.0, 0.0]);
    assert!(matches!(n.on("2024-01-01"), Err(Missing::NothingCounted { .. })));
    // A level is what it is at the row.
    let level = results.signal("level").unwrap();
    assert!((level.on("2024-01-15").unwrap().mean - 24.0).abs() < 1e-9);
}

#[test]
fn a_signal_can_be_followed_though_it_is_not_summarised() {
    let text = variables(&[("ten", "sum(n, 10)")]);
    let model = compile(&scenario("end = 2024-01-30\nsignals = [\"level\"]", &text));
    let history = Histories::follow(&model, &["ten", "n"], |run| run);
    history.expect("n", &[(4, 1.0), (11, 2.0)]);
    history.expect("ten", &[(11, 3.0), (20, 2.0), (21, 0.0)]);
}

#[test]
fn before_anything_is_counted_a_window_is_of_what_is_expected() {
    let text = "
[attacks.far]
per_month = 3
before = 30
[attacks.near]
per_month = \"sum(far.attacks, 10)\"
[attacks.late]
per_month = \"2 + total(far.attacks) + days(far.attacks > 0)\"
";
    // Thirty a month are 30/30.4375 a day.
    let weekly = Histories::weekly("2024-01-15", text);
    let day = 30.0 / 30.4375;
    weekly.expect("far.attacks", &[(0, 7.0 * day)]);
    weekly.expect("near.attacks", &[(0, 10.0 * day * 7.0 / 30.4375)]);
    weekly.expect("late.attacks", &[(0, 2.0 * 7.0 / 30.4375)]);
}

#[test]
fn between_two_dates_there_is_a_day() {
    let text = |until: &str| format!("[variables]\nv = \"between(2024-01-05, {until})\"\n");
    let daily = Histories::daily("2024-01-10", &text("2024-01-06"));
    daily.expect("v", &[(3, 0.0), (4, 1.0), (5, 0.0)]);
    for until in ["2024-01-05", "2024-01-04"] {
        let found = scenario("end = 2024-01-10", &text(until)).check();
        assert!(found.to_string().contains("the first date must be before the second"), "{found}");
    }
}
