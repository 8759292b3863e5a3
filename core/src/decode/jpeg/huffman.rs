//! Huffman tables (T.81, annex C and F.2.2.3) in the forms that decoding wants.

use super::bits::Bits;
use crate::error::{Error, Result};
use crate::inspect::Format;

/// Bits that the tables are looked up by.
const LOOKUP: u32 = 10;
const SKIP_LOOKUP: u32 = 12;

/// A symbol to come is an end of block: further than any block reaches.
pub(super) const END: u32 = 128;

/// One table, for DC or AC.
#[derive(Clone, Debug)]
pub(super) struct Huffman {
    /// By the next bits: the code's length and its symbol; 0 where the code is longer.
    codes: Vec<u16>,
    /// Of each length: the first code that is beyond it, aligned to 16 bits, and what to add for its symbol.
    limits: [(u32, i32); 17],
    symbols: Vec<u8>,
    /// By the next bits: a whole AC coefficient, as [`Coefficient`] packs it; 0 where it is longer.
    coefficients: Vec<u32>,
    /// By the next bits: whole AC coefficients to skip, as [`Huffman::skip_block`] packs them.
    skips: Vec<u16>,
}

/// A whole AC coefficient with the run before it: its bits, how far it advances, and its value.
#[derive(Clone, Copy)]
struct Coefficient {
    bits: u32,
    advance: u32,
    value: i32,
}

