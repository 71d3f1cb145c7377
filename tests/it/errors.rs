//! Every bad scenario in `tests/cases` gives the messages that are written at its end.

use std::fs;
use std::path::{Path, PathBuf};

use drawdown::Scenario;

use crate::common::{drawdown, folder_with};

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
        if said.is_empty() {
            wrong.push(format!("{}: no mistake is found in it", case.display()));
        } else if bless && expected != said {
            fs::write(&case, format!("{scenario}{}", marked(&said))).unwrap();
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

/// What a refused command says: nothing on stdout, exit status 2, and no new file.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let before = fs::read_dir(folder).unwrap().count();
    let output = drawdown(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?} wrote to stdout");
    assert_eq!(fs::read_dir(folder).unwrap().count(), before, "{arguments:?} left something behind");
    said
}

const GOOD: &str = "schema = 1\nstart = 2024-01-01\nend = 2024-12-31\n[shocks.war]\nper_year = 0.5\n";

#[test]
fn a_bad_scenario_writes_nothing_and_exits_2() {
    let bad = GOOD.replace("per_year", "per_yaer");
    let folder = folder_with(&[("bad.toml", bad.as_bytes())]);
    for arguments in [&["check", "bad.toml"][..], &["run", "bad.toml", "-n", "5"], &["run", "bad.toml", "-q"]]
    {
        let said = refused(folder.path(), arguments);
        assert!(said.contains("bad.toml:5:1") && said.contains("did you mean `per_year`?"), "{said}");
        assert!(said.contains("1 error in the scenario"), "{said}");
    }
}

#[test]
fn what_is_no_scenario_is_refused_in_words() {
    let big = vec![b'#'; (8 << 20) + 1];
    let folder = folder_with(&[("latin.toml", b"name = \"caf\xe9\"\n"), ("big.toml", &big)]);
    for (file, why) in [
        ("missing.toml", "cannot read missing.toml: there is no such file"),
        (".", "cannot read .: it is a folder"),
        ("latin.toml", "cannot read latin.toml: it is not UTF-8 text"),
        ("big.toml", "cannot read big.toml: it is larger than 8 MiB"),
    ] {
        let said = refused(folder.path(), &["check", file]);
        assert!(said.starts_with(&format!("error: {why}")), "{said}");
    }
}

#[test]
fn a_mistake_in_a_set_value_points_at_the_option() {
    let folder = folder_with(&[("good.toml", GOOD.as_bytes())]);
    for (set, place, message) in [
        ("shocks.war.per_yaer=1", "--set shocks.war.per_yaer", "shocks.war has no key `per_yaer`"),
        ("shocks.war.per_year=1 +", "--set shocks.war.per_year", "the expression ends too early"),
        ("shocks.war.per_year=[1", "--set shocks.war.per_year", "`[` means nothing here"),
        ("end=2023-01-01", "--set end", "the scenario ends before it starts"),
        ("shocks..x=1", "--set shocks..x", "`shocks..x` is not a path to a value"),
    ] {
        let said = refused(folder.path(), &["check", "good.toml", "--set", set]);
        assert!(said.contains(message) && said.contains(&format!("--> {place}:1:")), "{said}");
    }
    let said = refused(folder.path(), &["check", "good.toml", "--set", "no value"]);
    assert!(said.contains("write PATH=VALUE"), "{said}");
}

