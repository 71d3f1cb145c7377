//! Pictures, and whether two of them look alike.

use resvg::tiny_skia::{ColorU8, Pixmap};

/// How far apart two pixels are seen to be, as a share of black and white; what is nearer is no difference.
///
/// An edge that moves by a tenth of a pixel, as it does when a library smooths it in another way, changes a pixel by
/// a tenth of the difference between its sides. A digit that changes, a line that moves by a pixel, or a colour that
/// turns to the next changes some pixels by more than a quarter.
const SEEN: f64 = 0.12;

/// Colours, red, green and blue from 0 to 255, row by row; no pixel is transparent.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pixels: Vec<[f64; 3]>,
}

impl Picture {
    pub fn decode(png: &[u8]) -> Self {
        let pixmap = Pixmap::decode_png(png).unwrap();
        let pixels =
            pixmap.pixels().iter().map(|pixel| [pixel.red(), pixel.green(), pixel.blue()].map(f64::from));
        Self { width: pixmap.width(), height: pixmap.height(), pixels: pixels.collect() }
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut pixmap = Pixmap::new(self.width, self.height).unwrap();
        for (to, from) in pixmap.pixels_mut().iter_mut().zip(&self.pixels) {
            let [red, green, blue] = from.map(|part| part.round() as u8);
            *to = ColorU8::from_rgba(red, green, blue, 255).premultiply();
        }
        pixmap.encode_png().unwrap()
    }

    /// Each pixel is the mean of so many by so many; a rest at the right and the bottom is cut.
    pub fn shrunk(&self, times: u32) -> Self {
        let (width, height) = (self.width / times, self.height / times);
        let mut pixels = Vec::with_capacity((width * height) as usize);
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let mut sum = [0.0; 3];
            for (down, right) in (0..times).flat_map(|down| (0..times).map(move |right| (down, right))) {
                let from = self.pixels[((y * times + down) * self.width + x * times + right) as usize];
                sum = [0, 1, 2].map(|part| sum[part] + from[part]);
            }
            // Rounded, as it is when it is kept.
            pixels.push(sum.map(|part| (part / f64::from(times * times)).round()));
        }
        Self { width, height, pixels }
    }

    /// How they differ, in words; `None` where nobody would see it.
    pub fn differs_from(&self, other: &Self) -> Option<String> {
        let sizes = [self, other].map(|picture| format!("{} × {}", picture.width, picture.height));
        if sizes[0] != sizes[1] {
            return Some(format!("{} pixels, not {}", sizes[0], sizes[1]));
        }
        let distances: Vec<f64> = self.distances(other).collect();
        let seen = distances.iter().filter(|distance| **distance > SEEN).count();
        let most = distances.iter().copied().fold(0.0, f64::max);
        (seen > 0).then(|| format!("{seen} pixels differ, by up to {:.0} % of black and white", 100.0 * most))
    }

    /// The picture, pale, with what differs in red.
    pub fn marked(&self, other: &Self) -> Self {
        if (self.width, self.height) != (other.width, other.height) {
            return other.clone();
        }
        let pale = |pixel: &[f64; 3]| pixel.map(|part| 255.0 - (255.0 - part) / 4.0);
        let pixels = self.pixels.iter().zip(self.distances(other));
        let pixels =
            pixels.map(|(pixel, distance)| if distance > SEEN { [220.0, 0.0, 0.0] } else { pale(pixel) });
        Self { pixels: pixels.collect(), ..*self }
    }

    /// The distance of each pixel from that of the other at its place, 0 to 1.
    fn distances<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = f64> + 'a {
        self.pixels.iter().zip(&other.pixels).map(|(a, b)| distance(*a, *b))
    }
}

/// How far apart two colours are seen to be: Y. Kotsarenko and F. Ramos, *Measuring perceived color difference using
/// YIQ NTSC transmission color space*, 2010; 1 is black and white.
fn distance(a: [f64; 3], b: [f64; 3]) -> f64 {
    let [red, green, blue] = [0, 1, 2].map(|part| a[part] - b[part]);
    let y = 0.298_895_31 * red + 0.586_622_47 * green + 0.114_482_23 * blue;
    let i = 0.595_977_99 * red - 0.274_171_6 * green - 0.321_801_89 * blue;
    let q = 0.211_470_17 * red - 0.522_617_11 * green + 0.311_146_94 * blue;
    (0.5053 * y * y + 0.299 * i * i + 0.1957 * q * q).sqrt() / (0.5053_f64.sqrt() * 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// White with a black line from the top down, `from` to `to` pixels from the left.
    fn line(from: f64, to: f64) -> Picture {
        let ink = |x: u32| (to.min(f64::from(x + 1)) - from.max(f64::from(x))).clamp(0.0, 1.0);
        let row = (0..20).map(|x| [255.0 * (1.0 - ink(x)); 3]);
        Picture { width: 20, height: 4, pixels: std::iter::repeat_n(row, 4).flatten().collect() }
    }

    #[test]
    fn edges_may_be_smoothed_in_another_way_and_lines_may_not_move() {
        let before = line(5.0, 7.0);
        assert_eq!(line(5.1, 7.1).differs_from(&before), None);
        let words = line(5.5, 7.5).differs_from(&before).unwrap();
        assert_eq!(words, "8 pixels differ, by up to 50 % of black and white");
        assert!(line(5.0, 8.0).differs_from(&before).is_some());
    }

    #[test]
    fn colours_that_are_told_apart_differ() {
        assert!((distance([0.0; 3], [255.0; 3]) - 1.0).abs() < 1e-6);
        // The two bands of a fan, and the two runs of shades of risks.
        assert!(distance([174.0, 205.0, 231.0], [106.0, 165.0, 213.0]) > SEEN);
        assert!(distance([238.0, 124.0, 100.0], [196.0, 52.0, 44.0]) > SEEN);
        assert!(distance([174.0, 205.0, 231.0], [172.0, 206.0, 229.0]) < 0.01);
    }

    #[test]
    fn a_picture_is_written_and_read_back() {
        let picture = line(5.3, 7.0).shrunk(1);
        assert_eq!(Picture::decode(&picture.encode()), picture);
        assert_eq!((picture.shrunk(3).width, picture.shrunk(3).height), (6, 1));
    }
}
