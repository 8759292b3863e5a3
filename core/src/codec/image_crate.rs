//! Decoders of the `image` crate: what their headers say, their pixels, and whose fault their errors are.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use image::{ColorType, ImageDecoder, ImageError};
use thumbox_protocol::Format;

use super::info::Info;
use super::interface::Need;
use super::sink::{DECODED, Sink, check_touched};
use crate::budget::Budget;
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::orientation::Orientation;
use crate::picture::{Layout, Picture};

/// What a decoder may spend on one strip or tile beyond the picture itself.
pub(super) const MOST_CHUNK: u64 = 16 << 20;

/// What the headers say that a decoder has read.
pub(super) fn info(
    format: Format,
    decoder: &impl ImageDecoder,
    orientation: Orientation,
    icc: bool,
) -> Result<Info> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Error::corrupt(format, format!("its dimensions are {width} x {height}")));
    }
    Ok(Info {
        format,
        width,
        height,
        orientation,
        alpha: decoder.color_type().has_alpha(),
        animated: false,
        progressive: false,
        icc,
    })
}

/// Reads the whole picture. Without a `profile` it is the one that the decoder finds.
pub(super) fn read<'b>(
    mut decoder: impl ImageDecoder,
    profile: Option<&[u8]>,
    info: &Info,
    need: &Need,
    out: &mut Sink<'b>,
    budget: &'b Budget,
) -> Result<Option<Profile<'b>>> {
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
    let mut picture = Picture::neutral(width, height, layout, budget, DECODED)?;
    let samples = color.bytes_per_pixel() as usize / layout.channels();
    let result = if samples == 1 {
        decoder.read_image(&mut picture.pixels)
    } else {
        let length = decoder.total_bytes();
        let _wide = budget.charge(length, "the decoded picture in its own depth")?;
        let mut wide = vec![0; usize::try_from(length).map_err(|_| too_wide(length))?];
        let result = decoder.read_image(&mut wide);
        if result.is_ok() {
            narrow(&wide, samples, &mut picture.pixels);
        }
        result
    };
    match result.map_err(convert) {
        Ok(()) => {}
        Err(Error::Truncated { detail, .. }) => {
            check_touched(&picture, format, &detail)?;
            need.check_truncated(format, &detail)?;
        }
        Err(error) => return Err(error),
    }
    if layout == Layout::Rgba && !info.alpha {
        drop_alpha(&mut picture);
    }
    out.whole(picture);
    Ok(profile)
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

/// Samples of 16 bits or of 32-bit floats from 0 to 1, in the machine's byte order, to 8 bits.
fn narrow(wide: &[u8], samples: usize, narrow: &mut [u8]) {
    if samples == 2 {
        for (wide, narrow) in wide.as_chunks::<2>().0.iter().zip(narrow) {
            let [high, _] = u16::from_ne_bytes(*wide).to_be_bytes();
            *narrow = high;
        }
    } else {
        for (wide, narrow) in wide.as_chunks::<4>().0.iter().zip(narrow) {
            let value = (f32::from_ne_bytes(*wide) * 255.0).clamp(0.0, 255.0) + 0.5;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            {
                *narrow = value as u8;
            }
        }
    }
}

/// A GIF is decoded with alpha always; where its headers promise that none is transparent, it goes.
fn drop_alpha(picture: &mut Picture<'_>) {
    let count = picture.pixels.len() / 4;
    for index in 0..count {
        picture.pixels.copy_within(index * 4..index * 4 + 3, index * 3);
    }
    picture.pixels.truncate(count * 3);
    picture.layout = Layout::Rgb;
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
