//! WebP, GIF, BMP and TIFF through the `image` crate.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io::{self, ErrorKind};

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ColorType, ImageDecoder, ImageError, Limits};
use thumbox_protocol::Format;

use super::{Decoded, shown_if_touched, webp_tables};
use crate::budget::Budget;
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::inspect::{Info, gif, tiff, webp};
use crate::picture::{Layout, Picture};
use crate::work::Metered;

/// What a TIFF decoder may spend on one strip or tile beyond the picture itself.
const TIFF_CHUNK: u64 = 16 << 20;

pub(super) fn decode<'b>(data: &[u8], info: &Info, budget: &'b Budget) -> Result<Decoded<'b>> {
    let convert = |error| from_image_error(info.format, &error, budget);
    let pixels = u64::from(info.width) * u64::from(info.height);
    let length = data.len() as u64;
    let file = Metered::new(data, budget);
    match info.format {
        Format::WebP => {
            webp::check_frame(data, info)?;
            let _working = budget.charge(webp_working(data, info), "decoding the WebP")?;
            let _tables = webp_tables::charge(data, info.width, info.height, budget)?;
            // Not by the decoder, which makes room for as much as the chunk claims to have.
            let profile = webp::profile(data).unwrap_or_default();
            read(WebPDecoder::new(file).map_err(convert)?, Some(profile), info, budget)
        }
        Format::Gif => {
            // The frame's indices and, where it does not cover the screen, its RGBA.
            let frame = gif::headers(data)?.frame;
            let frame = u64::from(frame.width) * u64::from(frame.height);
            let _working = budget.charge(frame * 5 + (256 << 10), "decoding the GIF")?;
            read(GifDecoder::new(file).map_err(convert)?, None, info, budget)
        }
        Format::Bmp => {
            let row = u64::from(info.width) * 4 + (64 << 10);
            let _working = budget.charge(row, "decoding the BMP")?;
            read(BmpDecoder::new(file).map_err(convert)?, None, info, budget)
        }
        _ => {
            let _directory = tiff::charge_directory(data, budget)?;
            let mut decoder = TiffDecoder::new(file).map_err(convert)?;
            // Everything once more in the decoder's own buffer, CMYK with a channel more than RGB.
            let samples = u64::from(decoder.color_type().bytes_per_pixel());
            let whole = pixels.saturating_mul(samples.max(4 * samples / 3));
            let chunk =
                TIFF_CHUNK.min(whole.saturating_mul(2)) + length.min(TIFF_CHUNK) + (64 << 10);
            let _working = budget.charge(whole.saturating_add(chunk), "decoding the TIFF")?;
            let mut limits = Limits::no_limits();
            limits.max_alloc = Some(whole.saturating_add(chunk));
            decoder.set_limits(limits).map_err(convert)?;
            read(decoder, None, info, budget)
        }
    }
}

/// Bytes that the WebP decoder allocates beside the picture.
fn webp_working(data: &[u8], info: &Info) -> u64 {
    let pixels = u64::from(info.width) * u64::from(info.height);
    // A frame's planes have whole macroblocks of 16 x 16 pixels.
    let padded = u64::from(info.width + 15) * u64::from(info.height + 15);
    let lossless = webp::chunks(data).any(|chunk| &chunk.kind == b"VP8L");
    let frame = match (info.animated, info.alpha, lossless) {
        // The frame as RGBA, the canvas, and the planes or the alpha that the frame is made from.
        (true, ..) => 4 * pixels + 4 * pixels + 6 * padded,
        (_, _, true) => 4 * pixels,
        // Three planes of 4:2:0; alpha is a lossless picture of its own.
        (_, true, _) => 2 * padded + 6 * pixels,
        (..) => 2 * padded,
    };
    // A partition of a lossy frame is allocated by a length of 24 bits that nobody has checked.
    let partitions = if lossless { 0 } else { 16 << 20 };
    frame + partitions + (256 << 10) + 2 * data.len() as u64
}

/// Reads the picture of any decoder of the `image` crate. Without a `profile` it is the one that the decoder finds.
fn read<'b>(
    mut decoder: impl ImageDecoder,
    profile: Option<&[u8]>,
    info: &Info,
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
    let mut picture = Picture::neutral(width, height, layout, budget, "the decoded picture")?;
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
    let truncated = match result.map_err(convert) {
        Ok(()) => None,
        Err(Error::Truncated { detail, .. }) => Some(shown_if_touched(&picture, format, detail)?),
        Err(error) => return Err(error),
    };
    if layout == Layout::Rgba && !info.alpha {
        drop_alpha(&mut picture);
    }
    Ok(Decoded { picture, profile, truncated })
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
pub(crate) fn from_image_error(format: Format, error: &ImageError, budget: &Budget) -> Error {
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
            needed: TIFF_CHUNK + 1,
            left: TIFF_CHUNK,
            limit: TIFF_CHUNK,
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
