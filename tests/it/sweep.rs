//! Sweeps: against analytic truths, against single runs, over threads, over interruptions; and their mistakes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use drawdown::study::sweep::outcome::Outcome;
use drawdown::study::sweep::outcomes::{InMemory, Lost, Outcomes};
use drawdown::study::sweep::rank::{difference, rank};
use drawdown::study::sweep::{Checked, SweepError};
use drawdown::study::{Design, Lever, Plan, Sweep, Swept};
use drawdown::{Run, Scenario};

use crate::common::{drawdown, folder_with, scenario};

const SMALL: &str = "
schema = 1
name = \"A small withdrawal\"
start = 2024-01-01
end = 2024-03-31
replicates = 200
seed = 5
[contingents.us]
[theatres.t]
[sites.base]
theatre = \"t\"
troops = { us = 1000 }
[sites.other]
theatre = \"t\"
troops = { us = 10 }
[phases.leaving]
start = 2024-01-15
end = 2024-02-29
end_slip_days = { uniform = [0, 30], max = 20, source = \"judgement\" }
moves.out = { from = \"base\", to = \"home\", troops = \"all\" }
[parameters]
calm = { pert = [0.5, 1, 2], source = \"judgement\" }
spare = 3
[attacks.raids]
at = [\"t\"]
per_month = \"5 * calm * troops / first(troops)\"
[indicators.pressure]
label = \"Raids, 30 days\"
value = \"sum(raids.attacks, 30)\"
amber = 6
red = 9
[milestones.gone]
label = \"Nobody left at the base\"
when = \"base.troops == 0\"
by = 2024-03-10
[sweeps.later]
vary = [\"phases.leaving.shift_days=0..20/3\"]
[sweeps.wide]
vary = [\"phases.leaving.shift_days=0..20\", \"parameters.calm=0.5..2\"]
design = \"sobol\"
points = 4
";

fn design(levers: &[&str]) -> Design {
    let levers: Vec<Lever> = levers.iter().map(|text| Lever::parse(text).unwrap()).collect();
    Design::new(&levers, Plan::Grid, 1).unwrap()
}

fn small() -> Scenario {
    Scenario::parse("small.toml", SMALL).unwrap()
}

fn swept(scenario: &Scenario, levers: &[&str], replicates: u64) -> Swept<'static> {
    Sweep::new(scenario, design(levers)).replicates(replicates).jobs(2).start().unwrap()
}

fn mistakes(levers: &[&str]) -> String {
    match Sweep::new(&small(), design(levers)).check().map(|_| ()) {
        Err(why @ (SweepError::Mistakes(_) | SweepError::Points(_))) => why.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_rate_gives_the_probability_it_must() {
    let wars = scenario(
        "end = 2024-12-31",
        "[shocks.war]\nper_year = 0.5\n[milestones.came]\nwhen = \"war.count > 0\"\n",
    );
    let found = swept(&wars, &["shocks.war.per_year=0.25,0.5,1,2"], 20_000);
    for (point, rate) in [0.25, 0.5, 1.0, 2.0].into_iter().enumerate() {
        #[expect(clippy::disallowed_methods, reason = "the truth to compare with")]
        let truth = 1.0 - f64::exp(-rate * 365.0 / 365.25);
        let estimate = found.get("came", "probability", point).unwrap();
        // Four standard errors of 20,000 histories; fixed seed.
        let error = 4.0 * (truth * (1.0 - truth) / 20_000.0).sqrt();
        assert!((estimate.value - truth).abs() < error, "{rate}: {} {truth}", estimate.value);
    }
    assert_eq!(found.base_point, Some(1), "0.5 is what the scenario says");
}

#[test]
fn a_count_at_the_end_is_its_total() {
    let raids = scenario("end = 2024-12-31", "[attacks.raids]\nper_month = 2\n");
    let found = swept(&raids, &["attacks.raids.per_month=1..4/4"], 4000);
    for point in 0..4 {
        // Poisson, over 365 days.
        let truth = (point + 1) as f64 * 365.0 / 30.4375;
        let [mean, sd] = ["mean", "sd"].map(|s| found.get("end.raids.attacks", s, point).unwrap().value);
        assert!((mean - truth).abs() < 4.0 * (truth / 4000.0).sqrt(), "{mean} {truth}");
        assert!((sd / truth.sqrt() - 1.0).abs() < 4.0 / 8000f64.sqrt(), "{sd} {truth}");
    }
}

#[test]
fn differences_know_that_the_histories_share_their_chance() {
    let found = swept(&small(), &["parameters.calm=1,1.05"], 4000);
    let target = found.targets.iter().position(|target| target.name == "pressure").unwrap();
    let ranking = rank(&found, target).unwrap();
    let gap = difference(&found, &ranking, 1, 0).unwrap();
    assert_eq!((ranking.first, ranking.last), (0, 1), "fewer raids are better");
    assert!(gap.is_paired && gap.is_resolved(), "{gap:?}");
    let [a, b] = [0, 1].map(|point| found.headline(target, 0, point).error().unwrap());
    assert!(gap.error.unwrap() < 0.7 * (a * a + b * b).sqrt(), "{gap:?} is no narrower than {a} and {b}");

    let few = swept(&small(), &["parameters.calm=1,1.05"], 60);
    let gap = difference(&few, &ranking, 1, 0).unwrap();
    assert!(!gap.is_paired && !gap.is_resolved(), "{gap:?}");
}

#[test]
fn a_point_is_the_run_of_its_values() {
    let levers = ["phases.leaving.shift_days=0,10", "parameters.calm=0.7,1.5"];
    let found = swept(&small(), &levers, 500);
    for (point, (shift, calm)) in
        [("0", "0.7"), ("0", "1.5"), ("10", "0.7"), ("10", "1.5")].into_iter().enumerate()
    {
        let one =
            small().with("phases.leaving.shift_days", shift).unwrap().with("parameters.calm", calm).unwrap();
        let model = one.compile().unwrap();
        let results = Run::new(&model).replicates(500).start().unwrap();
        let last = results.legend.report.len() - 1;
        let get = |target: &str, statistic: &str| found.get(target, statistic, point).unwrap();
        let pressure = results.signal("pressure").unwrap().at(last).unwrap();
        assert_eq!(get("pressure", "mean"), pressure.mean_estimate());
        let red = results.indicator(0).ever(drawdown::results::Level::Red, last);
        assert_eq!(get("pressure", "probability_ever_red"), red);
        let days = results.indicator(0).days(drawdown::results::Level::Amber, last);
        assert_eq!(get("pressure", "days_amber"), days);
        assert_eq!(get("gone", "probability_by_date"), results.milestone(0).by_its_date());
        assert_eq!(get("gone", "probability"), results.milestone(0).arrivals.by_end());
        let troops = results.signal("t.troops").unwrap().at(last).unwrap();
        assert_eq!(get("end.t.troops", "q95"), troops.q_estimate(0.95));
        assert_eq!(get("end.t.troops", "sd"), troops.sd_estimate().unwrap());
    }
}

#[test]
fn names_of_sites_are_levers_too() {
    let found = swept(&small(), &["phases.leaving.moves.out.from=base,other"], 64);
    let ends = [0, 1].map(|point| found.get("end.base.troops", "mean", point).unwrap().value);
    assert_eq!(ends, [0.0, 1000.0]);
    assert_eq!(found.base_point, Some(0));
}

#[test]
fn dates_among_those_met_are_quantiles_of_those_alone() {
    let found = swept(&small(), &["phases.leaving.end_slip_days=0,10"], 64);
    let day = |point| found.get("gone", "q50", point).unwrap();
    // 2024-02-29 is day 19,782 since 1970; 10 days later the last have gone.
    assert_eq!((day(0).value, day(1).value, day(0).n), (19_782.0, 19_792.0, 64));
    // Both are in time for certain: what differs is the date.
    let target = found.targets.iter().position(|target| target.name == "gone").unwrap();
    let ranking = rank(&found, target).unwrap();
    assert_eq!((ranking.first, difference(&found, &ranking, 1, 0).unwrap().value), (0, 10.0));
}

#[test]
fn mistakes_are_told_before_anything_runs() {
    let cases: [(&[&str], &[&str]); 8] = [
        (&["phases.leavign.end=2024-02-01,2024-02-02"], &["no `leavign`", "did you mean `leaving`?"]),
        (
            &["parameters.clam=1,2", "phases.x.end=1,2"],
            &["no `clam`", "did you mean `calm`?", "`phases` has no `x`"],
        ),
        (&["parameters.spare=1,2"], &["no expression reads `spare`"]),
        (&["sites.base.label=a,b"], &["is words"]),
        (&["seed=1,2"], &["share the seed"]),
        (&["phases.leaving.end_slip_days=5..25/3"], &["point 3", "25 is above the `max`", "small.toml:19"]),
        (&["phases.leaving.moves.out.from=base,bsae"], &["point 2", "bsae"]),
        (&["end=2023-01-01,2024-02-01,2023-02-01"], &["point 1", "and point 3", "ends before it starts"]),
    ];
    for (levers, parts) in cases {
        let told = mistakes(levers);
        for part in parts {
            assert!(told.contains(part), "{levers:?}: no {part} in\n{told}");
        }
    }
}

#[test]
fn a_lever_without_effect_is_refused() {
    let told = mistakes(&["phases.leaving.shift_days=0,10", "report_every=1 day,1 week"]);
    assert!(told.contains("`report_every` is nothing to vary"), "{told}");
    assert!(mistakes(&["step=1 day,1 days"]).contains("`step` changes nothing"));
}

/// The files of a folder, without what names the command.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let names = ["design.csv", "sweep.csv"];
    names.into_iter().map(|name| (name.to_owned(), fs::read(folder.join(name)).unwrap())).collect()
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let run = |jobs: &str, output: &str| {
        let vary = ["--vary", "phases.leaving.shift_days=0..20/3", "--vary", "parameters.calm=1,2"];
        let rest = ["-j", jobs, "-o", output, "-n", "1000"];
        let output = drawdown(folder.path(), &[&["sweep", "small.toml"][..], &vary, &rest].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let (one, three) = (run("1", "one"), run("3", "three"));
    assert_eq!(files(&folder.path().join("one")), files(&folder.path().join("three")));
    assert_eq!(one.replace("one;", ""), three.replace("three;", ""));
    for figure in ["sweep-indicators", "sweep-milestones"] {
        let read =
            |output: &str| fs::read(folder.path().join(format!("{output}/charts/{figure}.svg"))).unwrap();
        assert_eq!(read("one"), read("three"));
    }
}

#[test]
fn a_sweep_says_its_answer_and_leaves_its_tables() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let output = drawdown(folder.path(), &["sweep", "small.toml", "--sweep", "later", "-n", "400"]);
    let (said, noise) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), noise.as_str()), (Some(0), ""), "{said}");
    for words in [
        "3 points of 400 simulated histories each",
        "phases.leaving.shift_days: 0, 10, 20",
        "| Nobody left at the base, by 2024-03-10",
        " % at 0 ",
        "more than chance",
        "every number in sweep.csv",
    ] {
        assert!(said.contains(words), "no {words} in:\n{said}");
    }
    let results = folder.path().join("output/small-sweep");
    let design = fs::read_to_string(results.join("design.csv")).unwrap();
    assert_eq!(design, "point,phases.leaving.shift_days\n1,0\n2,10\n3,20\n");
    let table = fs::read_to_string(results.join("sweep.csv")).unwrap();
    assert!(
        table
            .starts_with("point,phases.leaving.shift_days,target,statistic,value,lo95,hi95,n\n1,0,pressure,")
    );
    assert!(table.lines().any(|line| line.starts_with("3,20,gone,q50,2024-03-")), "{table}");
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(results.join("manifest.json")).unwrap()).unwrap();
    assert_eq!((&manifest["study"], &manifest["seed"]), (&"sweep".into(), &5.into()));
    assert_eq!(manifest["files"].as_array().unwrap().len(), 6);

    // Its design can be given back.
    let again =
        ["--design-file", "output/small-sweep/design.csv", "-o", "again", "-n", "400", "--format", "csv"];
    let output = drawdown(folder.path(), &[&["sweep", "small.toml"][..], &again].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(files(&results), files(&folder.path().join("again")));
}

#[test]
fn drawn_designs_run() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    for options in [
        &["--sweep", "wide"][..],
        &["--vary", "parameters.calm=0.5..2", "--design", "lhs", "--points", "4"],
        &[
            "--vary",
            "parameters.calm=0.5..2",
            "--vary",
            "phases.leaving.moves.out.from=base,other",
            "--design",
            "sobol",
            "--points",
            "4",
        ],
    ] {
        let output = drawdown(folder.path(), &[&["sweep", "small.toml", "-n", "64"][..], options].concat());
        assert_eq!(output.status.code(), Some(0), "{options:?} {}", String::from_utf8_lossy(&output.stderr));
        let design = fs::read_to_string(folder.path().join("output/small-sweep/design.csv")).unwrap();
        assert_eq!(design.lines().count(), 5, "{design}");
    }
}

#[test]
fn bad_sweeps_leave_old_results_as_they_are() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes()), ("bad.csv", b"parameters.calm\n1\n1\n")]);
    let good = ["sweep", "small.toml", "--sweep", "later", "-n", "64", "--format", "csv", "-q"];
    assert_eq!(drawdown(folder.path(), &good).status.code(), Some(0));
    let results = folder.path().join("output/small-sweep");
    let before = files(&results);
    for (bad, part) in [
        (&["--vary", "parameters.calm=2..1/3"][..], "inverted; write 1..2/3"),
        (&["--vary", "parameters.calm=1..2/0"], "2, its ends, or more"),
        (&["--vary", "parameters.calm=1..2"], "says not how many values"),
        (&["--vary", "parameters.calm=1,2", "--vary", "parameters.calm=3,4"], "varied twice"),
        (&["--vary", "parameters.calm=1,2", "--points", "3"], "--design"),
        (&["--vary", "parameters.calm=1..2", "--design", "lhs"], "how many points"),
        (&["--sweep", "latter"], "did you mean `later`?"),
        (&["--design-file", "bad.csv"], "points 1 and 2 of the design are the same"),
        (&["--design-file", "none.csv"], "cannot read none.csv"),
        (&["--vary", "parameters.calm=1,2", "-n", "0"], "0 replicates"),
        (&[], "--vary"),
    ] {
        let output = drawdown(folder.path(), &[&["sweep", "small.toml"][..], bad].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{bad:?}: {said}");
        assert!(said.contains(part) && output.stdout.is_empty(), "{bad:?}: {said}");
        assert_eq!(files(&results), before, "{bad:?}");
    }
}

