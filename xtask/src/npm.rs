//! What comes from npm: installed below target/ at the versions of a folder of ours. Without Node nothing is installed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::project::Project;

/// The name of npm's program.
pub(crate) const PROGRAM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// Packages with the versions that were tried.
#[derive(Clone, Copy)]
pub(crate) struct Packages {
    /// The folder of their lock file.
    folder: &'static str,
    what: &'static str,
}

/// What builds and tests the browser's package.
pub(crate) const TOOLS: Packages =
    Packages { folder: "xtask/npm", what: "wasm-opt, TypeScript and test tools" };

/// What benchmarks measure beside us.
pub(crate) const PEERS: Packages =
    Packages { folder: "bench/npm", what: "sharp, wasm-vips and jSquash" };

/// Their lock file: it says which versions.
pub(crate) fn lock(project: &Project, packages: Packages) -> PathBuf {
    project.path(packages.folder).join("package-lock.json")
}

/// Their `node_modules`, installed; none where Node or npm is missing.
pub(crate) fn modules(project: &Project, packages: Packages) -> Result<Option<PathBuf>> {
    let Packages { folder, what } = packages;
    let works = |program| {
        Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    if !works("node") {
        return Ok(None);
    }
    let target = project.target.join(folder.replace('/', "-"));
    let modules = target.join("node_modules");
    let wanted = fs::read(lock(project, packages))?;
    if modules.is_dir()
        && fs::read(target.join("installed")).is_ok_and(|installed| installed == wanted)
    {
        return Ok(Some(modules));
    }
    if !works(PROGRAM) {
        return Ok(None);
    }
    println!("installing {what} from npm");
    fs::create_dir_all(&target)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(project.path(folder).join(file), target.join(file))?;
    }
    let mut command = Command::new(PROGRAM);
    command.current_dir(&target).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    project.quietly(&mut command)?;
    fs::write(target.join("installed"), wanted)?;
    Ok(Some(modules))
}
