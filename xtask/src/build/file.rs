//! Files that are made anew only where they change.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes a file that nobody sees half written, and leaves one that is right already untouched.
pub(super) fn put(path: &Path, content: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == content) {
        println!("{} is up to date", path.display());
        return Ok(());
    }
    let partial = path.with_extension(format!("partial-{}", std::process::id()));
    fs::write(&partial, content)
        .and_then(|()| fs::rename(&partial, path))
        .with_context(|| path.display().to_string())?;
    println!("{}: {} bytes", path.display(), content.len());
    Ok(())
}
