//! Waiting in a Python thread: without the GIL, up to a time, and so that Ctrl-C ends it.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::forks::check;

/// How long the main thread waits before it looks for a signal.
const LOOK: Duration = Duration::from_millis(20);

/// Whether the interpreter is about to end: then a thread that has waited may not come back to it.
static ENDING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this is Python's main thread, which alone sees signals; None until it was asked.
    static IS_MAIN: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Lets no thread that waits come back to the interpreter, which is about to end.
#[pyfunction]
pub(crate) fn end() {
    ENDING.store(true, Ordering::SeqCst);
}

/// Locks; a thread that panicked has left nothing half done, since none of ours calls out under a lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time at which `timeout` seconds are over; None for no limit.
pub(crate) fn deadline(timeout: Option<f64>) -> PyResult<Option<Instant>> {
    let Some(seconds) = timeout else { return Ok(None) };
    if seconds.is_nan() || seconds < 0.0 {
        let text = format!("timeout is {seconds}; 0 seconds or more, or None, is allowed");
        return Err(PyValueError::new_err(text));
    }
    // A time that no clock reaches is no limit.
    let duration = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    Ok(Instant::now().checked_add(duration))
}

/// Waits until `look` finds something under the lock, which `changed` tells of; None after the deadline.
///
/// # Errors
/// What a signal handler of Python's has raised, such as `KeyboardInterrupt`.
pub(crate) fn wait_for<S: Send, T: Send>(
    py: Python<'_>,
    (state, changed): (&Mutex<S>, &Condvar),
    end: Option<Instant>,
    mut look: impl FnMut(&mut S) -> Option<T> + Send,
) -> PyResult<Option<T>> {
    check()?;
    if let Some(found) = look(&mut lock(state)) {
        return Ok(Some(found));
    }
    let is_main = is_main(py)?;
    loop {
        let found = py.detach(|| {
            let found = wait_once((state, changed), end, is_main, &mut look);
            // Python ends a thread that comes back to it now, by force and through our frames.
            while !is_main && ENDING.load(Ordering::SeqCst) {
                std::thread::park();
            }
            found
        });
        // What was found would be lost if a signal's handler raised an exception here.
        if found.is_some() {
            return Ok(found);
        }
        py.check_signals()?;
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(None);
        }
    }
}

/// Waits until it is found, the time is over, or it is time to look for a signal.
fn wait_once<S, T>(
    (state, changed): (&Mutex<S>, &Condvar),
    end: Option<Instant>,
    is_main: bool,
    look: &mut impl FnMut(&mut S) -> Option<T>,
) -> Option<T> {
    let first = is_main.then(|| Instant::now() + LOOK);
    let mut state = lock(state);
    loop {
        if let Some(found) = look(&mut state) {
            return Some(found);
        }
        let until = match (first, end) {
            (Some(first), Some(end)) => Some(first.min(end)),
            (first, end) => first.or(end),
        };
        state = match until {
            None => changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(until) => {
                let left =
                    until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
                changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            }
        };
    }
}

fn is_main(py: Python<'_>) -> PyResult<bool> {
    if let Some(known) = IS_MAIN.get() {
        return Ok(known);
    }
    let threading = py.import("threading")?;
    let is_main =
        threading.call_method0("current_thread")?.is(&threading.call_method0("main_thread")?);
    IS_MAIN.set(Some(is_main));
    Ok(is_main)
}
