//! Each mutant against the tests that can tell it from the program, the quickest first, until one fails.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::tests::{self, End, Test};
use crate::tree::{Program, Tree};

/// What became of a mutant.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub enum Outcome {
    /// A test failed.
    Caught(String),
    /// Tests took far longer than they do.
    TimedOut(String),
    /// The tests passed that were tried, in so many seconds or less.
    Missed(f64),
    /// No test reaches it, or none gets another value from it.
    Unseen,
}

/// Which mutants are tried, and on which tests.
pub struct Choice {
    pub only: Option<String>,
    /// Mutants whose number is the first, modulo the second.
    pub shard: (u64, u64),
    /// Seconds that the tests of a mutant may take.
    pub spend: f64,
}

/// The first tests of a mutant take together no more than this, in seconds; the next four times as much.
const FIRST_BATCH: f64 = 0.1;

pub fn run(tree: &Tree, programs: &[Program], watched: &[Test], choice: &Choice) -> Result<(), Failure> {
    let path = tree.root.with_file_name("outcomes.jsonl");
    let known = outcomes(&path)?;
    let mut file = File::options().append(true).create(true).open(&path)?;
    let mut seeing: Vec<Vec<&Test>> = vec![Vec::new(); tree.mutants.len()];
    for test in watched.iter().filter(|test| test.passes) {
        test.sees.iter().for_each(|mutant| seeing[*mutant].push(test));
    }
    // How many mutants of a file a test caught.
    let mut kills: BTreeMap<(String, String), f64> = BTreeMap::new();
    let caught = |kills: &mut BTreeMap<_, _>, mutant: &str, by: &str| {
        let file = mutant.split(':').next().unwrap_or_default();
        *kills.entry((file.to_owned(), by.to_owned())).or_insert(0.0) += 1.0;
    };
    for (mutant, outcome) in &known {
        if let Outcome::Caught(by) = outcome {
            caught(&mut kills, mutant, by);
        }
    }
    let chosen = chosen(tree, choice);
    for (done, &mutant) in chosen.iter().enumerate() {
        let name = tree.mutants[mutant].name.as_str();
        let from = match known.get(name) {
            Some(Outcome::Caught(_) | Outcome::TimedOut(_)) => continue,
            Some(Outcome::Missed(spent)) => *spent,
            Some(Outcome::Unseen) | None => 0.0,
        };
        let of_file = |test: &Test| {
            let key = (tree.mutants[mutant].file.clone(), test.name.clone());
            kills.get(&key).copied().unwrap_or(0.0)
        };
        let fresh = seeing[mutant].iter().copied().filter(|test| test.new || from < choice.spend);
        let tests = queue(fresh, of_file, choice.spend);
        if tests.is_empty() && known.contains_key(name) {
            continue;
        }
        let outcome = if seeing[mutant].is_empty() {
            Outcome::Unseen
        } else {
            try_one(tree, programs, mutant, &tests)?.unwrap_or(Outcome::Missed(choice.spend.max(from)))
        };
        if let Outcome::Caught(by) = &outcome {
            caught(&mut kills, name, by);
        }
        writeln!(file, "{}", serde_json::to_string(&(name, &outcome))?)?;
        println!("{}/{} {name}: {outcome:?}", done + 1, chosen.len());
    }
    tests::be(&tree.root, "")
}

/// What is quick, looks at little else, and caught others of the file is likely to catch it soon.
fn queue<'t>(
    tests: impl Iterator<Item = &'t Test>,
    kills: impl Fn(&Test) -> f64,
    spend: f64,
) -> Vec<&'t Test> {
    let cost = |test: &Test| test.seconds * test.sees.len() as f64 / (1.0 + kills(test));
    let mut tests: Vec<(f64, &Test)> = tests.map(|test| (cost(test), test)).collect();
    tests.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut spent = 0.0;
    tests.retain(|(_, test)| {
        let fits = spent + test.seconds <= spend;
        spent += if fits { test.seconds } else { 0.0 };
        fits
    });
    tests.into_iter().map(|(_, test)| test).collect()
}

/// In an order that is none, so that those tried first are a sample of all.
fn chosen(tree: &Tree, choice: &Choice) -> Vec<usize> {
    let order = |mutant: &usize| {
        let mut hasher = DefaultHasher::new();
        tree.mutants[*mutant].name.hash(&mut hasher);
        hasher.finish()
    };
    let wanted = |mutant: &usize| {
        let name = &tree.mutants[*mutant].name;
        tree.left_out[*mutant].is_none()
            && choice.only.as_ref().is_none_or(|only| name.contains(only))
            && order(mutant) % choice.shard.1 == choice.shard.0
    };
    let mut chosen: Vec<usize> = (0..tree.mutants.len()).filter(wanted).collect();
    chosen.sort_by_key(order);
    chosen
}

fn try_one(
    tree: &Tree,
    programs: &[Program],
    mutant: usize,
    tests: &[&Test],
) -> Result<Option<Outcome>, Failure> {
    tests::be(&tree.root, &mutant.to_string())?;
    let (mut rest, mut budget) = (tests, FIRST_BATCH);
    while !rest.is_empty() {
        let mut sum = 0.0;
        let fits = |test: &&&Test| {
            sum += test.seconds;
            sum <= budget
        };
        let (batch, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        for (program, file) in programs {
            let of_program = || batch.iter().filter(|test| test.program == *program);
            let names: Vec<&str> = of_program().map(|test| test.name.as_str()).collect();
            if names.is_empty() {
                continue;
            }
            let limit = tests::limit(of_program().map(|test| test.seconds).sum());
            match tests::run(&tree.root, file, &names, limit)? {
                End::Passed => {}
                End::Failed(test) => return Ok(Some(Outcome::Caught(test))),
                End::TimedOut => return Ok(Some(Outcome::TimedOut(names.join(" ")))),
            }
        }
        (rest, budget) = (later, 4.0 * budget);
    }
    Ok(None)
}

/// What earlier campaigns found; of several lines on a mutant the last holds.
pub fn outcomes(path: &Path) -> Result<BTreeMap<String, Outcome>, Failure> {
    let Ok(text) = fs::read_to_string(path) else { return Ok(BTreeMap::new()) };
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}
