//! Levels chosen by rate and distortion: of all ways to keep a block's coefficients or not, the one whose distortion, at its
//! worth in bits, and bits are together the least.
//!
//! A path through a block visits the coefficients that are kept. What a step costs depends on where the last one stood and not
//! on how it was reached, so the best path to each coefficient is found from the best paths to those before it (Viterbi).
//! Distortion is counted against a block without coefficients: what is skipped costs nothing.

use wide::i16x8;

use super::forward_dct::{Block, SCALE};
use super::quantisation::Quantiser;
use super::rates::Rates;

/// Bits that no choice of levels saves: a coefficient that is worth more is kept.
const DECIDED: f32 = 24.0;

/// The places in zigzag order whose values are beyond their bound.
#[inline(always)]
pub(super) fn beyond(block: &Block, bounds: &[i16; 64]) -> u64 {
    let mut mask = 0;
    let lanes = block.as_chunks::<8>().0.iter().zip(bounds.as_chunks::<8>().0).rev();
    for (values, bounds) in lanes {
        let above = i16x8::new(*values).abs().simd_gt(i16x8::new(*bounds));
        mask = mask << 8 | u64::from(above.to_bitmask());
    }
    mask
}

/// The best path to a coefficient.
#[derive(Clone, Copy, Default)]
struct Node {
    cost: f32,
    at: u8,
    previous: u8,
    level: i16,
    decided: bool,
}

/// Chooses the levels of the AC coefficients of a block. `weight` scales the worth of distortion.
#[inline]
pub(super) fn choose_ac(block: &mut Block, quantiser: &Quantiser, rates: &Rates, weight: f32) {
    let mut left = beyond(block, &quantiser.dead) & !1;
    let mut nodes = [Node::default(); 64];
    let mut count = 0_u8;
    while left != 0 {
        let at = left.trailing_zeros() as u8;
        left &= left - 1;
        let place = usize::from(at);
        let value = block.get(place & 63).copied().unwrap_or_default();
        let magnitude = u32::from(value.unsigned_abs());
        let level = quantiser.level(place, magnitude);
        let (step, worth) = (quantiser.step(place) as f32, quantiser.worth(place) * weight);
        let change = |level: u32| {
            let kept = level as f32 * step;
            kept * (kept - 2.0 * magnitude as f32) * worth
        };
        let mut best = Node { at, level: level as i16, cost: f32::MAX, ..Node::default() };
        let gain = change(level);
        best.decided = gain < -DECIDED;
        reach(&mut best, &nodes, count, rates, gain, level);
        // One less is worth a thought where it has a bit less.
        if level > 1 && level.is_power_of_two() {
            let mut lower = Node { cost: f32::MAX, level: (level - 1) as i16, ..best };
            reach(&mut lower, &nodes, count, rates, change(level - 1), level - 1);
            if lower.cost < best.cost {
                best = lower;
            }
        }
        if value < 0 {
            best.level = -best.level;
        }
        count += 1;
        if let Some(node) = nodes.get_mut(usize::from(count) & 63) {
            *node = best;
        }
    }
    let eob = rates.ac(0);
    let (mut last, mut least) = (0, f32::MAX);
    let mut number = count;
    loop {
        let node = nodes.get(usize::from(number) & 63).copied().unwrap_or_default();
        let cost = if node.at == 63 { node.cost } else { node.cost + eob };
        if cost < least {
            (last, least) = (number, cost);
        }
        if node.decided || number == 0 {
            break;
        }
        number -= 1;
    }
    let [dc, ..] = *block;
    *block = [0; 64];
    if let [first, ..] = block {
        *first = dc;
    }
    while last > 0 {
        let node = nodes.get(usize::from(last) & 63).copied().unwrap_or_default();
        if let Some(to) = block.get_mut(usize::from(node.at) & 63) {
            *to = node.level;
        }
        last = node.previous;
    }
}

#[inline(always)]
fn reach(node: &mut Node, nodes: &[Node; 64], count: u8, rates: &Rates, gain: f32, level: u32) {
    let size = (32 - level.leading_zeros()) as usize;
    let zrl = rates.ac(0xF0);
    let mut number = count;
    loop {
        let from = nodes.get(usize::from(number) & 63).copied().unwrap_or_default();
        let run = usize::from(node.at.wrapping_sub(from.at).wrapping_sub(1));
        let mut cost = from.cost + gain + rates.ac((run & 15) << 4 | size);
        if run > 15 {
            cost += (run >> 4) as f32 * zrl;
        }
        if cost < node.cost {
            (node.cost, node.previous) = (cost, number);
        }
        if from.decided || number == 0 {
            break;
        }
        number -= 1;
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
    // The standard gives square roots to the last bit.
    (2.0 * USUAL / (USUAL + energy)).sqrt().sqrt()
}
