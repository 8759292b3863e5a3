//! `xtask-bindgen INPUT.wasm FOLDER`: writes the JavaScript around a module of wasm-bindgen's.
//!
//! What wasm-bindgen's own command does, as a library of the very version that the module was compiled with.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// The stem of the files that are written: `thumbox.js`, `thumbox_bg.wasm` and their types.
const NAME: &str = "thumbox";

fn main() -> Result<()> {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [input, folder] = arguments.as_slice() else {
        bail!("usage: xtask-bindgen INPUT.wasm FOLDER");
    };
    let folder = PathBuf::from(folder);
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .out_name(NAME)
        .web(true)?
        .typescript(true)
        .omit_default_module_path(true)
        // A fresh instance in the place of one that trapped.
        .reset_state_function(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen.generate(&folder).context("wasm-bindgen")?;
    // Only the instance that is in use knows its memory, and where it keeps the text of a panic.
    append(folder.join(format!("{NAME}.js")), "\nexport { wasm as instance };\n")?;
    append(
        folder.join(format!("{NAME}.d.ts")),
        "\nexport const instance: (InitOutput & { readonly thumbox_panic_text: WebAssembly.Global }) | undefined;\n",
    )
}

fn append(path: PathBuf, text: &str) -> Result<()> {
    let mut content = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    content.push_str(text);
    fs::write(&path, content).with_context(|| path.display().to_string())
}
