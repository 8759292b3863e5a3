//! Planes to pixels: components are brought to one size and become grey, RGB or inks.

use super::frame::{Component, Frame};
use super::plane::Plane;
use crate::inspect::jpeg::Colours;
use crate::picture::Picture;

/// Turns rows of planes into rows of a picture.
pub(super) struct Output {
    colours: Colours,
    components: Vec<Component>,
    /// A row of each component as wide as the picture, for those that have to be stretched.
    stretched: Vec<Vec<u8>>,
    /// A row of sums across two rows, while one is stretched downwards.
    sums: Vec<u16>,
    smooth: bool,
    width: usize,
}

impl Output {
    /// Bytes that it allocates.
    pub(super) fn working(frame: &Frame) -> u64 {
        u64::from(frame.width + 8) * (frame.components.len() as u64 + 2)
    }

    pub(super) fn new(frame: &Frame, colours: Colours) -> Self {
        let width = frame.width as usize;
        let stretched = |component: &Component| {
            if component.across * component.down > 1 { vec![0; width + 8] } else { Vec::new() }
        };
        Self {
            colours,
            components: frame.components.clone(),
            stretched: frame.components.iter().map(stretched).collect(),
            sums: vec![0; width / 2 + 2],
            // libjpeg's rule: single samples of blocks are too coarse for smoothing to be worth it.
            smooth: frame.components.iter().all(|component| component.size > 1),
            width,
        }
    }

    /// Whether a row needs the row of samples behind its own.
    pub(super) fn looks_ahead(&self) -> bool {
        self.smooth && self.components.iter().any(|component| component.down == 2)
    }

    /// Writes the rows `from` to `to` of the picture.
    pub(super) fn write(
        &mut self,
        planes: &[Plane],
        from: u32,
        to: u32,
        picture: &mut Picture<'_>,
    ) {
        let stride = picture.stride();
        let rows = picture.pixels.chunks_exact_mut(stride).skip(from as usize);
        for (y, pixels) in (from..to).zip(rows) {
            for ((component, plane), row) in
                self.components.iter().zip(planes).zip(&mut self.stretched)
            {
                if !row.is_empty() {
                    stretch(component, plane, y, self.smooth, &mut self.sums, row);
                }
            }
            let row = |index: usize| -> &[u8] {
                let (Some(component), Some(plane), Some(stretched)) =
                    (self.components.get(index), planes.get(index), self.stretched.get(index))
                else {
                    return &[];
                };
                if stretched.is_empty() {
                    plane.row(y.min(component.height - 1), self.width)
                } else {
                    stretched.get(..self.width).unwrap_or_default()
                }
            };
            convert(self.colours, [row(0), row(1), row(2), row(3)], pixels);
        }
    }
}

/// One row of a component at the picture's width, `y` counted in the picture.
fn stretch(
    component: &Component,
    plane: &Plane,
    y: u32,
    smooth: bool,
    sums: &mut [u16],
    row: &mut [u8],
) {
    let width = component.width as usize;
    let last = component.height - 1;
    let near = (y / component.down).min(last);
    let samples = plane.row(near, width);
    if !smooth || component.across > 2 || component.down > 2 {
        return repeat(samples, component.across as usize, row);
    }
    if component.down == 1 {
        return widen(samples, row);
    }
    // The other row is above for an upper row of the two that share this one, below for a lower.
    let far = if y.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(last) };
    let far = plane.row(far, width);
    if component.across == 1 {
        let half = if y.is_multiple_of(2) { 1 } else { 2 };
        for ((to, near), far) in row.iter_mut().zip(samples).zip(far) {
            *to = narrow((3 * u16::from(*near) + u16::from(*far) + half) >> 2);
        }
        return;
    }
    for ((sum, near), far) in sums.iter_mut().zip(samples).zip(far) {
        *sum = 3 * u16::from(*near) + u16::from(*far);
    }
    widen_sums(sums.get(..width).unwrap_or_default(), row);
}

