//! Figures of an ordinary scenario.

use super::super::style::{self, Type};
use super::super::{PNG_WIDTH, indicator, milestones, png, text, troops};
use super::{samples, sound, texts, words};
use crate::export::chart::{Figure, parse};

fn everything() -> Vec<Figure> {
    let caption = samples::caption();
    let figures = [
        troops::figure(&samples::troops(), &caption),
        indicator::figure(&samples::resurgence(), &caption),
        indicator::figure(&samples::detention(), &caption),
        milestones::figure(&samples::milestones(), &caption),
    ];
    figures.into_iter().map(sound).collect()
}

#[test]
fn every_figure_has_its_name() {
    let names: Vec<String> = everything().into_iter().map(|figure| figure.name).collect();
    assert_eq!(names, ["troops", "indicator-resurgence", "indicator-guards", "milestones"]);
}

#[test]
fn a_figure_is_the_same_each_time() {
    assert_eq!(everything(), everything());
}

#[test]
fn a_figure_says_what_it_shows_to_those_who_cannot_see_it() {
    let figure = sound(troops::figure(&samples::troops(), &samples::caption()));
    let head = figure.svg.split("<rect").next().unwrap();
    assert!(head.contains("role=\"img\" aria-labelledby=\"troops-title troops-desc\""), "{head}");
    assert!(
        head.contains(">Troops in Iraq, Syria and Kuwait against the announced schedule</title>"),
        "{head}"
    );
    assert!(head.contains("On schedule for 31 Dec 2026: 500."), "{head}");
}

#[test]
fn the_picture_is_twice_the_size_of_the_figure() {
    let figure = sound(indicator::figure(&samples::resurgence(), &samples::caption()));
    let picture = png(&figure, PNG_WIDTH).unwrap();
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    let width = u32::from_be_bytes(picture[16..20].try_into().unwrap());
    assert_eq!(width, 2 * style::WIDTH as u32);
    let pixels = resvg::tiny_skia::Pixmap::decode_png(&picture).unwrap();
    let mut greys: Vec<u8> = pixels.pixels().iter().map(|pixel| pixel.red()).collect();
    greys.sort_unstable();
    greys.dedup();
    assert!(greys.len() > 100, "only {} shades: the edges are not smoothed", greys.len());
}

#[test]
fn lines_are_named_beside_them() {
    let troops = words(&sound(troops::figure(&samples::troops(), &samples::caption())));
    assert!(troops.iter().any(|line| line == "On schedule 500"), "{troops:?}");
    let above = words(&sound(indicator::figure(&samples::resurgence(), &samples::caption())));
    assert!(
        above.contains(&"Red ≥ 250".to_owned()) && above.contains(&"Amber ≥ 150".to_owned()),
        "{above:?}"
    );
    let below = words(&sound(indicator::figure(&samples::detention(), &samples::caption())));
    assert!(
        below.contains(&"Red ≤ 0.6".to_owned()) && below.contains(&"Amber ≤ 0.75".to_owned()),
        "{below:?}"
    );
}

#[test]
fn fans_say_that_they_are_pointwise() {
    for figure in everything().iter().filter(|figure| figure.name != "milestones") {
        let footer = words(figure).into_iter().find(|line| line.contains("seed 20240723")).unwrap();
        assert!(
            footer
                .ends_with("10,000 simulated histories · seed 20240723 · pointwise 50 % and 90 % intervals")
        );
    }
}

#[test]
fn ticks_are_quarters_with_the_year_where_it_begins() {
    let words = words(&sound(indicator::figure(&samples::resurgence(), &samples::caption())));
    let months: Vec<&str> =
        words.iter().map(String::as_str).filter(|w| ["Jan", "Apr", "Jul", "Oct"].contains(w)).collect();
    assert_eq!(months, ["Oct", "Jan", "Apr", "Jul", "Oct", "Jan", "Apr", "Jul", "Oct"]);
    let years: Vec<&str> =
        words.iter().map(String::as_str).filter(|w| w.starts_with("20") && w.len() == 4).collect();
    assert_eq!(
        years,
        ["200", "2024", "2025", "2026"].into_iter().filter(|y| y.len() == 4).collect::<Vec<_>>()
    );
}

#[test]
fn text_is_as_wide_as_it_was_measured() {
    let figure = sound(troops::figure(&samples::troops(), &samples::caption()));
    let tree = parse(&figure).unwrap();
    for placed in texts(tree.root()) {
        let near = |look: Type| {
            // Sizes differ from text to text: compare the shape, width over height.
            let measured = text::width(&placed.words, look) / look.size;
            let drawn = f64::from(placed.frame.width() / placed.frame.height()) * 1.171_875;
            (drawn / measured - 1.0).abs() < 0.02
        };
        // resvg also kerns by the GPOS table, which moves a word by a percent or so.
        assert!(near(style::NOTE) || near(style::NAME), "{:?} was measured wrongly", placed.words);
    }
}
