//! Differences between scenarios, likely and unlikely.

use super::super::difference::{Difference, Panel, figure};
use super::super::fan::{Fan, FanPoint};
use super::{samples, sound, words};

/// A fan that drifts to `centre` by the end, and in how many worlds there is more and less.
fn panel(scenario: &str, centre: f64, end: [&str; 2]) -> Panel {
    let weeks = samples::weeks();
    let share = |week: usize| week as f64 / (weeks.len() - 1) as f64;
    let spread = [-30.0, -8.0, 0.0, 9.0, 35.0];
    let points = weeks.iter().enumerate().map(|(week, date)| FanPoint {
        date: *date,
        quantiles: spread.map(|off| share(week) * (centre + off)),
    });
    let [more, less] = if centre > 0.0 { [0.6, 0.2] } else { [0.2, 0.6] };
    let shares =
        weeks.iter().enumerate().map(|(week, date)| (*date, [more * share(week), less * share(week)]));
    Panel {
        scenario: scenario.to_owned(),
        fan: samples::fan(points.collect()),
        shares: shares.collect(),
        end: end.map(str::to_owned),
        mean: format!("Mean {centre} ({} to {})", centre - 1.0, centre + 1.0),
    }
}

fn difference() -> Difference {
    Difference {
        name: "difference-resurgence".to_owned(),
        label: "Daesh attacks in Iraq against early 2024".to_owned(),
        unit: "90 days, first half of 2024 = 100".to_owned(),
        base: "iraq-syria".to_owned(),
        sides: ["worse", "better"],
        panels: vec![panel("stay", -20.0, ["20 %", "60 %"]), panel("as-announced", 14.0, ["60 %", "20 %"])],
    }
}

#[test]
fn which_is_better_how_often_and_by_how_much_stands_beside_the_fans() {
    let figure = sound(figure(&difference(), &samples::caption()));
    let words = words(&figure).join("\n");
    let told = [
        "Daesh attacks in Iraq against early 2024: difference from iraq-syria",
        "stay is better in 60 % of worlds and worse in 20 %",
        "stay less iraq-syria",
        "0: as iraq-syria",
        "worse 60 %",
        "better 20 %",
        "Mean 14 (13 to 15)",
    ];
    for text in told {
        assert!(words.contains(text), "no {text} in\n{words}");
    }
    assert!(
        figure.svg.contains("worse in 60 % of worlds, better in 20 %"),
        "the description tells the numbers"
    );
}

#[test]
fn troops_have_no_better_side() {
    let mut troops = difference();
    troops.sides = ["more", "fewer"];
    let words = words(&sound(figure(&troops, &samples::caption()))).join("\n");
    assert!(words.contains("stay has more in 20 % of worlds and fewer in 60 %"), "{words}");
}

#[test]
fn scenarios_that_never_differ_have_no_figure() {
    let mut same = difference();
    for panel in &mut same.panels {
        panel.shares.iter_mut().for_each(|(_, shares)| *shares = [0.0; 2]);
    }
    assert!(figure(&same, &samples::caption()).unwrap().is_none());
    same.panels.clear();
    assert!(figure(&same, &samples::caption()).unwrap().is_none());
}

#[test]
fn many_scenarios_with_long_names_and_one_date() {
    let mut odd = difference();
    let name = "the-withdrawal-of-every-last-member-of-every-contingent-by-land-by-air-and-by-sea";
    odd.panels = (0..7).map(|k| panel(&format!("{name}-{k}"), k as f64, ["< 0.04 %", "> 99.96 %"])).collect();
    odd.base = name.to_owned();
    odd.label = name.replace('-', " ");
    sound(figure(&odd, &samples::caption()));
    odd.panels.truncate(1);
    odd.panels[0].fan.points.truncate(1);
    odd.panels[0].shares.truncate(1);
    odd.panels[0].shares[0].1 = [1.0, 0.0];
    sound(figure(&odd, &samples::caption()));
    odd.panels[0].fan = Fan {
        points: vec![FanPoint { date: samples::START, quantiles: [-1e300, -1.0, 0.0, f64::MAX, f64::MAX] }],
        end: ["−1e300", "0", "1e308"].map(str::to_owned),
    };
    sound(figure(&odd, &samples::caption()));
}
