//! Counts over a window and in total, and how many bases are handed over: what cannot be told from the rows one
//! by one, since quantiles of sums are no sums of quantiles.

use serde::{Deserialize, Serialize};

use crate::calendar::DAYS_PER_MONTH;
use crate::model::record::Record;
use crate::results::bins::Scale;
use crate::results::cell::Cell;
use crate::results::legend::{Count, Legend};
use crate::results::series::Point;
use crate::results::stats::{self, Estimate};
use crate::results::{Results, Tally, format};
use crate::vm::{LANES, Row};

const ZERO: Row = [0.0; LANES];

/// Sums over replicates' counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CountTally {
    /// `[reported row · counts + count]`: the sum over the window that ends at the row; empty before there is a
    /// whole one.
    pub recent: Vec<Cell>,
    /// `[count]`: from the start to the end.
    pub totals: Vec<Cell>,
    /// `[reported row]`: sites that have been handed over.
    pub sites_closed: Vec<Cell>,
}

impl CountTally {
    /// No replicates yet.
    pub fn new(legend: &Legend) -> Self {
        let (rows, counts) = (legend.report.len(), legend.counts.len());
        Self {
            recent: vec![Cell::default(); rows * counts],
            totals: vec![Cell::default(); counts],
            sites_closed: vec![Cell::default(); rows],
        }
    }

    /// Adds a block of replicates, at least one of which counts.
    pub fn add(&mut self, legend: &Legend, record: &Record) {
        for (number, count) in legend.counts.iter().enumerate() {
            self.add_count(legend, record, number, count);
        }
        for (cell, row) in self.sites_closed.iter_mut().zip(&legend.report) {
            // Integers: every machine takes several of them at once.
            let (row, mut closed) = (*row as u32, [0_u32; LANES]);
            for first in &record.sites_closed {
                for lane in 0..LANES {
                    closed[lane] += u32::from(first[lane] <= row);
                }
            }
            cell.add(&closed.map(f64::from), record.alive, &Scale::WHOLE);
        }
    }

    /// Slides the window along the reported rows. Counts are whole, so what is added can be taken away again.
    fn add_count(&mut self, legend: &Legend, record: &Record, number: usize, count: &Count) {
        let (rows, counts) = (legend.report.len(), legend.counts.len());
        let width = record.values.len() / rows;
        let (mut recent, mut total, mut from) = (ZERO, ZERO, 0);
        for row in 1..rows {
            for signal in &count.signals {
                let added = &record.values[row * width + signal];
                for lane in 0..LANES {
                    recent[lane] += added[lane];
                    total[lane] += added[lane];
                }
            }
            let Some(first) = legend.recent_from(row) else { continue };
            while from < first {
                from += 1;
                for signal in &count.signals {
                    let left = &record.values[from * width + signal];
                    for lane in 0..LANES {
                        recent[lane] -= left[lane];
                    }
                }
            }
            self.recent[row * counts + number].add(&recent, record.alive, &Scale::WHOLE);
        }
        self.totals[number].add(&total, record.alive, &Scale::WHOLE);
    }

    /// Adds what a tally of other replicates holds.
    pub fn merge(&mut self, other: &Self) {
        let others = other.recent.iter().chain(&other.totals).chain(&other.sites_closed);
        for (mine, its) in self.cells().zip(others) {
            mine.merge(its);
        }
    }

    /// All cells, always in the same order.
    pub fn cells(&mut self) -> impl Iterator<Item = &mut Cell> {
        self.recent.iter_mut().chain(&mut self.totals).chain(&mut self.sites_closed)
    }
}

/// A count over a window, told as a mean a month.
#[derive(Clone, Copy, Debug)]
pub struct Recent<'a> {
    /// The sum over the window.
    pub sum: Point<'a>,
    /// A month's share of the window.
    pub per_month: f64,
    /// The probability that there is any.
    pub any: Estimate,
}

