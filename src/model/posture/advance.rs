//! One lane of posture, one step at a time.

use super::people::split;
use super::phase::{Move, PhaseState, Place, Plan, Status, share};
use super::{MOST_PEOPLE, Posture, whole};
use crate::vm::Row;
use crate::vm::graph::Node;

/// Posture in one replicate.
#[derive(Clone, Debug, Default)]
pub struct LaneState {
    /// `[site][contingent]`.
    pub people: Vec<i64>,
    /// Net number who came home, by contingent.
    pub home: Vec<i64>,
    pub phases: Vec<PhaseState>,
    /// Share of each theatre's lift used in the last step.
    pub lift_used: Vec<f64>,
    /// Phases that are active, by actual start, then id.
    active: Vec<usize>,
    /// People on their way, `[site][contingent]`; they move on next step.
    arriving: Vec<i64>,
    /// Tonnes a head, by site.
    tonnes_per_head: Vec<f64>,
    /// Lift carried over, by theatre.
    carried: Vec<Budget>,
    budgets: Vec<Option<TheatreBudget>>,
    /// Room for the plans of a step, and for the parts of a transfer.
    plans: Vec<(usize, Plan)>,
    parts: Vec<i64>,
}

/// What a step reads.
pub struct Inputs<'a> {
    pub rows: &'a [Row],
    pub lane: usize,
    /// Days from the scenario's start to the step's start.
    pub now: f64,
    pub days: f64,
}

