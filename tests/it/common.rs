//! What the integration tests share: scenarios from text, whole histories, and comparisons that say
//! what was compared.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use drawdown::calendar::Calendar;
use drawdown::model::record::{Record, lanes};
use drawdown::{Model, Run, Scenario};

/// A scenario that starts on 1 January 2024 (day 0), with one replicate unless `body` says otherwise.
/// `header` holds further keys of the top of the file, `end` among them.
pub fn scenario(header: &str, body: &str) -> Scenario {
    let replicates = if header.contains("replicates") { "" } else { "replicates = 1\n" };
    let text = format!("schema = 1\nstart = 2024-01-01\nseed = 1\n{replicates}{header}\n{body}");
    Scenario::parse("test.toml", &text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// The model of a scenario that must be right.
pub fn compile(scenario: &Scenario) -> Model {
    scenario.compile().unwrap_or_else(|e| panic!("{e}"))
}

/// Whole histories of some signals in every completed replicate.
pub struct Histories {
    pub names: Vec<String>,
    calendar: Calendar,
    /// `[replicate][row · names + name]`.
    values: Vec<Vec<f64>>,
}

impl Histories {
    /// Runs the model, as `adjust` would have it, and keeps the signals that fit the patterns.
    pub fn follow(
        model: &Model,
        patterns: &[&str],
        adjust: impl for<'r> FnOnce(Run<'r>) -> Run<'r>,
    ) -> Histories {
        let found = RefCell::new((Vec::new(), Vec::new()));
        let mut each = |legend: &drawdown::results::Legend, record: &Record| {
            let (names, values) = &mut *found.borrow_mut();
            names.clone_from(&legend.paths);
            for lane in lanes(record.alive) {
                values.push(record.paths.iter().map(|row| row[lane]).collect());
            }
        };
        let run = adjust(Run::new(model)).paths(patterns.iter().copied()).each(&mut each);
        let results = run.start().unwrap();
        assert_eq!(results.failures().next(), None, "a replicate failed");
        let (names, values) = found.into_inner();
        Self { names, calendar: model.calendar, values }
    }

    /// Every signal of the only replicate of a small scenario.
    pub fn daily(end: &str, body: &str) -> Histories {
        Self::all(&format!("end = {end}"), body)
    }

    /// The same in steps of a week.
    pub fn weekly(end: &str, body: &str) -> Histories {
        Self::all(&format!("step = \"1 week\"\nend = {end}"), body)
    }

    /// Every signal of a small scenario.
    pub fn all(header: &str, body: &str) -> Histories {
        Self::follow(&compile(&scenario(header, body)), &["*"], |run| run)
    }

    pub fn replicates(&self) -> usize {
        self.values.len()
    }

    /// One signal: `[replicate][row]`.
    #[track_caller]
    pub fn of(&self, signal: &str) -> Vec<Vec<f64>> {
        let (width, at) = (self.names.len(), self.place(signal));
        self.values.iter().map(|v| v[at..].iter().copied().step_by(width).collect()).collect()
    }

    /// A signal in the first replicate, a number of days after the start.
    #[track_caller]
    pub fn on_day(&self, signal: &str, day: u32) -> f64 {
        let row = (0..=self.calendar.steps()).find(|row| self.calendar.days_at(*row) == day);
        let row = row.unwrap_or_else(|| panic!("day {day} has no row"));
        self.values[0][row * self.names.len() + self.place(signal)]
    }

    /// Asserts what a signal is on some days of the first replicate. The numbers must be the same but
    /// for the rounding of sums and products.
    #[track_caller]
    pub fn expect(&self, signal: &str, days: &[(u32, f64)]) {
        for (day, truth) in days {
            let value = self.on_day(signal, *day);
            let rounding = 1e-9 * truth.abs().max(1.0);
            assert!((value - truth).abs() <= rounding, "{signal} is {value} on day {day}, not {truth}");
        }
    }

    /// The first day on which a signal of the first replicate is not 0.
    #[track_caller]
    pub fn first_day(&self, signal: &str) -> Option<u32> {
        let row = self.of(signal)[0].iter().position(|value| *value != 0.0)?;
        Some(self.calendar.days_at(row))
    }

    #[track_caller]
    fn place(&self, signal: &str) -> usize {
        let place = self.names.iter().position(|name| name == signal);
        place.unwrap_or_else(|| panic!("no signal {signal} among {:?}", self.names))
    }
}

/// The whole history of a signal in every replicate: `[replicate][row]`.
pub fn histories(model: &Model, signal: &str) -> Vec<Vec<f64>> {
    Histories::follow(model, &[signal], |run| run).of(signal)
}

/// Asserts that a number is near its truth.
#[track_caller]
pub fn close(what: &str, value: f64, truth: f64, tolerance: f64) {
    assert!((value - truth).abs() <= tolerance, "{what} is {value}, not {truth} ± {tolerance}");
}

/// A command of the tool in a folder of its own, with nothing of ours around it.
pub fn drawdown(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drawdown"));
    command.current_dir(folder).args(arguments).env_clear().output().unwrap()
}

/// A folder that holds some files.
pub fn folder_with(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// What a program said.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
