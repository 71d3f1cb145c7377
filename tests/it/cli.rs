//! The program as a person meets it: what it writes, says and returns.

use std::fs;
use std::path::Path;

use crate::common::{drawdown, folder_with};

const SMALL: &str = "
schema = 1
name = \"A small withdrawal\"
start = 2024-01-01
end = 2024-03-31
replicates = 300
seed = 5
[contingents.us]
[theatres.t]
label = \"Theatre\"
[sites.base]
theatre = \"t\"
troops = { us = 1000 }
[phases.leaving]
start = 2024-01-15
end = 2024-02-29
end_slip_days = { uniform = [0, 60] }
moves.out = { from = \"base\", to = \"home\", troops = \"all\" }
[attacks.raids]
at = [\"t\"]
per_month = \"5 * troops / first(troops)\"
[indicators.pressure]
value = \"sum(raids.attacks, 30)\"
amber = 6
red = 9
[milestones.gone]
when = \"t.troops == 0\"
by = 2024-02-29
";

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_run_says_its_answer_in_ten_lines_and_leaves_everything_in_its_folder() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let output = drawdown(folder.path(), &["run", "small.toml"]);
    let (said, noise) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), noise.as_str()), (Some(0), ""), "{said}");
    assert!(said.lines().count() <= 10, "{said}");
    for words in [
        "A small withdrawal",
        "300 simulated histories",
        "Troops    Theatre: ",
        "of histories by 2024-02-29",
        "red at some time",
    ] {
        assert!(said.contains(words), "no {words} in:\n{said}");
    }
    let results = folder.path().join("output/small");
    let tables = ["failures", "milestones", "replicates", "sites", "summary", "thresholds"];
    let mut expected: Vec<String> = tables.map(|name| format!("{name}.csv")).to_vec();
    expected.extend(["charts", "manifest.json", "results.drawdown"].map(str::to_owned));
    expected.sort();
    assert_eq!(names(&results), expected);
    let charts = ["attacks", "handover", "indicator-pressure", "milestones", "posture", "risks", "troops"]
        .map(|c| [format!("{c}.png"), format!("{c}.svg")]);
    assert_eq!(names(&results.join("charts")), charts.concat());
    assert_eq!(names(&folder.path().join("output")), ["small"], "nothing temporary is left");
}

#[test]
fn options_change_what_they_say_and_nothing_else() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let run = |arguments: &[&str]| {
        let output = drawdown(folder.path(), &[&["run", "small.toml"], arguments].concat());
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(run(&["-q", "--format", "csv", "-o", "quiet"]), "");
    assert!(!names(&folder.path().join("quiet")).contains(&"charts".to_owned()));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("quiet/replicates.csv").lines().count(), 301);

    run(&["-n", "10", "-s", "7", "--paths", "t.troops,raids.*", "--format", "csv", "-o", "few"]);
    assert_eq!(read("few/replicates.csv").lines().count(), 11);
    // Ten histories of 91 rows: t.troops at every one, three counts and a rate, counts not at the first.
    let paths = read("few/paths.csv");
    let signals: Vec<&str> = paths.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(signals.iter().filter(|signal| **signal == "t.troops").count(), 910);
    assert_eq!(signals.iter().filter(|signal| **signal == "raids.attacks").count(), 900);
    assert!(read("few/manifest.json").contains("\"seed\": 7"), "{}", read("few/manifest.json"));

    run(&["--format", "svg", "-o", "pictures", "-n", "10"]);
    assert_eq!(names(&folder.path().join("pictures")), ["charts", "manifest.json", "results.drawdown"]);

    let later = run(&["--set", "phases.leaving.end=2024-03-20", "-n", "50", "-o", "later"]);
    assert!(
        later.contains("of histories by 2024-03-20")
            && later.contains("with phases.leaving.end = 2024-03-20"),
        "{later}"
    );

    let thousands = run(&["-n", "1,000", "--until", "gone se=0.0001", "-o", "thousands", "--format", "csv"]);
    assert!(thousands.contains("1,000 simulated histories"), "{thousands}");

    let precise = run(&["--until", "gone se=0.02", "-o", "precise", "--format", "csv"]);
    assert!(precise.contains("1,024 simulated histories"), "{precise}");
}

