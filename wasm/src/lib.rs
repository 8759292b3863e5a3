//! The WebAssembly builds: glue between the core and the ways in which hosts call WebAssembly.
//!
//! Each build is a feature; `cargo xtask build` makes them. With none there is nothing here.

#[cfg(feature = "component")]
mod answer;
#[cfg(feature = "browser")]
mod browser;
#[cfg(feature = "component")]
mod component;
#[cfg(feature = "component")]
mod last_reply;
#[cfg(any(feature = "browser", feature = "component"))]
mod memory;
#[cfg(any(feature = "browser", feature = "component"))]
mod panic_text;
#[cfg(feature = "component")]
mod short_call;

#[cfg(any(feature = "browser", feature = "component"))]
#[global_allocator]
static ALLOCATOR: memory::Allocator = memory::Allocator::new();
