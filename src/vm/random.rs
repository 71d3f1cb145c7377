//! Random numbers with an address: (seed, stream name, replicate, day, draw) gives the same number always.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
//! SC 2011). Its key is a hash of seed and name, its counter the rest of the address: nothing is ever skipped,
//! counted or added together, so no draw depends on another having been made.
//!
//! One block of the generator gives two uniforms, for a replicate and the one 32 after it: the halves of 64 lanes.

use super::{LANES, Row};

/// A named source of random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream of an entity's name and purpose, such as `militia/count`, under a seed.
    ///
    /// The key is fixed for ever: FNV-1a (64 bits) of the name and the seed each go through the finaliser of
    /// splitmix64, are joined by exclusive or, and go through it again. Two seeds never share a key under one
    /// name; two names share one under a seed with probability 2⁻⁶⁴.
    pub fn new(seed: u64, name: &str) -> Self {
        let key = scramble(scramble(seed.wrapping_add(GOLDEN_64)) ^ scramble(fnv_1a(name)));
        Self { key: [key as u32, (key >> 32) as u32] }
    }

    /// The uniforms, in the open interval (0, 1), of the 64 replicates from `first_replicate` (a multiple of 64).
    ///
    /// `draw` tells apart several numbers of one day.
    #[inline(always)]
    pub fn uniforms(&self, first_replicate: u64, day: i64, draw: u32, out: &mut Row) {
        debug_assert!(first_replicate.is_multiple_of(LANES as u64));
        let (first, day) = (Counter::of(first_replicate), day as u32);
        // 32 counters from a multiple of 32 share their upper word.
        let (low, high) = (first.index & LOW_WORD, first.index >> 32);
        for start in (0..HALF).step_by(WIDTH) {
            let counters: [[u64; 4]; WIDTH] =
                std::array::from_fn(|lane| [low + (start + lane) as u64, high, day.into(), draw.into()]);
            for (lane, words) in philox(counters, |_| self.key).into_iter().enumerate() {
                out[start + lane] = to_uniform(words[0], words[1]);
                out[HALF + start + lane] = to_uniform(words[2], words[3]);
            }
        }
    }

    /// In the first places the uniforms of some lanes of a block: those that [`Stream::uniforms`] puts there. Places
    /// after them may be written, too.
    #[inline(always)]
    pub fn some_uniforms(&self, lanes: &[usize], first_replicate: u64, day: i64, draw: u32, out: &mut Row) {
        // Addresses put together one by one cost more than a row of neighbours.
        const FEW: usize = 12;
        if lanes.len() <= FEW {
            return Self::scattered(
                lanes.len(),
                |at| (*self, first_replicate + lanes[at] as u64, draw),
                day,
                out,
            );
        }
        let mut all = [0.0; LANES];
        self.uniforms(first_replicate, day, draw, &mut all);
        lanes.iter().zip(out).for_each(|(lane, out)| *out = all[*lane]);
    }

    /// The uniform of one replicate: the number that [`Stream::uniforms`] puts in its lane.
    pub fn uniform(&self, replicate: u64, day: i64, draw: u32) -> f64 {
        let at = Counter::of(replicate);
        let [words] = philox([at.words(day, draw)], |_| self.key);
        at.uniform(words)
    }

    /// In the first lanes the uniforms of so many addresses, each of a stream, a replicate and a draw: the numbers of
    /// [`Stream::uniform`]. Eight at a time: the lanes after the last may be written, too.
    #[inline(always)]
    pub fn scattered(
        addresses: usize,
        address: impl Fn(usize) -> (Stream, u64, u32),
        day: i64,
        out: &mut Row,
    ) {
        for start in (0..addresses).step_by(WIDTH) {
            let address: [(Stream, Counter, u32); WIDTH] = std::array::from_fn(|lane| {
                let (stream, replicate, draw) = address((start + lane).min(addresses - 1));
                (stream, Counter::of(replicate), draw)
            });
            let counters: [[u64; 4]; WIDTH] =
                std::array::from_fn(|lane| address[lane].1.words(day, address[lane].2));
            for (lane, words) in philox(counters, |lane| address[lane].0.key).into_iter().enumerate() {
                out[start + lane] = address[lane].1.uniform(words);
            }
        }
    }
}

/// Replicates that share a block of the generator are this far apart.
const HALF: usize = LANES / 2;