#[test]
fn a_text_cannot_extend_a_file_and_a_chain_of_files_has_an_end() {
    let found = Scenario::parse("text.toml", "extends = \"base.toml\"\n").unwrap_err();
    assert!(found.to_string().contains("a text that is no file cannot extend one"), "{found}");
    let names: Vec<String> = (0..=17).map(|i| format!("{i}.toml")).collect();
    let texts: Vec<String> = (1..=18).map(|i| format!("extends = \"{i}.toml\"\n")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().zip(&texts).map(|(n, t)| (&**n, t.as_bytes())).collect();
    let said = refused(folder_with(&files).path(), &["check", "0.toml"]);
    assert!(said.contains("more than 16 files extend one another"), "{said}");
}

/// A scenario with one variable more, and what is said of it.
fn with_variable(expression: &str) -> String {
    let text = format!("{GOOD}[variables]\nx = \"{expression}\"\n");
    Scenario::parse("x.toml", &text)
        .and_then(|s| s.compile())
        .map_or_else(|found| found.to_string(), |_| String::new())
}

#[test]
fn no_text_is_too_nasty() {
    let deep = |open: &str, close: &str, n: usize| open.repeat(n) + "1" + &close.repeat(n);
    for (expression, message) in [
        (deep("(", ")", 100_000), "words and symbols"),
        (deep("-", "", 3000), "nested more than 100 deep"),
        (deep("1 ^ ", "", 1900), "nested more than 100 deep"),
        (deep("1 + ", "", 10_000), "words and symbols"),
        (deep("1 + ", "", 1900), ""),
        ("1e999".to_owned(), "`1e999` is not a number"),
        ("years \u{feff} 2".to_owned(), "means nothing here"),
    ] {
        let said = with_variable(&expression);
        assert!(said.contains(message) && said.is_empty() == message.is_empty(), "{said}");
    }
    for text in
        [deep("a = [", "]", 10_000), "a.".repeat(10_000) + "a = 1", "\u{0}".to_owned(), "\u{feff}".to_owned()]
    {
        assert!(Scenario::parse("nasty.toml", &text).and_then(|s| s.compile()).is_err());
    }
}

#[test]
fn variables_may_read_one_another_in_a_long_row_but_not_an_endless_one() {
    let compiled = |links: usize| {
        let chain: String = (0..links).map(|i| format!("v{i} = \"v{} + 1\"\n", i + 1)).collect();
        let text = format!("{GOOD}[variables]\n{chain}v{links} = 1\n");
        Scenario::parse("chain.toml", &text).and_then(|s| s.compile()).map_err(|found| found.to_string())
    };
    assert!(compiled(200).is_ok());
    let said = compiled(20_000).unwrap_err();
    assert!(said.contains("too many expressions read one another in a row"), "{said}");
}

/// Each variable reads the next twice: looked at once each, they take no time.
#[test]
fn variables_that_fan_out_are_looked_at_once() {
    let fan: String = (0..60).map(|i| format!("v{i} = \"v{n} + v{n}\"\n", n = i + 1)).collect();
    let stock = "[stocks.s]\ninitial = 1\njump = \"v0\"\n";
    let text = format!("{GOOD}{stock}[variables]\n{fan}v60 = \"war.started\"\n");
    assert!(Scenario::parse("fan.toml", &text).unwrap().compile().is_ok());
}

#[test]
fn a_chain_has_at_most_255_states() {
    let rates: String = (0..256).map(|i| format!("s{i}.s{} = 1\n", i + 1)).collect();
    let text = format!("{GOOD}[states.long]\ninitial = \"s0\"\n[states.long.rates]\n{rates}");
    let said = Scenario::parse("long.toml", &text).unwrap().compile().unwrap_err().to_string();
    assert!(said.contains("error: a chain has at most 255 states\n --> long.toml:6:9"), "{said}");
}

#[test]
fn lines_that_end_in_the_windows_way_are_underlined_alike() {
    let bad = GOOD.replace("0.5", "\"2 * yaers\"");
    let said = |text: &str| Scenario::parse("x.toml", text).unwrap().compile().unwrap_err().to_string();
    assert_eq!(said(&bad), said(&bad.replace('\n', "\r\n")).replace('\r', ""));
}

#[test]
fn more_than_a_machine_can_hold_is_refused_in_a_moment() {
    let header = "schema = 1\nstart = 2024-01-01\nend = 2024-02-01\n";
    let list = |n: usize, each: &dyn Fn(usize) -> String| (0..n).map(each).collect::<String>();
    let crossed = list(150, &|i| format!("[contingents.c{i}]\n[sites.s{i}]\ntheatre = \"t\"\n"));
    for (body, reason) in [
        (
            format!("[variables]\n{}", list(2001, &|i| format!("v{i} = \"years\"\n"))),
            "2001 entities and parameters",
        ),
        (format!("[theatres.t]\n{crossed}"), "signals are too many: at most 20000"),
        (
            format!("[milestones]\n{}", list(1900, &|i| format!("m{i}.when = \"years > 1\"\n")))
                .replace("[milestones]", "[milestones]\n"),
            "1900 milestones, phases and sites are too many",
        ),
    ] {
        let header = if body.starts_with("[milestones]") {
            header.replace("2024-02-01", "2060-01-01")
        } else {
            header.into()
        };
        let text = format!("{header}signals = []\n{body}");
        let found = Scenario::parse("large.toml", &text).unwrap().compile().unwrap_err().to_string();
        assert!(found.contains(reason), "{found}\nwithout {reason}");
    }
}
