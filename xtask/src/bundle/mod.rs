//! `cargo xtask bundle`: libraries, component, schemas, SBOM and licences in one signed file, which every rustbridge host
//! loads; the same bytes from the same commit. docs/design/bundles.md says what is in it.

mod archive;
mod digest;
mod keys;
mod library;
mod manifest;
mod notices;
mod origin;
mod packages;
mod platforms;
mod sbom;
mod smoke;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::build::{self, Flavour};
use crate::project::Project;
use archive::Entry;
use digest::sha256;
use library::Library;
use manifest::{HEADER, LICENCE, NOTICES, SBOM};
use origin::Origin;
use packages::{Known, Packages};
use sbom::Made;

pub(crate) use keys::{Key, task as keygen};

/// What Debian says of the runtime that its linker adds to libraries for Windows.
const MINGW: &str = "/usr/share/doc/mingw-w64-x86-64-dev/copyright";
const SUMS: &str = "SHA256SUMS";

/// `cargo xtask bundle`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let (mut key, mut out, mut here, mut testing) = (None, None, false, false);
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("key") => key = Some(PathBuf::from(parser.value()?)),
            lexopt::Arg::Long("out") => out = Some(PathBuf::from(parser.value()?)),
            lexopt::Arg::Long("here") => here = true,
            lexopt::Arg::Long("testing") => testing = true,
            other => return Err(other.unexpected().into()),
        }
    }
    if testing {
        ensure!(key.is_none() && out.is_none(), "--testing goes with neither --key nor --out");
        return for_tests(project).map(|_| ());
    }
    release(project, key.as_deref(), out, here).map(|_| ())
}

/// Builds and tries out all that ships, and writes the bundle; with `here_only` of this machine's platform alone. Says where
/// it is, and the public half of the key.
pub(crate) fn release(
    project: &Project,
    key: Option<&Path>,
    out: Option<PathBuf>,
    here_only: bool,
) -> Result<(PathBuf, String)> {
    // First: a key that cannot be read should not be learnt after minutes of compiling.
    let key = signing_key(key)?;
    let here = platforms::here()?;
    let origin = Origin::find(project)?;
    let artifacts = build::build(project, Flavour::Release, None)?;
    let component = Library::component(&artifacts.join("thumbox.wasm"))?;
    let library = artifacts.join(build::library_name("thumbox"));
    smoke::here(project, &library).with_context(|| format!("{here} and the golden set"))?;
    println!("{here}: the golden set's bytes");
    let mut libraries = vec![Library::native(here, "release", &origin.host, "release", &library)?];
    if here == "linux-x86_64" {
        let sandbox = build::sandbox(project, Flavour::Release, &artifacts, build::Reads::USUAL)?;
        smoke::here(project, &sandbox).context("the sandbox library and the golden set")?;
        println!("{here}, sandbox: the golden set's bytes");
        libraries.push(Library::native(here, "sandbox", &origin.host, "release", &sandbox)?);
    }
    if !here_only {
        libraries.extend(others(project)?);
    }
    let out = out.unwrap_or_else(|| {
        let name = concat!("thumbox-", env!("CARGO_PKG_VERSION"), ".rbp");
        project.target.join("dist").join(name)
    });
    // The tests run elsewhere.
    let out = std::path::absolute(out)?;
    write(project, &key, &libraries, &component, &origin, &out)?;
    Ok((out, key.public_key()))
}

/// The key to sign with: of the file, of the environment, or a new one that nobody keeps.
fn signing_key(file: Option<&Path>) -> Result<Key> {
    if let Some(key) = keys::given(file)? {
        return Ok(key);
    }
    println!(
        "no --key FILE and no {}: this bundle is signed with a DEVELOPMENT KEY that is thrown away",
        keys::VARIABLE
    );
    Key::generate()
}

