//! Axes: dates as a person writes them, and round numbers.

use super::page::{Align, Frame, Page};
use super::style::{AXIS, AXIS_TEXT, GRID, SPACE, solid};
use super::text;
use crate::calendar::{Date, add_days, days_between};

/// Pixels a month's name, or a year's number, needs along the axis.
const ROOM_PER_TICK: f64 = 46.0;
/// Months from tick to tick, tried in turn.
const MONTH_STEPS: [i64; 14] = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12_000, 24_000];
/// Days from tick to tick on short axes.
const DAY_STEPS: [i64; 4] = [1, 2, 7, 14];
/// Axes of more days than this have months.
const SHORT: i64 = 62;

/// How tall the dates below a panel are, in pixels.
pub const TIME_HEIGHT: f64 = 46.0;

/// A horizontal axis of dates.
#[derive(Clone, Copy, Debug)]
pub struct TimeAxis {
    start: Date,
    days: i64,
    left: f64,
    right: f64,
}

/// A date on the axis: a month or a day, and a year wherever it begins or the axis does.
#[derive(Clone, Debug, PartialEq)]
struct Tick {
    date: Date,
    upper: String,
    lower: String,
}

impl TimeAxis {
    /// From one date to a later one, between two places in pixels.
    pub fn new(start: Date, end: Date, left: f64, right: f64) -> Self {
        Self { start, days: days_between(start, end).max(1), left, right }
    }

    /// Where a date is; those outside the axis are held to its ends.
    pub fn x(&self, date: Date) -> f64 {
        let share = days_between(self.start, date) as f64 / self.days as f64;
        self.left + (self.right - self.left) * share.clamp(0.0, 1.0)
    }

    /// Whether a date lies on the axis, its ends included.
    pub fn contains(&self, date: Date) -> bool {
        (0..=self.days).contains(&days_between(self.start, date))
    }

    /// The dates a hundredth of the axis, and at least a day, before and after a date.
    pub fn around(&self, date: Date) -> (Date, Date) {
        let days = (self.days / 100).max(1);
        (add_days(date, -days), add_days(date, days))
    }

    pub fn left(&self) -> f64 {
        self.left
    }

    pub fn right(&self) -> f64 {
        self.right
    }

    /// Draws ticks and dates below `y`.
    pub fn draw(&self, page: &mut Page, y: f64) {
        page.rule((self.left, y), (self.right, y), solid(AXIS, 1.0));
        for tick in self.ticks() {
            let x = self.x(tick.date);
            page.rule((x, y), (x, y + 5.0), solid(AXIS, 1.0));
            page.text(&tick.upper, (x, y + 15.0), AXIS_TEXT, Align::Centre);
            page.text(&tick.lower, (x, y + 31.0), AXIS_TEXT, Align::Centre);
        }
    }

    fn ticks(&self) -> Vec<Tick> {
        let most = ((self.right - self.left) / ROOM_PER_TICK).max(1.0) as i64;
        let days = DAY_STEPS.iter().find(|step| self.days / **step < most);
        match days {
            Some(step) if self.days <= SHORT => self.day_ticks(*step),
            _ => self.month_ticks(most),
        }
    }

    fn day_ticks(&self, step: i64) -> Vec<Tick> {
        let dates = (0..=self.days / step).map(|k| add_days(self.start, k * step));
        let mut year = None;
        dates
            .map(|date| {
                let lower = if year == Some(date.year()) { String::new() } else { date.year().to_string() };
                year = Some(date.year());
                Tick { date, upper: format!("{} {}", date.day(), text::month(date)), lower }
            })
            .collect()
    }

    fn month_ticks(&self, most: i64) -> Vec<Tick> {
        let end = add_days(self.start, self.days);
        let months = month_number(end) - month_number(self.start);
        let longest = MONTH_STEPS[MONTH_STEPS.len() - 1];
        let step = MONTH_STEPS.iter().copied().find(|step| months / step < most).unwrap_or(longest);
        let first = month_number(self.start).div_euclid(step);
        let last = month_number(end).div_euclid(step);
        let dates = (first..=last).filter_map(|k| first_of_month(k * step));
        let mut year = None;
        dates
            .filter(|date| self.contains(*date))
            .map(|date| {
                let number = date.year().to_string();
                let is_new = year != Some(date.year());
                year = Some(date.year());
                match (step < 12, is_new) {
                    (true, true) => Tick { date, upper: text::month(date).to_owned(), lower: number },
                    (true, false) => Tick { date, upper: text::month(date).to_owned(), lower: String::new() },
                    (false, _) => Tick { date, upper: number, lower: String::new() },
                }
            })
            .collect()
    }
}

