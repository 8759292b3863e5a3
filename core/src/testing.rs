//! For tests and for comparisons with other decoders; in no build that ships.

pub use thumbox_protocol::MSG_PANIC;

use thumbox_protocol::Target;

use crate::budget::Budget;
use crate::codec::{self, Pixels, decode_at};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

/// A JPEG as the decoder delivers it, before any resizing: width, height and interleaved samples, with `size`
/// samples (8, 4, 3, 2 or 1) for each 8 of the file.
///
/// # Errors
/// As message 100.
pub fn jpeg_at(data: &[u8], size: u32, budget: &Budget) -> Result<(u32, u32, Vec<u8>)> {
    match decode_at(data, size, budget)?.pixels {
        Pixels::Eight(picture) => Ok((picture.width, picture.height, picture.pixels)),
        Pixels::Sixteen(_) => Err(Error::Bug("a JPEG of 16 bits".into())),
    }
}

/// The file that an encoder makes of pixels: `width * height` samples are grey, and twice, 3 or 4 times as many are grey with
/// alpha, RGB and RGBA. A JPEG has no alpha.
///
/// # Errors
/// As message 100.
pub fn encode(
    width: u32,
    height: u32,
    pixels: &[u8],
    target: &Target,
    budget: &Budget,
) -> Result<Vec<u8>> {
    let layout = match pixels.len() / (width as usize * height as usize) {
        1 => Layout::Grey,
        2 => Layout::GreyAlpha,
        3 => Layout::Rgb,
        _ => Layout::Rgba,
    };
    let mut picture = Picture::empty(width, height, layout, budget, "a test's picture")?;
    picture.pixels.extend(pixels);
    Ok(codec::encode(&picture, target, None, budget)?.bytes)
}
