//! Tuned scalar Rust: an own generator, counts by inversion, a block of replicates at a time into
//! histograms, so that memory does not grow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use peers::*;
use rand::Rng;
use rand::rand_core::{Infallible, TryRng};
use rand_distr::{Distribution, StandardNormal};

/// Replicates that are kept before they are tallied.
const BLOCK: usize = 512;
const BINS: usize = 2048;
/// Signals with quantiles, and bins to a unit; the flags' quantiles follow from their means.
const KEPT: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 11];
const PER_UNIT: [f32; 8] =
    [2048.0 / 2501.0, 2048.0 / 2001.0, 2048.0 / 4501.0, 1.0, 1.0, 1.0, 2048.0 / 30_001.0, 2048.0];
/// Signals whose bin is one whole number.
const WHOLE: std::ops::Range<usize> = 3..6;

fn main() {
    let (replicates, threads, seed) = arguments();
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| work(&next, replicates, seed))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let tally = tallies.into_iter().reduce(Tally::merged).unwrap();
    let statistics: Vec<[f64; 7]> = (0..STEPS * SIGNALS)
        .map(|cell| tally.summarise(cell / SIGNALS, cell % SIGNALS, replicates))
        .collect();
    let seconds = begun.elapsed().as_secs_f64();
    print(
        "tuned Rust",
        replicates,
        threads,
        seconds,
        |row, signal| statistics[row * SIGNALS + signal],
        &tally.totals,
    );
}

type Row = [f32; SIGNALS];

struct Tally {
    histograms: Vec<u32>,
    sums: Vec<[f64; 2]>,
    totals: Totals,
}

fn work(next: &AtomicUsize, replicates: usize, seed: u64) -> Tally {
    let mut tally = Tally {
        histograms: vec![0; STEPS * KEPT.len() * BINS],
        sums: vec![[0.0; 2]; STEPS * SIGNALS],
        totals: Totals::default(),
    };
    let mut block = vec![[[0f32; SIGNALS]; STEPS]; BLOCK];
    loop {
        let first = next.fetch_add(1, Ordering::Relaxed) * BLOCK;
        if first >= replicates {
            return tally;
        }
        let count = BLOCK.min(replicates - first);
        for (replicate, out) in block[..count].iter_mut().enumerate() {
            let mut rng = Xoshiro::new(seed, (first + replicate) as u64);
            simulate(&mut rng, out, &mut tally.totals);
        }
        tally.add(&block[..count]);
    }
}

impl Tally {
    fn add(&mut self, block: &[[Row; STEPS]]) {
        for step in 0..STEPS {
            let (mut sum, mut squares) = ([0f64; SIGNALS], [0f64; SIGNALS]);
            let rows = &mut self.histograms[step * KEPT.len() * BINS..][..KEPT.len() * BINS];
            for replicate in block {
                let out = &replicate[step];
                for signal in 0..SIGNALS {
                    let x = f64::from(out[signal]);
                    sum[signal] += x;
                    squares[signal] += x * x;
                }
                for (kept, signal) in KEPT.into_iter().enumerate() {
                    let bin = (out[signal] * PER_UNIT[kept]) as usize;
                    rows[kept * BINS + bin.min(BINS - 1)] += 1;
                }
            }
            for signal in 0..SIGNALS {
                self.sums[step * SIGNALS + signal][0] += sum[signal];
                self.sums[step * SIGNALS + signal][1] += squares[signal];
            }
        }
    }

    fn merged(mut self, other: Self) -> Self {
        self.histograms.iter_mut().zip(&other.histograms).for_each(|(a, b)| *a += b);
        for (a, b) in self.sums.iter_mut().zip(&other.sums) {
            *a = [a[0] + b[0], a[1] + b[1]];
        }
        self.totals.add(&other.totals);
        self
    }