fn narrow(value: u16) -> u8 {
    let [low, _] = value.to_le_bytes();
    low
}

fn repeat(samples: &[u8], times: usize, row: &mut [u8]) {
    for (pixels, sample) in row.chunks_mut(times).zip(samples) {
        pixels.fill(*sample);
    }
}

/// Twice as wide, each pixel three parts of its sample and one of the neighbour that it is nearer to.
fn widen(samples: &[u8], row: &mut [u8]) {
    let (Some(&first), Some(&last)) = (samples.first(), samples.last()) else { return };
    let before = std::iter::once(first).chain(samples.iter().copied());
    let after = samples.iter().skip(1).copied().chain(std::iter::once(last));
    let pairs = row.as_chunks_mut::<2>().0.iter_mut();
    for (((pair, sample), before), after) in pairs.zip(samples).zip(before).zip(after) {
        let three = 3 * u16::from(*sample);
        *pair = [
            narrow((three + u16::from(before) + 1) >> 2),
            narrow((three + u16::from(after) + 2) >> 2),
        ];
    }
}

/// As [`widen`], of sums that are four times a sample.
fn widen_sums(sums: &[u16], row: &mut [u8]) {
    let (Some(&first), Some(&last)) = (sums.first(), sums.last()) else { return };
    let before = std::iter::once(first).chain(sums.iter().copied());
    let after = sums.iter().skip(1).copied().chain(std::iter::once(last));
    let pairs = row.as_chunks_mut::<2>().0.iter_mut();
    for (((pair, sum), before), after) in pairs.zip(sums).zip(before).zip(after) {
        *pair = [narrow((3 * sum + before + 8) >> 4), narrow((3 * sum + after + 7) >> 4)];
    }
}

/// One row of pixels from a row of each component.
fn convert(colours: Colours, [first, second, third, fourth]: [&[u8]; 4], pixels: &mut [u8]) {
    match colours {
        Colours::Grey => pixels.copy_from_slice(first.get(..pixels.len()).unwrap_or(first)),
        Colours::Ycc => {
            let pixels = pixels.as_chunks_mut::<3>().0.iter_mut();
            for (((pixel, y), cb), cr) in pixels.zip(first).zip(second).zip(third) {
                *pixel = ycc_to_rgb(*y, *cb, *cr);
            }
        }
        Colours::Rgb => {
            let pixels = pixels.as_chunks_mut::<3>().0.iter_mut();
            for (((pixel, r), g), b) in pixels.zip(first).zip(second).zip(third) {
                *pixel = [*r, *g, *b];
            }
        }
        Colours::Cmyk { inverted } => {
            let flip = if inverted { 255 } else { 0 };
            let pixels = pixels.as_chunks_mut::<4>().0.iter_mut();
            let inks = first.iter().zip(second).zip(third).zip(fourth);
            for (pixel, (((c, m), y), k)) in pixels.zip(inks) {
                *pixel = [*c ^ flip, *m ^ flip, *y ^ flip, *k ^ flip];
            }
        }
        Colours::Ycck => {
            let pixels = pixels.as_chunks_mut::<4>().0.iter_mut();
            let inks = first.iter().zip(second).zip(third).zip(fourth);
            for (pixel, (((y, cb), cr), k)) in pixels.zip(inks) {
                // Stored inverted (Adobe Technical Note 5116, section 18), so that what reads as RGB are
                // the inks themselves.
                let [c, m, y] = ycc_to_rgb(*y, *cb, *cr);
                *pixel = [c, m, y, 255 - k];
            }
        }
    }
}

/// The conversion of T.871, section 7, with 16 bits of fraction.
#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn ycc_to_rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    // 1.402, 0.344136, 0.714136 and 1.772.
    [y + 91_881 * cr, y - 22_554 * cb - 46_802 * cr, y + 116_130 * cb]
        .map(|value| ((value + (1 << 15)) >> 16).clamp(0, 255) as u8)
}
