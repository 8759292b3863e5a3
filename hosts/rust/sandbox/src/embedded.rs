//! The components that are in this library, and the programs that were made of them.
#![allow(unsafe_code, reason = "what was compiled for this library runs as it is")]

use std::sync::{Mutex, PoisonError};

use thumbox_host::{Error, Program, SandboxOptions};

/// Compiled when this library was built; empty where nothing was given to the build.
static CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/component"));

/// Further components, likewise: for AVIF and for HEIC.
static FURTHER: [&[u8]; 2] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/avif")),
    include_bytes!(concat!(env!("OUT_DIR"), "/heic")),
];

/// Programs that are kept for the next plugin with the same limits.
const KEPT: usize = 4;

static PROGRAMS: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

struct Kept {
    memory_limit: u64,
    max_concurrent: u32,
    programs: Programs,
}

/// What a plugin is made of.
#[derive(Clone)]
pub(crate) struct Programs {
    pub(crate) base: Program,
    /// Loaded when the first image needs them.
    pub(crate) further: Vec<Program>,
}

/// The programs for a plugin's limits. Plugins with the same ones share them, and their slots.
pub(crate) fn programs(options: &SandboxOptions) -> Result<Programs, Error> {
    let (memory_limit, max_concurrent) = (options.memory_limit, options.common.max_concurrent);
    let mut kept = PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner);
    let same =
        |kept: &Kept| kept.memory_limit == memory_limit && kept.max_concurrent == max_concurrent;
    if let Some(place) = kept.iter().position(same) {
        let found = kept.remove(place);
        let programs = found.programs.clone();
        kept.push(found);
        return Ok(programs);
    }
    let code = there(CODE)?;
    // SAFETY: the bytes are read-only data of this library, which whoever loads it vouches for, and the build made
    // them by `precompile`.
    let base = unsafe { Program::precompiled(code, options) }?;
    let further = FURTHER.into_iter().filter(|code| !code.is_empty());
    // SAFETY: as above.
    let lazy = |code| unsafe { Program::precompiled_lazily(code, options) };
    let programs = Programs { base, further: further.map(lazy).collect::<Result<_, _>>()? };
    if kept.len() >= KEPT {
        kept.remove(0);
    }
    kept.push(Kept { memory_limit, max_concurrent, programs: programs.clone() });
    Ok(programs)
}

fn there(code: &[u8]) -> Result<&[u8], Error> {
    if code.is_empty() {
        return Err(Error::not_initialised(
            "this library was built without a component; `cargo xtask build --sandbox` makes one that has it",
        ));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_without_a_component_says_so() {
        let error = there(b"").unwrap_err();
        assert_eq!(error.code(), 2);
        assert!(error.message().contains("cargo xtask build --sandbox"), "{error}");
    }
}