    fn summarise(&self, step: usize, signal: usize, replicates: usize) -> [f64; 7] {
        let n = replicates as f64;
        let [sum, squares] = self.sums[step * SIGNALS + signal];
        let mean = sum / n;
        let sd = ((squares - sum * mean) / (n - 1.0)).max(0.0).sqrt();
        let Some(kept) = KEPT.iter().position(|k| *k == signal) else {
            let [a, b, c, d, e] = QUANTILES.map(|p| f64::from(rank(p, replicates) as f64 >= n - sum));
            return [mean, sd, a, b, c, d, e];
        };
        let row = &self.histograms[(step * KEPT.len() + kept) * BINS..][..BINS];
        let (mut bin, mut before) = (0, 0);
        let [a, b, c, d, e] = QUANTILES.map(|p| {
            let rank = rank(p, replicates);
            while before + row[bin] as usize <= rank {
                before += row[bin] as usize;
                bin += 1;
            }
            let inside = (rank - before) as f64 / f64::from(row[bin]);
            if WHOLE.contains(&signal) {
                bin as f64
            } else {
                (bin as f64 + inside) / f64::from(PER_UNIT[kept])
            }
        });
        [mean, sd, a, b, c, d, e]
    }
}

/// xoshiro256+ (Blackman and Vigna, 2021), seeded by splitmix64.
struct Xoshiro([u64; 4]);

impl Xoshiro {
    fn new(seed: u64, replicate: u64) -> Self {
        let mut x = seed.wrapping_mul(0xD1B5_4A32_D192_ED03) ^ replicate.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self(std::array::from_fn(|_| {
            x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        }))
    }

    #[inline(always)]
    fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }
}

impl TryRng for Xoshiro {
    type Error = Infallible;

    #[inline(always)]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_u64() >> 32) as u32)
    }

    #[inline(always)]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let s = &mut self.0;
        let result = s[0].wrapping_add(s[3]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        Ok(result)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.next_u64().to_le_bytes()[..part.len()]);
        }
        Ok(())
    }
}

const TERMS: usize = 600;
static RECIPROCALS: [f64; TERMS] = {
    let mut table = [0.0; TERMS];
    let mut k = 1;
    while k < TERMS {
        table[k] = 1.0 / k as f64;
        k += 1;
    }
    table
};

/// The least count whose distribution function reaches `u`; `first` is the chance of none.
#[inline(always)]
fn negative_binomial(u: f64, first: f64, mean: f64, size: f64) -> u64 {
    let (mut mass, mut sum, mut k) = (first, first, 0);
    if u <= sum {
        return 0;
    }
    let a = mean / (mean + size);
    let b = a * (size - 1.0);
    while u > sum && k < TERMS - 1 {
        k += 1;
        mass *= a + b * RECIPROCALS[k];
        sum += mass;
    }
    k as u64
}

#[inline(always)]
fn no_event(mean: f64, size: f64) -> f64 {
    (-size * (1.0 + mean / size).ln()).exp()
}

