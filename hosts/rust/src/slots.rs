//! How many calls run at once, and how the others wait for a slot.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use thumbox_protocol::Code;

use crate::error::{Error, Result};

/// Slots for `most` calls at once.
#[derive(Debug)]
pub(crate) struct Slots {
    most: u32,
    state: Mutex<State>,
    came_free: Condvar,
}

#[derive(Debug)]
struct State {
    taken: u32,
    waiting: u32,
}

/// A slot that a call has until this is dropped.
#[derive(Debug)]
pub(crate) struct Slot<'p>(&'p Slots);

impl Slots {
    pub(crate) fn new(most: u32) -> Self {
        Self { most, state: Mutex::new(State { taken: 0, waiting: 0 }), came_free: Condvar::new() }
    }

    /// A slot, for which this waits `max_wait` at the most; code 13 where none comes free in time.
    pub(crate) fn take(&self, max_wait: Duration) -> Result<Slot<'_>> {
        let mut state = self.state();
        // Who comes now stands after those who wait.
        if state.taken >= self.most || state.waiting > 0 {
            state.waiting += 1;
            (state, _) = self
                .came_free
                .wait_timeout_while(state, max_wait, |state| state.taken >= self.most)
                .unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
            if state.taken >= self.most {
                return Err(Error::new(
                    Code::TooManyRequests,
                    format!(
                        "too many concurrent calls (max_concurrent = {}); no slot freed within max_wait, \
                         {} s; call again later, or raise one of them",
                        self.most,
                        max_wait.as_secs_f64()
                    ),
                ));
            }
        }
        state.taken += 1;
        let more = state.waiting > 0 && state.taken < self.most;
        drop(state);
        if more {
            self.came_free.notify_one();
        }
        Ok(Slot(self))
    }

    /// Calls that run, and calls that wait.
    pub(crate) fn counts(&self) -> (u32, u32) {
        let state = self.state();
        (state.taken, state.waiting)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.taken -= 1;
        let somebody = state.waiting > 0;
        drop(state);
        if somebody {
            self.0.came_free.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn who_waits_too_long_gets_code_13() {
        let slots = Slots::new(1);
        let held = slots.take(LONG).unwrap();
        for wait in [Duration::ZERO, Duration::from_millis(20)] {
            let error = slots.take(wait).unwrap_err();
            assert_eq!(error.code(), 13);
            assert!(error.message().contains("max_concurrent = 1)"), "{error}");
        }
        assert_eq!(slots.counts(), (1, 0));
        drop(held);
        assert!(slots.take(Duration::ZERO).is_ok());
        assert_eq!(slots.counts(), (0, 0));
    }

    #[test]
    fn many_share_few_and_all_get_their_turn() {
        let slots = Slots::new(3);
        thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let _slot = slots.take(LONG).unwrap();
                        assert!(slots.counts().0 <= 3);
                        thread::yield_now();
                    }
                });
            }
        });
        assert_eq!(slots.counts(), (0, 0));
    }
}
