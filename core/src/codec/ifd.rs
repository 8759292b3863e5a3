//! The image file directories of a TIFF structure, which EXIF blocks are too (TIFF 6.0, section 2; BigTIFF).

use crate::cursor::Cursor;

/// Types of values.
const BYTE: u16 = 1;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const SBYTE: u16 = 6;
const UNDEFINED: u16 = 7;
const SSHORT: u16 = 8;
const SLONG: u16 = 9;
const IFD: u16 = 13;
const LONG8: u16 = 16;
const SLONG8: u16 = 17;
const IFD8: u16 = 18;

/// What stands after the byte order of a BigTIFF.
const BIG: u16 = 43;

/// Entries of a directory that are looked at: as many as there are tags.
const MOST_ENTRIES: u64 = 1 << 16;

/// The entries of a directory, in the file's order. It ends where the data does.
pub(super) struct Entries<'a> {
    cursor: Cursor<'a>,
    left: u64,
    kind: Kind,
}

/// The byte order and the kind of a structure.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) big_endian: bool,
    /// BigTIFF: counts and offsets have 64 bits.
    big: bool,
}

/// A tag and what it claims to hold.
#[derive(Clone, Copy)]
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
    let (kind, offset) = header(data)?;
    kind.entries(data, offset)
}

/// The byte order and the kind of a structure, and where its first directory is.
pub(super) fn header(data: &[u8]) -> Option<(Kind, u64)> {
    header_of(data, &[42, BIG])
}

/// The same where one of these numbers stands after the byte order.
pub(super) fn header_of(data: &[u8], numbers: &[u16]) -> Option<(Kind, u64)> {
    let mut header = Cursor::new(data);
    let classic = Kind::ordered(header.array()?)?;
    let number = classic.u16(&mut header).filter(|number| numbers.contains(number))?;
    let kind = Kind { big: number == BIG, ..classic };
    if kind.big {
        header.take(4)?;
    }
    Some((kind, kind.offset(&mut header)?))
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
    /// The first value, where it is a whole number that stands in the entry itself. Writers take signed types for what
    /// cannot be negative.
    pub(super) fn integer(&self) -> Option<u32> {
        let mut field = Cursor::new(self.field);
        match self.type_code {
            BYTE | SBYTE => field.u8().map(u32::from),
            SHORT | SSHORT => self.kind.u16(&mut field).map(u32::from),
            LONG | SLONG => self.kind.u32(&mut field),
            _ => None,
        }
    }

    /// The values of an entry of whole numbers, as far as `data` has them; `None` for other types. Writers take signed
    /// types for what cannot be negative.
    pub(super) fn numbers<'a>(&self, data: &'a [u8]) -> Option<Numbers<'a>>
    where
        Self: 'a,
    {
        let kind = self.kind;
        let size = match self.type_code {
            BYTE | SBYTE | UNDEFINED => 1,
            SHORT | SSHORT => 2,
            LONG | SLONG | IFD => 4,
            LONG8 | SLONG8 | IFD8 => 8,
            _ => return None,
        };
        Some(Numbers { bytes: self.bytes(data), size, kind })
    }

    /// The first six values of an entry of unsigned fractions or whole numbers, as far as `data` has them; `None` for
    /// other types. No tag has more of use.
    pub(super) fn fractions(&self, data: &[u8]) -> Option<Vec<f64>> {
        let kind = self.kind;
        if self.type_code != RATIONAL {
            let numbers = self.numbers(data)?;
            let numbers = (0..numbers.len().min(6)).filter_map(|place| numbers.get(place));
            return numbers.map(|number| Some(f64::from(u32::try_from(number).ok()?))).collect();
        }
        let fraction = |bytes: &[u8; 8]| {
            let mut cursor = Cursor::new(bytes);
            let (above, below) = (kind.u32(&mut cursor)?, kind.u32(&mut cursor)?);
            (below != 0).then(|| f64::from(above) / f64::from(below))
        };
        self.bytes(data).as_chunks().0.iter().take(6).map(fraction).collect()
    }

    /// Where the values stand, if not in the entry itself, which then has the first number.
    pub(super) fn place(&self) -> Option<u64> {
        self.kind.offset(&mut Cursor::new(self.field))
    }

    /// The bytes of all values, as far as `data` has them.
    pub(super) fn bytes<'a>(&self, data: &'a [u8]) -> &'a [u8]
    where
        Self: 'a,
    {
        let size = usize::try_from(self.size()).unwrap_or(usize::MAX);
        let from = if self.is_inline() {
            self.field
        } else {
            let offset = self.place().and_then(|offset| usize::try_from(offset).ok());
            offset.and_then(|offset| data.get(offset..)).unwrap_or_default()
        };
        from.get(..size).unwrap_or(from)
    }

    /// Bytes of all values.
    fn size(&self) -> u64 {
        self.count.saturating_mul(size_of_type(self.type_code))
    }

    /// Whether the values stand in the entry itself.
    fn is_inline(&self) -> bool {
        self.size() <= self.field.len() as u64
    }
}

/// Whole numbers of an entry.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    bytes: &'a [u8],
    /// Bytes of each: 1, 2, 4 or 8.
    size: usize,
    kind: Kind,
}

impl Numbers<'_> {
    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len() / self.size
    }

    /// The number at a place, from 0.
    pub(super) fn get(&self, place: usize) -> Option<u64> {
        let bytes = self.bytes.get(place.checked_mul(self.size)?..)?.get(..self.size)?;
        let number = bytes.iter().enumerate().fold(0, |number, (index, byte)| {
            let place = if self.kind.big_endian { self.size - 1 - index } else { index };
            number | u64::from(*byte) << (8 * place)
        });
        Some(number)
    }
}

impl Kind {
    /// The classic kind in the byte order that `II` or `MM` says.
    pub(super) fn ordered(order: [u8; 2]) -> Option<Self> {
        let big_endian = match &order {
            b"MM" => true,
            b"II" => false,
            _ => return None,
        };
        Some(Self { big_endian, big: false })
    }

    /// The entries of the directory at `offset`.
    pub(super) fn entries(self, data: &[u8], offset: u64) -> Option<Entries<'_>> {
        let mut cursor = Cursor::at(data, usize::try_from(offset).ok()?);
        let count = self.count(&mut cursor)?;
        Some(Entries { cursor, left: count.min(MOST_ENTRIES), kind: self })
    }

    /// Where the directory after the one at `offset` is; `None` after the last.
    pub(super) fn next(self, data: &[u8], offset: u64) -> Option<u64> {
        let mut cursor = Cursor::at(data, usize::try_from(offset).ok()?);
        let count = self.count(&mut cursor)?;
        let entries = count.checked_mul(if self.big { 20 } else { 12 })?;
        cursor.take(usize::try_from(entries).ok()?)?;
        self.offset(&mut cursor).filter(|next| *next != 0)
    }

    /// How many entries a directory has.
    fn count(self, cursor: &mut Cursor<'_>) -> Option<u64> {
        if self.big { self.u64(cursor) } else { self.u16(cursor).map(u64::from) }
    }

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
