//! Sensitivity of scenarios whose indices are known.

use std::fs;
use std::path::Path;

use drawdown::Model;
use drawdown::study::sensitivity::{Index, Statistic, Subject};
use drawdown::study::{Findings, Method, Sensitivity, SensitivityError};

use crate::common::{close, compile, drawdown, folder_with, scenario, text};

/// Sobol's G of four inputs, whose a are 0, 1, 4.5 and 9, written as a scenario.
const SOBOL_G: &str = "
[parameters]
x0 = { uniform = [0, 1] }
x1 = { uniform = [0, 1] }
x2 = { uniform = [0, 1] }
x3 = { uniform = [0, 1] }
[variables]
g = \"abs(4*x0 - 2) * (abs(4*x1 - 2) + 1)/2 * (abs(4*x2 - 2) + 4.5)/5.5 * (abs(4*x3 - 2) + 9)/10\"
";

const WEEK: &str = "end = 2024-01-08";

fn study(model: &Model, target: &str, method: Method, replicates: u64) -> Findings {
    Sensitivity::new(model).of(target).method(method).replicates(replicates).seed(7).start().unwrap()
}

fn of_input(findings: &Findings, path: &str, statistic: Statistic) -> Index {
    let input = findings.inputs.iter().position(|input| input.id == path).unwrap();
    findings.answers[0].index(Subject::Input(input), statistic).unwrap()
}

/// Asserts that an index is its truth within four of its standard errors.
#[track_caller]
fn told(what: &str, index: Index, truth: f64, floor: f64) {
    close(what, index.value, truth, 4.0 * index.error + floor);
}

#[test]
fn sobol_g_as_a_scenario_has_the_indices_of_its_closed_form() {
    let findings = study(&compile(&scenario(WEEK, SOBOL_G)), "end.g", Method::Sobol, 4096 * 7);
    let alone = [0.0, 1.0, 4.5, 9.0].map(|a: f64| 1.0 / (3.0 * (1.0 + a) * (1.0 + a)));
    let variance = alone.iter().map(|v| 1.0 + v).product::<f64>() - 1.0;
    for (input, v) in alone.iter().enumerate() {
        let path = format!("parameters.x{input}");
        let total = v * (variance + 1.0) / (1.0 + v) / variance;
        // 0.001 for small indices, of whose bootstrap errors little is known.
        told(&path, of_input(&findings, &path, Statistic::First), v / variance, 0.001);
        told(&path, of_input(&findings, &path, Statistic::Total), total, 0.001);
    }
    let answer = &findings.answers[0];
    assert_eq!((answer.chance.value, answer.chance.error), (0.0, 0.0), "nothing here is chance");
    let order: Vec<usize> = answer.ranking(Method::Sobol).into_iter().map(|(input, _)| input).collect();
    assert_eq!(order, [0, 1, 2, 3]);
}

#[test]
fn a_linear_scenario_is_explained_by_every_method() {
    let body = "[parameters]\na = { uniform = [0, 1] }\nb = { normal = { mean = 5, sd = 1 } }\n\
                c = { uniform = [0, 1] }\n[variables]\ny = \"6 * a - b\"\n";
    let model = compile(&scenario(WEEK, body));
    // 36/12 and 1: shares ¾ and ¼.
    let sobol = study(&model, "end.y", Method::Sobol, 2048 * 6);
    for (path, share) in [("parameters.a", 0.75), ("parameters.b", 0.25), ("parameters.c", 0.0)] {
        told(path, of_input(&sobol, path, Statistic::First), share, 0.002);
        told(path, of_input(&sobol, path, Statistic::Total), share, 0.002);
    }
    // What does nothing changes no history.
    assert_eq!(of_input(&sobol, "parameters.c", Statistic::Total).value, 0.0);
    let morris = study(&model, "end.y", Method::Morris, 4000);
    told("a", of_input(&morris, "parameters.a", Statistic::Mu), 6.0, 1e-9);
    assert_eq!(of_input(&morris, "parameters.c", Statistic::MuStar).value, 0.0);
    let given = study(&model, "end.y", Method::Given, 4000);
    let answer = &given.answers[0];
    let ranking: Vec<usize> = answer.ranking(Method::Given).into_iter().map(|(input, _)| input).collect();
    assert_eq!(ranking, [0, 1, 2]);
    let resolved: Vec<bool> = (0..3).map(|input| answer.is_resolved(Method::Given, input)).collect();
    assert_eq!(resolved, [true, true, false]);
    assert!(of_input(&given, "parameters.b", Statistic::RankCoefficient).value < -0.3);
    // Not quite linear in ranks: the tails of a sum are thinner than those of its ranks.
    close("R²", answer.index(Subject::All, Statistic::RSquared).unwrap().value, 1.0, 0.05);
    for findings in [sobol, morris, given] {
        assert_eq!(findings.answers[0].chance.value, 0.0, "{:?}: nothing here is chance", findings.method);
    }
}

