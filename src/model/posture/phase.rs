//! Phases: when one opens, how far its plan asks, when it is done.

use crate::calendar::Date;
use crate::vm::graph::Node;
use crate::vm::math::pow;

/// A step of the schedule, compiled. Times are days from the start of the scenario.
#[derive(Clone, Debug)]
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
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// The end date stays.
    Deadline,
    /// The length stays.
    Announced,
    /// The length is given.
    Lasts(Node),
}

/// People from a place to another.
#[derive(Clone, Debug)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Home,
    Site(usize),
}

/// Where a phase stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Waiting,
    Active,
    Done,
    Cancelled,
}

/// A phase in one lane.
#[derive(Clone, Debug)]
pub struct PhaseState {
    pub status: Status,
    /// When its gate opened, if it is open.
    pub gate_open: Option<f64>,
    /// When it began.
    pub activated: Option<f64>,
    /// Its plan was over at a step before, and people were left to move.
    pub overdue: bool,
    /// When it was done.
    pub finished: f64,
    /// Days that its clock has run, for a pace by length.
    pub elapsed: f64,
    pub progress: f64,
    pub moves: Vec<MoveState>,
}

/// A move in one lane.
#[derive(Clone, Copy, Debug, Default)]
pub struct MoveState {
    /// People of the move at the place when the phase began.
    pub at_activation: i64,
    /// Who has gone.
    pub moved: i64,
    /// Who is to go in all, when that is a number.
    pub troops: i64,
}

impl PhaseState {
    /// Before it opens.
    pub fn new(moves: usize) -> Self {
        Self {
            status: Status::Waiting,
            gate_open: None,
            activated: None,
            overdue: false,
            finished: 0.0,
            elapsed: 0.0,
            progress: 0.0,
            moves: vec![MoveState::default(); moves],
        }
    }
}

/// How far a plan is at the end of a step.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Share of the time that has gone, 0..1.
    pub time: f64,
    /// The plan's end lies at or before the step's end.
    pub over: bool,
    /// When it ends; only when `over`.
    pub end: f64,
}

impl Phase {
    /// How far the plan is at `now`, for a phase that began at `activated`. `value` reads a node.
    pub fn plan(&self, activated: f64, elapsed: f64, now: f64, value: &dyn Fn(Node) -> f64) -> Plan {
        let at_least = value(self.min_days);
        let slip = value(self.end_slip_days);
        let (passed, length) = match self.pace {
            Pace::Deadline => {
                let end = self.end_days.unwrap_or(0.0) + value(self.shift_days) + slip;
                (now - activated, (end - activated).max(at_least))
            }
            Pace::Announced => {
                let announced = self.end_days.unwrap_or(0.0) - self.start_days.unwrap_or(0.0);
                (elapsed, (announced + slip).max(at_least))
            }
            Pace::Lasts(days) => (elapsed, (value(days) + slip).max(at_least)),
        };
        // Arithmetic on dates loses less than a second.
        let over = length <= 0.0 || passed >= length - 1e-6;
        let time = if over { 1.0 } else { (passed / length).max(0.0) };
        Plan { time, over, end: now - (passed - length.max(0.0)) }
    }

    /// When it would begin: the latest of the scenario's start, its slipped start, and `ready`.
    pub fn begins(&self, ready: f64, value: &dyn Fn(Node) -> f64) -> f64 {
        let start = self.start_days.map(|s| s + value(self.shift_days) + value(self.slip_days));
        start.unwrap_or(0.0).max(ready).max(0.0)
    }
}

/// The share moved after a share of the time: time to the power of the profile.
pub fn share(time: f64, profile: f64) -> f64 {
    match time {
        t if t <= 0.0 => 0.0,
        t if t >= 1.0 => 1.0,
        t if profile == 1.0 => t,
        t => pow(t, profile),
    }
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
