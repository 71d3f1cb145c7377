//! What a scenario says about itself: dates, steps, replicates, what to report, and its sources.

use crate::calendar::{Calendar, Date};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::keys::{Domain, Key, Number, Takes, When};
use crate::lang::reader::{Reader, Section, Spanned};
use crate::lang::source::Span;

const QUANTITY: Number =
    Number { when: When::Once, domain: Domain::Any, example: "{ reliance = { pert = [0.1, 0.3, 0.6] } }" };
const EXPRESSION: Number = Number {
    when: When::Step,
    domain: Domain::Any,
    example: "{ pressure = \"0.5 * isf + iraq.troops / 2500\" }",
};

pub const HEADER_KEYS: &[Key] = &[
    Key::required("schema", Takes::Whole, "version of the scenario language").such_as("1"),
    Key::optional("name", Takes::Text, "title of charts and reports")
        .such_as("\"Iraq and Syria as announced\"")
        .left_out("the file's stem"),
    Key::required("start", Takes::Date, "first day").such_as("2024-07-23"),
    Key::required("end", Takes::Date, "last day").such_as("2026-12-31"),
    Key::optional("step", Takes::Text, "time from one row to the next; a week is quick")
        .such_as("\"1 week\"")
        .left_out("\"1 day\""),
    Key::optional("replicates", Takes::Whole, "histories to simulate").left_out("10,000"),
    Key::optional("seed", Takes::Whole, "of the random numbers")
        .such_as("20240723")
        .left_out("drawn and printed"),
    Key::optional("report_every", Takes::Text, "time between rows of the results, a whole number of steps")
        .such_as("\"4 weeks\"")
        .left_out("every step up to 200 steps, else weekly"),
    Key::optional("signals", Takes::TextOrTexts, "which signals to summarise; indicators always are")
        .left_out("\"all\""),
    Key::optional("sources", Takes::Table, "where numbers come from").left_out("none"),
    Key::optional("contingents", Takes::Table, "nations and components").left_out("none"),
    Key::optional("theatres", Takes::Table, "countries and areas").left_out("none"),
    Key::optional("sites", Takes::Table, "bases").left_out("none"),
    Key::optional("phases", Takes::Table, "steps of the schedule").left_out("none"),
    Key::optional("parameters", Takes::Numbers("names", QUANTITY), "named quantities").left_out("none"),
    Key::optional("correlations", Takes::Table, "quantities that go together").left_out("none"),
    Key::optional("variables", Takes::Numbers("names", EXPRESSION), "named expressions").left_out("none"),
    Key::optional("states", Takes::Table, "Markov chains").left_out("none"),
    Key::optional("attacks", Takes::Table, "counts that excite themselves").left_out("none"),
    Key::optional("stocks", Takes::Table, "levels that grow and fluctuate").left_out("none"),
    Key::optional("shocks", Takes::Table, "spells that set in and pass").left_out("none"),
    Key::optional("indicators", Takes::Table, "signals with amber and red").left_out("none"),
    Key::optional("milestones", Takes::Table, "conditions whose date is asked for").left_out("none"),
    Key::optional("sweeps", Takes::Table, "what `drawdown sweep --sweep ID` varies").left_out("none"),
];

pub const SOURCE_KEYS: &[Key] = &[
    Key::required("title", Takes::Text, "what it is called"),
    Key::required("date", Takes::Date, "when it was published"),
    Key::optional("url", Takes::Text, "where it is").such_as("\"https://…\"").left_out("not said"),
    Key::optional("publisher", Takes::Text, "who published it").left_out("not said"),
    Key::optional("note", Takes::Text, "what to know about it").left_out("nothing"),
];

/// A scenario's frame.
#[derive(Clone, Debug)]
pub struct Header {
    pub name: String,
    pub calendar: Calendar,
    /// The calendar is the scenario's own; otherwise it stands in for one with mistakes.
    pub dated: bool,
    pub replicates: u64,
    pub seed: Option<u64>,
    /// Steps between reported rows.
    pub report_every: usize,
    /// Patterns of the signals to summarise; `None` for all.
    pub signals: Option<Vec<Spanned<String>>>,
}

/// A publication.
#[derive(Clone, Debug)]
pub struct SourceDeclared {
    pub id: Spanned<String>,
    pub title: String,
    pub date: Option<Spanned<Date>>,
    pub url: Option<String>,
    pub note: Option<String>,
}

const DEFAULT_REPLICATES: u64 = 10_000;
/// Up to this many steps every one is reported unless the scenario says otherwise.
const MOST_ROWS: usize = 200;
/// More steps than this are refused: a century of days.
const MOST_STEPS: usize = 40_000;
/// Days; ten years.
const LONGEST_STEP: u32 = 3660;

/// Reads the frame. Where it has no legal dates, a stand-in lets the rest be looked at all the same.
pub fn read_header(root: &Section<'_>, stem: &str) -> Header {
    if let Some(schema) = root.whole("schema", 1)
        && schema.value != 1
    {
        let error = Diagnostic::error(schema.span, format!("there is no schema {}", schema.value));
        root.problem(error.hint("write schema = 1"));
    }
    let step_days = root.text("step").map_or(Some(1), |text| days(root, "step", &text));
    let report =
        root.text("report_every").and_then(|text| Some((days(root, "report_every", &text)?, text.span)));
    let calendar = read_calendar(root, step_days.unwrap_or(1));
    let dated = calendar.is_some();
    let calendar = calendar.unwrap_or_else(Calendar::everything);
    Header {
        name: root.text("name").map_or_else(|| stem.to_owned(), |t| t.value),
        replicates: root.whole("replicates", 1).map_or(DEFAULT_REPLICATES, |n| n.value),
        seed: root.whole("seed", 0).map(|n| n.value),
        report_every: step_days.map_or(1, |step_days| report_steps(root, report, &calendar, step_days)),
        signals: if root.has("signals") { patterns(root) } else { None },
        calendar,
        dated,
    }
}

