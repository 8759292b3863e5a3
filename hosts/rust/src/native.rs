//! The native variant: the C ABI of `libthumbox` in this process.

use std::ffi::OsStr;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use thumbox_protocol::Code;

use crate::error::{End, Error, Result};
use crate::ffi;
use crate::options::Options;
use crate::plugin::{Plugin, check_length};
use crate::reply::Reply;
use crate::slots::Slots;
use crate::stats::{Counter, Stats};

/// The plugin in this process: fast, and only for images that you made yourself.
pub struct NativePlugin {
    instance: Arc<ffi::Instance>,
    options: Options,
    slots: Slots,
    counter: Counter,
}

impl NativePlugin {
    /// Loads the library and starts a plugin of it.
    ///
    /// ```no_run
    /// use thumbox_host::{NativePlugin, Options, Plugin, Target};
    ///
    /// // SAFETY: the file is the library that `cargo xtask build` has made.
    /// let plugin = unsafe { NativePlugin::load("target/artifacts/libthumbox.so", &Options::default()) }?;
    /// let thumb = plugin.thumbnail(&std::fs::read("holiday.jpg")?, &Target::new(256, 256))?;
    /// std::fs::write("thumb.jpg", thumb.data())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Safety
    /// The file is a library that has the C ABI of `thumbox.h`, such as `libthumbox` or the sandbox library; loading
    /// it runs its code.
    ///
    /// # Errors
    /// Code 4 for an option out of its range; code 2 for a file that is no such library or does not start.
    #[allow(unsafe_code, reason = "it passes the caller's promise on")]
    pub unsafe fn load(file: impl AsRef<OsStr>, options: &Options) -> Result<Self> {
        options.check()?;
        // Calls wait here for their turn, and the library need not count them again. Its log is for `Error` only.
        let config =
            options.config(&[("log_level", "error".into()), ("max_concurrent_ops", 0.into())]);
        // SAFETY: this function's own contract.
        let instance = unsafe { ffi::Instance::start(file.as_ref(), &config) }?;
        let counter = Counter::default();
        counter.made_instance();
        Ok(Self {
            instance: Arc::new(instance),
            options: options.clone(),
            slots: Slots::new(options.max_concurrent),
            counter,
        })
    }

    fn run<T>(&self, total: u64, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let slot = check_length(total, self.options.max_request)
            .and_then(|()| self.slots.take(self.options.max_wait))
            .inspect_err(|_| self.counter.rejected())?;
        let outcome = work().map_err(|error| {
            if error.code() == Code::Internal.number() {
                Error::ended(End::Trap, Code::Internal, error.message())
            } else {
                error
            }
        });
        self.counter.ran(&outcome, 0);
        drop(slot);
        outcome
    }
}

/// rustbridge's reply to a JSON request: a `status` and a `payload`, or the error's two fields.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    payload: Option<&'a serde_json::value::RawValue>,
    error_code: Option<u32>,
    error_message: Option<String>,
}

impl Plugin for NativePlugin {
    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Reply> {
        let total = parts.iter().map(|part| part.len() as u64).sum();
        self.run(total, || Ok(Reply::native(self.instance.call(message_id, parts)?)))
    }

    fn call_json(&self, tag: &str, request: &str) -> Result<String> {
        self.run(request.len() as u64, || {
            let reply = self.instance.call_json(tag, request)?;
            match serde_json::from_slice(&reply) {
                Ok(Envelope { error_code: Some(code), error_message, .. }) => {
                    Err(Error::said(code, error_message.unwrap_or_default()))
                }
                Ok(Envelope { payload: Some(payload), .. }) => Ok(payload.get().to_owned()),
                _ => Err(Error::new(Code::Bug, "the plugin's reply is not a JSON envelope")),
            }
        })
    }

    fn stats(&self) -> Stats {
        self.counter.stats(self.slots.counts(), 1)
    }
}

impl fmt::Debug for NativePlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativePlugin").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
