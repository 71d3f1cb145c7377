//! Indicators: signals with amber and red, which begin once they have lasted.

use serde::{Deserialize, Serialize};

use super::compiler::Compiler;
use super::formula::{Phase, Source};
use super::record::{IndicatorRecord, Mask, holds};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::keys::{Domain, Key, Takes};
use crate::lang::quantity::Numeric;
use crate::lang::reader::{Section, Spanned};
use crate::vm::graph::Node;
use crate::vm::window::Moment;
use crate::vm::{LANES, Row};

pub const KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words"),
    Key::step("value", "\"100 * sum(daesh.attacks, 90) / 90\"", "what it measures").must(),
    Key::optional("unit", Takes::Text, "the unit of its numbers").such_as("\"people\"").left_out("none"),
    Key::once("amber", Domain::Any, "150", "where worry begins").must(),
    Key::once("red", Domain::Any, "250", "where alarm begins; below amber: lower is worse").must(),
    Key::once("for_days", Domain::NotNegative, "30", "days that it must last").left_out("0"),
];

/// An indicator as declared.
#[derive(Clone, Debug)]
pub struct Declared {
    pub id: Spanned<String>,
    label: String,
    unit: String,
    value: Option<Numeric>,
    amber: Option<Numeric>,
    red: Option<Numeric>,
    for_days: Option<Numeric>,
}

/// A compiled indicator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Indicator {
    pub id: String,
    pub label: String,
    pub unit: String,
    pub value: Node,
    /// Amber and red.
    pub thresholds: [Node; 2],
    pub for_days: Node,
    pub lower_is_worse: bool,
}

/// What is noted of an indicator at every step, for the replicates of a block.
#[derive(Clone, Debug)]
pub struct Watch {
    /// For amber and red.
    levels: [LevelWatch; 2],
    sum: Row,
    /// The worst value so far.
    worst: Row,
}

#[derive(Clone, Debug)]
struct LevelWatch {
    /// Days from the start since which the threshold has been passed; infinite while it is not.
    since: Row,
    now: Mask,
    ever: Mask,
    days: [u32; LANES],
}

/// Reads `[indicators]`.
pub fn read(root: &Section<'_>) -> Vec<Declared> {
    let each = root.children("indicators", KEYS).into_iter().map(|(id, s)| Declared {
        label: s.label(&id.value),
        unit: s.text("unit").map_or_else(String::new, |t| t.value),
        value: s.number("value"),
        amber: s.number("amber"),
        red: s.number("red"),
        for_days: s.number("for_days"),
        id,
    });
    each.collect()
}

/// Declares its value as a signal.
pub fn declare(compiler: &mut Compiler<'_>, declared: &Declared) {
    compiler.indicator_ids.push(declared.id.value.clone());
    if let Some(value) = &declared.value {
        let path = format!("indicators.{}.value", declared.id.value);
        compiler.declare_formula(&declared.id.value, &path, &declared.unit, Source::Numeric(value.clone()));
    }
}

/// Compiles its value and thresholds.
pub fn finish(compiler: &mut Compiler<'_>, declared: Declared) -> Indicator {
    let id = declared.id.value.clone();
    let path = |key: &str| format!("indicators.{id}.{key}");
    let value = declared.value.as_ref().and_then(|_| compiler.name(&id, declared.id.span, Phase::Step));
    if let (Some((_, kind)), Some(numeric)) = (value, &declared.value)
        && kind.per_step()
    {
        compiler.problem(
            Diagnostic::error(numeric.span, "an indicator cannot be a count: it would depend on the step")
                .hint("take sum(x, 30), or the process's rate"),
        );
    }
    let value = value.map_or_else(|| compiler.graph.constant(0.0), |(node, _)| node);
    compiler.watch(value, &id);
    let mut once = |key: &str, n: &Option<Numeric>, d| compiler.once_or(&path(key), n.as_ref(), d, 0.0);
    let thresholds = [once("amber", &declared.amber, Domain::Any), once("red", &declared.red, Domain::Any)];
    let for_days = once("for_days", &declared.for_days, Domain::NotNegative);
    let lower_is_worse = direction(compiler, &declared, thresholds);
    Indicator { id, label: declared.label, unit: declared.unit, value, thresholds, for_days, lower_is_worse }
}

