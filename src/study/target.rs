//! Targets: what of a history is asked about, by the name a person writes.
//!
//! | written | what it is, of one history |
//! | --- | --- |
//! | `end.SIGNAL`, `SIGNAL` | the level at the end; a count's total; a flag as 0 or 1 |
//! | `peak.INDICATOR` | the worst value over all steps: the greatest, or the least where lower is worse |
//! | `MILESTONE` | 1 if it is met by the end of the run, else 0: its mean is the probability |
//! | `by.MILESTONE` | the same by the milestone's own date |
//! | `date.MILESTONE` | days from the start to the first passage; the whole run where there is none |
//!
//! A history that never meets a milestone is *censored*: all that is known of its date is that it lies after
//! the end. It counts with the length of the run, so that means are those of min(date, end), the restricted
//! mean time (Royston and Parmar, *BMC Medical Research Methodology* 13, 2013). [`Target::censored`] says which
//! histories these are; whoever shows a date says how many.
//!
//! A milestone's `given` is not asked for here: every history counts.

use std::fmt;

use crate::lang::diagnostic::nearest;
use crate::model::record::{Mask, NEVER, Record};
use crate::results::Legend;
use crate::results::legend::Kind;
use crate::vm::{LANES, Row};

/// One number asked of every history.
///
/// ```
/// use drawdown::study::Target;
///
/// let text = "schema = 1\nstart = 2024-01-01\nend = 2024-12-31\n[shocks.war]\nper_year = 0.5\n";
/// let model = drawdown::Scenario::parse("wars.toml", text)?.compile()?;
/// let legend = drawdown::Run::new(&model).legend()?;
/// assert_eq!(Target::parse("war.count", &legend)?.name(), "end.war.count");
/// let mistake = Target::parse("end.war.cuont", &legend).unwrap_err();
/// assert!(mistake.to_string().contains("did you mean `end.war.count`?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    name: String,
    label: String,
    unit: String,
    what: What,
    lower_is_worse: bool,
    /// Steps from the start to the last row that counts, for milestones.
    last_row: u32,
    /// Days from the start to each row, for dates.
    days: Vec<u32>,
}

/// What kind of number a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// A level or a total.
    Number,
    /// 0 or 1: its mean is a probability.
    Flag,
    /// Days from the start, at most those of the whole run.
    Days,
}

/// Where it stands in a record: places in the legend's lists, flags and values numbered apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    EndOfValue(usize),
    EndOfFlag { place: usize, of: usize },
    Peak(usize),
    Met(usize),
    Date(usize),
}

/// There is no such target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetError {
    /// What was written.
    pub written: String,
    /// The nearest that there is.
    pub nearest: Option<String>,
    /// What there is, a few of each kind.
    pub examples: Vec<String>,
}

impl Target {
    /// Reads a target by its name.
    ///
    /// # Errors
    /// There is no such target; the error names the nearest.
    pub fn parse(written: &str, legend: &Legend) -> Result<Self, TargetError> {
        let written = written.trim();
        all(legend).find(|target| target.name == written || target.is_end_of(written)).ok_or_else(|| {
            let names: Vec<String> = all(legend).map(|target| target.name).collect();
            let plain = names.iter().filter_map(|name| name.strip_prefix("end."));
            let known = names.iter().map(String::as_str).chain(plain);
            let nearest = nearest(written, known).map(str::to_owned);
            TargetError { written: written.to_owned(), nearest, examples: examples(legend) }
        })
    }

    /// As it is written; a plain signal with `end.` before it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What tables and pictures call it: `Daesh resurgence at the end`.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The unit of its numbers; `days` for dates, empty for flags and where the scenario does not say.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// What kind of number it is.
    pub fn kind(&self) -> TargetKind {
        match self.what {
            What::EndOfValue(_) | What::Peak(_) => TargetKind::Number,
            What::EndOfFlag { .. } | What::Met(_) => TargetKind::Flag,
            What::Date(_) => TargetKind::Days,
        }
    }

    /// Whether less of it is worse, by its indicator's thresholds; `false` for what is no indicator.
    pub fn lower_is_worse(&self) -> bool {
        self.lower_is_worse
    }

