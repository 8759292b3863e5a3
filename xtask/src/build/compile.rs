//! The compiler's part: cargo, its flags, and where it put the result.

use std::borrow::BorrowMut;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::flavour::Flavour;
use super::mended;
use crate::project::{Project, cargo};

/// The target of the component and of the browser's module.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// What runs on this machine, with every feature.
pub(crate) const WORKSPACE: [&str; 3] = ["--workspace", "--exclude", "thumbox-wasm"];
pub(crate) const FEATURES: [&str; 2] =
    ["--features", "thumbox-core/schema,thumbox-core/testing,thumbox-host/bundle"];

/// The stack of a core module. It lies below all data, so running out of it is a trap.
const STACK_BYTES: u32 = 1 << 20;
/// That of the component: with the data, of some 220 KiB, it fills what would be one large page, so that nearly all of the
/// heap is after that. With much more data the heap would only lose some of what large pages gain.
const COMPONENT_STACK_BYTES: u32 = (2 << 20) - (256 << 10);

/// The memory that an instance of the component begins with: to grow costs a system call or two, and what is there from
/// the beginning can lie in large pages. Nothing is spent on what is not touched. The allocator touches the end, which
/// therefore lies after the last large page.
const MEMORY_BYTES: u32 = (8 << 20) + (64 << 10);

/// The most memory that an instance of the browser's module can have: what Python's sandbox has, too.
const BROWSER_MEMORY_BYTES: u32 = 512 << 20;

/// Compiles the native plugin.
pub(super) fn native(project: &Project, flavour: Flavour) -> Result<PathBuf> {
    compile(for_this_machine(project, flavour, "thumbox-native"), "thumbox")
}

/// Compiles the native plugin that people get for another platform, with a C compiler of that.
pub(crate) fn native_for(
    project: &Project,
    target: &str,
    linker: &str,
    flags: &[&str],
) -> Result<PathBuf> {
    add_target(project, target)?;
    let mut command = cargo_build(project);
    command.args(["--release", "--package", "thumbox-native", "--target", target, "--target-dir"]);
    command.arg(project.target.join("native"));
    let name = target.to_uppercase().replace('-', "_");
    command.env(format!("CARGO_TARGET_{name}_LINKER"), linker);
    let mut all = given_flags();
    all.push("-Cstrip=symbols".to_owned());
    all.extend(flags.iter().map(|&flag| flag.to_owned()));
    all.extend(anonymous(project));
    command.env("CARGO_ENCODED_RUSTFLAGS", all.join("\x1f"));
    compile(command, "thumbox")
}

/// Compiles the native plugin for several Linuxes at once, with zig as its linker: for glibc from a version on, or for musl.
/// `programs`: the folder of cargo-zigbuild and of a Python that has zig.
pub(crate) fn native_by_zig<const N: usize>(
    project: &Project,
    programs: &Path,
    targets: [(&str, Option<&str>); N],
) -> Result<[PathBuf; N]> {
    let mut command = Command::new(programs.join("cargo-zigbuild"));
    command.current_dir(&project.root);
    command.args(["zigbuild", "--locked", "--message-format=json-render-diagnostics"]);
    // Not where the bundle's are: other flags would have them compiled again each time.
    command.args(["--release", "--package", "thumbox-native", "--target-dir"]);
    command.arg(project.target.join("zig"));
    for (target, glibc) in targets {
        add_target(project, target)?;
        let glibc = glibc.map(|version| format!(".{version}")).unwrap_or_default();
        command.args(["--target", &format!("{target}{glibc}")]);
    }
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&paths));
    command.env("PATH", std::env::join_paths(paths)?);
    let mut flags = given_flags();
    flags.push("-Cstrip=symbols".to_owned());
    // A library of musl's is a dynamic one; glibc's is anyway.
    flags.push("-Ctarget-feature=-crt-static".to_owned());
    flags.extend(anonymous(project));
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    let made = libraries(&mut command, "thumbox")?;
    let mut found = targets.map(|_| PathBuf::new());
    for ((target, _), found) in targets.into_iter().zip(&mut found) {
        let is_ours = |file: &&PathBuf| file.iter().any(|part| part == target);
        *found =
            made.iter().find(is_ours).with_context(|| format!("no library for {target}"))?.clone();
    }
    Ok(found)
}

