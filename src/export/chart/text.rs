//! Words and numbers as a person writes them, and how wide they are.

use std::sync::OnceLock;

use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use super::style::Type;
use crate::calendar::Date;
use crate::results::{Estimate, format};

/// The families a viewer of the SVG should try; the first is the embedded one.
pub const FAMILY: &str = "Roboto, Arial, sans-serif";
pub const REGULAR: &[u8] = include_bytes!("fonts/Roboto-Regular.ttf");
pub const BOLD: &[u8] = include_bytes!("fonts/Roboto-Bold.ttf");

/// Plotters' font sizes are heights from descender to ascender; Roboto's is this many ems (2400/2048).
const HEIGHT_PER_EM: f64 = 1.171_875;
/// Plotters answers in whole pixels, so text is measured at this many pixels to the em.
const MEASURING_EM: f64 = 1000.0;

/// From here on words for numbers are no help.
const BEYOND_WORDS: f64 = 1e15;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The width of a line of text in pixels.
pub fn width(text: &str, look: Type) -> f64 {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    let registered = *REGISTERED.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok()
            && register_font(FAMILY, FontStyle::Bold, BOLD).is_ok()
    });
    let style = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = FontDesc::new(FontFamily::Name(FAMILY), MEASURING_EM * HEIGHT_PER_EM, style);
    let measured = if registered { font.layout_box(text).ok() } else { None };
    // Without a font, 0.6 em a letter is a generous guess.
    let ems = measured.map_or(0.6 * text.chars().count() as f64, |((left, _), (right, _))| {
        f64::from(right - left) / MEASURING_EM
    });
    ems * look.size
}

/// Text on one line without the characters that XML forbids.
pub fn clean(text: &str) -> String {
    let allowed = |c: char| if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') { ' ' } else { c };
    text.chars().map(allowed).collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As much of a text as fits in `room` pixels, with an ellipsis when something is left out: whole words, unless
/// that would leave less than half of it.
pub fn shorten(text: &str, look: Type, room: f64) -> String {
    if width(text, look) <= room {
        return text.to_owned();
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let fits = |end: &usize| width(&format!("{}…", text[..*end].trim_end()), look) <= room;
    let count = ends.partition_point(fits);
    let Some(last) = count.checked_sub(1) else { return String::new() };
    let head = text[..ends[last]].trim_end();
    let words = head.rfind(' ').filter(|end| *end > head.len() / 2).map_or(head, |end| &head[..end]);
    format!("{}…", words.trim_end_matches([',', ';', ':', ' ']))
}

/// Breaks a text into at most `most` lines of `room` pixels; what does not fit ends in an ellipsis.
pub fn wrap(text: &str, look: Type, room: f64, most: usize) -> Vec<String> {
    let text = clean(text);
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        if lines.len() + 1 >= most {
            lines.push(shorten(rest, look, room));
            break;
        }
        let end = line_end(rest, look, room);
        lines.push(shorten(rest[..end].trim_end(), look, room));
        rest = rest[end..].trim_start();
    }
    lines
}

/// Where the first line of a text ends: after the last word that fits, and at least after the first.
fn line_end(text: &str, look: Type, room: f64) -> usize {
    let breaks = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]);
    let mut best = None;
    for end in breaks {
        if best.is_some() && width(&text[..end], look) > room {
            break;
        }
        best = Some(end);
    }
    best.unwrap_or(text.len())
}

/// A number told to the nearest `step`, large ones in words: `1.5 million`; beyond words `2.0e18`.
pub fn reading(value: f64, step: f64) -> String {
    reading_among(value, step, value)
}

/// The same in the words that suit the `largest` of several numbers.
pub fn reading_among(value: f64, step: f64, largest: f64) -> String {
    const SCALES: [(f64, &str); 3] = [(1e12, " trillion"), (1e9, " billion"), (1e6, " million")];
    if value.is_finite() && value.abs() >= BEYOND_WORDS {
        return minus(&format!("{value:.1e}"));
    }
    // Below two million "1,240,000" reads as easily and loses nothing.
    let scale = SCALES.iter().find(|(scale, _)| value.is_finite() && largest.abs() >= scale.max(2e6));
    match scale {
        Some(_) if value == 0.0 => "0".to_owned(),
        Some((scale, word)) => minus(&format::digits(value / scale, Some((step / scale).max(0.01)))) + word,
        None => minus(&format::digits(value, Some(step))),
    }
}

/// A number as it was written: `250`, `0.35`.
pub fn plain(value: f64) -> String {
    if value.abs() >= BEYOND_WORDS { reading(value, 1.0) } else { minus(&format::digits(value, None)) }
}

/// The ends and the middle of a range, with no digit beyond the Monte Carlo error of the middle.
pub fn range(ends: &[Estimate; 3]) -> [String; 3] {
    if ends.iter().any(|end| end.value.abs() >= BEYOND_WORDS) {
        return ends.each_ref().map(|end| reading(end.value, 1.0));
    }
    format::range(ends).map(|end| minus(&end))
}

/// With a true minus sign, which is as wide as a digit.
fn minus(number: &str) -> String {
    number.replace('-', "−")
}

/// `Jan`, `Feb`…
pub fn month(date: Date) -> &'static str {
    MONTHS[date.month().unsigned_abs() as usize - 1]
}

/// `30 Sep 2025`.
pub fn date(date: Date) -> String {
    format!("{} {} {}", date.day(), month(date), date.year())
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::{NAME, NOTE};
    use super::*;

    #[test]
    fn numbers_are_written_as_a_person_would() {
        let cases = [(1234.5, 1.0, "1,235"), (-0.25, 0.01, "−0.25"), (1_999_999.0, 1.0, "1,999,999")];
        let large = [(2_400_000.0, 1e5, "2.4 million"), (3e9, 1e9, "3 billion"), (1e300, 1.0, "1.0e300")];
        for (value, step, words) in cases.into_iter().chain(large) {
            assert_eq!(reading(value, step), words);
        }
        assert_eq!(
            (plain(250.0), plain(0.35), plain(-1500.0)),
            ("250".into(), "0.35".into(), "−1,500".into())
        );
        assert_eq!(date(Date::constant(2025, 9, 30)), "30 Sep 2025");
        assert_eq!(list(&["Iraq", "Syria", "Kuwait"]), "Iraq, Syria and Kuwait");
    }

    #[test]
    fn bold_is_wider_and_size_counts() {
        let regular = width("Coalition mission ends", NOTE);
        assert!(width("Coalition mission ends", Type { bold: true, ..NOTE }) > regular);
        let doubled = width("Coalition mission ends", Type { size: 2.0 * NOTE.size, ..NOTE });
        assert!((doubled / regular - 2.0).abs() < 1e-12);
    }

    #[test]
    fn broken_lines_fit_and_hold_every_word() {
        let words = "Fewer than five hundred United States forces remain anywhere in the Republic of Iraq";
        let lines = wrap(words, NAME, 150.0, 9);
        assert!(lines.len() > 2 && lines.iter().all(|line| width(line, NAME) <= 150.0), "{lines:?}");
        assert_eq!(lines.join(" "), words);
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(wrap("one two three four", NAME, 60.0, 1), ["one two…"]);
        let long = shorten(&"W".repeat(100), NAME, 100.0);
        assert!(long.ends_with("W…") && width(&long, NAME) <= 100.0, "{long}");
        assert_eq!(shorten("word", NAME, 1.0), "");
        assert!(wrap("", NAME, 100.0, 2).is_empty());
    }
}
