//! A wheel for another processor, tried in Debian's Python for that: its packages are unpacked below target/, and QEMU runs it.
//! Nothing is installed but QEMU.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::browser::provide;
use crate::project::{Project, openly};

const RUNNER: (&str, &str) = ("qemu-aarch64-static", "qemu-user-static");
/// As Debian names the processor.
const PROCESSOR: &str = "arm64";
/// Python, and the modules of its library that need no tests, no Tk and no documentation.
const PACKAGES: [&str; 2] = ["python3-minimal", "libpython3-stdlib"];

/// Replays the golden set natively with the package of a wheel for Linux on aarch64. What keeps it from being tried is said.
pub(crate) fn try_aarch64(project: &Project, wheel: &Path) -> Result<()> {
    let name = wheel.file_name().context("a wheel without a name")?.to_string_lossy();
    let folder = project.target.join("debian").join(PROCESSOR);
    let set_up = provide(project, RUNNER.0, RUNNER.1).and_then(|_| root(project, &folder));
    let root = match set_up {
        Ok(root) => root,
        Err(error) => {
            println!("{name} was NOT TRIED OUT in a Python for its processor: {error:#}");
            return Ok(());
        }
    };
    let package = folder.join("package");
    let _ = fs::remove_dir_all(&package);
    let python = || {
        let mut command = Command::new(RUNNER.0);
        command.arg("-L").arg(&root).arg("-E");
        command.arg(format!("PYTHONPATH={}", package.display()));
        command.arg(root.join("usr/bin/python3")).current_dir(&project.target);
        command
    };
    project.quietly(python().args(["-m", "zipfile", "-e"]).arg(wheel).arg(&package))?;
    let mut replay = python();
    replay.arg(project.path("hosts/python/tests/replay.py"));
    openly(replay.arg(project.path("testdata/golden")).arg("native"))?;
    println!("{name} works in Debian's Python for {PROCESSOR}, under {}: native", RUNNER.0);
    Ok(())
}

/// Where Debian's packages are unpacked.
fn root(project: &Project, folder: &Path) -> Result<PathBuf> {
    let (root, packed) = (folder.join("root"), folder.join("packages"));
    if root.join("usr/bin/python3").exists() {
        return Ok(root);
    }
    println!("unpacking Debian's Python for {PROCESSOR} into {}", root.display());
    let state = folder.join("state");
    for made in
        [&root, &packed, &state.join("lists/partial"), &folder.join("cache/archives/partial")]
    {
        fs::create_dir_all(made).with_context(|| made.display().to_string())?;
    }
    // As on a system of that processor on which nothing is installed.
    let status = state.join("status");
    fs::write(&status, "")?;
    let apt = |program: &str| {
        let mut command = Command::new(program);
        let options = [
            ("APT::Architecture", PROCESSOR.to_owned()),
            ("APT::Architectures", PROCESSOR.to_owned()),
            ("APT::Sandbox::User", "root".to_owned()),
            ("Dir::State", state.display().to_string()),
            ("Dir::State::Status", status.display().to_string()),
            ("Dir::Cache", folder.join("cache").display().to_string()),
        ];
        for (name, value) in options {
            command.args(["-o", &format!("{name}={value}")]);
        }
        command.current_dir(&packed);
        command
    };
    project.quietly(apt("apt-get").arg("update"))?;
    let mut depends = apt("apt-cache");
    depends.args(["depends", "--recurse", "--important"]).args(PACKAGES);
    let output = project.quietly(&mut depends)?;
    // A package stands at the start of a line, and what it needs behind a space; virtual ones are in angle brackets.
    let text = String::from_utf8(output.stdout).context("apt-cache depends")?;
    let names = text.lines().filter(|line| line.starts_with(|first: char| first.is_alphanumeric()));
    project.quietly(apt("apt-get").arg("download").args(names))?;
    for package in fs::read_dir(&packed)? {
        project.quietly(Command::new("dpkg").arg("--extract").arg(package?.path()).arg(&root))?;
    }
    // Packages of newer releases have all of it below /usr.
    if !root.join("lib").exists() {
        crate::build::link("usr/lib", &root.join("lib"))?;
    }
    ensure!(root.join("usr/bin/python3").exists(), "Debian's packages have no Python");
    Ok(root)
}
