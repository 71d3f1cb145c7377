//! The forms a quantity is written in.

use super::counted::{self, EMPIRICAL, POSTERIOR};
use super::{Confidence, Numeric, NumericValue, Provenance, Quantity, Shape};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::expression;
use crate::lang::record::Records;
use crate::lang::source::Span;
use crate::lang::tree::{Entry, Node, Table, Text, Value};

/// Of gamma and beta laws. Work grows with the root of a shape; below, nearly all lies at 0 or at 1.
const LEAST_SHAPE: f64 = 1e-6;
/// See [`LEAST_SHAPE`].
const GREATEST_SHAPE: f64 = 1e8;

/// A distribution of the language.
#[derive(Debug)]
pub struct Form {
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    pub doc: &'static str,
    read: Read,
}

/// How a distribution is read.
#[derive(Debug)]
enum Read {
    /// Its numbers are written.
    Written(fn(&Entry) -> Result<Shape, Diagnostic>),
    /// They may be counted from a record.
    Counted(fn(&Entry, &Records, &mut Vec<Diagnostic>) -> Option<Shape>),
}

/// Every distribution, in the order of the reference.
pub const FORMS: &[Form] = &[
    Form {
        name: "uniform",
        usage: "uniform = [low, high]",
        doc: "even between the two",
        read: Read::Written(uniform),
    },
    Form {
        name: "triangular",
        usage: "triangular = [low, mode, high]",
        doc: "rises to the likeliest value and falls from it in straight lines",
        read: Read::Written(triangular),
    },
    Form {
        name: "pert",
        usage: "pert = [low, mode, high]",
        doc: "smooth between low and high; its mean is (low + 4 mode + high) / 6",
        read: Read::Written(pert),
    },
    Form {
        name: "normal",
        usage: "normal = { mean = 0, sd = 1 }",
        doc: "without bounds unless `min` or `max` sets one",
        read: Read::Written(normal),
    },
    Form {
        name: "lognormal",
        usage: "lognormal = { median = 20, p90 = 60 } or { mean = 30, sd = 20 }",
        doc: "above 0; by its median and the value that 9 in 10 lie below, or by mean and sd",
        read: Read::Written(lognormal),
    },
    Form {
        name: "beta",
        usage: "beta = { mean = 0.1, size = 20 }",
        doc: "between 0 and 1, with shapes mean × size and (1 − mean) × size",
        read: Read::Written(beta),
    },
    Form {
        name: "gamma",
        usage: "gamma = { mean = 10, sd = 5 }",
        doc: "above 0",
        read: Read::Written(gamma),
    },
    Form {
        name: "discrete",
        usage: "discrete = { values = [1, 2], weights = [3, 1] }",
        doc: "one of the values",
        read: Read::Written(discrete),
    },
    Form {
        name: "quantiles",
        usage: "quantiles = { p0 = 0, p50 = 5, p100 = 30 }",
        doc: "straight lines between percentiles; p0 and p100 are needed",
        read: Read::Written(quantiles),
    },
    Form {
        name: "empirical",
        usage: EMPIRICAL,
        doc: "as often as in a record of what happened, a CSV file: the numbers of a column in the rows that `where` \
              keeps; empty cells are left out. Without `smooth` nothing but these values; with it, values that \
              stand once are spread (Epanechnikov kernels, Silverman's bandwidth), and those that stand in several rows \
              keep their probability. `values = [1, 2, 2, 5]` in place of `file`, `column`, `where` needs no file. \
              At least four values",
        read: Read::Counted(counted::empirical),
    },
    Form {
        name: "posterior",
        usage: POSTERIOR,
        doc: "how likely something is that happened (1) or did not (0) in the rows of a record: a beta with \
              shapes prior + cases; `prior` left out is [0.5, 0.5], Jeffreys'. `count = 4, of = 23` in place of \
              `file`, `column`, `where` needs no file",
        read: Read::Counted(counted::posterior),
    },
];

/// What else a quantity may hold, and what it means.
pub const OTHER_KEYS: &[(&str, &str)] = &[
    ("value", "a number, or an expression, in place of a distribution"),
    ("min", "truncates a distribution from below: what lies beyond is never drawn"),
    ("max", "truncates it from above"),
    ("source", "an entry of `[sources]`, or words that begin with `judgement`, `unverified` or `derived`"),
    ("confidence", "`high`, `medium` or `low`: how far its source is to be trusted"),
    ("note", "what to know about it"),
    ("basis", "what was counted, and in which unit"),
];

