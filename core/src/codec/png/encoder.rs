//! PNG, 8 bits a channel, in the picture's own channels.

use std::io::Write;

use png::{BitDepth, ColorType, Encoder, EncodingError};

use crate::budget::Budget;
use crate::codec::encoded::{Encoded, Writer};
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

pub(crate) fn encode<'b>(picture: &Picture<'_>, budget: &'b Budget) -> Result<Encoded<'b>> {
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
    let result = write(picture, color, &mut file);
    file.finish(result)
}

fn write(
    picture: &Picture<'_>,
    color: ColorType,
    file: impl Write,
) -> std::result::Result<(), EncodingError> {
    let mut encoder = Encoder::new(file, picture.width, picture.height);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.pixels)?;
    writer.finish()
}
