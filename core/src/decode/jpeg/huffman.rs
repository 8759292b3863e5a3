//! Huffman tables (T.81, annex C and F.2.2.3) in the forms that decoding wants.

use super::bits::Bits;
use crate::error::{Error, Result};
use crate::inspect::Format;

// Bits that steps, pairs of them, and several to skip are looked up by. The tables have 8, 16 and 8 KiB: those that a file
// is read with stay in the first cache.
const LOOKUP: u32 = 11;
const PAIR_LOOKUP: u32 = 11;
const SKIP_LOOKUP: u32 = 12;

/// A table as a file defines it (T.81, B.2.4.2), for DC or AC.
#[derive(Clone, Debug)]
pub(super) struct Huffman {
    /// Of each length from 1: the first code that is beyond it, aligned to 16 bits, and what to add to a
    /// code for its symbol's place.
    limits: [(u32, i32); 16],
    symbols: Vec<u8>,
    /// Made when a scan first reads with the table: a file may define many more than it uses.
    steps: Option<Box<StepEntries>>,
    pairs: Option<Box<PairEntries>>,
    skips: Option<Box<SkipEntries>>,
}

type StepEntries = [Step; 1 << LOOKUP];
type PairEntries = [Pair; 1 << PAIR_LOOKUP];
type SkipEntries = [u16; 1 << SKIP_LOOKUP];

/// Reads step by step: by the next bits, a [`Step`].
#[derive(Clone, Copy)]
pub(super) struct Steps<'t> {
    entries: &'t StepEntries,
    table: &'t Huffman,
}

/// What a code says, a byte for each: how many bits it takes with those of the value behind it; the run of coefficients
/// that are 0 before it, or what it stands for instead of a value; how many bits the code has; and 63 less those of
/// the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step(u32);

/// What a code stands for instead of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    /// From here on the band has only zeros, in this block and in 2^n + (n bits) - 1 more (T.81, G.1.2.2); n is 0
    /// in a valid sequential file.
    End(u32),
    /// 16 coefficients that are 0.
    SixteenZeros,
}

impl Step {
    const SPECIAL: u32 = 32;
    /// The code is longer than the table is wide.
    const LONG: Self = Self((Self::SPECIAL + 16) << 8);

    const fn new(length: u32, symbol: u8) -> Self {
        let (run, size) = (symbol as u32 >> 4, symbol as u32 & 15);
        let run = if size == 0 { Self::SPECIAL + run } else { run };
        Self((63 - size) << 24 | length << 16 | run << 8 | (length + size))
    }

    /// All its bits, to be passed by; in the lower six.
    #[inline(always)]
    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    /// Coefficients that are 0 before this one, if it is not special.
    #[inline(always)]
    pub(super) const fn run(self) -> u32 {
        self.0 >> 8 & 0xFF
    }

    #[inline(always)]
    const fn is_special(self) -> bool {
        self.0 & Self::SPECIAL << 8 != 0
    }

    #[inline(always)]
    pub(super) const fn special(self) -> Option<Special> {
        if !self.is_special() {
            return None;
        }
        match self.run() - Self::SPECIAL {
            15 => Some(Special::SixteenZeros),
            exponent => Some(Special::End(exponent)),
        }
    }

    /// The value behind the code, of which nothing is read yet (T.81, F.2.2.1, EXTEND), if this is not special; or the
    /// difference, which may have no bits. No branch: whether it has some is nothing to be guessed.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "15 bits are left at the most")]
    pub(super) const fn value(self, bits: &Bits<'_>) -> i32 {
        let extra = bits.behind(self.0 >> 16);
        // All ones for a negative value, which begins with a 0 and has its bits inverted.
        let negative = !(extra.cast_signed() >> 63).cast_unsigned();
        let size = ((extra ^ negative) >> 1).wrapping_shr(self.0 >> 24) as i32;
        let negative = negative as i32;
        (size ^ negative) - negative
    }
}

