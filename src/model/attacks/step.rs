//! One step of an attack process: count, split, casualties, excitation.

use super::{Attack, CASUALTIES, Outputs, Target};
use crate::calendar::DAYS_PER_MONTH;
use crate::model::tick::Tick;
use crate::vm::counts::{binomial, negative_binomial, poisson};
use crate::vm::graph::Node;
use crate::vm::random::{Draws, Stream};
use crate::vm::{LANES, Row};

/// What a process remembers, for the replicates of a block.
#[derive(Clone, Debug)]
pub struct AttackState {
    excitation: Row,
    attacks: Row,
    at_site: Vec<Row>,
    casualties: [Row; 2],
    draw_count: Draws,
    draw_split: Vec<Draws>,
    draw_casualties: [Vec<Draws>; 2],
    /// Totals to now on each site: attacks, killed, wounded.
    pub losses: Vec<[Row; 3]>,
}

const ZERO: Row = [0.0; LANES];

impl Attack {
    /// A fresh memory with its random streams.
    pub fn state(&self, seed: u64, site_ids: &[String]) -> AttackState {
        let sites = self.sites.as_deref().unwrap_or_default();
        let draws = |purpose: String| Draws::new(Stream::new(seed, &format!("{}/{purpose}", self.id)));
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
            draw_count: draws("count".to_owned()),
            draw_split: places.iter().map(|p| draws(format!("split{p}"))).collect(),
            draw_casualties: CASUALTIES.map(|c| places.iter().map(|p| draws(format!("{c}{p}"))).collect()),
            losses: vec![[ZERO; 3]; sites.len()],
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
        let any = state.attacks.iter().any(|n| *n > 0.0);
        state.casualties = [ZERO; 2];
        state.at_site.fill(ZERO);
        if !any {
            return;
        }
        if let Some(sites) = &self.sites {
            self.split(state, sites, tick);
            for place in 0..sites.len() {
                let attacks = state.at_site[place];
                self.harm(state, place, &attacks, tick);
            }
        } else {
            let attacks = state.attacks;
            self.harm(state, 0, &attacks, tick);
        }
    }

    fn count(&self, state: &mut AttackState, tick: &mut Tick<'_>) {
        let span = &self.spans[tick.span()];
        let per_month = tick.rate(self.per_month, self.negative_rate);
        let months = tick.step_days() / DAYS_PER_MONTH;
        let (branching, gain, decay) = (tick.row(self.branching), tick.row(span.gain), tick.row(span.decay));
        let pull = tick.row(self.decay_rate);
        let mut mean = ZERO;
        for lane in 0..LANES {
            let background = (1.0 - branching[lane]) * per_month[lane] * months;
            mean[lane] = background + state.excitation[lane] * gain[lane];
        }
        let mut uniforms = ZERO;
        state.draw_count.uniforms(tick.first, tick.day, 0, &mut uniforms);
        let size = tick.row(span.size);
        let counts = &mut state.attacks;
        let isa = tick.isa;
        isa.run(
            #[inline(always)]
            || match self.dispersion.is_some() {
                true => negative_binomial(&mean, size, &uniforms, counts),
                false => poisson(&mean, &uniforms, counts),
            },
        );
        for lane in 0..LANES {
            state.excitation[lane] =
                decay[lane] * state.excitation[lane] + branching[lane] * pull[lane] * state.attacks[lane];
        }
        let counts = state.attacks;
        tick.demand_numbers(
            &counts,
            &format!("{}.attacks", self.id),
            "more attacks in a step than can be drawn",
        );
    }

    /// Sequential conditional binomials: each site takes its share of what is left.
    fn split(&self, state: &mut AttackState, sites: &[Target], tick: &mut Tick<'_>) {
        // Weight of this site and all after it, so that the last takes what is left.
        let mut weights: Vec<Row> = Vec::with_capacity(sites.len());
        let mut remaining: Vec<Row> = vec![ZERO; sites.len() + 1];
        for target in sites {
            let (people, exposure) = (tick.row(target.people), tick.row(target.exposure));
            weights.push(std::array::from_fn(|lane| people[lane] * exposure[lane]));
        }
        for place in (0..sites.len()).rev() {
            for lane in 0..LANES {
                remaining[place][lane] = weights[place][lane] + remaining[place + 1][lane];
            }
        }
        let mut left = state.attacks;
        for lane in 0..LANES {
            // Nobody there: the attack hits no site.
            left[lane] = if remaining[0][lane] > 0.0 { left[lane] } else { 0.0 };
        }
        for (place, weight) in weights.iter().enumerate() {
            let mut share = ZERO;
            for lane in 0..LANES {
                let whole = remaining[place][lane];
                share[lane] = if whole > 0.0 { weight[lane] / whole } else { 0.0 };
            }
            let mut uniforms = ZERO;
            state.draw_split[place].uniforms(tick.first, tick.day, 0, &mut uniforms);
            binomial(&left, &share, &uniforms, &mut state.at_site[place]);
            for lane in 0..LANES {
                left[lane] -= state.at_site[place][lane];
                state.losses[place][0][lane] += state.at_site[place][lane];
            }
        }
    }

    /// Sums of per-attack negative binomials (or Poissons): one draw with the mean and size of the sum.
    fn harm(&self, state: &mut AttackState, place: usize, attacks: &Row, tick: &mut Tick<'_>) {
        for which in 0..2 {
            let Some(casualties) = &self.casualties[which] else { continue };
            if attacks.iter().all(|n| *n == 0.0) {
                continue;
            }
            let per_attack = tick.row(casualties.mean);
            let (mut mean, mut size, mut uniforms, mut harmed) = (ZERO, ZERO, ZERO, ZERO);
            for lane in 0..LANES {
                mean[lane] = attacks[lane] * per_attack[lane];
            }
            state.draw_casualties[which][place].uniforms(tick.first, tick.day, 0, &mut uniforms);
            match casualties.dispersion {
                None => poisson(&mean, &uniforms, &mut harmed),
                Some(dispersion) => {
                    let per_attack = tick.row(dispersion);
                    for lane in 0..LANES {
                        let n = if attacks[lane] > 1.0 { attacks[lane] } else { 1.0 };
                        size[lane] = n * per_attack[lane];
                    }
                    negative_binomial(&mean, &size, &uniforms, &mut harmed);
                }
            }
            for lane in 0..LANES {
                state.casualties[which][lane] += harmed[lane];
                if let Some(losses) = state.losses.get_mut(place) {
                    losses[1 + which][lane] += harmed[lane];
                }
            }
            let signal = format!("{}.{}", self.id, CASUALTIES[which]);
            tick.demand_numbers(&harmed, &signal, "more casualties in a step than can be drawn");
        }
    }
}