/// The libraries of the other platforms. What cannot be built is said and left out; what gives other bytes is an error.
fn others(project: &Project) -> Result<Vec<Library>> {
    let mut libraries = Vec::new();
    println!("macOS is NOT in the bundle: building for it takes a Mac");
    for cross in &platforms::CROSS {
        let platform = cross.platform;
        if !platforms::builds_for_others() {
            println!("{platform} is NOT in the bundle: it is built on linux-x86_64");
            continue;
        }
        println!("building for {platform}");
        let library = match cross.build(project) {
            Ok(library) => library,
            Err(error) => {
                println!("{platform} is NOT in the bundle: {error:#}");
                continue;
            }
        };
        let (runner, package) = cross.runner;
        if let Err(error) = crate::browser::provide(project, runner, package) {
            println!("{platform} is in the bundle, and was NOT TRIED OUT: {error:#}");
        } else {
            smoke::other(project, cross, &library)
                .with_context(|| format!("{platform} and the golden set under {runner}"))?;
            println!("{platform}: the golden set's bytes, under {runner}");
        }
        libraries.push(Library::native(platform, "release", cross.target, "release", &library)?);
    }
    Ok(libraries)
}

/// The library for Windows, which was built and tried out for the bundle.
pub(crate) fn windows(project: &Project) -> Result<PathBuf> {
    let [_, cross] = &platforms::CROSS;
    ensure!(cross.platform == "windows-x86_64", "{} is not Windows", cross.platform);
    cross.build(project)
}

/// Replays the golden set with a library for a target of Linux, where that can be done here.
pub(crate) fn try_linux(project: &Project, target: &str, library: &Path) -> Result<()> {
    let [aarch64, _] = &platforms::CROSS;
    match target {
        "x86_64-unknown-linux-gnu" => smoke::here(project, library),
        "x86_64-unknown-linux-musl" => smoke::musl(project, library),
        target if target == aarch64.target => {
            let (compiler, package) = aarch64.compiler;
            crate::browser::provide(project, compiler, package)?;
            smoke::other(project, aarch64, library)
        }
        other => {
            println!("the library for {other} was NOT TRIED OUT: nothing here runs it");
            return Ok(());
        }
    }
    .with_context(|| format!("{target} and the golden set"))?;
    println!("{target}: the golden set's bytes");
    Ok(())
}

/// A bundle of what the tests have built anyway, signed with a new key; with the key's public half.
pub(crate) fn for_tests(project: &Project) -> Result<(PathBuf, String)> {
    let here = platforms::here()?;
    let origin = Origin::find(project)?;
    let artifacts = project.target.join(Flavour::Release.folder());
    let testing = project.target.join(Flavour::Testing.folder());
    let library = artifacts.join(build::library_name("thumbox"));
    let sandbox = testing.join(build::library_name("thumbox_sandbox"));
    let libraries = [
        Library::native(here, "release", &origin.host, "release", &library)?,
        Library::native(here, "sandbox", &origin.host, "dev", &sandbox)?,
    ];
    let component = Library::component(&artifacts.join("thumbox.wasm"))?;
    let key = Key::generate()?;
    let out = project.target.join("tmp").join("testing.rbp");
    write(project, &key, &libraries, &component, &origin, &out)?;
    Ok((out, key.public_key()))
}

fn write(
    project: &Project,
    key: &Key,
    libraries: &[Library],
    component: &Library,
    origin: &Origin,
    out: &Path,
) -> Result<()> {
    match &origin.commit {
        None => println!("no commit: this is no git repository, or there is no git"),
        Some(commit) if commit.dirty => {
            println!("the files DIFFER from commit {}, and the bundle says so", commit.hash);
        }
        Some(_) => {}
    }
    let packed = archive::pack(entries(project, key, libraries, component, origin)?)?;
    let folder = out.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    fs::write(out, &packed).with_context(|| out.display().to_string())?;
    println!("{}: {} bytes, sha256 {}", out.display(), packed.len(), sha256(&packed));
    println!("public key: {}", key.public_key());
    Ok(())
}

