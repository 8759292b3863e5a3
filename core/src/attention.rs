//! Where a crop shows the most: edges of luma, strong colours and the hues of skin, which are what libvips and smartcrop.js
//! look for.
//!
//! The picture is looked at on a small upright copy in sRGB, in integers, so that every build finds the same place. A crop
//! for `cover` has one side that is free at the most, so that sums of columns and of rows are all that is needed. What lies
//! in a crop's middle counts twice as much as what lies at its ends: a subject that fits is not shown at an edge.

use crate::geometry::Rectangle;
use crate::picture::{Picture, rgba};

/// The longer side of the copy, in pixels, at the most.
pub(crate) const SIDE: u32 = 128;

/// Places that are tried beside the first: so many parts has what is free beside the crop.
const STEPS: u32 = 32;

/// What there is to look at in a picture.
#[derive(Debug)]
pub(crate) struct Attention {
    columns: Vec<u64>,
    rows: Vec<u64>,
}

impl Attention {
    /// Looks at an upright copy of a picture.
    pub(crate) fn of(picture: &Picture<'_>) -> Self {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let pixels = picture.pixels.chunks_exact(picture.layout.channels()).map(rgba);
        let pixels: Vec<_> = pixels.map(|[r, g, b, alpha]| ([r, g, b], alpha)).collect();
        let lumas: Vec<i32> = pixels.iter().map(|(rgb, _)| luma(*rgb)).collect();
        // A hue that is everywhere is nothing to look at.
        let colours = pixels.iter().zip(&lumas);
        let colours = colours.map(|((rgb, _), luma)| (skin(*rgb, *luma), saturation(*rgb, *luma)));
        let colours: Vec<_> = colours.collect();
        let mean = |of: fn(&(u32, u32)) -> u32| {
            let sum: u32 = colours.iter().map(of).sum();
            sum / u32::try_from(colours.len()).unwrap_or(u32::MAX).max(1)
        };
        let (usual_skin, usual_saturation) = (mean(|(skin, _)| *skin), mean(|(_, other)| *other));
        let luma_at = |x: usize, y: usize| lumas.get(y * width + x).copied().unwrap_or_default();
        let (mut columns, mut rows) = (vec![0; width], vec![0; height]);
        let mut pixels = pixels.iter().zip(&colours);
        for (y, row) in rows.iter_mut().enumerate() {
            let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
            let columns = columns.iter_mut().enumerate();
            for ((x, column), ((_, alpha), (skin, saturation))) in columns.zip(&mut pixels) {
                let (left, right) = (x.saturating_sub(1), (x + 1).min(width - 1));
                let around =
                    luma_at(left, y) + luma_at(right, y) + luma_at(x, above) + luma_at(x, below);
                let luma = luma_at(x, y);
                let edge = (4 * luma - around).unsigned_abs().min(EDGE);
                let score = edge
                    + skin.saturating_sub(usual_skin)
                    + saturation.saturating_sub(usual_saturation);
                let score = u64::from(score) * u64::from(*alpha);
                *row += score;
                *column += score;
            }
        }
        Self { columns, rows }
    }

    /// The place of a crop of a picture of `width` x `height` pixels that shows the most, as fractions of what is free
    /// beside it; in the middle, where several show as much.
    pub(crate) fn place(&self, crop: Rectangle, (width, height): (u32, u32)) -> (f64, f64) {
        (
            best(&self.columns, crop.width / f64::from(width)),
            best(&self.rows, crop.height / f64::from(height)),
        )
    }
}

/// The best place for a window that covers `part` of the sums.
fn best(sums: &[u64], part: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 128")]
    let window = (part * sums.len() as f64).round() as usize;
    let window = window.clamp(1, sums.len());
    let free = sums.len() - window;
    let shown = |step: u32| -> u64 {
        let first = (step as usize * free + STEPS as usize / 2) / STEPS as usize;
        let shown = sums.iter().skip(first).take(window);
        shown.zip(0_u64..).map(|(sum, at)| sum * weight(at, window as u64)).sum()
    };
    // From the middle outwards: of equal places the first one wins.
    let middle = STEPS / 2;
    let mut places: Vec<u32> = (0..=STEPS).collect();
    places.sort_by_key(|step| step.abs_diff(middle));
    let mut found = (middle, shown(middle));
    for step in places {
        let sum = shown(step);
        if sum > found.1 {
            found = (step, sum);
        }
    }
    f64::from(found.0) / f64::from(STEPS)
}

/// How much one of `window` sums counts: twice as much in the middle as at the ends.
fn weight(at: u64, window: u64) -> u64 {
    let from_middle = (2 * at + 1).abs_diff(window);
    2 * window * window - from_middle * from_middle
}

/// The most that an edge counts.
const EDGE: u32 = 255;

/// BT.601's luma, 0 to 255.
fn luma([red, green, blue]: [u8; 3]) -> i32 {
    (299 * i32::from(red) + 587 * i32::from(green) + 114 * i32::from(blue)) / 1000
}

/// How near a colour's hue is to skin's, 0 to 512 (smartcrop.js: the distance of its direction from 0.78, 0.57, 0.44 is
/// below 0.2). Neither shadows nor lights have a hue to speak of.
fn skin(rgb: [u8; 3], luma: i32) -> u32 {
    const SKIN: [i32; 3] = [780, 570, 440];
    const NEAR: u32 = 200;
    if !(51..=250).contains(&luma) {
        return 0;
    }
    let squares: u32 = rgb.iter().map(|sample| u32::from(*sample).pow(2)).sum();
    // In 128ths: three squares of a byte, shifted by 14, fit 32 bits.
    let length = (squares << 14).isqrt().max(1).cast_signed();
    let mut distance = 0;
    for (sample, skin) in rgb.into_iter().zip(SKIN) {
        distance += (i32::from(sample) * 128_000 / length - skin).unsigned_abs().pow(2);
    }
    NEAR.saturating_sub(distance.isqrt()) * 512 / NEAR
}

/// How strong a colour is beyond what most of a picture has, 0 to 191.
fn saturation([red, green, blue]: [u8; 3], luma: i32) -> u32 {
    if !(13..=242).contains(&luma) {
        return 0;
    }
    let chroma = red.max(green).max(blue) - red.min(green).min(blue);
    u32::from(chroma.saturating_sub(64))
}