    /// The number of every history of a block; only those alive in the record mean anything.
    ///
    /// The record must hold what belongs to single replicates: any from a workspace does, and those that
    /// [`Run::each`](crate::Run::each) shows.
    pub fn values(&self, record: &Record) -> Row {
        match self.what {
            What::EndOfValue(place) => record.at_end[place],
            What::EndOfFlag { place, of } => {
                let mask = record.flags[record.flags.len() - of + place];
                std::array::from_fn(|lane| f64::from(u8::from(mask >> lane & 1 == 1)))
            }
            What::Peak(indicator) => record.indicators[indicator].peak,
            What::Met(milestone) => {
                let first = &record.milestones[milestone];
                std::array::from_fn(|lane| f64::from(u8::from(first[lane] <= self.last_row)))
            }
            What::Date(milestone) => {
                let first = &record.milestones[milestone];
                let last = self.days.len() - 1;
                std::array::from_fn(|lane| f64::from(self.days[(first[lane] as usize).min(last)]))
            }
        }
    }

    /// The histories of a block whose date is only known to lie after the end; none unless it is a date.
    pub fn censored(&self, record: &Record) -> Mask {
        let What::Date(milestone) = self.what else { return 0 };
        let first = &record.milestones[milestone];
        (0..LANES).fold(0, |mask, lane| mask | u64::from(first[lane] == NEVER) << lane)
    }

    /// `iraq.troops` is short for `end.iraq.troops`.
    fn is_end_of(&self, written: &str) -> bool {
        matches!(self.what, What::EndOfValue(_) | What::EndOfFlag { .. })
            && self.name.strip_prefix("end.") == Some(written)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no target `{}`", self.written)?;
        if let Some(near) = &self.nearest {
            write!(f, "; did you mean `{near}`?")?;
        }
        match self.examples.is_empty() {
            true => f.write_str(" (the scenario reports no signal and has no milestone)"),
            false => write!(f, " (there are, for example: {})", self.examples.join(", ")),
        }
    }
}

impl std::error::Error for TargetError {}

/// Every target there is: indicators and milestones first, then the ends of all reported signals.
pub fn all(legend: &Legend) -> impl Iterator<Item = Target> {
    peaks(legend).chain(milestones(legend)).chain(ends(legend))
}

/// What a person is shown who named none: the indicators' ends and peaks, and the milestones.
pub fn usual(legend: &Legend) -> Vec<Target> {
    let is_indicator = |target: &Target| {
        let id = target.name.strip_prefix("end.");
        id.is_some_and(|id| legend.indicators.iter().any(|indicator| indicator.id == id))
    };
    let ends = ends(legend).filter(is_indicator);
    ends.chain(peaks(legend)).chain(milestones(legend)).collect()
}

fn ends(legend: &Legend) -> impl Iterator<Item = Target> {
    let of = legend.signals.iter().filter(|signal| signal.kind == Kind::Flag).count();
    let (mut flags, mut values) = (0.., 0..);
    legend.signals.iter().filter_map(move |signal| {
        let indicator = legend.indicators.iter().find(|indicator| indicator.id == signal.name);
        let called = indicator.map_or(signal.name.as_str(), |indicator| indicator.label.as_str());
        let (what, label) = match signal.kind {
            Kind::Flag => (What::EndOfFlag { place: flags.next()?, of }, format!("{called} at the end")),
            Kind::Level if signal.once => (What::EndOfValue(values.next()?), called.to_owned()),
            Kind::Level => (What::EndOfValue(values.next()?), format!("{called} at the end")),
            Kind::Count => (What::EndOfValue(values.next()?), format!("{called}, total to the end")),
        };
        let lower_is_worse = indicator.is_some_and(|indicator| indicator.lower_is_worse);
        let unit = if signal.kind == Kind::Flag { String::new() } else { signal.unit.clone() };
        Some(Target { lower_is_worse, ..Target::new(format!("end.{}", signal.name), label, unit, what) })
    })
}

fn peaks(legend: &Legend) -> impl Iterator<Item = Target> {
    legend.indicators.iter().enumerate().map(|(number, indicator)| {
        let which = if indicator.lower_is_worse { "least" } else { "greatest" };
        let label = format!("{}, the {which} over the run", indicator.label);
        let name = format!("peak.{}", indicator.id);
        Target {
            lower_is_worse: indicator.lower_is_worse,
            ..Target::new(name, label, indicator.unit.clone(), What::Peak(number))
        }
    })
}

