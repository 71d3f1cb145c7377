//! What a target depends on, likely and unlikely.

use super::super::tornado::{Bar, Tornado, Whisker, figure};
use super::{samples, sound, words};

fn whisker(value: f64, half: f64) -> Whisker {
    let words = format!("{value} ({} to {})", value - half, value + half);
    Whisker { value, low: (value - half).max(0.0), high: value + half, words }
}

fn bar(label: &str, value: f64, resolved: bool) -> Bar {
    Bar {
        label: label.to_owned(),
        note: "PERT 0.1, 0.3, 0.6 · Attacks by Islamic State in Iraq and Syria, half a year".to_owned(),
        size: whisker(value, 0.03),
        inner: Some(value / 2.0),
        remark: if resolved { "raises it" } else { "not resolved" }.to_owned(),
        resolved,
    }
}

fn tornado() -> Tornado {
    let labels =
        ["daesh_drift", "agree_rate + stall_rate", "reliance_iraq", "phases.syria_leaves.delay_days"];
    let bars = labels.iter().enumerate().map(|(k, label)| bar(label, 0.4 - 0.13 * k as f64, k < 3));
    Tornado {
        name: "sensitivity-peak-daesh".to_owned(),
        target: "Daesh attacks in Iraq, the greatest over the run".to_owned(),
        measure: "Share of the variance, with all it interacts with (total order)".to_owned(),
        percent: true,
        inner: Some("by itself (first order)".to_owned()),
        bars: bars.collect(),
        left_out: 9,
        idle: None,
        chance: whisker(0.59, 0.04),
        rest: "41 % (37 to 45 %)".to_owned(),
    }
}

#[test]
fn inputs_stand_in_order_with_what_they_rest_on_and_the_share_of_chance() {
    let figure = sound(figure(&tornado(), &samples::caption()));
    let words = words(&figure).join("\n");
    for text in ["daesh_drift", "not resolved", "Chance: 0.59", "and 9 more inputs", "PERT 0.1", "raises it"]
    {
        assert!(words.contains(text), "no {text} in\n{words}");
    }
    assert!(figure.svg.contains("daesh_drift: 0.4"), "the description tells the numbers");
}

#[test]
fn one_input_of_no_size() {
    let mut odd = tornado();
    odd.bars.truncate(1);
    odd.bars[0].size = Whisker { value: 0.0, low: 0.0, high: 0.0, words: "0 %".to_owned() };
    (odd.left_out, odd.idle) = (0, Some(0.0));
    sound(figure(&odd, &samples::caption()));
    odd.bars.clear();
    assert!(figure(&odd, &samples::caption()).unwrap().is_none());
}

#[test]
fn long_names_huge_numbers_and_whiskers_beyond_the_whole() {
    let mut odd = tornado();
    odd.percent = false;
    odd.idle = Some(1e9);
    odd.chance = Whisker { value: 1.2, low: -0.3, high: 1.7, words: "120 % (0 to 100 %)".to_owned() };
    for (k, bar) in odd.bars.iter_mut().enumerate() {
        bar.label = "phases.".to_owned() + &"a_very_long_name_of_a_phase_".repeat(6);
        bar.note = "Musings ".repeat(40);
        bar.size =
            Whisker { value: 1e9 * k as f64, low: 0.0, high: f64::INFINITY, words: "1.0e9 ".repeat(12) };
        bar.remark = "raises it ".repeat(9);
    }
    sound(figure(&odd, &samples::caption()));
}
