//! Tables with a row for each replicate, written while the run goes on.

use std::io::{self, Write};

use csv::Writer;

use super::cells::{number, push_number, text};
use crate::model::record::{NEVER, Record, lanes};
use crate::results::Legend;
use crate::results::legend::Kind;

/// `replicates.csv`: what was drawn (by its path), when each milestone first came (`date.ID`, empty if
/// it did not), and where each signal ended (`end.NAME`; a count's total; a flag as 0 or 1).
///
/// A parameter that was drawn has one column, the drawn one.
#[derive(Debug)]
pub struct Replicates<W: Write> {
    table: Writer<W>,
    columns: Vec<Column>,
}

/// Where a column's numbers stand in a record.
#[derive(Debug)]
enum Column {
    Drawn(usize),
    Milestone(usize),
    Flag(usize),
    Value(usize),
}

/// `paths.csv`: the followed signals at every step of every replicate; a count has none at the start.
#[derive(Debug)]
pub struct Paths<W: Write> {
    table: Writer<W>,
    /// The row each followed signal begins at.
    starts: Vec<usize>,
}

impl<W: Write> Replicates<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Writing fails.
    pub fn new(legend: &Legend, out: W) -> io::Result<Self> {
        let mut new = Self::append(legend, out);
        new.table.write_field("replicate")?;
        for (name, _) in columns(legend) {
            new.table.write_field(text(&name))?;
        }
        new.table.write_record(None::<&[u8]>)?;
        Ok(new)
    }

    /// Goes on with a table that has its header.
    pub fn append(legend: &Legend, out: W) -> Self {
        let columns = columns(legend).map(|(_, column)| column).collect();
        Self { table: Writer::from_writer(out), columns }
    }

    /// Where it is written to, with nothing held back.
    ///
    /// # Errors
    /// Writing fails.
    pub fn flushed(&mut self) -> io::Result<&W> {
        self.table.flush()?;
        Ok(self.table.get_ref())
    }

    /// Writes the completed replicates of a block. Blocks come in the order of their replicates.
    ///
    /// # Errors
    /// Writing fails.
    pub fn write(&mut self, legend: &Legend, record: &Record) -> io::Result<()> {
        let flags = legend.signals.iter().filter(|signal| signal.kind == Kind::Flag).count();
        let last_flags = &record.flags[record.flags.len() - flags..];
        // One buffer for all cells: there are millions.
        let mut cell = String::new();
        for lane in lanes(record.alive) {
            self.table.write_field((record.first + lane as u64 + 1).to_string())?;
            for column in &self.columns {
                cell.clear();
                match *column {
                    Column::Drawn(k) => push_number(&mut cell, record.drawn[k][lane]),
                    Column::Value(k) => push_number(&mut cell, record.at_end[k][lane]),
                    Column::Flag(k) => cell.push(if (last_flags[k] >> lane) & 1 == 1 { '1' } else { '0' }),
                    Column::Milestone(k) => match record.milestones[k][lane] {
                        NEVER => {}
                        row => cell.push_str(&legend.calendar.date(row as usize).to_string()),
                    },
                }
                self.table.write_field(&cell)?;
            }
            self.table.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    /// Writes what is still held back and gives back where it was written to.
    ///
    /// # Errors
    /// Writing fails.
    pub fn finish(self) -> io::Result<W> {
        self.table.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

impl<W: Write> Paths<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// Writing fails.
    pub fn new(legend: &Legend, out: W) -> io::Result<Self> {
        let mut new = Self::append(legend, out);
        new.table.write_record(["replicate", "date", "signal", "value"])?;
        Ok(new)
    }

    /// Goes on with a table that has its header.
    pub fn append(legend: &Legend, out: W) -> Self {
        let is_count = |name: &String| {
            legend.signals.iter().any(|signal| signal.name == *name && signal.kind == Kind::Count)
        };
        let starts = legend.paths.iter().map(|name| usize::from(is_count(name))).collect();
        Self { table: Writer::from_writer(out), starts }
    }

    /// Where it is written to, with nothing held back.
    ///
    /// # Errors
    /// Writing fails.
    pub fn flushed(&mut self) -> io::Result<&W> {
        self.table.flush()?;
        Ok(self.table.get_ref())
    }

    /// Writes the completed replicates of a block. Blocks come in the order of their replicates.
    ///
    /// # Errors
    /// Writing fails.
    pub fn write(&mut self, legend: &Legend, record: &Record) -> io::Result<()> {
        let dates: Vec<String> =
            (0..=legend.calendar.steps()).map(|row| legend.calendar.date(row).to_string()).collect();
        let followed = legend.paths.len();
        for lane in lanes(record.alive) {
            let replicate = (record.first + lane as u64 + 1).to_string();
            for (row, date) in dates.iter().enumerate() {
                for (k, name) in legend.paths.iter().enumerate().filter(|&(k, _)| row >= self.starts[k]) {
                    let value = number(record.paths[row * followed + k][lane]);
                    self.table.write_record([&replicate, date, &text(name), &value])?;
                }
            }
        }
        Ok(())
    }

    /// Writes what is still held back and gives back where it was written to.
    ///
    /// # Errors
    /// Writing fails.
    pub fn finish(self) -> io::Result<W> {
        self.table.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

fn columns(legend: &Legend) -> impl Iterator<Item = (String, Column)> {
    drawn(legend).chain(milestones(legend)).chain(ends(legend))
}

fn drawn(legend: &Legend) -> impl Iterator<Item = (String, Column)> {
    let mut drawn: Vec<(usize, &str)> = legend
        .quantities
        .iter()
        .filter_map(|quantity| Some((quantity.drawn?, quantity.path.as_str())))
        .collect();
    drawn.sort_unstable();
    drawn.into_iter().map(|(place, path)| (path.to_owned(), Column::Drawn(place)))
}

fn milestones(legend: &Legend) -> impl Iterator<Item = (String, Column)> {
    let milestones = legend.milestones.iter().enumerate();
    milestones.map(|(number, milestone)| (format!("date.{}", milestone.id), Column::Milestone(number)))
}

fn ends(legend: &Legend) -> impl Iterator<Item = (String, Column)> {
    let (mut flags, mut values) = (0.., 0..);
    let numbered = legend.signals.iter().filter_map(move |signal| {
        let column = match signal.kind {
            Kind::Flag => Column::Flag(flags.next()?),
            _ => Column::Value(values.next()?),
        };
        Some((signal, column))
    });
    let is_drawn = |name: &str| {
        let path = format!("parameters.{name}");
        legend.quantities.iter().any(|quantity| quantity.drawn.is_some() && quantity.path == path)
    };
    let kept = numbered.filter(move |(signal, _)| !(signal.once && is_drawn(&signal.name)));
    kept.map(|(signal, column)| (format!("end.{}", signal.name), column))
}
