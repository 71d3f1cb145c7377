//! Every bad scenario in `tests/cases` gives the messages that are written at its end.

use std::fs;
use std::path::{Path, PathBuf};

use drawdown::Scenario;

const FOLDER: &str = "tests/cases";
/// What begins each line of the messages that a case expects.
const MARK: &str = "#| ";
/// Fewer cases than this, and some have been lost.
const FEWEST: usize = 150;

#[test]
fn every_bad_scenario_says_what_is_wrong_with_it() {
    let cases = cases();
    assert!(cases.len() >= FEWEST, "only {} cases in {FOLDER}", cases.len());
    let bless = std::env::var_os("DRAWDOWN_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in cases {
        let text = fs::read_to_string(&case).unwrap();
        let (scenario, expected) = split(&text);
        let said = said_of(&case);
        if bless && expected != said {
            fs::write(&case, format!("{scenario}{}", marked(&said))).unwrap();
        } else if said.is_empty() {
            wrong.push(format!("{}: no mistake is found in it", case.display()));
        } else if expected != said {
            wrong.push(format!("{}\n{}", case.display(), difference(&expected, &said)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases differ; DRAWDOWN_BLESS=1 cargo test errors\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

fn cases() -> Vec<PathBuf> {
    let files = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
    files.sort();
    files
}

/// A case's scenario, and the messages it expects.
fn split(text: &str) -> (&str, String) {
    let at = text.find(MARK.trim_end()).unwrap_or(text.len());
    let lines = text[at..].lines().map(|line| line.strip_prefix(MARK).unwrap_or(""));
    (&text[..at], lines.collect::<Vec<_>>().join("\n"))
}

fn marked(said: &str) -> String {
    said.lines().map(|line| format!("{MARK}{line}").trim_end().to_owned() + "\n").collect()
}

/// What the author is told: all errors, or the warnings where there is none.
fn said_of(case: &Path) -> String {
    let compiled = Scenario::open(case).and_then(|scenario| scenario.compile());
    let found = compiled.map_or_else(|errors| errors, |model| model.warnings);
    let rendered = found.render(false);
    rendered.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Lines that only one of the two has.
fn difference(expected: &str, said: &str) -> String {
    let only = |these: &str, those: &str, sign: char| -> Vec<String> {
        let others: Vec<&str> = those.lines().collect();
        these.lines().filter(|line| !others.contains(line)).map(|line| format!("{sign} {line}")).collect()
    };
    [only(expected, said, '-'), only(said, expected, '+')].concat().join("\n")
}
