//! What a thumbnail is to be, and the rules that hold for it: the one place in Rust that has them.

use std::fmt;

use crate::error::{Error, Result};
use crate::messages::{
    DEFAULT_EFFORT, DEFAULT_QUALITY, FLAG_BASELINE, FLAG_ENLARGE, FLAG_LOSSLESS, FLAG_PALETTE,
    FLAG_PROGRESSIVE, FLAG_REFUSE_TRUNCATED, MAX_EFFORT,
};

/// The format of a thumbnail.
#[repr(u32)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// JPEG: 4:2:0 below quality 90, 4:4:4 from there on; grey stays grey. Baseline, or progressive where that is asked for or, at
    /// the highest effort, smaller.
    #[default]
    Jpeg = 0,
    /// PNG in the smallest form that is exact: grey or RGB of 8 bits, with alpha where there is any, grey of fewer bits, or a
    /// palette.
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

impl Subsampling {
    /// Every choice, in the order of the numbers.
    pub const ALL: [Self; 3] = [Self::ByQuality, Self::Quarter, Self::Full];

    /// The name in JSON and on command lines: `"auto"`, `"4:2:0"` or `"4:4:4"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ByQuality => "auto",
            Self::Quarter => "4:2:0",
            Self::Full => "4:4:4",
        }
    }

    /// The choice with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| *choice as u8 == number)
    }
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
    /// Checks the ranges of the quality and of the effort, and that the choices of one format alone are made for that format.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first of `quality`, `fit`, `lossless`, `effort`, `subsampling`, `palette` and `progressive`
    /// that is wrong.
    pub fn check(&self) -> Result<()> {
        self.check_quality()?;
        self.check_fit()?;
        self.check_lossless()?;
        self.check_effort()?;
        self.check_encoder()
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

    fn check_effort(&self) -> Result<()> {
        if self.effort > MAX_EFFORT {
            let allowed = format!("0 to {MAX_EFFORT} is allowed");
            return Err(Error::parameter("effort", self.effort, allowed));
        }
        Ok(())
    }

    fn check_encoder(&self) -> Result<()> {
        let only = |name: &'static str, format: OutputFormat| {
            let value = format!("set for a {}", self.format);
            Err(Error::parameter(name, value, format!("only {format} has that choice")))
        };
        let is_jpeg = self.format == OutputFormat::Jpeg;
        if self.subsampling != Subsampling::ByQuality && !is_jpeg {
            return only("subsampling", OutputFormat::Jpeg);
        }
        if self.palette && self.format != OutputFormat::Png {
            return only("palette", OutputFormat::Png);
        }
        if self.progressive != Progressive::IfSmaller && !is_jpeg {
            return only("progressive", OutputFormat::Jpeg);
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
    /// `gravity`, `frames`, `colour`, `focal_x`, `focal_y` and `page`; zeros before version 3.
    pub unused: Unused,
    /// `effort`; 0 before version 3.
    pub effort: u8,
    /// `subsampling`; 0 before version 3.
    pub subsampling: u8,
    /// `flags2`; 0 before version 3.
    pub flags2: u8,
}

/// Fields that this release has no use for; each must be 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unused {
    /// `gravity`.
    pub gravity: u8,
    /// `frames`.
    pub frames: u8,
    /// `colour`.
    pub colour: u8,
    /// `focal_x` and `focal_y`.
    pub focal: [u16; 2],
    /// `page`.
    pub page: u16,
}

impl Unused {
    const NONE: Self = Self { gravity: 0, frames: 0, colour: 0, focal: [0; 2], page: 0 };

    /// Refuses the first that is not 0.
    pub(crate) fn check_all(self) -> Result<()> {
        self.check(&["gravity", "frames", "colour", "focal_x", "focal_y", "page"])
    }

