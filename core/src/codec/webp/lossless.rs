//! The pixels of lossless frames, through the `image` crate.

use image::codecs::webp::WebPDecoder;
use thumbox_protocol::Format;

use super::image_crate::{self, from_image_error};
use super::metered::Metered;
use super::{container, lossless_tables};
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::Need;
use crate::error::{Error, Result};
use crate::orientation::Orientation;

/// Decodes the first frame of a file, on its canvas. `whole`: whether all of the frame is there.
///
/// # Errors
/// As decoding a picture.
pub(super) fn first<'b>(
    data: &[u8],
    whole: bool,
    info: &Info,
    need: &Need,
    budget: &'b Budget,
) -> Result<Decoded<'b>> {
    decode(data, info, need, budget)
        .or_else(|error| match &error {
            // libwebp lets the last pixel end beyond the data.
            Error::Corrupt { detail, .. } if whole && detail == BITSTREAM => {
                let _file =
                    budget.charge(data.len() as u64 + 32, "the WebP with zeros after it")?;
                let file = container::with_zeros(data);
                decode(&file, info, need, budget).map_err(|_| error)
            }
            _ => Err(error),
        })
        .map_err(|error| lossless_error(error, whole))
}

/// What the decoder says where bits are missing.
const BITSTREAM: &str = "Corrupt bitstream";

/// Decodes a lossless frame by itself, whose size was checked.
pub(super) fn alone<'b>(
    data: &[u8],
    whole: bool,
    size: (u32, u32),
    need: &Need,
    budget: &'b Budget,
) -> Result<Decoded<'b>> {
    let (width, height) = size;
    let info = Info {
        format: Format::WebP,
        width,
        height,
        orientation: Orientation::UPRIGHT,
        alpha: true,
        animated: false,
        progressive: false,
        icc: false,
    };
    let _file = budget.charge(data.len() as u64 + 32, "a frame of the WebP")?;
    // It puts zeros behind the data, so that a second attempt would find nothing more.
    let file = container::of_lossless(&[data]);
    decode(&file, &info, need, budget).map_err(|error| lossless_error(error, whole))
}

/// Decodes the first frame of a file as the crate does, with its errors.
fn decode<'b>(data: &[u8], info: &Info, need: &Need, budget: &'b Budget) -> Result<Decoded<'b>> {
    let _working = budget.charge(working(data, info), "decoding the WebP")?;
    let _tables = lossless_tables::charge(data, info.width, info.height, budget)?;
    // Not by the decoder, which makes room for as much as the chunk claims to have.
    let profile = container::profile(data).unwrap_or_default();
    let decoder = WebPDecoder::new(Metered::new(data, budget))
        .map_err(|error| from_image_error(&error, budget))?;
    image_crate::read(decoder, profile, info, need, budget)
}

/// What is wrong with a lossless frame, of which the decoder says little. `whole`: whether all of it is there. It undoes
/// transforms last, so that of a part of a frame nothing can be shown.
fn lossless_error(error: Error, whole: bool) -> Error {
    let is_cut = match &error {
        // So it says that an animation ends.
        Error::Corrupt { detail, .. } => !whole || detail == "failed to fill whole buffer",
        Error::Truncated { .. } => true,
        _ => false,
    };
    match error {
        _ if is_cut => {
            let detail = "its lossless image data ends early; there is nothing to show yet";
            Error::truncated(Format::WebP, detail)
        }
        Error::Corrupt { format, detail } => {
            let detail = match detail.as_str() {
                BITSTREAM => {
                    "its lossless image data ends before its last pixel, or refers beyond its first"
                }
                "Invalid Huffman code" => {
                    "its lossless image data has a prefix code that is not complete"
                }
                "Invalid transform" => "its lossless image data has a transform twice",
                _ => return Error::Corrupt { format, detail },
            };
            Error::corrupt(format, detail)
        }
        other => other,
    }
}

/// Bytes that the decoder of a lossless picture allocates beside it.
fn working(data: &[u8], info: &Info) -> u64 {
    let pixels = u64::from(info.width) * u64::from(info.height);
    // An animation's frame is a picture of its own, beside the canvas.
    let frame = if info.animated { 14 * pixels } else { 4 * pixels };
    frame + (256 << 10) + 2 * data.len() as u64
}