/// A Poisson count over a year whose rate nobody knows: Var = E[λ] + Var[λ].
#[test]
fn the_share_of_chance_is_known_for_a_count_whose_rate_is_drawn() {
    let body =
        "[parameters]\nrate = { uniform = [2, 8] }\n[attacks.raids]\nper_month = \"rate\"\nbefore = 5\n";
    let model = compile(&scenario("end = 2024-12-31", body));
    let months = 365.0 / 30.4375;
    let (chance, known) = (5.0 * months, months * months * 3.0);
    let share = chance / (chance + known);
    for (method, histories) in [(Method::Sobol, 4096 * 4), (Method::Given, 16_000), (Method::Morris, 32_000)]
    {
        let findings = study(&model, "end.raids.attacks", method, histories);
        let answer = &findings.answers[0];
        told(&format!("chance by {method:?}"), answer.chance, share, 0.0);
        assert!(answer.chance.error < 0.02, "{method:?}: {:?}", answer.chance);
        close("the mean", answer.mean, 5.0 * months, 1.5);
    }
    let findings = study(&model, "end.raids.attacks", Method::Sobol, 4096 * 4);
    let answer = &findings.answers[0];
    // The rate alone is behind Var[λ]; with how chance strikes at that rate, behind no more than
    // f(λ, ω) − E[f | ω] gives, which is below the whole.
    told("the rate alone", of_input(&findings, "parameters.rate", Statistic::First), 1.0 - share, 0.0);
    assert!(of_input(&findings, "parameters.rate", Statistic::Total).value < 1.0);
    let closed = answer.index(Subject::All, Statistic::Closed).unwrap();
    told("all inputs", closed, 1.0 - share, 0.0);
    let alone = answer.index(Subject::Chance, Statistic::First).unwrap();
    assert!(alone.value <= answer.chance.value + 4.0 * alone.error);
}

#[test]
fn correlated_quantities_are_one_input_of_a_design() {
    let body = "[parameters]\na = { normal = { mean = 0, sd = 1 } }\nb = { normal = { mean = 0, sd = 1 } }\n\
                c = { normal = { mean = 0, sd = 1 } }\n[variables]\ny = \"a + b + c\"\n\
                [correlations.ab]\nbetween = [\"parameters.a\", \"parameters.b\"]\nrho = 0.5\n";
    let model = compile(&scenario(WEEK, body));
    let findings = study(&model, "end.y", Method::Sobol, 4096 * 5);
    // Var[a + b] = 3, Var[c] = 1.
    told("a + b", of_input(&findings, "parameters.a + parameters.b", Statistic::Total), 0.75, 0.002);
    told("c", of_input(&findings, "parameters.c", Statistic::First), 0.25, 0.002);
    let morris = study(&model, "end.y", Method::Morris, 4000);
    assert!(morris.answers[0].index(Subject::Input(0), Statistic::Mu).is_none(), "a group has no direction");
    let given = study(&model, "end.y", Method::Given, 2000);
    assert_eq!(given.inputs[0].correlated_with, ["parameters.b"]);
}

#[test]
fn findings_are_the_same_for_any_number_of_threads() {
    let body = "[parameters]\nrate = { uniform = [2, 8] }\nidle = { uniform = [0, 1] }\n\
                [attacks.raids]\nper_month = \"rate\"\nbefore = 5\n";
    let model = compile(&scenario("end = 2024-03-31", body));
    for (method, histories) in [(Method::Given, 1000), (Method::Sobol, 4000), (Method::Morris, 2000)] {
        let lines = |jobs| {
            let study = Sensitivity::new(&model).of("end.raids.attacks").method(method).jobs(jobs);
            let findings = study.replicates(histories).seed(3).start().unwrap();
            format!("{:?}", findings.answers[0].lines)
        };
        assert_eq!(lines(1), lines(3), "{method:?}");
    }
}

