//! A picture between two stages: 8-bit, interleaved, straight alpha, and paid for.

use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};

/// The channels of a pixel, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// 0 is no ink, 255 all of it. Becomes RGB with the colour stage.
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

    /// What a pixel that was never decoded shows: nothing where there is alpha, else middle grey, which is
    /// what libjpeg and browsers show.
    pub(crate) const fn neutral(self) -> &'static [u8] {
        match self {
            Self::Grey => &[128],
            Self::GreyAlpha => &[128, 0],
            Self::Rgb => &[128; 3],
            Self::Rgba => &[128, 128, 128, 0],
            Self::Cmyk => &[0, 0, 0, 127],
        }
    }
}

/// Pixels with their dimensions and the charge that covers them.
#[derive(Debug)]
pub(crate) struct Picture<'b> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) layout: Layout,
    /// `width * height * layout.channels()` bytes, rows from the top.
    pub(crate) pixels: Vec<u8>,
    /// Its pixels for each stored one, a side: 1 where the decoder reduced nothing. Its last row and column
    /// may reach beyond the stored picture.
    pub(crate) scale: f64,
    /// Whether colour has been multiplied by alpha, as the resizer needs it.
    pub(crate) premultiplied: bool,
    pub(crate) charge: Charge<'b>,
}

impl<'b> Picture<'b> {
    /// A neutral picture, charged before it is allocated.
    pub(crate) fn neutral(
        width: u32,
        height: u32,
        layout: Layout,
        budget: &'b Budget,
        purpose: &'static str,
    ) -> Result<Self> {
        let count = u64::from(width) * u64::from(height);
        let charge = budget.charge_pixels(count, layout.channels() as u64, purpose)?;
        let count = usize::try_from(count).map_err(|_| too_large(width, height))?;
        let pixels = match layout.neutral() {
            [byte] => vec![*byte; count],
            pixel => pixel.repeat(count),
        };
        Ok(Self { width, height, layout, pixels, scale: 1.0, premultiplied: false, charge })
    }

    /// Bytes of a row.
    pub(crate) fn stride(&self) -> usize {
        self.width as usize * self.layout.channels()
    }
}

/// Beyond the address space: cannot be reached under a limit that fits into it.
fn too_large(width: u32, height: u32) -> Error {
    Error::Bug(format!("a picture of {width} x {height} was charged and cannot be addressed"))
}
