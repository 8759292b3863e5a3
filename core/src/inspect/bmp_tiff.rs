//! BMP and TIFF, through the decoders that will read them: their headers are all that is read here.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::bmp::BmpDecoder;
use image::codecs::tiff::TiffDecoder;

use super::{Format, Info, Orientation, exif, ifd};
use crate::budget::{Budget, Charge};
use crate::decode::from_image_error;
use crate::error::{Error, Result};

pub(super) fn bmp(data: &[u8]) -> Result<Info> {
    let decoder = BmpDecoder::new(Cursor::new(data))
        .map_err(|error| from_image_error(Format::Bmp, &error))?;
    from_decoder(Format::Bmp, &decoder, Orientation::UPRIGHT, false)
}

/// Bytes that the decoder may hold for each value of a directory's entry: one of its own, and converted.
const VALUE: u64 = 64;

pub(super) fn tiff(data: &[u8], budget: &Budget) -> Result<Info> {
    let _values = charge_directory(data, budget)?;
    let convert = |error| from_image_error(Format::Tiff, &error);
    let mut decoder = TiffDecoder::new(Cursor::new(data)).map_err(convert)?;
    let icc = decoder.icc_profile().map_err(convert)?.is_some();
    from_decoder(Format::Tiff, &decoder, exif::orientation(data), icc)
}

/// Charges for the directory's entries. The decoder allocates what they claim before it can be given a
/// limit, so what a file cannot hold is refused here.
pub(crate) fn charge_directory<'b>(data: &[u8], budget: &'b Budget) -> Result<Charge<'b>> {
    let mut values = 0_u64;
    for entry in ifd::entries(data).into_iter().flatten() {
        if !entry.lies_within(data.len() as u64) {
            let detail =
                format!("tag {} claims {} values, more than there are", entry.tag, entry.count);
            return Err(Error::truncated(Format::Tiff, detail));
        }
        values = values.saturating_add(entry.count);
    }
    budget.charge(values.saturating_mul(VALUE), "the directory of the TIFF")
}

fn from_decoder(
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
