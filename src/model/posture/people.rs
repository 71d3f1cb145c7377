//! Splitting people among contingents.

/// `heads` of those at a place, in proportion to each contingent, largest remainder first, ties in
/// order. `heads` is at most the sum of `there`.
pub fn split(heads: i64, there: &[i64], out: &mut [i64]) {
    let all: i64 = there.iter().sum();
    out.fill(0);
    if all <= 0 || heads <= 0 {
        return;
    }
    let part = |count: i64| share(heads, count, all);
    let mut given = 0;
    for (out, count) in out.iter_mut().zip(there) {
        *out = part(*count).0;
        given += *out;
    }
    // Fewer are left than there are contingents, and none gets two.
    for _ in given..heads {
        let still = (0..there.len()).filter(|&c| out[c] == part(there[c]).0);
        // Of equals the first: `max_by_key` would take the last.
        let next = still.rev().max_by_key(|&c| part(there[c]).1);
        next.into_iter().for_each(|c| out[c] += 1);
    }
}

/// `heads · count / all` and what remains.
fn share(heads: i64, count: i64, all: i64) -> (i64, i64) {
    match heads.checked_mul(count) {
        Some(product) => (product / all, product % all),
        None => {
            let (product, all) = (i128::from(heads) * i128::from(count), i128::from(all));
            ((product / all) as i64, (product % all) as i64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    fn shares(heads: i64, there: &[i64]) -> Vec<i64> {
        let mut out = vec![0; there.len()];
        split(heads, there, &mut out);
        out
    }

    #[test]
    fn largest_remainders_first_and_ties_in_order() {
        assert_eq!(shares(10, &[50, 30, 20]), [5, 3, 2]);
        assert_eq!(shares(1, &[1, 1, 1]), [1, 0, 0]);
        assert_eq!(shares(2, &[1, 5]), [0, 2]);
        assert_eq!(shares(3, &[1, 5]), [1, 2]);
        assert_eq!(shares(6, &[1, 5]), [1, 5]);
        assert_eq!(shares(0, &[1, 5]), [0, 0]);
        assert_eq!(shares(3, &[0, 0]), [0, 0]);
    }

    #[test]
    fn nobody_is_split_off_who_is_not_there() {
        for heads in 0..=77 {
            let parts = shares(heads, &[33, 7, 37]);
            assert_eq!(parts.iter().sum::<i64>(), heads);
            assert!(parts.iter().zip([33, 7, 37]).all(|(p, t)| *p <= t && *p >= 0));
        }
    }

    #[test]
    fn people_beyond_any_army_are_split_too() {
        let (third, heads) = (2_000_000_000_000, 3_000_000_000_001);
        assert_eq!(shares(heads, &[third; 3]), [1_000_000_000_001, 1_000_000_000_000, 1_000_000_000_000]);
        assert_eq!(shares(heads, &[third, 2 * third]), [1_000_000_000_000, 2_000_000_000_001]);
        assert_eq!(shares(heads + 1, &[2 * third, third]), [2_000_000_000_001, 1_000_000_000_001]);
    }
}
