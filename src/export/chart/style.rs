//! How every figure looks: sizes, colours, strokes and type, in one place.
//!
//! The hues are those of Okabe and Ito (2008), darkened where a thin line of the original would be too faint
//! on white. Nothing is told by hue alone: bands differ in lightness, lines in pattern, and each has its name
//! beside it. A test holds the contrasts.

use plotters::style::RGBColor;

/// Width of a figure; all lengths here are CSS pixels.
pub const WIDTH: f64 = 960.0;
/// White space around everything.
pub const MARGIN: f64 = 32.0;
/// From a panel's right edge to the text that names its lines.
pub const LABEL_GAP: f64 = 12.0;
/// Between two labels, and between a tick and its number.
pub const SPACE: f64 = 8.0;

pub const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Titles, names and values.
pub const INK: RGBColor = RGBColor(28, 33, 40);
/// Explanations, axis numbers, footers.
pub const QUIET: RGBColor = RGBColor(91, 99, 110);
/// Gridlines.
pub const GRID: RGBColor = RGBColor(224, 227, 231);
/// Axis lines and ticks.
pub const AXIS: RGBColor = RGBColor(140, 147, 157);
/// Leaders from a line's end to its name.
pub const LEADER: RGBColor = RGBColor(176, 182, 190);

/// Nine histories in ten.
pub const FAN_OUTER: RGBColor = RGBColor(174, 205, 231);
/// The middle half.
pub const FAN_INNER: RGBColor = RGBColor(106, 165, 213);
/// The median.
pub const FAN_MEDIAN: RGBColor = RGBColor(0, 58, 104);
/// What was announced.
pub const ANNOUNCED: RGBColor = RGBColor(178, 66, 0);

/// When it was announced for.
pub const PHASE: RGBColor = RGBColor(231, 178, 142);

/// Background between amber and red, and at red.
pub const AMBER_ZONE: RGBColor = RGBColor(255, 243, 214);
pub const RED_ZONE: RGBColor = RGBColor(252, 224, 219);
/// The thresholds themselves, and their names.
pub const AMBER: RGBColor = RGBColor(140, 88, 0);
pub const RED: RGBColor = RGBColor(168, 24, 24);

/// One colour a curve, used together with [`PATTERNS`].
pub const CURVES: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(196, 78, 0),
    RGBColor(0, 122, 90),
    RGBColor(154, 62, 148),
    RGBColor(60, 60, 60),
    RGBColor(140, 100, 0),
];
/// Lengths of dash and gap; none is a solid line.
pub const PATTERNS: [Pattern; 3] = [None, Some((9.0, 4.0)), Some((2.5, 3.5))];
/// The pattern of whatever was announced.
pub const DASHED: Pattern = Some((7.0, 4.0));

/// Dash and gap, or a solid line.
pub type Pattern = Option<(f64, f64)>;

/// A line's look.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    pub colour: RGBColor,
    pub width: f64,
    pub pattern: Pattern,
}

/// A solid line.
pub const fn solid(colour: RGBColor, width: f64) -> Stroke {
    Stroke { colour, width, pattern: None }
}

/// A broken line.
pub const fn dashed(colour: RGBColor, width: f64) -> Stroke {
    Stroke { colour, width, pattern: DASHED }
}

/// The look of the curve with this number; 6 colours by 3 patterns before two are alike.
pub fn curve(number: usize) -> Stroke {
    let pattern = PATTERNS[(number + number / CURVES.len()) % PATTERNS.len()];
    Stroke { colour: CURVES[number % CURVES.len()], width: 2.25, pattern }
}

/// On maps.
pub const LAND: RGBColor = RGBColor(244, 243, 239);
pub const WATER: RGBColor = RGBColor(221, 231, 239);
pub const BORDER: RGBColor = RGBColor(170, 174, 180);

/// Areas that stand for many small things.
pub const OTHERS: RGBColor = RGBColor(214, 216, 220);
/// The ends of [`shade`].
const DARKEST_SHADE: RGBColor = FAN_MEDIAN;
const PALEST_SHADE: RGBColor = RGBColor(200, 221, 239);

