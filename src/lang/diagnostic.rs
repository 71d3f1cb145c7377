//! Messages for the person who made the mistake: where, what, what is legal, and a hint.

use std::fmt;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::{Sources, Span};

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// It can, but the reader should know.
    Warning,
}

/// One thing to tell the author of a scenario.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    pub message: String,
    /// What to underline; `None` when no text is to blame (a missing file).
    pub span: Option<Span>,
    /// Written under the underlined text.
    pub label: String,
    /// Other places that explain it.
    pub related: Vec<(Span, String)>,
    /// What is legal, and what was probably meant.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: Some(span),
            label: String::new(),
            related: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// An error about a whole file or command, with no text to underline.
    pub fn general(message: impl Into<String>) -> Self {
        Self { span: None, ..Self::error(Span { start: 0, end: 0 }, message) }
    }

    /// A warning at a place.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(span, message) }
    }

    /// Writes `label` under the underlined text.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Points at another place.
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Says what is legal or what was probably meant.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds "did you mean …?" when one of the legal words is close to the one written.
    pub fn suggest<'a>(self, written: &str, legal: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(written, legal) {
            Some(word) => self.hint(format!("did you mean `{word}`?")),
            None => self,
        }
    }
}

/// The legal word nearest to the one written, if any is near enough to have been meant; else the only
/// one of which it is a part (`asad` of `al_asad`).
pub fn nearest<'a>(written: &str, legal: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let legal: Vec<&str> = legal.into_iter().collect();
    let near = legal
        .iter()
        .map(|word| (strsim::damerau_levenshtein(written, word), *word))
        .filter(|(distance, word)| *distance * 3 <= word.len().max(written.len()))
        .min_by_key(|(distance, _)| *distance);
    let is_part = |word: &&&str| written.len() > 2 && word.split(['_', '.']).any(|part| part == written);
    let mut holding = legal.iter().filter(is_part);
    match (near, holding.next(), holding.next()) {
        (Some((_, word)), _, _) => Some(word),
        (None, Some(word), None) => Some(word),
        _ => None,
    }
}

/// Everything that was found, with the texts it was found in.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    pub sources: Sources,
    pub list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// As text, in the order of the files, with colours for a terminal or without.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        sorted.sort_by_key(|d| d.span);
        let texts: Vec<String> = sorted.iter().map(|d| renderer.render(&self.report(d))).collect();
        // What is quoted may hold these, which some terminals obey; the others are taken care of.
        texts.join("\n\n").replace(|c| ('\u{80}'..='\u{9f}').contains(&c), "\u{fffd}")
    }

    fn report<'a>(&'a self, diagnostic: &'a Diagnostic) -> Vec<Group<'a>> {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = level.primary_title(diagnostic.message.as_str()).elements(self.snippets(diagnostic));
        for hint in &diagnostic.hints {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        vec![group]
    }

    fn snippets<'a>(
        &'a self,
        diagnostic: &'a Diagnostic,
    ) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
        let Some(span) = diagnostic.span else { return Vec::new() };
        let main = self.sources.place(span);
        let label = (!diagnostic.label.is_empty()).then_some(diagnostic.label.as_str());
        let mut here = Snippet::source(main.text)
            .path(main.name)
            .annotation(AnnotationKind::Primary.span(main.range).label(label));
        let mut elsewhere = Vec::new();
        for (span, text) in &diagnostic.related {
            let place = self.sources.place(*span);
            let note = AnnotationKind::Context.span(place.range).label(text.as_str());
            if place.name == main.name {
                here = here.annotation(note);
            } else {
                elsewhere.push(Snippet::source(place.text).path(place.name).annotation(note));
            }
        }
        std::iter::once(here).chain(elsewhere).collect()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        assert_eq!(nearest("theater", ["theatre", "tonnes"]), Some("theatre"));
        assert_eq!(nearest("profil", ["profile", "pace"]), Some("profile"));
        assert_eq!(nearest("colour", ["theatre", "tonnes"]), None);
        assert_eq!(nearest("uk", ["us"]), None);
    }

    #[test]
    fn a_part_suggests_the_whole_where_only_one_has_it() {
        assert_eq!(nearest("asad", ["al_asad", "al_tanf"]), Some("al_asad"));
        assert_eq!(nearest("growth", ["parameters.growth", "parameters.base"]), Some("parameters.growth"));
        assert_eq!(nearest("growth", ["parameters.growth", "variables.growth"]), None);
    }

    #[test]
    fn a_message_shows_file_line_underline_and_hint() {
        let mut sources = Sources::default();
        let all = sources.add("x.toml", "name = 1\n");
        let list =
            vec![Diagnostic::error(all.within(7..8), "`name` is text").label("a number").hint("use quotes")];
        let text = Diagnostics { sources, list }.to_string();
        for part in ["error: `name` is text", "x.toml:1:8", "^ a number", "help: use quotes"] {
            assert!(text.contains(part), "{part} not in\n{text}");
        }
    }
}
