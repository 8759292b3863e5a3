//! Faxes: rows of black and white runs (ITU-T T.4 and T.6; TIFF 6.0, sections 10 and 11).

use super::compression::Fax;
use super::fault::Fault;
use super::fax_codes::{LONGEST, Runs};

/// Decodes chunks, a row of bits at a time: 0 is white, the first pixel in the highest bit.
pub(super) struct FaxRows<'d> {
    kind: Fax,
    width: u32,
    bits: Bits<'d>,
    white: Runs,
    black: Runs,
    /// Where the row before changes its colour, and ends: first to black.
    before: Vec<u32>,
    /// The same of the current row.
    current: Vec<u32>,
    ended: bool,
    /// Whether lines have ends.
    has_ends: bool,
    /// Whether a code was wrong.
    is_damaged: bool,
}

const WRONG_CODE: Fault = "a strip or tile has a wrong fax code";

/// How a row ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Row {
    Whole,
    /// A wrong code: the rest of the row is white, as in libtiff.
    Broken,
}

impl<'d> FaxRows<'d> {
    /// Bytes that it allocates for rows of `width` pixels from chunks of up to `longest` bytes.
    pub(super) fn working(width: u32, longest: u64) -> u64 {
        // A change takes a bit at the least. Vectors grow by doubling, and are copied then.
        let changes = longest.saturating_mul(8).min(u64::from(width)) + 8;
        changes * 4 * 2 * 3 + 2 * Runs::WORKING
    }

    pub(super) fn new(kind: Fax, width: u32) -> Self {
        let (white, black) = (Runs::white(), Runs::black());
        let (before, current) = (Vec::new(), Vec::new());
        let bits = Bits::new(&[]);
        let (ended, has_ends, is_damaged) = (true, false, false);
        Self { kind, width, bits, white, black, before, current, ended, has_ends, is_damaged }
    }

    pub(super) fn start(&mut self, data: &'d [u8]) {
        self.bits = Bits::new(data);
        // Before the first row is a white one.
        self.before.clear();
        (self.ended, self.has_ends, self.is_damaged) = (false, false, false);
    }

