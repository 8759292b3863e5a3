//! What concerns hosts/browser beyond its build: the demo's site, and the programs that try it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::build::{self, Flavour};
use crate::npm;
use crate::project::Project;
use crate::python::Python;
use crate::sample;

/// The oldest Node that the package supports.
const OLDEST_NODE: u32 = 20;

/// What the page has of the package.
const SHARED: [&str; 2] = ["src", "wasm"];

/// The demo page with the package in it, as one folder of files.
pub(crate) fn site(project: &Project, package: &Path) -> Result<PathBuf> {
    let modules = tools(project)?;
    let site = project.target.join("browser").join("site");
    let _ = fs::remove_dir_all(&site);
    build::copy(&project.path("hosts/browser/demo"), &site)?;
    fs::remove_file(site.join("server.py")).context("hosts/browser/demo/server.py")?;
    for folder in SHARED {
        build::copy(&package.join(folder), &site.join("thumbox").join(folder))?;
    }
    // The one thing on the page that is not ours: it packs thumbnails into a ZIP file.
    let zip = modules.join("client-zip");
    build::copy(&zip.join("index.js"), &site.join("client-zip.js"))?;
    build::copy(&zip.join("LICENSE.txt"), &site.join("client-zip.LICENSE.txt"))?;
    Ok(site)
}

/// The command that serves a site on 127.0.0.1, with the native build to compare with.
pub(crate) fn server(project: &Project, python: &Python, site: &Path) -> Command {
    let mut server = Command::new(python.program());
    server.arg(project.path("hosts/browser/demo/server.py")).arg(site);
    server
}

/// The npm packages that check, test and bundle.
pub(crate) fn tools(project: &Project) -> Result<PathBuf> {
    provide(project, "node", "nodejs")?;
    provide(project, "npm", "npm")?;
    let version = project.quietly(Command::new("node").arg("--version"))?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major =
        version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    ensure!(major >= Some(OLDEST_NODE), "node is {version}; Node {OLDEST_NODE} or newer is needed");
    npm::modules(project, npm::TOOLS)?.context("npm installed nothing")
}

/// Where the packed file is, once it was packed.
pub(crate) fn packed(project: &Project) -> PathBuf {
    project.target.join("dist").join(concat!("thumbox-", env!("CARGO_PKG_VERSION"), ".tgz"))
}

/// The same of the package for HEIC.
pub(crate) fn packed_heic(project: &Project) -> PathBuf {
    project.target.join("dist").join(concat!("thumbox-heic-", env!("CARGO_PKG_VERSION"), ".tgz"))
}

/// Packs the npm packages, as `thumbox-VERSION.tgz` and `thumbox-heic-VERSION.tgz` in target/dist.
pub(crate) fn pack(project: &Project) -> Result<PathBuf> {
    tools(project)?;
    let package = build::package(project, Flavour::Release)?;
    let folder = project.target.join("dist");
    fs::create_dir_all(&folder)?;
    let heic = build::heic_package(project, Flavour::Release)?;
    for (package, packed) in [(package, packed(project)), (heic, packed_heic(project))] {
        let _ = fs::remove_file(&packed);
        let mut npm = Command::new(npm::PROGRAM);
        npm.current_dir(&package).args(["pack", "--ignore-scripts", "--pack-destination"]);
        project.quietly(npm.arg(&folder))?;
        ensure!(packed.is_file(), "npm pack made no {}", packed.display());
    }
    Ok(packed(project))
}

