//! Sums of pixels, and their means.

use std::iter;

use super::side::Side;
use crate::picture::{Layout, Sample};

/// Sets the sums of a row of boxes to those of neutral pixels. `high`: stored rows of the boxes.
pub(super) fn start<S: Sample>(layout: Layout, across: Side, high: u32, sums: &mut [u64]) {
    let neutral = layout.neutral().map(|sample| S::from_8(sample).into());
    for (index, sums) in sums.chunks_exact_mut(layout.channels()).enumerate() {
        let count = u64::from(across.in_box(index)) * u64::from(high);
        sums.iter_mut().zip(neutral).for_each(|(sum, sample): (_, u64)| *sum = count * sample);
    }
}

/// Replaces neutral pixels by these, of which the first lies at `x` and each next one `step` further on.
pub(super) fn fold<S: Sample, const N: usize, const ALPHA: bool>(
    mut pixels: &[[S; N]],
    x: u32,
    step: u32,
    across: Side,
    layout: Layout,
    sums: &mut [[u64; N]],
) {
    let neutral = neutral::<S, N>(layout);
    let per_box = across.per_box;
    // The box of the next pixel, and how far into it the pixel is.
    let (mut at, mut within) = (across.box_of(x) as usize, (x - across.first()) % per_box);
    while let Some(sums) = sums.get_mut(at) {
        let fitting = (per_box - within).div_ceil(step);
        let (here, rest) = pixels.split_at_checked(fitting as usize).unwrap_or((pixels, &[]));
        add::<S, N, ALPHA>(here, sums);
        for (sum, neutral) in sums.iter_mut().zip(neutral) {
            *sum = sum.wrapping_sub(neutral * here.len() as u64);
        }
        if rest.is_empty() {
            return;
        }
        pixels = rest;
        // How far the next pixel is behind the box's end: less than a step.
        let beyond = within.wrapping_add(fitting.wrapping_mul(step)).wrapping_sub(per_box);
        at += 1 + (beyond / per_box) as usize;
        within = beyond % per_box;
    }
}

/// Adds pixels to a box's sums.
#[inline(always)]
fn add<S: Sample, const N: usize, const ALPHA: bool>(pixels: &[[S; N]], sums: &mut [u64; N]) {
    // As many samples, or products of two, as 32 bits hold.
    let most = if ALPHA { S::MAX * S::MAX } else { S::MAX };
    let many = usize::try_from(u64::from(u32::MAX) / most).unwrap_or(1);
    for pixels in pixels.chunks(many) {
        let mut narrow = [0_u32; N];
        for pixel in pixels {
            let weighted = weighted::<S, N, ALPHA>(*pixel);
            narrow.iter_mut().zip(weighted).for_each(|(sum, sample)| *sum += sample);
        }
        for (sum, narrow) in sums.iter_mut().zip(narrow) {
            *sum = sum.wrapping_add(narrow.into());
        }
    }
}

/// A pixel, its colour multiplied by its alpha where it has one.
#[inline(always)]
fn weighted<S: Sample, const N: usize, const ALPHA: bool>(pixel: [S; N]) -> [u32; N] {
    let mut weighted = pixel.map(Into::<u32>::into);
    if ALPHA && let [colour @ .., alpha] = weighted.as_mut_slice() {
        colour.iter_mut().for_each(|sample| *sample *= *alpha);
    }
    weighted
}

fn neutral<S: Sample, const N: usize>(layout: Layout) -> [u64; N] {
    let mut neutral = [0; N];
    for (sum, sample) in neutral.iter_mut().zip(layout.neutral()) {
        *sum = S::from_8(sample).into();
    }
    neutral
}

/// Sums of whole rows, by columns: many samples side by side, which is how processors add fastest.
#[derive(Debug)]
pub(super) struct Columns {
    sums: Width,
    /// Rows that were added.
    rows: u32,
    /// Rows that can be added.
    most: u32,
}

#[derive(Debug)]
enum Width {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

/// Bytes of columns at the most. Larger ones would not stay close to the processor.
const MOST_BYTES: usize = 1 << 20;

impl Columns {
    /// Bytes that columns take; `None` where they do not pay: for samples of 16 bits, and pictures that are too wide.
    pub(super) fn bytes<S: Sample>(across: Side, down: Side, layout: Layout) -> Option<usize> {
        let bytes = layout.channels() * if layout.has_alpha() { 4 } else { 2 };
        let bytes = across.length().checked_mul(bytes)?;
        (S::MAX == 0xFF && down.per_box > 1 && bytes <= MOST_BYTES).then_some(bytes)
    }

    pub(super) fn new(across: Side, layout: Layout) -> Self {
        let count = across.length() * layout.channels();
        // 257 times 255, and 66051 times the square of 255, are the most that fits.
        let (sums, most) = if layout.has_alpha() {
            (Width::Wide(vec![0; count]), 66_051)
        } else {
            (Width::Narrow(vec![0; count]), 257)
        };
        Self { sums, rows: 0, most }
    }

