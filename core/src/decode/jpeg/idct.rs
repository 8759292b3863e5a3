//! Inverse DCTs from 8 x 8 coefficients to 8 x 8, 4 x 4, 2 x 2 and 1 x 1 samples (T.81, A.3.3).
//!
//! A smaller sample is the mean of those that it stands for, so that coefficients above the smaller size still
//! count. The full transform is Loeffler, Ligtenberg and Moschytz's (ICASSP 1989) with 11 multiplications, and
//! the one to 4 x 4 leaves the outputs out of it that are not wanted; both take four lanes of `f32` side by side, and
//! only add, subtract and multiply, so that every machine rounds alike. To 2 x 2 there is nothing to
//! transform: every coefficient has a weight in one of three sums.

use wide::{bytemuck, f32x4, i16x8, i32x4, i32x8, u8x16};

/// The natural place of each coefficient in zigzag order (T.81, figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The last place in zigzag order up to which all coefficients are in the first four rows and columns.
const LOW: u32 = 9;

/// More places in zigzag order than even a corrupt file reaches: a power of 2, to be masked by.
const PLACES: usize = 128;

/// Samples of a block, row by row.
pub(super) type Samples<const N: usize> = [[u8; N]; N];

/// Where the coefficients of a component go in a [`Block`], and what they are multiplied by.
#[derive(Clone, Debug)]
pub(super) struct Factors([(u16, u16); PLACES]);

impl Factors {
    /// From a quantisation table in zigzag order.
    pub(super) fn new(quantisation: &[u16; 64]) -> Self {
        // What lies beyond a block is multiplied by 0.
        let mut factors = [(0, 0); PLACES];
        for ((to, factor), natural) in factors.iter_mut().zip(quantisation).zip(ZIGZAG) {
            *to = (u16::from(natural % 8 * 8 + natural / 8), *factor);
        }
        Self(factors)
    }

    #[inline(always)]
    fn get(&self, at: u32) -> (usize, i32) {
        let (place, factor) = self.0.get(at as usize % PLACES).copied().unwrap_or_default();
        (usize::from(place % 64), i32::from(factor))
    }
}

/// Dequantised coefficients, column by column.
pub(super) struct Block([i32; 64]);

impl Block {
    pub(super) const fn new() -> Self {
        Self([0; 64])
    }

    /// Adds to the coefficient of a place in zigzag order.
    #[inline(always)]
    pub(super) fn add(&mut self, factors: &Factors, at: u32, value: i32) {
        let (place, factor) = factors.get(at);
        if let Some(to) = self.0.get_mut(place) {
            *to = to.wrapping_add(value.wrapping_mul(factor));
        }
    }

    /// All samples. There is no coefficient behind `last` in zigzag order.
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

/// The one sample of a whole block, from its first coefficient.
#[inline(always)]
pub(super) fn one(first: i32) -> u8 {
    byte((first.wrapping_add(4) >> 3).wrapping_add(128))
}

#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn byte(value: i32) -> u8 {
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

/// Three sums in one number, so that one multiplication and one addition take any coefficient in: of those that change
/// from left to right, from top to bottom, and both. Each has 21 bits, and what a negative one borrows from the
/// next is given back when they are taken apart.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums(i64);

/// Bits of each sum, and how many of them are a fraction, which leaves room for eight times a sample's range.
const SUM: u32 = 21;
const SUM_FRACTION: u32 = 10;

impl Sums {
    #[inline(always)]
    pub(super) fn add(&mut self, weights: &Weights, at: u32, value: i32) {
        let weight = weights.0.get(at as usize % PLACES).copied().unwrap_or_default();
        self.0 = self.0.wrapping_add(i64::from(value).wrapping_mul(weight));
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "21 bits, and the 22 that are left")]
    const fn apart(self) -> [i32; 3] {
        let across = self.0 << (64 - SUM) >> (64 - SUM);
        let rest = self.0.wrapping_sub(across) >> SUM;
        let down = rest << (64 - SUM) >> (64 - SUM);
        let both = rest.wrapping_sub(down) >> SUM;
        [across as i32, down as i32, both as i32]
    }
}

/// The weight of each of a component's coefficients in its [`Sums`].
#[derive(Clone, Debug)]
pub(super) struct Weights([i64; PLACES]);

