//! Samples of a video codec to colours (ITU-T H.273, section 8.3), in integers.

use std::ops::Range;

use super::frame::{Chroma, Frame};
use super::properties::CodePoints;
use super::upsample::chroma;
use crate::picture::{Layout, Sample};

/// Bits of fraction of a factor.
const FRACTION: u32 = 14;

/// How the samples of a picture become those of grey or of RGB.
pub(super) struct Colours {
    luma: Scale,
    chroma: Scale,
    matrix: Matrix,
    /// A row of each plane, with a sample for each pixel.
    rows: [Vec<u16>; 3],
    /// What these are made of.
    lines: [Vec<u16>; 2],
}

/// What a sample means: from `zero` on, with a factor to the samples that are made.
struct Scale {
    zero: i64,
    factor: i64,
}

enum Matrix {
    /// G, B and R by themselves.
    Identity,
    /// Y, Cb and Cr: what Cb and Cr add to red, green and blue, with [`FRACTION`] bits of fraction.
    Luma([[i64; 2]; 3]),
}

impl Colours {
    /// By the file's own code points, or else by those of the stream.
    pub(super) fn of<S: Sample>(frame: &Frame<'_>, points: Option<CodePoints>) -> Self {
        let CodePoints { matrix, full_range, .. } = points.unwrap_or(frame.code_points);
        let [luma, chroma] = frame.depth.map(i64::from);
        let most = i64::try_from(S::MAX).unwrap_or(0xFF);
        let range = |depth: i64, zero: i64, span: i64| {
            let span = if full_range { (1 << depth) - 1 } else { span << (depth - 8) };
            Scale { zero, factor: ((most << FRACTION) + span / 2) / span }
        };
        let black = if full_range { 0 } else { 16 << (luma - 8) };
        let matrix = Matrix::of(matrix);
        let chroma = match matrix {
            Matrix::Identity => range(chroma, black, 219),
            Matrix::Luma { .. } => range(chroma, 1 << (chroma - 1), 224),
        };
        Self {
            luma: range(luma, black, 219),
            chroma,
            matrix,
            rows: Default::default(),
            lines: Default::default(),
        }
    }

    /// A part of a row, without alpha.
    pub(super) fn row<S: Sample>(
        &mut self,
        frame: &Frame<'_>,
        y: u32,
        x: Range<u32>,
        layout: Layout,
        to: &mut Vec<S>,
    ) {
        to.clear();
        let [luma, first, second] = &mut self.rows;
        luma.clear();
        frame.planes.read(0, y, x.clone(), luma);
        let (luma, scale) = (&*luma, &self.luma);
        if matches!(layout, Layout::Grey | Layout::GreyAlpha) {
            to.extend(luma.iter().map(|sample| made::<S>(scale.apply(*sample))));
            return;
        }
        if frame.chroma == Chroma::None {
            to.extend(luma.iter().flat_map(|sample| [made::<S>(scale.apply(*sample)); 3]));
            return;
        }
        chroma(frame, 1, y, &x, &mut self.lines, first);
        chroma(frame, 2, y, &x, &mut self.lines, second);
        for ((luma, first), second) in luma.iter().zip(&*first).zip(&*second) {
            let luma = scale.apply(*luma);
            let [first, second] = [first, second].map(|sample| self.chroma.apply(*sample));
            let rgb = match self.matrix {
                Matrix::Identity => [second, luma, first],
                Matrix::Luma(factors) => {
                    factors.map(|[cb, cr]| luma + ((first * cb + second * cr) >> FRACTION))
                }
            };
            to.extend(rgb.map(made::<S>));
        }
    }
}

impl Matrix {
    /// By the code point (table 4).
    fn of(matrix: u8) -> Self {
        const ONE: i64 = 1 << FRACTION;
        // Kr and Kb, in 10000ths.
        let (red, blue) = match matrix {
            0 => return Self::Identity,
            1 => (2126, 722),
            4 => (3000, 1100),
            7 => (2120, 870),
            // Cg and Co.
            8 => return Self::Luma([[-ONE, ONE], [ONE, 0], [-ONE, -ONE]]),
            9 | 10 => (2627, 593),
            _ => (2990, 1140),
        };
        let green = 10_000 - red - blue;
        let part = |above: i64, below: i64| ((2 * above) << FRACTION) / below;
        Self::Luma([
            [0, part(10_000 - red, 10_000)],
            [
                -part(blue * (10_000 - blue), 10_000 * green),
                -part(red * (10_000 - red), 10_000 * green),
            ],
            [part(10_000 - blue, 10_000), 0],
        ])
    }
}

impl Scale {
    /// Of luma, or of a colour.
    fn of_luma<S: Sample>(full_range: bool, depth: i64) -> Self {
        let black = if full_range { 0 } else { 16 << (depth - 8) };
        Self::of::<S>(full_range, depth, 219, black)
    }

    /// `span`: what a limited range has of 255 steps.
    fn of<S: Sample>(full_range: bool, depth: i64, span: i64, zero: i64) -> Self {
        let most = i64::try_from(S::MAX).unwrap_or(0xFF);
        let span = if full_range { (1 << depth) - 1 } else { span << (depth - 8) };
        Self { zero, factor: ((most << FRACTION) + span / 2) / span }
    }

    /// With [`FRACTION`] bits of fraction.
    fn apply(&self, sample: u16) -> i64 {
        (i64::from(sample) - self.zero) * self.factor
    }
}

fn made<S: Sample>(value: i64) -> S {
    S::from_u64(u64::try_from((value + (1 << (FRACTION - 1))) >> FRACTION).unwrap_or(0))
}

/// A part of a row of alpha, in 8 bits. `row` is overwritten.
pub(super) fn alpha(frame: &Frame<'_>, y: u32, x: Range<u32>, row: &mut Vec<u16>, to: &mut [u8]) {
    row.clear();
    frame.planes.read(0, y, x, row);
    let [depth, _] = frame.depth;
    let scale = Scale::of_luma::<u8>(!frame.has_limits_of_alpha, depth.into());
    for (to, sample) in to.iter_mut().zip(row) {
        *to = made(scale.apply(*sample));
    }
}
