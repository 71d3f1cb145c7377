//! The graph as a program over rows: what is computed once, what at the start, what at each step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::graph::{Graph, Node, Op, Rhythm, Time, operands};
use super::isa::Isa;
use super::op;
use super::rows::Rows;
use super::window::{Memory, Moment, Window};
use super::{LANES, Row};
use crate::calendar::DAYS_PER_YEAR;

/// Code over one row a node; an instruction reads only rows before its own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Program {
    ops: Vec<Op>,
    once: Vec<Instruction>,
    start: Vec<Instruction>,
    step: Vec<Instruction>,
    windows: Vec<Window>,
}

/// A node to compute, and its window's place in the memories.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Instruction {
    node: u32,
    window: u32,
}

/// The rows of a block, and what its windows remember.
#[derive(Clone, Debug)]
pub struct Registers {
    pub rows: Rows,
    memories: Vec<Memory>,
}

impl Program {
    /// The code for what is read of the graph: `start` nodes at the start, `step` nodes at each row.
    pub fn new(graph: &Graph, start: &[Node], step: &[Node]) -> Self {
        let ops = graph.ops().to_vec();
        let (at_start, at_step) = (needed(&ops, start.iter().copied()), needed(&ops, step.iter().copied()));
        let mut program = Self { once: vec![], start: vec![], step: vec![], windows: vec![], ops: vec![] };
        for (i, op) in ops.iter().enumerate() {
            let mut instruction = Instruction { node: i as u32, window: 0 };
            match (op, graph.rhythm(Node(i as u32))) {
                (Op::Input(_), _) => {}
                // Whoever holds a constant may read it.
                (Op::Constant(_), _) => program.once.push(instruction),
                (_, Rhythm::Once) if at_start[i] || at_step[i] => program.once.push(instruction),
                (_, Rhythm::Once) => {}
                (op, Rhythm::Step) => {
                    if at_start[i] {
                        program.start.push(instruction);
                    }
                    if let (Op::Window(window, _), true) = (op, at_step[i]) {
                        instruction.window = program.windows.len() as u32;
                        program.windows.push(*window);
                    }
                    if at_step[i] {
                        program.step.push(instruction);
                    }
                }
            }
        }
        program.ops = ops;
        program
    }

    /// The same program without what, at each step, none of these nodes needs.
    pub fn only(&self, step: impl Iterator<Item = Node>) -> Self {
        let needed = needed(&self.ops, step);
        let mut lean = Self { step: vec![], windows: vec![], ..self.clone() };
        for &instruction in self.step.iter().filter(|i| needed[i.node as usize]) {
            let mut instruction = instruction;
            if let Op::Window(window, _) = &self.ops[instruction.node as usize] {
                instruction.window = lean.windows.len() as u32;
                lean.windows.push(*window);
            }
            lean.step.push(instruction);
        }
        lean
    }

    /// `[node]`: whether its code reads it, or one of these does.
    pub fn reads(&self, also: impl Iterator<Item = Node>) -> Vec<bool> {
        let code = [&self.once, &self.start, &self.step].into_iter().flatten();
        needed(&self.ops, code.map(|instruction| Node(instruction.node)).chain(also))
    }

    /// Rows and memories for one block at a time, over steps of `step_days`.
    pub fn registers(&self, step_days: f64) -> Registers {
        Registers {
            rows: Rows::new(self.ops.len()),
            memories: self.windows.iter().map(|w| Memory::new(*w, step_days)).collect(),
        }
    }

    /// Rows that all windows remember over steps of `step_days`.
    pub fn remembered(&self, step_days: f64) -> usize {
        self.windows.iter().map(|window| window.rows(step_days)).fold(0, usize::saturating_add)
    }

    /// Computes what depends on once-drawn inputs alone.
    pub fn run_once(&self, registers: &mut Registers, isa: Isa, start: &Moment) {
        isa.run(
            #[inline(always)]
            || self.run(&self.once, registers, start),
        );
    }

    /// Computes the start nodes from the levels of row 0.
    pub fn run_start(&self, registers: &mut Registers, isa: Isa, start: &Moment) {
        isa.run(
            #[inline(always)]
            || self.run(&self.start, registers, start),
        );
    }

