//! One step of an attack process: count, split, casualties, excitation.
//!
//! Attacks are rare: in most lanes nothing happens, and at most sites. What does happen is packed into rows
//! of its own, lanes and sites side by side, before anything is drawn for it.

use super::{Attack, CASUALTIES, Casualties, Outputs, Target};
use crate::calendar::DAYS_PER_MONTH;
use crate::model::board::Board;
use crate::model::record::{Mask, lanes, mask};
use crate::model::tick::{Tick, not_negative};
use crate::vm::counts::{first_binomial, first_negative_binomial, first_poisson, negative_binomial, poisson};
use crate::vm::graph::Node;
use crate::vm::random::Stream;
use crate::vm::{LANES, Row};

/// What a process remembers, for the replicates of a block.
#[derive(Clone, Debug)]
pub struct AttackState {
    excitation: Row,
    attacks: Row,
    at_site: Vec<Row>,
    casualties: [Row; 2],
    draw_count: Stream,
    draw_place: Stream,
    split: Vec<Stream>,
    harm: [Vec<Stream>; 2],
    /// Totals to now on each site: attacks, killed, wounded.
    pub losses: Vec<[Row; 3]>,
    /// Room for attacks that are placed one by one: lane and draw.
    single: Vec<(usize, u32)>,
    /// Room for lanes whose attacks are split among sites.
    many: Vec<usize>,
    /// Where this step's attacks were: place and lane.
    hits: Vec<(usize, usize)>,
}

const ZERO: Row = [0.0; LANES];

impl Attack {
    /// A fresh memory with its random streams.
    pub fn state(&self, seed: u64, site_ids: &[String]) -> AttackState {
        let sites = self.sites.as_deref().unwrap_or_default();
        let stream = |purpose: String| Stream::new(seed, &format!("{}/{purpose}", self.id));
        // Casualties of a process that is at no site are drawn on its whole count.
        let places: Vec<String> = match &self.sites {
            Some(sites) => sites.iter().map(|t| format!("/{}", site_ids[t.site])).collect(),
            None => vec![String::new()],
        };
        AttackState {
            excitation: ZERO,
            attacks: ZERO,
            at_site: vec![ZERO; sites.len()],
            casualties: [ZERO; 2],
            draw_count: stream("count".to_owned()),
            draw_place: stream("place".to_owned()),
            split: places.iter().map(|p| stream(format!("split{p}"))).collect(),
            harm: CASUALTIES.map(|c| places.iter().map(|p| stream(format!("{c}{p}"))).collect()),
            losses: vec![[ZERO; 3]; sites.len()],
            single: Vec::with_capacity(LANES * ONE_BY_ONE as usize),
            many: Vec::with_capacity(LANES),
            hits: Vec::with_capacity(LANES * places.len()),
        }
    }

    /// The state at the start, from the rows of the start program.
    pub fn begin(&self, state: &mut AttackState, rows: &[Row]) {
        let at_start = &self.at_start;
        state.excitation = rows[at_start.excitation.index()];
        state.attacks = rows[at_start.attacks.index()];
        for (row, node) in state.at_site.iter_mut().zip(&at_start.at_site) {
            *row = rows[node.index()];
        }
        for (row, node) in state.casualties.iter_mut().zip(at_start.casualties) {
            *row = node.map_or(ZERO, |n| rows[n.index()]);
        }
        state.losses.fill([ZERO; 3]);
    }

    /// What the start program must compute.
    pub fn start_nodes(&self) -> Vec<Node> {
        let Outputs { attacks, at_site, casualties, excitation } = &self.at_start;
        let fixed = [*attacks, *excitation].into_iter();
        fixed.chain(at_site.iter().copied()).chain(casualties.iter().flatten().copied()).collect()
    }

