//! How the results were made: all that is needed to make them again.

use serde::Serialize;

use crate::export::manifest::Manifest;
use crate::results::Results;
use crate::results::format::count;

/// The last section.
#[derive(Clone, Debug, Serialize)]
pub struct Provenance {
    pub version: String,
    /// Names and values.
    pub entries: Vec<(&'static str, String)>,
    /// The scenario with its base and all overlays resolved; may be empty.
    pub text: String,
}

/// What the manifest says.
pub fn provenance(results: &Results, manifest: &Manifest) -> Provenance {
    let (scenario, replicates) = (&manifest.scenario, &manifest.replicates);
    let step = match scenario.step_days {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    let mut entries = vec![
        ("Scenario", format!("{} ({})", scenario.name, scenario.stem)),
        ("From, to, in steps of", format!("{}, {}, {step}", scenario.start, scenario.end)),
        (
            "Histories",
            format!(
                "{} asked for, {} run, {} not finished",
                count(replicates.asked),
                count(replicates.run),
                count(replicates.failed)
            ),
        ),
        ("Seed", results.seed.to_string()),
        ("Version", format!("drawdown {}", manifest.drawdown)),
    ];
    if !manifest.command.is_empty() {
        entries.push(("Command", manifest.command.clone()));
    }
    entries.push(("SHA-256 of the scenario below", scenario.sha256.clone()));
    Provenance { version: manifest.drawdown.clone(), entries, text: scenario.text.clone() }
}