/// The command that runs the tests of hosts/browser, or only those of what is packed.
pub(crate) fn tests(
    project: &Project,
    corpus: Option<&Path>,
    packed_only: bool,
) -> Result<Command> {
    let modules = tools(project)?;
    let chromium = provide(project, "chromium", "chromium")?;
    let python = Python::with_tests(project)?;
    let packed = pack(project)?;
    let package = build::package_folder(project, Flavour::Release);
    let corpus = match corpus {
        Some(corpus) => corpus.to_path_buf(),
        None => photographs(project, &python)?,
    };
    let tests = project.path("hosts/browser/tests");
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&tests).with_context(|| tests.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.strip_suffix(".test.js").is_some_and(|name| !packed_only || name == "packed") {
            files.push(path);
        }
    }
    files.sort();
    let mut node = Command::new("node");
    // One after the other: each starts a browser of its own, and some look at memory.
    node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]).args(files);
    for (name, value) in [
        ("PACKED", packed.into_os_string()),
        ("PACKED_HEIC", packed_heic(project).into_os_string()),
        ("PACKAGE", package.clone().into_os_string()),
        ("HEIC_PACKAGE", package.with_file_name("thumbox-heic").into_os_string()),
        ("SITE", site(project, &package)?.into_os_string()),
        ("NODE_MODULES", modules.into_os_string()),
        ("CHROMIUM", chromium),
        ("PYTHON", python.program().into_os_string()),
        ("CORPUS", corpus.into_os_string()),
        ("PHOTO", sample::sample(project)?.into_os_string()),
        ("SCREENSHOTS", project.target.join("screenshots").into_os_string()),
    ] {
        node.env(format!("THUMBOX_{name}"), value);
    }
    if !packed_only {
        node.env("THUMBOX_TESTING_PACKAGE", build::package(project, Flavour::Testing)?);
    }
    Ok(node)
}

/// The command that runs bench/browser.
pub(crate) fn bench(project: &Project) -> Result<Command> {
    let modules = tools(project)?;
    let peers = npm::modules(project, npm::PEERS)?.context("npm did not install the peers")?;
    let chromium = provide(project, "chromium", "chromium")?;
    let python = Python::with_package(project)?;
    let package = build::package(project, Flavour::Release)?;
    let mut node = Command::new("node");
    node.arg(project.path("bench/browser/browser.js"));
    for (name, value) in [
        ("SITE", site(project, &package)?.into_os_string()),
        ("PACKAGE", package.into_os_string()),
        ("NODE_MODULES", modules.into_os_string()),
        ("PEERS", peers.into_os_string()),
        ("CHROMIUM", chromium),
        ("PYTHON", python.program().into_os_string()),
        ("PHOTO", sample::sample(project)?.into_os_string()),
        ("LARGE_PHOTO", sample::large(project)?.into_os_string()),
    ] {
        node.env(format!("THUMBOX_{name}"), value);
    }
    Ok(node)
}

/// The pictures that scikit-image brings.
fn photographs(project: &Project, python: &Python) -> Result<PathBuf> {
    let mut command = Command::new(python.program());
    command.args([
        "-c",
        "import pathlib, skimage; print(pathlib.Path(skimage.__file__).parent / 'data')",
    ]);
    let output = project.quietly(&mut command)?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// A program; where it is missing, Debian's package of it, or the packages with spaces between, are installed if that is
/// allowed.
pub(crate) fn provide(project: &Project, program: &str, package: &str) -> Result<OsString> {
    if runs(program) {
        return Ok(program_path(program));
    }
    install(project, program, package)?;
    if !runs(program) {
        bail!("{program} is needed; the package {package} was installed, and it does not run");
    }
    Ok(program_path(program))
}

/// Installs Debian's package, or the packages with spaces between, of something that is needed.
pub(crate) fn install(project: &Project, needed: &str, package: &str) -> Result<()> {
    println!("installing {package} by apt-get");
    let mut update = Command::new("apt-get");
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    install.args(["install", "--yes", "--no-install-recommends"]).args(package.split(' '));
    let installed =
        project.quietly(update.args(["update"])).and_then(|_| project.quietly(&mut install));
    if let Err(error) = installed {
        bail!("{needed} is needed, and apt-get could not install {package}: {error:#}");
    }
    Ok(())
}

fn runs(program: &str) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| output.status.success())
}

/// Where PATH finds it: not every program that is told to run another looks there itself.
fn program_path(program: &str) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .map_or_else(|| program.into(), PathBuf::into_os_string)
}
