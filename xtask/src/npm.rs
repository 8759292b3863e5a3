//! What comes from npm: installed below target/ at the versions of a folder of ours. Without Node nothing is installed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::project::Project;

/// The name of npm's program.
pub(crate) const PROGRAM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

/// The lock file of a folder of ours: it says which versions.
pub(crate) fn lock(project: &Project, folder: &str) -> PathBuf {
    project.path(folder).join("package-lock.json")
}

/// The `node_modules` of FOLDER, such as xtask/npm, installed; none where Node or npm is missing.
pub(crate) fn modules(project: &Project, folder: &str, what: &str) -> Result<Option<PathBuf>> {
    let works = |program| {
        Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
    };
    if !works("node") {
        return Ok(None);
    }
    let target = project.target.join(folder.replace('/', "-"));
    let modules = target.join("node_modules");
    let wanted = fs::read(lock(project, folder))?;
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
