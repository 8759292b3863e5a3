//! Samples of a video codec to colours (ITU-T H.273, section 8.3), in integers.

use std::ops::Range;

use super::frame::{Chroma, Frame};
use super::properties::CodePoints;
use super::upsample::chroma;
use crate::picture::{Layout, Sample};

/// Bits of fraction of a factor. Of 12-bit samples that become 16-bit ones all sums fit 32 bits.
const FRACTION: u32 = 12;

/// How the samples of a picture become those of grey or of RGB.
pub(super) struct Colours {
    luma: Scale,
    /// What stands for no colour.
    neutral: i32,
    /// What Y, Cb and Cr, or G, B and R, add to red, green and blue.
    factors: [[i32; 3]; 3],
}

/// What a sample means: from `zero` on, with a factor to the samples that are made.
struct Scale {
    zero: i32,
    factor: i32,
}

/// Rows that are made of others.
#[derive(Default)]
pub(super) struct Lines {
    /// A row of each plane, with a sample for each pixel.
    rows: [Vec<u16>; 3],
    /// What these are made of.
    lines: [Vec<u16>; 2],
}

impl Colours {
    /// Of samples that a decoder gives; by the file's own code points, or else by those of the stream.
    pub(super) fn of<S: Sample>(frame: &Frame<'_>, points: Option<CodePoints>) -> Self {
        let [luma, chroma] = frame.depth.map(|depth| Bits { depth: depth.into(), more: 0 });
        Self::new::<S>(luma, chroma, points.unwrap_or(frame.code_points))
    }

    /// Of the same samples where [`aligned`] moved them.
    pub(super) fn of_aligned<S: Sample>(frame: &Frame<'_>, points: Option<CodePoints>) -> Self {
        let [luma, chroma] = frame.depth.map(|depth| {
            let depth = u32::from(depth);
            Bits { depth, more: width::<S>().saturating_sub(depth) }
        });
        Self::new::<S>(luma, chroma, points.unwrap_or(frame.code_points))
    }

    fn new<S: Sample>(luma: Bits, chroma: Bits, points: CodePoints) -> Self {
        let CodePoints { matrix, full_range, .. } = points;
        let (neutral, of_chroma) = match matrix {
            0 => {
                let of_colour = Scale::of::<S>(full_range, chroma);
                (of_colour.zero, of_colour.factor)
            }
            _ => (1 << (chroma.depth - 1 + chroma.more), factor::<S>(full_range, chroma, 224)),
        };
        let luma = Scale::of::<S>(full_range, luma);
        let factors = matrix_of(matrix).map(|[of_luma, of_first, of_second]| {
            [(luma.factor, of_luma), (of_chroma, of_first), (of_chroma, of_second)]
                .map(|(factor, part)| i32::try_from(i64::from(factor) * part / ONE).unwrap_or(0))
        });
        Self { luma, neutral, factors }
    }

    /// A part of a row, without alpha.
    pub(super) fn row<S: Sample>(
        &self,
        frame: &Frame<'_>,
        y: u32,
        x: Range<u32>,
        layout: Layout,
        Lines { rows: [luma, first, second], lines }: &mut Lines,
        to: &mut Vec<S>,
    ) {
        to.clear();
        luma.clear();
        frame.planes.read(0, y, x.clone(), luma);
        if matches!(layout, Layout::Grey | Layout::GreyAlpha) {
            to.extend(luma.iter().map(|sample| self.luma.apply::<S>(*sample)));
            return;
        }
        if frame.chroma == Chroma::None {
            to.extend(luma.iter().flat_map(|sample| [self.luma.apply::<S>(*sample); 3]));
            return;
        }
        chroma(frame, 1, y, &x, lines, first);
        chroma(frame, 2, y, &x, lines, second);
        to.resize(luma.len() * 3, S::default());
        self.mix([luma, first, second], to);
    }