impl Huffman {
    /// A table from the counts of each code length, 1 to 16, and the symbols in the order of their codes.
    ///
    /// # Errors
    /// 201 for counts that no code can have, or that do not fit the symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self> {
        let bad = |detail: &str| Error::corrupt(Format::Jpeg, format!("a Huffman table {detail}"));
        let total: usize = counts.iter().map(|count| usize::from(*count)).sum();
        if total > 256 || total > symbols.len() {
            return Err(bad("names more symbols than it has"));
        }
        let (mut code, mut index) = (0_u32, 0_i32);
        let mut limits = [(0, 0); 16];
        for ((length, count), limit) in (1_u32..).zip(counts).zip(&mut limits) {
            let offset = index - code.cast_signed();
            code += u32::from(*count);
            index += i32::from(*count);
            if code > 1 << length {
                return Err(bad("has more codes than their lengths can tell apart"));
            }
            *limit = (code << (16 - length), offset);
            code <<= 1;
        }
        let symbols = symbols.get(..total).unwrap_or_default().to_vec();
        Ok(Self { limits, symbols, steps: None, pairs: None, skips: None })
    }

    /// What single steps are read with, once it was made.
    pub(super) fn steps(&self) -> Option<Steps<'_>> {
        Some(Steps { entries: self.steps.as_deref()?, table: self })
    }

    /// What AC coefficients are read with, once it was made.
    pub(super) fn pairs(&self) -> Option<Pairs<'_>> {
        Some(Pairs { entries: self.pairs.as_deref()?, steps: self.steps()? })
    }

    /// What the first AC coefficients are read with and the others skipped, once [`Huffman::pairs`] and
    /// [`Huffman::skips`] were made.
    pub(super) fn firsts(&self) -> Option<Firsts<'_>> {
        Some(Firsts { pairs: self.pairs()?, skips: self.skips()? })
    }

    /// What AC coefficients are skipped with, once it was made.
    pub(super) fn skips(&self) -> Option<Skips<'_>> {
        Some(Skips { entries: self.skips.as_deref()?, steps: self.steps()? })
    }

    /// Makes what [`Huffman::steps`] gives.
    pub(super) fn make_steps(&mut self) {
        if self.steps.is_some() {
            return;
        }
        let mut entries = Box::new([Step::LONG; 1 << LOOKUP]);
        let mut symbols = self.symbols.iter();
        let mut at = 0;
        for (length, (limit, _)) in (1..=LOOKUP).zip(self.limits) {
            let span = 1 << (LOOKUP - length);
            while at < limit as usize >> (16 - LOOKUP)
                && let (Some(symbol), Some(to)) = (symbols.next(), entries.get_mut(at..at + span))
            {
                to.fill(Step::new(length, *symbol));
                at += span;
            }
        }
        self.steps = Some(entries);
    }

    /// Makes what [`Huffman::pairs`] gives, and [`Huffman::steps`].
    pub(super) fn make_pairs(&mut self) {
        self.make_steps();
        if self.pairs.is_none()
            && let Some(steps) = self.steps()
        {
            let mut pairs = Box::new([Pair::NONE; 1 << PAIR_LOOKUP]);
            for (bits, pair) in (0..).zip(pairs.iter_mut()) {
                *pair = steps.pair_within(bits);
            }
            self.pairs = Some(pairs);
        }
    }

    /// Makes what [`Huffman::skips`] gives, and [`Huffman::steps`].
    pub(super) fn make_skips(&mut self) {
        self.make_steps();
        if self.skips.is_none()
            && let Some(steps) = self.steps()
        {
            let mut skips = Box::new([0; 1 << SKIP_LOOKUP]);
            for (bits, skip) in (0..).zip(skips.iter_mut()) {
                *skip = steps.skips_within(bits);
            }
            self.skips = Some(skips);
        }
    }
}

impl Steps<'_> {
    #[inline(always)]
    fn entry(&self, bits: usize) -> Step {
        self.entries.get(bits).copied().unwrap_or(Step::LONG)
    }

    /// The next step, of which nothing is read yet. Its bits are there if 31 are.
    #[inline(always)]
    pub(super) fn next(&self, bits: &Bits<'_>) -> Step {
        let step = self.entry(bits.peek::<LOOKUP>());
        if step == Step::LONG { self.long(bits.peek::<16>()) } else { step }
    }

    /// The step of a code that is longer than the table is wide. One that stands for no symbol ends a block.
    #[cold]
    #[inline(never)]
    fn long(&self, bits: usize) -> Step {
        let bits = u32::try_from(bits).unwrap_or_default();
        let lengths = (1_u32..).zip(self.table.limits).skip(LOOKUP as usize);
        for (length, (limit, offset)) in lengths {
            if bits < limit {
                let place = (bits >> (16 - length)).cast_signed() + offset;
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                let symbol = self.table.symbols.get(place).copied();
                return Step::new(length, symbol.unwrap_or_default());
            }
        }
        Step::new(16, 0)
    }

    /// What a look at `bits` tells of; see [`Pairs`].
    fn pair_within(&self, bits: u32) -> Pair {
        let mut pair = Pair::NOTHING;
        loop {
            let left = bits << (16 - PAIR_LOOKUP + u32::from(pair.bits())) & 0xFFFF;
            let left = Bits::of(u64::from(left) << 48);
            let step = self.next(&left);
            let [used, ..] = step.0.to_le_bytes();
            let known = u32::from(pair.bits() + used) <= PAIR_LOOKUP;
            match step.special() {
                Some(Special::End(_)) if known => return pair.ended(used),
                None if known && !pair.is_full() => {
                    // What has so few bits fits.
                    let (Ok(advance), Ok(value)) =
                        (u8::try_from(step.run() + 1), i8::try_from(step.value(&left)))
                    else {
                        return Pair::NONE;
                    };
                    pair = pair.with(used, advance, value);
                }
                _ if pair.bits() == 0 => return Pair::NONE,
                _ => return pair,
            }
        }
    }

    /// As many coefficients to skip as a look at `bits` tells of; see [`Skips`].
    fn skips_within(&self, bits: u32) -> u16 {
        let (mut used, mut advance) = (0, 0);
        while used < SKIP_LOOKUP {
            let left = bits << (16 - SKIP_LOOKUP + used) & 0xFFFF;
            let step = match self.entry((left >> (16 - LOOKUP)) as usize) {
                Step::LONG => self.long(left as usize),
                step => step,
            };
            let code = step.bits() >> 16 & 0xFF;
            let (end, zeros) = match step.special() {
                None => (false, step.run() + 1),
                Some(Special::End(_)) => (true, 0),
                Some(Special::SixteenZeros) => (false, 16),
            };
            if used + code > SKIP_LOOKUP || advance + zeros > 63 {
                break;
            }
            used += step.bits() & 63;
            advance += zeros;
            if end {
                advance += Skips::END;
                break;
            }
        }
        if used == 0 {
            advance = Skips::NONE;
        }
        u16::try_from(advance << 8 | used).unwrap_or_default()
    }
}

