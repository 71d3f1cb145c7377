//! Looks at the past: running sums, means, lags, totals, peaks.
//!
//! Row `t` stands for the step that ends there, `h` days long; the last may be shorter. Before the
//! start every row equals row 0, so the sum of all rows up to `s` is `s · x₀` for `s ≤ 0`. A sum over
//! the last `d` days is then a difference of running sums, exact for counts, with the oldest row
//! prorated.

use serde::{Deserialize, Serialize};

use super::{LANES, Row, taint};

/// A kind of look at the past. Days are kept as the bits of a number, so that windows have an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Window {
    /// The sum over the last days.
    Sum(u64),
    /// The mean over the last days.
    Mean(u64),
    /// The value at the last row at or before that many days ago.
    Lag(u64),
    /// The sum of rows 1 to now.
    Total,
    /// The sum of rows 1 to now, each times its days.
    Days,
    /// The highest value of rows 0 to now.
    Peak,
    /// The value at row 0.
    First,
}

/// Where a row stands in time.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The row, counted from 0 at the start.
    pub row: usize,
    /// Days from the start to the row.
    pub days: f64,
    /// Days in the step that ends at the row.
    pub behind: f64,
    /// Days in the step that begins at the row.
    pub ahead: f64,
    /// Days in a whole step.
    pub step: f64,
}

/// What one window remembers, for the replicates of a block.
#[derive(Clone, Debug)]
pub struct Memory {
    window: Window,
    /// The value at row 0.
    first: Row,
    /// The running sum, or the peak.
    running: Row,
    /// Running sums or values of the last rows, by row modulo the length.
    ring: Vec<Row>,
    /// The last row after 0 with a value that was not finite.
    spoilt: Row,
}

impl Window {
    /// Rows that it remembers over steps of `step` days.
    pub fn rows(self, step: f64) -> usize {
        match self {
            // The oldest row is prorated and the last step may be short: two more.
            Self::Sum(d) | Self::Mean(d) | Self::Lag(d) => (f64::from_bits(d) / step) as usize + 3,
            _ => 0,
        }
    }
}

impl Memory {
    /// Room for one window over steps of `step` days.
    pub fn new(window: Window, step: f64) -> Self {
        let zero = [0.0; LANES];
        Self { window, first: zero, running: zero, ring: vec![zero; window.rows(step)], spoilt: zero }
    }

    /// Takes in the row's values and answers.
    #[inline(always)]
    pub fn read(&mut self, out: &mut Row, x: &Row, now: &Moment) {
        if now.row == 0 {
            self.first = *x;
            self.running = if self.window == Window::Peak { *x } else { [0.0; LANES] };
            self.spoilt = [f64::NEG_INFINITY; LANES];
        }
        match self.window {
            Window::First => *out = self.first,
            Window::Total => self.accumulate(out, x, now, 1.0),
            Window::Days => self.accumulate(out, x, now, now.behind),
            Window::Peak => self.climb(out, x),
            Window::Lag(days) => self.lag(out, x, now, f64::from_bits(days)),
            Window::Sum(days) => self.slide(out, x, now, f64::from_bits(days), 1.0, 1.0),
            Window::Mean(days) => {
                self.slide(out, x, now, f64::from_bits(days), now.behind, now.step);
                for value in out.iter_mut() {
                    *value /= f64::from_bits(days);
                }
            }
        }
    }

    #[inline(always)]
    fn accumulate(&mut self, out: &mut Row, x: &Row, now: &Moment, weight: f64) {
        if now.row > 0 {
            for lane in 0..LANES {
                self.running[lane] += x[lane] * weight;
            }
        }
        *out = self.running;
    }

    #[inline(always)]
    fn climb(&mut self, out: &mut Row, x: &Row) {
        for lane in 0..LANES {
            let (a, b) = (self.running[lane], x[lane]);
            self.running[lane] = (if a > b { a } else { b }) + (taint(a) + taint(b));
        }
        *out = self.running;
    }