/// Where a replicate's number stands: which block of the generator, and which half of it.
#[derive(Clone, Copy)]
struct Counter {
    index: u64,
    second: bool,
}

impl Counter {
    #[inline(always)]
    fn of(replicate: u64) -> Self {
        const HALF_64: u64 = HALF as u64;
        let (half, lane) = (replicate / HALF_64, replicate % HALF_64);
        Self { index: half / 2 * HALF_64 + lane, second: half % 2 == 1 }
    }

    #[inline(always)]
    fn words(self, day: i64, draw: u32) -> [u64; 4] {
        [self.index & LOW_WORD, self.index >> 32, (day as u32).into(), draw.into()]
    }

    #[inline(always)]
    fn uniform(self, words: [u64; 4]) -> f64 {
        match self.second {
            false => to_uniform(words[0], words[1]),
            true => to_uniform(words[2], words[3]),
        }
    }
}

/// Lanes that pass through the rounds together: their state fits the vector registers.
const WIDTH: usize = 8;
const LOW_WORD: u64 = 0xffff_ffff;
const GOLDEN_64: u64 = 0x9e37_79b9_7f4a_7c15;

/// Philox4x32-10 of `W` counters, each under the key of its lane, word by word; words are held in 64 bits,
/// upper half zero.
#[inline(always)]
fn philox<const W: usize>(counters: [[u64; 4]; W], key: impl Fn(usize) -> [u32; 2]) -> [[u64; 4]; W] {
    let mut words: [[u64; W]; 4] =
        std::array::from_fn(|word| std::array::from_fn(|lane| counters[lane][word]));
    for round in 0..10_u32 {
        let steps = [0x9e37_79b9_u32.wrapping_mul(round), 0xbb67_ae85_u32.wrapping_mul(round)];
        let key = |lane: usize, half: usize| u64::from(key(lane)[half].wrapping_add(steps[half]));
        let left: [u64; W] = std::array::from_fn(|lane| (words[0][lane] & LOW_WORD) * 0xd251_1f53);
        let right: [u64; W] = std::array::from_fn(|lane| (words[2][lane] & LOW_WORD) * 0xcd9e_8d57);
        words = [
            std::array::from_fn(|lane| (right[lane] >> 32) ^ words[1][lane] ^ key(lane, 0)),
            std::array::from_fn(|lane| right[lane] & LOW_WORD),
            std::array::from_fn(|lane| (left[lane] >> 32) ^ words[3][lane] ^ key(lane, 1)),
            std::array::from_fn(|lane| left[lane] & LOW_WORD),
        ];
    }
    std::array::from_fn(|lane| std::array::from_fn(|word| words[word][lane]))
}

/// Two words to the middle of one of 2⁵² equal parts of (0, 1): never 0, never 1.
#[inline(always)]
fn to_uniform(low: u64, high: u64) -> f64 {
    const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
    const HALF_PART: f64 = f64::EPSILON / 2.0;
    f64::from_bits(ONE_BITS | (high << 20) | (low >> 12)) - (1.0 - HALF_PART)
}

