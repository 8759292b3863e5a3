//! Samples of HEVC to colours (ITU-T H.273, section 8.3), in integers.

use std::ops::Range;

use heifer_hevc_dec::recon::Frame;

use super::properties::CodePoints;
use crate::picture::{Layout, Sample};

/// Bits of fraction of a factor.
const FRACTION: u32 = 14;

/// How the samples of a picture become those of grey or of RGB.
pub(super) struct Colours {
    luma: Scale,
    chroma: Scale,
    matrix: Matrix,
}

/// What a sample means: from `zero` on, with a factor to the samples that are made.
struct Scale {
    zero: i64,
    factor: i64,
}

enum Matrix {
    /// G, B and R by themselves.
    Identity,
    /// Y, Cb and Cr: what Cr adds to red, Cr and Cb take from green, and Cb adds to blue, with [`FRACTION`] bits of
    /// fraction.
    Luma { red: i64, green: [i64; 2], blue: i64 },
}

impl Colours {
    /// By the file's own code points, or else by those of the stream.
    pub(super) fn of<S: Sample>(frame: &Frame, points: Option<CodePoints>) -> Self {
        let full = points.map_or(frame.full_range, |points| points.full_range);
        let matrix = points.map_or(frame.matrix_coeffs, |points| points.matrix);
        let [luma, chroma] = frame.bit_depth.map(i64::from);
        let most = i64::try_from(S::MAX).unwrap_or(0xFF);
        let range = |depth: i64, zero: i64, span: i64| {
            let span = if full { (1 << depth) - 1 } else { span << (depth - 8) };
            Scale { zero, factor: ((most << FRACTION) + span / 2) / span }
        };
        let black = if full { 0 } else { 16 << (luma - 8) };
        // Kr and Kb, in 10000ths (table 4).
        let (red, blue) = match matrix {
            1 => (2126, 722),
            4 => (3000, 1100),
            7 => (2120, 870),
            9 | 10 => (2627, 593),
            _ => (2990, 1140),
        };
        let green = 10_000 - red - blue;
        let part = |above: i64, below: i64| ((2 * above) << FRACTION) / below;
        let matrix = match matrix {
            0 => Matrix::Identity,
            _ => Matrix::Luma {
                red: part(10_000 - red, 10_000),
                green: [
                    part(red * (10_000 - red), 10_000 * green),
                    part(blue * (10_000 - blue), 10_000 * green),
                ],
                blue: part(10_000 - blue, 10_000),
            },
        };
        let chroma = match matrix {
            Matrix::Identity => range(chroma, black, 219),
            Matrix::Luma { .. } => range(chroma, 1 << (chroma - 1), 224),
        };
        Self { luma: range(luma, black, 219), chroma, matrix }
    }

    /// A part of a row, without alpha. Chroma of fewer samples is repeated.
    pub(super) fn row<S: Sample>(
        &self,
        frame: &Frame,
        y: u32,
        x: Range<u32>,
        layout: Layout,
        to: &mut Vec<S>,
    ) {
        to.clear();
        let luma = samples(frame, 0, y, &x);
        if matches!(layout, Layout::Grey | Layout::GreyAlpha) {
            to.extend(luma.iter().map(|sample| made::<S>(self.luma.of(*sample))));
            return;
        }
        let (across, down) = match frame.chroma_format {
            1 => (2, 2),
            2 => (2, 1),
            _ => (1, 1),
        };
        let halved = x.start / across..x.end.div_ceil(across);
        let chroma = [1, 2].map(|plane| samples(frame, plane, y / down, &halved));
        let [first, second] = chroma;
        let odd = (x.start % across) as usize;
        let pairs = first.iter().zip(second);
        let repeated = pairs.flat_map(|pair| std::iter::repeat_n(pair, across as usize)).skip(odd);
        for (luma, (first, second)) in luma.iter().zip(repeated) {
            let luma = self.luma.of(*luma);
            let [first, second] = [first, second].map(|sample| self.chroma.of(*sample));
            let rgb = match self.matrix {
                Matrix::Identity => [second, luma, first],
                Matrix::Luma { red, green: [from_cr, from_cb], blue } => [
                    luma + ((second * red) >> FRACTION),
                    luma - ((second * from_cr + first * from_cb) >> FRACTION),
                    luma + ((first * blue) >> FRACTION),
                ],
            };
            to.extend(rgb.map(made::<S>));
        }
    }
}

impl Scale {
    /// With [`FRACTION`] bits of fraction.
    fn of(&self, sample: u16) -> i64 {
        (i64::from(sample) - self.zero) * self.factor
    }
}

fn made<S: Sample>(value: i64) -> S {
    S::from_u64(u64::try_from((value + (1 << (FRACTION - 1))) >> FRACTION).unwrap_or(0))
}

/// A part of a row of a plane.
fn samples<'f>(frame: &'f Frame, plane: usize, y: u32, x: &Range<u32>) -> &'f [u16] {
    let (Some(samples), Some(width)) = (frame.planes.get(plane), frame.widths.get(plane)) else {
        return &[];
    };
    let start = y as usize * *width as usize;
    samples.get(start + x.start as usize..start + x.end as usize).unwrap_or_default()
}

/// A part of a row of alpha, in 8 bits.
pub(super) fn alpha(frame: &Frame, y: u32, x: Range<u32>, to: &mut [u8]) {
    let [depth, _] = frame.bit_depth;
    let most = (1_u32 << depth) - 1;
    for (to, sample) in to.iter_mut().zip(samples(frame, 0, y, &x)) {
        *to = u8::try_from((u32::from(*sample) * 255 + most / 2) / most).unwrap_or(u8::MAX);
    }
}
