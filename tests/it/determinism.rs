//! The same bytes whatever the threads, the instructions and the company a replicate runs in.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use drawdown::export::{self, csv};
use drawdown::model::record::{Record, lanes};
use drawdown::model::step::Workspace;
use drawdown::results::{Legend, Results, Tally};
use drawdown::vm::isa::Isa;
use drawdown::{Model, Run, Scenario};

use crate::common::{Histories, compile, folder_with, scenario};

const THEATRE: &str = "scenarios/iraq-syria.toml";

/// The last date that a milestone of the theatre asks about.
const END: &str = "2025-09-30";

/// The shipped theatre, which has every kind of process, to a nearer end.
fn theatre(step: &str) -> Scenario {
    let scenario =
        Scenario::open(THEATRE).and_then(|s| s.with("end", END)).and_then(|s| s.with("step", step));
    scenario.unwrap_or_else(|e| panic!("{e}"))
}

/// Every file of a folder of results.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let (path, name) = entry.map(|e| (e.path(), e.file_name().into_string().unwrap())).unwrap();
        match path.is_dir() {
            true => found.extend(files(&path).into_iter().map(|(n, b)| (format!("{name}/{n}"), b))),
            false => found.extend([(name, fs::read(&path).unwrap())]),
        }
    }
    found
}

fn tables(results: &Results) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    export::csv(results, folder.path()).unwrap();
    files(folder.path())
}

/// Every table that a run can write.
fn written(
    model: &Model,
    paths: &[&str],
    adjust: impl for<'r> FnOnce(Run<'r>) -> Run<'r>,
) -> BTreeMap<String, Vec<u8>> {
    let legend = Run::new(model).paths(paths.iter().copied()).legend().unwrap();
    let mut replicates = csv::Replicates::new(&legend, Vec::new()).unwrap();
    let mut histories = csv::Paths::new(&legend, Vec::new()).unwrap();
    let mut each = |legend: &Legend, record: &Record| {
        replicates.write(legend, record).unwrap();
        histories.write(legend, record).unwrap();
    };
    let run = adjust(Run::new(model)).paths(paths.iter().copied()).each(&mut each);
    let mut found = tables(&run.start().unwrap());
    found.insert("replicates.csv".to_owned(), replicates.finish().unwrap());
    found.insert("paths.csv".to_owned(), histories.finish().unwrap());
    found
}

#[track_caller]
fn same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in one {
        assert!(bytes == &other[name], "{name} differs");
    }
}

fn text<'a>(files: &'a BTreeMap<String, Vec<u8>>, name: &str) -> &'a str {
    std::str::from_utf8(&files[name]).unwrap()
}

#[test]
fn every_file_is_the_same_on_any_number_of_threads_and_with_any_instructions() {
    let model = compile(&theatre("1 day"));
    let paths = ["troops", "daesh", "militia_attacks.*", "politics.*"];
    let base = written(&model, &paths, |run| run.replicates(200).jobs(1).isa(Isa::BASELINE));
    same(&base, &written(&model, &paths, |run| run.replicates(200).jobs(8).isa(Isa::BASELINE)));
    for isa in Isa::all() {
        same(&base, &written(&model, &paths, |run| run.replicates(200).jobs(2).isa(isa)));
    }
    let other = written(&model, &paths, |run| run.replicates(200).seed(1));
    assert!(base["summary.csv"] != other["summary.csv"], "the seed makes no difference");
}

#[test]
fn one_to_sixteen_threads_give_the_same_bytes() {
    let text =
        "[parameters]\nrate = { uniform = [2, 8] }\n[shocks.war]\nper_year = \"rate\"\nlasts_days = 20\n";
    // More blocks than threads, the last of them not full.
    let model = compile(&scenario("end = 2024-12-31\nreplicates = 1300", text));
    let base = written(&model, &["war"], |run| run.jobs(1));
    for jobs in 2..=16 {
        same(&base, &written(&model, &["war"], |run| run.jobs(jobs)));
    }
}

#[test]
fn failed_replicates_are_the_same_on_any_number_of_threads() {
    let text = "[stocks.s]\ninitial = 1\nvolatility = 2\n[variables]\nlog = \"ln(s + 1)\"\n";
    let model = compile(&scenario("end = 2024-12-31\nreplicates = 500", text));
    let base = written(&model, &["s"], |run| run.jobs(1).isa(Isa::BASELINE));
    let failures = self::text(&base, "failures.csv").lines().count() - 1;
    assert!((50..450).contains(&failures), "{failures} of 500 failed");
    same(&base, &written(&model, &["s"], |run| run.jobs(8)));
}

