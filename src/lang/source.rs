//! Texts and places in them. All texts share one space of offsets, so a span alone names its file.

use std::ops::Range;

/// A place in one of the [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// From the start of this span to the end of another.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end.max(self.start) }
    }

    /// The place `range` within the text that begins where this span does.
    pub fn within(self, range: Range<usize>) -> Span {
        Span { start: self.start + range.start as u32, end: self.start + range.end as u32 }
    }
}

/// Every text a scenario was read from: its file, the files it extends, and `--set` values.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    texts: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    base: u32,
}

/// A span looked up: the text's name, the text, and the range in it.
pub struct Place<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub range: Range<usize>,
}

impl Sources {
    /// Adds a text and returns the span of all of it.
    ///
    /// # Panics
    /// When the texts together exceed 4 GiB; [`super::document`] refuses files long before.
    pub fn add(&mut self, name: &str, text: &str) -> Span {
        let base = self.texts.last().map_or(0, |s| s.base + s.text.len() as u32 + 1);
        self.texts.push(Source { name: name.to_owned(), text: text.to_owned(), base });
        let end = u32::try_from(base as usize + text.len()).expect("scenario texts fit in 4 GiB");
        Span { start: base, end }
    }

    /// Where a span is.
    pub fn place(&self, span: Span) -> Place<'_> {
        let at = self.texts.partition_point(|s| s.base <= span.start).max(1) - 1;
        let source = &self.texts[at];
        let clip = |offset: u32| {
            let mut at = (offset.saturating_sub(source.base) as usize).min(source.text.len());
            while !source.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        Place { name: &source.name, text: &source.text, range: clip(span.start)..clip(span.end) }
    }

    /// The text at a span.
    pub fn text(&self, span: Span) -> &str {
        let place = self.place(span);
        &place.text[place.range]
    }

    /// `file:line:column`, lines and columns counted from 1.
    pub fn position(&self, span: Span) -> String {
        let Place { name, text, range } = self.place(span);
        let before = &text[..range.start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("{name}:{line}:{column}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_names_its_file_line_and_column() {
        let mut sources = Sources::default();
        sources.add("base.toml", "a = 1\nb = 2\n");
        let variant = sources.add("variant.toml", "é = 3\nc = 4");
        let c = variant.within(7..8);
        assert_eq!(sources.text(c), "c");
        assert_eq!(sources.position(c), "variant.toml:2:1");
        assert_eq!(sources.position(Span { start: 6, end: 7 }), "base.toml:2:1");
    }

    #[test]
    fn an_empty_text_has_a_place_too() {
        let mut sources = Sources::default();
        let empty = sources.add("empty.toml", "");
        sources.add("next.toml", "x");
        assert_eq!(sources.position(empty), "empty.toml:1:1");
    }
}
