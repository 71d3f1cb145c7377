//! The tree of spanned values that a scenario is, and how one tree lies over another.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::diagnostic::Diagnostic;
use super::quantity::{holds_quantity, is_form};
use super::slips;
use super::source::{Sources, Span};
use crate::calendar::Date;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Node {
    pub span: Span,
    pub value: Value,
}

/// What TOML can say, less times of day.
#[derive(Clone, Debug)]
pub enum Value {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Text),
    Date(Date),
    Array(Vec<Node>),
    Table(Table),
}

impl Value {
    /// What it is, for messages: `a number`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Bool(_) => "true or false",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::Date(_) => "a date",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }
}

/// A string, and where its characters are when they stand in the file as they are.
#[derive(Clone, Debug)]
pub struct Text {
    pub text: String,
    /// The span of the characters between the quotes; `None` where escapes moved them.
    pub inside: Option<Span>,
}

/// Quantities stand at SECTION.ID or below; the tables above hold ids, which may be called `beta`.
const QUANTITY_DEPTH: usize = 2;

/// Keys and values; keys keep their places.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub entries: BTreeMap<String, Entry>,
    /// Written as one value, in braces.
    pub is_inline: bool,
}

/// A key's place and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: Span,
    pub node: Node,
}

impl Table {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    /// The value at a dotted path.
    pub fn at(&self, path: &str) -> Option<&Entry> {
        let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
        let entry = self.entries.get(first)?;
        match (rest, &entry.node.value) {
            (None, _) => Some(entry),
            (Some(rest), Value::Table(table)) => table.at(rest),
            _ => None,
        }
    }

    /// Puts an entry at a dotted path, in place of what stands there or on the way.
    pub fn put(&mut self, path: &str, entry: Entry) {
        let Some((first, rest)) = path.split_once('.') else {
            self.entries.insert(path.to_owned(), entry);
            return;
        };
        let empty =
            Entry { key: entry.key, node: Node { span: entry.key, value: Value::Table(Table::default()) } };
        let place = self.entries.entry(first.to_owned()).or_insert_with(|| empty.clone());
        if !matches!(place.node.value, Value::Table(_)) {
            *place = empty;
        }
        if let Value::Table(table) = &mut place.node.value {
            table.put(rest, entry);
        }
    }

    /// Takes a path out; false when nothing stands there.
    pub fn remove(&mut self, path: &str) -> bool {
        match path.split_once('.') {
            None => self.entries.remove(path).is_some(),
            Some((first, rest)) => match self.entries.get_mut(first).map(|e| &mut e.node.value) {
                Some(Value::Table(table)) => table.remove(rest),
                _ => false,
            },
        }
    }

    /// Lays another tree over this one: tables key by key, everything else replaced whole. A quantity
    /// written as one value, in braces, replaces a quantity whole: one distribution's numbers and source
    /// mean nothing to another. A path into a quantity, such as `rate.lognormal.median`, changes that alone.
    pub fn overlay(&mut self, over: Table) {
        self.lay(over, 0);
    }

    fn lay(&mut self, over: Table, depth: usize) {
        let are_quantities = |below: &Table, above: &Table, depth: usize| {
            depth >= QUANTITY_DEPTH && holds_quantity(below) && holds_quantity(above)
        };
        let is_quantity = are_quantities(self, &over, depth);
        if is_quantity {
            let has_form = |key: &String| is_form(key) && over.entries.contains_key(key);
            let other_form = over.entries.keys().any(is_form) && !self.entries.keys().any(has_form);
            self.entries.retain(|key, _| !(other_form && is_form(key)));
        }
        for (key, entry) in over.entries {
            match (self.entries.get_mut(&key).map(|e| &mut e.node.value), entry.node.value) {
                (Some(Value::Table(below)), Value::Table(above))
                    if !(above.is_inline
                        && (is_quantity && is_form(&key) || are_quantities(below, &above, depth + 1))) =>
                {
                    below.lay(above, depth + 1);
                }
                (_, value) => {
                    let node = Node { span: entry.node.span, value };
                    self.entries.insert(key, Entry { key: entry.key, node });
                }
            }
        }
    }
}