#[test]
fn blocks_merge_in_any_order_to_the_bytes_of_one_run() {
    let model = compile(&theatre("1 week"));
    let legend = Run::new(&model).legend().unwrap();
    let whole = Run::new(&model).replicates(300).jobs(1).start().unwrap();
    let block = |first: u64| {
        let wanted = (0..64).filter(|lane| first + lane < 300).fold(0, |mask, lane| mask | 1 << lane);
        let mut tally = Tally::new(&legend);
        tally.add(&legend, Workspace::new(&model, whole.seed, Isa::BASELINE, &[]).run(first, wanted));
        tally
    };
    let merged = |shards: &[&[u64]]| {
        let mut all = Tally::new(&legend);
        for shard in shards {
            let mut tally = Tally::new(&legend);
            shard.iter().for_each(|number| tally.merge(block(64 * number)));
            all.merge(tally);
        }
        tables(&Results::new(legend.clone(), all, whole.seed))
    };
    let truth = tables(&whole);
    same(&truth, &merged(&[&[0, 1, 2, 3, 4]]));
    same(&truth, &merged(&[&[4, 2], &[3], &[1, 0]]));
    same(&truth, &merged(&[&[], &[0], &[4, 3, 2, 1]]));
}

#[test]
fn more_replicates_leave_the_first_ones_as_they_are() {
    let model = compile(&theatre("1 week"));
    let paths = ["troops", "daesh", "militia_attacks.attacks"];
    let run = |n: u64| written(&model, &paths, |run| run.replicates(n));
    let most = run(192);
    for n in [64, 100, 128, 170] {
        let fewer = run(n);
        for file in ["replicates.csv", "paths.csv"] {
            assert!(text(&most, file).starts_with(text(&fewer, file)), "{file} of {n}");
        }
        assert_eq!(text(&fewer, "replicates.csv").lines().count() as u64, n + 1);
    }
}

#[test]
fn what_has_nothing_to_do_with_the_others_leaves_their_histories_as_they_are() {
    let follow = |model: &Model| Histories::follow(model, &["*"], |run| run.replicates(64));
    let alone = follow(&compile(&theatre("1 week")));
    // Ids that sort before, among and after those of the theatre.
    let strangers = r#"
        step = "1 week"
        [contingents.nobody]
        [parameters]
        aaa = { uniform = [0, 1] }
        zzz = { normal = { mean = 0, sd = 1 } }
        [shocks.earthquake]
        per_year = 3
        lasts_days = { uniform = [1, 9] }
        size = { uniform = [5, 8] }
        [states.moon]
        initial = "dark"
        rates = { dark.full = 20, full.dark = 20 }
        [stocks.pigeons]
        initial = 100
        volatility = 0.5
        min = 0
        [attacks.crows]
        per_month = 9
        at = ["iraq"]
        killed = { mean = 0.1 }
        [variables]
        murmur = "sum(crows.attacks, 10) * aaa + zzz * pigeons"
    "#;
    let base = fs::canonicalize(THEATRE).unwrap();
    let variant = format!("extends = {base:?}\nend = {END}\n{strangers}");
    let folder = folder_with(&[("variant.toml", variant.as_bytes())]);
    let company =
        Scenario::open_anywhere(folder.path().join("variant.toml")).unwrap_or_else(|e| panic!("{e}"));
    let company = follow(&compile(&company));
    let strangers = ["moon.dark", "crows.attacks", "pigeons", "earthquake", "murmur", "iraq.nobody"];
    assert!(strangers.iter().all(|name| company.names.iter().any(|n| n == name)));
    assert!(company.of("crows.attacks").iter().flatten().sum::<f64>() > 1000.0, "the strangers are idle");
    for name in &alone.names {
        assert!(alone.of(name) == company.of(name), "{name} differs");
    }
}

/// What was drawn once a replicate: by path, in the order of replicates.
fn drawn(model: &Model) -> BTreeMap<String, Vec<f64>> {
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut each = |_: &Legend, record: &Record| {
        for (drawn, row) in model.drawn.iter().zip(&record.drawn) {
            let values = found.entry(drawn.path.clone()).or_default();
            values.extend(lanes(record.alive).map(|lane| row[lane]));
        }
    };
    Run::new(model).replicates(64).each(&mut each).start().unwrap();
    found
}

#[test]
fn a_variant_shares_every_draw_with_its_base() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("variant.toml");
    let path = fs::canonicalize(THEATRE).unwrap();
    let changes = "end = 2025-09-30\nstep = \"1 week\"\n[phases.first_leave]\nshift_days = 60\n\
                   [parameters]\nturkish_rate = 0.2\nanother = { uniform = [0, 1] }\n";
    fs::write(&file, format!("extends = {:?}\n{changes}", path.to_str().unwrap())).unwrap();
    let variant = compile(&Scenario::open_anywhere(&file).unwrap_or_else(|e| panic!("{e}")));
    let base = compile(&theatre("1 week"));
    let (of_base, of_variant) = (drawn(&base), drawn(&variant));
    assert!(of_base.len() > 50 && of_variant.contains_key("parameters.another"));
    for (path, values) in &of_base {
        assert!(values.windows(2).any(|w| w[0] != w[1]), "{path} is always the same");
        match path.as_str() {
            "parameters.turkish_rate" => assert!(!of_variant.contains_key(path), "it is a number now"),
            _ => assert_eq!(values, &of_variant[path], "{path}"),
        }
    }
    let troops =
        |model| Histories::follow(model, &["iraq.troops"], |run| run.replicates(64)).of("iraq.troops");
    assert!(troops(&base) != troops(&variant), "the variant changes nothing");
}

