//! Reading a tree by tables of keys. One reader collects every error.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::diagnostic::{Diagnostic, nearest};
use super::ids::{check_id, humane};
use super::keys::{Domain, Key, Takes};
use super::quantity::{self, Numeric, NumericValue, Provenance};
use super::record::Records;
use super::slips;
use super::source::Span;
use super::tree::{Entry, Table, Value};
use crate::calendar::Date;

/// Something and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

/// What all sections share: the problems found so far, the ids of the sources and what is missing.
#[derive(Debug, Default)]
pub struct Reader {
    problems: RefCell<Vec<Diagnostic>>,
    source_ids: BTreeSet<String>,
    /// What quantities are counted from.
    records: Records,
    /// Paths that variants took out, and where they say so.
    removed: Vec<(String, Span)>,
    /// Paths that stand in the file but could not be read; that they are missing is no new mistake.
    unreadable: RefCell<BTreeSet<String>>,
}

impl Reader {
    /// A reader that knows which sources may be named, what the records hold, and what variants took out.
    pub fn new(source_ids: BTreeSet<String>, records: Records, removed: Vec<(String, Span)>) -> Self {
        Self { source_ids, records, removed, ..Self::default() }
    }

    /// Notes that something named `name` is missing, unless it is there and could not be read.
    /// `name` is an id, a path or a signal.
    pub fn missing(&self, name: &str, problem: Diagnostic) {
        let entity = name.split('.').next().unwrap_or(name);
        let is_meant = |path: &str| {
            path.rsplit('.').next() == Some(entity)
                || path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if self.unreadable.borrow().iter().any(|path| is_meant(path)) {
            return;
        }
        self.problem(match self.removed.iter().find(|(path, _)| is_meant(path)) {
            Some((_, span)) => problem.related(*span, "taken out here"),
            None => problem,
        });
    }

    fn unreadable(&self, path: String) {
        self.unreadable.borrow_mut().insert(path);
    }

    /// Notes a problem.
    pub fn problem(&self, problem: Diagnostic) {
        self.problems.borrow_mut().push(problem);
    }

    /// All problems found.
    pub fn finish(self) -> Vec<Diagnostic> {
        self.problems.into_inner()
    }

    /// A section over `table`; keys that it does not have are errors at once.
    pub fn section<'a>(
        &'a self,
        path: &str,
        span: Span,
        table: &'a Table,
        keys: &'static [Key],
    ) -> Section<'a> {
        let path = path.to_owned();
        let mut section = Section { reader: self, path, span, table, keys, misspelt: Vec::new() };
        section.refuse_unknown();
        section.demand_required();
        section
    }
}

