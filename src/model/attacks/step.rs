//! One step of an attack process: count, split, casualties, excitation.
//!
//! Attacks are rare: in most lanes nothing happens, and at most sites. What does happen is packed into rows
//! of its own, lanes and sites side by side, before anything is drawn for it.

use super::{Attack, CASUALTIES, Casualties, Outputs, Target};
use crate::calendar::DAYS_PER_MONTH;
use crate::model::record::{Mask, holds, lanes, mask};
use crate::model::tick::Tick;
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
    /// Room for lanes whose attacks are not all placed yet.
    open: Vec<usize>,
    /// Where this step's attacks were: place and lane.
    hits: Vec<(usize, usize)>,
    /// `[place]`: weights of a site and all after it; one more, which is 0.
    remaining: Vec<Row>,
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
            open: Vec::with_capacity(LANES),
            hits: Vec::with_capacity(LANES * places.len()),
            remaining: vec![ZERO; sites.len() + 1],
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
        let exposures = self.sites.iter().flatten().map(|t| t.exposure);
        let fixed = [self.per_month, self.branching, self.decay_rate].into_iter();
        fixed.chain(spans).chain(casualties).chain(exposures).collect()
    }

    /// The place of each of its sites in the posture's list, and what they lost so far.
    pub fn losses<'a>(&'a self, state: &'a AttackState) -> impl Iterator<Item = (usize, &'a [Row; 3])> {
        self.sites.iter().flatten().map(|t| t.site).zip(&state.losses)
    }

    /// Writes what happened in the step before, and the excitation.
    pub fn publish(&self, state: &AttackState, rows: &mut [Row]) {
        let outputs = &self.outputs;
        rows[outputs.excitation.index()] = state.excitation;
        rows[outputs.attacks.index()] = state.attacks;
        for (node, row) in outputs.at_site.iter().zip(&state.at_site) {
            rows[node.index()] = *row;
        }
        for (node, row) in outputs.casualties.iter().zip(&state.casualties) {
            if let Some(node) = node {
                rows[node.index()] = *row;
            }
        }
    }

    /// Draws a step and remembers it.
    pub fn advance(&self, state: &mut AttackState, tick: &mut Tick<'_>) {
        self.count(state, tick);
        state.casualties = [ZERO; 2];
        state.hits.clear();
        match &self.sites {
            Some(sites) => split(state, sites, tick),
            None => {
                let struck = (0..LANES).filter(|&lane| state.attacks[lane] > 0.0);
                state.hits.extend(struck.map(|lane| (0, lane)));
            }
        }
        for which in 0..2 {
            if let Some(casualties) = &self.casualties[which] {
                self.harm(which, casualties, state, tick);
            }
        }
    }

    fn count(&self, state: &mut AttackState, tick: &mut Tick<'_>) {
        let span = &self.spans[tick.span()];
        let per_month = tick.rate(self.per_month, self.negative_rate);
        let months = tick.step_days() / DAYS_PER_MONTH;
        let (branching, gain, decay) = (tick.row(self.branching), tick.row(span.gain), tick.row(span.decay));
        let (pull, size) = (tick.row(self.decay_rate), tick.row(span.size));
        let (first, day) = (tick.first, tick.day);
        let AttackState { excitation, attacks, draw_count, .. } = state;
        tick.isa.run(
            #[inline(always)]
            || {
                let (mut mean, mut uniforms) = (ZERO, ZERO);
                for lane in 0..LANES {
                    let background = (1.0 - branching[lane]) * per_month[lane] * months;
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
            },
        );
        let name = || format!("{}.attacks", self.id);
        tick.demand_numbers(attacks, name, "more attacks in a step than can be drawn");
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
            let (first, day, lanes) = (tick.first, tick.day, whole_chunks(hits.len()));
            let streams = &state.harm[which];
            let address = |at: usize| (streams[hits[at].0], first + hits[at].1 as u64);
            tick.isa.run(
                #[inline(always)]
                || {
                    let mut uniforms = ZERO;
                    Stream::scattered(hits.len(), address, day, 0, &mut uniforms);
                    match casualties.dispersion.is_some() {
                        true => first_negative_binomial(lanes, &mean, &size, &uniforms, &mut harmed),
                        false => first_poisson(lanes, &mean, &uniforms, &mut harmed),
                    }
                },
            );
            let mut in_lanes = ZERO;
            for (at, &(place, lane)) in hits.iter().enumerate() {
                in_lanes[lane] += harmed[at];
                state.casualties[which][lane] += harmed[at];
                if let Some(losses) = state.losses.get_mut(place) {
                    losses[1 + which][lane] += harmed[at];
                }
            }
            let name = || format!("{}.{}", self.id, CASUALTIES[which]);
            tick.demand_numbers(&in_lanes, name, "more casualties in a step than can be drawn");
        }
    }
}

/// More attacks than this on one lane are split by binomials, fewer placed one by one.
const ONE_BY_ONE: f64 = 8.0;

