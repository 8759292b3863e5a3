//! `wasm-opt` for the browser's module. It comes from npm; without Node the module stays as it is, and we say so.
//!
//! Not for the component's: Wasmtime's code of it came out up to a fifth slower, and the module is only 4 % smaller.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::compile::Face;
use crate::npm;
use crate::project::Project;

/// The features that a module may use, which are those that `rustc` gives it and SIMD; then what to do. The section
/// that names the component's interface is unknown to `wasm-opt` and stays.
const FLAGS: &[&str] = &[
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "-O3",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    // V8's code is slower by half where `wasm-opt` has inlined more than LLVM did.
    "--one-caller-inline-max-function-size=0",
    "--always-inline-max-function-size=0",
];

/// The module of that name, optimised. An unchanged module is not optimised again.
pub(super) fn optimise(project: &Project, name: &str, module: Vec<u8>) -> Result<Vec<u8>> {
    let Some(modules) = npm::modules(project, npm::TOOLS)? else {
        println!(
            "node and npm were not found: the browser's module is built WITHOUT wasm-opt, larger"
        );
        return Ok(module);
    };
    let folder = project.target.join(Face::Browser.name()).join("optimised").join(name);
    fs::create_dir_all(&folder)?;
    let (input, output) = (folder.join("input.wasm"), folder.join("output.wasm"));
    let stamp = folder.join("stamp");
    let recipe =
        format!("{}\n{}", FLAGS.join(" "), fs::read_to_string(npm::lock(project, npm::TOOLS))?);
    let is_done = fs::read(&input).is_ok_and(|old| old == module)
        && fs::read_to_string(&stamp).is_ok_and(|old| old == recipe);
    if !is_done {
        println!("optimising the browser's module {name}");
        let _ = fs::remove_file(&stamp);
        fs::write(&input, &module)?;
        let mut node = Command::new("node");
        node.arg(modules.join("binaryen").join("bin").join("wasm-opt"));
        node.arg(&input).arg("-o").arg(&output).args(FLAGS);
        project.quietly(&mut node)?;
        fs::write(&stamp, recipe)?;
    }
    fs::read(&output).with_context(|| output.display().to_string())
}