/// Stops a sweep once two points are done.
#[derive(Debug)]
struct Stopping<'a> {
    kept: InMemory,
    stop: &'a AtomicBool,
}

impl Outcomes for Stopping<'_> {
    fn keep(&mut self, point: usize, outcome: Outcome) {
        self.kept.keep(point, outcome);
        self.stop.store(self.kept.points().len() >= 2, Ordering::Relaxed);
    }

    fn points(&self) -> Vec<usize> {
        self.kept.points()
    }

    fn outcome(&self, point: usize) -> Result<Cow<'_, Outcome>, Lost> {
        self.kept.outcome(point)
    }
}

#[test]
fn a_stopped_sweep_goes_on_and_ends_the_same() {
    let levers = ["parameters.calm=0.5..2/6"];
    let scenario = small();
    let whole = swept(&scenario, &levers, 300);
    let check = |stop| -> Checked<'_> {
        let sweep = Sweep::new(&scenario, design(&levers)).replicates(300).jobs(2);
        sweep.stop_on(stop).check().unwrap()
    };
    let stop = AtomicBool::new(false);
    let mut stopping = Stopping { kept: InMemory::default(), stop: &stop };
    let stopped = check(&stop).run(Box::new(&mut stopping));
    assert!(matches!(stopped, Err(SweepError::Run(drawdown::run::RunError::Interrupted))));
    drop(stopped);
    let known = stopping.kept;
    assert!((2..6).contains(&known.points().len()), "{:?}", known.points());
    let resumed = check(&AtomicBool::new(false)).run(Box::new(known)).unwrap();
    assert_eq!(resumed.summaries, whole.summaries);
    for point in 0..6 {
        assert_eq!(resumed.outcome(point).unwrap(), whole.outcome(point).unwrap());
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_sweep_keeps_its_points_and_the_same_command_ends_with_the_same_bytes() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let options = [
        "sweep",
        "small.toml",
        "--vary",
        "parameters.calm=0.5..2/40",
        "-n",
        "20000",
        "-j",
        "2",
        "--format",
        "csv",
    ];
    let with = |output: &'static str| [&options[..], &["-o", output]].concat();
    assert_eq!(drawdown(folder.path(), &with("whole")).status.code(), Some(0));

    let mut sweep = std::process::Command::new(env!("CARGO_BIN_EXE_drawdown"));
    sweep.current_dir(folder.path()).args(with("half")).stderr(std::process::Stdio::piped());
    let mut sweep = sweep.spawn().unwrap();
    let journal = folder.path().join("half/.sweep.drawdown-points");
    while fs::read_to_string(&journal).map_or(0, |text| text.lines().count()) < 3 {
        assert!(sweep.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let kill = std::process::Command::new("kill").args(["-INT", &sweep.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = sweep.wait_with_output().unwrap();
    let noise = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{noise}");
    assert!(noise.contains("of 40 points are kept in half: the same command goes on from there"), "{noise}");
    assert!(!folder.path().join("half/sweep.csv").exists());
    let kept = fs::read_to_string(&journal).unwrap().lines().count() - 1;
    assert!((2..40).contains(&kept), "{kept}");

    // Another sweep does not mix with it; but here the first goes on.
    assert_eq!(drawdown(folder.path(), &with("half")).status.code(), Some(0));
    assert_eq!(files(&folder.path().join("whole")), files(&folder.path().join("half")));
    assert!(!journal.exists());
}

#[test]
fn points_of_another_sweep_are_not_mixed() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    fs::create_dir(folder.path().join("o")).unwrap();
    let other =
        "{\"version\":\"0\",\"scenario\":\"\",\"design\":\"\",\"seed\":1,\"replicates\":9}\n{\"point\":0}\n";
    fs::write(folder.path().join("o/.sweep.drawdown-points"), other).unwrap();
    let options = ["sweep", "small.toml", "--sweep", "later", "-n", "64", "--format", "csv", "-o", "o"];
    let output = drawdown(folder.path(), &options);
    let noise = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{noise}");
    for words in ["points of another sweep", "the number of histories was 9, and is 64", "--anew"] {
        assert!(noise.contains(words), "{noise}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("o/.sweep.drawdown-points")).unwrap(), other);
    assert_eq!(drawdown(folder.path(), &[&options[..], &["--anew"]].concat()).status.code(), Some(0));
    assert!(!folder.path().join("o/.sweep.drawdown-points").exists());
}
