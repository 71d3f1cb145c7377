//! What both peers share: the numbers of `benches/reference.toml`, one replicate's posture, the output.

use rand::Rng;
use rand_distr::{Beta, Distribution, LogNormal, Normal, Triangular, Uniform};

pub const STEPS: usize = 156;
pub const SITES: usize = 8;
pub const SIGNALS: usize = 12;
pub const NAMES: [&str; SIGNALS] = [
    "north.troops",
    "south.troops",
    "troops",
    "rockets",
    "raids",
    "losses",
    "insurgents",
    "politics.negotiating",
    "politics.agreed",
    "politics.stalled",
    "politics.expelled",
    "risk",
];
pub const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// Rows at which results are checked; row 0 here is week 1.
pub const WEEKS: [usize; 4] = [13, 52, 104, 156];

pub const NORTH: std::ops::Range<usize> = 0..5;
pub const SOUTH: std::ops::Range<usize> = 5..8;
pub const TROOPS: [i64; SITES] = [900, 700, 400, 300, 200, 900, 700, 400];
pub const AT_START: [f64; 2] = [2500.0, 2000.0];
pub const EXPOSURE: [f64; SITES] = [1.0, 0.8, 1.2, 1.0, 0.6, 1.0, 1.2, 0.9];
/// Who leaves in each phase.
const MOVES: [[i64; SITES]; 6] = [
    [90, 70, 80, 60, 100, 90, 140, 80],
    [90, 140, 80, 90, 100, 180, 140, 120],
    [180, 140, 80, 90, 0, 180, 140, 120],
    [90, 140, 80, 60, 0, 180, 140, 80],
    [180, 140, 80, 0, 0, 180, 140, 0],
    [270, 70, 0, 0, 0, 90, 0, 0],
];
const STARTS: [f64; 6] = [56.0, 168.0, 308.0, 448.0, 588.0, 728.0];
const LASTS: f64 = 84.0;
const MIN_DAYS: f64 = 28.0;

pub const WEEK: f64 = 7.0;
pub const MONTHS: f64 = WEEK / 30.4375;
pub const YEARS: f64 = WEEK / 365.25;
/// Negative binomial size of a week's attacks, and of the wounded of one attack.
pub const SIZE: f64 = 12.0 * MONTHS;
pub const WOUNDED_SIZE: f64 = 0.3;
pub const HALF_LIVES: [f64; 2] = [6.0, 10.0];

const Z90: f64 = 1.281_551_565_544_600_4;

/// Drawn once a replicate.
pub struct Parameters {
    pub rockets_base: f64,
    pub raids_base: f64,
    pub branching: f64,
    pub elasticity: f64,
    pub severity: f64,
    pub agree_rate: f64,
    pub lift: f64,
    pub recruitment: f64,
    /// Slipped starts.
    pub starts: [f64; 6],
}

impl Parameters {
    pub fn draw<R: Rng>(rng: &mut R) -> Self {
        let lognormal =
            |median: f64, p90: f64| LogNormal::new(median.ln(), (p90 / median).ln() / Z90).unwrap();
        let slip = lognormal(20.0, 60.0);
        let agree_rate = lognormal(0.8, 1.6);
        // pert = [0.05, 0.2, 0.45]
        let (a, b) = (1.0 + 4.0 * 0.15 / 0.4, 1.0 + 4.0 * 0.25 / 0.4);
        Self {
            rockets_base: Triangular::new(0.8, 4.5, 2.0).unwrap().sample(rng),
            raids_base: Triangular::new(1.0, 6.0, 3.0).unwrap().sample(rng),
            branching: 0.05 + 0.4 * Beta::new(a, b).unwrap().sample(rng),
            elasticity: Uniform::new(0.3, 1.2).unwrap().sample(rng),
            severity: lognormal(0.5, 0.9).sample(rng),
            agree_rate: std::iter::repeat_with(|| agree_rate.sample(rng)).find(|rate| *rate <= 2.5).unwrap(),
            lift: lognormal(60.0, 95.0).sample(rng),
            recruitment: Normal::new(0.4, 0.1).unwrap().sample(rng),
            starts: std::array::from_fn(|phase| STARTS[phase] + slip.sample(rng)),
        }
    }
}

