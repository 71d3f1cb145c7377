//! Labels beside the lines they name, moved apart where they would overlap.

use plotters::style::RGBColor;

use super::page::{Align, Page};
use super::style::{LABEL_GAP, LEADER, Type, solid};
use super::text;

/// A few lines of text that belong to a place on a panel's right edge.
#[derive(Clone, Debug)]
pub struct Label {
    /// Where it would like its first line to be.
    pub y: f64,
    pub lines: Vec<(String, Type)>,
    /// The colour of the line that leads to it, if there is one.
    leader: Option<RGBColor>,
}

/// White space between two labels, in pixels.
const APART: f64 = 6.0;

impl Label {
    pub fn new(y: f64, lines: Vec<(String, Type)>) -> Self {
        Self { y, lines, leader: Some(LEADER) }
    }

    /// The same with a leader of this colour, or with none.
    pub fn led_by(self, leader: Option<RGBColor>) -> Self {
        Self { leader, ..self }
    }

    /// The width of its longest line.
    pub fn width(&self) -> f64 {
        self.lines.iter().map(|(line, look)| text::width(line, *look)).fold(0.0, f64::max)
    }

    /// From the middle of its first line to the middle of the whole.
    fn drop(&self) -> f64 {
        (self.height() - APART - self.lines.first().map_or(0.0, |(_, look)| look.leading())) / 2.0
    }

    /// Its height with the space that keeps it from the next.
    pub fn height(&self) -> f64 {
        self.lines.iter().map(|(_, look)| look.leading()).sum::<f64>() + APART
    }
}

/// Draws labels to the right of `x`, none above `low` or below `high` if there is room, each with a leader to
/// its own place where it had to move.
pub fn draw(page: &mut Page, labels: &[Label], x: f64, (low, high): (f64, f64)) {
    let mut labels: Vec<&Label> = labels.iter().collect();
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    let wanted: Vec<f64> = labels.iter().map(|label| label.y + label.drop()).collect();
    let heights: Vec<f64> = labels.iter().map(|label| label.height()).collect();
    for (label, middle) in labels.iter().zip(spread(&wanted, &heights, low, high)) {
        let text_left = x + 2.0 * LABEL_GAP;
        let knee =
            [(x + 3.0, label.y), (x + LABEL_GAP - 2.0, label.y), (text_left - 5.0, middle - label.drop())];
        if let Some(colour) = label.leader {
            page.line(knee.to_vec(), solid(colour, 1.0));
        }
        let mut y = middle - (label.height() - APART) / 2.0;
        for (line, look) in &label.lines {
            page.text(line, (text_left, y + look.leading() / 2.0), *look, Align::Left);
            y += look.leading();
        }
    }
}

/// Middles for blocks of these heights, given from the top down, that do not overlap and are as near as can be
/// to where they are wanted.
///
/// Least squares under "each below the one before", by pooling adjacent violators; then held to
/// `low..high`. Blocks taller together than the room overflow it downwards.
pub fn spread(wanted: &[f64], heights: &[f64], low: f64, high: f64) -> Vec<f64> {
    let mut stacked = 0.0;
    // Where the middles are when all blocks are stacked: measured from there, positions only must not decrease.
    let offsets: Vec<f64> = heights
        .iter()
        .map(|height| {
            stacked += height;
            stacked - height / 2.0
        })
        .collect();
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (wanted, offset) in wanted.iter().zip(&offsets) {
        let mut pool = (wanted - offset, 1);
        while let Some((sum, count)) = pools.pop_if(|above| mean(above) > mean(&pool)) {
            pool = (pool.0 + sum, pool.1 + count);
        }
        pools.push(pool);
    }
    let shifts = pools.iter().flat_map(|pool| std::iter::repeat_n(mean(pool), pool.1));
    shifts.zip(offsets).map(|(shift, offset)| shift.min(high - stacked).max(low) + offset).collect()
}

fn mean((sum, count): &(f64, usize)) -> f64 {
    sum / *count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_with_room_stay_where_they_are_wanted() {
        assert_eq!(spread(&[10.0, 40.0, 80.0], &[20.0; 3], 0.0, 100.0), [10.0, 40.0, 80.0]);
    }

    #[test]
    fn labels_that_want_one_place_share_it_evenly() {
        assert_eq!(spread(&[50.0, 50.0, 50.0], &[20.0; 3], 0.0, 100.0), [30.0, 50.0, 70.0]);
        assert_eq!(spread(&[95.0, 98.0], &[20.0; 2], 0.0, 100.0), [70.0, 90.0]);
    }

    proptest! {
        #[test]
        fn labels_never_overlap(
            mut wanted in prop::collection::vec(-50.0..150.0f64, 0..12),
            heights in prop::collection::vec(1.0..40.0f64, 12),
        ) {
            wanted.sort_by(f64::total_cmp);
            let middles = spread(&wanted, &heights[..wanted.len()], 0.0, 100.0);
            for k in 1..middles.len() {
                let apart = (heights[k - 1] + heights[k]) / 2.0;
                // Sums of a dozen numbers below 1,000 round by less than 1e-9.
                prop_assert!(middles[k] - middles[k - 1] >= apart - 1e-9);
            }
            if let Some(first) = middles.first() {
                prop_assert!(first - heights[0] / 2.0 >= -1e-9);
            }
            let total: f64 = heights[..wanted.len()].iter().sum();
            if let Some(last) = middles.last() && total <= 100.0 {
                prop_assert!(last + heights[wanted.len() - 1] / 2.0 <= 100.0 + 1e-9);
            }
        }
    }
}
