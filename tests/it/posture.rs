//! When phases open, how fast they go and when they end: days computed by hand.
//!
//! Day 0 is 1 January 2024, day 10 the 11th, day 20 the 21st, day 30 the 31st, day 60 the 1st of March.
//! A step reads its start and is seen at its end: what is true on day 5 acts on day 6.

use crate::common::{Histories, compile, scenario};
use drawdown::Run;
use drawdown::results::DateQuantile;

/// Sites with people of one contingent in a theatre without limits.
fn bases(people: &[(&str, u32)]) -> String {
    let sites =
        people.iter().map(|(id, n)| format!("[sites.{id}]\ntheatre = \"t\"\ntroops = {{ us = {n} }}\n"));
    format!("[contingents.us]\n[theatres.t]\n{}", sites.collect::<String>())
}

/// A phase that takes everyone from a site home.
fn leaves(id: &str, keys: &str, site: &str) -> String {
    format!("[phases.{id}]\n{keys}\n[phases.{id}.moves.out]\nfrom = \"{site}\"\nto = \"home\"\n")
}

/// Base `a` with some people, who all leave in a phase with these keys.
fn one_base(people: u32, keys: &str) -> String {
    bases(&[("a", people)]) + &leaves("p", keys, "a")
}

#[test]
fn a_moment_inside_a_step_belongs_to_that_step() {
    // Day 3 to day 17, 140 people: 10 a day. On day 7, 4 days have passed.
    let keys = "start = 2024-01-04\nend = 2024-01-18";
    let weekly = Histories::weekly("2024-02-05", &one_base(140, keys));
    weekly.expect("a.troops", &[(0, 140.0), (7, 100.0), (14, 30.0), (21, 0.0)]);
    weekly.expect("p.started", &[(0, 0.0), (7, 1.0), (35, 1.0)]);
    weekly.expect("p.progress", &[(7, 40.0 / 140.0), (14, 110.0 / 140.0), (21, 1.0)]);
    assert_eq!(weekly.first_day("p.done"), Some(21));
    let daily = Histories::daily("2024-02-05", &one_base(140, keys));
    daily.expect("a.troops", &[(3, 140.0), (4, 130.0), (7, 100.0), (14, 30.0), (16, 10.0), (17, 0.0)]);
    assert_eq!((daily.first_day("p.started"), daily.first_day("p.done")), (Some(4), Some(17)));
    daily.expect("p.active", &[(3, 0.0), (4, 1.0), (16, 1.0), (17, 0.0)]);
}

#[test]
fn a_last_step_that_is_short_ends_where_it_ends() {
    // Day 0 to day 20, 20 people: one a day. The rows are days 0, 7, 14 and 17.
    let history = Histories::weekly("2024-01-18", &one_base(20, "start = 2024-01-01\nend = 2024-01-21"));
    history.expect("a.troops", &[(7, 13.0), (14, 6.0), (17, 3.0)]);
}

#[test]
fn phases_follow_one_another_without_losing_time_at_any_step() {
    let phases = [
        leaves("one", "start = 2024-01-01\nend = 2024-01-11", "a"),
        leaves("two", "after = [\"one\"]\nlasts_days = 2", "b"),
        leaves("three", "after = [\"two\"]\nlasts_days = 20", "c"),
    ];
    let text = bases(&[("a", 100), ("b", 50), ("c", 40)]) + &phases.concat();
    // Days 0 to 10, 10 to 12, 12 to 32: on day 28 the third has run 16 days of 20 and moved 32 people.
    let daily = Histories::daily("2024-02-26", &text);
    daily.expect("a.troops", &[(1, 90.0), (9, 10.0), (10, 0.0)]);
    daily.expect("b.troops", &[(10, 50.0), (11, 25.0), (12, 0.0)]);
    daily.expect("c.troops", &[(12, 40.0), (13, 38.0), (28, 8.0), (31, 2.0), (32, 0.0)]);
    // A phase is seen to be done at a row; the next one's clock has run since the end itself.
    let weekly = Histories::weekly("2024-02-26", &text);
    weekly.expect("a.troops", &[(7, 30.0), (14, 0.0)]);
    weekly.expect("b.troops", &[(14, 50.0), (21, 0.0)]);
    weekly.expect("c.troops", &[(21, 40.0), (28, 8.0), (35, 0.0)]);
    let done = |id: &str| weekly.first_day(&format!("{id}.done"));
    assert_eq!([done("one"), done("two"), done("three")], [Some(14), Some(21), Some(35)]);
}

