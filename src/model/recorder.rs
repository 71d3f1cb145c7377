//! Filling a block's record as it runs.

use super::attacks::AttackState;
use super::indicators::Watch;
use super::milestones::note_first;
use super::record::{IndicatorRecord, Mask, NEVER, Record, holds};
use super::signals::Kind;
use super::{Model, Summarised};
use crate::vm::graph::Node;
use crate::vm::isa::Isa;
use crate::vm::window::Moment;
use crate::vm::{LANES, Row};

const ZERO: Row = [0.0; LANES];

/// A record in the making.
pub struct Recorder {
    pub record: Record,
    values: Vec<Value>,
    flags: Vec<Node>,
    watches: Vec<Watch>,
    /// Lanes in which each site has had people.
    manned: Vec<Mask>,
    passed: Passed,
    paths: Vec<Node>,
    /// The next reported row, and its place among them.
    next: usize,
}

/// Lanes in which each first passage has been.
struct Passed {
    milestones: Vec<Mask>,
    phases_done: Vec<Mask>,
    phases_cancelled: Vec<Mask>,
    sites_closed: Vec<Mask>,
}

/// A value signal, and what it counted since the last reported row and since the start.
struct Value {
    node: Node,
    count: bool,
    once: bool,
    since_report: Row,
    total: Row,
}

impl Recorder {
    /// Room for one block.
    pub fn new(model: &Model, paths: &[Summarised]) -> Self {
        let is_flag = |s: &&Summarised| matches!(s.kind, Kind::Flag | Kind::Event);
        let values: Vec<Value> = model
            .signals
            .iter()
            .filter(|s| !is_flag(s))
            .map(|s| Value {
                node: s.node,
                count: s.kind == Kind::Count,
                once: s.once,
                since_report: ZERO,
                total: ZERO,
            })
            .collect();
        let flags: Vec<Node> = model.signals.iter().filter(is_flag).map(|s| s.node).collect();
        let parts = &model.parts;
        let (rows, reported) = (model.calendar.steps() + 1, model.report.len());
        let never = [NEVER; LANES];
        let indicator = || IndicatorRecord {
            now: [vec![0; reported], vec![0; reported]],
            ever: [vec![0; reported], vec![0; reported]],
            days: [vec![[0; LANES]; reported], vec![[0; LANES]; reported]],
            mean: ZERO,
            peak: ZERO,
        };
        let record = Record {
            values: vec![ZERO; reported * values.len()],
            flags: vec![0; reported * flags.len()],
            at_end: vec![ZERO; values.len()],
            indicators: parts.indicators.iter().map(|_| indicator()).collect(),
            milestones: vec![never; parts.milestones.len()],
            milestones_at_date: vec![0; parts.milestones.len()],
            phases_done: vec![never; parts.posture.phases.len()],
            phases_cancelled: vec![never; parts.posture.phases.len()],
            sites_closed: vec![never; parts.posture.sites.len()],
            site_losses: vec![[ZERO; 3]; parts.posture.sites.len()],
            drawn: vec![ZERO; model.drawn.len()],
            paths: vec![ZERO; rows * paths.len()],
            clamped: vec![0; model.clamps.len()],
            ..Record::default()
        };
        Self {
            record,
            values,
            flags,
            watches: parts.indicators.iter().map(super::indicators::Indicator::watch).collect(),
            manned: vec![0; parts.posture.sites.len()],
            passed: Passed {
                milestones: vec![0; parts.milestones.len()],
                phases_done: vec![0; parts.posture.phases.len()],
                phases_cancelled: vec![0; parts.posture.phases.len()],
                sites_closed: vec![0; parts.posture.sites.len()],
            },
            paths: paths.iter().map(|s| s.node).collect(),
            next: 0,
        }
    }

    /// Forgets the block before.
    pub fn begin(&mut self, first: u64) {
        let record = &mut self.record;
        record.first = first;
        record.failures.clear();
        record.clamped.fill(0);
        let passages = [
            &mut record.milestones,
            &mut record.phases_done,
            &mut record.phases_cancelled,
            &mut record.sites_closed,
        ];
        passages.into_iter().for_each(|p| p.fill([NEVER; LANES]));
        record.site_losses.fill([ZERO; 3]);
        self.manned.fill(0);
        let Passed { milestones, phases_done, phases_cancelled, sites_closed } = &mut self.passed;
        for passed in [milestones, phases_done, phases_cancelled, sites_closed] {
            passed.fill(0);
        }
        self.next = 0;
        for value in &mut self.values {
            (value.since_report, value.total) = (ZERO, ZERO);
        }
    }

