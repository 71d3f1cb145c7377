//! What was changed in a folder of results is found by doing again what its manifest says.

use std::fs;
use std::path::Path;

use crate::common::{drawdown, folder_with, text};
use crate::shards::{SMALL, done, refused};

const OBSERVED: &str = "date,signal,low,high,basis,source,since
2024-03-01,camp.troops,300,400,a guess,press,
2024-06-01,camp.troops,0,0,a guess,press,
";

const POINTS: &str = "parameters.rate,sites.camp.troops.us\n2,500\n8,400\n3,100\n";

fn folder() -> tempfile::TempDir {
    let sooner = "extends = \"small.toml\"\n[phases.leave]\nend = 2024-04-01\n";
    let named =
        format!("{SMALL}[sweeps.rates]\nvary = [\"parameters.rate=2..8\"]\ndesign = \"lhs\"\npoints = 5\n");
    folder_with(&[
        ("small.toml", named.as_bytes()),
        ("sooner.toml", sooner.as_bytes()),
        ("observed.csv", OBSERVED.as_bytes()),
        ("points.csv", POINTS.as_bytes()),
    ])
}

/// What `verify` says, and whether all is the same.
fn verdict(here: &Path, results: &str) -> (bool, String) {
    let output = drawdown(here, &["verify", results, "-j", "3"]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    (output.status.success(), said)
}

#[track_caller]
fn holds(here: &Path, results: &str) {
    let (same, said) = verdict(here, results);
    assert!(same && said.contains("the same to the byte"), "{said}");
}

/// Changes the last digit of a file, and looks whether that is found.
#[track_caller]
fn a_change_is_found(here: &Path, results: &str, name: &str) {
    let file = here.join(results).join(name);
    let whole = fs::read(&file).unwrap();
    let mut changed = whole.clone();
    let digit = changed.iter().rposition(u8::is_ascii_digit).unwrap();
    changed[digit] = if changed[digit] == b'9' { b'8' } else { changed[digit] + 1 };
    fs::write(&file, changed).unwrap();
    let (same, said) = verdict(here, results);
    assert!(!same && said.contains(&format!("these are not: {name}\n")), "{said}");
    fs::write(&file, whole).unwrap();
}

/// A command is done, holds, and holds no more once a byte of a table of it is another.
#[track_caller]
fn found(arguments: &[&str], table: &str) {
    let folder = folder();
    let all = [arguments, &["-n", "2100", "--format", "csv,svg", "-q", "-o", "out"]].concat();
    done(folder.path(), &all);
    // What was asked is in the manifest: no file is read again.
    for name in ["small.toml", "sooner.toml", "observed.csv", "points.csv"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    holds(folder.path(), "out");
    a_change_is_found(folder.path(), "out", table);
}

#[test]
fn a_run() {
    found(&["run", "small.toml", "--set", "sites.camp.troops.us=400"], "summary.csv");
    found(&["run", "small.toml", "--shard", "2/3"], "replicates.csv");
    found(&["run", "small.toml", "--until", "empty se=0.2", "--report"], "report.html");
}

#[test]
fn a_comparison() {
    found(&["compare", "small.toml", "sooner.toml", "--set", "parameters.rate=4"], "differences.csv");
}

#[test]
fn a_sensitivity_analysis() {
    for method in ["given", "sobol", "morris"] {
        found(
            &[
                "sensitivity",
                "small.toml",
                "--of",
                "end.raids.attacks,peak.losses",
                "--method",
                method,
                "-s",
                "9",
            ],
            "sensitivity.csv",
        );
    }
}

#[test]
fn a_hindcast() {
    found(
        &["hindcast", "small.toml", "--observed", "observed.csv", "--require", "coverage95 >= 0"],
        "scores.csv",
    );
}

#[test]
fn a_sweep() {
    found(&["sweep", "small.toml", "--vary", "parameters.rate=2..8/4", "-s", "9"], "sweep.csv");
    found(
        &["sweep", "small.toml", "--vary", "parameters.rate=2..8", "--design", "sobol", "--points", "4"],
        "design.csv",
    );
    found(&["sweep", "small.toml", "--sweep", "rates"], "sweep.csv");
    found(&["sweep", "small.toml", "--design-file", "points.csv"], "sweep.csv");
    found(&["sweep", "small.toml", "--sweep", "rates", "--shard", "2/2"], "points.drawdown");
}

#[test]
fn what_was_merged() {
    let folder = folder();
    let here = folder.path();
    for command in [&["run", "small.toml"][..], &["sweep", "small.toml", "--sweep", "rates"]] {
        for shard in ["1/2", "2/2"] {
            let part = format!("part-{}", &shard[..1]);
            done(
                here,
                &[command, &["-n", "256", "--format", "csv", "-q", "--shard", shard, "-o", &part]].concat(),
            );
        }
        done(here, &["merge", "part-1", "part-2", "-q", "-o", command[0]]);
        holds(here, command[0]);
    }
}

#[test]
fn a_file_that_is_gone_a_figure_put_there_later_and_a_manifest_that_was_changed() {
    let folder = folder();
    let here = folder.path();
    done(here, &["run", "small.toml", "-n", "256", "--format", "csv", "-q", "-o", "out"]);
    done(here, &["chart", "out", "--figure", "troops", "--format", "svg"]);
    let (same, said) = verdict(here, "out");
    assert!(same && said.contains("not looked at") && said.contains("charts/troops.svg"), "{said}");

    fs::remove_file(here.join("out/sites.csv")).unwrap();
    let manifest = here.join("out/manifest.json");
    let changed = fs::read_to_string(&manifest).unwrap().replacen("\"failed\": 0", "\"failed\": 1", 1);
    fs::write(&manifest, changed).unwrap();
    let (same, said) = verdict(here, "out");
    assert!(!same && said.contains("these are not: sites.csv, manifest.json"), "{said}");
}

#[test]
fn what_cannot_be_done_again_is_told() {
    let folder = folder();
    let here = folder.path();
    refused(here, &["verify", "nowhere"], &["nowhere has no manifest.json of a run"]);
    done(here, &["compare", "small.toml", "sooner.toml", "-n", "64", "--format", "csv", "-q", "-o", "out"]);
    let manifest = here.join("out/manifest.json");
    let whole = fs::read_to_string(&manifest).unwrap();
    let without = |key: &str, value: serde_json::Value| {
        let mut manifest: serde_json::Value = serde_json::from_str(&whole).unwrap();
        manifest[key] = value;
        serde_json::to_string(&manifest).unwrap()
    };
    for (key, value, reason) in [
        ("recipe", serde_json::Value::Null, "does not say what was asked: missing field `format`"),
        ("study", "divination".into(), "no study is called `divination`"),
        ("scenarios", serde_json::json!([]), "the manifest names no scenario"),
    ] {
        fs::write(&manifest, without(key, value)).unwrap();
        refused(here, &["verify", "out"], &[reason]);
    }
}
