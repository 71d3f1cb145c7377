//! Pictures as they were looked at and found good: every figure of a made-up withdrawal, and those the README shows.
//!
//! `DRAWDOWN_BLESS=1 cargo test --test it golden` keeps what is drawn now. Look at the pictures before committing them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{drawdown, folder_with};
use crate::picture::Picture;

/// A picture of ours is so many pixels of the drawn one, each way: small, and little moved by how edges are smoothed.
const SHRUNK: u32 = 3;

/// Where results land, and the command that draws them: each kind of figure, and each look of it.
const DRAWN: [(&str, &str); 8] = [
    ("run", "run leaving.toml -q --format csv,png -o run"),
    ("run", "chart run --figure troops,risks --theme dark --format png"),
    ("run", "chart run --signal militia,west_leaves.done --format png"),
    (
        "sweep",
        "sweep leaving.toml --vary phases.east_leaves.shift_days=0..180/7 -n 100 -q --format png -o sweep",
    ),
    (
        "grid",
        "sweep leaving.toml --vary phases.east_leaves.shift_days=0..180/4 --vary parameters.anger=0.5,1,2 -n 64 -q \
         --format png -o grid",
    ),
    ("compare", "compare leaving.toml later.toml -n 200 -q --format png -o compare"),
    (
        "sensitivity",
        "sensitivity leaving.toml --of date.under_500 --of peak.pressure -n 1024 -q --format png -o sensitivity",
    ),
    ("hindcast", "hindcast leaving.toml --observed observed.csv -n 400 -q --format png -o hindcast"),
];

/// What the README shows of its first command.
const SHOWN: [&str; 2] = ["risks", "troops"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn is_blessed() -> bool {
    std::env::var_os("DRAWDOWN_BLESS").is_some()
}

/// Runs a command in a folder.
fn draw(folder: &Path, words: &str) {
    let arguments: Vec<&str> = words.split_whitespace().collect();
    let output = drawdown(folder, &arguments);
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The pictures in a folder by their names; none where there is no such folder.
fn pictures(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().file_name());
    files.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".png")).collect()
}

/// Where what was drawn is put to be looked at, when it is not what it was.
fn to_look_at(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden").join(kind)
}

/// What differs from the picture that is kept, in words; `None` if nothing that can be seen does.
fn difference(kind: &str, name: &str, drawn: &Picture, kept: &Path) -> Option<String> {
    let Ok(bytes) = fs::read(kept) else {
        return Some(format!("{kind}/{name} is new: there is no {}", kept.display()));
    };
    let expected = Picture::decode(&bytes);
    // Pictures that are kept as drawn are compared as small as the others.
    let expected = if expected.width > drawn.width { expected.shrunk(SHRUNK) } else { expected };
    let words = drawn.differs_from(&expected)?;
    let folder = to_look_at(kind);
    fs::create_dir_all(&folder).unwrap();
    let beside = folder.join(name);
    fs::write(&beside, drawn.encode()).unwrap();
    let marked = beside.with_extension("difference.png");
    fs::write(&marked, drawn.marked(&expected).encode()).unwrap();
    Some(format!("{kind}/{name}: {words}\n  drawn {}\n  where {}", beside.display(), marked.display()))
}

#[test]
fn golden_every_figure_looks_as_it_did() {
    let golden = root().join("tests/golden");
    let read = |name: &str| fs::read(golden.join(name)).unwrap();
    let given = ["leaving.toml", "later.toml", "observed.csv"].map(|name| (name, read(name)));
    let folder = folder_with(&given.each_ref().map(|(name, bytes)| (*name, bytes.as_slice())));
    DRAWN.iter().for_each(|(_, words)| draw(folder.path(), words));
    let kinds: BTreeSet<&str> = DRAWN.iter().map(|(kind, _)| *kind).collect();
    let mut differ = Vec::new();
    for kind in kinds {
        let (charts, kept) = (folder.path().join(kind).join("charts"), golden.join(kind));
        let (drawn, known) = (pictures(&charts), pictures(&kept));
        assert!(!drawn.is_empty(), "{kind} draws nothing");
        for name in &drawn {
            let picture = Picture::decode(&fs::read(charts.join(name)).unwrap()).shrunk(SHRUNK);
            if let Some(words) = difference(kind, name, &picture, &kept.join(name)) {
                differ.push(words);
                if is_blessed() {
                    fs::create_dir_all(&kept).unwrap();
                    fs::write(kept.join(name), picture.encode()).unwrap();
                }
            }
        }
        for name in known.difference(&drawn) {
            differ.push(format!("{kind}/{name} is drawn no more"));
            if is_blessed() {
                fs::remove_file(kept.join(name)).unwrap();
            }
        }
    }
    told(&differ);
}

#[test]
fn golden_pictures_of_the_readme_are_those_its_first_command_draws() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let first = readme.lines().find_map(|line| line.strip_prefix("cargo run --release -- ")).unwrap();
    assert!(first.starts_with("run "), "the README's first command is {first}");
    let scenario = root().join(first.split_whitespace().nth(1).unwrap());
    let folder = folder_with(&[]);
    draw(folder.path(), &format!("run {} --format png -q -o out", scenario.display()));
    let mut differ = Vec::new();
    for name in SHOWN.map(|name| format!("{name}.png")) {
        let bytes = fs::read(folder.path().join("out/charts").join(&name)).unwrap();
        let kept = root().join("scenarios/pictures").join(&name);
        let picture = Picture::decode(&bytes).shrunk(SHRUNK);
        if let Some(words) = difference("readme", &name, &picture, &kept) {
            differ.push(words);
            if is_blessed() {
                fs::write(&kept, &bytes).unwrap();
            }
        }
    }
    told(&differ);
}

fn told(differ: &[String]) {
    if is_blessed() {
        return;
    }
    assert!(
        differ.is_empty(),
        "{} pictures are not what they were. If they should not be: DRAWDOWN_BLESS=1 cargo test --test it golden\n\n{}",
        differ.len(),
        differ.join("\n")
    );
}
