//! What a scenario calls things: no name becomes a formula in a spreadsheet, a tag on a page, a command to a terminal, or
//! a path on the disk.

use std::fs;
use std::path::Path;

use drawdown::Scenario;

use crate::common::{drawdown, folder_with, text};
use crate::shards::{done, files, refused};

/// A scenario with every kind of name, each of them hostile. `NAME` stands for the hostile part.
const HOSTILE: &str = r#"schema = 1
name = "NAME"
start = 2024-01-01
end = 2024-06-30
seed = 1
[sources.press]
title = "NAME"
date = 2023-12-01
publisher = "NAME"
note = "NAME"
url = "NAME"
[contingents.us]
label = "NAME"
[theatres.t]
label = "NAME"
[sites.camp]
label = "NAME"
theatre = "t"
troops = { us = { value = 500, source = "press", note = "NAME", basis = "NAME" } }
[phases.leave]
label = "NAME"
start = 2024-02-01
end = 2024-05-01
end_slip_days = { uniform = [-10, 40] }
moves.out = { from = "camp", to = "home", troops = "all" }
[parameters]
rate = { uniform = [2, 8] }
[states.politics]
label = "NAME"
initial = "calm"
rates = { calm.tense = 2, tense.calm = 2 }
[attacks.raids]
label = "NAME"
at = ["t"]
per_month = "rate"
[stocks.level]
label = "NAME"
unit = "NAME"
initial = 1
volatility = 3
[shocks.war]
label = "NAME"
per_year = 1
[variables]
fails = "ln(3 - level)"
[indicators.losses]
label = "NAME"
unit = "NAME"
value = "sum(raids.attacks, 30)"
amber = 4
red = 8
[milestones.empty]
label = "NAME"
when = "camp.troops < 1"
by = 2024-05-01
"#;

/// The scenario under a name. A text in JSON is one in TOML.
fn named(name: &str) -> String {
    HOSTILE.replace("\"NAME\"", &serde_json::to_string(name).unwrap())
}

/// Every command that leaves files, in a folder of its own; some histories fail, and that has a table, too.
fn everything(here: &Path, scenario: &str) {
    let variant = format!("extends = '{scenario}'\n[parameters]\nrate = 3\n");
    fs::write(here.join("variant.toml"), variant).unwrap();
    fs::write(
        here.join("observed.csv"),
        "date,signal,low,high,basis,source,since\n2024-03-01,camp.troops,0,9,=1+1,@b,\n",
    )
    .unwrap();
    let commands: [&[&str]; 5] = [
        &["run", scenario, "--paths", "*", "--report", "-n", "300"],
        &["compare", scenario, "variant.toml", "-n", "300"],
        &["sweep", scenario, "--vary", "phases.leave.hold=-1 > 2,-2 > 3", "-n", "64"],
        &["sensitivity", scenario, "--of", "losses", "-n", "3000"],
        &["hindcast", scenario, "--observed", "observed.csv", "-n", "300"],
    ];
    for command in commands {
        let output = drawdown(here, &[command, &["--format", "csv,svg", "-q"]].concat());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{command:?}\n{}", text(&output.stderr));
    }
    let ledger = drawdown(here, &["assumptions", scenario, "--format", "csv", "-o", "output/ledger.csv"]);
    assert!(matches!(ledger.status.code(), Some(0 | 1)), "{}", text(&ledger.stderr));
}

#[test]
fn no_name_becomes_a_formula() {
    // Every other beginning has its test beside the function that all cells go through.
    for name in ["=1+1", "\t-1+1", "\n+1,\"=1\"\n@SUM(A1)"] {
        let folder = folder_with(&[("=1+1.toml", named(name).as_bytes())]);
        everything(folder.path(), "=1+1.toml");
        let mut tables = 0;
        for (table, bytes) in files(&folder.path().join("output")) {
            if !table.ends_with(".csv") {
                continue;
            }
            tables += 1;
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[..]);
            for record in reader.records() {
                for cell in &record.unwrap() {
                    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
                    assert!(!is_formula || cell.parse::<f64>().is_ok(), "{table}: {cell:?}");
                }
            }
        }
        assert!(tables > 15, "only {tables} tables");
    }
}

#[test]
fn no_name_becomes_a_tag() {
    let name = "</script></title></style></text><script>alert(1)</script><img src=x onerror=alert(1)>\"'><!--&lt;]]>";
    let folder = folder_with(&[("s.toml", named(name).as_bytes())]);
    everything(folder.path(), "s.toml");
    let mut pages = 0;
    for (file, bytes) in files(&folder.path().join("output")) {
        if !file.ends_with(".svg") && !file.ends_with(".html") {
            continue;
        }
        pages += 1;
        let page = text(&bytes);
        for tag in ["<script>alert", "<img src=x", "</text><script", "<!--&lt;]]>"] {
            assert!(!page.contains(tag), "{file} holds {tag}");
        }
        if file.ends_with(".svg") {
            // Whole as XML: what is drawn from it would be refused otherwise.
            assert!(resvg::usvg::Tree::from_str(&page, &resvg::usvg::Options::default()).is_ok(), "{file}");
        }
    }
    assert!(pages > 10, "only {pages} pages");
}

#[test]
fn no_name_commands_a_terminal() {
    for (name, code) in [("\u{1b}[2J", "001B"), ("\u{0}", "0000"), ("\u{9b}31m", "009B")] {
        let found = Scenario::parse("s.toml", &named(name)).unwrap_err().to_string();
        assert!(found.contains(&format!("text has no control characters, and here is U+{code}")), "{found}");
        assert!(!found.contains(name), "{found:?}");
    }
}

#[test]
fn no_name_becomes_a_path() {
    for id in ["../../up", "/tmp/up", "..", "a/b", "a\\\\b", "con.svg", ""] {
        let text = format!(
            "schema = 1\nstart = 2024-01-01\nend = 2024-02-01\n[indicators.\"{id}\"]\nvalue = 1\namber = 2\nred = 3\n"
        );
        let found = Scenario::parse("s.toml", &text).and_then(|scenario| scenario.compile()).map(drop);
        assert!(found.unwrap_err().to_string().contains("cannot be a name"), "{id}");
    }
    // The stem of `...toml` is `..`.
    let small = "schema = 1\nstart = 2024-01-01\nend = 2024-02-01\nseed = 1\n[shocks.s]\nper_year = 1\n";
    let folder = folder_with(&[("...toml", small.as_bytes())]);
    let here = folder.path();
    let arguments = ["-n", "64", "--format", "csv", "-q"];
    done(here, &[&["run", "...toml"], &arguments[..]].concat());
    assert!(here.join("output/scenario/manifest.json").exists());
    // A manifest from a stranger.
    for shard in ["1/2", "2/2"] {
        done(
            here,
            &["run", "...toml", "-n", "128", "--format", "csv", "-q", "--shard", shard, "-o", &shard[..1]],
        );
        let manifest = here.join(&shard[..1]).join("manifest.json");
        let changed =
            fs::read_to_string(&manifest).unwrap().replace("\"stem\": \"..\"", "\"stem\": \"../../up\"");
        assert!(changed.contains("../../up"));
        fs::write(&manifest, changed).unwrap();
    }
    done(here, &["merge", "1", "2", "-q"]);
    assert!(!here.parent().unwrap().join("up").exists());
    refused(here, &["merge", "1", "2", "-q", "-o", "1"], &["is a shard itself"]);
}
