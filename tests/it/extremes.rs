//! Numbers at the edge: an error that says so, or the right answer.

use crate::common::{Histories, close, compile, drawdown, folder_with, scenario, text};
use drawdown::{Run, Scenario};

/// The mistakes of a scenario, or why its first replicate failed; nothing where all is well.
fn trouble(header: &str, body: &str) -> String {
    let header = if header.is_empty() { "end = 2024-03-01" } else { header };
    let text = format!("schema = 1\nseed = 1\nreplicates = 64\nstart = 2024-01-01\n{header}\n{body}");
    let model = match Scenario::parse("extreme.toml", &text).and_then(|scenario| scenario.compile()) {
        Ok(model) => model,
        Err(found) => return found.to_string(),
    };
    let results = Run::new(&model).start().unwrap();
    results.failures().next().map(|failure| format!("{failure:?}")).unwrap_or_default()
}

#[test]
fn what_no_number_can_hold_is_told() {
    let camp = |troops: &str| {
        format!(
            "[contingents.us]\n[theatres.t]\n[sites.camp]\ntheatre = \"t\"\ntroops = {{ us = {troops} }}\n"
        )
    };
    for (header, body, reason) in [
        ("", camp("1e18"), "1000000000000"),
        ("", camp("-5"), "-5"),
        ("", camp("inf"), "inf"),
        ("", camp("nan"), "nan"),
        ("", "[variables]\na = \"1 / 0\"\n".to_owned(), "a"),
        ("", "[variables]\na = \"exp(exp(exp(years + 9)))\"\n".to_owned(), "a"),
        ("", "[variables]\na = \"ln(0 - years)\"\n".to_owned(), "a"),
        ("", "[attacks.a]\nper_month = 1e300\nbefore = 0\n".to_owned(), "a"),
        ("", "[shocks.s]\nper_year = \"1 / (years - years)\"\n".to_owned(), "s"),
        (
            "",
            "[attacks.a]\nper_month = 1\nbefore = 0\nself_excitation = { branching = 0.1, half_life_days = 5e-324 }\n"
                .to_owned(),
            "a.rate",
        ),
        ("", "[parameters]\na = { pert = [3, 2, 1] }\n".to_owned(), "pert"),
        ("", "[parameters]\na = { lognormal = { median = 0, p90 = 1 } }\n".to_owned(), "median"),
        ("end = 2023-12-31", String::new(), "ends before it starts"),
        ("end = 9999-12-31", String::new(), "steps are too many"),
        ("end = 2024-02-30", String::new(), "2024-02-30"),
    ] {
        let told = trouble(header, &body);
        assert!(told.contains(reason), "{header}\n{body}\ntold: {told}");
    }
}

#[test]
fn negative_rates_count_as_nothing_and_are_counted() {
    for (body, signal) in [
        ("[shocks.s]\nper_year = -5\n", "s.count"),
        ("[attacks.s]\nper_month = \"years - 5\"\nbefore = 0\n", "s.attacks"),
        ("[states.s]\ninitial = \"a\"\nrates = { a.b = -3 }\n", "s.b"),
    ] {
        let model = compile(&scenario("end = 2024-12-31\nreplicates = 64", body));
        let results = Run::new(&model).start().unwrap();
        assert_eq!(results.signal(signal).unwrap().on("2024-12-31").unwrap().mean, 0.0);
        assert!(results.clamped().any(|(what, times)| what.starts_with("s.") && times > 0), "{signal}");
    }
}

#[test]
fn the_smallest_numbers_there_are_do_no_harm() {
    let body = "[stocks.dust]\ninitial = 5e-324\ngrowth_per_year = 1\n[variables]\nhalf = \"dust / 2\"\n";
    let told = Histories::daily("2024-12-31", body);
    assert!(told.of("dust")[0].iter().all(|x| x.is_finite() && *x >= 0.0));
    let least = "5e-324";
    let everywhere = format!(
        "[attacks.r]\nper_month = {least}\nself_excitation = {{ branching = {least}, half_life_days = 1 }}\n\
         killed = {{ mean = {least}, dispersion = {least} }}\n\
         [states.c]\ninitial = \"a\"\nrates = {{ a.b = {least} }}\n\
         [shocks.s]\nper_year = {least}\nlasts_days = {least}\nsize = {{ uniform = [0, {least}] }}\n\
         [parameters]\nn = {{ normal = {{ mean = 0, sd = {least} }} }}\n\
         g = {{ gamma = {{ mean = {least}, sd = {least} }} }}\n\
         l = {{ lognormal = {{ median = {least}, p90 = 1e-323 }} }}\n\
         p = {{ pert = [0, {least}, 1e-323] }}\n"
    );
    assert_eq!(trouble("", &everywhere), "");
}

