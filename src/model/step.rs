//! One block of replicates, from the start to the end; the order of a step, written once.
//!
//! 1. publish: every process writes the signals of its state
//! 2. evaluate: one program computes variables, rates, gates, indicators
//! 3. record
//! 4. draw and advance: every process reads the signals of step 2 and writes only to itself
//!
//! No process sees what another does within the step, so their order cannot matter.

use super::attacks::AttackState;
use super::board::Board;
use super::posture::{PostureState, follow};
use super::record::{Failure, Mask, Record, lanes};
use super::recorder::Recorder;
use super::shocks::ShockState;
use super::states::ChainState;
use super::stocks::StockState;
use super::tick::{Failed, Tick};
use super::trouble::explain;
use super::{Model, Summarised};
use crate::vm::copula::correlate;
use crate::vm::isa::Isa;
use crate::vm::program::{Program, Registers};
use crate::vm::random::Stream;
use crate::vm::window::Moment;
use crate::vm::{LANES, Row, all_finite};

/// Everything one thread needs to run blocks of a model.
pub struct Workspace<'m> {
    model: &'m Model,
    isa: Isa,
    /// The model's, without signals that this run does not look at.
    program: Program,
    /// `[node]`: somebody reads it; with none given, somebody reads all.
    read: Option<Vec<bool>>,
    registers: Registers,
    quantities: Vec<Stream>,
    posture: PostureState,
    chains: Vec<ChainState>,
    attacks: Vec<AttackState>,
    stocks: Vec<StockState>,
    shocks: Vec<ShockState>,
    recorder: Recorder,
    first: u64,
    alive: Mask,
}

/// Where a block's once-per-replicate quantities come from.
#[derive(Clone, Copy, Debug)]
pub enum Draws<'a> {
    /// The replicates from this one on, a multiple of 64.
    Replicates(u64),
    /// Given uniforms in (0, 1), a row for each of the model's drawn quantities, in their order. They are
    /// independent: correlations are put on them here.
    Uniforms(&'a [Row]),
    /// Every quantity at its median.
    Medians,
}

impl<'m> Workspace<'m> {
    /// Room for one block at a time. `paths` are signals whose every step is kept.
    pub fn new(model: &'m Model, seed: u64, isa: Isa, paths: &[Summarised]) -> Self {
        let needed = || model.needed.iter().copied().chain(paths.iter().map(|s| s.node));
        let program = model.program.only(needed());
        let read = program.reads(needed());
        Self::over(program, Some(read), model, seed, isa, paths)
    }

    /// For every signal, and no paths.
    fn of_all(model: &'m Model, seed: u64, isa: Isa) -> Self {
        Self::over(model.program.clone(), None, model, seed, isa, &[])
    }

    fn over(
        program: Program,
        read: Option<Vec<bool>>,
        model: &'m Model,
        seed: u64,
        isa: Isa,
        paths: &[Summarised],
    ) -> Self {
        let parts = &model.parts;
        let sites = parts.posture.site_ids();
        Self {
            model,
            isa,
            registers: program.registers(f64::from(model.calendar.step_days())),
            program,
            quantities: model.drawn.iter().map(|d| Stream::new(seed, &d.path)).collect(),
            posture: parts.posture.state(read.as_deref()),
            read,
            chains: parts.chains.iter().map(|c| c.state(seed)).collect(),
            attacks: parts.attacks.iter().map(|a| a.state(seed, &sites)).collect(),
            stocks: parts.stocks.iter().map(|s| s.state(seed)).collect(),
            shocks: parts.shocks.iter().map(|s| s.state(seed)).collect(),
            recorder: Recorder::new(model, paths),
            first: 0,
            alive: 0,
        }
    }

    /// Runs the block whose first replicate is `first`, a multiple of 64, counted from 0. Only the
    /// replicates in `wanted` count.
    pub fn run(&mut self, first: u64, wanted: Mask) -> &Record {
        self.run_with(first, wanted, Draws::Replicates(first))
    }