/// One or two AC coefficients, or none, a byte for each: all their bits, at most [`PAIR_LOOKUP`]; how far they advance,
/// and [`Pair::END`] more if the block ends behind them; how far the last advances beyond the one before it, 0 if
/// it is alone; and the values of both, 0 where there is none. In one number, because one load is faster than five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair(u64);

impl Pair {
    const END: u8 = 128;
    const NOTHING: Self = Self::of(0, 0, 0, 0, 0);
    /// The table does not know; further than any block reaches.
    const NONE: Self = Self::of(0, 64, 0, 0, 0);

    const fn of(bits: u8, advance: u8, beyond: u8, last: i8, before: i8) -> Self {
        let (last, before) = (last.cast_unsigned(), before.cast_unsigned());
        Self(u64::from_le_bytes([bits, advance, beyond, last, before, 0, 0, 0]))
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
pub(super) struct Pairs<'t> {
    entries: &'t PairEntries,
    steps: Steps<'t>,
}

impl Pairs<'_> {
    /// Reads the AC coefficients of a block: `add` gets each one's place in zigzag order, 78 at the most in a corrupt
    /// file, and its value; also 0 for no coefficient at all. Returns a place behind which there is none, 0 if
    /// all are 0.
    #[inline(always)]
    pub(super) fn block(&self, bits: &mut Bits<'_>, add: impl FnMut(u32, i32)) -> u32 {
        match self.until::<63>(bits, add) {
            Until::End(last) => last,
            Until::Reached(_) => 63,
        }
    }

    /// Reads to the end of the block, or until a coefficient has the place `LAST`, or one behind it.
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
                        Some(Special::End(_)) => return Until::End(at),
                        Some(Special::SixteenZeros) => at += 16,
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

/// How far [`Pairs::until`] came.
enum Until {
    /// To the block's end, which is behind this place.
    End(u32),
    /// To this place, and the block goes on, unless that is its last.
    Reached(u32),
}

/// Reads the first AC coefficients of a block and skips the others.
#[derive(Clone, Copy)]
pub(super) struct Firsts<'t> {
    pairs: Pairs<'t>,
    skips: Skips<'t>,
}

impl Firsts<'_> {
    /// As [`Pairs::block`], but behind the place `LAST` nothing is sure to be read.
    #[inline(always)]
    pub(super) fn block<const LAST: u32>(&self, bits: &mut Bits<'_>, add: impl FnMut(u32, i32)) {
        if let Until::Reached(last) = self.pairs.until::<LAST>(bits, add) {
            self.skips.behind(last, bits);
        }
    }
}

/// By the next bits, several AC coefficients to skip: the bits of all in the lower byte, 27 at the most, and how far
/// they advance in the upper: up to 63, [`Skips::END`] more if the end of the block is the last of them.
#[derive(Clone, Copy)]
pub(super) struct Skips<'t> {
    entries: &'t SkipEntries,
    steps: Steps<'t>,
}

