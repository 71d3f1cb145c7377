//! Reading a tree by tables of keys. One reader collects every error.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::Diagnostic;
use super::expression::{WORDS, function};
use super::keys::{Key, Takes};
use super::quantity::{self, Numeric, NumericValue, Provenance};
use super::source::Span;
use super::tree::{Entry, Table, Value};
use crate::calendar::Date;

/// Something and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

/// What all sections share: the problems found so far and the ids of the sources.
#[derive(Debug, Default)]
pub struct Reader {
    problems: RefCell<Vec<Diagnostic>>,
    source_ids: BTreeSet<String>,
}

impl Reader {
    /// A reader that knows which sources may be named.
    pub fn new(source_ids: BTreeSet<String>) -> Self {
        Self { problems: RefCell::default(), source_ids }
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
        let section = Section { reader: self, path: path.to_owned(), span, table, keys };
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

    /// Whether a key is given.
    pub fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    /// The place of a key's name, or of the section when it is not given.
    pub fn key_span(&self, key: &str) -> Span {
        self.table.get(key).map_or(self.span, |e| e.key)
    }

    fn refuse_unknown(&self) {
        for (name, entry) in &self.table.entries {
            if !self.keys.iter().any(|k| k.name == name) {
                let legal = || self.keys.iter().map(|k| k.name);
                let place = if self.path.is_empty() { "a scenario" } else { self.path.as_str() };
                self.problem(
                    Diagnostic::error(entry.key, format!("{place} has no key `{name}`"))
                        .suggest(name, legal())
                        .hint(format!("legal: {}", legal().collect::<Vec<_>>().join(", "))),
                );
            }
        }
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
        self.problem(
            Diagnostic::error(
                entry.node.span,
                format!("`{}` is {}, not {}", key.name, key.takes.describe(), entry.node.value.type_name()),
            )
            .hint(format!("write {}", key.example())),
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
                [Value::Date(_), Value::Date(_)] => {
                    self.problem(Diagnostic::error(span, "the first date is after the second"));
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
            Value::Integer(_) => {
                self.problem(Diagnostic::error(
                    entry.node.span,
                    format!("`{name}` must be a whole number of at least {least}"),
                ));
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
                other => self.problem(Diagnostic::error(
                    item.span,
                    format!("`{name}` lists texts, and this is {}", other.type_name()),
                )),
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
        self.numeric(entry, key)
    }

    fn numeric(&self, entry: &Entry, key: &Key) -> Option<Numeric> {
        let read = quantity::read(entry, &mut self.reader.problems.borrow_mut());
        let numeric = read?;
        self.check_source(entry, &numeric.provenance);
        if let (NumericValue::Quantity(q), Takes::Number(number)) = (&numeric.value, &key.takes) {
            let (low, high) = q.support();
            if let Err(rule) = number.domain.check_support(low, high) {
                let reach = if low == high { String::new() } else { format!("this can be {low} to {high}") };
                self.problem(
                    Diagnostic::error(numeric.span, format!("`{}` {rule}", key.name))
                        .label(reach)
                        .hint(format!("write {}", key.example())),
                );
                return None;
            }
        }
        Some(numeric)
    }

    fn check_source(&self, entry: &Entry, provenance: &Provenance) {
        let (Some(source), Value::Table(table)) = (&provenance.source, &entry.node.value) else { return };
        let free = ["judgement", "unverified", "derived"].iter().any(|w| source.starts_with(w));
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
            let numeric = self.numeric(inner, key)?;
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
                other => self.problem(
                    Diagnostic::error(
                        entry.node.span,
                        format!("`{path}` is a table, not {}", other.type_name()),
                    )
                    .hint(format!("write [{path}]")),
                ),
            }
        }
        found
    }

    /// The entries of a table keyed by id, each a number, a quantity or an expression.
    pub fn named_numbers(&self, name: &str) -> Vec<(Spanned<String>, Numeric)> {
        let Some((_, key)) = self.entry(name) else { return Vec::new() };
        let each = self.ids(name).into_iter().filter_map(|(id, entry)| Some((id, self.numeric(entry, key)?)));
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
                if let Some(numeric) = self.numeric(inner, key) {
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
        let Value::Table(table) = &entry.node.value else {
            self.wrong(entry, key);
            return Vec::new();
        };
        let mut found = Vec::new();
        for (id, inner) in &table.entries {
            match check_id(id) {
                Ok(()) => found.push((Spanned { value: id.clone(), span: inner.key }, inner)),
                Err(why) => self.problem(
                    Diagnostic::error(inner.key, format!("`{id}` cannot be a name: {why}"))
                        .hint("names are small letters, digits and `_`, and begin with a letter"),
                ),
            }
        }
        found
    }
}

/// Whether a word may name an entity.
pub fn check_id(id: &str) -> Result<(), &'static str> {
    let legal = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !legal {
        return Err("it has other characters");
    }
    if id.len() > 60 {
        return Err("it is longer than 60 characters");
    }
    if WORDS.contains(&id) || function(id).is_some() {
        return Err("the word has a meaning of its own");
    }
    Ok(())
}

fn humane(id: &str) -> String {
    let mut words = id.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Ids that stand twice, of whatever kind, each with both places.
pub fn duplicates<'a>(ids: impl IntoIterator<Item = (&'a str, Span)>) -> Vec<(String, Span, Span)> {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    let mut found = Vec::new();
    for (id, span) in ids {
        if let Some(first) = seen.insert(id, span) {
            found.push((id.to_owned(), first, span));
        }
    }
    found
}
