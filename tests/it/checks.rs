//! Small scenarios with known answers: formulas or arithmetic, confirmed by an independent
//! interpreter. Tolerances are about five standard errors at each file's own number of replicates.

use drawdown::{Model, Results, Run, Scenario};

use crate::common::{close, histories};

fn scenario(file: &str) -> Scenario {
    Scenario::open(format!("tests/checks/{file}.toml")).unwrap_or_else(|e| panic!("{e}"))
}

fn with(file: &str, sets: &[(&str, &str)]) -> Model {
    let scenario = sets.iter().fold(scenario(file), |s, (path, value)| s.with(path, value).unwrap());
    scenario.compile().unwrap_or_else(|e| panic!("{e}"))
}

fn run(model: &Model) -> Results {
    Run::new(model).start().unwrap()
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

fn variance(x: &[f64]) -> f64 {
    let m = mean(x);
    x.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / (x.len() - 1) as f64
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let (mx, my) = (mean(x), mean(y));
    let covariance = x.iter().zip(y).map(|(a, b)| (a - mx) * (b - my)).sum::<f64>() / (x.len() - 1) as f64;
    covariance / (variance(x) * variance(y)).sqrt()
}

#[track_caller]
fn probability(results: &Results, signal: &str, date: &str) -> f64 {
    results.signal(signal).unwrap().on(date).unwrap().mean
}

#[track_caller]
fn level(results: &Results, signal: &str, date: &str) -> f64 {
    results.signal(signal).unwrap().on(date).unwrap().mean
}

#[test]
fn c1_markov_chains_occupy_their_states_as_they_should_at_any_step() {
    for step in ["\"1 day\"", "\"1 week\""] {
        let results = run(&with("c1_ctmc", &[("step", step)]));
        close("a.y", probability(&results, "a.y", "2024-12-30"), 0.63313, 0.012);
        close("a.z", probability(&results, "a.z", "2024-12-30"), 0.31657, 0.012);
    }
    // One jump a week would give 0.4204, and one a day 0.4377: only the exact method passes weekly.
    let weekly = run(&with("c1_ctmc", &[("step", "\"1 week\""), ("replicates", "200_000")]));
    close("b.z weekly", probability(&weekly, "b.z", "2024-04-01"), 0.4404, 0.006);
    let daily = run(&with("c1_ctmc", &[("replicates", "200_000"), ("end", "2024-04-01")]));
    close("b.z daily", probability(&daily, "b.z", "2024-04-01"), 0.4404, 0.006);
}

#[test]
fn c2_self_excitation_has_its_implied_moments() {
    let weekly = with("c2_hawkes", &[]);
    let counts = histories(&weekly, "h.attacks");
    let all: Vec<f64> = counts.iter().flat_map(|h| h[1..].to_vec()).collect();
    close("mean", mean(&all), 4.5996, 0.02);
    close("variance", variance(&all), 5.34, 0.1);
    let (now, next): (Vec<f64>, Vec<f64>) =
        counts.iter().flat_map(|h| h[1..].windows(2).map(|w| (w[0], w[1])).collect::<Vec<_>>()).unzip();
    close("lag-1 correlation", correlation(&now, &next), 0.339, 0.01);
    let first_28 = |counts: &[Vec<f64>], rows: usize| {
        mean(&counts.iter().map(|h| h[1..=rows].iter().sum()).collect::<Vec<f64>>())
    };
    close("h, first 28 days", first_28(&counts, 4), 18.40, 0.25);
    close("cold, first 28 days weekly", first_28(&histories(&weekly, "cold.attacks"), 4), 12.37, 0.25);

    let daily = with("c2_hawkes", &[("step", "\"1 day\"")]);
    let counts = histories(&daily, "h.attacks");
    let weeks: Vec<f64> = counts
        .iter()
        .flat_map(|h| h[1..].chunks_exact(7).map(|w| w.iter().sum()).collect::<Vec<f64>>())
        .collect();
    close("variance of weekly sums", variance(&weeks), 6.77, 0.12);
    close("cold, first 28 days daily", first_28(&histories(&daily, "cold.attacks"), 28), 13.63, 0.25);
}

#[test]
fn c3_negative_binomial_counts_do_not_depend_on_the_step() {
    for step in ["\"1 day\"", "\"1 week\""] {
        let model = with("c3_nb", &[("step", step)]);
        let ends: Vec<f64> = histories(&model, "n28").iter().map(|h| h[h.len() - 1]).collect();
        close("mean", mean(&ends), 9.199, 0.28);
        close("variance", variance(&ends), 124.2, 10.0);
        let none = ends.iter().filter(|n| **n == 0.0).count() as f64 / ends.len() as f64;
        close("P(0)", none, 0.1473, 0.009);
    }
}

#[test]
fn c4_attacks_are_split_by_exposure_and_cause_their_casualties() {
    let model = with("c4_casualties", &[]);
    let results = run(&model);
    let dead = results.signal("dead").unwrap().on("2024-12-30").unwrap();
    close("dead", dead.mean, 0.7175, 0.025);
    close("its variance", dead.sd.unwrap() * dead.sd.unwrap(), 1.019, 0.05);
    close("P(any)", results.milestone(0).by_its_date().value, 0.4504, 0.0125);
    let total = |site: &str| {
        let sum = |h: &Vec<f64>| h[1..].iter().sum();
        histories(&model, &format!("m.{site}.attacks")).iter().map(sum).collect::<Vec<f64>>()
    };
    let (big, small) = (total("big"), total("small"));
    close("attacks on big", mean(&big), 17.938, 0.11);
    close("attacks on small", mean(&small), 17.938, 0.11);
    close("correlation", correlation(&big, &small), 0.0, 0.025);
}

#[test]
fn c5_lift_limits_people_and_tonnes() {
    let results = run(&with("c5_lift", &[]));
    let done = |phase: usize| match results.phase(phase).done.date(0.5) {
        Some(drawdown::results::DateQuantile::On(date)) => date.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!((done(0), done(1)), ("2024-05-20".to_owned(), "2024-03-11".to_owned()));
    for (date, people) in [("2024-01-02", 986.0), ("2024-01-03", 972.0), ("2024-01-04", 958.0)] {
        assert_eq!(level(&results, "b.troops", date), people, "{date}");
    }
}

#[test]
fn c6_gates_holds_and_pace_move_people_on_the_days_they_should() {
    let results = run(&with("c6_gate", &[]));
    for (site, date, people) in [
        ("a", "2024-04-01", 900.0),
        ("a", "2024-04-02", 885.0),
        ("a", "2024-04-10", 763.0),
        ("a", "2024-04-20", 763.0),
        ("a", "2024-04-21", 595.0),
        ("a", "2024-05-30", 0.0),
        ("a", "2024-07-01", 50.0),
        ("b", "2024-04-02", 890.0),
        ("b", "2024-05-30", 310.0),
        ("b", "2024-06-30", 0.0),
    ] {
        assert_eq!(level(&results, &format!("{site}.troops"), date), people, "{site} on {date}");
    }
}

#[test]
fn c7_people_are_conserved_whole_and_never_fewer_than_none() {
    let model = with("c7_conservation", &[]);
    for contingent in ["uk", "us"] {
        let places = ["a", "b", "c", "home"];
        let paths: Vec<_> = places.iter().map(|p| histories(&model, &format!("{p}.{contingent}"))).collect();
        for replicate in 0..paths[0].len() {
            let sum = |row: usize| paths.iter().map(|p| p[replicate][row]).sum::<f64>();
            for row in 0..paths[0][replicate].len() {
                assert_eq!(sum(row), sum(0), "{contingent}, replicate {replicate}, row {row}");
                for (place, path) in places.iter().zip(&paths) {
                    let people = path[replicate][row];
                    assert!(people.fract() == 0.0 && (people >= 0.0 || *place == "home"), "{place} {people}");
                }
            }
        }
    }
}

#[test]
fn c8_stocks_move_by_their_exact_law() {
    let model = with("c8_stock", &[]);
    let ends: Vec<f64> = histories(&model, "d").iter().map(|h| h[h.len() - 1]).collect();
    close("mean", mean(&ends), 2209.6, 14.0);
    let mut sorted = ends.clone();
    sorted.sort_by(f64::total_cmp);
    close("median", sorted[sorted.len() / 2], 2141.8, 17.0);
    #[expect(clippy::disallowed_methods, reason = "an independent logarithm")]
    let logs: Vec<f64> = ends.iter().map(|x| x.ln()).collect();
    close("sd of the logarithm", variance(&logs).sqrt(), 0.2496, 0.0045);
    close("reach, daily", run(&model).milestone(0).by_its_date().value, 0.098, 0.008);
    let weekly = with("c8_stock", &[("step", "\"1 week\"")]);
    close("reach, weekly", run(&weekly).milestone(0).by_its_date().value, 0.088, 0.008);
}

#[test]
fn c9_quantities_are_drawn_from_their_distributions_and_correlated() {
    let model = with("c9_quantities", &[]);
    let inverse = |path: &str, u: f64| {
        model.drawn.iter().find(|d| d.path == format!("parameters.{path}")).unwrap().inverse.at(u)
    };
    // Half a unit of the last digit published.
    for (path, tolerance, quantiles) in [
        ("p", 5.1e-4, [(0.05, 969.640), (0.5, 1112.735), (0.95, 1277.226)].as_slice()),
        ("l", 5.1e-4, &[(0.95, 265.558)]),
        ("b", 5.1e-7, &[(0.05, 0.019033), (0.5, 0.086775), (0.95, 0.226374)]),
        ("g", 5.1e-6, &[(0.05, 3.41580), (0.5, 9.18015), (0.95, 19.38414)]),
        ("n", 5.1e-7, &[(0.05, 0.062707), (0.5, 0.674490), (0.95, 1.959964)]),
        ("q", 1e-9, &[(0.05, -39.7), (0.95, 64.5)]),
    ] {
        for (u, truth) in quantiles {
            close(&format!("{path} at {u}"), inverse(path, *u), *truth, tolerance);
        }
    }
    let drawn = |path: &str| histories(&model, path).iter().map(|h| h[0]).collect::<Vec<f64>>();
    let (p, b, m) = (drawn("p"), drawn("b"), drawn("m"));
    // The lognormal's own standard error at this many draws is a quarter.
    close("mean of the lognormal", mean(&m), 100.0, 1.25);
    let median = |x: &[f64]| {
        let mut sorted = x.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    close("median of the lognormal", median(&drawn("l")), 20.0, 1.0);
    let ranks = |x: &[f64]| {
        let mut order: Vec<usize> = (0..x.len()).collect();
        order.sort_by(|i, j| x[*i].total_cmp(&x[*j]));
        let mut ranks = vec![0.0; x.len()];
        order.iter().enumerate().for_each(|(rank, i)| ranks[*i] = rank as f64);
        ranks
    };
    close("Spearman of p and b", correlation(&ranks(&p), &ranks(&b)), 0.5819, 0.016);
    let (mp, mb) = (median(&p), median(&b));
    let both = p.iter().zip(&b).filter(|(x, y)| **x > mp && **y > mb).count() as f64 / p.len() as f64;
    close("P(both above their medians)", both, 0.3524, 0.012);
}

#[test]
fn c10_common_random_numbers_couple_a_scenario_to_its_variant() {
    let (base, variant) = (with("c10_base", &[]), with("c10_variant", &[]));
    let (a, b) = (histories(&base, "n.attacks"), histories(&variant, "n.attacks"));
    let mut differences = Vec::new();
    for (x, y) in a.iter().zip(&b) {
        assert!(x[1..].iter().zip(&y[1..]).all(|(x, y)| y >= x), "more a month, never fewer in any step");
        differences.push(y[1..].iter().sum::<f64>() - x[1..].iter().sum::<f64>());
    }
    close("mean difference", mean(&differences), 11.959, 0.08);
    close("its variance", variance(&differences), 9.21, 0.35);
}

#[test]
fn c11_shocks_set_in_and_last_as_they_should() {
    let results = run(&with("c11_shock", &[]));
    let (reversed, war) = (results.milestone(0), results.milestone(1));
    assert_eq!((reversed.milestone.id.as_str(), war.milestone.id.as_str()), ("reversed", "war"));
    close("P(war)", war.by_its_date().value, 0.3924, 0.012);
    close("days on", level(&results, "on_days", "2024-12-30"), 9.89, 0.35);
    close("starts", level(&results, "w.count", "2024-12-30"), 0.485, 0.018);
    close("reversed by 1 June", reversed.by_its_date().value, 0.0650, 0.006);
    close("reversed by the end", reversed.arrivals.by_end().value, 0.13, 0.0085);
    for milestone in [reversed, war] {
        assert_eq!(milestone.arrivals.date(0.5), Some(drawdown::results::DateQuantile::AfterEnd));
    }
}
