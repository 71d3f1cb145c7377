//! Levers that change nothing a result could show: told before anything runs.

use crate::lang::tree::{Table, Value};

/// Keys that say something about a number or a thing and change neither.
const WORDS: [&str; 10] =
    ["label", "name", "note", "title", "url", "publisher", "source", "confidence", "basis", "unit"];
/// Tables and keys at the top that no history depends on, or on which all points must agree.
const OUTSIDE: [(&str, &str); 6] = [
    ("schema", "it says how the file is written"),
    ("seed", "all points share the seed, so that they meet the same chance"),
    ("replicates", "all points have as many histories"),
    ("signals", "it says what is reported"),
    ("report_every", "it says what is reported"),
    ("sweeps", "it says what a sweep varies"),
];

/// Why varying a path changes nothing, if that can be told from the scenario.
pub fn idle(scenario: &Table, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('.').collect();
    let (first, last) = (parts.first()?, parts.last()?);
    if let Some((_, why)) = OUTSIDE.iter().find(|(key, _)| key == first) {
        return Some(format!("`{path}` is nothing to vary: {why}"));
    }
    if *first == "sources" || WORDS.contains(last) && parts.len() != 2 || path == "name" {
        return Some(format!("`{path}` is words: it changes no history"));
    }
    match parts.as_slice() {
        ["parameters", id, ..] if !is_read(scenario, id, &format!("parameters.{id}"), "") => {
            Some(format!("`{path}` changes nothing: no expression reads `{id}`"))
        }
        _ => None,
    }
}

/// Whether a text below a table, other than at `own`, has a name in it.
fn is_read(table: &Table, id: &str, own: &str, path: &str) -> bool {
    table.entries.iter().any(|(key, entry)| {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let is_words = WORDS.contains(&key.as_str()) && path.matches('.').count() != 1;
        let is_aside = path == own || path == "sources" || path == "sweeps";
        !is_words && !is_aside && holds(&entry.node.value, id, own, &path)
    })
}

fn holds(value: &Value, id: &str, own: &str, path: &str) -> bool {
    match value {
        Value::Table(inner) => is_read(inner, id, own, path),
        Value::Text(text) => names(&text.text).any(|name| name == id),
        Value::Array(items) => items.iter().any(|item| holds(&item.value, id, own, path)),
        _ => false,
    }
}

/// The first parts of the names in an expression.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_.".contains(c)));
    words.filter_map(|word| word.split('.').next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::source::Sources;
    use crate::lang::tree::parse;

    #[test]
    fn what_changes_no_history_is_told() {
        let text = "name = 'spare'\nseed = 1\n[parameters]\nused = 1\nspare = { value = 2, note = 'spare' }\nlabel = 3\n\
                    [variables]\nx = 'used + label'\n[sources.a]\ntitle = 'spare'\n[sites.b]\nlabel = 'spare'\n\
                    [correlations.c]\nbetween = ['parameters.spare', 'parameters.used']\n";
        let (table, problems) = parse(&mut Sources::default(), "t.toml", text);
        assert!(problems.is_empty());
        let found = |path: &str| idle(&table, path).unwrap_or_default();
        assert_eq!((found("parameters.used"), found("parameters.label")), (String::new(), String::new()));
        assert_eq!(found("phases.x.end"), "");
        for (path, part) in [
            ("parameters.spare", "no expression reads `spare`"),
            ("sites.b.label", "is words"),
            ("name", "is words"),
            ("seed", "share the seed"),
            ("sources.a.date", "is words"),
        ] {
            assert!(found(path).contains(part), "{path}: {}", found(path));
        }
    }
}