#[test]
fn dates_that_never_come_count_with_the_end() {
    let body = "[parameters]\nrate = { uniform = [0.5, 2] }\n[shocks.war]\nper_year = \"rate\"\n\
                [milestones.war_comes]\nwhen = \"war.count > 0\"\n";
    let model = compile(&scenario("end = 2024-12-31", body));
    let findings = Sensitivity::new(&model).of("date.war_comes").of("war_comes").replicates(4000).seed(7);
    let findings = findings.start().unwrap();
    let [date, met] = &findings.answers[..] else { panic!() };
    close("those that never meet it", date.censored, 1.0 - met.mean, 1e-12);
    assert_eq!(met.censored, 0.0);
    assert!(date.mean < 365.0);
}

fn refused(body: &str, target: &str, method: Method, replicates: u64) -> SensitivityError {
    let model = compile(&scenario("end = 2024-12-31", body));
    let study = Sensitivity::new(&model).of(target).method(method).replicates(replicates).seed(1);
    study.start().unwrap_err()
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let drawn = "[parameters]\nrate = { uniform = [0, 1] }\nfixed = 3\n[shocks.war]\nper_year = \"rate\"\n\
                 [shocks.never]\nper_year = \"0 * rate\"\n";
    for (body, target, method, replicates, reason) in [
        (
            drawn,
            "end.war.cuont",
            Method::Given,
            1000,
            "there is no target `end.war.cuont`; did you mean `end.war.count`?",
        ),
        (
            drawn,
            "end.war.count",
            Method::Given,
            100,
            "100 histories are too few for --method given with 1 input: it needs at least 756 (-n 756)",
        ),
        (drawn, "end.war.count", Method::Sobol, 1000, "it needs at least 2,048 (-n 2048)"),
        (drawn, "end.war.count", Method::Morris, 100, "it needs at least 640 (-n 640)"),
        (
            drawn,
            "end.fixed",
            Method::Given,
            1000,
            "`end.fixed` is the same in every history, whatever is drawn",
        ),
        (
            drawn,
            "end.never.count",
            Method::Sobol,
            4000,
            "`end.never.count` is 0 in all of the first 1,024 histories",
        ),
        ("[shocks.war]\nper_year = 1\n", "end.war.count", Method::Given, 1000, "the scenario draws nothing"),
    ] {
        let message = refused(body, target, method, replicates).to_string();
        assert!(message.contains(reason), "{message}\nwithout {reason}");
    }
    let model = compile(&scenario("end = 2024-12-31", drawn));
    let study = Sensitivity::new(&model).of("x").of("end.war.onset").seed(1);
    let message = study.start().unwrap_err().to_string();
    assert!(message.contains("`x`") && message.contains("`end.war.onset`"), "both at once: {message}");
}

