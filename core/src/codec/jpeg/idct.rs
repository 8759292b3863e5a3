//! Inverse DCTs from 8 x 8 coefficients to 8 x 8, 6 x 6, 4 x 4, 3 x 3 and 1 x 1 samples (T.81, A.3.3); `sums.rs` has 2 x 2.
//!
//! Where a sample stands for whole ones, it is their mean, so that coefficients above the smaller size still count. The full
//! transform is Loeffler, Ligtenberg and Moschytz's (ICASSP 1989) with 11 multiplications, and the one to 4 x 4 leaves the
//! outputs out of it that are not wanted. 6 x 6 and 3 x 3 samples are the transforms of these sizes, of the lowest
//! coefficients; so are 6 x 3 and 3 x 6. All take four lanes of `f32` side by side, and only add, subtract and multiply, so that
//! every machine rounds alike.

use std::f32::consts::{FRAC_1_SQRT_2, SQRT_2};

use wide::{bytemuck, f32x4, i16x8, i32x4, i32x8, u8x16};

/// The natural place of each coefficient in zigzag order (T.81, figure A.6).
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The last place in zigzag order up to which all coefficients are in the first four rows and columns.
const LOW: u32 = 9;

/// More places in zigzag order than even a corrupt file reaches: a power of 2, to be masked by.
pub(super) const PLACES: usize = 128;

/// Samples of a block, row by row.
pub(super) type Samples<const N: usize> = [[u8; N]; N];

/// Where the coefficients of a component go in a [`Block`] or a [`Corner`], and what they are multiplied by.
#[derive(Clone, Debug)]
pub(super) struct Factors([(u16, u16); PLACES]);

impl Factors {
    /// For a [`Block`], from a quantisation table in zigzag order.
    pub(super) fn of_block(quantisation: &[u16; 64]) -> Self {
        Self::new(quantisation, |row, column| Some(8 * column + row))
    }

    /// For a [`Corner`].
    pub(super) fn of_corner(quantisation: &[u16; 64]) -> Self {
        Self::new(quantisation, |row, column| (row < 3 && column < 3).then_some(4 * column + row))
    }

    fn new(quantisation: &[u16; 64], place: fn(u8, u8) -> Option<u8>) -> Self {
        // What has no place is multiplied by 0, as what lies beyond a block is.
        let mut factors = [(0, 0); PLACES];
        for ((to, factor), natural) in factors.iter_mut().zip(quantisation).zip(ZIGZAG) {
            if let Some(place) = place(natural / 8, natural % 8) {
                *to = (place.into(), *factor);
            }
        }
        Self(factors)
    }

    /// The place of a coefficient, and the coefficient dequantised.
    #[inline(always)]
    fn apply(&self, at: u32, value: i32) -> (usize, i32) {
        let (place, factor) = self.0.get(at as usize % PLACES).copied().unwrap_or_default();
        (usize::from(place), value.wrapping_mul(factor.into()))
    }
}

/// Dequantised coefficients, column by column.
pub(super) struct Placed<const N: usize>([i32; N]);

/// All of a block.
pub(super) type Block = Placed<64>;

/// The first three of the first three columns, each of which has room for four.
pub(super) type Corner = Placed<16>;

impl<const N: usize> Placed<N> {
    pub(super) const fn new() -> Self {
        Self([0; N])
    }

    /// Adds to the coefficient of a place in zigzag order, if it is one of them.
    #[inline(always)]
    pub(super) fn add(&mut self, factors: &Factors, at: u32, value: i32) {
        let (place, value) = factors.apply(at, value);
        if let Some(to) = self.0.get_mut(place % N) {
            *to = to.wrapping_add(value);
        }
    }
}

impl Block {
    /// All samples. There is no coefficient after `last` in zigzag order.
    #[inline(always)]
    pub(super) fn eight(&self, last: u32) -> Samples<8> {
        if last == 0 {
            return [[self.flat(); 8]; 8];
        }
        let (left, right) = if last <= LOW {
            let (left, right) = halves(eight_of_four(self.quarter()));
            (eight_of_four(transpose(left)), eight_of_four(transpose(right)))
        } else {
            let (top, bottom) = self.columns();
            let ((a, b), (c, d)) = (halves(eight(top)), halves(eight(bottom)));
            let whole = |upper, lower| eight(joined(transpose(upper), transpose(lower)));
            (whole(a, c), whole(b, d))
        };
        let [a0, a1, a2, a3, a4, a5, a6, a7] = left;
        let [b0, b1, b2, b3, b4, b5, b6, b7] = right;
        let rows = [
            samples([a0, b0, a1, b1]),
            samples([a2, b2, a3, b3]),
            samples([a4, b4, a5, b5]),
            samples([a6, b6, a7, b7]),
        ];
        bytemuck::cast(rows)
    }

