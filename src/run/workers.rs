//! Threads that take blocks as they come, and one place where the blocks are put back in order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::Effort;
use crate::model::record::{IndicatorRecord, Mask, Record};
use crate::model::step::Workspace;
use crate::model::{Model, Summarised};
use crate::results::backlog::Backlog;
use crate::results::legend::Legend;
use crate::results::tally::Tally;
use crate::vm::LANES;

/// What the threads of a run share.
pub struct Crew<'a> {
    pub model: &'a Model,
    pub legend: &'a Legend,
    pub seed: u64,
    pub effort: Effort<'a>,
    pub followed: &'a [Summarised],
    pub pool: &'a rayon::ThreadPool,
    /// As to stop, but the run will go on.
    pub pause: Option<&'a AtomicBool>,
}

/// Is shown every block, in order.
pub type Sink<'a, 'e> = &'a mut (dyn FnMut(&Legend, &Record) + 'e);

/// Blocks, a thread, that may be under way or wait to be put in order: when one thread is held up, the
/// others must not fill the memory.
const UNDER_WAY: usize = 8;

/// Where a thread hands in its blocks.
#[derive(Clone)]
struct Queue {
    /// One for each block under way.
    permits: SyncSender<()>,
    /// `None` when a block is lost.
    records: Sender<Option<Record>>,
}

impl Drop for Queue {
    /// A block lost in a panic would be waited for by all.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.records.send(None);
        }
    }
}

impl Crew<'_> {
    /// Runs replicates and adds them to what is tallied; `each` is shown every block in order. Stopped or paused, it
    /// finishes the blocks that are under way, which leaves no gap: all replicates up to the one that comes back are done.
    pub fn run<'e>(
        &self,
        replicates: Range<u64>,
        tallied: Tally,
        each: Option<Sink<'_, 'e>>,
    ) -> (Tally, u64) {
        let threads = self.pool.current_num_threads();
        // One thread goes on with it: a tally beside those of the threads would take as much memory as one of them.
        let tallied = Mutex::new(Some(tallied));
        let next = AtomicU64::new(replicates.start / LANES as u64);
        let total = Mutex::new(Tally::new(self.legend));
        let (permits, permitted) = sync_channel(UNDER_WAY * threads);
        let (records, handed_in) = channel();
        let queue = each.is_some().then_some(Queue { permits, records });
        self.pool.in_place_scope(|scope| {
            for _ in 0..threads {
                let (queue, replicates) = (queue.clone(), replicates.clone());
                let (next, tallied, total) = (&next, &tallied, &total);
                scope.spawn(move |_| {
                    let tallied = tallied.lock().expect("no thread panics while it takes").take();
                    let tally = tallied.unwrap_or_else(|| Tally::new(self.legend));
                    let tally = self.work(&replicates, tally, next, queue.as_ref());
                    total.lock().expect("no thread panics while it merges").merge(tally);
                });
            }
            drop(queue);
            if let Some(each) = each {
                self.in_order(replicates.start / LANES as u64, handed_in, permitted, each);
            }
        });
        let upto = (next.into_inner() * LANES as u64).min(replicates.end);
        (total.into_inner().expect("no thread panics while it merges"), upto)
    }

    /// Whether it was asked to pause.
    pub fn is_paused(&self) -> bool {
        is_set(self.pause)
    }

    /// One thread: takes the next block until there is none.
    fn work(
        &self,
        replicates: &Range<u64>,
        mut tally: Tally,
        next: &AtomicU64,
        queue: Option<&Queue>,
    ) -> Tally {
        let mut backlog = Backlog::new(self.legend, self.effort.isa);
        self.take_blocks(replicates, next, queue, &mut |record| backlog.add(&mut tally, self.legend, record));
        backlog.settle(&mut tally);
        tally
    }

    /// Runs blocks until there are no more, or nobody wants them.
    fn take_blocks(
        &self,
        replicates: &Range<u64>,
        next: &AtomicU64,
        queue: Option<&Queue>,
        count: &mut dyn FnMut(&Record),
    ) {
        let mut workspace = Workspace::new(self.model, self.seed, self.effort.isa, self.followed);
        loop {
            // Before a block is taken: every block that is taken is handed in.
            if queue.is_some_and(|queue| queue.permits.send(()).is_err())
                || self.effort.is_stopped()
                || self.is_paused()
            {
                return;
            }
            let first = next.fetch_add(1, Ordering::Relaxed) * LANES as u64;
            if first >= replicates.end {
                return;
            }
            let wanted = wanted(first, replicates);
            let record = workspace.run(first, wanted);
            count(record);
            self.effort.completed(wanted.count_ones().into());
            if queue.is_some_and(|queue| queue.records.send(Some(single(record))).is_err()) {
                return;
            }
        }
    }

    /// Takes the receivers, so that a panic in `each` lets the threads go.
    fn in_order(
        &self,
        first: u64,
        handed_in: Receiver<Option<Record>>,
        permitted: Receiver<()>,
        each: &mut dyn FnMut(&Legend, &Record),
    ) {
        let mut early = BTreeMap::new();
        let mut next = first;
        while let Ok(Some(record)) = handed_in.recv() {
            early.insert(record.first / LANES as u64, record);
            while let Some(record) = early.remove(&next) {
                each(self.legend, &record);
                next += 1;
                let _ = permitted.try_recv();
            }
        }
    }
}

