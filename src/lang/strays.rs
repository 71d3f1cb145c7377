//! Names that a layer brings in and probably did not mean to: what is written over nothing changes nothing.
//!
//! A path is SECTION.ID.KEY and onwards. Keys are held to tables where they are read; ids are free, so a
//! slip of the finger makes a new one.

use super::diagnostic::{Diagnostic, nearest};
use super::source::Span;
use super::tree::{Table, Value};

/// Where in a path an id stands.
const ID: usize = 1;
/// Where the key of an entity stands.
const KEY: usize = 2;
/// More letters apart than this, and two names are two names.
const MOST_APART: usize = 2;

/// Why a single value cannot be set at a path: its id is not there, or nearly is.
pub fn refuse_stray(root: &Table, path: &str, span: Span) -> Option<Diagnostic> {
    let parts: Vec<&str> = path.split('.').collect();
    let mut table = root;
    for (place, part) in parts.iter().enumerate() {
        match table.get(part).map(|entry| &entry.node.value) {
            Some(Value::Table(inner)) => table = inner,
            Some(_) => return None,
            None => {
                let (above, names) = (parts[..place].join("."), table.entries.keys().map(String::as_str));
                let is_stray = match place {
                    0 => parts.len() > 1,
                    ID => true,
                    KEY => false,
                    _ => nearest(part, names.clone()).is_some(),
                };
                let message = match place {
                    0 => format!("the scenario has no `{part}`"),
                    _ => format!("`{above}` has no `{part}`"),
                };
                return is_stray.then(|| {
                    Diagnostic::error(span, message)
                        .suggest(part, names)
                        .hint("only what is there can be set; a variant, a file with `extends`, can add more")
                });
            }
        }
    }
    None
}

/// Warnings of new ids that are almost old ones.
pub fn warn_of_strays(base: &Table, layer: &Table) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    look(base, layer, 0, &mut found);
    found
}

fn look(base: &Table, layer: &Table, place: usize, found: &mut Vec<Diagnostic>) {
    for (name, entry) in &layer.entries {
        match (base.get(name).map(|entry| &entry.node.value), &entry.node.value) {
            (Some(Value::Table(below)), Value::Table(above)) => look(below, above, place + 1, found),
            (None, _) if place == ID || place > KEY => {
                if let Some(old) = base.entries.keys().find(|old| reads_like(name, old)) {
                    let message = format!("`{name}` is new here, and almost `{old}`");
                    found.push(Diagnostic::warning(entry.key, message).hint(format!(
                        "write `{old}` to change what the base has; if another is meant, all is well"
                    )));
                }
            }
            _ => {}
        }
    }
}

/// Whether one name is probably the other, misspelt. Numbers tell names apart: `base_1` and `base_2`.
fn reads_like(new: &str, old: &str) -> bool {
    let letters = |name: &str| name.chars().filter(|c| c.is_ascii_alphabetic()).collect::<String>();
    let apart = strsim::damerau_levenshtein(new, old);
    apart <= MOST_APART && apart * 4 <= new.len() && letters(new) != letters(old)
}

/// Paths of the same depth as `path`, for suggestions.
pub fn paths_near(root: &Table, path: &str) -> Vec<String> {
    let depth = path.split('.').count();
    let mut found = Vec::new();
    collect(root, "", depth, &mut found);
    found
}

fn collect(table: &Table, prefix: &str, depth: usize, found: &mut Vec<String>) {
    for (key, entry) in &table.entries {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match &entry.node.value {
            _ if depth == 1 => found.push(path),
            Value::Table(inner) => collect(inner, &path, depth - 1, found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::source::Sources;
    use crate::lang::tree::parse;

    const BASE: &str = "seed = 1\n[parameters]\nus_al_asad = 1\nrate = { lognormal = { median = 2, p90 = 6 } }\n\
                        [states.talks.rates]\nopen.agreed = 1\n[phases.leaving]\nslip_days = 0\n";

    fn table(text: &str) -> Table {
        parse(&mut Sources::default(), "t.toml", text).0
    }

    #[test]
    fn only_what_is_there_can_be_set() {
        let span = Sources::default().add("t", "x");
        let refused = |path: &str| refuse_stray(&table(BASE), path, span).map(|d| d.message);
        for path in
            ["seed", "end", "parameters.us_al_asad", "phases.leaving.end_slip_days", "parameters.rate.pert"]
        {
            assert_eq!(refused(path), None, "{path}");
        }
        assert_eq!(refused("parameters.rate.lognormal.median"), None);
        let expected = [
            ("parameters.us_al_assad", "`parameters` has no `us_al_assad`"),
            ("phases.gone.end", "`phases` has no `gone`"),
            ("shocks.war.per_year", "the scenario has no `shocks`"),
            ("states.talks.rates.open.aggreed", "`states.talks.rates.open` has no `aggreed`"),
        ];
        for (path, message) in expected {
            assert_eq!(refused(path).as_deref(), Some(message), "{path}");
        }
    }

    #[test]
    fn a_new_id_that_is_almost_an_old_one_is_told() {
        let told = |text: &str| warn_of_strays(&table(BASE), &table(text)).len();
        assert_eq!(told("[parameters]\nus_al_assad = 2\n"), 1);
        assert_eq!(told("[states.talks.rates]\nopen.aggreed = 2\n"), 1);
        assert_eq!(told("[phases.leaving]\nend_slip_days = 2\n[phases.leaving_2]\n[phases.arriving]\n"), 0);
    }
}
