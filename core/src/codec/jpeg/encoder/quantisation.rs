//! Quantisation tables for a quality, and what quantising needs of them.
//!
//! The tables are those of T.81, annex K.1, made flatter: what is left of high frequencies is worth more to SSIMULACRA2 than
//! what they cost, and so is chroma. In turn they are coarser as a whole. A quality has the score that libjpeg reaches with it,
//! at the median of photographs, in fewer bytes.

use wide::i16x8;

use super::super::idct::ZIGZAG;
use super::forward_dct::{Block, SCALE};

/// The steps of luma at quality 50, in quarters and in natural order: table K.1 to the power of 0.43, and half of that for DC.
#[rustfmt::skip]
const LUMA: [u8; 64] = [
     32,  54,  52,  64,  76,  95, 105, 114,
     57,  57,  60,  69,  79, 111, 113, 109,
     60,  59,  64,  76,  95, 111, 120, 110,
     60,  66,  73,  83, 105, 133, 128, 115,
     67,  73,  92, 110, 119, 146, 143, 126,
     76,  90, 109, 116, 129, 143, 148, 136,
    104, 116, 126, 133, 143, 153, 152, 141,
    122, 136, 138, 140, 148, 141, 143, 140,
];

/// The steps of chroma at quality 50, likewise: 0.7 of table K.2 to the power of 0.4, and less for DC.
#[rustfmt::skip]
const CHROMA: [u8; 64] = [
     31,  47,  53,  69,  93,  93,  93,  93,
     47,  50,  54,  79,  93,  93,  93,  93,
     53,  54,  74,  93,  93,  93,  93,  93,
     69,  79,  93,  93,  93,  93,  93,  93,
     93,  93,  93,  93,  93,  93,  93,  93,
     93,  93,  93,  93,  93,  93,  93,  93,
     93,  93,  93,  93,  93,  93,  93,  93,
     93,  93,  93,  93,  93,  93,  93,  93,
];

/// The highest level of the AC coefficients of 8-bit samples (T.81, F.1.2.2). DC stays within it, too.
pub(super) const HIGHEST: u32 = 1023;

/// A quantisation table, in zigzag order, in the forms that it is used in.
#[derive(Clone, Debug)]
pub(super) struct Quantiser {
    pub(super) steps: [u8; 64],
    /// The largest coefficients that become 0, in parts of [`SCALE`].
    pub(super) dead: [i16; 64],
    /// 2^20 divided by the step in parts of [`SCALE`].
    inverse: [u32; 64],
    /// What the square of an error in parts of [`SCALE`] is worth, in bits.
    worth: [f32; 64],
}

impl Quantiser {
    /// The table of luma, number 0, or of chroma, number 1, for a quality from 1 to 100. `halved` chroma has a sample for
    /// 2 x 2 pixels.
    pub(super) fn new(table: u8, quality: u8, halved: bool) -> Self {
        let natural = if table == 0 { &LUMA } else { &CHROMA };
        let Tuning { chroma, percent, worth } = if halved { HALVED } else { FULL };
        let factor = if table == 0 { percent } else { percent * chroma };
        let worth = worth.get(usize::from(table)).copied().unwrap_or_default();
        let mut steps = [1; 64];
        for (to, place) in steps.iter_mut().zip(ZIGZAG) {
            let at_50 = natural.get(usize::from(place)).copied().unwrap_or_default();
            *to = step(u32::from(at_50) * factor, quality);
        }
        let scaled = |step: u8| u32::from(step) * SCALE.unsigned_abs();
        let mut worth = steps.map(|step| worth / (scaled(step) * scaled(step)) as f32);
        let [dc, ..] = &mut worth;
        *dc *= DC_WORTH;
        Self {
            steps,
            dead: steps.map(|step| i16::try_from(scaled(step) / 2).unwrap_or(i16::MAX)),
            inverse: steps.map(|step| ((1 << 20) + scaled(step) / 2) / scaled(step)),
            worth,
        }
    }

    /// The nearest level to the magnitude of a coefficient, by its place in zigzag order.
    #[inline(always)]
    pub(super) fn level(&self, at: usize, magnitude: u32) -> u32 {
        let inverse = self.inverse.get(at & 63).copied().unwrap_or_default();
        (magnitude.wrapping_mul(inverse).wrapping_add(1 << 19) >> 20).min(HIGHEST)
    }