    /// Refuses the first that is not 0 of those that `names` names.
    fn check(self, names: &[&'static str]) -> Result<()> {
        let [x, y] = self.focal;
        let fields: [(&'static str, u16); 6] = [
            ("gravity", self.gravity.into()),
            ("frames", self.frames.into()),
            ("colour", self.colour.into()),
            ("focal_x", x),
            ("focal_y", y),
            ("page", self.page),
        ];
        let wrong = fields.iter().find(|(name, value)| *value != 0 && names.contains(name));
        wrong.map_or(Ok(()), |(name, value)| {
            Err(Error::parameter(name, *value, "this release allows 0"))
        })
    }
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
        unused: Unused::NONE,
        effort: 0,
        subsampling: 0,
        flags2: 0,
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
        self.unused.check(&["gravity"])?;
        target.effort = match self.effort {
            0 => DEFAULT_EFFORT,
            effort => effort - 1,
        };
        if target.effort > MAX_EFFORT {
            let allowed = format!(
                "0 (the default) and 1 to {} (0 to {MAX_EFFORT}) are allowed",
                MAX_EFFORT + 1
            );
            return Err(Error::parameter("effort", self.effort, allowed));
        }
        self.unused.check(&["frames", "colour", "focal_x", "focal_y"])?;
        target.subsampling = Subsampling::from_number(self.subsampling).ok_or_else(|| {
            let allowed = "0 (by quality), 1 (4:2:0) and 2 (4:4:4) are allowed";
            Error::parameter("subsampling", self.subsampling, allowed)
        })?;
        target.palette = self.flags2 & FLAG_PALETTE != 0;
        target.progressive = match (self.flags2 & FLAG_PROGRESSIVE, self.flags2 & FLAG_BASELINE) {
            (0, 0) => Progressive::IfSmaller,
            (_, 0) => Progressive::Always,
            (0, _) => Progressive::Never,
            _ => {
                let value = format!("{:#010b}", self.flags2);
                let allowed = "a JPEG is progressive (bit 1) or not (bit 2)";
                return Err(Error::parameter("flags2", value, allowed));
            }
        };
        if self.flags2 & !(FLAG_PALETTE | FLAG_PROGRESSIVE | FLAG_BASELINE) != 0 {
            let value = format!("{:#010b}", self.flags2);
            return Err(Error::parameter("flags2", value, "bits 0, 1 and 2 are allowed"));
        }
        target.check_encoder()?;
        self.unused.check(&["page"])?;
        Ok(target)
    }

    /// Whether an older version of the request cannot say it.
    pub(crate) fn needs_version_3(&self) -> bool {
        (self.unused, self.effort, self.subsampling, self.flags2) != (Unused::NONE, 0, 0, 0)
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
            effort: 0,
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
            effort: 1,
            ..TargetFields::default()
        };
        assert_eq!(fields.check().unwrap(), target);
        assert_eq!(TargetFields::DEFAULT.check().unwrap(), Target::default());
    }

    #[test]
    fn what_is_for_one_format_is_refused_for_others() {
        let fields =
            |format: OutputFormat| TargetFields { format: format as u32, ..TargetFields::DEFAULT };
        let [jpeg, png, webp] = OutputFormat::ALL.map(fields);
        let wrong = |fields: TargetFields, text: &str| {
            let error = fields.check().unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        };
        assert_eq!(TargetFields { effort: 7, ..webp }.check().unwrap().effort, 6);
        wrong(
            TargetFields { effort: 8, ..webp },
            "effort is 8; 0 (the default) and 1 to 7 (0 to 6)",
        );
        assert_eq!(
            TargetFields { subsampling: 2, ..jpeg }.check().unwrap().subsampling,
            Subsampling::Full
        );
        wrong(TargetFields { subsampling: 3, ..jpeg }, "subsampling is 3; 0 (by quality)");
        wrong(TargetFields { subsampling: 1, ..webp }, "subsampling is set for a WebP; only JPEG");
        assert!(TargetFields { flags2: 1, ..png }.check().unwrap().palette);
        wrong(TargetFields { flags2: 1, ..jpeg }, "palette is set for a JPEG; only PNG");
        for (flags2, expected) in [(2, Progressive::Always), (4, Progressive::Never)] {
            assert_eq!(TargetFields { flags2, ..jpeg }.check().unwrap().progressive, expected);
            wrong(TargetFields { flags2, ..png }, "progressive is set for a PNG; only JPEG");
        }
        wrong(
            TargetFields { flags2: 6, ..jpeg },
            "flags2 is 0b00000110; a JPEG is progressive (bit 1)",
        );
        wrong(TargetFields { flags2: 8, ..jpeg }, "flags2 is 0b00001000; bits 0, 1 and 2");
        for (unused, text) in [
            (Unused { gravity: 9, ..Unused::NONE }, "gravity is 9; this release allows 0"),
            (Unused { frames: 1, ..Unused::NONE }, "frames is 1"),
            (Unused { colour: 1, ..Unused::NONE }, "colour is 1"),
            (Unused { focal: [7, 0], ..Unused::NONE }, "focal_x is 7"),
            (Unused { focal: [0, 8], ..Unused::NONE }, "focal_y is 8"),
            (Unused { page: 300, ..Unused::NONE }, "page is 300"),
        ] {
            wrong(TargetFields { unused, ..jpeg }, text);
        }
    }

    #[test]
    fn a_target_that_was_made_by_hand_is_checked_too() {
        let target = |effort, quality| Target { effort, quality, ..Target::default() };
        assert_eq!((target(0, 1).check(), target(6, 100).check()), (Ok(()), Ok(())));
        for (target, text) in [
            (target(7, 1), "effort is 7; 0 to 6"),
            (target(0, 101), "quality is 101"),
            (Target { lossless: true, ..target(0, 1) }, "lossless is set for a JPEG"),
            (Target { palette: true, ..target(0, 1) }, "palette is set for a JPEG"),
            (Target { fit: Fit::Cover, width: 0, ..target(0, 1) }, "fit is cover"),
        ] {
            let error = target.check().unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn numbers_and_names_are_in_order() {
        for (number, format) in (0..).zip(OutputFormat::ALL) {
            assert_eq!(OutputFormat::from_number(number), Some(format));
        }
        for (number, fit) in (0..).zip(Fit::ALL) {
            assert_eq!(Fit::from_number(number), Some(fit));
        }
        for (number, choice) in (0..).zip(Subsampling::ALL) {
            assert_eq!(Subsampling::from_number(number), Some(choice));
        }
        assert_eq!((OutputFormat::from_number(3), Fit::from_number(3)), (None, None));
    }
}
