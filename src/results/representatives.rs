//! Which replicate stands for the others: a memory that does not grow and does not depend on order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::record::{Mask, lanes};
use crate::results::bins::Scale;
use crate::vm::Row;

/// Replicates sorted into bins by one number each; a bin remembers the lowest of its replicates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Representatives {
    bins: BTreeMap<i32, Member>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Member {
    count: u64,
    /// The lowest replicate number of the bin, counted from 0.
    lowest: u64,
}

impl Representatives {
    /// Adds the lanes in `alive`; lane 0 is the replicate `first`.
    pub fn add(&mut self, numbers: &Row, first: u64, alive: Mask) {
        for lane in lanes(alive) {
            self.note(Scale::REAL.bin(numbers[lane]), 1, first + lane as u64);
        }
    }

    /// Adds what another holds.
    pub fn merge(&mut self, other: &Self) {
        for (&bin, member) in &other.bins {
            self.note(bin, member.count, member.lowest);
        }
    }

    /// A replicate (counted from 0) whose number is within a bin of that of the given rank, 1 being
    /// the smallest; `None` when there is no such rank.
    pub fn at_rank(&self, rank: u64) -> Option<u64> {
        let mut below = 0;
        self.bins.values().find_map(|member| {
            below += member.count;
            (rank > 0 && below >= rank).then_some(member.lowest)
        })
    }

    fn note(&mut self, bin: i32, count: u64, replicate: u64) {
        let member = self.bins.entry(bin).or_insert(Member { count: 0, lowest: replicate });
        member.count += count;
        member.lowest = member.lowest.min(replicate);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::LANES;

    #[test]
    fn the_lowest_replicate_of_a_bin_stands_for_it() {
        let numbers: Row = std::array::from_fn(|lane| if lane % 2 == 0 { 10.0 } else { 20.0 });
        let mut early = Representatives::default();
        early.add(&numbers, 0, !0b11);
        let mut late = Representatives::default();
        late.add(&numbers, LANES as u64, Mask::MAX);
        let mut merged = late.clone();
        merged.merge(&early);
        early.merge(&late);
        assert_eq!(merged, early);
        assert_eq!(merged.at_rank(1), Some(2));
        assert_eq!(merged.at_rank(63), Some(2));
        assert_eq!(merged.at_rank(64), Some(3));
        assert_eq!(merged.at_rank(126), Some(3));
        assert_eq!(merged.at_rank(127), None);
        assert_eq!(merged.at_rank(0), None);
    }
}
