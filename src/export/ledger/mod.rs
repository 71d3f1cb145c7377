//! The assumption ledger: what each number rests on, those that rest on nothing first.

mod table;

use serde::Serialize;

use crate::results::Legend;
use crate::results::format::count;
use crate::results::legend::{Quantity, Source};

pub use table::{csv, markdown, text};

/// Every quantity and every source.
#[derive(Clone, Debug, Serialize)]
pub struct Ledger {
    pub words: String,
    pub unsourced: Vec<Assumption>,
    pub sourced: Vec<Assumption>,
    pub sources: Vec<Listed>,
}

/// A quantity of the scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Assumption {
    pub path: String,
    pub value: String,
    /// What it rests on: a title, or words of the author's.
    pub source: Option<String>,
    /// Where that is: on the web or, without an address, in this page.
    pub href: Option<String>,
    /// How far that is to be trusted, what was counted, and what the author notes.
    pub remarks: Vec<String>,
}

/// A source.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    pub id: String,
    pub title: String,
    pub href: Option<String>,
    pub date: Option<String>,
    pub note: Option<String>,
}

/// Words that a source may begin with in place of an id.
const KINDS: [(&str, &str); 3] =
    [("judgement", "judgement"), ("unverified", "unverified"), ("derived", "derived from others")];

/// Every quantity and every source.
pub fn ledger(legend: &Legend) -> Ledger {
    let (sourced, unsourced): (Vec<&Quantity>, Vec<&Quantity>) =
        legend.quantities.iter().partition(|quantity| quantity.source.is_some());
    let assumption = |quantity: &&Quantity| assumption(legend, quantity);
    Ledger {
        words: words(legend, unsourced.len()),
        unsourced: unsourced.iter().map(assumption).collect(),
        sourced: sourced.iter().map(assumption).collect(),
        sources: legend.sources.iter().map(listed).collect(),
    }
}

/// How many assumptions begin their source with a word.
pub fn resting_on(legend: &Legend, word: &str) -> usize {
    let sources = legend.quantities.iter().filter_map(|quantity| quantity.source.as_ref());
    sources.filter(|source| source.starts_with(word) && source_of(legend, source).is_none()).count()
}

fn words(legend: &Legend, unsourced: usize) -> String {
    let all = legend.quantities.len();
    let kinds = KINDS.map(|(word, name)| (resting_on(legend, word), name));
    let published = all - unsourced - kinds.iter().map(|(many, _)| many).sum::<usize>();
    let parts = [(published, "from a source")].into_iter().chain(kinds);
    let parts: Vec<String> = parts.map(|(many, name)| format!("{} {name}", count(many as u64))).collect();
    let without = match unsourced {
        0 => "Every one says what it rests on.".to_owned(),
        1 => "One does not say what it rests on.".to_owned(),
        many => format!("{} do not say what they rest on.", count(many as u64)),
    };
    format!("{} numbers went into this: {}. {without}", count(all as u64), parts.join(", "))
}

fn assumption(legend: &Legend, quantity: &Quantity) -> Assumption {
    let source = quantity.source.as_deref();
    let found = source.and_then(|source| source_of(legend, source));
    let confidence = quantity.confidence.as_ref().map(|confidence| format!("Confidence: {confidence}"));
    let in_page = found.map(|source| format!("#source-{}", source.id));
    Assumption {
        path: quantity.path.clone(),
        value: quantity.text.clone(),
        source: found.map(|source| source.title.clone()).or(quantity.source.clone()),
        href: found.and_then(|source| source.url.as_deref()).and_then(web_address).or(in_page),
        remarks: [&confidence, &quantity.basis, &quantity.note].into_iter().flatten().cloned().collect(),
    }
}

fn source_of<'a>(legend: &'a Legend, id: &str) -> Option<&'a Source> {
    legend.sources.iter().find(|source| source.id == id)
}

fn listed(source: &Source) -> Listed {
    Listed {
        id: source.id.clone(),
        title: source.title.clone(),
        href: source.url.as_deref().and_then(web_address),
        date: source.date.map(|date| date.to_string()),
        note: source.note.clone(),
    }
}

/// An address that a link may have: of the web and nothing else, what does not belong into one escaped.
fn web_address(url: &str) -> Option<String> {
    let url = url.trim();
    let is_web = |scheme: &str| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    if !is_web("https://") && !is_web("http://") {
        return None;
    }
    // RFC 3986: unreserved, reserved, and the sign of what is escaped already.
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let escaped =
        |byte: u8| if belongs(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    Some(url.bytes().map(escaped).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_linked_and_what_is_no_address_is_escaped() {
        let kept = "https://example.org/a?b=c&d=%20#e";
        assert_eq!(web_address(kept).as_deref(), Some(kept));
        assert_eq!(
            web_address(" HTTP://example.org/a b\"><script>é").as_deref(),
            Some("HTTP://example.org/a%20b%22%3E%3Cscript%3E%C3%A9")
        );
        for bad in ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//example.org", "é", ""]
        {
            assert_eq!(web_address(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_quantity_is_told_and_those_without_a_source_apart() {
        let mut legend = crate::results::fixture::legend();
        let mut add = |path: &str, source: Option<&str>| {
            let source = source.map(str::to_owned);
            legend.quantities.push(Quantity { path: path.into(), source, ..legend.quantities[0].clone() });
        };
        add("parameters.found", Some("news"));
        add("parameters.bare", None);
        legend.sources[0].url = Some("https://example.org".into());
        let ledger = ledger(&legend);
        assert_eq!(
            ledger.words,
            "3 numbers went into this: 1 from a source, 1 judgement, 0 unverified, 0 derived from others. One does \
             not say what it rests on."
        );
        assert_eq!((ledger.unsourced.len(), ledger.sourced.len()), (1, 2));
        assert_eq!(ledger.unsourced[0].path, "parameters.bare");
        let found = &ledger.sourced[1];
        assert_eq!(
            (found.source.as_deref(), found.href.as_deref()),
            (Some("A newspaper"), Some("https://example.org"))
        );
    }
}
