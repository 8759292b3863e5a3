//! The filters of PNG's rows, undone (W3C PNG, third edition, section 9).

use wide::{bytemuck, i16x8, u8x16};

/// The pixels before a piece of a row: of the row, and of the one above.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    left: [u8; 8],
    left_above: [u8; 8],
}

/// Undoes the filter of a row, or of a piece of one. `filtered`: as stored, without the byte of the filter's type. `row`:
/// the row above, zeros for the first, which is replaced; as many bytes as there are filtered ones. `pixel`: bytes of a
/// pixel, 1 for less than one. `None` for an unknown filter.
pub(super) fn undo(
    kind: u8,
    pixel: usize,
    filtered: &[u8],
    row: &mut [u8],
    before: &mut Before,
) -> Option<()> {
    match (kind, pixel) {
        (0, _) => row.copy_from_slice(filtered),
        (2, _) => up(filtered, row),
        (1 | 3 | 4, 1) => by_pixel::<1>(kind, filtered, row, before),
        (1 | 3 | 4, 2) => by_pixel::<2>(kind, filtered, row, before),
        (1 | 3 | 4, 3) => by_pixel::<3>(kind, filtered, row, before),
        (1 | 3 | 4, 4) => by_pixel::<4>(kind, filtered, row, before),
        (1 | 3 | 4, 6) => by_pixel::<6>(kind, filtered, row, before),
        (1 | 3 | 4, _) => by_pixel::<8>(kind, filtered, row, before),
        _ => return None,
    }
    Some(())
}

fn up(filtered: &[u8], row: &mut [u8]) {
    for (to, byte) in row.iter_mut().zip(filtered) {
        *to = to.wrapping_add(*byte);
    }
}

fn by_pixel<const N: usize>(kind: u8, filtered: &[u8], row: &mut [u8], before: &mut Before) {
    let pixels = row.as_chunks_mut::<N>().0.iter_mut().zip(filtered.as_chunks::<N>().0);
    match kind {
        1 => {
            let mut left = resized::<8, N>(before.left);
            for (to, bytes) in pixels {
                left.iter_mut()
                    .zip(bytes)
                    .for_each(|(left, byte)| *left = byte.wrapping_add(*left));
                *to = left;
            }
            before.left = resized(left);
        }
        3 => {
            let mut left = wide(before.left);
            for (to, bytes) in pixels {
                left = (wide(*bytes) + ((left + wide(*to)) >> 1_i32)) & i16x8::splat(0xFF);
                *to = narrow(left);
            }
            before.left = narrow(left);
        }
        _ => {
            let (mut left, mut left_above) = (wide(before.left), wide(before.left_above));
            for (to, bytes) in pixels {
                let above = wide(*to);
                let predicted = paeth(left, above, left_above);
                left = (wide(*bytes) + predicted) & i16x8::splat(0xFF);
                left_above = above;
                *to = narrow(left);
            }
            (before.left, before.left_above) = (narrow(left), narrow(left_above));
        }
    }
}

/// As many bytes as fit, and zeros.
#[inline(always)]
fn resized<const FROM: usize, const TO: usize>(bytes: [u8; FROM]) -> [u8; TO] {
    let mut resized = [0; TO];
    resized.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
    resized
}

/// Of three neighbours the one that is nearest to left + above - left above, in this order where two are (section 9.4).
///
/// Only `left` has to be waited for, which is the pixel before. So what it is compared with is made of the others: with
/// d = above - left above, left is nearest where it is not between above and left above - d, and of the others the larger
/// one where it is not below left above - d / 2.
#[inline(always)]
fn paeth(left: i16x8, above: i16x8, left_above: i16x8) -> i16x8 {
    let difference: i16x8 = above - left_above;
    let opposite = left_above - (difference + difference);
    let (low, high) = (above.min(opposite), above.max(opposite));
    let between = left.simd_gt(low) & high.simd_gt(left);
    // Halves go to above, which is the larger one where the difference is not negative.
    let bound: i16x8 = left_above - ((difference + (difference >> 15_i32)) >> 1_i32);
    let (smaller, larger) = (above.min(left_above), above.max(left_above));
    let other = bound.simd_gt(left).bitselect(smaller, larger);
    between.bitselect(other, left)
}

#[inline(always)]
fn wide<const N: usize>(bytes: [u8; N]) -> i16x8 {
    let bytes: u8x16 = bytemuck::cast([u64::from_ne_bytes(resized(bytes)), 0]);
    // Between zeros a byte is a number of 16 bits.
    bytemuck::cast(u8x16::unpack_low(bytes, u8x16::ZERO))
}

#[inline(always)]
fn narrow<const N: usize>(values: i16x8) -> [u8; N] {
    resized(u8x16::narrow_i16x8(values, values).to_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the specification's words, a byte at a time.
    fn plainly(kind: u8, pixel: usize, filtered: &[u8], before: &[u8]) -> Vec<u8> {
        let mut row: Vec<u8> = Vec::new();
        for (at, byte) in filtered.iter().enumerate() {
            let back = at.checked_sub(pixel);
            let a = back.map_or(0, |back| i32::from(row[back]));
            let b = i32::from(before[at]);
            let c = back.map_or(0, |back| i32::from(before[back]));
            let predicted = match kind {
                0 => 0,
                1 => a,
                2 => b,
                3 => (a + b) / 2,
                _ => {
                    let p = a + b - c;
                    let distances = [a, b, c].map(|x| (p - x).abs());
                    let least = *distances.iter().min().unwrap();
                    [a, b, c][distances.iter().position(|distance| *distance == least).unwrap()]
                }
            };
            row.push(u8::try_from((i32::from(*byte) + predicted) % 256).unwrap());
        }
        row
    }

    #[test]
    fn the_nearest_neighbour_is_the_specification_s() {
        for above in (0..=255_i16).step_by(3) {
            for left_above in (0..=255_i16).step_by(3) {
                let distance = |from: i16, left: i16| (left + above - left_above - from).abs();
                for first in (0..=255_i16).step_by(8) {
                    let left = [0, 1, 2, 3, 4, 5, 6, 7].map(|lane| first + lane);
                    let expected = left.map(|left| {
                        let [a, b, c] = [left, above, left_above].map(|from| distance(from, left));
                        if a <= b && a <= c {
                            left
                        } else if b <= c {
                            above
                        } else {
                            left_above
                        }
                    });
                    let [above, left_above] = [above, left_above].map(i16x8::splat);
                    assert_eq!(paeth(i16x8::new(left), above, left_above).to_array(), expected);
                }
            }
        }
    }

    #[test]
    fn every_filter_is_undone_for_pixels_of_every_size() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        for pixel in [1, 2, 3, 4, 6, 8] {
            for kind in 0..5 {
                for pixels in [0, 1, 2, 7, 100] {
                    let filtered: Vec<u8> = (0..pixels * pixel).map(|_| random()).collect();
                    let before: Vec<u8> = (0..pixels * pixel).map(|_| random()).collect();
                    let expected = plainly(kind, pixel, &filtered, &before);
                    for piece in [1, 2, 1000] {
                        let mut row = before.clone();
                        let mut carried = Before::default();
                        let pieces = row.chunks_mut(piece * pixel);
                        for (filtered, row) in filtered.chunks(piece * pixel).zip(pieces) {
                            undo(kind, pixel, filtered, row, &mut carried).unwrap();
                        }
                        assert_eq!(row, expected, "{kind} {pixel} {piece}");
                    }
                }
            }
        }
        assert_eq!(undo(5, 1, &[], &mut [], &mut Before::default()), None);
    }
}
