//! What a phase moves in a step, and when it is done.

use super::advance::Inputs;
use super::people::split;
use super::phase::{Move, Place};
use super::state::{MoveState, PhaseState, PostureState};
use super::{Posture, whole};
use crate::model::record::{Mask, flags, holds, lanes};
use crate::vm::{LANES, Row};

const ZERO: Row = [0.0; LANES];
/// Nobody can run out at home.
const ANYONE: &Row = &[f64::INFINITY; LANES];

impl Posture {
    /// Moves of one phase in the lanes whose turn it is.
    pub(super) fn run(&self, at: usize, turn: Mask, state: &mut PostureState, inputs: &Inputs<'_>) {
        let phase = &self.phases[at];
        let moving = turn & !inputs.holds(phase.hold);
        let own = &mut state.phases[at];
        own.stirred |= own.progress_is_read;
        let (moving, moved) = inputs.isa.run(
            #[inline(always)]
            || {
                let (moving, now, end) = (flags(moving), inputs.now, inputs.end());
                let PhaseState { activated, elapsed, .. } = own;
                if phase.keeps_time() {
                    for lane in 0..LANES {
                        let from = if activated[lane] > now { activated[lane] } else { now };
                        elapsed[lane] += if moving[lane] != 0.0 { end - from } else { 0.0 };
                    }
                }
                own.plan = phase.plan(&own.activated, &own.elapsed, inputs.end(), inputs.rows);
                own.over = holds(&own.plan.over);
                (moving, phase.share(&own.plan.time, inputs.rows))
            },
        );
        for place in 0..phase.moves.len() {
            inputs.isa.run(
                #[inline(always)]
                || self.carry_out(at, place, &moved, &moving, state, inputs),
            );
        }
    }

    /// One move: what the plan asks, who is there, lift left.
    #[inline(always)]
    fn carry_out(
        &self,
        at: usize,
        place: usize,
        moved: &Row,
        moving: &Row,
        state: &mut PostureState,
        inputs: &Inputs<'_>,
    ) {
        let mv = &self.phases[at].moves[place];
        let mut heads = ZERO;
        let everyone;
        let there = match mv.from {
            Place::Home => ANYONE,
            Place::Site(site) => match self.alone(mv) {
                Some(contingent) => &state.people[site * self.contingents.len() + contingent],
                None => {
                    everyone = self.there(state, mv.from, None);
                    &everyone
                }
            },
        };
        let leave = mv.leave.map(|leave| inputs.row(leave));
        let any = wanted(mv, &state.phases[at].moves[place], there, leave, moved, moving, &mut heads);
        if !any {
            return;
        }
        if let Some(limits) = &self.theatres[mv.theatre].lift {
            let tonnes = match mv.from {
                Place::Home => &ZERO,
                Place::Site(site) => &state.tonnes_per_head[site],
            };
            state.lift[mv.theatre].take(&mut heads, tonnes, limits);
        }
        self.transfer(mv, &heads, state);
        add(&mut state.phases[at].moves[place].moved, &heads);
    }

    /// The contingent that a move takes people of, if there is but one.
    #[inline(always)]
    fn alone(&self, mv: &Move) -> Option<usize> {
        if self.contingents.len() == 1 { Some(0) } else { mv.contingent }
    }

    #[inline(always)]
    fn transfer(&self, mv: &Move, heads: &Row, state: &mut PostureState) {
        for place in [mv.from, mv.to] {
            if let Place::Site(site) = place {
                state.stirred_sites[site] = true;
            }
        }
        match self.alone(mv) {
            Some(contingent) => state.shift(mv, contingent, heads),
            None => self.transfer_mixed(mv, heads, state),
        }
    }

    /// People of several contingents, in proportion to those there.
    #[inline(never)]
    fn transfer_mixed(&self, mv: &Move, heads: &Row, state: &mut PostureState) {
        let Place::Site(site) = mv.from else { return };
        let contingents = self.contingents.len();
        let mut shares = vec![ZERO; contingents];
        for lane in (0..LANES).filter(|lane| heads[*lane] > 0.0) {
            let here = &state.people[site * contingents..(site + 1) * contingents];
            state.there.iter_mut().zip(here).for_each(|(there, row)| *there = row[lane] as i64);
            split(heads[lane] as i64, &state.there, &mut state.parts);
            shares.iter_mut().zip(&state.parts).for_each(|(share, part)| share[lane] = *part as f64);
        }
        for (contingent, share) in shares.iter().enumerate() {
            state.shift(mv, contingent, share);
        }
    }

    /// People of a move at a place.
    #[inline(always)]
    pub(super) fn there(&self, state: &PostureState, place: Place, contingent: Option<usize>) -> Row {
        let contingents = self.contingents.len();
        match (place, contingent) {
            (Place::Home, _) => *ANYONE,
            (Place::Site(site), Some(contingent)) => state.people[site * contingents + contingent],
            (Place::Site(site), None) => {
                let mut all = ZERO;
                state.people[site * contingents..(site + 1) * contingents]
                    .iter()
                    .for_each(|people| add(&mut all, people));
                all
            }
        }
    }

    /// People of a move at the place it takes them from, in one lane.
    pub(super) fn there_in(&self, lane: usize, state: &PostureState, mv: &Move) -> f64 {
        let contingents = self.contingents.len();
        match (mv.from, mv.contingent) {
            (Place::Home, _) => f64::INFINITY,
            (Place::Site(site), Some(contingent)) => state.people[site * contingents + contingent][lane],
            (Place::Site(site), None) => {
                state.people[site * contingents..(site + 1) * contingents].iter().map(|row| row[lane]).sum()
            }
        }
    }

