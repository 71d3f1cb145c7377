//! A sample as a distribution: as it is, or smoothed.

/// Values of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    /// From the least to the greatest.
    values: Vec<f64>,
    smooth: bool,
}

/// Fewer values have no quartiles.
pub const LEAST_VALUES: usize = 4;
/// More are no record of what people announced, and would take longer to smooth than the run.
pub const MOST_VALUES: usize = 10_000;
/// Points of the quantile function to one bandwidth: straight lines between them miss a kernel's probability by
/// 0.3/8/16² < 0.0002 at most.
const POINTS_A_BANDWIDTH: f64 = 16.0;
/// A kernel reaches so many of its standard deviations to either side.
const REACH: f64 = 2.236_067_977_499_79;

impl Empirical {
    /// A sample of at least one value, in any order. Smoothed, what lies around a value is possible, too.
    pub fn new(mut values: Vec<f64>, smooth: bool) -> Self {
        values.sort_by(f64::total_cmp);
        Self { values, smooth }
    }

    /// From the least to the greatest.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Whether what lies around a value is possible, too.
    pub fn is_smooth(&self) -> bool {
        self.smooth
    }

    /// The value below which a share `p` lies, on straight lines between order statistics (type 7 of Hyndman
    /// and Fan, *The American Statistician* 50, 1996).
    pub fn quantile(&self, p: f64) -> f64 {
        let at = p * (self.values.len() - 1) as f64;
        let below = at.floor() as usize;
        let next = self.values[(below + 1).min(self.values.len() - 1)];
        self.values[below] + (at - at.floor()) * (next - self.values[below])
    }

    /// The least and the greatest value that is possible.
    pub fn support(&self) -> (f64, f64) {
        let width = self.bandwidth();
        let (atoms, spread) = self.parts(width);
        let (alone, reach) = (atoms.iter().map(|(value, _)| (*value, *value)), REACH * width);
        let all = alone.chain(spread.iter().map(|value| (value - reach, value + reach)));
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (from, upto)| {
            (low.min(from), high.max(upto))
        })
    }

    /// The standard deviation of the kernels: Silverman's rule of thumb, 0.9·min(s, IQR/1.34)·n^(−1/5), with s alone
    /// where half of the values are one (*Density Estimation*, 1986, eq. 3.31). 0 without smoothing.
    pub fn bandwidth(&self) -> f64 {
        let n = self.values.len() as f64;
        if !self.smooth || self.values.len() < 2 {
            return 0.0;
        }
        let mean = self.values.iter().sum::<f64>() / n;
        let squares: f64 = self.values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let sd = (squares / (n - 1.0)).sqrt();
        let by_quartiles = (self.quantile(0.75) - self.quantile(0.25)) / 1.34;
        let spread = if by_quartiles > 0.0 && by_quartiles < sd { by_quartiles } else { sd };
        0.9 * spread / fifth_root(n)
    }

    /// The quantile function: points of (probability, value), straight lines between, both never falling; where
    /// several have one value, that value has the probability between them.
    ///
    /// A value that stands in several rows is no coincidence (what ends on its day ends on that day): it keeps its
    /// probability. Every other value is spread by an Epanechnikov kernel, whose tails end.
    pub fn points(&self) -> Vec<(f64, f64)> {
        let width = self.bandwidth();
        let (atoms, spread) = self.parts(width);
        let reach = REACH * width;
        let mut places: Vec<f64> = atoms.iter().map(|(value, _)| *value).collect();
        for value in &spread {
            let pieces = (2.0 * REACH * POINTS_A_BANDWIDTH).ceil();
            places.extend((0..=pieces as usize).map(|k| value - reach + 2.0 * reach * (k as f64 / pieces)));
        }
        places.sort_by(f64::total_cmp);
        places.dedup();
        let n = self.values.len() as f64;
        let mut points: Vec<(f64, f64)> = Vec::new();
        let (mut passed, mut first, mut next) = (0.0, 0, 0);
        for x in places {
            // Kernels that lie below as a whole are counted, those above are not looked at.
            while first < spread.len() && spread[first] + reach <= x {
                first += 1;
            }
            let reached = spread[first..].iter().take_while(|value| **value - reach < x);
            let below = first as f64 + reached.map(|value| kernel_cdf((x - value) / reach)).sum::<f64>();
            points.push(((below + passed) / n, x));
            if atoms.get(next).is_some_and(|(value, _)| *value == x) {
                passed += atoms[next].1;
                next += 1;
                points.push(((below + passed) / n, x));
            }
        }
        if let Some(last) = points.last_mut() {
            last.0 = 1.0;
        }
        points
    }

    /// Values that keep their probability, with their numbers of rows, and values that are spread.
    fn parts(&self, width: f64) -> (Vec<(f64, f64)>, Vec<f64>) {
        let (mut atoms, mut spread) = (Vec::new(), Vec::new());
        for run in self.values.chunk_by(|a, b| a == b) {
            if run.len() > 1 || width == 0.0 {
                atoms.push((run[0], run.len() as f64));
            } else {
                spread.push(run[0]);
            }
        }
        (atoms, spread)
    }
}

