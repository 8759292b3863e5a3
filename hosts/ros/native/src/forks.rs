//! What a fork leaves in the child: sessions whose threads are not there. They are refused, and never closed.

use std::ops::{Deref, DerefMut};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::waiting::lock;

/// Whether a session was opened in this process or in one that it was forked from.
static WAS_OPENED: AtomicBool = AtomicBool::new(false);
/// Whether this process was forked from one with a session.
static IS_CHILD: AtomicBool = AtomicBool::new(false);

/// Takes note of a fork. Called in the child.
#[pyfunction]
pub(crate) fn forked() {
    if WAS_OPENED.load(Ordering::SeqCst) {
        IS_CHILD.store(true, Ordering::SeqCst);
    }
}

/// Takes note of a session that is opened.
///
/// # Errors
/// RuntimeError in a forked child: see [`check`].
pub(crate) fn opened() -> PyResult<()> {
    check()?;
    WAS_OPENED.store(true, Ordering::SeqCst);
    Ok(())
}

/// Whether this process was forked from one with a session.
pub(crate) fn is_child() -> bool {
    IS_CHILD.load(Ordering::Relaxed)
}

/// Refuses to use Zenoh where its threads are missing.
pub(crate) fn check() -> PyResult<()> {
    if is_child() {
        return Err(PyRuntimeError::new_err(
            "this process was forked from one that had a Zenoh session, whose threads a fork does not copy; start it \
             anew instead (multiprocessing's \"spawn\", or subprocess)",
        ));
    }
    Ok(())
}

/// Something of Zenoh's, or None. It is not dropped in a forked child: that would wait for a thread that is not there, or
/// give back shared memory that the parent still has.
pub(crate) struct Local<T>(Option<T>);

impl<T> Local<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Some(value))
    }

    pub(crate) fn of(value: Option<T>) -> Self {
        Self(value)
    }
}

impl<T> Deref for Local<T> {
    type Target = Option<T>;

    fn deref(&self) -> &Option<T> {
        &self.0
    }
}

impl<T> DerefMut for Local<T> {
    fn deref_mut(&mut self) -> &mut Option<T> {
        &mut self.0
    }
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        if is_child() {
            std::mem::forget(self.0.take());
        }
    }
}

/// Takes what is to be ended; None if that was done before, or in a forked child, where it belongs to the parent.
pub(crate) fn taken<T>(open: &Mutex<Local<T>>) -> Option<T> {
    if is_child() { None } else { lock(open).take() }
}
