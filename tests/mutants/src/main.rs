//! Mutation testing: would the tests notice if a line did something else?
//!
//! cargo-mutants says which changes there are. It builds the program once for each; here all of them are put into one
//! copy, each behind a question asked while the program runs (*mutant schemata*; Untch, Offutt and Harrold, ISSTA 1993),
//! and that is built once. Every test is watched once, for the mutants that would give another value somewhere in it;
//! then each mutant meets those tests alone.

mod campaign;
mod mutant;
mod report;
mod schema;
mod sites;
mod tests;
mod tree;

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use campaign::Choice;
use tree::Tree;

type Failure = Box<dyn Error>;

/// What is mutated.
const FOLDERS: [&str; 4] = ["src/vm", "src/model", "src/run", "src/results"];
const USAGE: &str = "cargo run -p mutants -- run [--only TEXT] [--except TEXT]… [--shard K/N] [--spend SECONDS] [--watch TEXT]\n\
    cargo run -p mutants -- report\n\n\
    run     tries each mutant not yet caught; goes on where it was interrupted\n\
    report  counts them and compares the survivors with survivors.txt\n\n\
    --only    mutants whose name has this in it: a file, a function\n\
    --except  leaves files as they are whose path has this in it; as often as there are such\n\
    --shard   every N-th, from the K-th (0 to N - 1), of all in random order\n\
    --spend   seconds of tests for each mutant (600), those first that caught others of its file\n\
    --watch   watches tests again whose name has this in it, as after a change to them; new ones always are";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &[String]) -> Result<(), Failure> {
    let (command, options) = arguments.split_first().ok_or(USAGE)?;
    let all =
        |name: &'static str| options.windows(2).filter(move |pair| pair[0] == name).map(|pair| &pair[1]);
    let option = |name| all(name).next();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).ok_or("no project")?;
    let scratch = project.join("target/mutants");
    let patterns = FOLDERS.map(|folder| format!("{folder}/**"));
    let mut mutants = mutant::list(project, &patterns.each_ref().map(String::as_str))?;
    mutants.retain(|mutant| !all("--except").any(|part| mutant.file.contains(part)));
    let mut tree = Tree::new(project, scratch.join("tree"), mutants)?;
    match command.as_str() {
        "run" => {
            let choice = Choice {
                only: option("--only").cloned(),
                shard: option("--shard").map_or(Ok((0, 1)), |shard| parse_shard(shard))?,
                spend: option("--spend").map_or(Ok(600.0), |seconds| seconds.parse())?,
            };
            let programs = tree.build(&scratch.join("build"))?;
            let again = option("--watch").map(String::as_str);
            let tests = tests::watch(&tree.root, &programs, &tree.mutants, again, choice.spend)?;
            campaign::run(&tree, &programs, &tests, &choice)
        }
        "report" => report::report(&mut tree),
        _ => Err(USAGE.into()),
    }
}

fn parse_shard(shard: &str) -> Result<(u64, u64), Failure> {
    let (k, n) = shard.split_once('/').ok_or(USAGE)?;
    Ok((k.parse()?, n.parse()?))
}
