//! Levels chosen by rate and distortion: of all ways to keep a block's coefficients or not, the one whose distortion, at its
//! worth in bits, and bits are together the least.
//!
//! A path through a block visits the coefficients that are kept. What a step costs depends on where the last one stood and not
//! on how it was reached, so the best path to each coefficient is found from the best paths to those before it (Viterbi).
//! Distortion is counted against a block without coefficients: what is skipped costs nothing.

use super::forward_dct::{Block, SCALE};
use super::quantisation::{Quantiser, beyond};
use super::rates::Rates;

/// Bits that no choice of levels saves: a coefficient that is worth more is kept.
const DECIDED: f32 = 48.0;

/// The symbol that ends a block, and the one for 16 zeros (T.81, F.1.2.2.1).
const EOB: usize = 0;
const ZRL: usize = 0xF0;

/// The best path to a coefficient.
#[derive(Clone, Copy, Default)]
struct Node {
    /// In bits.
    cost: f32,
    level: i16,
    /// Its place in zigzag order.
    at: u8,
    /// The number of the node before it.
    previous: u8,
}

/// The best paths so far. The first node is the start, where no coefficient is kept; the others are coefficients, in their order.
struct Paths<'r> {
    nodes: [Node; 64],
    count: u8,
    /// Every path leads through this node.
    from: u8,
    rates: &'r Rates,
}

/// Chooses the levels of the AC coefficients of a block. `weight` scales the worth of distortion.
#[inline]
pub(super) fn choose_ac(block: &mut Block, quantiser: &Quantiser, rates: &Rates, weight: f32) {
    let mut left = beyond(block, &quantiser.dead) & !1;
    let mut paths = Paths { nodes: [Node::default(); 64], count: 1, from: 0, rates };
    while left != 0 {
        let place = left.trailing_zeros() as usize & 63;
        left &= left - 1;
        let value = block.get(place).copied().unwrap_or_default();
        let level = quantiser.signed_level(place, value);
        let (step, worth) = (quantiser.step(place) as f32, quantiser.worth(place) * weight);
        // Negative: what is kept distorts less than what is not.
        let distortion = |level: i16| {
            let kept = f32::from(level) * step;
            kept * (kept - 2.0 * f32::from(value)) * worth
        };
        let mut best = paths.to(place, level, distortion(level));
        // One less is worth a thought where its symbol is another.
        if level.unsigned_abs() > 1 && level.unsigned_abs().is_power_of_two() {
            let lower = level - level.signum();
            let lower = paths.to(place, lower, distortion(lower));
            if lower.cost < best.cost {
                best = lower;
            }
        }
        paths.add(best);
        if distortion(level) < -DECIDED {
            paths.from = paths.count - 1;
        }
    }
    let [dc, ..] = *block;
    *block = [0; 64];
    let [first, ..] = block;
    *first = dc;
    paths.last().take(block);
}

impl Paths<'_> {
    #[inline(always)]
    fn node(&self, number: u8) -> Node {
        self.nodes.get(usize::from(number) & 63).copied().unwrap_or_default()
    }

    #[inline(always)]
    fn add(&mut self, node: Node) {
        if let Some(to) = self.nodes.get_mut(usize::from(self.count) & 63) {
            *to = node;
            self.count += 1;
        }
    }

    /// The nodes that a path can come from, with their numbers.
    #[inline(always)]
    fn origins(&self) -> impl Iterator<Item = (u8, Node)> {
        (self.from..self.count).map(|number| (number, self.node(number)))
    }

    /// The best path to a coefficient with this level.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "a place is below 64")]
    fn to(&self, place: usize, level: i16, distortion: f32) -> Node {
        let size = (16 - level.unsigned_abs().leading_zeros()) as usize;
        let mut best = Node { cost: f32::MAX, level, at: place as u8, previous: 0 };
        for (number, from) in self.origins() {
            let run = place.wrapping_sub(usize::from(from.at)).wrapping_sub(1);
            let mut cost = from.cost + self.rates.ac((run & 15) << 4 | size);
            if run > 15 {
                cost += (run >> 4) as f32 * self.rates.ac(ZRL);
            }
            if cost < best.cost {
                (best.cost, best.previous) = (cost, number);
            }
        }
        best.cost += distortion;
        best
    }

    /// Ends the best path.
    #[inline(always)]
    fn last(self) -> Path {
        let mut best = (f32::MAX, 0);
        for (number, node) in self.origins() {
            // No EOB follows the last coefficient of all.
            let cost = if node.at == 63 { node.cost } else { node.cost + self.rates.ac(EOB) };
            if cost < best.0 {
                best = (cost, number);
            }
        }
        Path { nodes: self.nodes, last: best.1 }
    }
}

