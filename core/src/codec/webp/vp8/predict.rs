//! Prediction from neighbours (RFC 6386, section 12), in a macroblock with its borders.

use wide::i16x8;

use super::super::lanes::{narrowed, widened};
use super::modes::{Mode, SubblockMode};

/// Bytes from one row of a [`Work`] to the next.
pub(super) const STRIDE: usize = 32;

/// A macroblock's samples with what is above them and to their left: 17 rows of [`STRIDE`] bytes. The samples of luma
/// begin in the second row at [`LEFT`], those of U there in a second such field, and those of V 16 bytes further on.
pub(super) type Work = [[u8; STRIDE]; 17];

/// Where the samples begin in a row: there is one to the left of them.
pub(super) const LEFT: usize = 8;

/// Predicts a square of N x N samples that begin at `x` of the rows after the first. `edges`: whether there are samples
/// above it and to its left in the picture.
pub(super) fn whole<const N: usize>(
    work: &mut Work,
    x: usize,
    mode: Mode,
    (has_above, has_left): (bool, bool),
) {
    let [above_row, rows @ ..] = work;
    let above: [u8; N] = part(above_row, x);
    let corner = above_row.get(x - 1).copied().unwrap_or_default();
    let left_sum: u32 = work_left::<N>(rows, x).iter().map(|sample| u32::from(*sample)).sum();
    let rows = rows.iter_mut().take(N);
    match mode {
        Mode::Dc => {
            let above_sum: u32 = above.iter().map(|sample| u32::from(*sample)).sum();
            let size = u32::try_from(N).unwrap_or(1);
            let mean = match (has_above, has_left) {
                (true, true) => (above_sum + left_sum + size) / (2 * size),
                (true, false) => (above_sum + size / 2) / size,
                (false, true) => (left_sum + size / 2) / size,
                (false, false) => 128,
            };
            let value = [u8::try_from(mean).unwrap_or(u8::MAX); N];
            rows.for_each(|row| put(row, x, value));
        }
        Mode::Vertical => rows.for_each(|row| put(row, x, above)),
        Mode::Horizontal => rows.for_each(|row| {
            let left = row.get(x - 1).copied().unwrap_or_default();
            put(row, x, [left; N]);
        }),
        Mode::TrueMotion => rows.for_each(|row| {
            let left = row.get(x - 1).copied().unwrap_or_default();
            put(row, x, true_motion(above, left, corner));
        }),
    }
}

fn work_left<const N: usize>(rows: &[[u8; STRIDE]], x: usize) -> [u8; N] {
    let mut left = [0; N];
    for (to, row) in left.iter_mut().zip(rows) {
        *to = row.get(x - 1).copied().unwrap_or_default();
    }
    left
}

/// What is above, and how much more the left is than the corner.
#[inline(always)]
fn true_motion<const N: usize>(above: [u8; N], left: u8, corner: u8) -> [u8; N] {
    let step = i16x8::splat(i16::from(left) - i16::from(corner));
    let mut samples = [0; N];
    for (to, above) in samples.chunks_mut(8).zip(above.chunks(8)) {
        let mut eight = [0; 8];
        eight.iter_mut().zip(above).for_each(|(to, sample)| *to = *sample);
        to.iter_mut().zip(narrowed(widened(eight) + step)).for_each(|(to, sample)| *to = sample);
    }
    samples
}

/// N samples of a row.
#[inline(always)]
pub(super) fn part<const N: usize>(row: &[u8; STRIDE], x: usize) -> [u8; N] {
    row.get(x..).and_then(|row| row.first_chunk()).copied().unwrap_or([0; N])
}

/// Puts samples into a row.
#[inline(always)]
pub(super) fn put<const N: usize>(row: &mut [u8; STRIDE], x: usize, samples: [u8; N]) {
    if let Some(to) = row.get_mut(x..).and_then(|row| row.first_chunk_mut()) {
        *to = samples;
    }
}

/// Predicts the sub-block whose first sample is at `x` of row `y` + 1: from the four samples above it and the four after
/// those, the four to its left and the corner.
#[inline(always)]
pub(super) fn subblock(work: &mut Work, x: usize, y: usize, mode: SubblockMode) {
    let predicted = around(work, x, y).predict(mode);
    for (row, samples) in work.iter_mut().skip(y + 1).zip(predicted) {
        put(row, x, samples);
    }
}

/// What a sub-block is predicted from.
pub(super) struct Around {
    corner: u8,
    above: [u8; 8],
    left: [u8; 4],
}

/// What is around the sub-block whose first sample is at `x` of row `y` + 1.
#[inline(always)]
pub(super) fn around(work: &Work, x: usize, y: usize) -> Around {
    let [above, rows @ ..] =
        work.get(y..).and_then(|rows| rows.first_chunk::<5>()).unwrap_or(&[[0; STRIDE]; 5]);
    let corner = above.get(x - 1).copied().unwrap_or_default();
    Around { corner, above: part(above, x), left: work_left(rows, x) }
}

