//! What is kept of a point once its histories are done: a number a statistic, and means by batches.

use crate::calendar::day_number;
use crate::model::record::{Mask, NEVER, Record, lanes};
use crate::results::legend::{Kind, Legend, Signal};
use crate::results::{Arrivals, Estimate, Interval, Level, Point, Results, Tally};

/// Something a sweep reports on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// An indicator's or a milestone's id, or `end.SIGNAL`.
    pub name: String,
    /// For people.
    pub label: String,
    /// Of its levels; empty when the scenario does not say.
    pub unit: String,
    pub kind: TargetKind,
}

/// What a target is; numbers are those of the legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    Indicator {
        number: usize,
        lower_is_worse: bool,
    },
    Milestone {
        number: usize,
        has_date: bool,
    },
    /// A level or a probability at the end; of a count, its total.
    End {
        place: usize,
        is_flag: bool,
    },
}

/// What a statistic's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// In the target's unit.
    Level,
    /// 0 to 1.
    Probability,
    Days,
    /// Days since 1970-01-01.
    Date,
}

/// A statistic of a target, by its name in the table.
pub type Statistic = (&'static str, Measure);

const OF_INDICATOR: &[Statistic] = &[
    ("probability_ever_red", Measure::Probability),
    ("probability_ever_amber", Measure::Probability),
    ("days_red", Measure::Days),
    ("days_amber", Measure::Days),
    ("mean", Measure::Level),
];
const OF_MILESTONE: &[Statistic] = &[
    ("probability", Measure::Probability),
    ("q05", Measure::Date),
    ("q50", Measure::Date),
    ("q95", Measure::Date),
];
const OF_DATED_MILESTONE: &[Statistic] = &[
    ("probability_by_date", Measure::Probability),
    ("probability", Measure::Probability),
    ("q05", Measure::Date),
    ("q50", Measure::Date),
    ("q95", Measure::Date),
];
const OF_LEVEL: &[Statistic] = &[
    ("mean", Measure::Level),
    ("sd", Measure::Level),
    ("q05", Measure::Level),
    ("q50", Measure::Level),
    ("q95", Measure::Level),
];
const OF_FLAG: &[Statistic] = &[("probability", Measure::Probability)];
/// Of a level's statistics the last three are these quantiles.
const QUANTILES: [f64; 3] = [0.05, 0.5, 0.95];

/// Histories of a point are cut into at most so many batches, the same at every point.
pub const BATCHES: usize = 32;

/// What one point came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Histories that count.
    pub completed: u64,
    /// Histories that stopped.
    pub failed: u64,
    /// `[statistic of a target, in the order of the targets]`.
    pub rows: Vec<Estimate>,
    /// `[batch]`.
    pub batches: Vec<Batch>,
}

/// The same histories of every point: what differs between two points is the levers, not the draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// `[headline]`: histories, and their sum. An indicator has two headlines, red ever and its level at the
    /// end; a milestone, by its date and by the end.
    pub sums: Vec<(u64, f64)>,
}

impl Target {
    /// The statistics that are reported of it; the first is its headline.
    pub fn statistics(&self) -> &'static [Statistic] {
        match self.kind {
            TargetKind::Indicator { .. } => OF_INDICATOR,
            TargetKind::Milestone { has_date: true, .. } => OF_DATED_MILESTONE,
            TargetKind::Milestone { .. } => OF_MILESTONE,
            TargetKind::End { is_flag: true, .. } => OF_FLAG,
            TargetKind::End { .. } => OF_LEVEL,
        }
    }

    /// The numbers of the statistics that points may be ranked by, the most telling first. Of an indicator it
    /// is whether it is ever red, else its level at the end; of a milestone its probability by its date, else
    /// by the end, else its median date.
    pub fn ranked_by(&self) -> &'static [usize] {
        match self.kind {
            TargetKind::Indicator { .. } => &[0, 4],
            TargetKind::Milestone { has_date: true, .. } => &[0, 1, 3],
            TargetKind::Milestone { .. } => &[0, 2],
            TargetKind::End { .. } => &[],
        }
    }

    /// How many headlines it has in a batch.
    fn headlines(&self) -> usize {
        match self.kind {
            TargetKind::Indicator { .. } | TargetKind::Milestone { .. } => 2,
            TargetKind::End { .. } => 0,
        }
    }
}

/// Where a target's headlines begin in a batch.
pub fn headline_of(targets: &[Target], target: usize) -> usize {
    targets[..target].iter().map(Target::headlines).sum()
}

/// Where a target's statistics begin in an outcome.
pub fn row_of(targets: &[Target], target: usize) -> usize {
    targets[..target].iter().map(|t| t.statistics().len()).sum()
}

/// Every target of a scenario: indicators, milestones, ends of what is summarised and changes.
pub fn targets(legend: &Legend) -> Vec<Target> {
    let indicators = legend.indicators.iter().enumerate().map(|(number, i)| Target {
        name: i.id.clone(),
        label: i.label.clone(),
        unit: i.unit.clone(),
        kind: TargetKind::Indicator { number, lower_is_worse: i.lower_is_worse },
    });
    let milestones = legend.milestones.iter().enumerate().map(|(number, m)| Target {
        name: m.id.clone(),
        label: m.label.clone(),
        unit: String::new(),
        kind: TargetKind::Milestone { number, has_date: m.by.is_some_and(|by| by < legend.calendar.end()) },
    });
    let is_told = |signal: &Signal| !signal.once && legend.indicators.iter().all(|i| i.id != signal.name);
    let ends = legend.signals.iter().enumerate().filter(|(_, signal)| is_told(signal));
    let ends = ends.map(|(place, signal)| Target {
        name: format!("end.{}", signal.name),
        label: signal.name.clone(),
        unit: signal.unit.clone(),
        kind: TargetKind::End { place, is_flag: signal.kind == Kind::Flag },
    });
    indicators.chain(milestones).chain(ends).collect()
}

