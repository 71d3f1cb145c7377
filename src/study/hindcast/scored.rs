//! What was scored: each observation, each signal, and all of them.

use super::bootstrap::Resampled;
use super::forecasts::{Baseline, Forecast};
use super::observed::{Observation, What};
use super::scores::{self, Sample};
use crate::calendar::{Date, add_days};
use crate::results::{Estimate, Results};

/// The scores of a scenario against what happened.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Of the run: its legend, its seed, the fans of its signals.
    pub results: Results,
    /// By signal, of a signal by date.
    pub observations: Vec<ScoredObservation>,
    /// One a signal, in the order of the observations.
    pub signals: Vec<Group>,
    /// All of them.
    pub overall: Group,
    /// Signals that the schedule moves, along it, at the reported dates.
    pub announced: Vec<(String, Vec<(Date, f64)>)>,
}

/// An observation and what the forecast made of it.
#[derive(Clone, Debug)]
pub struct ScoredObservation {
    pub observation: Observation,
    /// What the histories say; of a milestone days from the start, those that never meet it on the day after the end.
    pub sample: Sample,
    /// In the unit of the signal.
    pub crps: f64,
    /// In the unit of the signal.
    pub wis: f64,
    /// Of a range only.
    pub log_score: Option<f64>,
    /// Where in the forecast it fell, from 0 to 1; a range from here to there.
    pub pit: [f64; 2],
    /// In the order of [`Baseline::ALL`]; none where the rule says nothing.
    pub baselines: [Option<BaselineScore>; 3],
}

/// What a baseline said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaselineScore {
    /// Its value; the median where it differs between histories.
    pub value: f64,
    pub crps: f64,
}

/// Scores over some observations.
#[derive(Clone, Debug)]
pub struct Group {
    /// The signal; `None` for all of them.
    pub signal: Option<String>,
    /// What people call it.
    pub label: String,
    /// Empty where there is none or several.
    pub unit: String,
    /// Places in [`Scored::observations`].
    pub observations: Vec<usize>,
    /// How many different dates they have.
    pub dates: usize,
    /// Means over the observations. CRPS and WIS only of one signal, for units do not mix.
    pub means: Vec<(Measure, Estimate)>,
    /// Mean CRPS of the baselines, of one signal, over the observations of which they say something.
    pub baselines: [Option<Estimate>; 3],
    /// Skill against each: 1 perfect, 0 as good, below 0 worse. −∞ where the baseline was exactly right and the
    /// forecast was not.
    pub skills: [Option<Estimate>; 3],
    /// How many observations fell into each tenth of the forecast; those that are ranges in parts.
    pub pit: [f64; PIT_BINS],
}

/// Bins of the PIT histogram.
pub const PIT_BINS: usize = 10;

/// A score that is averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Crps,
    Wis,
    LogScore,
    Coverage50,
    Coverage80,
    Coverage95,
    Bias,
}

impl Measure {
    pub const ALL: [Self; 7] = [
        Self::Crps,
        Self::Wis,
        Self::LogScore,
        Self::Coverage50,
        Self::Coverage80,
        Self::Coverage95,
        Self::Bias,
    ];

    /// As tables and `--require` write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crps => "crps",
            Self::Wis => "wis",
            Self::LogScore => "log_score",
            Self::Coverage50 => "coverage50",
            Self::Coverage80 => "coverage80",
            Self::Coverage95 => "coverage95",
            Self::Bias => "bias",
        }
    }

    /// Whether it is in the signal's unit, so that signals cannot be put together.
    pub fn has_unit(self) -> bool {
        matches!(self, Self::Crps | Self::Wis)
    }

    /// Of an observation; `None` where it has none.
    pub fn of(self, one: &ScoredObservation) -> Option<f64> {
        match self {
            Self::Crps => Some(one.crps),
            Self::Wis => Some(one.wis),
            Self::LogScore => one.log_score,
            Self::Coverage50 => Some(scores::covered(one.pit, 0.5)),
            Self::Coverage80 => Some(scores::covered(one.pit, 0.8)),
            Self::Coverage95 => Some(scores::covered(one.pit, 0.95)),
            Self::Bias => Some(scores::bias(one.pit)),
        }
    }
}

