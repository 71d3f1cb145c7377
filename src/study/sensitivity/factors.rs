//! What the output may depend on: quantities drawn once a history, those that are correlated as one.

use crate::model::Model;
use crate::results::Legend;

/// One input, or several that are correlated: they are drawn together and cannot be held apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The path of the quantity in the scenario; those of a group joined by ` + `.
    pub id: String,
    /// Places in the model's list of drawn quantities.
    pub members: Vec<usize>,
    /// Places in [`Legend::quantities`], where distributions and sources are.
    pub quantities: Vec<usize>,
    /// Paths of quantities outside this input that are correlated with it.
    pub correlated_with: Vec<String>,
}

/// Every quantity by itself.
pub fn each_alone(model: &Model, legend: &Legend) -> Vec<Input> {
    (0..model.drawn.len()).map(|place| input(model, legend, vec![place])).collect()
}

/// Every quantity, correlated ones as one input; in the order in which the model draws them.
pub fn grouped(model: &Model, legend: &Legend) -> Vec<Input> {
    let group_of = |place: usize| model.copulas.iter().find(|copula| copula.members.contains(&place));
    let mut inputs: Vec<Input> = Vec::new();
    for place in 0..model.drawn.len() {
        if inputs.iter().any(|input| input.members.contains(&place)) {
            continue;
        }
        let mut members = group_of(place).map_or_else(|| vec![place], |copula| copula.members.clone());
        members.sort_unstable();
        inputs.push(input(model, legend, members));
    }
    inputs
}

fn input(model: &Model, legend: &Legend, members: Vec<usize>) -> Input {
    let path = |place: &usize| model.drawn[*place].path.clone();
    let quantity = |place: &usize| legend.quantities.iter().position(|q| q.drawn == Some(*place));
    let groups = model.copulas.iter().filter(|copula| copula.members.iter().any(|m| members.contains(m)));
    let others = groups.flat_map(|copula| &copula.members).filter(|m| !members.contains(m));
    Input {
        id: members.iter().map(path).collect::<Vec<_>>().join(" + "),
        quantities: members.iter().filter_map(quantity).collect(),
        correlated_with: others.map(path).collect(),
        members,
    }
}
