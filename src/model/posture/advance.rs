//! A step of posture: cancel, open, move, finish.

use super::Posture;
use super::moving::add;
use super::state::PostureState;
use crate::model::record::{Mask, holds, lanes};
use crate::vm::graph::Node;
use crate::vm::isa::Isa;
use crate::vm::{LANES, Row};

/// What a step reads.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) rows: &'a [Row],
    /// Days from the scenario's start to the step's start.
    pub(super) now: f64,
    pub(super) days: f64,
    pub(super) isa: Isa,
}

impl<'a> Inputs<'a> {
    #[inline(always)]
    pub(super) fn row(&self, node: Node) -> &'a Row {
        &self.rows[node.index()]
    }

    /// The row of a node that may be left out, which is then 0.
    #[inline(always)]
    pub(super) fn row_or_zero(&self, node: Option<Node>) -> &'a Row {
        const ZERO: &Row = &[0.0; LANES];
        node.map_or(ZERO, |n| self.row(n))
    }

    /// Lanes in which a condition holds; none where there is no condition.
    #[inline(always)]
    pub(super) fn holds(&self, node: Option<Node>) -> Mask {
        node.map_or(0, |n| {
            let row = self.row(n);
            self.isa.run(
                #[inline(always)]
                || holds(row),
            )
        })
    }

    pub(super) fn end(&self) -> f64 {
        self.now + self.days
    }
}

impl Posture {
    /// Advances every lane by a step.
    pub(super) fn step(&self, state: &mut PostureState, inputs: &Inputs<'_>) {
        for at in 0..self.phases.len() {
            self.cancel(at, state, inputs);
            self.open(at, state, inputs);
        }
        if state.phases.iter().all(|phase| phase.active == 0) {
            if std::mem::take(&mut state.busy) {
                state.lift.iter_mut().for_each(super::lift::TheatreLift::rest);
            }
            return;
        }
        state.busy = true;
        for (theatre, lift) in self.theatres.iter().zip(&mut state.lift) {
            if let Some(limits) = &theatre.lift {
                inputs.isa.run(
                    #[inline(always)]
                    || lift.fill(limits, inputs),
                );
            }
        }
        self.take_turns(state, inputs);
        state.arrive();
        for at in 0..self.phases.len() {
            self.finish(at, state, inputs);
        }
        for (theatre, lift) in self.theatres.iter().zip(&mut state.lift) {
            if let Some(limits) = &theatre.lift {
                inputs.isa.run(
                    #[inline(always)]
                    || lift.carry(limits),
                );
            }
        }
    }

    fn cancel(&self, at: usize, state: &mut PostureState, inputs: &Inputs<'_>) {
        let phase = &mut state.phases[at];
        let lanes = inputs.holds(self.phases[at].cancel) & (phase.waiting | phase.active);
        if lanes != 0 {
            phase.waiting &= !lanes;
            phase.active &= !lanes;
            phase.cancelled |= lanes;
            phase.stirred = true;
        }
    }

    /// Opens a waiting phase where its moment lies before the step's end.
    fn open(&self, at: usize, state: &mut PostureState, inputs: &Inputs<'_>) {
        let phase = &self.phases[at];
        let waiting = state.phases[at].waiting;
        let after =
            |state: &PostureState| phase.after.iter().fold(Mask::MAX, |all, p| all & state.phases[*p].done);
        let mut may = waiting & after(state);
        if waiting == 0 || (may == 0 && phase.requires.is_none()) {
            return;
        }
        let delay = inputs.row(phase.delay_days);
        let mut ready = [0.0; LANES];
        for before in &phase.after {
            let finished = &state.phases[*before].finished;
            for lane in 0..LANES {
                ready[lane] = if finished[lane] > ready[lane] { finished[lane] } else { ready[lane] };
            }
        }
        match phase.requires {
            None => (0..LANES).for_each(|lane| ready[lane] += delay[lane]),
            Some(gate) => {
                let open = inputs.holds(Some(gate));
                let own = &mut state.phases[at];
                lanes(open & !own.gate_open).for_each(|lane| own.open_since[lane] = inputs.now);
                own.gate_open = open;
                may &= open;
                for lane in 0..LANES {
                    let since = own.open_since[lane] + delay[lane];
                    ready[lane] = if since > ready[lane] { since } else { ready[lane] };
                }
            }
        }
        if may == 0 {
            return;
        }
        let moment = phase.begins(&ready, inputs.rows);
        for lane in lanes(may).filter(|lane| moment[*lane] < inputs.end()) {
            self.activate(at, lane, moment[lane], inputs.now, state);
        }
    }

    fn activate(&self, at: usize, lane: usize, moment: f64, now: f64, state: &mut PostureState) {
        let bit = 1 << lane;
        for (place, mv) in self.phases[at].moves.iter().enumerate() {
            let there = self.there_in(lane, state, mv);
            state.phases[at].moves[place].at_activation[lane] = there;
        }
        for other in (0..self.phases.len()).filter(|other| *other != at) {
            let [own, other_phase] = state.phases.get_disjoint_mut([at, other]).expect("two phases");
            // Those that began first go first, then by id.
            let begun = other_phase.activated[lane];
            let last = begun < moment || (begun == moment && other < at);
            set(&mut own.behind[other], bit, last);
            set(&mut other_phase.behind[at], bit, !last);
        }
        let own = &mut state.phases[at];
        own.waiting &= !bit;
        own.active |= bit;
        own.started |= bit;
        own.stirred = true;
        own.activated[lane] = moment;
        // One that follows another may begin within the step before: its clock has run since.
        own.elapsed[lane] = (now - moment).max(0.0);
    }

    /// Runs every active phase in its lanes, in each lane those that began first before the others.
    fn take_turns(&self, state: &mut PostureState, inputs: &Inputs<'_>) {
        let PostureState { pending, phases, .. } = &mut *state;
        pending.iter_mut().zip(phases).for_each(|(pending, phase)| *pending = phase.active);
        loop {
            // Order matters within a lane only: as many lanes at once as have come to the same phase.
            let pending = (0..self.phases.len()).filter(|at| state.pending[*at] != 0);
            let turns = pending.map(|at| (at, state.turn(at)));
            let Some((at, lanes)) = turns.max_by_key(|(_, lanes)| lanes.count_ones()) else { return };
            if lanes == 0 {
                return;
            }
            state.pending[at] &= !lanes;
            self.run(at, lanes, state, inputs);
        }
    }
}

impl PostureState {
    /// Lanes in which it is this phase's turn.
    fn turn(&self, at: usize) -> Mask {
        let others = self.pending.iter().zip(&self.phases[at].behind);
        self.pending[at] & !others.fold(0, |before, (pending, behind)| before | (pending & behind))
    }

    /// Those who were on their way are there.
    fn arrive(&mut self) {
        let places = self.people.iter_mut().zip(self.arriving.iter_mut()).zip(&mut self.expected);
        for ((people, arriving), expected) in places {
            if std::mem::take(expected) {
                add(people, arriving);
                *arriving = [0.0; LANES];
            }
        }
    }
}

fn set(mask: &mut Mask, bit: Mask, on: bool) {
    *mask = if on { *mask | bit } else { *mask & !bit };
}