    /// What each step reads besides the rate.
    pub fn step_nodes(&self) -> Vec<Node> {
        let spans = self.spans.iter().flat_map(|s| [s.decay, s.gain, s.size]);
        let casualties =
            self.casualties.iter().flatten().flat_map(|c| [Some(c.mean), c.dispersion]).flatten();
        let weights = self.sites.iter().flatten().flat_map(|t| [t.weight, t.remaining]);
        let fixed = [self.per_month, self.branching, self.decay_rate].into_iter();
        fixed.chain(spans).chain(casualties).chain(weights).collect()
    }

    /// The place of each of its sites in the posture's list, and what they lost so far.
    pub fn losses<'a>(&'a self, state: &'a AttackState) -> impl Iterator<Item = (usize, &'a [Row; 3])> {
        self.sites.iter().flatten().map(|t| t.site).zip(&state.losses)
    }

    /// Writes what happened in the step before, and the excitation.
    pub fn publish(&self, state: &AttackState, board: &mut Board<'_>) {
        let outputs = &self.outputs;
        board.put(outputs.excitation, &state.excitation);
        board.put(outputs.attacks, &state.attacks);
        outputs.at_site.iter().zip(&state.at_site).for_each(|(node, row)| board.put(*node, row));
        let casualties = outputs.casualties.iter().zip(&state.casualties);
        casualties
            .filter_map(|(node, row)| Some(((*node)?, row)))
            .for_each(|(node, row)| board.put(node, row));
    }

    /// Draws a step and remembers it.
    pub fn advance(&self, state: &mut AttackState, tick: &mut Tick<'_>) {
        self.forget(state, tick.now.row);
        let struck = self.count(state, tick);
        if struck == 0 {
            return;
        }
        match &self.sites {
            Some(sites) => place(state, sites, struck, tick),
            None => state.hits.extend(lanes(struck).map(|lane| (0, lane))),
        }
        for which in 0..2 {
            if let Some(casualties) = &self.casualties[which] {
                self.harm(which, casualties, state, tick);
            }
        }
    }

    /// Clears what the step before this row wrote; what is at row 0 was not drawn, and may be anywhere.
    fn forget(&self, state: &mut AttackState, row: usize) {
        if row == 0 {
            state.at_site.fill(ZERO);
        } else if self.sites.is_some() {
            state.hits.iter().for_each(|&(place, lane)| state.at_site[place][lane] = 0.0);
        }
        state.hits.clear();
        for (casualties, _) in state.casualties.iter_mut().zip(&self.casualties).filter(|(_, c)| c.is_some())
        {
            *casualties = ZERO;
        }
    }

    /// Draws how many attacks there are; the lanes that have any.
    fn count(&self, state: &mut AttackState, tick: &mut Tick<'_>) -> Mask {
        let span = &self.spans[tick.span()];
        tick.count_negative(self.negative_rate, [self.per_month]);
        let per_month = tick.row(self.per_month);
        let months = tick.step_days() / DAYS_PER_MONTH;
        let (branching, gain, decay) = (tick.row(self.branching), tick.row(span.gain), tick.row(span.decay));
        let (pull, size) = (tick.row(self.decay_rate), tick.row(span.size));
        let (first, day) = (tick.first, tick.day);
        let AttackState { excitation, attacks, draw_count, .. } = state;
        let struck = tick.isa.run(
            #[inline(always)]
            || {
                let (mut mean, mut uniforms) = (ZERO, ZERO);
                for lane in 0..LANES {
                    let background = (1.0 - branching[lane]) * not_negative(per_month[lane]) * months;
                    mean[lane] = background + excitation[lane] * gain[lane];
                }
                draw_count.uniforms(first, day, 0, &mut uniforms);
                match self.dispersion.is_some() {
                    true => negative_binomial(&mean, size, &uniforms, attacks),
                    false => poisson(&mean, &uniforms, attacks),
                }
                for lane in 0..LANES {
                    excitation[lane] =
                        decay[lane] * excitation[lane] + branching[lane] * pull[lane] * attacks[lane];
                }
                mask(|lane| attacks[lane] > 0.0)
            },
        );
        let name = || format!("{}.attacks", self.id);
        tick.demand_numbers(attacks, name, "more attacks in a step than can be drawn");
        struck
    }

    /// Sums of per-attack negative binomials (or Poissons): one draw with the mean and size of the sum.
    fn harm(&self, which: usize, casualties: &Casualties, state: &mut AttackState, tick: &mut Tick<'_>) {
        for hits in state.hits.chunks(LANES) {
            let (mut mean, mut size, mut harmed) = (ZERO, ZERO, ZERO);
            let per_attack = (tick.row(casualties.mean), casualties.dispersion.map(|d| tick.row(d)));
            for (at, &(place, lane)) in hits.iter().enumerate() {
                let attacks = state.at_site.get(place).map_or(state.attacks[lane], |row| row[lane]);
                mean[at] = attacks * per_attack.0[lane];
                size[at] = per_attack.1.map_or(0.0, |size| attacks * size[lane]);
            }
            let (first, day, used) = (tick.first, tick.day, hits.len());
            let streams = &state.harm[which];
            let address = |at: usize| (streams[hits[at].0], first + hits[at].1 as u64, 0);
            tick.isa.run(
                #[inline(always)]
                || {
                    let mut uniforms = ZERO;
                    Stream::scattered(used, address, day, &mut uniforms);
                    match casualties.dispersion.is_some() {
                        true => first_negative_binomial(used, &mean, &size, &uniforms, &mut harmed),
                        false => first_poisson(used, &mean, &uniforms, &mut harmed),
                    }
                },
            );
            for (&(place, lane), harmed) in hits.iter().zip(harmed).filter(|(_, harmed)| *harmed != 0.0) {
                state.casualties[which][lane] += harmed;
                if let Some(losses) = state.losses.get_mut(place) {
                    losses[1 + which][lane] += harmed;
                }
            }
        }
        let name = || format!("{}.{}", self.id, CASUALTIES[which]);
        let casualties = &state.casualties[which];
        tick.demand_numbers(casualties, name, "more casualties in a step than can be drawn");
    }
}

