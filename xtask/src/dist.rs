//! `cargo xtask dist`: what is given away, and the proof that it works where there is no Rust.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::browser;
use crate::build::{self, Flavour};
use crate::project::{Project, openly};
use crate::python::Python;
use crate::sample;

/// `cargo xtask dist`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    ensure!(arguments.is_empty(), "dist takes no arguments");
    // First where its progress can be seen; the package's own build then finds everything done.
    build::build(project, Flavour::Release, None)?;
    let wheel = wheel(project)?;
    try_out(project, &wheel)?;
    println!("{} installs and works without Rust", wheel.display());
    openly(&mut browser::tests(project, None, Some("packed"))?)?;
    println!("{} installs and works", browser::packed(project).display());
    Ok(())
}

/// Builds the one wheel of this platform.
fn wheel(project: &Project) -> Result<PathBuf> {
    let folder = project.target.join("dist");
    fs::create_dir_all(&folder)?;
    for old in wheels(&folder)? {
        fs::remove_file(old)?;
    }
    println!("building the wheel");
    let python = Python::create(project, "venv", false)?;
    let mut pip = python.pip("wheel");
    pip.args(["--no-deps", "--wheel-dir"]).arg(&folder).arg(project.path("hosts/python"));
    project.quietly(&mut pip)?;
    let wheels = wheels(&folder)?;
    let [wheel] = wheels.as_slice() else { bail!("{} wheels were built, not 1", wheels.len()) };
    let name = wheel.file_name().unwrap_or_default().to_string_lossy();
    ensure!(!name.ends_with("-any.whl"), "{name} says that its native library runs everywhere");
    Ok(wheel.clone())
}

/// Installs the wheel in an environment of its own, where PATH leads to nothing else, and makes a thumbnail.
fn try_out(project: &Project, wheel: &Path) -> Result<()> {
    let photo = sample::sample(project)?;
    let python = Python::create(project, "dist-venv", true)?;
    let programs = python.programs();
    let alone = |command: &mut Command| {
        command.env("PATH", &programs).env_remove("CARGO").env_remove("CARGO_HOME");
    };
    println!("installing the wheel where there is no cargo");
    let mut pip = python.pip("install");
    alone(&mut pip);
    project.quietly(pip.arg(wheel))?;
    let mut demo = Command::new(python.program());
    alone(&mut demo);
    demo.arg(project.path("hosts/examples/demo.py"))
        .arg("--out")
        .arg(project.target.join("dist-demo"));
    openly(demo.arg(photo).current_dir(&project.target))
}

fn wheels(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut wheels = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            wheels.push(path);
        }
    }
    Ok(wheels)
}
