//! The tests, and which mutants each can tell from the program as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::mutant::Mutant;
use crate::tree::Program;

/// Killing processes takes minutes and tells nothing of arithmetic.
const LEFT_OUT: [&str; 1] = ["killed_at_any_moment"];
/// Seconds of the processor that a test may take at most; what takes longer is left out.
const PATIENCE: f64 = 60.0;
/// Seconds of the processor in which a test is watched, many times slower than it is.
const WATCHED: u64 = 4;
/// Address space of a test, in KiB: a mutant may ask for all there is.
const MEMORY: u64 = 6 << 20;
/// Seconds of the processor that no test is denied.
const LEAST_SECONDS: u64 = 1;

/// A test, and how long it takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Test {
    pub program: String,
    pub name: String,
    pub seconds: f64,
    pub passes: bool,
    /// Mutants that would change a value here; all, if that takes too long to find out.
    pub sees: Vec<usize>,
    /// Watched now, not in an earlier campaign.
    #[serde(skip)]
    pub new: bool,
}

/// How a program of tests ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Passed,
    Failed(String),
    TimedOut,
}

/// All tests that take no more than `spend` seconds, those watched before taken over unless their names hold `again`.
pub fn watch(
    root: &Path,
    programs: &[Program],
    mutants: &[Mutant],
    again: Option<&str>,
    spend: f64,
) -> Result<Vec<Test>, Failure> {
    let path = root.with_file_name("watched.json");
    let mut known = known(&path, mutants)?;
    let patience = spend.min(PATIENCE);
    known.retain(|(_, name), test| {
        // One that was given up may have the time now.
        (test.passes || test.seconds >= patience) && again.is_none_or(|again| !name.contains(again))
    });
    let mut tests = Vec::new();
    for (program, file) in programs {
        let listed = Command::new(file).args(["--list", "--format", "terse"]).output()?;
        for line in String::from_utf8(listed.stdout)?.lines() {
            let Some(name) = line.strip_suffix(": test") else { continue };
            if LEFT_OUT.iter().any(|part| name.contains(part)) {
                continue;
            }
            let test = match known.remove(&(program.clone(), name.to_owned())) {
                Some(test) => test,
                None => watch_one(root, program, file, name, (mutants.len(), patience))?,
            };
            tests.push(test);
        }
    }
    let names: Vec<&str> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
    fs::write(path, serde_json::to_vec(&(names, &tests))?)?;
    Ok(tests)
}

/// The tests watched before, with the mutants as they are numbered now. What was no mutant then, each may see.
fn known(path: &Path, mutants: &[Mutant]) -> Result<BTreeMap<(String, String), Test>, Failure> {
    let Ok(text) = fs::read(path) else { return Ok(BTreeMap::new()) };
    let (names, tests): (Vec<String>, Vec<Test>) = serde_json::from_slice(&text)?;
    let now: BTreeMap<&str, usize> =
        mutants.iter().enumerate().map(|(at, m)| (m.name.as_str(), at)).collect();
    let before: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let new: Vec<usize> = now.iter().filter(|(name, _)| !before.contains(*name)).map(|(_, at)| *at).collect();
    let renumber = |mut test: Test| {
        let old = test.sees.iter().filter_map(|old| now.get(names[*old].as_str()).copied());
        test.sees = old.chain(new.iter().copied()).collect();
        ((test.program.clone(), test.name.clone()), test)
    };
    Ok(tests.into_iter().map(renumber).collect())
}

fn watch_one(
    root: &Path,
    program: &str,
    file: &Path,
    name: &str,
    (mutants, patience): (usize, f64),
) -> Result<Test, Failure> {
    be(root, "")?;
    let begun = now();
    let end = run(root, file, &[name], patience.ceil() as u64)?;
    let seconds = begun.elapsed().as_secs_f64();
    let sees = match end {
        End::Passed => sees(root, file, name)?.unwrap_or_else(|| (0..mutants).collect()),
        _ => Vec::new(),
    };
    println!("{seconds:7.2} s {:5} mutants {name}: {end:?}", sees.len());
    let (program, name, passes) = (program.to_owned(), name.to_owned(), end == End::Passed);
    Ok(Test { program, name, seconds, passes, sees, new: true })
}

/// The mutants that a test can tell from the program; nothing if it takes too long, or cannot be watched.
fn sees(root: &Path, file: &Path, name: &str) -> Result<Option<Vec<usize>>, Failure> {
    let notes = root.with_file_name("seen");
    fs::write(&notes, "")?;
    be(root, &format!("watch {}", notes.display()))?;
    if run(root, file, &[name], WATCHED)? != End::Passed {
        return Ok(None);
    }
    let mut seen: Vec<usize> =
        fs::read_to_string(&notes)?.lines().map(str::parse).collect::<Result<_, _>>()?;
    seen.sort_unstable();
    seen.dedup();
    Ok(Some(seen))
}

/// What the programs built from the copy are to be from now on.
pub fn be(root: &Path, part: &str) -> Result<(), Failure> {
    Ok(fs::write(root.join("mutant"), part)?)
}

/// Runs some tests of a program, one after the other, up to the first that fails.
pub fn run(root: &Path, file: &Path, names: &[&str], seconds: u64) -> Result<End, Failure> {
    let limits = format!("ulimit -t {seconds}; ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .current_dir(root)
        .arg("-c")
        .arg(limits)
        .arg(file)
        .args(["--test-threads", "1", "--exact"])
        .args(names);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0).spawn()?;
    let Some(output) = child.stdout.take() else { return Err("no output".into()) };
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    // A process that waits for what never comes uses no processor.
    let deadline = now() + Duration::from_secs(4 * seconds + 10);
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(now())) {
            Ok(line) => {
                if let Some(test) =
                    line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... FAILED"))
                {
                    stop(&mut child)?;
                    return Ok(End::Failed(test.to_owned()));
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                stop(&mut child)?;
                return Ok(End::TimedOut);
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait()?;
    Ok(match status.signal() {
        _ if status.success() => End::Passed,
        Some(9 | 24) => End::TimedOut,
        _ => End::Failed(names.join(" ")),
    })
}

#[expect(clippy::disallowed_methods, reason = "tests are timed, and ended if they do not end")]
fn now() -> Instant {
    Instant::now()
}

/// The seconds of the processor that tests may take in a mutant.
pub fn limit(usual: f64) -> u64 {
    LEAST_SECONDS + (3.0 * usual).ceil() as u64
}

/// Ends a program and all that it started.
fn stop(child: &mut Child) -> Result<(), Failure> {
    Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).stderr(Stdio::null()).status()?;
    child.wait()?;
    Ok(())
}
