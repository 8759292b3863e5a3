//! What is asked for: from Rust values to the request headers of [`thumbox_core::wire`].

use thumbox_core::wire::{Fit, OutputFormat};

/// One thumbnail to be made.
///
/// ```
/// use thumbox_host::{Fit, OutputFormat, Target};
///
/// let target = Target::new(256, 256).format(OutputFormat::WebP).quality(80).fit(Fit::Cover);
/// # let _ = target;
/// ```
///
/// Nothing is checked here: the plugin refuses what is out of its range, with the name and the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    width: u32,
    height: u32,
    format: OutputFormat,
    quality: u32,
    fit: Fit,
    flags: u8,
    background: [u8; 4],
    max_pixels: u32,
}

const ENLARGE: u8 = 1;
const LOSSLESS: u8 = 1 << 1;
const REFUSE_TRUNCATED: u8 = 1 << 2;

impl Target {
    /// A JPEG of quality 85 inside a box of `width` x `height` pixels. A side of 0 is in proportion to the other;
    /// both 0 mean 100 x 100.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            format: OutputFormat::Jpeg,
            quality: 85,
            fit: Fit::Inside,
            flags: 0,
            background: [0; 4],
            max_pixels: 0,
        }
    }

    /// The format to write.
    #[must_use]
    pub const fn format(mut self, format: OutputFormat) -> Self {
        self.format = format;
        self
    }

    /// 1 to 100, for JPEG and lossy WebP.
    #[must_use]
    pub const fn quality(mut self, quality: u32) -> Self {
        self.quality = quality;
        self
    }

    /// How the picture meets its box. Cover and stretch need both sides.
    #[must_use]
    pub const fn fit(mut self, fit: Fit) -> Self {
        self.fit = fit;
        self
    }

    /// Lets the picture become larger than it is.
    #[must_use]
    pub const fn enlarge(self, yes: bool) -> Self {
        self.flag(ENLARGE, yes)
    }

    /// A WebP without loss.
    #[must_use]
    pub const fn lossless(self, yes: bool) -> Self {
        self.flag(LOSSLESS, yes)
    }

    /// Makes a truncated image an error instead of a picture with a neutral rest.
    #[must_use]
    pub const fn refuse_truncated(self, yes: bool) -> Self {
        self.flag(REFUSE_TRUNCATED, yes)
    }

    /// R, G, B to show under transparency in a JPEG. White where it is not set.
    #[must_use]
    pub const fn background(mut self, [red, green, blue]: [u8; 3]) -> Self {
        self.background = [red, green, blue, 255];
        self
    }

    /// Refuses a source of more pixels; 0 for the plugin's own limit, which this can only lower. Of no meaning for
    /// a member of a set.
    #[must_use]
    pub const fn max_pixels(mut self, pixels: u32) -> Self {
        self.max_pixels = pixels;
        self
    }

    const fn flag(mut self, bit: u8, yes: bool) -> Self {
        self.flags = if yes { self.flags | bit } else { self.flags & !bit };
        self
    }

    /// The header of message 100: version 1 where that can say it, else version 2.
    pub(crate) fn header(&self, payload_size: u32) -> Vec<u8> {
        let plain = Self { max_pixels: 0, ..*self }.extra() == [0; 8] && self.max_pixels == 0;
        let mut header = vec![if plain { 1 } else { 2 }, 0, 0, 0];
        header.extend(self.shape());
        header.extend(payload_size.to_le_bytes());
        if !plain {
            header.extend(self.extra());
            header.extend(self.max_pixels.to_le_bytes());
            header.extend([0; 4]);
        }
        header
    }

    fn shape(&self) -> impl Iterator<Item = u8> {
        let fields = [self.width, self.height, self.format as u32, self.quality];
        fields.into_iter().flat_map(u32::to_le_bytes)
    }

    /// Fit, flags, two reserved bytes and the background: the end of a set's record, too.
    fn extra(&self) -> [u8; 8] {
        let fit = match self.fit {
            Fit::Inside => 0,
            Fit::Cover => 1,
            Fit::Stretch => 2,
        };
        let [red, green, blue, alpha] = self.background;
        [fit, self.flags, 0, 0, red, green, blue, alpha]
    }
}

/// The header of message 102 with its records.
pub(crate) fn set_header(targets: &[Target], payload_size: u32) -> Vec<u8> {
    let mut header = vec![1, 0, 0, 0];
    // More than a u32 counts would not fit a request anyway, and the plugin allows 32.
    header.extend(u32::try_from(targets.len()).unwrap_or(u32::MAX).to_le_bytes());
    header.extend(payload_size.to_le_bytes());
    for target in targets {
        header.extend(target.shape());
        header.extend(target.extra());
    }
    header
}

/// The header of message 101.
pub(crate) fn probe_header(payload_size: u32) -> Vec<u8> {
    let mut header = vec![1, 0, 0, 0];
    header.extend(payload_size.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use thumbox_core::wire::LAYOUTS;

    use super::*;

    /// Where the layout table says that a field is.
    fn at<'h>(layout: &str, field: &str, header: &'h [u8]) -> &'h [u8] {
        let layout = LAYOUTS.iter().find(|known| known.name == layout).unwrap();
        assert_eq!(header.len(), layout.size);
        let field = layout.fields.iter().find(|known| known.name == field).unwrap();
        &header[field.offset..][..field.size]
    }

    #[test]
    fn headers_have_the_cores_layouts() {
        let plain = Target::new(7, 8).format(OutputFormat::WebP).quality(9);
        let full = plain.fit(Fit::Stretch).enlarge(true).lossless(true).refuse_truncated(true);
        let full = full.background([1, 2, 3]).max_pixels(4);
        for (layout, header) in [
            ("ThumbnailRequestHeader", plain.header(5)),
            ("ThumbnailRequestHeaderV2", full.header(5)),
        ] {
            for (field, value) in [
                ("target_width", 7),
                ("target_height", 8),
                ("output_format", 2_u32),
                ("quality", 9),
                ("payload_size", 5),
            ] {
                assert_eq!(at(layout, field, &header), value.to_le_bytes(), "{field}");
            }
        }
        let header = full.header(5);
        for (field, value) in [
            ("version", &[2][..]),
            ("fit", &[2]),
            ("flags", &[7]),
            ("background", &[1, 2, 3, 255]),
            ("max_pixels", &[4, 0, 0, 0]),
        ] {
            assert_eq!(at("ThumbnailRequestHeaderV2", field, &header), value, "{field}");
        }
        let set = set_header(&[full, plain], 5);
        assert_eq!(at("SetRequestHeader", "count", &set[..12]), [2, 0, 0, 0]);
        assert_eq!(at("SetRequestHeader", "payload_size", &set[..12]), [5, 0, 0, 0]);
        assert_eq!(at("SetRecord", "fit", &set[12..36]), [2]);
        assert_eq!(at("SetRecord", "background", &set[12..36]), [1, 2, 3, 255]);
        assert_eq!(at("SetRecord", "target_width", &set[36..]), [7, 0, 0, 0]);
        assert_eq!(at("ProbeRequestHeader", "payload_size", &probe_header(5)), [5, 0, 0, 0]);
    }

    #[test]
    fn each_option_alone_makes_version_2() {
        let plain = Target::new(7, 8);
        assert_eq!(plain.header(0).len(), 24);
        for target in [
            plain.fit(Fit::Cover),
            plain.enlarge(true),
            plain.background([0; 3]),
            plain.max_pixels(1),
        ] {
            assert_eq!(target.header(0).len(), 40, "{target:?}");
        }
        assert_eq!(plain.enlarge(true).enlarge(false), plain);
    }
}
