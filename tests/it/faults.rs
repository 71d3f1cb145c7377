//! Faults: killed, interrupted, out of space, without leave. A folder holds the old results or the new ones, whole,
//! and what was done is not lost.
#![expect(clippy::disallowed_methods, reason = "how long to wait, never what to expect")]
#![expect(clippy::print_stderr, reason = "what became of each kill is a figure that tests/README.md reports")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::common::{folder_with, text};
use crate::shards::files;

/// Takes some half a second, so that a kill meets it at any stage.
const SCENARIO: &str = "\
schema = 1
start = 2024-01-01
end = 2025-12-31
seed = 3
[contingents.us]
[theatres.east]
[sites.camp]
theatre = \"east\"
troops = { us = 500 }
[parameters]
rate = { uniform = [2, 8] }
[attacks.raids]
at = [\"east\"]
per_month = \"rate * troops / first(troops)\"
before = 5
killed = { mean = 0.2, dispersion = 1 }
[indicators.losses]
value = \"sum(raids.killed, 30)\"
amber = 2
red = 4
[milestones.ten]
when = \"total(raids.killed) >= 10\"
";

const RUN: &[&str] =
    &["run", "s.toml", "-n", "20000", "--format", "csv", "--checkpoint", "0.02", "-q", "-o", "out"];
const SWEEP: &[&str] = &[
    "sweep",
    "s.toml",
    "--vary",
    "parameters.rate=1..9/30",
    "-n",
    "640",
    "--format",
    "csv",
    "-q",
    "-o",
    "out",
];

/// Moments at which each of `run` and `sweep` is killed; `DRAWDOWN_KILLS=100` for the long test.
fn kills() -> u64 {
    std::env::var("DRAWDOWN_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
}

/// The run with another number of histories.
fn long(n: &'static str) -> Vec<&'static str> {
    let mut arguments = RUN.to_vec();
    arguments[3] = n;
    arguments
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drawdown"));
    command.current_dir(folder).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

#[track_caller]
fn done(folder: &Path, arguments: &[&str]) {
    let output = output(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{}", text(&output.stderr));
}

/// What a person sees in a folder of results; nothing if there is no folder.
fn seen(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = if folder.exists() { files(folder) } else { BTreeMap::new() };
    all.into_iter().filter(|(name, _)| !name.contains(".drawdown-p")).collect()
}

/// Moments spread over a span, the same at every run of the test.
fn moments(n: u64, span: Duration) -> impl Iterator<Item = Duration> {
    // Golden ratio: evenly spread, in no order.
    (0..n).map(move |k| span.mul_f64((k as f64 * 0.618_033_988_75).fract()))
}

/// Kills a command so many times; each time the folder must hold the results of before or the new ones. `wait` gets the
/// process, its output folder, and a moment within the span that it takes. Returns how often the old ones were
/// there, and how often files were just taking their places.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn killed(arguments: &[&str], resumed: &[&str], wait: impl Fn(&mut Child, &Path, Duration)) -> (u64, u64) {
    let folder = folder_with(&[("s.toml", SCENARIO.as_bytes())]);
    let (here, out) = (folder.path(), folder.path().join("out"));
    let begun = Instant::now();
    done(here, arguments);
    let span = begun.elapsed();
    fs::write(out.join("notes.txt"), "mine").unwrap();
    let new = seen(&out);
    done(here, &[arguments, &["-s", "4"]].concat());
    let old = seen(&out);
    assert_ne!(old["manifest.json"], new["manifest.json"]);
    let (mut before, mut after, mut amid) = (0, 0, 0);
    for moment in moments(kills(), span.mul_f64(1.1)) {
        let mut child = command(here, arguments).spawn().unwrap();
        wait(&mut child, &out, moment);
        child.kill().unwrap();
        child.wait().unwrap();
        let placing = [here.join(".out.drawdown-part"), out.join(".manifest.json.drawdown-part")];
        amid += u64::from(placing.iter().any(|path| path.exists()));
        match seen(&out) {
            found if found == old => before += 1,
            found if found == new => after += 1,
            _ => panic!("neither old nor new at {moment:?}"),
        }
        done(here, &[arguments, resumed].concat());
        assert_eq!(seen(&out), new, "after a kill at {moment:?}");
        done(here, &[arguments, &["-s", "4"]].concat());
    }
    eprintln!("{}: {before} old, {after} new, {amid} of them amid the placing of files", arguments[0]);
    assert_eq!(fs::read_dir(here).unwrap().count(), 2, "nothing is left beside the folder");
    (before, amid)
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn killed_at_any_moment(arguments: &[&str], resumed: &[&str]) {
    let (before, _) = killed(arguments, resumed, |_, _, moment| std::thread::sleep(moment));
    assert!(before > 0, "no kill came before the end");
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
#[test]
fn a_run_killed_at_any_moment_leaves_old_or_new_results_and_resumes_to_the_same_bytes() {
    killed_at_any_moment(RUN, &["--resume"]);
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
#[test]
fn a_sweep_killed_at_any_moment_leaves_old_or_new_results_and_resumes_to_the_same_bytes() {
    killed_at_any_moment(SWEEP, &[]);
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
#[test]
fn a_run_killed_while_its_files_take_their_places_leaves_old_or_new_results() {
    let (_, amid) = killed(&long("640"), &[], |child, out, moment| {
        let manifest = out.join(".manifest.json.drawdown-part");
        while !manifest.exists() && child.try_wait().unwrap().is_none() {}
        // All files are ready; it takes some milliseconds from here.
        let ready = Instant::now();
        while ready.elapsed() < moment.mul_f64(0.02) {}
    });
    assert!(amid > 0, "no kill came amid it");
}

/// Waits until a file is there.
fn appears(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} never appears", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn interrupt(child: &Child) {
    let killed = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
}

#[test]
fn an_interrupt_keeps_what_was_done_and_says_how_to_go_on() {
    let folder = folder_with(&[("s.toml", SCENARIO.as_bytes())]);
    let (here, out) = (folder.path(), folder.path().join("out"));
    let child = command(here, &long("2000000")).spawn().unwrap();
    appears(&out.join(".checkpoint.drawdown-part"));
    let begun = Instant::now();
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    // A second is promised; a busy machine is given ten.
    assert!(begun.elapsed() < Duration::from_secs(10));
    let noise = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{noise}");
    assert!(noise.contains("of 2000000 histories are kept") && noise.contains("--resume goes on"), "{noise}");
    assert!(seen(&out).is_empty());

    // Only the same run goes on.
    for (arguments, reason) in [
        (long("3000000"), "the number of histories was 2000000, and is 3000000"),
        ([long("2000000"), vec!["-s", "5"]].concat(), "the seed was 3, and is 5"),
        ([long("2000000"), vec!["--set", "sites.camp.troops.us=1"]].concat(), "the scenario is another"),
    ] {
        let refused = self::output(here, &[arguments, vec!["--resume"]].concat());
        assert_eq!(refused.status.code(), Some(2));
        assert!(text(&refused.stderr).contains(reason), "{}", text(&refused.stderr));
    }
    assert!(out.join(".checkpoint.drawdown-part").exists(), "what is refused takes nothing away");
}

#[test]
fn a_folder_that_is_written_to_is_not_written_to_by_another() {
    let folder = folder_with(&[("s.toml", SCENARIO.as_bytes())]);
    let (here, out) = (folder.path(), folder.path().join("out"));
    let mut child = command(here, &long("2000000")).spawn().unwrap();
    appears(&out.join(".checkpoint.drawdown-part"));
    let refused = output(here, RUN);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("another drawdown is writing to"), "{}", text(&refused.stderr));
}

#[test]
fn a_disk_that_is_full_leaves_the_old_results() {
    let folder = folder_with(&[("s.toml", SCENARIO.as_bytes())]);
    let (here, out) = (folder.path(), folder.path().join("out"));
    done(here, RUN);
    let old = seen(&out);
    // Files may not grow beyond so many blocks of 512 bytes: what a disk without room does, at many places.
    for blocks in [0, 1, 50, 500] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let program = env!("CARGO_BIN_EXE_drawdown");
        let arguments = [&["-c", &script, program], RUN, &["-s", "4"]].concat();
        let output = Command::new("sh").current_dir(here).args(&arguments).output().unwrap();
        let noise = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{blocks} blocks: {noise}");
        assert!(noise.contains("error: `out") && !noise.contains("panicked"), "{noise}");
        assert_eq!(seen(&out), old, "{blocks} blocks");
    }
}

#[cfg(unix)]
#[test]
fn folders_without_leave_and_places_that_are_no_folders_are_told() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::process::CommandExt;

    let folder = folder_with(&[("s.toml", SCENARIO.as_bytes())]);
    let here = folder.path();
    fs::set_permissions(here, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(here.join("locked")).unwrap();
    fs::set_permissions(here.join("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    fs::write(here.join("file"), "mine").unwrap();
    symlink("nowhere", here.join("dangling")).unwrap();
    fs::create_dir(here.join("theirs")).unwrap();
    fs::write(here.join("theirs/notes.txt"), "mine").unwrap();
    // Leave means nothing to root, which tests may be run by: a copy of the program for somebody else.
    let program = here.join("drawdown");
    fs::copy(env!("CARGO_BIN_EXE_drawdown"), &program).unwrap();
    let is_root = text(&Command::new("id").arg("-u").output().unwrap().stdout).trim() == "0";
    for (place, reason) in [
        ("locked", "Permission denied"),
        ("locked/below", "Permission denied"),
        ("file", "`file` is a file"),
        ("file/below", "Not a directory"),
        ("dangling", "`dangling` is a link to nothing"),
        ("theirs", "`theirs` holds other files"),
    ] {
        let mut command = Command::new(&program);
        command.current_dir(here).args(["run", "s.toml", "-n", "64", "-q", "-o", place]);
        if is_root {
            command.uid(65_534).gid(65_534);
        }
        let output = command.output().unwrap();
        let noise = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{place}: {noise}");
        assert!(noise.contains(reason), "{noise}\nwithout {reason}");
    }
    assert_eq!(fs::read_to_string(here.join("file")).unwrap(), "mine");
    assert_eq!(fs::read_dir(here.join("theirs")).unwrap().count(), 1);
}

/// A command whose folder is taken away once it has written this file to it.
fn bereft(arguments: &[&str], written: &str) -> (tempfile::TempDir, Child) {
    let folder = folder_with(&[("s.toml", SCENARIO.as_bytes())]);
    let out = folder.path().join("out");
    let child = command(folder.path(), arguments).spawn().unwrap();
    appears(&out.join(written));
    // It may just be writing another file into it.
    while out.exists() {
        fs::remove_dir_all(&out).ok();
    }
    (folder, child)
}

#[test]
fn a_folder_that_is_taken_away_is_told() {
    // Far from their ends when it is taken.
    let mut sweep = SWEEP.to_vec();
    sweep[5] = "3000";
    for (arguments, written) in
        [(long("100000"), ".checkpoint.drawdown-part"), (sweep, ".sweep.drawdown-points")]
    {
        let (folder, child) = bereft(&arguments, written);
        let output = child.wait_with_output().unwrap();
        let noise = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{noise}");
        assert!(noise.contains("error: `out"), "{noise}");
        assert!(!folder.path().join("out/manifest.json").exists());
    }
}

#[test]
fn an_interrupt_that_cannot_keep_what_was_done_says_so() {
    let (_folder, child) = bereft(&long("2000000"), ".checkpoint.drawdown-part");
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let noise = text(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{noise}");
    assert!(noise.contains("what was done could not be kept in out"), "{noise}");
}

/// What the system says of a process, in kilobytes: `VmHWM` is the most memory that it had so far.
#[cfg(target_os = "linux")]
fn memory(child: &Child, what: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    line.unwrap().split_whitespace().next().unwrap().parse().unwrap()
}

/// How long the endless run is watched, in seconds; `DRAWDOWN_LONG=60` for the minute.
#[cfg(target_os = "linux")]
fn watched() -> f64 {
    std::env::var("DRAWDOWN_LONG").ok().and_then(|n| n.parse().ok()).unwrap_or(4.0)
}

#[cfg(target_os = "linux")]
#[test]
fn a_thousand_million_histories_take_no_more_memory_the_longer_they_run_and_stop_when_told() {
    let folder = folder_with(&[("s.toml", SCENARIO.as_bytes())]);
    let (here, out) = (folder.path(), folder.path().join("out"));
    let endless = [
        "run",
        "s.toml",
        "-n",
        "1_000_000_000",
        "--format",
        "svg",
        "--checkpoint",
        "0.2",
        "-o",
        "out",
        "--resume",
    ];
    let mut kept = 0;
    for seconds in [watched(), 1.0] {
        let child = command(here, &endless).spawn().unwrap();
        appears(&out.join(".checkpoint.drawdown-part"));
        // Some checkpoints, each of which takes its memory.
        std::thread::sleep(Duration::from_secs(1));
        let early = memory(&child, "VmHWM");
        std::thread::sleep(Duration::from_secs_f64(seconds));
        let late = memory(&child, "VmHWM");
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        let noise = text(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{noise}");
        let (before, (done, _)) =
            (kept, noise.trim().split_once(" of 1000000000 histories are kept").unwrap());
        kept = done.parse().unwrap();
        eprintln!("{early} kB, {seconds} s later {late} kB; {kept} histories kept");
        assert!(late <= 1.05 * early, "memory grew from {early} to {late} kB");
        assert!(kept > before && kept % 64 == 0, "{before}, then {kept}");
    }
}
