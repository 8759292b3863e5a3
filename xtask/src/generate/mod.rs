//! `cargo xtask generate`: copies of the protocol's tables in other languages. `cargo xtask test` fails where one is stale.

mod javascript;
mod python;

use std::ffi::OsString;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use thumbox_protocol::{DEFAULT_QUALITY, HostLimits, Limits, PANIC_TEXT, SHORT_REQUEST};

use crate::project::{Project, cargo, openly};

/// A file that is made, and its text.
struct Copy {
    path: &'static str,
    text: String,
}

/// Defaults and limits that are the same in every language: a name, its value, and what it means.
fn defaults() -> [(&'static str, u64, &'static str); 8] {
    let (core, host) = (Limits::DEFAULT, HostLimits::DEFAULT);
    [
        ("DEFAULT_QUALITY", DEFAULT_QUALITY.into(), "The quality of a JPEG or WebP."),
        ("MAX_PIXELS", core.max_pixels, "Pixels of a source picture."),
        ("MOST_PIXELS", Limits::MOST_PIXELS, "The most that the limit on pixels may be."),
        ("MAX_MEMORY", core.max_memory, "Bytes of working memory for one call."),
        ("MAX_REPLY", core.max_reply, "Bytes of a reply."),
        ("MAX_REQUEST", host.max_request, "Bytes of a request."),
        ("KEEP_MEMORY", host.keep_memory, "Bytes up to which a pool keeps an instance's memory."),
        ("PANIC_TEXT", PANIC_TEXT as u64, "Bytes of a panic's text that WebAssembly builds keep."),
    ]
}

/// The same for what hosts with Wasmtime alone need.
fn sandbox() -> [(&'static str, u64, &'static str); 4] {
    let host = HostLimits::DEFAULT;
    [
        ("MEMORY_LIMIT", host.memory_limit, "Bytes of a sandbox's memory."),
        ("TIMEOUT", host.timeout, "Seconds that a call may run in a sandbox."),
        ("MAX_WAIT", host.max_wait, "Seconds that a call waits until fewer others run."),
        ("SHORT_REQUEST", SHORT_REQUEST as u64, "Bytes of the longest request in its fixed place."),
    ]
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