/// Whether a key gives a quantity its value: a distribution, or `value`.
pub fn is_form(key: &String) -> bool {
    key == "value" || FORMS.iter().any(|f| f.name == key)
}

/// Whether a table is a quantity: a form or a value, and nothing that a quantity has not.
pub fn holds_quantity(table: &Table) -> bool {
    let is_other = |key: &String| OTHER_KEYS.iter().any(|(name, _)| name == key);
    let mut keys = table.entries.keys();
    keys.clone().any(is_form) && keys.all(|key| is_form(key) || is_other(key))
}

/// Reads a number, a quantity or an expression; what is wrong goes to `problems`.
pub fn read(entry: &Entry, records: &Records, problems: &mut Vec<Diagnostic>) -> Option<Numeric> {
    let span = entry.node.span;
    let plain = |value| Some(Numeric { span, value, provenance: Provenance::default() });
    match &entry.node.value {
        Value::Integer(_) | Value::Float(_) => {
            let value = keep(number(&entry.node), problems)?;
            plain(NumericValue::Quantity(Quantity::fixed(value)))
        }
        Value::Text(text) => plain(keep(formula(text, span), problems)?),
        Value::Table(table) => from_table(entry, table, records, problems),
        other => {
            let error = Diagnostic::error(span, format!("{} cannot stand here", other.type_name()))
                .label("expected a number, a quantity or an expression");
            problems.push(match other {
                Value::Bool(_) => error.hint("write 1 for true and 0 for false"),
                _ => error.hint("write 5, { pert = [1, 2, 4] } or \"2 * rate\""),
            });
            None
        }
    }
}

pub(super) fn keep<T>(read: Result<T, Diagnostic>, problems: &mut Vec<Diagnostic>) -> Option<T> {
    read.map_err(|problem| problems.push(problem)).ok()
}

fn formula(text: &Text, span: Span) -> Result<NumericValue, Diagnostic> {
    let parsed = match text.inside {
        Some(inside) => expression::parse(&text.text, inside)?,
        // Escapes moved the characters: places inside are not known, so all of it is underlined.
        None => {
            let all = |problem| Diagnostic { span: Some(span), related: Vec::new(), ..problem };
            expression::parse(&text.text, span).map_err(all)?.placed(span)
        }
    };
    Ok(NumericValue::Expression(parsed, text.text.clone()))
}

fn from_table(
    entry: &Entry,
    table: &Table,
    records: &Records,
    problems: &mut Vec<Diagnostic>,
) -> Option<Numeric> {
    let span = entry.node.span;
    let before = problems.len();
    let mut forms = Vec::new();
    for (key, inner) in &table.entries {
        match FORMS.iter().find(|f| f.name == key) {
            Some(form) => forms.push((form, inner)),
            None if OTHER_KEYS.iter().any(|(name, _)| name == key) => {}
            None => problems.push(unknown_key(key, inner.key)),
        }
    }
    let provenance = Provenance {
        source: words(table, "source", problems),
        confidence: confidence(table, problems),
        note: words(table, "note", problems),
        basis: words(table, "basis", problems),
    };
    let min = bound(table, "min", problems);
    let max = bound(table, "max", problems);
    let value = match (table.get("value"), forms.as_slice()) {
        (Some(value), []) => fixed_value(value, problems)?,
        (None, [(form, inner)]) => {
            let shape = match form.read {
                Read::Written(read) => keep(read(inner), problems)?,
                Read::Counted(read) => read(inner, records, problems)?,
            };
            NumericValue::Quantity(Quantity { shape, min, max })
        }
        (None, []) if problems.len() > before => return None,
        (None, []) => {
            problems.push(no_form(entry));
            return None;
        }
        (Some(_), [(form, inner), ..]) => {
            problems.push(two_forms(inner.key, "value", form.name));
            return None;
        }
        (None, [(first, _), (second, inner), ..]) => {
            problems.push(two_forms(inner.key, first.name, second.name));
            return None;
        }
    };
    check_bounds(table, &value, problems)?;
    Some(Numeric { span, value, provenance })
}

