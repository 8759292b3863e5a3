//! A bundle's zip, read strictly: one pass over its directory, and nothing in it is believed before it is checked.
//!
//! Why not a zip library: they are made to get something out of almost any file. They search for the directory, let the
//! last of two entries of one name win, and take entries that lie in each other. Here the entries have to tile the file
//! from its first byte to the directory, and the directory the rest, without extra fields and comments, in which another
//! zip could lie, or another name: so every reader sees the same bundle.
//! `hosts/python/src/thumbox/bundle/archive.py` does the same, and `testdata/tampered` holds both to it.
//!
//! Structures: PKWARE APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use thumbox_protocol::Code;

use super::fields::Fields;
use super::limits::BundleLimits;
use super::names::{fault, is_known, known, shown};
use crate::error::{Error, Result};

const MIB: u64 = 1 << 20;
const MOST_ENTRIES: u16 = 1000;
const MOST_DIRECTORY: u64 = MIB;
const MOST_MANIFEST: u64 = MIB;
const MOST_SIGNATURE: u64 = 4096;
const MOST_OTHER: u64 = 16 * MIB;
/// Deflate makes 1032 to 1 of zeros. What a bundle holds is code and text, at most 30 to 1.
const MOST_RATIO: u64 = 100;
const RATIO_COUNTS_FROM: u64 = 64 << 10;

const END: u64 = 22;
const LOCAL: u64 = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 0x0001 | 0x0040 | 0x2000;
const DATA_DESCRIPTOR: u16 = 0x0008;
/// How hard deflate tried; names in UTF-8.
const ALLOWED_FLAGS: u16 = 0x0006 | 0x0800;
const DOS_DIRECTORY: u32 = 0x10;
const CHUNK: usize = 1 << 16;

/// A file in the archive, as both of its headers say it.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    method: u16,
    flags: u16,
    crc: u32,
    packed: u64,
    size: u64,
    /// Where its local header is.
    start: u64,
    /// Where its content is.
    data: u64,
}

/// The open file and its entries. Everything is read through one descriptor, which nobody can exchange.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) path: PathBuf,
    file: File,
    size: u64,
    entries: BTreeMap<String, Entry>,
}

impl Archive {
    pub(super) fn open(path: &Path, limits: &BundleLimits) -> Result<Self> {
        let no_file = |error: std::io::Error| refused(path, format!("it cannot be read: {error}"));
        let file = open(path).map_err(no_file)?;
        let metadata = file.metadata().map_err(no_file)?;
        if !metadata.is_file() {
            return Err(refused(path, "it is no regular file"));
        }
        let size = metadata.len();
        if size > limits.bundle {
            let text = format!("it has {size} bytes; max_bundle is {}", limits.bundle);
            return Err(refused(path, text));
        }
        let mut archive = Self { path: path.to_owned(), file, size, entries: BTreeMap::new() };
        let (entries, directory) = archive.directory(limits)?;
        archive.unique(&entries, limits)?;
        archive.entries = archive.tiled(entries, directory)?;
        Ok(archive)
    }

