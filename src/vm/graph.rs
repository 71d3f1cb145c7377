//! The expressions of a scenario as one graph of operations. Equal operations are one node, constants
//! are folded, and what does not change within a replicate is known, so that it is computed once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::op::{self, Binary, Unary};
use super::window::Window;
use super::{LANES, Row};

/// A node of the graph, and the row its values are kept in. Operands come before their users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Node(pub u32);

impl Node {
    /// The index of its row.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How often a node's value changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rhythm {
    /// Never within a replicate.
    Once,
    /// At each step.
    Step,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Op {
    /// A row written from outside; the number tells one from another.
    Input(u32),
    /// The bits of a number.
    Constant(u64),
    Unary(Unary, Node),
    Binary(Binary, Node, Node),
    Select(Node, Node, Node),
    Time(Time),
    Window(Window, Node),
}

/// What the calendar says at a row. Dates are days from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Time {
    /// Years since the start.
    Years,
    /// 1 in the row whose step, the one that begins there, holds the day.
    On(i64),
    /// 1 from the day on.
    After(i64),
    /// 1 from the first day until before the second.
    Between(i64, i64),
}

/// A graph under construction.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    ops: Vec<Op>,
    rhythms: Vec<Rhythm>,
    known: BTreeMap<Op, Node>,
    inputs: u32,
}

impl Graph {
    /// A new row to be written from outside.
    pub fn input(&mut self, rhythm: Rhythm) -> Node {
        self.inputs += 1;
        self.insert(Op::Input(self.inputs), rhythm)
    }

    /// A number.
    pub fn constant(&mut self, value: f64) -> Node {
        self.intern(Op::Constant(value.to_bits()))
    }

    /// The number a node always is, if it is one.
    pub fn value(&self, node: Node) -> Option<f64> {
        match self.ops[node.index()] {
            Op::Constant(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// How often a node changes.
    pub fn rhythm(&self, node: Node) -> Rhythm {
        self.rhythms[node.index()]
    }

    /// All operations, operands before users.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// An operation on one node.
    pub fn unary(&mut self, op: Unary, a: Node) -> Node {
        if let Some(x) = self.value(a) {
            let mut out = [0.0; LANES];
            op.apply(&mut out, &[x; LANES]);
            return self.constant(out[0]);
        }
        self.intern(Op::Unary(op, a))
    }

    /// An operation on two nodes.
    pub fn binary(&mut self, op: Binary, a: Node, b: Node) -> Node {
        if let (Some(x), Some(y)) = (self.value(a), self.value(b)) {
            let mut out = [0.0; LANES];
            op.apply(&mut out, &[x; LANES], &[y; LANES]);
            return self.constant(out[0]);
        }
        self.intern(Op::Binary(op, a, b))
    }

    /// `a` where `c` is true, else `b`.
    pub fn select(&mut self, c: Node, a: Node, b: Node) -> Node {
        if let Some(x) = self.value(c) {
            let mut out = [0.0; LANES];
            let (yes, no): (Row, Row) = ([1.0; LANES], [0.0; LANES]);
            op::select(&mut out, &[x; LANES], &yes, &no);
            match out[0] {
                1.0 => return a,
                0.0 => return b,
                _ => return self.constant(f64::NAN),
            }
        }
        self.intern(Op::Select(c, a, b))
    }

    /// What the calendar says.
    pub fn time(&mut self, time: Time) -> Node {
        self.intern(Op::Time(time))
    }

    /// A look at rows before this one.
    pub fn window(&mut self, window: Window, x: Node) -> Node {
        self.intern(Op::Window(window, x))
    }

    /// `a + b`.
    pub fn add(&mut self, a: Node, b: Node) -> Node {
        self.binary(Binary::Add, a, b)
    }

    /// `a · b`.
    pub fn multiply(&mut self, a: Node, b: Node) -> Node {
        self.binary(Binary::Multiply, a, b)
    }

    /// The sum of nodes, 0 of none.
    pub fn sum(&mut self, nodes: impl IntoIterator<Item = Node>) -> Node {
        let mut nodes = nodes.into_iter();
        match nodes.next() {
            Some(first) => nodes.fold(first, |total, node| self.add(total, node)),
            None => self.constant(0.0),
        }
    }

    /// `x` where it is above 0, else 0.
    pub fn not_negative(&mut self, x: Node) -> Node {
        let zero = self.constant(0.0);
        self.binary(Binary::Max, x, zero)
    }

    fn intern(&mut self, op: Op) -> Node {
        if let Some(node) = self.known.get(&op) {
            return *node;
        }
        let rhythm = match &op {
            Op::Time(_) | Op::Window(..) => Rhythm::Step,
            _ => operands(&op).map(|a| self.rhythm(a)).max().unwrap_or(Rhythm::Once),
        };
        let node = self.insert(op.clone(), rhythm);
        self.known.insert(op, node);
        node
    }

    fn insert(&mut self, op: Op, rhythm: Rhythm) -> Node {
        self.ops.push(op);
        self.rhythms.push(rhythm);
        Node(self.ops.len() as u32 - 1)
    }
}

/// The nodes an operation reads.
pub fn operands(op: &Op) -> impl Iterator<Item = Node> {
    let list = match *op {
        Op::Input(_) | Op::Constant(_) | Op::Time(_) => [None, None, None],
        Op::Unary(_, a) | Op::Window(_, a) => [Some(a), None, None],
        Op::Binary(_, a, b) => [Some(a), Some(b), None],
        Op::Select(a, b, c) => [Some(a), Some(b), Some(c)],
    };
    list.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_operations_are_one_node_and_constants_fold() {
        let mut g = Graph::default();
        let x = g.input(Rhythm::Step);
        let two = g.constant(2.0);
        let three = g.constant(3.0);
        let six = g.multiply(two, three);
        assert_eq!(g.value(six), Some(6.0));
        let (a, b) = (g.multiply(x, two), g.multiply(x, two));
        assert_eq!(a, b);
        assert_ne!(g.input(Rhythm::Step), x);
    }

    #[test]
    fn what_depends_on_parameters_alone_is_computed_once() {
        let mut g = Graph::default();
        let (p, x) = (g.input(Rhythm::Once), g.input(Rhythm::Step));
        let two = g.constant(2.0);
        let (hoisted, stepped) = (g.multiply(p, two), g.multiply(p, x));
        assert_eq!((g.rhythm(hoisted), g.rhythm(stepped)), (Rhythm::Once, Rhythm::Step));
        let years = g.time(Time::Years);
        assert_eq!(g.rhythm(years), Rhythm::Step);
    }

    #[test]
    fn a_known_condition_takes_its_branch() {
        let mut g = Graph::default();
        let (x, y) = (g.input(Rhythm::Step), g.input(Rhythm::Step));
        let (yes, no) = (g.constant(5.0), g.constant(0.0));
        assert_eq!((g.select(yes, x, y), g.select(no, x, y)), (x, y));
    }
}
