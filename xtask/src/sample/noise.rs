//! Randomness that is the same everywhere: hashes of whole numbers, and smooth noise between them.

/// A number from 0 to 1 that depends on two whole numbers and nothing else.
pub(super) fn hash(x: i32, y: i32) -> f32 {
    let mut h =
        x.cast_unsigned().wrapping_mul(0x9e37_79b1) ^ y.cast_unsigned().wrapping_mul(0x85eb_ca77);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    let [high, low, ..] = (h ^ (h >> 15)).to_be_bytes();
    f32::from(u16::from_be_bytes([high, low])) / f32::from(u16::MAX)
}

/// Smooth noise from 0 to 1 with features of size 1.
pub(super) fn smooth(x: f32, y: f32) -> f32 {
    let (column, row) = (cell(x), cell(y));
    let (fx, fy) = (ease(x - whole(column)), ease(y - whole(row)));
    let top = mix(hash(column, row), hash(column + 1, row), fx);
    let bottom = mix(hash(column, row + 1), hash(column + 1, row + 1), fx);
    mix(top, bottom, fy)
}

/// Noise from 0 to 1 with features of size 1 and of `octaves - 1` smaller sizes.
pub(super) fn fractal(x: f32, y: f32, octaves: u8) -> f32 {
    let (mut sum, mut weight, mut scale, mut total) = (0.0, 0.5, 1.0, 0.0);
    for octave in 0..octaves {
        let shift = f32::from(octave) * 17.3;
        sum += weight * smooth(x * scale + shift, y * scale - shift);
        total += weight;
        weight *= 0.5;
        scale *= 2.03;
    }
    sum / total
}

/// From `a` at 0 to `b` at 1.
pub(super) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

/// 0 below `from`, 1 above `to`, smooth between.
pub(super) fn step(from: f32, to: f32, x: f32) -> f32 {
    ease(((x - from) / (to - from)).clamp(0.0, 1.0))
}

/// The whole number below `x`, which in a picture is small. (`floor` is a call of a library where the processor
/// is taken for an old one.)
#[allow(clippy::cast_possible_truncation)]
pub(super) fn cell(x: f32) -> i32 {
    let towards_zero = x as i32;
    towards_zero - i32::from(whole(towards_zero) > x)
}

/// A small whole number, exactly.
#[allow(clippy::cast_precision_loss)]
pub(super) fn whole(number: i32) -> f32 {
    number as f32
}

fn ease(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}
