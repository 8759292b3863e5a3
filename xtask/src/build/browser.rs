//! The npm package of hosts/browser: its sources as they are, the module and its types, in one folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::compile::{self, Face, Reads};
use super::file::put;
use super::flavour::Flavour;
use super::{check, optimise};
use crate::npm;
use crate::project::Project;

/// What the sources import: the JavaScript that wasm-bindgen writes, its types, and the module.
const GENERATED: [&str; 3] = ["thumbox.js", "thumbox.d.ts", "thumbox_bg.wasm"];

/// Builds the package, ready to be imported, served or packed, and says where it is.
pub(crate) fn package(project: &Project, flavour: Flavour) -> Result<PathBuf> {
    let source = project.path("hosts/browser");
    let package = package_folder(project, flavour);
    let written = package.with_file_name("bindgen");
    let module = compile::module(project, Face::Browser, Reads::Base, flavour)?;
    compile::bindgen(project, &module, &written)?;
    // Sources that are gone must not stay in what is packed.
    let _ = fs::remove_dir_all(package.join("src"));
    copy(&source.join("src"), &package.join("src"))?;
    for file in ["package.json", "README.md"] {
        copy(&source.join(file), &package.join(file))?;
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&project.path(licence), &package.join(licence))?;
    }
    fs::create_dir_all(package.join("wasm"))?;
    for name in GENERATED {
        let mut content = fs::read(written.join(name)).with_context(|| name.to_owned())?;
        if flavour == Flavour::Release && name.ends_with(".wasm") {
            content = optimise::optimise(project, content)?;
        }
        if name.ends_with(".wasm") {
            check::check_module(&content).context("the browser's module")?;
        }
        put(&package.join("wasm").join(name), &content)?;
    }
    check_version(&package)?;
    types(project, &package)?;
    Ok(package)
}

/// Where the package is, once it was built.
pub(crate) fn package_folder(project: &Project, flavour: Flavour) -> PathBuf {
    project.target.join("browser").join(flavour.folder()).join("thumbox")
}

/// Has TypeScript check the sources and write their types, where Node is.
fn types(project: &Project, package: &Path) -> Result<()> {
    let Some(modules) = npm::modules(project, npm::TOOLS)? else {
        println!("node and npm were not found: the package is built WITHOUT types");
        return Ok(());
    };
    let _ = fs::remove_dir_all(package.join("types"));
    // Beside the package and not in it: it is checked as it will be installed, with the module's own types.
    let configuration = package.with_file_name("tsconfig.json");
    copy(&project.path("hosts/browser/tsconfig.json"), &configuration)?;
    let mut tsc = Command::new("node");
    tsc.arg(modules.join("typescript").join("bin").join("tsc"));
    tsc.arg("--project").arg(&configuration);
    tsc.arg("--typeRoots").arg(modules.join("@types"));
    project.quietly(&mut tsc).map(|_| ())
}

/// The version stands in Cargo.toml, and npm wants it in package.json, too.
fn check_version(package: &Path) -> Result<()> {
    let text = fs::read_to_string(package.join("package.json"))?;
    let json: Value = serde_json::from_str(&text).context("hosts/browser/package.json")?;
    let version = json.get("version").and_then(Value::as_str).unwrap_or_default();
    let own = env!("CARGO_PKG_VERSION");
    ensure!(version == own, "hosts/browser/package.json has version {version}, Cargo.toml {own}");
    Ok(())
}

/// Copies a file, or a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to).with_context(|| to.display().to_string())?;
        for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
            let entry = entry?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    fs::copy(from, to).with_context(|| from.display().to_string()).map(|_| ())
}
