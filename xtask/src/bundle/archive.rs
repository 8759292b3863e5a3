//! The zip file, the same bytes for the same entries: fixed times, order, compression and permissions.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};

use anyhow::{Context, Result, ensure};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// A file of the bundle.
pub(crate) struct Entry {
    /// Its path, with slashes.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) content: Vec<u8>,
}

impl Entry {
    /// One.
    pub(crate) fn new(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), content: content.into() }
    }
}

/// What comes first, so that a reader meets it before anything else; the rest is sorted.
const FIRST: [&str; 2] = ["manifest.json", "manifest.json.minisig"];

/// Packs the entries.
pub(crate) fn pack(mut entries: Vec<Entry>) -> Result<Vec<u8>> {
    entries.sort_by(|a, b| order(&a.path).cmp(&order(&b.path)));
    let mut seen = BTreeSet::new();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for Entry { path, content } in &entries {
        let is_plain = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        ensure!(is_plain && !path.contains(['\\', ':']), "{path}: no path for a bundle");
        ensure!(seen.insert(path), "{path}: twice in the bundle");
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(if is_library(path) { 0o755 } else { 0o644 });
        writer.start_file(path, options).with_context(|| path.clone())?;
        writer.write_all(content).with_context(|| path.clone())?;
    }
    Ok(writer.finish()?.into_inner())
}

fn order(path: &str) -> (usize, &str) {
    (FIRST.iter().position(|first| *first == path).unwrap_or(FIRST.len()), path)
}

fn is_library(path: &str) -> bool {
    [".so", ".dylib", ".dll"].iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    fn entries() -> Vec<Entry> {
        let names = ["lib/b.so", "manifest.json.minisig", "docs/README.md", "manifest.json"];
        names.map(|name| Entry::new(name, name.repeat(100))).into()
    }

    #[test]
    fn the_manifest_comes_first_and_every_order_gives_the_same_bytes() {
        let packed = pack(entries()).unwrap();
        let mut reversed = entries();
        reversed.reverse();
        assert_eq!(packed, pack(reversed).unwrap());
        let mut archive = ZipArchive::new(Cursor::new(packed)).unwrap();
        let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(names, ["manifest.json", "manifest.json.minisig", "docs/README.md", "lib/b.so"]);
        for (at, name) in names.iter().enumerate() {
            let mut file = archive.by_index(at).unwrap();
            let mode = if name.ends_with(".so") { 0o100_755 } else { 0o100_644 };
            assert_eq!(file.unix_mode(), Some(mode), "{name}");
            assert_eq!(file.last_modified(), Some(DateTime::DEFAULT), "{name}");
            assert!(
                file.is_file() && file.extra_data().is_none_or(|data| data.is_empty()),
                "{name}"
            );
            let mut content = String::new();
            file.read_to_string(&mut content).unwrap();
            assert_eq!(content, name.repeat(100));
        }
    }

    #[test]
    fn a_path_that_leads_elsewhere_and_a_second_one_are_refused() {
        for path in ["/a", "a/../b", "./a", "a//b", "a/", "c:/a", "a\\b", ""] {
            pack(vec![Entry::new(path, "")]).unwrap_err();
        }
        pack(vec![Entry::new("a", ""), Entry::new("a", "b")]).unwrap_err();
    }
}
