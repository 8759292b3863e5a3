//! CDR, the encoding of ROS 2 messages, in its little-endian form: its elements, read and written.
//!
//! OMG DDSI-RTPS 2.5, chapter 10: four bytes of header; each number is aligned to its size, counted from the fifth byte.

use zenoh::internal::buffers::ZSlice;

use crate::buffers::Parts;

/// The header of plain little-endian CDR.
const HEADER: [u8; 4] = [0, 1, 0, 0];
/// Padding bytes that may follow the last field.
const MOST_PADDING: usize = 3;

/// Reads a message from front to back, and never past its end. None from any method: it is not as it should be.
pub(crate) struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// None for big-endian CDR, too, and for what is no CDR.
    pub(crate) fn new(data: &'a [u8]) -> Option<Self> {
        let kind = data.first_chunk::<4>()?.first_chunk::<2>()?;
        (kind == &HEADER[..2]).then_some(Self { data, at: HEADER.len() })
    }

    /// The next number's bytes, which are as many as its alignment.
    pub(crate) fn number<const SIZE: usize>(&mut self) -> Option<[u8; SIZE]> {
        self.align(SIZE);
        self.bytes(SIZE)?.1.first_chunk().copied()
    }

    /// The next `size` bytes, and where they begin.
    pub(crate) fn bytes(&mut self, size: usize) -> Option<(usize, &'a [u8])> {
        let start = self.at;
        let end = start.checked_add(size)?;
        let bytes = self.data.get(start..end)?;
        self.at = end;
        Some((start, bytes))
    }

    /// Skips the padding before a number of `size` bytes: 1, 2, 4 or 8.
    pub(crate) fn align(&mut self, size: usize) {
        self.at = HEADER.len() + (self.at - HEADER.len()).next_multiple_of(size);
    }

    /// The next length or count.
    pub(crate) fn length(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.number()?)).ok()
    }

    /// Bytes that are left.
    pub(crate) fn left(&self) -> usize {
        self.data.len().saturating_sub(self.at)
    }

    /// Whether no more than padding follows the last field.
    pub(crate) fn is_at_end(&self) -> bool {
        self.left() <= MOST_PADDING
    }
}

/// Writes a message.
pub(crate) struct Writer(pub(crate) Parts);

impl Writer {
    pub(crate) fn new() -> Self {
        let mut parts = Parts::default();
        parts.extend(&HEADER);
        Self(parts)
    }

    /// A number, after its padding.
    pub(crate) fn number<const SIZE: usize>(&mut self, bytes: [u8; SIZE]) {
        self.align(SIZE);
        self.0.extend(&bytes);
    }

    /// The padding before a number of `size` bytes: 1, 2, 4 or 8.
    pub(crate) fn align(&mut self, size: usize) {
        let at = self.0.len() - HEADER.len();
        for _ in at..at.next_multiple_of(size) {
            self.0.extend(&[0]);
        }
    }

    /// A length or count; None if it does not fit.
    pub(crate) fn length(&mut self, length: usize) -> Option<()> {
        self.number(u32::try_from(length).ok()?.to_le_bytes());
        Some(())
    }
}

/// The bytes of a message that is read, which do not change meanwhile.
pub(crate) enum Source {
    /// Memory that never changes.
    Fixed(ZSlice),
    /// A copy of memory that may.
    Copied(Vec<u8>),
}

impl Source {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Fixed(slice) => slice,
            Self::Copied(bytes) => bytes,
        }
    }
}
