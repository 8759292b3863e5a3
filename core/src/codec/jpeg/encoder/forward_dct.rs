//! The forward DCT (T.81, A.3.3), of blocks of 8 x 8 samples to coefficients in zigzag order.
//!
//! Arai, Agui and Nakajima's (Trans. IEICE 1988): 5 multiplications for eight samples, and one for each coefficient at the end.
//! Four lanes of `f32` side by side, and only additions and multiplications, so that every machine rounds alike.

use wide::{bytemuck, f32x4, i16x8, i32x8};

use super::super::idct::ZIGZAG;
use super::planes::UNIT;

/// Parts of a coefficient's unit: the largest, 2048 * 8 of them, stay within 16 bits.
pub(super) const SCALE: i32 = 16;

/// The coefficients of a block, or their levels, in zigzag order.
pub(super) type Block = [i16; 64];

/// What the last step multiplies by: column by column.
const FACTORS: [[f32; 8]; 8] = factors();

/// Where the transform leaves the coefficient of each place in zigzag order.
const PLACES: [u8; 64] = places();

/// The coefficients of eight rows of eight samples, in parts of [`SCALE`].
#[inline(always)]
pub(super) fn forward(rows: [[f32; 8]; 8]) -> Block {
    let halves: [[f32x4; 2]; 8] = bytemuck::cast(rows);
    let (left, right) =
        (eight(halves.map(|[left, _]| left)), eight(halves.map(|[_, right]| right)));
    let [[a, c], [b, d]] = [left, right].map(|[a, b, c, d, e, f, g, h]| {
        [f32x4::transpose([a, b, c, d]), f32x4::transpose([e, f, g, h])]
    });
    let (top, bottom) = (eight(joined(a, b)), eight(joined(c, d)));
    // Columns of coefficients.
    let mut natural = [[0; 8]; 8];
    let columns = top.into_iter().zip(bottom).zip(FACTORS);
    for (to, ((top, bottom), factors)) in natural.iter_mut().zip(columns) {
        let [for_top, for_bottom]: [f32x4; 2] = bytemuck::cast(factors);
        *to = rounded([top * for_top, bottom * for_bottom]);
    }
    let natural: Block = bytemuck::cast(natural);
    PLACES.map(|place| natural.get(usize::from(place) & 63).copied().unwrap_or_default())
}

#[inline(always)]
fn joined([a, b, c, d]: [f32x4; 4], [e, f, g, h]: [f32x4; 4]) -> [f32x4; 8] {
    [a, b, c, d, e, f, g, h]
}

/// To the nearest integers, even ones between two.
#[inline(always)]
fn rounded(values: [f32x4; 2]) -> [i16; 8] {
    // In a number of this size the last bit of the mantissa is worth 1.
    const ROUND: f32 = 12_582_912.0;
    let bits: i32x8 = bytemuck::cast(values.map(|value| value + f32x4::splat(ROUND)));
    i16x8::from_i32x8_saturate(bits - i32x8::splat(ROUND.to_bits().cast_signed())).to_array()
}

#[inline(always)]
fn eight([s0, s1, s2, s3, s4, s5, s6, s7]: [f32x4; 8]) -> [f32x4; 8] {
    let (a0, a7, a1, a6) = (s0 + s7, s0 - s7, s1 + s6, s1 - s6);
    let (a2, a5, a3, a4) = (s2 + s5, s2 - s5, s3 + s4, s3 - s4);
    let (b0, b3, b1, b2) = (a0 + a3, a0 - a3, a1 + a2, a1 - a2);
    let even = (b2 + b3) * 0.707_106_77;

    let (c4, c5, c6) = (a4 + a5, a5 + a6, a6 + a7);
    let turn = (c4 - c6) * 0.382_683_43;
    let (d4, d6) = (c4 * 0.541_196_1 + turn, c6 * 1.306_563 + turn);
    let middle = c5 * 0.707_106_77;
    let (e7, e5) = (a7 + middle, a7 - middle);
    [b0 + b1, e7 + d6, b3 + even, e5 - d4, b0 - b1, e5 + d4, b3 - even, e7 - d6]
}

const fn places() -> [u8; 64] {
    let mut places = ZIGZAG;
    let mut rest: &mut [u8] = &mut places;
    while let [first, others @ ..] = rest {
        *first = *first % 8 * 8 + *first / 8;
        rest = others;
    }
    places
}

const fn factors() -> [[f32; 8]; 8] {
    /// What [`eight`] leaves each frequency multiplied by, beside the square root of 8.
    const LEFT: [f32; 8] =
        [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_38];
    let mut factors = [[0.0; 8]; 8];
    let (mut rows, mut left): (&mut [[f32; 8]], &[f32]) = (&mut factors, &LEFT);
    while let ([row, other_rows @ ..], [by, others @ ..]) = (rows, left) {
        let (mut cells, mut across): (&mut [f32], &[f32]) = (row, &LEFT);
        while let ([cell, other_cells @ ..], [by_across, other_across @ ..]) = (cells, across) {
            *cell = SCALE as f32 / UNIT / 8.0 / (*by * *by_across);
            (cells, across) = (other_cells, other_across);
        }
        (rows, left) = (other_rows, others);
    }
    factors
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "test code")]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    /// The definition (T.81, A.3.3).
    fn by_definition(samples: &[[f32; 8]; 8]) -> Vec<f64> {
        let c = |n: u32| if n == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let cos = |at: usize, n: u32| ((2 * at + 1) as f64 * f64::from(n) * PI / 16.0).cos();
        let coefficient = |place: u8| {
            let (v, u) = (u32::from(place) / 8, u32::from(place) % 8);
            let mut sum = 0.0;
            for (y, row) in samples.iter().enumerate() {
                for (x, sample) in row.iter().enumerate() {
                    sum += f64::from(*sample / UNIT) * cos(x, u) * cos(y, v);
                }
            }
            sum * c(u) * c(v) / 4.0 * f64::from(SCALE)
        };
        ZIGZAG.into_iter().map(coefficient).collect()
    }

    #[test]
    fn it_is_the_transform_of_the_standard() {
        let mut random = 1_u32;
        let mut next = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 24) as f32 - 128.0
        };
        for round in 0..100 {
            let samples = [(); 8].map(|()| [(); 8].map(|()| next()));
            // Extremes, too.
            let samples = samples.map(|row| {
                row.map(|s| if round % 2 == 0 { s } else if s < 0.0 { -128.0 } else { 127.0 } * UNIT)
            });
            for (found, expected) in forward(samples).into_iter().zip(by_definition(&samples)) {
                assert!((f64::from(found) - expected).abs() < 0.51, "{found} {expected}");
            }
        }
    }
}
