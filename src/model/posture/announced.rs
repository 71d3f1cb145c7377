//! The schedule as announced: every dated phase on its dates, no triggered one, no limit of lift.

use super::advance::{Inputs, LaneState};
use super::{Posture, Status};
use crate::calendar::Calendar;
use crate::vm::Row;
use crate::vm::graph::Node;

/// People by theatre at each row: `[theatre][row]`. `rows` are those of the start with every quantity
/// at its median, in lane 0; `zero` is a node that is always 0.
pub fn announced(posture: &Posture, rows: &[Row], zero: Node, calendar: &Calendar) -> Vec<Vec<f64>> {
    let plan = as_announced(posture, zero);
    let mut lane = LaneState::new(&plan);
    let mut levels = vec![Vec::new(); plan.theatres.len()];
    if lane.begin(&plan, rows, 0).is_err() {
        return levels;
    }
    let mut stirred = vec![false; plan.phases.len()];
    for (state, phase) in lane.phases.iter_mut().zip(&plan.phases) {
        if phase.start_days.is_none() {
            state.status = Status::Cancelled;
        }
    }
    for row in 0..=calendar.steps() {
        for (theatre, level) in levels.iter_mut().enumerate() {
            level.push(people_in(&plan, &lane, theatre));
        }
        if row < calendar.steps() {
            let now = f64::from(calendar.days_at(row));
            let days = f64::from(calendar.step_days_at(row + 1));
            lane.advance(&plan, &Inputs { rows, lane: 0, now, days }, &mut stirred);
        }
    }
    levels
}

/// The posture with nothing that could hinder its dated phases.
fn as_announced(posture: &Posture, zero: Node) -> Posture {
    let mut plan = posture.clone();
    for theatre in &mut plan.theatres {
        theatre.lift = None;
    }
    for phase in &mut plan.phases {
        (phase.requires, phase.hold, phase.cancel) = (None, None, None);
        (phase.slip_days, phase.end_slip_days, phase.delay_days) = (zero, zero, zero);
        phase.after.retain(|before| posture.phases[*before].start.is_some());
    }
    plan
}

fn people_in(posture: &Posture, lane: &LaneState, theatre: usize) -> f64 {
    let contingents = posture.contingents.len();
    let sites = posture.sites.iter().enumerate().filter(|(_, site)| site.theatre == theatre);
    let people =
        sites.map(|(at, _)| lane.people[at * contingents..(at + 1) * contingents].iter().sum::<i64>());
    people.sum::<i64>() as f64
}
