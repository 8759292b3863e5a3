//! Components that were compiled before. Their code runs as it is: this module's `unsafe` is that promise.
#![allow(
    unsafe_code,
    reason = "machine code cannot be checked, so whoever loads it vouches for it"
)]

use wasmtime::Engine;
use wasmtime::component::Component;

use super::engine::Ending;

/// Of code that `Program::precompiled` was given, the part for this engine.
pub(super) fn load(engine: &Engine, code: &[u8], ending: Ending) -> wasmtime::Result<Component> {
    let Some(code) = part(code, ending) else {
        return Err(wasmtime::Error::msg("it is not what `precompile` of this release makes"));
    };
    // SAFETY: the contract of `Program::precompiled`, where it comes from.
    unsafe { Component::deserialize(engine, code) }
}

/// Code for both ways to end a guest as one piece: the length of the first in eight bytes, the first, the second.
#[cfg(feature = "compiler")]
pub(super) fn joined([signals, checks]: &[Vec<u8>; 2]) -> Vec<u8> {
    [&(signals.len() as u64).to_le_bytes(), signals.as_slice(), checks].concat()
}

fn part(code: &[u8], ending: Ending) -> Option<&[u8]> {
    let (length, code) = code.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (signals, checks) = code.split_at_checked(length)?;
    Some(match ending {
        Ending::Signals => signals,
        Ending::Checks => checks,
    })
}