    /// What is wrong with what was read of the chunk.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.is_damaged.then_some(WRONG_CODE)
    }

    /// Fills `to` with whole rows, as far as there is data and room; how many bytes that was.
    pub(super) fn read(&mut self, to: &mut [u8]) -> usize {
        let bytes = self.width.div_ceil(8) as usize;
        let mut filled = 0;
        for row in to.chunks_exact_mut(bytes) {
            if !self.row() {
                break;
            }
            draw(&self.current, self.width, row);
            std::mem::swap(&mut self.before, &mut self.current);
            filled += bytes;
        }
        filled
    }

    /// Reads the next row; false after the last.
    fn row(&mut self) -> bool {
        self.ended |= self.bits.is_at_end();
        let Some(by_runs) = self.start_row().filter(|_| !self.ended) else {
            self.ended = true;
            return false;
        };
        self.current.clear();
        let row = if by_runs { self.by_runs() } else { self.by_the_row_before() };
        if row == Row::Broken {
            if self.bits.is_at_end() {
                self.ended = true;
                return false;
            }
            self.is_damaged = true;
            // The next row is where a line ends; there is none where no line does.
            self.ended |= matches!(self.kind, Fax::Group3 { .. }) && !self.has_ends;
        }
        true
    }

    /// Reads what lies before a row. Says whether the row is coded by its runs alone; `None` after the last row.
    fn start_row(&mut self) -> Option<bool> {
        match self.kind {
            Fax::Rows { align } => {
                self.bits.align(align);
                (!self.bits.is_at_end()).then_some(true)
            }
            // An end of the block, or what only it begins with (T.6, section 2.4.1.1).
            Fax::Group4 => (self.bits.peek(7) != 0).then_some(false),
            Fax::Group3 { both } => self.end_of_line(both),
        }
    }

    /// Reads the ends of lines before a row of group 3, which some writers leave out; others are looked for, so that a
    /// damaged row is one row. Says whether the row is coded by its
    /// runs alone; `None` after the last row.
    fn end_of_line(&mut self, both: bool) -> Option<bool> {
        let mut ends = 0;
        let mut by_runs = true;
        self.has_ends |= self.bits.peek(11) == 0;
        if self.has_ends && !self.bits.find_end_of_line() {
            return None;
        }
        while !self.bits.is_at_end() && self.bits.peek(11) == 0 {
            if !self.bits.find_end_of_line() {
                return None;
            }
            self.bits.skip(12);
            if both {
                by_runs = self.bits.peek(1) == 1;
                self.bits.skip(1);
            }
            ends += 1;
            if ends == 6 {
                return None;
            }
        }
        (!self.bits.is_at_end()).then_some(by_runs)
    }

    /// A row of white and black runs in turn.
    fn by_runs(&mut self) -> Row {
        let (mut at, mut is_black) = (0, false);
        while at < self.width {
            let (run, is_whole) = self.run(is_black);
            if run > self.width - at {
                return self.break_off(at, is_black);
            }
            at += run;
            self.current.push(at);
            if !is_whole {
                return self.break_off(at, !is_black);
            }
            is_black = !is_black;
        }
        Row::Whole
    }

    /// Ends a row whose rest is not known.
    fn break_off(&mut self, at: u32, is_black: bool) -> Row {
        if is_black {
            self.current.push(at);
        }
        Row::Broken
    }

    /// The pixels of a run: any number of codes for multiples of 64, and one for the rest. Says whether that one came.
    fn run(&mut self, is_black: bool) -> (u32, bool) {
        let table = if is_black { &self.black } else { &self.white };
        let mut pixels = 0_u32;
        while !self.bits.is_at_end() {
            let Some((run, length)) = table.look_up(self.bits.peek(LONGEST)) else { break };
            self.bits.skip(length);
            pixels = pixels.saturating_add(run);
            if run < 64 {
                return (pixels, true);
            }
        }
        (pixels, false)
    }

    /// A row coded by where its changes lie beside those of the row before (T.6, section 2.2).
    fn by_the_row_before(&mut self) -> Row {
        // Of the row before, the first change that can still be the next.
        let mut next = 0;
        let mut at = 0;
        let mut is_black = false;
        let mut is_first = true;
        while at < self.width {
            next = self.change(next, at, is_black, is_first);
            let change = self.before.get(next).copied().unwrap_or(self.width);
            let bits = self.bits.peek(7);
            let (length, offset) = match bits {
                0b100_0000.. => (1, 0),
                0b011_0000.. => (3, 1),
                0b010_0000.. => (3, -1),
                0b001_0000.. => {
                    self.bits.skip(3);
                    let (first, has_first) = self.run(is_black);
                    let (second, is_whole) =
                        if has_first { self.run(!is_black) } else { (0, false) };
                    if first > self.width - at {
                        return self.break_off(at, is_black);
                    }
                    at += first;
                    self.current.push(at);
                    if second > self.width - at || !has_first {
                        return self.break_off(at, !is_black);
                    }
                    at += second;
                    self.current.push(at);
                    if !is_whole {
                        return self.break_off(at, is_black);
                    }
                    is_first = false;
                    continue;
                }
                0b000_1000.. => {
                    self.bits.skip(4);
                    let end = self.before.get(next + 1).copied().unwrap_or(self.width);
                    at = end.max(at);
                    is_first = false;
                    continue;
                }
                0b000_0110.. => (6, 2),
                0b000_0100.. => (6, -2),
                0b000_0011 => (7, 3),
                0b000_0010 => (7, -3),
                0b000_0001 => {
                    // An extension (T.6, section 2.4.1.2), of which none is known.
                    self.bits.skip(7);
                    return self.break_off(at, is_black);
                }
                // An end.
                _ => return self.break_off(at, is_black),
            };
            self.bits.skip(length);
            let to = change.checked_add_signed(offset);
            let to = to.filter(|to| (at..=self.width).contains(to) && !self.bits.is_past_end());
            let Some(to) = to else { return self.break_off(at, is_black) };
            at = to;
            self.current.push(at);
            (is_black, is_first) = (!is_black, false);
        }
        Row::Whole
    }

    /// The place of the row before's next change to the colour that is not the current one.
    fn change(&self, from: usize, at: u32, is_black: bool, is_first: bool) -> usize {
        let is_before = |place: usize| {
            self.before.get(place).is_some_and(|change| *change < at || *change == at && !is_first)
        };
        // Even places are changes to black.
        let mut place = from & !1 | usize::from(is_black);
        while place >= 2 && !is_before(place - 2) {
            place -= 2;
        }
        while is_before(place) {
            place += 2;
        }
        place
    }
}

/// Draws a row by its changes.
fn draw(changes: &[u32], width: u32, row: &mut [u8]) {
    row.fill(0);
    for pair in changes.chunks(2) {
        let [start, ends @ ..] = pair else { return };
        let end = ends.first().copied().unwrap_or(width);
        let (first, last) = ((start / 8) as usize, (end / 8) as usize);
        let (from, to) = (0xFF_u8 >> (start % 8), !(0xFF_u8 >> (end % 8)));
        if first == last {
            row.iter_mut().skip(first).take(1).for_each(|byte| *byte |= from & to);
            continue;
        }
        let mut bytes = row.iter_mut().skip(first);
        bytes.by_ref().take(1).for_each(|byte| *byte |= from);
        bytes.by_ref().take(last - first - 1).for_each(|byte| *byte = 0xFF);
        bytes.take(1).for_each(|byte| *byte |= to);
    }
}