impl Scored {
    /// Scores forecasts against observations, each with its own.
    pub fn new(
        results: Results,
        observations: &[Observation],
        forecasts: Vec<Forecast>,
        announced: Vec<(String, Vec<(Date, f64)>)>,
    ) -> Self {
        let observations: Vec<ScoredObservation> = observations
            .iter()
            .zip(forecasts)
            .map(|(one, forecast)| {
                let outcome = one.outcome;
                let of_baseline = |sample: &Sample| BaselineScore {
                    value: sample.quantile(0.5),
                    crps: scores::crps(sample, &outcome),
                };
                ScoredObservation {
                    crps: scores::crps(&forecast.sample, &outcome),
                    wis: scores::wis(&forecast.sample, &outcome),
                    log_score: scores::log_score(&forecast.sample, &outcome),
                    pit: scores::pit(&forecast.sample, &outcome),
                    baselines: forecast.baselines.each_ref().map(|b| b.as_ref().map(of_baseline)),
                    observation: one.clone(),
                    sample: forecast.sample,
                }
            })
            .collect();
        let mut names: Vec<String> = observations.iter().map(|one| one.observation.signal.clone()).collect();
        names.dedup();
        let seed = results.seed;
        let group = |name: &String| Group::new(&observations, Some(name), naming(&results, name), seed);
        let signals = names.iter().map(group).collect();
        let overall = Group::new(&observations, None, ("all".to_owned(), String::new()), seed);
        Self { results, observations, signals, overall, announced }
    }

    /// The scores of a signal, or of all where none is named.
    pub fn group(&self, signal: Option<&str>) -> Option<&Group> {
        match signal {
            None => Some(&self.overall),
            Some(_) => self.signals.iter().find(|group| group.signal.as_deref() == signal),
        }
    }

    /// The observations of a group.
    pub fn of<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a ScoredObservation> {
        group.observations.iter().map(|place| &self.observations[*place])
    }
}

impl Group {
    fn new(
        all: &[ScoredObservation],
        signal: Option<&String>,
        (label, unit): (String, String),
        seed: u64,
    ) -> Self {
        let is_here = |one: &ScoredObservation| signal.is_none_or(|name| one.observation.signal == *name);
        let observations: Vec<usize> = (0..all.len()).filter(|place| is_here(&all[*place])).collect();
        let here: Vec<&ScoredObservation> = observations.iter().map(|place| &all[*place]).collect();
        let days: Vec<Date> = here.iter().map(|one| one.observation.date).collect();
        let resampled = Resampled::of(&days, seed);
        let wanted = Measure::ALL.into_iter().filter(|measure| signal.is_some() || !measure.has_unit());
        let means = wanted.filter_map(|measure| {
            let values: Vec<Option<f64>> = here.iter().map(|one| measure.of(one)).collect();
            Some((measure, mean(&values, &resampled)?))
        });
        let of_baseline = |which: usize| {
            let values: Vec<Option<f64>> = here.iter().map(|one| Some(one.baselines[which]?.crps)).collect();
            if signal.is_some() { mean(&values, &resampled) } else { None }
        };
        let mut pit = [0.0; PIT_BINS];
        for (bin, share) in pit.iter_mut().enumerate() {
            let (from, to) = (bin as f64 / PIT_BINS as f64, (bin + 1) as f64 / PIT_BINS as f64);
            *share = here.iter().map(|one| scores::pit_within(one.pit, from, to)).sum();
        }
        let mut distinct = days.clone();
        distinct.sort_unstable();
        distinct.dedup();
        Self {
            signal: signal.cloned(),
            label,
            unit,
            dates: distinct.len(),
            means: means.collect(),
            baselines: [0, 1, 2].map(of_baseline),
            skills: [0, 1, 2].map(|which| skill(&here, which, &resampled)),
            pit,
            observations,
        }
    }

    /// A mean score.
    pub fn mean(&self, measure: Measure) -> Option<&Estimate> {
        self.means.iter().find(|(one, _)| *one == measure).map(|(_, estimate)| estimate)
    }

