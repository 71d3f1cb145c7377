//! Figures of sweeps: one lever, two, many; numbers, dates, names.

use super::super::sweep::{Lever, Panel, Sheet, figure};
use super::{samples, sound, words};
use crate::lang::lever::{Lever as Written, Values};
use crate::study::points::grid;

/// Levers as the command line has them, in a full grid.
fn sheet(levers: &[&str], panels: usize) -> Sheet {
    let levers: Vec<Lever> = levers
        .iter()
        .map(|text| {
            let written = Written::parse(text).unwrap();
            let Values::Each(settings) = written.values else { panic!("{text}") };
            Lever { name: written.path, settings }
        })
        .collect();
    let counts: Vec<usize> = levers.iter().map(|lever| lever.settings.len()).collect();
    let points: Vec<Vec<usize>> = grid(&counts).collect();
    let titles =
        ["Coalition mission ended", "Attacks on troops in Iraq and Syria over the ninety days before", "War"];
    let panel = |number: usize| Panel {
        title: titles[number % titles.len()].to_owned(),
        unit: "% of histories, by 30 Sep 2025".to_owned(),
        values: (0..points.len())
            .map(|point| {
                let x = (point * (number + 1) * 7 % 100) as f64;
                (point != 1 || number != 1).then_some([x, x - 3.0, x + 4.0])
            })
            .collect(),
        error: 4.0,
    };
    let panels = (0..panels).map(panel).collect();
    Sheet {
        name: "sweep-milestones",
        what: "milestone",
        levers,
        points,
        is_grid: true,
        panels,
        unmoved: Vec::new(),
    }
}

fn drawn(sheet: &Sheet) -> Vec<String> {
    words(&sound(figure(sheet, &samples::caption()).map(Some)))
}

#[test]
fn one_lever_makes_lines_with_its_values_below() {
    let numbers = drawn(&sheet(&["coalition_ends.shift_days=0..360/7"], 4));
    for word in ["What coalition_ends.shift_days does to each milestone", "0", "360", "95 % interval", "War"]
    {
        assert!(numbers.iter().any(|w| w == word), "{word}: {numbers:?}");
    }
    let dates = drawn(&sheet(&["coalition_ends.end=2025-03-31..2026-03-31/13"], 1));
    assert!(dates.iter().any(|word| word == "31 Mar 2025"), "{dates:?}");
    let names = drawn(&sheet(&["out.from=al_asad,erbil,a_base_with_a_name_as_long_as_names_can_be"], 3));
    assert!(names.iter().any(|word| word == "al_asad"), "{names:?}");
}

#[test]
fn two_levers_make_maps_with_their_numbers() {
    let levers = ["coalition_ends.end=2025-06-30..2026-06-30/5", "agree_rate=0.5,1,2,4,8"];
    let map = drawn(&sheet(&levers, 3));
    for word in ["agree_rate down, coalition_ends.end across", "0.5", "8", "30 Jun 2025", "91"] {
        assert!(map.iter().any(|w| w == word), "{word}: {map:?}");
    }
    drawn(&sheet(&["a=0..23/24", "b=x,y"], 2));
    drawn(&sheet(&["a=al_asad,erbil,tanf", "b=a_base_with_a_name_as_long_as_names_can_be,y"], 2));
}

#[test]
fn many_levers_make_a_row_a_target() {
    drawn(&sheet(&["a=0..4/5", "b=1..3/3", "c=x,y"], 3));
    drawn(&sheet(&["a=0..4/5", "b=1,2", "c=x,y", "d=2025-01-01..2025-03-01/3", "e=5,6"], 2));
    drawn(&sheet(&["a=0..29/30", "b=1..3/3"], 2));
}

#[test]
fn what_is_not_drawn_is_told() {
    let mut sheet = sheet(&["a=0..4/5", "b=1..3/3", "c=x,y"], 40);
    sheet.unmoved = vec!["Agreement".to_owned(), "War".to_owned()];
    let told = drawn(&sheet).join(" ");
    assert!(told.contains("The same at every point, and not drawn: Agreement and War."), "{told}");
    assert!(told.contains("20 more are in sweep.csv."), "{told}");
}