impl Recent<'_> {
    /// The `p` quantile of the monthly mean.
    pub fn q(&self, p: f64) -> f64 {
        self.sum.q(p) * self.per_month
    }

    /// Quantiles as a person reads them: no digit beyond the Monte Carlo error of the middle one, nor beyond what a
    /// single event makes.
    pub fn told<const N: usize>(&self, ps: [f64; N]) -> [String; N] {
        let error = |p: f64| self.sum.q_estimate(p).error().unwrap_or(0.0).max(0.5);
        let middle = error(ps[N / 2]);
        ps.map(|p| format::digits(self.q(p), Some(error(p).max(middle) * self.per_month)))
    }

    /// The mean over all histories, likewise.
    pub fn mean(&self) -> String {
        let mean = self.sum.mean_estimate();
        format::digits(mean.value * self.per_month, mean.error().map(|error| error * self.per_month))
    }
}

/// One count's results.
#[derive(Clone, Copy, Debug)]
pub struct CountResult<'a> {
    /// Names, and what is counted.
    pub count: &'a Count,
    legend: &'a Legend,
    tally: &'a Tally,
    number: usize,
}

impl<'a> CountResult<'a> {
    pub(super) fn new(results: &'a Results, number: usize) -> Self {
        let (legend, tally) = (&results.legend, &results.tally);
        Self { count: &legend.counts[number], legend, tally, number }
    }

