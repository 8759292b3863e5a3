//! The wheels of hosts/python for platforms that are not this machine's, and the one for all of them.
//!
//! zig links for an old glibc and for musl: Debian's linkers know only the C library that they come with. Wheels for macOS take
//! a Mac.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::build;
use crate::bundle;
use crate::project::Project;
use crate::python::Python;

/// What builds and checks them, from PyPI.
const TOOLS: &str = "xtask/wheels.txt";

/// A platform that a wheel is for.
struct Platform {
    /// As wheels name it (PEP 600, PEP 656).
    tag: &'static str,
    /// The target's triple.
    target: &'static str,
    /// The oldest glibc that it runs with.
    glibc: Option<&'static str>,
}

const LINUX: [Platform; 4] = [
    Platform {
        tag: "manylinux_2_17_x86_64.manylinux2014_x86_64",
        target: "x86_64-unknown-linux-gnu",
        glibc: Some("2.17"),
    },
    Platform {
        tag: "manylinux_2_17_aarch64.manylinux2014_aarch64",
        target: "aarch64-unknown-linux-gnu",
        glibc: Some("2.17"),
    },
    Platform { tag: "musllinux_1_2_x86_64", target: "x86_64-unknown-linux-musl", glibc: None },
    Platform { tag: "musllinux_1_2_aarch64", target: "aarch64-unknown-linux-musl", glibc: None },
];

const WINDOWS: &str = "win_amd64";

/// Builds them into a folder around the components of another one, and checks what can be checked here.
pub(crate) fn build(project: &Project, artifacts: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let tools = Python::with_requirements(project, TOOLS)?;
    let wheel = |tag: &str, library: Option<&Path>| wheel(project, artifacts, folder, tag, library);
    let mut wheels = vec![wheel("any", None)?];
    println!("building for {}", LINUX.map(|platform| platform.tag).join(", "));
    let targets = LINUX.map(|platform| (platform.target, platform.glibc));
    let libraries = build::native_by_zig(project, &tools.programs(), targets)?;
    for (Platform { tag, target, .. }, library) in LINUX.into_iter().zip(libraries) {
        bundle::try_linux(project, target, &library)?;
        wheels.push(wheel(tag, Some(&library))?);
    }
    println!("building for {WINDOWS}");
    wheels.push(wheel(WINDOWS, Some(&bundle::windows(project)?))?);
    println!("macOS has NO wheel but the one for all platforms: building for it takes a Mac");
    for wheel in &wheels {
        check(project, &tools, wheel)?;
    }
    Ok(wheels)
}

/// Has hosts/python's own build put a library, or none, into a wheel.
fn wheel(
    project: &Project,
    artifacts: &Path,
    folder: &Path,
    tag: &str,
    library: Option<&Path>,
) -> Result<PathBuf> {
    let python = Python::create(project, "venv", false)?;
    let mut pip = python.pip("wheel");
    pip.args(["--no-deps", "--wheel-dir"]).arg(folder).env("THUMBOX_BUILT", artifacts);
    let chosen = match library {
        Some(library) => format!("{tag}:{}", library.display()),
        None => tag.to_owned(),
    };
    project.quietly(pip.env("THUMBOX_WHEEL", chosen).arg(project.path("hosts/python")))?;
    let wheel = folder.join(format!("thumbox-{}-py3-none-{tag}.whl", env!("CARGO_PKG_VERSION")));
    ensure!(wheel.is_file(), "pip made no {}", wheel.display());
    Ok(wheel)
}

/// Makes the source distribution, and says where it is. It is the same for every platform, and so are its checks.
pub(crate) fn source(project: &Project, folder: &Path) -> Result<PathBuf> {
    let tools = Python::with_requirements(project, TOOLS)?;
    let mut hatch = tools.module("hatchling");
    hatch.args(["build", "-t", "sdist", "-d"]).arg(folder);
    project.quietly(hatch.current_dir(project.path("hosts/python")))?;
    let source = folder.join(format!("thumbox-{}.tar.gz", env!("CARGO_PKG_VERSION")));
    project.quietly(tools.module("twine").args(["check", "--strict"]).arg(&source))?;
    println!("{}: {} bytes", source.display(), fs::metadata(&source)?.len());
    Ok(source)
}

/// Prints the libraries that a wheel's own needs: auditwheel looks for those of musl among this machine's.
const NEEDED: &str = "
import io, sys, zipfile
from elftools.elf.elffile import ELFFile

wheel = zipfile.ZipFile(sys.argv[1])
[library] = [name for name in wheel.namelist() if name.endswith('.so')]
dynamic = ELFFile(io.BytesIO(wheel.read(library))).get_section_by_name('.dynamic')
print(*(tag.needed for tag in dynamic.iter_tags('DT_NEEDED')))
";

/// What the index asks of a wheel, and whether its library needs no newer C library than its name says.
fn check(project: &Project, tools: &Python, wheel: &Path) -> Result<()> {
    project.quietly(tools.module("twine").args(["check", "--strict"]).arg(wheel))?;
    let name = wheel.file_name().context("a wheel without a name")?.to_string_lossy();
    if name.contains("musllinux") {
        let output =
            project.quietly(Command::new(tools.program()).args(["-c", NEEDED]).arg(wheel))?;
        let needed = String::from_utf8_lossy(&output.stdout);
        // What musl's system has, and nothing beside.
        ensure!(needed.trim() == "libc.so", "{name} needs {needed}");
    } else if name.contains("manylinux") {
        let output = project.quietly(tools.module("auditwheel").arg("show").arg(wheel))?;
        // It breaks lines where it likes.
        let said = String::from_utf8_lossy(&output.stdout);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let tags = name.trim_end_matches(".whl").rsplit('-').next().unwrap_or_default();
        let first = tags.split('.').next().unwrap_or_default();
        ensure!(said.contains(&format!("\"{first}\"")), "auditwheel of {name}: {said}");
    }
    let size = fs::metadata(wheel)?.len();
    println!("{name}: {size} bytes; what it needs is what its name says");
    Ok(())
}
