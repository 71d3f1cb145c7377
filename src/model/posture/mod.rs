//! Posture: who is where, and the phases, moves and lift that change it.
//!
//! People are whole numbers and conserved: sites and home add up to the same in every row.

mod advance;
mod announced;
mod declared;
mod lift;
mod links;
mod moving;
mod order;
mod people;
mod phase;
mod state;

use serde::{Deserialize, Serialize};

use super::board::Board;
use super::compiler::Compiler;
use super::record::mask;
use super::tick::{Failed, Tick};
use crate::lang::reader::Spanned;
use crate::vm::graph::Node;
use crate::vm::math::round_half_up;
use crate::vm::{LANES, Row};
use state::NotPeople;

pub use announced::{announced, follow};
pub use declared::{Begun, declare};
pub use declared::{
    CONTINGENT_KEYS, Declared, LIFT_KEYS, MOVE_KEYS, PHASE_KEYS, SITE_KEYS, THEATRE_KEYS, read,
};
pub use links::Link;
pub use phase::Phase;
pub use state::PostureState;

/// Every theatre, site, contingent and phase, compiled.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Named {
    pub id: String,
    pub label: String,
}

/// A country or area.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Theatre {
    pub id: String,
    pub label: String,
    lift: Option<Lift>,
}

/// What transport can carry.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Lift {
    passengers_per_week: Option<Node>,
    tonnes_per_week: Option<Node>,
    available: Node,
    /// Counts of `available` held to 0..1.
    clamp: usize,
}

