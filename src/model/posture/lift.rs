//! What transport can carry in a step.

use super::Lift;
use super::advance::Inputs;
use crate::vm::eight::{Eight, eight, eights, eights_mut};
use crate::vm::graph::Node;
use crate::vm::math::floor;
use crate::vm::{LANES, Row};

/// A theatre's lift in every lane.
#[derive(Clone, Debug)]
pub(super) struct TheatreLift {
    passengers: Budget,
    tonnes: Budget,
    /// Share used in the last step, worked out where somebody reads it.
    pub(super) used: Row,
    used_is_read: bool,
}

/// Passengers or tonnes; infinite where there is no limit.
#[derive(Clone, Debug)]
struct Budget {
    left: Row,
    whole: Row,
    /// 1 where a move was cut short by it.
    cut: Row,
    /// What is left of one that cut a move short.
    carried: Row,
}

const ZERO: Row = [0.0; LANES];

/// Lift may carry a head when all but this part of it fits.
const HAIR: f64 = 1e-6;

impl TheatreLift {
    pub(super) fn new(used_is_read: bool) -> Self {
        let unlimited = [f64::INFINITY; LANES];
        let budget = Budget { left: unlimited, whole: unlimited, cut: ZERO, carried: ZERO };
        Self { passengers: budget.clone(), tonnes: budget, used: ZERO, used_is_read }
    }

    /// Nothing is used or carried over.
    pub(super) fn rest(&mut self) {
        *self = Self::new(self.used_is_read);
    }

    /// The budgets that have a limit, and that.
    #[inline(always)]
    fn limited(&mut self, lift: &Lift) -> impl Iterator<Item = (&mut Budget, Node)> {
        let limits = [lift.passengers_per_week, lift.tonnes_per_week];
        let budgets = [&mut self.passengers, &mut self.tonnes].into_iter().zip(limits);
        budgets.filter_map(|(budget, limit)| Some((budget, limit?)))
    }

    /// Lift of the step: what it can carry and what was carried over.
    #[inline(always)]
    pub(super) fn fill(&mut self, lift: &Lift, inputs: &Inputs<'_>) {
        let available = inputs.row(lift.available);
        for (budget, limit) in self.limited(lift) {
            let per_week = inputs.row(limit);
            for lane in 0..LANES {
                let weeks = held(available[lane]) * inputs.days / 7.0;
                budget.whole[lane] = per_week[lane] * weeks + budget.carried[lane];
                budget.left[lane] = budget.whole[lane];
                budget.cut[lane] = 0.0;
            }
        }
    }

    /// Takes as many of `wanted`, an eight of lanes, as fit, and leaves in it those that do. A head weighs `tonnes`.
    #[inline(always)]
    pub(super) fn take(&mut self, at: usize, wanted: &mut Eight, tonnes: &Eight, limits: &Lift) {
        let passengers = self.passengers.at(at);
        let by_passengers = eight(|j| heads(passengers.left[j], 1.0));
        if limits.tonnes_per_week.is_none() {
            let taken = eight(|j| least(wanted[j], by_passengers[j]));
            self.passengers.give(at, &passengers, &taken, |j| taken[j] < wanted[j]);
            *wanted = taken;
            return;
        }
        let freight = self.tonnes.at(at);
        let by_tonnes = eight(|j| heads(freight.left[j], tonnes[j]));
        let taken = eight(|j| least(least(wanted[j], by_passengers[j]), by_tonnes[j]));
        let is_cut = |j: usize, by: &Eight| (taken[j] < wanted[j]) & (by[j] == taken[j]);
        self.passengers.give(at, &passengers, &taken, |j| is_cut(j, &by_passengers));
        self.tonnes.give(at, &freight, &eight(|j| taken[j] * tonnes[j]), |j| is_cut(j, &by_tonnes));
        *wanted = taken;
    }

    /// A budget that cut a move short carries its remainder; nothing else is carried.
    #[inline(always)]
    pub(super) fn carry(&mut self, lift: &Lift) {
        for (budget, _) in self.limited(lift) {
            for lane in 0..LANES {
                let left = budget.left[lane];
                budget.carried[lane] = if (budget.cut[lane] != 0.0) & (left > 0.0) { left } else { 0.0 };
            }
        }
        if !self.used_is_read {
            return;
        }
        for lane in 0..LANES {
            let passengers = self.passengers.share_used(lane);
            let tonnes = self.tonnes.share_used(lane);
            self.used[lane] = if tonnes > passengers { tonnes } else { passengers };
        }
    }
}

/// A budget in an eight of lanes.
struct Part {
    left: Eight,
    cut: Eight,
}

impl Budget {
    #[inline(always)]
    fn at(&self, at: usize) -> Part {
        // Copies: what is read only in some lanes would be read lane by lane.
        Part { left: eights(&self.left)[at], cut: eights(&self.cut)[at] }
    }

    /// Takes so much of `before`, and notes where it cuts a move short.
    #[inline(always)]
    fn give(&mut self, at: usize, before: &Part, taken: &Eight, is_cut: impl Fn(usize) -> bool) {
        eights_mut(&mut self.left)[at] = eight(|j| before.left[j] - taken[j]);
        eights_mut(&mut self.cut)[at] = eight(|j| if is_cut(j) { 1.0 } else { before.cut[j] });
    }

    #[inline(always)]
    fn share_used(&self, lane: usize) -> f64 {
        let (left, whole) = (self.left[lane], self.whole[lane]);
        if (whole > 0.0) & (whole < f64::INFINITY) { held((whole - left) / whole) } else { 0.0 }
    }
}

/// Heads that a budget can take.
#[inline(always)]
fn heads(budget: f64, each: f64) -> f64 {
    let fit = floor(budget / each + HAIR);
    let fit = if fit > 0.0 { fit } else { 0.0 };
    if (each <= 0.0) | (budget == f64::INFINITY) { f64::INFINITY } else { fit }
}

#[inline(always)]
fn least(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// Held to 0..1.
#[inline(always)]
fn held(x: f64) -> f64 {
    let x = if x < 1.0 { x } else { 1.0 };
    if x > 0.0 { x } else { 0.0 }
}
