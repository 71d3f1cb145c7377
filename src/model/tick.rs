//! What every process is handed at a step: the signals at its start, the time, and where to note trouble.

use super::record::{Mask, lanes, mask};
use crate::vm::graph::Node;
use crate::vm::isa::Isa;
use crate::vm::window::Moment;
use crate::vm::{Row, all_finite};

/// One step of one block. Processes read the rows of its start and write only to themselves.
pub struct Tick<'a> {
    pub rows: &'a [Row],
    pub now: Moment,
    /// The calendar day of the step's start: the random numbers' address in time.
    pub day: i64,
    /// The replicate in lane 0.
    pub first: u64,
    /// Whether this is the last step, which may be shorter.
    pub last: bool,
    pub isa: Isa,
    /// Lanes that count.
    pub alive: Mask,
    pub clamped: &'a mut [u64],
    pub failed: &'a mut Vec<Failed>,
}

/// A lane that cannot go on.
#[derive(Clone, Debug)]
pub struct Failed {
    pub lane: usize,
    /// The process or key.
    pub signal: String,
    pub reason: String,
}

impl<'a> Tick<'a> {
    /// The row of a node.
    pub fn row(&self, node: Node) -> &'a Row {
        &self.rows[node.index()]
    }

    /// Days in the step.
    pub fn step_days(&self) -> f64 {
        self.now.ahead
    }

    /// 0 for a whole step, 1 for the last: the index of what depends on a step's length.
    pub fn span(&self) -> usize {
        usize::from(self.last)
    }

    /// Counts the negative rates among these, which are held to 0.
    pub fn count_negative(&mut self, clamp: usize, rates: impl IntoIterator<Item = Node>) {
        for node in rates {
            let rate = &self.rows[node.index()];
            let negative = self.isa.run(
                #[inline(always)]
                || mask(|lane| rate[lane] < 0.0),
            );
            self.count_clamped(clamp, negative);
        }
    }

    /// Counts lanes that were held to a limit.
    pub fn count_clamped(&mut self, clamp: usize, lanes: Mask) {
        self.clamped[clamp] += u64::from((lanes & self.alive).count_ones());
    }

    /// Fails every living lane whose value is not a number.
    pub fn demand_numbers(&mut self, values: &Row, signal: impl Fn() -> String, reason: &str) {
        let all_fine = self.isa.run(
            #[inline(always)]
            || all_finite(values),
        );
        if all_fine {
            return;
        }
        for lane in lanes(self.alive) {
            if !values[lane].is_finite() {
                self.failed.push(Failed { lane, signal: signal(), reason: reason.to_owned() });
            }
        }
    }
}

/// A rate, held to 0 where it is negative.
#[inline(always)]
pub fn not_negative(rate: f64) -> f64 {
    if rate < 0.0 { 0.0 } else { rate }
}

#[cfg(test)]
mod tests {
    use crate::model::record::Record;
    use crate::model::scenario::Scenario;
    use crate::model::step::Workspace;
    use crate::vm::isa::Isa;

    /// Three days of the first and the third of a block.
    fn two_histories(processes: &str) -> Record {
        let text = format!("schema = 1\nstart = 2024-01-01\nend = 2024-01-04\n{processes}");
        let model = Scenario::parse("tick.toml", &text).unwrap().compile().unwrap();
        Workspace::new(&model, 1, Isa::widest(), &[]).run(0, 0b101).clone()
    }

    #[test]
    fn what_cannot_be_drawn_stops_the_histories_that_count() {
        let record = two_histories("[attacks.a]\nper_month = 1e300\nbefore = 1\n");
        let told: Vec<_> = record.failures.iter().map(|f| (f.replicate, f.row, f.signal.as_str())).collect();
        assert_eq!(told, [(0, 1, "a.attacks"), (2, 1, "a.attacks")]);
        assert_eq!(record.failures[0].reason, "more attacks in a step than can be drawn");
        assert_eq!(record.alive, 0);
    }

    #[test]
    fn only_histories_that_count_are_held_to_limits() {
        let record = two_histories("[stocks.s]\ninitial = 0\nchange_per_year = -365.25\nmin = 0\n");
        assert_eq!(record.clamped.iter().sum::<u64>(), 2 * 3);
    }

    #[test]
    fn what_stands_at_a_limit_is_not_held_to_it() {
        let record = two_histories(
            "[stocks.s]\ninitial = 0\nmin = 0\n[stocks.t]\ninitial = 2\nmax = 2\n[attacks.a]\nper_month = 0\n\
             [shocks.w]\nper_year = 0\n[states.c]\ninitial = \"x\"\nrates.x.y = 0\n",
        );
        assert_eq!(record.clamped, vec![0; record.clamped.len()]);
    }
}