/// A base.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Outputs {
    troops: Option<Node>,
    /// By contingent.
    home: Vec<Node>,
    sites: Vec<SiteOutputs>,
    theatres: Vec<TheatreOutputs>,
    phases: Vec<PhaseOutputs>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SiteOutputs {
    troops: Node,
    contingents: Vec<Node>,
    supplied: Node,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct TheatreOutputs {
    troops: Node,
    contingents: Vec<Node>,
    lift_used: Node,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct PhaseOutputs {
    started: Node,
    active: Node,
    progress: Node,
    done: Node,
    cancelled: Node,
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

    /// Rows of a phase: done, and cancelled where it can be.
    pub fn phase_ends(&self, phase: usize) -> (Node, Option<Node>) {
        let outputs = &self.outputs.phases[phase];
        (outputs.done, self.phases[phase].cancel.map(|_| outputs.cancelled))
    }

    /// Rows that say where people are and how phases stand: whole numbers but for shares.
    pub fn theatre_people(&self, theatre: usize) -> Node {
        self.outputs.theatres[theatre].troops
    }

    /// Room for a block, for those who read these signals, or all of them.
    pub fn state(&self, read: Option<&[bool]>) -> PostureState {
        PostureState::new(self, |node| read.is_none_or(|read| read[node.index()]))
    }

    /// Rows that are read of it beside those in expressions.
    pub fn noted(&self) -> impl Iterator<Item = Node> {
        let ends = self.outputs.phases.iter().flat_map(|phase| [phase.done, phase.cancelled]);
        self.outputs.sites.iter().map(|site| site.troops).chain(ends)
    }

    /// Everyone where the scenario puts them at the start.
    pub fn begin(&self, state: &mut PostureState, rows: &[Row]) -> Vec<Failed> {
        let wrong = state.begin(self, rows).into_iter();
        let failed = wrong.map(|NotPeople { lane, site, count }| Failed {
            lane,
            signal: format!("{}.troops", self.sites[site].id),
            reason: format!("{count} people at the start"),
        });
        failed.collect()
    }

    /// Advances every lane by a step.
    pub fn advance(&self, state: &mut PostureState, tick: &mut Tick<'_>) {
        for lift in self.theatres.iter().filter_map(|theatre| theatre.lift.as_ref()) {
            let available = tick.row(lift.available);
            let held = tick.isa.run(
                #[inline(always)]
                || {
                    mask(
                        #[inline(always)]
                        |lane| !((available[lane] >= 0.0) & (available[lane] <= 1.0)),
                    )
                },
            );
            tick.count_clamped(lift.clamp, held);
        }
        let inputs =
            advance::Inputs { rows: tick.rows, now: tick.now.days, days: tick.step_days(), isa: tick.isa };
        self.step(state, &inputs);
    }

    /// Writes who is where and how the phases stand, where that changed.
    pub fn publish(&self, state: &mut PostureState, board: &mut Board<'_>) {
        self.publish_phases(state, board);
        for (lift, outputs) in state.lift.iter().zip(&self.outputs.theatres) {
            board.put(outputs.lift_used, &lift.used);
        }
        if state.stirred_sites.iter().all(|stirred| !stirred) {
            return;
        }
        self.publish_people(state, board);
        for site in &self.supply_order {
            // A site that needs no supplier is supplied once and for all.
            if state.fresh || !self.sites[*site].supplied_by.is_empty() {
                board.rows[self.outputs.sites[*site].supplied.index()] = self.supplied(*site, board.rows);
            }
        }
        state.fresh = false;
    }

    fn publish_people(&self, state: &mut PostureState, board: &mut Board<'_>) {
        let contingents = self.contingents.len();
        for (at, outputs) in self.outputs.sites.iter().enumerate() {
            if std::mem::take(&mut state.stirred_sites[at]) {
                let people = &state.people[at * contingents..(at + 1) * contingents];
                outputs.contingents.iter().zip(people).for_each(|(node, row)| board.put(*node, row));
                board.put_sum(outputs.troops, people.iter());
            }
        }
        let people = || state.people.chunks(contingents.max(1)).zip(&self.sites);
        for (at, outputs) in self.outputs.theatres.iter().enumerate() {
            let here = || people().filter(|(_, site)| site.theatre == at).map(|(people, _)| people);
            for (contingent, node) in outputs.contingents.iter().enumerate() {
                board.put_sum(*node, here().map(|people| &people[contingent]));
            }
            board.put_sum(outputs.troops, here().flatten());
        }
        if let Some(node) = self.outputs.troops {
            board.put_sum(node, state.people.iter());
        }
        self.outputs.home.iter().zip(state.home.iter()).for_each(|(node, row)| board.put(*node, row));
    }

    fn publish_phases(&self, state: &mut PostureState, board: &mut Board<'_>) {
        for (phase, outputs) in state.phases.iter_mut().zip(&self.outputs.phases) {
            if !std::mem::take(&mut phase.stirred) {
                continue;
            }
            board.put_flags(outputs.started, phase.started);
            board.put_flags(outputs.active, phase.active);
            board.put_flags(outputs.done, phase.done);
            board.put_flags(outputs.cancelled, phase.cancelled);
            board.put(outputs.progress, &phase.progress);
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

/// Rounded half up; a hair is allowed for what arithmetic lost.
#[inline(always)]
fn whole(x: f64) -> f64 {
    round_half_up(x + 1e-9)
}

#[cfg(test)]
mod tests {
    use crate::model::scenario::Scenario;
    use crate::model::step::{Draws, Workspace};
    use crate::vm::isa::Isa;
    use crate::vm::{LANES, Row};

    #[test]
    fn lift_beyond_all_there_is_counts_in_each_history_at_each_step() {
        let clamped = |available: &str| {
            let text = format!(
                "schema = 1\nstart = 2024-01-01\nend = 2024-01-05\n[parameters]\np = {{ uniform = [0.1, 0.9] }}\n\
                 [theatres.t]\nlift = {{ passengers_per_week = 7, available = \"{available}\" }}\n"
            );
            let model = Scenario::parse("lift.toml", &text).unwrap().compile().unwrap();
            Workspace::new(&model, 1, Isa::widest(), &[]).run(0, 0b1_0111).clamped.clone()
        };
        assert_eq!(["1 + p", "-p", "p", "1", "0"].map(clamped), [[16], [16], [0], [0], [0]]);
    }

    /// Two contingents, scarce lift, and phases that slip, wait, are held and called off, all as drawn.
    const TANGLED: &str = "schema = 1\nstart = 2024-01-01\nend = 2024-03-20\nsignals = [\"*.troops\", \"home.*\"]\n[parameters]\n\
        slip = { uniform = [-5, 20] }\nlong = { uniform = [0, 15] }\nlift = { uniform = [0.3, 1.2] }\n\
        gate = { uniform = [0, 40] }\nbent = { uniform = [0.4, 3] }\noff = { uniform = [20, 120] }\n\
        stay = { uniform = [0, 30] }\n[contingents.uk]\n[contingents.us]\n\
        [theatres.t]\nlift = { passengers_per_week = 30, tonnes_per_week = 55, available = \"lift\" }\n[theatres.u]\n\
        [sites.a]\ntheatre = \"t\"\ntroops = { us = 60, uk = 23 }\ntonnes = 90\n[sites.b]\ntheatre = \"t\"\ntroops = { us = \"stay\" }\n\
        [sites.c]\ntheatre = \"u\"\ntroops = { uk = 40 }\nsupplied_by = [\"a\", \"b\"]\n\
        [phases.p]\nstart = 2024-01-10\nend = 2024-01-20\nslip_days = \"slip\"\nend_slip_days = \"slip\"\nprofile = \"bent\"\n\
        moves.one = { from = \"a\", to = \"b\", leave = \"stay / 2\" }\nmoves.two = { from = \"b\", to = \"c\", troops = \"stay\" }\n\
        [phases.q]\nafter = [\"p\"]\ndelay_days = \"long\"\nlasts_days = \"long\"\ncancel = \"years * 365.25 > off\"\n\
        moves.one = { from = \"c\", to = \"home\", leave = \"stay\" }\n\
        [phases.r]\nrequires = \"years * 365.25 > gate and not on(2024-01-25)\"\ndelay_days = \"long\"\nlasts_days = \"long\"\n\
        hold = \"between(2024-02-03, 2024-02-06)\"\n\
        moves.one = { from = \"home\", to = \"b\", troops = 17, contingent = \"uk\" }\n\
        [phases.s]\nstart = 2024-01-12\nend = 2024-01-30\nslip_days = \"slip / 2\"\npace = \"duration\"\nhold = \"p.progress > 0.3 and p.active\"\n\
        moves.one = { from = \"a\", to = \"home\", contingent = \"us\" }\n";

    /// A number of each lane and quantity.
    fn drawn(quantities: usize, lane: usize) -> impl Iterator<Item = f64> {
        (0..quantities).map(move |at| {
            ((lane + 1) as f64 * [0.618, 0.414, 0.732, 0.236, 0.382, 0.871, 0.137][at]).fract()
        })
    }

    #[test]
    fn a_history_does_not_depend_on_those_beside_it() {
        let model = Scenario::parse("lanes.toml", TANGLED).unwrap().compile().unwrap();
        let (signals, quantities) = (model.all_signals.len(), model.drawn.len());
        let mut workspace = Workspace::new(&model, 1, Isa::widest(), &model.all_signals);
        let mut uniforms = vec![[0.0; LANES]; quantities];
        for lane in 0..LANES {
            uniforms.iter_mut().zip(drawn(quantities, lane)).for_each(|(row, u)| row[lane] = u);
        }
        let together = workspace.run_with(0, u64::MAX, Draws::Uniforms(&uniforms)).clone();
        assert_eq!(together.failures, []);
        for lane in 0..LANES {
            let alone: Vec<Row> = drawn(quantities, lane).map(|u| [u; LANES]).collect();
            let alone = workspace.run_with(0, 1, Draws::Uniforms(&alone));
            for (at, (row, own)) in together.paths.iter().zip(&alone.paths).enumerate() {
                let (name, row_number) = (&model.all_signals[at % signals].name, at / signals);
                assert_eq!(row[lane], own[0], "{name} of {lane} at {row_number}");
            }
        }
        // Phases begin, wait, end and are called off in some and not in others.
        for firsts in [&together.phases_done, &together.phases_cancelled, &together.sites_closed] {
            let days: std::collections::BTreeSet<u32> = firsts.iter().flatten().copied().collect();
            assert!(days.len() > 3, "{days:?}");
        }
    }

    #[test]
    fn people_go_the_same_way_whether_or_not_anybody_reads_how_far_it_is() {
        let model = Scenario::parse("read.toml", TANGLED).unwrap().compile().unwrap();
        let text = TANGLED.replace("p.progress > 0.3 and p.active", "p.active");
        let unread = Scenario::parse("unread.toml", &text).unwrap().compile().unwrap();
        for model in [model, unread] {
            let all = Workspace::new(&model, 1, Isa::widest(), &model.all_signals).run(0, u64::MAX).clone();
            let mut workspace = Workspace::new(&model, 1, Isa::widest(), &[]);
            workspace.run(64, u64::MAX);
            let few = workspace.run(0, u64::MAX);
            assert_eq!(
                (&all.values, &all.at_end, &all.phases_done),
                (&few.values, &few.at_end, &few.phases_done)
            );
            assert_eq!(
                (&all.phases_cancelled, &all.sites_closed),
                (&few.phases_cancelled, &few.sites_closed)
            );
            assert_eq!(all.clamped, few.clamped);
        }
    }

    #[test]
    fn a_number_is_moved_only_down_to_those_who_stay() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-16\n[contingents.us]\n[theatres.t]\n[sites.a]\ntheatre = \"t\"\n\
            troops.us = 60\n[phases.p]\nstart = 2024-01-01\nend = 2024-01-11\n\
            moves.m = { from = \"a\", to = \"home\", troops = 50, leave = 20 }\n";
        let model = Scenario::parse("leave.toml", text).unwrap().compile().unwrap();
        let followed = ["a.troops", "p.done"].map(|name| model.signal(name).unwrap().clone());
        let record = Workspace::new(&model, 1, Isa::widest(), &followed).run(0, 1).clone();
        // Five a day until the eighth; on the tenth nobody is left who may go.
        for (day, row) in record.paths.chunks(2).enumerate() {
            assert_eq!(row[0][0], (60.0 - 5.0 * day as f64).max(20.0), "day {day}");
            assert_eq!(row[1][0] == 1.0, day >= 10, "day {day}");
        }
    }
}