fn fixed_value(entry: &Entry, problems: &mut Vec<Diagnostic>) -> Option<NumericValue> {
    match &entry.node.value {
        Value::Text(text) => keep(formula(text, entry.node.span), problems),
        _ => keep(number(&entry.node), problems).map(|x| NumericValue::Quantity(Quantity::fixed(x))),
    }
}

fn check_bounds(table: &Table, value: &NumericValue, problems: &mut Vec<Diagnostic>) -> Option<()> {
    let Some(place) = table.get("min").or(table.get("max")).map(|e| e.key) else { return Some(()) };
    let distribution = match value {
        NumericValue::Quantity(q) if q.constant().is_none() => q,
        _ => {
            problems.push(
                Diagnostic::error(place, "`min` and `max` truncate a distribution, and this is none")
                    .hint("in an expression write clamp(x, lo, hi)"),
            );
            return None;
        }
    };
    let (low, high) = distribution.support();
    let discrete = matches!(distribution.shape, Shape::Discrete { .. } | Shape::Empirical { .. });
    if low > high || (low == high && !discrete) {
        problems.push(
            Diagnostic::error(place, "nothing is left between `min` and `max`")
                .hint("`min` must be below `max`, and both within what the distribution can be"),
        );
        return None;
    }
    Some(())
}

fn unknown_key(key: &str, span: Span) -> Diagnostic {
    let legal = || FORMS.iter().map(|f| f.name).chain(OTHER_KEYS.iter().map(|(name, _)| *name));
    Diagnostic::error(span, format!("a quantity has no `{key}`"))
        .suggest(key, legal())
        .hint(format!("legal: {}", legal().collect::<Vec<_>>().join(", ")))
}

fn no_form(entry: &Entry) -> Diagnostic {
    let forms = FORMS.iter().map(|f| f.name).collect::<Vec<_>>().join(", ");
    Diagnostic::error(entry.node.span, "this quantity has no value")
        .hint(format!("give `value` or one of {forms}"))
}

fn two_forms(span: Span, first: &str, second: &str) -> Diagnostic {
    Diagnostic::error(span, format!("a quantity cannot be both `{first}` and `{second}`"))
}

fn words(table: &Table, key: &str, problems: &mut Vec<Diagnostic>) -> Option<String> {
    let entry = table.get(key)?;
    match &entry.node.value {
        Value::Text(text) => Some(text.text.clone()),
        other => {
            let message = format!("`{key}` is text, not {}", other.type_name());
            problems.push(Diagnostic::error(entry.node.span, message));
            None
        }
    }
}

fn confidence(table: &Table, problems: &mut Vec<Diagnostic>) -> Option<Confidence> {
    let written = words(table, "confidence", problems)?;
    let found = Confidence::ALL.into_iter().find(|one| one.name() == written);
    if found.is_none() {
        let names = || Confidence::ALL.into_iter().map(Confidence::name);
        let span = table.get("confidence").map(|inner| inner.node.span)?;
        let error = Diagnostic::error(span, format!("`confidence` cannot be \"{written}\""));
        let legal = names().collect::<Vec<_>>().join(", ");
        problems.push(error.suggest(&written, names()).hint(format!("legal: {legal}")));
    }
    found
}

fn bound(table: &Table, key: &str, problems: &mut Vec<Diagnostic>) -> Option<f64> {
    keep(number(&table.get(key)?.node), problems)
}

/// A finite number.
pub(super) fn number(node: &Node) -> Result<f64, Diagnostic> {
    match node.value {
        Value::Integer(n) => Ok(n as f64),
        Value::Float(x) if x.is_finite() => Ok(x),
        Value::Float(_) => Err(Diagnostic::error(node.span, "a number here must be finite")),
        ref other => {
            Err(Diagnostic::error(node.span, format!("this is {}, not a number", other.type_name())))
        }
    }
}

pub(super) fn numbers<const N: usize>(entry: &Entry, usage: &str) -> Result<[f64; N], Diagnostic> {
    let wrong =
        || Diagnostic::error(entry.node.span, format!("expected {N} numbers")).hint(format!("write {usage}"));
    let Value::Array(items) = &entry.node.value else { return Err(wrong()) };
    let read = items.iter().map(number).collect::<Result<Vec<_>, _>>()?;
    read.try_into().map_err(|_| wrong())
}

