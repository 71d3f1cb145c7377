//! How many histories a method takes, and how they are shared out.

use crate::vm::LANES;

/// How the indices are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// From the histories of a plain run: PAWN, Borgonovo's δ, standardised rank regression.
    Given,
    /// First- and total-order Sobol indices from a design of their own.
    Sobol,
    /// Morris's elementary effects: a cheap look at many inputs.
    Morris,
}

impl Method {
    /// As it is written: `given`, `sobol`, `morris`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Sobol => "sobol",
            Self::Morris => "morris",
        }
    }
}

/// The histories of one study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Rows: histories of the plain run, rows of Saltelli's design, trajectories.
    pub rows: u64,
    /// Scrambles that the rows are shared out over, all of one size; 1 unless the method is Sobol's.
    pub scrambles: u64,
    /// Pairs with equal quantities and different chance that are run beside the rows.
    pub pairs: u64,
    /// All histories that will be simulated, the pilot's not among them.
    pub histories: u64,
}

/// Scrambles: enough to tell the scatter of their mean to a quarter of itself.
pub const SCRAMBLES: u64 = 8;
/// Given data must have so many histories, and so many for each input.
const LEAST_GIVEN: u64 = 500;
const LEAST_GIVEN_EACH: u64 = 20;
const BLOCK: u64 = LANES as u64;
/// Rows of Saltelli's design when nobody says how many: fewer where inputs are so many that it would take more
/// than these histories.
const USUAL_ROWS: u64 = 4096;
const USUAL_HISTORIES: u64 = 100_000;
const USUAL_TRAJECTORIES: u64 = 256;
const FEWEST_PAIRS: u64 = 4 * BLOCK;
const MOST_PAIRS: u64 = 4096;

impl Plan {
    /// The plan for so many histories and inputs (correlated ones as one, unless the data is given).
    ///
    /// `asked` is how many histories may be run; designs come in whole pieces, so fewer may be. Without it,
    /// Sobol and Morris take what usually suffices, and a plain run `usual`.
    ///
    /// # Errors
    /// They are too few: how many are needed.
    pub fn new(method: Method, asked: Option<u64>, usual: u64, inputs: u64) -> Result<Self, u64> {
        match method {
            Method::Given => Self::given(asked.unwrap_or(usual), inputs),
            Method::Sobol => Self::sobol(asked, inputs),
            Method::Morris => Self::morris(asked, inputs),
        }
    }

    /// As many histories as the plain run would have: the last fifth are given to telling chance.
    fn given(asked: u64, inputs: u64) -> Result<Self, u64> {
        let fewest = LEAST_GIVEN.max(LEAST_GIVEN_EACH * inputs);
        let needed = fewest + FEWEST_PAIRS;
        if asked < needed {
            return Err(needed);
        }
        let pairs = pairs(asked / 5).min((asked - fewest) / BLOCK * BLOCK);
        Ok(Self { rows: asked - pairs, scrambles: 1, pairs, histories: asked })
    }

    /// A row costs one history for A, one for B, one with B's chance, and one for each input.
    fn sobol(asked: Option<u64>, inputs: u64) -> Result<Self, u64> {
        let each = inputs + 3;
        let usual = (USUAL_HISTORIES / each).clamp(SCRAMBLES * BLOCK, USUAL_ROWS);
        let rows = asked.map_or(usual, |asked| asked / each);
        if rows < SCRAMBLES * BLOCK {
            return Err(SCRAMBLES * BLOCK * each);
        }
        // Powers of two are spread best; what is left over makes more scrambles.
        let mut of_scramble = BLOCK;
        while 2 * of_scramble * SCRAMBLES <= rows {
            of_scramble *= 2;
        }
        let scrambles = rows / of_scramble;
        let rows = scrambles * of_scramble;
        Ok(Self { rows, scrambles, pairs: 0, histories: rows * each })
    }

    fn morris(asked: Option<u64>, inputs: u64) -> Result<Self, u64> {
        let each = inputs + 1;
        let needed = BLOCK * each + 2 * FEWEST_PAIRS;
        let asked = asked.unwrap_or(USUAL_TRAJECTORIES * each + 2 * 4 * FEWEST_PAIRS);
        if asked < needed {
            return Err(needed);
        }
        let pairs = pairs(asked / 8).min((asked - BLOCK * each) / 2 / BLOCK * BLOCK);
        let rows = (asked - 2 * pairs) / each / BLOCK * BLOCK;
        Ok(Self { rows, scrambles: 1, pairs, histories: rows * each + 2 * pairs })
    }
}

fn pairs(wanted: u64) -> u64 {
    (wanted / BLOCK * BLOCK).clamp(FEWEST_PAIRS, MOST_PAIRS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_keeps_to_what_was_asked() {
        for inputs in [1, 7, 40, 100] {
            for asked in [5000, 20_000, 123_456, 1_000_000] {
                for method in [Method::Given, Method::Sobol, Method::Morris] {
                    let Ok(plan) = Plan::new(method, Some(asked), 0, inputs) else { continue };
                    assert!(plan.histories <= asked && plan.rows > 0, "{method:?} {inputs} {asked} {plan:?}");
                    assert_eq!(plan.rows % plan.scrambles, 0);
                    assert!(method == Method::Given || (plan.rows / plan.scrambles).is_multiple_of(64));
                    assert!(method != Method::Given || plan.pairs <= plan.rows);
                }
            }
        }
        let usual = |inputs| Plan::new(Method::Sobol, None, 10_000, inputs).map(|p| (p.rows, p.scrambles));
        assert_eq!([1, 97, 1000].map(usual), [Ok((4096, 8)), Ok((960, 15)), Ok((512, 8))]);
    }

    #[test]
    fn what_is_said_to_be_needed_suffices_and_less_does_not() {
        for method in [Method::Given, Method::Sobol, Method::Morris] {
            for inputs in [1, 13, 60] {
                let needed = Plan::new(method, Some(1), 1, inputs).unwrap_err();
                assert!(Plan::new(method, Some(needed), 1, inputs).is_ok(), "{method:?} {inputs}");
                assert_eq!(Plan::new(method, Some(needed - 1), 1, inputs), Err(needed));
            }
        }
    }
}
