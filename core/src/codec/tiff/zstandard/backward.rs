//! Bits that are read from the last to the first (RFC 8878, section 4.1).

/// The bits of a stream that are not read yet. Before the first are zeros.
#[derive(Clone, Copy)]
pub(super) struct Backward<'d> {
    data: &'d [u8],
    left: i64,
}

impl<'d> Backward<'d> {
    /// `None` where the last byte has no bit that says where the stream ends.
    pub(super) fn new(data: &'d [u8]) -> Option<Self> {
        let padding = data.last().filter(|last| **last != 0)?.leading_zeros() + 1;
        let left = i64::try_from(data.len()).ok()? * 8 - i64::from(padding);
        Some(Self { data, left })
    }

    /// The next bits as a number, 56 at the most.
    #[inline(always)]
    pub(super) fn peek(&self, count: u32) -> u64 {
        let low = self.left - i64::from(count);
        let mask = (1 << count) - 1;
        let place = usize::try_from(low >> 3).unwrap_or(usize::MAX);
        match self.data.get(place..).and_then(|bytes| bytes.first_chunk()) {
            Some(bytes) => u64::from_le_bytes(*bytes) >> (low & 7) & mask,
            None => self.peek_at_an_end(low) & mask,
        }
    }

    /// Of bits that are near the data's first or last byte, or before the first.
    #[cold]
    fn peek_at_an_end(&self, low: i64) -> u64 {
        let from = low.max(0);
        let bytes = usize::try_from(from / 8).ok().and_then(|place| self.data.get(place..));
        let word = number(bytes.unwrap_or_default(), 8);
        let before = u32::try_from(from - low).unwrap_or(u32::MAX);
        (word >> (from % 8)).checked_shl(before).unwrap_or(0)
    }

    #[inline(always)]
    pub(super) fn skip(&mut self, count: u32) {
        self.left -= i64::from(count);
    }

    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) -> u64 {
        let bits = self.peek(count);
        self.skip(count);
        bits
    }

    /// Bits that are left; below 0 where more were read than there are.
    pub(super) const fn left(&self) -> i64 {
        self.left
    }
}

/// The number that the first `count` bytes are, the lowest first; of fewer where there are no more.
pub(super) fn number(bytes: &[u8], count: usize) -> u64 {
    let bytes = bytes.get(..count).unwrap_or(bytes);
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