fn read_calendar(root: &Section<'_>, step_days: u32) -> Option<Calendar> {
    let (start, end) = (root.date("start"), root.date("end"));
    let (start, end) = (start?, end?);
    let Some(calendar) = Calendar::new(start.value, end.value, step_days) else {
        let error = Diagnostic::error(end.span, "the scenario ends before it starts");
        root.problem(error.related(start.span, "its start").hint("`end` must be after `start`"));
        return None;
    };
    if calendar.steps() > MOST_STEPS {
        let error = Diagnostic::error(end.span, format!("{} steps are too many", calendar.steps()));
        root.problem(error.hint(format!("at most {MOST_STEPS}: take longer steps or an earlier end")));
    }
    Some(calendar)
}

fn report_steps(
    root: &Section<'_>,
    report: Option<(u32, Span)>,
    calendar: &Calendar,
    step_days: u32,
) -> usize {
    let weekly = (7 / step_days).max(1) as usize;
    match report {
        None => {
            if calendar.steps() <= MOST_ROWS {
                1
            } else {
                weekly
            }
        }
        Some((every, _)) if every.is_multiple_of(step_days) => (every / step_days) as usize,
        Some((every, span)) => {
            let message = format!("{every} days are not a whole number of steps of {step_days} days");
            let error = Diagnostic::error(span, message);
            let fitting = every.next_multiple_of(step_days);
            root.problem(error.hint(format!("\"{fitting} days\" would be")));
            1
        }
    }
}

/// `1 day`, `2 weeks`: a whole number of days.
fn days(root: &Section<'_>, key: &str, text: &Spanned<String>) -> Option<u32> {
    let mut words = text.value.split_whitespace();
    let (number, unit) = (words.next().and_then(|n| n.parse::<u32>().ok()), words.next());
    let days = match (number, unit, words.next()) {
        (Some(n), Some("day" | "days"), None) => n.checked_mul(1),
        (Some(n), Some("week" | "weeks"), None) => n.checked_mul(7),
        _ => None,
    };
    let legal = days.filter(|d| (1..=LONGEST_STEP).contains(d));
    if legal.is_none() {
        let error = Diagnostic::error(text.span, format!("`{key}` cannot be \"{}\"", text.value));
        let hint = format!("write \"1 day\", \"1 week\" or \"4 weeks\"; at most {LONGEST_STEP} days");
        root.problem(error.hint(hint));
    }
    legal
}

fn patterns(root: &Section<'_>) -> Option<Vec<Spanned<String>>> {
    if root.is_text("signals") {
        let text = root.text("signals")?;
        return if text.value == "all" { None } else { Some(vec![text]) };
    }
    root.texts("signals")
}

/// Reads `[sources]`.
pub fn read_sources(root: &Section<'_>) -> Vec<SourceDeclared> {
    let each = root.children("sources", SOURCE_KEYS).into_iter().map(|(id, s)| {
        let publisher = s.text("publisher").map_or_else(String::new, |t| format!(", {}", t.value));
        SourceDeclared {
            title: s.text("title").map_or_else(String::new, |t| t.value) + &publisher,
            date: s.date("date"),
            url: s.text("url").map(|t| t.value),
            note: s.text("note").map(|t| t.value),
            id,
        }
    });
    each.collect()
}

/// A source younger than the scenario tells a forecast what it should not know.
pub fn check_sources(reader: &Reader, sources: &[SourceDeclared], start: Date) {
    for source in sources {
        if let Some(date) = source.date.as_ref().filter(|d| d.value > start) {
            reader.problem(
                Diagnostic::warning(
                    date.span,
                    format!("`{}` was published after the start", source.id.value),
                )
                .label(format!("the scenario starts on {start}"))
                .hint("a scenario that knows what came later cannot be scored as a forecast"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::add_days;
    use crate::model::scenario::Scenario;

    /// Days from one reported row to the next of a scenario of so many steps; nothing where it has mistakes.
    fn reported(steps: i64, step_days: i64, more: &str) -> Option<i64> {
        let start: Date = "1990-01-01".parse().unwrap();
        let end = add_days(start, steps * step_days);
        let text = format!("schema = 1\nstart = {start}\nend = {end}\nstep = \"{step_days} days\"\n{more}\n");
        let model = Scenario::parse("steps.toml", &text).unwrap().compile().ok()?;
        assert_eq!(model.calendar.steps() as i64, steps);
        Some(model.report[1] as i64 * step_days)
    }

    #[test]
    fn every_step_is_reported_up_to_200_and_weekly_beyond() {
        assert_eq!([200, 201].map(|steps| reported(steps, 1, "")), [Some(1), Some(7)]);
        assert_eq!([200, 201].map(|steps| reported(steps, 2, "")), [Some(2), Some(6)]);
        assert_eq!([200, 201].map(|steps| reported(steps, 10, "")), [Some(10), Some(10)]);
        assert_eq!(reported(50, 2, "report_every = \"6 days\""), Some(6));
        assert_eq!(reported(50, 2, "report_every = \"2 weeks\""), Some(14));
        assert_eq!(reported(50, 2, "report_every = \"1 week\""), None);
    }

    #[test]
    fn steps_are_as_many_and_as_long_as_they_may_be() {
        assert_eq!([40_000, 40_001].map(|steps| reported(steps, 1, "").is_some()), [true, false]);
        assert_eq!([3660, 3661].map(|days| reported(2, days, "").is_some()), [true, false]);
    }
}
