//! What depends on what.

use std::io::{self, Write};

use csv::Writer;

use super::cells::{statistic, text};
use crate::study::Findings;

/// Every index of every input, target by target. `lo95` and `hi95` enclose the true index 95 times in 100;
/// `se_scrambles` is its standard error from independent scrambles of the design, where there are several.
///
/// # Errors
/// Writing fails.
pub fn sensitivity(findings: &Findings, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    let header = ["target", "input", "method", "statistic", "value", "lo95", "hi95", "se_scrambles", "n"];
    table.write_record(header)?;
    for answer in &findings.answers {
        for line in &answer.lines {
            let interval = line.index.interval();
            table.write_record([
                text(answer.target.name()),
                text(findings.name(line.subject)),
                findings.method.name().to_owned(),
                line.statistic.name().to_owned(),
                statistic(line.index.value),
                statistic(interval.low),
                statistic(interval.high),
                line.scatter.map_or_else(String::new, statistic),
                answer.rows.to_string(),
            ])?;
        }
    }
    table.flush()
}
