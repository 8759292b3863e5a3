//! What a thumbnail is to be, and the rules that hold for it: the one place in Rust that has them.

use std::fmt;

use crate::error::{Error, Result};
use crate::messages::{
    DEFAULT_EFFORT, DEFAULT_QUALITY, FLAG_ENLARGE, FLAG_LOSSLESS, FLAG_REFUSE_TRUNCATED,
};

/// The format of a thumbnail.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// Baseline JPEG: 4:2:0 below quality 90, 4:4:4 from there on; grey stays grey.
    #[default]
    Jpeg = 0,
    /// PNG, 8 bits a channel.
    Png = 1,
    /// WebP: lossy at the request's quality, or lossless where the request says so.
    WebP = 2,
}

/// How the picture meets its box.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Fits the picture inside the box and keeps its proportions. It is not enlarged unless `enlarge` is set.
    #[default]
    Inside = 0,
    /// Fills the box, keeps the proportions, and crops the excess equally from both ends. Both sides must be set.
    /// Without `enlarge`, a side is never larger than the picture's.
    Cover = 1,
    /// Scales each side to the box and ignores the proportions. Both sides must be set. Without `enlarge`, each side
    /// is at most the picture's.
    Stretch = 2,
}

/// How many samples of colour a JPEG has.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Subsampling {
    /// 4:2:0 below quality 90, 4:4:4 from there on.
    #[default]
    ByQuality = 0,
    /// 4:2:0: one for four pixels.
    Quarter = 1,
    /// 4:4:4: one for each pixel.
    Full = 2,
}

/// Whether a JPEG is progressive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Progressive {
    /// Where that makes the file smaller.
    #[default]
    IfSmaller,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl OutputFormat {
    /// Every format that is written, in the order of the numbers.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// The name in JSON and on command lines: `"jpeg"`, `"png"` or `"webp"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }

    /// The format with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|format| *format as u32 == number)
    }
}

impl fmt::Display for OutputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
        })
    }
}

impl Fit {
    /// Every fit, in the order of the numbers.
    pub const ALL: [Self; 3] = [Self::Inside, Self::Cover, Self::Stretch];

    /// The name in JSON and on command lines: `"inside"`, `"cover"` or `"stretch"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Cover => "cover",
            Self::Stretch => "stretch",
        }
    }

    /// The fit with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|fit| *fit as u8 == number)
    }
}

/// One thumbnail that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Width of the box in pixels. 0: follows from the height. Both 0: 100 x 100.
    pub width: u32,
    /// Height of the box in pixels. 0: follows from the width. Both 0: 100 x 100.
    pub height: u32,
    /// The format to write.
    pub format: OutputFormat,
    /// 1 to 100. PNG ignores it and accepts any value. Lossless WebP ignores it, too, but the value must be in range.
    pub quality: u8,
    /// How the picture meets its box.
    pub fit: Fit,
    /// Whether the picture may be made larger than it is.
    pub enlarge: bool,
    /// Whether a WebP is lossless.
    pub lossless: bool,
    /// Whether a truncated image is an error. If not, the missing part stays mid-grey, or transparent if the picture
    /// has alpha.
    pub refuse_truncated: bool,
    /// R, G, B under transparency for formats without alpha.
    pub background: [u8; 3],
    /// How hard the encoder works for a small file: 0, as fast as it can, to 6, as small as it can.
    pub effort: u8,
    /// The samples of colour of a JPEG.
    pub subsampling: Subsampling,
    /// Whether a JPEG is progressive.
    pub progressive: Progressive,
    /// Whether a PNG gets a palette of at most 256 colours, chosen for the picture.
    pub palette: bool,
}

impl Default for Target {
    /// JPEG, quality 85, fit inside, white background: the default of every language's functions. Width and height
    /// are 0, which means a box of 100 x 100 pixels.
    fn default() -> Self {
        Self {
            width: 0,
            height: 0,
            format: OutputFormat::Jpeg,
            quality: DEFAULT_QUALITY,
            fit: Fit::Inside,
            enlarge: false,
            lossless: false,
            refuse_truncated: false,
            background: [255; 3],
            effort: DEFAULT_EFFORT,
            subsampling: Subsampling::ByQuality,
            progressive: Progressive::IfSmaller,
            palette: false,
        }
    }
}

impl Target {
    /// Checks the range of the quality, and that `fit` and `lossless` agree with the other fields.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first of `quality`, `fit` and `lossless` that is wrong.
    pub fn check(&self) -> Result<()> {
        self.check_quality()?;
        self.check_fit()?;
        self.check_lossless()
    }

    fn check_quality(&self) -> Result<()> {
        if self.format != OutputFormat::Png && !(1..=100).contains(&self.quality) {
            return Err(wrong_quality(self.quality.into()));
        }
        Ok(())
    }

