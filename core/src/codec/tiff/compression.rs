//! How strips and tiles are compressed (tag 259).

use thumbox_protocol::Format;

use crate::error::{Error, Result};

/// A compression that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Fax(Fax),
    Lzw,
    OldJpeg,
    Jpeg,
    Zlib,
    PackBits,
    Zstandard,
}

/// How a fax is coded (ITU-T T.4 and T.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fax {
    /// Modified Huffman; each row begins at a multiple of so many bits.
    Rows { align: u32 },
    /// T.4: ends of lines, and rows coded by the row before, where `both` says so.
    Group3 { both: bool },
    /// T.6.
    Group4,
}

impl Compression {
    /// The compression with this number; `options` is tag 292.
    ///
    /// # Errors
    /// 200, by name, for one that is not read.
    pub(super) fn new(number: u64, options: u64) -> Result<Self> {
        Ok(match number {
            1 => Self::None,
            2 => Self::Fax(Fax::Rows { align: 8 }),
            3 => Self::Fax(Fax::Group3 { both: options & 1 == 1 }),
            4 => Self::Fax(Fax::Group4),
            5 => Self::Lzw,
            6 => Self::OldJpeg,
            7 => Self::Jpeg,
            8 | 32_946 => Self::Zlib,
            32_771 => Self::Fax(Fax::Rows { align: 16 }),
            32_773 => Self::PackBits,
            50_000 => Self::Zstandard,
            other => {
                let name = name(other).map(|name| format!(" ({name})")).unwrap_or_default();
                let detail = format!(
                    "compression {other}{name}; supported: none, LZW, Deflate, PackBits, CCITT, JPEG, Zstandard"
                );
                return Err(Error::unsupported(Format::Tiff, detail));
            }
        })
    }

    /// Whether a predictor may have been applied before it; others ignore the tag, as libtiff does.
    pub(super) const fn has_predictor(self) -> bool {
        matches!(self, Self::Lzw | Self::Zlib | Self::Zstandard)
    }
}

/// The names of others that files have.
fn name(number: u64) -> Option<&'static str> {
    Some(match number {
        32_766 => "NeXT",
        32_809 => "ThunderScan",
        33_003 | 33_005 | 34_712 => "JPEG 2000",
        34_661 => "JBIG",
        34_676 | 34_677 => "SGI LogLuv",
        34_887 => "LERC",
        34_892 => "lossy JPEG of a DNG",
        34_925 => "LZMA",
        50_001 | 34_927 => "WebP",
        50_002 | 52_546 => "JPEG XL",
        _ => return None,
    })
}
