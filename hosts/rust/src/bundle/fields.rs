//! A cursor over little-endian fields that cannot run off the end.

/// What is still to be read.
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    length: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, length: bytes.len() }
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Bytes that were not taken yet.
    pub(super) fn rest(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes that were taken.
    pub(super) fn position(&self) -> usize {
        self.length - self.bytes.len()
    }
}
