//! The reference of the language says what the language is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use drawdown::{Run, Scenario};

use crate::common::{compile, folder_with};
use drawdown::model::reference::{SIGNALS, TABLES, markdown};
use drawdown::model::signals::Kind;
use drawdown::model::{Parts, Summarised};

const PAGE: &str = "scenarios/REFERENCE.md";

#[test]
fn reference_page_is_what_the_tables_say() {
    if std::env::var_os("DRAWDOWN_BLESS").is_some() {
        fs::write(PAGE, markdown()).unwrap();
    }
    let page = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(page == markdown(), "{PAGE} is out of date: DRAWDOWN_BLESS=1 cargo test reference");
}

#[test]
fn reference_example_runs() {
    let page = markdown();
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let model = compile(&Scenario::parse("example.toml", example).unwrap_or_else(|e| panic!("{e}")));
    let results = Run::new(&model).replicates(64).start().unwrap();
    // All at once at first, then the 20 who stay.
    assert_eq!(results.signal("sahel.troops").unwrap().on("2025-12-31").unwrap().q(0.5), 20.0);
}

#[test]
fn the_variant_in_the_readme_is_one_of_the_shipped_theatre() {
    let readme = fs::read_to_string("README.md").unwrap();
    let variant = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let base = fs::read("scenarios/iraq-syria.toml").unwrap();
    let folder = folder_with(&[("my-plan.toml", variant.as_bytes()), ("iraq-syria.toml", &base)]);
    let model =
        compile(&Scenario::open(folder.path().join("my-plan.toml")).unwrap_or_else(|e| panic!("{e}")));
    assert!(model.warnings.list.is_empty(), "{}", model.warnings);
    let results = Run::new(&model).replicates(64).start().unwrap();
    assert_eq!(results.signal("al_asad.us").unwrap().on("2024-07-23").unwrap().q(0.5), 600.0);
}

#[test]
fn reference_has_every_table_of_keys() {
    fn count(folder: &Path) -> usize {
        let each = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let in_one = |path: std::path::PathBuf| match path.is_dir() {
            true => count(&path),
            false => fs::read_to_string(&path).unwrap_or_default().matches("KEYS: &[Key]").count(),
        };
        each.map(in_one).sum()
    }
    assert_eq!(count(Path::new("src/model")), TABLES.len());
}

/// The theatre has every kind of process: its signals and the families must match both ways.
#[test]
fn reference_knows_every_signal_and_its_kind() {
    let model = Scenario::open("scenarios/iraq-syria.toml").unwrap().compile().unwrap();
    let mut seen = BTreeSet::new();
    for signal in &model.all_signals {
        let family = family(&model.parts, signal);
        let Some(known) = SIGNALS.iter().find(|known| known.name == family) else {
            panic!("{} is a {family}, which the reference does not know", signal.name);
        };
        let kind = match signal.kind {
            Kind::Flag | Kind::Event => "flag",
            Kind::Level => "level",
            Kind::Count => "count",
        };
        if !known.kind.is_empty() {
            assert_eq!(known.kind, kind, "{}", signal.name);
            assert!(known.unit == signal.unit || known.unit == "its `unit`", "{}", signal.name);
        }
        seen.insert(known.name);
    }
    let unseen: Vec<&str> = SIGNALS.iter().map(|known| known.name).filter(|n| !seen.contains(n)).collect();
    assert_eq!(unseen, [""; 0], "no such signal");
}

/// A signal's name with ids replaced by what they are ids of.
fn family(parts: &Parts, signal: &Summarised) -> String {
    let posture = &parts.posture;
    let place = |id: &str| match id {
        _ if posture.sites.iter().any(|s| s.id == id) => "SITE",
        _ if posture.theatres.iter().any(|t| t.id == id) => "THEATRE",
        _ if posture.contingents.iter().any(|c| c.id == id) => "CONTINGENT",
        _ => "",
    };
    let process = |id: &str| match id {
        "troops" => "troops",
        "home" => "home",
        _ if posture.phases.iter().any(|p| p.id == id) => "PHASE",
        _ if parts.chains.iter().any(|c| c.id == id) => "CHAIN",
        _ if parts.attacks.iter().any(|a| a.id == id) => "ATTACKS",
        _ if parts.stocks.iter().any(|s| s.id == id) => "STOCK",
        _ if parts.shocks.iter().any(|s| s.id == id) => "SHOCK",
        _ if parts.indicators.iter().any(|i| i.id == id) => "INDICATOR",
        _ if signal.once => "PARAMETER",
        _ => "VARIABLE",
    };
    let mut words = signal.name.split('.');
    let first = words.next().unwrap_or_default();
    let mut family = vec![if place(first).is_empty() { process(first) } else { place(first) }.to_owned()];
    for word in words {
        let known = place(word);
        family.push(match family[0].as_str() {
            "CHAIN" if word != "days" => "STATE".to_owned(),
            _ if known.is_empty() => word.to_owned(),
            _ => known.to_owned(),
        });
    }
    family.join(".")
}
