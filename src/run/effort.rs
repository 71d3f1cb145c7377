//! What a run and every study can be told beside what they are of.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::vm::isa::Isa;

/// How a model is simulated: how often, from which seed, with what.
#[derive(Clone, Copy)]
pub struct Effort<'a> {
    /// As the scenario says, unless given.
    pub replicates: Option<u64>,
    /// The scenario's, unless given; if it states none, one is drawn.
    pub seed: Option<u64>,
    /// Threads; 0 is one a core.
    pub jobs: usize,
    pub isa: Isa,
    /// Is told how many replicates were just completed.
    pub progress: Option<&'a (dyn Fn(u64) + Sync)>,
    pub stop: Option<&'a AtomicBool>,
}

impl Default for Effort<'_> {
    fn default() -> Self {
        Self { replicates: None, seed: None, jobs: 0, isa: Isa::widest(), progress: None, stop: None }
    }
}

impl Effort<'_> {
    /// The threads.
    ///
    /// # Errors
    /// The system gave none; why.
    pub fn pool(&self) -> Result<rayon::ThreadPool, String> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.jobs).build();
        pool.map_err(|error| error.to_string())
    }

    /// Tells whoever watches.
    pub fn completed(&self, replicates: u64) {
        if let Some(progress) = self.progress {
            progress(replicates);
        }
    }

    /// Whether it was asked to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

/// A seed by chance, short enough to be read out and typed in again.
pub fn any_seed() -> u64 {
    u64::from(rand::random::<u32>())
}

/// The setters of whatever has an `effort`, so that a run and all studies are told the same things in the same words.
macro_rules! effort_setters {
    () => {
        /// The seed of the random numbers: the scenario's, unless given; if it states none, one is drawn.
        pub fn seed(mut self, seed: u64) -> Self {
            self.effort.seed = Some(seed);
            self
        }

        /// How many threads; 0, unless given, is one a core. What is found is the same bytes for any number.
        pub fn jobs(mut self, jobs: usize) -> Self {
            self.effort.jobs = jobs;
            self
        }

        /// Which instructions to use: the widest there are, unless given. What is found is the same bytes for any.
        pub fn isa(mut self, isa: crate::vm::isa::Isa) -> Self {
            self.effort.isa = isa;
            self
        }

        /// Called with the number of replicates that were just completed, from any thread.
        pub fn progress(mut self, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
            self.effort.progress = Some(progress);
            self
        }

        /// Ends with an error that says so, a block later, once this is true.
        pub fn stop_on(mut self, stop: &'a std::sync::atomic::AtomicBool) -> Self {
            self.effort.stop = Some(stop);
            self
        }
    };
}

pub(crate) use effort_setters;