/// Shapes at which the search for quantiles once had no end.
#[test]
fn no_distribution_takes_long() {
    let numbers = [5e-324, 1e-300, 1e-9, 1e-6, 1e-4, 0.5, 1.0, 1e4, 1e9, 1e17, 1e300];
    let pairs = numbers.iter().flat_map(|a| numbers.iter().map(move |b| (a, b)));
    let (mut ran, mut refused) = (0, 0);
    for (a, b) in pairs {
        for form in ["gamma = { mean = A, sd = B }", "beta = { mean = A, size = B }", "pert = [-A, 0, B]"] {
            let form = form.replace('A', &format!("{a:e}")).replace('B', &format!("{b:e}"));
            let body = format!("[parameters]\nq = {{ {form} }}\n[variables]\nv = \"q\"\n");
            match trouble("end = 2024-01-02", &body).as_str() {
                "" => ran += 1,
                told => {
                    assert!(told.contains(" must ") || told.contains("too far apart"), "{form}\n{told}");
                    refused += 1;
                }
            }
        }
    }
    assert!(ran > 100 && refused > 50, "{ran} ran, {refused} were refused");
}

#[test]
fn a_leap_day_is_a_day_and_dates_before_1900_are_dates() {
    let body = "[variables]\nleap = \"on(2024-02-29)\"\nspent = \"days(between(2024-02-28, 2024-03-02))\"\n";
    let told = Histories::daily("2024-03-05", body);
    assert_eq!(told.of("leap")[0].iter().sum::<f64>(), 1.0);
    // The 28th, the 29th and the 1st.
    close("days", *told.of("spent")[0].last().unwrap(), 3.0, 0.0);
    let old = "schema = 1\nstart = 1815-06-18\nend = 1816-06-18\nseed = 1\nreplicates = 64\n[shocks.war]\nper_year = 1\n";
    let model = Scenario::parse("old.toml", old).unwrap().compile().unwrap();
    assert_eq!(model.calendar.steps(), 366, "1816 had a leap day");
    assert!(
        Run::new(&model).start().unwrap().signal("war.count").unwrap().on("1816-06-18").unwrap().mean > 0.3
    );
}

#[test]
fn a_phase_of_no_length_moves_everybody_in_its_step() {
    let body = "[contingents.us]\n[theatres.t]\n[sites.camp]\ntheatre = \"t\"\ntroops = { us = 700 }\n\
                [phases.go]\nstart = 2024-02-01\nend = 2024-02-01\n\
                moves.out = { from = \"camp\", to = \"home\", troops = \"all\" }\n";
    let told = Histories::daily("2024-03-01", body);
    let troops = &told.of("camp.troops")[0];
    // Day 31 is the first of February; a moment inside a step belongs to it, and its end sees it.
    assert_eq!((troops[31], troops[32]), (700.0, 0.0));
}

#[test]
fn thirty_years_of_days_are_run_or_told_to_be_reported_less_often() {
    let header = "end = 2054-01-01\nreplicates = 64";
    let model = compile(&scenario(header, "[shocks.war]\nper_year = 0.1\nlasts_days = 30\n"));
    assert_eq!(model.calendar.steps(), 10_958);
    let results = Run::new(&model).start().unwrap();
    let wars = results.signal("war.count").unwrap().on("2054-01-01").unwrap();
    // Poisson, less the time at war: 30 years at 0.1, each war taking 30 days from the next.
    close(
        "wars in thirty years",
        wars.mean,
        3.0 / (1.0 + 0.1 * 30.0 / 365.25),
        4.0 * (3.0_f64 / 64.0).sqrt(),
    );
}

#[test]
fn more_replicates_than_can_be_counted_are_refused() {
    let folder = folder_with(&[(
        "s.toml",
        b"schema = 1\nstart = 2024-01-01\nend = 2024-02-01\nseed = 1\n[shocks.s]\nper_year = 1\n",
    )]);
    let output = drawdown(folder.path(), &["run", "s.toml", "-n", "5_000_000_000", "--format", "svg"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("at most 4000000000"), "{}", text(&output.stderr));
}
