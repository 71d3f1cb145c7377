//! Parts of a run that other machines can take.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::vm::LANES;

/// One of several parts of a run, written `2/4`. Parts are cut at tiles of 64 replicates, so that together they
/// give the bytes of the whole.
///
/// ```
/// use drawdown::run::Shard;
///
/// let second: Shard = "2/4".parse()?;
/// assert_eq!(second.replicates(1000), 256..512);
/// assert!("5/4".parse::<Shard>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Counted from 1.
    pub number: u64,
    /// How many there are.
    pub of: u64,
}

/// A text is no shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoShard(String);

impl Shard {
    /// The replicates of this part, counted from 0, of so many; empty where there are fewer tiles than parts.
    pub fn replicates(self, all: u64) -> Range<u64> {
        let tiles = self.share(all.div_ceil(LANES as u64));
        (tiles.start * LANES as u64).min(all)..(tiles.end * LANES as u64).min(all)
    }

    /// Its part of so many things, counted from 0.
    pub fn share(self, all: u64) -> Range<u64> {
        let cut = |parts: u64| (u128::from(all) * u128::from(parts) / u128::from(self.of)) as u64;
        cut(self.number - 1)..cut(self.number)
    }

    /// How many replicates that is.
    pub fn size(self, all: u64) -> u64 {
        let range = self.replicates(all);
        range.end - range.start
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let read = || {
            let (number, of) = text.split_once('/')?;
            Some(Self { number: number.trim().parse().ok()?, of: of.trim().parse().ok()? })
        };
        read().filter(|shard| (1..=shard.of).contains(&shard.number)).ok_or_else(|| NoShard(text.to_owned()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.number, self.of)
    }
}

impl fmt::Display for NoShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no part of a whole: write 1/4 for the first of four", self.0)
    }
}

impl std::error::Error for NoShard {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_whole_tiles_that_make_the_whole() {
        for all in [1, 63, 64, 65, 1000, 10_000, 4_000_000_000] {
            for of in [1, 2, 3, 7, 64, 1000] {
                let mut next = 0;
                for number in 1..=of {
                    let range = Shard { number, of }.replicates(all);
                    assert_eq!(range.start, next);
                    assert!(range.start.is_multiple_of(64) || range.is_empty());
                    next = range.end;
                }
                assert_eq!(next, all);
            }
        }
    }

    #[test]
    fn a_shard_has_its_tiles() {
        // 200 replicates are three tiles and a bit.
        let sizes = [1, 2, 3].map(|number| Shard { number, of: 3 }.size(200));
        assert_eq!(sizes, [64, 64, 72]);
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["", "1", "0/3", "4/3", "a/b", "1/0", "-1/2", "1/2/3"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
