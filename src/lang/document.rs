//! A scenario as text: its file laid over the files it extends, and `--set` values over that.

use std::path::{Path, PathBuf};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::lever::Setting;
use super::quantity::holds_quantity;
use super::source::{Sources, Span};
use super::strays::{refuse_stray, warn_of_strays};
use super::tree::{self, Entry, Node, Table, Value};

/// A larger file is refused: no scenario a person wrote comes near.
const LARGEST_FILE: u64 = 8 << 20;
/// A longer chain of `extends` is refused.
const LONGEST_CHAIN: usize = 16;

/// A scenario's overlaid tree, and every text it came from.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What the scenario is called when it does not say: the file's stem.
    pub stem: String,
    pub sources: Sources,
    pub root: Table,
    /// What was set beside the files: `path = value`.
    pub changes: Vec<String>,
    /// Paths that variants took out, and where they say so.
    pub removed: Vec<(String, Span)>,
    /// What keeps the texts from being read.
    problems: Vec<Diagnostic>,
    /// Mistakes beside which the others can still be found: paths that are none, `remove` of nothing.
    slips: Vec<Diagnostic>,
}

impl Document {
    /// Reads a file and the files it extends. Mistakes are kept until [`Document::diagnostics`].
    pub fn open(path: &Path) -> Self {
        let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let mut document = Self { stem, ..Self::default() };
        let mut chain = Vec::new();
        if let Some(root) = document.layer(path, None, &mut chain) {
            document.root = root;
        }
        document
    }

    /// Reads a text that stands in no file; it cannot extend one.
    pub fn from_text(name: &str, text: &str) -> Self {
        let stem = Path::new(name).file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let mut document = Self { stem, ..Self::default() };
        let (mut root, problems) = tree::parse(&mut document.sources, name, text);
        document.problems.extend(problems);
        if let Some(entry) = root.entries.remove("extends") {
            document.problem(Diagnostic::error(entry.key, "a text that is no file cannot extend one"));
        }
        document.take_out(&mut root, None);
        document.root = root;
        document
    }

    /// Sets the value at a dotted path, as the last layer. The value is read as TOML and, failing
    /// that, as a string.
    pub fn set(&mut self, path: &str, value: &str) {
        let name = format!("--set {path}");
        let as_toml = format!("value = {value}");
        let readable = toml::from_str::<toml::Table>(&as_toml).is_ok_and(|t| t.len() == 1);
        let text =
            if readable { as_toml } else { format!("value = {}", toml::Value::String(value.to_owned())) };
        let (mut layer, problems) = tree::parse(&mut self.sources, &name, &text);
        self.problems.extend(problems);
        let Some(Entry { key, node }) = layer.entries.remove("value") else { return };
        let legal =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !path.split('.').all(legal) {
            let error = Diagnostic::error(node.span, format!("`{path}` is not a path to a value"));
            return self.slip(error.hint("write a path such as phases.coalition_ends.end"));
        }
        if let Some(stray) = refuse_stray(&self.root, path, node.span) {
            return self.slip(stray);
        }
        let mut entry = Entry { key, node };
        for part in path.rsplit('.') {
            let entries = [(part.to_owned(), entry)].into();
            entry = Entry {
                key,
                node: Node { span: key, value: Value::Table(Table { entries, is_inline: false }) },
            };
        }
        if let Value::Table(mut layer) = entry.node.value {
            let mut root = std::mem::take(&mut self.root);
            self.take_out(&mut layer, Some(&mut root));
            root.overlay(layer);
            self.root = root;
            self.changes.push(format!("{path} = {value}"));
        }
    }

    /// Sets a value at a dotted path as the last layer, without any text being read. A quantity keeps what
    /// it rests on (`source`, `note`, `basis`); its distribution gives way, and correlations let it go, for
    /// what is set is not drawn. `layer` is what messages call it.
    pub fn lay(&mut self, layer: &str, path: &str, setting: &Setting) {
        let before = format!("{path} = ");
        let all = self.sources.add(layer, &format!("{before}{setting}"));
        let (key, span) =
            (all.within(0..path.len()), all.within(before.len()..(all.end - all.start) as usize));
        if let Some(stray) = refuse_stray(&self.root, path, span) {
            return self.slip(stray);
        }
        let below = self.root.at(path).map(|entry| entry.node.value.clone());
        let node = match (below, setting) {
            (Some(Value::Table(mut table)), Setting::Number(x)) if holds_quantity(&table) => {
                if let Some(problem) = beyond_bounds(&table, path, *x, span) {
                    return self.slip(problem);
                }
                let kept = |name: &String| ["source", "note", "basis"].contains(&name.as_str());
                table.entries.retain(|name, _| kept(name));
                let value = Node { span, value: setting.value() };
                table.entries.insert("value".to_owned(), Entry { key, node: value });
                uncorrelate(&mut self.root, path);
                Node { span, value: Value::Table(Table { is_inline: true, ..table }) }
            }
            _ => Node { span, value: setting.value() },
        };
        self.root.put(path, Entry { key, node });
        self.changes.push(format!("{path} = {setting}"));
    }

