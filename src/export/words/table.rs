//! Tables in Markdown, aligned so that they read as plain text too.

/// A header, rows of as many cells, and a line of dashes between; the first column is flush left, the others flush
/// right where `right` says so. Every line ends in a line break.
pub fn table(header: &[String], right: &[bool], rows: &[Vec<String>]) -> String {
    let clean = |cell: &String| cell.replace('|', "\\|");
    let all: Vec<Vec<String>> = std::iter::once(header)
        .chain(rows.iter().map(Vec::as_slice))
        .map(|row| row.iter().map(clean).collect())
        .collect();
    let wide = |cell: &str| cell.chars().count();
    let widths: Vec<usize> = (0..header.len())
        .map(|column| all.iter().map(|row| wide(&row[column])).max().unwrap_or(0).max(3))
        .collect();
    let dashes = widths.iter().zip(right).map(|(width, right)| match right {
        true => format!("{}:", "-".repeat(width - 1)),
        false => "-".repeat(*width),
    });
    let dashes: Vec<String> = dashes.collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).zip(right).map(|((cell, width), right)| {
            let room = " ".repeat(width - wide(cell));
            if *right { format!("{room}{cell}") } else { format!("{cell}{room}") }
        });
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let (head, body) = all.split_at(1);
    head.iter().chain([&dashes]).chain(body).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let cells = |row: &[&str]| row.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let text = table(&cells(&["", "n"]), &[false, true], &[cells(&["a|b", "1,000"]), cells(&["–", "7"])]);
        let lines = ["|      |     n |", "| ---- | ----: |", "| a\\|b | 1,000 |", "| –    |     7 |"];
        assert_eq!(text.lines().collect::<Vec<_>>(), lines);
    }
}
