//! `drawdown assumptions` and `drawdown explain`: what numbers rest on and do, and what depends on what.

use std::fs;

use drawdown::export::ledger;
use drawdown::study::causes::Sign;
use drawdown::study::{Causes, Watch};
use drawdown::{Model, Scenario};

use crate::common::{compile, drawdown, folder_with, scenario};

/// Two stocks whose ends are known: one is what `strong` says, the other nothing but chance.
const BODY: &str = r#"
    [sources.paper]
    title = "A paper"
    date  = 2023-05-01
    [parameters]
    idle    = { uniform = [0, 1], source = "judgement" }
    strong  = { uniform = [0, 1], source = "paper", confidence = "high", note = "a | b", basis = "=cells" }
    bare    = { uniform = [-1, 1] }
    fixed   = { value = 4, source = "derived: two and two" }
    [stocks.herd]
    initial = 100
    volatility = 0.5
    min = 0
    [indicators.level]
    label = "Level"
    value = "10 * strong - 0.2 * bare"
    amber = 5
    red   = 9
    [indicators.noise]
    label = "Noise"
    value = "herd"
    amber = 150
    red   = 200
    [indicators.still]
    label = "Still"
    value = "fixed"
    amber = 5
    red   = 9
"#;

fn model() -> Model {
    compile(&scenario("end = 2024-12-31\nreplicates = 400", BODY))
}

fn watch(model: &Model) -> Watch<'_> {
    Watch::new(model).replicates(400).jobs(2)
}

#[test]
fn assumptions_that_matter_are_told_from_those_that_do_not() {
    let model = model();
    let influence = watch(&model).start().unwrap();
    let place = |path: &str| model.drawn.iter().position(|drawn| drawn.path == path).unwrap();
    let correlation = |indicator: usize, path: &str| {
        influence.indicators[indicator].correlations.as_ref().map(|all| all[place(path)])
    };
    // Bonferroni for three: the normal quantile 2.394 over √399.
    assert!((influence.critical - 0.1199).abs() < 1e-4, "{}", influence.critical);
    assert!(correlation(0, "parameters.strong").unwrap() > 0.99);
    for path in ["parameters.idle", "parameters.strong", "parameters.bare"] {
        assert!(correlation(1, path).unwrap().abs() < influence.critical, "{path} seems to move noise");
    }
    assert_eq!(correlation(2, "parameters.strong"), None, "what never varies depends on nothing");
    assert!(influence.indicators[0].chance.unwrap().share < 0.01);
    assert!(influence.indicators[1].chance.unwrap().share > 0.97);
    let two = watch(&model).jobs(1).start().unwrap();
    assert_eq!(ledger::text(&two), ledger::text(&influence), "threads change nothing");
}

#[test]
fn the_ledger_lists_what_rests_on_nothing_first_and_cuts_no_word_short_in_a_memo() {
    let model = model();
    let influence = watch(&model).start().unwrap();
    let text = ledger::text(&influence);
    let lines: Vec<&str> = text.lines().collect();
    let at =
        |word: &str| lines.iter().position(|line| line.starts_with(word)).unwrap_or_else(|| panic!("{text}"));
    assert!(
        at("parameters.bare") < at("parameters.strong") && at("parameters.strong") < at("parameters.idle")
    );
    assert!(lines[at("parameters.bare")].contains("NO SOURCE"), "{text}");
    assert!(
        lines[at("parameters.strong")].contains("high")
            && lines[at("parameters.strong")].ends_with("+1.00 level")
    );
    assert!(text.contains("    note: a | b\n") && text.contains("    counts: =cells\n"), "{text}");
    assert!(text.contains("The same in every history: still."), "{text}");
    let memo = ledger::markdown(&influence);
    assert!(memo.contains("a \\| b"), "{memo}");
    let mut bytes = Vec::new();
    ledger::csv(&influence, &mut bytes).unwrap();
    let mut table = csv::Reader::from_reader(bytes.as_slice());
    let header = table.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), model.ledger.len());
    let cell = |row: usize, name: &str| {
        let place = header.iter().position(|column| column == name).unwrap_or_else(|| panic!("{name}"));
        rows[row][place].to_owned()
    };
    let strong = rows.iter().position(|row| &row[0] == "parameters.strong").unwrap();
    assert_eq!(cell(strong, "source_title"), "A paper");
    assert_eq!((cell(strong, "confidence"), cell(strong, "basis")), ("high".into(), "'=cells".into()));
    assert!(cell(strong, "rank.level").parse::<f64>().unwrap() > 0.99);
    assert_eq!(cell(strong, "rank.noise"), "", "noise is not shown");
    assert_eq!(cell(0, "path"), "parameters.bare");
}

