//! `image.probe`: message 101 in JSON.

use serde::Serialize;

use super::base64::{self, IMAGE_NEEDED};
use super::names::FormatName;
use super::object::Object;
use super::text;
use crate::animation::Sequence;
use crate::budget::Budget;
use crate::codec::{Info, open};
use crate::error::{Error, Result};

/// What an image's headers say; no pixel is decoded.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "image.probe request", deny_unknown_fields))]
pub(super) struct ImageProbeRequest {
    /// The image file: JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC, camera raw, ICO, QOI, PNM, TGA, PSD or CUR, in base64 (RFC 4648, section 4, with padding).
    #[cfg_attr(feature = "schema", schemars(with = "super::base64::Base64<'static>"))]
    image: Vec<u8>,
}

/// What an image's headers say.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "image.probe reply", deny_unknown_fields))]
pub(super) struct ImageProbeReply {
    /// The image's format, by its first bytes.
    format: FormatName,
    /// Pixels, of the upright picture, as people see it.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    width: u32,
    /// Pixels, of the upright picture.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    height: u32,
    /// Pixels, as stored.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    stored_width: u32,
    /// Pixels, as stored.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    stored_height: u32,
    /// 1 to 8, as EXIF counts; 1 is upright as stored.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 8)))]
    orientation: u8,
    /// Whether there is transparency, or a channel for it.
    alpha: bool,
    /// Whether there are several frames.
    animated: bool,
    /// Whether there is a colour profile.
    icc: bool,
    /// Whether it is progressive or interlaced.
    progressive: bool,
    /// Frames of an animation, or pages; 1 for a still.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    frames: u32,
    /// Milliseconds of all frames together; 0 for a still.
    duration_ms: u32,
}

impl ImageProbeReply {
    fn new(info: &Info, sequence: Sequence) -> Self {
        let (width, height) = info.upright();
        Self {
            format: info.format.into(),
            width,
            height,
            stored_width: info.width,
            stored_height: info.height,
            orientation: info.orientation.number(),
            alpha: info.alpha,
            animated: info.animated,
            icc: info.icc,
            progressive: info.progressive,
            frames: sequence.frames,
            duration_ms: u32::try_from(sequence.duration_ms).unwrap_or(u32::MAX),
        }
    }
}

pub(super) fn answer(request: &str, budget: &Budget) -> Result<String> {
    let object = Object::read(request, &["image"], budget)?;
    let raw =
        object.raw("image").ok_or_else(|| Error::parameter("image", "missing", IMAGE_NEEDED))?;
    let (image, _charge) = base64::decode("image", raw, budget)?;
    let request = ImageProbeRequest { image };
    let opened = open(&request.image, budget)?;
    text::reply(&ImageProbeReply::new(opened.info(), opened.sequence()), budget)
}
