//! Previews that makers keep in their notes in EXIF: Nikon, Olympus and OM System, Pentax.

use super::previews::Found;
use super::tags;
use crate::codec::directory::Directory;
use crate::codec::ifd::{Kind, header};

/// Nikon's directory of a preview.
const NIKON_PREVIEW: u16 = 0x11;
/// Olympus's directory of settings, and where that says a preview is.
const OLYMPUS_SETTINGS: u16 = 0x2020;
const OLYMPUS_START: u16 = 0x101;
const OLYMPUS_LENGTH: u16 = 0x102;
/// Where older cameras of Olympus say it.
const OLD_OLYMPUS_START: u16 = 0x88;
const OLD_OLYMPUS_LENGTH: u16 = 0x89;
const PENTAX_START: u16 = 4;
const PENTAX_LENGTH: u16 = 3;

/// A maker's note, and where it begins.
pub(super) struct MakerNote<'a> {
    bytes: &'a [u8],
    place: u64,
}

/// The maker's note of a directory, below its directory of EXIF.
pub(super) fn find<'a>(main: &Directory<'a>) -> Option<MakerNote<'a>> {
    let offset = main.single(tags::EXIF)?;
    let exif = Directory::at(main.data, main.kind, offset, &[tags::MAKER_NOTE])?;
    let bytes = exif.bytes(tags::MAKER_NOTE)?;
    let place = exif.entry(tags::MAKER_NOTE)?.place()?;
    Some(MakerNote { bytes, place })
}

/// Adds the previews of a file's maker's note.
pub(super) fn add<'a>(main: &Directory<'a>, found: &mut Found<'a>) {
    if let Some(note) = find(main) {
        // It ends where there is nothing more to read.
        let _ = note.add(main, found);
    }
}

impl<'a> MakerNote<'a> {
    fn add(self, main: &Directory<'a>, found: &mut Found<'a>) -> Option<()> {
        let Self { bytes, place } = self;
        let note = main.data.get(usize::try_from(place).ok()?..)?;
        let order = |at: usize| {
            let order = bytes.get(at..)?.first_chunk::<2>();
            order.and_then(|order| Kind::ordered(*order))
        };
        if bytes.starts_with(b"Nikon\0\x02") {
            nikon(note.get(10..)?, found)
        } else if bytes.starts_with(b"OLYMPUS\0") {
            olympus(note, order(8)?, 12, found)
        } else if bytes.starts_with(b"OM SYSTEM\0") {
            olympus(note, order(12)?, 16, found)
        } else if bytes.starts_with(b"OLYMP\0") {
            olympus(main.data, main.kind, place.checked_add(8)?, found)
        } else if bytes.starts_with(b"AOC\0") {
            let kind = order(4).unwrap_or(main.kind);
            pentax(main.data, kind, place.checked_add(6)?, found)
        } else if bytes.starts_with(b"PENTAX \0") {
            pentax(note, order(8)?, 10, found)
        } else {
            None
        }
    }
}

/// The note is a TIFF structure of its own.
fn nikon<'a>(note: &'a [u8], found: &mut Found<'a>) -> Option<()> {
    let (kind, first) = header(note)?;
    let first = Directory::at(note, kind, first, &[NIKON_PREVIEW])?;
    let (start, length) = (tags::JPEG_OFFSET, tags::JPEG_LENGTH);
    let preview = Directory::at(note, kind, first.single(NIKON_PREVIEW)?, &[start, length])?;
    add_of(&preview, start, length, found)
}

fn olympus<'a>(data: &'a [u8], kind: Kind, first: u64, found: &mut Found<'a>) -> Option<()> {
    let tags = [OLYMPUS_SETTINGS, OLD_OLYMPUS_START, OLD_OLYMPUS_LENGTH];
    let first = Directory::at(data, kind, first, &tags)?;
    add_of(&first, OLD_OLYMPUS_START, OLD_OLYMPUS_LENGTH, found);
    // Its bytes, or a number that says where they are.
    let settings = first.entry(OLYMPUS_SETTINGS)?.place()?;
    let (start, length) = (OLYMPUS_START, OLYMPUS_LENGTH);
    let settings = Directory::at(data, kind, settings, &[start, length])?;
    add_of(&settings, start, length, found)
}

fn pentax<'a>(data: &'a [u8], kind: Kind, first: u64, found: &mut Found<'a>) -> Option<()> {
    let first = Directory::at(data, kind, first, &[PENTAX_START, PENTAX_LENGTH])?;
    add_of(&first, PENTAX_START, PENTAX_LENGTH, found)
}

fn add_of<'a>(
    directory: &Directory<'a>,
    start: u16,
    length: u16,
    found: &mut Found<'a>,
) -> Option<()> {
    found.add_at(directory.data, directory.single(start)?, directory.single(length)?);
    Some(())
}