fn simulate(rng: &mut Xoshiro, out: &mut [Row; STEPS], totals: &mut Totals) {
    let p = Parameters::draw(rng);
    let decay = HALF_LIVES.map(|half_life| (-std::f64::consts::LN_2 / half_life * WEEK).exp());
    let kick = decay.map(|decay| p.branching * (1.0 - decay));
    let unharmed = no_event(p.severity, WOUNDED_SIZE);
    let root = YEARS.sqrt();
    let tension_left = (-2.0 * YEARS).exp();
    let mut posture = Posture::default();
    let (mut politics, mut region) = (0, 0);
    let (mut insurgents, mut host, mut tension, mut losses) = (2500.0f64, 0.5f64, 0.0f64, 0.0f64);
    let calm = (1.0 - p.branching) * MONTHS;
    let base = [[p.rockets_base, 0.6 * p.rockets_base], [0.5 * p.raids_base, p.raids_base]];
    let mut excitation = base.map(|kind| kind.map(|monthly| p.branching * monthly * MONTHS));
    let mut window = [p.rockets_base * MONTHS; 4];
    let mut troops = AT_START;
    let mut presence = [1.0; 2];
    for (step, out) in out.iter_mut().enumerate() {
        let recent: f64 = window.iter().sum();
        let heat = recent / (recent + 8.0);
        let mood = tension.clamp(-1.0, 1.5).exp() * if politics == 1 { 0.5 } else { 1.0 };
        let drive = [mood, insurgents * (1.0 / 2500.0)];
        let mut attacks = [[0u64; 2]; 2];
        for kind in 0..2 {
            for th in 0..2 {
                let mean = calm * base[kind][th] * presence[th] * drive[kind] + excitation[kind][th];
                let count = negative_binomial(rng.uniform(), no_event(mean, SIZE), mean, SIZE);
                excitation[kind][th] = decay[kind] * excitation[kind][th] + kick[kind] * count as f64;
                attacks[kind][th] = count;
            }
        }
        let mut wounded = 0;
        for (th, sites) in [NORTH, SOUTH].into_iter().enumerate() {
            let strikes = attacks[0][th] + attacks[1][th];
            if strikes == 0 || troops[th] == 0.0 {
                continue;
            }
            let weights: [f64; SITES] =
                std::array::from_fn(|site| posture.people[site] as f64 * EXPOSURE[site]);
            let all: f64 = weights[sites.clone()].iter().sum();
            for _ in 0..strikes {
                let mut left = rng.uniform() * all;
                let mut site = sites.start;
                while site < sites.end - 1 && left >= weights[site] {
                    left -= weights[site];
                    site += 1;
                }
                let harmed = negative_binomial(rng.uniform(), unharmed, p.severity, WOUNDED_SIZE);
                totals.attacks[site] += 1.0;
                totals.wounded[site] += harmed as f64;
                wounded += harmed;
            }
        }
        losses += wounded as f64;

        let lift = [
            p.lift * if politics == 2 { 0.5 } else { 1.0 },
            0.75 * p.lift * if region == 2 { 0.6 } else { 1.0 },
        ];
        let gates = [politics == 1 || politics == 3, region != 2];
        let pressure = 0.5 * host + 0.5 * (troops[0] + troops[1]) / 4500.0;
        posture.advance(step as f64 * WEEK, &p.starts, gates, recent > 12.0, lift);

        let growth = p.recruitment * (1.0 - insurgents * (1.0 / 15_000.0)) - 0.6 * pressure;
        let host_growth = 0.2 * (1.0 - host) - 0.1 * heat;
        let change = if region == 1 { 1.2 } else { 3.0 * f64::from(region == 2) };
        let [x, y, z]: [f64; 3] = std::array::from_fn(|_| StandardNormal.sample(rng));
        insurgents *= ((growth - 0.5 * 0.25 * 0.25) * YEARS + 0.25 * root * x).exp();
        insurgents = insurgents.min(30_000.0);
        host *= ((host_growth - 0.5 * 0.1 * 0.1) * YEARS + 0.1 * root * y).exp();
        host = host.min(1.0);
        tension = tension * tension_left + change * YEARS + 0.5 * root * z;

        let u = rng.uniform();
        // No state is left faster than this: most weeks need no rates.
        if u < FASTEST {
            politics = jump(politics, &politics_rates(politics, p.agree_rate, heat), u);
        }
        let u = rng.uniform();
        if u < FASTEST {
            region = jump(region, &region_rates(region, heat), u);
        }
        window[step % 4] = attacks[0][0] as f64;

        let now = [posture.of(NORTH), posture.of(SOUTH)];
        for th in 0..2 {
            if now[th] != troops[th] {
                presence[th] = ((now[th] + 50.0) / (AT_START[th] + 50.0)).powf(p.elasticity);
            }
        }
        troops = now;
        let rockets = (attacks[0][0] + attacks[0][1]) as f64;
        let raids = (attacks[1][0] + attacks[1][1]) as f64;
        let flag = |state: usize| f32::from(politics == state);
        *out = [
            troops[0] as f32,
            troops[1] as f32,
            (troops[0] + troops[1]) as f32,
            rockets as f32,
            raids as f32,
            losses as f32,
            insurgents as f32,
            flag(0),
            flag(1),
            flag(2),
            flag(3),
            risk(rockets + raids, insurgents * (1.0 / 2500.0), wounded as f64) as f32,
        ];
    }
    totals.gone += u64::from(troops[0] + troops[1] <= 90.0);
    totals.many_losses += u64::from(losses >= 100.0);
}

/// Above the chance of leaving any state in a week: its rates are below 5.2 a year.
const FASTEST: f64 = 5.2 * YEARS;
