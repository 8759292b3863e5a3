//! The inverse transforms (RFC 6386, section 14).

use wide::{bytemuck, f32x4, i16x8, i32x4, i32x8};

/// The inverse Walsh-Hadamard transform (section 14.3): the first coefficients of 16 blocks of luma.
pub(super) fn inverse_walsh_hadamard(input: &[i16; 16]) -> [i16; 16] {
    let rows = rows(input);
    let columns = butterfly(rows);
    let [a, b, c, d] = butterfly(transposed(columns)).map(|row| row.map(|value| (value + 3) >> 3));
    let mut output = [0; 16];
    for (to, value) in output.iter_mut().zip(transposed([a, b, c, d]).as_flattened()) {
        let [low, high, ..] = value.to_le_bytes();
        *to = i16::from_le_bytes([low, high]);
    }
    output
}

pub(super) fn rows(values: &[i16; 16]) -> [[i32; 4]; 4] {
    let mut rows = [[0; 4]; 4];
    for (to, value) in rows.as_flattened_mut().iter_mut().zip(values) {
        *to = i32::from(*value);
    }
    rows
}

pub(super) fn transposed([a, b, c, d]: [[i32; 4]; 4]) -> [[i32; 4]; 4] {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a, b);
    let ([c0, c1, c2, c3], [d0, d1, d2, d3]) = (c, d);
    [[a0, b0, c0, d0], [a1, b1, c1, d1], [a2, b2, c2, d2], [a3, b3, c3, d3]]
}

#[inline(always)]
fn each(a: [i32; 4], b: [i32; 4], f: impl Fn(i32, i32) -> i32) -> [i32; 4] {
    let mut result = a;
    result.iter_mut().zip(b).for_each(|(a, b)| *a = f(*a, b));
    result
}

#[inline(always)]
fn sum(a: [i32; 4], b: [i32; 4]) -> [i32; 4] {
    each(a, b, |a, b| a + b)
}

#[inline(always)]
fn difference(a: [i32; 4], b: [i32; 4]) -> [i32; 4] {
    each(a, b, |a, b| a - b)
}

/// One dimension of the Walsh-Hadamard transform, of four columns at once.
pub(super) fn butterfly([i0, i1, i2, i3]: [[i32; 4]; 4]) -> [[i32; 4]; 4] {
    let (a, b) = (sum(i0, i3), sum(i1, i2));
    let (c, d) = (difference(i1, i2), difference(i0, i3));
    [sum(a, b), sum(c, d), difference(a, b), difference(d, c)]
}

/// The inverse DCTs (section 14.3) of two blocks that are side by side, in 1/8: rows of what is added to the prediction.
/// Of 16 bits throughout, as libwebp has them: what does not fit is not from an encoder.
#[inline(always)]
pub(super) fn inverse_dct(left: &[i16; 16], right: &[i16; 16]) -> [i16x8; 4] {
    let [left, right]: [[[u64; 2]; 2]; 2] = [left, right].map(|block| bytemuck::cast(*block));
    let [[l0, l1], [l2, l3]] = left;
    let [[r0, r1], [r2, r3]] = right;
    let rows = [[l0, r0], [l1, r1], [l2, r2], [l3, r3]].map(bytemuck::cast);
    let [first, second, third, fourth] = side_by_side(dct(rows));
    // Half of the last digit, for rounding.
    side_by_side(dct([first + i16x8::splat(4), second, third, fourth])).map(|row| row >> 3)
}

/// One dimension, of eight columns at once.
#[inline(always)]
fn dct([i0, i1, i2, i3]: [i16x8; 4]) -> [i16x8; 4] {
    // sqrt(2) * cos(pi / 8) and sqrt(2) * sin(pi / 8), less 1, with 16 bits of fraction.
    let cosine = |values: i16x8| values + high_products(values, 20_091);
    let sine = |values: i16x8| values + high_products(values, 35_468_u16.cast_signed());
    let (a, b) = (i0 + i2, i0 - i2);
    let c = sine(i1) - cosine(i3);
    let d = cosine(i1) + sine(i3);
    [a + d, b + c, b - c, a - d]
}

