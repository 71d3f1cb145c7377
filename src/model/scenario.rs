//! A scenario: text in, model out.

use std::collections::BTreeSet;
use std::path::Path;

use super::Model;
use super::compiler::Compiler;
use super::declared::{self, HEADER_KEYS, Header, SourceDeclared};
use super::{
    attacks, correlations, indicators, limits, milestones, posture, shocks, states, stocks, sweeps, variables,
};
use crate::lang::diagnostic::{Diagnostic, Diagnostics};
use crate::lang::document::Document;
use crate::lang::ids::duplicates;
use crate::lang::lever::Setting;
use crate::lang::reader::{Reader, Section, Spanned};
use crate::lang::source::Span;
use crate::lang::tree::{Table, Value};

/// A scenario as text: a file over the files it extends, and values set over both.
///
/// ```
/// let text = "schema = 1\nstart = 2024-01-01\nend = 2024-12-31\n[shocks.war]\nper_year = 0.5\n";
/// let scenario = drawdown::Scenario::parse("small.toml", text)?.with("shocks.war.per_year", "2")?;
/// let model = scenario.compile()?;
/// assert_eq!(model.calendar.steps(), 365);
/// # Ok::<(), drawdown::Diagnostics>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scenario {
    document: Document,
}

impl Scenario {
    /// Reads a file, the files it extends and the records it names, within its own folder: the one it stands in
    /// or, where it extends a file one folder up, that one.
    ///
    /// # Errors
    /// Everything that keeps the files from being read: missing files, files outside, syntax, circles of `extends`.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Diagnostics> {
        Self::checked(Document::open(path.as_ref()))
    }

    /// Reads a file as [`Scenario::open`] does; what it extends and the records it names may stand anywhere, not
    /// in its own folder alone.
    ///
    /// # Errors
    /// As [`Scenario::open`].
    pub fn open_anywhere(path: impl AsRef<Path>) -> Result<Self, Diagnostics> {
        Self::checked(Document::open_anywhere(path.as_ref()))
    }

    /// Reads a text; `name` is what messages call it.
    ///
    /// # Errors
    /// As [`Scenario::open`].
    pub fn parse(name: &str, text: &str) -> Result<Self, Diagnostics> {
        Self::checked(Document::from_text(name, text))
    }

    /// The same scenario with the value at a dotted path replaced. The value is read as TOML and,
    /// failing that, as a string. Only what is there, or a key of it, can be set: a variant can add more.
    ///
    /// # Errors
    /// When the value cannot be read. Whether the path means anything is told when it is compiled.
    pub fn with(mut self, path: &str, value: &str) -> Result<Self, Diagnostics> {
        self.document.set(path, value);
        Self::checked(self.document)
    }

    /// The same scenario with the value at a dotted path replaced, as [`Scenario::with`] does, without any text
    /// being read. Of a distribution the value takes the place; what it rests on stays. `layer` is what
    /// messages call the change. Mistakes are told when it is compiled.
    pub fn with_setting(mut self, layer: &str, path: &str, setting: &Setting) -> Self {
        self.document.lay(layer, path, setting);
        self
    }

    /// The scenario as it was read, for those who look for what it says.
    pub fn tree(&self) -> &Table {
        &self.document.root
    }

    fn checked(document: Document) -> Result<Self, Diagnostics> {
        if document.is_readable() { Ok(Self { document }) } else { Err(document.diagnostics()) }
    }

    /// The model, ready to run.
    ///
    /// # Errors
    /// Every mistake in the scenario, each with its place, what is legal and a hint.
    pub fn compile(&self) -> Result<Model, Diagnostics> {
        let (mut model, found) = self.attempt();
        if found.has_errors() {
            return Err(found);
        }
        model.warnings = found;
        Ok(model)
    }

    /// Everything there is to say about it: errors and warnings.
    pub fn check(&self) -> Diagnostics {
        self.attempt().1
    }

    /// What it compiles to, mistakes or not, and what there is to say about it.
    fn attempt(&self) -> (Model, Diagnostics) {
        let reader =
            Reader::new(self.source_ids(), self.document.records.clone(), self.document.removed.clone());
        let model = compile(&self.document, &reader);
        let mut found = self.document.diagnostics();
        found.list.extend(reader.finish());
        let mut seen = BTreeSet::new();
        found.list.retain(|d| seen.insert((d.span, d.message.clone())));
        (model, found)
    }

    fn source_ids(&self) -> BTreeSet<String> {
        match self.document.root.get("sources").map(|e| &e.node.value) {
            Some(Value::Table(table)) => table.entries.keys().cloned().collect(),
            _ => BTreeSet::new(),
        }
    }
}

/// Every process as declared.
pub struct Declared {
    pub sources: Vec<SourceDeclared>,
    pub posture: posture::Declared,
    pub parameters: Vec<variables::Declared>,
    pub variables: Vec<variables::Declared>,
    pub states: Vec<states::Declared>,
    pub attacks: Vec<attacks::Declared>,
    pub stocks: Vec<stocks::Declared>,
    pub shocks: Vec<shocks::Declared>,
    pub indicators: Vec<indicators::Declared>,
    pub milestones: Vec<milestones::Declared>,
    correlations: Vec<correlations::Declared>,
    sweeps: Vec<sweeps::Sweep>,
}

