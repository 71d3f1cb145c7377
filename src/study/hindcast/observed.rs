//! What happened: a table of observations, each of one signal, known within a range.
//!
//! | column | |
//! | --- | --- |
//! | `date` | of a level, the day it was so; of a count, the last day counted; of a milestone, the day up to which it is known |
//! | `signal` | any signal of the scenario, or `date.MILESTONE`: when a milestone was first met |
//! | `low`, `high` | the range, ends included: numbers, of a milestone dates. One number twice is a point; an empty end is open |
//! | `basis` | what was counted, and by which rule |
//! | `source` | where it stands |
//! | `since` | of a count, the day before the first day counted; empty: the start of the run. The column may be left out |
//!
//! "Fewer than 1,000" is an empty `low` and a `high` of 999; a milestone "not by 30 September" has a `low` of 1 October
//! and an empty `high`.

use std::ops::Range;

use super::cells::{Cell, lines};
use super::scores::Outcome;
use crate::calendar::{Calendar, Date, add_days};
use crate::lang::diagnostic::{Diagnostic, Diagnostics};
use crate::lang::source::{Sources, Span};
use crate::model::{Model, signals};
use crate::results::Legend;
use crate::results::legend::Kind;

/// Everything that was observed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// By signal, in the order of their first rows; of a signal by date.
    pub list: Vec<Observation>,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    pub date: Date,
    /// Of a count, the day before the first that counts.
    pub since: Option<Date>,
    /// The signal's name, or `date.MILESTONE`.
    pub signal: String,
    pub what: What,
    /// In the signal's unit; of a milestone, days from the start of the run.
    pub outcome: Outcome,
    /// What was counted, and how.
    pub basis: String,
    pub source: String,
}

/// What kind of number was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// 0 or 1 on a day.
    Flag,
    /// A value on a day.
    Level,
    /// How many in a span of days.
    Count,
    /// When a milestone was met, by its place among them.
    Date(usize),
}

/// What can be observed of a scenario.
#[derive(Clone, Debug)]
pub struct Observables {
    calendar: Calendar,
    names: Vec<(String, What)>,
}

impl Observables {
    /// Every signal and milestone of a model.
    pub fn of(model: &Model) -> Self {
        let signals = model.all_signals.iter().map(|signal| {
            let what = match signal.kind {
                signals::Kind::Flag | signals::Kind::Event => What::Flag,
                signals::Kind::Level => What::Level,
                signals::Kind::Count => What::Count,
            };
            (signal.name.clone(), what)
        });
        let milestones = model.parts.milestones.iter().map(|milestone| milestone.id.as_str());
        Self { calendar: model.calendar, names: signals.chain(dates(milestones)).collect() }
    }

    /// Those that results tell of.
    pub fn in_results(legend: &Legend) -> Self {
        let signals = legend.signals.iter().map(|signal| {
            let what = match signal.kind {
                Kind::Flag => What::Flag,
                Kind::Level => What::Level,
                Kind::Count => What::Count,
            };
            (signal.name.clone(), what)
        });
        let milestones = legend.milestones.iter().map(|milestone| milestone.id.as_str());
        Self { calendar: legend.calendar, names: signals.chain(dates(milestones)).collect() }
    }
}

fn dates<'a>(milestones: impl Iterator<Item = &'a str>) -> impl Iterator<Item = (String, What)> {
    milestones.enumerate().map(|(place, id)| (format!("date.{id}"), What::Date(place)))
}

const COLUMNS: [&str; 7] = ["date", "signal", "low", "high", "basis", "source", "since"];
/// All but `since`.
const NEEDED: usize = 6;

impl Observed {
    /// Reads a table; `name` is what messages call it.
    ///
    /// # Errors
    /// Every mistake in it, each with its place and what would be right.
    pub fn parse(name: &str, text: &str, observables: &Observables) -> Result<Self, Diagnostics> {
        let mut sources = Sources::default();
        let whole = sources.add(name, text);
        let mut reader = Reader { whole, observables, columns: [None; COLUMNS.len()], wrong: Vec::new() };
        let mut lines = lines(text).into_iter();
        let mut rows: Vec<Row> = Vec::new();
        match lines.next() {
            None => reader.wrong.push(Diagnostic::error(whole, "there is no observation").hint(header())),
            Some(first) => {
                reader.header(&first);
                // Without its columns nothing else can be told.
                if reader.wrong.is_empty() {
                    rows = lines.filter_map(|line| reader.row(&line)).collect();
                    reader.no_row_twice(&rows);
                }
            }
        }
        if reader.wrong.is_empty() && rows.is_empty() {
            reader.wrong.push(Diagnostic::error(whole, "there is no observation below the header"));
        }
        match reader.wrong.is_empty() {
            true => Ok(Self { list: in_order(rows) }),
            false => Err(Diagnostics { sources, list: reader.wrong }),
        }
    }