    #[inline(always)]
    fn lag(&mut self, out: &mut Row, x: &Row, now: &Moment, days: f64) {
        let slots = self.ring.len();
        self.ring[now.row % slots] = *x;
        let then = now.days - days;
        *out = if then <= 0.0 { self.first } else { self.ring[(then / now.step) as usize % slots] };
        if days <= 0.0 {
            *out = *x;
        }
    }

    /// The weighted sum over the last `days`; `weight` is this row's, `whole` that of a whole step.
    #[inline(always)]
    fn slide(&mut self, out: &mut Row, x: &Row, now: &Moment, days: f64, weight: f64, whole: f64) {
        if now.row > 0 {
            for lane in 0..LANES {
                let fine = x[lane].is_finite();
                self.running[lane] += if fine { x[lane] * weight } else { 0.0 };
                self.spoilt[lane] = if fine { self.spoilt[lane] } else { now.row as f64 };
            }
        }
        let slots = self.ring.len();
        self.ring[now.row % slots] = self.running;
        let (rows, part) = reach(now, days);
        let oldest = now.row as i64 - rows;
        let (upto, before) = (self.sum_to(oldest, whole), self.sum_to(oldest - 1, whole));
        let first_used = if part > 0.0 { oldest } else { oldest + 1 };
        for lane in 0..LANES {
            let prorated = if part > 0.0 { part * (upto[lane] - before[lane]) } else { 0.0 };
            let sum = (self.running[lane] - upto[lane]) + prorated;
            out[lane] = if self.spoilt[lane] >= first_used as f64 { f64::NAN } else { sum };
        }
    }

    /// The weighted sum of all rows up to `row`; rows up to 0 all equal row 0.
    #[inline(always)]
    fn sum_to(&self, row: i64, whole: f64) -> Row {
        if row > 0 {
            return self.ring[row as usize % self.ring.len()];
        }
        let mut sum = [0.0; LANES];
        if row < 0 {
            for lane in 0..LANES {
                sum[lane] = row as f64 * whole * self.first[lane];
            }
        }
        sum
    }
}

