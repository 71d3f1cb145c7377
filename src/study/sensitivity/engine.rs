//! Blocks of histories for a design, over threads, in order.

use std::sync::atomic::{AtomicU64, Ordering};

use super::SensitivityError;
use crate::model::Model;
use crate::model::record::Mask;
use crate::model::step::{Draws, Workspace};
use crate::run::Effort;
use crate::study::Target;
use crate::vm::{LANES, Row};

/// Replicates whose chance no plain run has: those from here on.
pub const OTHER_CHANCE: u64 = 1 << 40;

/// What the threads of a study share.
pub struct Crew<'a> {
    pub model: &'a Model,
    pub targets: &'a [Target],
    pub seed: u64,
    pub effort: Effort<'a>,
    pub pool: &'a rayon::ThreadPool,
}

/// What one block of 64 histories came to.
#[derive(Clone, Debug)]
pub struct Block {
    /// Histories that were wanted and ran to the end.
    pub alive: Mask,
    /// `[target]`.
    pub outputs: Vec<Row>,
    /// `[target]`: histories whose date lies after the end.
    pub censored: Vec<Mask>,
    /// `[quantity]`: the values drawn; nothing if they were given.
    pub drawn: Vec<Row>,
}

/// One block to be run.
pub struct Job {
    /// The replicates whose chance it meets begin here.
    pub chance: u64,
    pub wanted: Mask,
    pub quantities: Quantities,
}

/// Where a block's quantities come from.
pub enum Quantities {
    /// Those of the replicates from this one on.
    OfReplicates(u64),
    /// Given uniforms, a row for each quantity.
    Uniforms(Vec<Row>),
}

impl Job {
    /// A block of the plain run.
    pub fn plain(first: u64, upto: u64) -> Self {
        Self { chance: first, wanted: wanted(first, upto), quantities: Quantities::OfReplicates(first) }
    }

    /// The same quantities under another chance.
    pub fn with_other_chance(self) -> Self {
        Self { chance: self.chance + OTHER_CHANCE, ..self }
    }
}

impl Crew<'_> {
    /// Runs jobs, each made from its number when its turn comes; the blocks are in the order of jobs.
    ///
    /// # Errors
    /// It was asked to stop.
    pub fn run(&self, jobs: u64, job: impl Fn(u64) -> Job + Sync) -> Result<Vec<Block>, SensitivityError> {
        let next = AtomicU64::new(0);
        let work = |_: rayon::BroadcastContext<'_>| {
            let mut workspace = Workspace::new(self.model, self.seed, self.effort.isa, &[]);
            let mut found = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= jobs || self.effort.is_stopped() {
                    return found;
                }
                found.push((number, self.block(&mut workspace, &job(number))));
            }
        };
        let mut found: Vec<(u64, Block)> = self.pool.broadcast(work).into_iter().flatten().collect();
        if self.effort.is_stopped() {
            return Err(SensitivityError::Interrupted);
        }
        found.sort_unstable_by_key(|(number, _)| *number);
        Ok(found.into_iter().map(|(_, block)| block).collect())
    }

    fn block(&self, workspace: &mut Workspace<'_>, job: &Job) -> Block {
        let (draws, are_new) = match &job.quantities {
            Quantities::OfReplicates(first) => (Draws::Replicates(*first), *first == job.chance),
            Quantities::Uniforms(rows) => (Draws::Uniforms(rows), false),
        };
        let record = workspace.run_with(job.chance, job.wanted, draws);
        self.effort.completed(job.wanted.count_ones().into());
        Block {
            alive: record.alive,
            outputs: self.targets.iter().map(|target| target.values(record)).collect(),
            censored: self.targets.iter().map(|target| target.censored(record)).collect(),
            drawn: if are_new { record.drawn.clone() } else { Vec::new() },
        }
    }
}

/// Lanes of the block from `first` on that lie below `upto`.
pub fn wanted(first: u64, upto: u64) -> Mask {
    (0..LANES as u64).filter(|lane| first + lane < upto).fold(0, |mask, lane| mask | 1 << lane)
}
