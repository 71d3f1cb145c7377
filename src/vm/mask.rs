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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_its_lanes() {
        let odd = mask(|lane| lane % 2 == 1);
        assert_eq!(odd, 0xaaaa_aaaa_aaaa_aaaa);
        assert_eq!(lanes(odd).collect::<Vec<_>>(), (1..LANES).step_by(2).collect::<Vec<_>>());
        assert_eq!((lanes(0).count(), lanes(Mask::MAX).count()), (0, LANES));
        let row: Row = std::array::from_fn(|lane| (lane % 2) as f64);
        assert_eq!((flags(odd), holds(&row)), (row, odd));
        assert_eq!(holds(&[f64::NAN; LANES]), Mask::MAX);
    }
}
