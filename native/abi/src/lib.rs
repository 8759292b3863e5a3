//! rustbridge 1.0's C ABI, and one symbol of ours, for any library that answers bytes with bytes.
//!
//! What answers is a [`Plugin`]; [`export!`] gives a cdylib the symbols for it. The native library and the
//! sandbox library are this crate with another plugin behind it, so a host changes one for the other by
//! changing a file name.
//!
//! ```text
//! host -> export (the symbols) -> boundary (pointers become slices, panics become code 11)
//!           -> registry (handle -> instance, or code 1)
//!                -> instance (state, calls at once, log) -> a plugin
//!           <- reply (bytes or failure become a buffer that the host frees)
//! ```
//!
//! No threads, no runtime, and no globals but a registry: a host that never calls pays for nothing.

// A boundary that catches panics needs panics that unwind.
#[cfg(not(panic = "unwind"))]
compile_error!("thumbox-abi needs panic = \"unwind\": it answers panics with code 11");

pub mod boundary;
mod callback;
mod export;
mod failure;
mod instance;
mod log;
mod plugin;
mod registry;
mod types;

pub use failure::Failure;
pub use plugin::{Plugin, Settings};
pub use registry::Registry;
pub use types::{FfiBuffer, LogCallback, RbResponse, ThumboxPart};

pub use thumbox_protocol::{Code, LogLevel};
