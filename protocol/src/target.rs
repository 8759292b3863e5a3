//! What a thumbnail is to be, and the rules that hold for it: the one place in Rust that has them.

use crate::choices::{Colour, Fit, Frames, Gravity, OutputFormat, Progressive, Subsampling};
use crate::error::{Error, Result};
use crate::messages::{
    DEFAULT_EFFORT, DEFAULT_QUALITY, FLAG_BASELINE, FLAG_ENLARGE, FLAG_LOSSLESS, FLAG_PALETTE,
    FLAG_PROGRESSIVE, FLAG_REFUSE_TRUNCATED, MAX_EFFORT,
};

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
    /// R, G, B under transparency for formats without alpha, and around a picture that is padded. `None`: white, or
    /// transparent around a picture in a format with alpha.
    pub background: Option<[u8; 3]>,
    /// What a crop keeps.
    pub gravity: Gravity,
    /// How hard the encoder works for a small file: 0, as fast as it can, to 6, as small as it can.
    pub effort: u8,
    /// The frames that it has.
    pub frames: Frames,
    /// The colour space.
    pub colour: Colour,
    /// The samples of colour of a JPEG.
    pub subsampling: Subsampling,
    /// Whether a JPEG is progressive.
    pub progressive: Progressive,
    /// Whether a PNG gets a palette of at most 256 colours, chosen for the picture.
    pub palette: bool,
    /// The frame of an animation, or the page of a TIFF, that is shown; 0 is the first.
    pub page: u16,
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
            background: None,
            gravity: Gravity::Centre,
            effort: DEFAULT_EFFORT,
            frames: Frames::First,
            colour: Colour::Srgb,
            subsampling: Subsampling::ByQuality,
            progressive: Progressive::IfSmaller,
            palette: false,
            page: 0,
        }
    }
}

