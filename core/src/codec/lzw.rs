//! LZW: GIF's (GIF89a specification, appendix F) and TIFF's (TIFF 6.0, section 13).
//!
//! Strings are held in pieces of eight bytes: a string's last piece, and the code of what lies before it. Most strings
//! are short, so that a code takes one load and one store, and memory stays what it is however long they get.

/// Bits of the longest code.
const LONGEST: u32 = 12;

/// Strings that a table has, and bytes of the longest.
const CODES: usize = 1 << LONGEST;

/// Bytes of a string that are held together.
const PIECE: usize = 8;

/// Bytes that may be written beyond what was asked for: the longest string, and the end of a piece.
pub(super) const ROOM: usize = CODES + PIECE;

/// How codes lie in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// From a byte's highest bit on, and a code early longer, as in TIFF.
    MostFirst,
    /// From a byte's lowest bit on, as in GIF.
    LeastFirst,
}

/// Why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// There are as many bytes as were asked for.
    Enough,
    /// The data has no other whole code.
    NoData,
    /// The end code came.
    Done,
    /// A code came that stands for nothing.
    Broken,
}

/// Makes bytes of codes.
pub(super) struct Lzw {
    table: Box<[Text; CODES]>,
    /// The code that clears the table. The next one ends the data.
    clear: usize,
    state: State,
}

/// What changes with each code.
#[derive(Clone, Copy)]
struct State {
    /// Bits of a code.
    width: u32,
    /// The code of the next string. The end code while no code has come since the table was cleared; `CODES` when it is
    /// full.
    next: usize,
    /// What `next` is when codes become longer.
    bound: usize,
    /// The last code, and its string.
    code: usize,
    text: Text,
}

/// A string.
#[derive(Clone, Copy)]
struct Text {
    /// Its last piece, from the lowest bits on.
    tail: u64,
    /// From the lowest bit on: the code of what lies before the tail, the length in bytes (16 bits each), 24 bits of no
    /// meaning, and the first byte.
    about: u64,
}

impl Lzw {
    /// Bytes of its table.
    pub(super) const WORKING: u64 = size_of::<[Text; CODES]>() as u64;

    /// For codes of numbers of `bits` bits, 1 to 11: 8 for bytes.
    pub(super) fn new(bits: u32, packing: Packing) -> Self {
        let clear = 1 << bits.clamp(1, LONGEST - 1);
        let mut table = Box::new([Text::NOTHING; CODES]);
        for (text, byte) in table.iter_mut().take(clear).zip((0..=u8::MAX).cycle()) {
            *text = Text::byte(byte);
        }
        Self { table, clear, state: State::cleared(clear, packing) }
    }

    /// Forgets all strings, for other data.
    pub(super) fn clear(&mut self, packing: Packing) {
        self.state = State::cleared(self.clear, packing);
    }

    /// Makes bytes of the codes in `data` from bit `at` on, until there are `enough` in `to`, or [`ROOM`] less than it
    /// can take. Moves `at` behind the codes that were read, and says how many bytes there are: up to [`ROOM`] more
    /// than `enough`.
    pub(super) fn read(
        &mut self,
        packing: Packing,
        data: &[u8],
        at: &mut usize,
        to: &mut [u8],
        enough: usize,
    ) -> (usize, Stop) {
        match packing {
            Packing::MostFirst => self.read_codes::<true>(data, at, to, enough),
            Packing::LeastFirst => self.read_codes::<false>(data, at, to, enough),
        }
    }

