//! `cargo xtask dist`: what is given away, and the proof that it works where there is no Rust.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::browser;
use crate::build::{self, Flavour};
use crate::bundle;
use crate::foreign;
use crate::project::{Project, cargo, openly};
use crate::python::{self, Python, TARGET};
use crate::sample;
use crate::users;
use crate::wheels;

/// `cargo xtask dist`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let mut key = None;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("key") => key = Some(PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    // First, since nothing else can fail for a key.
    let (bundle, public_key) = bundle::release(project, key.as_deref(), None, false)?;
    listed_by_peer(project, &bundle)?;
    // First where its progress can be seen; the package's own build then finds everything done.
    let artifacts = build::build(project, Flavour::Release, None)?;
    let sandbox = build::sandbox(project, Flavour::Release, &artifacts, build::Reads::USUAL)?;
    loaded_by_peer(project, &bundle, &public_key)?;
    let wheels = build_wheels(project)?;
    let python = try_out(project, &wheels)?;
    for wheel in &wheels {
        println!("{} installs and works without Rust", wheel.display());
        let name = wheel.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("thumbox-") && name.contains("-linux_") {
            // No index takes it; the next ones have the same in them.
            fs::remove_file(wheel)?;
        }
    }
    let folder = project.target.join("dist");
    let source = wheels::source(project, &folder)?;
    // At once: each spends minutes in the linker, which keeps one processor busy.
    std::thread::scope(|scope| {
        let source = scope.spawn(|| try_source(project, &source));
        for wheel in wheels::build(project, &artifacts, &folder)? {
            try_wheel(project, &wheel)?;
        }
        source.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    let unpacked = crates(project)?;
    for name in CRATES {
        println!("{name} compiles from what is in its package");
    }
    let name = sandbox.file_name().context("a library without a name")?;
    let given = project.target.join("dist").join(name);
    fs::copy(&sandbox, &given).with_context(|| given.display().to_string())?;
    try_out_library(&python, &given)?;
    println!("{} works where the native library does", given.display());
    users::try_out(project, &python, &artifacts, &unpacked)?;
    openly(&mut browser::tests(project, None, true)?)?;
    for packed in [browser::packed(project), browser::packed_heic(project)] {
        println!("{} installs and works", packed.display());
    }
    Ok(())
}

/// The peer's command line, which lists what it finds right in a bundle.
const PEER: (&str, &str) = ("rustbridge-cli", "1.0.1");

/// Has rustbridge's own program read the bundle.
fn listed_by_peer(project: &Project, bundle: &Path) -> Result<()> {
    let (package, version) = PEER;
    println!("installing {package} {version} from crates.io into target/tools");
    let tools = project.target.join("tools");
    let mut install = Command::new(cargo());
    install.args(["install", package, "--version", version, "--locked", "--root"]).arg(&tools);
    // Quick to compile: it only has to read.
    install.args(["--debug", "--target-dir"]).arg(tools.join("target"));
    project.quietly(install.current_dir(&project.target))?;
    let program = tools.join("bin").join(format!("rustbridge{}", std::env::consts::EXE_SUFFIX));
    openly(Command::new(program).args(["bundle", "list", "--show-variants"]).arg(bundle))
}

/// Has PyPI's rustbridge load the bundle, with its signatures checked.
fn loaded_by_peer(project: &Project, bundle: &Path, public_key: &str) -> Result<()> {
    let mut pytest = Python::with_tests(project)?.module("pytest");
    pytest.current_dir(project.path("hosts/python")).env("PYTHONDONTWRITEBYTECODE", "1");
    pytest.env("THUMBOX_BUNDLE", bundle).env("THUMBOX_BUNDLE_PUBLIC_KEY", public_key);
    // The host for Rust would have to be compiled first: `cargo xtask test` has that done anyway.
    pytest.args(["-k", "not the_host_for_rust", "-q", "-p", "no:cacheprovider"]);
    pytest.arg("tests/test_bundle_peer.py");
    openly(&mut pytest)
}

/// Builds the wheels: of hosts/python and of hosts/ros for this platform, and the add-on for HEIC, which is for all.
fn build_wheels(project: &Project) -> Result<Vec<PathBuf>> {
    let folder = project.target.join("dist");
    fs::create_dir_all(&folder)?;
    for old in wheels_in(&folder)? {
        fs::remove_file(old)?;
    }
    println!("building the wheels");
    let python = Python::create(project, "venv", false)?;
    for package in ["python", "ros", "heic"] {
        let mut pip = python.pip("wheel");
        pip.args(["--no-deps", "--wheel-dir"]).arg(&folder).env(TARGET, &project.target);
        project.quietly(pip.arg(project.path(&format!("hosts/{package}"))))?;
    }
    let mut wheels = wheels_in(&folder)?;
    wheels.sort();
    let names: Vec<_> = wheels
        .iter()
        .map(|wheel| wheel.file_name().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    ensure!(names.len() == 3, "{} wheels were built, not 3", names.len());
    for name in names {
        let for_all = name.ends_with("-any.whl");
        ensure!(
            for_all == name.starts_with("thumbox_heic-"),
            "{name} is said to run {}",
            if for_all { "everywhere" } else { "on this platform alone" }
        );
    }
    Ok(wheels)
}

/// The crates that are for crates.io, those first that others need.
const CRATES: [&str; 4] = ["thumbox-protocol", "thumbox-abi", "thumbox-core", "thumbox-host"];

/// Packs the crates, and has cargo compile each from its package, below target and not in the repository. Says where they lie
/// unpacked.
fn crates(project: &Project) -> Result<PathBuf> {
    println!("packing the crates");
    let target = project.target.join("crates");
    let mut package = Command::new(cargo());
    // What differs from the commit is packed as it is, as with the wheels.
    package.current_dir(&project.root).args(["package", "--locked", "--allow-dirty"]);
    for name in CRATES {
        package.args(["--package", name]);
    }
    openly(package.arg("--target-dir").arg(&target))?;
    let unpacked = target.join("package");
    for name in CRATES {
        let file = format!("{name}-{}.crate", env!("CARGO_PKG_VERSION"));
        let made = unpacked.join(&file);
        let kept = project.target.join("dist").join(&file);
        fs::copy(&made, &kept).with_context(|| made.display().to_string())?;
    }
    Ok(unpacked)
}

/// Installs the wheels in an environment of its own, where PATH leads to nothing else, and makes thumbnails.
fn try_out(project: &Project, wheels: &[PathBuf]) -> Result<Python> {
    let photo = sample::sample(project)?;
    let python = Python::create(project, "dist-venv", true)?;
    let programs = python.programs();
    let alone = |command: &mut Command| {
        command.env("PATH", &programs).env_remove("CARGO").env_remove("CARGO_HOME");
    };
    println!("installing the wheels where there is no cargo");
    let mut pip = python.pip("install");
    alone(&mut pip);
    project.quietly(pip.args(wheels))?;
    let mut demo = Command::new(python.program());
    alone(&mut demo);
    demo.arg(project.path("hosts/examples/demo.py"))
        .arg("--out")
        .arg(project.target.join("dist-demo"));
    openly(demo.arg(&photo).current_dir(&project.target))?;
    // A box without a picture: 202 is the add-on's answer, and without it there would be 204.
    let code = concat!(
        "import thumbox\n",
        "with thumbox.load() as plugin:\n",
        "    try:\n",
        "        plugin.probe(b'\\0\\0\\0\\x10ftypheic\\0\\0\\0\\0')\n",
        "    except thumbox.ImageError as error:\n",
        "        assert error.code == 202, error\n",
    );
    let mut heic = Command::new(python.program());
    alone(&mut heic);
    openly(heic.args(["-c", code]).current_dir(&project.target))?;
    let mut camera = Command::new(python.program());
    alone(&mut camera);
    camera.arg(project.path("hosts/ros/examples/camera.py")).arg(photo);
    openly(camera.current_dir(&project.target))?;
    Ok(python)
}

/// Installs a wheel of hosts/python alone, if it runs here, for every Python there is, and replays the golden set in the sandbox,
/// and natively where it has the library.
fn try_wheel(project: &Project, wheel: &Path) -> Result<()> {
    let name = wheel.file_name().context("a wheel without a name")?.to_string_lossy();
    let variants: &[&str] = if name.ends_with("-any.whl") {
        &["wasm"]
    } else if name.contains("manylinux") && name.contains(std::env::consts::ARCH) {
        &["wasm", "native"]
    } else if name.contains("manylinux") && name.contains("aarch64") && cfg!(target_os = "linux") {
        return foreign::try_aarch64(project, wheel);
    } else {
        println!("{name} was not installed: it is for another platform");
        return Ok(());
    };
    for (version, interpreter) in python::interpreters() {
        let python = Python::made_by(project, "dist-venv", &interpreter)?;
        let mut pip = python.pip("install");
        pip.env("PATH", python.programs()).env_remove("CARGO").env_remove("CARGO_HOME");
        project.quietly(pip.arg(wheel))?;
        replay(project, &python, variants)?;
        println!("{name} installs and works alone in Python {version}: {}", variants.join(", "));
    }
    Ok(())
}

/// Builds the source distribution as pip does for a platform without a wheel, and replays the golden set with what it made.
fn try_source(project: &Project, source: &Path) -> Result<()> {
    println!("building the source distribution, from nothing");
    let python = Python::create(project, "source-venv", true)?;
    let target = project.target.join("source");
    let mut pip = python.pip("install");
    project.quietly(pip.env(TARGET, &target).current_dir(&project.target).arg(source))?;
    replay(project, &python, &["wasm", "native"])?;
    println!("{} builds and works", source.display());
    Ok(())
}

/// Replays the golden set with the package of an environment, and with nothing else in PATH.
fn replay(project: &Project, python: &Python, variants: &[&str]) -> Result<()> {
    for variant in variants {
        let mut replay = Command::new(python.program());
        replay.env("PATH", python.programs()).current_dir(&project.target);
        replay.arg(project.path("hosts/python/tests/replay.py"));
        openly(replay.arg(project.path("testdata/golden")).arg(variant))?;
    }
    Ok(())
}

/// Lets the host of the native library load the sandbox library.
fn try_out_library(python: &Python, library: &Path) -> Result<()> {
    let mut command = Command::new(python.program());
    let code = "import sys, thumbox; print(thumbox.load('native', path=sys.argv[1]).call('plugin.info')['version'])";
    openly(command.args(["-c", code]).arg(library))
}

fn wheels_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut wheels = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            wheels.push(path);
        }
    }
    Ok(wheels)
}
