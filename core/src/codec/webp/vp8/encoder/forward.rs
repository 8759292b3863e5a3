//! The forward transforms, of which section 14 of RFC 6386 has the inverses.

use wide::{bytemuck, i16x8, i32x4, i32x8};

use super::super::transform::{high, low, side_by_side};

/// Coefficients of a block, in rows.
pub(super) type Coefficients = [i16; 16];

/// The DCTs of two blocks that are side by side: rows of the differences from their predictions, -255 to 255. A block of
/// a value v alone has a first coefficient of 8 v; the sum of the squares of the coefficients is 4 times that of the
/// values.
#[inline(always)]
pub(super) fn dct(rows: [i16x8; 4]) -> [Coefficients; 2] {
    // 3 bits of fraction between the two dimensions.
    let [a, b, c, d] = rows.map(|row| row << 3);
    let columns = side_by_side(dimension([a, b, c, d], 0));
    let [r0, r1, r2, r3] = side_by_side(dimension(columns, 4)).map(bytemuck::cast::<_, [u64; 2]>);
    let [[l0, r0], [l1, r1], [l2, r2], [l3, r3]] = [r0, r1, r2, r3];
    [bytemuck::cast([l0, l1, l2, l3]), bytemuck::cast([r0, r1, r2, r3])]
}

/// One dimension, of eight columns at once, and so many bits less of fraction.
#[inline(always)]
fn dimension([i0, i1, i2, i3]: [i16x8; 4], less: u32) -> [i16x8; 4] {
    let (a, b) = (i0 + i3, i1 + i2);
    let (c, d) = (i1 - i2, i0 - i3);
    let half = i16x8::splat(if less > 0 { 1 << (less - 1) } else { 0 });
    let (sum, difference) = ((a + b + half) >> less, (a - b + half) >> less);
    // sqrt(2) * cos(pi / 8) and sqrt(2) * sin(pi / 8), of 4096.
    let (cosine, sine) = (5352, 2217);
    let pairs = [low(c, d), high(c, d)];
    let product = |of_c: i16, of_d: i16| {
        let factors = i16x8::new([of_c, of_d, of_c, of_d, of_c, of_d, of_c, of_d]);
        let half = i32x4::splat(1 << (11 + less));
        let halves = pairs.map(|pair| (pair.dot(factors) + half) >> (12 + less));
        i16x8::from_i32x8_saturate(bytemuck::cast::<[i32x4; 2], i32x8>(halves))
    };
    [sum, product(sine, cosine), difference, product(-cosine, sine)]
}

/// The Walsh-Hadamard transform of the first coefficients of 16 blocks, whose sum of squares is a quarter of that of
/// what becomes of them.
pub(super) fn walsh_hadamard(first: &Coefficients) -> Coefficients {
    let rows = super::super::transform::rows(first);
    let columns = super::super::transform::butterfly(rows);
    let rows = super::super::transform::butterfly(super::super::transform::transposed(columns));
    let mut output = [0; 16];
    let rows = super::super::transform::transposed(rows);
    for (to, value) in output.iter_mut().zip(rows.as_flattened()) {
        let [low, high, ..] = ((value + i32::from(*value > 0)) >> 1).to_le_bytes();
        *to = i16::from_le_bytes([low, high]);
    }
    output
}

#[cfg(test)]
mod tests {
    use super::super::super::transform::{inverse_dct, inverse_walsh_hadamard};
    use super::super::chance::Chance;
    use super::*;

    #[test]
    fn the_inverse_has_what_was_transformed() {
        let mut chance = Chance(1);
        for most in [255, 255, 100, 3] {
            for _ in 0..500 {
                let rows = std::array::from_fn(|_| {
                    i16x8::new(std::array::from_fn(|_| chance.around_zero(most)))
                });
                let [left, right] = dct(rows);
                for (row, found) in rows.iter().zip(inverse_dct(&left, &right)) {
                    for (value, found) in row.to_array().iter().zip(found.to_array()) {
                        assert!((value - found).abs() <= 1, "{value} {found}");
                    }
                }
                let firsts = std::array::from_fn(|_| chance.around_zero(most * 8));
                let found = inverse_walsh_hadamard(&walsh_hadamard(&firsts));
                for (value, found) in firsts.iter().zip(found) {
                    assert!((value - found).abs() <= 1, "{value} {found}");
                }
            }
        }
    }

    #[test]
    fn one_value_is_a_first_coefficient_alone() {
        for value in [-255, -1, 0, 7, 255] {
            let mut expected = [0; 16];
            expected[0] = value * 8;
            assert_eq!(dct([i16x8::splat(value); 4]), [expected; 2]);
        }
    }

    #[test]
    fn squares_are_four_times_those_of_the_values() {
        let mut chance = Chance(5);
        for _ in 0..100 {
            let mut row = || i16x8::new([0; 8].map(|_: i16| chance.around_zero(255)));
            let rows: [i16x8; 4] = std::array::from_fn(|_| row());
            let sum = |values: &mut dyn Iterator<Item = i16>| {
                values.map(|value| f64::from(value) * f64::from(value)).sum::<f64>()
            };
            let values = sum(&mut rows.iter().flat_map(|row| row.to_array()));
            let coefficients = sum(&mut dct(rows).into_iter().flatten());
            assert!((coefficients / values - 4.0).abs() < 0.02, "{coefficients} {values}");
        }
    }
}
