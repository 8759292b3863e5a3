//! Puts the compiled components where the library takes them from; `cargo xtask` makes them, and variables name them.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Variables, and the files that the library has of what they name.
const CODES: [(&str, &str); 3] = [
    ("THUMBOX_COMPILED", "component"),
    ("THUMBOX_COMPILED_AVIF", "avif"),
    ("THUMBOX_COMPILED_HEIC", "heic"),
];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    // The number is that of native/build.rs: both libraries have the same symbols.
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => {
            println!("cargo:rustc-link-arg-cdylib=-Wl,-soname,libthumbox_sandbox.so.0");
            // Wasmtime's signal handlers stay in the process, and so must their code.
            println!("cargo:rustc-link-arg-cdylib=-Wl,-z,nodelete");
        }
        Ok("macos") => {
            println!(
                "cargo:rustc-link-arg-cdylib=-Wl,-install_name,@rpath/libthumbox_sandbox.0.dylib"
            );
        }
        _ => {}
    }
    let folder = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("no OUT_DIR"))?;
    for (variable, name) in CODES {
        println!("cargo:rerun-if-env-changed={variable}");
        // Without the first the library says at its start what it lacks; without another it does not read that format.
        let code = env::var_os(variable).map(PathBuf::from).map(read).transpose()?;
        fs::write(Path::new(&folder).join(name), code.unwrap_or_default())?;
    }
    Ok(())
}

fn read(path: PathBuf) -> io::Result<Vec<u8>> {
    println!("cargo:rerun-if-changed={}", path.display());
    fs::read(&path).map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
}
