//! What a phase moves in a step, and when it is done.

use super::advance::Inputs;
use super::lift::TheatreLift;
use super::people::split;
use super::phase::{Move, Place};
use super::state::{MoveState, PhaseState, PostureState};
use super::{Lift, Posture, whole};
use crate::model::record::{Mask, flags, holds, lanes};
use crate::vm::eight::{EIGHT, Eight, eight, eights, eights_mut};
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
        let (is_moving, share) = inputs.isa.run(
            #[inline(always)]
            || {
                let (is_moving, now, end) = (flags(moving), inputs.now, inputs.end());
                let PhaseState { activated, elapsed, .. } = own;
                if phase.keeps_time() {
                    for lane in 0..LANES {
                        let from = if activated[lane] > now { activated[lane] } else { now };
                        elapsed[lane] += if is_moving[lane] != 0.0 { end - from } else { 0.0 };
                    }
                }
                own.plan = phase.plan(&own.activated, &own.elapsed, inputs.end(), inputs.rows);
                own.over = holds(&own.plan.over);
                (is_moving, phase.share(&own.plan.time, inputs.rows))
            },
        );
        let turn = Turn { moving, is_moving, share };
        for place in 0..phase.moves.len() {
            inputs.isa.run(
                #[inline(always)]
                || self.carry_out(at, place, &turn, state, inputs),
            );
        }
    }

    /// One move: what the plan asks, who is there, lift left.
    #[inline(always)]
    fn carry_out(&self, at: usize, place: usize, turn: &Turn, state: &mut PostureState, inputs: &Inputs<'_>) {
        let mv = &self.phases[at].moves[place];
        let PostureState { people, home, arriving, phases, lift, tonnes_per_head, .. } = state;
        let tonnes = match mv.from {
            Place::Home => &ZERO,
            Place::Site(site) => &tonnes_per_head[site],
        };
        let lift =
            self.theatres[mv.theatre].lift.as_ref().map(|limits| (limits, &mut lift[mv.theatre], tonnes));
        let leave = mv.leave.map(|leave| inputs.row(leave));
        let mut order = Order { mv, leave, turn, progress: &mut phases[at].moves[place], lift };
        let Some(contingent) = self.alone(mv) else {
            let heads = order.of_all(&self.everyone(people, mv.from));
            return self.transfer_mixed(mv, &heads, state);
        };
        let place_of = |site: usize| site * self.contingents.len() + contingent;
        let any = match (mv.from, mv.to) {
            (Place::Site(a), Place::Site(b)) => {
                order.carry(&mut people[place_of(a)], &mut arriving[place_of(b)])
            }
            (Place::Site(a), Place::Home) => order.carry(&mut people[place_of(a)], &mut home[contingent]),
            (Place::Home, Place::Site(b)) => order.carry(&mut home[contingent], &mut arriving[place_of(b)]),
            (Place::Home, Place::Home) => false,
        };
        if any {
            state.stir(mv, place_of);
        }
    }

    /// The contingent that a move takes people of, if there is but one.
    #[inline(always)]
    fn alone(&self, mv: &Move) -> Option<usize> {
        if self.contingents.len() == 1 { Some(0) } else { mv.contingent }
    }

    /// People of several contingents, in proportion to those there.
    #[inline(never)]
    fn transfer_mixed(&self, mv: &Move, heads: &Row, state: &mut PostureState) {
        let Place::Site(site) = mv.from else { return };
        let contingents = self.contingents.len();
        for lane in (0..LANES).filter(|lane| heads[*lane] > 0.0) {
            let here = &state.people[site * contingents..(site + 1) * contingents];
            state.there.iter_mut().zip(here).for_each(|(there, row)| *there = row[lane] as i64);
            split(heads[lane] as i64, &state.there, &mut state.parts);
            for (contingent, part) in state.parts.iter().enumerate() {
                let part = *part as f64;
                state.people[site * contingents + contingent][lane] -= part;
                match mv.to {
                    Place::Home => state.home[contingent][lane] += part,
                    Place::Site(site) => state.arriving[site * contingents + contingent][lane] += part,
                }
            }
        }
        if heads.iter().any(|heads| *heads > 0.0) {
            (0..contingents).for_each(|contingent| state.stir(mv, |site| site * contingents + contingent));
        }
    }

    /// All people at a place.
    fn everyone(&self, people: &[Row], place: Place) -> Row {
        let contingents = self.contingents.len();
        match place {
            Place::Home => *ANYONE,
            Place::Site(site) => {
                let mut all = ZERO;
                people[site * contingents..(site + 1) * contingents]
                    .iter()
                    .for_each(|row| add(&mut all, row));
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
        if state.phases[at].over & state.phases[at].active == 0 && !state.phases[at].progress_is_read {
            state.phases[at].overdue = 0;
            return;
        }
        let done = inputs.isa.run(
            #[inline(always)]
            || self.done(at, state, inputs),
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

    /// Lanes in which a phase's plan is over and nobody is left to move; how far it is, where somebody reads that.
    #[inline(always)]
    fn done(&self, at: usize, state: &mut PostureState, inputs: &Inputs<'_>) -> Mask {
        let phase = &self.phases[at];
        let PostureState { people, phases, .. } = state;
        let own = &mut phases[at];
        let mut left = ZERO;
        for (mv, progress) in phase.moves.iter().zip(&own.moves) {
            let everyone;
            let there = match (mv.from, self.alone(mv)) {
                (Place::Home, _) => ANYONE,
                (Place::Site(site), Some(contingent)) => &people[site * self.contingents.len() + contingent],
                (place, None) => {
                    everyone = self.everyone(people, place);
                    &everyone
                }
            };
            add_still_to_go(&mut left, mv, progress, there, inputs.row_or_zero(mv.leave));
        }
        if own.progress_is_read {
            own.note_progress(&left);
        }
        own.over & own.active & !holds(&left)
    }
}

impl PhaseState {
    /// How far it is with so many left to move: by heads, or by time where it moves nobody.
    #[inline(always)]
    fn note_progress(&mut self, left: &Row) {
        let (active, mut moved) = (flags(self.active), ZERO);
        self.moves.iter().for_each(|progress| add(&mut moved, &progress.moved));
        for lane in 0..LANES {
            let all = moved[lane] + left[lane];
            let by_heads = if all == 0.0 { 1.0 } else { moved[lane] / all };
            let progress = if self.moves.is_empty() { self.plan.time[lane] } else { by_heads };
            self.progress[lane] = if active[lane] != 0.0 { progress } else { self.progress[lane] };
        }
    }
}

/// A phase whose turn it is.
struct Turn {
    /// Lanes in which it moves anyone.
    moving: Mask,
    /// 1 in these lanes.
    is_moving: Row,
    /// The share of its plan that is to be moved by the step's end.
    share: Row,
}

impl Turn {
    /// The eights of lanes in some of which it moves anyone.
    #[inline(always)]
    fn eights(&self) -> impl Iterator<Item = usize> {
        let moving = self.moving;
        (0..LANES / EIGHT).filter(move |k| moving >> (k * EIGHT) & 0xff != 0)
    }
}

/// A move in a step: what bounds it, and whom it has moved so far.
struct Order<'a> {
    mv: &'a Move,
    leave: Option<&'a Row>,
    turn: &'a Turn,
    progress: &'a mut MoveState,
    /// Lift with its limits, and what a head weighs.
    lift: Option<(&'a Lift, &'a mut TheatreLift, &'a Row)>,
}

impl Order<'_> {
    /// Takes people from a place to another; who arrives at a site moves on in the next step. Whether there were any.
    #[inline(always)]
    fn carry(&mut self, from: &mut Row, to: &mut Row) -> bool {
        let mut all = [0.0; EIGHT];
        for k in self.turn.eights() {
            let (from, to) = (&mut eights_mut(from)[k], &mut eights_mut(to)[k]);
            let anyone = self.mv.from == Place::Home;
            let there = eight(|j| if anyone { f64::INFINITY } else { from[j] });
            let heads = self.heads(k, &there);
            *from = eight(|j| from[j] - heads[j]);
            *to = eight(|j| to[j] + heads[j]);
            all = eight(|j| all[j] + heads[j]);
        }
        all.iter().fold(false, |any, heads| any | (*heads > 0.0))
    }

    /// Those who go of these people.
    #[inline(always)]
    fn of_all(&mut self, there: &Row) -> Row {
        let mut heads = ZERO;
        for k in self.turn.eights() {
            eights_mut(&mut heads)[k] = self.heads(k, &eights(there)[k]);
        }
        heads
    }

    /// Heads that the plan asks for, that are free to go, and that lift can carry, in an eight of lanes.
    #[inline(always)]
    fn heads(&mut self, k: usize, there: &Eight) -> Eight {
        let (asked, moving) = (self.asked(k, there), &eights(&self.turn.is_moving)[k]);
        let mut heads = eight(|j| {
            let asked = if asked[j] < there[j] { asked[j] } else { there[j] };
            if (asked > 0.0) & (moving[j] != 0.0) { asked } else { 0.0 }
        });
        if let Some((limits, lift, tonnes)) = &mut self.lift {
            lift.take(k, &mut heads, &eights(tonnes)[k], limits);
        }
        let moved = &mut eights_mut(&mut self.progress.moved)[k];
        *moved = eight(|j| moved[j] + heads[j]);
        heads
    }

    #[inline(always)]
    fn asked(&self, k: usize, there: &Eight) -> Eight {
        let Self { mv, progress, .. } = self;
        let [share, troops, moved] =
            [&self.turn.share, &progress.troops, &progress.moved].map(|row| &eights(row)[k]);
        let planned = |j: usize| whole(troops[j] * share[j]) - moved[j];
        let leave = match (mv.troops, self.leave) {
            (Some(_), None) => return eight(planned),
            (_, leave) => &eights(leave.unwrap_or(&ZERO))[k],
        };
        let at_activation = &eights(&progress.at_activation)[k];
        eight(|j| {
            // People who came since are the plan's to move too, but none beyond `leave`.
            let level = leave[j] + (at_activation[j] - leave[j]) * (1.0 - share[j]);
            let asked = if mv.troops.is_some() { planned(j) } else { there[j] - whole(level) };
            let free = free(mv.from, there[j], leave[j]);
            if asked < free { asked } else { free }
        })
    }
}

impl PostureState {
    /// Notes that people of a contingent left a place and are on their way to another.
    fn stir(&mut self, mv: &Move, place_of: impl Fn(usize) -> usize) {
        if let Place::Site(site) = mv.from {
            self.stirred_sites[site] = true;
        }
        if let Place::Site(site) = mv.to {
            self.stirred_sites[site] = true;
            self.expected[place_of(site)] = true;
        }
    }
}

/// Those of a place who may go.
#[inline(always)]
fn free(from: Place, there: f64, leave: f64) -> f64 {
    let stay = whole(leave);
    let stay = if stay > 0.0 { stay } else { 0.0 };
    if from == Place::Home { there } else { there - stay }
}

/// Adds those whom a move can still take of these people.
#[inline(always)]
fn add_still_to_go(left: &mut Row, mv: &Move, progress: &MoveState, there: &Row, leave: &Row) {
    let MoveState { troops, moved, .. } = progress;
    for lane in 0..LANES {
        let free = free(mv.from, there[lane], leave[lane]);
        let planned = if mv.troops.is_some() { troops[lane] - moved[lane] } else { f64::INFINITY };
        let still = if free < planned { free } else { planned };
        left[lane] += if still > 0.0 { still } else { 0.0 };
    }
}

/// Adds a row of whole numbers, exactly.
#[inline(always)]
pub(super) fn add(sum: &mut Row, row: &Row) {
    for lane in 0..LANES {
        sum[lane] += row[lane];
    }
}