impl Around {
    /// The samples by a mode.
    #[inline(always)]
    pub(super) fn predict(&self, mode: SubblockMode) -> [[u8; 4]; 4] {
        samples(mode, self.corner, self.above, self.left)
    }
}

/// The mean of two, rounded.
#[inline(always)]
fn two(a: u8, b: u8) -> u8 {
    let [low, _] = ((u16::from(a) + u16::from(b) + 1) >> 1).to_le_bytes();
    low
}

/// The mean of three of which the middle one counts twice, rounded.
#[inline(always)]
fn three(a: u8, b: u8, c: u8) -> u8 {
    let [low, _] = ((u16::from(a) + 2 * u16::from(b) + u16::from(c) + 2) >> 2).to_le_bytes();
    low
}

/// Section 12.3. P is the corner, A to H what is above, I to L what is to the left.
#[inline(always)]
fn samples(mode: SubblockMode, p: u8, above: [u8; 8], left: [u8; 4]) -> [[u8; 4]; 4] {
    let [a, b, c, d, e, f, g, h] = above;
    let [i, j, k, l] = left;
    match mode {
        SubblockMode::Dc => {
            let sum: u16 = [a, b, c, d, i, j, k, l].into_iter().map(u16::from).sum();
            let [mean, _] = ((sum + 4) >> 3).to_le_bytes();
            [[mean; 4]; 4]
        }
        SubblockMode::TrueMotion => left.map(|left| true_motion([a, b, c, d], left, p)),
        SubblockMode::Vertical => {
            [[three(p, a, b), three(a, b, c), three(b, c, d), three(c, d, e)]; 4]
        }
        SubblockMode::Horizontal => {
            [[three(p, i, j); 4], [three(i, j, k); 4], [three(j, k, l); 4], [three(k, l, l); 4]]
        }
        SubblockMode::LeftDown => {
            let s = [
                three(a, b, c),
                three(b, c, d),
                three(c, d, e),
                three(d, e, f),
                three(e, f, g),
                three(f, g, h),
                three(g, h, h),
            ];
            let [s0, s1, s2, s3, s4, s5, s6] = s;
            [[s0, s1, s2, s3], [s1, s2, s3, s4], [s2, s3, s4, s5], [s3, s4, s5, s6]]
        }
        SubblockMode::RightDown => {
            let (s0, s1, s2) = (three(j, k, l), three(i, j, k), three(p, i, j));
            let (s3, s4, s5, s6) = (three(a, p, i), three(b, a, p), three(c, b, a), three(d, c, b));
            [[s3, s4, s5, s6], [s2, s3, s4, s5], [s1, s2, s3, s4], [s0, s1, s2, s3]]
        }
        SubblockMode::VerticalRight => {
            let (x0, x1, x2, x3) = (two(p, a), two(a, b), two(b, c), two(c, d));
            let (y0, y1, y2, y3) = (three(i, p, a), three(p, a, b), three(a, b, c), three(b, c, d));
            let (z0, z1) = (three(j, i, p), three(k, j, i));
            [[x0, x1, x2, x3], [y0, y1, y2, y3], [z0, x0, x1, x2], [z1, y0, y1, y2]]
        }
        SubblockMode::VerticalLeft => {
            let (x0, x1, x2, x3) = (two(a, b), two(b, c), two(c, d), two(d, e));
            let (y0, y1, y2, y3) = (three(a, b, c), three(b, c, d), three(c, d, e), three(d, e, f));
            let (z0, z1) = (three(e, f, g), three(f, g, h));
            [[x0, x1, x2, x3], [y0, y1, y2, y3], [x1, x2, x3, z0], [y1, y2, y3, z1]]
        }
        SubblockMode::HorizontalDown => {
            let (x0, x1, x2, x3) = (two(i, p), two(j, i), two(k, j), two(l, k));
            let (y0, y1, y2, y3) = (three(a, p, i), three(p, i, j), three(i, j, k), three(j, k, l));
            let (z0, z1) = (three(b, a, p), three(c, b, a));
            [[x0, y0, z0, z1], [x1, y1, x0, y0], [x2, y2, x1, y1], [x3, y3, x2, y2]]
        }
        SubblockMode::HorizontalUp => {
            let (x0, x1, x2) = (two(i, j), two(j, k), two(k, l));
            let (y0, y1, y2) = (three(i, j, k), three(j, k, l), three(k, l, l));
            [[x0, y0, x1, y1], [x1, y1, x2, y2], [x2, y2, l, l], [l, l, l, l]]
        }
    }
}

/// Adds a residue to the samples whose first is at `x` of row `y` + 1: as many of its columns as N, 4 or 8.
#[inline(always)]
pub(super) fn add<const N: usize>(work: &mut Work, x: usize, y: usize, residue: [i16x8; 4]) {
    for (row, residue) in work.iter_mut().skip(y + 1).zip(residue) {
        let mut eight = [0; 8];
        eight.iter_mut().zip(part::<N>(row, x)).for_each(|(to, sample)| *to = sample);
        let sums = narrowed(widened(eight) + residue);
        put::<N>(row, x, sums.first_chunk().copied().unwrap_or([0; N]));
    }
}