/// The two numbers of a table such as `{ mean = 0, sd = 1 }`, and nothing else.
fn pair(entry: &Entry, keys: [&str; 2], usage: &str) -> Result<[f64; 2], Diagnostic> {
    let wrong = |span| Diagnostic::error(span, format!("expected `{}` and `{}`", keys[0], keys[1]));
    let Value::Table(table) = &entry.node.value else {
        return Err(wrong(entry.node.span).hint(format!("write {usage}")));
    };
    if let Some((key, inner)) = table.entries.iter().find(|(key, _)| !keys.contains(&key.as_str())) {
        return Err(wrong(inner.key).label(format!("`{key}` is not one of them")).suggest(key, keys));
    }
    let one = |key: &str| match table.get(key) {
        Some(inner) => number(&inner.node),
        None => {
            Err(wrong(entry.node.span).label(format!("`{key}` is missing")).hint(format!("write {usage}")))
        }
    };
    Ok([one(keys[0])?, one(keys[1])?])
}

/// The place of one of a form's values, or of the form.
pub(super) fn part(entry: &Entry, key: &str) -> Span {
    match &entry.node.value {
        Value::Table(table) => table.get(key).map_or(entry.node.span, |inner| inner.node.span),
        _ => entry.node.span,
    }
}

fn positive(value: f64, entry: &Entry, key: &str) -> Result<(), Diagnostic> {
    let error = || Diagnostic::error(part(entry, key), format!("`{key}` must be above 0"));
    if value > 0.0 { Ok(()) } else { Err(error()) }
}

fn require(holds: bool, entry: &Entry, rule: &str) -> Result<(), Diagnostic> {
    if holds { Ok(()) } else { Err(Diagnostic::error(entry.node.span, rule.to_owned())) }
}

/// Whether the quantiles of a gamma or beta law can be found in a moment.
pub(super) fn shapes<const N: usize>(shapes: [f64; N], entry: &Entry, what: &str) -> Result<(), Diagnostic> {
    let rule = format!("{what} must lie between 0.000001 and 100,000,000");
    let can_be_found = shapes.iter().all(|shape| (LEAST_SHAPE..=GREATEST_SHAPE).contains(shape));
    require(can_be_found, entry, &rule)
        .map_err(|error| error.hint("such a law is nearly a number: write that"))
}

fn uniform(entry: &Entry) -> Result<Shape, Diagnostic> {
    let [low, high] = numbers(entry, "uniform = [low, high]")?;
    require(low < high, entry, "the first number must be below the second")?;
    require((high - low).is_finite(), entry, "the numbers are too far apart")?;
    Ok(Shape::Uniform { low, high })
}

fn three(entry: &Entry, usage: &str) -> Result<[f64; 3], Diagnostic> {
    let [low, mode, high] = numbers(entry, usage)?;
    require(
        low <= mode && mode <= high && low < high,
        entry,
        "the three numbers must rise: low, mode, high",
    )?;
    require((high - low).is_finite(), entry, "the numbers are too far apart")?;
    Ok([low, mode, high])
}

fn triangular(entry: &Entry) -> Result<Shape, Diagnostic> {
    let [low, mode, high] = three(entry, "triangular = [low, mode, high]")?;
    Ok(Shape::Triangular { low, mode, high })
}

fn pert(entry: &Entry) -> Result<Shape, Diagnostic> {
    let [low, mode, high] = three(entry, "pert = [low, mode, high]")?;
    Ok(Shape::Pert { low, mode, high })
}

fn normal(entry: &Entry) -> Result<Shape, Diagnostic> {
    let [mean, sd] = pair(entry, ["mean", "sd"], "normal = { mean = 0, sd = 1 }")?;
    positive(sd, entry, "sd")?;
    Ok(Shape::Normal { mean, sd })
}

fn lognormal(entry: &Entry) -> Result<Shape, Diagnostic> {
    let by_moments =
        matches!(&entry.node.value, Value::Table(t) if t.get("mean").is_some() || t.get("sd").is_some());
    let usage = "lognormal = { median = 20, p90 = 60 } or { mean = 30, sd = 20 }";
    if by_moments {
        let [mean, sd] = pair(entry, ["mean", "sd"], usage)?;
        positive(mean, entry, "mean")?;
        positive(sd, entry, "sd")?;
        return Ok(Shape::LognormalMoments { mean, sd });
    }
    let [median, p90] = pair(entry, ["median", "p90"], usage)?;
    require(0.0 < median && median < p90, entry, "`median` must be above 0 and below `p90`")?;
    Ok(Shape::Lognormal { median, p90 })
}

