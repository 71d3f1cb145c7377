//! Quantities counted from what happened before: `empirical`, a sample, and `posterior`, a share of cases.
//!
//! Either is written with its numbers, or with a record to take them from; what is taken from a record is then
//! written with its numbers in the resolved scenario, which needs no record any more.

use std::collections::BTreeMap;

use super::Shape;
use super::empirical::{Empirical, LEAST_VALUES, MOST_VALUES};
use super::forms::{keep, number, numbers, part, shapes};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::record::{Cell, Filter, Record, Records, read_filter};
use crate::lang::source::Span;
use crate::lang::tree::{Entry, Node, Table, Text, Value};

/// The forms that may be counted from a record.
pub const COUNTED: [&str; 2] = ["empirical", "posterior"];

/// How a sample is written.
pub const EMPIRICAL: &str = "empirical = { file = \"records/drawdowns.csv\", column = \"slip_days\", where = { driver = \"agreement\" }, smooth = true }";
/// How a share is written.
pub const POSTERIOR: &str = "posterior = { file = \"records/drawdowns.csv\", column = \"reversed\", where = { driver = \"agreement\" }, prior = [0.5, 0.5] }";

/// What says where numbers are taken from.
const FROM_RECORD: [&str; 3] = ["file", "column", "where"];
const OF_SAMPLE: [&str; 3] = ["values", "smooth", "from"];
const OF_SHARE: [&str; 4] = ["count", "of", "prior", "from"];
/// Jeffreys' prior of a probability.
const JEFFREYS: [f64; 2] = [0.5, 0.5];

/// The record that a form names, and the place where it does.
pub fn record_named(form: &Table) -> Option<(&str, Span)> {
    match &form.get("file")?.node {
        Node { value: Value::Text(text), span } => Some((&text.text, *span)),
        _ => None,
    }
}

/// Reads `empirical`.
pub fn empirical(entry: &Entry, records: &Records, problems: &mut Vec<Diagnostic>) -> Option<Shape> {
    let form = Written::read(entry, &OF_SAMPLE, EMPIRICAL, problems)?;
    let smooth = form.flag("smooth", problems)?;
    let (values, from) = match form.source {
        Source::Numbers => {
            let listed = match form.table.get("values").map(|inner| &inner.node.value) {
                Some(Value::Array(items)) => items.iter().map(number).collect::<Result<Vec<f64>, _>>(),
                _ => Err(Diagnostic::error(part(entry, "values"), "`values` is a list of numbers")),
            };
            (keep(listed, problems)?, form.text("from", problems)?)
        }
        Source::Record => {
            let taken = form.take(records, problems)?;
            (numbers_of(&taken, problems)?, Some(taken.describe()))
        }
    };
    if values.len() < LEAST_VALUES {
        let message = format!(
            "{} are too few for an empirical distribution: {LEAST_VALUES} are the least",
            counted(values.len())
        );
        problems.push(
            Diagnostic::error(form.place(), message)
                .hint("with so few, say what you make of them: pert = [low, mode, high]"),
        );
        return None;
    }
    if values.len() > MOST_VALUES {
        let message = format!("{} are too many: {MOST_VALUES} are the most", counted(values.len()));
        problems.push(Diagnostic::error(form.place(), message).hint("`where` keeps some of the rows"));
        return None;
    }
    Some(Shape::Empirical { sample: Empirical::new(values, smooth), from })
}

/// Reads `posterior`.
pub fn posterior(entry: &Entry, records: &Records, problems: &mut Vec<Diagnostic>) -> Option<Shape> {
    let form = Written::read(entry, &OF_SHARE, POSTERIOR, problems)?;
    let prior = match form.table.get("prior") {
        None => JEFFREYS,
        Some(inner) => {
            let prior = keep(numbers(inner, "prior = [0.5, 0.5]"), problems)?;
            if prior.iter().any(|shape| *shape <= 0.0) {
                let error = Diagnostic::error(inner.node.span, "both numbers of a prior must be above 0");
                problems.push(error.hint("[0.5, 0.5] is Jeffreys' prior, [1, 1] the uniform one"));
                return None;
            }
            prior
        }
    };
    let (count, of, from) = match form.source {
        Source::Numbers => {
            (form.whole("count", problems)?, form.whole("of", problems)?, form.text("from", problems)?)
        }
        Source::Record => {
            let taken = form.take(records, problems)?;
            let cases = numbers_of(&taken, problems)?;
            let is_neither = |cell: &Cell| !matches!(cell.text.parse(), Ok(0.0 | 1.0));
            refuse(&taken, is_neither, "is neither 1, it happened, nor 0", problems)?;
            let count = cases.iter().sum::<f64>();
            (count, cases.len() as f64, Some(taken.describe()))
        }
    };
    if count > of {
        problems
            .push(Diagnostic::error(part(entry, "count"), format!("`count` cannot be more than `of`, {of}")));
        return None;
    }
    let [a, b] = prior;
    keep(shapes([a + count, b + of - count], entry, "prior and cases together"), problems)?;
    Some(Shape::Posterior { count, of, prior, from })
}

