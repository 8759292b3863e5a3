//! `cargo xtask install`: the header, both libraries and their pkg-config files, where C programs look for them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::build::{self, Flavour};
use crate::project::Project;

/// The libraries, and what their pkg-config files say of them.
const LIBRARIES: [(&str, &str, &str); 2] = [
    ("thumbox", "thumbox", "Thumbnails, decoded in this process: for images that you made"),
    (
        "thumbox_sandbox",
        "thumbox-sandbox",
        "Thumbnails, decoded in a sandbox: for images from strangers",
    ),
];

/// `cargo xtask install`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let mut built = None;
    let mut prefix = PathBuf::from("/usr/local");
    let mut libraries = PathBuf::from("lib");
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("from") => built = Some(PathBuf::from(parser.value()?)),
            lexopt::Arg::Long("prefix") => prefix = PathBuf::from(parser.value()?),
            lexopt::Arg::Long("libdir") => libraries = PathBuf::from(parser.value()?),
            other => return Err(other.unexpected().into()),
        }
    }
    ensure!(
        cfg!(unix),
        "install is for Linux and macOS; elsewhere take what `cargo xtask build` makes"
    );
    ensure!(prefix.is_absolute(), "--prefix {}: an absolute path is needed", prefix.display());
    let artifacts = match built {
        Some(folder) => folder,
        None => {
            let folder = build::build(project, Flavour::Release, None)?;
            build::sandbox(project, Flavour::Release, &folder, build::Reads::USUAL)?;
            folder
        }
    };
    let place = Place { prefix, libraries };
    place.file("include/thumbox.h", &fs::read(project.path("native/include/thumbox.h"))?)?;
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        place.file(&format!("share/doc/thumbox/{licence}"), &fs::read(project.path(licence))?)?;
    }
    for (library, package, description) in LIBRARIES {
        place.library(&artifacts, library)?;
        let text = place.pkg_config(library, package, description);
        place.file(&place.in_libraries(&format!("pkgconfig/{package}.pc")), text.as_bytes())?;
    }
    Ok(())
}

/// Where it goes.
struct Place {
    prefix: PathBuf,
    /// Relative to the prefix.
    libraries: PathBuf,
}

impl Place {
    /// Writes a file below the prefix, which is below DESTDIR where packages are made.
    fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.path(name)?;
        // Beside it and then in its place: a program may be running with the old one.
        let partial = path.with_extension("partial");
        fs::write(&partial, content)
            .and_then(|()| fs::rename(&partial, &path))
            .with_context(|| path.display().to_string())?;
        println!("{}", path.display());
        Ok(path)
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        let prefix = match std::env::var_os("DESTDIR") {
            Some(root) if !root.is_empty() => {
                Path::new(&root).join(self.prefix.strip_prefix("/").unwrap_or(&self.prefix))
            }
            _ => self.prefix.clone(),
        };
        let path = prefix.join(name);
        let folder = path.parent().context("a file without a folder")?;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        Ok(path)
    }

    fn in_libraries(&self, name: &str) -> String {
        self.libraries.join(name).display().to_string()
    }

    /// The library under its full version, and links to it: by the interface's number for programs that run, and without one
    /// for the linker.
    fn library(&self, artifacts: &Path, name: &str) -> Result<()> {
        let built = artifacts.join(build::library_name(name));
        let content = fs::read(&built).with_context(|| built.display().to_string())?;
        let versioned = build::versioned_name(name, env!("CARGO_PKG_VERSION"));
        self.file(&self.in_libraries(&versioned), &content)?;
        for link in [build::versioned_name(name, build::INTERFACE), build::library_name(name)] {
            let path = self.path(&self.in_libraries(&link))?;
            build::link(&versioned, &path)?;
            println!("{}", path.display());
        }
        Ok(())
    }

    fn pkg_config(&self, library: &str, package: &str, description: &str) -> String {
        let spaced = |path: &Path| path.display().to_string().replace(' ', "\\ ");
        let (prefix, libraries) = (spaced(&self.prefix), spaced(&self.libraries));
        let version = env!("CARGO_PKG_VERSION");
        format!(
            "prefix={prefix}\n\
             includedir=${{prefix}}/include\n\
             libdir=${{prefix}}/{libraries}\n\n\
             Name: {package}\n\
             Description: {description}\n\
             Version: {version}\n\
             Cflags: -I${{includedir}}\n\
             Libs: -L${{libdir}} -l{library}\n"
        )
    }
}
