//! Who goes where: queues, contingents, lift, supply and handed-over dates, computed by hand.
//!
//! Day 0 is 1 January 2024. A phase that starts and ends on a day asks for everyone at once in the step
//! of that day, and is seen a day later.

use crate::common::{Histories, compile, scenario};
use drawdown::Run;
use drawdown::results::DateQuantile;

const US: &str = "[contingents.us]\n[theatres.t]\n";

fn site(id: &str, keys: &str) -> String {
    format!("[sites.{id}]\ntheatre = \"t\"\n{keys}\n")
}

fn people(id: &str, us: u32) -> String {
    site(id, &format!("troops = {{ us = {us} }}"))
}

fn phase(id: &str, keys: &str) -> String {
    format!("[phases.{id}]\n{keys}\n")
}

fn mv(phase: &str, id: &str, from: &str, to: &str, keys: &str) -> String {
    format!("[phases.{phase}.moves.{id}]\nfrom = \"{from}\"\nto = \"{to}\"\n{keys}\n")
}

const DAY_0: &str = "start = 2024-01-01\nend = 2024-01-01";

#[test]
fn of_two_phases_the_one_that_began_first_takes_people_first() {
    let sites = US.to_owned() + &people("a", 10) + &site("b", "") + &site("c", "");
    // `zz` wants 6 of 10 people from day 0 to 4: 2, 3, 5, 6 after 1, 2, 3, 4 days (1.5 and 4.5 rounded up).
    // `aa` wants 6 from day 1 to 4: 2, 4, 6. Of the last person on day 4, `zz` is the taker.
    let text = sites.clone()
        + &phase("aa", "start = 2024-01-02\nend = 2024-01-05")
        + &mv("aa", "go", "a", "c", "troops = 6")
        + &phase("zz", "start = 2024-01-01\nend = 2024-01-05")
        + &mv("zz", "go", "a", "b", "troops = 6");
    let history = Histories::daily("2024-01-15", &text);
    history.expect("a.troops", &[(1, 8.0), (2, 5.0), (3, 1.0), (4, 0.0)]);
    history.expect("b.troops", &[(1, 2.0), (2, 3.0), (3, 5.0), (4, 6.0)]);
    history.expect("c.troops", &[(1, 0.0), (2, 2.0), (3, 4.0), (4, 4.0), (14, 4.0)]);
    // With nobody left to take, both are done.
    assert_eq!((history.first_day("aa.done"), history.first_day("zz.done")), (Some(4), Some(4)));

    // On the same day the id decides, unless half a day does.
    let both = |slip: &str| {
        let keys = |slip: &str| format!("start = 2024-01-02\nend = 2024-01-02\nslip_days = {slip}");
        let phases = phase("aa", &keys(slip))
            + &mv("aa", "go", "a", "c", "troops = 6")
            + &phase("zz", &keys("0"))
            + &mv("zz", "go", "a", "b", "troops = 6");
        let history = Histories::daily("2024-01-15", &(sites.clone() + &phases));
        ["a", "b", "c"].map(|id| history.on_day(&format!("{id}.troops"), 2))
    };
    assert_eq!(both("0"), [0.0, 4.0, 6.0]);
    assert_eq!(both("0.5"), [0.0, 6.0, 4.0]);
}

#[test]
fn moves_of_a_phase_go_by_id() {
    let text = US.to_owned()
        + &people("a", 10)
        + &site("b", "")
        + &site("c", "")
        + &phase("p", DAY_0)
        + &mv("p", "m2", "a", "b", "troops = 6")
        + &mv("p", "m1", "a", "c", "troops = 7");
    let history = Histories::daily("2024-01-15", &text);
    history.expect("c.troops", &[(0, 0.0), (1, 7.0), (14, 7.0)]);
    history.expect("b.troops", &[(1, 3.0), (14, 3.0)]);
}

#[test]
fn who_arrives_moves_on_in_the_next_step_only() {
    let text = US.to_owned()
        + &people("a", 10)
        + &people("b", 3)
        + &phase("p", DAY_0)
        + &mv("p", "m1", "a", "b", "")
        + &mv("p", "m2", "b", "home", "");
    // The 3 of `b` go on the first day, the 10 who came meanwhile on the second, in weeks as in days.
    for (history, step) in
        [(Histories::daily("2024-01-29", &text), 1), (Histories::weekly("2024-01-29", &text), 7)]
    {
        history.expect("a.troops", &[(step, 0.0)]);
        history.expect("b.troops", &[(step, 10.0), (2 * step, 0.0)]);
        history.expect("home.us", &[(step, 3.0), (2 * step, 13.0)]);
        history.expect("troops", &[(0, 13.0), (step, 10.0), (2 * step, 0.0)]);
        history.expect("p.progress", &[(step, 13.0 / 23.0), (2 * step, 1.0)]);
        assert_eq!(history.first_day("p.done"), Some(2 * step));
    }
}

