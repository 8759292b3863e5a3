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

/// The columns of eight rows.
#[inline(always)]
pub(super) fn transposed(rows: [[u8; 8]; 8]) -> [[u8; 8]; 8] {
    let (low, high) = (u8x16::unpack_low, u8x16::unpack_high);
    let [r0, r1, r2, r3, r4, r5, r6, r7] =
        rows.map(|row| bytemuck::cast::<[[u8; 8]; 2], u8x16>([row, [0; 8]]));
    // Each step doubles the samples of a column that are side by side.
    let [even, odd] = [[low(r0, r4), low(r2, r6)], [low(r1, r5), low(r3, r7)]];
    let [[e0, e1], [o0, o1]] = [even, odd].map(|[a, b]| [low(a, b), high(a, b)]);
    bytemuck::cast([low(e0, o0), high(e0, o0), low(e1, o1), high(e1, o1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let sample = |row: usize, x: usize| u8::try_from(row * 8 + x).unwrap();
        let rows = std::array::from_fn(|row| std::array::from_fn(|x| sample(row, x)));
        let columns = std::array::from_fn(|x| std::array::from_fn(|row| sample(row, x)));
        assert_eq!(transposed(rows), columns);
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
