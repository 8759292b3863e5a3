//! A file's bytes to pixels, no more of them than the thumbnails need.
//!
//! A decoder may deliver the picture already reduced, as long as it is not smaller than [`Need`]; the stages
//! behind it scale every rectangle by what was delivered. JPEG's does; the others deliver the whole picture.

pub(crate) mod jpeg;
mod png;
mod prefix_code;
mod through_image;
mod webp_tables;

pub(crate) use through_image::from_image_error;

use thumbox_protocol::Format;

use crate::budget::Budget;
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::inspect::Info;
use crate::picture::Picture;

/// The least that a decoder must deliver: the whole picture, as stored, at least this large or in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// What a decoder delivers.
#[derive(Debug)]
pub(crate) struct Decoded<'b> {
    pub(crate) picture: Picture<'b>,
    /// The embedded ICC profile, where it can be used.
    pub(crate) profile: Option<Profile<'b>>,
    /// What is missing, where the file ended early; the picture is neutral there. Of a JPEG only told where a
    /// truncated one is to be refused.
    pub(crate) truncated: Option<String>,
}

/// Decodes a picture.
///
/// # Errors
/// 200-202 by what is wrong with the image, 300 and 301 for the limits.
pub(crate) fn decode<'b>(
    data: &[u8],
    info: &Info,
    need: Need,
    refuse_truncated: bool,
    budget: &'b Budget,
) -> Result<Decoded<'b>> {
    let decoded = match info.format {
        Format::Jpeg => jpeg::decode(data, need, refuse_truncated, budget)?,
        Format::Png => png::decode(data, info, budget)?,
        _ => through_image::decode(data, info, budget)?,
    };
    match decoded.truncated {
        Some(detail) if refuse_truncated => Err(Error::truncated(info.format, detail)),
        _ => Ok(decoded),
    }
}

/// The rule for a decoder that stopped early: an image of which something was decoded is shown, one of
/// which nothing was is an error.
fn shown_if_touched(picture: &Picture<'_>, format: Format, detail: String) -> Result<String> {
    let neutral = picture.layout.neutral();
    if picture.pixels.chunks_exact(neutral.len()).all(|pixel| pixel == neutral) {
        return Err(Error::truncated(format, format!("{detail}; there is nothing to show yet")));
    }
    Ok(detail)
}
