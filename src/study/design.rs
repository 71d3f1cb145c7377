//! Designs: which values a sweep's levers have at each of its points.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::points::{PointsError, grid, latin_hypercube, sobol};
use crate::lang::lever::{Lever, Setting, Values};
use crate::model::sweeps::Plan;

/// The points of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Paths of the scenario, in the order they were given.
    pub levers: Vec<String>,
    /// `[point][lever]`; no two points are alike.
    pub points: Vec<Vec<Setting>>,
    /// `grid`, `lhs`, `sobol` or `file`.
    pub kind: Cow<'static, str>,
}

/// Why there is no such design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DesignError {
    /// No lever, or a file without a point.
    Nothing,
    /// A lever that is given twice.
    Twice(String),
    /// A grid over a range without a number of values.
    Open(String),
    /// More than [`MOST_POINTS`].
    TooMany(usize),
    /// Points that cannot be laid.
    Points(PointsError),
    /// A line of a file (from 1), and what is wrong with it.
    Line(u64, String),
    /// Two points (from 1) of a file that are the same.
    Same(usize, usize),
}

/// All that keeps a design from being laid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesignErrors(pub Vec<DesignError>);

/// More points than this are refused.
pub const MOST_POINTS: usize = 1_000_000;

impl Design {
    /// The design of some levers.
    ///
    /// # Errors
    /// All that keeps it from being laid.
    pub fn new(levers: &[Lever], plan: Plan, seed: u64) -> Result<Self, DesignErrors> {
        let mut errors = paths_are_good(levers.iter().map(|lever| lever.path.as_str()));
        let cube = match plan {
            Plan::Grid => {
                errors.extend(levers.iter().filter_map(open));
                None
            }
            Plan::Latin(n) if n <= MOST_POINTS => Some(Ok(latin_hypercube(n, levers.len(), seed, 0))),
            Plan::Sobol(n) if n <= MOST_POINTS => Some(sobol(n, levers.len(), seed, 0)),
            Plan::Latin(n) | Plan::Sobol(n) => {
                Some(Ok(Vec::new())).inspect(|_| errors.push(DesignError::TooMany(n)))
            }
        };
        if !errors.is_empty() {
            return Err(DesignErrors(errors));
        }
        let (points, kind) = match cube {
            None => (combinations(levers)?, "grid"),
            Some(cube) => {
                let cube = cube.map_err(|why| DesignErrors(vec![DesignError::Points(why)]))?;
                let settings =
                    |point: Vec<f64>| levers.iter().zip(point).map(|(l, u)| l.values.at(u)).collect();
                (
                    cube.into_iter().map(settings).collect(),
                    if matches!(plan, Plan::Latin(_)) { "lhs" } else { "sobol" },
                )
            }
        };
        Ok(Self {
            levers: levers.iter().map(|lever| lever.path.clone()).collect(),
            points,
            kind: kind.into(),
        })
    }

    /// A design as a table: a header of paths, then a point a line. A column called `point` is passed over, so
    /// that the `design.csv` of a sweep can be given back.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn from_csv(text: &str) -> Result<Self, DesignErrors> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let unreadable = |e: csv::Error| {
            let line = e.position().map_or(1, csv::Position::line);
            DesignErrors(vec![DesignError::Line(line, "it cannot be read as CSV".to_owned())])
        };
        let header = reader.headers().map_err(unreadable)?.clone();
        let columns: Vec<usize> = (0..header.len()).filter(|&at| &header[at] != "point").collect();
        let mut errors = paths_are_good(columns.iter().map(|&at| &header[at]));
        let mut points: Vec<Vec<Setting>> = Vec::new();
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(why) => {
                    let line = why.position().map_or(1, csv::Position::line);
                    errors.push(DesignError::Line(
                        line,
                        format!("it has not the {} values of the header", header.len()),
                    ));
                    continue;
                }
            };
            let line = record.position().map_or(1, csv::Position::line);
            match columns.iter().map(|&at| Setting::parse(&record[at])).collect::<Result<Vec<_>, _>>() {
                Ok(point) => points.push(point),
                Err(why) => errors.push(DesignError::Line(line, why.message)),
            }
        }
        errors.extend(same(&points).map(|(first, second)| DesignError::Same(first + 1, second + 1)));
        if points.is_empty() && errors.is_empty() {
            errors.push(DesignError::Nothing);
        }
        let levers = columns.iter().map(|&at| header[at].to_owned()).collect();
        if errors.is_empty() {
            Ok(Self { levers, points, kind: "file".into() })
        } else {
            Err(DesignErrors(errors))
        }
    }

    /// What a point is, for people: `phases.x.end = 2025-03-31, parameters.y = 3`.
    pub fn describe(&self, point: usize) -> String {
        let each = self.levers.iter().zip(&self.points[point]);
        each.map(|(path, setting)| format!("{path} = {setting}")).collect::<Vec<_>>().join(", ")
    }

    /// The different values of a lever, in their order along an axis or of first use.
    pub fn settings(&self, lever: usize) -> Vec<Setting> {
        let mut found: Vec<Setting> = Vec::new();
        for point in &self.points {
            if !found.contains(&point[lever]) {
                found.push(point[lever].clone());
            }
        }
        if found.iter().all(|setting| setting.position().is_some()) {
            found
                .sort_by(|a, b| a.position().partial_cmp(&b.position()).unwrap_or(std::cmp::Ordering::Equal));
        }
        found
    }
}

