//! Components that were compiled before. Their code runs as it is: this module's `unsafe` is that promise.
#![allow(
    unsafe_code,
    reason = "machine code cannot be checked, so whoever loads it vouches for it"
)]

use wasmtime::component::Component;

use super::program::{Program, cannot_be_loaded, engine};
use crate::error::Result;
use crate::options::SandboxOptions;

impl Program {
    /// Loads what `precompile` has made, by this release on this kind of machine.
    ///
    /// # Safety
    /// `code` came from `precompile`, and nobody else could change it since: it is machine code, and runs as it is.
    ///
    /// # Errors
    /// As [`Program::compile`](Self::compile), and code 2 for code of another release, or of a processor with
    /// instructions that this one lacks.
    pub unsafe fn precompiled(code: &[u8], options: &SandboxOptions) -> Result<Self> {
        let engine = engine(options)?;
        // SAFETY: this function's own contract.
        let component =
            unsafe { Component::deserialize(&engine, code) }.map_err(cannot_be_loaded)?;
        Self::new(engine, &component, options)
    }
}
