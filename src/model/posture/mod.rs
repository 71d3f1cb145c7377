//! Posture: who is where, and the phases, moves and lift that change it.
//!
//! People are whole numbers and conserved: sites and home add up to the same in every row.

mod advance;
mod announced;
mod declared;
mod order;
mod people;
mod phase;

use super::compiler::Compiler;
use super::record::Mask;
use super::tick::Failed;
use crate::lang::reader::Spanned;
use crate::vm::graph::Node;
use crate::vm::math::round_half_up;
use crate::vm::{LANES, Row};

pub use advance::LaneState;
pub use announced::announced;
pub use declared::{Begun, declare};
pub use declared::{
    CONTINGENT_KEYS, Declared, LIFT_KEYS, MOVE_KEYS, PHASE_KEYS, SITE_KEYS, THEATRE_KEYS, read,
};
pub use phase::{Phase, Status};

/// Every theatre, site, contingent and phase, compiled.
#[derive(Clone, Debug, Default)]
pub struct Posture {
    pub contingents: Vec<Named>,
    pub theatres: Vec<Theatre>,
    pub sites: Vec<Site>,
    pub phases: Vec<Phase>,
    /// Sites, suppliers before those they supply.
    supply_order: Vec<usize>,
    outputs: Outputs,
}

/// An id and what charts call it.
#[derive(Clone, Debug)]
pub struct Named {
    pub id: String,
    pub label: String,
}

/// A country or area.
#[derive(Clone, Debug)]
pub struct Theatre {
    pub id: String,
    pub label: String,
    lift: Option<Lift>,
}

/// What transport can carry.
#[derive(Clone, Debug)]
struct Lift {
    passengers_per_week: Option<Node>,
    tonnes_per_week: Option<Node>,
    available: Node,
    /// Counts of `available` held to 0..1.
    clamp: usize,
}

/// A base.
#[derive(Clone, Debug)]
pub struct Site {
    pub id: String,
    pub label: String,
    pub theatre: usize,
    pub location: Option<[f64; 2]>,
    /// People at the start, by contingent.
    troops: Vec<(usize, Node)>,
    tonnes: Option<Node>,
    exposure: Node,
    supplied_by: Vec<usize>,
}

/// The rows it writes.
#[derive(Clone, Debug, Default)]
struct Outputs {
    troops: Option<Node>,
    /// By contingent.
    home: Vec<Node>,
    sites: Vec<SiteOutputs>,
    theatres: Vec<TheatreOutputs>,
    phases: Vec<PhaseOutputs>,
}

#[derive(Clone, Debug)]
struct SiteOutputs {
    troops: Node,
    contingents: Vec<Node>,
    supplied: Node,
}

#[derive(Clone, Debug)]
struct TheatreOutputs {
    troops: Node,
    contingents: Vec<Node>,
    lift_used: Node,
}

#[derive(Clone, Copy, Debug)]
struct PhaseOutputs {
    started: Node,
    active: Node,
    progress: Node,
    done: Node,
    cancelled: Node,
}

/// Posture of a block: one state a lane, and whether any changed since it was last published.
#[derive(Clone, Debug)]
pub struct PostureState {
    lanes: Vec<LaneState>,
    changed: bool,
    /// Phases in which something happened in some lane since they were last published.
    stirred: Vec<bool>,
}

/// More people than this at one site is not a posture; sums of them must stay exact.
const MOST_PEOPLE: f64 = 1e12;

impl Posture {
    /// The sites that a list of sites and theatres names, each once, in order of id.
    pub fn sites_named(&self, compiler: &Compiler<'_>, at: &[Spanned<String>]) -> Vec<usize> {
        let mut found = vec![false; self.sites.len()];
        for name in at {
            if let Some(theatre) = self.theatres.iter().position(|t| t.id == name.value) {
                for (site, found) in self.sites.iter().zip(&mut found) {
                    *found |= site.theatre == theatre;
                }
                continue;
            }
            let places =
                self.sites.iter().map(|s| s.id.as_str()).chain(self.theatres.iter().map(|t| t.id.as_str()));
            if let Some(site) = compiler.find("site or theatre", name, places) {
                found[site] = true;
            }
        }
        (0..self.sites.len()).filter(|s| found[*s]).collect()
    }

    /// The rows of a site's people and exposure.
    pub fn weight(&self, site: usize) -> (Node, Node) {
        (self.outputs.sites[site].troops, self.sites[site].exposure)
    }

    /// Ids of the sites, in order.
    pub fn site_ids(&self) -> Vec<String> {
        self.sites.iter().map(|s| s.id.clone()).collect()
    }

    /// The row of a site's people.
    pub fn site_people(&self, site: usize) -> Node {
        self.outputs.sites[site].troops
    }

    /// Rows of a phase: done and cancelled.
    pub fn phase_ends(&self, phase: usize) -> (Node, Node) {
        (self.outputs.phases[phase].done, self.outputs.phases[phase].cancelled)
    }

    /// Rows that say where people are and how phases stand: whole numbers but for shares.
    pub fn theatre_people(&self, theatre: usize) -> Node {
        self.outputs.theatres[theatre].troops
    }

    /// Room for a block.
    pub fn state(&self) -> PostureState {
        PostureState {
            lanes: (0..LANES).map(|_| LaneState::new(self)).collect(),
            changed: true,
            stirred: vec![true; self.phases.len()],
        }
    }

