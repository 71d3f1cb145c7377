//! The floors of the house: imports run downwards, and some floors touch nothing of the world outside.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up.
const FLOORS: [&str; 9] = ["calendar", "lang", "vm", "model", "results", "run", "study", "export", "cli"];
/// Floors that neither read nor write, ask for no time, start no process and print nothing.
const PURE: [&str; 5] = ["calendar", "vm", "model", "results", "study"];
const OUTSIDE: [&str; 8] =
    ["std::fs", "std::io", "std::env", "std::net", "std::process", "std::time", "println!", "print!"];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Every source file with the floor it stands on and its text without comments; the crate's root has none.
fn sources() -> Vec<(PathBuf, usize, String)> {
    let root = Path::new("src");
    let rust = files(root).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let placed = rust.filter_map(|path| {
        let first = path.strip_prefix(root).unwrap().components().next().unwrap();
        let name = first.as_os_str().to_str().unwrap().trim_end_matches(".rs");
        if ["lib", "main"].contains(&name) {
            return None;
        }
        let floor = FLOORS.iter().position(|floor| *floor == name);
        let floor = floor.unwrap_or_else(|| panic!("{} stands on no floor", path.display()));
        let text = fs::read_to_string(&path).unwrap();
        let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap()).collect();
        Some((path, floor, code.join("\n")))
    });
    placed.collect()
}

/// The names that follow `crate::` in a text.
fn imported(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

/// How many modules above its file the farthest `super::` of a text reaches.
fn climbed(code: &str) -> usize {
    let mut most = 0;
    for (at, _) in code.match_indices("super::") {
        let steps = code[at..].split("super::").skip(1).position(|rest| !rest.is_empty());
        most = most.max(steps.map_or(1, |steps| steps + 1));
    }
    most
}

#[test]
fn imports_run_downwards() {
    let mut seen = 0;
    for (path, floor, code) in sources() {
        for name in imported(&code) {
            let used = FLOORS.iter().position(|floor| *floor == name);
            let used = used.unwrap_or_else(|| panic!("{}: crate::{name} is on no floor", path.display()));
            assert!(used <= floor, "{}: {} uses {name}", path.display(), FLOORS[floor]);
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} imports were looked at");
}

#[test]
fn no_import_leaves_its_floor_by_super() {
    for (path, _, code) in sources() {
        // `a/b.rs` is two modules deep, `a/mod.rs` one; a module inside a file, such as its tests, is one more.
        let depth = path.components().count() - 1 - usize::from(path.ends_with("mod.rs"));
        let inner = usize::from(code.contains("\nmod tests {") || code.contains("\n    use super::"));
        assert!(climbed(&code) < depth + inner, "{} climbs out of its floor", path.display());
    }
}

#[test]
fn the_engine_touches_nothing_outside() {
    for (path, floor, code) in sources().into_iter().filter(|(_, floor, _)| PURE.contains(&FLOORS[*floor])) {
        for what in OUTSIDE {
            assert!(!code.contains(what), "{}: {} uses {what}", path.display(), FLOORS[floor]);
        }
    }
}

#[test]
fn files_can_be_read_at_a_sitting() {
    for path in files(Path::new("src")) {
        let lines = fs::read_to_string(&path).map_or(0, |text| text.lines().count());
        assert!(lines <= 500, "{}: {lines} lines", path.display());
    }
}
