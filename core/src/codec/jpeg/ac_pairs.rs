//! AC coefficients (T.81, F.2.2.2), one or two at a look.

use super::ac_skip::AcSkip;
use super::bitstream::Bits;
use super::huffman::{Special, Steps};

/// Bits that pairs are looked up by.
const PAIR_LOOKUP: u32 = 11;

pub(super) type PairEntries = [Pair; 1 << PAIR_LOOKUP];

/// One or two AC coefficients, or none, a byte for each: all their bits, at most [`PAIR_LOOKUP`]; how far they advance,
/// and [`Pair::END`] more if the block ends after them; how far the last advances beyond the one before it, 0 if
/// it is alone; and the values of both, 0 where there is none. In one number, because one load is faster than five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair(u64);

impl Pair {
    const END: u8 = 128;
    const NOTHING: Self = Self::of(0, 0, 0, 0, 0);
    /// The table does not know; further than any block reaches.
    const NONE: Self = Self::of(0, 64, 0, 0, 0);

    const fn of(bits: u8, advance: u8, beyond: u8, last: i8, before: i8) -> Self {
        let (last, before) = (last.cast_unsigned(), before.cast_unsigned());
        Self(u64::from_le_bytes([bits, advance, beyond, last, before, 0, 0, 0]))
    }

    /// What a look at `bits` tells of.
    fn within(bits: u32, steps: Steps<'_>) -> Self {
        let mut pair = Self::NOTHING;
        loop {
            let left = bits << (16 - PAIR_LOOKUP + u32::from(pair.bits())) & 0xFFFF;
            let left = Bits::of(u64::from(left) << 48);
            let step = steps.next(&left);
            let [used, ..] = step.bits().to_le_bytes();
            let known = u32::from(pair.bits() + used) <= PAIR_LOOKUP;
            match step.special() {
                Some(Special::Eob(_)) if known => return pair.ended(used),
                None if known && !pair.is_full() => {
                    // What has so few bits fits.
                    let (Ok(advance), Ok(value)) =
                        (u8::try_from(step.run() + 1), i8::try_from(step.value(&left)))
                    else {
                        return Self::NONE;
                    };
                    pair = pair.with(used, advance, value);
                }
                _ if pair.bits() == 0 => return Self::NONE,
                _ => return pair,
            }
        }
    }

    #[inline(always)]
    const fn bits(self) -> u8 {
        let [bits, ..] = self.0.to_le_bytes();
        bits
    }

    #[inline(always)]
    const fn advance(self) -> u8 {
        let [_, advance, ..] = self.0.to_le_bytes();
        advance
    }

    const fn is_full(self) -> bool {
        let [_, _, beyond, ..] = self.0.to_le_bytes();
        beyond > 0
    }

    /// With one more coefficient, the second at the most.
    const fn with(self, bits: u8, advance: u8, value: i8) -> Self {
        let [.., last, _, _, _, _] = self.0.to_le_bytes();
        let beyond = if self.advance() == 0 { 0 } else { advance };
        let advance = self.advance() + advance;
        Self::of(self.bits() + bits, advance, beyond, value, last.cast_signed())
    }

    const fn ended(self, bits: u8) -> Self {
        let [before, advance, beyond, last, first, ..] = self.0.to_le_bytes();
        let advance = advance + Self::END;
        Self::of(before + bits, advance, beyond, last.cast_signed(), first.cast_signed())
    }

    /// Adds both, of which the last is at `place`.
    #[inline(always)]
    fn add_to(self, place: u32, add: &mut impl FnMut(u32, i32)) {
        let [_, _, beyond, last, before, ..] = self.0.to_le_bytes();
        add(place - u32::from(beyond), before.cast_signed().into());
        add(place, last.cast_signed().into());
    }
}

/// Reads AC coefficients: by the next bits, a [`Pair`].
#[derive(Clone, Copy)]
pub(super) struct AcPairs<'t> {
    entries: &'t PairEntries,
    steps: Steps<'t>,
}

impl<'t> AcPairs<'t> {
    pub(super) const fn new(entries: &'t PairEntries, steps: Steps<'t>) -> Self {
        Self { entries, steps }
    }

    /// The table for a Huffman table's steps.
    pub(super) fn entries(steps: Steps<'_>) -> Box<PairEntries> {
        let mut pairs = Box::new([Pair::NONE; 1 << PAIR_LOOKUP]);
        for (bits, pair) in (0..).zip(pairs.iter_mut()) {
            *pair = Pair::within(bits, steps);
        }
        pairs
    }

    /// Reads the AC coefficients of a block: `add` gets each one's place in zigzag order, 78 at the most in a corrupt
    /// file, and its value; also 0 for no coefficient at all. Returns a place after which there is none, 0 if
    /// all are 0.
    #[inline(always)]
    pub(super) fn block(&self, bits: &mut Bits<'_>, add: impl FnMut(u32, i32)) -> u32 {
        match self.until::<63>(bits, add) {
            Until::End(last) => last,
            Until::Reached(_) => 63,
        }
    }

    /// Reads to the end of the block, or until a coefficient has the place `LAST`, or one after it.
    #[inline(always)]
    fn until<const LAST: u32>(&self, bits: &mut Bits<'_>, mut add: impl FnMut(u32, i32)) -> Until {
        let mut at = 0;
        'refilled: loop {
            bits.refill();
            for _ in 0..4 {
                let pair = self.entries.get(bits.peek::<PAIR_LOOKUP>()).copied();
                let pair = pair.unwrap_or(Pair::NONE);
                let next = at + u32::from(pair.advance());
                if next >= LAST {
                    // An end, unless the block was at its end before it.
                    let ended = next.wrapping_sub(Pair::END.into());
                    let place = if ended < 63 { ended } else { next };
                    if place < 63 {
                        pair.add_to(place, &mut add);
                        bits.skip(pair.bits().into());
                        let is_end = place == ended;
                        return if is_end { Until::End(place) } else { Until::Reached(place) };
                    }
                    bits.refill();
                    let step = self.steps.next(bits);
                    let value = step.value(bits);
                    bits.skip(step.bits());
                    match step.special() {
                        None => {
                            at += step.run() + 1;
                            add(at, value);
                        }
                        Some(Special::Eob(_)) => return Until::End(at),
                        Some(Special::Zrl) => at += 16,
                    }
                    if at >= LAST {
                        return Until::Reached(at);
                    }
                    continue 'refilled;
                }
                pair.add_to(next, &mut add);
                bits.skip(pair.bits().into());
                at = next;
            }
        }
    }
}

/// How far [`AcPairs::until`] came.
enum Until {
    /// To the block's end, which is after this place.
    End(u32),
    /// To this place, and the block goes on, unless that is its last.
    Reached(u32),
}

/// Reads the leading AC coefficients of a block and skips the others.
#[derive(Clone, Copy)]
pub(super) struct LeadingAc<'t> {
    pairs: AcPairs<'t>,
    skip: AcSkip<'t>,
}

impl<'t> LeadingAc<'t> {
    pub(super) const fn new(pairs: AcPairs<'t>, skip: AcSkip<'t>) -> Self {
        Self { pairs, skip }
    }

    /// As [`AcPairs::block`], but after the place `LAST` nothing is sure to be read.
    #[inline(always)]
    pub(super) fn block<const LAST: u32>(&self, bits: &mut Bits<'_>, add: impl FnMut(u32, i32)) {
        if let Until::Reached(last) = self.pairs.until::<LAST>(bits, add) {
            self.skip.after(last, bits);
        }
    }
}