    /// The same with the once-per-replicate quantities from elsewhere; all else is left to the chance of the
    /// replicates from `first` on. Two blocks with one `first` differ by what their quantities do, two with the
    /// same quantities by chance alone.
    pub fn run_with(&mut self, first: u64, wanted: Mask, draws: Draws<'_>) -> &Record {
        self.run_seen(first, wanted, draws, &mut |_, _, _| {})
    }

    /// Shows every node's values at each row of the first block, and which replicates are alive there.
    pub fn visit(model: &'m Model, seed: u64, see: &mut dyn FnMut(usize, Mask, &[Row])) {
        let mut workspace = Self::of_all(model, seed, Isa::widest());
        workspace.run_seen(0, Mask::MAX, Draws::Replicates(0), &mut |row, alive, rows| see(row, alive, rows));
    }

    fn run_seen(
        &mut self,
        first: u64,
        wanted: Mask,
        draws: Draws<'_>,
        see: &mut impl FnMut(usize, Mask, &[Row]),
    ) -> &Record {
        self.first = first;
        self.alive = wanted;
        self.recorder.begin(first);
        self.begin(draws);
        let steps = self.model.calendar.steps();
        for row in 0..=steps {
            let now = self.moment(row);
            self.publish(&now);
            if row == 0 {
                self.count_before_start(&now);
            }
            self.program.run_step(&mut self.registers, self.isa, &now);
            self.stop_unreadable(row);
            self.recorder.note(self.model, &self.registers.rows, &now, self.isa);
            see(row, self.alive, &self.registers.rows);
            if row == steps || self.alive == 0 {
                break;
            }
            self.advance(row, now);
        }
        self.recorder.finish(self.model, &self.attacks, self.alive)
    }

    /// The rows of the start with every quantity at its median: what a scenario is nominally.
    pub fn nominal(model: &'m Model) -> Vec<Row> {
        Self::of_all(model, 0, Isa::BASELINE).start_at_medians()
    }

    /// Signals along the schedule as announced, at the medians of all quantities: every dated phase on its day, and
    /// nothing else ever changes. `[signal][row]`; empty where the start is no posture.
    pub fn announced(model: &'m Model, signals: &[Summarised]) -> Vec<Vec<f64>> {
        let mut workspace = Self::of_all(model, 0, Isa::BASELINE);
        let start = workspace.start_at_medians();
        let (posture, registers) = (&model.parts.posture, &mut workspace.registers);
        let mut paths = vec![Vec::new(); signals.len()];
        follow(posture, &start, model.zero, &model.calendar, |row, plan, state| {
            if row > 0 {
                let rows = &mut registers.rows;
                plan.publish(state, &mut Board { rows, read: None, isa: Isa::BASELINE });
                workspace.program.run_step(registers, Isa::BASELINE, &moment(model, row));
            }
            for (path, signal) in paths.iter_mut().zip(signals) {
                path.push(registers.rows[signal.node.index()][0]);
            }
        });
        paths
    }

    /// Runs to the end of row 0, with every quantity at its median.
    fn start_at_medians(&mut self) -> Vec<Row> {
        self.begin(Draws::Medians);
        let now = self.moment(0);
        self.publish(&now);
        self.count_before_start(&now);
        self.program.run_step(&mut self.registers, Isa::BASELINE, &now);
        self.registers.rows.to_vec()
    }

    fn moment(&self, row: usize) -> Moment {
        moment(self.model, row)
    }