    /// Adds a row. Says whether they are full.
    #[inline]
    pub(super) fn add<S: Sample, const N: usize, const ALPHA: bool>(
        &mut self,
        pixels: &[[S; N]],
    ) -> bool {
        match &mut self.sums {
            Width::Narrow(sums) => {
                for (sum, sample) in sums.iter_mut().zip(pixels.as_flattened()) {
                    *sum = sum.wrapping_add(u16::from(sample.to_8()));
                }
            }
            Width::Wide(sums) => {
                for (sums, pixel) in sums.as_chunks_mut::<N>().0.iter_mut().zip(pixels) {
                    let weighted = weighted::<S, N, ALPHA>(*pixel);
                    sums.iter_mut().zip(weighted).for_each(|(sum, sample)| *sum += sample);
                }
            }
        }
        self.rows += 1;
        self.rows == self.most
    }

    /// Sets the means of a row of boxes, if these are all of its rows, and begins anew. Says whether it did: not where
    /// colour has to be divided by alpha, nor for wide boxes, of which sums are as fast.
    pub(super) fn means<S: Sample, const N: usize>(
        &mut self,
        across: Side,
        high: u32,
        means: &mut [[S; N]],
    ) -> bool {
        let Width::Narrow(columns) = &mut self.sums else { return false };
        let all = columns.as_chunks::<N>().0;
        match across.per_box {
            // No columns are of 16 bits, so none of what follows is compiled for them.
            _ if S::MAX > 0xFF || self.rows != high => return false,
            1 => means_of_boxes::<S, N, 1>(all, high, means),
            2 => means_of_boxes::<S, N, 2>(all, high, means),
            3 => means_of_boxes::<S, N, 3>(all, high, means),
            4 => means_of_boxes::<S, N, 4>(all, high, means),
            5 => means_of_boxes::<S, N, 5>(all, high, means),
            6 => means_of_boxes::<S, N, 6>(all, high, means),
            7 => means_of_boxes::<S, N, 7>(all, high, means),
            8 => means_of_boxes::<S, N, 8>(all, high, means),
            _ => return false,
        }
        columns.fill(0);
        self.rows = 0;
        true
    }

