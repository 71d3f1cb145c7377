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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::lanes;
    use crate::model::scenario::Scenario;
    use crate::model::step::Workspace;

    /// People who pass through a site at a drawn pace, unless it is called off; raids on those who stay; what grows.
    const TEXT: &str = "schema = 1\nstart = 2024-01-01\nend = 2024-01-27\nreport_every = \"1 week\"\n\
        [parameters]\np = { uniform = [1, 2] }\nslip = { uniform = [0, 12] }\n[contingents.us]\n[theatres.t]\n\
        [sites.a]\ntheatre = \"t\"\ntroops.us = 40\n[sites.b]\ntheatre = \"t\"\n[sites.c]\ntheatre = \"t\"\ntroops.us = 40\n\
        [phases.one]\nstart = 2024-01-03\nend = 2024-01-06\nend_slip_days = \"slip\"\n\
        moves.go = { from = \"a\", to = \"b\" }\n[phases.two]\nafter = [\"one\"]\nlasts_days = \"slip\"\n\
        cancel = \"raids_so_far > 9\"\nmoves.out = { from = \"b\", to = \"home\" }\n\
        [attacks.raids]\nat = [\"c\", \"a\"]\nper_month = 12\nkilled = { mean = 0.7 }\nwounded = { mean = 3 }\n\
        [variables]\nraids_so_far = \"total(raids.attacks)\"\nmany = \"raids_so_far > 6\"\n\
        [stocks.s]\ninitial = \"p\"\nchange_per_year = \"-p\"\n[stocks.u]\ninitial = 5\nvolatility = 1\n\
        [milestones.m]\nwhen = \"many\"\nby = 2024-01-16\n[milestones.n]\nwhen = \"u < 4.95\"\nby = 2024-01-22\n[milestones.o]\nwhen = \"years > 0.02\"\nby = 2024-01-22\n[indicators.i]\nvalue = \"u\"\namber = 9\nred = 10\n";

    #[test]
    fn a_record_says_what_the_whole_paths_say() {
        let model = Scenario::parse("record.toml", TEXT).unwrap().compile().unwrap();
        let followed = model.all_signals.clone();
        let mut workspace = Workspace::new(&model, 7, Isa::widest(), &followed);
        // The second block begins with nothing of the first.
        workspace.run(0, Mask::MAX);
        let record = workspace.run(64, Mask::MAX);
        assert_eq!((record.alive, record.first), (Mask::MAX, 64));
        let path = |signal: &str, lane: usize| -> Vec<f64> {
            let at = followed.iter().position(|s| s.name == signal).unwrap();
            record.paths.iter().skip(at).step_by(followed.len()).map(|row| row[lane]).collect()
        };
        let is_flag = |s: &&Summarised| matches!(s.kind, Kind::Flag | Kind::Event);
        let (flags, values): (Vec<&Summarised>, Vec<&Summarised>) = model.signals.iter().partition(is_flag);
        let first = |path: &[f64], is: &dyn Fn(usize) -> bool| {
            (0..path.len()).find(|row| is(*row)).map_or(NEVER, |row| row as u32)
        };
        for lane in lanes(Mask::MAX) {
            for (place, signal) in values.iter().enumerate() {
                let path = path(&signal.name, lane);
                let reported = |at: usize| record.values[at * values.len() + place][lane];
                let count = |from: usize, to: usize| path[from + 1..=to].iter().sum::<f64>();
                let (mut before, is_count) = (0, signal.kind == Kind::Count);
                for (at, row) in
                    model.report.iter().copied().enumerate().filter(|(at, _)| *at == 0 || !signal.once)
                {
                    let truth = if !is_count {
                        path[row]
                    } else if at > 0 {
                        count(before, row)
                    } else {
                        0.0
                    };
                    assert_eq!(reported(at), truth, "{} at {at}", signal.name);
                    before = row;
                }
                let truth = if is_count { count(0, 26) } else { path[26] };
                assert_eq!(record.at_end[place][lane], truth, "{} at the end", signal.name);
            }
            for (place, signal) in flags.iter().enumerate() {
                let path = path(&signal.name, lane);
                let reported = |at: usize| record.flags[at * flags.len() + place] >> lane & 1 == 1;
                let same = |(at, row): (usize, &usize)| reported(at) == (path[*row] != 0.0);
                assert!(model.report.iter().enumerate().all(same), "{}", signal.name);
            }
            for (milestone, signal, least) in [(0, "raids_so_far", 6.5), (1, "u", -4.95)] {
                let path = path(signal, lane);
                let is = |row: usize| path[row] * f64::signum(least) > least;
                assert_eq!(record.milestones[milestone][lane], first(&path, &is), "{signal}");
                let dated = record.milestones_at_date[milestone] >> lane & 1 == 1;
                assert_eq!(dated, is([15, 21][milestone]), "{signal} at its date");
            }
            for (phase, id) in ["one", "two"].iter().enumerate() {
                let ends = |end: &str| {
                    let path = path(&format!("{id}.{end}"), lane);
                    first(&path, &|row| path[row] != 0.0)
                };
                let found = (record.phases_done[phase][lane], record.phases_cancelled[phase][lane]);
                assert_eq!(found, (ends("done"), ends("cancelled")), "{id}");
            }
            for (site, id) in ["a", "b", "c"].iter().enumerate() {
                let path = path(&format!("{id}.troops"), lane);
                let left = |row: usize| path[row] == 0.0 && path[..row].iter().any(|people| *people > 0.0);
                assert_eq!(record.sites_closed[site][lane], first(&path, &left), "{id}");
            }
            let sum = |signal: &str| path(signal, lane)[1..].iter().sum::<f64>();
            let lost = |what: usize| [0, 1, 2].map(|site| record.site_losses[site][what][lane]);
            assert_eq!(lost(0), [sum("raids.a.attacks"), 0.0, sum("raids.c.attacks")]);
            assert!(lost(1).iter().chain(&lost(2)).all(|lost| *lost >= 0.0));
            let all = [1, 2].map(|what| lost(what).iter().sum::<f64>());
            assert_eq!(all, [sum("raids.killed"), sum("raids.wounded")]);
            let (u, indicator) = (path("u", lane), &record.indicators[0]);
            assert!((indicator.mean[lane] - u.iter().sum::<f64>() / 27.0).abs() < 1e-12);
            assert_eq!(indicator.peak[lane], u.iter().copied().fold(0.0, f64::max));
            let drawn = |at: usize| record.drawn[at][lane];
            assert_eq!([drawn(0), drawn(1)], [path("p", lane)[0], path("slip", lane)[0]]);
        }
        // True in all from day 8 on, and still on its date.
        assert_eq!((record.milestones[2], record.milestones_at_date[2]), ([8; LANES], Mask::MAX));
        // All of it happens in some histories and not in others.
        let some = |first: &[u32; LANES]| first.contains(&NEVER) && first.iter().any(|row| *row != NEVER);
        assert!(some(&record.milestones[0]) && some(&record.milestones[1]) && some(&record.phases_done[1]));
        assert!(some(&record.phases_cancelled[1]) && some(&record.sites_closed[1]));
    }
}