    /// Samples of 4/3 x 4/3 each.
    #[inline(always)]
    pub(super) fn six(&self, last: u32) -> Samples<6> {
        if last == 0 {
            return [[self.flat(); 6]; 6];
        }
        let ([t0, t1, t2, t3, t4, t5, ..], [b0, b1, b2, b3, b4, b5, ..]) = self.columns();
        let [a0, a1, a2, a3, a4, a5] = six([t0, t1, t2, t3, t4, t5]);
        let [c0, c1, c2, c3, c4, c5] = six([b0, b1, b2, b3, b4, b5]);
        let zero = f32x4::ZERO;
        let whole = |upper: [f32x4; 4], lower: [f32x4; 4]| {
            let ([u0, u1, u2, u3], [l0, l1, ..]) = (transpose(upper), transpose(lower));
            six([u0, u1, u2, u3, l0, l1])
        };
        let [l0, l1, l2, l3, l4, l5] = whole([a0, a1, a2, a3], [c0, c1, c2, c3]);
        let [r0, r1, r2, r3, r4, r5] = whole([a4, a5, zero, zero], [c4, c5, zero, zero]);
        let rows =
            [samples([l0, r0, l1, r1]), samples([l2, r2, l3, r3]), samples([l4, r4, l5, r5])];
        let rows: [[u8; 8]; 6] = bytemuck::cast(rows);
        rows.map(|[a, b, c, d, e, f, ..]| [a, b, c, d, e, f])
    }

    /// Samples of 4/3 x 8/3 each.
    #[inline(always)]
    pub(super) fn six_by_three(&self) -> [[u8; 6]; 3] {
        let ([t0, t1, t2, t3, t4, t5, ..], _) = self.columns();
        let [a0, a1, a2, a3, a4, a5] = six([t0, t1, t2, t3, t4, t5]);
        let zero = f32x4::ZERO;
        let whole = |columns: [f32x4; 4]| {
            let [a, b, c, _] = transpose(columns);
            three([a, b, c])
        };
        let [l0, l1, l2] = whole([a0, a1, a2, a3]);
        let [r0, r1, r2] = whole([a4, a5, zero, zero]);
        let rows = [samples([l0, r0, l1, r1]), samples([l2, r2, zero, zero])];
        let [a, b, c, _]: [[u8; 8]; 4] = bytemuck::cast(rows);
        [a, b, c].map(|[a, b, c, d, e, f, ..]| [a, b, c, d, e, f])
    }

    /// Samples of 8/3 x 4/3 each.
    #[inline(always)]
    pub(super) fn three_by_six(&self) -> [[u8; 3]; 6] {
        let ([t0, t1, t2, ..], [b0, b1, b2, ..]) = self.columns();
        let ([a0, a1, a2], [c0, c1, c2]) = (three([t0, t1, t2]), three([b0, b1, b2]));
        let [r0, r1, r2, r3] = transpose([a0, a1, a2, f32x4::ZERO]);
        let [r4, r5, ..] = transpose([c0, c1, c2, f32x4::ZERO]);
        let [r0, r1, r2, r3, r4, r5] = six([r0, r1, r2, r3, r4, r5]);
        let zero = f32x4::ZERO;
        let rows = [samples([r0, r1, r2, r3]), samples([r4, r5, zero, zero])];
        let [a, b, c, d, e, f, ..]: [[u8; 4]; 8] = bytemuck::cast(rows);
        [a, b, c, d, e, f].map(|[a, b, c, _]| [a, b, c])
    }

    /// Samples of 2 x 2 each.
    #[inline(always)]
    pub(super) fn four(&self, last: u32) -> Samples<4> {
        if last == 0 {
            return [[self.flat(); 4]; 4];
        }
        let rows = if last <= LOW {
            four_of_four(transpose(four_of_four(self.quarter())))
        } else {
            let (top, bottom) = self.columns();
            four(joined(transpose(four(top)), transpose(four(bottom))))
        };
        bytemuck::cast(samples(rows))
    }

    fn flat(&self) -> u8 {
        let [first, ..] = self.0;
        one(first)
    }