/// Places the attacks of a step at sites and notes where the hits are. Where nobody is they hit no site.
fn split(state: &mut AttackState, sites: &[Target], tick: &Tick<'_>) {
    if state.attacks.iter().fold(true, |none, n| none & (*n == 0.0)) {
        state.at_site.fill(ZERO);
        return;
    }
    weigh(&mut state.remaining, sites, tick);
    let (few, many) = tick.isa.run(
        #[inline(always)]
        || place_first(state, tick),
    );
    let mut open = std::mem::take(&mut state.open);
    open.clear();
    open.extend(lanes(few));
    place_others(state, &mut open, tick);
    open.clear();
    open.extend(lanes(many));
    split_many(state, sites, &mut open, tick);
    state.open = open;
    let AttackState { at_site, losses, hits, .. } = state;
    for (place, (at_site, losses)) in at_site.iter().zip(losses).enumerate() {
        let struck = tick.isa.run(
            #[inline(always)]
            || {
                (0..LANES).for_each(|lane| losses[0][lane] += at_site[lane]);
                holds(at_site)
            },
        );
        hits.extend(lanes(struck).map(|lane| (place, lane)));
    }
}

/// The first attack of every lane that has few: the site whose part of all the weight the uniform falls in.
/// Returns the lanes that have more, and those that have many.
#[inline(always)]
fn place_first(state: &mut AttackState, tick: &Tick<'_>) -> (Mask, Mask) {
    let AttackState { attacks, at_site, remaining, draw_place, .. } = state;
    let mut weight = ZERO;
    draw_place.uniforms(tick.first, tick.day, 0, &mut weight);
    for lane in 0..LANES {
        let few = (attacks[lane] > 0.0) & (attacks[lane] <= ONE_BY_ONE);
        weight[lane] = if few { weight[lane] * remaining[0][lane] } else { f64::INFINITY };
    }
    for (place, at_site) in at_site.iter_mut().enumerate() {
        let (from, upto) = (&remaining[place + 1], &remaining[place]);
        for lane in 0..LANES {
            let hit = (from[lane] <= weight[lane]) & (weight[lane] < upto[lane]);
            at_site[lane] = if hit { 1.0 } else { 0.0 };
        }
    }
    let is_open = |lane: usize, more_than: f64| (attacks[lane] > more_than) & (remaining[0][lane] > 0.0);
    let many = mask(|lane| is_open(lane, ONE_BY_ONE));
    (mask(|lane| is_open(lane, 1.0)) & !many, many)
}

/// The attacks after the first of these lanes, one by one in the same way.
fn place_others(state: &mut AttackState, few: &mut Vec<usize>, tick: &Tick<'_>) {
    let AttackState { attacks, at_site, remaining, draw_place, .. } = state;
    for draw in 1..ONE_BY_ONE as u32 {
        if few.is_empty() {
            return;
        }
        let mut uniforms = ZERO;
        let address = |at: usize| (*draw_place, tick.first + few[at] as u64);
        tick.isa.run(
            #[inline(always)]
            || Stream::scattered(few.len(), address, tick.day, draw, &mut uniforms),
        );
        for (&lane, u) in few.iter().zip(uniforms) {
            let weight = u * remaining[0][lane];
            let beyond = remaining[1..].iter().take_while(|remaining| weight < remaining[lane]);
            at_site[beyond.count()][lane] += 1.0;
        }
        few.retain(|lane| attacks[*lane] > f64::from(draw) + 1.0);
    }
}

/// Sequential conditional binomials for these lanes: each site takes its share of what is left.
fn split_many(state: &mut AttackState, sites: &[Target], many: &mut Vec<usize>, tick: &Tick<'_>) {
    let mut left = state.attacks;
    for (place, target) in sites.iter().enumerate() {
        if many.is_empty() {
            return;
        }
        let (people, exposure) = (tick.row(target.people), tick.row(target.exposure));
        let (mut trials, mut share, mut hit) = (ZERO, ZERO, ZERO);
        for (at, &lane) in many.iter().enumerate() {
            let whole = state.remaining[place][lane];
            trials[at] = left[lane];
            share[at] = if whole > 0.0 { people[lane] * exposure[lane] / whole } else { 0.0 };
        }
        let (stream, first, day) = (state.split[place], tick.first, tick.day);
        let address = |at: usize| (stream, first + many[at] as u64);
        tick.isa.run(
            #[inline(always)]
            || {
                let mut uniforms = ZERO;
                Stream::scattered(many.len(), address, day, 0, &mut uniforms);
                first_binomial(whole_chunks(many.len()), &trials, &share, &uniforms, &mut hit);
            },
        );
        for (&lane, hit) in many.iter().zip(hit) {
            left[lane] -= hit;
            state.at_site[place][lane] = hit;
        }
        many.retain(|lane| left[*lane] > 0.0);
    }
}

/// Sums, from the last site back, what a site and those after it weigh: their people times exposure.
fn weigh(remaining: &mut [Row], sites: &[Target], tick: &Tick<'_>) {
    for (place, target) in sites.iter().enumerate().rev() {
        let (people, exposure) = (tick.row(target.people), tick.row(target.exposure));
        let (here, after) = remaining.split_at_mut(place + 1);
        tick.isa.run(
            #[inline(always)]
            || {
                for lane in 0..LANES {
                    here[place][lane] = people[lane] * exposure[lane] + after[0][lane];
                }
            },
        );
    }
}

/// Lanes to work out so that the first `used` are.
fn whole_chunks(used: usize) -> usize {
    used.next_multiple_of(8)
}
