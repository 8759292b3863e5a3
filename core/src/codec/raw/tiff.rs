//! The family of TIFF: DNG, NEF, CR2, ARW and PEF, and with numbers of their own in its place ORF and RW2.

use super::maker_note;
use super::previews::Found;
use super::tags;
use crate::codec::directory::Directory;
use crate::codec::ifd::{Kind, header, header_of};
use crate::orientation::Orientation;

/// Directories of a file that are looked at; also those below one.
const MOST: usize = 32;

/// What stands in place of TIFF's 42: TIFF's own and BigTIFF's, ORF's `RO` and `RS`, and RW2's `U\0`.
const NUMBERS: [u16; 5] = [42, 43, 0x4F52, 0x5352, 0x55];

/// What a photometric interpretation of raw samples is: of a mosaic (TIFF/EP), or of one that is filled in (DNG).
const RAW_SAMPLES: [u64; 2] = [32_803, 34_892];

/// Whether a TIFF is camera raw: it says so as a DNG or a CR2 does, or its first directory is of raw samples, or is a
/// reduced picture beside raw samples or a maker's note. Every other TIFF is read as a TIFF.
pub(in crate::codec) fn is_raw(data: &[u8]) -> bool {
    let Some((kind, offset)) = header(data) else { return false };
    if data.get(8..12) == Some(b"CR\x02\0") {
        return true;
    }
    let at = |offset| Directory::at(data, kind, offset, &tags::READ);
    let Some(main) = at(offset) else { return false };
    if main.entry(tags::DNG_VERSION).is_some() || has_raw_samples(&main) {
        return true;
    }
    main.single(tags::NEW_SUBFILE_TYPE) == Some(1)
        && (below(&main).filter_map(at).any(|directory| has_raw_samples(&directory))
            || maker_note::find(&main).is_some())
}

fn has_raw_samples(directory: &Directory<'_>) -> bool {
    directory.single(tags::PHOTOMETRIC).is_some_and(|found| RAW_SAMPLES.contains(&found))
}

/// Where the directories below one are (Adobe's TIFF technical note 1).
fn below<'a>(directory: &Directory<'a>) -> impl Iterator<Item = u64> + use<'a> {
    let offsets = directory.numbers(tags::SUB_IFDS);
    let count = offsets.map_or(0, |offsets| offsets.len().min(MOST));
    (0..count).filter_map(move |place| offsets?.get(place))
}

/// The previews of a file; `None` where it ends before its first directory.
pub(super) fn find(data: &[u8]) -> Option<Found<'_>> {
    let (kind, first) = header_of(data, &NUMBERS)?;
    let mut found = Found::default();
    let main = Directory::at(data, kind, first, &tags::READ)?;
    let orientation = main.number(tags::ORIENTATION);
    found.orientation = orientation
        .and_then(|orientation| u32::try_from(orientation).ok())
        .map(Orientation::from_exif);
    let mut looked = Looked { data, kind, places: Vec::new() };
    let mut next = Some(first);
    while let Some(directory) = next.and_then(|place| looked.at(place)) {
        add(&directory, &mut found);
        for directory in below(&directory).filter_map(|place| looked.at(place)) {
            add(&directory, &mut found);
        }
        next = next.and_then(|place| kind.next(data, place));
    }
    maker_note::add(&main, &mut found);
    Some(found)
}

/// The directories of a file, each of them once, as many as are looked at.
struct Looked<'a> {
    data: &'a [u8],
    kind: Kind,
    places: Vec<u64>,
}

impl<'a> Looked<'a> {
    fn at(&mut self, place: u64) -> Option<Directory<'a>> {
        if self.places.len() == MOST || self.places.contains(&place) {
            return None;
        }
        self.places.push(place);
        Directory::at(self.data, self.kind, place, &tags::READ)
    }
}

/// Adds the previews of a directory: by their own tags, or as its only strip or tile.
fn add<'a>(directory: &Directory<'a>, found: &mut Found<'a>) {
    let data = directory.data;
    for tag in [tags::JPG_FROM_RAW, tags::JPG_FROM_RAW_2] {
        if let Some(bytes) = directory.bytes(tag) {
            found.add(bytes);
        }
    }
    let mut add = |offset, length| {
        if let (Some(offset), Some(length)) = (directory.single(offset), directory.single(length)) {
            found.add_at(data, offset, length);
        }
    };
    add(tags::JPEG_OFFSET, tags::JPEG_LENGTH);
    // Grey, RGB or YCbCr; not raw samples, nor a mask or a map of depths.
    let is_shown = matches!(directory.number(tags::PHOTOMETRIC), None | Some(0..=2 | 6));
    if is_shown && matches!(directory.number(tags::COMPRESSION), Some(6 | 7)) {
        add(tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS);
        add(tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS);
    }
}
