//! Decoders of the `image` crate: what their headers say, their pixels, and whose fault their errors are.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use image::{ColorType, ImageDecoder, ImageError};
use thumbox_protocol::Format;

use super::decoded::Decoded;
use super::info::Info;
use super::interface::Need;
use crate::budget::Budget;
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};
use crate::reduce::Order;

/// What a decoder may spend on one strip or tile beyond the picture itself.
pub(super) const MOST_CHUNK: u64 = 16 << 20;

/// Reads the whole picture and then reduces it. Without a `profile` it is the one that the decoder finds.
pub(super) fn read<'b>(
    mut decoder: impl ImageDecoder,
    profile: Option<&[u8]>,
    info: &Info,
    need: &Need,
    budget: &'b Budget,
) -> Result<Decoded<'b>> {
    let format = info.format;
    let (width, height) = decoder.dimensions();
    if (width, height) != (info.width, info.height) {
        return Err(Error::corrupt(format, "its headers contradict each other"));
    }
    let color = decoder.color_type();
    let layout = layout(color, format)?;
    let convert = |error| from_image_error(format, &error, budget);
    let file = match profile {
        Some(profile) => Cow::Borrowed(profile),
        None => Cow::Owned(decoder.icc_profile().map_err(convert)?.unwrap_or_default()),
    };
    let held = budget.charge(file.len() as u64, "the ICC profile as it is stored")?;
    let profile = Profile::rebuild(&file, budget)?;
    drop((file, held));
    let samples = color.bytes_per_pixel() as usize / layout.channels();
    if samples == 1 {
        let mut whole = Picture::neutral(width, height, layout, budget, "the whole picture")?;
        match decoder.read_image(&mut whole.pixels).map_err(convert) {
            Ok(()) => {}
            Err(Error::Truncated { detail, .. }) => {
                // Of a lossless WebP what came are numbers whose transforms were not undone.
                let is_empty = format == Format::WebP || is_untouched(&whole);
                need.check_cut(format, &detail, is_empty)?;
            }
            Err(error) => return Err(error),
        }
        let mut reducer = need.reducer::<u8>(layout, Order::Rows, budget)?;
        for (y, row) in (0..height).zip(whole.pixels.chunks_exact(whole.stride())) {
            reducer.put(y, 0, 1, row);
        }
        return Ok(need.decoded(reducer.finish(), profile));
    }
    let length = decoder.total_bytes();
    let _whole = budget.charge(length, "the whole picture")?;
    let mut whole = vec![0; usize::try_from(length).map_err(|_| too_wide(length))?];
    decoder.read_image(&mut whole).map_err(convert)?;
    let mut reducer = need.reducer::<u16>(layout, Order::Rows, budget)?;
    let stride = width as usize * layout.channels();
    let _row = budget.charge(stride as u64 * 2, "a row")?;
    let mut row = Vec::with_capacity(stride);
    for (y, wide) in (0..height).zip(whole.chunks_exact(stride * samples)) {
        row.clear();
        match samples {
            2 => row.extend(wide.as_chunks().0.iter().map(|sample| u16::from_ne_bytes(*sample))),
            _ => row
                .extend(wide.as_chunks().0.iter().map(|sample| unit(f32::from_ne_bytes(*sample)))),
        }
        reducer.put(y, 0, 1, &row);
    }
    Ok(need.decoded(reducer.finish(), profile))
}

/// A number from 0 to 1, clipped, in 16 bits; 0 for one that is not a number.
fn unit(value: f32) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` clips")]
    {
        (value * 65_535.0 + 0.5) as u16
    }
}

/// Whether nothing of a truncated picture was decoded. One whose pixels all have the neutral value counts as that, so a
/// truncated picture that really has only this value is refused, too: decoders do not say how far they came.
fn is_untouched(picture: &Picture<'_>) -> bool {
    let neutral = picture.layout.neutral();
    let neutral = neutral.get(..picture.layout.channels()).unwrap_or_default();
    picture.pixels.chunks_exact(neutral.len()).all(|pixel| pixel == neutral)
}

fn too_wide(length: u64) -> Error {
    Error::Bug(format!("a picture of {length} bytes was charged and cannot be addressed"))
}

fn layout(color: ColorType, format: Format) -> Result<Layout> {
    Ok(match color {
        ColorType::L8 | ColorType::L16 => Layout::Grey,
        ColorType::La8 | ColorType::La16 => Layout::GreyAlpha,
        ColorType::Rgb8 | ColorType::Rgb16 | ColorType::Rgb32F => Layout::Rgb,
        ColorType::Rgba8 | ColorType::Rgba16 | ColorType::Rgba32F => Layout::Rgba,
        other => return Err(Error::unsupported(format, format!("pixels of type {other:?}"))),
    })
}

/// Says whose fault an error of the `image` crate is.
pub(super) fn from_image_error(format: Format, error: &ImageError, budget: &Budget) -> Error {
    if let Err(work) = budget.check_work() {
        return work;
    }
    if ended_early(error) {
        return Error::truncated(format, "it ends early");
    }
    match error {
        ImageError::Unsupported(detail) => Error::unsupported(format, detail),
        ImageError::Limits(_) => Error::Memory {
            purpose: "a part of the image",
            needed: MOST_CHUNK + 1,
            left: MOST_CHUNK,
            limit: MOST_CHUNK,
        },
        ImageError::Decoding(detail) => match detail.source() {
            Some(source) => Error::corrupt(format, source.to_string()),
            None => Error::corrupt(format, detail.to_string()),
        },
        other => Error::corrupt(format, other.to_string()),
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