/// More attacks than this on one lane are split by binomials, fewer placed one by one.
const ONE_BY_ONE: f64 = 8.0;

/// Places the attacks of a step at sites and notes where the hits are. Where nobody is they hit no site.
fn place(state: &mut AttackState, sites: &[Target], struck: Mask, tick: &Tick<'_>) {
    let Some(first) = sites.first() else { return };
    let (attacks, everyone) = (&state.attacks, tick.row(first.remaining));
    let (manned, many) = tick.isa.run(
        #[inline(always)]
        || (mask(|lane| everyone[lane] > 0.0), mask(|lane| attacks[lane] > ONE_BY_ONE)),
    );
    let few = struck & manned & !many;
    let placed = place_first(state, sites, few, tick);
    place_each(state, sites, few, placed, tick);
    split_many(state, sites, struck & manned & many, tick);
}

/// Places the first attacks of these lanes, each at the site whose part of all the weight its uniform falls in, if they
/// are many; returns how many attacks of each lane it placed.
fn place_first(state: &mut AttackState, sites: &[Target], few: Mask, tick: &Tick<'_>) -> u32 {
    // Where fewer lanes than these are struck, the others need not be worked out.
    const MANY: u32 = 12;
    if few.count_ones() < MANY {
        return 0;
    }
    let (mut weight, mut place) = (ZERO, ZERO);
    let (stream, everyone) = (state.draw_place, tick.row(sites[0].remaining));
    tick.isa.run(
        #[inline(always)]
        || {
            stream.uniforms(tick.first, tick.day, 0, &mut weight);
            (0..LANES).for_each(|lane| weight[lane] *= everyone[lane]);
            for site in &sites[1..] {
                let remaining = tick.row(site.remaining);
                (0..LANES)
                    .for_each(|lane| place[lane] += if weight[lane] < remaining[lane] { 1.0 } else { 0.0 });
            }
        },
    );
    lanes(few).for_each(|lane| state.hit(place[lane] as usize, lane, 1.0));
    1
}

