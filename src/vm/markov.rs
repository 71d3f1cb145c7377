//! Continuous-time Markov chains: where a state is after a while.

use super::math::exp;

/// The probabilities of each state after `days`, from state `from`: a row of exp(QΔ), to 1e-12.
///
/// `rates` holds the rates per day from state i to state j at i·n + j, none negative; the diagonal is ignored.
/// The results are not negative and sum to 1; they are NaN where a rate or `days` is not finite or negative.
pub fn transition_row(rates: &[f64], n: usize, days: f64, from: usize, out: &mut [f64]) {
    assert_eq!((rates.len(), out.len()), (n * n, n), "a square matrix and a row");
    let exits: Vec<f64> = (0..n).map(|state| exit_rate(rates, n, state)).collect();
    let fastest = exits.iter().fold(0.0, |most, &exit| if exit > most { exit } else { most });
    // Events of the chain's clock in this time; NaN if any number is, for no comparison hides it here.
    let events = days * fastest + 0.0 * exits.iter().sum::<f64>();
    if !(events >= 0.0 && events.is_finite()) || rates_are_negative(rates, n) {
        out.fill(f64::NAN);
        return;
    }
    if events <= MOST_EVENTS {
        let jump = jump_matrix(rates, n, &exits, fastest);
        uniformise(&jump, n, events, from, out);
    } else {
        out.copy_from_slice(&squared(rates, n, days, &exits, fastest)[from * n..][..n]);
    }
}

/// Events up to which a row is worked out by itself.
const MOST_EVENTS: f64 = 32.0;

fn exit_rate(rates: &[f64], n: usize, state: usize) -> f64 {
    let others = (0..n).filter(|&other| other != state);
    others.map(|other| rates[state * n + other]).sum()
}

fn rates_are_negative(rates: &[f64], n: usize) -> bool {
    rates.iter().enumerate().any(|(index, &rate)| index / n != index % n && rate < 0.0)
}

/// The chain of A. Jensen (1953) that ticks at the fastest exit rate: where an event takes each state. Without rates
/// there is no event, and nobody looks.
fn jump_matrix(rates: &[f64], n: usize, exits: &[f64], fastest: f64) -> Vec<f64> {
    let entry = |index: usize| {
        let (state, next) = (index / n, index % n);
        if state == next { (fastest - exits[state]) / fastest } else { rates[index] / fastest }
    };
    (0..n * n).map(entry).collect()
}

/// Sum over k of Poisson(k; events) times k jumps: no term is negative, so nothing cancels.
fn uniformise(jump: &[f64], n: usize, events: f64, from: usize, out: &mut [f64]) {
    let mut state = vec![0.0; n];
    let mut next = vec![0.0; n];
    state[from] = 1.0;
    out.fill(0.0);
    let (mut weight, mut k) = (exp(-events), 0.0);
    // Beyond the mean the weights fall faster than a geometric series; the end is far below rounding.
    while k <= events || weight > 1e-18 {
        for (sum, probability) in out.iter_mut().zip(&state) {
            *sum += weight * probability;
        }
        multiply(&state, jump, n, &mut next);
        std::mem::swap(&mut state, &mut next);
        k += 1.0;
        weight *= events / k;
    }
    normalise(out);
}

/// exp(QΔ) by squaring exp(QΔ/2ˢ) s times; rows are brought back to a sum of 1 each time.
fn squared(rates: &[f64], n: usize, days: f64, exits: &[f64], fastest: f64) -> Vec<f64> {
    let (mut part, mut squarings) = (days * fastest, 0);
    while part > 1.0 {
        part *= 0.5;
        squarings += 1;
    }
    let jump = jump_matrix(rates, n, exits, fastest);
    let mut matrix = vec![0.0; n * n];
    for (state, row) in matrix.chunks_exact_mut(n).enumerate() {
        uniformise(&jump, n, part, state, row);
    }
    let mut square = vec![0.0; n * n];
    for _ in 0..squarings {
        for (row, result) in matrix.chunks_exact(n).zip(square.chunks_exact_mut(n)) {
            multiply(row, &matrix, n, result);
            normalise(result);
        }
        std::mem::swap(&mut matrix, &mut square);
    }
    matrix
}

