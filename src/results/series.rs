//! Reading a signal: its series of points, and what each says.

use crate::calendar::Date;
use crate::results::bins::Scale;
use crate::results::cell::Cell;
use crate::results::legend::{Kind, Signal};
use crate::results::stats::{self, Estimate, Interval};
use crate::results::{Missing, Results};

/// One summarised signal at all the rows it is reported at.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// Name, kind and unit.
    pub signal: &'a Signal,
    results: &'a Results,
    /// Its number among the signals that are tallied alike: flags, values that change, and others.
    number: usize,
}

/// A signal at one date, over all completed replicates.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    /// The row's date.
    pub date: Date,
    /// The mean; a flag's probability. Not a number when no replicate was completed.
    pub mean: f64,
    /// The standard deviation; `None` for fewer than two replicates.
    pub sd: Option<f64>,
    /// Replicates completed.
    pub n: u64,
    source: Source<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Source<'a> {
    Flag { raised: u64, failed: u64 },
    Value { cell: &'a Cell, scale: Scale },
}

impl<'a> Series<'a> {
    pub(super) fn new(results: &'a Results, place: usize) -> Self {
        let signal = &results.legend.signals[place];
        let table = |signal: &Signal| (signal.kind == Kind::Flag, signal.once && signal.kind != Kind::Flag);
        let before = &results.legend.signals[..place];
        let number = before.iter().filter(|other| table(other) == table(signal)).count();
        Self { signal, results, number }
    }

    /// The reported rows it has points at: all of them; the first alone for a once-per-replicate
    /// signal; all but the first for a count.
    pub fn rows(&self) -> std::ops::Range<usize> {
        let rows = self.results.legend.report.len();
        match (self.signal.once, self.signal.kind) {
            (true, _) => 0..1,
            (false, Kind::Count) => 1..rows,
            (false, Kind::Flag | Kind::Level) => 0..rows,
        }
    }

    /// The points, in the order of their dates.
    pub fn points(&self) -> impl Iterator<Item = Point<'a>> + '_ {
        self.rows().filter_map(|row| self.at(row))
    }

    /// Whether its histories say the same at every date: nothing to see along the way.
    pub fn is_steady(&self) -> bool {
        let says =
            |point: Point<'a>| (point.mean, point.sd, [0.05, 0.25, 0.5, 0.75, 0.95].map(|p| point.q(p)));
        let mut rows = self.points().map(says);
        rows.next().is_none_or(|first| rows.all(|row| row == first))
    }

    /// The point at a reported row (its place in `Legend::report`); a once-per-replicate signal's only
    /// point, whatever the row. `None` past the last row, and for a count at the start.
    pub fn at(&self, row: usize) -> Option<Point<'a>> {
        let row = if self.signal.once { 0 } else { row };
        if !self.rows().contains(&row) {
            return None;
        }
        let (legend, tally) = (&self.results.legend, &self.results.tally);
        let date = legend.calendar.date(legend.report[row]);
        if self.signal.kind == Kind::Flag {
            let flags = tally.flags.len() / legend.report.len();
            return Some(Point::of_flag(
                date,
                tally.flags[row * flags + self.number],
                tally.completed,
                tally.failed,
            ));
        }
        let repeated = tally.values.len() / legend.report.len();
        let cell = match self.signal.once {
            true => &tally.once[self.number],
            false => &tally.values[row * repeated + self.number],
        };
        Some(Point::of_cell(date, cell, Scale::of(self.signal), tally.completed))
    }

    /// The last point at or before a date such as `2025-09-30`.
    ///
    /// # Errors
    /// The text is no date, lies outside the run, or the signal is a count and nothing was counted yet.
    pub fn on(&self, date: &str) -> Result<Point<'a>, Missing> {
        let parsed = date.parse().map_err(|_| Missing::NoDate { text: date.to_owned() })?;
        self.on_date(parsed)
    }

    /// The last point at or before a date.
    ///
    /// # Errors
    /// The date lies outside the run, or the signal is a count and nothing was counted yet.
    pub fn on_date(&self, date: Date) -> Result<Point<'a>, Missing> {
        let calendar = &self.results.legend.calendar;
        let outside = || Missing::OutsideRun { date, start: calendar.start(), end: calendar.end() };
        let row = self.results.row_on(date).ok_or_else(outside)?;
        self.at(row).ok_or_else(|| Missing::NothingCounted { signal: self.signal.name.clone(), date })
    }
}