    /// Computes the step nodes at a row; rows must come in order from row 0.
    pub fn run_step(&self, registers: &mut Registers, isa: Isa, now: &Moment) {
        isa.run(
            #[inline(always)]
            || self.run(&self.step, registers, now),
        );
    }

    /// The nodes by which `changed` acts on `target` while those in `held` keep their values, operands before users;
    /// the last is the target, unless nothing does.
    pub fn between(&self, changed: Node, target: Node, held: &[Node]) -> Vec<Node> {
        let span = changed.0..=target.0;
        let (mut reached, mut wanted) = (vec![false; self.ops.len()], vec![false; self.ops.len()]);
        reached[changed.index()] = true;
        wanted[target.index()] = true;
        for node in span.clone().skip(1).map(Node) {
            let is_held = node != target && held.contains(&node);
            reached[node.index()] = !is_held && operands(&self.ops[node.index()]).any(|n| reached[n.index()]);
        }
        for node in span.clone().rev().map(Node).filter(|node| *node != changed) {
            if wanted[node.index()] && reached[node.index()] {
                operands(&self.ops[node.index()]).for_each(|n| wanted[n.index()] = true);
            }
        }
        span.skip(1).map(Node).filter(|node| reached[node.index()] && wanted[node.index()]).collect()
    }

    /// What the last of some nodes `between` would be at a row if the node they come from had other values.
    ///
    /// Windows that hold the present move by as much as what they look at: how much they add up over time is not known
    /// here, but their direction is. Those of the past alone, `lag` and `first`, keep their values, unless what they
    /// look at was other values `all_along`.
    pub fn respond(
        &self,
        between: &[Node],
        changed: Node,
        values: &Row,
        rows: &[Row],
        all_along: bool,
    ) -> Row {
        let mut moved: BTreeMap<Node, Row> = [(changed, *values)].into();
        let mut out = *values;
        for node in between {
            let value = |n: &Node| moved.get(n).unwrap_or(&rows[n.index()]);
            match &self.ops[node.index()] {
                Op::Unary(op, a) => op.apply(&mut out, value(a)),
                Op::Binary(op, a, b) => op.apply(&mut out, value(a), value(b)),
                Op::Select(c, a, b) => op::select(&mut out, value(c), value(a), value(b)),
                Op::Window(Window::Lag(_) | Window::First, _) if !all_along => out = rows[node.index()],
                Op::Window(_, x) => {
                    let (now, before, window) = (value(x), &rows[x.index()], &rows[node.index()]);
                    (0..LANES).for_each(|lane| out[lane] = window[lane] + (now[lane] - before[lane]));
                }
                Op::Input(_) | Op::Constant(_) | Op::Time(_) => {}
            }
            moved.insert(*node, out);
        }
        out
    }

    /// The operation of a node.
    pub fn op(&self, node: Node) -> &Op {
        &self.ops[node.index()]
    }

    #[inline(always)]
    fn run(&self, code: &[Instruction], registers: &mut Registers, now: &Moment) {
        let Registers { rows, memories } = registers;
        for instruction in code {
            let at = instruction.node as usize;
            let (before, rest) = rows.split_at_mut(at);
            let out = &mut rest[0];
            match &self.ops[at] {
                Op::Input(_) => {}
                Op::Constant(bits) => *out = [f64::from_bits(*bits); LANES],
                Op::Unary(op, a) => op.apply(out, &before[a.index()]),
                Op::Binary(op, a, b) => op.apply(out, &before[a.index()], &before[b.index()]),
                Op::Select(c, a, b) => {
                    op::select(out, &before[c.index()], &before[a.index()], &before[b.index()]);
                }
                Op::Time(time) => *out = [time.at(now); LANES],
                Op::Window(_, x) => memories[instruction.window as usize].read(out, &before[x.index()], now),
            }
        }
    }
}

/// Nodes that these need, themselves included.
fn needed(ops: &[Op], roots: impl Iterator<Item = Node>) -> Vec<bool> {
    let mut needed = vec![false; ops.len()];
    roots.for_each(|n| needed[n.index()] = true);
    for i in (0..ops.len()).rev() {
        if needed[i] {
            operands(&ops[i]).for_each(|a| needed[a.index()] = true);
        }
    }
    needed
}

