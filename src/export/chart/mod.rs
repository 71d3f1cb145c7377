//! Figures: what each file draws, as SVG for screens and PNG for slides.
//!
//! A figure is a function from a plain "what to draw" to an SVG; one adapter makes these from results. The
//! look they share is in `style`. The raster picture is the same SVG, drawn by resvg with the embedded font
//! at twice the size, so both show the same thing on every machine.

mod adapter;
mod attacks;
mod axis;
mod contrasts;
mod difference;
mod drivers;
mod fan;
mod furniture;
mod handover;
mod hindcast;
mod indicator;
mod labels;
mod map;
mod milestones;
mod observed;
pub(in crate::export) mod page;
mod posture;
mod risks;
mod signal;
mod strip;
pub(in crate::export) mod style;
mod sweep;
pub(in crate::export) mod text;
mod theme;
mod tornado;
mod troops;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use crate::results::{Results, Series};
use crate::study::{Compared, Findings, Observed};
pub(in crate::export) use adapter::map_rows;
pub use hindcast::figures as hindcast;
pub use page::Panel;
pub use sweep::figures as sweep;
pub use theme::{Theme, dark_colours};

/// A finished figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The stem of its files: `troops`, `indicator-resurgence`, `milestones`.
    pub name: String,
    /// What it shows, in a line.
    pub title: String,
    /// Where in it a date can be read off.
    pub panels: Vec<Panel>,
    /// A whole SVG document; its `<title>` and `<desc>` say what it shows.
    pub svg: String,
}

/// Why a figure could not be made.
#[derive(Debug)]
pub enum ChartError {
    /// Plotters could not write a mark.
    Drawing(String),
    /// The SVG could not be read back.
    Svg(usvg::Error),
    /// The raster picture could not be written.
    Png(String),
}

impl ChartError {
    fn drawing(error: impl fmt::Display) -> Self {
        Self::Drawing(error.to_string())
    }
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drawing(reason) => write!(f, "the figure could not be drawn: {reason}"),
            Self::Svg(_) => write!(f, "the figure's SVG could not be read back"),
            Self::Png(reason) => write!(f, "the figure could not be turned into a PNG: {reason}"),
        }
    }
}

impl std::error::Error for ChartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Svg(error) => Some(error),
            Self::Drawing(_) | Self::Png(_) => None,
        }
    }
}

/// Every figure of these results: troops by theatre, who is where and when each base is handed over, the same on a
/// map, how many bases are, risks by month, each indicator over its zones, attacks, casualties, milestone dates. What
/// the results do not hold (a signal that is not summarised, no milestones, no replicate completed) has no figure.
///
/// # Errors
/// When plotters cannot write one.
pub fn figures(results: &Results) -> Result<Vec<Figure>, ChartError> {
    figures_with(results, &Observed::default())
}

/// The same with what was observed drawn on the troops.
///
/// # Errors
/// When plotters cannot write one.
pub fn figures_with(results: &Results, observed: &Observed) -> Result<Vec<Figure>, ChartError> {
    if results.completed() == 0 {
        return Ok(Vec::new());
    }
    let caption = adapter::caption(results);
    let mut figures = vec![troops::figure(&adapter::troops(results, observed), &caption)?];
    figures.push(posture::figure(&adapter::posture(results), &caption)?);
    figures.push(map::figure(&adapter::map(results), &caption)?);
    figures.push(handover::figure(&adapter::handovers(results), &caption)?);
    figures.push(risks::figure(&adapter::risks(results), &caption)?);
    for indicator in adapter::indicators(results) {
        figures.push(indicator::figure(&indicator, &caption)?);
    }
    for attacks in adapter::attacks(results) {
        figures.push(attacks::figure(&attacks, &caption)?);
    }
    figures.push(milestones::figure(&adapter::milestones(results), &caption)?);
    Ok(figures.into_iter().flatten().collect())
}

/// A figure for each target of a study of sensitivity: what it depends on, the most important first, and the share
/// that is chance. A target on which nothing acts has none.
///
/// # Errors
/// When plotters cannot write one.
pub fn tornadoes(findings: &Findings) -> Result<Vec<Figure>, ChartError> {
    let caption = drivers::caption(findings);
    let figures = drivers::tornadoes(findings).map(|tornado| tornado::figure(&tornado, &caption));
    Ok(figures.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// One signal over time, which [`figures`] may not show; `None` where it has no value at any date.
///
/// # Errors
/// When plotters cannot write it.
pub fn signal(results: &Results, series: &Series) -> Result<Option<Figure>, ChartError> {
    signal_with(results, series, &Observed::default())
}

/// The same with what was observed of it.
///
/// # Errors
/// When plotters cannot write it.
pub fn signal_with(
    results: &Results,
    series: &Series,
    observed: &Observed,
) -> Result<Option<Figure>, ChartError> {
    if results.completed() == 0 {
        return Ok(None);
    }
    signal::figure(&adapter::signal(results, series, observed), &adapter::caption(results))
}

/// A figure for each indicator and each theatre's troops of a comparison: how scenarios differ from their base in the
/// same world, over time. What never differs has none.
///
/// # Errors
/// When plotters cannot write one.
pub fn contrasts(compared: &Compared) -> Result<Vec<Figure>, ChartError> {
    let caption = contrasts::caption(compared);
    let figures =
        contrasts::differences(compared).map(|difference| difference::figure(&difference, &caption));
    Ok(figures.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

/// The width of a raster picture unless another is asked for: two pixels to the CSS pixel.
pub const PNG_WIDTH: u32 = 2 * style::WIDTH as u32;

/// The figure as a PNG so many pixels wide.
///
/// # Errors
/// When the SVG is not one that [`Figure`] would hold, or the picture does not fit in memory.
pub fn png(figure: &Figure, width: u32) -> Result<Vec<u8>, ChartError> {
    let tree = parse(figure)?;
    let scale = width as f32 / tree.size().width();
    let height = (tree.size().height() * scale).ceil() as u32;
    let mut pixels = Pixmap::new(width, height)
        .ok_or_else(|| ChartError::Png(format!("{width} × {height} pixels are too many")))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| ChartError::Png(error.to_string()))
}

/// Reads a figure's SVG with the embedded fonts and no others.
fn parse(figure: &Figure) -> Result<usvg::Tree, ChartError> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(text::REGULAR.to_vec());
        fonts.load_font_data(text::BOLD.to_vec());
        Arc::new(fonts)
    });
    let options = usvg::Options { fontdb: Arc::clone(fonts), ..usvg::Options::default() };
    usvg::Tree::from_str(&figure.svg, &options).map_err(ChartError::Svg)
}
