//! The WebAssembly builds.
