//! Where processes write the signals of their state: rows that nobody reads are passed by.

use super::record::{Mask, flags};
use crate::vm::graph::Node;
use crate::vm::isa::Isa;
use crate::vm::{LANES, Row};

/// The rows of a block, to be written at the beginning of a step.
pub struct Board<'a> {
    pub rows: &'a mut [Row],
    /// `[node]`: somebody reads it; with none given, somebody reads all.
    pub read: Option<&'a [bool]>,
    pub isa: Isa,
}

impl Board<'_> {
    /// Whether somebody reads it.
    #[inline]
    pub fn is_read(&self, node: Node) -> bool {
        self.read.is_none_or(|read| read[node.index()])
    }

    /// Writes a row.
    #[inline]
    pub fn put(&mut self, node: Node, row: &Row) {
        if self.is_read(node) {
            self.rows[node.index()] = *row;
        }
    }

    /// Writes what is worked out for each lane.
    #[inline(always)]
    pub fn put_each(&mut self, node: Node, value: impl Fn(usize) -> f64) {
        if self.is_read(node) {
            let row = &mut self.rows[node.index()];
            self.isa.run(
                #[inline(always)]
                || (0..LANES).for_each(|lane| row[lane] = value(lane)),
            );
        }
    }

    /// Writes 1 in some lanes, 0 in the others.
    pub fn put_flags(&mut self, node: Node, lanes: Mask) {
        if self.is_read(node) {
            let row = &mut self.rows[node.index()];
            self.isa.run(
                #[inline(always)]
                || *row = flags(lanes),
            );
        }
    }

    /// Writes the sum of rows.
    pub fn put_sum<'r>(&mut self, node: Node, rows: impl Iterator<Item = &'r Row> + Clone) {
        if self.is_read(node) {
            let sum = &mut self.rows[node.index()];
            self.isa.run(
                #[inline(always)]
                || {
                    *sum = [0.0; LANES];
                    for row in rows.clone() {
                        (0..LANES).for_each(|lane| sum[lane] += row[lane]);
                    }
                },
            );
        }
    }
}
