//! The planes of the flattened picture, a row of all of them at a time.

use thumbox_protocol::Format;

use super::headers::Headers;
use crate::codec::pack_bits::PackBits;
use crate::cursor::Cursor;
use crate::error::{Error, Result};

/// Rows of all planes that are shown.
pub(super) struct Planes<'a> {
    source: Source<'a>,
    /// Bytes of a row of a plane.
    pub(super) stride: usize,
    height: u64,
}

enum Source<'a> {
    /// One plane behind the other.
    Stored(&'a [u8]),
    /// Each row in runs.
    Runs(Vec<Runs<'a>>),
}

/// What is left of a plane in runs.
#[derive(Clone, Copy)]
struct Runs<'a> {
    /// Bytes of each row.
    lengths: Cursor<'a>,
    data: Cursor<'a>,
    is_large: bool,
}

impl<'a> Planes<'a> {
    /// `shown`: planes that are read, from the first on.
    ///
    /// # Errors
    /// 200 for a compression that is not read, 202 where the file ends before it.
    pub(super) fn new(headers: &Headers<'a>, shown: u16) -> Result<Self> {
        let Headers { info, depth, channels, is_large, .. } = headers;
        let mut cursor = Cursor::new(headers.data);
        let compression = cursor.u16_be().ok_or_else(|| {
            Error::truncated(
                Format::Psd,
                "it ends before its picture; there is nothing to show yet",
            )
        })?;
        let source = match compression {
            0 => Source::Stored(cursor.rest()),
            1 => {
                let size = if *is_large { 4 } else { 2 };
                let of_plane = u64::from(info.height) * size;
                let all = of_plane * u64::from(*channels);
                let lengths = cursor.take_up_to(usize::try_from(all).unwrap_or(usize::MAX));
                Source::Runs(planes_of_runs(lengths, cursor, of_plane, shown, *is_large))
            }
            _ => {
                let name = if matches!(compression, 2 | 3) { " (ZIP)" } else { "" };
                let detail =
                    format!("compression {compression}{name}; 0 (none) and 1 (RLE) are read");
                return Err(Error::unsupported(Format::Psd, detail));
            }
        };
        // No more than 300,000 pixels of 16 bits.
        let stride = (info.width as usize * usize::from(*depth)).div_ceil(8);
        Ok(Self { source, stride, height: info.height.into() })
    }

    /// Reads row `y` of a plane; how many bytes of it there are. Rows come one after the other, and none of a plane is left
    /// out.
    pub(super) fn read(&mut self, plane: usize, y: u32, row: &mut [u8]) -> usize {
        match &mut self.source {
            Source::Stored(data) => {
                let at = (plane as u64 * self.height + u64::from(y)) * self.stride as u64;
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                let there = data.get(at..).unwrap_or_default();
                row.iter_mut().zip(there).for_each(|(to, from)| *to = *from);
                there.len().min(row.len())
            }
            Source::Runs(planes) => planes.get_mut(plane).map_or(0, |plane| plane.read(row)),
        }
    }
}

/// The planes in runs: their data lies one behind the other, and the lengths of all rows before it.
fn planes_of_runs<'a>(
    lengths: &'a [u8],
    mut data: Cursor<'a>,
    of_plane: u64,
    shown: u16,
    is_large: bool,
) -> Vec<Runs<'a>> {
    let mut lengths = Cursor::new(lengths);
    let of_plane = usize::try_from(of_plane).unwrap_or(usize::MAX);
    let planes = (0..shown).map(|_| {
        let own = Cursor::new(lengths.take_up_to(of_plane));
        let plane = Runs { lengths: own, data, is_large };
        let mut rest = plane;
        let all: u64 = std::iter::from_fn(|| rest.next_length()).map(|bytes| bytes as u64).sum();
        data.take_up_to(usize::try_from(all).unwrap_or(usize::MAX));
        plane
    });
    planes.collect()
}

impl Runs<'_> {
    fn next_length(&mut self) -> Option<usize> {
        if self.is_large {
            self.lengths.u32_be().and_then(|length| usize::try_from(length).ok())
        } else {
            self.lengths.u16_be().map(usize::from)
        }
    }

    fn read(&mut self, row: &mut [u8]) -> usize {
        let Some(length) = self.next_length() else { return 0 };
        let mut runs = PackBits::new();
        runs.start(self.data.take_up_to(length));
        runs.read(row)
    }
}