    /// The nearest level to a coefficient.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "at most HIGHEST")]
    pub(super) fn signed_level(&self, at: usize, value: i16) -> i16 {
        let level = self.level(at, value.unsigned_abs().into()) as i16;
        if value < 0 { -level } else { level }
    }

    /// The nearest levels to a block's coefficients.
    pub(super) fn nearest(&self, block: &Block) -> Block {
        let mut levels = [0; 64];
        let mut left = beyond(block, &self.dead);
        while left != 0 {
            let at = left.trailing_zeros() as usize & 63;
            left &= left - 1;
            let value = block.get(at).copied().unwrap_or_default();
            if let Some(to) = levels.get_mut(at) {
                *to = self.signed_level(at, value);
            }
        }
        levels
    }

    /// The step in parts of [`SCALE`].
    #[inline(always)]
    pub(super) fn step(&self, at: usize) -> i32 {
        i32::from(self.steps.get(at & 63).copied().unwrap_or_default()) * SCALE
    }

    /// What the square of an error in parts of [`SCALE`] is worth, in bits.
    #[inline(always)]
    pub(super) fn worth(&self, at: usize) -> f32 {
        self.worth.get(at & 63).copied().unwrap_or_default()
    }
}

/// The places in zigzag order whose values are beyond their bound.
#[inline(always)]
pub(super) fn beyond(block: &Block, bounds: &[i16; 64]) -> u64 {
    let lanes = block.as_chunks::<8>().0.iter().zip(bounds.as_chunks::<8>().0).rev();
    lanes.fold(0, |mask, (values, bounds)| {
        let above = i16x8::new(*values).abs().simd_gt(i16x8::new(*bounds));
        mask << 8 | u64::from(above.to_bitmask())
    })
}

/// What depends on how many samples of chroma there are.
struct Tuning {
    /// By how much the steps of chroma are larger than its table says.
    chroma: u32,
    /// By how much all steps are larger.
    percent: u32,
    /// What the square of an error of one step is worth, in bits; of luma and chroma. Distortion is weighed by steps and not by
    /// itself: that is how much of it each frequency is to have.
    worth: [f32; 2],
}

const HALVED: Tuning = Tuning { chroma: 1, percent: 100, worth: [14.7, 33.0] };
const FULL: Tuning = Tuning { chroma: 2, percent: 94, worth: [19.0, 23.0] };

/// A wrong DC coefficient shows more: blocks do not meet.
const DC_WORTH: f32 = 2.0;

/// The step at a quality, from the one at quality 50 in four-hundredths: libjpeg's scale, times 1.08 at the lowest quality and
/// 2.03 at the highest, by which these tables are coarser at equal scores.
fn step(at_50: u32, quality: u8) -> u8 {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    let thousandths = percent * (1080 + 95 * quality * quality / 1000);
    let step = (u64::from(at_50) * u64::from(thousandths) + 20_000_000) / 40_000_000;
    u8::try_from(step.max(1)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_fall_with_quality_to_1() {
        for (table, halved) in [(0, false), (0, true), (1, false), (1, true)] {
            let mut before = [255; 64];
            for quality in 1..=100 {
                let Quantiser { steps, .. } = Quantiser::new(table, quality, halved);
                assert!(steps.iter().zip(before).all(|(step, before)| *step <= before));
                before = steps;
            }
            assert_eq!(before, [1; 64]);
        }
    }

    #[test]
    fn levels_are_the_nearest() {
        for quality in [1, 30, 75, 90, 100] {
            let quantiser = Quantiser::new(0, quality, true);
            for (at, step) in quantiser.steps.into_iter().enumerate() {
                for value in (0..16_384).step_by(13) {
                    let scaled = f64::from(step) * 16.0;
                    let off =
                        f64::from(value) / scaled - f64::from(quantiser.signed_level(at, value));
                    assert!(off.abs() < 0.51 || value > 16_367, "{value} / {scaled}: {off}");
                    assert_eq!(
                        quantiser.signed_level(at, -value),
                        -quantiser.signed_level(at, value)
                    );
                }
            }
        }
    }
}
