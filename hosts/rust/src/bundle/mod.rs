//! Bundles: one signed file with the native libraries and the component in it.
//!
//! In this order, and nothing of a step is used before it has passed: the zip's structure; the manifest's signature by
//! the key that the caller trusts; the manifest; the library's own signature and its checksum in the manifest; and that
//! it is what it is said to be. A key that a bundle brings along is not looked at.

mod archive;
#[cfg(unix)]
mod extract;
mod fields;
mod json;
mod limits;
mod manifest;
mod names;
mod platform;
mod signature;

use std::path::Path;

use archive::Archive;
use manifest::Manifest;
use sha2::{Digest, Sha256};

pub use limits::BundleLimits;
pub use signature::PublicKey;

use crate::error::Result;
#[cfg(unix)]
use crate::{native::NativePlugin, options::Options};

const MANIFEST: &str = "manifest.json";

/// Which of a bundle's native libraries to load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// The native library: for images that you made yourself.
    #[default]
    Release,
    /// The sandbox library: the component behind the native library's symbols.
    Sandbox,
}

/// An open bundle whose structure, signature and manifest are as they should be.
///
/// ```no_run
/// use thumbox_host::{Bundle, ComponentPlugin, PublicKey, SandboxOptions};
///
/// let key = PublicKey::read("thumbox.pub")?;
/// let component = Bundle::open("thumbox-1.0.0.rbp", &key)?.component()?;
/// # #[cfg(feature = "compiler")]
/// let plugin = ComponentPlugin::compile(&component, &SandboxOptions::default())?;
/// # Ok::<(), thumbox_host::Error>(())
/// ```
#[derive(Debug)]
pub struct Bundle {
    archive: Archive,
    manifest: Manifest,
    key: PublicKey,
}

impl Bundle {
    /// Opens a bundle that `key` has signed, within the default limits.
    ///
    /// # Errors
    /// Code 2 with the bundle's name and the reason for which it is refused.
    pub fn open(path: impl AsRef<Path>, key: &PublicKey) -> Result<Self> {
        Self::open_within(path, key, &BundleLimits::default())
    }

    /// The same, within other limits.
    ///
    /// # Errors
    /// As [`Bundle::open`].
    pub fn open_within(
        path: impl AsRef<Path>,
        key: &PublicKey,
        limits: &BundleLimits,
    ) -> Result<Self> {
        let mut archive = Archive::open(path.as_ref(), limits)?;
        let content = archive.read(MANIFEST)?;
        check_signature(&mut archive, key, MANIFEST, &content)?;
        let manifest = manifest::parse(&content)
            .map_err(|wrong| archive.refused(format!("{MANIFEST} {wrong}")))?;
        if let Some(path) = manifest.paths.iter().find(|path| !archive.has(path)) {
            let text = format!("{MANIFEST} names {path}, which is not there");
            return Err(archive.refused(text));
        }
        Ok(Self { archive, manifest, key: key.clone() })
    }

    /// The plugin's version, as the manifest says it. A key is trusted for all that it has signed, older ones too.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.manifest.version
    }

    /// The component, for [`ComponentPlugin::compile`](crate::ComponentPlugin::compile).
    ///
    /// # Errors
    /// Code 2 where there is none, or one that is refused, with the reason.
    pub fn component(&mut self) -> Result<Vec<u8>> {
        // It runs everywhere.
        let mut platforms = vec![platform::this_platform()];
        platforms.extend(self.manifest.libraries.keys().cloned());
        let (content, _) = self.library(&platforms, "wasm-component", platform::COMPONENT)?;
        Ok(content)
    }

    /// Extracts the native library for this machine to a private cache, and starts a plugin of it.
    ///
    /// `cache` is a folder for libraries, of this user's alone; `None` is for a temporary file that goes as soon as it
    /// is loaded. A folder, or a file in it, that another user could write to is not used.
    ///
    /// ```no_run
    /// use thumbox_host::{Bundle, Options, PublicKey, Variant, default_cache};
    ///
    /// let mut bundle = Bundle::open("thumbox-1.0.0.rbp", &PublicKey::read("thumbox.pub")?)?;
    /// // SAFETY: the holder of that key signs libraries with Thumbox's C ABI.
    /// let plugin = unsafe { bundle.native(Variant::Release, default_cache().as_deref(), &Options::default()) }?;
    /// # Ok::<(), thumbox_host::Error>(())
    /// ```
    ///
    /// # Safety
    /// Whoever holds the key has signed a library that has the C ABI of `thumbox.h`; loading it runs its code.
    ///
    /// # Errors
    /// Code 4 for an option out of its range; code 2 where the bundle has no such library for this machine, or one that
    /// is refused, or does not start.
    #[cfg(unix)]
    #[allow(unsafe_code, reason = "it passes the caller's promise on")]
    pub unsafe fn native(
        &mut self,
        variant: Variant,
        cache: Option<&Path>,
        options: &Options,
    ) -> Result<NativePlugin> {
        let name = match variant {
            Variant::Release => "release",
            Variant::Sandbox => "sandbox",
        };
        let platform = platform::this_platform();
        let kind = platform::library(&platform);
        let (content, sha256) = self.library(&[platform], name, &kind)?;
        let extracted = extract::Extracted::new(&content, &sha256, cache)?;
        // SAFETY: this function's own contract; the file is the library that was checked.
        unsafe { NativePlugin::load(extracted.path(), options) }.inspect_err(|_| extracted.remove())
    }

    /// The content and the SHA-256 of a variant, of the first of the platforms that has it.
    fn library(
        &mut self,
        platforms: &[String],
        variant: &str,
        right: &str,
    ) -> Result<(Vec<u8>, String)> {
        let of = |platform| self.manifest.libraries.get(platform)?.get(variant).cloned();
        let Some(listed) = platforms.iter().find_map(of) else {
            let here = platform::this_platform();
            let there: Vec<_> = self
                .manifest
                .libraries
                .iter()
                .map(|(platform, variants)| {
                    let names: Vec<_> = variants.keys().map(String::as_str).collect();
                    format!("{platform} ({})", names.join(", "))
                })
                .collect();
            let there = there.join(", ");
            let text = format!("it has no variant \"{variant}\" for {here}; it has {there}");
            return Err(self.archive.refused(text));
        };
        let path = &listed.path;
        let content = self.archive.read(path)?;
        check_signature(&mut self.archive, &self.key, path, &content)?;
        let sha256: String =
            Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        if sha256 != listed.sha256 {
            let told = &listed.sha256;
            let text = format!("{path} has the SHA-256 {sha256}, and the manifest says {told}");
            return Err(self.archive.refused(text));
        }
        let kind = platform::kind(&content);
        if kind != right {
            let text = format!("{path} is {kind}, and should be {right}");
            return Err(self.archive.refused(text));
        }
        Ok((content, sha256))
    }
}

/// Where this user's programs keep what they can make again; `None` where there is no such place.
#[cfg(unix)]
#[must_use]
pub fn default_cache() -> Option<std::path::PathBuf> {
    let absolute = |name| {
        std::env::var_os(name).map(std::path::PathBuf::from).filter(|path| path.is_absolute())
    };
    let home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(home)))?;
    Some(base.join("thumbox"))
}

fn check_signature(
    archive: &mut Archive,
    key: &PublicKey,
    name: &str,
    content: &[u8],
) -> Result<()> {
    let signature = archive.read(&format!("{name}.minisig"))?;
    signature::check(key, content, &signature)
        .map_err(|wrong| archive.refused(format!("{name} {wrong}")))
}