impl Inputs<'_> {
    fn value(&self, node: Node) -> f64 {
        self.rows[node.index()][self.lane]
    }

    fn holds(&self, node: Option<Node>) -> bool {
        node.is_some_and(|n| self.value(n) != 0.0)
    }

    fn end(&self) -> f64 {
        self.now + self.days
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Budget {
    passengers: f64,
    tonnes: f64,
}

/// Lift left in a step; infinite where there is no limit.
#[derive(Clone, Copy, Debug)]
struct TheatreBudget {
    left: Budget,
    whole: Budget,
    /// A move was cut short by it.
    cut_passengers: bool,
    cut_tonnes: bool,
}

/// Lift may carry a head when all but this part of it fits.
const HAIR: f64 = 1e-6;

impl LaneState {
    /// Room for one lane.
    pub fn new(posture: &Posture) -> Self {
        let (sites, contingents) = (posture.sites.len(), posture.contingents.len());
        Self {
            people: vec![0; sites * contingents],
            home: vec![0; contingents],
            phases: posture.phases.iter().map(|p| PhaseState::new(p.moves.len())).collect(),
            lift_used: vec![0.0; posture.theatres.len()],
            active: Vec::new(),
            arriving: vec![0; sites * contingents],
            tonnes_per_head: vec![0.0; sites],
            carried: vec![Budget::default(); posture.theatres.len()],
            budgets: vec![None; posture.theatres.len()],
            plans: Vec::with_capacity(posture.phases.len()),
            parts: vec![0; contingents],
        }
    }

    /// The start; the site and the number when it is not a number of people.
    pub fn begin(&mut self, posture: &Posture, rows: &[Row], lane: usize) -> Result<(), (usize, f64)> {
        let contingents = posture.contingents.len();
        self.people.fill(0);
        self.home.fill(0);
        self.active.clear();
        self.lift_used.fill(0.0);
        self.carried.fill(Budget::default());
        let mut wrong = Ok(());
        for (at, site) in posture.sites.iter().enumerate() {
            for (contingent, node) in &site.troops {
                let count = rows[node.index()][lane];
                if !(0.0..=MOST_PEOPLE).contains(&count) {
                    wrong = Err((at, count));
                    continue;
                }
                self.people[at * contingents + contingent] = whole(count);
            }
            let people: i64 = self.people[at * contingents..(at + 1) * contingents].iter().sum();
            let tonnes = site.tonnes.map_or(0.0, |t| rows[t.index()][lane]);
            self.tonnes_per_head[at] = if people > 0 { tonnes / people as f64 } else { 0.0 };
        }
        for (state, phase) in self.phases.iter_mut().zip(&posture.phases) {
            *state = PhaseState::new(phase.moves.len());
            for (state, mv) in state.moves.iter_mut().zip(&phase.moves) {
                let troops = mv.troops.map_or(0.0, |t| rows[t.index()][lane]);
                state.troops = whole(if troops < MOST_PEOPLE { troops } else { MOST_PEOPLE });
            }
        }
        wrong
    }

    /// Advances by a step: cancel, open, move, finish. Marks the phases in which something
    /// happened, and tells whether anything did.
    pub fn advance(&mut self, posture: &Posture, inputs: &Inputs<'_>, stirred: &mut [bool]) -> bool {
        let mut changed = false;
        for at in 0..posture.phases.len() {
            if self.cancel(at, posture, inputs) || self.open(at, posture, inputs) {
                changed = true;
                stirred[at] = true;
            }
        }
        if self.active.is_empty() {
            changed |= self.lift_used.iter().any(|u| *u != 0.0);
            self.lift_used.fill(0.0);
            self.carried.fill(Budget::default());
            return changed;
        }
        self.budget(posture, inputs);
        let mut plans = std::mem::take(&mut self.plans);
        plans.clear();
        for place in 0..self.active.len() {
            let at = self.active[place];
            stirred[at] = true;
            plans.push((at, self.run(at, posture, inputs)));
        }
        for (people, arriving) in self.people.iter_mut().zip(&mut self.arriving) {
            *people += std::mem::take(arriving);
        }
        for (at, plan) in &plans {
            self.finish(*at, *plan, posture, inputs);
        }
        self.plans = plans;
        self.carry();
        true
    }

    fn cancel(&mut self, at: usize, posture: &Posture, inputs: &Inputs<'_>) -> bool {
        let phase = &mut self.phases[at];
        let running = matches!(phase.status, Status::Waiting | Status::Active);
        if !running || !inputs.holds(posture.phases[at].cancel) {
            return false;
        }
        phase.status = Status::Cancelled;
        self.active.retain(|a| *a != at);
        true
    }

    /// Opens a waiting phase whose moment lies before the step's end.
    fn open(&mut self, at: usize, posture: &Posture, inputs: &Inputs<'_>) -> bool {
        if self.phases[at].status != Status::Waiting {
            return false;
        }
        let phase = &posture.phases[at];
        let value = |node| inputs.value(node);
        let mut ready = 0.0f64;
        let mut waits = false;
        for before in &phase.after {
            waits |= self.phases[*before].status != Status::Done;
            ready = ready.max(self.phases[*before].finished);
        }
        if waits && phase.requires.is_none() {
            return false;
        }
        let delay = value(phase.delay_days);
        match phase.requires {
            None => ready += delay,
            Some(gate) if value(gate) != 0.0 => {
                let since = *self.phases[at].gate_open.get_or_insert(inputs.now);
                ready = ready.max(since + delay);
            }
            Some(_) => {
                self.phases[at].gate_open = None;
                waits = true;
            }
        }
        let moment = phase.begins(ready, &value);
        if waits || moment >= inputs.end() {
            return false;
        }
        self.activate(at, moment, inputs.now, posture);
        true
    }

    fn activate(&mut self, at: usize, moment: f64, now: f64, posture: &Posture) {
        self.phases[at].status = Status::Active;
        // One that follows another may begin within the step before: its clock has run since.
        self.phases[at].elapsed = (now - moment).max(0.0);
        self.phases[at].activated = Some(moment);
        for (place, mv) in posture.phases[at].moves.iter().enumerate() {
            let there = self.there(mv.from, mv.contingent, posture);
            self.phases[at].moves[place].at_activation = there;
        }
        let key = |a: &usize| (self.phases[*a].activated.unwrap_or(0.0), *a);
        let position = self.active.iter().position(|a| {
            let (begun, id) = key(a);
            moment < begun || (moment == begun && at < id)
        });
        self.active.insert(position.unwrap_or(self.active.len()), at);
    }

    /// People of a move at a place. Nobody can run out at home.
    fn there(&self, place: Place, contingent: Option<usize>, posture: &Posture) -> i64 {
        let contingents = posture.contingents.len();
        match (place, contingent) {
            (Place::Home, _) => i64::MAX,
            (Place::Site(site), Some(contingent)) => self.people[site * contingents + contingent],
            (Place::Site(site), None) => {
                self.people[site * contingents..(site + 1) * contingents].iter().sum()
            }
        }
    }

    /// Lift of the step: what it can carry and what was carried over.
    fn budget(&mut self, posture: &Posture, inputs: &Inputs<'_>) {
        for (at, theatre) in posture.theatres.iter().enumerate() {
            self.budgets[at] = theatre.lift.as_ref().map(|lift| {
                let weeks = inputs.value(lift.available).clamp(0.0, 1.0) * inputs.days / 7.0;
                let capacity = |node: Option<Node>| node.map_or(f64::INFINITY, |n| inputs.value(n) * weeks);
                let left = Budget {
                    passengers: capacity(lift.passengers_per_week) + self.carried[at].passengers,
                    tonnes: capacity(lift.tonnes_per_week) + self.carried[at].tonnes,
                };
                TheatreBudget { left, whole: left, cut_passengers: false, cut_tonnes: false }
            });
        }
    }

    /// Moves of one phase in one step.
    fn run(&mut self, at: usize, posture: &Posture, inputs: &Inputs<'_>) -> Plan {
        let phase = &posture.phases[at];
        let value = |node| inputs.value(node);
        let activated = self.phases[at].activated.unwrap_or(inputs.now);
        let held = inputs.holds(phase.hold);
        if !held {
            self.phases[at].elapsed += inputs.end() - activated.max(inputs.now).min(inputs.end());
        }
        let plan = phase.plan(activated, self.phases[at].elapsed, inputs.end(), &value);
        if !held {
            let moved = share(plan.time, value(phase.profile));
            for place in 0..phase.moves.len() {
                self.carry_out(at, place, moved, posture, inputs);
            }
        }
        plan
    }

    /// One move: what the plan asks, who is there, lift left.
    fn carry_out(&mut self, at: usize, place: usize, moved: f64, posture: &Posture, inputs: &Inputs<'_>) {
        let mv = &posture.phases[at].moves[place];
        let state = self.phases[at].moves[place];
        let there = self.there(mv.from, mv.contingent, posture);
        let leave = mv.leave.map_or(0.0, |l| inputs.value(l));
        let asked = match mv.troops {
            None => {
                let start = state.at_activation as f64;
                // People who came since are the plan's to move too, but none beyond `leave`.
                there - whole(leave + (start - leave) * (1.0 - moved))
            }
            Some(_) => whole(state.troops as f64 * moved) - state.moved,
        };
        let free = if mv.from == Place::Home { there } else { there - whole(leave).max(0) };
        let wanted = asked.min(free);
        if wanted <= 0 {
            return;
        }
        let heads = self.lift(mv.theatre, mv.from, wanted);
        if heads > 0 {
            self.transfer(mv, heads, posture);
            self.phases[at].moves[place].moved += heads;
        }
    }

    /// As many of `wanted` as the theatre's lift can take, which is charged.
    fn lift(&mut self, theatre: usize, from: Place, wanted: i64) -> i64 {
        let Some(budget) = &mut self.budgets[theatre] else { return wanted };
        let tonnes = match from {
            Place::Home => 0.0,
            Place::Site(site) => self.tonnes_per_head[site],
        };
        let by_passengers = heads(budget.left.passengers, 1.0);
        let by_tonnes = heads(budget.left.tonnes, tonnes);
        let taken = wanted.min(by_passengers).min(by_tonnes);
        budget.cut_passengers |= taken < wanted && by_passengers == taken;
        budget.cut_tonnes |= taken < wanted && by_tonnes == taken;
        budget.left.passengers -= taken as f64;
        budget.left.tonnes -= taken as f64 * tonnes;
        taken
    }

    fn transfer(&mut self, mv: &Move, heads: i64, posture: &Posture) {
        let contingents = posture.contingents.len();
        match (mv.contingent, mv.from) {
            (Some(contingent), _) => {
                self.parts.fill(0);
                self.parts[contingent] = heads;
            }
            (None, Place::Site(site)) => {
                let there = &self.people[site * contingents..(site + 1) * contingents];
                split(heads, there, &mut self.parts);
            }
            (None, Place::Home) => self.parts.fill(0),
        }
        for (contingent, &part) in self.parts.iter().enumerate() {
            match mv.from {
                Place::Home => self.home[contingent] -= part,
                Place::Site(site) => self.people[site * contingents + contingent] -= part,
            }
            match mv.to {
                Place::Home => self.home[contingent] += part,
                Place::Site(site) => self.arriving[site * contingents + contingent] += part,
            }
        }
    }

    /// Done at the first step at or past the plan's end in which no move can still take anyone.
    fn finish(&mut self, at: usize, plan: Plan, posture: &Posture, inputs: &Inputs<'_>) {
        let phase = &posture.phases[at];
        let left: i64 = (0..phase.moves.len()).map(|m| self.still_to_go(at, m, posture, inputs)).sum();
        let moved: i64 = self.phases[at].moves.iter().map(|m| m.moved).sum();
        let state = &mut self.phases[at];
        state.progress = match (phase.moves.is_empty(), moved + left) {
            (true, _) => plan.time,
            (false, 0) => 1.0,
            (false, all) => moved as f64 / all as f64,
        };
        if plan.over && left == 0 {
            state.status = Status::Done;
            // Its end is the plan's, unless people were still to be moved after it.
            state.finished = if state.overdue { inputs.end() } else { plan.end };
            self.active.retain(|a| *a != at);
        }
        state.overdue = plan.over;
    }

    fn still_to_go(&self, at: usize, place: usize, posture: &Posture, inputs: &Inputs<'_>) -> i64 {
        let mv = &posture.phases[at].moves[place];
        let state = &self.phases[at].moves[place];
        let there = self.there(mv.from, mv.contingent, posture);
        let leave = mv.leave.map_or(0.0, |l| inputs.value(l));
        let free = if mv.from == Place::Home { there } else { there - whole(leave).max(0) };
        let left = if mv.troops.is_some() { free.min(state.troops - state.moved) } else { free };
        left.max(0)
    }

    /// A budget that cut a move short carries its remainder; nothing else is carried.
    fn carry(&mut self) {
        for (at, budget) in self.budgets.iter().enumerate() {
            let Some(budget) = budget else {
                self.lift_used[at] = 0.0;
                continue;
            };
            let kept = |cut: bool, left: f64| if cut { left.max(0.0) } else { 0.0 };
            self.carried[at] = Budget {
                passengers: kept(budget.cut_passengers, budget.left.passengers),
                tonnes: kept(budget.cut_tonnes, budget.left.tonnes),
            };
            let used = |left: f64, whole: f64| {
                if whole.is_finite() && whole > 0.0 { ((whole - left) / whole).clamp(0.0, 1.0) } else { 0.0 }
            };
            let passengers = used(budget.left.passengers, budget.whole.passengers);
            let tonnes = used(budget.left.tonnes, budget.whole.tonnes);
            self.lift_used[at] = passengers.max(tonnes);
        }
    }
}

/// Heads that a budget can take.
fn heads(budget: f64, each: f64) -> i64 {
    if each <= 0.0 || budget == f64::INFINITY {
        return i64::MAX;
    }
    ((budget / each + HAIR).floor()).max(0.0) as i64
}