fn paths_are_good<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<DesignError> {
    let paths: Vec<&str> = paths.collect();
    let twice = paths.iter().enumerate().filter(|(at, path)| paths[..*at].contains(path));
    let mut errors: Vec<DesignError> =
        twice.map(|(_, path)| DesignError::Twice((*path).to_owned())).collect();
    if paths.is_empty() {
        errors.push(DesignError::Nothing);
    }
    errors
}

fn open(lever: &Lever) -> Option<DesignError> {
    let Values::Between(low, high) = &lever.values else { return None };
    Some(DesignError::Open(format!("{}={low}..{high}", lever.path)))
}

fn combinations(levers: &[Lever]) -> Result<Vec<Vec<Setting>>, DesignErrors> {
    let values: Vec<&[Setting]> = levers
        .iter()
        .map(|lever| match &lever.values {
            Values::Each(values) => values.as_slice(),
            Values::Between(..) => &[],
        })
        .collect();
    let counts: Vec<usize> = values.iter().map(|values| values.len()).collect();
    let points = counts.iter().fold(1, |product: usize, n| product.saturating_mul(*n));
    if points > MOST_POINTS {
        return Err(DesignErrors(vec![DesignError::TooMany(points)]));
    }
    let settings = |at: Vec<usize>| at.iter().zip(&values).map(|(k, values)| values[*k].clone()).collect();
    Ok(grid(&counts).map(settings).collect())
}

/// Points that are the same as an earlier one, with that.
fn same(points: &[Vec<Setting>]) -> impl Iterator<Item = (usize, usize)> {
    let mut order: Vec<(String, usize)> =
        points.iter().enumerate().map(|(at, point)| (format!("{point:?}"), at)).collect();
    order.sort();
    let pairs: Vec<(usize, usize)> =
        order.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| (pair[0].1, pair[1].1)).collect();
    pairs.into_iter()
}

impl fmt::Display for DesignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing varies: write --vary PATH=0..360/7, or --vary PATH=a,b,c"),
            Self::Twice(path) => write!(f, "`{path}` is varied twice: give all its values at once"),
            Self::Open(range) => {
                write!(f, "{range} says not how many values: write {range}/5, or --design lhs --points 64")
            }
            Self::TooMany(n) => write!(f, "{n} points are too many: at most {MOST_POINTS}"),
            Self::Points(why) => write!(f, "{why}"),
            Self::Line(line, what) => write!(f, "line {line} of the design: {what}"),
            Self::Same(first, second) => write!(f, "points {first} and {second} of the design are the same"),
        }
    }
}

impl fmt::Display for DesignErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.0.iter().map(DesignError::to_string).collect();
        f.write_str(&each.join("\n"))
    }
}

impl std::error::Error for DesignErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(levers: &[&str], plan: Plan) -> Result<Design, DesignErrors> {
        let levers: Vec<Lever> = levers.iter().map(|text| Lever::parse(text).unwrap()).collect();
        Design::new(&levers, plan, 7)
    }

    fn described(design: &Design) -> Vec<String> {
        (0..design.points.len()).map(|point| design.describe(point)).collect()
    }

    #[test]
    fn the_last_lever_of_a_grid_changes_fastest() {
        let grid = design(&["a.b=1,2", "c.d=x,y"], Plan::Grid).unwrap();
        assert_eq!(
            described(&grid),
            ["a.b = 1, c.d = x", "a.b = 1, c.d = y", "a.b = 2, c.d = x", "a.b = 2, c.d = y"]
        );
    }

    #[test]
    fn drawn_designs_fill_their_ranges_and_share_out_lists() {
        for plan in [Plan::Latin(8), Plan::Sobol(8)] {
            let drawn = design(&["a=0..8", "b=x,y"], plan).unwrap();
            let mut eighths: Vec<i32> =
                drawn.points.iter().map(|p| p[0].position().unwrap().floor() as i32).collect();
            eighths.sort_unstable();
            assert_eq!(eighths, (0..8).collect::<Vec<_>>(), "{plan:?}");
            let x = Setting::Text("x".to_owned());
            assert_eq!(drawn.points.iter().filter(|p| p[1] == x).count(), 4, "{plan:?}");
        }
    }

    #[test]
    fn a_table_is_a_design_and_all_that_is_wrong_with_it_is_told() {
        let good = Design::from_csv("point,a.b, c.end\n1,3,2025-03-31\n2,4,2025-06-30\n").unwrap();
        assert_eq!(described(&good), ["a.b = 3, c.end = 2025-03-31", "a.b = 4, c.end = 2025-06-30"]);
        let bad = Design::from_csv("a,b,a\n1,2,3\n1,2\n1,2,3\n1,,3\n").unwrap_err();
        let expected = [
            DesignError::Twice("a".into()),
            DesignError::Line(3, "it has not the 3 values of the header".into()),
            DesignError::Line(5, "a value is missing".into()),
            DesignError::Same(1, 2),
        ];
        assert_eq!(bad.0, expected);
        assert_eq!(Design::from_csv("a\n").unwrap_err().0, [DesignError::Nothing]);
    }

    #[test]
    fn what_cannot_be_laid_is_told_at_once() {
        let errors = design(&["a=0..1", "a=1,2"], Plan::Grid).unwrap_err();
        assert_eq!(errors.0, [DesignError::Twice("a".into()), DesignError::Open("a=0..1".into())]);
        assert_eq!(
            design(&["a=0..1/2000", "b=0..1/2000"], Plan::Grid),
            Err(DesignErrors(vec![DesignError::TooMany(4_000_000)]))
        );
        assert_eq!(design(&[], Plan::Grid), Err(DesignErrors(vec![DesignError::Nothing])));
    }
}
