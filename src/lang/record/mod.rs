//! Records: tables of what happened before (CSV), from which quantities are estimated. Every cell knows its place.

mod filter;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostic::Diagnostic;
use super::source::Span;

pub use filter::{Filter, read_filter};

/// A table: a row of names, and rows of as many cells.
#[derive(Clone, Debug)]
pub struct Record {
    /// The whole text.
    pub span: Span,
    pub header: Vec<Cell>,
    pub rows: Vec<Vec<Cell>>,
    /// The first digits of the text's SHA-256, by which it is known again.
    pub digest: String,
}

/// A text between commas, without the blanks around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub span: Span,
}

/// The records that a scenario names, by the place where each is named; `None` for one that could not be
/// read, which has been told.
#[derive(Clone, Debug, Default)]
pub struct Records {
    named: BTreeMap<Span, Option<Arc<Record>>>,
}

impl Records {
    /// Keeps what was found where a record is named.
    pub fn insert(&mut self, mention: Span, record: Option<Arc<Record>>) {
        self.named.insert(mention, record);
    }

    /// Whether this place was looked at already.
    pub fn has(&self, mention: Span) -> bool {
        self.named.contains_key(&mention)
    }

    /// The record named at a place, if it could be read.
    pub fn get(&self, mention: Span) -> Option<&Record> {
        self.named.get(&mention)?.as_deref()
    }
}

impl Record {
    /// Reads a CSV text (RFC 4180) that stands at `span`. Empty lines are passed over.
    ///
    /// # Errors
    /// There is no header, a quote is left open, a name stands twice in the header, or rows have more or fewer
    /// cells than it.
    pub fn parse(text: &str, span: Span, digest: String) -> Result<Self, Vec<Diagnostic>> {
        let mut lines =
            Splitter { text, whole: span, at: text.len() - text.trim_start_matches('\u{feff}').len() };
        let mut rows = Vec::new();
        while let Some(row) = lines.row().map_err(|problem| vec![problem])? {
            rows.push(row);
        }
        if rows.is_empty() {
            let start = Span { start: span.start, end: span.start };
            let error = Diagnostic::error(start, "this record is empty");
            return Err(vec![error.hint("its first line names the columns")]);
        }
        let header = rows.remove(0);
        let mut problems = Vec::new();
        for (place, cell) in header.iter().enumerate() {
            if let Some(first) = header[..place].iter().find(|other| other.text == cell.text) {
                let error = Diagnostic::error(cell.span, format!("the column `{}` stands twice", cell.text));
                problems.push(error.related(first.span, "the other"));
            }
        }
        for row in rows.iter().filter(|row| row.len() != header.len()) {
            let all = row[0].span.to(row[row.len() - 1].span);
            let message = format!("this row has {}, and the header {}", cells(row.len()), header.len());
            let error = Diagnostic::error(all, message);
            problems
                .push(error.hint("a cell that holds a comma stands in quotes: \"GAO-10-179, GAO-10-376\""));
        }
        if problems.is_empty() { Ok(Self { span, header, rows, digest }) } else { Err(problems) }
    }

    /// The place of a column.
    ///
    /// # Errors
    /// There is none; the error, at `span`, names the nearest and all that there are.
    pub fn column(&self, name: &str, span: Span) -> Result<usize, Diagnostic> {
        let names = || self.header.iter().map(|cell| cell.text.as_str());
        names().position(|column| column == name).ok_or_else(|| {
            Diagnostic::error(span, format!("the record has no column `{name}`"))
                .related(self.header[0].span.to(self.header[self.header.len() - 1].span), "its columns")
                .suggest(name, names())
                .hint(format!("legal: {}", names().collect::<Vec<_>>().join(", ")))
        })
    }
}

fn cells(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

/// Takes a text apart from its start on.
struct Splitter<'a> {
    text: &'a str,
    whole: Span,
    at: usize,
}

