//! Which points are best and worst, and whether that exceeds the Monte Carlo error.

use super::Swept;
use super::outcome::{Measure, TargetKind, headline_of};
use super::outcomes::Lost;
use crate::results::stats::t95;

/// The points of a target in the order of its headline.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    pub target: usize,
    /// The number of the statistic they are ranked by.
    pub statistic: usize,
    /// Of an indicator the mildest, of a milestone the likeliest or earliest.
    pub first: usize,
    /// The next that differs from it.
    pub second: Option<usize>,
    /// The other end.
    pub last: usize,
}

/// By how much a headline differs between two points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    pub value: f64,
    /// Half of its 95 % interval; `None` where it cannot be said.
    pub error: Option<f64>,
    /// The interval is of pairs of histories under the same chance; else of two that have nothing in common,
    /// which is wider.
    pub is_paired: bool,
}

impl Difference {
    /// Whether it is more than chance.
    pub fn is_resolved(&self) -> bool {
        self.error.is_some_and(|error| self.value.abs() > error)
    }
}

/// Ranks the points for a target; `None` where they are all the same, where there is nothing to rank by or
/// where nobody can say which side is better.
pub fn rank(swept: &Swept<'_>, target: usize) -> Option<Ranking> {
    let (statistic, rises) = headline(swept, target)?;
    let value = |point: usize| swept.headline(target, statistic, point).value;
    let mut order: Vec<usize> =
        (0..swept.summaries.len()).filter(|&point| value(point).is_finite()).collect();
    // A stable sort: of equals the first stands first.
    order.sort_by(|&a, &b| if rises { value(a).total_cmp(&value(b)) } else { value(b).total_cmp(&value(a)) });
    let (first, last) = (*order.first()?, *order.last()?);
    Some(Ranking {
        target,
        statistic,
        first,
        second: order.iter().copied().find(|&point| value(point) != value(first)),
        last,
    })
}

/// The statistic that a target is ranked by, the first of [`Target::ranked_by`] that is not the same everywhere,
/// and whether the least comes first.
///
/// [`Target::ranked_by`]: super::outcome::Target::ranked_by
pub fn headline(swept: &Swept<'_>, target: usize) -> Option<(usize, bool)> {
    let statistics = swept.targets[target].statistics();
    let candidates = swept.targets[target].ranked_by();
    let differs = |statistic: &usize| {
        let first = swept.headline(target, *statistic, 0).value;
        (1..swept.summaries.len()).any(|point| swept.headline(target, *statistic, point).value != first)
    };
    let statistic = candidates.iter().copied().find(differs)?;
    let rises = match (swept.targets[target].kind, statistics[statistic].1) {
        (TargetKind::Indicator { lower_is_worse, .. }, Measure::Level) => !lower_is_worse,
        (TargetKind::Indicator { .. }, _) | (_, Measure::Date) => true,
        _ => false,
    };
    Some((statistic, rises))
}

/// By how much a ranking's statistic is larger at point `a` than at `b`.
///
/// The histories of both meet the same chance, so the means of their batches differ by the levers and little
/// else: the interval is Student's over the batches, by the method of batch means (M. Schmeiser, *Operations
/// Research* 30, 1982).
///
/// # Errors
/// A point's batches cannot be read back.
pub fn difference(swept: &Swept<'_>, ranking: &Ranking, a: usize, b: usize) -> Result<Difference, Lost> {
    let [of_a, of_b] = [a, b].map(|point| swept.headline(ranking.target, ranking.statistic, point));
    let value = of_a.value - of_b.value;
    let [batches_of_a, batches_of_b] = [batches(swept, ranking, a)?, batches(swept, ranking, b)?];
    Ok(match paired_error(&batches_of_a, &batches_of_b, value) {
        Some(error) => Difference { value, error: Some(error), is_paired: true },
        None => {
            let both = of_a.error().zip(of_b.error()).map(|(a, b)| (a * a + b * b).sqrt());
            Difference { value, error: both, is_paired: false }
        }
    })
}

/// `[batch]`: the histories of a point and the sum of a ranking's statistic over them; none of a date.
fn batches(swept: &Swept<'_>, ranking: &Ranking, point: usize) -> Result<Vec<(u64, f64)>, Lost> {
    let target = &swept.targets[ranking.target];
    let second = match target.statistics()[ranking.statistic].1 {
        Measure::Date | Measure::Days => return Ok(Vec::new()),
        Measure::Level => 1,
        Measure::Probability => ranking.statistic,
    };
    let place = headline_of(&swept.targets, ranking.target) + second;
    let outcome = swept.outcome(point)?;
    Ok(outcome.batches.iter().filter_map(|batch| batch.sums.get(place).copied()).collect())
}

fn paired_error(of_a: &[(u64, f64)], of_b: &[(u64, f64)], difference: f64) -> Option<f64> {
    let mut pairs = Vec::new();
    for (&(n, sum), &(m, other)) in of_a.iter().zip(of_b) {
        if n == 0 || m == 0 {
            return None;
        }
        pairs.push(((n + m) as f64 / 2.0, sum / n as f64 - other / m as f64));
    }
    if pairs.len() < 2 {
        return None;
    }
    let total: f64 = pairs.iter().map(|(weight, _)| weight).sum();
    let spread: f64 = pairs.iter().map(|(weight, d)| weight * (d - difference) * (d - difference)).sum();
    let freedom = pairs.len() - 1;
    Some(t95(freedom) * (spread / total / freedom as f64).sqrt())
}
