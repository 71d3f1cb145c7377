//! Parts of a run or of a sweep, run apart and merged, give the bytes of the whole; what is no part of it is named.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{drawdown, folder_with, text};

pub const SMALL: &str = "\
schema = 1
start = 2024-01-01
end = 2024-06-30
seed = 3
[contingents.us]
[theatres.east]
[sites.camp]
theatre = \"east\"
troops = { us = 500 }
[phases.leave]
start = 2024-02-01
end = 2024-05-01
moves.out = { from = \"camp\", to = \"home\", troops = \"all\" }
[parameters]
rate = { uniform = [2, 8] }
[attacks.raids]
at = [\"east\"]
per_month = \"rate * troops / first(troops)\"
before = 5
killed = { mean = 0.2, dispersion = 1 }
[indicators.losses]
label = \"Losses\"
value = \"sum(raids.killed, 30)\"
amber = 2
red = 4
[milestones.empty]
when = \"camp.troops < 1\"
by = 2024-05-01
";

/// Every file of a folder with its bytes, but for the manifest's command line.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

fn collect(top: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(top, &path, found);
            continue;
        }
        let name = path.strip_prefix(top).unwrap().display().to_string();
        let mut bytes = fs::read(&path).unwrap();
        if name == "manifest.json" {
            let mut manifest: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            manifest["command"] = serde_json::Value::Null;
            bytes = serde_json::to_vec(&manifest).unwrap();
        }
        found.insert(name, bytes);
    }
}

#[track_caller]
pub fn done(folder: &Path, arguments: &[&str]) {
    let output = drawdown(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{}", text(&output.stderr));
}

#[track_caller]
pub fn refused(folder: &Path, arguments: &[&str], reasons: &[&str]) {
    let output = drawdown(folder, arguments);
    let noise = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{noise}");
    for reason in reasons {
        assert!(noise.contains(reason), "{noise}\nwithout {reason}");
    }
}

const RUN: [&str; 9] =
    ["run", "small.toml", "-n", "1000", "--paths", "raids.attacks", "--format", "csv,svg", "-q"];

fn run<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&RUN[..], more].concat()
}

#[test]
fn shards_of_a_run_merge_to_its_bytes_in_any_order() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let here = folder.path();
    done(here, &run(&["-o", "whole"]));
    for number in 1..=3 {
        done(here, &run(&["--shard", &format!("{number}/3"), "-j", &number.to_string()]));
    }
    let [one, two, three] = [1, 2, 3].map(|number| format!("output/small-shard-{number}-of-3"));
    done(here, &["merge", &three, &one, &two, "-q"]);
    assert_eq!(files(&here.join("output/small")), files(&here.join("whole")));

    refused(here, &["merge", &one, &two, "-o", "m"], &["shard 3 of 3 is missing"]);
    refused(
        here,
        &["merge", &one, &two, &two, "-o", "m"],
        &["shard 2 of 3 is there twice", "shard 3 of 3 is missing"],
    );
    refused(here, &["merge", &one, "whole", "-o", "m"], &["whole is a whole run, no shard"]);
    refused(here, &["merge", &one, "nowhere", "-o", "m"], &["nowhere holds no results of a run"]);
    refused(here, &["merge", &one, &two, &three, "-o", &two], &["is a shard itself"]);
    done(here, &run(&["--shard", "2/3", "-s", "4", "-o", "foreign"]));
    refused(
        here,
        &["merge", &one, "foreign", &three, "-o", "m"],
        &["foreign is no part", "the seed was 3, and is 4"],
    );
    done(here, &run(&["--shard", "3/3", "--set", "parameters.rate=5", "-o", "changed"]));
    refused(
        here,
        &["merge", &one, &two, "changed", "-o", "m"],
        &["changed is no part", "the scenario is another"],
    );
    assert!(!here.join("m").exists(), "what is refused writes nothing");
}

#[test]
fn a_shard_without_a_tile_is_refused() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    refused(folder.path(), &run(&["--shard", "3/99"]), &["shard 3 of 99 is empty", "16 tiles of 64"]);
    refused(folder.path(), &run(&["--shard", "3/2"]), &["write 1/4 for the first of four"]);
}

const SWEEP: [&str; 10] = [
    "sweep",
    "small.toml",
    "--vary",
    "parameters.rate=2..8/4",
    "--vary",
    "sites.camp.troops.us=100,500",
    "-n",
    "256",
    "--format",
    "csv,svg",
];

#[test]
fn shards_of_a_sweep_merge_to_its_bytes() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let here = folder.path();
    let sweep = |more: &[&str]| done(here, &[&SWEEP[..], more].concat());
    sweep(&["-o", "whole"]);
    for number in 1..=3 {
        sweep(&["--shard", &format!("{number}/3")]);
    }
    let [one, two, three] = [1, 2, 3].map(|number| format!("output/small-sweep-shard-{number}-of-3"));
    done(here, &["merge", &two, &three, &one, "-q"]);
    assert_eq!(files(&here.join("output/small-sweep")), files(&here.join("whole")));

    refused(here, &["merge", &one, &three], &["shard 2 of 3 is missing"]);
    refused(here, &["merge", &one, "whole"], &["whole is a whole sweep, no shard"]);
    let mut other = SWEEP.to_vec();
    other[3] = "parameters.rate=2..9/4";
    done(here, &[&other[..], &["--shard", "2/3", "-o", "foreign"]].concat());
    refused(here, &["merge", &one, "foreign", &three], &["what is varied is another"]);
    refused(here, &[&SWEEP[..], &["--shard", "1/9"]].concat(), &["there is no point for this shard"]);
}
