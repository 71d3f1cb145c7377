//! Sets of lanes.

use super::{LANES, Row};

/// A set of lanes: bit `j` is lane `j`.
pub type Mask = u64;

/// Lanes in which something is so.
#[inline(always)]
pub fn mask(is_so: impl Fn(usize) -> bool) -> Mask {
    // The simplest loops there are: others are taken in vectors of lanes that lie apart, which have to be gathered.
    let mut bits = [0; LANES];
    for lane in 0..LANES {
        bits[lane] = if is_so(lane) { 1 << lane } else { 0 };
    }
    bits.iter().fold(0, |all, bit| all | bit)
}

/// Lanes in which a row is true.
#[inline(always)]
pub fn holds(row: &Row) -> Mask {
    mask(|lane| row[lane] != 0.0)
}

/// 1 in the lanes of a mask, 0 in the others.
#[inline(always)]
pub fn flags(mask: Mask) -> Row {
    let mut row = [0.0; LANES];
    (0..LANES).for_each(|lane| row[lane] = if mask >> lane & 1 == 1 { 1.0 } else { 0.0 });
    row
}

/// The lanes of a mask, lowest first.
pub fn lanes(mut mask: Mask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = mask.trailing_zeros() as usize;
        (lane < LANES).then(|| {
            mask &= mask - 1;
            lane
        })
    })
}

/// Lanes that are worked out together where only some of a row are.
pub const EIGHT: usize = 8;

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
