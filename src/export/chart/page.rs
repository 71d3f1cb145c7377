//! A page to draw on: first a list of marks, then an SVG whose text is text and which says what it shows.
//!
//! Marks are kept until the end because a figure's height is only known then. Plotters writes whole pixels,
//! so the drawing is made four times as large and shown at a quarter: curves stay smooth, and one drawing
//! serves screens and the raster picture alike.

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, IntoDrawingArea, PathElement, Polygon, Rectangle, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};

use super::style::{PAPER, Stroke, Type, WIDTH, solid};
use super::text::FAMILY;
use super::{ChartError, Figure, text};
use crate::calendar::Date;

/// Drawing units to the pixel.
const GRAIN: f64 = 4.0;
/// No figure is taller than this many pixels: longer ones are cut, so that a raster of them has an end.
const TALLEST: f64 = 8000.0;
/// The SVG backend divides the sizes of fonts by this before it writes them.
const BACKEND_FONT_DIVISOR: f64 = 1.24;
/// How it moves a text down to centre it: by half an x, which viewers measure differently.
const BACKEND_CENTRE: &str = "dy=\"0.5ex\"";
const FONT_SIZE: &str = "font-size=\"";
/// Centres figures and capitals alike on their line.
const CENTRE: &str = "dy=\"0.33em\"";

/// A place on the page in pixels, from the top left.
pub type Point = (f64, f64);

/// Where a text stands from its point; it is always centred in height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Centre,
    Right,
}

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// What is to be drawn, in order.
#[derive(Debug, Default)]
pub struct Page {
    marks: Vec<Mark>,
    panels: Vec<Panel>,
}

/// A part of a figure across which dates run from left to right, in pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    /// Of a panel cut into cells of equal width, the date of each; else empty: from the start to the end.
    pub cells: Vec<Date>,
}

#[derive(Debug)]
enum Mark {
    Area(Vec<Point>, RGBColor),
    Block(Frame, RGBColor),
    Line(Vec<Point>, Stroke),
    /// A disc, and the colours of its inside and its edge, which is so wide.
    Disc(Point, f64, RGBColor, Stroke),
    Text(String, Point, Type, Align),
}

/// What a figure is, for files and for those who cannot see it.
#[derive(Debug)]
pub struct About<'a> {
    /// The stem of its files.
    pub name: &'a str,
    pub title: &'a str,
    /// What a reader would take from the picture, in sentences.
    pub description: &'a str,
}

impl Page {
    /// A filled polygon.
    pub fn area(&mut self, outline: Vec<Point>, fill: RGBColor) {
        if outline.len() > 2 {
            self.marks.push(Mark::Area(outline, fill));
        }
    }

    /// A filled rectangle.
    pub fn block(&mut self, frame: Frame, fill: RGBColor) {
        self.marks.push(Mark::Block(frame, fill));
    }

    /// A line through points, solid or broken.
    pub fn line(&mut self, points: Vec<Point>, stroke: Stroke) {
        if points.len() > 1 {
            self.marks.push(Mark::Line(points, stroke));
        }
    }

    /// A straight line across or down the page, moved by less than a pixel so that its edges are sharp.
    pub fn rule(&mut self, from: Point, to: Point, stroke: Stroke) {
        let sharp = |v: f64| v.floor() + 0.5;
        let points = if from.1 == to.1 {
            [(from.0, sharp(from.1)), (to.0, sharp(to.1))]
        } else {
            [(sharp(from.0), from.1), (sharp(to.0), to.1)]
        };
        self.line(points.to_vec(), stroke);
    }

    /// A ring with a white inside.
    pub fn ring(&mut self, centre: Point, radius: f64, colour: RGBColor) {
        self.marks.push(Mark::Disc(centre, radius, PAPER, solid(colour, 2.0)));
    }

    /// A disc with a thin edge.
    pub fn dot(&mut self, centre: Point, radius: f64, fill: RGBColor, edge: RGBColor) {
        self.marks.push(Mark::Disc(centre, radius, fill, solid(edge, 1.0)));
    }

    /// One line of text.
    pub fn text(&mut self, text: &str, at: Point, look: Type, align: Align) {
        let text = text::clean(text);
        if !text.is_empty() {
            self.marks.push(Mark::Text(text, at, look, align));
        }
    }

