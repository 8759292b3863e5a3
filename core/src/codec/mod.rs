//! The formats: a folder or file for each, with its headers, its decoder and its encoder.
//!
//! To add one, implement [`Codec`] in a file of its own, add a line to the table below, add the format to
//! `protocol/src/format.rs`, and look at its price in `work.rs`. CONTRIBUTING.md, "Add a codec", lists all steps.

mod bmp;
mod chroma;
mod decoded;
mod directory;
mod encoded;
mod exif;
mod fields;
mod gif;
#[cfg(any(feature = "avif", feature = "heic"))]
mod heif;
mod ico;
mod ifd;
mod info;
mod interface;
mod interleave;
mod isobmff;
mod jpeg;
mod lab;
mod lzw;
mod named;
mod pack_bits;
mod packed;
mod png;
mod pnm;
mod psd;
mod qoi;
mod raw;
mod reads;
mod smaller;
mod tga;
mod tiff;
mod webp;

pub(crate) use decoded::{Decoded, Pixels};
pub(crate) use encoded::Encoded;
pub(crate) use info::Info;
pub(crate) use interface::{Codec, Need};
#[cfg(feature = "testing")]
pub(crate) use jpeg::decode_at;
#[cfg(feature = "json")]
pub(crate) use reads::read_here;
pub(crate) use webp::Animation;

use thumbox_protocol::{Format, OutputFormat, Target};

use crate::animation::{Frames, Sequence};
use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::picture::Picture;
use isobmff::heif_coding;
use reads::{is_read, named_here};

