//! The schedule as announced: every dated phase on its dates, no triggered one, no limit of lift.

use super::advance::Inputs;
use super::{Posture, PostureState};
use crate::calendar::Calendar;
use crate::vm::Row;
use crate::vm::graph::Node;
use crate::vm::isa::Isa;

/// People by site at each row: `[site][row]`. `rows` are those of the start with every quantity
/// at its median, in lane 0; `zero` is a node that is always 0.
pub fn announced(posture: &Posture, rows: &[Row], zero: Node, calendar: &Calendar) -> Vec<Vec<f64>> {
    let mut levels = vec![Vec::new(); posture.sites.len()];
    follow(posture, rows, zero, calendar, |_, plan, state| {
        let people = state.people.chunks(plan.contingents.len().max(1));
        for (level, here) in levels.iter_mut().zip(people) {
            level.push(here.iter().map(|row| row[0]).sum());
        }
    });
    levels
}

/// Shows the posture at each row of the schedule as announced, in lane 0; nothing where the start is no posture.
/// `rows` and `zero` are those of [`announced`].
pub fn follow(
    posture: &Posture,
    rows: &[Row],
    zero: Node,
    calendar: &Calendar,
    mut show: impl FnMut(usize, &Posture, &mut PostureState),
) {
    let plan = as_announced(posture, zero);
    let mut state = plan.state(None);
    if !plan.begin(&mut state, rows).is_empty() {
        return;
    }
    for (state, phase) in state.phases.iter_mut().zip(&plan.phases) {
        if phase.start_days.is_none() {
            state.waiting = 0;
        }
    }
    show(0, &plan, &mut state);
    for row in 1..=calendar.steps() {
        let now = f64::from(calendar.days_at(row - 1));
        let days = f64::from(calendar.step_days_at(row));
        plan.step(&mut state, &Inputs { rows, now, days, isa: Isa::widest() });
        show(row, &plan, &mut state);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;
    use crate::model::step::Workspace;

    #[test]
    fn people_go_on_the_days_that_were_announced_whatever_might_hinder_them() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-21\n[contingents.us]\n[theatres.t]\n\
            lift = { passengers_per_week = 1 }\n[sites.s]\ntheatre = \"t\"\ntroops.us = 100\n[shocks.war]\nper_year = 0\n\
            [phases.p]\nstart = 2024-01-06\nend = 2024-01-16\nslip_days = 3\nrequires = \"war\"\n\
            moves.m = { from = \"s\", to = \"home\" }\n";
        let model = Scenario::parse("announced.toml", text).unwrap().compile().unwrap();
        let rows = Workspace::nominal(&model);
        let levels = announced(&model.parts.posture, &rows, model.zero(), &model.calendar);
        // A tenth a day from the fifth day on.
        let truth: Vec<f64> =
            (0..=20).map(|day: u8| f64::from(100 - 10 * day.clamp(5, 15).abs_diff(5))).collect();
        assert_eq!(levels, [truth]);
    }
}
