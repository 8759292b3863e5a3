//! From pixels to the samples of a row of MCUs: YCbCr as JFIF has it (T.871, section 7), chroma averaged over 2 x 2 pixels.

use crate::picture::{Layout, Picture};

/// Parts of a sample's unit, so that nothing is rounded before the transform.
pub(super) const UNIT: f32 = 65_536.0;

/// What lies in the middle of a sample's range and becomes 0.
const MIDDLE: i32 = 128 << 16;

/// The samples of one component for a row of MCUs, in [`UNIT`]s, row by row.
#[derive(Debug)]
pub(super) struct Plane {
    pub(super) samples: Vec<f32>,
    pub(super) stride: usize,
}

/// The samples of all components for a row of MCUs.
#[derive(Debug)]
pub(super) struct Strip {
    pub(super) planes: Vec<Plane>,
    /// Whether a sample of chroma stands for 2 x 2 pixels.
    halved: bool,
    /// Rows of pixels.
    pub(super) height: u32,
}

impl Strip {
    /// Bytes that a strip of this many columns takes, at the most.
    pub(super) fn bytes(columns: usize) -> u64 {
        columns as u64 * 8 * 6 * size_of::<f32>() as u64
    }

    /// A strip that is `columns` pixels wide, whole MCUs.
    pub(super) fn new(columns: usize, components: usize, halved: bool) -> Self {
        let height = if halved { 16 } else { 8 };
        let planes = (0..components).map(|component| {
            let chroma = component > 0 && halved;
            let (stride, rows) = if chroma { (columns / 2, 8) } else { (columns, height) };
            Plane { samples: vec![0.0; stride * rows], stride }
        });
        Self { planes: planes.collect(), halved, height: if halved { 16 } else { 8 } }
    }

    /// Takes the samples from a picture's row `top` on. Past its edges the last column and row are repeated.
    pub(super) fn fill(&mut self, picture: &Picture<'_>, top: u32) {
        let rows = |y: u32| row(picture, top.saturating_add(y));
        let color = picture.layout == Layout::Rgb;
        match self.planes.as_mut_slice() {
            [luma, cb, cr] if color => {
                if self.halved {
                    luma.fill((0..self.height).map(rows), luma_row);
                    let pairs = || (0..8).map(|y| (rows(2 * y), rows(2 * y + 1)));
                    cb.fill(pairs(), |(above, below), to| mean_row(above, below, CB, to));
                    cr.fill(pairs(), |(above, below), to| mean_row(above, below, CR, to));
                } else {
                    let mut all = luma.rows().zip(cb.rows()).zip(cr.rows());
                    (0..self.height).map(rows).zip(&mut all).for_each(|(row, ((y, cb), cr))| {
                        full_row(row, y, cb, cr);
                    });
                }
            }
            [luma, ..] => luma.fill((0..self.height).map(rows), grey_row),
            [] => {}
        }
    }
}

impl Plane {
    fn rows(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.samples.chunks_exact_mut(self.stride)
    }

    fn fill<R>(&mut self, rows: impl Iterator<Item = R>, fill: impl Fn(R, &mut [f32])) {
        rows.zip(self.rows()).for_each(|(row, to)| fill(row, to));
    }
}

/// A row of a picture; its last one below it.
fn row<'p>(picture: &'p Picture<'_>, y: u32) -> &'p [u8] {
    let stride = picture.stride();
    let y = y.min(picture.height.saturating_sub(1)) as usize;
    picture.pixels.get(y * stride..).and_then(|rows| rows.get(..stride)).unwrap_or_default()
}

/// Sets what is left of a row to its last sample.
fn repeat(row: &mut [f32], from: usize) {
    let last = from.checked_sub(1).and_then(|last| row.get(last)).copied().unwrap_or_default();
    row.get_mut(from..).unwrap_or_default().fill(last);
}

fn grey_row(pixels: &[u8], to: &mut [f32]) {
    to.iter_mut().zip(pixels).for_each(|(to, grey)| *to = sample(i32::from(*grey) << 16, MIDDLE));
    repeat(to, pixels.len());
}

fn luma_row(pixels: &[u8], to: &mut [f32]) {
    let pixels = pixels.as_chunks::<3>().0;
    to.iter_mut().zip(pixels).for_each(|(to, pixel)| *to = luma(*pixel));
    repeat(to, pixels.len());
}

fn full_row(pixels: &[u8], y: &mut [f32], cb: &mut [f32], cr: &mut [f32]) {
    let pixels = pixels.as_chunks::<3>().0;
    y.iter_mut().zip(cb.iter_mut()).zip(cr.iter_mut()).zip(pixels).for_each(
        |(((y, cb), cr), pixel)| {
            *y = luma(*pixel);
            let pixel = pixel.map(i32::from);
            (*cb, *cr) = (weighted(pixel, CB), weighted(pixel, CR));
        },
    );
    for plane in [y, cb, cr] {
        repeat(plane, pixels.len());
    }
}

fn mean_row(above: &[u8], below: &[u8], weights: [i32; 3], to: &mut [f32]) {
    let (above, last_above) = above.as_chunks::<6>();
    let (below, last_below) = below.as_chunks::<6>();
    let quarter = |pixel| weighted(pixel, weights) * 0.25;
    let sum = |[r, g, b, s, h, c]: [u8; 6], [t, i, d, u, j, e]: [u8; 6]| {
        let sum = |a, b, c, d| i32::from(a) + i32::from(b) + i32::from(c) + i32::from(d);
        [sum(r, s, t, u), sum(g, h, i, j), sum(b, c, d, e)]
    };
    let mut samples = to.iter_mut();
    samples.by_ref().zip(above.iter().zip(below)).for_each(|(to, (above, below))| {
        *to = quarter(sum(*above, *below));
    });
    let mut count = above.len();
    if let ([r, g, b], [s, h, c], Some(to)) = (last_above, last_below, samples.next()) {
        *to = quarter(sum([*r, *g, *b, *r, *g, *b], [*s, *h, *c, *s, *h, *c]));
        count += 1;
    }
    repeat(to, count);
}

/// T.871's weights in [`UNIT`]s; each set has the sum that leaves grey exact.
const Y: [i32; 3] = [19_595, 38_470, 7471];
const CB: [i32; 3] = [-11_059, -21_709, 32_768];
const CR: [i32; 3] = [32_768, -27_439, -5329];

#[inline(always)]
fn luma(pixel: [u8; 3]) -> f32 {
    let [r, g, b] = pixel.map(i32::from);
    let [for_r, for_g, for_b] = Y;
    sample(r * for_r + g * for_g + b * for_b, MIDDLE)
}

#[inline(always)]
fn weighted([r, g, b]: [i32; 3], [for_r, for_g, for_b]: [i32; 3]) -> f32 {
    sample(r * for_r + g * for_g + b * for_b, 0)
}

/// A sum over four pixels may have more than the 24 bits of a mantissa; it is then rounded, alike everywhere (IEEE 754).
#[inline(always)]
fn sample(units: i32, middle: i32) -> f32 {
    (units - middle) as f32
}
