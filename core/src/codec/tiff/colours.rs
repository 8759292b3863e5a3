//! What the samples of a pixel mean (tag 262).

use thumbox_protocol::Format;

use crate::codec::lab::Lab;
use crate::error::{Error, Result};

/// What samples mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// Grey; `inverted`: 0 is white.
    Grey {
        inverted: bool,
    },
    Rgb,
    Palette,
    Cmyk,
    /// Luma and two colour differences (TIFF 6.0, section 21).
    Ycc,
    Lab(Lab),
}

impl Colours {
    /// What `photometric` says of pixels of so many samples. Where it says nothing, `is_fax` makes 0 white, as the
    /// codes of faxes have it.
    ///
    /// # Errors
    /// 200, by name, for what is not read; 201 where there are too few samples.
    pub(super) fn new(photometric: Option<u64>, samples: u32, is_fax: bool) -> Result<Self> {
        let colours = match photometric {
            Some(0) => Self::Grey { inverted: true },
            Some(1) => Self::Grey { inverted: false },
            None if samples < 3 => Self::Grey { inverted: is_fax },
            Some(2) | None => Self::Rgb,
            Some(3) => Self::Palette,
            Some(5) => Self::Cmyk,
            Some(6) => Self::Ycc,
            Some(8) => Self::Lab(Lab::Cie),
            Some(9) => Self::Lab(Lab::Icc),
            Some(10) => Self::Lab(Lab::Itu),
            Some(other) => {
                let name = match other {
                    4 => " (transparency mask)",
                    32_803 => " (colour filter array of a camera)",
                    32_844 | 32_845 => " (LogLuv)",
                    34_892 => " (linear raw of a camera)",
                    51_177 => " (depth map)",
                    _ => "",
                };
                let detail = format!(
                    "photometric interpretation {other}{name}; supported: grey, RGB, palette, CMYK, YCbCr, Lab"
                );
                return Err(Error::unsupported(Format::Tiff, detail));
            }
        };
        let least = colours.samples();
        if samples < least {
            let detail = format!("{samples} samples per pixel; its colours need {least}");
            return Err(Error::corrupt(Format::Tiff, detail));
        }
        Ok(colours)
    }

    /// Samples of a pixel that are its colour.
    pub(super) const fn samples(self) -> u32 {
        match self {
            Self::Grey { .. } | Self::Palette => 1,
            Self::Rgb | Self::Ycc | Self::Lab(_) => 3,
            Self::Cmyk => 4,
        }
    }

    /// Whether a further sample can be an opacity.
    pub(super) const fn can_have_alpha(self) -> bool {
        matches!(self, Self::Grey { .. } | Self::Rgb | Self::Palette)
    }
}