/// Who is where, and the phase at work: one at a time, for each comes after the one before.
pub struct Posture {
    pub people: [i64; SITES],
    phase: usize,
    active: bool,
    activated: f64,
    overdue: bool,
    finished: f64,
    moved: [i64; SITES],
    carried: [f64; 2],
    /// Since when the gates of phases 2 and 4 have been open.
    gate_open: [Option<f64>; 2],
}

impl Default for Posture {
    fn default() -> Self {
        Self {
            people: TROOPS,
            phase: 0,
            active: false,
            activated: 0.0,
            overdue: false,
            finished: 0.0,
            moved: [0; SITES],
            carried: [0.0; 2],
            gate_open: [None; 2],
        }
    }
}

impl Posture {
    pub fn of(&self, sites: std::ops::Range<usize>) -> f64 {
        self.people[sites].iter().sum::<i64>() as f64
    }

    /// Advances by a week from day `now`. `lift` is people by theatre.
    pub fn advance(&mut self, now: f64, starts: &[f64; 6], gates: [bool; 2], held: bool, lift: [f64; 2]) {
        let end = now + WEEK;
        self.open(now, end, starts, gates);
        if !self.active {
            self.carried = [0.0; 2];
            return;
        }
        let moves = &MOVES[self.phase];
        let length = (STARTS[self.phase] + LASTS - self.activated).max(MIN_DAYS);
        let passed = end - self.activated;
        let over = passed >= length - 1e-6;
        let share = if over { 1.0 } else { (passed / length).max(0.0) };
        let mut budget = [lift[0] + self.carried[0], lift[1] + self.carried[1]];
        self.carried = [0.0; 2];
        if !held {
            let mut cut = [false; 2];
            for site in 0..SITES {
                let theatre = usize::from(site >= SOUTH.start);
                let asked = (moves[site] as f64 * share + 1e-9 + 0.5).floor() as i64 - self.moved[site];
                let wanted = asked.min(self.people[site]).max(0);
                let heads = wanted.min((budget[theatre] + 1e-6) as i64);
                cut[theatre] |= heads < wanted;
                budget[theatre] -= heads as f64;
                self.people[site] -= heads;
                self.moved[site] += heads;
            }
            for theatre in 0..2 {
                self.carried[theatre] = if cut[theatre] { budget[theatre].max(0.0) } else { 0.0 };
            }
        }
        if over && self.moved == *moves {
            self.finished = if self.overdue { end } else { end - (passed - length) };
            (self.active, self.overdue, self.moved) = (false, false, [0; SITES]);
            self.phase += 1;
        } else {
            self.overdue = over;
        }
    }

    fn open(&mut self, now: f64, end: f64, starts: &[f64; 6], gates: [bool; 2]) {
        for (gate, since) in self.gate_open.iter_mut().enumerate() {
            *since = if gates[gate] { since.or(Some(now)) } else { None };
        }
        if self.active || self.phase == 6 {
            return;
        }
        let ready = match self.phase {
            2 => self.gate_open[0],
            4 => self.gate_open[1],
            _ => Some(0.0),
        };
        let moment = ready.map(|ready| ready.max(self.finished).max(starts[self.phase]));
        if let Some(moment) = moment.filter(|moment| *moment < end) {
            (self.active, self.activated) = (true, moment);
        }
    }
}

