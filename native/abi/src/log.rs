//! An instance's log: a level, and a host's callback until the instance is closed.
//!
//! No lock is held while the callback runs, so it may call the plugin. Closing waits for the callbacks of
//! other threads to return, because a host frees what its callback uses as soon as its shutdown returns.

use std::cell::Cell;
use std::ffi::CStr;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use thumbox_protocol::LogLevel;

use crate::callback::Callback;

/// Where a message comes from: from inside a counted call, or from beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Call,
    Lifecycle,
}

pub(crate) struct Log {
    target: &'static CStr,
    level: AtomicU8,
    sink: Mutex<Sink>,
    returned: Condvar,
}

struct Sink {
    callback: Option<Callback>,
    running: Vec<Running>,
}

/// A callback that has not returned.
struct Running {
    thread: usize,
    origin: Origin,
}

impl Log {
    pub(crate) const fn new(target: &'static CStr) -> Self {
        let sink = Sink { callback: None, running: Vec::new() };
        Self {
            target,
            level: AtomicU8::new(LogLevel::Info as u8),
            sink: Mutex::new(sink),
            returned: Condvar::new(),
        }
    }

    pub(crate) fn open(&self, callback: Option<Callback>) {
        self.sink().callback = callback;
    }

    /// The least severe level that is passed on, by its number; every number above 4 means none.
    pub(crate) fn set_level(&self, level: u8) {
        self.level.store(level, Ordering::Relaxed);
    }

    pub(crate) fn enabled(&self, level: LogLevel) -> bool {
        level as u8 >= self.level.load(Ordering::Relaxed)
    }

    /// Passes a message on, if its level is enabled and the log is open.
    pub(crate) fn emit(&self, level: LogLevel, origin: Origin, message: fmt::Arguments<'_>) {
        if !self.enabled(level) {
            return;
        }
        let Some((callback, _running)) = self.begin(origin) else { return };
        callback.send(level as u8, self.target, &message.to_string());
    }

    /// Calls whose callback is waiting for this very thread: they cannot end before it does.
    pub(crate) fn calls_under_this_thread(&self) -> u64 {
        let here = thread();
        let ours = |running: &&Running| running.thread == here && running.origin == Origin::Call;
        self.sink().running.iter().filter(ours).count() as u64
    }

    /// Ends the log: when this returns, no callback runs but those that this thread itself is in, and
    /// none will.
    pub(crate) fn close(&self) {
        let here = thread();
        let mut sink = self.sink();
        sink.callback = None;
        while sink.running.iter().any(|running| running.thread != here) {
            sink = self.returned.wait(sink).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn begin(&self, origin: Origin) -> Option<(Callback, Return<'_>)> {
        let mut sink = self.sink();
        let callback = sink.callback?;
        sink.running.push(Running { thread: thread(), origin });
        Some((callback, Return { log: self }))
    }

    fn sink(&self) -> MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes that this thread's newest callback has returned.
struct Return<'l> {
    log: &'l Log,
}

impl Drop for Return<'_> {
    fn drop(&mut self) {
        let here = thread();
        let mut sink = self.log.sink();
        if let Some(newest) = sink.running.iter().rposition(|running| running.thread == here) {
            sink.running.remove(newest);
        }
        drop(sink);
        self.log.returned.notify_all();
    }
}

/// A number that no other living thread has. Not `thread::current().id()`: that leaves a destructor in
/// the host's threads, and with it a library that cannot be unloaded.
fn thread() -> usize {
    thread_local!(static HERE: Cell<u8> = const { Cell::new(0) });
    HERE.with(|here| here.as_ptr().addr())
}