/// Compiles the sandbox library around compiled components.
pub(super) fn sandbox(
    project: &Project,
    flavour: Flavour,
    folder: &Path,
    reads: &[Reads],
) -> Result<PathBuf> {
    let mut command = for_this_machine(project, flavour, "thumbox-sandbox");
    compile(with_codes(&mut command, folder, reads), "thumbox_sandbox")
}

/// Compiles the library of hosts/examples/template.
pub(super) fn template(project: &Project, flavour: Flavour) -> Result<PathBuf> {
    compile(for_this_machine(project, flavour, "thumbox-template"), "thumbox_template")
}

/// Compiles the core module of its component, with our component's flags, for what both need is then compiled once.
pub(super) fn template_module(project: &Project) -> Result<PathBuf> {
    add_target(project, WASM)?;
    let mut command = cargo_for(project, "rustc");
    command.args(["--package", "thumbox-template", "--lib", "--release", "--target", WASM]);
    into_modules_target(project, &mut command);
    command.env("CARGO_ENCODED_RUSTFLAGS", module_flags(project).join("\x1f"));
    command.arg("--").args(link_flags(Face::Component, Flavour::Release));
    compile(command, "thumbox_template")
}

/// Tells the build of the sandbox library which compiled components of a folder go into it.
pub(crate) fn with_codes<'c>(
    command: &'c mut Command,
    folder: &Path,
    reads: &[Reads],
) -> &'c mut Command {
    for reads in reads {
        let variable = match reads {
            Reads::Base => "THUMBOX_COMPILED".to_owned(),
            other => format!("THUMBOX_COMPILED_{}", other.feature().to_uppercase()),
        };
        command.env(variable, folder.join(reads.code()));
    }
    command
}

/// Compiles the program that compiles components.
pub(super) fn precompiler(project: &Project, flavour: Flavour) -> Result<PathBuf> {
    let mut command = for_this_machine(project, flavour, "thumbox-host");
    if flavour == Flavour::Release {
        command.args(["--bin", PRECOMPILER]);
    }
    executable(&mut command, PRECOMPILER)
}

/// Compiles the program that measures calls from Rust.
pub(crate) fn bench(project: &Project) -> Result<PathBuf> {
    executable(&mut for_this_machine(project, Flavour::Release, "thumbox-bench"), "thumbox-bench")
}

/// Compiles the program that asks both builds of the core.
pub(crate) fn twins(project: &Project, flavour: Flavour) -> Result<PathBuf> {
    executable(&mut for_this_machine(project, flavour, "thumbox-twins"), "thumbox-twins")
}

const PRECOMPILER: &str = "thumbox-precompile";

fn for_this_machine(project: &Project, flavour: Flavour, package: &str) -> Command {
    let mut command = cargo_build(project);
    match flavour {
        Flavour::Release => {
            // In a folder of its own, or each other cargo command would compile everything again for its own flags.
            command.args(["--release", "--package", package, "--target-dir"]);
            command.arg(project.target.join("native"));
            let mut flags = given_flags();
            flags.extend(anonymous(project));
            command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
        }
        // What `cargo test` has compiled, or will: with the tests, whose dependencies choose features, too.
        Flavour::Testing => {
            command.args(WORKSPACE).args(FEATURES).arg("--all-targets");
        }
    }
    command
}

/// What a module of the package `thumbox-wasm` is for: each has a feature, and flags for its linker.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// The core module of the WASI component.
    Component,
    /// The module of hosts/browser.
    Browser,
}

impl Face {
    /// The feature.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Browser => "browser",
        }
    }
}

/// What a module reads: nearly all formats, or one that has a module of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// JPEG and PNG: the browser's first module. No component is of it.
    Common,
    /// All that the core reads by itself.
    Base,
    /// AVIF.
    Avif,
    /// HEIC.
    Heic,
}

impl Reads {
    /// What everybody gets.
    pub(crate) const USUAL: &[Self] = &[Self::Base, Self::Avif];
    /// The same, and what is an add-on.
    pub(crate) const ALL: &[Self] = &[Self::Base, Self::Avif, Self::Heic];

    /// The flavour that it is built in: the tests' message is asked of the base alone, and compiling a decoder twice takes
    /// minutes.
    pub(super) fn built_as(self, flavour: Flavour) -> Flavour {
        match self {
            Self::Base => flavour,
            Self::Common | Self::Avif | Self::Heic => Flavour::Release,
        }
    }