/// The form written with its numbers instead of its record; `None` if it names no record that could be read.
pub fn explicit(name: &str, form: &Entry, records: &Records) -> Option<Table> {
    let Value::Table(table) = &form.node.value else { return None };
    let (_, mention) = record_named(table)?;
    let digest = &records.get(mention)?.digest;
    let span = form.node.span;
    let entry = |value| Entry { key: span, node: Node { span, value } };
    let mut entries = BTreeMap::new();
    let mut put = |key: &str, value| entries.insert(key.to_owned(), entry(value));
    let list = |numbers: &[f64]| {
        Value::Array(numbers.iter().map(|x| Node { span, value: Value::Float(*x) }).collect())
    };
    let taken = match (name, &mut Vec::new()) {
        ("empirical", unheard) => match empirical(form, records, unheard)? {
            Shape::Empirical { sample, from } => {
                put("values", list(sample.values()));
                put("smooth", Value::Bool(sample.is_smooth()));
                from
            }
            _ => return None,
        },
        (_, unheard) => match posterior(form, records, unheard)? {
            Shape::Posterior { count, of, prior, from } => {
                put("count", Value::Integer(count as i64));
                put("of", Value::Integer(of as i64));
                put("prior", list(&prior));
                from
            }
            _ => return None,
        },
    };
    let from = format!("{}; SHA-256 {digest}", taken.unwrap_or_default());
    put("from", Value::Text(Text { text: from, inside: None }));
    Some(Table { entries, is_inline: true })
}

enum Source {
    Numbers,
    Record,
}

/// A form's table, whose keys are legal.
struct Written<'a> {
    entry: &'a Entry,
    table: &'a Table,
    source: Source,
    usage: &'static str,
}

/// Cells of a column, and of how many rows they are.
struct Cells<'a> {
    column: &'a str,
    file: &'a str,
    filter: Filter,
    cells: Vec<&'a Cell>,
    rows: usize,
    empty: usize,
}

