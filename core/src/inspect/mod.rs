//! What an image's headers say: enough to answer a probe, to choose a decoder and to charge for it.
//!
//! No pixel is decoded here. Each format's module walks its own container (markers, chunks, blocks, tags)
//! with a cursor that cannot run off the end.

mod bmp;
pub(crate) mod cursor;
mod exif;
pub(crate) mod gif;
mod ifd;
pub(crate) mod jpeg;
mod png;
pub(crate) mod tiff;
pub(crate) mod webp;

use image::ImageDecoder;
use thumbox_protocol::Format;

use crate::budget::Budget;
use crate::error::{Error, Result};

/// Reads the headers of an image.
pub(crate) fn inspect(data: &[u8], budget: &Budget) -> Result<Info> {
    let format = sniff(data)?;
    let allowed = budget.limits().formats;
    if !allowed.contains(format) {
        return Err(Error::FormatNotAllowed { format, allowed });
    }
    match format {
        Format::Jpeg => jpeg::info(data),
        Format::Png => png::info(data),
        Format::WebP => webp::info(data),
        Format::Gif => gif::info(data),
        Format::Bmp => bmp::info(data, budget),
        Format::Tiff => tiff::info(data, budget),
    }
}

/// Tells the format by the first bytes, never by a name.
fn sniff(data: &[u8]) -> Result<Format> {
    const MAGIC: [(&[u8], Format); 10] = [
        (b"\xFF\xD8\xFF", Format::Jpeg),
        (png::SIGNATURE, Format::Png),
        (b"GIF87a", Format::Gif),
        (b"GIF89a", Format::Gif),
        (b"BM", Format::Bmp),
        (b"II*\0", Format::Tiff),
        (b"MM\0*", Format::Tiff),
        (b"II+\0", Format::Tiff),
        (b"MM\0+", Format::Tiff),
        (b"RIFF", Format::WebP),
    ];
    let begun = MAGIC.iter().find(|(magic, _)| data.starts_with(magic) || magic.starts_with(data));
    let Some(&(magic, format)) = begun else {
        return Err(unknown(data));
    };
    if data.is_empty() {
        return Err(Error::Truncated { format: None, detail: "it has 0 bytes".into() });
    }
    if data.len() < magic.len() || format == Format::WebP && data.len() < 12 {
        return Err(Error::truncated(format, format!("it has only {} bytes", data.len())));
    }
    if format == Format::WebP && data.get(8..12) != Some(b"WEBP") {
        return Err(unknown(data));
    }
    Ok(format)
}

fn unknown(data: &[u8]) -> Error {
    let start = data.get(..12).unwrap_or(data);
    Error::UnknownFormat(format!(
        "the data is not a JPEG, PNG, WebP, GIF, BMP or TIFF image; it starts with \"{}\"",
        start.escape_ascii()
    ))
}

/// How the stored pixels lie in the upright picture, as EXIF tag 274 counts: 1 to 8 (EXIF 2.32, section 4.6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Orientation(u8);

impl Orientation {
    /// Stored as it is to be seen.
    pub(crate) const UPRIGHT: Self = Self(1);

    /// The orientation with this number, upright for a number that means nothing.
    pub(crate) fn from_exif(number: u32) -> Self {
        match u8::try_from(number) {
            Ok(number @ 1..=8) => Self(number),
            _ => Self::UPRIGHT,
        }
    }

    pub(crate) fn number(self) -> u8 {
        self.0
    }

    /// Whether width and height change places.
    pub(crate) fn swaps_sides(self) -> bool {
        self.0 >= 5
    }
}

/// What the headers of an image say.
#[derive(Clone, Debug)]
pub(crate) struct Info {
    pub(crate) format: Format,
    /// Pixels, as stored; never 0.
    pub(crate) width: u32,
    /// Pixels, as stored; never 0.
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    pub(crate) alpha: bool,
    pub(crate) animated: bool,
    pub(crate) progressive: bool,
    pub(crate) icc: bool,
}

impl Info {
    /// What a decoder of the `image` crate says.
    fn of_decoder(
        format: Format,
        decoder: &impl ImageDecoder,
        orientation: Orientation,
        icc: bool,
    ) -> Result<Self> {
        let (width, height) = decoder.dimensions();
        if width == 0 || height == 0 {
            return Err(Error::corrupt(format, format!("its dimensions are {width} x {height}")));
        }
        Ok(Self {
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

    /// Width and height of the upright picture.
    pub(crate) fn upright(&self) -> (u32, u32) {
        if self.orientation.swaps_sides() {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }
}
