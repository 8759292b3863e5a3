//! Zstandard (RFC 8878), as libtiff writes it.

use std::io::Read;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::fault::Fault;
use crate::budget::{Budget, Charge};
use crate::error::Result;

/// Decompresses chunks.
pub(super) struct Zstandard<'d, 'b> {
    decoder: FrameDecoder,
    data: &'d [u8],
    budget: &'b Budget,
    /// For the largest window so far.
    window: Option<Charge<'b>>,
}

impl<'d, 'b> Zstandard<'d, 'b> {
    /// Bytes of its tables and of blocks.
    pub(super) const WORKING: u64 = 1 << 20;

    pub(super) fn new(budget: &'b Budget) -> Self {
        Self { decoder: FrameDecoder::new(), data: &[], budget, window: None }
    }

    /// Begins a chunk.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover its window.
    pub(super) fn start(&mut self, data: &'d [u8]) -> Result<std::result::Result<(), Fault>> {
        let Some(window) = window(data) else { return Ok(Err(BROKEN)) };
        // The ring that holds it grows in powers of two, and is copied when it does.
        let needed = window.saturating_add(256 << 10).saturating_mul(3);
        self.window = None;
        self.decoder = FrameDecoder::new();
        self.window = Some(self.budget.charge(needed, "the window of Zstandard")?);
        self.decoder.set_max_window_size(window);
        self.data = data;
        Ok(self.decoder.reset(&mut self.data).map_err(|_| BROKEN))
    }

    /// Fills `to`, as far as there is data; how many bytes there were.
    pub(super) fn read(&mut self, to: &mut [u8]) -> std::result::Result<usize, Fault> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let strategy = BlockDecodingStrategy::UptoBlocks(1);
            self.decoder.decode_blocks(&mut self.data, strategy).map_err(|_| BROKEN)?;
        }
        self.decoder.read(to).map_err(|_| BROKEN)
    }
}

const BROKEN: Fault = "a strip or tile cannot be decompressed by Zstandard";

/// The window that a frame's header asks for, in bytes (RFC 8878, section 3.1.1.1).
fn window(data: &[u8]) -> Option<u64> {
    let [0x28, 0xB5, 0x2F, 0xFD, descriptor, rest @ ..] = data else { return None };
    let single = descriptor & 0x20 != 0;
    if !single {
        let window = rest.first()?;
        let base = 1_u64 << (10 + (window >> 3));
        return Some(base + base / 8 * u64::from(window & 7));
    }
    let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied()?;
    let size = [1, 2, 4, 8].get(usize::from(descriptor >> 6)).copied()?;
    let bytes = rest.get(dictionary..)?.get(..size)?;
    let content = bytes.iter().rev().fold(0, |content, byte| content << 8 | u64::from(*byte));
    // Two bytes begin at 256.
    Some(if size == 2 { content + 256 } else { content })
}