impl Coefficient {
    fn packed(self) -> u32 {
        let [low, high, ..] = self.value.to_le_bytes();
        u32::from(u16::from_le_bytes([low, high])) << 16 | self.advance << 8 | self.bits
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
        let mut limits = [(0, 0); 17];
        let mut codes = vec![0_u16; 1 << LOOKUP];
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            let first = code;
            let first_index = index;
            for symbol in symbols.get(index..index + usize::from(*count)).unwrap_or_default() {
                if code >= 1 << length {
                    return Err(bad("has more codes than their lengths can tell apart"));
                }
                if length <= LOOKUP {
                    let span = 1_usize << (LOOKUP - length);
                    let start = (code as usize) << (LOOKUP - length);
                    if let Some(entries) = codes.get_mut(start..start + span) {
                        let length = u16::try_from(length).unwrap_or_default();
                        entries.fill(length << 8 | u16::from(*symbol));
                    }
                }
                code += 1;
                index += 1;
            }
            if let Some(limit) = limits.get_mut(length as usize) {
                let offset = i64::try_from(first_index).unwrap_or_default() - i64::from(first);
                *limit = (code << (16 - length), i32::try_from(offset).unwrap_or_default());
            }
            code <<= 1;
        }
        let symbols = symbols.get(..total).unwrap_or_default().to_vec();
        let mut table =
            Self { codes, limits, symbols, coefficients: Vec::new(), skips: Vec::new() };
        table.coefficients = (0..1 << LOOKUP).map(|bits| table.coefficient_within(bits)).collect();
        Ok(table)
    }

    /// Adds what [`Huffman::skip_block`] needs.
    pub(super) fn prepare_to_skip(&mut self) {
        if self.skips.is_empty() {
            self.skips = (0..1 << SKIP_LOOKUP).map(|bits| self.skips_within(bits)).collect();
        }
    }

    /// The next symbol. A code that stands for none reads as 0, which is an end of block or no difference.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> u8 {
        let entry = self.codes.get(bits.peek::<LOOKUP>()).copied().unwrap_or_default();
        if entry != 0 {
            bits.skip(u32::from(entry >> 8));
            let [symbol, _] = entry.to_le_bytes();
            return symbol;
        }
        self.long_symbol(bits)
    }

    #[inline(never)]
    fn long_symbol(&self, bits: &mut Bits<'_>) -> u8 {
        let (length, symbol) = self.symbol_at(bits.peek_32() >> 16);
        bits.skip(length);
        symbol
    }

    /// The symbol that 16 bits begin with, and the length of its code.
    fn symbol_at(&self, bits: u32) -> (u32, u8) {
        for (length, (limit, offset)) in (1_u32..).zip(self.limits.iter().skip(1)) {
            if bits < *limit {
                let index = i64::from(bits >> (16 - length)) + i64::from(*offset);
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                return (length, self.symbols.get(index).copied().unwrap_or_default());
            }
        }
        (16, 0)
    }

    /// Reads the AC coefficients of a block: `store` gets each one's place in zigzag order and its value.
    /// Returns the last place that was stored, 0 for none.
    #[inline(always)]
    pub(super) fn block(&self, bits: &mut Bits<'_>, mut store: impl FnMut(u32, i32)) -> u32 {
        let mut at = 1;
        let mut last = 0;
        while at < 64 {
            bits.refill();
            let entry = self.coefficients.get(bits.peek::<LOOKUP>()).copied().unwrap_or_default();
            let value = if entry != 0 {
                bits.skip(entry & 0xFF);
                at += entry >> 8 & 0xFF;
                entry.cast_signed() >> 16
            } else {
                let symbol = self.symbol(bits);
                let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                at += match (run, size) {
                    (15, 0) => 16,
                    (_, 0) => END,
                    _ => run + 1,
                };
                bits.take_signed(size)
            };
            if value != 0 && at <= 64 {
                last = at - 1;
                store(last, value);
            }
        }
        last
    }

    /// Skips the AC coefficients of a block.
    #[inline(always)]
    pub(super) fn skip_block(&self, bits: &mut Bits<'_>) {
        let mut at = 1;
        while at < 64 {
            bits.refill();
            let entry = if at <= 32 {
                self.skips.get(bits.peek::<SKIP_LOOKUP>()).copied().unwrap_or_default()
            } else {
                0
            };
            if entry != 0 {
                bits.skip(u32::from(entry & 0xFF));
                at += u32::from(entry >> 8);
                continue;
            }
            let symbol = self.symbol(bits);
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            at += match (run, size) {
                (15, 0) => 16,
                (_, 0) => END,
                _ => run + 1,
            };
            bits.skip(size);
        }
    }

    /// One symbol with its extra bits, if `width` bits hold both: its bits and how far it advances.
    fn step(&self, bits: u32, width: u32) -> Option<(u32, u32, u32)> {
        let (length, symbol) = self.symbol_at(bits << (16 - width));
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        let known = bits << (16 - width) < self.limits.get(length as usize)?.0;
        if !known || length + size > width {
            return None;
        }
        let advance = match (run, size) {
            (15, 0) => 16,
            (_, 0) => END,
            _ => run + 1,
        };
        Some((length, size, advance))
    }

    fn coefficient_within(&self, bits: u32) -> u32 {
        let Some((length, size, advance)) = self.step(bits, LOOKUP) else { return 0 };
        let extra = bits >> (LOOKUP - length - size) & ((1 << size) - 1);
        let extra = extra.cast_signed();
        let value =
            if size > 0 && extra < 1 << (size - 1) { extra - (1 << size) + 1 } else { extra };
        Coefficient { bits: length + size, advance, value }.packed()
    }

    /// As many coefficients as `bits` hold, up to an advance of 32, behind which a block that was at 32
    /// has not ended: the bits to skip, and the advance in the upper byte.
    fn skips_within(&self, bits: u32) -> u16 {
        let (mut used, mut advanced) = (0, 0);
        while used < SKIP_LOOKUP {
            let rest = SKIP_LOOKUP - used;
            let Some((length, size, advance)) = self.step(bits & ((1 << rest) - 1), rest) else {
                break;
            };
            if advance != END && advanced + advance > 31 {
                break;
            }
            used += length + size;
            advanced += advance;
            if advance == END {
                break;
            }
        }
        u16::try_from(advanced << 8 | used).unwrap_or_default()
    }
}
