//! rustbridge 1.0's C ABI, and one symbol of ours, for any library that answers bytes with bytes.
//!
//! What answers is a [`Plugin`]; [`export!`] gives a cdylib the symbols for it. The native library and the
//! sandbox library are this crate with another plugin behind it, so a host changes one for the other by
//! changing a file name.
//!
//! ```text
//! host -> export (the symbols) -> border (pointers become slices, panics become code 11)
//!           -> registry (handle -> instance, or code 1)
//!                -> instance (state, calls at once, log) -> a plugin
//!           <- reply (bytes or failure become a buffer that the host frees)
//! ```
//!
//! No threads, no runtime, and no globals but a registry: a host that never calls pays for nothing.

// A border that catches panics needs panics that unwind.
#[cfg(not(panic = "unwind"))]
compile_error!("thumbox-abi needs panic = \"unwind\": it answers panics with code 11");

pub mod border;
mod export;
mod failure;
mod instance;
mod log;
mod registry;
mod types;

pub use failure::Failure;
pub use registry::Registry;
pub use types::{FfiBuffer, LogCallback, RbResponse, ThumboxPart};

use thumbox_core::{Config, LogLevel};

/// What a library does behind the ABI. Calls come from any thread, several at once.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// The name and version in the log.
    const NAME: &'static str;

    /// Starts with a configuration, which is empty where the host gave none.
    ///
    /// # Errors
    /// Code 4 for a configuration that is wrong, another for what cannot start; the log gets the message.
    fn start(config_json: &[u8]) -> Result<(Self, Settings), Failure>;

    /// Answers a binary request, whose parts are read as one.
    ///
    /// # Errors
    /// Whatever the message says. Code 13 is counted as a call that was rejected.
    fn call(&self, message_id: u32, parts: &[&[u8]]) -> Result<Vec<u8>, Failure>;

    /// Answers a JSON request with JSON.
    ///
    /// # Errors
    /// As [`Plugin::call`].
    fn call_json(&self, tag: &str, request: &str) -> Result<String, Failure>;
}

/// What of a configuration the ABI itself obeys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The least severe level that is passed on.
    pub log_level: LogLevel,
    /// Calls at once; `None` = unlimited.
    pub max_concurrent_ops: Option<u64>,
    /// How long a shutdown waits for running calls, in milliseconds.
    pub shutdown_timeout_ms: u64,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self {
            log_level: config.log_level,
            max_concurrent_ops: config.max_concurrent_ops,
            shutdown_timeout_ms: config.shutdown_timeout_ms,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::from(&Config::default())
    }
}