    /// The window that ends at a reported row; `None` before there is a whole one.
    pub fn recent(&self, row: usize) -> Option<Recent<'a>> {
        let (calendar, report) = (&self.legend.calendar, &self.legend.report);
        let from = self.legend.recent_from(row)?;
        let days = calendar.days_at(report[row]) - calendar.days_at(report[from]);
        let cell = &self.tally.counts.recent[row * self.legend.counts.len() + self.number];
        Some(Recent {
            sum: Point::of_cell(calendar.date(report[row]), cell, Scale::WHOLE, self.tally.completed),
            per_month: DAYS_PER_MONTH / f64::from(days),
            any: self.any_of(cell),
        })
    }

    /// All windows, in the order of their dates.
    pub fn recents(&self) -> impl Iterator<Item = Recent<'a>> {
        (0..self.legend.report.len()).filter_map(|row| self.recent(row))
    }

    /// Whether how likely there is any says more than a mean: several histories, of which three in four never have more
    /// than one in a window.
    pub fn shown_as_share(&self) -> bool {
        self.tally.completed > 1 && self.recents().all(|recent| recent.sum.q(0.75) <= 1.0)
    }

    /// The total from the start to the end.
    pub fn total(&self) -> Point<'a> {
        let (calendar, cell) = (&self.legend.calendar, &self.tally.counts.totals[self.number]);
        Point::of_cell(calendar.end(), cell, Scale::WHOLE, self.tally.completed)
    }

    /// The probability that there is any.
    pub fn any(&self) -> Estimate {
        self.any_of(&self.tally.counts.totals[self.number])
    }

    fn any_of(&self, cell: &Cell) -> Estimate {
        let seen = cell.at_least(&Scale::WHOLE);
        let any = seen.iter().find(|(total, _)| *total > 0.0).map_or(0, |(_, count)| *count);
        stats::probability(any, self.tally.completed, self.tally.failed)
    }

    /// Totals that were seen, rising, each with the probability of as many or more.
    pub fn exceedance(&self) -> Vec<(f64, Estimate)> {
        let cell = &self.tally.counts.totals[self.number];
        let (n, failed) = (self.tally.completed, self.tally.failed);
        let at_least = cell.at_least(&Scale::WHOLE).into_iter();
        at_least.map(|(total, count)| (total, stats::probability(count, n, failed))).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::results::fixture::{legend, record, results};
    use crate::results::{Results, Tally};
    use crate::vm::LANES;

    #[test]
    fn windows_and_totals_are_sums_within_each_history() {
        // Replicate k has k % 4 attacks by the second reported row and 3 more by the last; those of 2 and 4 failed.
        let results = results();
        let found = results.counts().next().unwrap();
        let n = results.completed();
        assert_eq!(n, 126);
        assert!(found.recent(0).is_none());
        let first = found.recent(1).unwrap();
        assert_eq!([0.1, 0.3, 0.6, 0.9].map(|p| first.sum.q(p)), [0.0, 1.0, 2.0, 3.0]);
        assert!((first.per_month - 30.4375 / 20.0).abs() < 1e-12);
        assert_eq!((first.any.value * n as f64).round() as u64, 126 - 31);
        // The last window is ten days or thirty: neither is nearer to twenty, and the longer one is taken.
        let last = found.recent(2).unwrap();
        assert_eq!([0.1, 0.9].map(|p| last.sum.q(p)), [3.0, 6.0]);
        assert!((last.per_month - 30.4375 / 30.0).abs() < 1e-12);
        // Means of 190/126 and 3 more, times the months' shares, ± 0.3 and 0.2.
        assert_eq!([first.mean(), last.mean()], ["2.3", "4.6"]);
        assert_eq!([0.1, 0.9].map(|p| found.total().q(p)), [3.0, 6.0]);
        let reached: Vec<(f64, u64)> =
            found.exceedance().iter().map(|(x, p)| (*x, (p.value * n as f64).round() as u64)).collect();
        assert_eq!(reached, [(3.0, 126), (4.0, 95), (5.0, 63), (6.0, 32)]);
        assert_eq!(found.any().value, 1.0);
    }

    #[test]
    fn no_digit_is_finer_than_one_event_makes() {
        let results = results();
        let recent = results.counts().next().unwrap().recent(1).unwrap();
        // A single attack in twenty days is 1.52 a month.
        assert_eq!(recent.told([0.05, 0.5, 0.95]), ["0", "2", "5"]);
    }

    #[test]
    fn what_is_seldom_more_than_once_is_told_by_how_likely_it_is() {
        let legend = legend();
        let of = |attacks: &dyn Fn(usize) -> f64| {
            let mut seldom = record(0, !0);
            let width = seldom.values.len() / legend.report.len();
            seldom.values[width + 1] = std::array::from_fn(attacks);
            seldom.values[2 * width + 1] = [0.0; LANES];
            let mut tally = Tally::new(&legend);
            tally.add(&legend, &seldom);
            let results = Results::new(legend.clone(), tally, 7);
            results.counts().next().unwrap().shown_as_share()
        };
        assert!(of(&|lane| (lane % 2) as f64));
        assert!(!of(&|lane| (lane % 3) as f64));
    }

    #[test]
    fn bases_are_counted_in_each_history() {
        let results = results();
        // The one site is empty at the second reported row in even lanes, at the end in all.
        let share = |row: usize| results.handed_over(row).mean;
        assert_eq!((share(0), share(2)), (0.0, 1.0));
        assert!((share(1) - 64.0 / 126.0).abs() < 0.02, "{}", share(1));
    }

    #[test]
    fn a_share_of_a_month_is_told_as_finely_as_a_month() {
        let results = results();
        let recent = results.counts().next().unwrap().recent(1).unwrap();
        let hundredth = super::Recent { per_month: 0.01, ..recent };
        // 1.5 ± 0.2, and a median of 1 whose interval reaches to 2.
        assert_eq!(hundredth.mean(), "0.015");
        assert_eq!(hundredth.told([0.05, 0.5, 0.95]), ["0.00", "0.01", "0.03"]);
    }

    #[test]
    fn a_single_history_has_no_shares() {
        let legend = legend();
        for (alive, shown) in [(0b1, false), (0b11, true)] {
            let mut rare = record(0, alive);
            rare.values.fill([0.0; LANES]);
            let mut tally = Tally::new(&legend);
            tally.add(&legend, &rare);
            let results = Results::new(legend.clone(), tally, 7);
            assert_eq!(results.counts().next().unwrap().shown_as_share(), shown, "{alive:b}");
        }
    }
}