/// The finaliser of splitmix64, a one-to-one map of 64 bits.
fn scramble(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn fnv_1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Random123's `kat_vectors` for philox4x32-10.
    #[test]
    fn known_answers_of_the_generator() {
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([0xffff_ffff; 4], [0xffff_ffff; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, answer) in cases {
            assert_eq!(philox([counter], |_| key), [answer]);
        }
    }

    /// The numbers of an address are a promise to old results: a change here breaks them all.
    #[test]
    fn known_answers_of_the_address() {
        let stream = Stream::new(20_240_723, "militia/count");
        assert_eq!(stream.key, [3_183_101_644, 3_284_133_742]);
        assert_eq!(stream.uniform(1 << 32, 19_927, 0), 0.504106203068022);
    }

    #[test]
    fn uniforms_stay_inside_the_open_interval() {
        assert_eq!(to_uniform(0, 0), f64::EPSILON / 2.0);
        assert_eq!(to_uniform(LOW_WORD, LOW_WORD), 1.0 - f64::EPSILON / 2.0);
        assert_eq!(to_uniform(0, 1 << 31), 0.5 + f64::EPSILON / 2.0);
    }

    #[test]
    fn scattered_lanes_are_the_numbers_of_their_addresses() {
        let address = |i: u64| (Stream::new(i % 3, "scattered"), (i * 977) << (2 * i), (i % 5) as u32);
        let addresses: Vec<(Stream, u64, u32)> = (0..21).map(address).collect();
        for day in [-3, 0, 19_999] {
            let mut row = [0.0; LANES];
            Stream::scattered(addresses.len(), |at| addresses[at], day, &mut row);
            for ((stream, replicate, draw), u) in addresses.iter().zip(row) {
                assert_eq!(u, stream.uniform(*replicate, day, *draw));
            }
        }
    }

    #[test]
    fn lanes_are_the_numbers_of_their_replicates() {
        let stream = Stream::new(7, "lanes");
        for first in [0, 64, (1 << 32) - 64, 1 << 32, (1 << 40) + 640] {
            for day in [-3, -2, -1, 0, 1, 2, 19_999, 20_000] {
                let mut row = [0.0; LANES];
                stream.uniforms(first, day, 5, &mut row);
                for (lane, &u) in row.iter().enumerate() {
                    assert_eq!(u, stream.uniform(first + lane as u64, day, 5));
                }
            }
        }
    }

    #[test]
    fn no_two_addresses_are_equal() {
        let mut seen = BTreeSet::new();
        for seed in 0..40 {
            for name in ["a", "b", "aa", "a/b", "b/a", "militia/count", "militia/killed"] {
                let stream = Stream::new(seed, name);
                for replicate in [0, 1, 1 << 32] {
                    for day in [-1, 0, 1, 2] {
                        for draw in [0, 1] {
                            seen.insert(stream.uniform(replicate, day, draw).to_bits());
                        }
                    }
                }
            }
        }
        assert_eq!(seen.len(), 40 * 7 * 3 * 4 * 2);
    }

    /// Pearson's correlation of pairs of uniforms from their known moments, times √n: a standard normal.
    fn correlation_score(pairs: &[(f64, f64)]) -> f64 {
        let products: f64 = pairs.iter().map(|(a, b)| (a - 0.5) * (b - 0.5)).sum();
        12.0 * products / (pairs.len() as f64).sqrt()
    }

    #[test]
    fn uniforms_have_the_moments_of_uniforms() {
        let stream = Stream::new(1, "moments");
        let n = 100_000;
        let draws: Vec<f64> = (0..n).map(|replicate| stream.uniform(replicate, 0, 0)).collect();
        let root = (n as f64).sqrt();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let square = draws.iter().map(|u| (u - 0.5) * (u - 0.5)).sum::<f64>() / n as f64;
        // Four standard errors: sd of u is √(1/12), of its squared deviation √(1/180).
        assert!((mean - 0.5).abs() <= 4.0 * (1.0_f64 / 12.0).sqrt() / root, "{mean}");
        assert!((square - 1.0 / 12.0).abs() <= 4.0 * (1.0_f64 / 180.0).sqrt() / root, "{square}");
    }

    #[test]
    fn neighbouring_addresses_are_not_correlated() {
        let (stream, other) = (Stream::new(1, "pairs"), Stream::new(1, "pairt"));
        let next_seed = Stream::new(2, "pairs");
        let neighbours: [&dyn Fn(u64) -> f64; 7] = [
            &|k| stream.uniform(k + 1, 0, 0),
            &|k| stream.uniform(k + 32, 0, 0),
            &|k| stream.uniform(k, 1, 0),
            &|k| stream.uniform(k, 2, 0),
            &|k| stream.uniform(k, 0, 1),
            &|k| other.uniform(k, 0, 0),
            &|k| next_seed.uniform(k, 0, 0),
        ];
        for (which, neighbour) in neighbours.iter().enumerate() {
            let pairs: Vec<_> = (0..100_000).map(|k| (stream.uniform(k, 0, 0), neighbour(k))).collect();
            let score = correlation_score(&pairs);
            assert!(score.abs() <= 4.0, "neighbour {which}: {score} standard errors");
        }
    }

    #[test]
    fn some_lanes_are_the_numbers_of_their_replicates() {
        let stream = Stream::new(7, "some");
        let mut all = [0.0; LANES];
        stream.uniforms(640, 3, 1, &mut all);
        for apart in [1, 4, 5, 6, 7, 63] {
            let lanes: Vec<usize> = (0..LANES).step_by(apart).collect();
            let mut some = [0.0; LANES];
            stream.some_uniforms(&lanes, 640, 3, 1, &mut some);
            assert!(lanes.iter().zip(some).all(|(lane, u)| u == all[*lane]), "every {apart}th");
        }
    }
}
