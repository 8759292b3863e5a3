//! What every way of fuzzing needs: the limits, the toolchain and folders.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// Beyond these an input is a find: seconds for one, MiB of the whole process, MiB of one allocation. The laws in
/// core/tests/laws allow a call 32 MiB. The seconds are OSS-Fuzz's: what two dozen calls take here is a thirtieth without the
/// sanitizer, and a clock on the wall counts other people's work too.
pub(super) const LIMITS: [&str; 3] = ["-timeout=25", "-rss_limit_mb=1024", "-malloc_limit_mb=33"];

/// A program with the nightly toolchain, and without what the cargo that runs this says of its own.
pub(super) fn on_nightly(program: impl Into<OsString>) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly"]).arg(program.into());
    command.env_remove("CARGO").env_remove("RUSTC").env_remove("RUSTFLAGS");
    command
}

pub(super) fn emptied(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}

pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    entries.map(|entry| Ok(entry?.path())).collect()
}
