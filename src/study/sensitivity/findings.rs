//! What a study of sensitivity found, ready to be read.

use super::factors::Input;
use super::plan::{Method, Plan};
use super::resample::Index;
use crate::results::Legend;
use crate::study::Target;

/// What was found.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Names, labels, distributions and sources.
    pub legend: Legend,
    /// How the indices were found.
    pub method: Method,
    /// The seed that, with the scenario, gives the same again.
    pub seed: u64,
    /// How the histories were shared out.
    pub plan: Plan,
    /// Histories that stopped on the way. What they would have been compared with is left out, too.
    pub failed: u64,
    /// What the output may depend on.
    pub inputs: Vec<Input>,
    /// One for each target, in the order asked.
    pub answers: Vec<Answer>,
}

/// What one target depends on.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked.
    pub target: Target,
    /// Rows that count: histories, rows of the design, trajectories.
    pub rows: u64,
    /// The target's mean over the histories looked at; of a milestone its probability.
    pub mean: f64,
    /// The share of the histories looked at whose date lies after the end; they count with the end. 0 unless
    /// the target is a date.
    pub censored: f64,
    /// The share of the target's variance that is chance: what would be left if every quantity were known.
    pub chance: Index,
    /// Every index, in the order of tables.
    pub lines: Vec<Line>,
    /// Which way the target goes when an input rises, where that can be told; `[input]`.
    pub directions: Vec<Option<Direction>>,
}

/// One index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    pub subject: Subject,
    pub statistic: Statistic,
    pub index: Index,
    /// Its standard error from the scatter across scrambles, where there are several.
    pub scatter: Option<f64>,
}

/// What an index is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An input, by its place.
    Input(usize),
    /// Everything that is not drawn once a history.
    Chance,
    /// All inputs together.
    All,
    /// A made-up input that does nothing: what noise alone gives.
    Dummy,
}

/// What an index measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// PAWN: the median Kolmogorov–Smirnov distance over slices.
    PawnMedian,
    /// PAWN: the greatest.
    PawnMaximum,
    /// Borgonovo's δ, its bias taken off.
    Delta,
    /// The standardised coefficient of the rank regression.
    RankCoefficient,
    /// The share of rank variance that the regression explains.
    RSquared,
    /// Sobol, first order.
    First,
    /// Sobol, total order.
    Total,
    /// The share of variance that all inputs together explain.
    Closed,
    /// Morris: mean elementary effect.
    Mu,
    /// Morris: mean size of elementary effects.
    MuStar,
    /// Morris: their standard deviation.
    Sigma,
    /// The share of variance that is chance.
    Share,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More of the input, more of the target.
    Raises,
    /// More of the input, less of the target.
    Lowers,
}

impl Statistic {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::PawnMedian => "pawn_median",
            Self::PawnMaximum => "pawn_max",
            Self::Delta => "delta",
            Self::RankCoefficient => "srrc",
            Self::RSquared => "r_squared",
            Self::First => "first",
            Self::Total => "total",
            Self::Closed => "closed",
            Self::Mu => "mu",
            Self::MuStar => "mu_star",
            Self::Sigma => "sigma",
            Self::Share => "share",
        }
    }
}

impl Method {
    /// The statistic by which inputs are put in order.
    pub fn leading(self) -> Statistic {
        match self {
            Self::Given => Statistic::Delta,
            Self::Sobol => Statistic::Total,
            Self::Morris => Statistic::MuStar,
        }
    }
}

impl Answer {
    /// An index, if it was found.
    pub fn index(&self, subject: Subject, statistic: Statistic) -> Option<Index> {
        let found = self.lines.iter().find(|line| line.subject == subject && line.statistic == statistic);
        found.map(|line| line.index)
    }

    /// Whether an input is told from one that does nothing: its leading index lies above 0 or, from given data,
    /// where none is ever 0, above the dummy's by three of its standard deviations.
    pub fn is_resolved(&self, method: Method, input: usize) -> bool {
        let Some(index) = self.index(Subject::Input(input), method.leading()) else { return false };
        match self.index(Subject::Dummy, method.leading()) {
            Some(dummy) => index.value > dummy.value + 3.0 * dummy.error,
            None => index.is_resolved(),
        }
    }

    /// Inputs with their leading index, the most important first.
    pub fn ranking(&self, method: Method) -> Vec<(usize, Index)> {
        let leading = |line: &Line| match line.subject {
            Subject::Input(input) if line.statistic == method.leading() => Some((input, line.index)),
            _ => None,
        };
        let mut ranked: Vec<(usize, Index)> = self.lines.iter().filter_map(leading).collect();
        // A stable sort: what is equal stays in the scenario's order.
        ranked.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
        ranked
    }
}

impl Findings {
    /// The name of a line's subject in tables: an input's path, `chance`, `all inputs`, `dummy`.
    pub fn name(&self, subject: Subject) -> &str {
        match subject {
            Subject::Input(input) => &self.inputs[input].id,
            Subject::Chance => "chance",
            Subject::All => "all inputs",
            Subject::Dummy => "dummy",
        }
    }
}