#[test]
fn people_from_home_are_counted_below_nobody() {
    let text = US.to_owned()
        + &people("a", 5)
        + &phase("surge", "start = 2024-01-01\nend = 2024-01-04")
        + &mv("surge", "go", "home", "a", "troops = 30\ncontingent = \"us\"")
        + &phase("back", "start = 2024-01-11\nend = 2024-01-11")
        + &mv("back", "go", "a", "home", "");
    let history = Histories::daily("2024-01-15", &text);
    history.expect("a.us", &[(0, 5.0), (1, 15.0), (2, 25.0), (3, 35.0), (10, 35.0), (11, 0.0)]);
    history.expect("home.us", &[(0, 0.0), (1, -10.0), (2, -20.0), (3, -30.0), (11, 5.0)]);
    assert_eq!(history.first_day("surge.done"), Some(3));
}

#[test]
fn heads_are_split_by_largest_remainder_and_ties_by_id() {
    let contingents = "[contingents.us]\n[contingents.uk]\n[contingents.de]\n[theatres.t]\n";
    let split = |troops: &str, keys: &str, first: [f64; 3], second: [f64; 3]| {
        let text = contingents.to_owned()
            + &site("a", &format!("troops = {troops}"))
            + &phase("p", "start = 2024-01-01\nend = 2024-01-03")
            + &mv("p", "go", "a", "home", keys);
        let history = Histories::daily("2024-01-05", &text);
        let home = |day| ["de", "uk", "us"].map(|id| history.on_day(&format!("home.{id}"), day));
        assert_eq!((home(1), home(2)), (first, second), "{keys} of {troops}");
    };
    // Five of 5, 5, 5: each 1.67, and two more by id. Then five of 3, 3, 4: 1.5, 1.5 and 2, the odd one by id.
    split("{ de = 5, uk = 5, us = 5 }", "troops = 10", [2.0, 2.0, 1.0], [4.0, 3.0, 3.0]);
    // Ten of 11, 20, 70: 1.09, 1.98 and 6.93. Then ten of 10, 18, 63: 1.10, 1.98 and 6.92.
    split("{ de = 11, uk = 20, us = 70 }", "troops = 20", [1.0, 2.0, 7.0], [2.0, 4.0, 14.0]);
    // Only one contingent's, and `leave` is its own: from 20 to 4, 8 a day.
    split(
        "{ de = 11, uk = 20, us = 70 }",
        "contingent = \"uk\"\nleave = 4",
        [0.0, 8.0, 0.0],
        [0.0, 16.0, 0.0],
    );
    // `leave` is the whole site's otherwise: from 101 to 1, 50 a day: 5.4, 9.9 and 34.7; then 50 of
    // 6, 10, 35: 5.9, 9.8 and 34.3.
    split("{ de = 11, uk = 20, us = 70 }", "leave = 1", [5.0, 10.0, 35.0], [11.0, 20.0, 69.0]);
}

#[test]
fn lift_is_charged_by_passenger_and_carries_what_was_short_of_a_head() {
    let lift = "[theatres.t.lift]\npassengers_per_week = 10\n";
    let text = US.to_owned() + lift + &people("a", 30) + &phase("p", DAY_0) + &mv("p", "go", "a", "home", "");
    // 10/7 a day and the rest carried: 10t/7 rounded down have gone after t days.
    let gone = [1.0, 2.0, 4.0, 5.0, 7.0, 8.0, 10.0, 11.0];
    let days: Vec<(u32, f64)> = (1..).zip(gone.map(|n| 30.0 - n)).collect();
    let history = Histories::daily("2024-02-05", &text);
    history.expect("a.troops", &days);
    // One of 1.43; one of 1.86; two of 2.29.
    history.expect("t.lift_used", &[(0, 0.0), (1, 0.7), (2, 7.0 / 13.0), (3, 0.875), (25, 0.0)]);
    assert_eq!(history.first_day("p.done"), Some(21));
    let weekly = Histories::weekly("2024-02-05", &text);
    weekly.expect("a.troops", &[(7, 20.0), (14, 10.0), (21, 0.0)]);
    weekly.expect("t.lift_used", &[(7, 1.0), (21, 1.0), (28, 0.0)]);
    // Half of it is available until day 14, and more than all of it counts as all.
    let available = text.replace("= 10\n", "= 10\navailable = \"if(after(2024-01-15), 7, 0.5)\"\n");
    let weekly = Histories::weekly("2024-02-05", &available);
    weekly.expect("a.troops", &[(7, 25.0), (14, 20.0), (21, 10.0), (28, 0.0)]);
}

