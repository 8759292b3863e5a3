//! The bitmaps of icons and cursors: without a file header, and with a mask behind the pixels, which counts in the height.

use super::headers::{Headers, Pixels};
use crate::error::Result;

/// Where a bitmap shows what is behind it.
#[derive(Clone, Copy)]
pub(super) struct Mask<'a> {
    /// A bit a pixel, of which 1 shows it; each row is filled up to 4 bytes.
    data: &'a [u8],
    /// Bytes of a row.
    stride: usize,
}

impl<'a> Mask<'a> {
    /// The mask of a bitmap; `None` where pixels have alpha of their own.
    pub(super) fn of(headers: &Headers<'a>) -> Option<Self> {
        let width = u64::from(headers.info.width);
        let bytes = |bits: u64| (width * bits).div_ceil(32) * 4;
        let length = bytes(headers.depth.into()).saturating_mul(headers.info.height.into());
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let pixels = headers.data.get(..length).unwrap_or(headers.data);
        let data = match &headers.pixels {
            Pixels::Fields(fields) if fields.has_alpha() => {
                if pixels.as_chunks::<4>().0.iter().any(|[.., alpha]| *alpha != 0) {
                    return None;
                }
                headers.data.get(length..)
            }
            // Where runs end is not known.
            Pixels::Runs(_) => None,
            _ => headers.data.get(length..),
        };
        let stride = usize::try_from(bytes(1)).unwrap_or(usize::MAX);
        Some(Self { data: data.unwrap_or_default(), stride })
    }

    /// Gives pixels of `channels` samples the alpha of a row, counted in the order in which rows are stored. What is
    /// missing of the mask shows nothing.
    pub(super) fn apply(&self, row: u32, channels: usize, pixels: &[u8], to: &mut Vec<u8>) {
        let start = (row as usize).saturating_mul(self.stride);
        let bits = self.data.get(start..).unwrap_or_default();
        to.clear();
        for (x, pixel) in pixels.chunks_exact(channels).enumerate() {
            let byte = bits.get(..self.stride).unwrap_or(bits).get(x / 8).copied().unwrap_or(0);
            let alpha = if byte << (x % 8) & 0x80 == 0 { 255 } else { 0 };
            to.extend(pixel.iter().take(3));
            to.push(alpha);
        }
    }
}

impl<'a> Headers<'a> {
    /// Reads a bitmap of an icon.
    ///
    /// # Errors
    /// As for a file.
    pub(super) fn of_icon(bitmap: &'a [u8]) -> Result<Self> {
        let mut headers = Self::read(bitmap, 0, 0)?;
        headers.halve()?;
        headers.mask = Mask::of(&headers);
        headers.info.alpha = true;
        Ok(headers)
    }
}
