//! The instances that a plugin has of one program: those that run, and those that wait for a call.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use thumbox_protocol::{Code, HostLimits};

use super::clock::{Running, Ticks};
use super::guest::{Guest, Limits};
use super::program::{Compiled, Program};
use crate::error::{Error, Result};
use crate::options::{Isolation, SandboxOptions};
use crate::slots::Slot;
use crate::stats::Counter;

/// What is the same for all instances of a plugin.
pub(super) struct Common {
    pub(super) options: SandboxOptions,
    pub(super) limits: Limits,
    pub(super) config: String,
    pub(super) counter: Counter,
}

/// A call, which may run in several instances, one after the other.
#[derive(Default)]
pub(super) struct Call {
    pub(super) deadline: Option<Instant>,
    /// Bytes of the largest of its instances so far.
    pub(super) memory: u64,
}

/// A plugin's instances of one program.
pub(super) struct Instances {
    // First, so that what is idle gives its slots back while the program is there.
    idle: Mutex<Vec<Guest>>,
    program: Program,
    ticks: Ticks,
}

impl Instances {
    pub(super) fn new(program: &Program) -> Self {
        Self {
            idle: Mutex::new(Vec::new()),
            program: program.clone(),
            ticks: program.0.clock.ticks(),
        }
    }

    pub(super) fn program(&self) -> &Program {
        &self.program
    }

    /// Instances that wait for a call.
    pub(super) fn waiting(&self) -> usize {
        self.idle().len()
    }

    /// A slot, for which this waits at the most `max_wait`.
    pub(super) fn slot(&self, common: &Common) -> Result<Slot<'_>> {
        self.program.0.slots.take(common.options.common.max_wait)
    }

    /// From now on a deadline is kept, until the result is dropped.
    pub(super) fn ticking(&self) -> Result<Running<'_>> {
        self.ticks.run().map_err(|error| {
            let message = format!("the thread for deadlines cannot be started: {error}");
            Error::new(Code::InitFailed, message)
        })
    }

    /// Starts an instance, so that what does not work is known.
    pub(super) fn try_out(&self, common: &Common, call: &Call) -> Result<()> {
        let guest = self.make(self.program.0.compiled()?, common, call)?;
        self.put_back(guest, common);
        Ok(())
    }

    /// Runs a part of a call that has a slot here.
    pub(super) fn run<T>(
        &self,
        common: &Common,
        call: &mut Call,
        work: impl FnOnce(&mut Guest) -> Result<T>,
    ) -> Result<T> {
        let mut guest = self.take(common, call)?;
        let outcome = work(&mut guest);
        call.memory = call.memory.max(guest.memory());
        self.put_back(guest, common);
        outcome
    }

    /// An instance for a call that begins now.
    fn take(&self, common: &Common, call: &Call) -> Result<Guest> {
        let compiled = self.program.0.compiled()?;
        if common.options.isolation == Isolation::Pool
            && let Some(mut guest) = self.pop()
            // Else it ends by signals that are somebody else's now, or by checks that are not needed any more.
            && guest.ending() == compiled.ending
        {
            guest.arm(call.deadline);
            return Ok(guest);
        }
        self.make(compiled, common, call)
    }

    /// An instance that waits for a call.
    fn pop(&self) -> Option<Guest> {
        let guest = self.idle().pop()?;
        self.program.0.idle.fetch_sub(1, SeqCst);
        Some(guest)
    }

    fn make(&self, compiled: &Compiled, common: &Common, call: &Call) -> Result<Guest> {
        common.counter.made_instance();
        let mut guest = Guest::new(compiled, common.limits, call.deadline)?;
        if !common.config.is_empty() {
            guest.configure(&common.config)?;
        }
        Ok(guest)
    }

    /// For the next call, if it may be kept; else its slot is free when this returns.
    fn put_back(&self, guest: Guest, common: &Common) {
        let keep = common.options.isolation == Isolation::Pool
            && guest.is_alive()
            && guest.memory() <= HostLimits::DEFAULT.keep_memory
            && self.program.0.may_idle();
        if keep {
            self.idle().push(guest);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Guest>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Instances {
    fn drop(&mut self) {
        let guests = std::mem::take(&mut *self.idle());
        let count = u32::try_from(guests.len()).unwrap_or_default();
        drop(guests);
        self.program.0.idle.fetch_sub(count, SeqCst);
    }
}
