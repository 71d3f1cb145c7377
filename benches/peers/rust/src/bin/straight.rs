//! Straightforward Rust: one replicate at a time, samplers of rand_distr, everything stored, sorted at the end.

use std::time::Instant;

use peers::*;
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, Gamma, Poisson, StandardNormal};
use rayon::prelude::*;

fn main() {
    let (replicates, threads, seed) = arguments();
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let begun = Instant::now();
    let width = STEPS * SIGNALS;
    let mut data = vec![0.0f64; replicates * width];
    let totals = data
        .par_chunks_mut(width)
        .enumerate()
        .map(|(replicate, out)| {
            let mut rng =
                SmallRng::seed_from_u64(seed ^ (replicate as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            simulate(&mut rng, out)
        })
        .reduce(Totals::default, |mut a, b| {
            a.add(&b);
            a
        });
    let statistics: Vec<[f64; 7]> =
        (0..width).into_par_iter().map(|column| summarise(&data, column, replicates)).collect();
    let seconds = begun.elapsed().as_secs_f64();
    print(
        "straight Rust",
        replicates,
        threads,
        seconds,
        |row, signal| statistics[row * SIGNALS + signal],
        &totals,
    );
}

fn summarise(data: &[f64], column: usize, n: usize) -> [f64; 7] {
    let mut values: Vec<f64> = data.iter().skip(column).step_by(STEPS * SIGNALS).copied().collect();
    let mean = values.iter().sum::<f64>() / n as f64;
    let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n as f64 - 1.0)).sqrt();
    values.sort_unstable_by(f64::total_cmp);
    let [a, b, c, d, e] = QUANTILES.map(|p| values[rank(p, n)]);
    [mean, sd, a, b, c, d, e]
}

fn negative_binomial<R: Rng>(rng: &mut R, mean: f64, size: f64) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    let rate = Gamma::new(size, mean / size).unwrap().sample(rng);
    // The gamma of a small shape may round to 0.
    if rate > 0.0 { Poisson::new(rate).unwrap().sample(rng) as u64 } else { 0 }
}

fn simulate<R: Rng>(rng: &mut R, out: &mut [f64]) -> Totals {
    let p = Parameters::draw(rng);
    let decay = HALF_LIVES.map(|half_life| (-std::f64::consts::LN_2 / half_life * WEEK).exp());
    let mut posture = Posture::default();
    let mut totals = Totals::default();
    let (mut politics, mut region) = (0, 0);
    let (mut insurgents, mut host, mut tension, mut losses) = (2500.0f64, 0.5f64, 0.0f64, 0.0f64);
    let mut excitation = [[0.0f64; 2]; 2];
    // Attacks of rockets in the north in the last four weeks; before the start, their expectation.
    let mut window = [p.rockets_base * MONTHS; 4];
    for step in 0..STEPS {
        let troops = [posture.of(NORTH), posture.of(SOUTH)];
        let presence = [0, 1].map(|th| ((troops[th] + 50.0) / (AT_START[th] + 50.0)).powf(p.elasticity));
        let recent: f64 = window.iter().sum();
        let heat = recent / (recent + 8.0);
        let pressure = 0.5 * host + 0.5 * (troops[0] + troops[1]) / 4500.0;
        let mood = tension.clamp(-1.0, 1.5).exp() * if politics == 1 { 0.5 } else { 1.0 };
        let strength = insurgents / 2500.0;

        let per_month = [
            [p.rockets_base * presence[0] * mood, 0.6 * p.rockets_base * presence[1] * mood],
            [0.5 * p.raids_base * presence[0] * strength, p.raids_base * presence[1] * strength],
        ];
        let mut attacks = [[0u64; 2]; 2];
        for kind in 0..2 {
            for th in 0..2 {
                let calm = per_month[kind][th] * MONTHS;
                if step == 0 {
                    excitation[kind][th] = p.branching * calm;
                }
                let mean = (1.0 - p.branching) * calm + excitation[kind][th];
                let count = negative_binomial(rng, mean, SIZE);
                excitation[kind][th] =
                    decay[kind] * excitation[kind][th] + p.branching * (1.0 - decay[kind]) * count as f64;
                attacks[kind][th] = count;
            }
        }
        let mut wounded = 0.0;
        for (th, sites) in [NORTH, SOUTH].into_iter().enumerate() {
            if troops[th] == 0.0 {
                continue;
            }
            let weight = |site: usize| posture.people[site] as f64 * EXPOSURE[site];
            let all: f64 = sites.clone().map(weight).sum();
            for _ in 0..attacks[0][th] + attacks[1][th] {
                let mut left = rng.random::<f64>() * all;
                let mut site = sites.start;
                while site < sites.end - 1 && left >= weight(site) {
                    left -= weight(site);
                    site += 1;
                }
                let harmed = negative_binomial(rng, p.severity, WOUNDED_SIZE) as f64;
                totals.attacks[site] += 1.0;
                totals.wounded[site] += harmed;
                wounded += harmed;
            }
        }
        losses += wounded;

        let lift = [
            p.lift * if politics == 2 { 0.5 } else { 1.0 },
            0.75 * p.lift * if region == 2 { 0.6 } else { 1.0 },
        ];
        let gates = [politics == 1 || politics == 3, region != 2];
        posture.advance(step as f64 * WEEK, &p.starts, gates, recent > 12.0, lift);

        let growth = p.recruitment * (1.0 - insurgents / 15_000.0) - 0.6 * pressure;
        let host_growth = 0.2 * (1.0 - host) - 0.1 * heat;
        let change = 1.2 * f64::from(region == 1) + 3.0 * f64::from(region == 2);
        let root = YEARS.sqrt();
        let [x, y, z]: [f64; 3] = std::array::from_fn(|_| rng.sample(StandardNormal));
        insurgents *= ((growth - 0.5 * 0.25 * 0.25) * YEARS + 0.25 * root * x).exp();
        insurgents = insurgents.min(30_000.0);
        host *= ((host_growth - 0.5 * 0.1 * 0.1) * YEARS + 0.1 * root * y).exp();
        host = host.min(1.0);
        tension = tension * (-2.0 * YEARS).exp() + change * YEARS + 0.5 * root * z;

        politics = jump(politics, &politics_rates(politics, p.agree_rate, heat), rng.random());
        region = jump(region, &region_rates(region, heat), rng.random());
        window[step % 4] = attacks[0][0] as f64;

        let rockets = (attacks[0][0] + attacks[0][1]) as f64;
        let raids = (attacks[1][0] + attacks[1][1]) as f64;
        let (north, south) = (posture.of(NORTH), posture.of(SOUTH));
        let flag = |state: usize| f64::from(politics == state);
        out[step * SIGNALS..][..SIGNALS].copy_from_slice(&[
            north,
            south,
            north + south,
            rockets,
            raids,
            losses,
            insurgents,
            flag(0),
            flag(1),
            flag(2),
            flag(3),
            risk(rockets + raids, insurgents / 2500.0, wounded),
        ]);
    }
    totals.gone = u64::from(posture.of(0..SITES) <= 90.0);
    totals.many_losses = u64::from(losses >= 100.0);
    totals
}