    /// Draws the quantities, computes what depends on them alone, and sets every process to its start.
    fn begin(&mut self, draws: Draws<'_>) {
        self.draw_quantities(draws);
        let now = self.moment(0);
        self.program.run_once(&mut self.registers, self.isa, &now);
        self.check_once();
        let parts = &self.model.parts;
        let rows = &self.registers.rows;
        let mut failed = parts.posture.begin(&mut self.posture, rows);
        for (chain, state) in parts.chains.iter().zip(&mut self.chains) {
            for (lane, sum) in chain.begin(state, rows, self.first) {
                let reason = format!("the initial probabilities sum to {sum}");
                failed.push(Failed { lane, signal: chain.id.clone(), reason });
            }
        }
        for (stock, state) in parts.stocks.iter().zip(&mut self.stocks) {
            stock.begin(state, rows);
        }
        for (shock, state) in parts.shocks.iter().zip(&mut self.shocks) {
            shock.begin(state, rows, self.first);
        }
        self.fail(0, failed);
    }

    fn draw_quantities(&mut self, draws: Draws<'_>) {
        let mut uniforms = vec![[0.5; LANES]; self.model.drawn.len()];
        match draws {
            Draws::Replicates(first) => {
                for (stream, row) in self.quantities.iter().zip(&mut uniforms) {
                    // Once a replicate: no day. Another start date draws the same numbers.
                    stream.uniforms(first, 0, 0, row);
                }
            }
            Draws::Uniforms(given) => uniforms.copy_from_slice(given),
            // Correlations leave medians where they are.
            Draws::Medians => {}
        }
        if !matches!(draws, Draws::Medians) {
            for copula in &self.model.copulas {
                let mut members: Vec<Row> = copula.members.iter().map(|m| uniforms[*m]).collect();
                correlate(&copula.factor, members.len(), &mut members);
                copula.members.iter().zip(members).for_each(|(m, row)| uniforms[*m] = row);
            }
        }
        for (drawn, uniforms) in self.model.drawn.iter().zip(&uniforms) {
            let row = &mut self.registers.rows[drawn.node.index()];
            for lane in 0..LANES {
                row[lane] = drawn.inverse.at(uniforms[lane]);
            }
        }
    }

    /// Values read once that only a replicate can tell to be legal.
    fn check_once(&mut self) {
        let mut failures = Vec::new();
        for check in &self.model.checks {
            for lane in lanes(self.alive) {
                let value = self.registers.rows[check.node.index()][lane];
                let verdict =
                    if value.is_finite() { check.domain.check(value) } else { Err("must be finite") };
                if let Err(rule) = verdict {
                    let expression = self.model.origins.get(&check.node).cloned().unwrap_or_default();
                    let reason = format!("is {value}, and {rule}");
                    failures.push((lane, check.path.clone(), expression, reason));
                }
            }
        }
        for (lane, signal, expression, reason) in failures {
            self.stop(lane, 0, signal, expression, reason);
        }
    }

    /// Row 0 of the counts: expectations of the step that ends at the start.
    fn count_before_start(&mut self, now: &Moment) {
        self.program.run_start(&mut self.registers, self.isa, now);
        for (attack, state) in self.model.parts.attacks.iter().zip(&mut self.attacks) {
            attack.begin(state, &self.registers.rows);
            let (rows, read) = (&mut self.registers.rows, self.read.as_deref());
            attack.publish(state, &mut Board { rows, read, isa: self.isa });
        }
    }

    fn publish(&mut self, now: &Moment) {
        let parts = &self.model.parts;
        let (rows, read) = (&mut self.registers.rows, self.read.as_deref());
        let board = &mut Board { rows, read, isa: self.isa };
        parts.posture.publish(&mut self.posture, board);
        parts.chains.iter().zip(&self.chains).for_each(|(c, state)| c.publish(state, board));
        if now.row > 0 {
            parts.attacks.iter().zip(&self.attacks).for_each(|(a, state)| a.publish(state, board));
        }
        parts.stocks.iter().zip(&self.stocks).for_each(|(s, state)| s.publish(state, board));
        parts.shocks.iter().zip(&self.shocks).for_each(|(s, state)| s.publish(state, board, now.days));
    }