fn is_set(flag: Option<&AtomicBool>) -> bool {
    flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// What of a record belongs to single replicates.
fn single(record: &Record) -> Record {
    Record {
        first: record.first,
        alive: record.alive,
        values: Vec::new(),
        flags: record.flags.clone(),
        at_end: record.at_end.clone(),
        indicators: record.indicators.iter().map(in_sum).collect(),
        milestones: record.milestones.clone(),
        milestones_at_date: Vec::new(),
        phases_done: record.phases_done.clone(),
        phases_cancelled: record.phases_cancelled.clone(),
        sites_closed: record.sites_closed.clone(),
        site_losses: record.site_losses.clone(),
        drawn: record.drawn.clone(),
        paths: record.paths.clone(),
        failures: record.failures.clone(),
        clamped: Vec::new(),
    }
}

/// What an indicator comes to in each replicate, without its rows.
fn in_sum(indicator: &IndicatorRecord) -> IndicatorRecord {
    IndicatorRecord {
        now: Default::default(),
        ever: Default::default(),
        days: Default::default(),
        mean: indicator.mean,
        peak: indicator.peak,
    }
}

/// Lanes of the block from `first` on that belong to the replicates asked for.
fn wanted(first: u64, replicates: &Range<u64>) -> Mask {
    let lanes = (0..LANES as u64).filter(|lane| replicates.contains(&(first + lane)));
    lanes.fold(0, |mask, lane| mask | 1 << lane)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;
    use crate::run::{Halfway, Run, RunError};

    #[test]
    fn only_the_replicates_asked_for_count() {
        assert_eq!(wanted(0, &(0..64)), u64::MAX);
        assert_eq!(wanted(64, &(0..67)), 0b111);
        assert_eq!(wanted(64, &(65..66)), 0b10);
    }

    #[test]
    fn the_others_wait_for_a_thread_that_is_held_up() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-03\nseed = 1\n";
        let model = Scenario::parse("short.toml", text).unwrap().compile().unwrap();
        let done = AtomicU64::new(0);
        let hold_up_the_first = |replicates| {
            if done.fetch_add(replicates, Ordering::Relaxed) == 0 {
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        };
        let mut shown = 0;
        let mut each = |_: &Legend, _: &Record| {
            let ahead = (done.load(Ordering::Relaxed) - shown) / LANES as u64;
            assert!(ahead <= 2 * UNDER_WAY as u64, "{ahead} blocks wait to be shown");
            shown += LANES as u64;
        };
        let run = Run::new(&model).replicates(100_032).jobs(2);
        run.progress(&hold_up_the_first).each(&mut each).start().unwrap();
        assert_eq!(shown, 100_032);
    }

    fn short() -> Model {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-03\nseed = 1\n";
        Scenario::parse("short.toml", text).unwrap().compile().unwrap()
    }

    #[test]
    fn a_run_pauses_and_stops_at_the_end_of_a_block() {
        let (model, done) = (short(), AtomicU64::new(0));
        let (stop, pause) = (AtomicBool::new(false), AtomicBool::new(false));
        let ask = |replicates| match done.fetch_add(replicates, Ordering::Relaxed) + replicates {
            128 => pause.store(true, Ordering::Relaxed),
            320 => stop.store(true, Ordering::Relaxed),
            _ => {}
        };
        let mut kept = Vec::new();
        let mut keep = |halfway: &Halfway| kept.push(halfway.upto);
        let run = Run::new(&model).replicates(6_400).jobs(1).progress(&ask).stop_on(&stop);
        let ended = run.checkpoint(&pause, &mut keep).start();
        assert!(matches!(ended, Err(RunError::Interrupted)));
        assert_eq!(kept, [128, 320]);
    }

    #[test]
    fn nobody_waits_for_a_block_lost_in_a_panic() {
        let (model, done) = (short(), AtomicU64::new(0));
        let lose_the_first = |replicates| {
            assert!(done.fetch_add(replicates, Ordering::Relaxed) > 0, "the first block is lost");
        };
        let mut each = |_: &Legend, _: &Record| {};
        let run = Run::new(&model).replicates(100_032).jobs(2).progress(&lose_the_first).each(&mut each);
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run.start())).is_err());
    }
}
