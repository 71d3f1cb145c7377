//! Hindcasts of scenarios whose truth is known, and scores beside those of independent libraries.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use drawdown::Model;
use drawdown::model::step::Workspace;
use drawdown::study::hindcast::scores::{Outcome, Sample, crps, wis};
use drawdown::study::hindcast::{Bar, Baseline, Measure, Observables, Observed, PIT_BINS, Scored};
use drawdown::study::{Hindcast, HindcastError};

use crate::common::{close, compile, drawdown, folder_with, scenario};

// ------------------------------------------------------------------------------ Independent libraries

fn table(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(format!("tests/data/hindcast/{name}.csv")).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

#[test]
fn scores_are_those_of_scoringrules_and_properscoring() {
    let mut samples: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in table("samples") {
        samples.entry(row[0].clone()).or_default().push(row[1].parse().unwrap());
    }
    let rows = table("scores");
    assert!(rows.len() > 20);
    for row in rows {
        let sample = Sample::new(samples[&row[0]].clone());
        let end = |cell: &str, open: f64| if cell.is_empty() { open } else { cell.parse().unwrap() };
        let outcome = Outcome { low: end(&row[1], f64::NEG_INFINITY), high: end(&row[2], f64::INFINITY) };
        let [of_crps, of_wis] = [3, 4].map(|at| row[at].parse::<f64>().unwrap());
        // Sums of hundreds of numbers in another order.
        close(&format!("CRPS of {row:?}"), crps(&sample, &outcome), of_crps, 1e-9 * of_crps.max(1.0));
        close(&format!("WIS of {row:?}"), wis(&sample, &outcome), of_wis, 1e-9 * of_wis.max(1.0));
    }
}

// -------------------------------------------------------------------------------------- Known truths

fn observed(model: &Model, rows: &[String]) -> Observed {
    let text = format!("date,signal,low,high,basis,source,since\n{}\n", rows.join("\n"));
    Observed::parse("observed.csv", &text, &Observables::of(model)).unwrap_or_else(|e| panic!("{e}"))
}

fn score(model: &Model, rows: &[String]) -> Scored {
    let observed = observed(model, rows);
    Hindcast::new(model, &observed).replicates(2000).seed(7).start().unwrap()
}

/// A tenth of the way down the schedule each day, from 1,000 to 0 in ten days.
const LEAVING: &str = "[contingents.us]\n[theatres.iraq]\n\
    [sites.base]\ntheatre = \"iraq\"\ntroops = { us = 1000 }\n\
    [phases.leave]\nstart = 2024-01-01\nend = 2024-01-11\nend_slip_days = \"slip\"\n\
    moves.out = { from = \"base\", to = \"home\", troops = \"all\" }\n\
    [milestones.left]\nwhen = \"iraq.troops < 1\"\nby = 2024-01-11\n\
    [milestones.never]\nwhen = \"iraq.troops > 5000\"\n";

fn leaving(slip: &str) -> Model {
    compile(&scenario("end = 2024-01-31", &format!("{LEAVING}[parameters]\nslip = {slip}\n")))
}

#[test]
fn a_perfect_forecast_has_skill_1_and_the_baselines_are_what_they_say() {
    // It slips by ten days, and so it was observed: half as fast as announced.
    let model = leaving("10");
    let rows: Vec<String> =
        (1..=7).map(|k| format!("2024-01-{:02},iraq.us,{1},{1},,x,", 1 + 2 * k, 1000 - 100 * k)).collect();
    let rows = [rows, vec!["2024-01-21,date.left,2024-01-21,2024-01-21,,x,".to_owned()]].concat();
    let scored = score(&model, &rows);
    for group in scored.signals.iter().chain([&scored.overall]) {
        assert!(group.skills.iter().flatten().all(|skill| skill.value == 1.0), "{group:?}");
        // All values are what happened: the PIT is spread over all of the forecast.
        assert_eq!(group.mean(Measure::Coverage50).unwrap().value, 0.5);
    }
    let troops = &scored.observations[4];
    assert_eq!((troops.crps, troops.wis), (0.0, 0.0));
    // On the eleventh day all were to be gone; there were 500.
    let said = troops.baselines.map(|baseline| baseline.unwrap().value);
    assert_eq!((troops.observation.date.to_string().as_str(), said), ("2024-01-11", [0.0, 1000.0, 0.0]));
    assert_eq!(
        scored.observations[1].baselines.map(|baseline| baseline.unwrap().crps),
        [200.0, 200.0, 200.0]
    );
    let left = scored.observations.last().unwrap();
    // Announced for day 10, came on day 20; the run ends on day 30, and never is the day after.
    let missed = left.baselines.map(|baseline| baseline.map(|b| b.crps));
    assert_eq!(missed, [Some(10.0), Some(11.0), None]);
}

/// The schedule that any signal is held against is the one that the charts show of troops.
#[test]
fn the_announced_schedule_of_a_signal_is_that_of_its_theatre() {
    let model = drawdown::Scenario::open("scenarios/iraq-2009.toml").unwrap().compile().unwrap();
    let legend = drawdown::Run::new(&model).legend().unwrap();
    let signals = ["iraq.troops", "presence"].map(|name| model.signal(name).unwrap().clone());
    let paths = Workspace::announced(&model, &signals);
    let shown = &legend.theatres.iter().find(|theatre| theatre.id == "iraq").unwrap().announced;
    assert!(shown.len() > 100);
    for (row, (date, people)) in legend.report.iter().zip(shown) {
        assert_eq!(paths[0][*row], *people, "{date}");
    }
    // What depends on troops moves with them: all Americans have left by 2012.
    assert_eq!((paths[1][0], *paths[1].last().unwrap()), (1.0, 0.0));
}

#[test]
fn a_milestone_that_did_not_come_is_scored_up_to_the_end() {
    let model = leaving("{ discrete = { values = [0, 100], weights = [1, 1] } }");
    let of = |row: &str| score(&model, &[row.to_owned()]).observations[0].clone();
    let not_by_the_end = of("2024-01-31,date.left,2024-02-01,,,x,");
    // Half of the histories had it on day 10, which is 21 before the day after the end.
    let share = not_by_the_end.pit[0];
    close("those that met it", share, 0.5, 0.05);
    close("its CRPS", not_by_the_end.crps, 21.0 * share * share, 1e-9);
    close("its log score", not_by_the_end.log_score.unwrap(), -f64_ln(1.0 - share), 1e-3);
    let not_by_the_21st = of("2024-01-21,date.left,2024-01-22,,,x,");
    close("not by the 21st", not_by_the_21st.crps, 11.0 * share * share, 1e-9);
    assert_eq!(of("2024-01-31,date.never,2024-02-01,,,x,").crps, 0.0);
}

#[expect(clippy::disallowed_methods, reason = "a truth to compare with")]
fn f64_ln(x: f64) -> f64 {
    x.ln()
}

#[test]
fn counts_are_summed_over_their_days_and_held_against_the_rate_before() {
    let body = "[attacks.raids]\nper_month = 30.4375\nbefore = 60.875\n";
    let model = compile(&scenario("end = 2024-12-31", body));
    let rows = [
        "2024-04-10,raids.attacks,100,100,,x,".to_owned(),
        "2024-10-07,raids.attacks,80,120,,x,2024-06-29".to_owned(),
    ];
    let scored = score(&model, &rows);
    for (one, days) in scored.observations.iter().zip([100.0, 100.0]) {
        // A Poisson count of one a day; four standard errors of 2,000 histories.
        let mean = one.sample.values().iter().sum::<f64>() / 2000.0;
        close("the mean", mean, days, 4.0 * (days / 2000.0f64).sqrt());
        // Two a day before the start.
        close("unchanged", one.baselines[1].unwrap().value, 2.0 * days, 1e-9);
        assert!(one.baselines[0].is_none() && one.baselines[2].is_none(), "no schedule speaks of raids");
    }
}

/// What is drawn from the forecast itself falls evenly over it and into its intervals as often as they say; what is
/// drawn from elsewhere does not.
#[test]
fn calibrated_forecasts_have_an_even_pit_and_nominal_coverage() {
    let body =
        "[parameters]\nrate = { uniform = [2, 20] }\n[attacks.raids]\nper_month = \"rate\"\nbefore = 5\n";
    let model = compile(&scenario("end = 2025-12-31", body));
    // Histories of another seed, each observed on a day of its own.
    let truth =
        crate::common::Histories::follow(&model, &["raids.attacks"], |run| run.replicates(600).seed(99));
    let counts = truth.of("raids.attacks");
    let rows = |shift: f64, width: f64| -> Vec<String> {
        let row = |(day, count): (usize, &Vec<f64>)| {
            let day = day + 30;
            let total = count[1..=day].iter().sum::<f64>() + shift;
            let (low, high) = match width {
                0.0 => (total, total),
                // A fixed grid of ranges, which does not know where the count lies in them.
                width => ((total / width).floor() * width, (total / width).floor() * width + width - 1.0),
            };
            let date = drawdown::calendar::add_days("2024-01-01".parse().unwrap(), day as i64);
            format!("{date},raids.attacks,{low},{high},,x,")
        };
        counts.iter().enumerate().map(row).collect()
    };
    for width in [0.0, 10.0] {
        let overall = score(&model, &rows(0.0, width)).overall;
        for (measure, nominal) in
            [(Measure::Coverage50, 0.5), (Measure::Coverage80, 0.8), (Measure::Coverage95, 0.95)]
        {
            // 600 independent observations: three and a half binomial standard errors.
            let error = 3.5 * (nominal * (1.0 - nominal) / 600.0f64).sqrt();
            close(measure.name(), overall.mean(measure).unwrap().value, nominal, error);
        }
        for share in overall.pit {
            // 60 of 600 in each tenth, sd 7.3.
            close("a tenth of the PIT", share, 60.0, 4.0 * 7.4);
        }
        close("bias", overall.mean(Measure::Bias).unwrap().value, 0.0, 3.5 * 0.58 / 600.0f64.sqrt());
        assert_eq!(overall.pit.len(), PIT_BINS);
    }
    let off = score(&model, &rows(60.0, 0.0)).overall;
    assert!(off.mean(Measure::Bias).unwrap().value < -0.3, "{:?}", off.mean(Measure::Bias));
    assert!(off.mean(Measure::Coverage50).unwrap().value < 0.45);
    assert!(off.pit[9] > 120.0, "{:?}", off.pit);
}

#[test]
fn skill_overall_weighs_signals_alike_and_has_an_interval_where_there_are_dates() {
    let body = "[parameters]\na = { uniform = [0, 2] }\nb = { uniform = [0, 2000] }\n\
                [variables]\nsmall = \"a * years\"\nlarge = \"b * years\"\n";
    let model = compile(&scenario("end = 2024-12-31", body));
    let row = |name: &str, month: i64, slope: f64| {
        let date = drawdown::calendar::add_days("2024-01-01".parse().unwrap(), 30 * month);
        let value = slope * (30 * month) as f64 / 365.25;
        format!("{date},{name},{value},{value},,x,")
    };
    let rows = |small: f64, large: f64| -> Vec<String> {
        (1..=9).flat_map(|month| [row("small", month, small), row("large", month, large)]).collect()
    };
    let skill = |rows: &[String]| *score(&model, rows).overall.skill(Baseline::Unchanged).unwrap();
    // CRPS of U(0, 2) at its middle is 2/12, of standing still 1.
    let good = skill(&rows(1.0, 1000.0));
    close("both good", good.value, 1.0 - 1.0 / 6.0, 0.01);
    let interval = good.interval.unwrap();
    assert!(interval.low <= good.value + 1e-9 && good.value <= interval.high + 1e-9 && good.n == 18);
    // At 0, standing still is exactly right: one signal each way is no skill, the units notwithstanding. The one
    // that is six times as good weighs as the one that is worse without measure: 1 − (1/7 + 1)/(6/7 + 0).
    close("one good, one bad", skill(&rows(1.0, 0.0)).value, 1.0 - (8.0 / 7.0) / (6.0 / 7.0), 0.02);
    assert_eq!(skill(&rows(0.0, 0.0)).value, f64::NEG_INFINITY);
}

#[test]
fn scores_are_the_same_for_any_number_of_threads() {
    let model = leaving("{ uniform = [0, 15] }");
    let rows =
        ["2024-01-08,iraq.us,400,500,,x,".to_owned(), "2024-01-15,date.left,,2024-01-15,,x,".to_owned()];
    let observed = observed(&model, &rows);
    let lines = |jobs| {
        let scored = Hindcast::new(&model, &observed).replicates(1000).seed(3).jobs(jobs).start().unwrap();
        format!("{:?} {:?}", scored.signals, scored.observations)
    };
    assert_eq!(lines(1), lines(3));
    let nothing = Observed::default();
    assert!(matches!(Hindcast::new(&model, &nothing).start(), Err(HindcastError::NothingObserved)));
}

#[test]
fn a_bar_is_read_and_held() {
    let model = leaving("10");
    let rows = ["2024-01-08,iraq.us,400,500,,x,".to_owned(), "2024-01-15,iraq.us,0,9,,x,".to_owned()];
    let (table, scored) = (observed(&model, &rows), score(&model, &rows));
    let held = |bar: &str| Bar::parse(bar, &table).unwrap().check(&scored).is_ok();
    for (bar, holds) in [
        ("skill.unchanged > 0", true),
        ("skill > 0.99", false),
        ("crps of iraq.us < 400", true),
        ("coverage95 of iraq.us>=0.5", false),
        ("bias <= 1", true),
    ] {
        assert_eq!(held(bar), holds, "{bar}");
    }
    for (bar, reason) in [
        ("skill", "compares nothing"),
        ("skil > 0", "did you mean `skill`?"),
        ("skill > much", "`much` in `skill > much` is no number"),
        ("skill of iraq.usa > 0", "did you mean `iraq.us`?"),
        ("crps < 3", "has a unit"),
    ] {
        let error = Bar::parse(bar, &table).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

// ------------------------------------------------------------------------------------------- Command

fn leaving_text() -> String {
    format!(
        "schema = 1\nname = \"Leaving\"\nstart = 2024-01-01\nend = 2024-01-31\nseed = 5\nreplicates = 500\n{LEAVING}\
         [parameters]\nslip = {{ uniform = [0, 12], source = \"judgement\" }}\n\
         [attacks.raids]\nper_month = 10\nbefore = 5\n"
    )
}

const OBSERVED: &str = "date,since,signal,low,high,basis,source\n\
    2024-01-06,,iraq.us,,700,fewer than 701,a paper\n\
    2024-01-08,,iraq.us,500,500,,a paper\n\
    2024-01-08,,iraq.troops,450,550,,a paper\n\
    2024-01-20,2024-01-10,raids.attacks,3,6,by two counts,\"two papers, together\"\n\
    2024-01-31,2024-01-20,raids.attacks,2,,,a paper\n\
    2024-01-17,,date.left,2024-01-15,2024-01-17,,a paper\n\
    2024-01-31,,date.never,2024-02-01,,,a paper\n";

#[test]
fn the_command_says_how_good_it_was_and_leaves_tables_charts_and_a_manifest() {
    let scenario = leaving_text();
    let folder = folder_with(&[("leaving.toml", scenario.as_bytes()), ("seen.csv", OBSERVED.as_bytes())]);
    let run = |more: &[&str]| {
        let arguments = ["hindcast", "leaving.toml", "--observed", "seen.csv", "--format", "csv,svg"];
        drawdown(folder.path(), &[&arguments[..], more].concat())
    };
    let output = run(&["--require", "skill.unchanged > 0", "-o", "one", "-j", "1"]);
    let (said, noise) = (text(&output.stdout), text(&output.stderr));
    assert_eq!((output.status.code(), noise.as_str()), (Some(0), ""), "{said}");
    for words in [
        "Leaving",
        "7 observations of 5 signals on 5 dates",
        "against nothing changing",
        "in the middle 80 %",
        "seed 5",
    ] {
        assert!(in_one_line(&said).contains(words), "no {words} in\n{said}");
    }
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
    let results = folder.path().join("one");
    let scores = read(&results, "scores.csv");
    assert!(scores.starts_with("signal,score,baseline,value,lo95,hi95,n\n"), "{scores}");
    for line in [
        "iraq.us,crps,,",
        "iraq.us,crps,announced,",
        "all,skill,unchanged,",
        "all,coverage80,,",
        "date.left,skill,announced,",
    ] {
        assert!(scores.contains(line), "no {line} in\n{scores}");
    }
    assert!(!scores.contains("all,crps"), "units do not mix");
    let seen = read(&results, "observed.csv");
    assert!(seen.contains("2024-01-06,,iraq.us,,700,fewer than 701,a paper,"), "{seen}");
    assert!(seen.contains("2024-01-31,,date.never,after end,,,a paper,after end,"), "{seen}");
    assert_eq!(read(&results, "pit.csv").lines().count(), 1 + 6 * PIT_BINS);
    for name in ["iraq.us", "raids.attacks", "date.left", "date.never"] {
        assert!(read(&results, &format!("charts/hindcast-{name}.svg")).contains("bserved"), "{name}");
    }
    let manifest = read(&results, "manifest.json");
    assert!(
        manifest.contains("\"study\": \"hindcast\"") && manifest.contains("observed_sha256"),
        "{manifest}"
    );

    let missed =
        run(&["--require", "skill > 0.999", "--require", "coverage50 > 1", "-o", "two", "-j", "3", "-q"]);
    let noise = text(&missed.stderr);
    assert_eq!((missed.status.code(), text(&missed.stdout).as_str()), (Some(1), ""));
    assert!(
        noise.contains("required skill > 0.999; it is") && noise.contains("required coverage50 > 1"),
        "{noise}"
    );
    for name in ["scores.csv", "observed.csv", "pit.csv"] {
        assert_eq!(read(&results, name), read(&folder.path().join("two"), name), "{name} for any -j");
    }
}

#[test]
fn every_mistake_in_the_observations_is_shown_at_once_and_nothing_is_overwritten() {
    let scenario = leaving_text();
    let bad = "date,signal,low,high,basis,source,since\n\
        2024-01-06,iraq.uss,1,2,,a paper,\n\
        2025-01-06,iraq.us,1,2,,a paper,\n\
        2024-01-08,iraq.us,9,2,,a paper,\n\
        2024-01-09,iraq.us,many,,,a paper,\n\
        2024-01-10,iraq.us,,,,a paper,\n\
        2024-01-11,iraq.us,1,2,,,2024-01-01\n\
        2024-01-12,raids.attacks,-1,2,,a paper,2024-01-12\n\
        2024-01-12,date.left,2024-01-20,,,a paper,\n\
        2024-01-13,date.left,2024-01-03,2024-02-03,,a paper,\n\
        12 Jan,iraq.us,1,2,,a paper,\n\
        2024-01-14,iraq.us,1,2,,a paper,\n\
        2024-01-14,iraq.us,3,4,,another,\n\
        2024-01-15,iraq.us,1,2\n";
    let folder = folder_with(&[
        ("leaving.toml", scenario.as_bytes()),
        ("seen.csv", OBSERVED.as_bytes()),
        ("bad.csv", bad.as_bytes()),
        ("head.csv", b"date,signal,lo,high,basis\n"),
    ]);
    let run = |file: &str, more: &[&str]| {
        let arguments =
            ["hindcast", "leaving.toml", "--observed", file, "--format", "csv", "-o", "out", "-q"];
        drawdown(folder.path(), &[&arguments[..], more].concat())
    };
    assert_eq!(run("seen.csv", &[]).status.code(), Some(0));
    let before = read(&folder.path().join("out"), "scores.csv");
    let output = run("bad.csv", &[]);
    let noise = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{noise}");
    for (place, words) in [
        ("bad.csv:2:12", "there is no signal `iraq.uss`"),
        ("bad.csv:2:12", "did you mean `iraq.us`?"),
        ("bad.csv:3:1", "2025-01-06 lies outside the run"),
        ("bad.csv:3:1", "it runs from 2024-01-01 to 2024-01-31"),
        ("bad.csv:4:20", "`low` is 9, above `high`, which is 2"),
        ("bad.csv:5:20", "`many` is no number"),
        ("bad.csv:6:20", "`low` and `high` are both empty"),
        ("bad.csv:7:25", "an observation needs a source"),
        ("bad.csv:7:26", "only a count has a `since`"),
        ("bad.csv:8:26", "a count cannot be below 0"),
        ("bad.csv:8:40", "must lie before `date`"),
        ("bad.csv:9:22", "2024-01-20 lies after the row's `date`"),
        ("bad.csv:10:33", "2024-02-03 lies outside the run"),
        ("bad.csv:11:1", "`12 Jan` is no date"),
        ("bad.csv:13:1", "`iraq.us` is observed twice on this date"),
        ("bad.csv:14:1", "this line has 4 cells, and the header 7"),
        ("", "14 errors in the observations"),
    ] {
        assert!(noise.contains(words), "no {words} in\n{noise}");
        assert!(noise.contains(place), "no {place} in\n{noise}");
    }
    for (file, more, reason) in [
        ("head.csv", &[][..], "the header has no `low`, `source`"),
        ("head.csv", &[], "there is no column `lo`"),
        ("none.csv", &[], "cannot read none.csv"),
        ("seen.csv", &["--require", "skil > 0", "--require", "bias > x"], "did you mean `skill`?"),
        ("seen.csv", &["--require", "skil > 0", "--require", "bias > x"], "`x` in `bias > x` is no number"),
    ] {
        let output = run(file, more);
        let noise = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{noise}");
        assert!(noise.contains(reason), "{noise}\nwithout {reason}");
    }
    assert_eq!(read(&folder.path().join("out"), "scores.csv"), before);
}

#[test]
fn observations_are_drawn_on_a_runs_charts() {
    let scenario = leaving_text();
    let folder = folder_with(&[("leaving.toml", scenario.as_bytes()), ("seen.csv", OBSERVED.as_bytes())]);
    let run = |arguments: &[&str]| drawdown(folder.path(), arguments);
    let observed = ["--observed", "seen.csv"];
    let done = run(&["run", "leaving.toml", "-o", "out", "--format", "csv"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let figures = ["chart", "out", "--figure", "troops", "--signal", "iraq.us", "--format", "svg"];
    assert_eq!(run(&figures).status.code(), Some(0));
    let results = folder.path().join("out");
    let plain = ["troops", "signal-iraq.us"].map(|name| read(&results, &format!("charts/{name}.svg")));
    let drawn = run(&[&figures[..], &observed[..]].concat());
    assert_eq!(drawn.status.code(), Some(0), "{}", text(&drawn.stderr));
    for (name, plain) in ["troops", "signal-iraq.us"].into_iter().zip(plain) {
        let with = read(&results, &format!("charts/{name}.svg"));
        assert!(!plain.contains("observed") && with.contains("observed"), "{name}");
    }
    let wrong = run(&["chart", "out", "--observed", "leaving.toml"]);
    assert_eq!(wrong.status.code(), Some(2));
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
