//! AC coefficients (T.81, F.2.2.2) that nobody needs, several at a look.

use super::bitstream::Bits;
use super::huffman::{LOOKUP, Special, Step, Steps};

/// Bits that skips are looked up by.
const SKIP_LOOKUP: u32 = 12;

pub(super) type SkipEntries = [u16; 1 << SKIP_LOOKUP];

/// By the next bits, several AC coefficients to skip: the bits of all in the lower byte, 27 at the most, and how far
/// they advance in the upper: up to 63, [`AcSkip::END`] more if the end of the block is the last of them.
#[derive(Clone, Copy)]
pub(super) struct AcSkip<'t> {
    entries: &'t SkipEntries,
    steps: Steps<'t>,
}

impl<'t> AcSkip<'t> {
    const END: u32 = 128;
    /// The table does not know; further than any block reaches.
    const NONE: u32 = 64;

    pub(super) const fn new(entries: &'t SkipEntries, steps: Steps<'t>) -> Self {
        Self { entries, steps }
    }

    /// The table for a Huffman table's steps.
    pub(super) fn entries(steps: Steps<'_>) -> Box<SkipEntries> {
        let mut skips = Box::new([0; 1 << SKIP_LOOKUP]);
        for (bits, skip) in (0..).zip(skips.iter_mut()) {
            *skip = Self::within(bits, steps);
        }
        skips
    }

    /// As many coefficients to skip as a look at `bits` tells of.
    fn within(bits: u32, steps: Steps<'_>) -> u16 {
        let (mut used, mut advance) = (0, 0);
        while used < SKIP_LOOKUP {
            let left = bits << (16 - SKIP_LOOKUP + used) & 0xFFFF;
            let step = match steps.entry((left >> (16 - LOOKUP)) as usize) {
                Step::LONG => steps.long(left as usize),
                step => step,
            };
            let code = step.bits() >> 16 & 0xFF;
            let (end, zeros) = match step.special() {
                None => (false, step.run() + 1),
                Some(Special::Eob(_)) => (true, 0),
                Some(Special::Zrl) => (false, 16),
            };
            if used + code > SKIP_LOOKUP || advance + zeros > 63 {
                break;
            }
            used += step.bits() & 63;
            advance += zeros;
            if end {
                advance += Self::END;
                break;
            }
        }
        if used == 0 {
            advance = Self::NONE;
        }
        u16::try_from(advance << 8 | used).unwrap_or_default()
    }

    /// AcSkip the AC coefficients of a block.
    #[inline(always)]
    pub(super) fn block(&self, bits: &mut Bits<'_>) {
        self.after(0, bits);
    }

    /// AcSkip those after a place in zigzag order.
    #[inline(always)]
    pub(super) fn after(&self, last: u32, bits: &mut Bits<'_>) {
        let mut at = last + 1;
        if at < 64 {
            // Most blocks end here, before there is a loop, in which a sandbox looks at its clock.
            at = self.some(at, bits);
            while at < 64 {
                at = self.some(at, bits);
            }
        }
    }

    /// AcSkip some of those from a place on; the next place, 64 or more after the last.
    #[inline(always)]
    fn some(&self, mut at: u32, bits: &mut Bits<'_>) -> u32 {
        bits.refill();
        for _ in 0..2 {
            let entry = self.entries.get(bits.peek::<SKIP_LOOKUP>()).copied();
            let entry = u32::from(entry.unwrap_or_default());
            let next = at + (entry >> 8);
            if next >= 64 {
                // An end, unless the block was at its end before it.
                if (Self::END..Self::END + 64).contains(&next) {
                    bits.skip(entry);
                    return 64;
                }
                bits.refill();
                let step = self.steps.next(bits);
                bits.skip(step.bits());
                return match step.special() {
                    None => at + step.run() + 1,
                    Some(Special::Eob(_)) => 64,
                    Some(Special::Zrl) => at + 16,
                };
            }
            bits.skip(entry);
            at = next;
        }
        at
    }
}