impl Splitter<'_> {
    /// The next row that is not an empty line.
    fn row(&mut self) -> Result<Option<Vec<Cell>>, Diagnostic> {
        while let Some(end) = ["\r\n", "\n"].iter().find(|end| self.text[self.at..].starts_with(**end)) {
            self.at += end.len();
        }
        if self.at == self.text.len() {
            return Ok(None);
        }
        let mut row = vec![self.cell()?];
        while self.text[self.at..].starts_with(',') {
            self.at += 1;
            row.push(self.cell()?);
        }
        Ok(Some(row))
    }

    /// The cell that begins here; what follows is a comma, the end of the line or of the text.
    fn cell(&mut self) -> Result<Cell, Diagnostic> {
        let rest = &self.text[self.at..];
        if let Some(inside) = rest.strip_prefix('"') {
            return self.quoted(inside);
        }
        let length = rest.find([',', '\n']).unwrap_or(rest.len());
        let written = &rest[..length];
        let start = self.at + written.len() - written.trim_start().len();
        let text = written.trim().to_owned();
        self.at += written.strip_suffix('\r').unwrap_or(written).len();
        Ok(Cell { span: self.whole.within(start..start + text.len()), text })
    }

    /// A cell in quotes; two quotes within stand for one.
    fn quoted(&mut self, inside: &str) -> Result<Cell, Diagnostic> {
        let open = self.whole.within(self.at..self.at + 1);
        let mut text = String::new();
        let mut pieces = inside.split('"');
        let mut length = 1;
        while let Some(piece) = pieces.next() {
            text += piece;
            length += piece.len() + 1;
            let after = self.text.get(self.at + length..).unwrap_or("");
            if !after.starts_with('"') {
                let closed = self.at + length <= self.text.len();
                let ends = after.is_empty() || after.starts_with([',', '\n']) || after.starts_with("\r\n");
                if !closed || !ends {
                    let error = Diagnostic::error(open, "this quote is not closed before the next comma");
                    return Err(error.hint("a quote within quotes is written twice: \"\""));
                }
                let span = self.whole.within(self.at..self.at + length);
                self.at += length;
                return Ok(Cell { text: text.trim().to_owned(), span });
            }
            // Two quotes in a row: the second opens nothing.
            text.push('"');
            pieces.next();
            length += 1;
        }
        Err(Diagnostic::error(open, "this quote is not closed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::source::Sources;

    fn parse(text: &str) -> Result<Record, Vec<Diagnostic>> {
        Record::parse(text, Sources::default().add("r.csv", text), String::new())
    }

    fn texts(row: &[Cell]) -> Vec<&str> {
        row.iter().map(|cell| cell.text.as_str()).collect()
    }

    #[test]
    fn cells_are_what_the_standard_says() {
        let text = "\u{feff}a, b ,c\r\n\r\n1,\"x, \"\"y\"\"\",\r\n,é,\"\"";
        let mut sources = Sources::default();
        let record = Record::parse(text, sources.add("r.csv", text), String::new()).unwrap();
        assert_eq!(texts(&record.header), ["a", "b", "c"]);
        assert_eq!(texts(&record.rows[0]), ["1", "x, \"y\"", ""]);
        assert_eq!(texts(&record.rows[1]), ["", "é", ""]);
        assert_eq!(sources.text(record.header[1].span), "b");
        assert_eq!(sources.text(record.rows[0][1].span), "\"x, \"\"y\"\"\"");
        assert_eq!(sources.position(record.rows[1][1].span), "r.csv:4:2");
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let told =
            |text: &str| parse(text).unwrap_err().iter().map(|d| d.message.clone()).collect::<Vec<_>>();
        assert_eq!(told("\n\r\n"), ["this record is empty"]);
        assert_eq!(
            told("a,b,a\n1,2\n"),
            ["the column `a` stands twice", "this row has 2 cells, and the header 3"]
        );
        assert_eq!(told("a\n\"x"), ["this quote is not closed before the next comma"]);
        assert_eq!(told("a\n\"x\"y\n"), ["this quote is not closed before the next comma"]);
    }
}
