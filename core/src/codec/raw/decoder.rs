//! Which preview is shown, and its pixels.

use thumbox_protocol::Format;

use super::previews::Preview;
use super::{cr3, raf, tiff};
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::jpeg::Jpeg;
use crate::codec::smaller::serves;
use crate::error::{Error, Result};

/// A camera raw file whose previews were found.
pub(crate) struct Raw<'a> {
    /// The largest preview, opened.
    jpeg: Jpeg<'a>,
    largest: Preview<'a>,
    smaller: Vec<Preview<'a>>,
    info: Info,
}

impl<'a> Codec<'a> for Raw<'a> {
    /// Those of TIFF and of the ISO base media file format are told by more than their first bytes.
    const SIGNATURES: &'static [&'static [u8]] =
        &[raf::SIGNATURE, b"IIRO", b"IIRS", b"MMOR", b"IIU\0"];

    fn open(data: &'a [u8], budget: &'a Budget) -> Result<Self> {
        let found = if data.starts_with(raf::SIGNATURE) {
            raf::find(data)
        } else if cr3::is_cr3(data) {
            cr3::find(data)
        } else {
            tiff::find(data)
        };
        let found = found.ok_or_else(|| Error::truncated(Format::Raw, "it ends in its headers"))?;
        let (orientation, is_cut) = (found.orientation, found.cut);
        let Some((largest, smaller)) = found.largest() else {
            return Err(if is_cut {
                Error::truncated(Format::Raw, "it ends before its preview")
            } else {
                Error::unsupported(Format::Raw, "it has no JPEG preview, and only those are shown")
            });
        };
        let jpeg = Jpeg::open(largest.data, budget)?;
        let own = jpeg.info();
        let orientation = orientation.unwrap_or(own.orientation);
        let info = Info { format: Format::Raw, orientation, ..own.clone() };
        Ok(Self { jpeg, largest, smaller, info })
    }

    fn info(&self) -> &Info {
        &self.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { jpeg, largest, smaller, .. } = self;
        let sides = |preview: &Preview<'_>| (preview.width, preview.height);
        let smaller = smaller.into_iter().filter(|one| serves(sides(one), sides(&largest), need));
        if let Some(smaller) = smaller.min_by_key(|preview| preview.width) {
            allow_work(&[smaller], budget);
            match decode_smaller(&smaller, &largest, need, budget) {
                // The largest may be whole.
                Err(error) if error.is_of_image() => {
                    allow_work(&[smaller, largest], budget);
                }
                decoded => return decoded,
            }
        } else {
            allow_work(&[largest], budget);
        }
        jpeg.decode(need, budget)
    }
}

fn decode_smaller<'a>(
    smaller: &Preview<'a>,
    largest: &Preview<'_>,
    need: &Need,
    budget: &'a Budget,
) -> Result<Decoded<'a>> {
    let (across, down) = ((smaller.width, largest.width), (smaller.height, largest.height));
    let need = Need { refuse_truncated: true, ..need.of_smaller(across, down) };
    let decoded = Jpeg::open(smaller.data, budget)?.decode(&need, budget)?;
    Ok(decoded.of_smaller(across, down))
}

/// What decoding these previews may cost. The file's other bytes, which are most of it, count for nothing.
fn allow_work(previews: &[Preview<'_>], budget: &Budget) {
    let pixels = |preview: &Preview<'_>| u64::from(preview.width) * u64::from(preview.height);
    let bytes = |preview: &Preview<'_>| preview.data.len() as u64;
    let pixels = previews.iter().map(pixels).sum();
    budget.allow_work(Format::Jpeg, pixels, previews.iter().map(bytes).sum());
}
