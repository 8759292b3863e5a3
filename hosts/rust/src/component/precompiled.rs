//! Programs of components that were compiled before.
#![allow(
    unsafe_code,
    reason = "machine code cannot be checked, so whoever loads it vouches for it"
)]

use std::borrow::Cow;

use super::program::{Program, Source};
use crate::error::Result;
use crate::options::SandboxOptions;

impl Program {
    /// Loads what `precompile` has made, by this release on this kind of machine. It stays in memory, as part of the program.
    ///
    /// # Safety
    /// `code` came from `precompile`, and nobody else could change it since: it is machine code, and runs as it is.
    ///
    /// # Errors
    /// As [`Program::compile`](Self::compile), and code 2 for code of another release, or of a processor with
    /// instructions that this one lacks.
    pub unsafe fn precompiled(
        code: impl Into<Cow<'static, [u8]>>,
        options: &SandboxOptions,
    ) -> Result<Self> {
        Self::new(Source::Code(code.into()), options)
    }

    /// The same, loaded when the first call needs it: for [`ComponentPlugin::with_further`](crate::ComponentPlugin::with_further).
    ///
    /// # Safety
    /// As [`Program::precompiled`].
    ///
    /// # Errors
    /// Code 4 for an option out of its range. Calls that need it get the other errors of [`Program::precompiled`].
    pub unsafe fn precompiled_lazily(
        code: impl Into<Cow<'static, [u8]>>,
        options: &SandboxOptions,
    ) -> Result<Self> {
        Self::lazy(Source::Code(code.into()), options)
    }
}
