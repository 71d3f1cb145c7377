//! Numbers and dates as people write them elsewhere, and how to write them here.

/// What is wrong with a value that is not TOML, and what to write; `None` for anything unusual.
pub fn as_people_write(word: &str) -> Option<(String, String)> {
    let number = |text: &str| text.replace('_', "").parse::<f64>().ok();
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    if let Some(share) = word.strip_suffix('%').and_then(number) {
        return Some((format!("`{word}` is no number here"), format!("{word} is {}", share / 100.0)));
    }
    if let Some(about) = word.strip_prefix('~').and_then(number) {
        let range = format!("{{ pert = [{}, {about}, {}] }}", about * 0.8, about * 1.2);
        return Some((
            format!("`{word}` is no number"),
            format!("write {about}, or a range such as {range}"),
        ));
    }
    let groups: Vec<&str> = word.split(',').collect();
    if groups.len() > 1 && groups.iter().all(|group| digits(group)) {
        let (first, others) = (groups[0], &groups[1..]);
        let hint = match first.len() <= 3 && first != "0" && others.iter().all(|group| group.len() == 3) {
            true => format!("write {} or {}", groups.concat(), groups.join("_")),
            false => format!("write {}", groups.join(".")),
        };
        return Some((format!("`{word}` has a comma, which separates values"), hint));
    }
    let parts: Vec<&str> = word.split(['/', '.', '-']).collect();
    match parts[..] {
        [a, b, c] if [a.len(), b.len(), c.len()] == [4, 2, 2] && word.contains('-') => None,
        [a, b, c] if [a, b, c].into_iter().all(digits) && (a.len() == 4 || c.len() == 4) => {
            let (year, day) = if a.len() == 4 { (a, c) } else { (c, a) };
            let hint = format!("write {year}-{b:0>2}-{day:0>2}: year, month, day");
            Some((format!("`{word}` is not how a date is written"), hint))
        }
        [low, high] if word.contains('-') && digits(low) && digits(high) => {
            let hint = format!("write a range: {{ uniform = [{low}, {high}] }}");
            Some((format!("`{word}` is no number"), hint))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_put_right() {
        let cases = [
            ("2,500", "write 2500 or 2_500"),
            ("13,250,000", "write 13250000 or 13_250_000"),
            ("0,5", "write 0.5"),
            ("50%", "50% is 0.5"),
            ("15/09/2024", "write 2024-09-15: year, month, day"),
            ("2024-9-15", "write 2024-09-15: year, month, day"),
            ("15.9.2024", "write 2024-09-15: year, month, day"),
            ("~350", "write 350, or a range such as { pert = [280, 350, 420] }"),
            ("300-400", "write a range: { uniform = [300, 400] }"),
        ];
        for (word, hint) in cases {
            assert_eq!(as_people_write(word).map(|(_, hint)| hint).as_deref(), Some(hint), "{word}");
        }
        for word in ["", "2500", "2024-02-30", "soon", "a,b", "1,", "1.2.3"] {
            assert_eq!(as_people_write(word), None, "{word}");
        }
    }
}
