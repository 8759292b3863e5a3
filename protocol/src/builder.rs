//! A request for a thumbnail, option by option.

use crate::choices::{Colour, Fit, Frames, Gravity, OutputFormat, Progressive, Subsampling};
use crate::error::Result;
use crate::messages::{
    FLAG_BASELINE, FLAG_ENLARGE, FLAG_LOSSLESS, FLAG_PALETTE, FLAG_PROGRESSIVE,
    FLAG_REFUSE_TRUNCATED,
};
use crate::request::ThumbnailRequest;
use crate::target::{Target, TargetFields};

/// Message 100, to be written.
///
/// ```
/// use thumbox_protocol::{Fit, OutputFormat, Parts, ThumbnailRequest};
///
/// let image = [0xFF, 0xD8];
/// let request = ThumbnailRequest::new(256, 256).format(OutputFormat::WebP).quality(80).fit(Fit::Cover);
/// let header = request.to_header(2)?;
/// // A host sends both parts. Whoever receives them reads the same.
/// assert_eq!(ThumbnailRequest::parse(&mut Parts::new(&[&header, &image]))?, request);
/// # Ok::<(), thumbox_protocol::Error>(())
/// ```
impl ThumbnailRequest {
    /// A JPEG of quality 85 inside a box of `width` x `height` pixels. A side of 0 is in proportion to the other; both 0 mean
    /// 100 x 100.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self { target: Target { width, height, ..Target::default() }, max_pixels: 0 }
    }

    /// The format to write.
    #[must_use]
    pub const fn format(mut self, format: OutputFormat) -> Self {
        self.target.format = format;
        self
    }

    /// 1 to 100, for JPEG and lossy WebP. Default 85.
    #[must_use]
    pub const fn quality(mut self, quality: u8) -> Self {
        self.target.quality = quality;
        self
    }

    /// How the picture meets its box. Cover, stretch and contain need both sides.
    #[must_use]
    pub const fn fit(mut self, fit: Fit) -> Self {
        self.target.fit = fit;
        self
    }

    /// Lets the picture become larger than it is.
    #[must_use]
    pub const fn enlarge(mut self, yes: bool) -> Self {
        self.target.enlarge = yes;
        self
    }

    /// A WebP without loss.
    #[must_use]
    pub const fn lossless(mut self, yes: bool) -> Self {
        self.target.lossless = yes;
        self
    }

    /// Makes a truncated image an error instead of a picture with a neutral rest.
    #[must_use]
    pub const fn refuse_truncated(mut self, yes: bool) -> Self {
        self.target.refuse_truncated = yes;
        self
    }

    /// R, G, B to show under transparency in a JPEG, and around what contain pads. Where it is not set: white, but
    /// transparent around a picture in a PNG or WebP.
    #[must_use]
    pub const fn background(mut self, colour: [u8; 3]) -> Self {
        self.target.background = Some(colour);
        self
    }

    /// What cover keeps. Default: the centre.
    #[must_use]
    pub const fn gravity(mut self, gravity: Gravity) -> Self {
        self.target.gravity = gravity;
        self
    }

    /// How hard the encoder works for a small file: 0, as fast as it can, to 6, as small as it can. Default 4.
    #[must_use]
    pub const fn effort(mut self, effort: u8) -> Self {
        self.target.effort = effort;
        self
    }

    /// The frames that it has: the first, or all of an animation, as an animated WebP.
    #[must_use]
    pub const fn frames(mut self, frames: Frames) -> Self {
        self.target.frames = frames;
        self
    }

    /// The frame of an animation, or the page of a TIFF, that is shown, from 0.
    #[must_use]
    pub const fn page(mut self, page: u16) -> Self {
        self.target.page = page;
        self
    }

    /// The colour space. Default: sRGB.
    #[must_use]
    pub const fn colour(mut self, colour: Colour) -> Self {
        self.target.colour = colour;
        self
    }

    /// The samples of colour of a JPEG. Default: by quality.
    #[must_use]
    pub const fn subsampling(mut self, subsampling: Subsampling) -> Self {
        self.target.subsampling = subsampling;
        self
    }

    /// Whether a JPEG is progressive. Default: baseline, but at effort 6 whichever is smaller.
    #[must_use]
    pub const fn progressive(mut self, progressive: Progressive) -> Self {
        self.target.progressive = progressive;
        self
    }

    /// Gives a PNG a palette of at most 256 colours, chosen for the picture.
    #[must_use]
    pub const fn palette(mut self, yes: bool) -> Self {
        self.target.palette = yes;
        self
    }

    /// Refuses a source of more pixels; 0 for the build's own limit, which this can only lower.
    #[must_use]
    pub const fn max_pixels(mut self, pixels: u32) -> Self {
        self.max_pixels = pixels;
        self
    }

    /// The header of the request, for an image of `payload_size` bytes, which follows it: of the first version that can say
    /// it.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::Error::Parameter) for an option that is out of its range, or does not go with another one.
    pub fn to_header(&self, payload_size: u32) -> Result<Vec<u8>> {
        self.target.check()?;
        Ok(Self::header(&self.target.into(), self.max_pixels, payload_size))
    }
}