    fn read_codes<const MOST_FIRST: bool>(
        &mut self,
        data: &[u8],
        at: &mut usize,
        to: &mut [u8],
        enough: usize,
    ) -> (usize, Stop) {
        let packing = if MOST_FIRST { Packing::MostFirst } else { Packing::LeastFirst };
        let Self { table, clear, state } = self;
        let (table, clear, end) = (&mut **table, *clear, data.len() * 8);
        // Copies, which stay in registers.
        let (mut now, mut bit) = (*state, *at);
        let (room, spare) = (to.len(), to.len().saturating_sub(enough).max(ROOM));
        let mut to = to;
        let stop = 'stop: loop {
            if to.len() <= spare {
                break Stop::Enough;
            }
            if bit + now.width as usize > end {
                break Stop::NoData;
            }
            let mut word = word::<MOST_FIRST>(data, bit);
            let last = (bit + SURE).min(end).saturating_sub(LONGEST as usize);
            loop {
                let code = if MOST_FIRST {
                    word = word.rotate_left(now.width);
                    word
                } else {
                    let code = word;
                    word >>= now.width;
                    code
                };
                let code = (code & ((1 << now.width) - 1) & 0xFFF) as usize;
                bit += now.width as usize;
                if code >= now.next {
                    if code == clear + 1 {
                        break 'stop Stop::Done;
                    }
                    if code > now.next || now.next == clear + 1 {
                        break 'stop Stop::Broken;
                    }
                    again(table, now.text, now.code, code);
                }
                let text = text(table, code);
                if let Some(new) = table.get_mut(now.next) {
                    *new = now.text.with(text.first(), now.code);
                }
                (now.code, now.text) = (code, text);
                now.next += 1;
                if now.next == now.bound {
                    now = now.grown(packing);
                }
                let length = text.length();
                let Some(piece) = to.first_chunk_mut() else { break 'stop Stop::Enough };
                if length.wrapping_sub(1) < PIECE {
                    *piece = text.tail.to_le_bytes();
                    to = to.get_mut(length..).unwrap_or_default();
                } else if length > 0 {
                    write(table, text, to);
                    to = to.get_mut(length..).unwrap_or_default();
                    // A group of long strings may need more room than there is.
                    if to.len() <= spare {
                        break;
                    }
                } else if code == clear {
                    now = State::cleared(clear, packing);
                    break;
                } else {
                    break 'stop Stop::Done;
                }
                if bit > last {
                    break;
                }
            }
        };
        let filled = room - to.len();
        (*at, *state) = (bit, now);
        (filled, stop)
    }
}

/// The string of a code.
#[inline(always)]
fn text(table: &[Text; CODES], code: usize) -> Text {
    // The mask says that the index is within the table.
    table.get(code % CODES).copied().unwrap_or(Text::NOTHING)
}

/// Gives the next code its string before it is known by another code: the last string, which has the given code, and
/// its first byte again.
#[cold]
fn again(table: &mut [Text; CODES], last: Text, code: usize, next: usize) {
    if let Some(text) = table.get_mut(next) {
        *text = last.with(last.first(), code);
    }
}

/// Writes a string of several pieces, from its last one on.
#[inline(never)]
fn write(table: &[Text; CODES], mut last: Text, to: &mut [u8]) {
    for piece in (0..last.length().div_ceil(PIECE)).rev() {
        if let Some(to) = to.get_mut(piece * PIECE..).and_then(<[u8]>::first_chunk_mut) {
            *to = last.tail.to_le_bytes();
        }
        last = text(table, last.before());
    }
}

impl Text {
    const NOTHING: Self = Self { tail: 0, about: 0 };

    /// What precedes the first code. With a byte more its length is 0, for the end code, whose place it then takes.
    const BEFORE_FIRST: Self = Self { tail: 0, about: 0xFFFF << 16 };

    fn byte(byte: u8) -> Self {
        Self { tail: byte.into(), about: 1 << 16 | u64::from(byte) << 56 }
    }

    #[inline(always)]
    const fn length(self) -> usize {
        (self.about >> 16 & 0xFFFF) as usize
    }

    #[inline(always)]
    const fn first(self) -> u64 {
        self.about >> 56
    }

    const fn before(self) -> usize {
        (self.about & 0xFFFF) as usize
    }

    /// This string, which has the given code, with another byte.
    #[inline(always)]
    const fn with(self, byte: u64, code: usize) -> Self {
        let place = self.about >> 13 & 0x38;
        let about = self.about + (1 << 16);
        if place == 0 {
            return Self { tail: byte, about: about & !0xFFFF | code as u64 };
        }
        Self { tail: self.tail | byte << place, about }
    }
}

