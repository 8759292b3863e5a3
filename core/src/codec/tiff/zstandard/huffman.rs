//! Huffman codes of literals (RFC 8878, section 4.2).

use super::backward::Backward;
use super::fse::Table;

/// Bits of the longest code.
const LONGEST: u32 = 11;

/// A table of codes.
pub(super) struct Codes {
    /// By the next [`LONGEST`] bits: a symbol, and the bits of its code.
    table: [(u8, u8); 1 << LONGEST],
    is_set: bool,
    /// Of the weights of symbols.
    weights: Table,
}

impl Codes {
    pub(super) const fn new() -> Self {
        Self { table: [(0, 0); 1 << LONGEST], is_set: false, weights: Table::new() }
    }

    /// Forgets the codes.
    pub(super) fn reset(&mut self) {
        self.is_set = false;
    }

    pub(super) const fn is_set(&self) -> bool {
        self.is_set
    }

    /// The next symbol.
    #[inline(always)]
    pub(super) fn next(&self, bits: &mut Backward<'_>) -> u8 {
        let index = usize::try_from(bits.peek(LONGEST)).unwrap_or(0) & (self.table.len() - 1);
        let (symbol, length) = self.table.get(index).copied().unwrap_or_default();
        bits.skip(length.into());
        symbol
    }

    /// Reads the description of the codes; what comes after it (section 4.2.1).
    pub(super) fn read<'d>(&mut self, data: &'d [u8]) -> Option<&'d [u8]> {
        let (header, rest) = data.split_first()?;
        let mut weights = [0_u8; 256];
        let (count, rest) = match usize::from(*header) {
            size @ 0..128 => {
                let (data, rest) = rest.split_at_checked(size)?;
                (self.compressed_weights(data, &mut weights)?, rest)
            }
            size => {
                let count = size - 127;
                let (data, rest) = rest.split_at_checked(count.div_ceil(2))?;
                let halves = data.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                weights.iter_mut().zip(halves.take(count)).for_each(|(to, weight)| *to = weight);
                (count, rest)
            }
        };
        self.set(&mut weights, count)?;
        Some(rest)
    }

    /// Weights by two states in turn, to the data's end (section 4.2.1.2); how many there are.
    fn compressed_weights(&mut self, data: &[u8], weights: &mut [u8; 256]) -> Option<usize> {
        let data = self.weights.read(data, 6, 256)?;
        let mut bits = Backward::new(data)?;
        let table = &self.weights;
        let (mut state, mut other) = (table.first(&mut bits), table.first(&mut bits));
        let mut count = 0;
        // The last symbol's weight is not written.
        while count < 254 {
            *weights.get_mut(count)? = state.symbol;
            count += 1;
            state = table.next(state, &mut bits);
            if bits.left() < 0 {
                *weights.get_mut(count)? = other.symbol;
                return Some(count + 1);
            }
            std::mem::swap(&mut state, &mut other);
        }
        None
    }

    /// Makes the table of symbols with these weights, and of one more, whose weight fills the rest (section 4.2.1.3).
    fn set(&mut self, weights: &mut [u8; 256], count: usize) -> Option<()> {
        self.is_set = false;
        let mut sum = 0_u32;
        for weight in weights.get(..count)? {
            if u32::from(*weight) > LONGEST {
                return None;
            }
            sum += 1 << weight >> 1;
        }
        let longest = sum.checked_ilog2()? + 1;
        let last = (1_u32 << longest) - sum;
        if longest > LONGEST || !last.is_power_of_two() {
            return None;
        }
        *weights.get_mut(count)? = u8::try_from(last.ilog2() + 1).ok()?;
        let weights = weights.get(..=count)?;
        let mut place = 0;
        for weight in 1..=longest {
            let length = u8::try_from(longest + 1 - weight).ok()?;
            let entries = 1_usize << (LONGEST - u32::from(length));
            for (symbol, own) in (0_u8..=255).zip(weights) {
                if u32::from(*own) == weight {
                    self.table.get_mut(place..place + entries)?.fill((symbol, length));
                    place += entries;
                }
            }
        }
        self.is_set = true;
        Some(())
    }
}
