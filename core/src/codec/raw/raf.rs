//! Fujifilm's RAF: its header says where a JPEG is.

use super::previews::Found;
use crate::cursor::Cursor;

/// What a file begins with.
pub(super) const SIGNATURE: &[u8] = b"FUJIFILMCCD-RAW ";

/// Where the header says where the JPEG is, and how long it is.
const JPEG: usize = 84;

/// The preview of a file, which has no directory but the preview's own; `None` where the header is cut off.
pub(super) fn find(data: &[u8]) -> Option<Found<'_>> {
    let mut cursor = Cursor::at(data, JPEG);
    let (start, length) = (cursor.u32_be()?, cursor.u32_be()?);
    let mut found = Found::default();
    found.add_at(data, start.into(), length.into());
    Some(found)
}
