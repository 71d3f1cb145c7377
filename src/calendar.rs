//! Dates and steps. Row 0 is the start; row `r` is the end of step `r`; the last step may be short.

use serde::{Deserialize, Serialize};

pub use jiff::civil::Date;

/// Days in a year, wherever a rate is "per year".
pub const DAYS_PER_YEAR: f64 = 365.25;
/// Days in a month, wherever a rate is "per month".
pub const DAYS_PER_MONTH: f64 = 30.4375;

/// The rows of a simulation: a start, an end, and steps of whole days between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Span", into = "Span")]
pub struct Calendar {
    start: Date,
    end: Date,
    step_days: u32,
    span_days: u32,
}

/// What a calendar is made of.
#[derive(Serialize, Deserialize)]
struct Span {
    start: Date,
    end: Date,
    step_days: u32,
}

impl TryFrom<Span> for Calendar {
    type Error = &'static str;

    fn try_from(span: Span) -> Result<Self, Self::Error> {
        Self::new(span.start, span.end, span.step_days).ok_or("a calendar ends after it starts")
    }
}

impl From<Calendar> for Span {
    fn from(calendar: Calendar) -> Self {
        Self { start: calendar.start, end: calendar.end, step_days: calendar.step_days }
    }
}

impl Calendar {
    /// `end` must be after `start`, and `step_days` at least 1; otherwise `None`.
    pub fn new(start: Date, end: Date, step_days: u32) -> Option<Self> {
        let span = u32::try_from(days_between(start, end)).ok()?;
        (span > 0 && step_days > 0).then_some(Self { start, end, step_days, span_days: span })
    }

    /// All dates a scenario could have, in steps of ten years: where no better calendar is known.
    pub fn everything() -> Self {
        let (start, end) = (Date::constant(0, 1, 1), Date::constant(9999, 12, 31));
        Self { start, end, step_days: 3652, span_days: days_between(start, end) as u32 }
    }

    /// The date of row 0.
    pub fn start(&self) -> Date {
        self.start
    }

    /// The date of the last row.
    pub fn end(&self) -> Date {
        self.end
    }

    /// Days in every step but perhaps the last.
    pub fn step_days(&self) -> u32 {
        self.step_days
    }

    /// How many steps there are; rows run from 0 to this number, both included.
    pub fn steps(&self) -> usize {
        self.span_days.div_ceil(self.step_days) as usize
    }

    /// Days from the start to a row.
    pub fn days_at(&self, row: usize) -> u32 {
        (row as u32).saturating_mul(self.step_days).min(self.span_days)
    }

    /// Days in the step that ends at `row`; row 0 stands for a whole step before the start.
    pub fn step_days_at(&self, row: usize) -> u32 {
        match row {
            0 => self.step_days,
            _ => self.days_at(row) - self.days_at(row - 1),
        }
    }

    /// The date of a row.
    pub fn date(&self, row: usize) -> Date {
        add_days(self.start, i64::from(self.days_at(row)))
    }

    /// The last row at or before a date; `None` before the start.
    pub fn row_at(&self, date: Date) -> Option<usize> {
        let days = u32::try_from(days_between(self.start, date)).ok()?;
        Some(if days >= self.span_days { self.steps() } else { (days / self.step_days) as usize })
    }

    /// The day number (since 1970-01-01) of a row: the random numbers' address in time.
    pub fn day_number(&self, row: usize) -> i64 {
        day_number(self.start) + i64::from(self.days_at(row))
    }

    /// Days from the start to a date, negative before it.
    pub fn offset(&self, date: Date) -> i64 {
        days_between(self.start, date)
    }
}

/// Days since 1970-01-01.
pub fn day_number(date: Date) -> i64 {
    days_between(Date::constant(1970, 1, 1), date)
}

/// Whole days from `a` to `b`, negative when `b` is earlier.
pub fn days_between(a: Date, b: Date) -> i64 {
    i64::from(a.until(b).expect("days between any two dates are in range").get_days())
}

/// `date` moved by `days`; held to the first and last date there is.
pub fn add_days(date: Date, days: i64) -> Date {
    date.saturating_add(jiff::Span::new().try_days(days).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(step: u32) -> Calendar {
        Calendar::new(Date::constant(2024, 1, 1), Date::constant(2024, 12, 30), step).unwrap()
    }

    #[test]
    fn the_last_step_may_be_short() {
        let c = calendar(30);
        assert_eq!((c.steps(), c.days_at(13), c.step_days_at(13)), (13, 364, 4));
        assert_eq!((c.step_days_at(0), c.step_days_at(12)), (30, 30));
        assert_eq!(c.date(13), Date::constant(2024, 12, 30));
    }

    #[test]
    fn a_date_between_rows_belongs_to_the_row_before() {
        let c = calendar(7);
        assert_eq!(c.row_at(Date::constant(2024, 1, 7)), Some(0));
        assert_eq!(c.row_at(Date::constant(2024, 1, 8)), Some(1));
        assert_eq!(c.row_at(Date::constant(2023, 12, 31)), None);
        assert_eq!(c.row_at(Date::constant(2030, 1, 1)), Some(52));
    }

    #[test]
    fn leap_days_count() {
        assert_eq!(days_between(Date::constant(2024, 2, 28), Date::constant(2024, 3, 1)), 2);
        assert_eq!(add_days(Date::constant(1899, 12, 31), 1), Date::constant(1900, 1, 1));
    }

    #[test]
    fn an_empty_or_inverted_span_is_no_calendar() {
        let d = Date::constant(2024, 1, 1);
        assert_eq!(Calendar::new(d, d, 1), None);
        assert_eq!(Calendar::new(d, Date::constant(2023, 1, 1), 1), None);
    }
}
