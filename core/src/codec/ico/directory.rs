//! The directory of an ICO or CUR.

use std::cmp::Reverse;

use crate::cursor::Cursor;

/// Bytes of the directory before its entries.
const HEADER: usize = 6;
/// Bytes of an entry.
const ENTRY: usize = 16;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Bytes of a PNG up to the end of its header.
const PNG_HEADER: usize = 33;

/// What comes first among pictures: pixels, bits of a pixel, and the place.
pub(super) type Rank = (u64, u16, Reverse<usize>);

/// A picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// The picture, as far as the file has it.
    pub(super) data: &'a [u8],
    pub(super) is_png: bool,
    /// Pixels, by its own header.
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rank: Rank,
}

/// The entries, of which each is looked at anew.
#[derive(Clone, Copy)]
pub(super) struct Directory<'a> {
    file: &'a [u8],
    entries: &'a [u8],
    /// How many there should be.
    pub(super) count: u16,
}

impl<'a> Directory<'a> {
    /// The directory; `None` where the file ends before its first entry.
    pub(super) fn read(file: &'a [u8]) -> Option<Self> {
        let count = Cursor::at(file, 4).u16_le()?;
        let entries = Cursor::at(file, HEADER).take_up_to(usize::from(count) * ENTRY);
        Some(Self { file, entries, count })
    }

    /// Whether all entries and all bytes of their pictures are there.
    pub(super) fn is_whole(&self) -> bool {
        let is_there = |entry: &[u8; ENTRY]| {
            place(entry).is_some_and(|(offset, size)| {
                offset.checked_add(size).is_some_and(|end| end <= self.file.len())
            })
        };
        let entries = self.entries.as_chunks().0;
        entries.len() == usize::from(self.count) && entries.iter().all(is_there)
    }

    /// The pictures whose headers are there.
    pub(super) fn pictures(&self) -> impl Iterator<Item = Entry<'a>> {
        let file = self.file;
        let entries = self.entries.as_chunks::<ENTRY>().0.iter().enumerate();
        entries.filter_map(move |(index, entry)| {
            let (offset, size) = place(entry)?;
            let mut data = file.get(offset..)?;
            // Some files say 0.
            if size > 0 {
                data = data.get(..size).unwrap_or(data);
            }
            Entry::of(data, index)
        })
    }

    /// The largest of the pictures that come after those of this rank.
    pub(super) fn largest(&self, below: Option<Rank>) -> Option<Entry<'a>> {
        let pictures = self.pictures();
        pictures
            .filter(|entry| below.is_none_or(|rank| entry.rank < rank))
            .max_by_key(|entry| entry.rank)
    }
}

/// Where a picture is: offset and length.
fn place(entry: &[u8; ENTRY]) -> Option<(usize, usize)> {
    let mut cursor = Cursor::at(entry, 8);
    let (size, offset) = (cursor.u32_le()?, cursor.u32_le()?);
    Some((usize::try_from(offset).ok()?, usize::try_from(size).ok()?))
}

impl<'a> Entry<'a> {
    fn of(data: &'a [u8], index: usize) -> Option<Self> {
        let is_png = data.starts_with(PNG);
        let (width, height, depth) = if is_png {
            let mut cursor = Cursor::at(data.get(..PNG_HEADER)?, 16);
            (cursor.u32_be()?, cursor.u32_be()?, 32)
        } else {
            let mut cursor = Cursor::new(data);
            let (width, height) = if cursor.u32_le()? == 12 {
                (cursor.u16_le()?.into(), cursor.u16_le()?.into())
            } else {
                let (width, height) = (cursor.u32_le()?, cursor.u32_le()?);
                (u32::try_from(width.cast_signed()).ok()?, height.cast_signed().unsigned_abs())
            };
            // With its mask, it is twice as high.
            (width, height / 2, (cursor.u16_le()?, cursor.u16_le()?).1)
        };
        let pixels = u64::from(width) * u64::from(height);
        let rank = (pixels, depth, Reverse(index));
        (pixels > 0).then_some(Self { data, is_png, width, height, rank })
    }

    pub(super) const fn sides(&self) -> (u32, u32) {
        (self.width, self.height)
    }
}