    fn advance(&mut self, row: usize, now: Moment) {
        let mut failed = Vec::new();
        let mut tick = Tick {
            rows: &self.registers.rows,
            day: self.model.calendar.day_number(row),
            first: self.first,
            last: row + 1 == self.model.calendar.steps(),
            isa: self.isa,
            alive: self.alive,
            clamped: &mut self.recorder.record.clamped,
            failed: &mut failed,
            now,
        };
        let parts = &self.model.parts;
        for (chain, state) in parts.chains.iter().zip(&mut self.chains) {
            chain.advance(state, &mut tick);
        }
        for (attack, state) in parts.attacks.iter().zip(&mut self.attacks) {
            attack.advance(state, &mut tick);
        }
        parts.posture.advance(&mut self.posture, &mut tick);
        for (stock, state) in parts.stocks.iter().zip(&mut self.stocks) {
            stock.advance(state, &mut tick);
        }
        for (shock, state) in parts.shocks.iter().zip(&mut self.shocks) {
            shock.advance(state, &mut tick);
        }
        self.fail(row + 1, failed);
    }

    /// Stops every living lane in which a process, an indicator or the record reads a non-number.
    fn stop_unreadable(&mut self, row: usize) {
        // What is settled at the start was seen there.
        let watched = &self.model.watched[if row == 0 { 0 } else { self.model.watched_once }..];
        let rows = &self.registers.rows;
        let all_fine = self.isa.run(
            #[inline(always)]
            || watched.iter().fold(true, |fine, one| fine & all_finite(&rows[one.node.index()])),
        );
        if all_fine {
            return;
        }
        for watched in watched {
            let values = &self.registers.rows[watched.node.index()];
            let bad: Vec<usize> = lanes(self.alive).filter(|lane| !values[*lane].is_finite()).collect();
            for lane in bad {
                let (expression, reason) = explain(self.model, &self.registers.rows, watched.node, lane);
                self.stop(lane, row, watched.path.clone(), expression, reason);
            }
        }
    }

    fn fail(&mut self, row: usize, failed: Vec<Failed>) {
        for Failed { lane, signal, reason } in failed {
            self.stop(lane, row, signal, String::new(), reason);
        }
    }

    /// Takes a lane out and says why; the first reason stands.
    fn stop(&mut self, lane: usize, row: usize, signal: String, expression: String, reason: String) {
        if self.alive >> lane & 1 == 1 {
            self.alive &= !(1 << lane);
            let replicate = self.first + lane as u64;
            self.recorder.record.failures.push(Failure { replicate, row, signal, expression, reason });
        }
    }
}

fn moment(model: &Model, row: usize) -> Moment {
    let calendar = &model.calendar;
    Moment {
        row,
        days: f64::from(calendar.days_at(row)),
        behind: f64::from(calendar.step_days_at(row)),
        ahead: f64::from(calendar.step_days_at((row + 1).min(calendar.steps()))),
        step: f64::from(calendar.step_days()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;

    #[test]
    fn what_is_no_number_at_the_start_stops_there_and_what_becomes_none_stops_then() {
        let text = "schema = 1\nstart = 2024-01-01\nend = 2024-01-09\n[parameters]\np = { uniform = [0, 2] }\n[variables]\n\
            early = \"1 / floor(p)\"\nlate = \"if(after(2024-01-05), 1 / floor(p / 1.5), 0)\"\n";
        let model = Scenario::parse("stops.toml", text).unwrap().compile().unwrap();
        let record = Workspace::new(&model, 1, Isa::widest(), &[]).run(64, Mask::MAX).clone();
        let told = |lane: usize| {
            let own = record.failures.iter().filter(|failure| failure.replicate == 64 + lane as u64);
            own.map(|failure| (failure.row, failure.signal.as_str())).collect::<Vec<_>>()
        };
        for lane in 0..LANES {
            let p = record.drawn[0][lane];
            let truth = if p < 1.0 {
                vec![(0, "early")]
            } else if p < 1.5 {
                vec![(4, "late")]
            } else {
                vec![]
            };
            assert_eq!(told(lane), truth, "{p}");
            assert_eq!(record.alive >> lane & 1 == 1, truth.is_empty(), "{p}");
        }
    }
}
