//! The masks of icons and cursors.

/// Where a bitmap shows what is behind it.
#[derive(Clone, Copy)]
pub(super) struct Mask<'a> {
    /// A bit a pixel, of which 1 shows it; each row is filled up to 4 bytes.
    data: &'a [u8],
    /// Bytes of a row.
    stride: usize,
}

impl<'a> Mask<'a> {
    /// Of rows of `width` pixels: what is stored behind them.
    pub(super) fn new(width: u32, data: &'a [u8]) -> Self {
        let stride = usize::try_from(u64::from(width).div_ceil(32) * 4).unwrap_or(usize::MAX);
        Self { data, stride }
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
