//! The pixels of a PNG, to 8 bits a channel as they are decoded.

use std::io::ErrorKind;

use png::{ColorType, DecodingError, Limits, Transformations};
use thumbox_protocol::Format;

use super::chunks::{self, SIGNATURE};
use crate::budget::Budget;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::metered::Metered;
use crate::codec::sink::{DECODED, Sink, check_touched};
use crate::colour::Profile;
use crate::error::{Error, Result};
use crate::picture::{Layout, Picture};

/// What the decoder may spend on a row, its window and the ICC profile, which is compressed.
const METADATA: usize = 8 << 20;

/// What is said of a file that is cut off in its pixels.
const CUT: &str = "its image data ends early";

/// A PNG whose chunks were walked.
pub(crate) struct Png<'a> {
    data: &'a [u8],
    info: Info,
}

impl<'a> Codec<'a> for Png<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[SIGNATURE];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        Ok(Self { data, info: chunks::info(data)? })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(
        self,
        need: &Need,
        out: &mut Sink<'a>,
        budget: &'a Budget,
    ) -> Result<Option<Profile<'a>>> {
        // Two rows of up to four 16-bit channels, each once more as it is expanded, and what is inflated ahead.
        let rows = u64::from(self.info.width) * 8 * 4;
        let _working = budget.charge(rows + (512 << 10) + METADATA as u64, "decoding the PNG")?;
        let limit = usize::try_from(rows).unwrap_or(usize::MAX).saturating_add(METADATA);
        let mut decoder =
            png::Decoder::new_with_limits(Metered::new(self.data, budget), Limits { bytes: limit });
        decoder.set_transformations(Transformations::normalize_to_color8());
        decoder.set_ignore_text_chunk(true);
        let mut reader = decoder.read_info().map_err(|error| from_png(&error, budget))?;
        let layout = match reader.output_color_type().0 {
            ColorType::Grayscale => Layout::Grey,
            ColorType::GrayscaleAlpha => Layout::GreyAlpha,
            ColorType::Rgb | ColorType::Indexed => Layout::Rgb,
            ColorType::Rgba => Layout::Rgba,
        };
        let (width, height) = reader.info().size();
        let mut picture = Picture::neutral(width, height, layout, budget, DECODED)?;
        if (width, height) != (self.info.width, self.info.height)
            || reader.output_buffer_size() != Some(picture.pixels.len())
        {
            return Err(Error::corrupt(Format::Png, "its headers contradict each other"));
        }
        // The decoder indexes what should be there, and what should not.
        let palette = reader.info().palette.as_deref().unwrap_or_default().len();
        let indexed = reader.info().color_type == ColorType::Indexed;
        if indexed && (!palette.is_multiple_of(3) || palette > 256 * 3) {
            let detail =
                format!("its palette has {palette} bytes; 3 for each of 256 colours are allowed");
            return Err(Error::corrupt(Format::Png, detail));
        }
        let cut = match reader.next_frame(&mut picture.pixels) {
            Ok(_) => false,
            Err(DecodingError::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => true,
            Err(error) => return Err(from_png(&error, budget)),
        };
        if cut {
            check_touched(&picture, Format::Png, CUT)?;
        }
        let profile = match &reader.info().icc_profile {
            Some(file) => Profile::rebuild(file, budget)?,
            None => None,
        };
        if cut {
            need.check_truncated(Format::Png, CUT)?;
        }
        out.whole(picture);
        Ok(profile)
    }
}

fn from_png(error: &DecodingError, budget: &Budget) -> Error {
    if let Err(work) = budget.check_work() {
        return work;
    }
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Error::truncated(Format::Png, "it ends before its image data")
        }
        DecodingError::LimitsExceeded => Error::Memory {
            purpose: "the metadata of the PNG",
            needed: METADATA as u64 + 1,
            left: METADATA as u64,
            limit: METADATA as u64,
        },
        other => Error::corrupt(Format::Png, other.to_string()),
    }
}