#[test]
fn a_phase_waits_for_the_last_of_those_before_it_and_its_delay_counts_from_there() {
    let phases = [
        leaves("one", "start = 2024-01-01\nend = 2024-01-06", "a"),
        leaves("two", "start = 2024-01-01\nend = 2024-01-11", "b"),
        leaves("three", "after = [\"one\", \"two\"]\ndelay_days = 4\nlasts_days = 10", "c"),
        // Its own date is later than all it waits for.
        "[phases.four]\nafter = [\"one\"]\nstart = 2024-01-21\nend = 2024-01-31\n".to_owned(),
    ];
    let text = bases(&[("a", 5), ("b", 10), ("c", 20)]) + &phases.concat();
    let history = Histories::daily("2024-03-01", &text);
    assert_eq!((history.first_day("one.done"), history.first_day("two.done")), (Some(5), Some(10)));
    // Day 10 and 4 days; 2 people a day.
    history.expect("c.troops", &[(14, 20.0), (15, 18.0), (24, 0.0)]);
    assert_eq!((history.first_day("four.started"), history.first_day("four.done")), (Some(21), Some(30)));
    history.expect("four.progress", &[(20, 0.0), (21, 0.1), (25, 0.5), (30, 1.0)]);
}

#[test]
fn a_gate_must_stay_open_for_the_whole_delay() {
    let gate = "requires = \"between(2024-01-06, 2024-01-09) or after(2024-01-21)\"\nlasts_days = 10";
    let with_delay = |days: &str| one_base(100, &format!("{gate}\ndelay_days = {days}"));
    // Open on days 5, 6 and 7, then from day 20 on. Four days from day 5 the gate is closed: the delay
    // begins again on day 20 and is over on day 24.
    let history = Histories::daily("2024-03-01", &with_delay("4"));
    history.expect("a.troops", &[(9, 100.0), (24, 100.0), (25, 90.0), (34, 0.0)]);
    assert_eq!((history.first_day("p.started"), history.first_day("p.done")), (Some(25), Some(34)));
    // Half past day 7 it is still open; what closes later does not stop the phase.
    let history = Histories::daily("2024-03-01", &with_delay("2.5"));
    history.expect("a.troops", &[(7, 100.0), (8, 95.0), (9, 85.0), (17, 5.0), (18, 0.0)]);
    // Read once a week, it is open on day 7, closed on day 14 and open from day 21 on: ten days from there
    // are day 31, and 4 of 10 days have passed on day 35.
    let history = Histories::weekly("2024-03-01", &with_delay("10"));
    history.expect("a.troops", &[(28, 100.0), (35, 60.0), (42, 0.0)]);
}

#[test]
fn slips_and_shifts_move_the_dates() {
    let dates = "start = 2024-01-11\nend = 2024-01-31\nslip_days = 4\nend_slip_days = 10\nshift_days = 2\n";
    // Start 10 + 2 + 4 = 16, end 30 + 2 + 10 = 42: 26 days, 5 of 130 people a day.
    let deadline = one_base(130, dates);
    let daily = Histories::daily("2024-03-01", &deadline);
    daily.expect("a.troops", &[(16, 130.0), (17, 125.0), (41, 5.0), (42, 0.0)]);
    assert_eq!((daily.first_day("p.started"), daily.first_day("p.done")), (Some(17), Some(42)));
    Histories::weekly("2024-02-26", &deadline).expect("a.troops", &[(14, 130.0), (21, 105.0), (42, 0.0)]);
    // The announced 20 days and 10 more, from day 16: 5 of 150 people a day.
    let duration = one_base(150, &(dates.to_owned() + "pace = \"duration\""));
    let daily = Histories::daily("2024-03-01", &duration);
    daily.expect("a.troops", &[(16, 150.0), (17, 145.0), (45, 5.0), (46, 0.0)]);
    assert_eq!(daily.first_day("p.done"), Some(46));
}

