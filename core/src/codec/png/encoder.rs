//! PNG, 8 bits a channel, in the picture's own channels, or with a palette.

use std::io::Write;

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};
use thumbox_protocol::Target;

use super::palette::{self, Indexed, indexed};
use crate::budget::Budget;
use crate::codec::encoded::{Encoded, Writer};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

pub(crate) fn encode<'b>(
    picture: &Picture<'_>,
    target: &Target,
    budget: &'b Budget,
) -> Result<Encoded<'b>> {
    if target.palette {
        let pixels = u64::from(picture.width) * u64::from(picture.height);
        let _working = budget.charge(pixels * palette::WORKING + (2 << 20), "encoding")?;
        let mut file = Writer::new(budget)?;
        let result = write_indexed(picture, &indexed(picture), compression(target), &mut file);
        return file.finish(result);
    }
    let color = match picture.layout {
        Layout::Grey => ColorType::Grayscale,
        Layout::GreyAlpha => ColorType::GrayscaleAlpha,
        Layout::Rgb => ColorType::Rgb,
        Layout::Rgba => ColorType::Rgba,
        Layout::Cmyk => return Err(Error::Bug("CMYK pixels reached the PNG encoder".into())),
    };
    // The whole picture once filtered and once compressed, a few rows to choose filters by, and the
    // compressor's own state.
    let raw = picture.pixels.len() as u64 + u64::from(picture.height);
    let working = raw * 2 + picture.stride() as u64 * 8 + (1 << 20);
    let _working = budget.charge(working, "encoding")?;
    let mut file = Writer::new(budget)?;
    let result = write(picture, color, compression(target), &mut file);
    file.finish(result)
}

/// What is worth its time at an effort.
const fn compression(target: &Target) -> Compression {
    match target.effort {
        0 | 1 => Compression::Fast,
        2..=5 => Compression::Balanced,
        _ => Compression::High,
    }
}

fn write_indexed(
    picture: &Picture<'_>,
    indexed: &Indexed,
    compression: Compression,
    file: impl Write,
) -> std::result::Result<(), EncodingError> {
    let mut encoder = Encoder::new(file, picture.width, picture.height);
    encoder.set_compression(compression);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(indexed.colours.as_slice());
    if let Some(alphas) = &indexed.alphas {
        encoder.set_trns(alphas.as_slice());
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&indexed.indices)?;
    writer.finish()
}

fn write(
    picture: &Picture<'_>,
    color: ColorType,
    compression: Compression,
    file: impl Write,
) -> std::result::Result<(), EncodingError> {
    let mut encoder = Encoder::new(file, picture.width, picture.height);
    encoder.set_compression(compression);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.pixels)?;
    writer.finish()
}
