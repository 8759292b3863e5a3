//! A Python of the project's own: a virtual environment below target/ with the package installed in it.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};

use crate::build::{self, Flavour};
use crate::project::Project;

/// The oldest Python that the package supports.
const OLDEST: &str = "3.10";

/// Where the packages' own builds put what they compile: hosts/ros compiles Zenoh, which takes minutes the first time.
pub(crate) const TARGET: &str = "CARGO_TARGET_DIR";

/// A virtual environment.
pub(crate) struct Python {
    folder: PathBuf,
}

impl Python {
    /// The environment that every task shares, with the package as it is now: its sources and both builds.
    pub(crate) fn with_package(project: &Project) -> Result<Self> {
        Self::prepare(project, "")
    }

    /// The same, with the add-on for HEIC and the peers that benchmarks measure.
    pub(crate) fn with_peers(project: &Project) -> Result<Self> {
        let python = Self::prepare(project, "[bench]")?;
        let component = project.target.join("artifacts-heic");
        build::heic(project, Flavour::Release, &component)?;
        python.install(project, "heic", "", &[&component])?;
        Ok(python)
    }

    /// The same, with hosts/ros and the peers of its benchmark.
    pub(crate) fn with_ros_peers(project: &Project) -> Result<Self> {
        Self::with_package(project)?.with_ros(project, "[bench]")
    }

    /// The same, with what the package's tests need.
    pub(crate) fn with_tests(project: &Project) -> Result<Self> {
        Self::prepare(project, "[test]")?.with_ros(project, "[test]")
    }

    /// The environment with what a requirements file names, and without the package, which takes minutes to build.
    pub(crate) fn with_requirements(project: &Project, file: &str) -> Result<Self> {
        let python = Self::create(project, "venv", false)?;
        let path = project.path(file);
        let content = fs::read(&path).with_context(|| path.display().to_string())?;
        python.once(&file.replace('/', "-"), &content, || {
            println!("installing what {file} names");
            project.quietly(python.pip("install").arg("--requirement").arg(&path))
        })?;
        Ok(python)
    }

    /// The same, with the package of hosts/ros as it is now.
    fn with_ros(self, project: &Project, extra: &str) -> Result<Self> {
        self.install(project, "ros", extra, &[])?;
        Ok(self)
    }

    fn prepare(project: &Project, extra: &str) -> Result<Self> {
        // First, since a Python that is missing should not be learnt after minutes of compiling.
        let python = Self::create(project, "venv", false)?;
        let artifacts = build::build(project, Flavour::Release, None)?;
        python.install(project, "python", extra, &[&artifacts])?;
        Ok(python)
    }

    /// Installs the package of hosts/HOST: what it needs where that has changed, and itself where its content has.
    fn install(&self, project: &Project, host: &str, extra: &str, more: &[&Path]) -> Result<()> {
        let package = project.path(&format!("hosts/{host}"));
        let metadata = package.join("pyproject.toml");
        let metadata = fs::read(&metadata).with_context(|| metadata.display().to_string())?;
        self.once(&format!("thumbox-{host}{extra}"), &metadata, || {
            println!("installing what hosts/{host}{extra} needs");
            let mut package = package.clone().into_os_string();
            package.push(extra);
            project.quietly(self.pip("install").env(TARGET, &project.target).arg(package))
        })?;
        let folders: Vec<&Path> =
            std::iter::once(package.as_path()).chain(more.iter().copied()).collect();
        self.once(&format!("thumbox-{host}-content"), &content(&folders)?.to_be_bytes(), || {
            println!("installing hosts/{host}");
            let reinstall = ["--force-reinstall", "--no-deps"];
            let mut pip = self.pip("install");
            project.quietly(pip.env(TARGET, &project.target).args(reinstall).arg(&package))
        })
    }

    /// An environment in target/NAME; `fresh` removes what was there.
    pub(crate) fn create(project: &Project, name: &str, fresh: bool) -> Result<Self> {
        let python = Self { folder: project.target.join(name) };
        if !fresh && is_recent(python.program()) {
            return Ok(python);
        }
        println!("making a virtual environment in {}", python.folder.display());
        Self::made_by(project, name, &interpreter()?)
    }

    /// A fresh environment of that interpreter in target/NAME.
    pub(crate) fn made_by(project: &Project, name: &str, interpreter: &Path) -> Result<Self> {
        let python = Self { folder: project.target.join(name) };
        let mut command = Command::new(interpreter);
        project.quietly(command.args(["-m", "venv", "--clear"]).arg(&python.folder))?;
        Ok(python)
    }

    /// Its interpreter.
    pub(crate) fn program(&self) -> PathBuf {
        self.programs().join(if cfg!(windows) { "python.exe" } else { "python" })
    }

    /// The folder of its programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    /// A command that runs a module.
    pub(crate) fn module(&self, module: &str) -> Command {
        let mut command = Command::new(self.program());
        command.args(["-m", module]);
        command
    }

    /// A command that runs pip.
    pub(crate) fn pip(&self, action: &str) -> Command {
        let mut command = self.module("pip");
        command.args([action, "--no-input", "--disable-pip-version-check"]);
        command
    }

    /// Does what has not been done for this content in this environment; the file NAME remembers it.
    fn once(
        &self,
        name: &str,
        content: &[u8],
        action: impl FnOnce() -> Result<Output>,
    ) -> Result<()> {
        let stamp = self.folder.join(name);
        if fs::read(&stamp).is_ok_and(|done| done == content) {
            return Ok(());
        }
        let _ = fs::remove_file(&stamp);
        action()?;
        fs::write(&stamp, content).with_context(|| stamp.display().to_string())
    }
}

const NAMES: [&str; 7] =
    ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];

/// A Python that is recent enough.
fn interpreter() -> Result<PathBuf> {
    match NAMES.into_iter().map(PathBuf::from).find(|name| is_recent(name.clone())) {
        Some(name) => Ok(name),
        None => bail!("Python {OLDEST} or newer is needed, as one of {}", NAMES.join(", ")),
    }
}

/// Every Python here that is recent enough, by its version: those that PATH leads to, and pyenv's.
pub(crate) fn interpreters() -> BTreeMap<String, PathBuf> {
    let home = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")));
    let versions = home.and_then(|home| fs::read_dir(home.join("versions")).ok());
    let of_pyenv = versions
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin").join("python")));
    let all = NAMES.into_iter().map(PathBuf::from).chain(of_pyenv);
    all.filter(|program| is_recent(program.clone()))
        .filter_map(|program| {
            let question = "import platform; print(platform.python_version())";
            let output = Command::new(&program).args(["-c", question]).output().ok()?;
            Some((String::from_utf8(output.stdout).ok()?.trim().to_owned(), program))
        })
        .collect()
}

fn is_recent(program: PathBuf) -> bool {
    let (major, minor) = OLDEST.split_once('.').unwrap_or(("3", "0"));
    let question = format!("import sys; sys.exit(sys.version_info < ({major}, {minor}))");
    let output = Command::new(program).args(["-c", &question]).output();
    output.is_ok_and(|output| output.status.success())
}

/// A number that changes with any file below the folders, but for what building and testing leaves behind.
fn content(folders: &[&Path]) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for folder in folders {
        for file in files(folder)? {
            file.hash(&mut hasher);
            fs::read(&file)?.hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_left_behind =
            ["__pycache__", "_artifacts", "build", "dist", "examples", "target", "tests"]
                .contains(&&*name)
                || name.starts_with('.')
                || name.ends_with(".egg-info");
        if path.is_dir() && !is_left_behind {
            files.extend(self::files(&path)?);
        } else if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
