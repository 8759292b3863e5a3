//! A directory's entries by their tags.

use super::ifd::{Entry, Kind, Numbers};

/// The entries of a directory that are read. Of several with one tag the first counts.
pub(super) struct Directory<'a> {
    pub(super) data: &'a [u8],
    pub(super) kind: Kind,
    entries: Vec<Entry<'a>>,
}

impl<'a> Directory<'a> {
    /// Reads what the directory at an offset has of `tags`; `None` where that is beyond the file's end.
    pub(super) fn at(data: &'a [u8], kind: Kind, offset: u64, tags: &[u16]) -> Option<Self> {
        let mut entries: Vec<Entry<'a>> = Vec::with_capacity(tags.len());
        for entry in kind.entries(data, offset)? {
            let is_new = || entries.iter().all(|known| known.tag != entry.tag);
            if tags.contains(&entry.tag) && is_new() {
                entries.push(entry);
            }
        }
        Some(Self { data, kind, entries })
    }

    pub(super) fn entry(&self, tag: u16) -> Option<&Entry<'a>> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }

    /// The whole numbers of a tag; `None` where it is absent or of another type, which libtiff passes over, too.
    pub(super) fn numbers(&self, tag: u16) -> Option<Numbers<'a>> {
        self.entry(tag)?.numbers(self.data)
    }

    /// The first whole number of a tag; `None` where it is absent, of another type, or has no value.
    pub(super) fn number(&self, tag: u16) -> Option<u64> {
        self.numbers(tag)?.get(0)
    }

    /// The whole number of a tag that has one; `None` also where it has several, since libtiff then ignores it.
    pub(super) fn single(&self, tag: u16) -> Option<u64> {
        self.entry(tag).filter(|entry| entry.count == 1)?;
        self.number(tag)
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
