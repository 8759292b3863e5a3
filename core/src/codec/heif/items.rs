//! The items of a file: their types, where their data lies, what they refer to, and their properties (ISO/IEC 14496-12,
//! section 8.11; ISO/IEC 23008-12, section 9.3).

use std::borrow::Cow;
use std::collections::BTreeMap;

use thumbox_protocol::Format;

use crate::budget::{Budget, Charge};
use crate::codec::isobmff::{Part, part, parts};
use crate::cursor::Cursor;
use crate::error::{Error, Result};

/// Entries of all lists together. A picture of 400 megapixels in tiles of 512 x 512 has some 1,600 items, each with four
/// or five entries.
const MOST: usize = 1 << 16;
/// Bytes that an entry takes at the most, with what the map around it takes.
const ENTRY: u64 = 128;

/// An item's number.
pub(super) type Id = u32;

/// What the box `meta` says.
pub(super) struct Items<'a> {
    /// What the file is by its brands.
    pub(super) format: Format,
    pub(super) data: &'a [u8],
    /// The box `idat`.
    inner: &'a [u8],
    pub(super) primary: Id,
    kinds: BTreeMap<Id, [u8; 4]>,
    places: BTreeMap<Id, Place>,
    /// By type and from which item.
    references: BTreeMap<([u8; 4], Id), Vec<Id>>,
    properties: Vec<Part<'a>>,
    /// Indices into `properties`, from 1, with the highest bit set where a property is essential.
    associations: BTreeMap<Id, Vec<u16>>,
    _charge: Charge<'a>,
}

/// Where an item's data lies.
struct Place {
    is_inner: bool,
    /// Offsets and lengths; a length of 0 reaches to the end.
    extents: Vec<(u64, u64)>,
}

/// How many entries may still come.
struct Left(usize);

impl Left {
    fn take(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.checked_sub(count)?;
        Some(())
    }
}

impl<'a> Items<'a> {
    pub(super) fn read(format: Format, data: &'a [u8], budget: &'a Budget) -> Result<Self> {
        let meta = part(data, b"meta").and_then(|meta| meta.get(4..));
        let meta = meta.ok_or_else(|| Error::truncated(format, "it has no box \"meta\""))?;
        // No entry has fewer bytes than 1.
        let entries = (MOST as u64).min(meta.len() as u64);
        let charge = budget.charge(entries * ENTRY, "the items of the HEIF")?;
        let mut items = Self {
            format,
            data,
            inner: part(meta, b"idat").unwrap_or_default(),
            primary: 0,
            kinds: BTreeMap::new(),
            places: BTreeMap::new(),
            references: BTreeMap::new(),
            properties: Vec::new(),
            associations: BTreeMap::new(),
            _charge: charge,
        };
        let mut left = Left(MOST);
        for list in parts(meta) {
            let read = match &list.kind {
                b"pitm" => items.primary(list.body),
                b"iinf" => items.kinds(list.body, &mut left),
                b"iloc" => items.places(list.body, &mut left),
                b"iref" => items.references(list.body, &mut left),
                b"iprp" => items.properties(list.body, &mut left),
                _ => Some(()),
            };
            let name = list.kind.escape_ascii();
            read.ok_or_else(|| {
                Error::corrupt(
                    format,
                    format!("the box \"{name}\" is cut off or has more than {MOST} entries"),
                )
            })?;
        }
        // A sequence may name none: its first picture, then.
        if items.primary == 0 {
            let pictures = [b"av01", b"hvc1", b"grid"];
            let first = items.kinds.iter().find(|(_, kind)| pictures.contains(kind));
            items.primary = first.map_or(0, |(id, _)| *id);
        }
        Ok(items)
    }

    fn primary(&mut self, body: &[u8]) -> Option<()> {
        let (version, mut cursor) = versioned(body)?;
        self.primary = id(&mut cursor, version > 0)?;
        Some(())
    }

    fn kinds(&mut self, body: &[u8], left: &mut Left) -> Option<()> {
        let (version, mut cursor) = versioned(body)?;
        id(&mut cursor, version > 0)?;
        for entry in parts(cursor.rest()).filter(|entry| entry.kind == *b"infe") {
            left.take(1)?;
            let (version, mut cursor) = versioned(entry.body)?;
            // Entries of versions 0 and 1 say no type.
            if version < 2 {
                continue;
            }
            let id = id(&mut cursor, version > 2)?;
            cursor.u16_be()?;
            self.kinds.entry(id).or_insert(cursor.array()?);
        }
        Some(())
    }

    fn places(&mut self, body: &[u8], left: &mut Left) -> Option<()> {
        let (version, mut cursor) = versioned(body)?;
        let [sizes, more] = cursor.array()?;
        let [offset, length, base] = [sizes >> 4, sizes & 15, more >> 4];
        let index = if version > 0 { more & 15 } else { 0 };
        for _ in 0..id(&mut cursor, version > 1)? {
            left.take(1)?;
            let id = id(&mut cursor, version > 1)?;
            let method = if version > 0 { cursor.u16_be()? & 15 } else { 0 };
            // Which file the data is in: this one.
            let file = cursor.u16_be()?;
            let base = number(&mut cursor, base)?;
            let count = usize::from(cursor.u16_be()?);
            left.take(count)?;
            let mut extents = Vec::new();
            for _ in 0..count {
                number(&mut cursor, index)?;
                let offset = base.saturating_add(number(&mut cursor, offset)?);
                extents.push((offset, number(&mut cursor, length)?));
            }
            if method < 2 && file == 0 {
                self.places.entry(id).or_insert(Place { is_inner: method == 1, extents });
            }
        }
        Some(())
    }

