//! JPEG as TIFF 6.0 has it (section 22; compression 6): a whole JPEG somewhere, or strips and tiles of a scan's data alone,
//! with tables elsewhere in the file.

use thumbox_protocol::Format;

use super::headers::Headers;
use super::jpeg;
use super::jpeg_markers::has_markers;
use super::profile::profile;
use crate::budget::Budget;
use crate::codec::decoded::Decoded;
use crate::codec::info::Info;
use crate::codec::interface::{Codec, Need};
use crate::codec::jpeg::Jpeg;
use crate::error::{Error, Result};

/// The picture.
///
/// # Errors
/// 200 for a lossless one, 201 where there is no JPEG and no tables.
pub(super) fn decode<'a>(
    headers: &Headers<'a>,
    need: &Need,
    budget: &'a Budget,
) -> Result<Decoded<'a>> {
    if let Some(jpeg) = whole(headers, budget) {
        jpeg::allow_work(headers, budget);
        let decoded = jpeg.decode(need, budget)?;
        return Ok(Decoded { profile: profile(headers, budget)?, ..decoded });
    }
    if headers.old_jpeg.process != 1 {
        let detail = "lossless JPEG compression of TIFF 6.0 (6); only baseline is supported";
        return Err(Error::unsupported(Format::Tiff, detail));
    }
    let pixels = jpeg::read(headers, need, budget)?;
    Ok(need.decoded(pixels, profile(headers, budget)?))
}

/// The JPEG that is the whole picture, where there is one: what the first strip or tile has lies in it.
fn whole<'a>(headers: &Headers<'a>, budget: &'a Budget) -> Option<Jpeg<'a>> {
    let start = headers.old_jpeg.file?;
    let file = headers.data.get(usize::try_from(start).ok()?..)?;
    let length = headers.old_jpeg.file_length.filter(|length| *length > 0);
    let length = length.and_then(|length| usize::try_from(length).ok());
    let file = length.and_then(|length| file.get(..length)).unwrap_or(file);
    let is_in_it = |chunk: u64| (start..start + file.len() as u64).contains(&chunk);
    if !has_markers(file) || !headers.chunks.first_offset().is_none_or(is_in_it) {
        return None;
    }
    let jpeg = Jpeg::open(file, budget).ok()?;
    let Info { width, height, .. } = headers.info;
    ((jpeg.info().width, jpeg.info().height) == (width, height)).then_some(jpeg)
}