#[test]
fn lift_that_cut_nothing_short_carries_nothing() {
    let lift = "[theatres.t.lift]\npassengers_per_week = 10\n";
    let text = US.to_owned()
        + lift
        + &people("a", 7)
        + &people("b", 20)
        + &phase("p", "start = 2024-01-01\nend = 2024-01-08")
        + &mv("p", "go", "a", "home", "")
        + &phase("q", "start = 2024-01-08\nend = 2024-01-08")
        + &mv("q", "go", "b", "home", "");
    // One of `a` a day for a week leaves 0.43 a day unused. From day 7 on, 10t/7 of `b`, rounded down.
    let history = Histories::daily("2024-02-05", &text);
    history.expect("a.troops", &[(1, 6.0), (6, 1.0), (7, 0.0)]);
    history.expect("b.troops", &[(7, 20.0), (8, 19.0), (9, 18.0), (10, 16.0), (14, 10.0), (21, 0.0)]);
}

#[test]
fn lift_is_charged_by_the_tonne_as_well() {
    let lift = "[theatres.t.lift]\ntonnes_per_week = 70\npassengers_per_week = 35\n";
    let all = |id: &str| mv("p", id, id, "home", "");
    // 40 tonnes over 10 people are 4 a head; 10 tonnes a day and the rest carried.
    let heavy = site("a", "troops = { us = 10 }\ntonnes = 40");
    let text = US.to_owned() + lift + &heavy + &phase("p", DAY_0) + &all("a");
    let history = Histories::daily("2024-02-05", &text);
    history.expect("a.troops", &[(1, 8.0), (2, 5.0), (3, 3.0), (4, 0.0)]);
    // 8 of 10 tonnes, then 12 of 12: the seats, two or three of five, are less scarce.
    history.expect("t.lift_used", &[(1, 0.8), (2, 1.0), (3, 0.8), (4, 1.0)]);
    // What is short of a heavy head can take light ones of half a tonne. Two of `a` leave 2 tonnes and three
    // of five seats: three of `b`, and half a tonne is carried. With 10.5 tonnes it is the same again.
    let light = site("b", "troops = { us = 10 }\ntonnes = 5");
    let history = Histories::daily("2024-02-05", &(text.clone() + &light + &all("b")));
    history.expect("a.troops", &[(1, 8.0), (2, 6.0)]);
    history.expect("b.troops", &[(1, 7.0), (2, 4.0)]);
    // Nor do tonnes hold up a site that had none, or people who come from home.
    let surge = text
        + &site("c", "tonnes = 1000")
        + &phase("surge", DAY_0)
        + &mv("surge", "in", "home", "c", "troops = 9\ncontingent = \"us\"")
        + &phase("out", "start = 2024-01-11\nend = 2024-01-11")
        + &mv("out", "go", "c", "home", "");
    let history = Histories::daily("2024-02-05", &surge);
    // Phases that begin together go by id: 2, 3, 2, 3 of `a`, and of the five seats the rest.
    history.expect("a.troops", &[(1, 8.0), (2, 5.0), (4, 0.0)]);
    history.expect("c.troops", &[(1, 3.0), (2, 5.0), (3, 8.0), (4, 9.0), (10, 9.0), (11, 4.0), (12, 0.0)]);
}

#[test]
fn lift_is_charged_where_people_leave_or_come_to_from_home() {
    let text = "[contingents.us]\n[theatres.t.lift]\npassengers_per_week = 7\n[theatres.u]\n".to_owned()
        + &people("a", 0)
        + &people("b", 5)
        + "[sites.c]\ntheatre = \"u\"\ntroops = { us = 8 }\n"
        + "[sites.d]\ntheatre = \"u\"\n";
    let from_home = "troops = 5\ncontingent = \"us\"";
    let at_once =
        |id: &str, from: &str, to: &str, keys: &str| phase(id, DAY_0) + &mv(id, "go", from, to, keys);
    let history = |phases: String| Histories::daily("2024-02-05", &(text.clone() + &phases));
    // From home it is the lift of where they go: one a day.
    let surge = history(at_once("p", "home", "a", from_home));
    surge.expect("a.troops", &[(1, 1.0), (2, 2.0), (5, 5.0), (6, 5.0)]);
    surge.expect("t.lift_used", &[(1, 1.0), (5, 1.0), (6, 0.0)]);
    history(at_once("p", "home", "d", from_home)).expect("d.troops", &[(1, 5.0)]);
    // Between theatres it is that of where they were.
    history(at_once("p", "b", "d", "")).expect("d.troops", &[(1, 1.0), (5, 5.0)]);
    history(at_once("p", "c", "a", "")).expect("a.troops", &[(1, 8.0)]);
    // Both draw on the same lift: the outflow has the earlier id.
    let both = history(at_once("in", "home", "a", from_home) + &at_once("go", "b", "home", ""));
    both.expect("b.troops", &[(1, 4.0), (5, 0.0)]);
    both.expect("a.troops", &[(5, 0.0), (6, 1.0), (10, 5.0)]);
}