    fn references(&mut self, body: &[u8], left: &mut Left) -> Option<()> {
        let (version, cursor) = versioned(body)?;
        for reference in parts(cursor.rest()) {
            let mut cursor = Cursor::new(reference.body);
            let from = id(&mut cursor, version > 0)?;
            let count = usize::from(cursor.u16_be()?);
            left.take(count + 1)?;
            let mut to = Vec::new();
            for _ in 0..count {
                to.push(id(&mut cursor, version > 0)?);
            }
            self.references.entry((reference.kind, from)).or_insert(to);
        }
        Some(())
    }

    fn properties(&mut self, body: &'a [u8], left: &mut Left) -> Option<()> {
        for list in parts(body) {
            match &list.kind {
                b"ipco" => {
                    for property in parts(list.body) {
                        left.take(1)?;
                        self.properties.push(property);
                    }
                }
                b"ipma" => self.associations(list.body, left)?,
                _ => {}
            }
        }
        Some(())
    }

    fn associations(&mut self, body: &[u8], left: &mut Left) -> Option<()> {
        let (version, mut cursor) = versioned(body)?;
        let is_wide = body.get(3)? & 1 != 0;
        for _ in 0..cursor.u32_be()? {
            let id = id(&mut cursor, version > 0)?;
            let count = usize::from(cursor.u8()?);
            left.take(count + 1)?;
            let mut list = Vec::new();
            for _ in 0..count {
                list.push(if is_wide {
                    cursor.u16_be()?
                } else {
                    let byte = u16::from(cursor.u8()?);
                    byte << 8 & 0x8000 | byte & 0x7F
                });
            }
            self.associations.entry(id).or_insert(list);
        }
        Some(())
    }

    /// An item's type.
    pub(super) fn kind(&self, id: Id) -> Option<[u8; 4]> {
        self.kinds.get(&id).copied()
    }

    /// The items that one refers to.
    pub(super) fn referred(&self, kind: &[u8; 4], from: Id) -> &[Id] {
        self.references.get(&(*kind, from)).map_or(&[], Vec::as_slice)
    }

    /// The items that refer to one.
    pub(super) fn referring(&self, kind: [u8; 4], to: Id) -> impl Iterator<Item = Id> {
        let of_kind = self.references.range((kind, 0)..=(kind, Id::MAX));
        of_kind.filter(move |(_, ids)| ids.contains(&to)).map(|((_, from), _)| *from)
    }

    /// The properties of an item, in order, and whether each is essential.
    pub(super) fn properties_of(&self, id: Id) -> impl Iterator<Item = (Part<'a>, bool)> {
        let associations = self.associations.get(&id).into_iter().flatten();
        associations.filter_map(|association| {
            let index = usize::from(association & 0x7FFF).checked_sub(1)?;
            Some((*self.properties.get(index)?, association & 0x8000 != 0))
        })
    }

    /// An item's data, joined where it lies in several places; no more than the file has, whatever they claim.
    pub(super) fn bytes(&self, id: Id, budget: &'a Budget) -> Result<Option<Bytes<'a>>> {
        let Some(place) = self.places.get(&id) else { return Ok(None) };
        let data = if place.is_inner { self.inner } else { self.data };
        let piece = |(offset, length): &(u64, u64)| {
            let from = data.get(usize::try_from(*offset).ok()?..)?;
            let length = match length {
                0 => usize::MAX,
                length => usize::try_from(*length).unwrap_or(usize::MAX),
            };
            Some(from.get(..length).unwrap_or(from))
        };
        if let [extent] = place.extents.as_slice() {
            let bytes = piece(extent).unwrap_or_default();
            return Ok(Some(Bytes { bytes: Cow::Borrowed(bytes), _charge: None }));
        }
        let pieces = || place.extents.iter().filter_map(piece);
        let length = pieces().map(|piece| piece.len() as u64).sum::<u64>();
        if length > data.len() as u64 {
            let detail = format!("the places of item {id} overlap");
            return Err(Error::corrupt(self.format, detail));
        }
        let charge = budget.charge(length, "joining an item's data")?;
        let bytes = pieces().collect::<Vec<_>>().concat();
        Ok(Some(Bytes { bytes: Cow::Owned(bytes), _charge: Some(charge) }))
    }
}

/// An item's data.
pub(super) struct Bytes<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    _charge: Option<Charge<'a>>,
}

/// The version of a box, and what comes after its flags (ISO/IEC 14496-12, section 4.2).
fn versioned(body: &[u8]) -> Option<(u8, Cursor<'_>)> {
    let mut cursor = Cursor::new(body);
    let [version, ..] = cursor.array::<4>()?;
    Some((version, cursor))
}

/// A number of 16 bits, or of 32.
fn id(cursor: &mut Cursor<'_>, is_wide: bool) -> Option<u32> {
    if is_wide { cursor.u32_be() } else { cursor.u16_be().map(u32::from) }
}

/// A number of so many bytes.
fn number(cursor: &mut Cursor<'_>, size: u8) -> Option<u64> {
    let bytes = cursor.take(size.min(8).into())?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}
