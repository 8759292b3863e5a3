//! Rows of components to rows of pixels: YCbCr becomes RGB, YCCK becomes CMYK (T.871, section 7; Adobe Technical Note 5116).

use wide::{bytemuck, i16x8, i32x4, i32x8, u8x16};

use super::super::interleave;
use super::headers::Colours;

/// One row of pixels from a row of each component.
pub(super) fn convert<'a>(
    colours: Colours,
    [first, second, third, fourth]: [&'a [u8]; 4],
    pixels: &mut [u8],
) {
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
            let after = |row: &'a [u8]| row.iter().skip(done);
            let pixels = rest.as_chunks_mut::<3>().0.iter_mut();
            for (((pixel, y), cb), cr) in
                pixels.zip(after(first)).zip(after(second)).zip(after(third))
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
        Colours::Cmyk => {
            let pixels = pixels.as_chunks_mut::<4>().0.iter_mut();
            let cmyk = first.iter().zip(second).zip(third).zip(fourth);
            for (pixel, (((c, m), y), k)) in pixels.zip(cmyk) {
                *pixel = [255 - c, 255 - m, 255 - y, 255 - k];
            }
        }
        Colours::Inks => {
            let pixels = pixels.as_chunks_mut::<4>().0.iter_mut();
            let cmyk = first.iter().zip(second).zip(third).zip(fourth);
            for (pixel, (((c, m), y), k)) in pixels.zip(cmyk) {
                *pixel = [*c, *m, *y, *k];
            }
        }
        Colours::Ycck => {
            let pixels = pixels.as_chunks_mut::<4>().0.iter_mut();
            let cmyk = first.iter().zip(second).zip(third).zip(fourth);
            for (pixel, (((y, cb), cr), k)) in pixels.zip(cmyk) {
                // Stored inverted (Adobe Technical Note 5116, section 18), so that what reads as RGB are
                // CMY itself.
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
    *to = interleave::rgb(narrow(r0, r1), narrow(g0, g1), narrow(b0, b1));
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
}
