//! A dependency whose faults are mended before it is compiled, in a copy below target/, which cargo takes instead.
//!
//! rusty_av1d 1.2.1 panics wherever a frame cannot be decoded: on one thread its frame header is taken before the error is
//! looked at. A panic ends a whole instance, where others of the same decoder get an error. And it exports dav1d's C
//! interface, which no module of ours is to have.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::file::copy;
use crate::project::{Project, cargo};

const PACKAGE: &str = "rusty_av1d-1.2.1";
const EXPORTED: &str = "#[no_mangle]";

/// In which file, what, and what instead; how often.
const MENDS: [(&str, &str, &str, usize); 4] = [
    ("src/decode.rs", FAULT, MENDED, 1),
    ("src/lib.rs", EXPORTED, "", 19),
    ("src/cpu.rs", EXPORTED, "", 1),
    ("src/tables.rs", EXPORTED, "", 9),
];
const FAULT: &str = "if f.frame_hdr.as_ref().unwrap().refresh_context != 0 {\n            let _ = mem::take(&mut f.out_cdf);";
const MENDED: &str = "if f.frame_hdr.as_ref().is_none_or(|header| header.refresh_context != 0) {\n            let _ = mem::take(&mut f.out_cdf);";

/// Where the copy is.
pub(crate) fn av1_decoder(project: &Project) -> Result<PathBuf> {
    let from = source(project)?;
    let to = project.target.join("mended").join(PACKAGE);
    let mut mended = Vec::new();
    for (file, fault, instead, count) in MENDS {
        let source = fs::read_to_string(from.join(file)).with_context(|| file.to_owned())?;
        let found = source.matches(fault).count();
        ensure!(
            found == count,
            "{file} of {PACKAGE} is not what it was: {found} of {count} places"
        );
        mended.push((to.join(file), source.replace(fault, instead)));
    }
    // What has not changed is not compiled again.
    if mended.iter().all(|(file, text)| fs::read_to_string(file).is_ok_and(|done| done == *text)) {
        return Ok(to);
    }
    copy(&from, &to)?;
    let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
    // Below the workspace's root, and no member of it. The tables had C's names.
    let more = "\n[workspace]\n\n[lints.rust]\nnon_upper_case_globals = \"allow\"\n";
    fs::write(to.join("Cargo.toml"), manifest + more)?;
    for (file, text) in mended {
        fs::write(file, text)?;
    }
    Ok(to)
}

/// Where cargo keeps the package as it was published. Cargo has it once something asked for it.
fn source(project: &Project) -> Result<PathBuf> {
    let found = || {
        let mut folders = project.dependencies.iter().map(|folder| folder.join(PACKAGE));
        folders.find(|folder| folder.is_dir())
    };
    if found().is_none() {
        let mut fetch = Command::new(cargo());
        project.quietly(fetch.current_dir(&project.root).args(["fetch", "--locked"]))?;
    }
    found().with_context(|| format!("cargo has no {PACKAGE}"))
}