impl<'a> Point<'a> {
    pub(super) fn of_cell(date: Date, cell: &'a Cell, scale: Scale, n: u64) -> Self {
        let mean = if n == 0 { f64::NAN } else { cell.mean(n) };
        Self { date, mean, sd: cell.sd(n), n, source: Source::Value { cell, scale } }
    }

    fn of_flag(date: Date, raised: u64, n: u64, failed: u64) -> Self {
        let mean = raised as f64 / n as f64;
        let sd = (n >= 2).then(|| (mean * (1.0 - mean) * n as f64 / (n - 1) as f64).sqrt());
        Self { date, mean, sd, n, source: Source::Flag { raised, failed } }
    }

    /// The mean with its 95 % interval: normal for a value; Wilson's, widened by what failed, for a flag.
    pub fn mean_estimate(&self) -> Estimate {
        match self.source {
            Source::Flag { raised, failed } => stats::probability(raised, self.n, failed),
            Source::Value { .. } => stats::mean(self.mean, self.sd, self.n),
        }
    }

    /// The 95 % interval of the mean; `None` for fewer than two replicates.
    pub fn mean_interval(&self) -> Option<Interval> {
        self.mean_estimate().interval
    }

    /// The standard deviation with its 95 % interval; `None` for fewer than two replicates.
    pub fn sd_estimate(&self) -> Option<Estimate> {
        let value = self.sd?;
        let error = match self.source {
            Source::Flag { .. } => None,
            Source::Value { cell, scale } => cell.sd_error(self.n, &scale),
        };
        // The error is less than half of the deviation, for m₄ < n·s⁴: the low end stays above 0.
        let interval = error.map(|error| {
            let half = stats::Z95 * error;
            Interval { low: value - half, high: value + half }
        });
        Some(Estimate { value, interval, n: self.n })
    }

    /// A flag's probability; `None` for other signals.
    pub fn probability(&self) -> Option<Estimate> {
        matches!(self.source, Source::Flag { .. }).then(|| self.mean_estimate())
    }

    /// The `p` quantile, `p` in 0..1: the smallest value that at least `p` of the replicates do not
    /// exceed, within the resolution; 0 or 1 for a flag. Not a number when no replicate was completed.
    pub fn q(&self, p: f64) -> f64 {
        self.at_rank(stats::rank(p, self.n)).unwrap_or(f64::NAN)
    }

    /// The 95 % interval of the `p` quantile, between two order statistics; `None` when there are too
    /// few replicates to have one.
    pub fn q_interval(&self, p: f64) -> Option<Interval> {
        let (low, high) = stats::rank_interval(p, self.n)?;
        Some(Interval { low: self.at_rank(low)?, high: self.at_rank(high)? })
    }

    /// The `p` quantile with its interval.
    pub fn q_estimate(&self, p: f64) -> Estimate {
        Estimate { value: self.q(p), interval: self.q_interval(p), n: self.n }
    }

    /// By how much a quantile near `x` may be off because values are kept in bins; 0 when they are
    /// kept exactly.
    pub fn resolution(&self, x: f64) -> f64 {
        match self.source {
            Source::Flag { .. } => 0.0,
            Source::Value { scale, .. } => scale.resolution(x),
        }
    }

    fn at_rank(&self, rank: u64) -> Option<f64> {
        match self.source {
            Source::Flag { raised, .. } => {
                (1..=self.n).contains(&rank).then(|| if rank > self.n - raised { 1.0 } else { 0.0 })
            }
            Source::Value { cell, scale } => cell.at_rank(rank, self.n, &scale),
        }
    }
}