/// Reads a TOML text; what could be read comes back beside every syntax error.
pub fn parse(sources: &mut Sources, name: &str, text: &str) -> (Table, Vec<Diagnostic>) {
    let whole = sources.add(name, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut lift = Lift { text, whole, problems: Vec::new() };
    let mut seen = None;
    for error in errors {
        let range = error.span().unwrap_or(0..0);
        // One slip makes the parser report its consequences too; the first on a line is the cause.
        let line = text[..range.start.min(text.len())].matches('\n').count();
        if seen != Some(line) {
            lift.problems.push(syntax_error(text, range, whole, error.message()));
        }
        seen = Some(line);
    }
    let table = lift.table(table.into_inner());
    (table, lift.problems)
}

/// What the parser says, in words for people who do not know its grammar.
fn syntax_error(text: &str, range: Range<usize>, whole: Span, message: &str) -> Diagnostic {
    let span = whole.within(range.clone());
    let written = text.get(range.clone()).unwrap_or("");
    let bare = text[..range.start.min(text.len())].trim_end_matches([' ', '\t']).ends_with('=');
    let value = value_around(text, range.clone());
    if let Some((what, hint)) = slips::as_people_write(&text[value.clone()]) {
        Diagnostic::error(whole.within(value), what).hint(hint)
    } else if bare && written.trim().is_empty() {
        Diagnostic::error(span, "there is no value here").hint("write a number, a date or \"text\"")
    } else if bare && written.starts_with(|c: char| c.is_alphanumeric()) && !message.contains("date") {
        Diagnostic::error(span, format!("`{written}` is no number, and text must stand in quotes"))
            .hint(format!("write \"{written}\" if it is text"))
    } else if message.contains("expected day between") || message.contains("expected month between") {
        Diagnostic::error(span, "there is no such date")
    } else if message == "duplicate key" {
        Diagnostic::error(span, format!("`{written}` is given twice"))
    } else if message.contains("string, expected `\"`") || message.contains("string, expected `'`") {
        Diagnostic::error(span, "the closing quote is missing")
    } else {
        Diagnostic::error(span, format!("this cannot be read as TOML: {message}"))
    }
}

/// The word after the last `=` before a place, on its line.
fn value_around(text: &str, range: Range<usize>) -> Range<usize> {
    let at = range.start;
    let Some(before) = text.get(..at) else { return 0..0 };
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let Some(equals) = before[line..].rfind('=').map(|place| line + place + 1) else { return at..at };
    let rest = &text[equals..];
    let start = equals + rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let inside = |c: char| c.is_ascii_alphanumeric() || "_,./%~+-".contains(c);
    let length = text[start..].find(|c| !inside(c)).unwrap_or(text.len() - start);
    start..start + length
}

struct Lift<'a> {
    text: &'a str,
    whole: Span,
    problems: Vec<Diagnostic>,
}

