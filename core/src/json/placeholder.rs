//! `image.placeholder`: message 103 in JSON.

use serde::Serialize;

use super::base64::{self, Base64, IMAGE_NEEDED};
use super::object::Object;
use super::text;
use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::placeholder::placeholder;
use crate::request::Image;

/// A placeholder that is asked for: a picture in 17 to 25 bytes. A key that is null is treated as absent.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "image.placeholder request", deny_unknown_fields))]
pub(super) struct ImagePlaceholderRequest<'a> {
    /// The image file: JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC, camera raw, ICO, QOI, PNM, TGA, PSD or CUR, in base64 (RFC 4648, section 4, with padding).
    #[cfg_attr(feature = "schema", schemars(with = "super::base64::Base64<'a>"))]
    image: &'a str,
    /// Refuses a source picture of more pixels; 0 = the plugin's own limit, which this can only lower.
    #[cfg_attr(feature = "schema", schemars(range(max = u32::MAX), extend("default" = 0)))]
    max_pixels: Option<u32>,
}

/// What is shown of a picture until a thumbnail is there.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "image.placeholder reply", deny_unknown_fields))]
pub(super) struct ImagePlaceholderReply<'a> {
    /// Pixels, of the upright picture, as people see it.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    width: u32,
    /// Pixels, of the upright picture.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    height: u32,
    /// Whether the picture is transparent somewhere, and so is its hash.
    has_alpha: bool,
    /// Red, green and blue, 0 to 255: the average colour of what is opaque.
    average: [u8; 3],
    /// The ThumbHash, in base64 (RFC 4648, section 4, with padding).
    hash: Base64<'a>,
}

pub(super) fn answer(request: &str, budget: &Budget) -> Result<String> {
    let object = Object::read(request, &["image", "max_pixels"], budget)?;
    let request = ImagePlaceholderRequest {
        max_pixels: object.integer("max_pixels", 0..=u32::MAX)?,
        image: object
            .raw("image")
            .ok_or_else(|| Error::parameter("image", "missing", IMAGE_NEEDED))?,
    };
    let (image, charge) = base64::decode("image", request.image, budget)?;
    let image = Image::owned(image, charge);
    // From here on it is message 103.
    let made = placeholder(&image.bytes, request.max_pixels.unwrap_or_default(), budget)?;
    let reply = ImagePlaceholderReply {
        width: made.width,
        height: made.height,
        has_alpha: made.hash.has_alpha,
        average: made.hash.average,
        hash: Base64(made.hash.bytes()),
    };
    text::reply(&reply, budget)
}