    /// Puts the rows, of which each has `length` pixels from column `x` on, in place of neutral ones, and begins anew.
    pub(super) fn fold<S: Sample, const N: usize>(
        &mut self,
        across: Side,
        layout: Layout,
        x: u32,
        length: usize,
        sums: &mut [[u64; N]],
    ) {
        if self.rows == 0 {
            return;
        }
        let neutral = neutral::<S, N>(layout).map(|sample| sample * u64::from(self.rows));
        let sums = sums.get_mut(across.box_of(x) as usize..).unwrap_or_default();
        // Columns of the first box.
        let first = across.per_box - (x - across.first()) % across.per_box;
        match &mut self.sums {
            Width::Narrow(columns) => {
                let columns = columns.get_mut(..length * N).unwrap_or_default();
                fold_columns(columns, first, across.per_box, neutral, sums);
            }
            Width::Wide(columns) => {
                let columns = columns.get_mut(..length * N).unwrap_or_default();
                fold_columns(columns, first, across.per_box, neutral, sums);
            }
        }
        self.rows = 0;
    }
}

/// The means of boxes that are K columns wide, but for the last, and `high` rows high.
fn means_of_boxes<S: Sample, const N: usize, const K: usize>(
    columns: &[[u16; N]],
    high: u32,
    means: &mut [[S; N]],
) {
    let (boxes, rest) = columns.as_chunks::<K>();
    let divisor = Divisor::new::<S>(width_of(K), high);
    let mut means = means.iter_mut();
    for (columns, mean) in boxes.iter().zip(&mut means) {
        mean_of_box(columns, &divisor, mean);
    }
    if let (false, Some(mean)) = (rest.is_empty(), means.next()) {
        mean_of_box(rest, &Divisor::new::<S>(width_of(rest.len()), high), mean);
    }
}

fn width_of(columns: usize) -> u32 {
    u32::try_from(columns).unwrap_or(u32::MAX)
}

#[inline(always)]
fn mean_of_box<S: Sample, const N: usize>(
    columns: &[[u16; N]],
    divisor: &Divisor,
    mean: &mut [S; N],
) {
    let mut sums = [0_u32; N];
    for column in columns {
        sums.iter_mut().zip(column).for_each(|(sum, column)| *sum += u32::from(*column));
    }
    for (mean, sum) in mean.iter_mut().zip(sums) {
        *mean = S::from_u64(divisor.rounded(sum.into()));
    }
}

/// The sum of a column.
trait Column: Copy + Default + Into<u64> {
    fn total(columns: &[Self]) -> u64;
}

impl Column for u16 {
    #[inline(always)]
    fn total(columns: &[Self]) -> u64 {
        // As many as 32 bits hold, which are added several at once.
        columns
            .chunks(1 << 16)
            .map(|some| u64::from(some.iter().map(|c| u32::from(*c)).sum::<u32>()))
            .sum()
    }
}

impl Column for u32 {
    #[inline(always)]
    fn total(columns: &[Self]) -> u64 {
        columns.iter().map(|column| u64::from(*column)).sum()
    }
}

/// Adds columns to the sums of boxes, the first of which has `first` columns, and others `per_box`.
fn fold_columns<C: Column, const N: usize>(
    columns: &mut [C],
    first: u32,
    per_box: u32,
    neutral: [u64; N],
    sums: &mut [[u64; N]],
) {
    let pixels = columns.as_chunks::<N>().0;
    let (first, others) = pixels.split_at(pixels.len().min(first as usize));
    let boxes = iter::once(first).chain(others.chunks(per_box as usize));
    for (sums, pixels) in sums.iter_mut().zip(boxes) {
        if let ([sum], columns) = (sums.as_mut_slice(), pixels.as_flattened()) {
            *sum = sum.wrapping_add(C::total(columns));
        } else {
            for pixel in pixels {
                for (sum, column) in sums.iter_mut().zip(pixel) {
                    *sum = sum.wrapping_add((*column).into());
                }
            }
        }
        for (sum, neutral) in sums.iter_mut().zip(neutral) {
            *sum = sum.wrapping_sub(neutral * pixels.len() as u64);
        }
    }
    columns.fill(C::default());
}

/// Divides the sums of a row of boxes: by the pixels of a box, and colour by alpha. `high`: stored rows of the boxes.
pub(super) fn means<S: Sample>(
    layout: Layout,
    sums: &[u64],
    across: Side,
    high: u32,
    means: &mut [S],
) {
    let channels = layout.channels();
    let boxes = sums.chunks_exact(channels).zip(means.chunks_exact_mut(channels));
    // Only the last box may have fewer.
    let (mut width, mut divisor) = (across.per_box, Divisor::new::<S>(across.per_box, high));
    for (index, (sums, means)) in boxes.enumerate() {
        if across.in_box(index) != width {
            width = across.in_box(index);
            divisor = Divisor::new::<S>(width, high);
        }
        match (sums, means) {
            ([colours @ .., alpha], [means @ .., opacity]) if layout.has_alpha() => {
                for (sum, mean) in colours.iter().zip(means) {
                    *mean = S::from_u64(rounded(*sum, *alpha));
                }
                *opacity = S::from_u64(divisor.rounded(*alpha));
            }
            (sums, means) => {
                for (sum, mean) in sums.iter().zip(means) {
                    *mean = S::from_u64(divisor.rounded(*sum));
                }
            }
        }
    }
}

/// Divides the sums of boxes of so many pixels by their number.
struct Divisor {
    count: u64,
    /// 2^shift / count, rounded up. Multiplying by it is several times as fast as dividing; 0 where it is not exact.
    multiplier: u64,
    shift: u32,
}

impl Divisor {
    fn new<S: Sample>(width: u32, high: u32) -> Self {
        let count = (u64::from(width) * u64::from(high)).max(1);
        // A sum is below (MAX + 1) * count. The product is exact while that times count is within 2^shift (Granlund and
        // Montgomery, "Division by Invariant Integers using Multiplication", theorem 4.2), and has 64 bits at the most.
        let shift = (S::MAX + 1).leading_zeros();
        let is_exact = count
            .checked_mul(count)
            .is_some_and(|square| square <= (1_u64 << shift) >> (63 - shift));
        let multiplier = if is_exact { (1_u64 << shift) / count + 1 } else { 0 };
        Self { count, multiplier, shift }
    }

    /// The quotient to the nearest, halves up.
    #[inline(always)]
    fn rounded(&self, sum: u64) -> u64 {
        if self.multiplier == 0 {
            return rounded(sum, self.count);
        }
        (sum + self.count / 2).wrapping_mul(self.multiplier) >> self.shift
    }
}

/// A quotient to the nearest, halves up; 0 of nothing.
#[inline(always)]
fn rounded(sum: u64, count: u64) -> u64 {
    // Twice as fast where both are short.
    match (u32::try_from(sum + count / 2), u32::try_from(count)) {
        (Ok(sum), Ok(count)) => u64::from(sum.checked_div(count).unwrap_or(0)),
        _ => (sum + count / 2).checked_div(count).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplying_divides_exactly() {
        fn check<S: Sample>(width: u32, high: u32) {
            let divisor = Divisor::new::<S>(width, high);
            let count = u64::from(width) * u64::from(high);
            for mean in [0, 1, 2, 100, S::MAX - 1, S::MAX] {
                for near in [0, 1, count / 2, (count / 2).saturating_sub(1), count - 1] {
                    let sum = (mean * count + near).min(S::MAX * count);
                    assert_eq!(divisor.rounded(sum), rounded(sum, count), "{sum} / {count}");
                }
            }
        }
        for width in (1..1000).chain([4095, 4096, 65_535, 1 << 20, (1 << 23) + 1]) {
            for high in [1, 2, 3, 7, 255, 256, 257] {
                check::<u8>(width, high);
                check::<u16>(width, high);
            }
        }
        assert!(Divisor::new::<u8>(4096, 2048).multiplier > 0);
        assert!(Divisor::new::<u16>(128, 128).multiplier > 0);
        assert!(Divisor::new::<u16>(1 << 20, 1 << 8).multiplier == 0);
    }
}