#[test]
fn a_late_start_is_caught_up_by_the_deadline_and_not_by_a_duration() {
    // Announced for days 10 to 30 and ten days late: 100 people in 10 days, or in 20.
    let late = "start = 2024-01-11\nend = 2024-01-31\nslip_days = 10\n";
    let deadline = Histories::daily("2024-03-01", &one_base(100, late));
    deadline.expect("a.troops", &[(20, 100.0), (21, 90.0), (29, 10.0), (30, 0.0)]);
    let keys = late.to_owned() + "pace = \"duration\"";
    let duration = Histories::daily("2024-03-01", &one_base(100, &keys));
    duration.expect("a.troops", &[(20, 100.0), (21, 95.0), (30, 50.0), (40, 0.0)]);
    // Half a day late: 19.5 days, 10 of 195 people a day, 5 in the first half day.
    let half = "start = 2024-01-11\nend = 2024-01-31\nslip_days = 0.5\n";
    let history = Histories::daily("2024-03-01", &one_base(195, half));
    history.expect("a.troops", &[(10, 195.0), (11, 190.0), (12, 180.0), (30, 0.0)]);
}

#[test]
fn nothing_begins_before_the_scenario() {
    // Announced from ten days before the start to day 10.
    let early = "start = 2023-12-22\nend = 2024-01-11\n";
    let deadline = Histories::daily("2024-02-01", &one_base(100, early));
    deadline.expect("a.troops", &[(0, 100.0), (1, 90.0), (10, 0.0)]);
    let duration =
        Histories::daily("2024-02-01", &one_base(100, &(early.to_owned() + "pace = \"duration\"")));
    duration.expect("a.troops", &[(1, 95.0), (20, 0.0)]);
    let slipped = "start = 2024-01-03\nslip_days = -10\nend = 2024-01-11\n";
    Histories::daily("2024-02-01", &one_base(100, slipped)).expect("a.troops", &[(1, 90.0), (10, 0.0)]);
}

#[test]
fn a_phase_that_starts_after_its_deadline_takes_its_least_days_or_none() {
    // Day 10 and 25 days is day 35, five days after the end.
    let late = "start = 2024-01-11\nend = 2024-01-31\nslip_days = 25\n";
    let at_once = Histories::daily("2024-03-01", &one_base(100, late));
    at_once.expect("a.troops", &[(35, 100.0), (36, 0.0)]);
    assert_eq!(at_once.first_day("p.done"), Some(36));
    let keys = late.to_owned() + "min_days = 10";
    let least = Histories::daily("2024-03-01", &one_base(100, &keys));
    least.expect("a.troops", &[(35, 100.0), (36, 90.0), (44, 10.0), (45, 0.0)]);
    // A length of 4 days that may not be under 8.
    let short = Histories::daily("2024-03-01", &one_base(80, "lasts_days = 4\nmin_days = 8"));
    short.expect("a.troops", &[(1, 70.0), (7, 10.0), (8, 0.0)]);
}

#[test]
fn a_profile_bends_the_plan_and_numbers_are_rounded_half_up() {
    let ten_days = "start = 2024-01-01\nend = 2024-01-11\n";
    // After t days of 10, t² of 100 people have gone.
    let late = Histories::daily("2024-02-01", &one_base(100, &format!("{ten_days}profile = 2")));
    late.expect("a.troops", &[(1, 99.0), (3, 91.0), (5, 75.0), (9, 19.0), (10, 0.0)]);
    // √0.4 = 0.63246 of 100 have gone on day 4, √0.9 = 0.94868 on day 9: 36.754 and 5.132 are left.
    let early = Histories::daily("2024-02-01", &one_base(100, &format!("{ten_days}profile = 0.5")));
    early.expect("a.troops", &[(4, 37.0), (9, 5.0), (10, 0.0)]);
    // Of 50, t²/2 have gone: the level is rounded where all leave (49.5 is 50, 45.5 is 46)…
    let level = Histories::daily("2024-02-01", &one_base(50, &format!("{ten_days}profile = 2")));
    level.expect("a.troops", &[(1, 50.0), (2, 48.0), (3, 46.0), (5, 38.0)]);
    // …and the moved where a number does (0.5 is 1, 4.5 is 5, 12.5 is 13).
    let number = one_base(60, &format!("{ten_days}profile = 2")) + "troops = 50\n";
    let moved = Histories::daily("2024-02-01", &number);
    moved.expect("a.troops", &[(1, 59.0), (2, 58.0), (3, 55.0), (5, 47.0), (10, 10.0), (31, 10.0)]);
}

