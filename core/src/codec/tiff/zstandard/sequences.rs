//! Sequences: so many literals, then a match (RFC 8878, section 3.1.1.3.2).

use super::backward::Backward;
use super::fse::{State, Table};

/// The tables of a block's sequences; a later block may use them again.
pub(super) struct Tables {
    literals: Kind,
    offsets: Kind,
    matches: Kind,
}

/// One of the three.
struct Kind {
    table: Table,
    is_set: bool,
    /// Of the table that needs no description.
    probabilities: &'static [i16],
    accuracy: u32,
    /// Of others, the most bits of a state.
    most_accuracy: u32,
    symbols: usize,
}

/// A sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    pub(super) literals: usize,
    /// 1 to 3 for an offset that was used before.
    pub(super) offset: u64,
    pub(super) length: usize,
}

/// What is left of a block's sequences.
pub(super) struct Sequences<'t, 'd> {
    tables: &'t Tables,
    bits: Backward<'d>,
    left: u32,
    literals: State,
    offsets: State,
    matches: State,
}

/// Bits that come after a code, and the least value.
type Extra = (u8, u32);

impl Tables {
    pub(super) fn new() -> Self {
        let kind = |probabilities, accuracy, most_accuracy, symbols| Kind {
            table: Table::new(),
            is_set: false,
            probabilities,
            accuracy,
            most_accuracy,
            symbols,
        };
        Self {
            literals: kind(&LITERALS, 6, 9, 36),
            offsets: kind(&OFFSETS, 5, 8, 32),
            matches: kind(&MATCHES, 6, 9, 53),
        }
    }

    /// Forgets the tables.
    pub(super) fn reset(&mut self) {
        for kind in [&mut self.literals, &mut self.offsets, &mut self.matches] {
            kind.is_set = false;
        }
    }

    /// Begins a block's sequences.
    pub(super) fn start<'t, 'd>(&'t mut self, data: &'d [u8]) -> Option<Sequences<'t, 'd>> {
        let (count, data) = match data {
            [0, rest @ ..] => (0, rest),
            [count @ 1..=127, rest @ ..] => (u32::from(*count), rest),
            [high @ 128..=254, low, rest @ ..] => {
                (u32::from(high - 128) << 8 | u32::from(*low), rest)
            }
            [255, low, high, rest @ ..] => {
                (u32::from(*low) + (u32::from(*high) << 8) + 0x7F00, rest)
            }
            _ => return None,
        };
        let none = State::default();
        if count == 0 {
            let bits = Backward::new(&[1])?;
            let (literals, offsets, matches) = (none, none, none);
            return Some(Sequences { tables: self, bits, left: 0, literals, offsets, matches });
        }
        let (modes, data) = data.split_first()?;
        if modes & 3 != 0 {
            return None;
        }
        let data = self.literals.read(modes >> 6, data)?;
        let data = self.offsets.read(modes >> 4 & 3, data)?;
        let data = self.matches.read(modes >> 2 & 3, data)?;
        let mut bits = Backward::new(data)?;
        let literals = self.literals.table.first(&mut bits);
        let offsets = self.offsets.table.first(&mut bits);
        let matches = self.matches.table.first(&mut bits);
        Some(Sequences { tables: self, bits, left: count, literals, offsets, matches })
    }
}

impl Kind {
    /// Makes the table that this mode means (section 3.1.1.3.2.1.2); what comes after its description.
    fn read<'d>(&mut self, mode: u8, data: &'d [u8]) -> Option<&'d [u8]> {
        let was_set = std::mem::replace(&mut self.is_set, false);
        let rest = match mode {
            0 => {
                self.table.set(self.probabilities, self.accuracy)?;
                data
            }
            1 => {
                let (symbol, rest) = data.split_first()?;
                self.table.set_single(*symbol);
                rest
            }
            2 => self.table.read(data, self.most_accuracy, self.symbols)?,
            _ => was_set.then_some(data)?,
        };
        self.is_set = true;
        Some(rest)
    }
}

impl Sequences<'_, '_> {
    /// The next one; `None` after the last, and for one that means nothing.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Sequence> {
        let others = self.left.checked_sub(1)?;
        let bits = &mut self.bits;
        let code = u32::from(self.offsets.symbol);
        if code > 31 {
            return None;
        }
        let offset = (1 << code) + bits.take(code);
        let value = |(more, least): &Extra, bits: &mut Backward<'_>| {
            usize::try_from(u64::from(*least) + bits.take(u32::from(*more))).ok()
        };
        let length = value(MATCH_LENGTHS.get(usize::from(self.matches.symbol))?, bits)?;
        let literals = value(LITERAL_LENGTHS.get(usize::from(self.literals.symbol))?, bits)?;
        if others > 0 {
            self.literals = self.tables.literals.table.next(self.literals, bits);
            self.matches = self.tables.matches.table.next(self.matches, bits);
            self.offsets = self.tables.offsets.table.next(self.offsets, bits);
        }
        if bits.left() < 0 {
            return None;
        }
        self.left = others;
        Some(Sequence { literals, offset, length })
    }

    /// Whether all were read, to the last bit.
    pub(super) fn are_over(&self) -> bool {
        self.left == 0 && self.bits.left() == 0
    }
}

/// Section 3.1.1.3.2.2.1.
const LITERALS: [i16; 36] = [
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
    -1, -1, -1, -1,
];

/// Section 3.1.1.3.2.2.2.
const MATCHES: [i16; 53] = [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];

/// Section 3.1.1.3.2.2.3.
const OFFSETS: [i16; 29] =
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1];

/// Section 3.1.1.3.2.1.1, the first table.
const LITERAL_LENGTHS: [Extra; 36] =
    lengths(0, 16, &[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

/// The same section, the second table.
const MATCH_LENGTHS: [Extra; 53] =
    lengths(3, 32, &[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);

/// Codes for lengths: `single` of one length each, from `least` on; then of as many as their bits can say.
const fn lengths<const N: usize>(least: u32, single: usize, bits: &[u8]) -> [Extra; N] {
    let mut codes = [(0, 0); N];
    let mut value = least;
    let mut code = 0;
    #[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
    while code < N {
        let more = if code < single { 0 } else { bits[code - single] };
        codes[code] = (more, value);
        value += 1 << more;
        code += 1;
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::{LITERAL_LENGTHS, MATCH_LENGTHS};

    #[test]
    fn lengths_are_those_of_the_tables() {
        let literals = [0, 15, 16, 19, 20, 24, 25, 26, 35].map(|code| LITERAL_LENGTHS[code].1);
        assert_eq!(literals, [0, 15, 16, 22, 24, 48, 64, 128, 65_536]);
        let matches = [0, 31, 32, 36, 42, 43, 44, 52].map(|code| MATCH_LENGTHS[code].1);
        assert_eq!(matches, [3, 34, 35, 43, 99, 131, 259, 65_539]);
    }
}