impl Target {
    /// Checks the ranges of the quality and of the effort, and that the choices of one format alone are made for that format.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first of `quality`, `fit`, `lossless`, `position` (the gravity), `effort`, `frames`, `subsampling`, `palette`, `progressive` and `page`
    /// that is wrong.
    pub fn check(&self) -> Result<()> {
        self.check_quality()?;
        self.check_fit()?;
        self.check_lossless()?;
        self.check_gravity()?;
        self.check_effort()?;
        self.check_frames()?;
        self.check_encoder()?;
        self.check_page()
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
            return Err(Error::parameter(
                "fit",
                value,
                "cover, stretch and contain need both sides",
            ));
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

    fn check_gravity(&self) -> Result<()> {
        if self.gravity != Gravity::Centre && self.fit != Fit::Cover {
            let value = match self.gravity.name() {
                Some(name) => format!("{name} with fit {}", self.fit.name()),
                None => format!("a focal point with fit {}", self.fit.name()),
            };
            return Err(Error::parameter("position", value, "only fit cover has that choice"));
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

    fn check_frames(&self) -> Result<()> {
        if self.frames == Frames::All && self.format != OutputFormat::WebP {
            let value = format!("all for a {}", self.format);
            return Err(Error::parameter("frames", value, "only WebP has that choice"));
        }
        Ok(())
    }

    fn check_page(&self) -> Result<()> {
        if self.frames == Frames::All && self.page != 0 {
            return Err(Error::parameter("page", self.page, "with frames all, 0 is allowed"));
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

/// The choice with a number.
pub(crate) fn frames(number: u8) -> Result<Frames> {
    Frames::from_number(number)
        .ok_or_else(|| Error::parameter("frames", number, "0 (the first) and 1 (all) are allowed"))
}

/// The choice with a number.
pub(crate) fn colour(number: u8) -> Result<Colour> {
    Colour::from_number(number).ok_or_else(|| {
        Error::parameter("colour", number, "0 (sRGB) and 1 (the picture's own) are allowed")
    })
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
    /// `gravity`; 0 before version 3.
    pub gravity: u8,
    /// `colour`; 0 before version 3. In a set it stands in the set's header, and is 0 in the records.
    pub colour: u8,
    /// `focal_x` and `focal_y`; zeros before version 3.
    pub focal: [u16; 2],
    /// `frames`; 0 before version 3. In a set, as `colour`.
    pub frames: u8,
    /// `page`; 0 before version 3. In a set, as `colour`.
    pub page: u16,
    /// `effort`; 0 before version 3.
    pub effort: u8,
    /// `subsampling`; 0 before version 3.
    pub subsampling: u8,
    /// `flags2`; 0 before version 3.
    pub flags2: u8,
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
        gravity: 0,
        colour: 0,
        focal: [0; 2],
        frames: 0,
        page: 0,
        effort: 0,
        subsampling: 0,
        flags2: 0,
    };

    /// Checks the fields in their order and converts them.
    ///
    /// # Errors
    /// [`Error::Parameter`] for the first field that is wrong.
    pub fn check(self) -> Result<Target> {
        self.check_among(&Fit::ALL)
    }

    /// The same for a request that knows only some fits.
    pub(crate) fn check_among(self, fits: &[Fit]) -> Result<Target> {
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
        let fit = Fit::from_number(self.fit).filter(|fit| fits.contains(fit));
        target.fit = fit.ok_or_else(|| {
            let known: Vec<_> =
                fits.iter().map(|fit| format!("{} ({})", *fit as u8, fit.name())).collect();
            let (last, others) = known.split_last().map_or(("", &[][..]), |(l, o)| (l.as_str(), o));
            let allowed = format!("{} and {last} are allowed", others.join(", "));
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
            [0, 0, 0, 0] => None,
            [r, g, b, 255] => Some([r, g, b]),
            [r, g, b, a] => {
                let value = format!("{r}, {g}, {b}, {a}");
                let allowed = "the fourth byte must be 255, or all four 0 for white";
                return Err(Error::parameter("background", value, allowed));
            }
        };
        target.gravity = Gravity::from_number(self.gravity, self.focal).ok_or_else(|| {
            let allowed = "0 (centre), 1 to 8 (north, clockwise), 9 (focal point) and 10 (attention) are allowed";
            Error::parameter("gravity", self.gravity, allowed)
        })?;
        target.check_gravity()?;
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
        target.frames = frames(self.frames)?;
        target.check_frames()?;
        target.colour = colour(self.colour)?;
        // Without a focal point it is zeros.
        let ([x, y], [used_x, used_y]) = (self.focal, target.gravity.focal());
        for (name, given, used) in [("focal_x", x, used_x), ("focal_y", y, used_y)] {
            if given != used {
                return Err(Error::parameter(name, given, "0 is allowed without gravity 9"));
            }
        }
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
        target.page = self.page;
        target.check_page()?;
        Ok(target)
    }

    /// Whether an older version of the request cannot say it.
    pub(crate) fn needs_version_3(&self) -> bool {
        let choices =
            [self.gravity, self.effort, self.frames, self.colour, self.subsampling, self.flags2];
        choices.iter().any(|choice| *choice != 0)
            || self.page != 0
            || self.focal != [0; 2]
            || self.fit == Fit::Contain as u8
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
            background: Some([1, 2, 3]),
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
    }

    #[test]
    fn an_animation_is_a_webp_and_has_no_page() {
        let webp = TargetFields { format: 2, ..TargetFields::DEFAULT };
        assert_eq!(TargetFields { frames: 1, ..webp }.check().unwrap().frames, Frames::All);
        assert_eq!(TargetFields { page: 300, ..webp }.check().unwrap().page, 300);
        for (fields, text) in [
            (TargetFields { frames: 2, ..webp }, "frames is 2; 0 (the first) and 1"),
            (TargetFields { frames: 1, format: 1, ..webp }, "frames is all for a PNG; only WebP"),
            (TargetFields { frames: 1, page: 3, ..webp }, "page is 3; with frames all, 0"),
        ] {
            let error = fields.check().unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
    }

    #[test]
    fn gravity_is_for_cover_and_a_focal_point_for_its_gravity() {
        let cover = TargetFields { width: 3, height: 3, fit: 1, ..TargetFields::DEFAULT };
        let wrong = |fields: TargetFields, text: &str| {
            let error = fields.check().unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        };
        let focal = TargetFields { gravity: 9, focal: [0, 65_535], ..cover };
        assert_eq!(focal.check().unwrap().gravity, Gravity::Focal { x: 0, y: 65_535 });
        let attention = TargetFields { gravity: 10, ..cover };
        assert_eq!(attention.check().unwrap().gravity, Gravity::Attention);
        wrong(TargetFields { gravity: 11, ..cover }, "gravity is 11; 0 (centre), 1 to 8");
        wrong(TargetFields { fit: 0, ..focal }, "position is a focal point with fit inside");
        wrong(TargetFields { fit: 3, ..attention }, "position is attention with fit contain; only");
        wrong(TargetFields { focal: [7, 0], ..cover }, "focal_x is 7; 0 is allowed");
        wrong(TargetFields { focal: [0, 8], ..attention }, "focal_y is 8; 0 is allowed");
        wrong(TargetFields { colour: 2, ..cover }, "colour is 2; 0 (sRGB) and 1");
        assert_eq!(TargetFields { colour: 1, ..cover }.check().unwrap().colour, Colour::Keep);
        wrong(TargetFields { height: 0, fit: 3, ..cover }, "contain with a box of 3 x 0");
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
}