/// Places the attacks of these lanes from the draw `from` on, one by one in the same way.
fn place_each(state: &mut AttackState, sites: &[Target], few: Mask, from: u32, tick: &Tick<'_>) {
    let mut single = std::mem::take(&mut state.single);
    single.clear();
    for lane in lanes(few) {
        single.extend((from..state.attacks[lane] as u32).map(|draw| (lane, draw)));
    }
    let (stream, everyone) = (state.draw_place, tick.row(sites[0].remaining));
    for single in single.chunks(LANES) {
        let mut uniforms = ZERO;
        let address = |at: usize| (stream, tick.first + single[at].0 as u64, single[at].1);
        tick.isa.run(
            #[inline(always)]
            || Stream::scattered(single.len(), address, tick.day, &mut uniforms),
        );
        for (&(lane, _), u) in single.iter().zip(uniforms) {
            let weight = u * everyone[lane];
            let beyond = sites[1..].iter().filter(|site| weight < tick.row(site.remaining)[lane]);
            state.hit(beyond.count(), lane, 1.0);
        }
    }
    state.single = single;
}

/// Sequential conditional binomials for these lanes: each site takes its share of what is left.
fn split_many(state: &mut AttackState, sites: &[Target], lanes_of_many: Mask, tick: &Tick<'_>) {
    let (mut left, mut many) = (state.attacks, std::mem::take(&mut state.many));
    many.clear();
    many.extend(lanes(lanes_of_many));
    for (place, target) in sites.iter().enumerate() {
        if many.is_empty() {
            break;
        }
        let (weight, remaining) = (tick.row(target.weight), tick.row(target.remaining));
        let (mut trials, mut share, mut hit) = (ZERO, ZERO, ZERO);
        for (at, &lane) in many.iter().enumerate() {
            let whole = remaining[lane];
            trials[at] = left[lane];
            share[at] = if whole > 0.0 { weight[lane] / whole } else { 0.0 };
        }
        let (stream, first, day) = (state.split[place], tick.first, tick.day);
        tick.isa.run(
            #[inline(always)]
            || {
                let mut uniforms = ZERO;
                stream.some_uniforms(&many, first, day, 0, &mut uniforms);
                first_binomial(many.len(), &trials, &share, &uniforms, &mut hit);
            },
        );
        for (&lane, hit) in many.iter().zip(hit).filter(|(_, hit)| *hit != 0.0) {
            left[lane] -= hit;
            state.hit(place, lane, hit);
        }
        many.retain(|lane| left[*lane] > 0.0);
    }
    state.many = many;
}

impl AttackState {
    fn hit(&mut self, place: usize, lane: usize, attacks: f64) {
        let here = &mut self.at_site[place][lane];
        if *here == 0.0 {
            self.hits.push((place, lane));
        }
        *here += attacks;
        self.losses[place][0][lane] += attacks;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;
    use crate::model::step::Workspace;
    use crate::vm::isa::Isa;

    #[test]
    fn a_last_step_that_is_short_has_the_attacks_of_its_days() {
        // What is in equilibrium stays there: on a last day after three weeks a seventh of what is in a week.
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-23\nstep = \"1 week\"\n[attacks.a]\nper_month = 3043.75\n\
            before = 3043.75\nself_excitation = { branching = 0.5, half_life_days = 30 }\n";
        let model = Scenario::parse("short.toml", text).unwrap().compile().unwrap();
        let followed = [model.signal("a.attacks").unwrap().clone()];
        let record = Workspace::new(&model, 1, Isa::widest(), &followed).run(0, Mask::MAX).clone();
        let mean = |row: usize| record.paths[row].iter().sum::<f64>() / LANES as f64;
        // 700 and 100, with a little more than the variance of a Poisson: five standard errors of 64.
        assert!((mean(3) - 700.0).abs() < 20.0 && (mean(4) - 100.0).abs() < 7.0, "{}, {}", mean(3), mean(4));
    }
}