/// Months since January of year 0.
fn month_number(date: Date) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month()) - 1
}

fn first_of_month(number: i64) -> Option<Date> {
    let year = i16::try_from(number.div_euclid(12)).ok()?;
    Date::new(year, number.rem_euclid(12) as i8 + 1, 1).ok()
}

/// An axis of round numbers, upright unless it is laid across.
#[derive(Clone, Copy, Debug)]
pub struct ValueAxis {
    low: f64,
    high: f64,
    step: f64,
    suffix: &'static str,
    frame: Frame,
}

impl ValueAxis {
    /// An axis in `frame` that holds `low..=high` and ends at ticks, with about `ticks` of them.
    ///
    /// `whole`: only whole numbers have ticks. Both ends must be finite; equal ends are widened.
    pub fn fit((low, high): (f64, f64), ticks: usize, whole: bool, frame: Frame) -> Self {
        // Half of the greatest numbers keeps every difference and sum below finite.
        let (low, high) = (low.min(high).max(-FARTHEST), high.max(low).min(FARTHEST));
        let span = if high - low > high.abs() * 1e-9 { high - low } else { high.abs().max(1.0) };
        let mut step = round_step(span / ticks.max(1) as f64);
        if whole {
            step = step.max(1.0);
        }
        let bottom = (low / step).floor() * step;
        let mut top = (high / step - 1e-9).ceil() * step;
        if top <= bottom {
            top = bottom + step * ticks.max(1) as f64;
        }
        Self { low: bottom, high: top, step, suffix: "", frame }
    }

    /// The same with something behind every number: ` %`.
    pub fn suffixed(self, suffix: &'static str) -> Self {
        Self { suffix, ..self }
    }

    /// The same in another place.
    pub fn within(self, frame: Frame) -> Self {
        Self { frame, ..self }
    }

    /// Where a value is; those outside the axis are held to its ends.
    pub fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        self.frame.bottom - (self.frame.bottom - self.frame.top) * share.clamp(0.0, 1.0)
    }

    /// Whether a value lies on the axis, its ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// The widest number on the axis, in pixels.
    pub fn label_width(&self) -> f64 {
        self.ticks().iter().map(|(_, label)| text::width(label, AXIS_TEXT)).fold(0.0, f64::max)
    }

    /// Draws gridlines across the frame and numbers to its left.
    pub fn draw(&self, page: &mut Page) {
        for (value, label) in self.ticks() {
            let y = self.y(value);
            page.rule((self.frame.left, y), (self.frame.right, y), solid(GRID, 1.0));
            page.text(&label, (self.frame.left - SPACE, y), AXIS_TEXT, Align::Right);
        }
    }

    /// Where a value is on the same axis laid across the frame; those outside are held to its ends.
    pub fn x(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        self.frame.left + (self.frame.right - self.frame.left) * share.clamp(0.0, 1.0)
    }

    /// Draws gridlines down the frame and numbers below it.
    pub fn draw_across(&self, page: &mut Page) {
        for (value, _) in self.ticks() {
            let x = self.x(value);
            page.rule((x, self.frame.top), (x, self.frame.bottom), solid(GRID, 1.0));
        }
        self.number_across(page);
    }

    /// Draws the numbers alone, as many as have room; the last ends with the frame.
    pub fn number_across(&self, page: &mut Page) {
        let mut free = f64::NEG_INFINITY;
        for (value, label) in self.ticks() {
            let half = text::width(&label, AXIS_TEXT) / 2.0;
            let x = self.x(value);
            if x - half >= free {
                page.text(&label, (x, self.frame.bottom + 12.0), AXIS_TEXT, Align::Centre);
                free = x + half + SPACE;
            }
        }
    }

    fn ticks(&self) -> Vec<(f64, String)> {
        let largest = self.high.abs().max(self.low.abs());
        let count = ((self.high - self.low) / self.step).round() as usize;
        (0..=count)
            .map(|k| {
                let value = self.low + k as f64 * self.step;
                // 0 built from steps may be −1e-17, which would print as −0.
                let value = if value.abs() < self.step * 1e-6 { 0.0 } else { value };
                (value, text::reading_among(value, self.step, largest) + self.suffix)
            })
            .collect()
    }
}