/// The colour of one of several areas that touch: evenly from dark to pale, so that greys tell them apart too, but for
/// a gap: on what lies in it neither light nor dark names could be read, on paper or on a dark screen.
pub fn shade(number: usize, of: usize) -> RGBColor {
    const GAP: (f64, f64) = (0.36, 0.71);
    let even = if of > 1 { number as f64 / (of - 1) as f64 } else { 0.4 };
    let way = even * (1.0 - (GAP.1 - GAP.0));
    let way = if way > GAP.0 { way + GAP.1 - GAP.0 } else { way };
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * way).round() as u8;
    let (a, b) = (DARKEST_SHADE, PALEST_SHADE);
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Whether a light colour can be read on a background: whether that is dark enough.
pub fn stands_out_on(behind: RGBColor, light: RGBColor) -> bool {
    // Weights of the parts in luminance, on values as the eye takes them.
    let grey = |c: RGBColor| 0.30 * f64::from(c.0) + 0.59 * f64::from(c.1) + 0.11 * f64::from(c.2);
    grey(light) - grey(behind) > 128.0
}

pub const MEDIAN_LINE: Stroke = solid(FAN_MEDIAN, 2.5);
pub const ANNOUNCED_LINE: Stroke = dashed(ANNOUNCED, 2.0);

/// A text's look.
#[derive(Clone, Copy, Debug)]
pub struct Type {
    /// Of the em, which is also what a line of it is measured in.
    pub size: f64,
    pub bold: bool,
    pub colour: RGBColor,
}

impl Type {
    const fn new(size: f64, bold: bool, colour: RGBColor) -> Self {
        Self { size, bold, colour }
    }

    /// The same in another colour.
    pub const fn coloured(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    /// From one line to the next.
    pub const fn leading(&self) -> f64 {
        self.size * 1.35
    }
}

pub const TITLE: Type = Type::new(23.0, true, INK);
pub const FINDING: Type = Type::new(15.5, false, INK);
pub const SUBTITLE: Type = Type::new(14.5, false, QUIET);
pub const KEY: Type = Type::new(13.0, false, INK);
pub const PANEL: Type = Type::new(15.0, true, INK);
pub const AXIS_TEXT: Type = Type::new(12.5, false, QUIET);
pub const NAME: Type = Type::new(13.0, true, INK);
pub const NOTE: Type = Type::new(12.5, false, QUIET);
pub const FOOTER: Type = Type::new(11.5, false, QUIET);

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2), 0 black to 1 white.
    #[expect(clippy::disallowed_methods, reason = "nothing that is drawn depends on it")]
    fn luminance(colour: RGBColor) -> f64 {
        let linear = |part: u8| {
            let share = f64::from(part) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
    }

    /// Contrast ratio (WCAG 2.2), 1 to 21.
    fn contrast(a: RGBColor, b: RGBColor) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read() {
        for colour in [INK, QUIET, FAN_MEDIAN, ANNOUNCED, AMBER, RED] {
            // 4.5 is what WCAG asks for text of this size.
            assert!(contrast(colour, PAPER) >= 4.5, "{colour:?}: {}", contrast(colour, PAPER));
        }
    }

    #[test]
    fn lines_stand_out_from_what_is_behind_them() {
        let backgrounds = [PAPER, FAN_OUTER, AMBER_ZONE, RED_ZONE];
        for (line, behind) in
            [FAN_MEDIAN, ANNOUNCED, RED, AMBER].iter().flat_map(|l| backgrounds.map(|b| (*l, b)))
        {
            // 3 is what WCAG asks for graphics.
            assert!(contrast(line, behind) >= 3.0, "{line:?} on {behind:?}: {}", contrast(line, behind));
        }
        for line in CURVES {
            assert!(contrast(line, PAPER) >= 4.0, "{line:?}: {}", contrast(line, PAPER));
        }
        assert!(contrast(FAN_MEDIAN, FAN_INNER) >= 4.0);
    }

    #[test]
    fn bands_differ_without_colour() {
        for (a, b) in
            [(PAPER, FAN_OUTER), (FAN_OUTER, FAN_INNER), (AMBER_ZONE, RED_ZONE), (RED_ZONE, FAN_OUTER)]
        {
            let difference = (luminance(a).sqrt() - luminance(b).sqrt()).abs();
            // Square roots of luminance are about even in lightness; 0.05 is seen side by side.
            assert!(difference >= 0.05, "{a:?} and {b:?}: {difference}");
        }
    }

    #[test]
    fn no_two_curves_of_a_panel_are_alike() {
        let looks: Vec<_> =
            (0..18).map(curve).map(|s| (s.colour.0, s.colour.1, s.colour.2, s.pattern)).collect();
        for (place, look) in looks.iter().enumerate() {
            assert!(!looks[..place].contains(look), "curve {place}");
        }
        assert!((1..18).all(|k| looks[k].3 != looks[k - 1].3), "neighbours differ in pattern");
    }
}
