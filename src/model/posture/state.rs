//! Posture of a block: rows of whole numbers.

use super::lift::TheatreLift;
use super::phase::Plan;
use super::{MOST_PEOPLE, Posture, whole};
use crate::model::record::Mask;
use crate::vm::graph::Node;
use crate::vm::rows::Rows;
use crate::vm::{LANES, Row};

/// Who is where and how the phases stand. People are whole numbers; as `f64` they stay exact, for no sum of
/// them comes near 2⁵³.
#[derive(Clone, Debug)]
pub struct PostureState {
    /// `[site][contingent]`.
    pub(super) people: Rows,
    /// Net number who came home, by contingent.
    pub(super) home: Rows,
    pub(super) phases: Vec<PhaseState>,
    /// By theatre.
    pub(super) lift: Vec<TheatreLift>,
    /// People on their way, `[site][contingent]`; they move on next step.
    pub(super) arriving: Rows,
    /// Places of `arriving` that are not all 0.
    pub(super) expected: Vec<bool>,
    /// Tonnes a head, by site.
    pub(super) tonnes_per_head: Rows,
    /// Sites whose people changed since they were last published.
    pub(super) stirred_sites: Vec<bool>,
    /// Nothing was published yet.
    pub(super) fresh: bool,
    /// Lift is in use or was in the step before.
    pub(super) busy: bool,
    /// Lanes in which each phase has still to take its turn.
    pub(super) pending: Vec<Mask>,
    /// Room for the parts of a transfer: there, and to go.
    pub(super) there: Vec<i64>,
    pub(super) parts: Vec<i64>,
}

/// A phase in every lane. A lane is in one of waiting, active, done and cancelled.
#[derive(Clone, Debug)]
pub(super) struct PhaseState {
    pub(super) waiting: Mask,
    pub(super) active: Mask,
    pub(super) done: Mask,
    pub(super) cancelled: Mask,
    /// Lanes in which it began.
    pub(super) started: Mask,
    /// Lanes whose gate is open, and since when.
    pub(super) gate_open: Mask,
    pub(super) open_since: Row,
    /// When it began.
    pub(super) activated: Row,
    /// `[phase]`: lanes in which that one began before this one and goes first.
    pub(super) behind: Vec<Mask>,
    /// Its plan was over at a step before, and people were left to move.
    pub(super) overdue: Mask,
    /// When it was done.
    pub(super) finished: Row,
    /// Days that its clock has run, for a pace by length.
    pub(super) elapsed: Row,
    pub(super) progress: Row,
    pub(super) moves: Vec<MoveState>,
    /// How far its plan is in this step, and the lanes in which that is all the way.
    pub(super) plan: Plan,
    pub(super) over: Mask,
    /// Somebody reads how far it is.
    pub(super) progress_is_read: bool,
    /// Something happened in it since it was last published.
    pub(super) stirred: bool,
}

/// A move in every lane.
#[derive(Clone, Debug)]
pub(super) struct MoveState {
    /// People of the move at the place when the phase began.
    pub(super) at_activation: Row,
    /// Who has gone.
    pub(super) moved: Row,
    /// Who is to go in all, when that is a number.
    pub(super) troops: Row,
}

/// People at the start that are no number of people.
pub(super) struct NotPeople {
    pub(super) lane: usize,
    pub(super) site: usize,
    pub(super) count: f64,
}

const ZERO: Row = [0.0; LANES];

impl PostureState {
    /// Room for a block.
    pub(super) fn new(posture: &Posture, is_read: impl Fn(Node) -> bool) -> Self {
        let (sites, contingents) = (posture.sites.len(), posture.contingents.len());
        let phases = posture.phases.len();
        Self {
            people: Rows::new(sites * contingents),
            home: Rows::new(contingents),
            phases: (posture.phases.iter().zip(&posture.outputs.phases))
                .map(|(phase, outputs)| PhaseState::new(phase.moves.len(), phases, is_read(outputs.progress)))
                .collect(),
            lift: (posture.outputs.theatres.iter())
                .map(|outputs| TheatreLift::new(is_read(outputs.lift_used)))
                .collect(),
            arriving: Rows::new(sites * contingents),
            expected: vec![false; sites * contingents],
            tonnes_per_head: Rows::new(sites),
            stirred_sites: vec![true; sites],
            fresh: true,
            busy: true,
            pending: vec![0; phases],
            there: vec![0; contingents],
            parts: vec![0; contingents],
        }
    }

    /// Everyone where the scenario puts them at the start. Returns what is no number of people.
    pub(super) fn begin(&mut self, posture: &Posture, rows: &[Row]) -> Vec<NotPeople> {
        let contingents = posture.contingents.len();
        self.people.fill(ZERO);
        self.home.fill(ZERO);
        self.lift.iter_mut().for_each(TheatreLift::rest);
        self.stirred_sites.fill(true);
        self.fresh = true;
        self.busy = true;
        let mut wrong = Vec::new();
        for (at, site) in posture.sites.iter().enumerate() {
            let mut people = ZERO;
            for (contingent, node) in &site.troops {
                let here = &mut self.people[at * contingents + contingent];
                for (lane, &count) in rows[node.index()].iter().enumerate() {
                    match (0.0..=MOST_PEOPLE).contains(&count) {
                        true => here[lane] = whole(count),
                        false => wrong.push(NotPeople { lane, site: at, count }),
                    }
                    people[lane] += here[lane];
                }
            }
            let tonnes = site.tonnes.map_or(&ZERO, |t| &rows[t.index()]);
            for lane in 0..LANES {
                self.tonnes_per_head[at][lane] =
                    if people[lane] > 0.0 { tonnes[lane] / people[lane] } else { 0.0 };
            }
        }
        for (state, phase) in self.phases.iter_mut().zip(&posture.phases) {
            state.begin();
            for (state, mv) in state.moves.iter_mut().zip(&phase.moves) {
                let troops = mv.troops.map_or(&ZERO, |t| &rows[t.index()]);
                for lane in 0..LANES {
                    let held = if troops[lane] < MOST_PEOPLE { troops[lane] } else { MOST_PEOPLE };
                    state.troops[lane] = whole(held);
                }
            }
        }
        wrong
    }
}

impl PhaseState {
    fn new(moves: usize, phases: usize, progress_is_read: bool) -> Self {
        let mv = MoveState { at_activation: ZERO, moved: ZERO, troops: ZERO };
        Self {
            waiting: Mask::MAX,
            active: 0,
            done: 0,
            cancelled: 0,
            started: 0,
            gate_open: 0,
            open_since: ZERO,
            activated: ZERO,
            behind: vec![0; phases],
            overdue: 0,
            finished: ZERO,
            elapsed: ZERO,
            progress: ZERO,
            moves: vec![mv; moves],
            plan: Plan::default(),
            over: 0,
            progress_is_read,
            stirred: true,
        }
    }

    /// Before it opens.
    fn begin(&mut self) {
        let Self { behind, moves, .. } = self;
        behind.fill(0);
        moves.iter_mut().for_each(|m| m.moved = ZERO);
        let (behind, moves) = (std::mem::take(behind), std::mem::take(moves));
        *self = Self { behind, moves, ..Self::new(0, 0, self.progress_is_read) };
    }
}