#[test]
fn a_hold_stops_moves_but_not_the_clock_of_a_deadline() {
    // 10 of 200 people a day; held on days 5 to 9.
    let hold = "start = 2024-01-01\nend = 2024-01-21\nhold = \"between(2024-01-06, 2024-01-11)\"\n";
    let history = Histories::daily("2024-02-05", &one_base(200, hold));
    history.expect("a.troops", &[(5, 150.0), (6, 150.0), (10, 150.0), (11, 90.0), (19, 10.0), (20, 0.0)]);
    history.expect("p.active", &[(5, 1.0), (8, 1.0), (19, 1.0), (20, 0.0)]);
    history.expect("p.progress", &[(5, 0.25), (10, 0.25), (11, 0.55)]);
    // Held on day 7 alone of those that a week sees: nobody moves from day 7 to 14.
    let weekly = Histories::weekly("2024-02-05", &one_base(200, hold));
    weekly.expect("a.troops", &[(7, 130.0), (14, 130.0), (21, 0.0)]);
    // Held over its end, it is done when the hold is over.
    let over = hold.replace("2024-01-11)", "2024-01-26)");
    let history = Histories::daily("2024-02-05", &one_base(200, &over));
    history.expect("a.troops", &[(20, 150.0), (25, 150.0), (26, 0.0)]);
    assert_eq!(history.first_day("p.done"), Some(26));
}

#[test]
fn a_hold_stops_the_clock_of_a_duration() {
    let hold = "lasts_days = 20\nhold = \"between(2024-01-06, 2024-01-11)\"\n";
    let text = one_base(200, hold) + "[phases.idle]\n" + hold;
    let history = Histories::daily("2024-02-05", &text);
    history.expect("a.troops", &[(5, 150.0), (10, 150.0), (11, 140.0), (24, 10.0), (25, 0.0)]);
    assert_eq!((history.first_day("p.done"), history.first_day("idle.done")), (Some(25), Some(25)));
    // Without moves the progress is the time that has run.
    history.expect("idle.progress", &[(5, 0.25), (10, 0.25), (11, 0.3), (25, 1.0)]);
    let announced = "start = 2024-01-01\nend = 2024-01-21\npace = \"duration\"\n\
                     hold = \"between(2024-01-06, 2024-01-11)\"\n";
    let history = Histories::daily("2024-02-05", &one_base(200, announced));
    history.expect("a.troops", &[(10, 150.0), (11, 140.0), (25, 0.0)]);
}