impl State {
    const fn cleared(clear: usize, packing: Packing) -> Self {
        let width = clear.ilog2() + 1;
        Self {
            width,
            next: clear + 1,
            bound: bound(width, packing),
            code: 0,
            text: Text::BEFORE_FIRST,
        }
    }

    /// With longer codes; where they are as long as can be, with a table that stays full.
    #[inline(always)]
    const fn grown(self, packing: Packing) -> Self {
        if self.width == LONGEST {
            return Self { next: CODES, ..self };
        }
        Self { width: self.width + 1, bound: bound(self.width + 1, packing), ..self }
    }
}

/// The number of strings at which codes of `width` bits do not suffice.
#[inline(always)]
const fn bound(width: u32, packing: Packing) -> usize {
    match packing {
        _ if width == LONGEST => CODES + 1,
        Packing::MostFirst => (1 << width) - 1,
        Packing::LeastFirst => 1 << width,
    }
}

/// Bits that a word has, whichever it begins with.
const SURE: usize = 57;

/// The bits from one on, at the top or at the bottom of the number, and zeros behind the data.
#[inline(always)]
fn word<const MOST_FIRST: bool>(data: &[u8], bit: usize) -> u64 {
    let bytes = data.get(bit / 8..).unwrap_or_default();
    let bytes = bytes.first_chunk().copied().unwrap_or_else(|| last_bytes(bytes));
    if MOST_FIRST {
        u64::from_be_bytes(bytes) << (bit % 8)
    } else {
        u64::from_le_bytes(bytes) >> (bit % 8)
    }
}

#[cold]
fn last_bytes(data: &[u8]) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
    bytes
}

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test code"
)]
mod tests {
    use weezl::BitOrder;
    use weezl::encode::Encoder;

    use super::*;

    const PACKINGS: [Packing; 2] = [Packing::MostFirst, Packing::LeastFirst];

    fn packed(bytes: &[u8], bits: u8, packing: Packing) -> Vec<u8> {
        let mut encoder = match packing {
            Packing::MostFirst => Encoder::with_tiff_size_switch(BitOrder::Msb, bits),
            Packing::LeastFirst => Encoder::new(BitOrder::Lsb, bits),
        };
        encoder.encode(bytes).unwrap()
    }

    fn unpacked(data: &[u8], bits: u32, packing: Packing, room: usize) -> (Vec<u8>, Stop) {
        let mut lzw = Lzw::new(bits, packing);
        let (mut all, mut at, mut part) = (Vec::new(), 0, vec![0; room + ROOM]);
        loop {
            let (filled, stop) = lzw.read(packing, data, &mut at, &mut part, room);
            assert!(filled <= room + ROOM - PIECE && (stop != Stop::Enough || filled >= room));
            all.extend(&part[..filled]);
            if stop != Stop::Enough {
                return (all, stop);
            }
        }
    }

