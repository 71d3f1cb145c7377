//! Splitting people among contingents.

/// `heads` of those at a place, in proportion to each contingent, largest remainder first, ties in
/// order. `heads` is at most the sum of `there`.
pub fn split(heads: i64, there: &[i64], out: &mut [i64]) {
    let all: i64 = there.iter().sum();
    out.fill(0);
    if all <= 0 || heads <= 0 {
        return;
    }
    let mut given = 0;
    for (part, count) in out.iter_mut().zip(there) {
        *part = (i128::from(heads) * i128::from(*count) / i128::from(all)) as i64;
        given += *part;
    }
    let mut order: Vec<usize> = (0..there.len()).collect();
    let remainder = |c: &usize| i128::from(heads) * i128::from(there[*c]) % i128::from(all);
    order.sort_by_key(|c| std::cmp::Reverse(remainder(c)));
    for contingent in order.into_iter().take((heads - given) as usize) {
        out[contingent] += 1;
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
}