#[test]
fn few_histories_tell_nothing_of_what_matters() {
    let model = model();
    let influence = watch(&model).replicates(20).start().unwrap();
    let text = ledger::text(&influence);
    assert!(text.contains("What matters is not told: 20 histories, of which 30 are the least"), "{text}");
    assert!(!text.contains("+1.00"), "{text}");
}

#[test]
fn the_commands_print_data_and_write_files_whole_or_not_at_all() {
    let text = format!("schema = 1\nstart = 2024-01-01\nend = 2024-12-31\nseed = 1\n{BODY}");
    let folder = folder_with(&[("s.toml", text.as_bytes())]);
    let said = |arguments: &[&str]| {
        let output = drawdown(folder.path(), arguments);
        let [out, error] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code(), out, error)
    };
    let (code, out, error) = said(&["assumptions", "s.toml", "-n", "100", "--format", "csv"]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert!(out.starts_with("path,value,source,"), "{out}");
    let (code, nothing, error) =
        said(&["assumptions", "s.toml", "-n", "100", "--format", "csv", "-o", "ledger.csv"]);
    assert_eq!((code, nothing.as_str(), error.as_str()), (Some(0), "", ""));
    assert_eq!(fs::read_to_string(folder.path().join("ledger.csv")).unwrap(), out);
    let (code, _, error) = said(&["assumptions", "s.toml", "--set", "parameters.idle=x", "-o", "ledger.csv"]);
    assert_eq!(code, Some(2), "{error}");
    assert_eq!(fs::read_to_string(folder.path().join("ledger.csv")).unwrap(), out, "it is as it was");
    let (code, out, error) = said(&["explain", "s.toml", "--of", "levle"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(error.contains("there is no signal `levle`; did you mean `level`?"), "{error}");
    let (code, out, _) = said(&["explain", "s.toml", "--of", "level"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("level, indicator: Level\n├ − bare (parameter)\n└ + strong (parameter)\n"), "{out}");
    let (code, out, _) = said(&["explain", "s.toml", "--format", "dot", "--parameters"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("\"strong\" -> \"level\" [label=\"+\""), "{out}");
    let (code, _, error) = said(&["explain", "s.toml", "-o", "."]);
    assert_eq!(code, Some(2));
    assert!(error.contains("cannot write .: it is a folder"), "{error}");
}

/// The shipped theatre: what anyone would say of it before running it.
#[test]
fn the_theatre_is_explained_as_its_author_meant_it() {
    let model = compile(&Scenario::open("scenarios/iraq-syria.toml").unwrap());
    let causes = Causes::of(&model, 1);
    let sign = |from: &str, to: &str| {
        let (from, to) = (causes.find(from).unwrap(), causes.find(to).unwrap());
        causes.arrows.iter().find(|arrow| (arrow.from, arrow.to) == (from, to)).map(|arrow| arrow.sign)
    };
    for (from, to, expected) in [
        ("al_asad", "iraq", Sign::Raises),
        ("coalition_ends", "al_asad", Sign::Lowers),
        ("killed_90", "casualties", Sign::Raises),
        ("pressure", "daesh", Sign::Lowers),
        ("daesh", "daesh_doubled", Sign::Raises),
        ("reversal", "drawdown_reversed", Sign::Raises),
        ("iraq", "iraq_below_500", Sign::Lowers),
        ("repatriation", "detainees", Sign::Lowers),
    ] {
        assert_eq!(sign(from, to), Some(expected), "{from} → {to}");
    }
    let text = drawdown::export::causes::text(&causes);
    assert!(text.contains("\ncoalition_ends (phase, Coalition mission ends)\n"), "{text}");
    let backwards = causes.arrows.iter().filter(|arrow| arrow.from > arrow.to).count();
    assert!(
        backwards * 10 < causes.arrows.len(),
        "{backwards} of {} arrows go backwards",
        causes.arrows.len()
    );
    let view = drawdown::export::causes::View::default();
    let svg = drawdown::export::causes::svg(&causes, view);
    let picture = resvg::usvg::roxmltree::Document::parse(&svg).unwrap();
    let count = |name: &str| picture.descendants().filter(|node| node.has_tag_name(name)).count();
    // An arrow is a line and a head; the key has four lines.
    let dot = drawdown::export::causes::dot(&causes, view);
    assert_eq!(count("path"), 4 + 2 * dot.matches(" -> ").count());
    assert_eq!(count("g"), dot.matches("[tooltip=").count());
}
