//! A library that was built for another platform, tried out here: the golden set through the C ABI, by QEMU or Wine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::platforms::Cross;
use crate::browser::provide;
use crate::build;
use crate::project::Project;

/// How long Wine may take; its first start makes a folder of a whole Windows.
const SECONDS: &str = "300";

/// Wine before 8.18 lacks a library that Windows 10 has and Rust's standard library calls. This stands in for it, here only.
const RANDOM: &str = "#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
    return RtlGenRandom(data, (ULONG)size);
}
";

/// Replays the golden set with a library of this machine.
pub(crate) fn here(project: &Project, library: &Path) -> Result<()> {
    let folder = folder(project, "here")?;
    let program = compile(project, "cc", &folder, library, "golden")?;
    replay(project, Command::new(program))
}

/// Replays the golden set with a library for musl on this machine's processor.
pub(super) fn musl(project: &Project, library: &Path) -> Result<()> {
    provide(project, "musl-gcc", "musl-tools")?;
    let folder = folder(project, "musl")?;
    let program = compile(project, "musl-gcc", &folder, library, "golden")?;
    replay(project, Command::new(program))
}

/// Replays the golden set with a library of another platform.
pub(crate) fn other(project: &Project, cross: &Cross, library: &Path) -> Result<()> {
    let (runner, package) = cross.runner;
    provide(project, runner, package)?;
    let folder = folder(project, cross.platform)?;
    let compiler = cross.compiler.0;
    if runner == "wine" {
        let program = compile(project, compiler, &folder, library, "golden.exe")?;
        return wine(project, compiler, &folder, &program);
    }
    let program = compile(project, compiler, &folder, library, "golden")?;
    let mut command = Command::new(runner);
    // Where Debian's cross compiler has the C library of that platform.
    command.arg("-L").arg(Path::new("/usr").join(compiler.trim_end_matches("-gcc")));
    command.arg(program);
    replay(project, command)
}

fn folder(project: &Project, platform: &str) -> Result<PathBuf> {
    let folder = project.target.join("smoke").join(platform);
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// Compiles native/tests/c/golden.c against a library, beside a copy of that.
fn compile(
    project: &Project,
    compiler: &str,
    folder: &Path,
    library: &Path,
    name: &str,
) -> Result<PathBuf> {
    let file = library.file_name().context("a library without a name")?.to_string_lossy();
    let copy = folder.join(&*file);
    fs::copy(library, &copy).with_context(|| library.display().to_string())?;
    if file.ends_with(".so") {
        // What the program records of it.
        fs::copy(library, folder.join(format!("{file}.{}", build::INTERFACE)))?;
    }
    let program = folder.join(name);
    let mut command = Command::new(compiler);
    command.args(["-std=c11", "-O1", "-I"]).arg(project.path("native/include"));
    command.arg(project.path("native/tests/c/golden.c")).arg("-o").arg(&program).arg(&copy);
    if name == "golden" {
        command.arg("-Wl,-rpath,$ORIGIN");
    }
    project.quietly(&mut command)?;
    Ok(program)
}

fn wine(project: &Project, compiler: &str, folder: &Path, program: &Path) -> Result<()> {
    let prefix = folder.join("wine");
    let wine = |program: &str| {
        let mut command = Command::new("timeout");
        command.args([SECONDS, program]).env("WINEPREFIX", &prefix).env_remove("DISPLAY");
        // Neither .NET nor a browser engine, which it would offer to download.
        command.env("WINEDEBUG", "-all").env("WINEDLLOVERRIDES", "mscoree,mshtml=");
        command
    };
    project.quietly(wine("wineboot").arg("--init"))?;
    let random = "bcryptprimitives.dll";
    if !prefix.join("drive_c/windows/system32").join(random).exists() {
        let source = folder.join("random.c");
        fs::write(&source, RANDOM)?;
        let mut command = Command::new(compiler);
        command.arg("-shared").arg(source).arg("-o").arg(folder.join(random)).arg("-ladvapi32");
        project.quietly(&mut command)?;
    }
    let mut command = wine("wine");
    command.arg(program);
    let outcome = replay(project, command);
    // Its server goes a moment after the last program; a folder of a Windows is large.
    let ended = project.quietly(wine("wineserver").arg("--wait"));
    let _ = fs::remove_dir_all(&prefix);
    outcome.and_then(|()| ended.map(|_| ()))
}

/// Runs the program, and looks that it has tried every case.
fn replay(project: &Project, mut command: Command) -> Result<()> {
    let golden = project.path("testdata/golden");
    // The program leaves those out that a further component reads.
    let is_ours = |line: &&str| line.split('\t').nth(2) != Some("204");
    let cases = fs::read_to_string(golden.join("cases.tsv"))?.lines().filter(is_ours).count();
    let output = project.quietly(command.arg(&golden))?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(cases > 0, "the golden set is empty");
    if text.trim() != format!("{cases} cases, 0 failed") {
        bail!("the golden set has {cases} cases, and the program said: {text}");
    }
    Ok(())
}
