//! How many mutants the tests notice, and whether every one they do not is accounted for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Failure;
use crate::campaign::{self, Outcome};
use crate::mutant::deed;
use crate::tree::Tree;

/// Why some survivors may: a reason a paragraph, its mutants by file and deed below it.
const SURVIVORS: &str = "survivors.txt";

#[derive(Clone, Copy, Default)]
struct Count {
    listed: usize,
    /// Those that do not compile, as cargo-mutants would find, too.
    unviable: usize,
    /// Changes to constants, which are known before the program runs.
    constant: usize,
    caught: usize,
    timed_out: usize,
    survived: usize,
    untried: usize,
}

/// Prints the counts, and the survivors that no reason is given for.
pub fn report(tree: &mut Tree) -> Result<(), Failure> {
    tree.recall()?;
    let outcomes = campaign::outcomes(&tree.root.with_file_name("outcomes.jsonl"))?;
    let mut counts = crate::FOLDERS.map(|folder| (folder, Count::default()));
    let mut survivors: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (mutant, left_out) in tree.mutants.iter().zip(&tree.left_out) {
        let folder = counts.iter_mut().find(|(folder, _)| mutant.file.starts_with(folder));
        let Some((_, count)) = folder else { continue };
        count.listed += 1;
        match (left_out, outcomes.get(&mutant.name)) {
            (Some(why), _) if why.contains("E0015") => count.constant += 1,
            (Some(_), _) => count.unviable += 1,
            (_, None) => count.untried += 1,
            (_, Some(Outcome::Caught(_))) => count.caught += 1,
            (_, Some(Outcome::TimedOut(_))) => count.timed_out += 1,
            (_, Some(Outcome::Missed(_) | Outcome::Unseen)) => {
                count.survived += 1;
                survivors.entry(deed(&mutant.name)).or_default().push(&mutant.name);
            }
        }
    }
    println!("{:12} mutants unviable constants caught timeouts survived untried  noticed", "");
    let mut all = Count::default();
    for (folder, count) in &counts {
        row(folder, count);
        all = sum(&all, count);
    }
    row("all", &all);
    if all.untried > 0 {
        let (low, high) = wilson(all.caught + all.timed_out, all.caught + all.timed_out + all.survived);
        println!("those tried are a random sample: 95 % interval {low:.1} to {high:.1} %");
    }
    compare(&mut survivors)
}

/// Wilson's interval of a share, in percent.
fn wilson(some: usize, all: usize) -> (f64, f64) {
    let (n, z) = (all.max(1) as f64, 1.96);
    let p = some as f64 / n;
    let (centre, scale) = (p + z * z / (2.0 * n), 1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (100.0 * (centre - half) / scale, 100.0 * (centre + half) / scale)
}

fn row(name: &str, count: &Count) {
    let noticed = count.caught + count.timed_out;
    let share = 100.0 * noticed as f64 / (noticed + count.survived).max(1) as f64;
    println!(
        "{name:12} {:7} {:8} {:9} {:6} {:8} {:8} {:7} {share:7.1}%",
        count.listed,
        count.unviable,
        count.constant,
        count.caught,
        count.timed_out,
        count.survived,
        count.untried,
    );
}

fn sum(a: &Count, b: &Count) -> Count {
    Count {
        listed: a.listed + b.listed,
        unviable: a.unviable + b.unviable,
        constant: a.constant + b.constant,
        caught: a.caught + b.caught,
        timed_out: a.timed_out + b.timed_out,
        survived: a.survived + b.survived,
        untried: a.untried + b.untried,
    }
}

/// Takes the survivors that have a reason from those found, and prints the rest.
fn compare(survivors: &mut BTreeMap<String, Vec<&str>>) -> Result<(), Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(SURVIVORS);
    let known = fs::read_to_string(path)?;
    for line in known.lines().filter(|line| line.starts_with("src/")) {
        if survivors.remove(line).is_none() {
            println!("no survivor: {line}");
        }
    }
    for names in survivors.values() {
        names.iter().for_each(|name| println!("no reason: {name}"));
    }
    Ok(())
}
