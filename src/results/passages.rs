//! First passages: how many replicates reached something first at each row.

use serde::{Deserialize, Serialize};

use crate::model::record::{Mask, NEVER, lanes};
use crate::vm::LANES;

/// A histogram of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passages {
    /// Replicates looked at, those that never arrived included.
    pub among: u64,
    /// `[row]`: first passages at it.
    pub by_row: Vec<u64>,
}

impl Passages {
    /// None yet, for a calendar with this many rows (row 0 included).
    pub fn new(rows: usize) -> Self {
        Self { among: 0, by_row: vec![0; rows] }
    }

    /// Adds the first passages of the lanes in `among`.
    pub fn add(&mut self, rows: &[u32; LANES], among: Mask) {
        self.among += u64::from(among.count_ones());
        for lane in lanes(among) {
            if rows[lane] != NEVER {
                self.by_row[rows[lane] as usize] += 1;
            }
        }
    }

    /// Adds what another histogram holds.
    pub fn merge(&mut self, other: &Self) {
        self.among += other.among;
        add_each(&mut self.by_row, &other.by_row);
    }

    /// How many had arrived by a row, that row included.
    pub fn arrived(&self, row: usize) -> u64 {
        self.by_row.iter().take(row + 1).sum()
    }

    /// The row of the `rank`-th arrival, 1 being the first; `None` if fewer arrived.
    pub fn row_at_rank(&self, rank: u64) -> Option<usize> {
        let mut arrived = 0;
        self.by_row.iter().position(|&count| {
            arrived += count;
            arrived >= rank
        })
    }
}

/// Adds counts one by one.
pub(super) fn add_each(mine: &mut [u64], its: &[u64]) {
    for (mine, its) in mine.iter_mut().zip(its) {
        *mine += its;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lanes_asked_for_are_counted() {
        let mut rows = [NEVER; LANES];
        (rows[0], rows[1], rows[2], rows[5]) = (3, 1, 3, 0);
        let mut passages = Passages::new(4);
        passages.add(&rows, 0b1111);
        assert_eq!(passages, Passages { among: 4, by_row: vec![0, 1, 0, 2] });
        assert_eq!((passages.arrived(0), passages.arrived(2), passages.arrived(3)), (0, 1, 3));
        assert_eq!(passages.row_at_rank(1), Some(1));
        assert_eq!(passages.row_at_rank(3), Some(3));
        assert_eq!(passages.row_at_rank(4), None);
    }
}