/// Everything that is in the bundle.
fn entries(
    project: &Project,
    key: &Key,
    libraries: &[Library],
    component: &Library,
    origin: &Origin,
) -> Result<Vec<Entry>> {
    let (packages, roots) = packages(project, libraries, component)?;
    let schemas = schemas(project)?;
    let mut entries = Vec::new();
    let mut signed = vec!["manifest.json".to_owned(), SUMS.to_owned()];
    for library in libraries.iter().chain([component]) {
        entries.push(Entry::new(library.path(), &*library.content));
        signed.push(library.path());
    }
    let made: Vec<_> = entries
        .iter()
        .zip(roots)
        .map(|(Entry { path, content }, root)| Made { path, content, root })
        .collect();
    let sbom = sbom::sbom(&packages, &made, origin);
    entries.push(Entry::new(SBOM, format!("{sbom:#}\n")));
    let public = key.public_key();
    let manifest = manifest::manifest(libraries, component, &schemas, origin, &public);
    entries.push(Entry::new("manifest.json", manifest));
    entries.extend(schemas.into_iter().map(|(path, content)| Entry::new(path, content)));
    entries.push(Entry::new(NOTICES, notices::notices(&packages)?));
    for (path, file) in [
        (LICENCE, "LICENSE-MIT"),
        ("legal/LICENSE-APACHE", "LICENSE-APACHE"),
        ("docs/README.md", "docs/design/bundles.md"),
    ] {
        entries.push(Entry::new(path, read(&project.path(file))?));
    }
    if libraries.iter().any(|library| library.root.target.ends_with("-windows-gnu")) {
        if Path::new(MINGW).is_file() {
            entries.push(Entry::new("legal/MINGW-W64-RUNTIME", read(Path::new(MINGW))?));
        } else {
            println!("there is no {MINGW}: the bundle is WITHOUT it");
        }
    }
    if let Some(copyright) = standard_library(project)? {
        entries.push(Entry::new("legal/RUST-STANDARD-LIBRARY.html", copyright));
    }
    entries.push(Entry::new(SUMS, sums(&entries)));
    let version = env!("CARGO_PKG_VERSION");
    let signatures: Vec<_> = entries
        .iter()
        .filter(|entry| signed.contains(&entry.path))
        .map(|Entry { path, content }| {
            let signature = key.sign(content, &format!("thumbox {version} {path}"));
            Entry::new(format!("{path}.minisig"), signature)
        })
        .collect();
    entries.extend(signatures);
    Ok(entries)
}

/// What is in the libraries and the component, and the package of each, in their order.
fn packages(
    project: &Project,
    libraries: &[Library],
    component: &Library,
) -> Result<(Packages, Vec<packages::Id>)> {
    let known = Known::find(project)?;
    let mut packages = Packages::default();
    let all = libraries.iter().chain([component]);
    let roots: Result<_> = all.map(|made| packages.add(project, &made.root, &known)).collect();
    Ok((packages, roots?))
}

/// The C header and the JSON Schemas, by their paths in the bundle.
fn schemas(project: &Project) -> Result<Vec<(String, Vec<u8>)>> {
    let mut schemas = vec![(HEADER.to_owned(), read(&project.path("native/include/thumbox.h"))?)];
    let folder = project.path("core/schema");
    if folder.is_dir() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                schemas.push((format!("schema/{name}"), read(&path)?));
            }
        }
    }
    schemas.sort();
    Ok(schemas)
}

/// What the toolchain says of its standard library, which is in every library.
fn standard_library(project: &Project) -> Result<Option<Vec<u8>>> {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(&project.root).args(["--print", "sysroot"]);
    let output = project.quietly(&mut rustc)?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let file = sysroot.join("share/doc/rust/COPYRIGHT-library.html");
    if !file.is_file() {
        println!("the toolchain has no {}: the bundle is WITHOUT it", file.display());
        return Ok(None);
    }
    read(&file).map(Some)
}

/// What `sha256sum --check` reads.
fn sums(entries: &[Entry]) -> String {
    let mut lines: Vec<_> = entries
        .iter()
        .map(|Entry { path, content }| (path, format!("{}  {path}\n", sha256(content))))
        .collect();
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests;