/// Which side is worse must be known before any replicate.
fn direction(compiler: &Compiler<'_>, declared: &Declared, thresholds: [Node; 2]) -> bool {
    let support = |numeric: &Option<Numeric>, node: Node| {
        let known = compiler.graph.value(node).map(|x| (x, x));
        known.or_else(|| compiler.support(numeric.as_ref()?)).unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
    };
    let amber = support(&declared.amber, thresholds[0]);
    let red = support(&declared.red, thresholds[1]);
    let place = declared.red.as_ref().map_or(declared.id.span, |r| r.span);
    if amber == red && amber.0 == amber.1 && declared.red.is_some() && declared.amber.is_some() {
        let error = Diagnostic::error(place, "amber and red are the same");
        compiler.problem(error.hint("red above amber: higher is worse; below it: lower is worse"));
    } else if amber.1 > red.0 && red.1 > amber.0 {
        let error = Diagnostic::error(place, "red could lie on either side of amber");
        compiler.problem(error.hint("keep their ranges apart, so that it is known which side is worse"));
    }
    red.1 <= amber.0
}

impl Indicator {
    /// Nothing noted.
    pub fn watch(&self) -> Watch {
        let level = LevelWatch { since: [f64::INFINITY; LANES], now: 0, ever: 0, days: [0; LANES] };
        let best = if self.lower_is_worse { f64::INFINITY } else { f64::NEG_INFINITY };
        Watch { levels: [level.clone(), level], sum: [0.0; LANES], worst: [best; LANES] }
    }

    /// Notes a row. Before the start every row equals row 0, so what is passed there has lasted.
    #[inline(always)]
    pub fn note(&self, watch: &mut Watch, rows: &[Row], now: &Moment) {
        let value = &rows[self.value.index()];
        let for_days = &rows[self.for_days.index()];
        let days = if now.row > 0 { now.behind as u32 } else { 0 };
        let sign = if self.lower_is_worse { -1.0 } else { 1.0 };
        if now.row == 0 {
            *watch = self.watch();
        }
        for (level, threshold) in watch.levels.iter_mut().zip(self.thresholds) {
            let threshold = &rows[threshold.index()];
            let mut now_past = [0.0; LANES];
            for lane in 0..LANES {
                let past = sign * value[lane] >= sign * threshold[lane];
                let begins = if now.row == 0 { f64::NEG_INFINITY } else { now.days };
                let since = if level.since[lane] < f64::INFINITY { level.since[lane] } else { begins };
                level.since[lane] = if past { since } else { f64::INFINITY };
                let lasted = past & (now.days - since >= for_days[lane]);
                now_past[lane] = if lasted { 1.0 } else { 0.0 };
                level.days[lane] += if lasted { days } else { 0 };
            }
            level.now = holds(&now_past);
            level.ever |= level.now;
        }
        for lane in 0..LANES {
            watch.sum[lane] += value[lane];
            let worse = sign * value[lane] > sign * watch.worst[lane];
            watch.worst[lane] = if worse { value[lane] } else { watch.worst[lane] };
        }
    }

    /// Copies what is noted to a reported row.
    pub fn report(&self, watch: &Watch, record: &mut IndicatorRecord, at: usize) {
        for (which, level) in watch.levels.iter().enumerate() {
            record.now[which][at] = level.now;
            record.ever[which][at] = level.ever;
            record.days[which][at] = level.days;
        }
    }

