//! 8 x 8 coefficients to 2 x 2 samples (T.81, A.3.3), of 4 x 4 each: there is nothing to transform, for every coefficient
//! has a weight in one of three sums.

use super::idct::{PLACES, Samples, ZIGZAG, byte};

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
#[allow(clippy::cast_possible_truncation, reason = "test code")]
mod tests {
    use super::*;

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
}
