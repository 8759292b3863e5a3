//! Tables of finite state entropy (RFC 8878, section 4.1).

use super::backward::{Backward, number};

/// States of the largest table.
const MOST_STATES: usize = 1 << 9;

/// A table of states.
pub(super) struct Table {
    states: [State; MOST_STATES],
    /// Bits of a state's number.
    accuracy: u32,
}

/// What a state stands for, and what comes next: `next`, and so many bits more.
#[derive(Clone, Copy, Default)]
pub(super) struct State {
    pub(super) symbol: u8,
    bits: u8,
    next: u16,
}

impl Table {
    pub(super) const fn new() -> Self {
        let state = State { symbol: 0, bits: 0, next: 0 };
        Self { states: [state; MOST_STATES], accuracy: 0 }
    }

    /// The first state of a stream.
    pub(super) fn first(&self, bits: &mut Backward<'_>) -> State {
        self.state(bits.take(self.accuracy))
    }

    /// The state after this one.
    #[inline(always)]
    pub(super) fn next(&self, state: State, bits: &mut Backward<'_>) -> State {
        self.state(u64::from(state.next) + bits.take(state.bits.into()))
    }

    #[inline(always)]
    fn state(&self, number: u64) -> State {
        self.states.get(usize::try_from(number).unwrap_or(0)).copied().unwrap_or_default()
    }

    /// A table that has one symbol.
    pub(super) fn set_single(&mut self, symbol: u8) {
        self.accuracy = 0;
        self.states[0] = State { symbol, bits: 0, next: 0 };
    }

    /// Makes the table of symbols with these probabilities, of which -1 stands for less than 1 (section 4.1.1).
    /// Their sum is 2^`accuracy`.
    pub(super) fn set(&mut self, probabilities: &[i16], accuracy: u32) -> Option<()> {
        let size = 1_usize << accuracy;
        let states = self.states.get_mut(..size)?;
        let mut counts = [0_u16; 256];
        let mut free = size;
        for (symbol, probability) in (0_u8..).zip(probabilities) {
            let count = counts.get_mut(usize::from(symbol))?;
            *count = probability.unsigned_abs();
            if *probability == -1 {
                free = free.checked_sub(1)?;
                states.get_mut(free)?.symbol = symbol;
            }
        }
        let step = (size >> 1) + (size >> 3) + 3;
        let mut place = 0;
        for (symbol, probability) in (0_u8..).zip(probabilities) {
            for _ in 0..(*probability).max(0) {
                states.get_mut(place)?.symbol = symbol;
                place = (place + step) & (size - 1);
                while place >= free {
                    place = (place + step) & (size - 1);
                }
            }
        }
        for state in states {
            let count = counts.get_mut(usize::from(state.symbol))?;
            let number = u32::from(*count);
            *count += 1;
            let bits = accuracy.checked_sub(number.checked_ilog2()?)?;
            state.bits = u8::try_from(bits).ok()?;
            // Less than 2^`accuracy`.
            state.next = u16::try_from((number << bits) - (1 << accuracy)).ok()?;
        }
        self.accuracy = accuracy;
        Some(())
    }

    /// Reads a table's description; what comes after it (section 4.1.1). `None` where it means no table, or one with
    /// more than `symbols` symbols or `2^most` states.
    pub(super) fn read<'d>(
        &mut self,
        data: &'d [u8],
        most: u32,
        symbols: usize,
    ) -> Option<&'d [u8]> {
        let mut bits = Forward { data, at: 0 };
        let accuracy = bits.take(4) + 5;
        if accuracy > most {
            return None;
        }
        let mut probabilities = [0_i16; 256];
        let mut symbol = 0;
        let mut left = 1_u32 << accuracy;
        while left > 0 {
            // A number up to `left` + 1, of which the lower ones take a bit less.
            let length = 32 - (left + 1).leading_zeros();
            let short = (1 << length) - 2 - left;
            let low = bits.peek(length - 1);
            let value = if low < short {
                bits.skip(length - 1);
                low
            } else {
                let value = bits.take(length);
                if value >= 1 << (length - 1) { value - short } else { value }
            };
            let probability = i16::try_from(value).ok()? - 1;
            *probabilities.get_mut(symbol).filter(|_| symbol < symbols)? = probability;
            symbol += 1;
            left = left.checked_sub(probability.unsigned_abs().into())?;
            if probability == 0 {
                loop {
                    let zeros = bits.take(2);
                    symbol += zeros as usize;
                    if zeros < 3 {
                        break;
                    }
                }
            }
        }
        let rest = data.get(usize::try_from(bits.at.div_ceil(8)).ok()?..)?;
        self.set(probabilities.get(..symbol).filter(|_| symbol <= symbols)?, accuracy)?;
        Some(rest)
    }
}

/// Bits from the lowest of each byte on. After the end are zeros.
struct Forward<'d> {
    data: &'d [u8],
    at: u64,
}

impl Forward<'_> {
    /// The next bits, 16 at the most.
    fn peek(&self, count: u32) -> u32 {
        let bytes = usize::try_from(self.at / 8).ok().and_then(|place| self.data.get(place..));
        let word = number(bytes.unwrap_or_default(), 3);
        // 24 bits at the most.
        u32::try_from(word >> (self.at % 8) & ((1 << count) - 1)).unwrap_or(0)
    }

    fn skip(&mut self, count: u32) {
        self.at += u64::from(count);
    }

    fn take(&mut self, count: u32) -> u32 {
        let bits = self.peek(count);
        self.skip(count);
        bits
    }
}