/// How many whole rows the last `days` hold, this one included, and what part of the one before.
fn reach(now: &Moment, days: f64) -> (i64, f64) {
    if now.row == 0 || now.behind == now.step {
        let rows = (days / now.step) as i64;
        return (rows, days / now.step - rows as f64);
    }
    // The last step is shorter than the others.
    if days < now.behind {
        return (0, days / now.behind);
    }
    let rows = ((days - now.behind) / now.step) as i64;
    (rows + 1, (days - now.behind) / now.step - rows as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a window says at each row of a history, with whole steps of `step` days and a last of `last`.
    fn history(window: Window, x: &[f64], step: f64, last: f64) -> Vec<f64> {
        let mut memory = Memory::new(window, step);
        let rows = x.len() - 1;
        let says = x.iter().enumerate().map(|(row, value)| {
            let behind = if row == rows { last } else { step };
            let days = if row == rows { (row as f64 - 1.0) * step + last } else { row as f64 * step };
            let mut out = [0.0; LANES];
            memory.read(&mut out, &[*value; LANES], &Moment { row, days, behind, ahead: step, step });
            out[7]
        });
        says.collect()
    }

    fn days(d: f64) -> u64 {
        d.to_bits()
    }

    #[test]
    fn a_sum_prorates_the_oldest_row_and_reaches_before_the_start() {
        let x = [0.5, 3.0, 4.0, 5.0];
        assert_eq!(history(Window::Sum(days(10.0)), &x, 7.0, 7.0)[0], 0.5 * 10.0 / 7.0);
        let says = history(Window::Sum(days(14.0)), &x, 7.0, 7.0);
        assert_eq!(says, [1.0, 3.5, 7.0, 9.0]);
        let says = history(Window::Sum(days(10.5)), &x, 7.0, 7.0);
        assert_eq!(says, [0.75, 3.25, 5.5, 7.0]);
        assert_eq!(history(Window::Sum(days(3.5)), &x, 7.0, 7.0), [0.25, 1.5, 2.0, 2.5]);
    }

    #[test]
    fn a_short_last_step_counts_for_its_days() {
        let x = [0.0, 3.0, 4.0, 5.0];
        // Day 16: the step of 2 days whole, the two before whole.
        assert_eq!(history(Window::Sum(days(16.0)), &x, 7.0, 2.0)[3], 12.0);
        assert_eq!(history(Window::Sum(days(9.0)), &x, 7.0, 2.0)[3], 9.0);
        assert_eq!(history(Window::Sum(days(1.0)), &x, 7.0, 2.0)[3], 2.5);
        assert_eq!(history(Window::Mean(days(9.0)), &x, 7.0, 2.0)[3], (5.0 * 2.0 + 4.0 * 7.0) / 9.0);
    }

    #[test]
    fn a_mean_weighs_rows_by_their_days() {
        let says = history(Window::Mean(days(10.0)), &[2.0, 4.0, 8.0, 8.0], 5.0, 5.0);
        assert_eq!(says, [2.0, 3.0, 6.0, 8.0]);
    }

    #[test]
    fn a_lag_takes_the_row_at_or_before() {
        let x = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(history(Window::Lag(days(7.0)), &x, 7.0, 7.0), [1.0, 1.0, 2.0, 3.0]);
        assert_eq!(history(Window::Lag(days(8.0)), &x, 7.0, 7.0), [1.0, 1.0, 1.0, 2.0]);
        assert_eq!(history(Window::Lag(days(6.0)), &x, 7.0, 7.0), [1.0, 1.0, 2.0, 3.0]);
        assert_eq!(history(Window::Lag(days(2.0)), &x, 7.0, 2.0), [1.0, 1.0, 2.0, 3.0]);
        assert_eq!(history(Window::Lag(days(0.0)), &x, 7.0, 7.0), x);
    }

    #[test]
    fn totals_and_days_begin_after_row_0_and_peaks_with_it() {
        assert_eq!(history(Window::Total, &[9.0, 1.0, 2.0], 7.0, 7.0), [0.0, 1.0, 3.0]);
        assert_eq!(history(Window::Days, &[1.0, 1.0, 1.0], 7.0, 3.0), [0.0, 7.0, 10.0]);
        assert_eq!(history(Window::Peak, &[5.0, 1.0, 7.0, 2.0], 1.0, 1.0), [5.0, 5.0, 7.0, 7.0]);
        assert_eq!(history(Window::First, &[5.0, 1.0, 7.0], 1.0, 1.0), [5.0, 5.0, 5.0]);
    }

    #[test]
    fn a_value_that_is_not_finite_spoils_a_window_only_while_it_is_in_it() {
        let x = [0.0, f64::INFINITY, 1.0, 1.0, 1.0];
        let says = history(Window::Sum(days(2.0)), &x, 1.0, 1.0);
        assert!(says[1].is_nan() && says[2].is_nan());
        assert_eq!(says[3..], [2.0, 2.0]);
    }

    #[test]
    fn what_was_not_finite_before_a_window_is_no_part_of_it() {
        let x = [f64::INFINITY, 1.0, 2.0, 3.0];
        assert_eq!(history(Window::Sum(days(1.0)), &x, 1.0, 1.0)[1..], [1.0, 2.0, 3.0]);
        assert_eq!(history(Window::Mean(days(2.0)), &x, 1.0, 1.0)[2..], [1.5, 2.5]);
    }

    #[test]
    fn a_part_of_a_row_that_is_not_finite_spoils_a_window() {
        let x = [0.0, f64::INFINITY, 1.0, 1.0];
        let says = history(Window::Sum(days(1.5)), &x, 1.0, 1.0);
        assert!(says[1].is_nan() && says[2].is_nan());
        assert_eq!(says[3], 1.5);
    }
}
