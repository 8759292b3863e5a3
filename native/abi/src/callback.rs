//! The host's log callback.
#![allow(unsafe_code, reason = "it is a function of the host's")]

use std::ffi::{CStr, c_char};

/// A host's log callback, safe to call: `plugin_init`'s caller has promised that, and [`Log`](crate::log::Log)
/// keeps it to the time that the promise covers.
#[derive(Clone, Copy)]
pub(crate) struct Callback(
    unsafe extern "C" fn(level: u8, target: *const c_char, message: *const u8, len: usize),
);

impl Callback {
    pub(crate) const fn new(
        callback: unsafe extern "C" fn(u8, *const c_char, *const u8, usize),
    ) -> Self {
        Self(callback)
    }

    pub(crate) fn send(self, level: u8, target: &'static CStr, message: &str) {
        // Some hosts read the message as a C string, so there is one NUL, and it is at the end.
        let mut text = message.replace('\0', "\\0");
        let len = text.len();
        text.push('\0');
        // SAFETY: callable by `plugin_init`'s contract; both texts live and end in a NUL until it returns.
        unsafe { (self.0)(level, target.as_ptr(), text.as_ptr(), len) };
    }
}
