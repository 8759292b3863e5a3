//! A request in one part or several, read as one run of bytes.
//!
//! Callers hold a header and an image apart; the core reads them as one request, without anyone having
//! to join them. Only an image that is itself cut into parts is joined, and that is charged.

use std::borrow::Cow;

use crate::budget::{Budget, Charge};
use crate::error::Result;

/// A cursor over the parts of a request that cannot run off their end.
#[derive(Clone, Debug)]
pub(crate) struct Parts<'a> {
    head: &'a [u8],
    tail: &'a [&'a [u8]],
}

impl<'a> Parts<'a> {
    pub(crate) fn new(parts: &'a [&'a [u8]]) -> Self {
        Self { head: &[], tail: parts }
    }

    /// Bytes that have not been read.
    pub(crate) fn len(&self) -> u64 {
        let tail: u64 = self.tail.iter().map(|part| part.len() as u64).sum();
        self.head.len() as u64 + tail
    }

    /// The next byte, or `None` at the end.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        loop {
            if let Some((&byte, rest)) = self.head.split_first() {
                self.head = rest;
                return Some(byte);
            }
            let (&next, tail) = self.tail.split_first()?;
            (self.head, self.tail) = (next, tail);
        }
    }

    /// All that is left, borrowed where it lies in one part and joined, and charged, where it does not.
    pub(crate) fn rest<'b>(
        self,
        budget: &'b Budget,
    ) -> Result<(Cow<'a, [u8]>, Option<Charge<'b>>)> {
        let mut filled = std::iter::once(self.head)
            .chain(self.tail.iter().copied())
            .filter(|part| !part.is_empty());
        let first = filled.next().unwrap_or_default();
        if filled.next().is_none() {
            return Ok((Cow::Borrowed(first), None));
        }
        let charge = budget.charge(self.len(), "joining the parts of the request")?;
        Ok((Cow::Owned(self.to_vec()), Some(charge)))
    }

    /// A copy of all that is left, joined.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut joined = Vec::with_capacity(usize::try_from(self.len()).unwrap_or(0));
        joined.extend_from_slice(self.head);
        self.tail.iter().for_each(|part| joined.extend_from_slice(part));
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    #[test]
    fn reads_across_parts_and_stops_at_the_end() {
        let parts: [&[u8]; 4] = [&[1, 2], &[], &[3], &[4, 5]];
        let mut cursor = Parts::new(&parts);
        assert_eq!(cursor.len(), 5);
        for expected in 1..=5 {
            assert_eq!(cursor.byte(), Some(expected));
        }
        assert_eq!((cursor.byte(), cursor.len()), (None, 0));
    }

    #[test]
    fn the_rest_is_borrowed_from_one_part_and_joined_from_several() {
        let budget = Budget::new(Limits::DEFAULT);
        let parts: [&[u8]; 3] = [&[1, 2], &[], &[3, 4]];
        let mut one = Parts::new(&parts);
        one.byte().unwrap();
        one.byte().unwrap();
        let (rest, charge) = one.rest(&budget).unwrap();
        assert!(matches!(rest, Cow::Borrowed([3, 4])) && charge.is_none());

        let mut two = Parts::new(&parts);
        two.byte().unwrap();
        let (rest, charge) = two.rest(&budget).unwrap();
        assert_eq!(rest, [2, 3, 4].as_slice());
        assert!(charge.is_some() && budget.peak() == 3);
    }
}
