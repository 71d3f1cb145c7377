//! Which rows of a record count: `where = { driver = "agreement", ended = { before = 2021-04-14 } }`.

use super::{Cell, Record};
use crate::calendar::Date;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::source::Span;
use crate::lang::tree::{Entry, Node, Table, Value};

/// Conditions on columns, all of which a row must meet.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
struct Condition {
    column: usize,
    name: String,
    test: Test,
    span: Span,
}

#[derive(Clone, Debug)]
enum Test {
    /// The cell is one of these texts or numbers.
    OneOf(Vec<Value>),
    /// The cell is a date from the first on, and before the second. An empty cell is none.
    Dated { from: Option<Date>, before: Option<Date> },
}

/// Reads a `where`.
///
/// # Errors
/// It is no table of columns, a column is not in the record, a date filter meets a cell that is no date, or no
/// row is left.
pub fn read_filter(entry: &Entry, record: &Record) -> Result<Filter, Diagnostic> {
    let usage = "write where = { driver = \"agreement\", ended = { before = 2021-04-14 } }";
    let Value::Table(table) = &entry.node.value else {
        let error =
            Diagnostic::error(entry.node.span, "`where` is a table of columns and what they must hold");
        return Err(error.hint(usage));
    };
    let mut conditions = Vec::new();
    for (name, inner) in &table.entries {
        let column = record.column(name, inner.key)?;
        let test = read_test(&inner.node).map_err(|problem| problem.hint(usage))?;
        let condition = Condition { column, name: name.clone(), test, span: inner.node.span };
        if let Test::Dated { .. } = condition.test {
            condition.refuse_undated(record)?;
        }
        conditions.push(condition);
    }
    let filter = Filter { conditions };
    if record.rows.iter().any(|row| filter.admits(row)) { Ok(filter) } else { Err(filter.nothing(record)) }
}

fn read_test(node: &Node) -> Result<Test, Diagnostic> {
    match &node.value {
        Value::Text(_) | Value::Integer(_) | Value::Float(_) => Ok(Test::OneOf(vec![node.value.clone()])),
        Value::Array(items) if !items.is_empty() => {
            let is_plain =
                |item: &&Node| matches!(item.value, Value::Text(_) | Value::Integer(_) | Value::Float(_));
            match items.iter().find(|item| !is_plain(item)) {
                None => Ok(Test::OneOf(items.iter().map(|item| item.value.clone()).collect())),
                Some(item) => Err(unfit(item)),
            }
        }
        Value::Table(table) => read_dates(table, node.span),
        _ => Err(unfit(node)),
    }
}

fn unfit(node: &Node) -> Diagnostic {
    Diagnostic::error(node.span, format!("{} cannot stand here", node.value.type_name()))
        .label("expected a text, a number, a list of them, or { before = … }")
}

fn read_dates(table: &Table, span: Span) -> Result<Test, Diagnostic> {
    if let Some((key, inner)) =
        table.entries.iter().find(|(key, _)| !["from", "before"].contains(&key.as_str()))
    {
        let error = Diagnostic::error(inner.key, format!("a condition on dates has no `{key}`"));
        return Err(error.suggest(key, ["from", "before"]).hint("legal: from, before"));
    }
    let date = |key: &str| match table.get(key).map(|inner| &inner.node) {
        Some(Node { value: Value::Date(date), .. }) => Ok(Some(*date)),
        Some(other) => Err(Diagnostic::error(other.span, format!("`{key}` is a date, without quotes"))),
        None => Ok(None),
    };
    let (from, before) = (date("from")?, date("before")?);
    match (from, before) {
        (None, None) => Err(Diagnostic::error(span, "this condition is empty")),
        _ => Ok(Test::Dated { from, before }),
    }
}

impl Filter {
    /// Whether a row counts.
    pub fn admits(&self, row: &[Cell]) -> bool {
        self.conditions.iter().all(|condition| condition.test.holds(&row[condition.column].text))
    }

    /// As a person says it: ` where driver is agreement and ended before 2021-04-14`; nothing without conditions.
    pub fn describe(&self) -> String {
        let each = self
            .conditions
            .iter()
            .map(|condition| format!("{} {}", condition.name, condition.test.describe()));
        match self.conditions.is_empty() {
            true => String::new(),
            false => format!(" where {}", each.collect::<Vec<_>>().join(" and ")),
        }
    }

    /// No row meets the conditions: which of them nothing meets, and what there is.
    fn nothing(&self, record: &Record) -> Diagnostic {
        let met = |condition: &Condition| {
            record.rows.iter().any(|row| condition.test.holds(&row[condition.column].text))
        };
        let Some(unmet) = self.conditions.iter().find(|condition| !met(condition)) else {
            let span = self.conditions.first().map_or(record.span, |condition| condition.span);
            return Diagnostic::error(span, "no row of the record meets all of these conditions");
        };
        let mut found: Vec<&str> = record.rows.iter().map(|row| row[unmet.column].text.as_str()).collect();
        found.sort_unstable();
        found.dedup();
        let error =
            Diagnostic::error(unmet.span, format!("`{}` is this in no row of the record", unmet.name));
        let error = match &unmet.test {
            Test::OneOf(values) => match &values[0] {
                Value::Text(text) => error.suggest(&text.text, found.iter().copied()),
                _ => error,
            },
            Test::Dated { .. } => error,
        };
        const TOLD: usize = 12;
        let more = if found.len() > TOLD { ", …" } else { "" };
        let told: Vec<String> = found.iter().take(TOLD).map(|text| format!("\"{text}\"")).collect();
        error.hint(format!("it is {}{more}", told.join(", ")))
    }
}

impl Condition {
    /// A cell that is neither empty nor a date makes a condition on dates meaningless.
    fn refuse_undated(&self, record: &Record) -> Result<(), Diagnostic> {
        let undated = |cell: &&Cell| !cell.text.is_empty() && cell.text.parse::<Date>().is_err();
        match record.rows.iter().map(|row| &row[self.column]).find(undated) {
            None => Ok(()),
            Some(cell) => {
                Err(Diagnostic::error(cell.span, format!("`{}` is no date, such as 2021-04-14", cell.text))
                    .related(self.span, "asks for dates"))
            }
        }
    }
}

impl Test {
    fn holds(&self, text: &str) -> bool {
        match self {
            Test::OneOf(values) => values.iter().any(|value| match value {
                Value::Integer(n) => text.parse() == Ok(*n as f64),
                Value::Float(x) => text.parse() == Ok(*x),
                Value::Text(written) => written.text == text,
                _ => false,
            }),
            Test::Dated { from, before } => text.parse::<Date>().is_ok_and(|date| {
                from.is_none_or(|from| date >= from) && before.is_none_or(|before| date < before)
            }),
        }
    }

    fn describe(&self) -> String {
        match self {
            Test::OneOf(values) => {
                let each = values.iter().map(|value| match value {
                    Value::Text(text) => text.text.clone(),
                    Value::Integer(n) => n.to_string(),
                    Value::Float(x) => x.to_string(),
                    _ => String::new(),
                });
                format!("is {}", each.collect::<Vec<_>>().join(" or "))
            }
            Test::Dated { from: Some(from), before: Some(before) } => {
                format!("from {from} to before {before}")
            }
            Test::Dated { from: Some(from), .. } => format!("from {from} on"),
            Test::Dated { before, .. } => {
                before.map_or_else(String::new, |before| format!("before {before}"))
            }
        }
    }
}