    /// One line of text that hides what is behind it.
    pub fn text_on_paper(&mut self, text: &str, (x, y): Point, look: Type, align: Align) {
        let width = text::width(&text::clean(text), look);
        let left = match align {
            Align::Left => x,
            Align::Centre => x - width / 2.0,
            Align::Right => x - width,
        };
        let half = look.size * 0.6;
        self.block(
            Frame { left: left - 2.0, right: left + width + 2.0, top: y - half, bottom: y + half },
            PAPER,
        );
        self.text(text, (x, y), look, align);
    }

    /// Says that dates run from the left of this frame to its right, from cell to cell if there are any.
    pub fn panel(&mut self, Frame { left, right, top, bottom }: Frame, cells: Vec<Date>) {
        self.panels.push(Panel { left, right, top, bottom, cells });
    }

    /// The figure, `height` pixels tall.
    ///
    /// # Errors
    /// When plotters cannot write a mark.
    pub fn finish(self, about: &About, height: f64) -> Result<Figure, ChartError> {
        let size = (grains(WIDTH).unsigned_abs(), grains(height.ceil().clamp(1.0, TALLEST)).unsigned_abs());
        let mut body = String::new();
        {
            let area = SVGBackend::with_string(&mut body, size).into_drawing_area();
            area.fill(&PAPER).map_err(ChartError::drawing)?;
            for mark in &self.marks {
                draw(&area, mark).map_err(ChartError::drawing)?;
            }
            area.present().map_err(ChartError::drawing)?;
        }
        let svg = introduce(&body, about, size);
        Ok(Figure { name: about.name.to_owned(), title: about.title.to_owned(), panels: self.panels, svg })
    }
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn<'a> = Result<(), plotters::drawing::DrawingAreaErrorKind<std::io::Error>>;

fn draw<'a>(area: &Area<'a>, mark: &Mark) -> Drawn<'a> {
    match mark {
        Mark::Area(outline, fill) => area.draw(&Polygon::new(grid(outline), fill.filled())),
        Mark::Block(frame, fill) => {
            let corners = [grid_point((frame.left, frame.top)), grid_point((frame.right, frame.bottom))];
            area.draw(&Rectangle::new(corners, fill.filled()))
        }
        Mark::Line(points, stroke) => {
            let style: ShapeStyle = stroke.colour.stroke_width(grains(stroke.width).unsigned_abs());
            let pieces = match stroke.pattern {
                None => vec![points.clone()],
                Some((on, off)) => dashes(points, on, off),
            };
            pieces.iter().try_for_each(|piece| area.draw(&PathElement::new(grid(piece), style)))
        }
        Mark::Disc(centre, radius, fill, edge) => {
            let edge = edge.colour.stroke_width(grains(edge.width).unsigned_abs());
            area.draw(&Circle::new(grid_point(*centre), grains(*radius), fill.filled()))?;
            area.draw(&Circle::new(grid_point(*centre), grains(*radius), edge))
        }
        Mark::Text(text, at, look, align) => {
            let weight = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
            let size = look.size * GRAIN * BACKEND_FONT_DIVISOR;
            let h_pos = match align {
                Align::Left => HPos::Left,
                Align::Centre => HPos::Center,
                Align::Right => HPos::Right,
            };
            let style = TextStyle::from(FontDesc::new(FontFamily::Name(text::FAMILY), size, weight))
                .color(&look.colour)
                .pos(Pos::new(h_pos, VPos::Center));
            area.draw(&Text::new(text.as_str(), grid_point(*at), style))
        }
    }
}

