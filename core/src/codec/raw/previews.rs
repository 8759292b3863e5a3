//! The JPEG previews that were found in a file.

use crate::codec::jpeg::dimensions;
use crate::orientation::Orientation;

/// Previews that are kept of a file. Cameras write five at the most.
const MOST: usize = 32;

/// Bytes of a preview in which its first scan has to begin. Colour profiles and EXIF fill some 200 KiB.
const HEADERS: usize = 1 << 20;

/// What a JPEG begins with.
pub(super) const START: &[u8] = b"\xFF\xD8\xFF";

/// A JPEG.
#[derive(Clone, Copy)]
pub(super) struct Preview<'a> {
    pub(super) data: &'a [u8],
    pub(super) width: u32,
    pub(super) height: u32,
}

/// What was found in a file.
#[derive(Default)]
pub(super) struct Found<'a> {
    previews: Vec<Preview<'a>>,
    /// What the main directory says of all previews.
    pub(super) orientation: Option<Orientation>,
    /// Whether the file names a preview that it does not have.
    pub(super) cut: bool,
}

impl<'a> Found<'a> {
    /// Adds what stands at a place of `data`, if it is a JPEG that can be read: what raw samples are compressed with,
    /// lossless JPEG, cannot.
    pub(super) fn add_at(&mut self, data: &'a [u8], start: u64, length: u64) {
        let place = usize::try_from(start).ok().and_then(|start| data.get(start..));
        let place = place.unwrap_or_default();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let is_cut = length > place.len() && START.starts_with(place.get(..3).unwrap_or(place));
        let is_added = self.add(place.get(..length).unwrap_or(place));
        self.cut |= is_cut && !is_added;
    }

    /// Adds `data`, likewise; whether it is one, or was there.
    pub(super) fn add(&mut self, data: &'a [u8]) -> bool {
        if self.previews.iter().any(|known| std::ptr::eq(known.data.as_ptr(), data.as_ptr())) {
            return true;
        }
        if self.previews.len() == MOST || !data.starts_with(START) {
            return false;
        }
        let Some((width, height)) = dimensions(data.get(..HEADERS).unwrap_or(data)) else {
            return false;
        };
        self.previews.push(Preview { data, width, height });
        true
    }

    /// The largest preview, the first of several alike, and the others.
    pub(super) fn largest(mut self) -> Option<(Preview<'a>, Vec<Preview<'a>>)> {
        let pixels = |preview: &Preview<'_>| u64::from(preview.width) * u64::from(preview.height);
        let previews = self.previews.iter().enumerate().rev();
        let (place, _) = previews.max_by_key(|(_, preview)| pixels(preview))?;
        Some((self.previews.swap_remove(place), self.previews))
    }
}
