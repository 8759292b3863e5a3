//! Puts the compiled component where the library takes it from; `cargo xtask` makes it, and `THUMBOX_COMPILED` names it.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-env-changed=THUMBOX_COMPILED");
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        // Wasmtime's signal handlers stay in the process, and so must their code.
        println!("cargo:rustc-link-arg-cdylib=-Wl,-z,nodelete");
    }
    let code = match env::var_os("THUMBOX_COMPILED") {
        Some(path) => {
            let path = PathBuf::from(path);
            println!("cargo:rerun-if-changed={}", path.display());
            let named = |error| io::Error::other(format!("{}: {error}", path.display()));
            fs::read(&path).map_err(named)?
        }
        // The library then says at its start what it lacks.
        None => Vec::new(),
    };
    let folder = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("no OUT_DIR"))?;
    fs::write(PathBuf::from(folder).join("component"), code)
}
