//! An embedded ICC profile (ICC.1:2022), rebuilt from what a conversion uses: the header, colorants, curves, one lookup
//! table, the white point and its adaptation.
//!
//! A profile is a stranger's file within a stranger's file, with texts, measurements and private tags that may lie on
//! each other or claim any size. None of that reaches the colour engine. Every offset and size is
//! checked here, and only the tags in use are written to a new profile.

use super::lut;
use super::tags::{MAX_CURVE, align, curve, numbers};
use crate::budget::{Budget, Charge};
use crate::cursor::Cursor;
use crate::error::Result;

/// Larger profiles are ignored; bytes.
pub(crate) const MAX_PROFILE: usize = 8 << 20;

/// Bytes of a curve, at the most.
const CURVE: usize = 12 + 2 * MAX_CURVE;

/// The profile's data colour space (section 7.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    Grey,
    Rgb,
    Cmyk,
}

impl Space {
    /// The tags that are copied for this space, if present (section 9.2).
    const fn tags(self) -> &'static [&'static [u8; 4]] {
        match self {
            Self::Grey => &[b"kTRC", b"wtpt", b"chad"],
            Self::Rgb => {
                &[b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"A2B0", b"wtpt", b"chad"]
            }
            Self::Cmyk => &[b"A2B0", b"wtpt", b"chad"],
        }
    }

    pub(super) const fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }
}

/// A profile that was rebuilt.
#[derive(Debug)]
pub(crate) struct Profile<'b> {
    bytes: Vec<u8>,
    space: Space,
    is_embedded: bool,
    _charge: Charge<'b>,
}

impl<'b> Profile<'b> {
    /// Rebuilds a profile; `None` for one that cannot be used, which is passed over.
    ///
    /// # Errors
    /// Code 301 when the budget does not cover it.
    pub(crate) fn rebuild(file: &[u8], budget: &'b Budget) -> Result<Option<Self>> {
        let Some(source) = Source::read(file) else { return Ok(None) };
        let bound =
            HEADER + source.tags.iter().map(|(name, tag)| written_bound(name, tag)).sum::<usize>();
        let charge = budget.charge(bound as u64, "the ICC profile")?;
        let mut bytes = Vec::with_capacity(bound);
        let space = source.space;
        let is_embedded = true;
        Ok(source.write(&mut bytes).map(|()| Self { bytes, space, is_embedded, _charge: charge }))
    }

    /// Rebuilds a profile that a file holds in parts.
    ///
    /// # Errors
    /// As [`Profile::rebuild`].
    pub(crate) fn rebuild_parts(parts: &[&[u8]], budget: &'b Budget) -> Result<Option<Self>> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length == 0 || length > MAX_PROFILE {
            return Ok(None);
        }
        let _joined = budget.charge(length as u64, "the parts of the ICC profile")?;
        Self::rebuild(&parts.concat(), budget)
    }

    /// The same profile, made for colours that the file does not describe by one.
    pub(super) fn not_embedded(self) -> Self {
        Self { is_embedded: false, ..self }
    }

    /// Whether it is a profile of the file.
    pub(super) const fn is_embedded(&self) -> bool {
        self.is_embedded
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) const fn space(&self) -> Space {
        self.space
    }
}

/// An upper bound of a rewritten tag's bytes: its table entry of 12, up to 4 of padding, and its data.
fn written_bound(name: &[u8; 4], tag: &[u8]) -> usize {
    16 + match name {
        // A table has at most 10 curves (4 of input, 3 and 3 of output). They may overlap in the file, and are written
        // one by one.
        b"A2B0" => tag.len() + 10 * tag.len().clamp(16, CURVE),
        // A type of 8 bytes with nine numbers of 4, or a curve.
        _ => tag.len().clamp(44, CURVE),
    }
}

/// Bytes of the header, and of the tag count after it.
const HEADER: usize = 128 + 4;

/// A profile's header and those of its tags that are used.
struct Source<'a> {
    header: &'a [u8; 128],
    space: Space,
    tags: Vec<(&'static [u8; 4], &'a [u8])>,
}

impl<'a> Source<'a> {
    /// `None` if this is not a grey, RGB or CMYK profile, or if a tag in use lies outside the file.
    fn read(file: &'a [u8]) -> Option<Self> {
        if file.len() > MAX_PROFILE {
            return None;
        }
        let (header, rest) = file.split_first_chunk::<128>()?;
        let space = match header.get(16..20)? {
            b"GRAY" => Space::Grey,
            b"RGB " => Space::Rgb,
            b"CMYK" => Space::Cmyk,
            _ => return None,
        };
        if header.get(36..40)? != b"acsp" {
            return None;
        }
        let mut table = Cursor::new(rest);
        let count = usize::try_from(table.u32_be()?).ok()?;
        let mut table = Cursor::new(table.take(count.checked_mul(12)?)?);
        let mut tags: Vec<(&[u8; 4], &[u8])> = Vec::new();
        while let (Some(name), Some(offset), Some(size)) =
            (table.array::<4>(), table.u32_be(), table.u32_be())
        {
            let used = space.tags().iter().find(|used| ***used == name);
            // The first of several that have a name is the one that counts.
            let Some(name) = used.filter(|name| tags.iter().all(|(known, _)| known != *name))
            else {
                continue;
            };
            let end = u64::from(offset) + u64::from(size);
            let tag = file.get(usize::try_from(offset).ok()?..usize::try_from(end).ok()?)?;
            tags.push((name, tag));
        }
        Some(Self { header, space, tags })
    }

    /// Writes the profile anew; `None` where a tag is not what it should be.
    fn write(&self, out: &mut Vec<u8>) -> Option<()> {
        out.extend_from_slice(self.header);
        // What the conversion does not use: size (set below) and preferred engine; date; platform, flags and device;
        // creator, ID and reserved bytes.
        for (from, to) in [(0, 8), (24, 36), (40, 64), (80, 128)] {
            out.get_mut(from..to)?.fill(0);
        }
        // A fixed date, 2000-01-01 00:00:00, because a month of 0 is invalid.
        out.get_mut(24..30)?.copy_from_slice(&[0x07, 0xD0, 0, 1, 0, 1]);
        out.extend(u32::try_from(self.tags.len()).ok()?.to_be_bytes());
        let table = out.len();
        out.resize(table + 12 * self.tags.len(), 0);
        for (index, (name, tag)) in self.tags.iter().enumerate() {
            let offset = out.len();
            match *name {
                b"rXYZ" | b"gXYZ" | b"bXYZ" | b"wtpt" => numbers(tag, b"XYZ ", 3, out)?,
                b"chad" => numbers(tag, b"sf32", 9, out)?,
                b"A2B0" => lut::write(tag, self.space.channels(), out)?,
                _ => curve(&mut Cursor::new(tag), out)?,
            }
            let size = out.len() - offset;
            align(out);
            let mut entry = name.to_vec();
            entry.extend(u32::try_from(offset).ok()?.to_be_bytes());
            entry.extend(u32::try_from(size).ok()?.to_be_bytes());
            out.get_mut(table + 12 * index..table + 12 * (index + 1))?.copy_from_slice(&entry);
        }
        let size = u32::try_from(out.len()).ok()?;
        out.get_mut(..4)?.copy_from_slice(&size.to_be_bytes());
        Some(())
    }
}
