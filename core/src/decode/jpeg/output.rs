//! Planes to pixels: components are brought to one size and become grey, RGB or inks.

use wide::{bytemuck, i16x8, i32x4, i32x8, u8x16};

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
            smooth: frame.components.iter().all(|component| component.size != (1, 1)),
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
    // libjpeg's rule, too: there is no middle in which to widen two samples.
    let two_columns = component.across == 2 && width <= 2;
    if !smooth || two_columns || component.across > 2 || component.down > 2 {
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
    widen_by(samples, row, |before, sample, after| {
        let three = 3 * u16::from(sample);
        [narrow((three + u16::from(before) + 1) >> 2), narrow((three + u16::from(after) + 2) >> 2)]
    });
}

/// As [`widen`], of sums that are four times a sample.
fn widen_sums(sums: &[u16], row: &mut [u8]) {
    widen_by(sums, row, |before, sum, after| {
        [narrow((3 * sum + before + 8) >> 4), narrow((3 * sum + after + 7) >> 4)]
    });
}

/// Two pixels for each sample, from it and its neighbours; at an end it is its own.
#[inline(always)]
fn widen_by<T: Copy>(samples: &[T], row: &mut [u8], two: impl Fn(T, T, T) -> [u8; 2]) {
    let (pairs, _) = row.as_chunks_mut::<2>();
    let (Some(pairs), [start, ..], [.., end]) = (pairs.get_mut(..samples.len()), samples, samples)
    else {
        return;
    };
    let [first, inner @ .., last] = pairs else {
        // One sample.
        return pairs.fill(two(*start, *start, *end));
    };
    let (second, before_end) = (samples.get(1), samples.iter().rev().nth(1));
    *first = two(*start, *start, *second.unwrap_or(end));
    *last = two(*before_end.unwrap_or(start), *end, *end);
    let (middle, after) = (samples.iter().skip(1), samples.iter().skip(2));
    for (((pair, before), sample), after) in inner.iter_mut().zip(samples).zip(middle).zip(after) {
        *pair = two(*before, *sample, *after);
    }
}

/// One row of pixels from a row of each component.
fn convert<'a>(colours: Colours, [first, second, third, fourth]: [&'a [u8]; 4], pixels: &mut [u8]) {
    match colours {
        Colours::Grey => pixels.copy_from_slice(first.get(..pixels.len()).unwrap_or(first)),
        Colours::Ycc => {
            let (chunks, rest) = pixels.as_chunks_mut::<{ 3 * LANES }>();
            let done = chunks.len() * LANES;
            let lanes = |row: &'a [u8]| row.as_chunks::<LANES>().0.iter();
            for (((chunk, y), cb), cr) in
                chunks.iter_mut().zip(lanes(first)).zip(lanes(second)).zip(lanes(third))
            {
                ycc_to_rgb(y, cb, cr, chunk);
            }
            let behind = |row: &'a [u8]| row.iter().skip(done);
            let pixels = rest.as_chunks_mut::<3>().0.iter_mut();
            for (((pixel, y), cb), cr) in
                pixels.zip(behind(first)).zip(behind(second)).zip(behind(third))
            {
                *pixel = rgb(*y, *cb, *cr);
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
                let [c, m, y] = rgb(*y, *cb, *cr);
                *pixel = [c, m, y, 255 - k];
            }
        }
    }
}

/// Pixels that are converted side by side.
const LANES: usize = 16;

