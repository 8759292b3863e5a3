//! BMP and TIFF, through the decoders that will read them: their headers are all that is read here.

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::bmp::BmpDecoder;
use image::codecs::tiff::TiffDecoder;

use super::{Format, Info, Orientation};
use crate::decode::from_image_error;
use crate::error::{Error, Result};

pub(super) fn bmp(data: &[u8]) -> Result<Info> {
    let decoder = BmpDecoder::new(Cursor::new(data))
        .map_err(|error| from_image_error(Format::Bmp, &error))?;
    from_decoder(Format::Bmp, &decoder, Orientation::UPRIGHT, false)
}

pub(super) fn tiff(data: &[u8]) -> Result<Info> {
    let convert = |error| from_image_error(Format::Tiff, &error);
    let mut decoder = TiffDecoder::new(Cursor::new(data)).map_err(convert)?;
    let orientation = decoder.orientation().map_err(convert)?;
    let orientation = Orientation::from_exif(u32::from(orientation.to_exif()));
    let icc = decoder.icc_profile().map_err(convert)?.is_some();
    from_decoder(Format::Tiff, &decoder, orientation, icc)
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