/// The distribution function of Epanechnikov's kernel, ¾(1 − t²) from −1 to 1.
fn kernel_cdf(t: f64) -> f64 {
    if t <= -1.0 {
        0.0
    } else if t >= 1.0 {
        1.0
    } else {
        0.5 + 0.25 * t * (3.0 - t * t)
    }
}

/// By Newton's method, from above: the same bits on every machine.
fn fifth_root(x: f64) -> f64 {
    let mut root = x.max(1.0);
    for _ in 0..500 {
        let fourth = root * root * root * root;
        let next = root - (root - x / fourth) / 5.0;
        if next >= root {
            break;
        }
        root = next;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The probability of at most `x`, by the definition of a mixture.
    fn mixture(sample: &Empirical, x: f64) -> f64 {
        let (atoms, spread) = sample.parts(sample.bandwidth());
        let of_atoms: f64 = atoms.iter().filter(|(value, _)| *value <= x).map(|(_, rows)| rows).sum();
        let reach = REACH * sample.bandwidth();
        let of_spread: f64 = spread.iter().map(|value| kernel_cdf((x - value) / reach)).sum();
        (of_atoms + of_spread) / sample.values.len() as f64
    }

    fn probability(points: &[(f64, f64)], x: f64) -> f64 {
        let next = points.partition_point(|(_, value)| *value <= x);
        match (next.checked_sub(1).map(|before| points[before]), points.get(next)) {
            (None, _) => 0.0,
            (_, None) => 1.0,
            (Some((p, low)), Some((q, high))) => p + (q - p) * (x - low) / (high - low),
        }
    }

    const SLIPS: [f64; 10] = [-44.0, -37.0, -13.0, 0.0, 0.0, 0.0, 1.0, 2.0, 15.0, 121.0];

    #[test]
    fn points_follow_the_mixture_of_kernels() {
        let sample = Empirical::new(SLIPS.to_vec(), true);
        let points = sample.points();
        assert!(points.windows(2).all(|w| w[0].0 <= w[1].0 && w[0].1 <= w[1].1), "{points:?}");
        assert_eq!((points[0].0, points[points.len() - 1].0), (0.0, 1.0));
        assert_eq!((points[0].1, points[points.len() - 1].1), sample.support());
        for k in -600..1500 {
            let x = f64::from(k) / 10.0;
            let (by_points, truth) = (probability(&points, x), mixture(&sample, x));
            // Ten kernels of weight 1/10, each missed by 0.0002 at most.
            assert!((by_points - truth).abs() < 2e-4, "{x}: {by_points}, not {truth}");
        }
        let at_zero: Vec<f64> = points.iter().filter(|(_, x)| *x == 0.0).map(|(p, _)| *p).collect();
        assert!((at_zero[1] - at_zero[0] - 0.3).abs() < 1e-12, "three of ten ended on the day");
    }

    #[test]
    fn the_bandwidth_is_silvermans() {
        // By hand: the quartiles are −9.75 and 1.75, so IQR/1.34 = 8.582; s = 45.1; 10^(1/5) = 1.58489.
        let width = Empirical::new(SLIPS.to_vec(), true).bandwidth();
        assert!((width - 0.9 * (11.5 / 1.34) / 1.584_893_192_461_113_5).abs() < 1e-12, "{width}");
        // Half are one value: the standard deviation alone, √(4/4) = 1.
        let width = Empirical::new(vec![0.0, 0.0, 0.0, 0.0, 5.0_f64.sqrt()], true).bandwidth();
        assert!((width - 0.9 / fifth_root(5.0)).abs() < 1e-12, "{width}");
        assert!((fifth_root(32.0) - 2.0).abs() < 1e-15 && (fifth_root(1.0) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn without_smoothing_nothing_but_the_values_is_possible() {
        let points = Empirical::new(vec![3.0, 1.0, 3.0, 7.0], false).points();
        assert_eq!(points, [(0.0, 1.0), (0.25, 1.0), (0.25, 3.0), (0.75, 3.0), (0.75, 7.0), (1.0, 7.0)]);
    }
}