impl Skips<'_> {
    const END: u32 = 128;
    /// The table does not know; further than any block reaches.
    const NONE: u32 = 64;

    /// Skips the AC coefficients of a block.
    #[inline(always)]
    pub(super) fn block(&self, bits: &mut Bits<'_>) {
        self.behind(0, bits);
    }

    /// Skips those behind a place in zigzag order.
    #[inline(always)]
    fn behind(&self, last: u32, bits: &mut Bits<'_>) {
        let mut at = last + 1;
        if at < 64 {
            // Most blocks end here, before there is a loop, in which a sandbox looks at its clock.
            at = self.some(at, bits);
            while at < 64 {
                at = self.some(at, bits);
            }
        }
    }

    /// Skips some of those from a place on; the next place, 64 or more behind the last.
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
                    Some(Special::End(_)) => 64,
                    Some(Special::SixteenZeros) => at + 16,
                };
            }
            bits.skip(entry);
            at = next;
        }
        at
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "test code")]
mod tests {
    use super::super::bits::Window;
    use super::*;

    struct Random(u32);

    impl Random {
        fn next(&mut self, below: u32) -> u32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 16) % below
        }
    }

    /// A table as encoders make them, or of any lengths, in all its forms.
    fn table(random: &mut Random) -> Huffman {
        let mut counts = [0_u8; 16];
        let mut symbols = Vec::new();
        let mut room = 1_u32;
        for count in &mut counts {
            room *= 2;
            // The code of ones alone stands for nothing.
            *count = random.next(room.min(24)) as u8;
            room -= u32::from(*count);
        }
        for _ in 0..counts.iter().map(|count| u32::from(*count)).sum() {
            let common = [0x00, 0x01, 0x02, 0x03, 0x11, 0x12, 0x21, 0xF0, 0x04, 0x31];
            symbols.push(match random.next(3) {
                0 => random.next(256) as u8,
                _ => common[random.next(10) as usize],
            });
        }
        let mut table = Huffman::new(&counts, &symbols).unwrap();
        table.make_pairs();
        table.make_skips();
        table
    }

    /// The coefficients of a block, step by step (T.81, F.2.2.2), and where it ends.
    fn by_steps(steps: Steps<'_>, bits: &mut Bits<'_>) -> Vec<(u32, i32)> {
        let mut found = Vec::new();
        let mut at = 1;
        while at < 64 {
            bits.refill();
            let step = steps.next(bits);
            let value = step.value(bits);
            bits.skip(step.bits());
            match step.special() {
                Some(Special::End(_)) => break,
                Some(Special::SixteenZeros) => at += 16,
                None => {
                    found.push((at + step.run(), value));
                    at += step.run() + 1;
                }
            }
        }
        found
    }

    #[test]
    fn pairs_and_skips_read_what_single_steps_read() {
        let mut random = Random(1);
        for _ in 0..200 {
            let table = table(&mut random);
            let data: Vec<u8> = (0..4000).map(|_| random.next(255) as u8).collect();
            let mut windows = [(); 4].map(|()| Window::new(&data));
            for block in 0..100 {
                let mut bits = windows.each_mut().map(|window| window.bits());
                let [single, paired, skipped, mixed] = &mut bits;
                let expected = by_steps(table.steps().unwrap(), single);
                let mut found = Vec::new();
                table.pairs().unwrap().block(paired, |at, value| {
                    if value != 0 {
                        found.push((at, value));
                    }
                });
                table.skips().unwrap().block(skipped);
                assert_eq!(found, expected, "block {block} of {table:?}");
                found.retain(|(at, _)| *at <= 12);
                let mut firsts = Vec::new();
                table.firsts().unwrap().block::<12>(mixed, |at, value| {
                    if value != 0 && at <= 12 {
                        firsts.push((at, value));
                    }
                });
                assert_eq!(firsts, found, "block {block} of {table:?}");
                let [single, others @ ..] = bits.map(|bits| bits.position());
                assert_eq!([single; 3], others, "block {block}");
                let read = bits.map(|bits| bits.read());
                windows.iter_mut().zip(read).for_each(|(window, read)| window.keep(read));
            }
        }
    }

    #[test]
    fn a_value_of_each_size_is_read() {
        // Of no bits, whatever comes behind.
        for behind in [0, u64::MAX >> 1] {
            let mut table =
                Huffman::new(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0]).unwrap();
            table.make_steps();
            let bits = Bits::of(behind);
            assert_eq!(table.steps().unwrap().next(&bits).value(&bits), 0, "{behind:x}");
        }
        // A code of one bit for each size in turn, then the value (T.81, table F.1).
        for size in 1..=15_u8 {
            let mut table =
                Huffman::new(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[size]).unwrap();
            table.make_steps();
            let (most, half) = ((1_i32 << size) - 1, 1 << (size - 1));
            for (extra, value) in [(0, -most), (half - 1, -half), (half, half), (most, most)] {
                let bits = u64::from(extra.unsigned_abs()) << (63 - size);
                let bits = Bits::of(bits);
                let step = table.steps().unwrap().next(&bits);
                assert_eq!((step.value(&bits), step.run()), (value, 0), "{size} {extra}");
                assert_eq!(step.bits() & 63, u32::from(size) + 1);
            }
        }
    }
}