    /// Everyone where the scenario puts them at the start.
    pub fn begin(&self, state: &mut PostureState, rows: &[Row]) -> Vec<Failed> {
        let mut failed = Vec::new();
        state.changed = true;
        state.stirred.fill(true);
        for (lane, people) in state.lanes.iter_mut().enumerate() {
            if let Err((site, count)) = people.begin(self, rows, lane) {
                failed.push(Failed {
                    lane,
                    signal: format!("{}.troops", self.sites[site].id),
                    reason: format!("{count} people at the start"),
                });
            }
        }
        failed
    }

    /// Advances every lane by a step.
    pub fn advance(&self, state: &mut PostureState, tick: &mut super::tick::Tick<'_>) {
        for lift in self.theatres.iter().filter_map(|theatre| theatre.lift.as_ref()) {
            let beyond = |available: &f64| !(0.0..=1.0).contains(available);
            let held = tick.row(lift.available).iter().enumerate();
            let held = held.fold(0, |lanes, (lane, x)| lanes | (Mask::from(beyond(x)) << lane));
            tick.count_clamped(lift.clamp, held);
        }
        for lane in 0..LANES {
            let inputs =
                advance::Inputs { rows: tick.rows, lane, now: tick.now.days, days: tick.step_days() };
            state.changed |= state.lanes[lane].advance(self, &inputs, &mut state.stirred);
        }
    }

    /// Writes who is where and how the phases stand.
    pub fn publish(&self, state: &mut PostureState, rows: &mut [Row]) {
        if !std::mem::take(&mut state.changed) {
            return;
        }
        self.publish_people(&state.lanes, rows);
        self.publish_phases(state, rows);
        for site in &self.supply_order {
            rows[self.outputs.sites[*site].supplied.index()] = self.supplied(*site, rows);
        }
    }

    fn publish_people(&self, lanes: &[LaneState], rows: &mut [Row]) {
        let contingents = self.contingents.len();
        let mut by_theatre = vec![[0.0; LANES]; self.theatres.len() * contingents];
        for (at, (site, outputs)) in self.sites.iter().zip(&self.outputs.sites).enumerate() {
            let mut troops = [0.0; LANES];
            for (contingent, node) in outputs.contingents.iter().enumerate() {
                let row = gather(lanes, |people| people.people[at * contingents + contingent] as f64);
                add(&mut troops, &row);
                add(&mut by_theatre[site.theatre * contingents + contingent], &row);
                rows[node.index()] = row;
            }
            rows[outputs.troops.index()] = troops;
        }
        let mut everywhere = [0.0; LANES];
        for (at, outputs) in self.outputs.theatres.iter().enumerate() {
            let mut troops = [0.0; LANES];
            for (contingent, node) in outputs.contingents.iter().enumerate() {
                let row = &by_theatre[at * contingents + contingent];
                add(&mut troops, row);
                rows[node.index()] = *row;
            }
            add(&mut everywhere, &troops);
            rows[outputs.troops.index()] = troops;
            rows[outputs.lift_used.index()] = gather(lanes, |people| people.lift_used[at]);
        }
        for (contingent, node) in self.outputs.home.iter().enumerate() {
            rows[node.index()] = gather(lanes, |people| people.home[contingent] as f64);
        }
        if let Some(node) = self.outputs.troops {
            rows[node.index()] = everywhere;
        }
    }

    fn publish_phases(&self, state: &mut PostureState, rows: &mut [Row]) {
        let PostureState { lanes, stirred, .. } = state;
        for (at, outputs) in self.outputs.phases.iter().enumerate() {
            if !std::mem::take(&mut stirred[at]) {
                continue;
            }
            let flag = |holds: bool| if holds { 1.0 } else { 0.0 };
            let is = |status: Status| gather(lanes, |people| flag(people.phases[at].status == status));
            rows[outputs.started.index()] =
                gather(lanes, |people| flag(people.phases[at].activated.is_some()));
            rows[outputs.active.index()] = is(Status::Active);
            rows[outputs.done.index()] = is(Status::Done);
            rows[outputs.cancelled.index()] = is(Status::Cancelled);
            rows[outputs.progress.index()] = gather(lanes, |people| people.phases[at].progress);
        }
    }

    /// Where a site has a supplier that is manned and supplied, or needs none.
    fn supplied(&self, site: usize, rows: &[Row]) -> Row {
        let suppliers = &self.sites[site].supplied_by;
        let mut supplied = [if suppliers.is_empty() { 1.0 } else { 0.0 }; LANES];
        for supplier in suppliers {
            let outputs = &self.outputs.sites[*supplier];
            let (troops, fed) = (&rows[outputs.troops.index()], &rows[outputs.supplied.index()]);
            for lane in 0..LANES {
                supplied[lane] = if troops[lane] > 0.0 && fed[lane] > 0.0 { 1.0 } else { supplied[lane] };
            }
        }
        supplied
    }
}

/// A row of what each lane has.
fn gather(lanes: &[LaneState], value: impl Fn(&LaneState) -> f64) -> Row {
    std::array::from_fn(|lane| value(&lanes[lane]))
}

/// Adds a row of whole numbers, exactly.
fn add(sum: &mut Row, row: &Row) {
    for lane in 0..LANES {
        sum[lane] += row[lane];
    }
}

/// Rounded half up; a hair is allowed for what arithmetic lost.
fn whole(x: f64) -> i64 {
    round_half_up(x + 1e-9) as i64
}