fn beta(entry: &Entry) -> Result<Shape, Diagnostic> {
    let [mean, size] = pair(entry, ["mean", "size"], "beta = { mean = 0.1, size = 20 }")?;
    if !(0.0 < mean && mean < 1.0) {
        return Err(Diagnostic::error(part(entry, "mean"), "`mean` must lie between 0 and 1"));
    }
    positive(size, entry, "size")?;
    shapes([mean * size, (1.0 - mean) * size], entry, "mean × size and (1 − mean) × size")?;
    Ok(Shape::Beta { mean, size })
}

fn gamma(entry: &Entry) -> Result<Shape, Diagnostic> {
    let [mean, sd] = pair(entry, ["mean", "sd"], "gamma = { mean = 10, sd = 5 }")?;
    positive(mean, entry, "mean")?;
    positive(sd, entry, "sd")?;
    shapes([(mean / sd) * (mean / sd)], entry, "(mean / sd)²")?;
    Ok(Shape::Gamma { mean, sd })
}

fn list(table: &Table, key: &str, entry: &Entry) -> Result<Vec<f64>, Diagnostic> {
    match table.get(key).map(|e| &e.node.value) {
        Some(Value::Array(items)) => items.iter().map(number).collect(),
        _ => Err(Diagnostic::error(entry.node.span, format!("expected a list `{key}`"))
            .hint("write discrete = { values = [1, 2], weights = [3, 1] }")),
    }
}

fn discrete(entry: &Entry) -> Result<Shape, Diagnostic> {
    let Value::Table(table) = &entry.node.value else {
        return Err(Diagnostic::error(entry.node.span, "expected `values` and `weights`")
            .hint("write discrete = { values = [1, 2], weights = [3, 1] }"));
    };
    if let Some((key, inner)) = table.entries.iter().find(|(k, _)| *k != "values" && *k != "weights") {
        return Err(Diagnostic::error(inner.key, format!("`discrete` has no `{key}`"))
            .suggest(key, ["values", "weights"]));
    }
    let values = list(table, "values", entry)?;
    let weights = list(table, "weights", entry)?;
    require(!values.is_empty(), entry, "there must be at least one value")?;
    require(values.len() == weights.len(), entry, "there must be one weight for each value")?;
    if !weights.iter().all(|w| *w > 0.0) {
        return Err(Diagnostic::error(part(entry, "weights"), "every weight must be above 0"));
    }
    let mut both: Vec<(f64, f64)> = values.into_iter().zip(weights).collect();
    both.sort_by(|a, b| a.0.total_cmp(&b.0));
    require(both.windows(2).all(|w| w[0].0 < w[1].0), entry, "no value may stand twice")?;
    let (values, weights) = both.into_iter().unzip();
    Ok(Shape::Discrete { values, weights })
}

fn quantiles(entry: &Entry) -> Result<Shape, Diagnostic> {
    let Value::Table(table) = &entry.node.value else {
        return Err(Diagnostic::error(entry.node.span, "expected quantiles from p0 to p100")
            .hint("write quantiles = { p0 = 0, p50 = 5, p100 = 30 }"));
    };
    let mut points = Vec::new();
    for (key, inner) in &table.entries {
        let percent = key.strip_prefix('p').and_then(|p| p.parse::<f64>().ok());
        let Some(percent) = percent.filter(|p| (0.0..=100.0).contains(p)) else {
            return Err(Diagnostic::error(inner.key, format!("`{key}` is not a percentile"))
                .hint("percentiles are written p0, p5, p50, \"p97.5\", p100"));
        };
        points.push((percent / 100.0, number(&inner.node)?));
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends = points.first().is_some_and(|p| p.0 == 0.0) && points.last().is_some_and(|p| p.0 == 1.0);
    require(ends, entry, "both `p0` and `p100` are needed")?;
    require(points.windows(2).all(|w| w[0].0 < w[1].0), entry, "no percentile may stand twice")?;
    require(points.windows(2).all(|w| w[0].1 <= w[1].1), entry, "values must not fall as percentiles rise")?;
    require(points[0].1 < points[points.len() - 1].1, entry, "`p0` must be below `p100`")?;
    Ok(Shape::Quantiles(points))
}
