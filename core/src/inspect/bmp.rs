//! BMP, through the decoder that will read it: its header is all that is read here.

use image::codecs::bmp::BmpDecoder;
use thumbox_protocol::{Format, Limits};

use super::cursor::Cursor;
use super::{Info, Orientation};
use crate::budget::Budget;
use crate::decode::from_image_error;
use crate::error::{Error, Result};
use crate::work::Metered;

/// The widest BMP that is read: a row of 32 bits a pixel is counted in a signed number of 32 bits.
const MOST_WIDE: u32 = i32::MAX.cast_unsigned() / 32;

pub(super) fn info(data: &[u8], budget: &Budget) -> Result<Info> {
    check_dimensions(data)?;
    let decoder = BmpDecoder::new(Metered::new(data, budget))
        .map_err(|error| from_image_error(Format::Bmp, &error, budget))?;
    Info::of_decoder(Format::Bmp, &decoder, Orientation::UPRIGHT, false)
}

/// Refuses dimensions with which the decoder's arithmetic would not be the same in every build.
fn check_dimensions(data: &[u8]) -> Result<()> {
    let mut header = Cursor::at(data, 14);
    // BITMAPCOREHEADER has 12 bytes and sides of 16 bits; in all others they are signed, and a negative height means
    // that the rows begin at the top.
    let sides = (|| match header.u32_le()? {
        12 => Some((header.u16_le()?.into(), header.u16_le()?.into())),
        _ => Some((header.u32_le()?, header.u32_le()?.cast_signed().unsigned_abs())),
    })();
    // What is missing or negative, the decoder says.
    let Some((width, height)) = sides.filter(|(width, _)| width.cast_signed() >= 0) else {
        return Ok(());
    };
    if width > MOST_WIDE || u64::from(width) * u64::from(height) > Limits::MOST_PIXELS {
        return Err(Error::Pixels {
            what: format!("the BMP image has {width} x {height} pixels"),
            allowed: format!(
                "{} pixels, and {MOST_WIDE} in a row, are the most that is read",
                Limits::MOST_PIXELS
            ),
        });
    }
    Ok(())
}
