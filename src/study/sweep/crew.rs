//! One pool of work over points and blocks: each thread takes the next batch of blocks, whichever point it
//! belongs to. A point's model is unpacked when its first batch is taken; once the last is done its tally
//! becomes its outcome, which is kept elsewhere, but for a summary. So at most as many points are in memory as
//! there are threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::outcome::{BATCHES, Batch, Outcome, Target, places};
use super::outcomes::{Outcomes, Summary};
use crate::model::Model;
use crate::model::record::Mask;
use crate::model::step::Workspace;
use crate::results::{Legend, Tally};
use crate::run::Effort;
use crate::vm::LANES;

/// What the threads of a sweep share.
pub struct Crew<'a> {
    /// The model of a point.
    pub model: &'a (dyn Fn(usize) -> Model + Sync),
    pub targets: &'a [Target],
    pub replicates: u64,
    pub seed: u64,
    pub effort: Effort<'a>,
}

/// A point that is being run.
struct Active {
    model: Model,
    legend: Legend,
    places: Vec<Option<usize>>,
    sums: Mutex<Sums>,
}

struct Sums {
    tally: Tally,
    batches: Vec<Batch>,
    /// Batches not yet done.
    left: usize,
}

/// The work to be shared out, and what has become of it.
struct Shop<'a, 's> {
    crew: &'a Crew<'a>,
    points: &'a [usize],
    batches: usize,
    next: AtomicU64,
    active: Mutex<BTreeMap<usize, Arc<OnceLock<Active>>>>,
    done: Mutex<Done<'s>>,
}

/// The points that are finished, in no order.
struct Done<'s> {
    summaries: BTreeMap<usize, Summary>,
    outcomes: &'s mut dyn Outcomes,
}

impl Crew<'_> {
    /// Runs these points and keeps their outcomes; what was not finished when it was asked to stop is missing.
    pub fn run(
        &self,
        points: &[usize],
        pool: &rayon::ThreadPool,
        outcomes: &mut dyn Outcomes,
    ) -> BTreeMap<usize, Summary> {
        let blocks = self.replicates.div_ceil(LANES as u64);
        let batches = blocks.div_ceil(blocks.div_ceil(BATCHES as u64)) as usize;
        let shop = Shop {
            crew: self,
            points,
            batches,
            next: AtomicU64::new(0),
            active: Mutex::default(),
            done: Mutex::new(Done { summaries: BTreeMap::new(), outcomes }),
        };
        pool.scope(|scope| {
            for _ in 0..pool.current_num_threads() {
                scope.spawn(|_| shop.work());
            }
        });
        shop.done.into_inner().expect("no thread panics while it holds this").summaries
    }
}

impl Shop<'_, '_> {
    /// The next batch: its point and its number.
    fn take(&self) -> Option<(usize, usize)> {
        let next = self.next.fetch_add(1, Ordering::Relaxed) as usize;
        let point = self.points.get(next / self.batches)?;
        (!self.crew.effort.is_stopped()).then_some((*point, next % self.batches))
    }

    /// One thread: takes the next batch until there is none.
    fn work(&self) {
        let mut taken = self.take();
        while let Some((point, batch)) = taken {
            let slot = {
                let mut active = self.active.lock().expect("no thread panics while it holds this");
                Arc::clone(active.entry(point).or_default())
            };
            let active = slot.get_or_init(|| Active::new((self.crew.model)(point), self.batches));
            taken = self.work_at(active, point, batch);
        }
    }

    /// Works at a point for as long as the batches taken are its own; returns the first that is not.
    fn work_at(&self, active: &Active, point: usize, first: usize) -> Option<(usize, usize)> {
        let crew = self.crew;
        let mut workspace = Workspace::new(&active.model, crew.seed, crew.effort.isa, &[]);
        let mut tally = Tally::new(&active.legend);
        let mut batches = Vec::new();
        let mut taken = Some((point, first));
        while let Some((_, number)) = taken.filter(|(at, _)| *at == point) {
            match self.run_batch(active, number, &mut workspace, &mut tally) {
                Some(batch) => batches.push((number, batch)),
                None => return None,
            }
            taken = self.take();
        }
        if active.add(tally, batches) {
            self.finish(active, point);
        }
        taken
    }

    /// Runs the blocks of a batch in their order, so that its sums are the same whoever runs it; `None` when
    /// it was asked to stop.
    fn run_batch(
        &self,
        active: &Active,
        number: usize,
        workspace: &mut Workspace<'_>,
        tally: &mut Tally,
    ) -> Option<Batch> {
        let replicates = self.crew.replicates;
        let blocks = replicates.div_ceil(LANES as u64);
        let size = blocks.div_ceil(BATCHES as u64);
        let mut batch = Batch::default();
        for block in number as u64 * size..((number as u64 + 1) * size).min(blocks) {
            if self.crew.effort.is_stopped() {
                return None;
            }
            let first = block * LANES as u64;
            let lanes = (replicates - first).min(LANES as u64);
            let record = workspace.run(first, Mask::MAX >> (LANES as u64 - lanes));
            tally.add(&active.legend, record);
            batch.add(&active.legend, record, &active.places);
            self.crew.effort.completed(lanes);
        }
        Some(batch)
    }

    /// Turns the tally of a point into its outcome and forgets the point.
    fn finish(&self, active: &Active, point: usize) {
        let (tally, batches) = {
            let mut sums = active.sums.lock().expect("no thread panics while it holds this");
            (
                std::mem::replace(&mut sums.tally, Tally::new(&active.legend)),
                std::mem::take(&mut sums.batches),
            )
        };
        let outcome = Outcome::new(self.crew.targets, &active.legend, tally, self.crew.seed, batches);
        self.active.lock().expect("no thread panics while it holds this").remove(&point);
        let mut done = self.done.lock().expect("no thread panics while it holds this");
        done.summaries.insert(point, Summary::new(self.crew.targets, &outcome));
        done.outcomes.keep(point, outcome);
    }
}

impl Active {
    fn new(model: Model, batches: usize) -> Self {
        let legend = Legend::of(&model, &[]);
        let sums =
            Sums { tally: Tally::new(&legend), batches: vec![Batch::default(); batches], left: batches };
        Self { places: places(&legend), legend, model, sums: Mutex::new(sums) }
    }

    /// Adds what a thread did; whether that was the last of it.
    fn add(&self, tally: Tally, batches: Vec<(usize, Batch)>) -> bool {
        let mut sums = self.sums.lock().expect("no thread panics while it holds this");
        sums.tally.merge(tally);
        sums.left -= batches.len();
        for (number, batch) in batches {
            sums.batches[number] = batch;
        }
        sums.left == 0
    }
}
