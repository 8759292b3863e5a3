//! `cargo xtask generate`: copies of the protocol's tables in other languages, of the interface for the host in Rust, of the C
//! header for Go's package, and of the repository's address for the packages. `cargo xtask test` fails where one is stale.

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

/// Where packages say where they are developed, and what stands before the address and after it.
const ADDRESSES: [(&str, &str, &str); 5] = [
    ("hosts/browser/package.json", "\"url\": \"git+", ".git\""),
    ("hosts/heic/npm/package.json", "\"url\": \"git+", ".git\""),
    ("hosts/heic/pyproject.toml", "\nRepository = \"", "\""),
    ("hosts/python/pyproject.toml", "\nRepository = \"", "\""),
    ("hosts/ros/pyproject.toml", "\nRepository = \"", "\""),
];

/// What xtask makes by itself.
fn copies(project: &Project) -> Result<Vec<Copy>> {
    let read = |path: &str| {
        let file = project.path(path);
        fs::read_to_string(&file).with_context(|| path.to_owned())
    };
    let mut copies = vec![
        Copy { path: "hosts/browser/src/layouts.js", text: javascript::layouts() },
        Copy { path: "hosts/python/src/thumbox/_layouts.py", text: python::layouts() },
        // A crate has all that it is compiled from, and so has Go's package, wherever it is copied to.
        Copy { path: "hosts/rust/wit/thumbox.wit", text: read("wit/thumbox.wit")? },
        Copy {
            path: "hosts/examples/go/thumbox/thumbox.h",
            text: read("native/include/thumbox.h")?,
        },
    ];
    for (path, before, after) in ADDRESSES {
        let text = read(path)?;
        let (start, rest) = text.split_once(before).with_context(|| format!("{path}: {before}"))?;
        let (_, rest) = rest.split_once(after).with_context(|| format!("{path}: no end"))?;
        let address = env!("CARGO_PKG_REPOSITORY");
        copies.push(Copy { path, text: format!("{start}{before}{address}{after}{rest}") });
    }
    Ok(copies)
}

/// `cargo xtask generate`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    ensure!(arguments.is_empty(), "it takes no arguments");
    // The C header's generator reads Rust's sources, and stands beside the test that compiles the header. It comes
    // first, since the header has a copy itself.
    let mut command = Command::new(cargo());
    command.current_dir(&project.root).env("THUMBOX_BLESS", "1");
    openly(command.args(["test", "--quiet", "--package", "thumbox-native", "--test", "header"]))?;
    for Copy { path, text } in copies(project)? {
        let file = project.path(path);
        if fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            fs::create_dir_all(file.parent().unwrap_or(&project.root))?;
            fs::write(&file, text).with_context(|| path.to_owned())?;
            println!("{path}");
        }
    }
    Ok(())
}

/// Fails where a copy is not what it would be now. The C header's own test is among those of its package.
pub(crate) fn check(project: &Project) -> Result<()> {
    for Copy { path, text } in copies(project)? {
        let there = fs::read_to_string(project.path(path)).with_context(|| path.to_owned())?;
        ensure!(there == text, "{path} is stale; `cargo xtask generate` writes it anew");
    }
    Ok(())
}