fn milestones(legend: &Legend) -> impl Iterator<Item = Target> {
    let calendar = legend.calendar;
    let days: Vec<u32> = (0..=calendar.steps()).map(|row| calendar.days_at(row)).collect();
    let last = calendar.steps() as u32;
    legend.milestones.iter().enumerate().flat_map(move |(number, milestone)| {
        let named = |prefix: &str| format!("{prefix}{}", milestone.id);
        let met = |name: String, by, last_row| {
            let label = format!("{} by {by}", milestone.label);
            Target { last_row, ..Target::new(name, label, String::new(), What::Met(number)) }
        };
        let by_end = met(named(""), calendar.end(), last);
        let by_date = milestone.by.and_then(|by| {
            let row = calendar.row_at(by)? as u32;
            Some(met(named("by."), by, row))
        });
        let label = format!("{}, days from the start", milestone.label);
        let date = Target {
            days: days.clone(),
            ..Target::new(named("date."), label, "days".to_owned(), What::Date(number))
        };
        [Some(by_end), by_date, Some(date)].into_iter().flatten()
    })
}

impl Target {
    fn new(name: String, label: String, unit: String, what: What) -> Self {
        Self { name, label, unit, what, lower_is_worse: false, last_row: 0, days: Vec::new() }
    }
}

/// One of each kind.
fn examples(legend: &Legend) -> Vec<String> {
    let mut of_milestones = milestones(legend).map(|target| target.name);
    let milestone = of_milestones.next();
    let date = of_milestones.find(|name| name.starts_with("date."));
    let signal = usual(legend).into_iter().map(|target| target.name).find(|name| name.starts_with("end."));
    let signal = signal.or_else(|| ends(legend).next().map(|target| target.name));
    let peak = peaks(legend).next().map(|target| target.name);
    [signal, peak, milestone, date].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::fixture::{legend, record};

    fn target(name: &str) -> Target {
        Target::parse(name, &legend()).unwrap()
    }

    #[test]
    fn every_kind_of_target_is_read_from_its_place() {
        let record = record(0, !0);
        // Values and flags are numbered apart: `pressure` is the fourth signal, and the third value.
        assert_eq!(target("end.pressure").values(&record)[5], record.at_end[2][5]);
        assert_eq!(target("iraq.troops").values(&record)[5], 495.0);
        assert_eq!(target("end.politics.agreed").values(&record)[5], 1.0);
        assert_eq!(target("peak.resurgence").values(&record)[5], 205.0);
        // Row 1 of ten days, met by the first half of the histories.
        assert_eq!(target("agreement").values(&record)[31..33], [1.0, 0.0]);
        assert_eq!(target("date.agreement").values(&record)[31..33], [10.0, 30.0]);
        assert_eq!(target("date.agreement").censored(&record), !0 << 32);
        // Asked for on the 21st, which is row 2; met in rows 2 and 3 or never.
        assert_eq!(target("by.below_500").values(&record)[..3], [1.0, 0.0, 0.0]);
        assert_eq!(target("below_500").values(&record)[..3], [1.0, 1.0, 0.0]);
        assert_eq!(target("below_500").censored(&record), 0);
    }

    #[test]
    fn kinds_units_and_labels_are_told() {
        assert_eq!(target("iraq.troops").kind(), TargetKind::Number);
        assert_eq!(target("iraq.troops").unit(), "people");
        assert_eq!(target("iraq.troops").name(), "end.iraq.troops");
        assert_eq!(target("agreement").kind(), TargetKind::Flag);
        assert_eq!(target("agreement").label(), "Agreement by 2024-01-31");
        assert_eq!(target("by.below_500").label(), "Fewer than 500 US by 2024-01-21");
        assert_eq!(target("date.agreement").kind(), TargetKind::Days);
        assert_eq!(target("date.agreement").unit(), "days");
    }

    #[test]
    fn an_unknown_target_names_the_nearest() {
        let error = Target::parse("date.agrement", &legend()).unwrap_err();
        assert_eq!(error.nearest.as_deref(), Some("date.agreement"));
        let error = Target::parse("iraq.trops", &legend()).unwrap_err();
        assert_eq!(error.nearest.as_deref(), Some("iraq.troops"));
        // A milestone without a date has no `by`.
        assert!(Target::parse("by.agreement", &legend()).is_err());
        let error = Target::parse("zzz", &legend()).unwrap_err().to_string();
        assert!(error.starts_with("there is no target `zzz` (there are, for example: end."), "{error}");
    }

    #[test]
    fn no_two_targets_share_a_name() {
        let names: Vec<String> = all(&legend()).map(|target| target.name).collect();
        let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