    /// Makes pixels of a sample of each plane.
    pub(super) fn mix<T: Sample, S: Sample>(&self, [luma, first, second]: [&[T]; 3], to: &mut [S]) {
        let value = |sample: T| Into::<u32>::into(sample).cast_signed();
        let (pixels, _) = to.as_chunks_mut::<3>();
        for (((pixel, luma), first), second) in pixels.iter_mut().zip(luma).zip(first).zip(second) {
            let luma = value(*luma) - self.luma.zero;
            let [first, second] = [first, second].map(|sample| value(*sample) - self.neutral);
            *pixel = self.factors.map(|[of_luma, of_first, of_second]| {
                made(luma * of_luma + first * of_first + second * of_second)
            });
        }
    }
}

/// The bits of a sample, and zeros that follow them.
#[derive(Clone, Copy)]
struct Bits {
    depth: u32,
    more: u32,
}

/// Bits of a sample of a picture.
const fn width<S: Sample>() -> u32 {
    S::MAX.trailing_ones()
}

/// Samples of `depth` bits as those of a picture, whose highest bits they become.
pub(super) fn aligned<S: Sample>(samples: &[u16], depth: u8, to: &mut Vec<S>) {
    let (depth, width) = (u32::from(depth), width::<S>());
    let (less, more) = (depth.saturating_sub(width), width.saturating_sub(depth));
    to.clear();
    to.extend(samples.iter().map(|sample| S::from_u64((*sample >> less << more).into())));
}

/// One, of what [`matrix_of`] gives.
const ONE: i64 = 1 << 14;

/// How much of each plane is in red, green and blue, by the code point (table 4).
fn matrix_of(code_point: u8) -> [[i64; 3]; 3] {
    // Kr and Kb, in 10000ths.
    let (red, blue) = match code_point {
        0 => return [[0, 0, ONE], [ONE, 0, 0], [0, ONE, 0]],
        1 => (2126, 722),
        4 => (3000, 1100),
        7 => (2120, 870),
        // Cg and Co.
        8 => return [[ONE, -ONE, ONE], [ONE, ONE, 0], [ONE, -ONE, -ONE]],
        9 | 10 => (2627, 593),
        _ => (2990, 1140),
    };
    let green = 10_000 - red - blue;
    let part = |above: i64, below: i64| 2 * above * ONE / below;
    [
        [ONE, 0, part(10_000 - red, 10_000)],
        [
            ONE,
            -part(blue * (10_000 - blue), 10_000 * green),
            -part(red * (10_000 - red), 10_000 * green),
        ],
        [ONE, part(10_000 - blue, 10_000), 0],
    ]
}

impl Scale {
    /// Of luma, or of a colour.
    fn of<S: Sample>(full_range: bool, bits: Bits) -> Self {
        let zero = if full_range { 0 } else { 16 << (bits.depth - 8 + bits.more) };
        Self { zero, factor: factor::<S>(full_range, bits, 219) }
    }

    fn apply<S: Sample>(&self, sample: u16) -> S {
        made((i32::from(sample) - self.zero) * self.factor)
    }
}

/// From a sample's steps to those that are made. `span`: what a limited range has of 255 steps.
fn factor<S: Sample>(full_range: bool, Bits { depth, more }: Bits, span: u64) -> i32 {
    let span = if full_range { (1 << depth) - 1 } else { span << (depth - 8) } << more;
    i32::try_from(((S::MAX << FRACTION) + span / 2) / span).unwrap_or(0)
}

fn made<S: Sample>(value: i32) -> S {
    let value = (value + (1 << (FRACTION - 1))) >> FRACTION;
    S::from_u64(u64::from(value.max(0).cast_unsigned()))
}

/// A part of a row of alpha, in 8 bits. `row` is overwritten.
pub(super) fn alpha(frame: &Frame<'_>, y: u32, x: Range<u32>, row: &mut Vec<u16>, to: &mut [u8]) {
    row.clear();
    frame.planes.read(0, y, x, row);
    let [depth, _] = frame.depth;
    let bits = Bits { depth: depth.into(), more: 0 };
    let scale = Scale::of::<u8>(!frame.has_limits_of_alpha, bits);
    for (to, sample) in to.iter_mut().zip(row) {
        *to = scale.apply(*sample);
    }
}
