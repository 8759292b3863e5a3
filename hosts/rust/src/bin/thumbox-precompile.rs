//! `thumbox-precompile COMPONENT CODE [x86-64-v3]`: compiles a component for a library that carries it. `cargo xtask` calls it.
//!
//! Without a level the code is for processors such as this one.

use std::error::Error;
use std::ffi::OsString;
use std::fs;

use thumbox_host::{Level, precompile};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (component, code, level) = match arguments.as_slice() {
        [component, code] => (component, code, Level::This),
        [component, code, level] if level == "x86-64-v3" => (component, code, Level::X86_64V3),
        _ => return Err("thumbox-precompile COMPONENT CODE [x86-64-v3]".into()),
    };
    fs::write(code, precompile(&fs::read(component)?, level)?)?;
    Ok(())
}
