//! Blocks whose quantile bins are still to be counted.
//!
//! The counts of all cells are more than a processor's caches hold, and a block hits a few dozen places of each. So
//! the bins of several blocks wait here, and are counted together: every cell is fetched once for all of them.

use crate::model::record::{Mask, Record};
use crate::results::cell::Tile;
use crate::results::legend::Legend;
use crate::results::tally::{Place, Tally, places};
use crate::vm::isa::Isa;

/// Blocks that wait at most.
const MOST_BLOCKS: usize = 16;
/// Bytes that they may take, unless one takes more.
const ROOM: usize = 24 << 20;

/// What one thread has still to count.
pub struct Backlog {
    isa: Isa,
    places: Vec<Place>,
    most_blocks: usize,
    /// Of each block that waits, one for each place.
    tiles: Vec<Tile>,
}

impl Backlog {
    /// Nothing to count, of a run of this legend.
    pub fn new(legend: &Legend, isa: Isa) -> Self {
        let places = places(legend);
        let room = ROOM / size_of::<Tile>() / places.len().max(1);
        let most_blocks = room.clamp(1, MOST_BLOCKS);
        Self { isa, tiles: Vec::with_capacity(most_blocks * places.len()), places, most_blocks }
    }

    /// Adds one block to the tally, but for the bins that wait.
    pub fn add(&mut self, tally: &mut Tally, legend: &Legend, record: &Record) {
        tally.add_all_but_values(legend, record);
        if record.alive != Mask::MAX {
            return tally.add_values(&self.places, record);
        }
        let Self { isa, places, tiles, .. } = self;
        isa.run(
            #[inline(always)]
            || {
                for place in places {
                    let cell = &mut tally.values[place.cell];
                    tiles.push(cell.note(&record.values[place.row], &place.scale));
                }
            },
        );
        if self.tiles.len() >= self.most_blocks * self.places.len() {
            self.settle(tally);
        }
    }

    /// Counts what waits.
    pub fn settle(&mut self, tally: &mut Tally) {
        let blocks = || self.tiles.chunks(self.places.len().max(1));
        for (at, place) in self.places.iter().enumerate() {
            tally.values[place.cell].count(blocks().map(|block| &block[at]));
        }
        self.tiles.clear();
    }
}