/// A whole path through a block.
struct Path {
    nodes: [Node; 64],
    last: u8,
}

impl Path {
    /// Sets the levels that it keeps.
    #[inline(always)]
    fn take(&self, block: &mut Block) {
        let mut number = self.last;
        while number > 0 {
            let node = self.nodes.get(usize::from(number) & 63).copied().unwrap_or_default();
            if let Some(to) = block.get_mut(usize::from(node.at) & 63) {
                *to = node.level;
            }
            number = node.previous;
        }
    }
}

/// What an error in a block is worth against one in a block of little contrast: where there is much, it hides.
#[inline(always)]
pub(super) fn masking(block: &Block) -> f32 {
    /// The mean square of a block's AC coefficients, in parts of [`SCALE`], at which the worth is 1.
    const USUAL: f32 = 50.0 * (SCALE * SCALE) as f32;
    let square = |value: &i16| f32::from(*value) * f32::from(*value);
    let mut sums = [0.0; 8];
    for values in block.as_chunks::<8>().0 {
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += square(value));
    }
    let dc = block.first().map_or(0.0, square);
    let energy = (sums.iter().sum::<f32>() - dc).max(0.0) / 63.0;
    // A square root is right to the last bit on every machine (IEEE 754).
    (2.0 * USUAL / (USUAL + energy)).sqrt().sqrt()
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "test code")]
mod tests {
    use super::super::code::Counts;
    use super::super::rates::Statistics;
    use super::*;

    struct Random(u32);

    impl Random {
        fn below(&mut self, below: u32) -> u32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 16) % below
        }
    }

    /// What levels cost: their bits, and distortion at its worth.
    fn cost(levels: &Block, block: &Block, quantiser: &Quantiser, rates: &Rates) -> f64 {
        let (mut cost, mut run) = (0.0, 0);
        for at in 1..64 {
            let error = i32::from(levels[at]) * quantiser.step(at) - i32::from(block[at]);
            cost += f64::from(error).powi(2) * f64::from(quantiser.worth(at));
            if levels[at] == 0 {
                run += 1;
            } else {
                let size = (16 - levels[at].unsigned_abs().leading_zeros()) as usize;
                cost += f64::from(rates.ac((run % 16) << 4 | size));
                cost += (run / 16) as f64 * f64::from(rates.ac(ZRL));
                run = 0;
            }
        }
        if run > 0 { cost + f64::from(rates.ac(EOB)) } else { cost }
    }

    #[test]
    fn no_other_choice_of_coefficients_costs_less() {
        let mut random = Random(3);
        for round in 0..300 {
            let quantiser = Quantiser::new(0, 60, true);
            let mut ac: Counts = [0; 256];
            ac.iter_mut().for_each(|count| *count = random.below(1000));
            let rates = Rates::new(&Statistics { dc: [0; 256], ac });
            let mut block = [0; 64];
            let places: Vec<usize> = (0..8).map(|_| 1 + random.below(63) as usize).collect();
            for at in &places {
                let bound = 5 * quantiser.step(*at).unsigned_abs() / 2;
                block[*at] = random.below(2 * bound) as i16 - bound as i16;
            }
            let nearest = quantiser.nearest(&block);
            let least = (0..1 << places.len()).map(|kept: u32| {
                let mut levels = [0; 64];
                for (bit, at) in places.iter().enumerate() {
                    if kept >> bit & 1 == 1 {
                        levels[*at] = nearest[*at];
                    }
                }
                cost(&levels, &block, &quantiser, &rates)
            });
            let least = least.fold(f64::MAX, f64::min);
            let mut chosen = block;
            choose_ac(&mut chosen, &quantiser, &rates, 1.0);
            let found = cost(&chosen, &block, &quantiser, &rates);
            // Less where a level is one lower.
            assert!(found < least + 0.01, "round {round}: {found} {least}");
        }
    }

    #[test]
    fn a_block_keeps_its_dc_and_what_is_large() {
        let rates = Rates::new(&Statistics { dc: [9; 256], ac: [9; 256] });
        let quantiser = Quantiser::new(1, 40, true);
        let mut block = [0; 64];
        (block[0], block[1], block[62], block[63]) = (-77, -16_000, 1, 16_000);
        let nearest = quantiser.nearest(&block);
        choose_ac(&mut block, &quantiser, &rates, 1.0);
        assert_eq!(block, {
            let mut levels = nearest;
            levels[0] = -77;
            levels
        });
    }

    #[test]
    fn contrast_hides_errors() {
        let block = |ac: i16| {
            let mut block = [ac; 64];
            block[0] = 9000;
            masking(&block)
        };
        assert!(block(0) > 1.1 && block(300) < 0.9 && block(3000) < block(300));
    }
}
