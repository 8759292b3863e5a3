//! The bits of entropy-coded data (T.81, F.2.2.5): stuffed zeros taken out, a marker never passed.
//!
//! A [`Window`] takes the stuffing out of some kilobytes at once, so that whoever reads them asks for nothing but bits.

use memchr::memchr;

/// Data from its last byte to its first, with stuffing taken out: eight bytes are a number with the first bits at its top
/// on a little-endian machine. WebAssembly is one, and has no instruction that reverses bytes.
type Reversed = [u8; PLACES + 7];

/// Where a word can begin: a power of 2, to be masked by.
const PLACES: usize = 8192;

/// Where the word of the first bytes begins.
const FIRST: usize = PLACES - 1;

/// More bytes than the longest block takes: 64 codes of 16 bits and as many values of 15, and 7 bytes taken ahead.
const BLOCK: usize = 256;

/// Bytes of 0 after the last, since reading may begin a little after it.
const ZEROS: usize = BLOCK + 48;

/// Bytes that the window takes in.
const CAPACITY: usize = PLACES - ZEROS;

/// A piece of entropy-coded data. Past the data's end, or past a marker, it has zeros, and [`Window::overrun`] tells.
#[derive(Debug)]
pub(super) struct Window<'a> {
    /// What is not yet in the window.
    rest: &'a [u8],
    bytes: Box<Reversed>,
    /// How many there are.
    length: usize,
    /// At a marker, or at the data's end.
    is_last: bool,
    read: Read,
}

/// How far a window has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    /// Where the word of the next bytes begins.
    next: usize,
    /// The next bits from the top. Below the first `count` they are those of the next byte, or 0.
    reservoir: u64,
    count: u32,
}

impl Read {
    const NOTHING: Self = Self { next: FIRST, reservoir: 0, count: 0 };

    /// Behind the end of a window that has nothing.
    const BEHIND: Self = Self { next: FIRST - 1, reservoir: 0, count: 0 };
}

impl<'a> Window<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let bytes = Box::new([0; _]);
        Self { rest: data, bytes, length: 0, is_last: false, read: Read::NOTHING }
    }

    /// Bits enough for a block. How far they were read has to be told by [`Window::keep`].
    #[inline(always)]
    pub(super) fn bits(&mut self) -> Bits<'_> {
        if self.read.next + self.length < FIRST + BLOCK {
            self.advance();
        }
        Bits { bytes: &self.bytes, read: self.read }
    }

    /// How far the bits that [`Window::bits`] gave were read: what [`Bits::read`] says.
    #[inline(always)]
    pub(super) const fn keep(&mut self, read: Read) {
        self.read = read;
    }

    /// Whether bits were read that are not in the file.
    #[inline(always)]
    pub(super) const fn overrun(&self) -> bool {
        // Bytes that were taken, less those that are still to be read.
        FIRST * 8 > (self.read.next + self.length) * 8 + self.read.count as usize
    }

    /// What comes after the window, a marker first if that is why there is no more in it.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Begins again, with other data. Where that begins with a marker, or is none, the window is overrun at once: else a
    /// file without any data would have a block read from zeros after every restart that it should have.
    pub(super) const fn restart(&mut self, data: &'a [u8]) {
        let nothing = matches!(data, [] | [0xFF] | [0xFF, 1..=0xFE, ..]);
        self.rest = data;
        (self.length, self.is_last) = (0, nothing);
        self.read = if nothing { Read::BEHIND } else { Read::NOTHING };
    }

    /// Lets go of what was read and takes in what comes.
    #[cold]
    #[inline(never)]
    fn advance(&mut self) {
        if self.is_last {
            // Nobody gets far after the end, where the zeros end too.
            self.read.next = self.read.next.max(FIRST.saturating_sub(self.length + 16));
            return;
        }
        let (end, next) = (self.bytes.len() - self.length, self.read.next + 8);
        let moved = FIRST + 8 - next;
        self.bytes.copy_within(end..next, end + moved);
        (self.length, self.read.next) = (self.length - moved, FIRST);
        while self.length < CAPACITY {
            let room = CAPACITY - self.length;
            let room = self.rest.get(..room).unwrap_or(self.rest);
            let plain = memchr(0xFF, room).unwrap_or(room.len());
            let (taken, rest) = self.rest.split_at(plain);
            self.append(taken);
            self.rest = rest;
            match rest {
                _ if self.length == CAPACITY => {}
                [0xFF, 0, rest @ ..] => {
                    self.append(&[0xFF]);
                    self.rest = rest;
                }
                [0xFF, rest @ ..] if rest.first() == Some(&0xFF) => self.rest = rest,
                _ => {
                    self.is_last = true;
                    break;
                }
            }
        }
        let end = self.bytes.len() - self.length;
        if let Some(zeros) = self.bytes.get_mut(end - ZEROS..end) {
            zeros.fill(0);
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let end = self.bytes.len() - self.length;
        if let Some(to) = self.bytes.get_mut(end - bytes.len()..end) {
            to.iter_mut().zip(bytes.iter().rev()).for_each(|(to, from)| *to = *from);
        }
        self.length += bytes.len();
    }
}

