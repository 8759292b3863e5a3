//! Blocks: literals and matches in turn (RFC 8878, section 3.1.1.3).

use super::huffman::Codes;
use super::literals::{self, MOST_BYTES};
use super::sequences::{Sequence, Tables};

/// What one block leaves to the next.
pub(super) struct Blocks {
    codes: Codes,
    tables: Tables,
    literals: Vec<u8>,
    /// Offsets of the last three matches.
    offsets: [u64; 3],
    is_damaged: bool,
}

impl Blocks {
    /// Bytes beside its own.
    pub(super) const WORKING: u64 = MOST_BYTES as u64;

    pub(super) fn new() -> Self {
        Self {
            codes: Codes::new(),
            tables: Tables::new(),
            literals: vec![0; MOST_BYTES],
            offsets: [0; 3],
            is_damaged: false,
        }
    }

    /// Begins a frame.
    pub(super) fn start(&mut self) {
        self.codes.reset();
        self.tables.reset();
        self.offsets = [1, 4, 8];
        self.is_damaged = false;
    }

    /// Whether something was found to be damaged, and shown.
    pub(super) const fn are_damaged(&self) -> bool {
        self.is_damaged
    }

    /// Decompresses a block to `start` of `output`, before which is what it may look back at; how many bytes there are.
    pub(super) fn read(&mut self, data: &[u8], output: &mut [u8], start: usize) -> Option<usize> {
        let (count, rest, is_damaged) = literals::read(data, &mut self.codes, &mut self.literals)?;
        self.is_damaged |= is_damaged;
        let mut literals = self.literals.get(..count)?;
        let end = start.checked_add(MOST_BYTES)?.min(output.len());
        let output = output.get_mut(..end)?;
        let mut at = start;
        let mut sequences = self.tables.start(rest)?;
        while let Some(sequence) = sequences.next() {
            let (own, rest) = literals.split_at_checked(sequence.literals)?;
            literals = rest;
            output.get_mut(at..)?.get_mut(..own.len())?.copy_from_slice(own);
            at += own.len();
            let offset = usize::try_from(offset(&mut self.offsets, &sequence)?).ok()?;
            copy(output, at, offset, sequence.length)?;
            at += sequence.length;
        }
        if !sequences.are_over() {
            return None;
        }
        output.get_mut(at..)?.get_mut(..literals.len())?.copy_from_slice(literals);
        Some(at + literals.len() - start)
    }
}

/// How far back a match begins (section 3.1.1.5).
fn offset(last: &mut [u64; 3], sequence: &Sequence) -> Option<u64> {
    let [first, second, third] = *last;
    let shift = u64::from(sequence.literals == 0);
    let (offset, rest) = match sequence.offset {
        value @ 4.. => (value - 3, [first, second]),
        value => match value + shift {
            1 => (first, [second, third]),
            2 => (second, [first, third]),
            3 => (third, [first, second]),
            _ => (first.checked_sub(1)?, [first, second]),
        },
    };
    *last = [offset, rest[0], rest[1]];
    (offset > 0).then_some(offset)
}

/// Copies what lies `offset` bytes before to `at`, byte by byte where the two overlap.
#[inline]
fn copy(output: &mut [u8], at: usize, offset: usize, length: usize) -> Option<()> {
    let from = at.checked_sub(offset)?;
    if at.checked_add(length)? > output.len() {
        return None;
    }
    let mut done = 0;
    while done < length {
        // What was copied is there to be copied, too.
        let count = (length - done).min(offset + done);
        output.copy_within(from..from + count, at + done);
        done += count;
    }
    Some(())
}
