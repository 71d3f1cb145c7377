//! Eight lanes at a time, in short arrays that stay in the machine's registers.

use super::mask::Mask;
use super::{LANES, Row};

/// How many they are.
pub const EIGHT: usize = 8;

/// A number for each of eight lanes.
pub type Eight = [f64; EIGHT];

/// What is worked out for each. A loop for each number is what the compiler takes in vectors.
#[inline(always)]
pub fn eight(value: impl Fn(usize) -> f64) -> Eight {
    let mut numbers = [0.0; EIGHT];
    for j in 0..EIGHT {
        numbers[j] = value(j);
    }
    numbers
}

/// The eights of a row.
#[inline(always)]
pub fn eights(row: &Row) -> &[Eight] {
    row.as_chunks().0
}

/// The eights of a row, to be written.
#[inline(always)]
pub fn eights_mut(row: &mut Row) -> &mut [Eight] {
    row.as_chunks_mut().0
}

/// The lanes of a mask, lowest first, eight at a time; where there are no more, the last again.
#[inline(always)]
pub fn in_eights(mut mask: Mask, mut each: impl FnMut(&[usize; EIGHT])) {
    while mask != 0 {
        let (mut eight, mut last) = ([0; EIGHT], 0);
        for lane in &mut eight {
            last = if mask == 0 { last } else { mask.trailing_zeros() };
            // Always is: said where the compiler can see it, no lane is looked up with care.
            *lane = last as usize % LANES;
            mask &= mask.wrapping_sub(1);
        }
        each(&eight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_its_eights() {
        let mut row: Row = std::array::from_fn(|lane| lane as f64);
        assert_eq!(eights(&row).concat(), row);
        assert_eq!(eights(&row)[5], eight(|j| 40.0 + j as f64));
        eights_mut(&mut row)[7][1] = -1.0;
        assert_eq!(row[57], -1.0);
    }

    #[test]
    fn eights_end_with_the_last_lane_again() {
        let eights = |mask| {
            let mut all = Vec::new();
            in_eights(mask, |eight| all.push(*eight));
            all
        };
        assert_eq!(eights(0), [[0; EIGHT]; 0]);
        assert_eq!(eights(1 << 63 | 1), [[0, 63, 63, 63, 63, 63, 63, 63]]);
        assert_eq!(eights(0x1fe), [[1, 2, 3, 4, 5, 6, 7, 8]]);
        assert_eq!(eights(0x1ff), [[0, 1, 2, 3, 4, 5, 6, 7], [8; EIGHT]]);
        assert_eq!(eights(Mask::MAX).concat(), (0..LANES).collect::<Vec<_>>());
    }
}
