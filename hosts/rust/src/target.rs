//! What is asked for: a request of [`thumbox_protocol`], by its parameters.

use thumbox_protocol::{
    Colour, FLAG_BASELINE, FLAG_ENLARGE, FLAG_LOSSLESS, FLAG_PALETTE, FLAG_PROGRESSIVE,
    FLAG_REFUSE_TRUNCATED, Fit, Frames, Gravity, OutputFormat, PlaceholderRequest, ProbeRequest,
    SetRequest, Subsampling, TargetFields, ThumbnailRequest,
};

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
    fields: TargetFields,
    max_pixels: u32,
}

impl Target {
    /// A JPEG of quality 85 inside a box of `width` x `height` pixels. A side of 0 is in proportion to the other;
    /// both 0 mean 100 x 100.
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self { fields: TargetFields { width, height, ..TargetFields::DEFAULT }, max_pixels: 0 }
    }

    /// The format to write.
    #[must_use]
    pub const fn format(mut self, format: OutputFormat) -> Self {
        self.fields.format = format as u32;
        self
    }

    /// 1 to 100, for JPEG and lossy WebP.
    #[must_use]
    pub const fn quality(mut self, quality: u32) -> Self {
        self.fields.quality = quality;
        self
    }

    /// How the picture meets its box. Cover, stretch and contain need both sides.
    #[must_use]
    pub const fn fit(mut self, fit: Fit) -> Self {
        self.fields.fit = fit as u8;
        self
    }

    /// Lets the picture become larger than it is.
    #[must_use]
    pub const fn enlarge(self, yes: bool) -> Self {
        self.flag(FLAG_ENLARGE, yes)
    }

    /// A WebP without loss.
    #[must_use]
    pub const fn lossless(self, yes: bool) -> Self {
        self.flag(FLAG_LOSSLESS, yes)
    }

    /// Makes a truncated image an error instead of a picture with a neutral rest.
    #[must_use]
    pub const fn refuse_truncated(self, yes: bool) -> Self {
        self.flag(FLAG_REFUSE_TRUNCATED, yes)
    }

    /// R, G, B to show under transparency in a JPEG, and around what contain pads. Where it is not set: white, but transparent
    /// around a picture in a PNG or WebP.
    #[must_use]
    pub const fn background(mut self, [red, green, blue]: [u8; 3]) -> Self {
        self.fields.background = [red, green, blue, 255];
        self
    }

    /// What cover keeps; the centre where nothing is said.
    ///
    /// ```
    /// use thumbox_host::{Fit, Gravity, Target};
    ///
    /// let target = Target::new(320, 180).fit(Fit::Cover);
    /// let (face, top) = (target.gravity(Gravity::Attention), target.gravity(Gravity::North));
    /// // A point of the picture, of 65,535 parts of its width and height.
    /// let point = target.gravity(Gravity::Focal { x: 20_000, y: 40_000 });
    /// # let _ = (face, top, point);
    /// ```
    #[must_use]
    pub const fn gravity(mut self, gravity: Gravity) -> Self {
        self.fields.gravity = gravity.number();
        self.fields.focal = gravity.focal();
        self
    }

    /// The frames that it has: the first, or all of an animation, as an animated WebP. Of a set, all in one member are all in all.
    #[must_use]
    pub const fn frames(mut self, frames: Frames) -> Self {
        self.fields.frames = frames as u8;
        self
    }

    /// The frame of an animation, or the page of a TIFF, that is shown, from 0. Of a set, the highest of all members holds.
    #[must_use]
    pub const fn page(mut self, page: u16) -> Self {
        self.fields.page = page;
        self
    }

    /// The colour space; sRGB where nothing is said. Of a set, what keeps its own in one member does in all.
    #[must_use]
    pub const fn colour(mut self, colour: Colour) -> Self {
        self.fields.colour = colour as u8;
        self
    }

    /// How hard the encoder works for a small file: 0, as fast as it can, to 6, as small as it can. Default 4.
    #[must_use]
    pub const fn effort(mut self, effort: u8) -> Self {
        self.fields.effort = effort.saturating_add(1);
        self
    }

    /// The samples of colour of a JPEG.
    #[must_use]
    pub const fn subsampling(mut self, subsampling: Subsampling) -> Self {
        self.fields.subsampling = subsampling as u8;
        self
    }

    /// Makes a JPEG progressive, or baseline. Where nothing is said it is baseline, but at effort 6 whichever is smaller.
    #[must_use]
    pub const fn progressive(mut self, yes: bool) -> Self {
        let others = self.fields.flags2 & !(FLAG_PROGRESSIVE | FLAG_BASELINE);
        self.fields.flags2 = others | if yes { FLAG_PROGRESSIVE } else { FLAG_BASELINE };
        self
    }

    /// Gives a PNG a palette of at most 256 colours, chosen for the picture.
    #[must_use]
    pub const fn palette(mut self, yes: bool) -> Self {
        let flags = self.fields.flags2;
        self.fields.flags2 = if yes { flags | FLAG_PALETTE } else { flags & !FLAG_PALETTE };
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
        let flags = self.fields.flags;
        self.fields.flags = if yes { flags | bit } else { flags & !bit };
        self
    }

    /// The header of message 100.
    pub(crate) fn header(&self, payload_size: u32) -> Vec<u8> {
        ThumbnailRequest::header(&self.fields, self.max_pixels, payload_size)
    }
}

