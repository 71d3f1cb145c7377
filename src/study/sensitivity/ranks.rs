//! Orders, ranks and classes of equal counts: what the methods without a model of the output start from.

use crate::vm::math::inverse_normal;

/// Places of the numbers from the least to the greatest; equal ones keep their order. None may be a NaN.
pub fn order(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    order
}

/// Ranks from 1; equal numbers share the mean of theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let order = order(values);
    let mut ranks = vec![0.0; values.len()];
    for run in runs(values, &order) {
        let mean = (run.start + run.end + 1) as f64 / 2.0;
        order[run].iter().for_each(|place| ranks[*place] = mean);
    }
    ranks
}

/// Ranks as quantiles of the standard normal, at (rank − ½)/n: a monotone map to numbers without far tails.
pub fn normal_scores(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    ranks(values).into_iter().map(|rank| inverse_normal((rank - 0.5) / n)).collect()
}

/// Stretches of an order whose numbers are equal.
pub fn runs<'a>(values: &'a [f64], order: &'a [usize]) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = values[*order.get(start)?];
        let length = order[start..].iter().take_while(|place| values[**place] == first).count();
        start += length;
        Some(start - length..start)
    })
}

/// Classes from the least numbers to the greatest, as even as can be: the class of each number, and how many
/// there are. Equal numbers are in one class, so that a quantity with few values has few classes.
pub fn classes(values: &[f64], most: usize) -> (Vec<usize>, usize) {
    let order = order(values);
    let n = values.len();
    let mut class_of = vec![0; n];
    let (mut class, mut cut) = (0, 1);
    for run in runs(values, &order) {
        // A class is closed once it reaches its cut; a run may pass several.
        if run.start > 0 && run.start >= cut * n / most {
            class += 1;
            while cut < most && run.start >= cut * n / most {
                cut += 1;
            }
        }
        order[run].iter().for_each(|place| class_of[*place] = class);
    }
    (class_of, if n == 0 { 0 } else { class + 1 })
}

/// Spearman's correlation of two samples: Pearson's of their ranks; 0 if one of them never varies.
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = (ranks(x), ranks(y));
    let middle = (x.len() + 1) as f64 / 2.0;
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(&y) {
        let (x, y) = (x - middle, y - middle);
        (xx, yy, xy) = (xx + x * x, yy + y * y, xy + x * y);
    }
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_share_a_rank_and_a_class() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert_eq!(classes(&[1.0, 1.0, 1.0, 1.0], 2), (vec![0; 4], 1));
        assert_eq!(classes(&[0.0, 1.0, 0.0, 1.0, 0.0, 0.0], 3), (vec![0, 1, 0, 1, 0, 0], 2));
        assert_eq!(classes(&[], 3), (vec![], 0));
    }

    #[test]
    fn classes_are_even() {
        let values: Vec<f64> = (0..103).map(|k| f64::from(k * 37 % 103)).collect();
        let (class_of, count) = classes(&values, 10);
        assert_eq!(count, 10);
        for class in 0..10 {
            let size = class_of.iter().filter(|c| **c == class).count();
            assert!((10..=11).contains(&size), "{class}: {size}");
        }
        assert_eq!(class_of[values.iter().position(|v| *v == 0.0).unwrap()], 0);
    }

    #[test]
    fn correlation_of_ranks_sees_monotone_relations() {
        let x: Vec<f64> = (0..50).map(f64::from).collect();
        let cubes: Vec<f64> = x.iter().map(|x| x * x * x).collect();
        let falling: Vec<f64> = x.iter().map(|x| -x).collect();
        assert_eq!((spearman(&x, &cubes), spearman(&x, &falling)), (1.0, -1.0));
        assert_eq!(spearman(&x, &[4.0; 50]), 0.0);
    }
}
