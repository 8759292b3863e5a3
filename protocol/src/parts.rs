//! A request in one part or several, read as one run of bytes.
//!
//! Callers hold a header and an image apart; they are read as one request, without anyone having to join them.

/// A cursor over the parts of a request that cannot run off their end.
#[derive(Clone, Debug)]
pub struct Parts<'a> {
    head: &'a [u8],
    tail: &'a [&'a [u8]],
}

impl<'a> Parts<'a> {
    /// From its parts, of which any may be empty.
    #[must_use]
    pub fn new(parts: &'a [&'a [u8]]) -> Self {
        Self { head: &[], tail: parts }
    }

    /// Bytes that have not been read.
    #[must_use]
    pub fn len(&self) -> u64 {
        let tail: u64 = self.tail.iter().map(|part| part.len() as u64).sum();
        self.head.len() as u64 + tail
    }

    /// Whether all bytes have been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next byte, or `None` at the end.
    pub fn byte(&mut self) -> Option<u8> {
        loop {
            if let Some((&byte, rest)) = self.head.split_first() {
                self.head = rest;
                return Some(byte);
            }
            let (&next, tail) = self.tail.split_first()?;
            (self.head, self.tail) = (next, tail);
        }
    }

    /// The next byte, which is not taken.
    #[must_use]
    pub fn first(&self) -> Option<u8> {
        self.clone().byte()
    }

    /// The next `size` bytes, at most `N`, and zeros behind them; where fewer are left, `None`, and none is taken.
    pub fn padded<const N: usize>(&mut self, size: usize) -> Option<[u8; N]> {
        if self.len() < size as u64 {
            return None;
        }
        let mut bytes = [0; N];
        for to in bytes.iter_mut().take(size) {
            *to = self.byte()?;
        }
        Some(bytes)
    }

    /// All that is left, where it lies in one part.
    #[must_use]
    pub fn contiguous(&self) -> Option<&'a [u8]> {
        let mut filled = std::iter::once(self.head)
            .chain(self.tail.iter().copied())
            .filter(|part| !part.is_empty());
        let first = filled.next().unwrap_or_default();
        filled.next().is_none().then_some(first)
    }

    /// A copy of all that is left, joined.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut joined = Vec::with_capacity(usize::try_from(self.len()).unwrap_or(0));
        joined.extend_from_slice(self.head);
        self.tail.iter().for_each(|part| joined.extend_from_slice(part));
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_across_parts_and_stops_at_the_end() {
        let parts: [&[u8]; 4] = [&[1, 2], &[], &[3], &[4, 5]];
        let mut cursor = Parts::new(&parts);
        assert_eq!((cursor.len(), cursor.is_empty()), (5, false));
        for expected in 1..=2 {
            assert_eq!(cursor.first(), Some(expected));
            assert_eq!(cursor.byte(), Some(expected));
        }
        assert_eq!(cursor.padded::<8>(4), None);
        assert_eq!(cursor.padded(3), Some([3, 4, 5, 0]));
        assert_eq!((cursor.byte(), cursor.len(), cursor.is_empty()), (None, 0, true));
    }

    #[test]
    fn the_rest_is_contiguous_in_one_part_and_joined_from_several() {
        let parts: [&[u8]; 3] = [&[1, 2], &[], &[3, 4]];
        let mut cursor = Parts::new(&parts);
        assert_eq!(cursor.contiguous(), None);
        cursor.byte().unwrap();
        assert_eq!((cursor.contiguous(), cursor.to_vec()), (None, vec![2, 3, 4]));
        cursor.byte().unwrap();
        assert_eq!(cursor.contiguous(), Some(&[3, 4][..]));
        assert_eq!(Parts::new(&[]).contiguous(), Some(&[][..]));
    }
}
