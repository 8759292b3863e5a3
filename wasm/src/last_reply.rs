//! The reply of a short call, which lives until the next call of any kind.

use std::cell::Cell;

thread_local!(static LAST: Cell<Vec<u8>> = const { Cell::new(Vec::new()) });

/// Keeps a reply where it is.
pub(crate) fn keep(reply: Vec<u8>) {
    LAST.set(reply);
}

/// Lets go of the last reply: every entry does so first.
pub(crate) fn free() {
    drop(LAST.take());
}
