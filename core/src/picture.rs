//! A picture between two stages: interleaved samples, straight alpha, and paid for.

use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};

/// The channels of a pixel, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// 0 is no ink, the highest value all of it. Becomes RGB with the colour stage.
    Cmyk,
}

impl Layout {
    pub(crate) const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }

    pub(crate) const fn has_alpha(self) -> bool {
        matches!(self, Self::GreyAlpha | Self::Rgba)
    }

    /// What a pixel that was never decoded shows, in 8 bits: nothing where there is alpha, else middle grey, which is
    /// what libjpeg and browsers show.
    pub(crate) const fn neutral(self) -> [u8; 4] {
        match self {
            Self::Grey | Self::Rgb => [128; 4],
            Self::GreyAlpha | Self::Rgba => [0; 4],
            Self::Cmyk => [0, 0, 0, 127],
        }
    }
}

/// A sample of a picture: of 8 bits, or of 16 where the source has more than 8.
pub(crate) trait Sample:
    Copy + Default + PartialEq + Into<u64> + Into<u32> + std::fmt::Debug
{
    /// The highest: full intensity, full opacity.
    const MAX: u64;

    /// The same intensity from 8 bits.
    fn from_8(value: u8) -> Self;
    /// The same intensity in 8 bits, rounded.
    fn to_8(self) -> u8;
    /// A value that is not above [`Sample::MAX`]; the highest for one that is.
    fn from_u64(value: u64) -> Self;
}

impl Sample for u8 {
    const MAX: u64 = 0xFF;

    fn from_8(value: u8) -> Self {
        value
    }

    fn to_8(self) -> u8 {
        self
    }

    fn from_u64(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
}

impl Sample for u16 {
    const MAX: u64 = 0xFFFF;

    fn from_8(value: u8) -> Self {
        u16::from(value) * 257
    }

    /// W3C PNG, third edition, section 13.12: the nearest of 255 parts.
    fn to_8(self) -> u8 {
        let [_, high, ..] = (u32::from(self) * 255 + 32_895).to_be_bytes();
        high
    }

    fn from_u64(value: u64) -> Self {
        Self::try_from(value).unwrap_or(Self::MAX)
    }
}

/// Pixels with their dimensions and the charge that covers them.
#[derive(Debug)]
pub(crate) struct Picture<'b, S = u8> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) layout: Layout,
    /// `width * height * layout.channels()` samples, rows from the top.
    pub(crate) pixels: Vec<S>,
    /// Whether its rows are a thumbnail's already, and only columns are to be resized.
    pub(crate) has_final_rows: bool,
    pub(crate) charge: Charge<'b>,
}

impl<'b, S: Sample> Picture<'b, S> {
    /// A neutral picture, charged before it is allocated.
    pub(crate) fn neutral(
        width: u32,
        height: u32,
        layout: Layout,
        budget: &'b Budget,
        purpose: &'static str,
    ) -> Result<Self> {
        let (samples, charge) = Self::charge(width, height, layout, budget, purpose)?;
        let neutral = layout.neutral();
        let has_final_rows = false;
        let pixels = match neutral.get(..layout.channels()).unwrap_or_default() {
            // All alike: memory that is zero already need not be touched.
            [first, others @ ..] if others.iter().all(|other| other == first) => {
                vec![S::from_8(*first); samples]
            }
            pixel => {
                let pixel: Vec<S> = pixel.iter().map(|sample| S::from_8(*sample)).collect();
                pixel.repeat(samples / layout.channels())
            }
        };
        Ok(Self { width, height, layout, pixels, has_final_rows, charge })
    }

    /// One whose pixels are still to come, charged as they all are.
    pub(crate) fn empty(
        width: u32,
        height: u32,
        layout: Layout,
        budget: &'b Budget,
        purpose: &'static str,
    ) -> Result<Self> {
        let (samples, charge) = Self::charge(width, height, layout, budget, purpose)?;
        let pixels = Vec::with_capacity(samples);
        Ok(Self { width, height, layout, pixels, has_final_rows: false, charge })
    }

    /// Pays for a whole picture; with how many samples it has.
    fn charge(
        width: u32,
        height: u32,
        layout: Layout,
        budget: &'b Budget,
        purpose: &'static str,
    ) -> Result<(usize, Charge<'b>)> {
        let count = u64::from(width) * u64::from(height);
        let bytes = (layout.channels() * size_of::<S>()) as u64;
        let charge = budget.charge_pixels(count, bytes, purpose)?;
        let samples = usize::try_from(count).ok().and_then(|n| n.checked_mul(layout.channels()));
        Ok((samples.ok_or_else(|| too_large(width, height))?, charge))
    }

    /// Samples of a row.
    pub(crate) fn stride(&self) -> usize {
        self.width as usize * self.layout.channels()
    }

    /// A row; `None` below the last.
    #[inline]
    pub(crate) fn row_mut(&mut self, y: u32) -> Option<&mut [S]> {
        let stride = self.stride();
        let start = (y as usize).checked_mul(stride)?;
        self.pixels.get_mut(start..)?.get_mut(..stride)
    }
}

/// Red, green, blue and alpha of a pixel of any layout but CMYK.
pub(crate) fn rgba(pixel: &[u8]) -> [u8; 4] {
    match *pixel {
        [red, green, blue, alpha] => [red, green, blue, alpha],
        [red, green, blue] => [red, green, blue, u8::MAX],
        [grey, alpha] => [grey, grey, grey, alpha],
        [grey] => [grey, grey, grey, u8::MAX],
        _ => [0; 4],
    }
}

/// Beyond the address space: cannot be reached under a limit that fits into it.
fn too_large(width: u32, height: u32) -> Error {
    Error::Bug(format!("a picture of {width} x {height} was charged and cannot be addressed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_become_the_nearest_eight() {
        for value in 0..=u16::MAX {
            let nearest = (f64::from(value) / 257.0).round();
            assert_eq!(f64::from(value.to_8()), nearest, "{value}");
        }
        assert!((0..=255).all(|value| u16::from_8(value).to_8() == value));
    }
}