    /// The upper and the lower half of each column.
    #[inline(always)]
    fn columns(&self) -> ([f32x4; 8], [f32x4; 8]) {
        let halves: &[[i32; 4]; 16] = bytemuck::cast_ref(&self.0);
        let [a0, b0, a1, b1, a2, b2, a3, b3, a4, b4, a5, b5, a6, b6, a7, b7] = *halves;
        let lanes =
            |columns: [[i32; 4]; 8]| columns.map(|values| f32x4::from_i32x4(i32x4::new(values)));
        (lanes([a0, a1, a2, a3, a4, a5, a6, a7]), lanes([b0, b1, b2, b3, b4, b5, b6, b7]))
    }

    /// The upper half of the first four columns.
    #[inline(always)]
    fn quarter(&self) -> [f32x4; 4] {
        let halves: &[[i32; 4]; 16] = bytemuck::cast_ref(&self.0);
        let [a0, _, a1, _, a2, _, a3, ..] = *halves;
        [a0, a1, a2, a3].map(|values| f32x4::from_i32x4(i32x4::new(values)))
    }
}

impl Corner {
    /// The last place in zigzag order of one of them.
    pub(super) const LAST: u32 = 12;

    /// Samples of 8/3 x 8/3 each.
    #[inline(always)]
    pub(super) fn three(&self) -> Samples<3> {
        let columns: [[i32; 4]; 4] = bytemuck::cast(self.0);
        let [a, b, c, _] = columns.map(|values| f32x4::from_i32x4(i32x4::new(values)));
        let [a, b, c] = three([a, b, c]);
        let [a, b, c, _] = transpose([a, b, c, f32x4::ZERO]);
        let [a, b, c] = three([a, b, c]);
        let rows: [[u8; 4]; 4] = bytemuck::cast(samples([a, b, c, f32x4::ZERO]));
        let [a, b, c, _] = rows.map(|[a, b, c, _]| [a, b, c]);
        [a, b, c]
    }
}

/// The one sample of a whole block, from its first coefficient.
#[inline(always)]
pub(super) fn one(first: i32) -> u8 {
    byte((first.wrapping_add(4) >> 3).wrapping_add(128))
}

