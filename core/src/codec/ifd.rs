//! The first image file directory of a TIFF structure, which EXIF blocks are too (TIFF 6.0, section 2; BigTIFF).

use crate::cursor::Cursor;

const SHORT: u16 = 3;
const LONG: u16 = 4;
const LONG8: u16 = 16;

/// The entries of the first directory, in the file's order. It ends where the data does.
pub(super) struct Entries<'a> {
    cursor: Cursor<'a>,
    left: u64,
    kind: Kind,
}

#[derive(Clone, Copy)]
struct Kind {
    big_endian: bool,
    /// BigTIFF: counts and offsets have 64 bits.
    big: bool,
}

/// A tag and what it claims to hold.
pub(super) struct Entry<'a> {
    pub(super) tag: u16,
    pub(super) count: u64,
    type_code: u16,
    /// The value where it is short enough, else its offset.
    field: &'a [u8],
    kind: Kind,
}

/// The entries of `data`, or `None` where it is no such structure.
pub(super) fn entries(data: &[u8]) -> Option<Entries<'_>> {
    let mut header = Cursor::new(data);
    let big_endian = match &header.array::<2>()? {
        b"MM" => true,
        b"II" => false,
        _ => return None,
    };
    let classic = Kind { big_endian, big: false };
    let kind = match classic.u16(&mut header)? {
        42 => classic,
        43 => Kind { big_endian, big: true },
        _ => return None,
    };
    if kind.big {
        header.take(4)?;
    }
    let offset = usize::try_from(kind.offset(&mut header)?).ok()?;
    let mut cursor = Cursor::at(data, offset);
    let left = if kind.big { kind.u64(&mut cursor)? } else { kind.u16(&mut cursor)?.into() };
    Some(Entries { cursor, left, kind })
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        self.left = self.left.checked_sub(1)?;
        let kind = self.kind;
        let tag = kind.u16(&mut self.cursor)?;
        let type_code = kind.u16(&mut self.cursor)?;
        let count = kind.offset(&mut self.cursor)?;
        let field = self.cursor.take(if kind.big { 8 } else { 4 })?;
        Some(Entry { tag, count, type_code, field, kind })
    }
}

impl Entry<'_> {
    /// The first value, where it is a SHORT or a LONG that stands in the entry itself.
    pub(super) fn integer(&self) -> Option<u32> {
        let mut field = Cursor::new(self.field);
        match self.type_code {
            SHORT => self.kind.u16(&mut field).map(u32::from),
            LONG => self.kind.u32(&mut field),
            _ => None,
        }
    }

    /// All values of an entry of SHORTs, LONGs or LONG8s, as far as `data` has them; `None` for other types.
    pub(super) fn integers<'a>(&self, data: &'a [u8]) -> Option<impl Iterator<Item = u64> + use<'a>>
    where
        Self: 'a,
    {
        let (kind, type_code) = (self.kind, self.type_code);
        if !matches!(type_code, SHORT | LONG | LONG8) {
            return None;
        }
        let mut values = if self.is_inline() {
            Cursor::new(self.field)
        } else {
            let offset = kind.offset(&mut Cursor::new(self.field))?;
            Cursor::at(data, usize::try_from(offset).ok()?)
        };
        let mut left = self.count;
        Some(std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            match type_code {
                SHORT => kind.u16(&mut values).map(u64::from),
                LONG => kind.u32(&mut values).map(u64::from),
                _ => kind.u64(&mut values),
            }
        }))
    }

    /// Bytes of all values.
    fn size(&self) -> u64 {
        self.count.saturating_mul(size_of_type(self.type_code))
    }

    /// Whether the values stand in the entry itself.
    fn is_inline(&self) -> bool {
        self.size() <= self.field.len() as u64
    }

    /// Whether all that the entry claims lies within a file of this length.
    pub(super) fn lies_within(&self, length: u64) -> bool {
        if self.is_inline() {
            return true;
        }
        let offset = self.kind.offset(&mut Cursor::new(self.field)).unwrap_or(u64::MAX);
        offset.saturating_add(self.size()) <= length
    }
}

impl Kind {
    fn u16(self, cursor: &mut Cursor<'_>) -> Option<u16> {
        if self.big_endian { cursor.u16_be() } else { cursor.u16_le() }
    }

    fn u32(self, cursor: &mut Cursor<'_>) -> Option<u32> {
        if self.big_endian { cursor.u32_be() } else { cursor.u32_le() }
    }

    fn u64(self, cursor: &mut Cursor<'_>) -> Option<u64> {
        let bytes = cursor.array()?;
        Some(if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// A count or an offset.
    fn offset(self, cursor: &mut Cursor<'_>) -> Option<u64> {
        if self.big { self.u64(cursor) } else { self.u32(cursor).map(u64::from) }
    }
}

/// Bytes of a value (TIFF 6.0, section 2, "Types"; BigTIFF's are 13 and 16 to 18).
fn size_of_type(code: u16) -> u64 {
    match code {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}