/// The upper halves of products.
#[inline(always)]
fn high_products(values: i16x8, factor: i16) -> i16x8 {
    if cfg!(target_arch = "wasm32") {
        high_products_by_dots(values, factor)
    } else {
        values.mul_keep_high(i16x8::splat(factor))
    }
}

/// The same by the one product of 16 bits that WebAssembly has, each beside one of zeros.
#[inline(always)]
fn high_products_by_dots(values: i16x8, factor: i16) -> i16x8 {
    let factors = i16x8::splat(factor);
    let [low, high] = [low(values, i16x8::ZERO), high(values, i16x8::ZERO)]
        .map(|values| values.dot(factors) >> 16);
    i16x8::from_i32x8_saturate(bytemuck::cast::<[i32x4; 2], i32x8>([low, high]))
}

/// Two matrices of four by four side by side, each transposed.
#[inline(always)]
pub(super) fn side_by_side([a, b, c, d]: [i16x8; 4]) -> [i16x8; 4] {
    let pairs = [low(a, b), low(c, d), high(a, b), high(c, d)];
    f32x4::transpose(pairs.map(bytemuck::cast)).map(bytemuck::cast)
}

/// The first halves of both, in turn.
#[inline(always)]
pub(super) fn low(a: i16x8, b: i16x8) -> i16x8 {
    let ([a0, a1, a2, a3, ..], [b0, b1, b2, b3, ..]) = (a.to_array(), b.to_array());
    i16x8::new([a0, b0, a1, b1, a2, b2, a3, b3])
}

/// The second halves.
#[inline(always)]
pub(super) fn high(a: i16x8, b: i16x8) -> i16x8 {
    let ([.., a4, a5, a6, a7], [.., b4, b5, b6, b7]) = (a.to_array(), b.to_array());
    i16x8::new([a4, b4, a5, b5, a6, b6, a7, b7])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_coefficient_alone_is_the_same_everywhere() {
        let mut block = [0; 16];
        for value in [-2000, -5, 0, 3, 4, 800] {
            block[0] = value;
            assert_eq!(inverse_dct(&block, &block), [i16x8::splat((value + 4) >> 3); 4]);
            assert_eq!(inverse_walsh_hadamard(&block), [(value + 3) >> 3; 16]);
        }
    }

    #[test]
    fn products_are_the_same_both_ways() {
        for value in i16::MIN..=i16::MAX {
            let values = i16x8::new([value, 1, -1, value ^ 85, 0, value, i16::MIN, i16::MAX]);
            for factor in [20_091, 35_468_u16.cast_signed()] {
                let expected = values.mul_keep_high(i16x8::splat(factor));
                assert_eq!(high_products_by_dots(values, factor), expected, "{value}");
            }
        }
    }

    #[test]
    fn the_transforms_are_those_of_the_formulas() {
        for at in 1..16 {
            let mut block = [0; 16];
            block[at] = 1000;
            let (row, column) = (at / 4, at % 4);
            let cosine = |frequency: usize, x: usize| {
                let angle = (2 * x + 1) as f64 * frequency as f64 * std::f64::consts::PI / 8.0;
                angle.cos() * if frequency == 0 { 1.0 } else { std::f64::consts::SQRT_2 }
            };
            for (y, found) in inverse_dct(&block, &[80; 16]).iter().enumerate() {
                for (x, found) in found.to_array().iter().take(4).enumerate() {
                    let exact = 1000.0 / 8.0 * cosine(row, y) * cosine(column, x);
                    assert!((f64::from(*found) - exact).abs() < 1.1, "{at}: {found} {exact}");
                }
            }
            let halves = |left, right| inverse_dct(left, right).map(|row| row.to_array());
            let [there, here] = [halves(&block, &[80; 16]), halves(&[80; 16], &block)];
            for (there, here) in there.iter().zip(&here) {
                assert_eq!([&there[..4], &there[4..]], [&here[4..], &here[..4]], "{at}");
            }
            // Walsh's functions by the number of their changes of sign.
            let signs = [[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, -1, 1], [1, -1, 1, -1]];
            for (place, found) in inverse_walsh_hadamard(&block).iter().enumerate() {
                let exact = 125 * signs[row][place / 4] * signs[column][place % 4];
                assert!((exact - i32::from(*found)).abs() <= 1, "{at}");
            }
        }
    }
}