    /// The skill against a baseline.
    pub fn skill(&self, baseline: Baseline) -> Option<&Estimate> {
        self.skills[baseline as usize].as_ref()
    }

    /// The baseline that is hardest to beat, with the skill against it.
    pub fn hardest(&self) -> Option<(Baseline, &Estimate)> {
        let skills = Baseline::ALL.into_iter().filter_map(|baseline| Some((baseline, self.skill(baseline)?)));
        skills.min_by(|(_, a), (_, b)| a.value.total_cmp(&b.value))
    }
}

fn mean(values: &[Option<f64>], resampled: &Resampled) -> Option<Estimate> {
    let weighted = |weight: &dyn Fn(usize) -> f64| {
        let known = values.iter().enumerate().filter_map(|(at, value)| Some((weight(at), (*value)?)));
        let (sum, of) = known.fold((0.0, 0.0), |(sum, of), (w, value)| (sum + w * value, of + w));
        sum / of
    };
    let n = values.iter().flatten().count() as u64;
    let interval = resampled.interval(|weights| weighted(&|at| weights[at]));
    (n > 0).then(|| Estimate { value: weighted(&|_| 1.0), interval, n })
}

/// 1 − S/B, where S is the forecast's mean CRPS and B the baseline's.
///
/// Over several signals, 1 − Σ S/(S + B) ÷ Σ B/(S + B), with the sums over signals: each is scaled by what both score
/// there, so that units do not matter and each signal weighs alike. As with a geometric mean of ratios, to be twice as
/// good in one and twice as bad in another is no skill; unlike it, it has a value where a score is 0.
fn skill(here: &[&ScoredObservation], which: usize, resampled: &Resampled) -> Option<Estimate> {
    let against: Vec<Option<(f64, f64)>> =
        here.iter().map(|one| Some((one.crps, one.baselines[which]?.crps))).collect();
    let mut starts: Vec<usize> = (0..here.len())
        .filter(|at| *at == 0 || here[*at].observation.signal != here[*at - 1].observation.signal)
        .collect();
    starts.push(here.len());
    let weighted = |weight: &dyn Fn(usize) -> f64| {
        let (mut forecast, mut baseline) = (0.0, 0.0);
        for signal in starts.windows(2) {
            let (mut s, mut b, mut weights) = (0.0, 0.0, 0.0);
            for at in signal[0]..signal[1] {
                if let Some((mine, theirs)) = against[at] {
                    (s, b, weights) = (s + weight(at) * mine, b + weight(at) * theirs, weights + weight(at));
                }
            }
            if weights > 0.0 {
                let both = s + b;
                forecast += if both > 0.0 { s / both } else { 0.5 };
                baseline += if both > 0.0 { b / both } else { 0.5 };
            }
        }
        1.0 - forecast / baseline
    };
    let n = against.iter().flatten().count() as u64;
    let interval = resampled.interval(|weights| weighted(&|at| weights[at]));
    (n > 0).then(|| Estimate { value: weighted(&|_| 1.0), interval, n })
}

/// What people call a signal, and its unit.
fn naming(results: &Results, name: &str) -> (String, String) {
    let legend = &results.legend;
    if let Some(milestone) = legend.milestones.iter().find(|one| name.strip_prefix("date.") == Some(&one.id))
    {
        return (milestone.label.clone(), "days".to_owned());
    }
    let indicator = legend.indicators.iter().find(|one| one.id == name);
    let signal = legend.signals.iter().find(|one| one.name == name);
    let unit = indicator.map(|one| one.unit.clone()).or_else(|| signal.map(|one| one.unit.clone()));
    (indicator.map_or_else(|| name.to_owned(), |one| one.label.clone()), unit.unwrap_or_default())
}

/// The day that a value of a milestone stands for; `None` after the end of the run, and for all other numbers.
pub fn day_of(what: What, value: f64, results: &Results) -> Option<Date> {
    let calendar = &results.legend.calendar;
    let is_within = value <= f64::from(calendar.days_at(calendar.steps()));
    (matches!(what, What::Date(_)) && is_within).then(|| add_days(calendar.start(), value.round() as i64))
}
