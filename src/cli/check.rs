//! `drawdown check`: every mistake, and on request what the scenario amounts to.

use clap::Args;

use super::{Exit, ScenarioArguments, open, say, show};
use crate::model::Model;
use crate::model::attacks::moments;
use crate::model::signals::Kind;
use crate::model::step::Workspace;

#[derive(Args, Debug)]
pub struct CheckArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// Also say what attack rates imply, and list every signal
    #[arg(short, long)]
    verbose: bool,
}

pub fn check(arguments: &CheckArguments) -> Exit {
    let found = match open(&arguments.scenario) {
        Ok(scenario) => match scenario.compile() {
            Ok(model) => {
                if !model.warnings.list.is_empty() {
                    show(&model.warnings);
                }
                let mut text = format!("{}: no mistakes\n", arguments.scenario.file.display());
                describe_stocks(&model, &mut text);
                if arguments.verbose {
                    describe(&model, &mut text);
                }
                say(&text);
                return Exit::Done;
            }
            Err(found) => found,
        },
        Err(found) => found,
    };
    show(&found);
    Exit::CouldNotRun
}

fn describe(model: &Model, out: &mut String) {
    let calendar = &model.calendar;
    let step = calendar.step_days();
    *out += &format!(
        "\n{}\n{} to {} in {} steps of {step} {}; {} quantities drawn once a replicate\n",
        model.name,
        calendar.start(),
        calendar.end(),
        calendar.steps(),
        if step == 1 { "day" } else { "days" },
        model.drawn.len(),
    );
    describe_attacks(model, out);
    for stock in &model.parts.stocks {
        let how =
            if stock.additive { "amounts, in its own unit (no `min`, or a negative one)" } else { "factors" };
        *out += &format!("stock {}: moves by {how}\n", stock.id);
    }
    let unsourced: Vec<&str> =
        model.ledger.iter().filter(|a| a.source.is_none()).map(|a| a.path.as_str()).collect();
    *out += &format!("\n{} quantities, {} without a source", model.ledger.len(), unsourced.len());
    *out += &if unsourced.is_empty() { "\n".to_owned() } else { format!(": {}\n", unsourced.join(", ")) };
    *out += "\nsignals:\n";
    for signal in &model.all_signals {
        let kind = match signal.kind {
            Kind::Flag | Kind::Event => "flag",
            Kind::Level => "level",
            Kind::Count => "count",
        };
        let once = if signal.once { ", the same throughout" } else { "" };
        let unit = if signal.unit.is_empty() { String::new() } else { format!(", {}", signal.unit) };
        *out += &format!("  {:40} {kind}{unit}{once}\n", signal.name);
    }
}

/// Stocks that may be negative move otherwise than the others, which their author should know.
fn describe_stocks(model: &Model, out: &mut String) {
    for stock in model.parts.stocks.iter().filter(|s| s.additive) {
        *out += &format!(
            "stock {}: may be negative, so its volatility is in its own unit (min = 0 for factors)\n",
            stock.id
        );
    }
}

/// What each attack process would be like at its rate at the start, every quantity at its median.
fn describe_attacks(model: &Model, out: &mut String) {
    if model.parts.attacks.is_empty() {
        return;
    }
    let rows = Workspace::nominal(model);
    let step = f64::from(model.calendar.step_days());
    *out += "\nattacks in a step, at the rate of the start and the medians of all quantities:\n";
    *out +=
        &format!("  {:24} {:>10} {:>14} {:>18}\n", "process", "mean", "variance/mean", "lag-1 correlation");
    for attack in &model.parts.attacks {
        let at = attack.nominal(&rows);
        let m = moments(at.per_month, at.branching, at.half_life_days, at.dispersion, step);
        let (mean, ratio, correlation) = (m.mean, m.variance_to_mean, m.correlation);
        *out += &format!("  {:24} {mean:>10.4} {ratio:>14.3} {correlation:>18.3}\n", attack.id);
    }
    out.push('\n');
}