    /// The feature of the package `thumbox-wasm`.
    pub(crate) fn feature(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::Base => "base",
            Self::Avif => "avif",
            Self::Heic => "heic",
        }
    }

    /// The component's file.
    pub(crate) fn file(self) -> String {
        match self {
            Self::Base => "thumbox.wasm".to_owned(),
            other => format!("thumbox-{}.wasm", other.feature()),
        }
    }

    /// The file of the compiled component.
    pub(crate) fn code(self) -> String {
        self.file().replace(".wasm", ".cwasm")
    }
}

/// Compiles the WebAssembly module of one face.
pub(super) fn module(
    project: &Project,
    face: Face,
    reads: Reads,
    flavour: Flavour,
) -> Result<PathBuf> {
    let flavour = reads.built_as(flavour);
    add_target(project, WASM)?;
    let mut command = cargo_for(project, "rustc");
    command.args(["--package", "thumbox-wasm", "--target", WASM, "--no-default-features"]);
    command.args(["--features", face.name(), "--features", reads.feature()]);
    if reads == Reads::Avif {
        let folder = mended::av1_decoder(project)?;
        let folder = folder.to_str().context("a folder whose name is not UTF-8")?;
        command.args(["--config", &format!("paths=[{folder:?}]")]);
    }
    match (flavour, face) {
        (Flavour::Release, Face::Component) => command.arg("--release"),
        (Flavour::Release, Face::Browser) => command.args(["--profile", "browser"]),
        (Flavour::Testing, _) => {
            command.env("CARGO_PROFILE_DEV_STRIP", "debuginfo");
            // The component's features for both, so that the core is compiled once.
            command.args(["--features", "thumbox-core/testing,thumbox-core/json"])
        }
    };
    into_modules_target(project, &mut command);
    command.env("CARGO_ENCODED_RUSTFLAGS", module_flags(project).join("\x1f"));
    // For this module alone: what it is made of is the same for both faces.
    command.arg("--").args(link_flags(face, flavour));
    compile(command, "thumbox_wasm")
}

/// Has cargo compile into the target folder of all modules: what they are made of is compiled once for each profile and
/// choice of features.
pub(crate) fn into_modules_target<'c>(
    project: &Project,
    command: &'c mut Command,
) -> &'c mut Command {
    // Cargo gives a dynamic library's file a hash of its features only where this is set. Without it there is one file for
    // all modules, which is compiled anew whenever the one before it was another.
    command.env("__CARGO_DEFAULT_LIB_METADATA", "modules");
    command.arg("--target-dir").arg(project.target.join("wasm"))
}

/// What all modules are compiled with.
fn module_flags(project: &Project) -> Vec<String> {
    let simd = "-Ctarget-feature=+simd128".to_owned();
    std::iter::once(simd).chain(anonymous(project)).collect()
}

/// What a module of a face is linked with.
fn link_flags(face: Face, flavour: Flavour) -> Vec<String> {
    let link = |argument: String| format!("-Clink-arg={argument}");
    match face {
        Face::Component => {
            let mut flags = vec![
                link(format!("-zstack-size={COMPONENT_STACK_BYTES}")),
                link(format!("--initial-memory={MEMORY_BYTES}")),
            ];
            if flavour == Flavour::Release {
                flags.push("-Cstrip=symbols".to_owned());
            }
            flags
        }
        // It is stripped by wasm-opt. No host sets a limit here, so that the module brings its own.
        Face::Browser => vec![
            link(format!("-zstack-size={STACK_BYTES}")),
            link(format!("--max-memory={BROWSER_MEMORY_BYTES}")),
        ],
    }
}

/// Has wasm-bindgen write the browser's module and the JavaScript around it into a folder.
pub(super) fn bindgen(project: &Project, module: &Path, folder: &Path) -> Result<()> {
    let mut command = Command::new(cargo());
    command.current_dir(&project.root);
    command.args(["run", "--locked", "--quiet", "--package", "xtask-bindgen", "--"]);
    project.quietly(command.arg(module).arg(folder)).map(|_| ())
}

fn cargo_build(project: &Project) -> Command {
    cargo_for(project, "build")
}

/// Cargo for a build: `build`, or `rustc` for flags that a package has alone.
fn cargo_for(project: &Project, action: &str) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(&project.root);
    command.args([action, "--locked", "--message-format=json-render-diagnostics"]);
    command
}