/// Makes the table of formats: an [`Opened`] and its dispatch.
macro_rules! formats {
    ($($(#[$when:meta])? $format:ident => $module:ident::$codec:ident,)*) => {
        /// An image whose headers were read.
        pub(crate) enum Opened<'a> {
            $(
                #[doc = concat!("A ", stringify!($format), ".")]
                $(#[$when])?
                $format($module::$codec<'a>),
            )*
        }

        /// What files of each format start with, and end with.
        const SIGNATURES: &[(Format, &[&[u8]], &[u8])] = &[$(
            $(#[$when])?
            (Format::$format, $module::$codec::SIGNATURES, $module::$codec::ENDING),
        )*];

        impl<'a> Opened<'a> {
            fn of(format: Format, data: &'a [u8], budget: &'a Budget) -> Result<Self> {
                match format {
                    $(
                        $(#[$when])?
                        Format::$format if is_read(format) => {
                            $module::$codec::open(data, budget).map(Self::$format)
                        }
                    )*
                    other => Err(Error::FormatNotInBuild(other)),
                }
            }

            /// What the headers say.
            pub(crate) fn info(&self) -> &Info {
                match self {
                    $($(#[$when])? Self::$format(image) => image.info(),)*
                }
            }

            /// How many frames or pages there are.
            pub(crate) fn sequence(&self) -> Sequence {
                match self {
                    $(
                        $(#[$when])?
                        Self::$format(image) if is_read(Format::$format) => image.sequence(),
                    )*
                    _ => Sequence::still(),
                }
            }

            /// The frames of an animation.
            ///
            /// # Errors
            /// As [`Codec::frames`].
            pub(crate) fn frames(self, budget: &'a Budget) -> Result<Box<dyn Frames<'a> + 'a>> {
                match self {
                    $(
                        $(#[$when])?
                        Self::$format(image) if is_read(Format::$format) => image.frames(budget),
                    )*
                    other => Err(Error::FormatNotInBuild(other.info().format)),
                }
            }

            /// A page of a file that has several.
            ///
            /// # Errors
            /// As [`Codec::page`].
            pub(crate) fn page(self, page: u16) -> Result<Self> {
                match self {
                    $(
                        $(#[$when])?
                        Self::$format(image) if is_read(Format::$format) => {
                            image.page(page).map(Self::$format)
                        }
                    )*
                    other => Err(Error::FormatNotInBuild(other.info().format)),
                }
            }

            /// Decodes the picture, as [`Codec::decode`] does.
            ///
            /// # Errors
            /// As [`Codec::decode`].
            pub(crate) fn decode(
                self,
                need: &Need,
                budget: &'a Budget,
            ) -> Result<Decoded<'a>> {
                match self {
                    $(
                        $(#[$when])?
                        Self::$format(image) if is_read(Format::$format) => {
                            image.decode(need, budget)
                        }
                    )*
                    other => Err(Error::FormatNotInBuild(other.info().format)),
                }
            }
        }
    };
}

formats! {
    Jpeg => jpeg::Jpeg,
    Png => png::Png,
    Gif => gif::Gif,
    Bmp => bmp::Bmp,
    Tiff => tiff::Tiff,
    WebP => webp::WebP,
    #[cfg(feature = "avif")]
    Avif => heif::Avif,
    #[cfg(feature = "heic")]
    Heic => heif::Heic,
    Raw => raw::Raw,
    Qoi => qoi::Qoi,
    Pnm => pnm::Pnm,
    Tga => tga::Tga,
    Psd => psd::Psd,
    Ico => ico::Ico,
    Cur => ico::Cur,
}

/// Opens an image of any format that the limits allow.
///
/// # Errors
/// 203 for a format that they do not allow, else as [`Codec::open`].
pub(crate) fn open<'a>(data: &'a [u8], budget: &'a Budget) -> Result<Opened<'a>> {
    let format = sniff(data)?;
    let allowed = budget.limits().formats;
    if !allowed.contains(format) {
        return Err(Error::FormatNotAllowed { format, allowed });
    }
    Opened::of(format, data, budget)
}

/// Tells the format by the first bytes, never by a name.
fn sniff(data: &[u8]) -> Result<Format> {
    if data.is_empty() {
        return Err(Error::Truncated { format: None, detail: "it has 0 bytes".into() });
    }
    // `zip` stops at the shorter of the two: a file that is shorter than its signature matches, and is truncated.
    let starts = |signature: &[u8]| {
        signature
            .iter()
            .zip(data)
            .all(|(expected, byte)| matches!(expected, b'?') || expected == byte)
    };
    let found = SIGNATURES.iter().find_map(|(format, signatures, ending)| {
        let ends = !ending.is_empty() && data.ends_with(ending);
        let signature = signatures.iter().find(|signature| starts(signature));
        signature.map(|signature| (*format, signature.len())).or(ends.then_some((*format, 0)))
    });
    match found {
        Some((format, length)) if data.len() < length => {
            Err(Error::truncated(format, format!("it has only {} bytes", data.len())))
        }
        Some((Format::Tiff, _)) if raw::is_raw_tiff(data) => Ok(Format::Raw),
        Some((format, _)) => Ok(format),
        None if raw::is_cr3(data) => Ok(Format::Raw),
        None => heif_coding(data).ok_or_else(|| named::refusal(data, &every_format())),
    }
}

/// The names of the formats that are read here, or by the module that goes with this one, with "or" before the last.
fn every_format() -> String {
    match named_here().map(|format| format.to_string()).collect::<Vec<_>>().as_slice() {
        [only] => only.clone(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
        [] => String::new(),
    }
}

/// Encodes an upright picture as its target asks; a JPEG's has no alpha. No encoder is given anything but pixels and a
/// profile of numbers alone, so nothing of a picture's metadata can leave in its thumbnail.
///
/// # Errors
/// Codes 301 and 302 for the limits.
pub(crate) fn encode<'b>(
    picture: &Picture<'_>,
    target: &Target,
    profile: Option<&[u8]>,
    budget: &'b Budget,
) -> Result<Encoded<'b>> {
    match target.format {
        OutputFormat::Jpeg => jpeg::encode(picture, target, profile, budget),
        OutputFormat::Png => png::encode(picture, target, profile, budget),
        OutputFormat::WebP => webp::encode(picture, target, profile, budget),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_its_signature_and_a_part_of_one_is_cut_off() {
        for (format, signatures, ending) in SIGNATURES {
            if !ending.is_empty() {
                assert_eq!(sniff(&[&[0; 9], *ending].concat()), Ok(*format));
                // Cut off, it is nothing that is known.
                assert_eq!(sniff(&ending[..ending.len() - 1]).unwrap_err().code().number(), 200);
            }
            for signature in *signatures {
                assert_eq!(sniff(&[signature, &b"???"[..]].concat()), Ok(*format));
                let error = sniff(&signature[..signature.len() - 1]).unwrap_err();
                assert_eq!(error.code().number(), 202, "{format}");
            }
        }
        for other in [&b"RIFF\x04\0\0\0WAVE"[..], b"GIF88a", b"%PDF", b"\x01"] {
            assert_eq!(sniff(other).unwrap_err().code().number(), 200, "{other:?}");
        }
    }
}
