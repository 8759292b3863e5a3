//! Programs from the registry that tasks need, each in a release of its own below target/.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::project::{Project, cargo};

/// A program that cargo installs: its package, and the release that is installed where there is none.
pub(crate) struct Tool {
    package: &'static str,
    version: &'static str,
}

pub(crate) const CARGO_FUZZ: Tool = Tool { package: "cargo-fuzz", version: "0.13.2" };
pub(crate) const CARGO_DENY: Tool = Tool { package: "cargo-deny", version: "0.20.2" };

impl Tool {
    /// The program, installed below target/ unless this release of it is there already.
    pub(crate) fn installed(&self, project: &Project) -> Result<PathBuf> {
        let root = project.target.join(self.package);
        let bin = root.join("bin");
        let program = bin.join(format!("{}{}", self.package, std::env::consts::EXE_SUFFIX));
        let stamp = root.join("installed");
        if program.is_file()
            && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == self.version)
        {
            return Ok(program);
        }
        println!("installing {} {}", self.package, self.version);
        let mut install = Command::new(cargo());
        install.current_dir(&project.root).args(["install", "--locked", "--force", "--root"]);
        install.arg(&root).arg("--target-dir").arg(root.join("build"));
        project.quietly(install.arg(format!("{}@{}", self.package, self.version)))?;
        std::fs::write(stamp, self.version)?;
        // What it was compiled from takes more room than all that it was compiled for.
        let _ = std::fs::remove_dir_all(root.join("build"));
        Ok(program)
    }
}
