//! What a plugin has done so far.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{End, Error};

/// A plugin's counts since it was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Calls that ran, whatever came of them.
    pub calls: u64,
    /// Of them, those that ended with an error.
    pub errors: u64,
    /// Of these, those whose instance was stopped for a trap, a panic, too much memory, or an answer that was none.
    /// Natively: panics.
    pub traps: u64,
    /// Of the errors, those whose instance was stopped at its deadline. Natively 0.
    pub timeouts: u64,
    /// Calls that were refused before they ran: too long, or too many at once.
    pub rejects: u64,
    /// Calls that run now.
    pub running: u32,
    /// Calls that wait for a slot.
    pub waiting: u32,
    /// Instances that live now, idle or busy. Natively 1.
    pub instances: u64,
    /// Instances that were ever made.
    pub instances_made: u64,
    /// Bytes of the largest sandbox so far. Natively 0: nobody counts.
    pub memory_high_water: u64,
}

/// Counts for [`Stats`]; threads share it.
#[derive(Debug, Default)]
pub(crate) struct Counter(Mutex<Stats>);

impl Counter {
    pub(crate) fn ran<T>(&self, outcome: &Result<T, Error>, memory: u64) {
        let mut stats = self.stats_now();
        stats.calls += 1;
        stats.memory_high_water = stats.memory_high_water.max(memory);
        if let Err(error) = outcome {
            stats.errors += 1;
            stats.traps += u64::from(error.end() == Some(End::Trap));
            stats.timeouts += u64::from(error.end() == Some(End::Timeout));
        }
    }

    pub(crate) fn rejected(&self) {
        self.stats_now().rejects += 1;
    }

    pub(crate) fn made_instance(&self) {
        self.stats_now().instances_made += 1;
    }

    /// All of it at once, with what the caller knows better.
    pub(crate) fn stats(&self, (running, waiting): (u32, u32), instances: u64) -> Stats {
        Stats { running, waiting, instances, ..*self.stats_now() }
    }

    fn stats_now(&self) -> MutexGuard<'_, Stats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
