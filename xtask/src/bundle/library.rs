//! A compiled file of the bundle.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::packages::Root;
use crate::build;

/// One compiled file of the bundle.
pub(super) struct Library {
    /// Whose it is: a platform's key, or `any`.
    pub(super) platform: &'static str,
    /// Which of the platform's builds.
    pub(super) variant: &'static str,
    /// The file's name.
    pub(super) file: String,
    /// What it was compiled from.
    pub(super) root: Root,
    /// Cargo's profile.
    pub(super) profile: &'static str,
    pub(super) content: Vec<u8>,
}

impl Library {
    pub(super) fn path(&self) -> String {
        format!("lib/{}/{}/{}", self.platform, self.variant, self.file)
    }

    /// A library that hosts load, from its file.
    pub(super) fn native(
        platform: &'static str,
        variant: &'static str,
        target: &str,
        profile: &'static str,
        path: &Path,
    ) -> Result<Self> {
        let package = if variant == "sandbox" { "thumbox-sandbox" } else { "thumbox-native" };
        let file = path.file_name().context("a library without a name")?;
        Ok(Self {
            platform,
            variant,
            file: file.to_string_lossy().into_owned(),
            root: Root { package, features: "", target: target.to_owned() },
            profile,
            content: fs::read(path).with_context(|| path.display().to_string())?,
        })
    }

    pub(super) fn component(path: &Path) -> Result<Self> {
        let target = build::WASM.to_owned();
        Ok(Self {
            platform: "any",
            variant: "wasm-component",
            file: "thumbox.wasm".into(),
            root: Root { package: "thumbox-wasm", features: "component", target },
            profile: "release",
            content: fs::read(path).with_context(|| path.display().to_string())?,
        })
    }
}