/// A row times a matrix.
fn multiply(row: &[f64], matrix: &[f64], n: usize, result: &mut [f64]) {
    result.fill(0.0);
    for (weight, line) in row.iter().zip(matrix.chunks_exact(n)) {
        for (sum, entry) in result.iter_mut().zip(line) {
            *sum += weight * entry;
        }
    }
}

fn normalise(row: &mut [f64]) {
    let total: f64 = row.iter().sum();
    row.iter_mut().for_each(|probability| *probability /= total);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rates per day between negotiating, agreed, stalled and expelled; the diagonal is to be ignored.
    const RATES: [f64; 16] =
        [9.0, 0.02, 0.01, 0.001, 0.0, 9.0, 0.004, 0.002, 0.05, 0.0, 9.0, 0.03, 0.0, 0.0, 0.0, 9.0];

    fn scaled(factor: f64) -> Vec<f64> {
        RATES.iter().map(|rate| rate * factor).collect()
    }

    fn reference(rates: &[f64], days: f64) -> nalgebra::DMatrix<f64> {
        let mut generator = nalgebra::DMatrix::from_row_slice(4, 4, rates);
        for state in 0..4 {
            generator[(state, state)] = -exit_rate(rates, 4, state);
        }
        (generator * days).exp()
    }

    #[test]
    fn rows_are_those_of_the_matrix_exponential() {
        // From a hundredth of an event to tens of thousands, across the change of method.
        for factor in [0.001, 0.1, 1.0, 10.0, 57.0, 58.0, 1e3, 1e5] {
            let rates = scaled(factor);
            let truth = reference(&rates, 7.0);
            for from in 0..4 {
                let mut row = [0.0; 4];
                transition_row(&rates, 4, 7.0, from, &mut row);
                for (to, probability) in row.into_iter().enumerate() {
                    let error = (probability - truth[(from, to)]).abs();
                    assert!(error <= 1e-12, "rates times {factor}, {from} to {to}: {error:e}");
                    assert!(probability >= 0.0);
                }
                assert!((row.iter().sum::<f64>() - 1.0).abs() <= 1e-15 * 4.0);
            }
        }
    }

    #[test]
    fn two_states_have_a_formula() {
        let (there, back) = (0.3, 0.1);
        for days in [0.01, 1.0, 30.0, 1_000.0] {
            let mut row = [0.0; 2];
            transition_row(&[0.0, there, back, 0.0], 2, days, 0, &mut row);
            let truth = there / (there + back) * (1.0 - exp(-(there + back) * days));
            assert!((row[1] - truth).abs() <= 1e-14, "{days}: {} for {truth}", row[1]);
        }
    }

    #[test]
    fn no_time_and_no_rates_change_nothing() {
        let mut row = [0.0; 4];
        transition_row(&RATES, 4, 0.0, 2, &mut row);
        assert_eq!(row, [0.0, 0.0, 1.0, 0.0]);
        transition_row(&[0.0; 16], 4, 7.0, 1, &mut row);
        assert_eq!(row, [0.0, 1.0, 0.0, 0.0]);
        // The last state is absorbing.
        transition_row(&RATES, 4, 1e4, 3, &mut row);
        assert_eq!(row, [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn rates_that_are_none_are_not_a_number() {
        let mut row = [0.0; 2];
        for bad in [f64::NAN, f64::INFINITY, -0.1] {
            transition_row(&[0.0, bad, 0.1, 0.0], 2, 1.0, 0, &mut row);
            assert!(row.iter().all(|p| p.is_nan()), "rate {bad}");
            transition_row(&[0.0, 0.1, bad, 0.0], 2, 1.0, 0, &mut row);
            assert!(row.iter().all(|p| p.is_nan()), "other rate {bad}");
            transition_row(&[0.0, 0.1, 0.1, 0.0], 2, bad, 0, &mut row);
            assert!(row.iter().all(|p| p.is_nan()), "days {bad}");
        }
    }

    #[test]
    fn the_diagonal_is_ignored() {
        let (mut row, mut truth) = ([0.0; 4], [0.0; 4]);
        let mut rates = RATES;
        transition_row(&rates, 4, 7.0, 0, &mut truth);
        (0..4).for_each(|state| rates[5 * state] = -9.0);
        transition_row(&rates, 4, 7.0, 0, &mut row);
        assert_eq!(row, truth);
    }
}
