//! Rows of Y, U and V to RGB, as libwebp does it: chroma upsampled between its samples, then BT.601 in the video range
//! with 14 bits of fraction (RFC 6386, section 9.2; RFC 9649, section 2.5).

use wide::{bytemuck, i16x8, u8x16, u16x8};

use super::super::interleave;
use super::lanes::{in_turn, widened};

/// One row of chroma at the width of luma. `near`: the row of chroma that the row of luma lies in; `far`: the one that is
/// next to it, above an upper row of the two in it and below a lower one; the same where there is none.
pub(super) fn upsample(near: &[u8], far: &[u8], row: &mut [u8]) {
    let quarter = |near: u8, far: u8| (3 * u16::from(near) + u16::from(far) + 2) >> 2;
    let ends = (near.first().zip(far.first()), near.last().zip(far.last()));
    if let (Some((near, far)), Some(first)) = (ends.0, row.first_mut()) {
        *first = narrow(quarter(*near, *far));
    }
    let mut done = 0;
    let eights = near.windows(9).step_by(8).zip(far.windows(9).step_by(8));
    for (eight, pixels) in eights.zip(row.get_mut(1..).unwrap_or_default().as_chunks_mut().0) {
        let (near, far) = eight;
        let [a, c] = [near, far].map(|samples| widened(*samples.first_chunk().unwrap_or(&[0; 8])));
        let [b, d] = [near, far].map(|samples| widened(*samples.last_chunk().unwrap_or(&[0; 8])));
        let sum = a + b + c + d + i16x8::splat(8);
        let (rising, falling) = ((sum + ((b + c) << 1)) >> 3, (sum + ((a + d) << 1)) >> 3);
        *pixels = in_turn((rising + a) >> 1, (falling + b) >> 1);
        done += 8;
    }
    let [near, far] = [near, far].map(|samples| samples.get(done..).unwrap_or_default());
    let pairs = near.iter().zip(near.iter().skip(1)).zip(far.iter().zip(far.iter().skip(1)));
    let mut pixels = row.get_mut(1 + 2 * done..).unwrap_or_default().chunks_mut(2);
    for (((a, b), (c, d)), pixels) in pairs.zip(&mut pixels) {
        let [a, b, c, d] = [*a, *b, *c, *d].map(u16::from);
        let sum = a + b + c + d + 8;
        let (rising, falling) = ((sum + 2 * (b + c)) >> 3, (sum + 2 * (a + d)) >> 3);
        for (pixel, value) in pixels.iter_mut().zip([(rising + a) >> 1, (falling + b) >> 1]) {
            *pixel = narrow(value);
        }
    }
    if row.len().is_multiple_of(2)
        && let (Some((near, far)), Some(last)) = (ends.1, row.last_mut())
    {
        *last = narrow(quarter(*near, *far));
    }
}

fn narrow(value: u16) -> u8 {
    let [low, _] = value.to_le_bytes();
    low
}

/// The colours of a row, N samples each: RGB, and 255 where there are four.
pub(super) fn colours<const N: usize>(y: &[u8], u: &[u8], v: &[u8], row: &mut Vec<u8>) {
    row.resize(y.len() * N, 255);
    let ((ys, y), (us, u), (vs, v)) = (y.as_chunks(), u.as_chunks(), v.as_chunks());
    let mut chunks = row.chunks_exact_mut(16 * N);
    for (((pixels, y), u), v) in chunks.by_ref().zip(ys).zip(us).zip(vs) {
        let [r, g, b] = sixteen(y, u, v);
        if let Some(pixels) = pixels.first_chunk_mut() {
            *pixels = interleave::rgba(r, g, b, u8x16::splat(255));
        } else if let Some(pixels) = pixels.first_chunk_mut() {
            *pixels = interleave::rgb(r, g, b);
        }
    }
    let pixels = chunks.into_remainder().as_chunks_mut::<N>().0.iter_mut();
    for (((pixel, y), u), v) in pixels.zip(y).zip(u).zip(v) {
        pixel.iter_mut().zip(colour(*y, *u, *v)).for_each(|(to, sample)| *to = sample);
    }
}

