//! `cargo xtask generate`: copies of the protocol's tables in other languages. `cargo xtask test` fails where one is stale.

mod defaults;
mod javascript;
mod python;

use std::ffi::OsString;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::project::{Project, cargo, openly};

/// A file that is made, and its text.
struct Copy {
    path: &'static str,
    text: String,
}

/// What xtask makes by itself.
fn copies() -> [Copy; 2] {
    [
        Copy { path: "hosts/browser/src/layouts.js", text: javascript::layouts() },
        Copy { path: "hosts/python/src/thumbox/_layouts.py", text: python::layouts() },
    ]
}

/// `cargo xtask generate`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    ensure!(arguments.is_empty(), "it takes no arguments");
    for Copy { path, text } in copies() {
        let file = project.path(path);
        if fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            fs::write(&file, text).with_context(|| path.to_owned())?;
            println!("{path}");
        }
    }
    // The C header's generator reads Rust's sources, and stands beside the test that compiles the header.
    let mut command = Command::new(cargo());
    command.current_dir(&project.root).env("THUMBOX_BLESS", "1");
    openly(command.args(["test", "--quiet", "--package", "thumbox-native", "--test", "header"]))
}

/// Fails where a copy is not what it would be now. The C header's own test is among those of its package.
pub(crate) fn check(project: &Project) -> Result<()> {
    for Copy { path, text } in copies() {
        let there = fs::read_to_string(project.path(path)).with_context(|| path.to_owned())?;
        ensure!(there == text, "{path} is stale; `cargo xtask generate` writes it anew");
    }
    Ok(())
}
