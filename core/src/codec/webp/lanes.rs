//! Eight samples side by side, as numbers of 16 bits.

use wide::{bytemuck, i16x8, u8x16};

/// The samples as numbers.
#[inline(always)]
pub(super) fn widened(samples: [u8; 8]) -> i16x8 {
    i16x8::from_u8x16_low(bytemuck::cast([samples, [0; 8]]))
}

/// The numbers as samples: those below 0 and above 255 become these.
#[inline(always)]
pub(super) fn narrowed(numbers: i16x8) -> [u8; 8] {
    let [samples, _]: [[u8; 8]; 2] = bytemuck::cast(u8x16::narrow_i16x8(numbers, numbers));
    samples
}

/// The samples of both in turn.
#[inline(always)]
pub(super) fn in_turn(first: i16x8, second: i16x8) -> [u8; 16] {
    let [first, second] = [first, second].map(|numbers| u8x16::narrow_i16x8(numbers, numbers));
    u8x16::unpack_low(first, second).to_array()
}

/// The columns of sixteen rows of eight samples.
#[inline(always)]
pub(super) fn columns(rows: [[u8; 8]; 16]) -> [u8x16; 8] {
    let [upper, lower]: [[[u8; 8]; 8]; 2] = bytemuck::cast(rows);
    let wide = |row: [u8; 8]| bytemuck::cast::<[[u8; 8]; 2], u8x16>([row, [0; 8]]);
    let mut pairs = [u8x16::ZERO; 8];
    for ((pair, upper), lower) in pairs.iter_mut().zip(upper).zip(lower) {
        *pair = u8x16::unpack_low(wide(upper), wide(lower));
    }
    // Each step doubles the samples of a column that are side by side.
    let [a, b, c, d, e, f, g, h] = pairs;
    let [a, b, c, d, e, f, g, h] = in_pairs([a, e, b, f, c, g, d, h]);
    let [a, b, c, d, e, f, g, h] = in_pairs([a, e, c, g, b, f, d, h]);
    in_pairs([a, c, b, d, e, g, f, h])
}

/// The sixteen rows of eight columns.
#[inline(always)]
pub(super) fn rows([a, b, c, d, e, f, g, h]: [u8x16; 8]) -> [[u8; 8]; 16] {
    let [a, b, c, d, e, f, g, h] = in_pairs([a, e, b, f, c, g, d, h]);
    let [a, b, c, d, e, f, g, h] = in_pairs([a, e, c, g, b, f, d, h]);
    bytemuck::cast(in_pairs([a, c, b, d, e, g, f, h]))
}

/// The samples of each pair in turn: of their first halves, and of their second halves.
#[inline(always)]
fn in_pairs([a, b, c, d, e, f, g, h]: [u8x16; 8]) -> [u8x16; 8] {
    let (low, high) = (u8x16::unpack_low, u8x16::unpack_high);
    [low(a, b), high(a, b), low(c, d), high(c, d), low(e, f), high(e, f), low(g, h), high(g, h)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns_and_rows_again() {
        let sample = |row: usize, x: usize| u8::try_from(row * 8 + x).unwrap();
        let all = std::array::from_fn(|row| std::array::from_fn(|x| sample(row, x)));
        let found = columns(all);
        for (x, column) in found.iter().enumerate() {
            assert_eq!(column.to_array(), std::array::from_fn(|row| sample(row, x)));
        }
        assert_eq!(rows(found), all);
    }

    #[test]
    fn numbers_are_limited_to_samples() {
        let numbers = i16x8::new([-300, -1, 0, 1, 255, 256, 999, i16::MAX]);
        assert_eq!(narrowed(numbers), [0, 0, 0, 1, 255, 255, 255, 255]);
        let other = i16x8::new([7, -9, 8, 300, 0, 0, 0, 5]);
        let both = [0, 7, 0, 0, 0, 8, 1, 255, 255, 0, 255, 0, 255, 0, 255, 5];
        assert_eq!(in_turn(numbers, other), both);
        assert_eq!(widened([0, 1, 127, 128, 255, 2, 3, 4]).to_array()[3], 128);
    }
}
