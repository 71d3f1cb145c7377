//! Phases: when one opens, how far its plan asks, when it is done.

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::vm::graph::Node;
use crate::vm::math::pow;
use crate::vm::{LANES, Row};

/// A step of the schedule, compiled. Times are days from the start of the scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Phase {
    pub id: String,
    pub label: String,
    /// Announced and not yet slipped or shifted.
    pub start: Option<Date>,
    pub end: Option<Date>,
    /// The same in days from the scenario's start.
    pub(super) start_days: Option<f64>,
    pub(super) end_days: Option<f64>,
    pub shift_days: Node,
    pub(super) slip_days: Node,
    pub(super) end_slip_days: Node,
    pub(super) pace: Pace,
    pub(super) min_days: Node,
    pub(super) profile: Node,
    pub(super) requires: Option<Node>,
    pub(super) delay_days: Node,
    pub(super) hold: Option<Node>,
    pub(super) cancel: Option<Node>,
    pub(super) after: Vec<usize>,
    pub(super) moves: Vec<Move>,
}

/// How a late start changes the end.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Pace {
    /// The end date stays.
    Deadline,
    /// The length stays.
    Announced,
    /// The length is given.
    Lasts(Node),
}

/// People from a place to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Move {
    pub(super) from: Place,
    pub(super) to: Place,
    /// `None`: all.
    pub(super) troops: Option<Node>,
    pub(super) contingent: Option<usize>,
    pub(super) leave: Option<Node>,
    /// The theatre whose lift it uses.
    pub(super) theatre: usize,
}

/// Where people can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Home,
    Site(usize),
}

/// How far a plan is at the end of a step, in each lane.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Share of the time that has gone, 0..1.
    pub time: Row,
    /// 1 where the plan's end lies at or before the step's end.
    pub over: Row,
    /// When it ends; only where it is over.
    pub end: Row,
}

impl Default for Plan {
    fn default() -> Self {
        Self { time: [0.0; LANES], over: [0.0; LANES], end: [0.0; LANES] }
    }
}

impl Phase {
    /// How far the plan is at `now`, for a phase that began at `activated` and whose clock ran `elapsed` days.
    #[inline(always)]
    pub fn plan(&self, activated: &Row, elapsed: &Row, now: f64, rows: &[Row]) -> Plan {
        let row = |node: Node| &rows[node.index()];
        let slip = row(self.end_slip_days);
        let (mut passed, mut length) = (*elapsed, [0.0; LANES]);
        match self.pace {
            Pace::Deadline => {
                let (end, shift) = (self.end_days.unwrap_or(0.0), row(self.shift_days));
                for lane in 0..LANES {
                    passed[lane] = now - activated[lane];
                    length[lane] = (end + shift[lane] + slip[lane]) - activated[lane];
                }
            }
            Pace::Announced => {
                let announced = self.end_days.unwrap_or(0.0) - self.start_days.unwrap_or(0.0);
                (0..LANES).for_each(|lane| length[lane] = announced + slip[lane]);
            }
            Pace::Lasts(days) => {
                let days = row(days);
                (0..LANES).for_each(|lane| length[lane] = days[lane] + slip[lane]);
            }
        }
        let at_least = row(self.min_days);
        let mut plan = Plan::default();
        for lane in 0..LANES {
            let length = if length[lane] > at_least[lane] { length[lane] } else { at_least[lane] };
            let passed = passed[lane];
            // Arithmetic on dates loses less than a second.
            let over = (length <= 0.0) | (passed >= length - 1e-6);
            let share = passed / length;
            let share = if share > 0.0 { share } else { 0.0 };
            plan.time[lane] = if over { 1.0 } else { share };
            plan.over[lane] = if over { 1.0 } else { 0.0 };
            plan.end[lane] = now - (passed - if length > 0.0 { length } else { 0.0 });
        }
        plan
    }

    /// Whether its plan goes by the days that its clock has run, not by dates.
    pub fn keeps_time(&self) -> bool {
        !matches!(self.pace, Pace::Deadline)
    }

    /// When it would begin: the latest of the scenario's start, its slipped start, and `ready`.
    pub fn begins(&self, ready: &Row, rows: &[Row]) -> Row {
        let (shift, slip) = (&rows[self.shift_days.index()], &rows[self.slip_days.index()]);
        let mut moment = *ready;
        for lane in 0..LANES {
            let start = self.start_days.map_or(0.0, |start| start + shift[lane] + slip[lane]);
            let latest = if start > moment[lane] { start } else { moment[lane] };
            moment[lane] = if latest > 0.0 { latest } else { 0.0 };
        }
        moment
    }

    /// The share moved after these shares of the time: time to the power of the profile.
    #[inline(always)]
    pub fn share(&self, time: &Row, rows: &[Row]) -> Row {
        let profile = &rows[self.profile.index()];
        if profile.iter().fold(true, |all, profile| all & (*profile == 1.0)) {
            return *time;
        }
        let mut shares = *time;
        (0..LANES).for_each(|lane| shares[lane] = share(time[lane], profile[lane]));
        shares
    }
}

#[inline(always)]
fn share(time: f64, profile: f64) -> f64 {
    let inside = (time > 0.0) & (time < 1.0) & (profile != 1.0);
    let bent = pow(if inside { time } else { 1.0 }, profile);
    if inside { bent } else { time }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_bend_the_plan() {
        assert_eq!((share(0.5, 1.0), share(0.5, 2.0), share(0.25, 0.5)), (0.5, 0.25, 0.5));
        assert_eq!((share(0.0, 0.3), share(1.0, 5.0)), (0.0, 1.0));
    }
}