/// Compiles an example and says where it is. It is what `cargo test` compiles, too.
pub(crate) fn example(project: &Project, name: &str) -> Result<PathBuf> {
    let mut command = cargo_build(project);
    executable(command.args(WORKSPACE).args(FEATURES).args(["--example", name]), name)
}

/// Compiles the plugin that the benchmark `bridge` measures ours beside, and says where it is.
pub(crate) fn peer_plugin(project: &Project) -> Result<PathBuf> {
    let manifest = project.path("bench/peer-plugin/Cargo.toml");
    let mut command = cargo_build(project);
    command.arg("--release").arg("--manifest-path").arg(manifest);
    compile(command.arg("--target-dir").arg(project.target.join("peer-plugin")), "peer_plugin")
}

/// Runs cargo and returns the program that it made.
fn executable(command: &mut Command, name: &str) -> Result<PathBuf> {
    let artifacts = artifacts(command, name)?;
    let mut executables =
        artifacts.iter().filter_map(|message| message.get("executable")?.as_str());
    let executable = executables.next().map(PathBuf::from);
    executable.with_context(|| format!("cargo build made no program {name}"))
}

/// Runs cargo and returns the dynamic library that it made.
fn compile(mut command: impl BorrowMut<Command>, library: &str) -> Result<PathBuf> {
    let made = libraries(command.borrow_mut(), library)?.into_iter().next();
    made.with_context(|| format!("cargo build made no dynamic library {library}"))
}

/// Runs cargo and returns the dynamic libraries that it made, one for each target.
fn libraries(command: &mut Command, library: &str) -> Result<Vec<PathBuf>> {
    let artifacts = artifacts(command, library)?;
    let files = artifacts.iter().filter_map(|message| message.get("filenames")?.as_array());
    let extensions = ["so", "dylib", "dll", "wasm"];
    let files = files.flatten().filter_map(|file| file.as_str().map(PathBuf::from));
    Ok(files
        .filter(|file| {
            extensions.iter().any(|extension| file.extension() == Some(extension.as_ref()))
        })
        .collect())
}

/// Runs cargo and returns what it says of the target.
fn artifacts(command: &mut Command, target: &str) -> Result<Vec<Value>> {
    let start = Instant::now();
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().context("cargo build")?;
    if !output.status.success() {
        bail!("cargo build of {target} failed: {}", output.status);
    }
    println!("cargo build of {target}: {:.1} s", start.elapsed().as_secs_f64());
    let stdout = String::from_utf8(output.stdout).context("cargo build")?;
    let messages = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(messages
        .filter(|message| message.pointer("/target/name").is_some_and(|name| name == target))
        // Where all targets are built, there is also the program's or library's own test.
        .filter(|message| message.pointer("/profile/test").is_some_and(|test| test == false))
        .collect())
}

/// Panics name source files: keep them short, and free of the names of folders on this machine.
fn anonymous(project: &Project) -> impl Iterator<Item = String> {
    let folders = project.dependencies.iter().chain([&project.root]);
    folders.map(|folder| format!("--remap-path-prefix={}=", folder.display()))
}

/// The flags that whoever builds has set.
fn given_flags() -> Vec<String> {
    let split = |name, separator: fn(char) -> bool| {
        let flags = std::env::var(name).ok()?;
        Some(flags.split(separator).filter(|flag| !flag.is_empty()).map(str::to_owned).collect())
    };
    split("CARGO_ENCODED_RUSTFLAGS", |c| c == '\x1f')
        .or_else(|| split("RUSTFLAGS", char::is_whitespace))
        .unwrap_or_default()
}

/// Gives the toolchain a target, where rustup has it without.
pub(crate) fn add_target(project: &Project, target: &str) -> Result<()> {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(&project.root).args(["--print", "target-libdir", "--target", target]);
    let output = project.quietly(&mut rustc)?;
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if folder.is_dir() {
        return Ok(());
    }
    println!("adding the target {target} to the toolchain");
    let mut rustup = Command::new("rustup");
    project
        .quietly(rustup.current_dir(&project.root).args(["target", "add", target]))
        .with_context(|| format!("Rust's standard library for {target} is missing; add it with your toolchain's own means"))?;
    Ok(())
}