/// Cuts a path into the pieces that a broken line shows, first a dash of `on` pixels, then a gap of `off`.
fn dashes(points: &[Point], on: f64, off: f64) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece = vec![points[0]];
    let (mut drawing, mut left) = (true, on);
    for pair in points.windows(2) {
        let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
        let length = (dx * dx + dy * dy).sqrt();
        let mut walked = 0.0;
        while length - walked > left {
            walked += left;
            let here = (pair[0].0 + dx * walked / length, pair[0].1 + dy * walked / length);
            if drawing {
                piece.push(here);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece.push(here);
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
        left -= length - walked;
        if drawing {
            piece.push(pair[1]);
        }
    }
    if piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

/// Puts the size to show it at, a title and a description into what plotters wrote.
fn introduce(body: &str, about: &About, size: (u32, u32)) -> String {
    let (name, title, description) = (escape(about.name), escape(about.title), escape(about.description));
    let (width, height) = (f64::from(size.0) / GRAIN, f64::from(size.1) / GRAIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{name}-title {name}-desc\" \
         stroke-linejoin=\"round\" font-family=\"{FAMILY}\">\n\
         <title id=\"{name}-title\">{title}</title>\n<desc id=\"{name}-desc\">{description}</desc>\n",
        size.0, size.1
    );
    // The first line is plotters' own opening tag.
    for line in body.lines().skip(1) {
        if is_within_text(line) {
            svg += line;
        } else {
            svg += &lean(line);
        }
        // A text stands on a line of its own between its tags, which some viewers take for spaces.
        if !line.starts_with("<text ") && !is_within_text(line) {
            svg.push('\n');
        }
    }
    svg
}

/// A tag with the text centred as all viewers do it, and without what goes without saying: a report has thousands.
fn lean(tag: &str) -> String {
    let family = format!(" font-family=\"{FAMILY}\"");
    let said = [" opacity=\"1\"", " stroke=\"none\"", " text-anchor=\"start\"", family.as_str()];
    let lean =
        said.iter().fold(tag.replacen(BACKEND_CENTRE, CENTRE, 1), |tag, said| tag.replacen(said, "", 1));
    // Sizes are products of fractions: 52.00000000000001.
    match lean.split_once(FONT_SIZE).and_then(|(head, rest)| Some((head, rest.split_once('"')?))) {
        Some((head, (size, rest))) => match size.parse::<f64>() {
            Ok(size) => format!("{head}{FONT_SIZE}{}\"{rest}", (size * 100.0).round() / 100.0),
            Err(_) => lean,
        },
        None => lean,
    }
}

/// Whether a line that plotters wrote is the content of a text: everything else begins with a tag, and within
/// a text `<` is escaped.
fn is_within_text(line: &str) -> bool {
    !line.starts_with('<')
}

/// Text as it stands in XML.
pub(in crate::export) fn escape(text: &str) -> String {
    let text = text::clean(text);
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Points in drawing units, without those in the middle of a straight run to the right.
fn grid(points: &[Point]) -> Vec<(i32, i32)> {
    let mut kept: Vec<(i32, i32)> = Vec::with_capacity(points.len());
    for point in points.iter().copied().map(grid_point) {
        if let [.., a, b] = kept[..]
            && is_straight(a, b, point)
        {
            kept.pop();
        }
        kept.push(point);
    }
    kept
}

fn is_straight(a: (i32, i32), b: (i32, i32), c: (i32, i32)) -> bool {
    let run =
        |p: (i32, i32), q: (i32, i32)| (i64::from(q.0) - i64::from(p.0), i64::from(q.1) - i64::from(p.1));
    let ((x1, y1), (x2, y2)) = (run(a, b), run(b, c));
    x1 > 0 && x2 > 0 && x1 * y2 == x2 * y1
}

fn grid_point((x, y): Point) -> (i32, i32) {
    (grains(x), grains(y))
}

/// Pixels in drawing units. The cast saturates, and a number that is none becomes 0.
fn grains(pixels: f64) -> i32 {
    (pixels * GRAIN).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_carry_on_round_corners() {
        let pieces = dashes(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)], 6.0, 3.0);
        assert_eq!(
            pieces,
            [
                vec![(0.0, 0.0), (6.0, 0.0)],
                vec![(9.0, 0.0), (10.0, 0.0), (10.0, 5.0)],
                vec![(10.0, 8.0), (10.0, 10.0)]
            ]
        );
    }

    #[test]
    fn straight_runs_keep_only_their_ends() {
        let points = [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 2.0), (4.0, 2.0), (4.0, 5.0)];
        assert_eq!(grid(&points), [(0, 0), (8, 8), (16, 8), (16, 20)]);
    }
}