/// A table read by its keys.
pub struct Section<'a> {
    reader: &'a Reader,
    /// Where it stands: `phases.coalition_ends`.
    pub path: String,
    /// The key it stands under.
    pub span: Span,
    table: &'a Table,
    keys: &'static [Key],
    /// Legal keys that unknown ones seem to mean.
    misspelt: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// Notes a problem.
    pub fn problem(&self, problem: Diagnostic) {
        self.reader.problem(problem);
    }

    /// The path of one of its keys.
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Whether a key is given, be it misspelt.
    pub fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some() || self.misspelt.contains(&key)
    }

    /// The place of a key's name, or of the section when it is not given.
    pub fn key_span(&self, key: &str) -> Span {
        self.table.get(key).map_or(self.span, |e| e.key)
    }

    fn refuse_unknown(&mut self) {
        let mut misspelt = Vec::new();
        for (name, entry) in &self.table.entries {
            if !self.keys.iter().any(|k| k.name == name) {
                let legal = || self.keys.iter().map(|k| k.name);
                let place = if self.path.is_empty() { "a scenario" } else { self.path.as_str() };
                self.problem(
                    Diagnostic::error(entry.key, format!("{place} has no key `{name}`"))
                        .suggest(name, legal())
                        .hint(format!("legal: {}", legal().collect::<Vec<_>>().join(", "))),
                );
                misspelt.extend(nearest(name, legal()));
            }
        }
        self.misspelt = misspelt;
    }

    fn demand_required(&self) {
        for key in self.keys.iter().filter(|k| k.required && !self.has(k.name)) {
            let place = if self.path.is_empty() { "the scenario" } else { self.path.as_str() };
            self.problem(
                Diagnostic::error(self.span, format!("{place} needs `{}`", key.name))
                    .label(format!("`{}` is missing", key.name))
                    .hint(format!("{}: {}", key.example(), key.doc)),
            );
        }
    }

    fn entry(&self, name: &str) -> Option<(&'a Entry, &'static Key)> {
        let key = self.keys.iter().find(|k| k.name == name).expect("asked only for keys in the table");
        self.table.get(name).map(|entry| (entry, key))
    }

    fn wrong(&self, entry: &Entry, key: &Key) {
        self.reader.unreadable(self.path_of(key.name));
        self.problem(
            Diagnostic::error(
                entry.node.span,
                format!("`{}` is {}, not {}", key.name, key.takes.describe(), entry.node.value.type_name()),
            )
            .hint(in_quotes(entry, key).unwrap_or_else(|| format!("write {}", key.example()))),
        );
    }

    /// Text.
    pub fn text(&self, name: &str) -> Option<Spanned<String>> {
        let (entry, key) = self.entry(name)?;
        match &entry.node.value {
            Value::Text(text) => Some(Spanned { value: text.text.clone(), span: entry.node.span }),
            _ => {
                self.wrong(entry, key);
                None
            }
        }
    }

    /// `label`, or the id with its underscores as spaces and a capital.
    pub fn label(&self, id: &str) -> String {
        self.text("label").map_or_else(|| humane(id), |text| text.value)
    }

    /// One of the words that the key takes.
    pub fn choice(&self, name: &str) -> Option<&'static str> {
        let (_, key) = self.entry(name)?;
        let Takes::Choice(words) = key.takes else { unreachable!("{name} takes a choice") };
        let text = self.text(name)?;
        let found = words.iter().find(|w| **w == text.value).copied();
        if found.is_none() {
            self.problem(
                Diagnostic::error(text.span, format!("`{name}` cannot be \"{}\"", text.value))
                    .suggest(&text.value, words.iter().copied())
                    .hint(format!("legal: {}", words.join(", "))),
            );
        }
        found
    }

    /// A date.
    pub fn date(&self, name: &str) -> Option<Spanned<Date>> {
        let (entry, key) = self.entry(name)?;
        match &entry.node.value {
            Value::Date(date) => Some(Spanned { value: *date, span: entry.node.span }),
            _ => {
                self.wrong(entry, key);
                None
            }
        }
    }

    /// A date, or the first and last of a range of days.
    pub fn dates(&self, name: &str) -> Option<Spanned<(Date, Date)>> {
        let (entry, key) = self.entry(name)?;
        let span = entry.node.span;
        let range = match &entry.node.value {
            Value::Date(date) => Some((*date, *date)),
            Value::Array(items) => match items.iter().map(|n| &n.value).collect::<Vec<_>>()[..] {
                [Value::Date(a), Value::Date(b)] if a <= b => Some((*a, *b)),
                [Value::Date(a), Value::Date(b)] => {
                    let error = Diagnostic::error(span, "the first date is after the second");
                    self.problem(error.hint(format!("write {name} = [{b}, {a}]")));
                    return None;
                }
                _ => None,
            },
            _ => None,
        };
        if range.is_none() {
            self.wrong(entry, key);
        }
        range.map(|value| Spanned { value, span })
    }

    /// A whole number of at least `least`.
    pub fn whole(&self, name: &str, least: i64) -> Option<Spanned<u64>> {
        let (entry, key) = self.entry(name)?;
        match entry.node.value {
            Value::Integer(n) if n >= least => Some(Spanned { value: n as u64, span: entry.node.span }),
            Value::Integer(_) | Value::Float(_) => {
                let message = format!("`{name}` must be a whole number of at least {least}");
                let error = Diagnostic::error(entry.node.span, message);
                self.problem(error.hint(format!("write {}", key.example())));
                None
            }
            _ => {
                self.wrong(entry, key);
                None
            }
        }
    }

    /// A list of texts; one text stands for a list of one where the key says so.
    pub fn texts(&self, name: &str) -> Option<Vec<Spanned<String>>> {
        let (entry, key) = self.entry(name)?;
        let Value::Array(items) = &entry.node.value else {
            self.wrong(entry, key);
            return None;
        };
        let mut found = Vec::new();
        for item in items {
            match &item.value {
                Value::Text(text) => found.push(Spanned { value: text.text.clone(), span: item.span }),
                other => {
                    let message =
                        format!("`{name}` lists names in quotes, and this is {}", other.type_name());
                    let error = Diagnostic::error(item.span, message);
                    self.problem(error.hint(format!("write {}", key.example())));
                }
            }
        }
        Some(found)
    }

    /// Degrees north and east.
    pub fn location(&self, name: &str) -> Option<[f64; 2]> {
        let (entry, key) = self.entry(name)?;
        let number = |value: &Value| match value {
            Value::Integer(n) => Some(*n as f64),
            Value::Float(x) => Some(*x),
            _ => None,
        };
        let pair = match &entry.node.value {
            Value::Array(items) if items.len() == 2 => {
                Some([number(&items[0].value), number(&items[1].value)])
            }
            _ => None,
        };
        match pair {
            Some([Some(north), Some(east)]) if north.abs() <= 90.0 && east.abs() <= 180.0 => {
                Some([north, east])
            }
            Some([Some(_), Some(_)]) => {
                let message = "latitude lies within ±90 and longitude within ±180 degrees";
                self.problem(Diagnostic::error(entry.node.span, message).hint("write [north, east]"));
                None
            }
            _ => {
                self.wrong(entry, key);
                None
            }
        }
    }

    /// A number, a quantity or an expression, within the key's domain where that is known.
    pub fn number(&self, name: &str) -> Option<Numeric> {
        let (entry, key) = self.entry(name)?;
        self.numeric(entry, key, self.path_of(name))
    }

    fn numeric(&self, entry: &Entry, key: &Key, path: String) -> Option<Numeric> {
        let read = quantity::read(entry, &self.reader.records, &mut self.reader.problems.borrow_mut());
        let legal = read.filter(|numeric| self.check_domain(numeric, key));
        match &legal {
            Some(numeric) => self.check_source(entry, &numeric.provenance),
            None => self.reader.unreadable(path),
        }
        legal
    }

    fn check_domain(&self, numeric: &Numeric, key: &Key) -> bool {
        let (NumericValue::Quantity(quantity), Takes::Number(number) | Takes::Numbers(_, number)) =
            (&numeric.value, &key.takes)
        else {
            return true;
        };
        let (low, high) = quantity.support();
        let Err(rule) = number.domain.check_support(low, high) else { return true };
        let error = Diagnostic::error(numeric.span, format!("`{}` {rule}", key.name));
        self.problem(match low == high {
            true if number.domain == Domain::Probability && (2.0..=100.0).contains(&low) => {
                error.hint(format!("{low} % is {}", low / 100.0))
            }
            true => error.hint(format!("for instance {}", key.example())),
            false => error
                .label(format!("this can be {}", describe_reach(low, high)))
                .hint("`min` and `max` beside it truncate a distribution"),
        });
        false
    }

    fn check_source(&self, entry: &Entry, provenance: &Provenance) {
        let (Some(source), Value::Table(table)) = (&provenance.source, &entry.node.value) else { return };
        let free = ["judgement", "unverified", "derived"].iter().any(|word| {
            source.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        });
        if free || self.reader.source_ids.contains(source) {
            return;
        }
        let span = table.get("source").map_or(entry.node.span, |e| e.node.span);
        self.problem(
            Diagnostic::error(span, format!("there is no source `{source}`"))
                .suggest(source, self.reader.source_ids.iter().map(String::as_str))
                .hint("name an entry of [sources], or begin with judgement, unverified or derived"),
        );
    }

    /// Numbers keyed by the ids of something: `troops = { us = 900 }`.
    pub fn numbers(&self, name: &str) -> Vec<(Spanned<String>, Numeric)> {
        let Some((entry, key)) = self.entry(name) else { return Vec::new() };
        let Value::Table(table) = &entry.node.value else {
            self.wrong(entry, key);
            return Vec::new();
        };
        let each = table.entries.iter().filter_map(|(id, inner)| {
            let numeric = self.numeric(inner, key, format!("{}.{id}", self.path_of(name)))?;
            Some((Spanned { value: id.clone(), span: inner.key }, numeric))
        });
        each.collect()
    }

    /// The table under a key, read by `keys`.
    pub fn table(&self, name: &str, keys: &'static [Key]) -> Option<Section<'a>> {
        let (entry, key) = self.entry(name)?;
        match &entry.node.value {
            Value::Table(table) => Some(self.reader.section(&self.path_of(name), entry.key, table, keys)),
            _ => {
                self.wrong(entry, key);
                None
            }
        }
    }

    /// The entries of a table keyed by id, each a table read by `keys`.
    pub fn children(&self, name: &str, keys: &'static [Key]) -> Vec<(Spanned<String>, Section<'a>)> {
        let mut found = Vec::new();
        for (id, entry) in self.ids(name) {
            let path = format!("{}.{}", self.path_of(name), id.value);
            match &entry.node.value {
                Value::Table(table) => {
                    let section = self.reader.section(&path, entry.key, table, keys);
                    found.push((id, section));
                }
                other => {
                    let message = format!("`{path}` is a table, not {}", other.type_name());
                    let error = Diagnostic::error(entry.node.span, message);
                    self.problem(error.hint(format!("write [{path}], and its keys below")));
                    self.reader.unreadable(path);
                }
            }
        }
        found
    }

    /// The entries of a table keyed by id, each a number, a quantity or an expression.
    pub fn named_numbers(&self, name: &str) -> Vec<(Spanned<String>, Numeric)> {
        let Some((_, key)) = self.entry(name) else { return Vec::new() };
        let each = self.ids(name).into_iter().filter_map(|(id, entry)| {
            let path = format!("{}.{}", self.path_of(name), id.value);
            Some((id, self.numeric(entry, key, path)?))
        });
        each.collect()
    }

    /// The numbers of a table of tables: `rates.from.to`.
    pub fn number_matrix(&self, name: &str) -> Vec<(Spanned<String>, Spanned<String>, Numeric)> {
        let Some((entry, key)) = self.entry(name) else { return Vec::new() };
        let Value::Table(rows) = &entry.node.value else {
            self.wrong(entry, key);
            return Vec::new();
        };
        let mut found = Vec::new();
        for (from, row) in &rows.entries {
            let from = Spanned { value: from.clone(), span: row.key };
            let Value::Table(columns) = &row.node.value else {
                self.problem(
                    Diagnostic::error(row.node.span, format!("`{name}` says from which state to which"))
                        .hint(format!("write {}", key.example())),
                );
                continue;
            };
            for (to, inner) in &columns.entries {
                let path = format!("{}.{}.{to}", self.path_of(name), from.value);
                if let Some(numeric) = self.numeric(inner, key, path) {
                    found.push((from.clone(), Spanned { value: to.clone(), span: inner.key }, numeric));
                }
            }
        }
        found
    }

    /// Whether a key's value is a table.
    pub fn is_table(&self, name: &str) -> bool {
        matches!(self.table.get(name).map(|e| &e.node.value), Some(Value::Table(_)))
    }

    /// Whether a key's value is text.
    pub fn is_text(&self, name: &str) -> bool {
        matches!(self.table.get(name).map(|e| &e.node.value), Some(Value::Text(_)))
    }

    fn ids(&self, name: &str) -> Vec<(Spanned<String>, &'a Entry)> {
        let Some((entry, key)) = self.entry(name) else { return Vec::new() };
        let path = self.path_of(name);
        let Value::Table(table) = &entry.node.value else {
            if matches!(key.takes, Takes::Table) {
                let message = format!("`{path}` is a table, not {}", entry.node.value.type_name());
                let error = Diagnostic::error(entry.node.span, message);
                self.problem(error.hint(format!("write [{path}.some_name] for each, and its keys below")));
            } else {
                self.wrong(entry, key);
            }
            return Vec::new();
        };
        let mut found = Vec::new();
        for (id, inner) in &table.entries {
            match check_id(id, inner.key) {
                Ok(()) => found.push((Spanned { value: id.clone(), span: inner.key }, inner)),
                Err(problem) => {
                    self.problem(problem);
                    self.reader.unreadable(format!("{path}.{id}"));
                }
            }
        }
        found
    }
}

/// What to write for a date or a whole number that stands in quotes.
fn in_quotes(entry: &Entry, key: &Key) -> Option<String> {
    let (Value::Text(text), Takes::Date | Takes::Whole) = (&entry.node.value, &key.takes) else {
        return None;
    };
    match text.text.parse::<Date>().is_ok() || text.text.parse::<u64>().is_ok() {
        true => Some(format!("write {} = {}, without quotes", key.name, text.text)),
        false => slips::as_people_write(&text.text).map(|(_, hint)| hint),
    }
}

/// What a number from `low` to `high` can be.
pub fn describe_reach(low: f64, high: f64) -> String {
    match (low == f64::NEG_INFINITY, high == f64::INFINITY) {
        (true, true) => "any number".to_owned(),
        (true, false) => format!("anything below {high}"),
        (false, true) => format!("anything above {low}"),
        (false, false) => format!("{low} to {high}"),
    }
}
