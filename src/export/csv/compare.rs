//! What differs between scenarios in the same worlds.

use std::io::{self, Write};

use csv::Writer;

use super::cells::text;
use super::{QUANTILES, with_interval};
use crate::results::Estimate;
use crate::study::Compared;

/// Every question of every scenario: its own value and, of all but the base, how it differs from the base in the
/// same world, on which side it is how often, and what pairing did to the variance; then how far each is from the
/// best of the set. `lo95` and `hi95` enclose the true value 95 times in 100; what has no interval leaves them
/// empty.
///
/// # Errors
/// Writing fails.
pub fn compare(compared: &Compared, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    table.write_record(["alternative", "base", "target", "statistic", "value", "lo95", "hi95", "n"])?;
    for (scenario, alternative) in compared.alternatives.iter().enumerate() {
        for (number, question) in compared.questions().iter().enumerate() {
            for (name, estimate) in statistics(compared, scenario, number) {
                let [value, low, high] = with_interval(&estimate);
                table.write_record([
                    text(&alternative.name),
                    text(&compared.base().name),
                    text(question.target.name()),
                    name.to_owned(),
                    value,
                    low,
                    high,
                    estimate.n.to_string(),
                ])?;
            }
        }
    }
    table.flush()
}

/// The differences within each world at every reported date, of indicators and troops.
///
/// # Errors
/// Writing fails.
pub fn differences(compared: &Compared, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    let header = ["alternative", "base", "date", "signal", "unit", "statistic", "value", "lo95", "hi95", "n"];
    table.write_record(header)?;
    for (scenario, alternative) in compared.alternatives.iter().enumerate() {
        for (number, course) in compared.courses().iter().enumerate() {
            let [above, below] = course.sides();
            for point in compared.course(scenario, number) {
                let quantiles = QUANTILES.iter().map(|&(name, p)| (name, point.q(p)));
                let sides =
                    [(above, point.sides.above), ("same", point.sides.same), (below, point.sides.below)];
                for (name, estimate) in [("mean", point.mean())].into_iter().chain(quantiles).chain(sides) {
                    let [value, low, high] = with_interval(&estimate);
                    table.write_record([
                        text(&alternative.name),
                        text(&compared.base().name),
                        point.date.to_string(),
                        text(&course.name),
                        text(&course.unit),
                        name.to_owned(),
                        value,
                        low,
                        high,
                        estimate.n.to_string(),
                    ])?;
                }
            }
        }
    }
    table.flush()
}

/// Histories that stopped on the way, of whichever scenario: their worlds count for none.
///
/// # Errors
/// Writing fails.
pub fn failed_worlds(compared: &Compared, out: impl Write) -> io::Result<()> {
    let mut table = Writer::from_writer(out);
    table.write_record(["alternative", "replicate", "date", "signal", "expression", "reason"])?;
    for alternative in &compared.alternatives {
        for failure in &alternative.failures {
            table.write_record([
                text(&alternative.name),
                (failure.replicate + 1).to_string(),
                alternative.legend.calendar.date(failure.row).to_string(),
                text(&failure.signal),
                text(&failure.expression),
                text(&failure.reason),
            ])?;
        }
    }
    table.flush()
}

/// What there is to say of a scenario in a question.
fn statistics(compared: &Compared, scenario: usize, number: usize) -> Vec<(&'static str, Estimate)> {
    let mut rows = Vec::new();
    rows.extend(compared.value(scenario, number).map(|value| ("value", value)));
    if let Some(difference) = compared.difference_in(scenario, number) {
        let [above, below] = compared.questions()[number].sides();
        rows.push(("base", difference.base));
        rows.push(("difference", difference.difference));
        let quantiles = difference.quantiles.into_iter().flatten();
        rows.extend(["difference_q05", "difference_q50", "difference_q95"].into_iter().zip(quantiles));
        let sides = &difference.sides;
        rows.extend([(above, sides.above), ("same", sides.same), (below, sides.below)]);
        let cut = difference.pairing.cut().unwrap_or(f64::NAN);
        rows.push(("variance_cut", Estimate { value: cut, interval: None, n: compared.completed() }));
    }
    if let Some(regret) = compared.regret(scenario, number) {
        rows.extend([("regret", regret.mean), ("best", regret.best), ("best_alone", regret.best_alone)]);
    }
    rows
}
