//! What a scenario and three simple rules say of each observation.
//!
//! | baseline | a level or flag | a count | a milestone's date |
//! | --- | --- | --- | --- |
//! | announced | as every dated phase runs on its day and nothing else changes, quantities at their medians | – | its `by` |
//! | unchanged | each history's own start | each history's rate before the start | not by the end |
//! | line | straight from the start to what is announced, at the day it is to be reached; a flag has none | – | – |
//!
//! The first and the third are one value each, a forecast that knows no doubt; a signal that the schedule does not move
//! has neither.

use super::observed::{Observation, What};
use super::scores::Sample;
use crate::calendar::{Calendar, Date};
use crate::model::Model;
use crate::model::record::{NEVER, Record, lanes};
use crate::model::step::Workspace;
use crate::results::Legend;

/// A rule that any forecast should beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// The schedule as written.
    Announced,
    /// Nothing changes.
    Unchanged,
    /// A straight line from the start to the target at its date.
    Line,
}

impl Baseline {
    pub const ALL: [Self; 3] = [Self::Announced, Self::Unchanged, Self::Line];

    /// As tables and `--require` write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Unchanged => "unchanged",
            Self::Line => "line",
        }
    }
}

/// What is said of one observation.
#[derive(Clone, Debug)]
pub struct Forecast {
    pub sample: Sample,
    /// In the order of [`Baseline::ALL`].
    pub baselines: [Option<Sample>; 3],
}

/// Collects what every history says of each observation.
pub struct Collector<'a> {
    observations: &'a [Observation],
    calendar: Calendar,
    /// Of each observation, its signal's place among the followed; of a milestone, nothing.
    places: Vec<Option<usize>>,
    followed: usize,
    /// `[observation][history]`.
    values: Vec<Vec<f64>>,
    /// The same if nothing changed.
    unchanged: Vec<Vec<f64>>,
}

impl<'a> Collector<'a> {
    /// For these observations; `followed` are the signals in the order of the record's paths.
    pub fn new(observations: &'a [Observation], followed: &[&str], calendar: Calendar) -> Self {
        let place = |one: &Observation| followed.iter().position(|name| *name == one.signal);
        let none = vec![Vec::new(); observations.len()];
        Self {
            observations,
            calendar,
            places: observations.iter().map(place).collect(),
            followed: followed.len(),
            values: none.clone(),
            unchanged: none,
        }
    }

    /// Takes a block's histories.
    pub fn take(&mut self, record: &Record) {
        for (at, one) in self.observations.iter().enumerate() {
            for lane in lanes(record.alive) {
                let (value, unchanged) = self.read(one, self.places[at], record, lane);
                self.values[at].push(value);
                self.unchanged[at].push(unchanged);
            }
        }
    }

    /// What a history says of an observation, and what it would say if nothing changed.
    fn read(&self, one: &Observation, place: Option<usize>, record: &Record, lane: usize) -> (f64, f64) {
        let row = row_at(&self.calendar, one.date);
        let path = |row: usize| place.map_or(f64::NAN, |at| record.paths[row * self.followed + at][lane]);
        match one.what {
            What::Level | What::Flag => (path(row), path(0)),
            What::Count => {
                let first = one.since.map_or(0, |since| row_at(&self.calendar, since)) + 1;
                let counted = (first..=row).map(path).sum();
                let days =
                    f64::from(self.calendar.days_at(row)) - f64::from(self.calendar.days_at(first - 1));
                (counted, path(0) * days / f64::from(self.calendar.step_days()))
            }
            What::Date(milestone) => {
                let first = record.milestones[milestone][lane];
                let after = after_end(&self.calendar);
                let met =
                    if first == NEVER { after } else { f64::from(self.calendar.days_at(first as usize)) };
                (met, if first == 0 { 0.0 } else { after })
            }
        }
    }

    /// The forecasts; or the place of the first observation for which a history has no number. `announced` are the
    /// followed signals along the schedule, see [`announced`].
    pub fn finish(self, legend: &Legend, announced: &[Vec<f64>]) -> Result<Vec<Forecast>, usize> {
        let mut forecasts = Vec::with_capacity(self.observations.len());
        for (at, (values, unchanged)) in self.values.into_iter().zip(self.unchanged).enumerate() {
            if values.iter().chain(&unchanged).any(|value| !value.is_finite()) {
                return Err(at);
            }
            let one = &self.observations[at];
            let row = row_at(&self.calendar, one.date);
            let schedule = self.places[at].and_then(|place| Schedule::of(announced.get(place)?));
            let (announced, line) = match (one.what, schedule) {
                (What::Level, Some(schedule)) => {
                    (Some(schedule.path[row]), Some(schedule.line(row, &self.calendar)))
                }
                (What::Flag, Some(schedule)) => (Some(schedule.path[row]), None),
                (What::Date(milestone), _) => {
                    let by = legend.milestones[milestone].by;
                    (by.map(|by| self.calendar.offset(by) as f64), None)
                }
                _ => (None, None),
            };
            let sure = |value: Option<f64>| value.map(|value| Sample::new(vec![value]));
            let baselines = [sure(announced), Some(Sample::new(unchanged)), sure(line)];
            forecasts.push(Forecast { sample: Sample::new(values), baselines });
        }
        Ok(forecasts)
    }
}

/// The day after the end, in days from the start: the one value of whatever lies after the end.
///
/// Of a milestone that a history does not meet, or that was not met, no more is known. Scores are then those of dates
/// up to the end: the threshold-weighted CRPS of Gneiting and Ranjan again.
pub fn after_end(calendar: &Calendar) -> f64 {
    f64::from(calendar.days_at(calendar.steps())) + 1.0
}

/// The last row by a date of the run.
fn row_at(calendar: &Calendar, date: Date) -> usize {
    calendar.row_at(date).unwrap_or(0)
}

/// Signals along the schedule as announced, `[signal][row]`.
pub fn announced(model: &Model, signals: &[&str]) -> Vec<Vec<f64>> {
    let signals: Vec<_> = signals.iter().filter_map(|name| model.signal(name).cloned()).collect();
    Workspace::announced(model, &signals)
}

/// A path at the reported rows; nothing where the schedule does not move the signal.
pub fn reported(path: &Vec<f64>, legend: &Legend) -> Vec<(Date, f64)> {
    let rows = legend.report.iter().filter(|_| Schedule::of(path).is_some());
    rows.filter_map(|row| Some((legend.calendar.date(*row), *path.get(*row)?))).collect()
}

/// A signal along the announced schedule.
struct Schedule<'a> {
    path: &'a [f64],
    /// The first row from which it stays what it is at the end.
    reached: usize,
}

impl<'a> Schedule<'a> {
    /// `None` where the schedule does not move the signal.
    fn of(path: &'a Vec<f64>) -> Option<Self> {
        let target = path.last()?;
        let moving = path.iter().rposition(|value| value != target)?;
        Some(Self { path, reached: moving + 1 })
    }

    fn line(&self, row: usize, calendar: &Calendar) -> f64 {
        let (start, target) = (self.path[0], self.path[self.reached]);
        let share = f64::from(calendar.days_at(row)) / f64::from(calendar.days_at(self.reached));
        start + (target - start) * if share < 1.0 { share } else { 1.0 }
    }
}