    pub(super) fn refused(&self, reason: impl AsRef<str>) -> Error {
        refused(&self.path, reason)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// An entry's content, unpacked no further than it claims.
    pub(super) fn read(&mut self, name: &str) -> Result<Vec<u8>> {
        let Some(entry) = self.entries.get(name).cloned() else {
            return Err(self.refused(format!("it has no {name}")));
        };
        let packed = self.at(entry.data, entry.packed)?;
        let unpacked =
            if entry.method == DEFLATED { self.inflated(&entry, &packed)? } else { packed };
        if unpacked.len() as u64 != entry.size {
            let (length, size) = (unpacked.len(), entry.size);
            return Err(
                self.refused(format!("{name} unpacks to {length} bytes, and claims {size}"))
            );
        }
        let mut crc = Crc::new();
        crc.update(&unpacked);
        if crc.sum() != entry.crc {
            let (found, told) = (crc.sum(), entry.crc);
            let text = format!("{name} is damaged: its CRC-32 is {found:08x}, not {told:08x}");
            return Err(self.refused(text));
        }
        Ok(unpacked)
    }

    fn inflated(&self, entry: &Entry, packed: &[u8]) -> Result<Vec<u8>> {
        let wrong = |why: &str| self.refused(format!("{} cannot be unpacked: {why}", entry.name));
        let mut inflater = Decompress::new(false);
        let mut unpacked = Vec::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let (taken, made) = (inflater.total_in(), inflater.total_out());
            let rest = usize::try_from(taken).ok().and_then(|taken| packed.get(taken..));
            let rest = rest.unwrap_or_default();
            let status = inflater
                .decompress(rest, &mut chunk, FlushDecompress::None)
                .map_err(|error| wrong(&error.to_string()))?;
            let more = usize::try_from(inflater.total_out() - made).unwrap_or(CHUNK);
            unpacked.extend_from_slice(chunk.get(..more).unwrap_or_default());
            if unpacked.len() as u64 > entry.size {
                let (name, size) = (&entry.name, entry.size);
                return Err(self.refused(format!(
                    "{name} unpacks to more than the {size} bytes that it claims"
                )));
            }
            let is_stuck = (inflater.total_in(), inflater.total_out()) == (taken, made);
            if status == Status::StreamEnd {
                break;
            } else if is_stuck {
                return Err(wrong("its compressed data does not end where it should"));
            }
        }
        if inflater.total_in() != entry.packed {
            return Err(wrong("its compressed data does not end where it should"));
        }
        Ok(unpacked)
    }