const RAIDS: &str = "
schema = 1
name = \"Raids of an unknown rate\"
start = 2024-01-01
end = 2024-12-31
seed = 5
replicates = 1000
[sources.news]
title = \"A newspaper\"
date = 2023-12-01
[parameters]
rate = { uniform = [5, 15], source = \"news\" }
idle = { uniform = [0, 1], source = \"judgement\" }
[attacks.raids]
per_month = \"rate\"
before = 10
[indicators.pressure]
value = \"sum(raids.attacks, 30)\"
amber = 15
red = 20
[milestones.many]
when = \"raids.attacks >= 4\"
";

fn table(folder: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(folder.join("sensitivity.csv")).unwrap();
    text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn the_command_says_what_matters_and_leaves_a_table_a_chart_and_a_manifest() {
    let folder = folder_with(&[("raids.toml", RAIDS.as_bytes())]);
    for (method, leading, n) in
        [("given", "delta", "1000"), ("sobol", "total", "10_000"), ("morris", "mu_star", "2000")]
    {
        let arguments =
            ["sensitivity", "raids.toml", "--of", "peak.pressure,many", "--method", method, "-n", n];
        let output =
            drawdown(folder.path(), &[&arguments[..], &["--format", "csv,svg", "-o", method]].concat());
        let (said, noise) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((output.status.code(), noise.as_str()), (Some(0), ""), "{said}");
        for words in [
            "Raids of an unknown rate",
            "seed 5",
            "of the variance is chance",
            "1. parameters.rate",
            "raises it",
        ] {
            assert!(in_one_line(&said).contains(words), "{method}: no {words} in:\n{said}");
        }
        let of_idle = match method {
            "given" => "which gets",
            _ => "parameters.idle: no history changed with them",
        };
        assert!(in_one_line(&said).contains(of_idle), "{method}: no {of_idle} in\n{said}");
        assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
        let results = folder.path().join(method);
        let rows = table(&results);
        assert_eq!(rows[0].join(","), "target,input,method,statistic,value,lo95,hi95,se_scrambles,n");
        assert!(rows.iter().all(|row| row.len() == 9));
        for subject in ["parameters.rate", "parameters.idle"] {
            let found = rows.iter().filter(|row| row[1] == subject && row[3] == leading && row[2] == method);
            assert_eq!(found.count(), 2, "{method} {subject}");
        }
        assert_eq!(rows.iter().filter(|row| row[1] == "chance" && row[3] == "share").count(), 2);
        let manifest = fs::read_to_string(results.join("manifest.json")).unwrap();
        for words in [
            "\"study\": \"sensitivity\"",
            "\"seed\": 5",
            "charts/sensitivity-peak-pressure.svg",
            "\"peak.pressure\"",
        ] {
            assert!(manifest.contains(words), "{method}: no {words}");
        }
        let svg = fs::read_to_string(results.join("charts/sensitivity-many.svg")).unwrap();
        assert!(
            svg.contains("A newspaper") && svg.contains("judgement") || method != "given",
            "sources are named"
        );
    }
}

#[test]
fn what_cannot_be_told_is_explained_and_not_printed_bare() {
    // Neither does anything by itself: on average over one, the other leaves y at 0.
    let product = "schema = 1\nstart = 2024-01-01\nend = 2024-01-08\nseed = 5\n[parameters]\n\
                   a = { uniform = [0, 1] }\nb = { uniform = [0, 1] }\n[variables]\ny = \"(a - 0.5) * (b - 0.5)\"\n";
    let folder = folder_with(&[("product.toml", product.as_bytes()), ("raids.toml", RAIDS.as_bytes())]);
    let said = |arguments: &[&str]| {
        let output = drawdown(folder.path(), &[arguments, &["--format", "csv"]].concat());
        in_one_line(&text(&output.stdout))
    };
    let sobol = said(&["sensitivity", "product.toml", "--of", "y", "--method", "sobol", "-n", "10_000"]);
    for words in
        ["by itself not resolved: ", " % with [-", "none of the variance is chance", "shares overlap"]
    {
        assert!(sobol.contains(words), "no {words} in {sobol}");
    }
    let given = said(&["sensitivity", "raids.toml", "--of", "date.many", "-n", "1000"]);
    for words in [
        "parameters.idle (0.",
        "not told from an input that does nothing, which gets",
        "4 times as many histories (-n 4000) would halve the intervals",
        "of histories never get there: they count with the last day",
    ] {
        assert!(given.contains(words), "no {words} in {given}");
    }
}

#[test]
fn the_tables_bytes_do_not_depend_on_threads_and_a_changed_value_is_no_input() {
    let folder = folder_with(&[("raids.toml", RAIDS.as_bytes())]);
    let run = |output: &str, more: &[&str]| {
        let arguments =
            ["sensitivity", "raids.toml", "--of", "end.raids.attacks", "-q", "--format", "csv", "-o", output];
        let done = drawdown(folder.path(), &[&arguments[..], more].concat());
        assert_eq!(
            (done.status.code(), text(&done.stdout)),
            (Some(0), String::new()),
            "{}",
            text(&done.stderr)
        );
        fs::read_to_string(folder.path().join(output).join("sensitivity.csv")).unwrap()
    };
    assert_eq!(run("one", &["-j", "1"]), run("three", &["-j", "3"]));
    let fixed = run("fixed", &["--set", "parameters.idle=0.5"]);
    assert!(!fixed.contains("parameters.idle") && fixed.contains("parameters.rate"));
}

#[test]
fn a_command_that_is_refused_leaves_results_as_they_were() {
    let folder = folder_with(&[("raids.toml", RAIDS.as_bytes())]);
    let run = |more: &[&str]| {
        drawdown(folder.path(), &[&["sensitivity", "raids.toml", "-o", "out"][..], more].concat())
    };
    assert_eq!(run(&["--of", "many", "--format", "csv"]).status.code(), Some(0));
    let before = table(&folder.path().join("out"));
    for (more, reason) in [
        (&["--of", "peak.presure"][..], "did you mean `peak.pressure`?"),
        (&["--of", "many", "-n", "100"], "too few for --method given with 2 inputs: it needs at least 756"),
        (&["--of", "many", "--method", "sobol", "-n", "100"], "it needs at least 2,560 (-n 2560)"),
        (&["--of", "many", "--set", "raids.per_month=3"], "raids.per_month"),
        (
            &["--of", "many", "--set", "attacks.raids.per_month=0"],
            "`many` is 0 in all of the first 744 histories",
        ),
    ] {
        let output = run(more);
        let noise = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{noise}");
        assert!(noise.contains(reason), "{noise}\nwithout {reason}");
        assert_eq!(table(&folder.path().join("out")), before);
    }
    let none = run(&[]);
    assert!(text(&none.stderr).contains("--of <TARGET>"), "{}", text(&none.stderr));
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The numbers that a replicate draws, given to it, change nothing; under other chance its quantities stay.
#[test]
fn given_uniforms_pass_through_what_drawn_ones_do() {
    use drawdown::model::step::{Draws, Workspace};
    use drawdown::vm::{LANES, isa::Isa, random::Stream};

    let body = "[parameters]\nrate = { pert = [1, 4, 9] }\nsize = { lognormal = { median = 2, p90 = 9 } }\n\
                [correlations.both]\nbetween = [\"parameters.rate\", \"parameters.size\"]\nrho = 0.6\n\
                [attacks.raids]\nper_month = \"rate\"\ndispersion = \"size\"\nbefore = 4\n";
    let model = compile(&scenario("end = 2024-06-30", body));
    let mut workspace = Workspace::new(&model, 5, Isa::widest(), &[]);
    let uniforms: Vec<[f64; LANES]> = model
        .drawn
        .iter()
        .map(|drawn| {
            let mut row = [0.0; LANES];
            Stream::new(5, &drawn.path).uniforms(64, 0, 0, &mut row);
            row
        })
        .collect();
    let plain = workspace.run(64, !0).clone();
    let given = workspace.run_with(64, !0, Draws::Uniforms(&uniforms)).clone();
    assert_eq!((&given.drawn, &given.at_end), (&plain.drawn, &plain.at_end));
    let elsewhere = workspace.run_with(1 << 40, !0, Draws::Replicates(64)).clone();
    assert_eq!(elsewhere.drawn, plain.drawn);
    assert_ne!(elsewhere.at_end, plain.at_end);
}

#[test]
fn what_stops_on_the_way_is_left_out_with_what_it_was_compared_with() {
    let body = "[parameters]\na = { uniform = [0, 1] }\nb = { uniform = [0, 1] }\n\
                [variables]\ny = \"sqrt(a - 0.02) + b\"\n";
    let model = compile(&scenario(WEEK, body));
    for (method, histories) in [(Method::Given, 2000), (Method::Sobol, 10_000), (Method::Morris, 2000)] {
        let findings = study(&model, "end.y", method, histories);
        let answer = &findings.answers[0];
        // Morris's levels do not come near 0; its pairs do.
        assert!(findings.failed > 0, "{method:?}");
        assert!(method == Method::Morris || answer.rows < findings.plan.rows, "{method:?}");
        assert!(answer.lines.iter().all(|line| line.index.value.is_finite()), "{method:?}");
    }
    let nothing = refused(
        "[parameters]\na = { uniform = [0, 1] }\n[variables]\ny = \"sqrt(a - 2)\"\n",
        "end.y",
        Method::Sobol,
        10_000,
    );
    assert!(matches!(nothing, SensitivityError::NothingCompleted), "{nothing}");
}