#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
pub(super) fn byte(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

#[inline(always)]
fn transpose(rows: [f32x4; 4]) -> [f32x4; 4] {
    f32x4::transpose(rows)
}

#[inline(always)]
fn halves([a, b, c, d, e, f, g, h]: [f32x4; 8]) -> ([f32x4; 4], [f32x4; 4]) {
    ([a, b, c, d], [e, f, g, h])
}

#[inline(always)]
fn joined([a, b, c, d]: [f32x4; 4], [e, f, g, h]: [f32x4; 4]) -> [f32x4; 8] {
    [a, b, c, d, e, f, g, h]
}

/// Eighths of values to samples, rounded and limited.
#[inline(always)]
fn samples(values: [f32x4; 4]) -> [u8; 16] {
    // In a number of this size the last bit of the mantissa is worth 1: adding it rounds, to even, and leaves the
    // integer in the lower bits. That is how all machines do it alike, and without a branch for what is no number.
    const ROUND: f32 = 12_582_912.0;
    let [a, b, c, d] =
        values.map(|value| value * f32x4::splat(0.125) + f32x4::splat(ROUND + 128.0));
    let integers = |pair: [f32x4; 2]| {
        let bits: i32x8 = bytemuck::cast(pair);
        i16x8::from_i32x8_saturate(bits - i32x8::splat(ROUND.to_bits().cast_signed()))
    };
    u8x16::narrow_i16x8(integers([a, b]), integers([c, d])).to_array()
}

#[inline(always)]
fn eight(c: [f32x4; 8]) -> [f32x4; 8] {
    let [c0, c1, c2, c3, c4, c5, c6, c7] = c;
    let z = (c2 + c6) * 0.541_196_1;
    let even_2 = z - c6 * 1.847_759_1;
    let even_3 = z + c2 * 0.765_366_9;
    let (even_0, even_1) = (c0 + c4, c0 - c4);
    let (e0, e3) = (even_0 + even_3, even_0 - even_3);
    let (e1, e2) = (even_1 + even_2, even_1 - even_2);

    let (z3, z4) = (c7 + c3, c5 + c1);
    let z5 = (z3 + z4) * 1.175_875_6;
    let z1 = (c7 + c1) * -0.899_976_2;
    let z2 = (c5 + c3) * -2.562_915_4;
    let z3 = z3 * -1.961_570_6 + z5;
    let z4 = z4 * -0.390_180_64 + z5;
    let o0 = c7 * 0.298_631_34 + z1 + z3;
    let o1 = c5 * 2.053_12 + z2 + z4;
    let o2 = c3 * 3.072_711 + z2 + z3;
    let o3 = c1 * 1.501_321_1 + z1 + z4;
    [e0 + o3, e1 + o2, e2 + o1, e3 + o0, e3 - o0, e2 - o1, e1 - o2, e0 - o3]
}

/// [`eight`] of coefficients of which the last four are 0.
#[inline(always)]
fn eight_of_four([c0, c1, c2, c3]: [f32x4; 4]) -> [f32x4; 8] {
    let (even_2, even_3) = (c2 * 0.541_196_1, c2 * 1.306_563);
    let (e0, e3) = (c0 + even_3, c0 - even_3);
    let (e1, e2) = (c0 + even_2, c0 - even_2);
    let o0 = c1 * 0.275_899_38 - c3 * 0.785_694_96;
    let o1 = c1 * 0.785_694_96 - c3 * 1.387_039_8;
    let o2 = c1 * 1.175_875_6 - c3 * 0.275_899_38;
    let o3 = c1 * 1.387_039_8 + c3 * 1.175_875_6;
    [e0 + o3, e1 + o2, e2 + o1, e3 + o0, e3 - o0, e2 - o1, e1 - o2, e0 - o3]
}

/// Means of pairs of what [`eight`] gives.
#[inline(always)]
fn four(c: [f32x4; 8]) -> [f32x4; 4] {
    let [c0, c1, c2, c3, _, c5, c6, c7] = c;
    let even = c2 * 0.923_879_5 - c6 * 0.382_683_43;
    let (e0, e1) = (c0 + even, c0 - even);
    let o0 = c1 * 1.281_457_7 + c3 * 0.449_988_1 - c5 * 0.300_672_45 - c7 * 0.254_897_8;
    let o1 = c1 * 0.530_797_2 - c3 * 1.086_367_4 + c5 * 0.725_887_5 - c7 * 0.105_582_12;
    [e0 + o0, e1 + o1, e1 - o1, e0 - o0]
}

/// [`four`] of coefficients of which the last four are 0.
#[inline(always)]
fn four_of_four([c0, c1, c2, c3]: [f32x4; 4]) -> [f32x4; 4] {
    let even = c2 * 0.923_879_5;
    let (e0, e1) = (c0 + even, c0 - even);
    let o0 = c1 * 1.281_457_7 + c3 * 0.449_988_1;
    let o1 = c1 * 0.530_797_2 - c3 * 1.086_367_4;
    [e0 + o0, e1 + o1, e1 - o1, e0 - o0]
}

/// The transform of six coefficients, in the scale of [`eight`].
#[inline(always)]
fn six([c0, c1, c2, c3, c4, c5]: [f32x4; 6]) -> [f32x4; 6] {
    let (even, middle) = (c0 + c4 * FRAC_1_SQRT_2, c0 - c4 * SQRT_2);
    let even_2 = c2 * 1.224_744_9;
    let (e0, e2) = (even + even_2, even - even_2);
    let outer = (c1 + c5) * 0.366_025_4;
    let (o0, o1, o2) = (c1 + c3 + outer, c1 - c3 - c5, c5 - c3 + outer);
    [e0 + o0, middle + o1, e2 + o2, e2 - o2, middle - o1, e0 - o0]
}

/// The transform of three coefficients, in the scale of [`eight`].
#[inline(always)]
fn three([c0, c1, c2]: [f32x4; 3]) -> [f32x4; 3] {
    let even = c0 + c2 * FRAC_1_SQRT_2;
    let odd = c1 * 1.224_744_9;
    [even + odd, c0 - c2 * SQRT_2, even - odd]
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "test code")]
mod tests {
    use std::f64::consts::PI;

    use super::super::idct_2x2::{Sums, Weights, two};
    use super::*;

    /// Means of the exact transform's samples (T.81, A.3.3), `n` x `n` of them.
    fn exact(coefficients: &[i32; 64], n: usize) -> Vec<f64> {
        let cosine = |place: usize, frequency: usize| {
            let norm = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
            norm * ((2 * place + 1) as f64 * frequency as f64 * PI / 16.0).cos() / 2.0
        };
        let mut means = vec![0.0; n * n];
        for y in 0..8 {
            for x in 0..8 {
                let sum: f64 = (0..64)
                    .map(|at| f64::from(coefficients[at]) * cosine(y, at / 8) * cosine(x, at % 8))
                    .sum();
                means[y * n / 8 * n + x * n / 8] += (sum + 128.0) * (n * n) as f64 / 64.0;
            }
        }
        means.iter().map(|mean| mean.clamp(0.0, 255.0)).collect()
    }

