//! The report of a run: one page that agrees with the tables beside it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use drawdown::results::format::{digits, percent};
use drawdown::results::{Estimate, Interval};

use crate::common::{drawdown, folder_with};

/// A page is mailed, and opened on a phone.
const LARGEST: usize = 3_000_000;

fn shipped() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/iraq-syria.toml")
}

/// Runs a command that must do; gives what it says.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = drawdown(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What is read off each figure: its data in the page.
fn readings(page: &str) -> BTreeMap<String, serde_json::Value> {
    let figures = page.split("<figure id=\"figure-").skip(1);
    let data = figures.filter_map(|figure| {
        let (name, _) = figure.split_once('"')?;
        let (_, data) = figure.split_once("<script type=\"application/json\">")?;
        let (json, _) = data.split_once("</script>")?;
        Some((name.to_owned(), serde_json::from_str(json).unwrap()))
    });
    data.collect()
}

/// A column of texts of a figure, by the names of its group and its series.
fn column<'a>(readings: &'a serde_json::Value, group: &str, series: &str) -> Vec<&'a str> {
    let all = |of: &'a serde_json::Value, key: &str| of[key].as_array().unwrap();
    let group = all(readings, "groups").iter().find(|found| found["title"] == group).unwrap();
    let series = all(group, "series").iter().find(|found| found["name"] == series).unwrap();
    all(series, "values").iter().map(|value| value.as_str().unwrap()).collect()
}

/// Rows of a table as `(key, estimate)`: the key is the columns named, joined by spaces.
fn estimates(path: &Path, key: &[&str], value: [&str; 3]) -> BTreeMap<String, Estimate> {
    let mut table = csv::Reader::from_path(path).unwrap();
    let header = table.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let keys: Vec<usize> = key.iter().map(|name| place(name)).collect();
    let [value, low, high] = value.map(place);
    let rows = table.records().map(Result::unwrap).map(|row| {
        let number = |at: usize| row[at].parse::<f64>().ok();
        let interval = number(low).zip(number(high)).map(|(low, high)| Interval { low, high });
        let key: Vec<&str> = keys.iter().map(|at| &row[*at]).collect();
        (key.join(" "), Estimate { value: number(value).unwrap(), interval, n: 640 })
    });
    rows.collect()
}

/// A day as the tables write it.
fn iso(date: &str) -> String {
    let [day, month, year] = date.split(' ').collect::<Vec<_>>()[..] else { panic!("{date}") };
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    format!("{year}-{:02}-{day:0>2}", MONTHS.find(month).unwrap() / 3 + 1)
}

fn dates(readings: &serde_json::Value) -> Vec<String> {
    readings["dates"].as_array().unwrap().iter().map(|date| iso(date.as_str().unwrap())).collect()
}

#[test]
fn the_shipped_theatres_report_is_small_needs_nothing_and_says_what_the_tables_say() {
    let folder = folder_with(&[]);
    let scenario = shipped();
    let run =
        ["run", scenario.to_str().unwrap(), "-n", "640", "--format", "csv", "--report", "-q", "-o", "out"];
    done(folder.path(), &run);
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.len() < LARGEST, "{} bytes", page.len());
    // The namespace of SVG is a name; links wait to be followed; the rest is the scenario's own text.
    let addresses = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "").replace("href=\"https://", "");
    for loads in ["src=\"", "src='", "@import", "url(http", "<iframe", "<object", "<embed", "<form"] {
        assert!(!addresses.contains(loads), "{loads}");
    }
    let readings = readings(&page);
    troops_are_those_of_the_summary(&readings["troops"], &folder.path().join("out/summary.csv"));
    risks_are_those_of_the_thresholds(&readings, &folder.path().join("out/thresholds.csv"));
    for (name, figure) in &readings {
        let all = dates(figure).len();
        for panel in figure["panels"].as_array().unwrap() {
            assert_eq!(panel["at"].as_array().unwrap().len(), all, "{name}");
        }
    }
    // Behind every figure stands its table with the same numbers.
    // The map's dates are four, and stand above it.
    assert!(!readings.contains_key("map"));
    assert_eq!(page.matches("<figure id=").count(), readings.len() + 1);
    assert_eq!(page.matches("<summary>The numbers: ").count(), readings.len() + 1);
}