#[test]
fn a_site_is_supplied_while_one_of_its_suppliers_is_manned_and_supplied() {
    let by =
        |id: &str, suppliers: &str| site(id, &format!("troops = {{ us = 1 }}\nsupplied_by = {suppliers}"));
    let leaves = |id: &str, day: u32| {
        let date = format!("2024-01-{:02}", day + 1);
        phase(&format!("p_{id}"), &format!("start = {date}\nend = {date}"))
            + &mv(&format!("p_{id}"), "go", id, "home", "")
    };
    // a ← b ← port, and d ← b or island. The port is left on day 3, the island on day 6.
    let text = US.to_owned()
        + &by("a", "[\"b\"]")
        + &by("b", "[\"port\"]")
        + &by("d", "[\"b\", \"island\"]")
        + &people("port", 1)
        + &people("island", 1)
        + &leaves("port", 3)
        + &leaves("island", 6);
    let history = Histories::daily("2024-01-15", &text);
    let unsupplied = |id: &str| {
        let supplied = &history.of(&format!("{id}.supplied"))[0];
        supplied.iter().position(|s| *s == 0.0)
    };
    assert_eq!([unsupplied("a"), unsupplied("b"), unsupplied("d")], [Some(4), Some(4), Some(7)]);
    // Whoever needs no supplier is supplied, manned or not.
    assert_eq!([unsupplied("port"), unsupplied("island")], [None, None]);
    history.expect("a.supplied", &[(3, 1.0), (4, 0.0), (14, 0.0)]);
    // One that comes back into use supplies again; a supplied site without people supplies nobody.
    let back = phase("back", "start = 2024-01-11\nend = 2024-01-11")
        + &mv("back", "go", "home", "port", "troops = 1\ncontingent = \"us\"");
    let history = Histories::daily("2024-01-15", &(text + &leaves("b", 8) + &back));
    history.expect("b.supplied", &[(10, 0.0), (11, 1.0)]);
    history.expect("a.supplied", &[(10, 0.0), (11, 0.0)]);
}

#[test]
fn a_site_is_handed_over_on_the_first_day_it_is_empty_after_having_had_people() {
    let text = US.to_owned()
        + &people("a", 4)
        + &site("b", "")
        + &people("c", 1)
        + &site("d", "")
        + &phase("p", "start = 2024-01-01\nend = 2024-01-05")
        + &mv("p", "go", "a", "b", "")
        + &phase("q", "start = 2024-01-11\nend = 2024-01-11")
        + &mv("q", "back", "b", "a", "")
        + &phase("r", "start = 2024-01-16\nend = 2024-01-16")
        + &mv("r", "go", "a", "home", "");
    let model = compile(&scenario("end = 2024-02-01", &text));
    let results = Run::new(&model).start().unwrap();
    let handed_over = |id: &str| {
        let site = results.sites().find(|s| s.site.id == id).unwrap();
        site.closed.date(0.5).unwrap()
    };
    let on = |date: &str| DateQuantile::On(date.parse().unwrap());
    // Empty on day 4, filled on day 11 and empty again on day 16: the first counts.
    assert_eq!(handed_over("a"), on("2024-01-05"));
    // Empty at the start, which does not count; manned from day 1, empty on day 11.
    assert_eq!(handed_over("b"), on("2024-01-12"));
    assert_eq!((handed_over("c"), handed_over("d")), (DateQuantile::AfterEnd, DateQuantile::AfterEnd));
}

