//! Where encoders write: memory that is charged before it grows and that stops at the reply's limit.

use std::io;

use crate::budget::{Budget, Charge};
use crate::error::{Error, Result};

/// A finished file and the charge that covers it.
#[derive(Debug)]
pub(crate) struct Encoded<'b> {
    pub(crate) bytes: Vec<u8>,
    _charge: Charge<'b>,
}

pub(super) struct Writer<'b> {
    bytes: Vec<u8>,
    budget: &'b Budget,
    charge: Charge<'b>,
    /// Why it stopped: encoders pass on no more than that writing failed.
    refused: Option<Error>,
}

impl<'b> Writer<'b> {
    pub(super) fn new(budget: &'b Budget) -> Result<Self> {
        Ok(Self {
            bytes: Vec::new(),
            budget,
            charge: budget.charge(0, "the encoded thumbnail")?,
            refused: None,
        })
    }

    /// The bytes, or why there are not all of them.
    pub(super) fn finish<E: std::fmt::Display>(
        mut self,
        result: std::result::Result<(), E>,
    ) -> Result<Encoded<'b>> {
        self.check(result)?;
        Ok(Encoded { bytes: self.bytes, _charge: self.charge })
    }

    /// Why it could not write, where that was a limit.
    ///
    /// # Errors
    /// Codes 301 and 302 for the limits.
    pub(super) fn check<E: std::fmt::Display>(
        &mut self,
        result: std::result::Result<(), E>,
    ) -> Result<()> {
        match (self.refused.take(), result) {
            (Some(refused), _) => Err(refused),
            (None, Err(error)) => Err(Error::Bug(format!("an encoder refused a picture: {error}"))),
            (None, Ok(())) => Ok(()),
        }
    }

    /// Bytes that were written.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Replaces bytes that were written.
    pub(super) fn replace(&mut self, at: usize, bytes: &[u8]) {
        if let Some(written) = self.bytes.get_mut(at..at + bytes.len()) {
            written.copy_from_slice(bytes);
        }
    }

    fn grow(&mut self, more: usize) -> Result<()> {
        let length = self.bytes.len().saturating_add(more);
        self.budget.check_reply(length as u64)?;
        if length > self.bytes.capacity() {
            let capacity = length.max(self.bytes.capacity() * 2).max(4096);
            // Old and new are there at once while the bytes move.
            let charge = self.budget.charge(capacity as u64, "the encoded thumbnail")?;
            self.bytes.reserve_exact(capacity - self.bytes.len());
            self.charge = charge;
        }
        Ok(())
    }
}

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.grow(bytes.len()) {
            self.refused.get_or_insert(error);
            return Err(io::Error::other("the thumbnail is over its limit"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
