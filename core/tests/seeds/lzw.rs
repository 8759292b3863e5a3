//! LZW.

use super::super::containers::bits::{Bits, First};

/// Literals alone, and a table that is cleared before a code becomes longer: GIF's with [`First::Low`], TIFF's with
/// [`First::High`] and 8 bits.
pub(super) fn lzw(values: &[u8], size: usize, first: First) -> Vec<u8> {
    let (clear, width) = (1 << size, size + 1);
    let mut bits = Bits::new(first);
    // TIFF's codes become longer one code early.
    let most = (1 << size) - 2 - usize::from(first == First::High);
    for run in values.chunks(most) {
        bits.put(clear, width);
        run.iter().for_each(|value| bits.put(u32::from(*value), width));
    }
    bits.put(clear, width);
    bits.put(clear + 1, width);
    bits.bytes
}