impl Lift<'_> {
    fn table(&mut self, table: DeTable<'_>) -> Table {
        let mut entries = BTreeMap::new();
        for (key, value) in table {
            let key_span = self.whole.within(key.span());
            let span = self.whole.within(value.span());
            if let Some(node) = self.node(span, value.into_inner()) {
                entries.insert(key.into_inner().into_owned(), Entry { key: key_span, node });
            }
        }
        Table { entries, is_inline: false }
    }

    fn node(&mut self, span: Span, value: DeValue<'_>) -> Option<Node> {
        let value = match value {
            DeValue::Boolean(b) => Value::Bool(b),
            DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
                Ok(n) => Value::Integer(n),
                Err(_) => return self.refuse(span, "this whole number is too large"),
            },
            DeValue::Float(x) => match x.as_str().parse::<f64>() {
                Ok(x) => Value::Float(x),
                Err(_) => return self.refuse(span, "this number cannot be read"),
            },
            DeValue::String(s) => {
                // A terminal obeys them, and pages and drawings have no place for them.
                let is_control = |c: &char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
                if let Some(c) = s.chars().find(is_control) {
                    let message =
                        format!("text has no control characters, and here is U+{:04X}", u32::from(c));
                    return self.refuse(span, &message);
                }
                let inside = self.inside(span, &s);
                Value::Text(Text { text: s.into_owned(), inside })
            }
            DeValue::Datetime(d) => match (d.date, d.time) {
                (Some(date), None) => match Date::new(date.year as i16, date.month as i8, date.day as i8) {
                    Ok(date) => Value::Date(date),
                    Err(_) => return self.refuse(span, "there is no such date"),
                },
                _ => return self.refuse(span, "a date has no time of day here, as in 2025-09-30"),
            },
            DeValue::Array(items) => Value::Array(
                items
                    .into_iter()
                    .filter_map(|item| {
                        let span = self.whole.within(item.span());
                        self.node(span, item.into_inner())
                    })
                    .collect(),
            ),
            DeValue::Table(table) => {
                let is_inline = self.text[(span.start - self.whole.start) as usize..].starts_with('{');
                Value::Table(Table { is_inline, ..self.table(table) })
            }
        };
        Some(Node { span, value })
    }

    fn refuse(&mut self, span: Span, message: &str) -> Option<Node> {
        // What the parser could not read it hands on in pieces: it has been reported.
        if !self.problems.iter().any(|problem| problem.span == Some(span)) {
            self.problems.push(Diagnostic::error(span, message));
        }
        None
    }

    /// Where the characters of a string stand, if they stand there unescaped.
    fn inside(&self, span: Span, value: &str) -> Option<Span> {
        let range = (span.start - self.whole.start) as usize..(span.end - self.whole.start) as usize;
        let written = self.text.get(range)?;
        let quotes = if written.starts_with("\"\"\"") || written.starts_with("'''") { 3 } else { 1 };
        let after = written.get(quotes..)?;
        let skipped =
            ["\r\n", "\n"].iter().find(|n| quotes == 3 && after.starts_with(**n)).map_or(0, |n| n.len());
        let at = quotes + skipped;
        (written.get(at..at + value.len())? == value).then(|| span.within(at..at + value.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Sources, Table) {
        let mut sources = Sources::default();
        let (table, problems) = parse(&mut sources, "t.toml", text);
        assert!(problems.is_empty(), "{problems:?}");
        (sources, table)
    }

    #[test]
    fn values_keep_their_places_through_an_overlay() {
        let mut sources = Sources::default();
        let (mut base, _) = parse(&mut sources, "base.toml", "[a.b]\nx = 1\ny = 2\n");
        let (over, _) = parse(&mut sources, "over.toml", "a.b.y = 3\n");
        base.overlay(over);
        assert_eq!(sources.position(base.at("a.b.x").unwrap().node.span), "base.toml:2:5");
        assert_eq!(sources.position(base.at("a.b.y").unwrap().node.span), "over.toml:1:9");
    }

    #[test]
    fn a_quantity_replaces_a_quantity_whole_and_anything_else_key_by_key() {
        let (_, mut base) = read("[a]\np = { pert = [1, 2, 3], source = 's' }\n[i]\nvalue = 'x'\nred = 1\n");
        let (_, over) = read("[a]\np = { value = 5 }\n[i]\nvalue = 'y'\n");
        base.overlay(over);
        assert!(base.at("a.p.value").is_some() && base.at("a.p.pert").is_none());
        assert!(base.at("i.red").is_some() && base.at("a.p.source").is_none());
    }

    #[test]
    fn a_part_of_a_quantity_is_overridden_alone() {
        let with = |text: &str| {
            let (_, mut base) =
                read("a.p = { lognormal = { median = 2, p90 = 6 }, max = 9, source = 's' }\n");
            base.overlay(read(text).1);
            base
        };
        let keys = |text: &str| {
            let base = with(text);
            let Value::Table(p) = &base.at("a.p").unwrap().node.value else { panic!("{text}") };
            p.entries.keys().cloned().collect::<Vec<_>>().join(" ")
        };
        let median = with("a.p.lognormal.median = 3\n");
        assert!(matches!(median.at("a.p.lognormal.median").unwrap().node.value, Value::Integer(3)));
        assert!(median.at("a.p.lognormal.p90").is_some() && median.at("a.p.source").is_some());
        assert!(with("a.p.lognormal = { mean = 3, sd = 1 }\n").at("a.p.lognormal.p90").is_none());
        assert_eq!(keys("a.p.lognormal = { mean = 3, sd = 1 }\n"), "lognormal max source");
        assert_eq!(keys("a.p.pert = [1, 2, 3]\n"), "max pert source");
        assert_eq!(keys("[a.p]\nvalue = 3\nmax = 4\n"), "max source value");
        assert_eq!(keys("a.p = { pert = [1, 2, 3] }\n"), "pert");
        assert_eq!(keys("a.p = { note = 'n' }\n"), "lognormal max note source");
    }

    #[test]
    fn ids_may_be_called_as_distributions_are() {
        let (_, mut base) = read("[parameters]\nbeta = 1\n");
        base.overlay(read("[parameters]\ngamma = 2\n").1);
        assert!(base.at("parameters.beta").is_some() && base.at("parameters.gamma").is_some());
    }

    #[test]
    fn removing_says_whether_anything_stood_there() {
        let (_, mut table) = read("a.b.c = 1\n");
        assert!(!table.remove("a.x") && table.remove("a.b.c") && table.at("a.b.c").is_none());
    }

    #[test]
    fn the_inside_of_a_string_is_known_unless_escaped() {
        let (sources, table) = read("a = \"x + y\"\nb = \"\"\"\nx\n+ y\"\"\"\nc = \"x\\ty\"\n");
        let inside = |key: &str| match &table.get(key).unwrap().node.value {
            Value::Text(text) => text.inside.map(|span| sources.text(span).to_owned()),
            _ => None,
        };
        assert_eq!(inside("a").as_deref(), Some("x + y"));
        assert_eq!(inside("b").as_deref(), Some("x\n+ y"));
        assert_eq!(inside("c"), None);
    }

    #[test]
    fn every_syntax_error_is_reported() {
        let mut sources = Sources::default();
        let (_, problems) = parse(&mut sources, "t.toml", "a = \nb = 2024-13-45\nc = 07:32:00\n");
        assert!(problems.len() >= 3, "{problems:?}");
    }
}
