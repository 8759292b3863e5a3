//! Rows of Y, U and V to RGB, as libwebp does it: chroma upsampled between its samples, then BT.601 in the video range
//! with 14 bits of fraction (RFC 6386, section 9.2; RFC 9649, section 2.5).

/// One row of chroma at the width of luma. `near`: the row of chroma that the row of luma lies in; `far`: the one that is
/// next to it, above an upper row of the two in it and below a lower one; the same where there is none.
pub(super) fn upsample(near: &[u8], far: &[u8], row: &mut [u8]) {
    let quarter = |near: u8, far: u8| (3 * u16::from(near) + u16::from(far) + 2) >> 2;
    let ends = (near.first().zip(far.first()), near.last().zip(far.last()));
    if let (Some((near, far)), Some(first)) = (ends.0, row.first_mut()) {
        *first = narrow(quarter(*near, *far));
    }
    let pairs = near.iter().zip(near.iter().skip(1)).zip(far.iter().zip(far.iter().skip(1)));
    let mut pixels = row.get_mut(1..).unwrap_or_default().chunks_mut(2);
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

/// One row of chroma at the width of luma, each sample twice.
pub(super) fn repeat(samples: &[u8], row: &mut [u8]) {
    for (pixels, sample) in row.chunks_mut(2).zip(samples) {
        pixels.fill(*sample);
    }
}

fn narrow(value: u16) -> u8 {
    let [low, _] = value.to_le_bytes();
    low
}

/// The colours of a row, N samples each: RGB, and 255 where there are four.
pub(super) fn colours<const N: usize>(y: &[u8], u: &[u8], v: &[u8], row: &mut Vec<u8>) {
    row.clear();
    row.extend(y.iter().zip(u).zip(v).flat_map(|((y, u), v)| {
        let mut pixel = [255; N];
        pixel.iter_mut().zip(colour(*y, *u, *v)).for_each(|(to, sample)| *to = sample);
        pixel
    }));
}

/// One colour as RGB.
#[inline(always)]
pub(super) fn colour(y: u8, u: u8, v: u8) -> [u8; 3] {
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

    #[test]
    fn the_ends_of_the_range_and_the_middle_are_grey() {
        assert_eq!(colour(16, 128, 128), [0; 3]);
        assert_eq!(colour(235, 128, 128), [255; 3]);
        assert_eq!(colour(MIDDLE, 128, 128), [128; 3]);
        assert_eq!(colour(81, 90, 240), [254, 0, 0]);
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
    }
}