    /// The transform of that size, of the coefficients that it has.
    fn lowest(coefficients: &[i32; 64], wide: usize, high: usize) -> Vec<f64> {
        let cosine = |n: usize, place: usize, frequency: usize| {
            let norm = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
            norm * ((2 * place + 1) as f64 * frequency as f64 * PI / (2 * n) as f64).cos() / 2.0
        };
        let sample = |y: usize, x: usize| -> f64 {
            let terms = (0..wide * high).map(|at| {
                let (row, column) = (at / wide, at % wide);
                let weight = cosine(high, y, row) * cosine(wide, x, column);
                f64::from(coefficients[8 * row + column]) * weight
            });
            terms.sum::<f64>() + 128.0
        };
        (0..wide * high).map(|at| sample(at / wide, at % wide).clamp(0.0, 255.0)).collect()
    }

    /// Blocks of ever more coefficients: their values by place in zigzag order, and the last place.
    fn blocks() -> impl Iterator<Item = ([i32; 64], u32)> {
        let mut state = 7_u32;
        (0..2000_u32).map(move |number| {
            let last = number % 64;
            let mut values = [0; 64];
            for (at, value) in values.iter_mut().enumerate().take(last as usize + 1) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let range = if at == 0 { 120 } else { 60 / (1 + at as u32) + 2 };
                *value = ((state >> 16) % (2 * range + 1)).cast_signed() - range.cast_signed();
            }
            (values, last)
        })
    }

    fn quantisation() -> [u16; 64] {
        std::array::from_fn(|at| 3 + at as u16 / 2)
    }

    fn natural(values: &[i32; 64]) -> [i32; 64] {
        let mut natural = [0; 64];
        for ((value, factor), place) in values.iter().zip(quantisation()).zip(ZIGZAG) {
            natural[usize::from(place)] = value * i32::from(factor);
        }
        natural
    }

    fn worst(samples: &[u8], exact: &[f64]) -> f64 {
        assert_eq!(samples.len(), exact.len());
        let off = samples.iter().zip(exact).map(|(a, b)| (f64::from(*a) - b).abs());
        off.fold(0.0, f64::max)
    }

    #[test]
    fn every_size_is_the_exact_transform_s() {
        let factors = Factors::of_block(&quantisation());
        let of_corner = Factors::of_corner(&quantisation());
        let weights = Weights::new(&quantisation());
        for (values, last) in blocks() {
            let (mut block, mut sums) = (Block::new(), Sums::default());
            let mut corner = Corner::new();
            for (at, value) in (0..).zip(values) {
                block.add(&factors, at, value);
                corner.add(&of_corner, at, value);
                if at > 0 {
                    sums.add(&weights, at, value);
                }
            }
            let natural = natural(&values);
            let first = natural[0];
            assert!(worst(block.eight(last).as_flattened(), &exact(&natural, 8)) < 0.501);
            assert!(worst(block.six(last).as_flattened(), &lowest(&natural, 6, 6)) < 0.501);
            let (wide, high) = (lowest(&natural, 6, 3), lowest(&natural, 3, 6));
            assert!(worst(block.six_by_three().as_flattened(), &wide) < 0.501);
            assert!(worst(block.three_by_six().as_flattened(), &high) < 0.501);
            assert!(worst(block.four(last).as_flattened(), &exact(&natural, 4)) < 0.501);
            assert!(worst(corner.three().as_flattened(), &lowest(&natural, 3, 3)) < 0.501);
            // Weights have ten bits of fraction.
            assert!(worst(two(first, sums).as_flattened(), &exact(&natural, 2)) < 0.75);
            assert!(worst(&[one(first)], &exact(&natural, 1)) < 0.501);
        }
    }

    #[test]
    fn absurd_coefficients_do_no_harm() {
        let factors = Factors::of_block(&[u16::MAX; 64]);
        let of_corner = Factors::of_corner(&[u16::MAX; 64]);
        let weights = Weights::new(&[u16::MAX; 64]);
        for value in [i32::MIN, -32768, 32767, i32::MAX] {
            let (mut block, mut sums) = (Block::new(), Sums::default());
            let mut corner = Corner::new();
            for at in 0..=78 {
                block.add(&factors, at, value);
                corner.add(&of_corner, at, value);
                sums.add(&weights, at, value);
            }
            _ = (block.eight(63), block.six(63), block.four(63), corner.three());
            _ = (block.six_by_three(), block.three_by_six());
            _ = (two(value, sums), one(value));
        }
    }
}