fn read(root: &Section<'_>, header: &Header, scenario: &Table) -> Declared {
    Declared {
        sources: declared::read_sources(root),
        posture: posture::read(root),
        parameters: variables::read(root, "parameters"),
        variables: variables::read(root, "variables"),
        states: states::read(root),
        attacks: attacks::read(root),
        stocks: stocks::read(root),
        shocks: shocks::read(root, &header.calendar),
        indicators: indicators::read(root),
        milestones: milestones::read(root),
        correlations: correlations::read(root),
        sweeps: sweeps::read(root, scenario),
    }
}

/// Ids of entities and parameters, which are unique in a scenario.
fn entity_ids(d: &Declared) -> Vec<&Spanned<String>> {
    let mut ids: Vec<&Spanned<String>> = Vec::new();
    ids.extend(d.posture.contingents.iter().map(|c| &c.0));
    ids.extend(d.posture.theatres.iter().map(|t| &t.id));
    ids.extend(d.posture.sites.iter().map(|s| &s.id));
    ids.extend(d.posture.phases.iter().map(|p| &p.id));
    ids.extend(d.parameters.iter().chain(&d.variables).map(|p| &p.0));
    ids.extend(d.states.iter().map(|s| &s.id));
    ids.extend(d.attacks.iter().map(|a| &a.id));
    ids.extend(d.stocks.iter().map(|s| &s.id));
    ids.extend(d.shocks.iter().map(|s| &s.id));
    ids.extend(d.indicators.iter().map(|i| &i.id));
    ids.extend(d.milestones.iter().map(|m| &m.id));
    ids
}

fn check_ids(reader: &Reader, d: &Declared) {
    for (id, first, second) in duplicates(entity_ids(d).into_iter().map(|i| (i.value.as_str(), i.span))) {
        reader.problem(
            Diagnostic::error(second, format!("`{id}` names two things"))
                .related(first, "the other")
                .hint("an id stands for one thing everywhere in a scenario"),
        );
    }
    let reserved = |ids: Vec<&Spanned<String>>, words: &[&str], what: &str| {
        for id in ids.into_iter().filter(|i| words.contains(&i.value.as_str())) {
            let message = format!("`{}` cannot name {what}: it is the name of a signal", id.value);
            reader.problem(Diagnostic::error(id.span, message));
        }
    };
    let contingents = d.posture.contingents.iter().map(|c| &c.0).collect();
    reserved(contingents, &["troops", "supplied", "lift_used"], "a contingent");
    let sites = d.posture.sites.iter().map(|s| &s.id).collect();
    reserved(sites, &["attacks", "rate", "killed", "wounded"], "a site");
}

fn compile(document: &Document, reader: &Reader) -> Model {
    let whole = Span { start: 0, end: 0 };
    let root = reader.section("", whole, &document.root, HEADER_KEYS);
    let header = declared::read_header(&root, &document.stem);
    let mut declared = read(&root, &header, &document.root);
    limits::entities(reader, &mut declared);
    check_ids(reader, &declared);
    if header.dated {
        declared::check_sources(reader, &declared.sources, header.calendar.start());
    }
    let mut c = Compiler::new(reader, header.calendar);

    // First every signal is declared, so that expressions may read any of them in any order.
    variables::declare(&mut c, &declared.parameters, "parameters");
    let posture = posture::declare(&mut c, declared.posture);
    let chains: Vec<_> = declared.states.into_iter().map(|s| states::declare(&mut c, s)).collect();
    let processes = declared.attacks.into_iter();
    let processes: Vec<_> = processes.map(|a| attacks::declare(&mut c, a, &posture.posture)).collect();
    let levels: Vec<_> = declared.stocks.iter().map(|s| stocks::declare(&mut c, s)).collect();
    let shocks: Vec<_> = declared.shocks.into_iter().map(|s| shocks::declare(&mut c, s)).collect();
    variables::declare(&mut c, &declared.variables, "variables");
    declared.indicators.iter().for_each(|i| indicators::declare(&mut c, i));

    // Then each is compiled.
    variables::finish_parameters(&mut c, &declared.parameters);
    let parts = super::Parts {
        posture: posture.finish(&mut c),
        chains: chains.into_iter().map(|s| s.finish(&mut c)).collect(),
        attacks: processes.into_iter().enumerate().map(|(i, a)| a.finish(&mut c, i)).collect(),
        stocks: declared.stocks.into_iter().zip(levels).map(|(s, l)| stocks::finish(&mut c, s, l)).collect(),
        shocks: shocks.into_iter().map(|s| s.finish(&mut c)).collect(),
        indicators: declared.indicators.into_iter().map(|i| indicators::finish(&mut c, i)).collect(),
        milestones: milestones::finish(&mut c, declared.milestones),
    };
    variables::finish_variables(&mut c, &declared.variables);
    let copulas = correlations::finish(&mut c, &declared.correlations);
    super::assemble(c, document, header, declared.sources, parts, copulas, declared.sweeps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_tells_mistakes_and_what_the_author_should_know() {
        let told = |source: &str| {
            let text = format!(
                "schema = 1\nstart = 2024-01-01\nend = 2024-01-02\n[sources.s]\ntitle = \"A source\"\ndate = {source}\n"
            );
            let scenario = Scenario::parse("checked.toml", &text).unwrap();
            let found = scenario.check();
            let compiled = scenario.compile().map(|model| model.warnings.list.len());
            (found.list.len(), found.has_errors(), compiled.ok())
        };
        assert_eq!(told("2023-12-31"), (0, false, Some(0)));
        assert_eq!(told("2024-01-02"), (1, false, Some(1)));
        assert_eq!(told("\"soon\""), (1, true, None));
    }
}
