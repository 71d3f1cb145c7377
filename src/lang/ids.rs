//! Names that entities may have.

use std::collections::BTreeMap;

use super::diagnostic::Diagnostic;
use super::expression::{WORDS, function};
use super::source::Span;

/// More characters than this are no name.
const LONGEST_ID: usize = 60;

/// Whether a word, which stands at `span`, may name an entity.
pub fn check_id(id: &str, span: Span) -> Result<(), Diagnostic> {
    if id.len() > LONGEST_ID {
        return Err(Diagnostic::error(span, format!("names have at most {LONGEST_ID} characters"))
            .label(format!("this has {}", id.chars().count()))
            .hint("a `label` may be longer"));
    }
    let error = Diagnostic::error(span, format!("`{id}` cannot be a name"));
    if !is_id(id) {
        let similar: String =
            id.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let error = error.hint("names are small letters, digits and `_`, and begin with a letter");
        return Err(if is_id(&similar) { error.hint(format!("write `{similar}`")) } else { error });
    }
    if WORDS.contains(&id) || function(id).is_some() {
        return Err(error.label("the word has a meaning of its own").hint(format!(
            "reserved are {} and the names of functions; `{id}_1` would do",
            WORDS.join(", ")
        )));
    }
    Ok(())
}

fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
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

/// An id as a label: underscores as spaces, and a capital.
pub fn humane(id: &str) -> String {
    let mut words = id.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}