    /// Whether every text could be read, so that the other mistakes can be found.
    pub fn is_readable(&self) -> bool {
        self.problems.is_empty()
    }

    fn slip(&mut self, slip: Diagnostic) {
        self.slips.push(slip);
    }

    fn problem(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// Everything found so far.
    pub fn diagnostics(&self) -> Diagnostics {
        let list = self.problems.iter().chain(&self.slips).cloned().collect();
        Diagnostics { sources: self.sources.clone(), list }
    }

    /// The overlaid scenario as one TOML text, by this name: what a run was made from.
    pub fn resolved(&self, name: &str) -> String {
        let mut table = plain(&self.root);
        table.insert("name".to_owned(), name.into());
        toml::to_string(&table).unwrap_or_default()
    }

    /// One file over those it extends.
    fn layer(&mut self, path: &Path, from: Option<Span>, chain: &mut Vec<PathBuf>) -> Option<Table> {
        let text = match read(path) {
            Ok(text) => text,
            Err(why) => {
                let message = format!("cannot read {}: {why}", path.display());
                self.problem(match from {
                    None => Diagnostic::general(message),
                    Some(span) => Diagnostic::error(span, message)
                        .hint("the path begins in the folder of the file that says `extends`"),
                });
                return None;
            }
        };
        chain.push(path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        let (mut table, problems) = tree::parse(&mut self.sources, &path.display().to_string(), &text);
        self.problems.extend(problems);
        let base = table.entries.remove("extends").and_then(|entry| self.base(path, &entry, chain));
        let root = match base {
            Some(mut base) => {
                self.take_out(&mut table, Some(&mut base));
                self.slips.extend(warn_of_strays(&base, &table));
                base.overlay(table);
                base
            }
            None => {
                self.take_out(&mut table, None);
                table
            }
        };
        chain.pop();
        Some(root)
    }

    /// The file that an `extends` names, itself laid over what it extends.
    fn base(&mut self, path: &Path, entry: &Entry, chain: &mut Vec<PathBuf>) -> Option<Table> {
        let span = entry.node.span;
        let Value::Text(text) = &entry.node.value else {
            self.problem(
                Diagnostic::error(span, "`extends` names a file").hint("write extends = \"iraq-syria.toml\""),
            );
            return None;
        };
        let base = path.parent().unwrap_or(Path::new("")).join(&text.text);
        if base.canonicalize().is_ok_and(|b| chain.contains(&b)) {
            let loops = chain.iter().filter_map(|p| p.file_name()).map(|p| p.to_string_lossy());
            let path = loops.collect::<Vec<_>>().join(" extends ");
            let error = Diagnostic::error(span, "a scenario cannot extend itself");
            self.problem(error.hint(format!("{path} extends {}", text.text)));
            return None;
        }
        if chain.len() >= LONGEST_CHAIN {
            self.problem(Diagnostic::error(
                span,
                format!("more than {LONGEST_CHAIN} files extend one another"),
            ));
            return None;
        }
        self.layer(&base, Some(span), chain)
    }

    /// Carries out a layer's `remove` on the layer below.
    fn take_out(&mut self, layer: &mut Table, mut base: Option<&mut Table>) {
        let Some(entry) = layer.entries.remove("remove") else { return };
        let Value::Array(paths) = &entry.node.value else {
            let error = Diagnostic::error(entry.node.span, "`remove` is a list of paths");
            return self.slip(error.hint("write remove = [\"phases.syria_leaves\"]"));
        };
        for node in paths {
            let Value::Text(path) = &node.value else {
                let error =
                    Diagnostic::error(node.span, format!("a path is text, not {}", node.value.type_name()));
                self.slip(error.hint("write remove = [\"phases.syria_leaves\"]"));
                continue;
            };
            let Some(base) = base.as_deref_mut() else {
                self.slip(
                    Diagnostic::error(node.span, "there is nothing to remove from")
                        .hint("`remove` takes things out of the file that `extends` names"),
                );
                continue;
            };
            if base.remove(&path.text) {
                self.removed.push((path.text.clone(), node.span));
            } else {
                let known: Vec<String> = paths_near(base, &path.text);
                let error = Diagnostic::error(node.span, format!("the base has no `{}`", path.text));
                self.slip(error.suggest(&path.text, known.iter().map(String::as_str)));
            }
        }
    }
}

/// Takes a path out of the correlations; those of one quantity are none.
fn uncorrelate(root: &mut Table, path: &str) {
    let Some(Value::Table(all)) = root.entries.get_mut("correlations").map(|e| &mut e.node.value) else {
        return;
    };
    all.entries.retain(|_, entry| {
        let Value::Table(one) = &mut entry.node.value else { return true };
        let Some(Value::Array(members)) = one.entries.get_mut("between").map(|e| &mut e.node.value) else {
            return true;
        };
        let before = members.len();
        members.retain(|node| !matches!(&node.value, Value::Text(text) if text.text == path));
        members.len() == before || members.len() > 1
    });
}

/// A value outside what a quantity says it can be.
fn beyond_bounds(table: &Table, path: &str, x: f64, span: Span) -> Option<Diagnostic> {
    let bound = |key: &str| match table.get(key).map(|e| (&e.node.value, e.node.span)) {
        Some((Value::Integer(n), span)) => Some((*n as f64, span)),
        Some((Value::Float(x), span)) => Some((*x, span)),
        _ => None,
    };
    let low = bound("min").filter(|(min, _)| x < *min).map(|(min, span)| ("min", "below", min, span));
    let high = bound("max").filter(|(max, _)| x > *max).map(|(max, span)| ("max", "above", max, span));
    let (key, side, limit, place) = low.or(high)?;
    let error = Diagnostic::error(span, format!("{x} is {side} the `{key}` of `{path}`, {limit}"));
    Some(error.related(place, "what it can be"))
}

fn read(path: &Path) -> Result<String, String> {
    let about = std::fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => e.to_string(),
    })?;
    if about.is_dir() {
        return Err("it is a folder".to_owned());
    }
    if about.len() > LARGEST_FILE {
        return Err(format!("it is larger than {} MiB", LARGEST_FILE >> 20));
    }
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
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

fn plain(table: &Table) -> toml::Table {
    table.entries.iter().map(|(key, entry)| (key.clone(), plain_value(&entry.node.value))).collect()
}

fn plain_value(value: &Value) -> toml::Value {
    match value {
        Value::Bool(b) => toml::Value::Boolean(*b),
        Value::Integer(n) => toml::Value::Integer(*n),
        Value::Float(x) => toml::Value::Float(*x),
        Value::Text(text) => toml::Value::String(text.text.clone()),
        Value::Date(date) => date
            .to_string()
            .parse()
            .map_or_else(|_| toml::Value::String(date.to_string()), toml::Value::Datetime),
        Value::Array(items) => items.iter().map(|node| plain_value(&node.value)).collect::<Vec<_>>().into(),
        Value::Table(table) => plain(table).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_variant_lies_over_its_base_and_sets_lie_over_both() {
        let dir = folder(&[
            ("base.toml", "name = 'b'\n[phases.x]\nend = 2025-01-01\n[phases.y]\nend = 2025-02-02\n"),
            ("v.toml", "extends = 'base.toml'\nremove = ['phases.y']\nname = 'v'\n"),
        ]);
        let mut d = Document::open(&dir.path().join("v.toml"));
        d.set("phases.x.end", "2026-03-31");
        d.set("phases.x.requires", "a.b and not c");
        assert!(!d.diagnostics().has_errors(), "{}", d.diagnostics());
        let text = "name = \"v\"\n\n[phases.x]\nend = 2026-03-31\nrequires = \"a.b and not c\"\n";
        assert_eq!(d.resolved("v"), text);
        assert_eq!(d.stem, "v");
    }

    #[test]
    fn a_setting_takes_the_place_of_a_distribution_and_keeps_its_source() {
        let text = "[parameters]\na = { pert = [1, 2, 3], max = 3, source = 's' }\nb = 1\nc = 1\n\
                    [correlations.two]\nbetween = ['parameters.a', 'parameters.b']\nrho = 0.5\n\
                    [correlations.three]\nbetween = ['parameters.a', 'parameters.b', 'parameters.c']\n";
        let mut d = Document::from_text("t.toml", text);
        d.lay("point 1", "parameters.a", &Setting::Number(2.5));
        d.lay("point 1", "parameters.b", &Setting::Text("2 * a".to_owned()));
        let expected = "name = \"t\"\n\n[correlations.three]\nbetween = [\"parameters.b\", \"parameters.c\"]\n\n\
                        [parameters]\nb = \"2 * a\"\nc = 1\n\n[parameters.a]\nsource = \"s\"\nvalue = 2.5\n";
        assert_eq!(d.resolved("t"), expected);
        d.lay("point 2", "parameters.c", &Setting::Number(2.0));
        assert!(!d.diagnostics().has_errors());
        let mut d = Document::from_text("t.toml", text);
        d.lay("point 3", "parameters.a", &Setting::Number(4.0));
        d.lay("point 3", "parameters.d", &Setting::Number(4.0));
        let told = d.diagnostics().to_string();
        assert!(
            told.contains("4 is above the `max` of `parameters.a`, 3") && told.contains("point 3:1:16"),
            "{told}"
        );
        assert!(told.contains("`parameters` has no `d`"), "{told}");
    }

    #[test]
    fn loops_and_missing_bases_are_errors_at_their_lines() {
        let dir = folder(&[
            ("a.toml", "extends = 'b.toml'\n"),
            ("b.toml", "\nextends = 'a.toml'\n"),
            ("c.toml", "extends = 'none.toml'\nremove = ['x']\n"),
        ]);
        let text = |file: &str| Document::open(&dir.path().join(file)).diagnostics().to_string();
        let (a, c) = (text("a.toml"), text("c.toml"));
        assert!(a.contains("cannot extend itself") && a.contains("b.toml:2:11"), "{a}");
        assert!(
            c.contains("cannot read") && c.contains("c.toml:1:11") && c.contains("nothing to remove"),
            "{c}"
        );
    }
}