/// As [`rgb`], of many pixels.
#[inline(always)]
fn ycc_to_rgb(y: &[u8; LANES], cb: &[u8; LANES], cr: &[u8; LANES], to: &mut [u8; 3 * LANES]) {
    let zero = u8x16::ZERO;
    let (low, high) = (u8x16::unpack_low, u8x16::unpack_high);
    // Between zeros a byte is a number of 16 bits.
    let wide = |bytes: u8x16| -> i16x8 { bytemuck::cast(bytes) };
    let centred = |bytes: u8x16| wide(bytes) - i16x8::splat(128);
    let [y, cb, cr] = [y, cb, cr].map(|row| u8x16::new(*row));
    // Cb and Cr in turn, of eight pixels; from them three times a sum of products, rounded.
    let half = |y: i16x8, cb: i16x8, cr: i16x8, pairs: u8x16| {
        let pairs = [centred(low(pairs, zero)), centred(high(pairs, zero))];
        let sum = |cb: i16, cr: i16| {
            let factors = i16x8::new([cb, cr, cb, cr, cb, cr, cb, cr]);
            let sums = pairs.map(|pairs| (pairs.dot(factors) + i32x4::splat(1 << 15)) >> 16);
            i16x8::from_i32x8_saturate(bytemuck::cast::<_, i32x8>(sums))
        };
        [y + cr + sum(0, R_CR), y - cr + sum(G_CB, G_CR), y + cb + cb + sum(B_CB, 0)]
    };
    let [r0, g0, b0] =
        half(wide(low(y, zero)), centred(low(cb, zero)), centred(low(cr, zero)), low(cb, cr));
    let [r1, g1, b1] =
        half(wide(high(y, zero)), centred(high(cb, zero)), centred(high(cr, zero)), high(cb, cr));
    let narrow = u8x16::narrow_i16x8;
    let (r, g, b) = (narrow(r0, r1), narrow(g0, g1), narrow(b0, b1));
    let ((rb, g0), (rb_high, g0_high)) = ((low(r, b), low(g, zero)), (high(r, b), high(g, zero)));
    let quads: [[u32; 4]; LANES / 4] =
        bytemuck::cast([low(rb, g0), high(rb, g0), low(rb_high, g0_high), high(rb_high, g0_high)]);
    // Four pixels of 32 bits, of which the last byte is 0, into three words.
    let packed = quads.map(|[a, b, c, d]| {
        let [a, b, c, d] = [a, b, c, d].map(u32::from_le);
        [a | b << 24, b >> 8 | c << 16, c >> 16 | d << 8].map(u32::to_le)
    });
    *to = bytemuck::cast(packed);
}

// The conversion of T.871, section 7, with 16 bits of fraction: 1.402, 1.772, 0.344136 and 0.714136, less what is whole.
const R_CR: i16 = 26_345;
const B_CB: i16 = -14_942;
const G_CB: i16 = -22_554;
const G_CR: i16 = 18_734;

/// One pixel.
#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y), i32::from(cb) - 128, i32::from(cr) - 128);
    let rounded = |sum: i32| (sum + (1 << 15)) >> 16;
    let red = y + cr + rounded(cr * i32::from(R_CR));
    let green = y - cr + rounded(cb * i32::from(G_CB) + cr * i32::from(G_CR));
    let blue = y + 2 * cb + rounded(cb * i32::from(B_CB));
    [red, green, blue].map(|value| value.clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_pixels_are_converted_as_one() {
        for cb in 0..=255 {
            for cr in 0..=255 {
                for y in (0..=255_u8).step_by(LANES) {
                    let ys = std::array::from_fn(|at| y + u8::try_from(at).unwrap_or_default());
                    let mut many = [0; 3 * LANES];
                    ycc_to_rgb(&ys, &[cb; LANES], &[cr; LANES], &mut many);
                    assert_eq!(many.as_chunks().0, ys.map(|y| rgb(y, cb, cr)), "{y} {cb} {cr}");
                }
            }
        }
    }

    #[test]
    fn widening_takes_a_quarter_of_the_nearer_neighbour() {
        for width in 1..40_u8 {
            let samples: Vec<u8> = (0..width).map(|at| at.wrapping_mul(57)).collect();
            let mut row = vec![0; 2 * usize::from(width)];
            widen(&samples, &mut row);
            let sums: Vec<u16> = samples.iter().map(|sample| 4 * u16::from(*sample)).collect();
            let mut row_of_sums = row.clone();
            widen_sums(&sums, &mut row_of_sums);
            for (at, (found, of_sums)) in row.iter().zip(&row_of_sums).enumerate() {
                let near = f64::from(samples[at / 2]);
                let other = if at % 2 == 0 { (at / 2).saturating_sub(1) } else { at / 2 + 1 };
                let other = f64::from(samples[other.min(samples.len() - 1)]);
                let exact = (3.0 * near + other) / 4.0;
                assert!((f64::from(*found) - exact).abs() <= 0.5, "{width} {at}");
                assert!((f64::from(*of_sums) - exact).abs() <= 0.5, "{width} {at}");
            }
        }
    }
}
