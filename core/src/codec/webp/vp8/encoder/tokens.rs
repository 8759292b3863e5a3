//! Coefficients as bits (RFC 6386, section 13), and the probabilities that suit them.

use super::super::tables::{BANDS, COEFFICIENT_UPDATES, COEFFICIENTS, Probabilities};
use super::bool_encoder::BoolEncoder;
use super::cost::{CATEGORIES, bit};

/// What is done with the bits of a block.
pub(super) trait Sink {
    /// A bit whose probability is one of those that a frame may set; `place`: its number among those of its kind of
    /// block.
    fn place(&mut self, probability: u8, place: usize, value: bool);
    /// A bit whose probability never changes.
    fn fixed(&mut self, probability: u8, value: bool);
}

/// The probabilities of a kind of block.
pub(super) type OfKind = [[[u8; 11]; 3]; 8];

/// Gives a block's bits to `sink`: levels in zigzag order from `first` on, after `context` neighbours that are not 0. Says
/// whether there are any levels but 0.
#[inline]
pub(super) fn block(
    levels: &[i16; 16],
    first: usize,
    context: usize,
    probabilities: &OfKind,
    sink: &mut impl Sink,
) -> bool {
    let last = levels.iter().rposition(|level| *level != 0).filter(|last| *last >= first);
    let end = last.map_or(first, |last| last + 1);
    let mut context = context;
    let mut may_end = true;
    for (position, level) in levels.iter().enumerate().skip(first) {
        let band = usize::from(BANDS.get(position).copied().unwrap_or(0));
        let base = (band * 3 + context) * 11;
        let p = probabilities.get(band).and_then(|contexts| contexts.get(context));
        let [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10] = *p.unwrap_or(&[128; 11]);
        if may_end {
            sink.place(p0, base, position < end);
            if position == end {
                break;
            }
        }
        let magnitude = usize::from(level.unsigned_abs());
        sink.place(p1, base + 1, magnitude > 0);
        may_end = magnitude > 0;
        context = magnitude.min(2);
        if magnitude == 0 {
            continue;
        }
        sink.place(p2, base + 2, magnitude > 1);
        if magnitude > 1 {
            sink.place(p3, base + 3, magnitude > 4);
        }
        match magnitude {
            0 | 1 => {}
            2 => sink.place(p4, base + 4, false),
            3 | 4 => {
                sink.place(p4, base + 4, true);
                sink.place(p5, base + 5, magnitude == 4);
            }
            5..=10 => {
                sink.place(p6, base + 6, false);
                sink.place(p7, base + 7, magnitude > 6);
            }
            11..=34 => {
                sink.place(p6, base + 6, true);
                sink.place(p8, base + 8, false);
                sink.place(p9, base + 9, magnitude > 18);
            }
            _ => {
                sink.place(p6, base + 6, true);
                sink.place(p8, base + 8, true);
                sink.place(p10, base + 10, magnitude > 66);
            }
        }
        let category = CATEGORIES.iter().rev().find(|(least, _)| *least <= magnitude);
        if let Some((least, extra)) = category {
            for (at, probability) in extra.iter().enumerate() {
                let is_set = (magnitude - least) >> (extra.len() - 1 - at) & 1 == 1;
                sink.fixed(*probability, is_set);
            }
        }
        sink.fixed(128, *level < 0);
    }
    last.is_some()
}

/// Writes the bits.
impl Sink for BoolEncoder {
    #[inline]
    fn place(&mut self, probability: u8, _: usize, value: bool) {
        self.bit(probability, value);
    }

    #[inline]
    fn fixed(&mut self, probability: u8, value: bool) {
        self.bit(probability, value);
    }
}

/// How often each bit of a kind of block was 0 and 1.
#[derive(Clone)]
pub(super) struct Counts([[u32; 2]; 8 * 3 * 11]);

impl Default for Counts {
    fn default() -> Self {
        Self([[0; 2]; 8 * 3 * 11])
    }
}

impl Sink for Counts {
    #[inline]
    fn place(&mut self, _: u8, place: usize, value: bool) {
        if let Some([zeros, ones]) = self.0.get_mut(place) {
            *if value { ones } else { zeros } += 1;
        }
    }

    #[inline]
    fn fixed(&mut self, _: u8, _: bool) {}
}

/// The probability of 0 that suits such counts.
pub(super) fn probability([zeros, ones]: [u32; 2]) -> u8 {
    let (zeros, all) = (u64::from(zeros), u64::from(zeros) + u64::from(ones));
    if all == 0 {
        return 128;
    }
    u8::try_from(((zeros * 256 + all / 2) / all).clamp(1, 255)).unwrap_or(255)
}

/// The probabilities that are worth being told, for the others those that there are without.
pub(super) fn probabilities(counts: &[Counts; 4]) -> Probabilities {
    let mut result = COEFFICIENTS;
    let places = result.as_flattened_mut().as_flattened_mut().as_flattened_mut().iter_mut();
    let updates = COEFFICIENT_UPDATES.as_flattened().as_flattened().as_flattened();
    let counts = counts.iter().flat_map(|kind| kind.0);
    for ((place, update), [zeros, ones]) in places.zip(updates).zip(counts) {
        let better = probability([zeros, ones]);
        let cost = |p: u8| {
            u64::from(zeros) * u64::from(bit(p, false)) + u64::from(ones) * u64::from(bit(p, true))
        };
        // 8 bits for its value.
        let told = cost(better) + u64::from(bit(*update, true)) + 8 * 256;
        if told < cost(*place) + u64::from(bit(*update, false)) {
            *place = better;
        }
    }
    result
}

/// Writes which probabilities are not those of the specification (section 13.4).
pub(super) fn write_probabilities(bits: &mut BoolEncoder, probabilities: &Probabilities) {
    let all = probabilities.as_flattened().as_flattened().as_flattened();
    let before = COEFFICIENTS.as_flattened().as_flattened().as_flattened();
    let updates = COEFFICIENT_UPDATES.as_flattened().as_flattened().as_flattened();
    for ((probability, before), update) in all.iter().zip(before).zip(updates) {
        bits.bit(*update, probability != before);
        if probability != before {
            bits.number(*probability, 8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cost::{self, AllCosts};
    use super::super::kind::Kind;
    use super::*;

    #[test]
    fn a_level_costs_what_its_bits_do() {
        struct Sum(u32);
        impl Sink for Sum {
            fn place(&mut self, probability: u8, _: usize, value: bool) {
                self.0 += bit(probability, value);
            }
            fn fixed(&mut self, probability: u8, value: bool) {
                self.0 += bit(probability, value);
            }
        }

        let all = AllCosts::new(&COEFFICIENTS);
        for kind in Kind::ALL {
            for context in 0..3 {
                for level in (0..80).chain([500, 2047]) {
                    for levels in [[level; 16], {
                        let mut one = [0; 16];
                        one[7] = -level;
                        one
                    }] {
                        let first = usize::from(kind == Kind::LumaAfterFirst);
                        let mut sum = Sum(0);
                        let probabilities = &COEFFICIENTS[kind as usize];
                        block(&levels, first, context, probabilities, &mut sum);
                        assert_eq!(
                            cost::block(all.of(kind), &levels, first, context),
                            sum.0,
                            "{level}"
                        );
                    }
                }
            }
        }
    }
}
