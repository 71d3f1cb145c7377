//! The report of every shipped scenario in a real browser: `report.test.mjs` says what is looked at.
//!
//! It needs Node.js and Chromium; `cargo xtask test` finds them, or says how they are installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

/// Enough for every figure to have something in it, and every number an error.
const REPLICATES: &str = "200";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The theatres, and the schedules of one of them.
fn shipped() -> Vec<PathBuf> {
    let in_folder = |folder: &str| fs::read_dir(root().join(folder)).unwrap();
    let files = ["scenarios", "scenarios/iraq-syria"].into_iter().flat_map(in_folder);
    let files = files.map(|file| file.unwrap().path());
    let mut scenarios: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    scenarios.sort();
    assert!(scenarios.len() > 10, "{scenarios:?}");
    scenarios
}

fn simulate(scenario: &Path, reports: &Path) -> ExitStatus {
    let mut run = Command::new(env!("CARGO_BIN_EXE_drawdown"));
    run.arg("run").arg(scenario).args(["-n", REPLICATES, "--format", "csv", "--report", "-q", "-o"]);
    run.arg(reports.join(scenario.file_stem().unwrap())).status().unwrap()
}

#[test]
#[ignore = "needs Node.js and a browser; `cargo xtask test` runs it"]
fn every_report_does_what_it_must_in_a_browser() {
    let chrome = std::env::var_os("CHROME").expect("CHROME names no browser; `cargo xtask test` finds one");
    let reports = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    if reports.exists() {
        fs::remove_dir_all(&reports).unwrap();
    }
    fs::create_dir_all(&reports).unwrap();
    for scenario in shipped() {
        let status = simulate(&scenario, &reports);
        assert!(status.success(), "{}: {status}", scenario.display());
    }
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"]).arg(root().join("tests/browser/report.test.mjs"));
    let status = node.env("REPORTS", &reports).env("CHROME", chrome).status().unwrap();
    assert!(status.success(), "what failed stands above; the reports are in {}", reports.display());
}