    /// Bytes below `most`, of which `same` follow each other on the average.
    fn noise(length: usize, most: u64, same: u64) -> Vec<u8> {
        let (mut state, mut byte) = (1_u64, 0);
        let bytes = (0..length).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if (state >> 33).is_multiple_of(same) {
                byte = u8::try_from((state >> 40) % most).unwrap();
            }
            byte
        });
        bytes.collect()
    }

    #[test]
    fn what_was_packed_comes_out_whatever_room_there_is() {
        for packing in PACKINGS {
            for (bits, most) in [(2, 3), (4, 16), (7, 100), (8, 256)] {
                for same in [1, 2, 9, 1000] {
                    for length in [0, 1, 2, 8, 9, 5000, 60_000] {
                        let bytes = noise(length, most, same);
                        let data = packed(&bytes, bits, packing);
                        for room in [1, 7, 4096, 1 << 16] {
                            let found = unpacked(&data, bits.into(), packing, room);
                            let what = format!("{packing:?} {bits} {same} {length} {room}");
                            assert!(found == (bytes.clone(), Stop::Done), "{what}: {:?}", found.1);
                        }
                    }
                }
            }
        }
    }

    /// Strings of up to 3,837 bytes.
    #[test]
    fn the_longest_strings_come_out() {
        for packing in PACKINGS {
            let bytes = vec![7; 8 << 20];
            let data = packed(&bytes, 8, packing);
            for room in [1, 100_000] {
                assert!(unpacked(&data, 8, packing, room) == (bytes.clone(), Stop::Done));
            }
        }
    }

    #[test]
    fn data_that_is_cut_gives_what_there_is() {
        for packing in PACKINGS {
            let bytes = noise(3000, 256, 3);
            let data = packed(&bytes, 8, packing);
            let mut most = 0;
            for cut in 0..data.len() - 2 {
                let (found, stop) = unpacked(&data[..cut], 8, packing, 100);
                assert!(stop == Stop::NoData && bytes.starts_with(&found), "{packing:?} {cut}");
                assert!(found.len() >= most);
                most = found.len();
            }
            assert!(most > 2900);
        }
    }

    /// Codes of nine bits, from the highest bit on.
    fn codes(codes: &[u32]) -> Vec<u8> {
        let bits = codes.iter().flat_map(|code| (0..9).rev().map(move |bit| code >> bit & 1));
        let bits: Vec<u32> = bits.collect();
        let bytes = bits.chunks(8).map(|bits| {
            let byte = bits.iter().fold(0, |byte, bit| byte << 1 | bit) << (8 - bits.len());
            u8::try_from(byte).unwrap()
        });
        bytes.collect()
    }

    #[test]
    fn codes_that_stand_for_nothing_end_it() {
        for (numbers, bytes, stop) in [
            (&[256, 7, 258, 257][..], &[7, 7, 7][..], Stop::Done),
            // Without a clear code, and with several.
            (&[7, 258, 257], &[7, 7, 7], Stop::Done),
            (&[256, 256, 7, 256, 8, 258, 257, 9], &[7, 8, 8, 8], Stop::Done),
            (&[257], &[], Stop::Done),
            (&[256, 257], &[], Stop::Done),
            (&[256, 258, 257], &[], Stop::Broken),
            (&[256, 7, 259, 257], &[7], Stop::Broken),
            // What was known before the table was cleared.
            (&[256, 7, 7, 8, 256, 9, 259, 257], &[7, 7, 8, 9], Stop::Broken),
            (&[256, 7, 7], &[7, 7], Stop::NoData),
            (&[], &[], Stop::NoData),
        ] {
            let found = unpacked(&codes(numbers), 8, Packing::MostFirst, 100);
            assert_eq!(found, (bytes.to_vec(), stop), "{numbers:?}");
        }
    }

    /// A table that is full stays as it is.
    #[test]
    fn a_full_table_is_used_until_it_is_cleared() {
        let mut numbers: Vec<u64> = (0..4500).map(|place| place * 7 % 256).collect();
        numbers.extend([258, 3000, 4095, 257]);
        let (mut bits, mut data, mut count) = (0_u64, Vec::new(), 0);
        for (next, number) in (257_u32..).zip(&numbers) {
            let width = u32::max(9, u32::min(12, next.ilog2() + 1));
            bits |= number << count;
            count += width;
            while count >= 8 {
                data.push((bits & 0xFF) as u8);
                bits >>= 8;
                count -= 8;
            }
        }
        data.push(bits as u8);
        let (found, stop) = unpacked(&data, 8, Packing::LeastFirst, 1 << 16);
        assert_eq!(stop, Stop::Done);
        let pairs = [258_usize, 3000, 4095].map(|code| code - 258);
        let pairs = pairs.map(|first| [first, first + 1]).concat();
        let expected = (0..4500).chain(pairs).map(|place| (place * 7 % 256) as u8);
        assert_eq!(found, expected.collect::<Vec<u8>>());
    }
}