impl Weights {
    /// From a quantisation table in zigzag order.
    pub(super) fn new(quantisation: &[u16; 64]) -> Self {
        let mut weights = [0; PLACES];
        for ((to, factor), natural) in weights.iter_mut().zip(quantisation).zip(ZIGZAG) {
            let (row, column) = (natural / 8, natural % 8);
            let sum = match (row, column) {
                (0, 0) => continue,
                (0, _) => 0,
                (_, 0) => 1,
                _ => 2,
            };
            let weight = f64::from(*factor) * mean_of_half(row) * mean_of_half(column) / 8.0;
            #[expect(clippy::cast_possible_truncation, reason = "below 2^16 x 2^10")]
            let weight = (weight * f64::from(1 << SUM_FRACTION)).round() as i64;
            *to = weight << (sum * SUM);
        }
        Self(weights)
    }
}

/// The mean of a coefficient's cosine over the first half of a side, relative to that of the first coefficient; over
/// the second half it is the opposite, of all but the first.
fn mean_of_half(frequency: u8) -> f64 {
    match frequency {
        0 => 1.0,
        1 => 0.906_127_446,
        3 => -0.318_189_645,
        5 => 0.212_607_524,
        7 => -0.180_239_956,
        _ => 0.0,
    }
}

/// 2 x 2 samples of 4 x 4 each, from the first coefficient, dequantised, and the sums of the others.
#[inline(always)]
pub(super) fn two(first: i32, sums: Sums) -> Samples<2> {
    let [across, down, both] = sums.apart();
    let mean = first.wrapping_mul(1 << (SUM_FRACTION - 3));
    let mean = mean.wrapping_add((128 << SUM_FRACTION) + (1 << (SUM_FRACTION - 1)));
    let sample = |across: i32, down: i32, both: i32| {
        let sum = mean.wrapping_add(across).wrapping_add(down).wrapping_add(both);
        byte(sum >> SUM_FRACTION)
    };
    [
        [sample(across, down, both), sample(-across, down, -both)],
        [sample(across, -down, -both), sample(-across, -down, both)],
    ]
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "test code")]
mod tests {
    use std::f64::consts::PI;

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
    fn every_size_is_the_mean_of_the_exact_transform() {
        let factors = Factors::new(&quantisation());
        let weights = Weights::new(&quantisation());
        for (values, last) in blocks() {
            let (mut block, mut sums) = (Block::new(), Sums::default());
            for (at, value) in (0..).zip(values) {
                block.add(&factors, at, value);
                if at > 0 {
                    sums.add(&weights, at, value);
                }
            }
            let natural = natural(&values);
            let first = natural[0];
            assert!(worst(block.eight(last).as_flattened(), &exact(&natural, 8)) < 0.501);
            assert!(worst(block.four(last).as_flattened(), &exact(&natural, 4)) < 0.501);
            // Weights have ten bits of fraction.
            assert!(worst(two(first, sums).as_flattened(), &exact(&natural, 2)) < 0.75);
            assert!(worst(&[one(first)], &exact(&natural, 1)) < 0.501);
        }
    }

    #[test]
    fn sums_come_apart_as_they_were_added() {
        let mut flat = [1; 64];
        flat[0] = 8;
        let weights = Weights::new(&flat);
        for (across, down, both) in [(1, -1, 1), (-300, 200, -100), (999, -999, -1), (-1, -1, -1)] {
            let mut sums = Sums::default();
            // Places 1, 2 and 4 are the lowest of each.
            sums.add(&weights, 1, across);
            sums.add(&weights, 2, down);
            sums.add(&weights, 4, both);
            let scale = f64::from(1 << SUM_FRACTION) / 8.0;
            let weight = |mean: f64| (mean * scale).round() as i32;
            let side = mean_of_half(1);
            let expected = [across * weight(side), down * weight(side), both * weight(side * side)];
            assert_eq!(sums.apart(), expected);
        }
    }

    #[test]
    fn absurd_coefficients_do_no_harm() {
        let factors = Factors::new(&[u16::MAX; 64]);
        let weights = Weights::new(&[u16::MAX; 64]);
        for value in [i32::MIN, -32768, 32767, i32::MAX] {
            let (mut block, mut sums) = (Block::new(), Sums::default());
            for at in 0..=78 {
                block.add(&factors, at, value);
                sums.add(&weights, at, value);
            }
            _ = (block.eight(63), block.four(63), two(value, sums), one(value));
        }
    }
}