    /// The mean over all rows, and the worst of them.
    pub fn finish(&self, watch: &Watch, record: &mut IndicatorRecord, rows: usize) {
        for lane in 0..LANES {
            record.mean[lane] = watch.sum[lane] / rows as f64;
        }
        record.peak = watch.worst;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels of one history, ten days apart: at each row whether it is amber, and has ever been, and for how many
    /// days; then the mean and the worst.
    fn history(
        values: &[f64],
        amber: f64,
        for_days: f64,
        lower_is_worse: bool,
    ) -> (Vec<(bool, bool, u32)>, f64, f64) {
        let (value, thresholds, lasts) = (Node(0), [Node(1), Node(2)], Node(3));
        let indicator = Indicator {
            id: String::new(),
            label: String::new(),
            unit: String::new(),
            value,
            thresholds,
            for_days: lasts,
            lower_is_worse,
        };
        let mut watch = indicator.watch();
        let mut told = Vec::new();
        let rows = |value: f64| [[value; LANES], [amber; LANES], [f64::INFINITY; LANES], [for_days; LANES]];
        for (row, value) in values.iter().enumerate() {
            // The start has a step behind it, too, whose days are not the run's.
            let now = Moment { row, days: 10.0 * row as f64, behind: 10.0, ahead: 10.0, step: 10.0 };
            indicator.note(&mut watch, &rows(*value), &now);
            let level = &watch.levels[0];
            told.push((level.now & 1 == 1, level.ever & 1 == 1, level.days[0]));
        }
        let mut record = IndicatorRecord {
            now: Default::default(),
            ever: Default::default(),
            days: Default::default(),
            mean: [0.0; LANES],
            peak: [0.0; LANES],
        };
        indicator.finish(&watch, &mut record, values.len());
        (told, record.mean[0], record.peak[0])
    }

    #[test]
    fn a_level_counts_once_it_has_lasted() {
        let (told, mean, worst) = history(&[5.0, 15.0, 16.0, 5.0, 10.0, 14.0], 10.0, 10.0, false);
        let (no, was, is) = ((false, false, 0), (false, true, 10), (true, true, 10));
        assert_eq!(told, [no, no, is, was, was, (true, true, 20)]);
        assert!((mean - 65.0 / 6.0).abs() < 1e-12);
        assert_eq!(worst, 16.0);
    }

    #[test]
    fn what_is_passed_at_the_start_has_lasted() {
        let (told, _, worst) = history(&[15.0, 15.0, 5.0], 10.0, 30.0, false);
        assert_eq!(told, [(true, true, 0), (true, true, 10), (false, true, 10)]);
        assert_eq!(worst, 15.0);
    }

    #[test]
    fn where_lower_is_worse_all_is_upside_down() {
        let (told, _, worst) = history(&[15.0, 10.0, 9.0, 11.0], 10.0, 0.0, true);
        assert_eq!(told, [(false, false, 0), (true, true, 10), (true, true, 20), (false, true, 20)]);
        assert_eq!(worst, 9.0);
    }

    #[test]
    fn ranges_of_amber_and_red_may_touch() {
        let scenario = |amber: &str, red: &str| {
            let text = format!(
                "schema = 1\nstart = 2024-01-01\nend = 2024-01-03\n[indicators.i]\nvalue = 1\n\
                 amber = {{ uniform = {amber} }}\nred = {{ uniform = {red} }}\n"
            );
            crate::model::scenario::Scenario::parse("touch.toml", &text).unwrap().compile()
        };
        assert!(!scenario("[1, 2]", "[2, 3]").unwrap().parts.indicators[0].lower_is_worse);
        assert!(scenario("[2, 3]", "[1, 2]").unwrap().parts.indicators[0].lower_is_worse);
        assert!(scenario("[1, 2.1]", "[2, 3]").is_err());
    }

    #[test]
    fn a_parameter_in_the_place_of_red_has_its_own_range() {
        let scenario = |p: &str| {
            let text = format!(
                "schema = 1\nstart = 2024-01-01\nend = 2024-01-03\n[parameters]\np = {p}\n\
                 [indicators.i]\nvalue = 1\namber = 2\nred = \"p\"\n"
            );
            crate::model::scenario::Scenario::parse("range.toml", &text).unwrap().compile()
        };
        assert!(!scenario("{ uniform = [2, 3] }").unwrap().parts.indicators[0].lower_is_worse);
        assert!(scenario("{ uniform = [1, 2] }").unwrap().parts.indicators[0].lower_is_worse);
        assert!(scenario("{ uniform = [1, 3] }").is_err());
    }
}
