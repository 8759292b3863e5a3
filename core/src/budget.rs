//! Pay before you allocate: the limits of a call, and the account that holds a call to them.
//!
//! Every allocation whose size a request or an image can choose is charged here first, from what the
//! headers claim. A [`Charge`] gives its bytes back when it is dropped, so the account always shows what
//! is in use and its peak is the most that a call can have held at once. [`Budget::work`] counts what decoding costs; nothing gives
//! that back.

use std::cell::Cell;

use thumbox_protocol::{Format, Limits};

use crate::error::{Error, Result};
use crate::work;

/// The account of one call.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    used: Cell<u64>,
    peak: Cell<u64>,
    work: Cell<u64>,
    work_allowed: Cell<(Format, u64)>,
}

impl Budget {
    /// An empty account with these limits.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            used: Cell::new(0),
            peak: Cell::new(0),
            work: Cell::new(0),
            work_allowed: Cell::new((Format::Jpeg, u64::MAX)),
        }
    }

    /// The limits that this account holds a call to.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The most bytes that were charged at once.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.peak.get()
    }

    /// Bytes that can still be charged.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.limits.max_memory.saturating_sub(self.used.get())
    }

    /// Takes `bytes` from the account until the charge is dropped.
    ///
    /// # Errors
    /// [`Error::Memory`] when fewer bytes are left; nothing is taken then.
    pub fn charge(&self, bytes: u64, purpose: &'static str) -> Result<Charge<'_>> {
        if bytes > self.left() {
            return Err(Error::Memory {
                purpose,
                needed: bytes,
                left: self.left(),
                limit: self.limits.max_memory,
            });
        }
        self.used.set(self.used.get() + bytes);
        self.peak.set(self.peak.get().max(self.used.get()));
        Ok(Charge { budget: self, bytes })
    }

    /// Charges for `pixels` pixels of `bytes_per_pixel` each.
    ///
    /// # Errors
    /// As [`Budget::charge`]; a product beyond 64 bits counts as more than there can be.
    pub fn charge_pixels(
        &self,
        pixels: u64,
        bytes_per_pixel: u64,
        purpose: &'static str,
    ) -> Result<Charge<'_>> {
        self.charge(pixels.saturating_mul(bytes_per_pixel), purpose)
    }

    /// Sets what decoding an image may cost, from what its headers say and its file's length.
    pub(crate) fn allow_work(&self, format: Format, pixels: u64, bytes: u64) {
        self.work_allowed.set((format, work::allowed(format, pixels, bytes)));
    }

    /// Counts steps of decoding.
    ///
    /// # Errors
    /// [`Error::Work`] once there are more than [`Budget::allow_work`] has allowed, and from then on.
    pub(crate) fn work(&self, steps: u64) -> Result<()> {
        self.work.set(self.work.get().saturating_add(steps));
        self.check_work()
    }

    /// Whether the steps that were counted are within what is allowed.
    ///
    /// # Errors
    /// As [`Budget::work`].
    pub(crate) fn check_work(&self) -> Result<()> {
        let (format, allowed) = self.work_allowed.get();
        if self.work.get() > allowed {
            return Err(Error::Work { format, allowed });
        }
        Ok(())
    }

    /// Steps of decoding that were counted.
    #[must_use]
    pub fn work_done(&self) -> u64 {
        self.work.get()
    }

    /// Refuses a reply that is longer than the limit.
    ///
    /// # Errors
    /// [`Error::ReplySize`].
    pub fn check_reply(&self, bytes: u64) -> Result<()> {
        if bytes > self.limits.max_reply {
            return Err(Error::ReplySize { needed: bytes, limit: self.limits.max_reply });
        }
        Ok(())
    }
}

/// Bytes taken from a [`Budget`]; dropping it gives them back.
#[derive(Debug)]
#[must_use = "dropping a charge gives its bytes back at once"]
pub struct Charge<'b> {
    budget: &'b Budget,
    bytes: u64,
}

impl Charge<'_> {
    /// Keeps only `bytes` of the charge, where less was needed than feared. Never grows it.
    pub fn shrink_to(&mut self, bytes: u64) {
        if let Some(spare) = self.bytes.checked_sub(bytes) {
            self.bytes = bytes;
            self.budget.used.set(self.budget.used.get() - spare);
        }
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.budget.used.set(self.budget.used.get() - self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(max_memory: u64) -> Budget {
        Budget::new(Limits { max_memory, ..Limits::DEFAULT })
    }

    #[test]
    fn a_dropped_charge_is_given_back_and_the_peak_stays() {
        let budget = budget(100);
        let first = budget.charge(60, "a").unwrap();
        drop(budget.charge(40, "b").unwrap());
        assert_eq!(budget.left(), 40);
        drop(first);
        assert_eq!((budget.left(), budget.peak()), (100, 100));
    }

    #[test]
    fn a_charge_over_the_rest_takes_nothing_and_says_what_is_left() {
        let budget = budget(100);
        let _held = budget.charge(60, "a").unwrap();
        let error = budget.charge(41, "the picture").unwrap_err();
        assert_eq!(budget.left(), 40);
        let text = error.to_string();
        assert!(text.contains("41") && text.contains("40") && text.contains("100"), "{text}");
    }

    #[test]
    fn a_product_that_overflows_is_refused_and_not_wrapped() {
        assert!(budget(u64::MAX - 1).charge_pixels(u64::MAX, 4, "a").is_err());
    }

    #[test]
    fn a_reply_may_be_as_long_as_the_limit() {
        let budget = Budget::new(Limits { max_reply: 10, ..Limits::DEFAULT });
        assert_eq!((budget.check_reply(9), budget.check_reply(10)), (Ok(()), Ok(())));
        assert_eq!(budget.check_reply(11), Err(Error::ReplySize { needed: 11, limit: 10 }));
    }

    #[test]
    fn work_may_be_as_much_as_is_allowed_and_too_much_stays_too_much() {
        let budget = budget(100);
        budget.allow_work(Format::Jpeg, 0, 0);
        assert_eq!(budget.work(4095), Ok(()));
        assert_eq!((budget.work(1), budget.work_done()), (Ok(()), 4096));
        let refused = Err(Error::Work { format: Format::Jpeg, allowed: 4096 });
        assert_eq!((budget.work(1), budget.check_work()), (refused.clone(), refused.clone()));
        assert_eq!((budget.work(u64::MAX), budget.work(0)), (refused.clone(), refused));
    }

    #[test]
    fn shrinking_returns_the_rest_and_growing_does_nothing() {
        let budget = budget(100);
        let mut charge = budget.charge(80, "a").unwrap();
        charge.shrink_to(30);
        assert_eq!(budget.left(), 70);
        charge.shrink_to(90);
        assert_eq!(budget.left(), 70);
    }
}