#[test]
fn every_contingent_is_conserved_while_everything_moves() {
    let text = "[contingents.us]\n[contingents.uk]\n[theatres.t.lift]\npassengers_per_week = 20\n".to_owned()
        + &site("a", "troops = { us = 70, uk = 13 }\ntonnes = 41")
        + &site("b", "troops = { us = 8, uk = 31 }")
        + &site("c", "troops = { uk = 5 }")
        + &phase("p", "start = 2024-01-01\nend = 2024-01-15\nprofile = 1.7")
        + &mv("p", "m1", "a", "b", "")
        + &mv("p", "m2", "b", "c", "troops = 25")
        + &phase("q", "start = 2024-01-04\nend = 2024-01-20")
        + &mv("q", "m1", "c", "a", "contingent = \"uk\"\nleave = 3")
        + &mv("q", "m2", "home", "b", "troops = 17\ncontingent = \"uk\"")
        + &mv("q", "m3", "b", "home", "leave = 9");
    let history = Histories::daily("2024-03-01", &text);
    for (contingent, all) in [("us", 78.0), ("uk", 49.0)] {
        let places = ["a", "b", "c", "home"].map(|p| history.of(&format!("{p}.{contingent}"))[0].clone());
        for row in 0..places[0].len() {
            let sum: f64 = places.iter().map(|p| p[row]).sum();
            assert_eq!(sum, all, "{contingent} on day {row}");
            assert!(places[..3].iter().all(|p| p[row] >= 0.0 && p[row].fract() == 0.0));
        }
        let moved = places.iter().map(|p| p.windows(2).filter(|w| w[0] != w[1]).count()).sum::<usize>();
        assert!(moved > 30, "{contingent} hardly moved: {moved}");
    }
}

#[test]
fn of_seats_and_tonnes_only_what_cut_a_move_short_is_carried() {
    let lift = |seats: f64, tonnes: f64| {
        format!("{US}[theatres.t.lift]\npassengers_per_week = {seats}\ntonnes_per_week = {tonnes}\n")
    };
    let site =
        |id: &str, us: u32, tonnes: u32| site(id, &format!("troops = {{ us = {us} }}\ntonnes = {tonnes}"));
    let leaves = |id: &str, dates: &str| {
        phase(&format!("p_{id}"), dates) + &mv(&format!("p_{id}"), "go", id, "home", "")
    };
    let on_day_1 = "start = 2024-01-02\nend = 2024-01-02";
    // Neither cuts short who goes one a day, with half a seat or half a tonne to spare: nothing is carried to day 7.
    for limits in [lift(10.5, 700.0), lift(700.0, 10.5)] {
        let text = limits
            + &site("a", 7, 7)
            + &site("b", 20, 20)
            + &leaves("a", "start = 2024-01-01\nend = 2024-01-08")
            + &leaves("b", "start = 2024-01-08\nend = 2024-01-08");
        let history = Histories::daily("2024-02-05", &text);
        history.expect("a.troops", &[(1, 6.0), (6, 1.0), (7, 0.0)]);
        history.expect("b.troops", &[(7, 20.0), (8, 19.0), (9, 17.0), (10, 16.0)]);
    }
    // Two seats and six tonnes a day. On the first the seats cut short three of one tonne each; the four tonnes left are
    // not carried. On the second one more and a head of eight tonnes: five are left, which are; eleven, then nine.
    let text = lift(14.0, 42.0)
        + &site("a", 3, 3)
        + &site("b", 2, 16)
        + &leaves("a", DAY_0)
        + &leaves("b", on_day_1);
    let history = Histories::daily("2024-02-05", &text);
    history.expect("a.troops", &[(1, 1.0), (2, 0.0)]);
    history.expect("b.troops", &[(2, 2.0), (3, 1.0), (4, 0.0)]);
    // Two and a half seats and six tonnes. Tonnes cut short two of four tonnes each, and the seats left are not carried.
    // On the second day one more leaves one and a half seats: one, then three with the half that is carried.
    let text =
        lift(17.5, 42.0) + &site("a", 2, 8) + &site("b", 5, 5) + &leaves("a", DAY_0) + &leaves("b", on_day_1);
    let history = Histories::daily("2024-02-05", &text);
    history.expect("a.troops", &[(1, 1.0), (2, 0.0)]);
    history.expect("b.troops", &[(1, 5.0), (2, 4.0), (3, 1.0), (4, 0.0)]);
}

#[test]
fn of_three_phases_of_one_day_the_first_take_all_before_the_last() {
    let text = US.to_owned()
        + &people("a", 10)
        + &["aa", "mm", "zz"].map(|id| site(id, "") + &phase(&format!("p_{id}"), DAY_0)).concat()
        + &["aa", "mm", "zz"].map(|id| mv(&format!("p_{id}"), "go", "a", id, "troops = 6")).concat();
    let history = Histories::daily("2024-01-15", &text);
    assert_eq!(["aa", "mm", "zz"].map(|id| history.on_day(&format!("{id}.troops"), 1)), [6.0, 4.0, 0.0]);
}
