//! Figures for dark screens: the same picture with every colour's lightness turned over.
//!
//! In Oklab (B. Ottosson, *A perceptual color space for image processing*, 2020) hue and colourfulness are kept
//! and lightness L becomes 1 − (1 − darkest)·L^bend: paper turns almost black, ink almost white, and what was
//! darker is lighter. Nothing needs a second palette.

use std::collections::BTreeMap;

use super::Figure;
use crate::vm::math::pow;

/// What a figure is looked at on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// White paper.
    #[default]
    Light,
    /// A dark screen; the figure's name ends in `-dark`.
    Dark,
}

/// The lightness that white turns to: black itself glares beside light text.
const DARKEST: f64 = 0.2;
/// Above 1 the colours between come out lighter, as coloured lines on a dark screen must be.
const BEND: f64 = 1.35;
/// In what plotters writes a colour stands in one of these, and a quote in a text is written otherwise.
const COLOURS: [&str; 2] = ["fill=\"#", "stroke=\"#"];

impl Figure {
    /// The figure as this theme shows it.
    pub fn in_theme(self, theme: Theme) -> Self {
        match theme {
            Theme::Light => self,
            Theme::Dark => Self { name: format!("{}-dark", self.name), svg: turned_over(&self.svg), ..self },
        }
    }
}

/// The colours of some figures, each as `#RRGGBB` with what it becomes on a dark screen: for pages that show both.
pub fn dark_colours(figures: &[Figure]) -> BTreeMap<String, String> {
    let in_figure = |figure: &Figure| -> Vec<(String, String)> {
        let parts = COLOURS.iter().flat_map(|attribute| figure.svg.split(attribute).skip(1));
        let colours = parts.filter_map(|part| part.get(..6));
        colours.map(|hex| (format!("#{hex}"), format!("#{}", turn(hex)))).collect()
    };
    figures.iter().flat_map(in_figure).collect()
}

fn turned_over(svg: &str) -> String {
    let mut turned = svg.to_owned();
    for attribute in COLOURS {
        let mut parts = turned.split(attribute);
        let head = parts.next().unwrap_or_default().to_owned();
        turned = parts.fold(head, |done, part| match part.split_at_checked(6) {
            Some((hex, rest)) => done + attribute + &turn(hex) + rest,
            None => done + attribute + part,
        });
    }
    turned
}

/// The colour `RRGGBB` turned over; anything else as it is.
fn turn(hex: &str) -> String {
    let Ok(number) = u32::from_str_radix(hex, 16) else { return hex.to_owned() };
    let rgb = [16, 8, 0].map(|shift| f64::from(number >> shift & 0xff) / 255.0);
    let [lightness, a, b] = to_oklab(rgb);
    let turned = from_oklab([1.0 - (1.0 - DARKEST) * pow(lightness, BEND), a, b]);
    let parts = turned.map(|part| (part.clamp(0.0, 1.0) * 255.0).round() as u8);
    format!("{:02X}{:02X}{:02X}", parts[0], parts[1], parts[2])
}

fn to_oklab(rgb: [f64; 3]) -> [f64; 3] {
    let linear = rgb.map(|x| if x <= 0.040_45 { x / 12.92 } else { pow((x + 0.055) / 1.055, 2.4) });
    let cones = product(&TO_CONES, linear).map(|x| pow(x, 1.0 / 3.0));
    product(&TO_LAB, cones)
}

fn from_oklab(lab: [f64; 3]) -> [f64; 3] {
    let cones = product(&FROM_LAB, lab).map(|x| x * x * x);
    product(&FROM_CONES, cones).map(|x| match x {
        x if x <= 0.003_130_8 => 12.92 * x,
        x => 1.055 * pow(x, 1.0 / 2.4) - 0.055,
    })
}

type Matrix = [[f64; 3]; 3];

fn product(matrix: &Matrix, x: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * x[0] + row[1] * x[1] + row[2] * x[2])
}

const TO_CONES: Matrix = [
    [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
    [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
    [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
];
const TO_LAB: Matrix = [
    [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
    [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
    [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
];
const FROM_LAB: Matrix = [
    [1.0, 0.396_337_777_4, 0.215_803_757_3],
    [1.0, -0.105_561_345_8, -0.063_854_172_8],
    [1.0, -0.089_484_177_5, -1.291_485_548_0],
];
const FROM_CONES: Matrix = [
    [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
    [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
    [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
];

#[cfg(test)]
mod tests {
    use super::super::style::{
        AMBER, AMBER_ZONE, ANNOUNCED, FAN_INNER, FAN_MEDIAN, FAN_OUTER, INK, PAPER, QUIET, RED, RED_ZONE,
    };
    use super::*;
    use plotters::style::RGBColor;

    fn turned(colour: RGBColor) -> RGBColor {
        let number = u32::from_str_radix(&turn(&hex(colour)), 16).unwrap();
        RGBColor((number >> 16) as u8, (number >> 8) as u8, number as u8)
    }

    fn hex(colour: RGBColor) -> String {
        format!("{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
    }

    /// Contrast ratio (WCAG 2.2), 1 to 21.
    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let linear = |part: u8| {
            let x = f64::from(part) / 255.0;
            if x <= 0.040_45 { x / 12.92 } else { pow((x + 0.055) / 1.055, 2.4) }
        };
        let luminance = |c: RGBColor| 0.2126 * linear(c.0) + 0.7152 * linear(c.1) + 0.0722 * linear(c.2);
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_lines_stand_out_in_the_dark() {
        for colour in [INK, QUIET, FAN_MEDIAN, ANNOUNCED, AMBER, RED] {
            let ratio = contrast(turned(colour), turned(PAPER));
            assert!(ratio >= 4.5, "{colour:?}: {ratio}");
        }
        for (line, behind) in
            [(FAN_MEDIAN, FAN_INNER), (RED, RED_ZONE), (AMBER, AMBER_ZONE), (RED, FAN_OUTER)]
        {
            let ratio = contrast(turned(line), turned(behind));
            assert!(ratio >= 3.0, "{line:?} on {behind:?}: {ratio}");
        }
    }

    #[test]
    fn colours_change_and_words_do_not() {
        let svg = "<text fill=\"#1C2128\">fill=&quot;#1C2128 </text><path stroke=\"#FFFFFF\" fill=\"none\"/>";
        let dark = turned_over(svg);
        assert!(dark.contains("fill=&quot;#1C2128 </text>") && dark.contains("fill=\"none\""), "{dark}");
        assert!(!dark.contains("\"#1C2128\"") && !dark.contains("\"#FFFFFF\""), "{dark}");
        // Grey stays grey, to the last bit but one.
        let RGBColor(r, g, b) = turned(RGBColor(128, 128, 128));
        assert!(r.abs_diff(g) <= 1 && g.abs_diff(b) <= 1, "{r} {g} {b}");
    }
}
