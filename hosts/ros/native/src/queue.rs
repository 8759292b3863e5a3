//! The bounded queue between Zenoh's threads and the readers: the oldest item is dropped first (keep last).

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};

use pyo3::prelude::*;

use crate::callbacks::post;
use crate::waiting::{deadline, lock, wait_for};

/// Payload bytes that may wait in one queue, where nothing else is said.
pub(crate) const MOST_BYTES: usize = 256 << 20;

/// Holds the last `depth` items, and so many bytes of payload, but any one item alone.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    depth: usize,
    most_bytes: usize,
}

struct State<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    received: u64,
    dropped: u64,
    /// No more items are accepted; readers get what is left.
    is_ending: bool,
    /// Called once each, at the next arrival or at the end.
    waiters: Vec<Py<PyAny>>,
    /// Called for each item that displaced no other.
    on_arrival: Option<Arc<Py<PyAny>>>,
}

impl<T: Send + 'static> Queue<T> {
    /// An empty queue for `depth` items, at least 1, and `most_bytes` of payload.
    pub(crate) fn new(depth: usize, most_bytes: usize) -> Self {
        let state = State {
            items: VecDeque::new(),
            bytes: 0,
            received: 0,
            dropped: 0,
            is_ending: false,
            waiters: Vec::new(),
            on_arrival: None,
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), depth, most_bytes }
    }

    /// Adds an item of `size` bytes of payload; drops the oldest ones for which there is no room then, and counts them.
    pub(crate) fn put(&self, item: T, size: usize) {
        let mut dropped = Vec::new();
        let mut state = lock(&self.state);
        if state.is_ending {
            return;
        }
        state.received += 1;
        state.push(item, size);
        while state.items.len() > 1
            && (state.items.len() > self.depth || state.bytes > self.most_bytes)
        {
            dropped.extend(state.pop());
        }
        state.dropped += dropped.len() as u64;
        state.tell(dropped.is_empty());
        // Not under the lock, for which the reader that is woken would wait again. What frees the memory of those that were
        // dropped may take its time, too.
        drop(state);
        self.changed.notify_one();
    }

    /// Adds an item if there is room for it; gives it back if not.
    pub(crate) fn offer(&self, item: T, size: usize) -> Option<T> {
        let mut state = lock(&self.state);
        let is_full = state.items.len() >= self.depth
            || (!state.items.is_empty() && state.bytes + size > self.most_bytes);
        if state.is_ending || is_full {
            return Some(item);
        }
        state.received += 1;
        state.push(item, size);
        state.tell(true);
        drop(state);
        self.changed.notify_one();
        None
    }

    /// The oldest item; None if none came within `timeout` seconds (None: no limit), or after the end.
    pub(crate) fn take(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<T>> {
        let found = wait_for(py, (&self.state, &self.changed), deadline(timeout)?, |state| {
            match state.pop() {
                Some(item) => Some(Some(item)),
                None if state.is_ending => Some(None),
                None => None,
            }
        })?;
        Ok(found.flatten())
    }

    /// Has `call` called once, when an item is there or none can come; at once, if that is so now.
    pub(crate) fn when_ready(&self, call: Py<PyAny>) {
        let mut state = lock(&self.state);
        if state.items.is_empty() && !state.is_ending {
            state.waiters.push(call);
        } else {
            tell_once(vec![call]);
        }
    }

    /// Forgets what waits by `when_ready`.
    pub(crate) fn forget(&self, call: &Bound<'_, PyAny>) {
        lock(&self.state).waiters.retain(|one| !one.is(call));
    }

    /// Has `call` called for each item that displaces no other.
    pub(crate) fn set_on_arrival(&self, call: Py<PyAny>) {
        let before = lock(&self.state).on_arrival.replace(Arc::new(call));
        // Not under the lock, since its destructor may ask for counts.
        drop(before);
    }

    /// Accepts no more items; readers get what is left.
    pub(crate) fn close_when_empty(&self) {
        let mut state = lock(&self.state);
        state.is_ending = true;
        let call = state.on_arrival.take();
        tell_once(std::mem::take(&mut state.waiters));
        drop(state);
        drop(call);
        self.changed.notify_all();
    }

    /// Accepts no more items, and discards what is left.
    pub(crate) fn close(&self) {
        self.close_when_empty();
        let left = {
            let mut state = lock(&self.state);
            state.bytes = 0;
            std::mem::take(&mut state.items)
        };
        drop(left);
    }

    /// Items that wait, that have arrived, and that were dropped.
    pub(crate) fn counts(&self) -> (usize, u64, u64) {
        let state = lock(&self.state);
        (state.items.len(), state.received, state.dropped)
    }
}

impl<T> State<T> {
    /// Tells Python of an arrival.
    fn tell(&mut self, displaced_none: bool) {
        if !self.waiters.is_empty() {
            tell_once(std::mem::take(&mut self.waiters));
        }
        if let (Some(call), true) = (&self.on_arrival, displaced_none) {
            let call = Arc::clone(call);
            post(move |py| call.call0(py).map(drop));
        }
    }

    fn push(&mut self, item: T, size: usize) {
        self.bytes += size;
        self.items.push_back((item, size));
    }

    fn pop(&mut self) -> Option<T> {
        let (item, size) = self.items.pop_front()?;
        self.bytes -= size;
        Some(item)
    }
}

fn tell_once(waiters: Vec<Py<PyAny>>) {
    for call in waiters {
        post(move |py| call.call0(py).map(drop));
    }
}
