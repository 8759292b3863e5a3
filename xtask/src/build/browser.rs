//! The npm packages: hosts/browser with its sources as they are, the modules and their types, in one folder; and
//! hosts/heic/npm with the module for HEIC.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::compile::{self, Face, Reads};
use super::file::{copy, put};
use super::flavour::Flavour;
use super::{check, optimise};
use crate::npm;
use crate::project::Project;

/// What wasm-bindgen writes for a module: the JavaScript and its types, which are the same for all, and the module itself.
const SCRIPTS: [&str; 2] = ["thumbox.js", "thumbox.d.ts"];
const MODULE: &str = "thumbox_bg.wasm";

/// Builds the package, ready to be imported, served or packed, and says where it is.
pub(crate) fn package(project: &Project, flavour: Flavour) -> Result<PathBuf> {
    let source = project.path("hosts/browser");
    let package = package_folder(project, flavour);
    let base = module(project, Reads::Base, flavour)?;
    let common = module(project, Reads::Common, flavour)?;
    let avif = module(project, Reads::Avif, flavour)?;
    // Sources that are gone must not stay in what is packed.
    let _ = fs::remove_dir_all(package.join("src"));
    copy(&source.join("src"), &package.join("src"))?;
    for file in ["package.json", "README.md"] {
        copy(&source.join(file), &package.join(file))?;
    }
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&project.path(licence), &package.join(licence))?;
    }
    let wasm = package.join("wasm");
    fs::create_dir_all(&wasm)?;
    put(&wasm.join(MODULE), &base.content)?;
    for (name, further) in [("common", common), ("avif", avif)] {
        ensure!(
            further.scripts == base.scripts,
            "the module {name} has other bindings than the base module"
        );
        put(&wasm.join(format!("thumbox_{name}_bg.wasm")), &further.content)?;
    }
    for (name, content) in SCRIPTS.iter().zip(&base.scripts) {
        put(&wasm.join(name), content)?;
    }
    check_version(&package)?;
    types(project, &package)?;
    minified(project, &package)?;
    Ok(package)
}

/// Builds the package for HEIC, which the other one can be given, and says where it is.
pub(crate) fn heic_package(project: &Project, flavour: Flavour) -> Result<PathBuf> {
    let package = package_folder(project, flavour).with_file_name("thumbox-heic");
    let heic = module(project, Reads::Heic, flavour)?;
    let wasm = package_folder(project, flavour).join("wasm");
    for (name, content) in SCRIPTS.iter().zip(&heic.scripts) {
        let base = fs::read(wasm.join(name)).with_context(|| name.to_owned())?;
        ensure!(base == *content, "the module for HEIC has another {name} than the base module");
    }
    let _ = fs::remove_dir_all(&package);
    copy(&project.path("hosts/heic/npm"), &package)?;
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&project.path(licence), &package.join(licence))?;
    }
    put(&package.join("thumbox_heic_bg.wasm"), &heic.content)?;
    check_version(&package)?;
    Ok(package)
}

/// A module, and what wasm-bindgen has written for it.
struct Module {
    content: Vec<u8>,
    scripts: Vec<Vec<u8>>,
}

fn module(project: &Project, reads: Reads, flavour: Flavour) -> Result<Module> {
    let written = package_folder(project, flavour).with_file_name("bindgen");
    let compiled = compile::module(project, Face::Browser, reads, flavour)?;
    compile::bindgen(project, &compiled, &written)?;
    let read = |name: &str| fs::read(written.join(name)).with_context(|| name.to_owned());
    let mut content = read(MODULE)?;
    if reads.built_as(flavour) == Flavour::Release {
        content = optimise::optimise(project, reads.feature(), content)?;
    }
    check::check_module(&content)
        .with_context(|| format!("the browser's module {}", reads.feature()))?;
    let scripts = SCRIPTS.iter().map(|name| read(name)).collect::<Result<_>>()?;
    Ok(Module { content, scripts })
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
    project.quietly(&mut tsc)?;
    // Nobody imports a worker: their types are empty.
    for name in ["worker.d.ts", "worker-node.d.ts"] {
        fs::remove_file(package.join("types").join(name)).with_context(|| name.to_owned())?;
    }
    Ok(())
}

/// Makes one small file of the page's modules, and one of its worker's, where Node is. They lie as deep as the sources, so that
/// the addresses in them hold.
fn minified(project: &Project, package: &Path) -> Result<()> {
    let folder = package.join("min");
    let _ = fs::remove_dir_all(&folder);
    let Some(modules) = npm::modules(project, npm::TOOLS)? else {
        println!("node and npm were not found: the package is built WITHOUT the minified files");
        return Ok(());
    };
    for name in ["index.js", "worker.js"] {
        let file = folder.join(name);
        let mut rolldown = Command::new("node");
        rolldown.arg(modules.join("rolldown").join("bin").join("cli.mjs"));
        rolldown.arg(package.join("src").join(name)).arg("--file").arg(&file);
        rolldown.args(["--format", "esm", "--platform", "browser", "--minify"]);
        project.quietly(&mut rolldown)?;
        println!("min/{name} has {} bytes", fs::metadata(&file)?.len());
    }
    Ok(())
}

/// The version stands in Cargo.toml, and npm wants it in package.json, too.
fn check_version(package: &Path) -> Result<()> {
    let text = fs::read_to_string(package.join("package.json"))?;
    let named = || format!("package.json of {}", package.display());
    let json: Value = serde_json::from_str(&text).with_context(named)?;
    let version = json.get("version").and_then(Value::as_str).unwrap_or_default();
    let own = env!("CARGO_PKG_VERSION");
    ensure!(version == own, "{} has version {version}, Cargo.toml {own}", named());
    Ok(())
}
