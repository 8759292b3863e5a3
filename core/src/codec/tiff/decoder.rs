//! The pixels of a TIFF.

use std::borrow::Cow;

use thumbox_protocol::Format;

use super::compression::Compression;
use super::fault::check;
use super::headers::{Headers, Kind, pages};
use super::jpeg;
use super::old_jpeg;
use super::pixels::{Expand, Expansion};
use super::profile::profile;
use super::reduced::reduced;
use super::rows::Rows;
use super::samples::Stored;
use crate::animation::Sequence;
use crate::budget::Budget;
use crate::codec::decoded::{Decoded, Pixels};
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::error::Result;
use crate::picture::Picture;

/// A TIFF whose first directory was read.
pub(crate) struct Tiff<'a> {
    headers: Box<Headers<'a>>,
}

impl<'a> Codec<'a> for Tiff<'a> {
    const SIGNATURES: &'static [&'static [u8]] = &[b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

    fn open(data: &'a [u8], _: &'a Budget) -> Result<Self> {
        Ok(Self { headers: Box::new(Headers::read(data)?) })
    }

    fn info(&self) -> &Info {
        &self.headers.info
    }

    fn decode(self, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
        let Self { headers } = self;
        if let Some(smaller) = reduced(&headers, need) {
            let (across, down) = [
                (smaller.info.width, headers.info.width),
                (smaller.info.height, headers.info.height),
            ]
            .into();
            let need = need.of_smaller(across, down);
            match decode(&smaller, &Need { refuse_truncated: true, ..need }, budget) {
                Ok(decoded) => return Ok(decoded.of_smaller(across, down)),
                // The page itself may be whole. What a JPEG may cost says nothing of it.
                Err(error) if error.is_of_image() => {
                    let Info { width, height, .. } = headers.info;
                    let pixels = u64::from(width) * u64::from(height);
                    budget.allow_work(Format::Tiff, pixels, headers.data.len() as u64);
                }
                Err(error) => return Err(error),
            }
        }
        decode(&headers, need, budget)
    }

    fn sequence(&self) -> Sequence {
        Sequence::pages(u32::try_from(pages(self.headers.data).count()).unwrap_or(u32::MAX))
    }

    fn page(self, page: u16) -> Result<Self> {
        Ok(Self { headers: Box::new(Headers::of_page(self.headers.data, page)?) })
    }
}

/// Decodes the picture of a directory.
fn decode<'a>(headers: &Headers<'a>, need: &Need, budget: &'a Budget) -> Result<Decoded<'a>> {
    let pixels: Pixels<'_> = match headers.compression {
        Compression::OldJpeg => return old_jpeg::decode(headers, need, budget),
        Compression::Jpeg if headers.chunks.is_one() => return jpeg::one(headers, need, budget),
        Compression::Jpeg => jpeg::read(headers, need, budget)?.into(),
        _ if is_wide(headers) => read::<u16>(headers, need, budget)?.into(),
        _ => read::<u8>(headers, need, budget)?.into(),
    };
    let profile = profile(headers, budget)?;
    Ok(need.decoded(pixels, profile))
}

/// Whether samples have more than 8 bits.
fn is_wide(headers: &Headers<'_>) -> bool {
    headers.pixel.bits > 8 || headers.pixel.kind == Kind::Float
}

fn read<'b, S: Stored>(
    headers: &Headers<'_>,
    need: &Need,
    budget: &'b Budget,
) -> Result<Picture<'b, S>>
where
    for<'h> Expansion<'h, 'b>: Expand<S>,
{
    let charge = if headers.lowest_first { headers.data.len() as u64 } else { 0 };
    let _charge = budget.charge(charge, "the TIFF with its bits the other way round")?;
    let data = match headers.lowest_first {
        true => Cow::Owned(headers.data.iter().map(|byte| byte.reverse_bits()).collect()),
        false => Cow::Borrowed(headers.data),
    };
    let extents = headers.chunks.extents(data.len() as u64, budget)?;
    let mut rows = Rows::new(headers, &data, need.refuse_truncated, budget)?;
    let (picture, found) = rows.read(&data, &extents, need, budget)?;
    check(&found, need)?;
    Ok(picture)
}
