//! A library out of a bundle, as a file that the system's loader takes, and that nobody else could have changed.
//!
//! What protects is who can write: the folder belongs to this user and is closed to all others (mode 0700), and so is
//! each file; both are looked at through the descriptor that is then used, and no link is followed. A file is written
//! under another name and renamed, and its content is compared before each use.
//! `hosts/python/src/thumbox/_private_folder.py` has the same rules for the same folder.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use thumbox_protocol::Code;

use crate::error::{Error, Result};

const LIBRARIES: &str = "libraries";
const LIBRARY: &str = ".so";
const PARTIAL: &str = ".partial";
const MOST_LIBRARIES: usize = 8;
/// A library of this age or less may be about to be loaded by another process.
const YOUNG: Duration = Duration::from_secs(3600);

/// A library's file; where it is a temporary one, it goes with this.
#[derive(Debug)]
pub(super) struct Extracted {
    folder: OwnedFd,
    name: String,
    path: PathBuf,
    /// The folder to remove.
    temporary: Option<PathBuf>,
}

impl Extracted {
    /// The library, in the cache if that is this user's alone.
    pub(super) fn new(content: &[u8], sha256: &str, cache: Option<&Path>) -> Result<Self> {
        let name = format!("{sha256}{LIBRARY}");
        if let Some(kept) = cache.and_then(|cache| Self::kept(content, &name, cache)) {
            return Ok(kept);
        }
        Self::temporary(content, &name).map_err(|error| {
            Error::new(Code::InitFailed, format!("the library cannot be extracted: {error}"))
        })
    }

    /// What the loader is given: where the system has one, a way to the folder that no renaming can lead elsewhere.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes a library that cannot be loaded.
    pub(super) fn remove(&self) {
        let _ = unlinkat(&self.folder, &*self.name, AtFlags::empty());
    }

    fn kept(content: &[u8], name: &str, cache: &Path) -> Option<Self> {
        private(cache)?;
        let folder = cache.join(LIBRARIES);
        let open = private(&folder)?;
        if load(&open, name).is_none_or(|found| Sha256::digest(found) != Sha256::digest(content)) {
            save(&open, name, content).ok()?;
            tidy(&open);
        }
        Some(Self::in_folder(open, &folder, name, None))
    }

    fn temporary(content: &[u8], name: &str) -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("thumbox-{}", unique()));
        // Fails where something is there already.
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        let made = || {
            let open = private(&path).ok_or(Errno::PERM)?;
            save(&open, name, content)?;
            Ok(open)
        };
        match made() {
            Ok(open) => Ok(Self::in_folder(open, &path, name, Some(path.clone()))),
            Err(error) => {
                let _ = fs::remove_dir_all(&path);
                Err(error)
            }
        }
    }

    fn in_folder(open: OwnedFd, folder: &Path, name: &str, temporary: Option<PathBuf>) -> Self {
        let way = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
        let path = if way.is_dir() { way } else { folder.to_owned() }.join(name);
        Self { folder: open, name: name.to_owned(), path, temporary }
    }
}

impl Drop for Extracted {
    fn drop(&mut self) {
        // The loader keeps what it has mapped.
        if let Some(folder) = &self.temporary {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// The folder, made where there is none, and open, if it is this user's alone.
fn private(folder: &Path) -> Option<OwnedFd> {
    if let Some(parent) = folder.parent() {
        let _ = fs::create_dir_all(parent);
    }
    let _ = fs::DirBuilder::new().mode(0o700).create(folder);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = openat(CWD, folder, flags, Mode::empty()).ok()?;
    is_private(&fstat(&open).ok()?).then_some(open)
}

fn is_private(found: &Stat) -> bool {
    found.st_uid == rustix::process::geteuid().as_raw() && found.st_mode & 0o077 == 0
}

/// A file's content, if no other user can have written it.
fn load(folder: &OwnedFd, name: &str) -> Option<Vec<u8>> {
    // Not to be kept waiting by a pipe of that name.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let open = openat(folder, name, flags, Mode::empty()).ok()?;
    let found = fstat(&open).ok()?;
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile || !is_private(&found) {
        return None;
    }
    let mut file = File::from(open);
    let mut content = Vec::new();
    file.read_to_end(&mut content).ok()?;
    // It is of use: the oldest go first.
    let _ = file.set_modified(SystemTime::now());
    Some(content)
}

/// Writes a file in full or not at all.
fn save(folder: &OwnedFd, name: &str, content: &[u8]) -> std::io::Result<()> {
    let partial = format!("{}{PARTIAL}", unique());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = openat(folder, &*partial, flags, Mode::RUSR | Mode::WUSR)?;
    let written = File::from(open)
        .write_all(content)
        .and_then(|()| Ok(renameat(folder, &*partial, folder, name)?));
    written.inspect_err(|_| {
        let _ = unlinkat(folder, &*partial, AtFlags::empty());
    })
}

/// Removes what was left behind, and all but the newest libraries and those that are young. What has another name is
/// not ours.
fn tidy(folder: &OwnedFd) {
    let Ok(entries) = Dir::read_from(folder) else { return };
    let aged = |entry: rustix::fs::DirEntry| {
        let name = entry.file_name().to_str().ok()?.to_owned();
        let stat = statat(folder, &*name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let is_folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        let modified = UNIX_EPOCH + Duration::from_secs(u64::try_from(stat.st_mtime).ok()?);
        (!is_folder).then(|| (modified.elapsed().unwrap_or_default(), name))
    };
    let found: Vec<_> = entries.filter_map(|entry| aged(entry.ok()?)).collect();
    let partial = found.iter().filter(|(_, name)| is_partial(name));
    let mut libraries: Vec<_> = found.iter().filter(|(_, name)| is_library(name)).collect();
    libraries.sort();
    let old = partial.chain(libraries.into_iter().skip(MOST_LIBRARIES));
    for (_, name) in old.filter(|(age, _)| *age >= YOUNG) {
        let _ = unlinkat(folder, &**name, AtFlags::empty());
    }
}

/// Whether a file is one that [`Extracted`] keeps: a SHA-256 in hexadecimal, and what it is.
fn is_library(name: &str) -> bool {
    name.strip_suffix(LIBRARY).is_some_and(|sum| sum.len() == 64 && sum.bytes().all(is_hexadecimal))
}

/// Whether a file is one that [`save`] or Python's host had not finished.
fn is_partial(name: &str) -> bool {
    name.strip_suffix(PARTIAL).is_some_and(|unique| {
        !unique.is_empty() && unique.bytes().all(|digit| digit == b'-' || is_hexadecimal(digit))
    })
}

fn is_hexadecimal(digit: u8) -> bool {
    matches!(digit, b'0'..=b'9' | b'a'..=b'f')
}

/// A name that no other thread, process or run has.
fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{since:x}-{count:x}", std::process::id())
}
