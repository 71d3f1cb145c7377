//! How far a mean score might be off, given so few dates: a bootstrap over blocks of dates.
//!
//! All observations are of one course of events, and those of neighbouring dates are alike: drawn one by one they
//! would pass for more evidence than they are. Dates are drawn in blocks of about their number's cube root (Künsch,
//! *The Annals of Statistics* 17, 1989), round a circle so that all count alike (Politis and Romano, *Exploring the
//! Limits of Bootstrap*, 1992); what was observed on a date stays together. Intervals hold the middle 95 % of what
//! 2,000 samples give. They tell how sure a score is of this course: another course was never seen.

use std::collections::BTreeMap;

use crate::calendar::Date;
use crate::results::Interval;
use crate::vm::math::pow;
use crate::vm::random::Stream;

/// Samples drawn.
pub const RESAMPLES: u32 = 2_000;
/// With fewer dates there is no interval: hardly anything could be drawn but the dates themselves.
pub const FEWEST_DATES: usize = 5;

/// How often each observation is in each sample.
#[derive(Clone, Debug)]
pub struct Resampled {
    /// `[sample][observation]`; nothing where the dates are too few.
    weights: Vec<Vec<f64>>,
}

impl Resampled {
    /// Draws samples of observations on these dates.
    pub fn of(dates: &[Date], seed: u64) -> Self {
        let mut on_date: BTreeMap<Date, Vec<usize>> = BTreeMap::new();
        for (observation, date) in dates.iter().enumerate() {
            on_date.entry(*date).or_default().push(observation);
        }
        let groups: Vec<&Vec<usize>> = on_date.values().collect();
        if groups.len() < FEWEST_DATES {
            return Self { weights: Vec::new() };
        }
        let stream = Stream::new(seed, "hindcast/bootstrap");
        let sample = |number: u32| {
            let mut weights = vec![0.0; dates.len()];
            for at in drawn(groups.len(), |block| stream.uniform(block, 0, number)) {
                groups[at].iter().for_each(|observation| weights[*observation] += 1.0);
            }
            weights
        };
        Self { weights: (0..RESAMPLES).map(sample).collect() }
    }

    /// Where a statistic of the observations' weights lies in 95 of 100 samples; `None` where the dates are too
    /// few, or where a sample leaves it without a value.
    pub fn interval(&self, statistic: impl Fn(&[f64]) -> f64) -> Option<Interval> {
        let mut values: Vec<f64> = self.weights.iter().map(|weights| statistic(weights)).collect();
        values.retain(|value| !value.is_nan());
        // A sample may miss what the statistic is of; a few such do not matter.
        if values.len() < RESAMPLES as usize * 9 / 10 {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let at = |p: f64| values[((values.len() - 1) as f64 * p).round() as usize];
        Some(Interval { low: at(0.025), high: at(0.975) })
    }
}

/// How many dates are drawn together.
pub fn block_length(dates: usize) -> usize {
    (pow(dates as f64, 1.0 / 3.0).round() as usize).max(1)
}

/// As many dates as there are, in blocks that begin where `uniform` says.
fn drawn(dates: usize, uniform: impl Fn(u64) -> f64) -> impl Iterator<Item = usize> {
    let length = block_length(dates);
    (0..dates).map(move |place| {
        let start = (uniform((place / length) as u64) * dates as f64) as usize;
        (start + place % length) % dates
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::add_days;

    fn days(n: usize) -> Vec<Date> {
        (0..n).map(|k| add_days(Date::constant(2024, 1, 1), k as i64)).collect()
    }

    #[test]
    fn samples_have_as_many_dates_as_there_are_and_keep_a_date_together() {
        let mut dates = days(9);
        dates.push(dates[3]);
        let resampled = Resampled::of(&dates, 7);
        for weights in &resampled.weights {
            assert_eq!(weights[..9].iter().sum::<f64>(), 9.0);
            assert_eq!(weights[3], weights[9]);
        }
        // Every date is drawn equally often: 2,000 draws of 9 in blocks of 2, within four standard errors of 9 %.
        for date in 0..9 {
            let times: f64 = resampled.weights.iter().map(|weights| weights[date]).sum();
            assert!((times / 2_000.0 - 1.0).abs() < 0.12, "{date}: {times}");
        }
    }

    #[test]
    fn the_interval_of_a_mean_is_about_its_standard_errors() {
        // Independent values: blocks do not matter. The sd of a uniform is 12^-½.
        let stream = Stream::new(3, "test");
        let values: Vec<f64> = (0..512).map(|k| stream.uniform(k, 0, 0)).collect();
        let mean = |w: &[f64]| w.iter().zip(&values).map(|(w, v)| w * v).sum::<f64>() / w.iter().sum::<f64>();
        let interval = Resampled::of(&days(512), 1).interval(mean).unwrap();
        let half = (interval.high - interval.low) / 2.0;
        // Of 64 blocks the sd of their means is known to 10 %.
        assert!((half / (1.96 / (12.0f64 * 512.0).sqrt()) - 1.0).abs() < 0.3, "{half}");
        assert!(Resampled::of(&days(4), 1).interval(mean).is_none(), "too few dates");
    }

    #[test]
    fn blocks_are_the_cube_root_of_the_dates() {
        assert_eq!([1, 5, 8, 27, 64].map(block_length), [1, 2, 2, 3, 4]);
    }
}
