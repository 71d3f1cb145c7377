//! Blocks of worlds over threads, every scenario in each; in any order, to the same bytes.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::agenda::Agenda;
use super::pairing::ComparisonError;
use super::tally::Tally;
use crate::model::Model;
use crate::model::record::{Mask, Record};
use crate::model::step::Workspace;
use crate::run::Effort;
use crate::vm::LANES;

/// What the threads of a comparison share.
pub struct Crew<'a> {
    pub models: &'a [&'a Model],
    pub agenda: &'a Agenda,
    pub seed: u64,
    pub effort: Effort<'a>,
    pub pool: &'a rayon::ThreadPool,
}

impl Crew<'_> {
    /// Runs so many worlds and tallies them.
    ///
    /// # Errors
    /// It was asked to stop.
    pub fn run(&self, worlds: u64) -> Result<Tally, ComparisonError> {
        let next = AtomicU64::new(0);
        let total = Mutex::new(Tally::new(self.agenda, self.models.len()));
        self.pool.broadcast(|_| {
            let tally = self.work(worlds, &next);
            total.lock().expect("no thread panics while it merges").merge(tally);
        });
        if self.effort.is_stopped() {
            return Err(ComparisonError::Interrupted);
        }
        let mut total = total.into_inner().expect("no thread panics while it merges");
        total.settle();
        Ok(total)
    }

    /// One thread: takes the next block until there is none.
    fn work(&self, worlds: u64, next: &AtomicU64) -> Tally {
        let models = self.models.iter();
        let mut workspaces: Vec<Workspace<'_>> =
            models.map(|model| Workspace::new(model, self.seed, self.effort.isa, &[])).collect();
        let mut tally = Tally::new(self.agenda, self.models.len());
        loop {
            let first = next.fetch_add(1, Ordering::Relaxed) * LANES as u64;
            if first >= worlds || self.effort.is_stopped() {
                return tally;
            }
            let wanted = wanted(worlds - first);
            let mut records: Vec<&Record> = Vec::with_capacity(workspaces.len());
            for workspace in &mut workspaces {
                records.push(workspace.run(first, wanted));
                self.effort.completed(wanted.count_ones().into());
            }
            tally.add(self.agenda, wanted, &records);
        }
    }
}

/// The first lanes of a block, if fewer worlds are left than it has.
fn wanted(left: u64) -> Mask {
    if left >= LANES as u64 { Mask::MAX } else { (1 << left) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_block_may_be_short() {
        assert_eq!([1, 63, 64, 1000].map(wanted), [1, Mask::MAX >> 1, Mask::MAX, Mask::MAX]);
    }
}