    fn at(&mut self, position: u64, length: u64) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        let read = self
            .file
            .seek(SeekFrom::Start(position))
            .and_then(|_| (&mut self.file).take(length).read_to_end(&mut content))
            .map_err(|error| self.refused(format!("it cannot be read: {error}")))?;
        if (read as u64) < length {
            let (end, wanted) = (position + read as u64, position + length);
            return Err(self.refused(format!("it ends at byte {end}, before {wanted}")));
        }
        Ok(content)
    }

    /// The entries as the central directory has them, and where that begins.
    fn directory(&mut self, limits: &BundleLimits) -> Result<(Vec<Entry>, u64)> {
        let Some(end) = self.size.checked_sub(END) else {
            return Err(self.refused(format!("it has {} bytes, and is no zip", self.size)));
        };
        let record = self.at(end, END)?;
        let mut fields = Fields::new(&record);
        let read = (|| {
            let magic = fields.take(4)? == b"PK\x05\x06";
            let (disk, first_disk, here, count) =
                (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
            let is_whole = disk == 0 && first_disk == 0 && here == count;
            let (length, start) = (u64::from(fields.u32()?), u64::from(fields.u32()?));
            Some((magic && fields.u16()? == 0, is_whole, count, length, start))
        })();
        let (is_end, is_whole, count, length, start) = read.unwrap_or_default();
        if !is_end {
            return Err(self.refused(
                "it does not end with a zip's directory: it is cut off, or has data or a comment behind",
            ));
        }
        if !is_whole {
            return Err(self.refused("it is a part of a zip in several parts"));
        }
        if count > MOST_ENTRIES || length > MOST_DIRECTORY {
            return Err(self.refused(format!(
                "its directory has {count} entries in {length} bytes; {MOST_ENTRIES} in {MOST_DIRECTORY} are allowed"
            )));
        }
        if start + length != end {
            let is_at = end.saturating_sub(length);
            return Err(self.refused(format!(
                "its directory is said to be at byte {start}, and is at {is_at}: data was added"
            )));
        }
        let directory = self.at(start, length)?;
        let mut fields = Fields::new(&directory);
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push(self.central(&mut fields, limits)?);
        }
        match fields.rest() {
            0 => Ok((entries, start)),
            rest => {
                Err(self.refused(format!("its directory of {count} entries has {rest} bytes more")))
            }
        }
    }

    fn central(&self, fields: &mut Fields<'_>, limits: &BundleLimits) -> Result<Entry> {
        let place = fields.position();
        let no_entry = || self.refused(format!("its directory has no entry at byte {place}"));
        let mut head = Fields::new(fields.take(46).ok_or_else(no_entry)?);
        let read = (|| {
            let is_entry = head.take(4)? == b"PK\x01\x02";
            head.take(4)?; // versions
            let (flags, method) = (head.u16()?, head.u16()?);
            head.take(4)?; // time and date
            let (crc, packed, size) = (head.u32()?, head.u32()?, head.u32()?);
            let (name, extra, comment) = (head.u16()?, head.u16()?, head.u16()?);
            let disk = head.u16()?;
            head.take(2)?; // internal attributes
            let (attributes, start) = (head.u32()?, head.u32()?);
            let entry = Entry {
                name: String::new(),
                method,
                flags,
                crc,
                packed: packed.into(),
                size: size.into(),
                start: start.into(),
                data: 0,
            };
            is_entry.then_some((
                entry,
                name,
                usize::from(extra) + usize::from(comment),
                disk,
                attributes,
            ))
        })();
        let (mut entry, name, behind, disk, attributes) = read.ok_or_else(no_entry)?;
        let name = fields
            .take(name.into())
            .ok_or_else(|| self.refused("its directory ends within a name"))?;
        entry.name = self.checked_name(name)?;
        let name = &entry.name;
        if fields.take(behind).is_none() || disk != 0 {
            return Err(
                self.refused(format!("{name} has an entry that does not end in the directory"))
            );
        }
        if behind > 0 {
            return Err(self.has_more(name));
        }
        if let Some(kind) = wrong_kind(attributes) {
            return Err(self.refused(format!("the entry {name} is {kind}")));
        }
        if let Some(wrong) = wrong_flags(entry.flags).or_else(|| wrong_sizes(&entry, limits)) {
            return Err(self.refused(format!("the entry {name} {wrong}")));
        }
        Ok(entry)
    }

    fn checked_name(&self, raw: &[u8]) -> Result<String> {
        // What is no text of one byte a letter is refused as a name anyway.
        let name: String = raw.iter().copied().map(char::from).collect();
        if let Some(wrong) = fault(&name) {
            return Err(self.refused(format!("the entry {} {wrong}", shown(&name))));
        }
        if !is_known(&name) {
            let known = known();
            return Err(self.refused(format!("unexpected entry {name}; allowed: {known}")));
        }
        Ok(name)
    }

    fn unique(&self, entries: &[Entry], limits: &BundleLimits) -> Result<()> {
        let mut seen = BTreeSet::new();
        for Entry { name, .. } in entries {
            // Also where a file system does not tell large letters from small ones.
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(self.refused(format!("the entry {name} is there twice")));
            }
        }
        let total: u64 = entries.iter().map(|entry| entry.size).sum();
        if total > limits.bundle {
            let most = limits.bundle;
            return Err(self.refused(format!(
                "its entries claim {total} bytes together; max_bundle is {most}"
            )));
        }
        Ok(())
    }

    /// The entries with the place of their data, after a look at their local headers.
    fn tiled(
        &mut self,
        mut entries: Vec<Entry>,
        directory: u64,
    ) -> Result<BTreeMap<String, Entry>> {
        entries.sort_by_key(|entry| entry.start);
        let mut position = 0;
        let mut last = String::new();
        let mut tiled = BTreeMap::new();
        for mut entry in entries {
            let (name, start) = (&entry.name, entry.start);
            if start < position {
                return Err(self.refused(format!("the entry {name} overlaps with another")));
            }
            if start > position {
                let gap = start - position;
                return Err(
                    self.refused(format!("{gap} bytes before the entry {name} belong to no entry"))
                );
            }
            entry.data = self.local(&entry)?;
            position = entry.data + entry.packed;
            last.clone_from(&entry.name);
            tiled.insert(entry.name.clone(), entry);
        }
        if position > directory {
            return Err(self.refused(format!("the entry {last} overlaps with the directory")));
        }
        if position < directory {
            let gap = directory - position;
            return Err(
                self.refused(format!("{gap} bytes before the directory belong to no entry"))
            );
        }
        Ok(tiled)
    }

    /// Where an entry's data begins.
    fn local(&mut self, entry: &Entry) -> Result<u64> {
        let header = self.at(entry.start, LOCAL)?;
        let mut fields = Fields::new(&header);
        let read = (|| {
            let is_entry = fields.take(4)? == b"PK\x03\x04";
            fields.take(2)?; // version
            let (flags, method) = (fields.u16()?, fields.u16()?);
            fields.take(4)?; // time and date
            let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
            let says_the_same = (flags, method, crc) == (entry.flags, entry.method, entry.crc)
                && (u64::from(packed), u64::from(size)) == (entry.packed, entry.size);
            let (name, extra) = (u64::from(fields.u16()?), u64::from(fields.u16()?));
            (is_entry && says_the_same).then_some((name, extra))
        })();
        let two = || {
            let name = &entry.name;
            self.refused(format!("the entry {name} has two headers that do not say the same"))
        };
        let (name, extra) = read.ok_or_else(two)?;
        if name != entry.name.len() as u64 {
            return Err(two());
        }
        let here = self.at(entry.start + LOCAL, name)?;
        if here != entry.name.as_bytes() {
            let name = &entry.name;
            let text = format!("the entry {name} has two headers that do not say the same");
            return Err(self.refused(text));
        }
        if extra > 0 {
            return Err(self.has_more(&entry.name));
        }
        Ok(entry.start + LOCAL + name)
    }

    fn has_more(&self, name: &str) -> Error {
        self.refused(format!("the entry {name} has an extra field or a comment"))
    }
}