/// The header of message 102 with its records.
pub(crate) fn set_header(targets: &[Target], payload_size: u32) -> Vec<u8> {
    let fields: Vec<_> = targets.iter().map(|target| target.fields).collect();
    SetRequest::header(&fields, 0, payload_size)
}

/// The header of message 101.
pub(crate) fn probe_header(payload_size: u32) -> Vec<u8> {
    ProbeRequest::header(payload_size)
}

/// The header of message 103.
pub(crate) fn placeholder_header(max_pixels: u32, payload_size: u32) -> Vec<u8> {
    PlaceholderRequest::header(max_pixels, payload_size)
}

#[cfg(test)]
mod tests {
    use thumbox_protocol::Parts;

    use super::*;

    #[test]
    fn headers_are_what_the_core_reads() {
        let plain = Target::new(7, 8).format(OutputFormat::WebP).quality(9);
        let full = plain.fit(Fit::Stretch).enlarge(true).lossless(true).refuse_truncated(true);
        let full = full.background([1, 2, 3]).max_pixels(4);
        for target in [plain, full] {
            let header = target.header(5);
            let parts: [&[u8]; 2] = [&header, &[0; 5]];
            let request = ThumbnailRequest::parse(&mut Parts::new(&parts)).unwrap();
            assert_eq!(request.target, target.fields.check().unwrap());
            assert_eq!(request.max_pixels, target.max_pixels);
        }
        let header = set_header(&[full, plain], 5);
        let parts: [&[u8]; 2] = [&header, &[0; 5]];
        let request = SetRequest::parse(&mut Parts::new(&parts)).unwrap();
        assert_eq!(request.targets, [full, plain].map(|target| target.fields.check().unwrap()));
        let header = probe_header(5);
        let parts: [&[u8]; 2] = [&header, &[0; 5]];
        assert!(ProbeRequest::parse(&mut Parts::new(&parts)).is_ok());
        let header = placeholder_header(4, 5);
        let parts: [&[u8]; 2] = [&header, &[0; 5]];
        let placeholder = PlaceholderRequest::parse(&mut Parts::new(&parts)).unwrap();
        assert_eq!(placeholder.max_pixels, 4);
        let target = request.targets[0];
        assert_eq!((target.width, target.height, target.quality), (7, 8, 9));
        assert_eq!((target.fit, target.background), (Fit::Stretch, Some([1, 2, 3])));
        assert!(target.enlarge && target.lossless && target.refuse_truncated);
    }

    #[test]
    fn each_choice_of_an_encoder_makes_version_3() {
        let (jpeg, png) = (Target::new(7, 8), Target::new(7, 8).format(OutputFormat::Png));
        for target in [
            jpeg.effort(4),
            jpeg.fit(Fit::Contain),
            jpeg.fit(Fit::Cover).gravity(Gravity::SouthEast),
            jpeg.fit(Fit::Cover).gravity(Gravity::Focal { x: 3, y: 4 }),
            jpeg.colour(Colour::Keep),
            jpeg.format(OutputFormat::WebP).frames(Frames::All),
            jpeg.page(7),
            jpeg.subsampling(Subsampling::Full),
            jpeg.progressive(true),
            jpeg.progressive(false),
            png.palette(true),
        ] {
            let header = target.header(0);
            assert_eq!(header.len(), 64, "{target:?}");
            let request = ThumbnailRequest::parse(&mut Parts::new(&[&header])).unwrap();
            assert_eq!(request.target, target.fields.check().unwrap());
        }
        let target = jpeg.effort(6).subsampling(Subsampling::Quarter).progressive(true);
        let target = target.fields.check().unwrap();
        assert_eq!((target.effort, target.subsampling), (6, Subsampling::Quarter));
        assert_eq!(png.palette(true).palette(false), png);
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