/// A reader that holds at least [`Bits::SURE`] bits after each refill.
///
/// Whoever reads in a loop does so from a copy of its own, which the compiler can hold in registers: that is
/// why no method that is called, rather than inlined, takes one by reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'w> {
    bytes: &'w Reversed,
    read: Read,
}

impl Bits<'_> {
    /// Bits that can be read after a refill.
    pub(super) const SURE: u32 = 56;

    /// Just these bits.
    pub(super) const fn of(bits: u64) -> Bits<'static> {
        const NONE: &Reversed = &[0; _];
        Bits { bytes: NONE, read: Read { next: FIRST, reservoir: bits, count: 64 } }
    }

    /// How far it has read.
    #[inline(always)]
    pub(super) const fn read(&self) -> Read {
        self.read
    }

    /// Bits that were read since the window moved on.
    #[cfg(test)]
    pub(super) const fn position(&self) -> usize {
        (FIRST - self.read.next) * 8 - self.read.count as usize
    }

    /// Makes sure of [`Bits::SURE`] bits.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let Read { next, reservoir, count } = &mut self.read;
        let word = self.bytes.get(*next % PLACES..).and_then(<[u8]>::first_chunk);
        let word = u64::from_le_bytes(*word.unwrap_or(&[0; 8]));
        *reservoir |= word >> *count;
        *next = next.wrapping_sub((63_u32.wrapping_sub(*count) >> 3) as usize);
        *count |= Self::SURE;
    }

    /// Makes sure of one bit.
    #[inline(always)]
    pub(super) fn refill_for_one(&mut self) {
        if self.read.count == 0 {
            self.refill();
        }
    }

    /// The next `N` bits, without reading them.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "N bits are left, 32 at the most")]
    pub(super) const fn peek<const N: u32>(&self) -> usize {
        (self.read.reservoir >> (64 - N)) as usize
    }

    /// Passes `count` modulo 64 bits by, which must be there.
    #[inline(always)]
    pub(super) const fn skip(&mut self, count: u32) {
        self.read.reservoir = self.read.reservoir.wrapping_shl(count);
        self.read.count = self.read.count.wrapping_sub(count & 63);
    }

    /// The next `count` bits, 16 at the most, as a number.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits are left at the most")]
    pub(super) const fn take(&mut self, count: u32) -> u32 {
        let value = ((self.read.reservoir >> 1) >> (63 - count)) as u32;
        self.skip(count);
        value
    }

    /// The next 64 bits after `count` modulo 64 of them, zeros where there are none.
    #[inline(always)]
    pub(super) const fn after(&self, count: u32) -> u64 {
        self.read.reservoir.wrapping_shl(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(window: &mut Window<'_>, count: u32) -> u32 {
        let mut bits = window.bits();
        bits.refill();
        let value = bits.take(count);
        let read = bits.read();
        window.keep(read);
        value
    }

    #[test]
    fn takes_stuffing_out_and_stops_at_a_marker() {
        let data = [0x12, 0xFF, 0x00, 0x34, 0xFF, 0xFF, 0xD0, 0x56];
        let mut window = Window::new(&data);
        assert_eq!([8, 8, 8].map(|count| take(&mut window, count)), [0x12, 0xFF, 0x34]);
        assert!(!window.overrun());
        assert_eq!(window.rest(), [0xFF, 0xD0, 0x56]);
        // However much is read, it is zeros.
        for _ in 0..10_000 {
            assert_eq!(take(&mut window, 16), 0);
            assert!(window.overrun());
        }
        window.restart(&data[7..]);
        assert_eq!((take(&mut window, 8), window.overrun()), (0x56, false));
    }

    #[test]
    fn long_data_reads_as_its_bytes() {
        let mut data = Vec::new();
        let mut expected = Vec::new();
        for at in 0..50_000_u32 {
            let byte = (at.wrapping_mul(2_654_435_761) >> 24) as u8;
            data.push(byte);
            expected.push(byte);
            if byte == 0xFF {
                data.push(0);
            }
        }
        let mut window = Window::new(&data);
        for (at, byte) in expected.iter().enumerate() {
            let mut bits = window.bits();
            bits.refill();
            let high = bits.take(3);
            let low = (0..5).fold(0, |low, _| low << 1 | bits.take(1));
            let read = bits.read();
            window.keep(read);
            assert_eq!(high << 5 | low, u32::from(*byte), "byte {at}");
            assert!(!window.overrun());
        }
        take(&mut window, 1);
        assert!(window.overrun());
    }
}
