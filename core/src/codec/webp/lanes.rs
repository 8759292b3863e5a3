//! Eight samples side by side, as numbers of 16 bits.

use wide::{bytemuck, i16x8, u8x16};

/// The samples as numbers.
#[inline(always)]
pub(super) fn widened(samples: [u8; 8]) -> i16x8 {
    let [low, _] = halves(bytemuck::cast([u64::from_ne_bytes(samples), 0]));
    low
}

/// The first and the last eight samples as numbers.
#[inline(always)]
pub(super) fn halves(samples: u8x16) -> [i16x8; 2] {
    // Between zeros, a byte is a number of 16 bits. The crate's own way is one by one in WebAssembly.
    let halves = [u8x16::unpack_low, u8x16::unpack_high].map(|half| half(samples, u8x16::ZERO));
    halves.map(bytemuck::cast)
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

/// The samples of the first half of N and those of the second half in turn, R times over. Each time the bits of a
/// sample's place move up by one and the highest becomes the lowest, which is how rows become columns.
#[inline(always)]
pub(super) fn turned<const N: usize, const R: usize>(mut all: [u8x16; N]) -> [u8x16; N] {
    for _ in 0..R {
        let (first, second) = all.split_at(N / 2);
        let mut turned = [u8x16::ZERO; N];
        for (to, (first, second)) in
            turned.as_chunks_mut().0.iter_mut().zip(first.iter().zip(second))
        {
            *to = [u8x16::unpack_low(*first, *second), u8x16::unpack_high(*first, *second)];
        }
        all = turned;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns_and_rows_again() {
        fn check<const N: usize, const R: usize>() {
            // Sixteen rows of N samples.
            let sample = |row: usize, x: usize| u8::try_from(row * N + x).unwrap();
            let all = std::array::from_fn(|at| {
                u8x16::new(std::array::from_fn(|x| sample((16 * at + x) / N, (16 * at + x) % N)))
            });
            let found = turned::<N, 4>(all);
            for (x, column) in found.iter().enumerate() {
                assert_eq!(column.to_array(), std::array::from_fn(|row| sample(row, x)));
            }
            assert_eq!(turned::<N, R>(found), all);
        }
        check::<16, 4>();
        check::<8, 3>();
        check::<4, 2>();
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
