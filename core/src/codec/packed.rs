//! Pixels of a byte or less: a value of 1, 2, 4 or 8 bits stands for each, and several share a byte.

use crate::picture::Layout;

/// The samples of the pixels of each byte.
pub(super) struct Packed(Vec<u8>);

impl Packed {
    /// Bytes that it allocates: 8 pixels of 4 samples for each byte.
    pub(super) const WORKING: u64 = 256 * 8 * 4;

    /// Values of `depth` bits, 1, 2, 4 or 8, the first in the highest bits. `values`: the samples of each value; those
    /// that are missing are zeros.
    pub(super) fn new(values: &[[u8; 4]], depth: u8, layout: Layout) -> Self {
        let mask = u8::MAX >> (8 - depth);
        let mut samples = Vec::with_capacity(256 * 8 * 4);
        for byte in 0..=u8::MAX {
            for pixel in 1..=8 / depth {
                let value = byte >> (8 - pixel * depth) & mask;
                let value = values.get(usize::from(value)).copied().unwrap_or_default();
                samples.extend(value.iter().take(layout.channels()));
            }
        }
        Self(samples)
    }

    /// The pixels of a row, and some more where its last byte is not full.
    pub(super) fn row<'r>(&self, stored: &[u8], row: &'r mut Vec<u8>) -> &'r [u8] {
        match self.0.len() / 256 {
            1 => self.look_up::<1>(stored, row),
            2 => self.look_up::<2>(stored, row),
            3 => self.look_up::<3>(stored, row),
            4 => self.look_up::<4>(stored, row),
            6 => self.look_up::<6>(stored, row),
            8 => self.look_up::<8>(stored, row),
            12 => self.look_up::<12>(stored, row),
            16 => self.look_up::<16>(stored, row),
            24 => self.look_up::<24>(stored, row),
            _ => self.look_up::<32>(stored, row),
        }
        row
    }

    fn look_up<const N: usize>(&self, stored: &[u8], row: &mut Vec<u8>) {
        let samples = self.0.as_chunks::<N>().0;
        row.resize(stored.len() * N, 0);
        for (pixels, byte) in row.as_chunks_mut::<N>().0.iter_mut().zip(stored) {
            *pixels = samples.get(usize::from(*byte)).copied().unwrap_or([0; N]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_of_every_depth_and_layout_are_unpacked_from_the_highest_bits() {
        for depth in [1, 2, 4, 8] {
            for layout in [Layout::Grey, Layout::GreyAlpha, Layout::Rgb, Layout::Rgba] {
                let values: Vec<[u8; 4]> =
                    (0..=u8::MAX >> (8 - depth)).map(|n| [n, n ^ 1, n ^ 2, n ^ 3]).collect();
                let packed = Packed::new(&values, depth, layout);
                let mut row = Vec::new();
                let pixels = packed.row(&[0b0110_1100, 0xFF], &mut row);
                let first = 0b0110_1100 >> (8 - depth);
                assert_eq!(pixels[0], first);
                assert_eq!(pixels.len(), usize::from(16 / depth) * layout.channels());
                assert_eq!(pixels[pixels.len() - layout.channels()], u8::MAX >> (8 - depth));
            }
        }
    }
}