/// As [`colour`], of sixteen.
#[inline(always)]
fn sixteen(y: &[u8; 16], u: &[u8; 16], v: &[u8; 16]) -> [u8x16; 3] {
    let [y, u, v] = [y, u, v].map(|samples| u8x16::new(*samples));
    // Behind zeros, a byte is a number of 16 bits, times 256.
    let [low, high] = [u8x16::unpack_low, u8x16::unpack_high]
        .map(|half| [y, u, v].map(|samples| bytemuck::cast(half(u8x16::ZERO, samples))));
    let ([r0, g0, b0], [r1, g1, b1]) = (eight(low), eight(high));
    [(r0, r1), (g0, g1), (b0, b1)].map(|(low, high)| u8x16::narrow_i16x8(low, high))
}

/// Of eight, each times 256. Not yet within a byte.
#[inline(always)]
fn eight([y, u, v]: [u16x8; 3]) -> [i16x8; 3] {
    let part = |samples: u16x8, factor: u16| samples.mul_keep_high(u16x8::splat(factor));
    let light = part(y, 19_077);
    // All of them are below 2^16, and what is below 0 becomes 0.
    let green = light + u16x8::splat(8_708);
    [
        (light + part(v, 26_149)).saturating_sub(u16x8::splat(14_234)),
        green.saturating_sub(part(u, 6_419) + part(v, 13_320)),
        (light + part(u, 33_050)).saturating_sub(u16x8::splat(17_685)),
    ]
    .map(|value| bytemuck::cast(value >> 6))
}

/// One colour as RGB.
#[inline(always)]
fn colour(y: u8, u: u8, v: u8) -> [u8; 3] {
    let part = |sample: u8, factor: i32| (i32::from(sample) * factor) >> 8;
    let light = part(y, 19_077);
    [
        light + part(v, 26_149) - 14_234,
        light - part(u, 6_419) - part(v, 13_320) + 8_708,
        light + part(u, 33_050) - 17_685,
    ]
    .map(|value| {
        let [low, ..] = (value >> 6).clamp(0, 255).to_le_bytes();
        low
    })
}

/// The luma that is middle grey, 128, where there is no colour.
pub(super) const MIDDLE: u8 = 126;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::chroma::repeat;

    #[test]
    fn the_ends_of_the_range_and_the_middle_are_grey() {
        assert_eq!(colour(16, 128, 128), [0; 3]);
        assert_eq!(colour(235, 128, 128), [255; 3]);
        assert_eq!(colour(MIDDLE, 128, 128), [128; 3]);
        assert_eq!(colour(81, 90, 240), [254, 0, 0]);
    }

    #[test]
    fn many_colours_are_converted_as_one() {
        for u in 0..=255 {
            for v in 0..=255 {
                let y: Vec<u8> = (0..=255).chain([u, v, 3]).collect();
                let (us, vs) = (vec![u; y.len()], vec![v; y.len()]);
                let (mut rgb, mut rgba) = (Vec::new(), Vec::new());
                colours::<3>(&y, &us, &vs, &mut rgb);
                colours::<4>(&y, &us, &vs, &mut rgba);
                for ((y, rgb), rgba) in y.iter().zip(rgb.as_chunks().0).zip(rgba.as_chunks().0) {
                    let [r, g, b] = colour(*y, u, v);
                    assert_eq!((*rgb, *rgba), ([r, g, b], [r, g, b, 255]), "{y} {u} {v}");
                }
            }
        }
    }

    #[test]
    fn chroma_between_two_samples_is_nearer_to_the_nearer() {
        for (width, expected) in
            [(1, &[100][..]), (2, &[100, 100]), (3, &[100, 125, 175]), (4, &[100, 125, 175, 200])]
        {
            let mut row = vec![0; width];
            let samples = &[100, 200][..width.div_ceil(2)];
            upsample(samples, samples, &mut row);
            assert_eq!(row, expected);
            repeat(samples, &mut row);
            assert_eq!(row, &[100, 100, 200, 200][..width]);
        }
        let mut row = [0; 2];
        upsample(&[100], &[200], &mut row);
        assert_eq!(row, [125; 2]);
        // Many at once, and the last by themselves.
        let samples = |factor: u8| (0..27).map(|at: u8| at.wrapping_mul(factor)).collect();
        let (near, far): (Vec<u8>, Vec<u8>) = (samples(91), samples(53));
        let mut row = [0; 54];
        upsample(&near, &far, &mut row);
        for (at, pair) in row[1..53].chunks(2).enumerate() {
            let mut few = [0; 4];
            upsample(&near[at..at + 2], &far[at..at + 2], &mut few);
            assert_eq!(pair, &few[1..3], "{at}");
        }
    }
}
