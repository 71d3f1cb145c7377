//! Rows that begin where the machine's widest vectors do: a vector across two lines of a cache is read twice.

use std::ops::{Deref, DerefMut};

use super::{LANES, Row};

/// Bytes in a line of a cache, and in the widest vector.
const LINE: usize = 64;

/// A list of rows.
#[derive(Debug)]
pub struct Rows {
    /// The rows, from `begin` on.
    numbers: Vec<f64>,
    begin: usize,
    count: usize,
}

impl Rows {
    /// So many rows of 0.
    pub fn new(count: usize) -> Self {
        let numbers = vec![0.0; count * LANES + LINE / size_of::<f64>()];
        // Where it cannot be told, they begin anywhere.
        let begin = numbers.as_ptr().align_offset(LINE);
        Self { begin: if begin < LINE / size_of::<f64>() { begin } else { 0 }, numbers, count }
    }
}

impl Deref for Rows {
    type Target = [Row];

    #[inline]
    fn deref(&self) -> &[Row] {
        &self.numbers[self.begin..].as_chunks().0[..self.count]
    }
}

impl DerefMut for Rows {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Row] {
        &mut self.numbers[self.begin..].as_chunks_mut().0[..self.count]
    }
}

impl Clone for Rows {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.count);
        copy.copy_from_slice(self);
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_begin_at_a_line_wherever_they_are() {
        let many: Vec<Rows> = (0..9).map(Rows::new).collect();
        for (count, rows) in many.iter().enumerate() {
            assert_eq!(rows.len(), count);
            assert!(rows.as_ptr().cast::<u8>().align_offset(LINE) == 0, "{count}");
        }
        let mut rows = Rows::new(3);
        rows[2][63] = 7.0;
        let copy = rows.clone();
        assert_eq!(copy[..], rows[..]);
        assert_eq!((copy[2][63], copy[1][63]), (7.0, 0.0));
    }
}