impl Time {
    /// What the calendar says at a row.
    fn at(self, now: &Moment) -> f64 {
        let holds = match self {
            Time::Years => return now.days / DAYS_PER_YEAR,
            Time::On(day) => now.days <= day as f64 && (day as f64) < now.days + now.ahead,
            Time::After(day) => now.days >= day as f64,
            Time::Between(from, until) => (from as f64) <= now.days && now.days < until as f64,
        };
        if holds { 1.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::op::Binary;

    fn moment(row: usize) -> Moment {
        Moment { row, days: row as f64 * 7.0, behind: 7.0, ahead: 7.0, step: 7.0 }
    }

    #[test]
    fn once_start_and_step_compute_what_they_should() {
        let mut g = Graph::default();
        let (p, x) = (g.input(Rhythm::Once), g.input(Rhythm::Step));
        let ten = g.constant(10.0);
        let hoisted = g.binary(Binary::Multiply, p, ten);
        let total = g.window(Window::Total, x);
        let out = g.binary(Binary::Add, hoisted, total);
        let begin = g.binary(Binary::Subtract, x, ten);
        let unused = g.binary(Binary::Divide, x, ten);
        let program = Program::new(&g, &[begin], &[out]);
        let mut r = program.registers(7.0);
        r.rows[p.index()] = [2.0; LANES];
        r.rows[x.index()] = [3.0; LANES];
        let isa = Isa::widest();
        program.run_once(&mut r, isa, &moment(0));
        program.run_start(&mut r, isa, &moment(0));
        assert_eq!(r.rows[begin.index()][5], -7.0);
        for row in 0..4 {
            program.run_step(&mut r, isa, &moment(row));
        }
        assert_eq!(r.rows[out.index()][63], 20.0 + 9.0);
        assert_eq!(r.rows[unused.index()][0], 0.0, "what nobody reads is not computed");
        let lean = program.only([hoisted].into_iter());
        assert_eq!((program.step.len(), program.windows.len()), (2, 1));
        assert_eq!((lean.step.len(), lean.windows.len()), (0, 0), "nobody reads `out` any more");
    }

    #[test]
    fn a_response_goes_through_what_depends_and_stops_at_what_is_held() {
        let mut g = Graph::default();
        let (x, y) = (g.input(Rhythm::Step), g.input(Rhythm::Step));
        let sum = g.add(x, y);
        let first = g.window(Window::First, sum);
        let product = g.multiply(first, x);
        let out = g.binary(Binary::Subtract, product, sum);
        let program = Program::new(&g, &[], &[out]);
        let mut rows = program.registers(1.0).rows;
        for (node, value) in [(x, 2.0), (y, 3.0), (sum, 5.0), (first, 7.0), (product, 14.0), (out, 9.0)] {
            rows[node.index()] = [value; LANES];
        }
        let respond = |held: &[Node], all_along| {
            let between = program.between(x, out, held);
            program.respond(&between, x, &[4.0; LANES], &rows, all_along)[63]
        };
        // The sum is 7, the first 9, the product 36; or the first stays at 7, and the product is 28.
        assert_eq!(respond(&[], true), 29.0);
        assert_eq!(respond(&[], false), 21.0);
        assert_eq!(respond(&[sum], true), 7.0 * 4.0 - 5.0);
        assert_eq!(program.between(y, product, &[]), [sum, first, product]);
        assert_eq!(program.between(y, product, &[first]), []);
        assert_eq!(program.between(first, sum, &[]), [], "it comes before");
    }

    #[test]
    fn dates_hold_at_the_rows_they_should() {
        let at = |time: Time| (0..4).map(|r| time.at(&moment(r))).collect::<Vec<_>>();
        assert_eq!(at(Time::After(8)), [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(at(Time::After(7)), [0.0, 1.0, 1.0, 1.0]);
        assert_eq!(at(Time::On(8)), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(at(Time::On(0)), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(at(Time::Between(7, 21)), [0.0, 1.0, 1.0, 0.0]);
    }
}