#[test]
fn a_replicate_alone_is_what_it_is_among_all() {
    let model = compile(&theatre("1 week"));
    let all = Histories::follow(&model, &["*"], |run| run.replicates(130));
    assert_eq!(all.replicates(), 130);
    for k in [1, 64, 65, 130] {
        let one = Histories::follow(&model, &["*"], |run| run.replicates(130).only(k));
        assert_eq!(one.replicates(), 1);
        for name in &all.names {
            assert!(all.of(name)[k as usize - 1] == one.of(name)[0], "{name} of replicate {k}");
        }
    }
}

/// The files that the program writes.
fn program(arguments: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut command = Command::new(env!("CARGO_BIN_EXE_drawdown"));
    command.args(["run", THEATRE, "--quiet", "--set", "end=2025-09-30", "--output"]).arg(&out);
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    files(&out)
}

/// The lines of a table that belong to a replicate, and the header.
fn lines_of<'a>(files: &'a BTreeMap<String, Vec<u8>>, name: &str, replicate: u64) -> Vec<&'a str> {
    let (header, lines) = text(files, name).split_once('\n').unwrap();
    let start = format!("{replicate},");
    [header].into_iter().chain(lines.lines().filter(|line| line.starts_with(&start))).collect()
}

#[test]
fn the_program_replays_a_replicate_and_does_not_mind_threads() {
    let paths = "troops,daesh,*.attacks,politics.*";
    let one_thread = program(&["-n", "150", "-j", "1", "--format", "csv,svg", "--paths", paths]);
    let mut many_threads = program(&["-n", "150", "-j", "8", "--format", "csv,svg", "--paths", paths]);
    // The command line is all that may differ.
    let manifest = |files: &BTreeMap<String, Vec<u8>>| {
        let mut manifest: serde_json::Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        let command = manifest["command"].take();
        assert!(command.as_str().unwrap().contains("-j"), "{command}");
        manifest
    };
    assert_eq!(manifest(&one_thread), manifest(&many_threads));
    many_threads.insert("manifest.json".to_owned(), one_thread["manifest.json"].clone());
    same(&one_thread, &many_threads);
    for name in ["charts/troops.svg", "summary.csv", "sites.csv", "milestones.csv", "thresholds.csv"] {
        assert!(one_thread.keys().any(|file| file == name), "no {name}");
    }
    let alone = program(&["--replicate", "77", "--format", "csv", "--paths", paths]);
    for name in ["replicates.csv", "paths.csv"] {
        let (one, all) = (lines_of(&alone, name, 77), lines_of(&one_thread, name, 77));
        assert!(one.len() > 1 && one == all, "{name}");
        assert_eq!(one.len(), text(&alone, name).lines().count(), "{name} holds nothing else");
    }
}

/// Hashes of every table, for a change of the numbers is a decision and no accident.
const NUMBERS: &str = "tests/golden/numbers.txt";

#[test]
fn the_shipped_scenarios_give_the_numbers_that_are_committed() {
    let mut found = String::new();
    for scenario in
        [THEATRE, "scenarios/afghanistan-2021.toml", "scenarios/iraq-2009.toml", "benches/reference.toml"]
    {
        let weekly = Scenario::open(scenario).and_then(|s| s.with("step", "1 week"));
        let weekly = weekly.and_then(|s| s.with("report_every", "4 weeks")).unwrap_or_else(|e| panic!("{e}"));
        let tables = written(&compile(&weekly), &["troops"], |run| run.replicates(128).seed(1));
        for (name, bytes) in tables.iter().filter(|(name, _)| name.ends_with(".csv")) {
            found.push_str(&format!("{} {scenario} {name}\n", export::manifest::sha256(bytes)));
        }
    }
    if std::env::var_os("DRAWDOWN_BLESS").is_some() {
        fs::write(NUMBERS, &found).unwrap();
    }
    let committed = fs::read_to_string(NUMBERS).unwrap();
    let differing: Vec<&str> =
        found.lines().filter(|line| !committed.lines().any(|known| known == *line)).collect();
    assert!(
        differing.is_empty() && committed.lines().count() == found.lines().count(),
        "other numbers: if that is meant, DRAWDOWN_BLESS=1 cargo test numbers_that_are_committed\n{}",
        differing.join("\n")
    );
}
