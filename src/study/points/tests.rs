use super::*;

/// How far the counts of boxes at the origin are from their volumes, in the mean square: the L2 star
/// discrepancy (T. T. Warnock, 1972).
fn discrepancy(points: &Points) -> f64 {
    let n = points.len() as f64;
    let whole: f64 = points[0].iter().map(|_| 1.0 / 3.0).product();
    let single: f64 = points.iter().map(|p| p.iter().map(|x| (1.0 - x * x) / 2.0).product::<f64>()).sum();
    let pair =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| 1.0 - if x > y { x } else { y }).product::<f64>();
    let pairs: f64 = points.iter().flat_map(|a| points.iter().map(move |b| pair(a, b))).sum();
    (whole - 2.0 / n * single + pairs / (n * n)).sqrt()
}

fn random(points: usize, dimensions: usize, seed: u64) -> Points {
    let stream = Stream::new(seed, "test");
    (0..points).map(|p| (0..dimensions).map(|d| stream.uniform(p as u64, d as i64, 0)).collect()).collect()
}

/// Whether every stratum of every dimension holds one point.
fn is_latin(points: &Points) -> bool {
    (0..points[0].len()).all(|dimension| {
        let mut strata: Vec<usize> =
            points.iter().map(|p| (p[dimension] * points.len() as f64) as usize).collect();
        strata.sort_unstable();
        strata.into_iter().eq(0..points.len())
    })
}

#[test]
fn a_grid_counts_up() {
    let points: Vec<_> = grid(&[2, 3]).collect();
    assert_eq!(points, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
    assert_eq!(grid(&[]).collect::<Vec<_>>(), [vec![0; 0]]);
    assert_eq!(grid(&[3, 0]).count(), 0);
}

#[test]
fn a_latin_hypercube_has_one_point_a_stratum() {
    for (points, dimensions) in [(1, 3), (7, 2), (100, 12)] {
        let design = latin_hypercube(points, dimensions, 5, 1);
        assert!(is_latin(&design), "{points}");
        assert_ne!(design, latin_hypercube(points, dimensions, 5, 2));
        assert_ne!(design, latin_hypercube(points, dimensions, 6, 1));
        assert_eq!(design, latin_hypercube(points, dimensions, 5, 1));
    }
}

#[test]
fn sobol_begins_as_published() {
    // Joe and Kuo's own program, sobol.cc, prints these for three dimensions.
    let points = unscrambled_sobol(8, 3).unwrap();
    let expected = [
        [0.0, 0.0, 0.0],
        [0.5, 0.5, 0.5],
        [0.75, 0.25, 0.25],
        [0.25, 0.75, 0.75],
        [0.375, 0.375, 0.625],
        [0.875, 0.875, 0.125],
        [0.625, 0.125, 0.875],
        [0.125, 0.625, 0.375],
    ];
    assert_eq!(points, expected);
}

#[test]
fn sobol_is_latin_in_every_dimension_scrambled_or_not() {
    assert!(is_latin(&unscrambled_sobol(1024, MOST_DIMENSIONS).unwrap()));
    let scrambled = sobol(1024, MOST_DIMENSIONS, 3, 0).unwrap();
    assert!(is_latin(&scrambled));
    assert!(scrambled.iter().flatten().all(|&x| x > 0.0 && x < 1.0));
}

#[test]
fn a_longer_sobol_sequence_begins_with_the_shorter() {
    let (short, long) = (sobol(100, 5, 3, 7).unwrap(), sobol(300, 5, 3, 7).unwrap());
    assert_eq!(short, long[..100]);
    assert_ne!(short, sobol(100, 5, 3, 8).unwrap());
    assert_ne!(short, sobol(100, 5, 4, 7).unwrap());
}

#[test]
fn boxes_of_two_dimensions_hold_their_share() {
    // The first two dimensions are a (0, 2) sequence in base 2: each elementary box of 2^m points has one,
    // and scrambling keeps it so.
    let points = sobol(64, 2, 11, 0).unwrap();
    for shape in 0..=6 {
        let (columns, rows) = (1 << shape, 64 >> shape);
        let mut boxes: Vec<usize> = points
            .iter()
            .map(|p| (p[0] * f64::from(columns)) as usize * rows + (p[1] * rows as f64) as usize)
            .collect();
        boxes.sort_unstable();
        assert!(boxes.into_iter().eq(0..64), "{columns} by {rows}");
    }
}

#[test]
fn designs_fill_space_better_than_chance() {
    for dimensions in [2, 5] {
        let mean =
            |design: &dyn Fn(u64) -> Points| (0..20).map(|k| discrepancy(&design(k))).sum::<f64>() / 20.0;
        let chance = mean(&|seed| random(256, dimensions, seed));
        let latin = mean(&|scramble| latin_hypercube(256, dimensions, 1, scramble));
        let sobol = mean(&|scramble| sobol(256, dimensions, 1, scramble).unwrap());
        assert!(latin < 0.9 * chance && sobol < 0.6 * chance, "{dimensions}: {latin} {sobol} {chance}");
    }
}

#[test]
fn scrambles_are_even_and_independent() {
    // 2,000 scrambles of one point: mean 1/2 and variance 1/12 within four standard errors (0.0065 and 0.0017),
    // no correlation with the next dimension (four standard errors: 0.09).
    let first = |scramble| sobol(4, 2, 9, scramble).unwrap().swap_remove(3);
    let points: Vec<Vec<f64>> = (0..2000).map(first).collect();
    let mean = |f: &dyn Fn(&[f64]) -> f64| points.iter().map(|p| f(p)).sum::<f64>() / 2000.0;
    assert!((mean(&|p| p[0]) - 0.5).abs() < 4.0 * 0.0065);
    assert!((mean(&|p| (p[0] - 0.5) * (p[0] - 0.5)) - 1.0 / 12.0).abs() < 4.0 * 0.0017);
    assert!((12.0 * mean(&|p| (p[0] - 0.5) * (p[1] - 0.5))).abs() < 0.09);
}

#[test]
fn too_much_is_refused() {
    assert_eq!(sobol(8, 257, 0, 0), Err(PointsError::Dimensions(257)));
    assert!(sobol(8, 257, 0, 0).unwrap_err().to_string().contains("at most 256"));
}