impl<'a> Written<'a> {
    fn read(
        entry: &'a Entry,
        own: &[&str],
        usage: &'static str,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let Value::Table(table) = &entry.node.value else {
            problems
                .push(Diagnostic::error(entry.node.span, "expected a table").hint(format!("write {usage}")));
            return None;
        };
        let source = if table.get("file").is_some() { Source::Record } else { Source::Numbers };
        let legal = |key: &str| FROM_RECORD.contains(&key) || own.contains(&key);
        let known = || FROM_RECORD.iter().chain(own).copied();
        let before = problems.len();
        for (key, inner) in table.entries.iter().filter(|(key, _)| !legal(key)) {
            let error =
                Diagnostic::error(inner.key, format!("there is no key `{key}` here")).suggest(key, known());
            problems.push(error.hint(format!("legal: {}", known().collect::<Vec<_>>().join(", "))));
        }
        // What is counted stands either in a record or here.
        let (needed, foreign): (&[&str], Vec<&str>) = match source {
            Source::Record => (&["column"], vec!["values", "count", "of", "from"]),
            Source::Numbers if own.contains(&"values") => (&["values"], FROM_RECORD.to_vec()),
            Source::Numbers => (&["count", "of"], FROM_RECORD.to_vec()),
        };
        for (key, inner) in
            table.entries.iter().filter(|(key, _)| legal(key) && foreign.contains(&key.as_str()))
        {
            let message = match source {
                Source::Record => format!("`{key}` cannot stand beside `file`, from which it is counted"),
                Source::Numbers => format!("`{key}` says which part of a `file`, and there is none"),
            };
            problems.push(Diagnostic::error(inner.key, message));
        }
        let missing = needed.iter().find(|key| table.get(key).is_none());
        if let (Some(missing), true) = (missing, problems.len() == before) {
            let error = Diagnostic::error(
                entry.node.span,
                format!("`{missing}` is missing, or a `file` to count from"),
            );
            let error = if table.get("file").is_some() {
                Diagnostic { message: format!("`{missing}` is missing"), ..error }
            } else {
                error
            };
            problems.push(error.hint(format!("write {usage}")));
        }
        (problems.len() == before).then_some(Self { entry, table, source, usage })
    }

    /// Where to point when the numbers will not do.
    fn place(&self) -> Span {
        let key = if self.table.get("where").is_some() { "where" } else { "column" };
        self.table.get(key).or(self.table.get("values")).map_or(self.entry.node.span, |inner| inner.node.span)
    }

    fn flag(&self, key: &str, problems: &mut Vec<Diagnostic>) -> Option<bool> {
        match self.table.get(key).map(|inner| &inner.node) {
            None => Some(false),
            Some(Node { value: Value::Bool(flag), .. }) => Some(*flag),
            Some(other) => {
                problems.push(Diagnostic::error(other.span, format!("`{key}` is true or false")));
                None
            }
        }
    }

    fn text(&self, key: &str, problems: &mut Vec<Diagnostic>) -> Option<Option<String>> {
        match self.table.get(key).map(|inner| &inner.node) {
            None => Some(None),
            Some(Node { value: Value::Text(text), .. }) => Some(Some(text.text.clone())),
            Some(other) => {
                problems.push(
                    Diagnostic::error(other.span, format!("`{key}` is text"))
                        .hint(format!("write {}", self.usage)),
                );
                None
            }
        }
    }

    fn whole(&self, key: &str, problems: &mut Vec<Diagnostic>) -> Option<f64> {
        let node = &self.table.get(key)?.node;
        match node.value {
            Value::Integer(n) if n >= 0 => Some(n as f64),
            _ => {
                problems.push(Diagnostic::error(node.span, format!("`{key}` is a whole number of cases")));
                None
            }
        }
    }

    /// The cells that the form asks for; those that are empty say nothing and are left out.
    fn take(&self, records: &'a Records, problems: &mut Vec<Diagnostic>) -> Option<Cells<'a>> {
        let Some((file, mention)) = record_named(self.table) else {
            problems.push(
                Diagnostic::error(part(self.entry, "file"), "`file` is text")
                    .hint(format!("write {}", self.usage)),
            );
            return None;
        };
        // One that could not be read has been told.
        let record: &Record = records.get(mention)?;
        let Some(Node { value: Value::Text(column), span }) =
            self.table.get("column").map(|inner| &inner.node)
        else {
            problems.push(Diagnostic::error(part(self.entry, "column"), "`column` is the name of a column"));
            return None;
        };
        let place = keep(record.column(&column.text, *span), problems);
        let filter = match self.table.get("where") {
            Some(inner) => keep(read_filter(inner, record), problems)?,
            None => Filter::default(),
        };
        let place = place?;
        let admitted = record.rows.iter().filter(|row| filter.admits(row)).map(|row| &row[place]);
        let (cells, empty): (Vec<&Cell>, Vec<&Cell>) = admitted.partition(|cell| !cell.text.is_empty());
        if cells.is_empty() {
            let message = format!("no row has a `{}`{}", column.text, filter.describe());
            problems.push(Diagnostic::error(self.place(), message));
            return None;
        }
        let (rows, empty) = (record.rows.len(), empty.len());
        Some(Cells { column: &column.text, file, filter, cells, rows, empty })
    }
}

impl Cells<'_> {
    fn describe(&self) -> String {
        let empty = match self.empty {
            0 => String::new(),
            n => format!(", {n} empty left out"),
        };
        format!(
            "column {} of {}{}: {} of {} rows{empty}",
            self.column,
            self.file,
            self.filter.describe(),
            self.cells.len(),
            self.rows
        )
    }
}

/// Every cell as a number; all that are none are told at once.
fn numbers_of(taken: &Cells<'_>, problems: &mut Vec<Diagnostic>) -> Option<Vec<f64>> {
    let read = |cell: &&Cell| cell.text.parse::<f64>().ok().filter(|x| x.is_finite());
    refuse(taken, |cell| read(&cell).is_none(), "is no number", problems)?;
    Some(taken.cells.iter().filter_map(read).collect())
}

/// Cells that will not do, in one message; `None` if there are any.
fn refuse(
    taken: &Cells<'_>,
    is_wrong: impl Fn(&Cell) -> bool,
    why: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<()> {
    const TOLD: usize = 4;
    let mut wrong = taken.cells.iter().filter(|cell| is_wrong(cell));
    let Some(first) = wrong.next() else { return Some(()) };
    let error =
        Diagnostic::error(first.span, format!("`{}` {why}, in column `{}`", first.text, taken.column));
    let error = wrong.take(TOLD).fold(error, |error, cell| error.related(cell.span, "nor is this"));
    problems.push(error.hint("leave the cell empty where there is nothing to count"));
    None
}

fn counted(values: usize) -> String {
    if values == 1 { "1 value".to_owned() } else { format!("{values} values") }
}
