//! The `image` crate's decoder of lossless frames: its pixels, and whose fault its errors are.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use image::{ColorType, ImageDecoder, ImageError};
use thumbox_protocol::Format;

use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::Need;
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};
use crate::reduce::Order;

/// What the decoder may allocate at once beyond the picture itself.
const MOST_CHUNK: u64 = 16 << 20;

/// Reads the whole picture and then reduces it.
pub(super) fn read<'b>(
    decoder: impl ImageDecoder,
    profile: &[u8],
    info: &Info,
    need: &Need,
    budget: &'b Budget,
) -> Result<Decoded<'b>> {
    let (width, height) = decoder.dimensions();
    if (width, height) != (info.width, info.height) {
        return Err(Error::corrupt(Format::WebP, "its headers contradict each other"));
    }
    let layout = match decoder.color_type() {
        ColorType::Rgb8 => Layout::Rgb,
        ColorType::Rgba8 => Layout::Rgba,
        other => {
            let detail = format!("pixels of type {other:?}");
            return Err(Error::unsupported(Format::WebP, detail));
        }
    };
    let profile = Profile::rebuild(profile, budget)?;
    let mut whole = Picture::neutral(width, height, layout, budget, "the whole picture")?;
    decoder.read_image(&mut whole.pixels).map_err(|error| from_image_error(&error, budget))?;
    let mut reducer = need.reducer::<u8>(layout, Order::Down, budget)?;
    for (y, row) in (0..height).zip(whole.pixels.chunks_exact(whole.stride())) {
        reducer.put(y, 0, 1, row);
    }
    Ok(need.decoded(reducer.finish(), profile))
}

/// Says whose fault an error of the `image` crate is.
pub(super) fn from_image_error(error: &ImageError, budget: &Budget) -> Error {
    if let Err(work) = budget.check_work() {
        return work;
    }
    if ended_early(error) {
        return Error::truncated(Format::WebP, "it ends early");
    }
    match error {
        ImageError::Unsupported(detail) => Error::unsupported(Format::WebP, detail),
        ImageError::Limits(_) => Error::Memory {
            purpose: "a part of the image",
            needed: MOST_CHUNK + 1,
            left: MOST_CHUNK,
            limit: MOST_CHUNK,
        },
        ImageError::Decoding(detail) => match detail.source() {
            Some(source) => Error::corrupt(Format::WebP, source.to_string()),
            None => Error::corrupt(Format::WebP, detail.to_string()),
        },
        other => Error::corrupt(Format::WebP, other.to_string()),
    }
}

/// Whether the end of the data is anywhere among an error's causes.
fn ended_early(error: &ImageError) -> bool {
    let mut cause: Option<&dyn StdError> = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == ErrorKind::UnexpectedEof)
        {
            return true;
        }
        cause = error.source();
    }
    false
}
