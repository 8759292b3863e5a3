//! Compiling a component ahead of its use.
#![allow(
    unsafe_code,
    reason = "a processor that lacks an instruction must not run code that has it; Wasmtime refuses it there"
)]

use thumbox_protocol::Code;

use super::code::joined;
use super::engine::{Ending, config};
use crate::error::{Error, Result};

/// Compiles a component for a later [`Program::precompiled`](crate::Program::precompiled), which takes some milliseconds instead of a second.
///
/// It is code for processes in which Wasmtime's signal handlers are in place, and code for others.
///
/// `level` names the oldest processor that the code is to run on: [`Level::This`] for the one of this machine.
///
/// # Errors
/// Code 2 for what is no component.
pub fn precompile(component: &[u8], level: Level) -> Result<Vec<u8>> {
    let [signals, checks] = Ending::ALL.map(|ending| compiled(component, level, ending));
    Ok(joined(&[signals?, checks?]))
}

fn compiled(component: &[u8], level: Level, ending: Ending) -> Result<Vec<u8>> {
    let mut config = config(ending);
    if let (Level::X86_64V3, true) = (level, cfg!(target_arch = "x86_64")) {
        // With a target of its own, Wasmtime takes nothing for granted that this machine happens to have.
        config.target(&target()).map_err(cannot_be_compiled)?;
        for feature in X86_64_V3 {
            // SAFETY: code with these instructions is loaded only where they are: wasmtime checks that.
            unsafe { config.cranelift_flag_enable(feature) };
        }
    }
    let engine = wasmtime::Engine::new(&config).map_err(cannot_be_compiled)?;
    engine.precompile_component(component).map_err(cannot_be_compiled)
}

/// The oldest processor that compiled code runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// This machine's: the fastest, and refused by others that lack an instruction.
    This,
    /// On x86-64 those since about 2013 (x86-64-v3, with AVX2, BMI2 and FMA); elsewhere as `This`.
    X86_64V3,
}

/// Cranelift's names for x86-64-v3.
const X86_64_V3: [&str; 11] = [
    "has_sse3",
    "has_ssse3",
    "has_sse41",
    "has_sse42",
    "has_popcnt",
    "has_avx",
    "has_avx2",
    "has_fma",
    "has_bmi1",
    "has_bmi2",
    "has_lzcnt",
];

fn target() -> String {
    let vendor_and_system = match std::env::consts::OS {
        "linux" => "unknown-linux-gnu",
        "macos" => "apple-darwin",
        "windows" => "pc-windows-msvc",
        other => other,
    };
    format!("x86_64-{vendor_and_system}")
}

fn cannot_be_compiled(error: wasmtime::Error) -> Error {
    Error::new(Code::InitFailed, format!("the component cannot be compiled: {error:#}"))
}
