//! Where things are, and how other programs are run.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The project's folders.
pub(crate) struct Project {
    /// The workspace's root.
    pub(crate) root: PathBuf,
    /// Cargo's target folder; all that a task makes is below it.
    pub(crate) target: PathBuf,
    /// The folders that cargo keeps dependencies in.
    pub(crate) dependencies: BTreeSet<PathBuf>,
    /// Show what other programs print even when they succeed.
    pub(crate) verbose: bool,
}

impl Project {
    /// Asks cargo.
    pub(crate) fn find(verbose: bool) -> Result<Self> {
        // Where cargo says that xtask is now: a checkout can be moved without being compiled again.
        let here = std::env::var_os("CARGO_MANIFEST_DIR").context("run it as `cargo xtask`")?;
        let manifest = Path::new(&here).with_file_name("Cargo.toml");
        let mut command = Command::new(cargo());
        command.args(["metadata", "--format-version=1", "--locked", "--manifest-path"]);
        let output = quietly(command.arg(manifest), verbose)?;
        let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
        let path = |key: &str| match metadata.get(key).and_then(Value::as_str) {
            Some(path) => Ok(PathBuf::from(path)),
            None => bail!("cargo metadata has no {key}"),
        };
        let root = path("workspace_root")?;
        let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
        let dependencies = packages
            .filter_map(|package| {
                Path::new(package.get("manifest_path")?.as_str()?).ancestors().nth(2)
            })
            .filter(|folder| !folder.starts_with(&root) && *folder != root)
            .map(Path::to_path_buf)
            .collect();
        Ok(Self { root, target: path("target_directory")?, dependencies, verbose })
    }

    /// A path below the root, written with slashes.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        relative.split('/').fold(self.root.clone(), |path, part| path.join(part))
    }

    /// Runs a program that need not be watched: its output appears if it fails, or with `--verbose`.
    pub(crate) fn quietly(&self, command: &mut Command) -> Result<Output> {
        quietly(command, self.verbose)
    }
}

/// The cargo that runs this.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn quietly(command: &mut Command, verbose: bool) -> Result<Output> {
    command.stdin(Stdio::null());
    if verbose {
        eprintln!("+ {command:?}");
        command.stderr(Stdio::inherit());
    }
    let output = command.output().with_context(|| name(command))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        bail!("{} failed: {}", name(command), output.status);
    }
    Ok(output)
}

/// Runs a program that prints to the terminal.
pub(crate) fn openly(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| name(command))?;
    if !status.success() {
        bail!("{} failed: {status}", name(command));
    }
    Ok(())
}

/// The program and what it was to do, without the rest of its arguments.
fn name(command: &Command) -> String {
    let mut name = Path::new(command.get_program()).file_name().unwrap_or_default().to_owned();
    for argument in command.get_args() {
        name.push(" ");
        name.push(argument);
        if argument != "-m" {
            break;
        }
    }
    name.to_string_lossy().into_owned()
}
