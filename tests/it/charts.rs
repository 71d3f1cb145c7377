//! Drawing again from what a run left.

use std::fs;
use std::path::Path;

use crate::common::{drawdown, folder_with};

const LEAVING: &str = "
schema = 1
start = 2024-01-01
end = 2024-03-31
replicates = 200
seed = 5
[contingents.us]
[theatres.t]
[sites.base]
theatre = \"t\"
troops = { us = 1000 }
[phases.leaving]
start = 2024-01-15
end = 2024-02-29
end_slip_days = { uniform = [0, 60] }
moves.out = { from = \"base\", to = \"home\" }
[attacks.raids]
at = [\"t\"]
per_month = 5
[indicators.pressure]
value = \"sum(raids.attacks, 30)\"
amber = 6
red = 9
[milestones.gone]
when = \"t.troops == 0\"
";

/// Runs the program; returns its status and what it said on each stream.
fn said(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = drawdown(folder, arguments);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn charts(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("out/charts")).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_figure_drawn_again_is_the_one_that_the_run_drew() {
    let folder = folder_with(&[("leaving.toml", LEAVING.as_bytes())]);
    let path = folder.path();
    assert_eq!(said(path, &["run", "leaving.toml", "-q", "-o", "out"]).0, Some(0));
    let of_the_run: Vec<(String, Vec<u8>)> = charts(path)
        .into_iter()
        .map(|name| (name.clone(), fs::read(path.join("out/charts").join(name)).unwrap()))
        .collect();
    assert_eq!(of_the_run.len(), 2 * 7, "{:?}", charts(path));
    let (status, written, errors) = said(path, &["chart", "out"]);
    assert_eq!((status, written.lines().count(), errors.as_str()), (Some(0), 14, ""));
    for (name, bytes) in &of_the_run {
        assert!(fs::read(path.join("out/charts").join(name)).unwrap() == *bytes, "{name} differs");
    }
}

#[test]
fn further_figures_join_the_results_and_go_with_them() {
    let folder = folder_with(&[("leaving.toml", LEAVING.as_bytes())]);
    let path = folder.path();
    said(path, &["run", "leaving.toml", "-q", "-o", "out", "--format", "csv"]);
    let more =
        ["chart", "out", "--figure", "tro*", "--signal", "base.troops,leaving.done", "--format", "svg,png"];
    let (status, written, errors) = said(path, &[&more[..], &["--theme", "dark", "--width", "480"]].concat());
    assert_eq!((status, errors.as_str()), (Some(0), ""));
    let stems = ["signal-base.troops-dark", "signal-leaving.done-dark", "troops-dark"];
    let expected: Vec<String> = stems.iter().flat_map(|s| [format!("{s}.png"), format!("{s}.svg")]).collect();
    assert_eq!(charts(path), expected);
    assert_eq!(written.lines().count(), 6, "{written}");
    // The width of a PNG stands in its header, big-endian.
    let png = fs::read(path.join("out/charts/troops-dark.png")).unwrap();
    assert_eq!(png[16..20], 480_u32.to_be_bytes());
    let manifest = fs::read_to_string(path.join("out/manifest.json")).unwrap();
    assert!(manifest.contains("charts/troops-dark.svg") && manifest.contains("summary.csv"), "{manifest}");
    // The next run replaces the folder whole.
    said(path, &["run", "leaving.toml", "-q", "-o", "out", "--format", "csv"]);
    assert!(!path.join("out/charts").exists() && path.join("out/summary.csv").exists());
}

#[test]
fn what_cannot_be_drawn_is_told_and_changes_nothing() {
    let folder = folder_with(&[("leaving.toml", LEAVING.as_bytes())]);
    let path = folder.path();
    let (status, _, errors) = said(path, &["chart", "out"]);
    assert_eq!(status, Some(2));
    assert!(errors.contains("out holds no results of a run") && errors.contains("drawdown run"), "{errors}");
    assert!(!path.join("out").exists());
    said(path, &["run", "leaving.toml", "-q", "-o", "out", "--format", "csv"]);
    for (option, wrong, right) in [
        ("--figure", "trops", "did you mean `troops`?"),
        ("--signal", "base.trops", "did you mean `base.troops`?"),
    ] {
        let (status, _, errors) = said(path, &["chart", "out", option, wrong]);
        assert!(status == Some(2) && errors.contains(right), "{errors}");
    }
    assert!(!path.join("out/charts").exists());
    fs::write(path.join("out/results.drawdown"), "drawdown results, format 2\nnonsense").unwrap();
    let (status, _, errors) = said(path, &["chart", "out"]);
    assert!(status == Some(2) && errors.contains("is damaged"), "{errors}");
}
