//! `xtask-bindgen INPUT.wasm FOLDER`: writes the JavaScript around a module of wasm-bindgen's.
//!
//! What wasm-bindgen's own command does, as a library of the very version that the module was compiled with.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

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
    let script = folder.join(format!("{NAME}.js"));
    rewrite(&script, |text| factory(&text))?;
    rewrite(&folder.join(format!("{NAME}.d.ts")), |text| Ok(types(&text)))
}

/// What instances are used through, from wasm-bindgen's names.
const MEMBERS: &str =
    "init: __wbg_init, renew: __wbg_reset_state, setLimits, callRaw, callParts, Failure";

/// wasm-bindgen's module has one instance. As the body of a function it has as many as are asked for.
fn factory(text: &str) -> Result<String> {
    let mut body = String::new();
    for line in text.lines() {
        if line.starts_with("export {") {
            continue;
        }
        body.push_str(line.strip_prefix("export ").unwrap_or(line));
        body.push('\n');
    }
    if let Some(line) = body.lines().find(|line| {
        line.starts_with("export") || line.starts_with("import ") || line.contains("import.meta")
    }) {
        bail!("wasm-bindgen has written what cannot stand in a function: {line}");
    }
    // Only the instance that is in use knows its memory, and where it keeps the text of a panic.
    Ok(format!(
        "export function bindings() {{\n{body}\nreturn {{ {MEMBERS}, get instance() {{ return wasm; }} }};\n}}\n"
    ))
}

fn types(text: &str) -> String {
    let mut all = String::new();
    for line in text.lines() {
        let line = match line.strip_prefix("export ") {
            Some(rest) => {
                let rest = rest.strip_prefix("default ").unwrap_or(rest);
                let is_value = rest.starts_with("class ") || rest.starts_with("function ");
                format!("{}{rest}", if is_value { "declare " } else { "" })
            }
            None => line.to_owned(),
        };
        all.push_str(&line);
        all.push('\n');
    }
    let members = MEMBERS.split(", ").map(|member| {
        let (name, value) = member.split_once(": ").unwrap_or((member, member));
        format!("    readonly {name}: typeof {value};\n")
    });
    let members: String = members.collect();
    format!(
        "{all}
/** What one instance, and those that take its place, are used through. */
export interface Bindings {{
{members}    readonly instance: (InitOutput & {{ readonly thumbox_panic_text: WebAssembly.Global }}) | undefined;
}}

export function bindings(): Bindings;
"
    )
}

fn rewrite(path: &Path, change: impl FnOnce(String) -> Result<String>) -> Result<()> {
    let named = || path.display().to_string();
    let content = fs::read_to_string(path).with_context(named)?;
    fs::write(path, change(content)?).with_context(named)
}