/// Values beyond this are held to it.
pub const FARTHEST: f64 = 1e300;

/// The smallest of 1, 2, 5, 10, 20, 50… and their fractions that is at least `raw`.
fn round_step(raw: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= raw {
        power *= 10.0;
    }
    while power > raw && power > 1e-300 {
        power /= 10.0;
    }
    [1.0, 2.0, 5.0].iter().map(|m| m * power).find(|step| *step >= raw * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { left: 0.0, right: 100.0, top: 0.0, bottom: 200.0 };

    fn numbers(low: f64, high: f64, whole: bool) -> Vec<String> {
        let axis = ValueAxis::fit((low, high), 5, whole, FRAME);
        axis.ticks().into_iter().map(|(_, label)| label).collect()
    }

    fn dates(start: Date, days: i64) -> Vec<String> {
        let axis = TimeAxis::new(start, add_days(start, days), 0.0, 640.0);
        axis.ticks().iter().map(|tick| format!("{} {}", tick.upper, tick.lower).trim().to_owned()).collect()
    }

    #[test]
    fn numbers_are_round() {
        assert_eq!(numbers(0.0, 2430.0, true), ["0", "500", "1,000", "1,500", "2,000", "2,500"]);
        assert_eq!(numbers(0.0, 0.7, false), ["0.0", "0.2", "0.4", "0.6", "0.8"]);
        assert_eq!(numbers(-3.0, 4.0, false), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(
            numbers(0.0, 4.4e6, true),
            ["0", "1 million", "2 million", "3 million", "4 million", "5 million"]
        );
    }

    #[test]
    fn people_are_not_cut_into_parts() {
        assert_eq!(numbers(0.0, 2.0, true), ["0", "1", "2"]);
        assert_eq!(numbers(0.0, 0.0, true), ["0", "1", "2", "3", "4", "5"]);
    }

    #[test]
    fn every_value_has_a_place_on_its_axis() {
        for (low, high) in [(0.0, 1.0), (3.0, 3.0), (-1e300, 1e300), (1e-300, 2e-300), (1e17, 1e17 + 64.0)] {
            let axis = ValueAxis::fit((low, high), 5, false, FRAME);
            assert!(axis.contains(low) && axis.contains(high), "{low} to {high}: {axis:?}");
            assert!(axis.y(low).is_finite() && axis.y(high) <= axis.y(low), "{low} to {high}");
            assert!(axis.ticks().len() <= 12, "{low} to {high}: {:?}", axis.ticks());
        }
    }

    #[test]
    fn an_axis_laid_across_runs_from_left_to_right() {
        let axis = ValueAxis::fit((0.0, 10.0), 5, false, FRAME);
        assert_eq!([-1.0, 0.0, 5.0, 10.0, 11.0].map(|value| axis.x(value)), [0.0, 0.0, 50.0, 100.0, 100.0]);
    }

    #[test]
    fn dates_are_quarters_months_or_days_as_there_is_room() {
        let start = Date::constant(2024, 11, 20);
        assert_eq!(dates(start, 500), ["Jan 2025", "Apr", "Jul", "Oct", "Jan 2026", "Apr"]);
        assert_eq!(dates(start, 120), ["Dec 2024", "Jan 2025", "Feb", "Mar"]);
        assert_eq!(
            dates(start, 21),
            [
                "20 Nov 2024",
                "22 Nov",
                "24 Nov",
                "26 Nov",
                "28 Nov",
                "30 Nov",
                "2 Dec",
                "4 Dec",
                "6 Dec",
                "8 Dec",
                "10 Dec"
            ]
        );
        assert_eq!(
            dates(start, 9000),
            ["2026", "2028", "2030", "2032", "2034", "2036", "2038", "2040", "2042", "2044", "2046", "2048"]
        );
    }

    #[test]
    fn dates_off_the_axis_are_held_to_its_ends() {
        let start = Date::constant(2025, 1, 1);
        let axis = TimeAxis::new(start, add_days(start, 100), 10.0, 110.0);
        assert_eq!(
            (axis.x(start), axis.x(add_days(start, 50)), axis.x(add_days(start, 100))),
            (10.0, 60.0, 110.0)
        );
        assert_eq!((axis.x(Date::MIN), axis.x(Date::MAX)), (10.0, 110.0));
        assert!(!axis.contains(add_days(start, 101)) && !axis.contains(add_days(start, -1)));
    }
}
