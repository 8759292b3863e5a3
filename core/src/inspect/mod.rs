//! What an image's headers say: enough to answer a probe, to choose a decoder and to charge for it.
//!
//! No pixel is decoded here. Each format's module walks its own container (markers, chunks, blocks, tags)
//! with a cursor that cannot run off the end.

pub(crate) mod bmp_tiff;
pub(crate) mod cursor;
mod exif;
pub(crate) mod gif;
mod ifd;
pub(crate) mod jpeg;
mod png;
pub(crate) mod webp;

use std::fmt;

use crate::budget::Budget;
use crate::error::{Error, Result};

/// Reads the headers of an image.
pub(crate) fn inspect(data: &[u8], budget: &Budget) -> Result<Info> {
    match sniff(data)? {
        Format::Jpeg => jpeg::info(data),
        Format::Png => png::info(data),
        Format::WebP => webp::info(data),
        Format::Gif => gif::info(data),
        Format::Bmp => bmp_tiff::bmp(data),
        Format::Tiff => bmp_tiff::tiff(data, budget),
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
        "the data is no JPEG, PNG, WebP, GIF, BMP or TIFF image; it begins with \"{}\"",
        start.escape_ascii()
    ))
}

/// An image format that is read. The numbers are those of the probe response.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG (ITU-T T.81).
    Jpeg = 0,
    /// PNG (W3C PNG, third edition).
    Png = 1,
    /// WebP (RFC 9649).
    WebP = 2,
    /// GIF (GIF89a); the first frame.
    Gif = 3,
    /// BMP, every header from BITMAPCOREHEADER to BITMAPV5HEADER.
    Bmp = 4,
    /// TIFF 6.0; the first image.
    Tiff = 5,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
        })
    }
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
    /// Width and height of the upright picture.
    pub(crate) fn upright(&self) -> (u32, u32) {
        if self.orientation.swaps_sides() {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }
}