impl From<Target> for TargetFields {
    /// As numbers, in the shortest form: what is the default is 0 where that means the default.
    fn from(target: Target) -> Self {
        let bit = |set: bool, flag: u8| if set { flag } else { 0 };
        let progressive = match target.progressive {
            Progressive::IfSmaller => 0,
            Progressive::Always => FLAG_PROGRESSIVE,
            Progressive::Never => FLAG_BASELINE,
        };
        let default = Target::default();
        Self {
            width: target.width,
            height: target.height,
            format: target.format as u32,
            quality: target.quality.into(),
            fit: target.fit as u8,
            flags: bit(target.enlarge, FLAG_ENLARGE)
                | bit(target.lossless, FLAG_LOSSLESS)
                | bit(target.refuse_truncated, FLAG_REFUSE_TRUNCATED),
            background: target.background.map_or([0; 4], |[r, g, b]| [r, g, b, u8::MAX]),
            gravity: target.gravity.number(),
            focal: target.gravity.focal(),
            frames: target.frames as u8,
            page: target.page,
            colour: target.colour as u8,
            effort: if target.effort == default.effort { 0 } else { target.effort + 1 },
            subsampling: target.subsampling as u8,
            flags2: bit(target.palette, FLAG_PALETTE) | progressive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::Parts;

    #[test]
    fn what_is_asked_for_is_what_is_read() {
        let plain = ThumbnailRequest::new(7, 8);
        // A PNG has no quality, and is read as one of 100.
        let png = plain.format(OutputFormat::Png).quality(100);
        let webp = plain.format(OutputFormat::WebP);
        let cover = plain.fit(Fit::Cover);
        for (request, length) in [
            (plain, 24),
            (plain.quality(9), 24),
            (png, 24),
            (plain.effort(4), 24),
            (cover, 40),
            (plain.enlarge(true), 40),
            (webp.lossless(true), 40),
            (plain.refuse_truncated(true), 40),
            (plain.background([0, 0, 0]), 40),
            (plain.max_pixels(5), 40),
            (plain.effort(0), 64),
            (plain.effort(6), 64),
            (plain.fit(Fit::Contain), 64),
            (cover.gravity(Gravity::Attention), 64),
            (cover.gravity(Gravity::Focal { x: 3, y: 4 }), 64),
            (webp.frames(Frames::All), 64),
            (plain.page(700), 64),
            (plain.colour(Colour::Keep), 64),
            (plain.subsampling(Subsampling::Full), 64),
            (plain.progressive(Progressive::Always), 64),
            (plain.progressive(Progressive::Never), 64),
            (png.palette(true), 64),
        ] {
            let header = request.to_header(3).unwrap();
            assert_eq!(header.len(), length, "{request:?}");
            let parts: [&[u8]; 2] = [&header, &[1, 2, 3]];
            assert_eq!(ThumbnailRequest::parse(&mut Parts::new(&parts)), Ok(request));
        }
    }

    #[test]
    fn what_cannot_be_is_refused_before_it_is_sent() {
        let plain = ThumbnailRequest::new(7, 0);
        for (request, text) in [
            (plain.quality(0), "quality is 0"),
            (plain.effort(7), "effort is 7"),
            (plain.effort(255), "effort is 255"),
            (plain.fit(Fit::Cover), "fit is cover with a box of 7 x 0"),
            (plain.lossless(true), "lossless is set for a JPEG"),
        ] {
            let error = request.to_header(3).unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
    }
}