    fn check_fit(&self) -> Result<()> {
        if self.fit != Fit::Inside && (self.width == 0 || self.height == 0) {
            let value =
                format!("{} with a box of {} x {}", self.fit.name(), self.width, self.height);
            return Err(Error::parameter("fit", value, "cover and stretch need both sides"));
        }
        Ok(())
    }

    fn check_lossless(&self) -> Result<()> {
        if self.lossless && self.format != OutputFormat::WebP {
            let value = format!("set for a {}", self.format);
            return Err(Error::parameter("lossless", value, "only WebP has that choice"));
        }
        Ok(())
    }
}

fn wrong_quality(quality: u32) -> Error {
    Error::parameter("quality", quality, "1 to 100 is allowed")
}

/// The raw fields of one thumbnail in a request, not yet checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TargetFields {
    /// `target_width`.
    pub width: u32,
    /// `target_height`.
    pub height: u32,
    /// `output_format`.
    pub format: u32,
    /// `quality`.
    pub quality: u32,
    /// `fit`; 0 in version 1.
    pub fit: u8,
    /// `flags`; 0 in version 1.
    pub flags: u8,
    /// `background`; zeros in version 1.
    pub background: [u8; 4],
}

impl TargetFields {
    /// The numbers of [`Target::default`].
    pub const DEFAULT: Self = Self {
        width: 0,
        height: 0,
        format: OutputFormat::Jpeg as u32,
        quality: u32::from_le_bytes([DEFAULT_QUALITY, 0, 0, 0]),
        fit: Fit::Inside as u8,
        flags: 0,
        background: [0; 4],
    };

    /// Checks the fields in their order and converts them.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first field that is wrong.
    pub fn check(self) -> Result<Target> {
        let mut target = Target { width: self.width, height: self.height, ..Target::default() };
        target.format = OutputFormat::from_number(self.format).ok_or_else(|| {
            let allowed = "0 (JPEG), 1 (PNG) and 2 (WebP) are allowed";
            Error::parameter("output_format", self.format, allowed)
        })?;
        target.quality = match target.format {
            // PNG has no quality: whatever was sent is ignored.
            OutputFormat::Png => 100,
            _ => u8::try_from(self.quality).map_err(|_| wrong_quality(self.quality))?,
        };
        target.check_quality()?;
        target.fit = Fit::from_number(self.fit).ok_or_else(|| {
            let allowed = "0 (inside), 1 (cover) and 2 (stretch) are allowed";
            Error::parameter("fit", self.fit, allowed)
        })?;
        target.check_fit()?;
        if self.flags & !(FLAG_ENLARGE | FLAG_LOSSLESS | FLAG_REFUSE_TRUNCATED) != 0 {
            let value = format!("{:#010b}", self.flags);
            return Err(Error::parameter("flags", value, "bits 0, 1 and 2 are allowed"));
        }
        target.enlarge = self.flags & FLAG_ENLARGE != 0;
        target.lossless = self.flags & FLAG_LOSSLESS != 0;
        target.refuse_truncated = self.flags & FLAG_REFUSE_TRUNCATED != 0;
        target.check_lossless()?;
        target.background = match self.background {
            [0, 0, 0, 0] => [255; 3],
            [r, g, b, 255] => [r, g, b],
            [r, g, b, a] => {
                let value = format!("{r}, {g}, {b}, {a}");
                let allowed = "the fourth byte must be 255, or all four 0 for white";
                return Err(Error::parameter("background", value, allowed));
            }
        };
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_what_its_numbers_mean() {
        let target = Target {
            width: 7,
            height: 8,
            format: OutputFormat::WebP,
            quality: 9,
            fit: Fit::Stretch,
            enlarge: true,
            lossless: true,
            refuse_truncated: true,
            background: [1, 2, 3],
            ..Target::default()
        };
        let fields = TargetFields {
            width: 7,
            height: 8,
            format: 2,
            quality: 9,
            fit: 2,
            flags: FLAG_ENLARGE | FLAG_LOSSLESS | FLAG_REFUSE_TRUNCATED,
            background: [1, 2, 3, 255],
        };
        assert_eq!(fields.check().unwrap(), target);
        assert_eq!(TargetFields::DEFAULT.check().unwrap(), Target::default());
    }

    #[test]
    fn numbers_and_names_are_in_order() {
        for (number, format) in (0..).zip(OutputFormat::ALL) {
            assert_eq!(OutputFormat::from_number(number), Some(format));
        }
        for (number, fit) in (0..).zip(Fit::ALL) {
            assert_eq!(Fit::from_number(number), Some(fit));
        }
        assert_eq!((OutputFormat::from_number(3), Fit::from_number(3)), (None, None));
    }
}
