//! `cargo xtask test`: every test there is, those in a browser too.
//!
//! What npm can install is installed; what it cannot is named, with the command that installs it, before anything
//! runs.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// The oldest Node.js that the browser tests run on.
const NODE: u32 = 18;
/// Browsers by the names they go by on a path, then where a Mac has them.
const BROWSERS: [&str; 8] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const USAGE: &str = "cargo xtask test [ARGUMENTS OF cargo test]\n\n\
    Runs every test, those of the report in a browser too. `cargo test` alone leaves these out.";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let done = match arguments.next().as_deref() {
        Some("test") => test(&arguments.collect::<Vec<_>>()),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("{words}");
            ExitCode::FAILURE
        }
    }
}

fn test(arguments: &[String]) -> Result<(), String> {
    let browser = tools()?;
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("browser");
    install_packages(&tests)?;
    let mut cargo = Command::new(env!("CARGO"));
    let root = tests.ancestors().nth(2).unwrap_or(&tests);
    cargo.current_dir(root).arg("test").args(arguments).args(["--", "--include-ignored"]);
    run(cargo.env("CHROME", browser))
}

/// The browser, if that and Node.js are there; else all that is missing, and how it is installed.
fn tools() -> Result<PathBuf, String> {
    let browser = browser();
    let mut missing = Vec::new();
    if node().is_none_or(|version| version < NODE) {
        missing.push(format!("Node.js {NODE} or later: node is not there, or older"));
    }
    if version("npm").is_none() {
        missing.push("npm".to_owned());
    }
    if browser.is_none() {
        missing.push("Chromium or Chrome: none is on the path, nor does CHROME name one".to_owned());
    }
    match browser {
        Some(found) if missing.is_empty() => Ok(found),
        _ => Err(format!(
            "The report is tested in a real browser; that needs what is missing here:\n  {}\n\n\
             Debian           sudo apt-get install nodejs npm chromium\n\
             Ubuntu           sudo apt-get install nodejs npm && sudo snap install chromium\n\
             macOS, Homebrew  brew install node && brew install --cask google-chrome\n\
             elsewhere        nodejs.org and chromium.org; CHROME=/path/to/chrome cargo xtask test\n\n\
             `cargo test` runs everything else.",
            missing.join("\n  ")
        )),
    }
}

fn browser() -> Option<PathBuf> {
    let named = env::var_os("CHROME").filter(|named| !named.is_empty());
    match named {
        Some(named) => version(Path::new(&named)).map(|_| PathBuf::from(named)),
        None => BROWSERS.iter().find(|name| version(name).is_some()).map(|name| located(name)),
    }
}

/// Where on the path a program is; what drives the browser does not look there.
fn located(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| PathBuf::from(name))
}

/// The first number of Node's version.
fn node() -> Option<u32> {
    version("node")?.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// What a program answers to `--version`; nothing if it cannot run, like the stubs that only tell of a package.
fn version(program: impl AsRef<std::ffi::OsStr>) -> Option<String> {
    let asked = Command::new(program).arg("--version").stderr(Stdio::null()).output().ok()?;
    asked.status.success().then(|| String::from_utf8_lossy(&asked.stdout).trim().to_owned())
}

/// What the tests' own list names, unless it is there already.
fn install_packages(tests: &Path) -> Result<(), String> {
    let changed = |name: &str| tests.join(name).metadata().and_then(|file| file.modified()).ok();
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    run(Command::new("npm").current_dir(tests).args(["ci", "--omit=optional", "--no-audit", "--no-fund"]))
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
