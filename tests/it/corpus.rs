//! The texts that fuzzing kept, each of which went where no other did, through what the fuzzer does with them: none
//! panics, and all come to an end.

#[path = "../fuzz/bodies.rs"]
mod bodies;

use std::fs;
use std::path::{Path, PathBuf};

const FOLDER: &str = "tests/fuzz/corpus";

/// Texts of a target, a JSON string a line, the shortest first. `DRAWDOWN_CORPUS=unpack` lays them out for the fuzzer, a
/// file each; `DRAWDOWN_CORPUS=pack` keeps what is laid out there.
fn corpus(target: &str) -> Vec<String> {
    let (packed, folder) =
        (Path::new(FOLDER).join(format!("{target}.jsonl")), Path::new(FOLDER).join(target));
    match std::env::var("DRAWDOWN_CORPUS").as_deref() {
        Ok("pack") => pack(&packed, &folder),
        Ok("unpack") => unpack(&packed, &folder),
        _ => read(&packed),
    }
}

fn read(packed: &PathBuf) -> Vec<String> {
    let lines = fs::read_to_string(packed).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn pack(packed: &PathBuf, folder: &PathBuf) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    // The fuzzer hands on as much as is UTF-8.
    let valid = |bytes: Vec<u8>| bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid()).to_owned();
    let mut texts: Vec<String> = files.map(valid).collect();
    texts.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    texts.dedup();
    let lines: String = texts.iter().map(|text| serde_json::to_string(text).unwrap() + "\n").collect();
    fs::write(packed, lines).unwrap();
    texts
}

fn unpack(packed: &PathBuf, folder: &PathBuf) -> Vec<String> {
    fs::create_dir_all(folder).unwrap();
    let texts = read(packed);
    for (number, text) in texts.iter().enumerate() {
        fs::write(folder.join(number.to_string()), text).unwrap();
    }
    texts
}

/// Does what a target does with every text.
#[track_caller]
fn replayed(target: &str, body: fn(&str)) {
    let texts = corpus(target);
    assert!(texts.len() > 50, "only {} texts for {target}", texts.len());
    for text in &texts {
        body(text);
    }
}

#[test]
fn expressions() {
    replayed("expression", bodies::expression);
}

#[test]
fn documents() {
    replayed("document", bodies::document);
}

#[test]
fn overlays() {
    replayed("overlay", bodies::overlay);
}

#[test]
fn runs() {
    replayed("run", bodies::run);
}

#[test]
fn what_is_told_of_runs() {
    replayed("run", bodies::told);
}

#[test]
fn everything_has_every_process_and_is_right() {
    let everything = drawdown::Scenario::open("tests/fuzz/everything.toml").unwrap();
    let model = everything.compile().unwrap_or_else(|found| panic!("{found}"));
    assert!(model.warnings.list.is_empty(), "{}", model.warnings);
    let text = fs::read_to_string("tests/fuzz/everything.toml").unwrap();
    // Every key that the language knows stands in it.
    let reference = fs::read_to_string("scenarios/REFERENCE.md").unwrap();
    let (_, tables) = reference.split_once("\n## Tables").unwrap();
    let (tables, _) = tables.split_once("\n## Quantities").unwrap();
    let keys =
        tables.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" = ")).map(|(key, _)| key);
    let missing: Vec<&str> = keys
        .filter(|key| {
            ["{} = ", "[{}.", "[{}]", "{}."].iter().all(|form| !text.contains(&form.replace("{}", key)))
        })
        .collect();
    assert_eq!(missing, ["points"], "tests/fuzz/everything.toml lacks keys");
}
