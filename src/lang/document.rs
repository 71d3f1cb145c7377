//! A scenario as text: its file laid over the files it extends, and `--set` values over that; and the records that
//! its quantities are counted from. The only place of the language that reads files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::lever::Setting;
use super::quantity::{COUNTED, explicit, holds_quantity, record_named};
use super::reach::Reach;
use super::record::{Record, Records};
use super::source::{Sources, Span};
use super::strays::{paths_near, refuse_stray, warn_of_strays};
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
    /// What quantities are counted from, as it was when the scenario was opened.
    pub records: Records,
    /// What was set beside the files: `path = value`.
    pub changes: Vec<String>,
    /// Paths that variants took out, and where they say so.
    pub removed: Vec<(String, Span)>,
    /// What keeps the texts from being read.
    problems: Vec<Diagnostic>,
    /// Mistakes beside which the others can still be found: paths that are none, `remove` of nothing.
    slips: Vec<Diagnostic>,
    /// What may be read.
    reach: Reach,
    /// The folder of each file, by what messages call it; `""` stands for what is in no file. A text has none.
    folders: BTreeMap<String, PathBuf>,
}

impl Document {
    /// Reads a file, the files it extends and the records it names, all within its own folder (see `reach.rs`).
    /// Mistakes are kept until [`Document::diagnostics`].
    pub fn open(path: &Path) -> Self {
        Self::within(path, Reach::of(path))
    }

    /// The same, and what is read may stand anywhere.
    pub fn open_anywhere(path: &Path) -> Self {
        Self::within(path, Reach::anywhere())
    }

    fn within(path: &Path, reach: Reach) -> Self {
        let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let mut document = Self { stem, reach, ..Self::default() };
        document.folders.insert(String::new(), folder_of(path));
        let mut chain = Vec::new();
        if let Some(root) = document.layer(path, None, &mut chain) {
            document.root = root;
            document.read_records();
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
        document.read_records();
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
            self.read_records();
        }
    }

    /// Sets a value at a dotted path as the last layer, without any text being read. A quantity keeps what
    /// it rests on (`source`, `confidence`, `note`, `basis`); its distribution gives way, and correlations let it go, for
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
                let kept = |name: &String| ["source", "confidence", "note", "basis"].contains(&name.as_str());
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

    /// The overlaid scenario as one TOML text, by this name: what a run was made from. Of a record it has the numbers
    /// that were taken from it.
    pub fn resolved(&self, name: &str) -> String {
        let mut root = self.root.clone();
        each_counted(&mut root, &mut |form, entry| {
            if let Some(table) = explicit(form, entry, &self.records) {
                entry.node.value = Value::Table(table);
            }
        });
        let mut table = plain(&root);
        table.insert("name".to_owned(), name.into());
        toml::to_string(&table).unwrap_or_default()
    }

    /// Reads the records that quantities name and that were not read before.
    fn read_records(&mut self) {
        let mut named = Vec::new();
        let mut root = std::mem::take(&mut self.root);
        each_counted(&mut root, &mut |_, entry| {
            if let Value::Table(table) = &entry.node.value {
                named.extend(record_named(table).map(|(file, place)| (file.to_owned(), place)));
            }
        });
        self.root = root;
        for (file, place) in named {
            if !self.records.has(place) {
                let record = self.record(&file, place);
                self.records.insert(place, record);
            }
        }
    }

    /// The record in a file, whose path begins in the folder of the file that says it.
    fn record(&mut self, file: &str, place: Span) -> Option<Arc<Record>> {
        let said_in = self.sources.place(place).name;
        let Some(folder) = self.folders.get(said_in).or(self.folders.get("")) else {
            self.slip(Diagnostic::error(place, "a text that is no file cannot name one"));
            return None;
        };
        let path = folder.join(file);
        if !self.reach.admits(&path) {
            self.slip(outside(place, file));
            return None;
        }
        let text = match read(&path) {
            Ok(text) => text,
            Err(why) => {
                let error = Diagnostic::error(place, format!("cannot read {}: {why}", path.display()));
                self.slip(error.hint("the path begins in the folder of the file that says it"));
                return None;
            }
        };
        let whole = self.sources.add(&path.display().to_string(), &text);
        let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
        match Record::parse(&text, whole, digest) {
            Ok(record) => Some(Arc::new(record)),
            Err(problems) => {
                self.slips.extend(problems);
                None
            }
        }
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
        self.folders.insert(path.display().to_string(), folder_of(path));
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
        let base = folder_of(path).join(&text.text);
        if !self.reach.admits_base(&base) {
            self.problem(outside(span, &text.text));
            return None;
        }
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

fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

fn outside(place: Span, file: &str) -> Diagnostic {
    Diagnostic::error(place, format!("`{file}` lies outside the scenario's own folder"))
        .hint("a scenario reads what is in its own folder; a variant may extend a file one folder up, whose folder is then its own")
        .hint("--allow-outside lets it read anything")
}

/// Looks at every form in a tree that may be counted from a record: `empirical = { … }`.
fn each_counted(table: &mut Table, look: &mut impl FnMut(&str, &mut Entry)) {
    let is_quantity = holds_quantity(table);
    for (key, entry) in &mut table.entries {
        if is_quantity && COUNTED.contains(&key.as_str()) {
            look(key, entry);
        } else if let Value::Table(inner) = &mut entry.node.value {
            each_counted(inner, look);
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
    if !about.is_file() {
        return Err("it is no file".to_owned());
    }
    if about.len() > LARGEST_FILE {
        return Err(format!("it is larger than {} MiB", LARGEST_FILE >> 20));
    }
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
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