#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    // Not to be kept waiting by a pipe of that name.
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

/// Bytes that the entry of this name may unpack to.
fn most(name: &str, limits: &BundleLimits) -> u64 {
    if name.ends_with(".minisig") {
        MOST_SIGNATURE
    } else if name.starts_with("lib/") || name.starts_with("bridge/") {
        limits.library
    } else if name.contains('/') {
        MOST_OTHER
    } else {
        MOST_MANIFEST
    }
}

fn wrong_kind(attributes: u32) -> Option<&'static str> {
    // Whichever system is said to have written it.
    match (attributes >> 16) & 0o170_000 {
        0 | 0o100_000 => (attributes & DOS_DIRECTORY != 0).then_some("a folder"),
        0o120_000 => Some("a symbolic link"),
        0o040_000 => Some("a folder"),
        0o010_000 => Some("a pipe"),
        0o140_000 => Some("a socket"),
        _ => Some("no regular file"),
    }
}

fn wrong_flags(flags: u16) -> Option<String> {
    if flags & ENCRYPTED != 0 {
        return Some("is encrypted".to_owned());
    }
    if flags & DATA_DESCRIPTOR != 0 {
        return Some("has its sizes behind its data (flag 3)".to_owned());
    }
    let text = || format!("has flags {flags:#06x}; {ALLOWED_FLAGS:#06x} are allowed");
    (flags & !ALLOWED_FLAGS != 0).then(text)
}

fn wrong_sizes(entry: &Entry, limits: &BundleLimits) -> Option<String> {
    let &Entry { method, packed, size, .. } = entry;
    if method != STORED && method != DEFLATED {
        return Some(format!(
            "is packed by method {method}; 0 (stored) or 8 (deflated) is allowed"
        ));
    }
    if method == STORED && packed != size {
        return Some(format!("is stored in {packed} bytes, and claims {size}"));
    }
    let most = most(&entry.name, limits);
    if size > most {
        return Some(format!("claims {size} bytes; {most} are allowed"));
    }
    let text = || {
        format!("claims {size} bytes from {packed}; at most {MOST_RATIO} times as many are allowed")
    };
    (size > RATIO_COUNTS_FROM && size > packed * MOST_RATIO).then(text)
}

fn refused(path: &Path, reason: impl AsRef<str>) -> Error {
    let (path, reason) = (shown(&path.to_string_lossy()), reason.as_ref());
    Error::new(Code::InitFailed, format!("the bundle {path} is refused: {reason}"))
}
