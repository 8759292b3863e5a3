//! The native plugin: [`thumbox_core`] behind rustbridge 1.0's C ABI.
//!
//! Every rustbridge host loads this library as it is, and C programs include `thumbox.h`, which is
//! generated from here. One symbol is ours: [`abi::thumbox_call_parts`], so that a header and an image
//! need not be joined.
//!
//! ```text
//! host -> abi (pointers become slices, panics become code 11)
//!           -> registry (handle -> instance, or code 1)
//!                -> instance (state, calls at once, log) -> thumbox_core::call
//!           <- reply (bytes or failure become a buffer that the host frees)
//! ```
//!
//! No threads, no runtime, and no globals but the registry: a host that never calls pays for nothing.

// A border that catches panics needs panics that unwind.
#[cfg(not(panic = "unwind"))]
compile_error!("thumbox-native needs panic = \"unwind\": it answers panics with code 11");

pub mod abi;
mod failure;
mod instance;
mod log;
mod registry;
mod types;
pub mod wire;

pub use types::{FfiBuffer, LogCallback, RbResponse, ThumboxPart};