#[test]
fn a_variant_can_be_run_from_anywhere() {
    let variant = "extends = \"../small.toml\"\nname = \"All stay\"\nremove = [\"phases.leaving\", \"milestones.gone\"]\n";
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    fs::create_dir(folder.path().join("plans")).unwrap();
    fs::write(folder.path().join("plans/stay.toml"), variant).unwrap();
    let output = drawdown(folder.path(), &["run", "plans/stay.toml", "-n", "20"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("All stay") && said.contains("Theatre: 1,000 throughout"), "{said}");
    assert_eq!(names(&folder.path().join("output")), ["stay"]);
}

#[test]
fn failed_histories_are_told_and_make_the_status_1() {
    let broken = format!("{SMALL}[variables]\nodd = \"ln(t.troops)\"\n");
    let folder = folder_with(&[("small.toml", broken.as_bytes())]);
    let output = drawdown(folder.path(), &["run", "small.toml", "--format", "csv"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("histories could not be finished"), "{said}");
    let failures = fs::read_to_string(folder.path().join("output/small/failures.csv")).unwrap();
    assert!(failures.lines().nth(1).is_some_and(|line| line.contains("odd,ln(t.troops),")), "{failures}");

    // When none can be finished, the results that are there stay.
    let hopeless = broken.replace("ln(t.troops)", "ln(t.troops - 5000)");
    fs::write(folder.path().join("small.toml"), hopeless).unwrap();
    let output = drawdown(folder.path(), &["run", "small.toml"]);
    let (said, noise) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("300 of 300 histories could not be finished"), "{said}");
    assert!(noise.contains("nothing was written"), "{noise}");
    assert_eq!(fs::read_to_string(folder.path().join("output/small/failures.csv")).unwrap(), failures);
}

#[test]
fn a_bad_option_leaves_old_results_as_they_are() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    assert_eq!(drawdown(folder.path(), &["run", "small.toml", "-n", "10", "-q"]).status.code(), Some(0));
    let manifest = folder.path().join("output/small/manifest.json");
    let before = fs::read(&manifest).unwrap();
    for bad in [
        &["-n", "0"][..],
        &["-n", "many"],
        &["--replicate", "0"],
        &["--until", "gone"],
        &["--until", "nothing se=0.1"],
        &["--paths", "no.such"],
        &["--format", "xls"],
        &["--set", "phases.leaving.end"],
        &["--set", "sites.base.theatre=nowhere"],
        &["-o", "small.toml"],
    ] {
        let output = drawdown(folder.path(), &[&["run", "small.toml"], bad].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{bad:?}: {said}");
        assert!(said.contains("error") && output.stdout.is_empty(), "{bad:?}: {said}");
        assert_eq!(fs::read(&manifest).unwrap(), before, "{bad:?}");
        assert_eq!(names(&folder.path().join("output")), ["small"], "{bad:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_what_was_there() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_drawdown"));
    let mut run =
        run.current_dir(folder.path()).args(["run", "small.toml", "-q", "-n", "100000000"]).spawn().unwrap();
    // Once its tables are begun, it is under way.
    let results = folder.path().join("output/small");
    while !fs::read_dir(&results).is_ok_and(|mut entries| entries.next().is_some()) {
        assert!(run.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let kill = std::process::Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(run.wait().unwrap().code(), Some(130));
    // What it had done, for --resume; no results.
    assert!(names(&results).iter().all(|name| name.starts_with('.')), "{:?}", names(&results));
}

#[test]
fn check_says_what_the_attack_rates_imply() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let output = drawdown(folder.path(), &["check", "-v", "small.toml"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("small.toml: no mistakes\n"), "{said}");
    // Poisson at 5 a month: 5/30.4375 = 0.1643 a day, as much variance, no memory.
    let raids = said.lines().find(|line| line.trim_start().starts_with("raids ")).unwrap();
    let numbers: Vec<&str> = raids.split_whitespace().skip(1).collect();
    assert_eq!(numbers, ["0.1643", "1.000", "0.000"]);
    assert!(said.contains("raids.base.attacks"), "{said}");
    assert_eq!(names(folder.path()), ["small.toml"]);
}
