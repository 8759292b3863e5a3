//! A dependency whose fault is mended before it is compiled.
//!
//! rusty_av1d 1.2.1 panics wherever a frame cannot be decoded: on one thread its frame header is taken before the error is
//! looked at. A panic ends a whole instance, where others of the same decoder get an error. The line that asks for the
//! header is replaced in a copy below target/, which cargo takes instead.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::file::copy;
use crate::project::Project;

const PACKAGE: &str = "rusty_av1d-1.2.1";
const FILE: &str = "src/decode.rs";
const FAULT: &str = "if f.frame_hdr.as_ref().unwrap().refresh_context != 0 {\n            let _ = mem::take(&mut f.out_cdf);";
const MENDED: &str = "if f.frame_hdr.as_ref().is_none_or(|header| header.refresh_context != 0) {\n            let _ = mem::take(&mut f.out_cdf);";

/// Where the copy is.
pub(crate) fn av1_decoder(project: &Project) -> Result<PathBuf> {
    let from = project.dependencies.iter().map(|folder| folder.join(PACKAGE));
    let from = from.into_iter().find(|folder| folder.is_dir());
    let from = from.with_context(|| format!("cargo has no {PACKAGE}"))?;
    let to = project.target.join("mended").join(PACKAGE);
    let source = fs::read_to_string(from.join(FILE)).with_context(|| FILE.to_owned())?;
    ensure!(source.matches(FAULT).count() == 1, "{FILE} of {PACKAGE} is not what it was");
    let mended = source.replace(FAULT, MENDED);
    // What has not changed is not compiled again.
    if fs::read_to_string(to.join(FILE)).is_ok_and(|done| done == mended) {
        return Ok(to);
    }
    copy(&from, &to)?;
    let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
    // Below the workspace's root, and no member of it.
    fs::write(to.join("Cargo.toml"), manifest + "\n[workspace]\n")?;
    fs::write(to.join(FILE), mended)?;
    Ok(to)
}