impl Outcome {
    /// What a point's tally comes to.
    pub fn new(targets: &[Target], legend: &Legend, tally: Tally, seed: u64, batches: Vec<Batch>) -> Self {
        let results = Results::new(legend.clone(), tally, seed);
        let signals: Vec<_> = results.signals().collect();
        let last = legend.report.len() - 1;
        let rows = targets.iter().flat_map(|target| match target.kind {
            TargetKind::Indicator { number, .. } => of_indicator(&results, number),
            TargetKind::Milestone { number, has_date } => of_milestone(&results, number, has_date),
            TargetKind::End { place, is_flag } => {
                signals[place].at(last).map_or_else(Vec::new, |point| of_end(&point, is_flag))
            }
        });
        let mut rows: Vec<Estimate> = rows.collect();
        // They may be kept in memory.
        rows.shrink_to_fit();
        Self { completed: results.completed(), failed: results.failed(), rows, batches }
    }
}

fn of_indicator(results: &Results, number: usize) -> Vec<Estimate> {
    let (found, last) = (results.indicator(number), results.legend.report.len() - 1);
    let mut rows: Vec<Estimate> = [Level::Red, Level::Amber].map(|level| found.ever(level, last)).to_vec();
    rows.extend([Level::Red, Level::Amber].map(|level| found.days(level, last)));
    let mean = results.signal(&found.indicator.id).ok().and_then(|series| series.at(last));
    rows.push(mean.map_or(nothing(results.completed()), |point| point.mean_estimate()));
    rows
}

fn of_milestone(results: &Results, number: usize, has_date: bool) -> Vec<Estimate> {
    let found = results.milestone(number);
    let by_date = has_date.then(|| found.by_its_date());
    let dates = QUANTILES.map(|p| date_among_met(&found.arrivals, p));
    by_date.into_iter().chain([found.arrivals.by_end()]).chain(dates).collect()
}

fn date_among_met(arrivals: &Arrivals<'_>, p: f64) -> Estimate {
    let day = |date| day_number(date) as f64;
    let (date, ends) = arrivals.date_among_met(p);
    let interval = ends.map(|(low, high)| Interval { low: day(low), high: day(high) });
    Estimate { value: date.map_or(f64::NAN, day), interval, n: arrivals.met() }
}

fn of_end(point: &Point<'_>, is_flag: bool) -> Vec<Estimate> {
    let mean = point.mean_estimate();
    if is_flag {
        return vec![mean];
    }
    let sd = point.sd_estimate().unwrap_or(nothing(point.n));
    [mean, sd].into_iter().chain(QUANTILES.map(|p| point.q_estimate(p))).collect()
}

fn nothing(n: u64) -> Estimate {
    Estimate { value: f64::NAN, interval: None, n }
}

impl Batch {
    /// Adds a block; `places` are where each indicator's level stands in the record's ends.
    pub fn add(&mut self, legend: &Legend, record: &Record, places: &[Option<usize>]) {
        let mut sums = Vec::new();
        for (indicator, place) in record.indicators.iter().zip(places) {
            let red = indicator.ever[1].last().copied().unwrap_or(0) & record.alive;
            sums.push((u64::from(record.alive.count_ones()), f64::from(red.count_ones())));
            let level =
                place.map_or(0.0, |place| lanes(record.alive).map(|lane| record.at_end[place][lane]).sum());
            sums.push((u64::from(record.alive.count_ones()), level));
        }
        for (number, milestone) in legend.milestones.iter().enumerate() {
            let due =
                milestone.by.and_then(|by| legend.calendar.row_at(by)).unwrap_or(legend.calendar.steps());
            let among =
                milestone.given.map_or(record.alive, |given| record.alive & by_row(record, given, NEVER - 1));
            for row in [due as u32, NEVER - 1] {
                let met = among & by_row(record, number, row);
                sums.push((u64::from(among.count_ones()), f64::from(met.count_ones())));
            }
        }
        self.sums.resize(sums.len(), (0, 0.0));
        for ((n, sum), (more, value)) in self.sums.iter_mut().zip(sums) {
            (*n, *sum) = (*n + more, *sum + value);
        }
    }
}

/// The lanes in which a milestone came by a row.
fn by_row(record: &Record, milestone: usize, row: u32) -> Mask {
    let came = record.milestones[milestone].iter().enumerate();
    came.fold(0, |mask, (lane, &at)| mask | (Mask::from(at <= row) << lane))
}

/// Where each indicator's level stands among the values of a record.
pub fn places(legend: &Legend) -> Vec<Option<usize>> {
    let values: Vec<&Signal> = legend.signals.iter().filter(|signal| signal.kind != Kind::Flag).collect();
    let place = |id: &str| values.iter().position(|signal| signal.name == id);
    legend.indicators.iter().map(|indicator| place(&indicator.id)).collect()
}