    /// The signals, in the order of their first rows.
    pub fn signals(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.list.iter().map(|one| one.signal.as_str()).collect();
        names.dedup();
        names
    }

    /// The observations of a signal, by date.
    pub fn of<'a>(&'a self, signal: &'a str) -> impl Iterator<Item = &'a Observation> {
        self.list.iter().filter(move |one| one.signal == signal)
    }
}

/// A row that could be read, and where it stands.
struct Row {
    observation: Observation,
    span: Span,
}

fn in_order(rows: Vec<Row>) -> Vec<Observation> {
    let mut names: Vec<String> = Vec::new();
    for row in &rows {
        if !names.contains(&row.observation.signal) {
            names.push(row.observation.signal.clone());
        }
    }
    let mut list: Vec<Observation> = rows.into_iter().map(|row| row.observation).collect();
    let place = |name: &str| names.iter().position(|known| known == name);
    list.sort_by_key(|one| (place(&one.signal), one.date, one.since));
    list
}

struct Reader<'a> {
    whole: Span,
    observables: &'a Observables,
    /// Where each of [`COLUMNS`] is.
    columns: [Option<usize>; COLUMNS.len()],
    wrong: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn span(&self, range: &Range<usize>) -> Span {
        self.whole.within(range.clone())
    }

    fn error(&mut self, cell: &Cell, message: impl Into<String>) -> &mut Diagnostic {
        self.wrong.push(Diagnostic::error(self.span(&cell.range), message));
        self.wrong.last_mut().expect("it was just pushed")
    }

    fn header(&mut self, cells: &[Cell]) {
        for (place, cell) in cells.iter().enumerate() {
            match COLUMNS.iter().position(|column| *column == cell.text) {
                Some(column) if self.columns[column].is_none() => self.columns[column] = Some(place),
                Some(_) => {
                    self.error(cell, format!("the column `{}` is there twice", cell.text));
                }
                None => {
                    let error = Diagnostic::error(
                        self.span(&cell.range),
                        format!("there is no column `{}`", cell.text),
                    );
                    self.wrong.push(error.suggest(&cell.text, COLUMNS).hint(header()));
                }
            }
        }
        let missing: Vec<&str> = (0..NEEDED)
            .filter(|column| self.columns[*column].is_none())
            .map(|column| COLUMNS[column])
            .collect();
        if !missing.is_empty() {
            let message = format!("the header has no {}", quoted(&missing));
            self.wrong.push(Diagnostic::error(self.line_span(cells), message).hint(header()));
        }
    }

    fn line_span(&self, cells: &[Cell]) -> Span {
        let ends = cells.first().zip(cells.last());
        let range = ends.map_or(0..0, |(first, last)| first.range.start..last.range.end);
        self.span(&range)
    }

    /// Reads a row; what is wrong with it is noted, all at once.
    fn row(&mut self, cells: &[Cell]) -> Option<Row> {
        let columns = 1 + self.columns.iter().flatten().max()?;
        if cells.len() != columns {
            let message = format!("this line has {} cells, and the header {columns}", cells.len());
            let hint = "a comma inside a cell needs quotes around the cell";
            self.wrong.push(Diagnostic::error(self.line_span(cells), message).hint(hint));
            return None;
        }
        let before = self.wrong.len();
        let cell = |reader: &Self, column: usize| reader.columns[column].map(|place| cells[place].clone());
        let [date, signal, low, high, basis, source] =
            std::array::from_fn(|column| cell(self, column).expect("the header has it"));
        let what = self.signal(&signal);
        let day = self.date(&date);
        let since = cell(self, NEEDED).filter(|cell| !cell.text.is_empty());
        let since = self.since(since.as_ref(), what, day);
        if source.text.is_empty() {
            self.error(&source, "an observation needs a source");
        }
        let outcome = what.and_then(|what| self.outcome(&low, &high, what, day));
        if self.wrong.len() > before {
            return None;
        }
        let observation = Observation {
            date: day?,
            since,
            signal: signal.text,
            what: what?,
            outcome: outcome?,
            basis: basis.text,
            source: source.text,
        };
        Some(Row { observation, span: self.line_span(cells) })
    }

    fn signal(&mut self, cell: &Cell) -> Option<What> {
        let names = &self.observables.names;
        let found = names.iter().find(|(name, _)| *name == cell.text).map(|(_, what)| *what);
        if found.is_none() {
            let message = match cell.text.as_str() {
                "" => "which signal was observed?".to_owned(),
                name => format!("there is no signal `{name}`"),
            };
            let error = Diagnostic::error(self.span(&cell.range), message);
            let error = error.suggest(&cell.text, names.iter().map(|(name, _)| name.as_str()));
            self.wrong.push(
                error.hint("`drawdown check -v` lists every signal; a milestone's date is `date.MILESTONE`"),
            );
        }
        found
    }

    /// A date within the run.
    fn date(&mut self, cell: &Cell) -> Option<Date> {
        let date = self.any_date(cell)?;
        let (start, end) = (self.observables.calendar.start(), self.observables.calendar.end());
        if date < start || date > end {
            self.error(cell, format!("{date} lies outside the run"))
                .hints
                .push(format!("it runs from {start} to {end}"));
            return None;
        }
        Some(date)
    }

    fn any_date(&mut self, cell: &Cell) -> Option<Date> {
        let date = cell.text.parse().ok();
        if date.is_none() {
            let message = match cell.text.as_str() {
                "" => "a date is missing".to_owned(),
                other => format!("`{other}` is no date"),
            };
            self.error(cell, message).hints.push("write dates as 2024-09-30".to_owned());
        }
        date
    }

    fn since(&mut self, cell: Option<&Cell>, what: Option<What>, date: Option<Date>) -> Option<Date> {
        let start = self.observables.calendar.start();
        let Some(cell) = cell else { return (what == Some(What::Count)).then_some(start) };
        if what.is_some_and(|what| what != What::Count) {
            self.error(cell, "only a count has a `since`").hints.push("leave it empty".to_owned());
            return None;
        }
        let since = self.date(cell)?;
        if date.is_some_and(|date| since >= date) {
            self.error(cell, "`since` is the day before the first day counted, and must lie before `date`");
        }
        Some(since)
    }

    fn outcome(&mut self, low: &Cell, high: &Cell, what: What, date: Option<Date>) -> Option<Outcome> {
        if low.text.is_empty() && high.text.is_empty() {
            let hint = "give one end at least; a point has the same number twice";
            self.error(low, "`low` and `high` are both empty").hints.push(hint.to_owned());
            return None;
        }
        let before = self.wrong.len();
        let (low_end, high_end) = match what {
            What::Date(_) => (self.day(low, date, true), self.day(high, date, false)),
            _ => (self.number(low, what), self.number(high, what)),
        };
        if self.wrong.len() > before {
            return None;
        }
        let outcome =
            Outcome { low: low_end.unwrap_or(f64::NEG_INFINITY), high: high_end.unwrap_or(f64::INFINITY) };
        if outcome.low > outcome.high {
            self.error(low, format!("`low` is {}, above `high`, which is {}", low.text, high.text));
            return None;
        }
        Some(outcome)
    }

    fn number(&mut self, cell: &Cell, what: What) -> Option<f64> {
        if cell.text.is_empty() {
            return None;
        }
        let number = cell.text.parse::<f64>().ok().filter(|number| number.is_finite());
        match number {
            None => {
                self.error(cell, format!("`{}` is no number", cell.text))
                    .hints
                    .push("write numbers as 2500 or 0.25, and nothing where an end is open".to_owned());
            }
            Some(number) if what == What::Flag && !(0.0..=1.0).contains(&number) => {
                self.error(cell, "a flag is 0 or 1");
            }
            Some(number) if what == What::Count && number < 0.0 => {
                self.error(cell, "a count cannot be below 0");
            }
            Some(_) => {}
        }
        number
    }

    /// An end of the range of a milestone's date, in days from the start of the run.
    fn day(&mut self, cell: &Cell, known: Option<Date>, is_low: bool) -> Option<f64> {
        if cell.text.is_empty() {
            return None;
        }
        let day = self.any_date(cell)?;
        let calendar = &self.observables.calendar;
        let (start, end) = (calendar.start(), calendar.end());
        let days = calendar.offset(day) as f64;
        // What had not happened by the day up to which it is known may have happened from the next day on.
        let last = |date: Date| if is_low { add_days(date, 1) } else { date };
        if day < start || day > last(end) {
            let hint = format!("the run is from {start} to {end}; an open end is left empty");
            self.error(cell, format!("{day} lies outside the run")).hints.push(hint);
        } else if known.is_some_and(|known| day > last(known)) {
            let hint = "`date` is the day up to which it is known; what had not happened by then has a `low` \
                        on the day after and no `high`";
            self.error(cell, format!("{day} lies after the row's `date`")).hints.push(hint.to_owned());
        }
        Some(days)
    }

    /// An observation that stands there twice would count twice.
    fn no_row_twice(&mut self, rows: &[Row]) {
        for (place, row) in rows.iter().enumerate() {
            let key =
                |row: &Row| (row.observation.signal.clone(), row.observation.date, row.observation.since);
            if let Some(first) = rows[..place].iter().find(|other| key(other) == key(row)) {
                let message = format!("`{}` is observed twice on this date", row.observation.signal);
                let error =
                    Diagnostic::error(row.span, message).related(first.span, "for the first time here");
                self.wrong
                    .push(error.hint("where counts conflict, write one row whose range holds them all"));
            }
        }
    }
}

fn header() -> String {
    format!("the columns are {}, and for counts {}", COLUMNS[..NEEDED].join(", "), COLUMNS[NEEDED])
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
