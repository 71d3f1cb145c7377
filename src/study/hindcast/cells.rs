//! A table of comma-separated values whose cells know their places (RFC 4180).

use std::ops::Range;

/// A cell: what it says, trimmed and without quotes, and where in the text it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub range: Range<usize>,
}

/// The lines that hold anything, cut into cells. A quote that is never closed ends with its line.
pub fn lines(text: &str) -> Vec<Vec<Cell>> {
    let mut found = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while at < text.len() {
        let (cells, next) = line(text, at);
        if cells.iter().any(|cell| !cell.text.is_empty()) {
            found.push(cells);
        }
        at = next;
    }
    found
}

/// The cells of the line that begins here, and where the next one does.
fn line(text: &str, start: usize) -> (Vec<Cell>, usize) {
    let bytes = text.as_bytes();
    let (mut cells, mut from, mut at, mut quoted) = (Vec::new(), start, start, false);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                cells.push(cell(text, from..at));
                from = at + 1;
            }
            b'\n' => break,
            _ => {}
        }
        at += 1;
    }
    cells.push(cell(text, from..at));
    (cells, (at + 1).min(bytes.len()))
}

fn cell(text: &str, range: Range<usize>) -> Cell {
    let raw = &text[range.clone()];
    let head = raw.len() - raw.trim_start().len();
    let trimmed = raw.trim();
    let range = range.start + head..range.start + head + trimmed.len();
    let inner = trimmed.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text =
        inner.map_or_else(|| trimmed.to_owned(), |inner| inner.replace("\"\"", "\"").trim().to_owned());
    Cell { text, range }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<String>> {
        lines(text).into_iter().map(|line| line.into_iter().map(|cell| cell.text).collect()).collect()
    }

    #[test]
    fn cells_are_read_with_quotes_blanks_and_both_line_ends() {
        let found = texts("\u{feff}a, b ,c\r\n\n\"x, y\",\"say \"\"so\"\"\",\n,,\n1,2");
        assert_eq!(found, [vec!["a", "b", "c"], vec!["x, y", "say \"so\"", ""], vec!["1", "2"]]);
    }

    #[test]
    fn a_cell_knows_its_place() {
        let text = "date,low\n 2024-01-01 , \"é, 7\"\n";
        let found = lines(text);
        assert_eq!(&text[found[1][0].range.clone()], "2024-01-01");
        assert_eq!(&text[found[1][1].range.clone()], "\"é, 7\"");
    }
}