    /// Done at the first step at or past the plan's end in which no move can still take anyone.
    pub(super) fn finish(&self, at: usize, state: &mut PostureState, inputs: &Inputs<'_>) {
        if state.phases[at].active == 0 {
            return;
        }
        let phase = &self.phases[at];
        if state.phases[at].over & state.phases[at].active == 0 && !state.phases[at].progress_is_read {
            state.phases[at].overdue = 0;
            return;
        }
        let done = inputs.isa.run(
            #[inline(always)]
            || {
                let active = flags(state.phases[at].active);
                let (mut left, mut moved) = (ZERO, ZERO);
                for (mv, place) in phase.moves.iter().zip(&state.phases[at].moves) {
                    let there = self.there(state, mv.from, mv.contingent);
                    add(&mut left, &still_to_go(mv, place, &there, inputs.row_or_zero(mv.leave)));
                    add(&mut moved, &place.moved);
                }
                let own = &mut state.phases[at];
                for lane in 0..LANES {
                    let all = moved[lane] + left[lane];
                    let by_heads = if all == 0.0 { 1.0 } else { moved[lane] / all };
                    let progress = if phase.moves.is_empty() { own.plan.time[lane] } else { by_heads };
                    own.progress[lane] = if active[lane] != 0.0 { progress } else { own.progress[lane] };
                }
                own.over & own.active & !holds(&left)
            },
        );
        let own = &mut state.phases[at];
        own.stirred |= done != 0;
        for lane in lanes(done) {
            // Its end is the plan's, unless people were still to be moved after it.
            let overdue = own.overdue >> lane & 1 == 1;
            own.finished[lane] = if overdue { inputs.end() } else { own.plan.end[lane] };
        }
        own.overdue = own.active & own.over;
        own.active &= !done;
        own.done |= done;
    }
}

impl PostureState {
    /// Heads of a contingent from one place to another; who arrives at a site moves on in the next step.
    #[inline(always)]
    fn shift(&mut self, mv: &Move, contingent: usize, heads: &Row) {
        let contingents = self.home.len();
        match mv.from {
            Place::Home => subtract(&mut self.home[contingent], heads),
            Place::Site(site) => subtract(&mut self.people[site * contingents + contingent], heads),
        }
        match mv.to {
            Place::Home => add(&mut self.home[contingent], heads),
            Place::Site(site) => {
                add(&mut self.arriving[site * contingents + contingent], heads);
                self.expected[site * contingents + contingent] = true;
            }
        }
    }
}

/// Heads that the plan asks for in this step and that are free to go; whether there are any.
#[inline(always)]
fn wanted(
    mv: &Move,
    state: &MoveState,
    there: &Row,
    leave: Option<&Row>,
    moved: &Row,
    moving: &Row,
    heads: &mut Row,
) -> bool {
    match (mv.troops, leave) {
        (Some(_), None) => {
            for lane in 0..LANES {
                heads[lane] = whole(state.troops[lane] * moved[lane]) - state.moved[lane];
            }
        }
        (Some(_), Some(leave)) => {
            for lane in 0..LANES {
                let free = free(mv.from, there[lane], leave[lane]);
                let asked = whole(state.troops[lane] * moved[lane]) - state.moved[lane];
                heads[lane] = if asked < free { asked } else { free };
            }
        }
        (None, leave) => {
            let leave = leave.unwrap_or(&ZERO);
            for lane in 0..LANES {
                let free = free(mv.from, there[lane], leave[lane]);
                // People who came since are the plan's to move too, but none beyond `leave`.
                let level = leave[lane] + (state.at_activation[lane] - leave[lane]) * (1.0 - moved[lane]);
                let asked = there[lane] - whole(level);
                heads[lane] = if asked < free { asked } else { free };
            }
        }
    }
    let mut any = [0.0; LANES];
    for lane in 0..LANES {
        let asked = if heads[lane] < there[lane] { heads[lane] } else { there[lane] };
        heads[lane] = if (asked > 0.0) & (moving[lane] != 0.0) { asked } else { 0.0 };
        any[lane] = heads[lane];
    }
    any.iter().fold(false, |any, heads| any | (*heads > 0.0))
}

/// Those of a place who may go.
#[inline(always)]
fn free(from: Place, there: f64, leave: f64) -> f64 {
    let stay = whole(leave);
    let stay = if stay > 0.0 { stay } else { 0.0 };
    if from == Place::Home { there } else { there - stay }
}

#[inline(always)]
fn still_to_go(mv: &Move, state: &MoveState, there: &Row, leave: &Row) -> Row {
    let mut still = ZERO;
    for lane in 0..LANES {
        let free = free(mv.from, there[lane], leave[lane]);
        let planned =
            if mv.troops.is_some() { state.troops[lane] - state.moved[lane] } else { f64::INFINITY };
        let left = if free < planned { free } else { planned };
        still[lane] = if left > 0.0 { left } else { 0.0 };
    }
    still
}

/// Adds a row of whole numbers, exactly.
#[inline(always)]
pub(super) fn add(sum: &mut Row, row: &Row) {
    for lane in 0..LANES {
        sum[lane] += row[lane];
    }
}

#[inline(always)]
fn subtract(from: &mut Row, row: &Row) {
    for lane in 0..LANES {
        from[lane] -= row[lane];
    }
}