fn troops_are_those_of_the_summary(troops: &serde_json::Value, summary: &Path) {
    let found = estimates(summary, &["signal", "date", "statistic"], ["value", "lo95", "hi95"]);
    let mut compared = 0;
    for (label, signal) in [("Iraq", "iraq.troops"), ("Syria", "syria.troops")] {
        for (series, statistic) in
            [("5 %", "q05"), ("25 %", "q25"), ("median", "q50"), ("75 %", "q75"), ("95 %", "q95")]
        {
            for (date, told) in dates(troops).iter().zip(column(troops, label, series)) {
                let of = |statistic: &str| found[&format!("{signal} {date} {statistic}")];
                let error = |estimate: Estimate| estimate.error().unwrap_or(0.0);
                let coarsest = error(of(statistic)).max(error(of("q50")));
                assert_eq!(told, digits(of(statistic).value, Some(coarsest)), "{signal} {date} {statistic}");
                compared += 1;
            }
        }
    }
    assert!(compared > 1000, "{compared}");
}

fn risks_are_those_of_the_thresholds(readings: &BTreeMap<String, serde_json::Value>, thresholds: &Path) {
    let names = ["probability_now", "probability_now_lo95", "probability_now_hi95"];
    let found = estimates(thresholds, &["indicator", "level", "date"], names);
    let mut compared = 0;
    for (name, figure) in readings {
        let Some(indicator) = name.strip_prefix("indicator-") else { continue };
        for (series, level) in [("amber or red", "amber"), ("red", "red")] {
            for (date, told) in dates(figure).iter().zip(column(figure, "", series)) {
                assert_eq!(told, percent(&found[&format!("{indicator} {level} {date}")]), "{name} {date}");
                compared += 1;
            }
        }
    }
    let risks = &readings["risks"];
    let any = column(risks, "Share of histories in which it is red", "At least one of them");
    for (date, told) in dates(risks).iter().zip(any) {
        assert_eq!(told, percent(&found[&format!("any red {date}")]), "{date}");
    }
    assert!(compared > 1000, "{compared}");
}

const SMALL: &str = "
schema = 1
name = \"A small <withdrawal>\"
start = 2024-01-01
end = 2024-03-31
replicates = 300
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
moves.out = { from = \"base\", to = \"home\", troops = \"all\" }
[milestones.gone]
when = \"t.troops == 0\"
by = 2024-02-29
";

#[test]
fn a_report_is_made_of_saved_results_and_goes_with_them() {
    let folder = folder_with(&[("small.toml", SMALL.as_bytes())]);
    let read = |name: &str| fs::read_to_string(folder.path().join("output/small").join(name)).unwrap();
    done(folder.path(), &["run", "small.toml", "-q", "--report"]);
    let at_once = read("report.html");
    done(folder.path(), &["run", "small.toml", "-q"]);
    let exists = || folder.path().join("output/small/report.html").exists();
    assert!(!exists(), "a run without a report leaves no report of another run");

    let command = "--set, --report";
    assert!(!at_once.contains(command));
    let summary = read("summary.csv");
    assert_eq!(done(folder.path(), &["report", "output/small"]), "output/small/report.html\n");
    let later = read("report.html");
    // They differ in the command that the manifest tells, and in nothing else.
    let without_command = |page: &str| page.replace(" --report</dd>", "</dd>");
    assert_eq!(without_command(&later), without_command(&at_once));
    assert_eq!(read("summary.csv"), summary, "the rest stays");
    assert!(read("manifest.json").contains("\"report.html\""));
    assert!(later.contains("<title>A small &lt;withdrawal&gt;</title>"));
    assert!(later.contains("<code>phases.leaving.end_slip_days</code>"), "it drives the date");
    done(folder.path(), &["report", "-q", "output/small"]);
    assert_eq!(read("report.html"), later);

    done(folder.path(), &["run", "small.toml", "-q", "--format", "svg"]);
    assert!(!exists(), "the next run replaces all of it");
    done(folder.path(), &["report", "-q", "output/small"]);
    assert!(read("report.html").contains("run again with --format csv"), "without replicates.csv");
}

#[test]
fn a_folder_without_results_is_left_as_it_is() {
    let folder = folder_with(&[("notes.txt", b"mine"), ("report.html", b"mine, too")]);
    for (name, words) in [(".", "drawdown run FILE -o ."), ("nowhere", "nowhere holds no results of a run")] {
        let output = drawdown(folder.path(), &["report", name]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
    assert!(!folder.path().join("nowhere").exists());
    assert_eq!(fs::read_to_string(folder.path().join("report.html")).unwrap(), "mine, too");
}
