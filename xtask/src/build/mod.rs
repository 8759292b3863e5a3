//! The builds: the native plugin and the component, as files in one folder.

mod browser;
mod check;
mod compile;
mod file;
mod flavour;
mod mended;
mod optimise;

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsString;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use wit_component::ComponentEncoder;

use compile::Face;
use file::put;

use crate::project::Project;
pub(crate) use browser::{heic_package, package, package_folder};
pub(crate) use compile::{
    FEATURES, Reads, WASM, WORKSPACE, add_target, bench, example, into_modules_target,
    native_by_zig, native_for, peer_plugin, twins, with_codes,
};
pub(crate) use file::copy;
pub(crate) use flavour::Flavour;
pub(crate) use mended::av1_decoder;

/// `cargo xtask build`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let mut flavour = Flavour::Release;
    let mut out = None;
    let mut with_sandbox = false;
    let mut with_template = false;
    let mut with_heic = false;
    let mut browser = false;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("testing") => flavour = Flavour::Testing,
            lexopt::Arg::Long("sandbox") => with_sandbox = true,
            lexopt::Arg::Long("template") => with_template = true,
            lexopt::Arg::Long("heic") => with_heic = true,
            lexopt::Arg::Long("browser") => browser = true,
            lexopt::Arg::Long("out") => out = Some(PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    if browser {
        ensure!(out.is_none() && !with_sandbox, "--browser goes with neither --out nor --sandbox");
        println!("{}", package(project, flavour)?.display());
        if with_heic {
            println!("{}", heic_package(project, flavour)?.display());
        }
        return Ok(());
    }
    if with_template {
        ensure!(!browser && !with_sandbox, "--template goes with neither --browser nor --sandbox");
        let out = out.unwrap_or_else(|| project.target.join(flavour.folder()));
        return template(project, flavour, &out);
    }
    if with_heic {
        let out = out.clone().unwrap_or_else(|| project.target.join(flavour.folder()));
        heic(project, flavour, &out)?;
        if !with_sandbox {
            return Ok(());
        }
    }
    let out = build(project, flavour, out)?;
    if with_sandbox {
        sandbox(project, flavour, &out, if with_heic { Reads::ALL } else { Reads::USUAL })?;
    }
    Ok(())
}

/// Builds the native library and the components that everybody gets into `out`, or into the flavour's own folder, and says which folder that was.
pub(crate) fn build(project: &Project, flavour: Flavour, out: Option<PathBuf>) -> Result<PathBuf> {
    let out = out.unwrap_or_else(|| project.target.join(flavour.folder()));
    fs::create_dir_all(&out).with_context(|| out.display().to_string())?;
    let library = compile::native(project, flavour)?;
    put_library(&library, &out, "thumbox")?;
    for reads in [Reads::Base, Reads::Avif] {
        put(&out.join(reads.file()), &component(project, reads, flavour)?)?;
    }
    Ok(out)
}

/// Builds the add-on for HEIC into `out`.
pub(crate) fn heic(project: &Project, flavour: Flavour, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    put(&out.join(Reads::Heic.file()), &component(project, Reads::Heic, flavour)?)
}

/// Compiles a component that is in `out` for the sandbox library, and says where its code is.
pub(crate) fn code(
    project: &Project,
    flavour: Flavour,
    out: &Path,
    reads: Reads,
) -> Result<PathBuf> {
    let (component, code) = (out.join(reads.file()), out.join(reads.code()));
    let precompiler = compile::precompiler(project, flavour)?;
    // What it is made of: the program has Wasmtime's release and our configuration in it.
    let mut recipe = fs::read(&component).with_context(|| component.display().to_string())?;
    recipe.extend(fs::read(&precompiler)?);
    let digest = format!("{:016x}", hash(&recipe));
    let stamp = project.target.join(flavour.folder()).join(format!("{}.made-of", reads.code()));
    if code.is_file() && fs::read_to_string(&stamp).is_ok_and(|old| old == digest) {
        println!("{} is up to date", code.display());
        return Ok(code);
    }
    println!("compiling {} for the sandbox library", reads.file());
    let partial = code.with_extension(format!("partial-{}", std::process::id()));
    let mut command = Command::new(precompiler);
    project.quietly(command.arg(&component).arg(&partial).arg("x86-64-v3"))?;
    let made = fs::read(&partial);
    let _ = fs::remove_file(&partial);
    put(&code, &made?)?;
    fs::create_dir_all(stamp.parent().context("a stamp without a folder")?)?;
    fs::write(stamp, digest)?;
    Ok(code)
}

/// Builds the sandbox library into `out`, around the components that are there, and says where it is.
pub(crate) fn sandbox(
    project: &Project,
    flavour: Flavour,
    out: &Path,
    reads: &[Reads],
) -> Result<PathBuf> {
    for one in reads {
        code(project, flavour, out, *one)?;
    }
    put_library(&compile::sandbox(project, flavour, out, reads)?, out, "thumbox_sandbox")
}

/// The number of the libraries' binary interface, which native/build.rs and hosts/rust/sandbox/build.rs give them.
pub(crate) const INTERFACE: &str = "0";

/// Puts a library into a folder, with the link to it that programs need which were linked there, and says where it is.
fn put_library(library: &Path, out: &Path, name: &str) -> Result<PathBuf> {
    let path = out.join(library_name(name));
    put(&path, &fs::read(library)?)?;
    if cfg!(unix) {
        link(&library_name(name), &out.join(versioned_name(name, INTERFACE)))?;
    }
    Ok(path)
}

/// Makes a symbolic link, in the place of what may be there.
pub(crate) fn link(to: &str, path: &Path) -> Result<()> {
    let _ = fs::remove_file(path);
    #[cfg(unix)]
    std::os::unix::fs::symlink(to, path).with_context(|| path.display().to_string())?;
    #[cfg(not(unix))]
    let _ = to;
    Ok(())
}

/// The file's name of a dynamic library of one version: "libthumbox.so.0", "libthumbox.0.dylib".
pub(crate) fn versioned_name(name: &str, version: &str) -> String {
    let library = library_name(name);
    match library.strip_suffix(".dylib") {
        Some(name) => format!("{name}.{version}.dylib"),
        None => format!("{library}.{version}"),
    }
}

/// The file's name of a dynamic library on this machine.
pub(crate) fn library_name(name: &str) -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}{name}{DLL_SUFFIX}")
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// A component, checked.
fn component(project: &Project, reads: Reads, flavour: Flavour) -> Result<Vec<u8>> {
    let module = compile::module(project, Face::Component, reads, flavour)?;
    encode(project, &module, true)
}

/// Builds both faces of hosts/examples/template into `out`.
pub(crate) fn template(project: &Project, flavour: Flavour, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    let library = compile::template(project, flavour)?;
    let name = library.file_name().context("a library without a name")?;
    put(&out.join(name), &fs::read(&library)?)?;
    let component = encode(project, &compile::template_module(project)?, false)?;
    put(&out.join("thumbox_template.wasm"), &component)
}

/// A component from its core module, checked.
fn encode(project: &Project, module: &Path, keeps_text: bool) -> Result<Vec<u8>> {
    let component = ComponentEncoder::default()
        .validate(true)
        .module(&fs::read(module)?)
        .and_then(|encoder| encoder.encode())
        .context("the core module does not make a component of wit/thumbox.wit")?;
    check::check(&component, &project.path("wit/thumbox.wit"), keeps_text)?;
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_that_people_get_passes_its_check() {
        component(&Project::find(false).unwrap(), Reads::Base, Flavour::Release).unwrap();
    }
}
