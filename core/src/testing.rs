//! For tests and for comparisons with other decoders; in no build that ships.

pub use thumbox_protocol::MSG_PANIC;

use thumbox_protocol::Format;

use crate::budget::Budget;
use crate::error::Result;
use crate::{decode, inspect};

/// A JPEG as the decoder delivers it, before any resizing: width, height and interleaved samples, with `size`
/// samples (8, 4, 3, 2 or 1) for each 8 of the file.
///
/// # Errors
/// As message 100.
pub fn jpeg_at(data: &[u8], size: u32, budget: &Budget) -> Result<(u32, u32, Vec<u8>)> {
    let headers = inspect::jpeg::headers(data)?;
    let pixels = u64::from(headers.frame.width) * u64::from(headers.frame.height);
    budget.allow_work(Format::Jpeg, pixels, data.len() as u64);
    let picture =
        decode::jpeg::decode_at(data, &headers, size, (u64::MAX, u64::MAX), budget)?.picture;
    Ok((picture.width, picture.height, picture.pixels))
}
