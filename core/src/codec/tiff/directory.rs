//! A directory's entries by their tags.

use thumbox_protocol::Format;

use super::tags;
use crate::codec::ifd::{Entry, Kind, Numbers, header};
use crate::error::{Error, Result};

/// The entries of a directory that are read. Of several with one tag the first counts.
pub(super) struct Directory<'a> {
    pub(super) data: &'a [u8],
    pub(super) kind: Kind,
    entries: Vec<Entry<'a>>,
}

impl<'a> Directory<'a> {
    /// Reads the first directory of a file.
    ///
    /// # Errors
    /// 202 where it lies beyond the file's end.
    pub(super) fn first(data: &'a [u8]) -> Result<Self> {
        let first = header(data).and_then(|(kind, offset)| Self::at(data, kind, offset));
        first.ok_or_else(|| Error::truncated(Format::Tiff, "it ends before its first directory"))
    }

    /// Reads the directory at an offset; `None` where that is beyond the file's end.
    pub(super) fn at(data: &'a [u8], kind: Kind, offset: u64) -> Option<Self> {
        let mut entries: Vec<Entry<'a>> = Vec::with_capacity(tags::READ.len());
        for entry in kind.entries(data, offset)? {
            let is_new = || entries.iter().all(|known| known.tag != entry.tag);
            if tags::READ.contains(&entry.tag) && is_new() {
                entries.push(entry);
            }
        }
        Some(Self { data, kind, entries })
    }

    fn entry(&self, tag: u16) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// The whole numbers of a tag; `None` where it is absent.
    ///
    /// # Errors
    /// 201 where they are of another type.
    pub(super) fn numbers(&self, tag: u16) -> Result<Option<Numbers<'a>>> {
        let Some(entry) = self.entry(tag) else { return Ok(None) };
        let Some(numbers) = entry.numbers(self.data) else {
            let detail = format!("tag {tag} is not of type BYTE, SHORT, LONG or LONG8");
            return Err(Error::corrupt(Format::Tiff, detail));
        };
        Ok(Some(numbers))
    }

    /// The first whole number of a tag; `None` where it is absent or has no value.
    ///
    /// # Errors
    /// As [`Directory::numbers`].
    pub(super) fn number(&self, tag: u16) -> Result<Option<u64>> {
        Ok(self.numbers(tag)?.and_then(|numbers| numbers.get(0)))
    }

    /// The fractions of a tag, where it has them.
    pub(super) fn fractions(&self, tag: u16) -> Option<Vec<f64>> {
        self.entry(tag)?.fractions(self.data)
    }

    /// The bytes of a tag, as far as they are there.
    pub(super) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        Some(self.entry(tag)?.bytes(self.data)).filter(|bytes| !bytes.is_empty())
    }
}
