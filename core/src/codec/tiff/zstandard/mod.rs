//! Zstandard (RFC 8878), as libtiff writes it: one frame a strip or tile, without a dictionary.

mod backward;
mod block;
mod fse;
mod huffman;
mod literals;
mod sequences;

use std::mem::size_of;

use super::fault::Fault;
use crate::budget::{Budget, Charge};
use crate::error::Result;
use backward::number;
use block::Blocks;
use literals::MOST_BYTES;

/// Decompresses chunks.
pub(super) struct Zstandard<'d, 'b> {
    blocks: Box<Blocks>,
    /// What was decompressed and is not given out yet, behind what blocks look back at.
    output: Vec<u8>,
    read: usize,
    written: usize,
    /// Bytes that blocks look back at.
    window: usize,
    /// What is left of the frame.
    data: &'d [u8],
    has_ended: bool,
    budget: &'b Budget,
    /// For the longest output so far.
    charge: Option<Charge<'b>>,
}

const BROKEN: Fault = "a strip or tile cannot be decompressed by Zstandard";

impl<'d, 'b> Zstandard<'d, 'b> {
    /// Bytes of its tables and of literals.
    pub(super) const WORKING: u64 = size_of::<Blocks>() as u64 + Blocks::WORKING;

    pub(super) fn new(budget: &'b Budget) -> Self {
        Self {
            blocks: Box::new(Blocks::new()),
            output: Vec::new(),
            read: 0,
            written: 0,
            window: 0,
            data: &[],
            has_ended: true,
            budget,
            charge: None,
        }
    }

    /// Begins a chunk, of which `needed` bytes at the most are asked for.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover its window.
    pub(super) fn start(
        &mut self,
        data: &'d [u8],
        needed: u64,
    ) -> Result<std::result::Result<(), Fault>> {
        let Some(Header { window, rest }) = Header::read(data) else { return Ok(Err(BROKEN)) };
        // Nobody looks back at more than there is.
        let window = window.min(needed);
        // Twice, so that it is moved once for as many bytes; and a block.
        let bytes = window.saturating_mul(2).saturating_add(MOST_BYTES as u64);
        if bytes > self.output.len() as u64 {
            self.output = Vec::new();
            self.charge = None;
            self.charge = Some(self.budget.charge(bytes, "the window of Zstandard")?);
            self.output = vec![0; usize::try_from(bytes).unwrap_or(0)];
        }
        self.window = usize::try_from(window).unwrap_or(0);
        (self.read, self.written, self.has_ended) = (0, 0, false);
        self.data = rest;
        self.blocks.start();
        Ok(Ok(()))
    }

    /// Fills `to`, as far as there is data; how many bytes there were.
    pub(super) fn read(&mut self, to: &mut [u8]) -> std::result::Result<usize, Fault> {
        while self.read == self.written && !self.has_ended {
            self.block().ok_or(BROKEN)?;
        }
        let there = self.output.get(self.read..self.written).unwrap_or_default();
        let count = there.len().min(to.len());
        to.iter_mut().zip(there).for_each(|(to, byte)| *to = *byte);
        self.read += count;
        Ok(count)
    }

    /// What is wrong with what was read of the chunk.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.blocks.are_damaged().then_some(BROKEN)
    }

    /// Decompresses the next block. Where the data ends, nothing more comes.
    fn block(&mut self) -> Option<()> {
        let Some((header, rest)) = self.data.split_first_chunk::<3>() else {
            self.has_ended = true;
            return Some(());
        };
        let [low, middle, high] = *header;
        let header = u32::from_le_bytes([low, middle, high, 0]);
        let size = (header >> 3) as usize;
        if self.output.len() - self.written < MOST_BYTES {
            let kept = self.written.saturating_sub(self.window);
            self.output.copy_within(kept..self.written, 0);
            self.written -= kept;
            self.read = self.written;
        }
        let start = self.written;
        let (made, rest) = match header >> 1 & 3 {
            0 => {
                // One that is cut off is shown as far as it came.
                let (stored, rest) = rest.split_at(size.min(rest.len()));
                self.output.get_mut(start..)?.get_mut(..stored.len())?.copy_from_slice(stored);
                (stored.len(), rest)
            }
            1 => {
                let (byte, rest) = rest.split_first()?;
                self.output.get_mut(start..)?.get_mut(..size)?.fill(*byte);
                (size, rest)
            }
            2 => match rest.split_at_checked(size) {
                Some((data, rest)) => (self.blocks.read(data, &mut self.output, start)?, rest),
                None => {
                    self.has_ended = true;
                    return Some(());
                }
            },
            _ => return None,
        };
        if made > MOST_BYTES {
            return None;
        }
        self.written += made;
        self.data = rest;
        self.has_ended = header & 1 == 1;
        Some(())
    }
}

/// A frame's header.
struct Header<'d> {
    /// Bytes that its blocks may look back at.
    window: u64,
    rest: &'d [u8],
}

impl<'d> Header<'d> {
    /// RFC 8878, section 3.1.1.1; `None` for what is no frame, or one that needs a dictionary.
    fn read(data: &'d [u8]) -> Option<Self> {
        let [0x28, 0xB5, 0x2F, 0xFD, descriptor, rest @ ..] = data else { return None };
        let is_single = descriptor & 0x20 != 0;
        if descriptor & 0x08 != 0 {
            return None;
        }
        let (window, rest) = match rest {
            _ if is_single => (None, rest),
            [window, rest @ ..] => {
                let base = 1_u64 << (10 + (window >> 3));
                (Some(base + base / 8 * u64::from(window & 7)), rest)
            }
            [] => return None,
        };
        let size = *[0, 1, 2, 4].get(usize::from(descriptor & 3))?;
        let (dictionary, rest) = rest.split_at_checked(size)?;
        if number(dictionary, size) != 0 {
            return None;
        }
        let size = match descriptor >> 6 {
            0 => usize::from(is_single),
            kind => 1 << kind,
        };
        let (content, rest) = rest.split_at_checked(size)?;
        let content = number(content, size);
        // Two bytes begin at 256.
        let content = if size == 2 { content + 256 } else { content };
        Some(Self { window: window.unwrap_or(content), rest })
    }
}

#[cfg(test)]
mod tests;