/// Bits from the highest of each byte on. After the end are zeros.
#[derive(Clone, Copy)]
struct Bits<'d> {
    data: &'d [u8],
    /// Bits that were read.
    at: u64,
}

impl<'d> Bits<'d> {
    const fn new(data: &'d [u8]) -> Self {
        Self { data, at: 0 }
    }

    fn length(&self) -> u64 {
        self.data.len() as u64 * 8
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.length()
    }

    /// Whether more was read than there is.
    fn is_past_end(&self) -> bool {
        self.at > self.length()
    }

    /// The next bits, 24 at the most.
    #[inline]
    fn peek(&self, count: u32) -> u32 {
        let start = usize::try_from(self.at / 8).unwrap_or(usize::MAX);
        let bytes = self.data.get(start..).unwrap_or_default();
        let word = match bytes.first_chunk::<4>() {
            Some(bytes) => u32::from_be_bytes(*bytes),
            None => {
                bytes.iter().zip([24, 16, 8]).map(|(byte, place)| u32::from(*byte) << place).sum()
            }
        };
        // Less than 8.
        let read = u32::try_from(self.at % 8).unwrap_or(0);
        (word << read) >> (32 - count)
    }

    fn skip(&mut self, count: u32) {
        self.at += u64::from(count);
    }

    fn align(&mut self, bits: u32) {
        self.at = self.at.next_multiple_of(bits.into());
    }

    /// Goes on to the next end of a line, eleven zeros and a one, if there is one.
    fn find_end_of_line(&mut self) -> bool {
        let mut zeros = 0;
        while !self.is_at_end() {
            let bit = self.peek(1);
            self.skip(1);
            if bit == 0 {
                zeros += 1;
            } else if zeros >= 11 {
                self.at -= 12;
                return true;
            } else {
                zeros = 0;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').map(|b| b - b'0').collect();
        digits
            .chunks(8)
            .map(|byte| {
                byte.iter().enumerate().fold(0, |byte, (place, bit)| byte | bit << (7 - place))
            })
            .collect()
    }

    fn rows(kind: Fax, width: u32, data: &[u8]) -> (Vec<u8>, Option<Fault>) {
        let mut rows = FaxRows::new(kind, width);
        rows.start(data);
        let mut to = vec![0; 64];
        let count = rows.read(&mut to);
        (to[..count].to_vec(), rows.fault())
    }

    #[test]
    fn runs_are_rows_of_whole_bytes() {
        // White 4, black 2, white 10; then black from the first pixel on.
        let data = [bits("1011 11 00111"), bits("00110101 0000010111")].concat();
        let found = rows(Fax::Rows { align: 8 }, 16, &data);
        assert_eq!(found, (vec![0b0000_1100, 0, 0xFF, 0xFF], None));
    }

    #[test]
    fn changes_follow_those_of_the_row_before() {
        // Horizontal: white 4, black 2; the rest white by a vertical code. Then one more to the left, and one to the right.
        let data = bits("001 1011 11 1 010 011 1 0001 1 000000000001 000000000001");
        let found = rows(Fax::Group4, 16, &data);
        assert_eq!(found, (vec![0b0000_1100, 0, 0b0001_1110, 0, 0, 0], None));
    }

    #[test]
    fn a_wrong_code_costs_the_rest_of_its_row() {
        let end = "000000000001";
        // White 4, black 2; then no code.
        let data = format!("{end} 1011 11 00000000111 {end} 00110101 0000010111");
        let found = rows(Fax::Group3 { both: false }, 16, &bits(&data));
        assert_eq!(found, (vec![0b0000_1100, 0, 0xFF, 0xFF], Some(WRONG_CODE)));
        let data = [bits("1011 11 0000000011"), bits("00110101 0000010111")].concat();
        let found = rows(Fax::Rows { align: 16 }, 16, &data);
        assert_eq!(found, (vec![0b0000_1100, 0, 0xFF, 0xFF], Some(WRONG_CODE)));
        // An extension; then white 4, black 2, and the row before's.
        let data = bits("001 1011 11 0000001 001 1011 11 1 1 1 1 000000000001 000000000001");
        let found = rows(Fax::Group4, 16, &data);
        let row = [0b0000_1100, 0];
        assert_eq!(found, ([row, row, row].concat(), Some(WRONG_CODE)));
    }

    #[test]
    fn an_end_within_a_row_is_not_a_wrong_code() {
        let found = rows(Fax::Group4, 16, &bits("001 1011 11 1 111 111 111 111 111 001 1011"));
        assert_eq!(found, ([0b0000_1100, 0].repeat(6), None));
    }
}