    /// Notes a row.
    pub fn note(&mut self, model: &Model, rows: &[Row], now: &Moment, isa: Isa) {
        isa.run(
            #[inline(always)]
            || {
                self.note_passages(model, rows, now.row);
                for (indicator, watch) in model.parts.indicators.iter().zip(&mut self.watches) {
                    indicator.note(watch, rows, now);
                }
                for value in self.values.iter_mut().filter(|value| value.count && now.row > 0) {
                    let count = &rows[value.node.index()];
                    (0..LANES).for_each(|lane| value.since_report[lane] += count[lane]);
                }
            },
        );
        for (at, node) in self.paths.iter().enumerate() {
            self.record.paths[now.row * self.paths.len() + at] = rows[node.index()];
        }
        if model.report.get(self.next) == Some(&now.row) {
            isa.run(
                #[inline(always)]
                || self.report(model, rows),
            );
            self.next += 1;
        }
    }

    #[inline(always)]
    fn note_passages(&mut self, model: &Model, rows: &[Row], row: usize) {
        let (record, passed) = (&mut self.record, &mut self.passed);
        for (at, milestone) in model.parts.milestones.iter().enumerate() {
            let is_dated = row == milestone.by_row;
            if passed.milestones[at] == Mask::MAX && !is_dated {
                continue;
            }
            let met = holds(&rows[milestone.when.index()]);
            note_first(&mut record.milestones[at], &mut passed.milestones[at], met, row);
            if is_dated {
                record.milestones_at_date[at] = met;
            }
        }
        let posture = &model.parts.posture;
        for at in 0..posture.phases.len() {
            if passed.phases_done[at] | passed.phases_cancelled[at] == Mask::MAX {
                continue;
            }
            let (done, cancelled) = posture.phase_ends(at);
            let done = holds(&rows[done.index()]);
            note_first(&mut record.phases_done[at], &mut passed.phases_done[at], done, row);
            if let Some(cancelled) = cancelled {
                let cancelled = holds(&rows[cancelled.index()]);
                note_first(
                    &mut record.phases_cancelled[at],
                    &mut passed.phases_cancelled[at],
                    cancelled,
                    row,
                );
            }
        }
        for (at, manned) in self.manned.iter_mut().enumerate() {
            if passed.sites_closed[at] == Mask::MAX {
                continue;
            }
            let here = holds(&rows[posture.site_people(at).index()]);
            note_first(&mut record.sites_closed[at], &mut passed.sites_closed[at], *manned & !here, row);
            *manned |= here;
        }
    }

    #[inline(always)]
    fn report(&mut self, model: &Model, rows: &[Row]) {
        let (at, width) = (self.next, self.values.len());
        for (place, value) in self.values.iter_mut().enumerate() {
            if value.once && at > 0 {
                continue;
            }
            let out = &mut self.record.values[at * width + place];
            *out = if value.count { value.since_report } else { rows[value.node.index()] };
            if value.count {
                (0..LANES).for_each(|lane| value.total[lane] += value.since_report[lane]);
                value.since_report = ZERO;
            }
        }
        let width = self.flags.len();
        for (place, node) in self.flags.iter().enumerate() {
            self.record.flags[at * width + place] = holds(&rows[node.index()]);
        }
        let indicators = model.parts.indicators.iter().zip(&self.watches);
        for ((indicator, watch), record) in indicators.zip(&mut self.record.indicators) {
            indicator.report(watch, record, at);
        }
        if at == 0 {
            for (drawn, row) in model.drawn.iter().zip(&mut self.record.drawn) {
                *row = rows[drawn.node.index()];
            }
        }
    }

    /// Closes the record.
    pub fn finish(&mut self, model: &Model, attacks: &[AttackState], alive: Mask) -> &Record {
        let record = &mut self.record;
        record.alive = alive;
        let last = (model.report.len() - 1) * self.values.len();
        for (place, value) in self.values.iter().enumerate() {
            let at = if value.once { place } else { last + place };
            record.at_end[place] = if value.count { value.total } else { record.values[at] };
        }
        let rows = model.calendar.steps() + 1;
        for ((indicator, watch), record) in
            model.parts.indicators.iter().zip(&self.watches).zip(&mut record.indicators)
        {
            indicator.finish(watch, record, rows);
        }
        for (attack, state) in model.parts.attacks.iter().zip(attacks) {
            for (site, losses) in attack.losses(state) {
                for (total, lost) in record.site_losses[site].iter_mut().zip(losses) {
                    for lane in 0..LANES {
                        total[lane] += lost[lane];
                    }
                }
            }
        }
        record
    }
}
