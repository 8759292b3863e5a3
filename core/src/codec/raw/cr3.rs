//! Canon's CR3: boxes of the ISO base media file format.
//!
//! The full picture is the only sample of a track, smaller ones are in boxes of Canon's own, and the orientation is in
//! one that holds EXIF's first directory.

use super::previews::{Found, START};
use crate::codec::exif::orientation;
use crate::codec::isobmff::{Part, brands, part, parts};
use crate::cursor::Cursor;

/// The types of the boxes `uuid`: in `moov`, and in the file.
const CANON: [u8; 16] = *b"\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48";
const PREVIEW: [u8; 16] = *b"\xEA\xF4\x2B\x5E\x1C\x98\x4B\x88\xB9\xFB\xB7\xDC\x40\x6E\x4D\x16";

/// Bytes of a box `THMB` or `PRVW` among which its JPEG begins.
const FIELDS: usize = 32;

/// Tracks that are looked at. Cameras write four or five.
const MOST_TRACKS: usize = 8;

/// Whether a file says that it is one.
pub(in crate::codec) fn is_cr3(data: &[u8]) -> bool {
    brands(data).and_then(|mut brands| brands.next()) == Some(*b"crx ")
}

/// The previews of a file; `None` where it ends before its boxes.
pub(super) fn find(data: &[u8]) -> Option<Found<'_>> {
    let mut found = Found::default();
    let moov = part(data, b"moov")?;
    if let Some(canon) = of_type(moov, &CANON) {
        found.orientation = part(canon, b"CMT1").map(orientation);
        add(part(canon, b"THMB"), &mut found);
    }
    let tracks = parts(moov).filter(|part| part.kind == *b"trak").take(MOST_TRACKS);
    for sample in tracks.filter_map(|track| first_sample(track.body)) {
        found.add_at(data, sample.start, sample.length);
    }
    // Eight bytes stand before it.
    let preview = of_type(data, &PREVIEW).and_then(|preview| preview.get(8..));
    add(preview.and_then(|preview| part(preview, b"PRVW")), &mut found);
    Some(found)
}

/// What is in the box `uuid` of this type.
fn of_type<'a>(data: &'a [u8], uuid: &[u8; 16]) -> Option<&'a [u8]> {
    let body = |part: Part<'a>| (part.kind == *b"uuid").then(|| part.body.strip_prefix(uuid))?;
    parts(data).find_map(body)
}

/// Adds a box's JPEG, which begins after some fields.
fn add<'a>(body: Option<&'a [u8]>, found: &mut Found<'a>) {
    let Some(body) = body else { return };
    let fields = body.get(..FIELDS).unwrap_or(body);
    if let Some(start) = fields.windows(START.len()).position(|bytes| bytes == START) {
        found.add(body.get(start..).unwrap_or_default());
    }
}

/// Where the first sample of a track is.
struct Sample {
    start: u64,
    length: u64,
}

fn first_sample(track: &[u8]) -> Option<Sample> {
    let path = [b"mdia", b"minf", b"stbl"];
    let table = path.iter().try_fold(track, |data, kind| part(data, kind))?;
    let mut sizes = Cursor::at(part(table, b"stsz")?, 4);
    let length = match (sizes.u32_be()?, sizes.u32_be()?) {
        (0, _) => sizes.u32_be()?,
        (all, _) => all,
    };
    let start = match part(table, b"co64") {
        Some(places) => u64::from_be_bytes(Cursor::at(places, 8).array()?),
        None => Cursor::at(part(table, b"stco")?, 8).u32_be()?.into(),
    };
    Some(Sample { start, length: length.into() })
}