#[test]
fn a_cancelled_phase_stops_for_good_unless_it_is_done() {
    let cancel = "cancel = \"on(2024-01-06)\"\n";
    let phases = [
        leaves("before", &format!("start = 2024-01-11\nend = 2024-01-21\n{cancel}"), "a"),
        leaves("during", &format!("start = 2024-01-01\nend = 2024-01-11\n{cancel}"), "b"),
        leaves("done", &format!("start = 2024-01-01\nend = 2024-01-05\n{cancel}"), "c"),
        leaves("follower", "after = [\"during\"]\nlasts_days = 1", "d"),
        leaves("other", "after = [\"done\"]\nlasts_days = 1", "e"),
    ];
    let text = bases(&[("a", 10), ("b", 100), ("c", 40), ("d", 5), ("e", 5)]) + &phases.concat();
    let model = compile(&scenario("end = 2024-03-01", &text));
    let history = Histories::follow(&model, &["*"], |run| run);
    // It is so on day 5, acts from then on and shows on day 6.
    for id in ["before", "during"] {
        assert_eq!(history.first_day(&format!("{id}.cancelled")), Some(6), "{id}");
        assert_eq!(history.first_day(&format!("{id}.done")), None, "{id}");
        history.expect(&format!("{id}.cancelled"), &[(7, 1.0), (60, 1.0)]);
        history.expect(&format!("{id}.active"), &[(6, 0.0), (15, 0.0)]);
    }
    assert_eq!((history.first_day("before.started"), history.first_day("during.started")), (None, Some(1)));
    history.expect("a.troops", &[(60, 10.0)]);
    history.expect("b.troops", &[(5, 50.0), (6, 50.0), (60, 50.0)]);
    assert_eq!((history.first_day("done.done"), history.first_day("done.cancelled")), (Some(4), None));
    // What comes after the cancelled one never opens, what comes after the other does.
    assert_eq!((history.first_day("follower.started"), history.first_day("other.done")), (None, Some(5)));
    history.expect("d.troops", &[(60, 5.0)]);

    let results = Run::new(&model).start().unwrap();
    let during = results.phases().find(|p| p.phase.id == "during").unwrap();
    assert_eq!(during.cancelled.date(0.5), Some(DateQuantile::On("2024-01-07".parse().unwrap())));
    assert_eq!(during.done.date(0.5), Some(DateQuantile::AfterEnd));
}

#[test]
fn leave_is_read_every_step_and_a_phase_goes_on_when_it_falls() {
    // 40 stay until day 10, 10 from then on. On day 10: 40 + 60·0.5; on day 11: 10 + 90·0.45 = 50.5.
    let keys = "start = 2024-01-01\nend = 2024-01-21";
    let text = one_base(100, keys) + "leave = \"if(after(2024-01-11), 10, 40)\"\n";
    let history = Histories::daily("2024-02-05", &text);
    history.expect("a.troops", &[(5, 85.0), (10, 70.0), (11, 51.0), (20, 10.0), (35, 10.0)]);
    assert_eq!(history.first_day("p.done"), Some(20));
    // Where it rises nobody comes back: 10 + 90·0.5 = 55 on day 10, and the line to 60 is above that.
    let rises = one_base(100, keys) + "leave = \"if(after(2024-01-11), 60, 10)\"\n";
    let history = Histories::daily("2024-02-05", &rises);
    history.expect("a.troops", &[(10, 55.0), (11, 55.0), (20, 55.0)]);
}

#[test]
fn a_phase_that_is_done_never_moves_again() {
    let falls = "leave = \"if(after(2024-01-16), 10, 40)\"\n";
    let keys = "start = 2024-01-01\nend = 2024-01-11";
    let history = Histories::daily("2024-02-05", &(one_base(100, keys) + falls));
    assert_eq!(history.first_day("p.done"), Some(10));
    history.expect("a.troops", &[(10, 40.0), (15, 40.0), (16, 40.0), (35, 40.0)]);
    // The same phase is not done while lift is short for another of its moves, and goes on: of 20
    // people one goes a day. Thirty more may go from day 15 on.
    let short = "[theatres.u.lift]\npassengers_per_week = 7\n[sites.b]\ntheatre = \"u\"\ntroops = { us = 20 }\n\
                 [phases.p.moves.slow]\nfrom = \"b\"\nto = \"home\"\n";
    let history = Histories::daily("2024-02-05", &(one_base(100, keys) + falls + short));
    history.expect("a.troops", &[(10, 40.0), (15, 40.0), (16, 10.0), (35, 10.0)]);
    history.expect("b.troops", &[(1, 19.0), (10, 10.0), (19, 1.0), (20, 0.0)]);
    assert_eq!(history.first_day("p.done"), Some(20));
}

#[test]
fn the_end_of_a_length_slips_as_that_of_a_date_does() {
    let history = Histories::daily("2024-02-05", &one_base(150, "lasts_days = 10\nend_slip_days = 5"));
    history.expect("a.troops", &[(1, 140.0), (14, 10.0), (15, 0.0)]);
}
