//! Characters to tokens.

use std::ops::Range;

use crate::calendar::Date;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::source::Span;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Date(Date),
    Name(String),
    Symbol(&'static str),
    End,
}

impl Token {
    /// For messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Token::Number(x) => format!("the number {x}"),
            Token::Date(d) => format!("the date {d}"),
            Token::Name(name) => format!("`{name}`"),
            Token::Symbol(symbol) => format!("`{symbol}`"),
            Token::End => "the end".to_owned(),
        }
    }
}

/// Longer symbols before their beginnings.
const SYMBOLS: &[&str] = &["<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "^", "(", ")", ",", "="];

/// Habits from other languages, and what to write here.
const FOREIGN: &[(&str, &str)] = &[
    ("&&", "write `and`"),
    ("||", "write `or`"),
    ("**", "powers are written `a ^ b`"),
    ("!", "write `not`"),
    ("%", "a percentage is a number such as 0.2; there is no remainder"),
    ("×", "write `*`"),
    ("−", "write the hyphen `-`"),
    ("≤", "write `<=`"),
    ("≥", "write `>=`"),
];

/// The tokens of `text`, which stands at `at`; an [`Token::End`] closes them.
pub(super) fn tokens(text: &str, at: Span) -> Result<Vec<(Token, Span)>, Diagnostic> {
    let mut found = Vec::new();
    let mut rest = 0;
    loop {
        rest += text[rest..].len() - text[rest..].trim_start().len();
        let here = &text[rest..];
        if here.is_empty() {
            found.push((Token::End, at.within(rest..rest)));
            return Ok(found);
        }
        let (token, length) =
            next(here, &|range: Range<usize>| at.within(rest + range.start..rest + range.end))?;
        found.push((token, at.within(rest..rest + length)));
        rest += length;
    }
}

fn next(text: &str, place: &dyn Fn(Range<usize>) -> Span) -> Result<(Token, usize), Diagnostic> {
    let first = text.chars().next().unwrap_or(' ');
    if first.is_ascii_digit() || (first == '.' && text[1..].starts_with(|c: char| c.is_ascii_digit())) {
        return number_or_date(text, place);
    }
    if first.is_alphabetic() || first == '_' {
        return name(text, place);
    }
    for (foreign, hint) in FOREIGN {
        if text.starts_with(foreign) && !(*foreign == "!" && text.starts_with("!=")) {
            let span = place(0..foreign.len());
            return Err(Diagnostic::error(span, format!("`{foreign}` means nothing here")).hint(*hint));
        }
    }
    match SYMBOLS.iter().find(|s| text.starts_with(**s)) {
        Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
        None => Err(Diagnostic::error(place(0..first.len_utf8()), format!("`{first}` means nothing here"))),
    }
}

fn name(text: &str, place: &dyn Fn(Range<usize>) -> Span) -> Result<(Token, usize), Diagnostic> {
    let length = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(text.len());
    let word = &text[..length];
    let legal = word.split('.').all(|part| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    });
    if legal {
        return Ok((Token::Name(word.to_owned()), length));
    }
    Err(Diagnostic::error(place(0..length), format!("`{word}` is not a name"))
        .hint("names are small letters, digits and `_`, joined by dots: `iraq.troops`"))
}

fn number_or_date(text: &str, place: &dyn Fn(Range<usize>) -> Span) -> Result<(Token, usize), Diagnostic> {
    let bytes = text.as_bytes();
    let digits = |range: Range<usize>| bytes.get(range).is_some_and(|b| b.iter().all(u8::is_ascii_digit));
    if digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && bytes.get(7) == Some(&b'-')
        && digits(8..10)
    {
        return match text[..10].parse::<Date>() {
            Ok(date) => Ok((Token::Date(date), 10)),
            Err(_) => Err(Diagnostic::error(place(0..10), format!("there is no date {}", &text[..10]))),
        };
    }
    let mut length = 0;
    while let Some(&b) = bytes.get(length) {
        let exponent_sign = matches!(b, b'+' | b'-')
            && matches!(bytes[length.saturating_sub(1)], b'e' | b'E')
            && bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
        if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_') || exponent_sign {
            length += 1;
        } else {
            break;
        }
    }
    let written = &text[..length];
    match written.replace('_', "").parse::<f64>() {
        Ok(x) if x.is_finite() => Ok((Token::Number(x), length)),
        _ => Err(Diagnostic::error(place(0..length), format!("`{written}` is not a number"))
            .hint("numbers are written 2500, 2_500, 0.25 or 2.5e3")),
    }
}