/// Rates a year from a state of politics to each of the four.
pub fn politics_rates(state: usize, agree_rate: f64, heat: f64) -> [f64; 4] {
    match state {
        0 => [0.0, agree_rate, 0.4 + 1.4 * heat, 0.05 + 0.3 * heat],
        1 => [0.2, 0.0, 0.2 + 1.5 * heat, 0.02 + 0.1 * heat],
        2 => [2.5, 0.4, 0.0, 0.1 + 0.6 * heat],
        _ => [0.0; 4],
    }
}

/// Rates a year from a state of the region to each of the three.
pub fn region_rates(state: usize, heat: f64) -> [f64; 3] {
    match state {
        0 => [0.0, 0.4 + 0.8 * heat, 0.0],
        1 => [3.0, 0.0, 0.6 + 0.5 * heat],
        _ => [0.0, 2.0, 0.0],
    }
}

/// At most one jump a week, with the uniform `u`.
pub fn jump(state: usize, rates: &[f64], u: f64) -> usize {
    let total: f64 = rates.iter().sum();
    let leaves = 1.0 - (-total * YEARS).exp();
    if u >= leaves {
        return state;
    }
    let mut left = u / leaves * total;
    for (to, rate) in rates.iter().enumerate() {
        left -= rate;
        if left < 0.0 {
            return to;
        }
    }
    state
}

pub fn risk(attacks: f64, strength: f64, wounded: f64) -> f64 {
    0.4 * (1.0 - (-attacks / 3.0).exp()) + 0.3 * (strength / 3.0).min(1.0) + 0.3 * wounded / (wounded + 2.0)
}

/// The place of a quantile among `n` sorted values: the least that a share `p` does not exceed.
pub fn rank(p: f64, n: usize) -> usize {
    ((p * n as f64 * (1.0 - f64::EPSILON)).ceil() as usize).clamp(1, n) - 1
}

/// Means of attacks and wounded by site, and the chances of the milestones.
#[derive(Clone, Default)]
pub struct Totals {
    pub attacks: [f64; SITES],
    pub wounded: [f64; SITES],
    pub gone: u64,
    pub many_losses: u64,
}

impl Totals {
    pub fn add(&mut self, other: &Self) {
        for site in 0..SITES {
            self.attacks[site] += other.attacks[site];
            self.wounded[site] += other.wounded[site];
        }
        self.gone += other.gone;
        self.many_losses += other.many_losses;
    }
}

/// Replicates, threads and seed from the command line.
pub fn arguments() -> (usize, usize, u64) {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().expect("a whole number")).collect();
    match numbers[..] {
        [replicates, threads] => (replicates as usize, threads as usize, 1),
        [replicates, threads, seed] => (replicates as usize, threads as usize, seed),
        _ => panic!("arguments: REPLICATES THREADS [SEED]"),
    }
}

/// Prints the line of results; `statistics(row, signal)` is mean, sd and five quantiles.
pub fn print(
    name: &str,
    replicates: usize,
    threads: usize,
    seconds: f64,
    statistics: impl Fn(usize, usize) -> [f64; 7],
    totals: &Totals,
) {
    let n = replicates as f64;
    let signals = (0..SIGNALS).map(|signal| {
        let weeks = WEEKS.map(|week| format!("\"{week}\": {:?}", statistics(week - 1, signal)));
        format!("\"{}\": {{{}}}", NAMES[signal], weeks.join(", "))
    });
    let signals = signals.collect::<Vec<_>>().join(", ");
    let sites: Vec<[f64; 2]> = totals
        .attacks
        .iter()
        .zip(totals.wounded)
        .map(|(attacks, wounded)| [attacks / n, wounded / n])
        .collect();
    let (gone, many) = (totals.gone as f64 / n, totals.many_losses as f64 / n);
    println!(
        "{{\"name\": \"{name}\", \"replicates\": {replicates}, \"threads\": {threads}, \"seconds\": {seconds}, \
         \"check\": {{\"signals\": {{{signals}}}, \"chances\": {{\"gone\": {gone}, \"many_losses\": {many}}}, \
         \"sites\": {sites:?}}}}}"
    );
}
