//! The first steps of new users, each in a folder outside the repository with what `cargo xtask dist` has made and nothing
//! else: the command line, C, Java, Go and Rust. They make one thumbnail, and all make the same bytes. Python and npm
//! have steps of their own in `dist`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::build::{self, copy};
use crate::hosts::{self, JNA};
use crate::project::{Project, cargo, openly};
use crate::python::Python;
use crate::sample;

/// The program that makes the thumbnail by the crate thumbox-host: `user COMPONENT PHOTO OUT`.
const RUST: &str = r#"use thumbox_host::{ComponentPlugin, Plugin, SandboxOptions, Target};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [component, photo, out] = <[String; 3]>::try_from(std::env::args().skip(1).collect::<Vec<_>>())
        .map_err(|_| "user COMPONENT PHOTO OUT")?;
    let plugin = ComponentPlugin::compile(&std::fs::read(component)?, &SandboxOptions::default())?;
    let thumb = plugin.thumbnail(&std::fs::read(photo)?, &Target::new(256, 256))?;
    std::fs::write(out, thumb.data())?;
    Ok(())
}
"#;

/// Has each of them make a thumbnail. `python` has the wheel; `artifacts` are the components and libraries, and `crates` the
/// packages for crates.io, unpacked side by side.
pub(crate) fn try_out(
    project: &Project,
    python: &Python,
    artifacts: &Path,
    crates: &Path,
) -> Result<()> {
    hosts::set_up(project)?;
    let folder = std::env::temp_dir().join(format!("thumbox-users-{}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let user = User { project, artifacts, folder, photo: sample::sample(project)? };
    let expected = user.command_line(python)?;
    for (name, made) in
        [("C", user.c()?), ("Java", user.java()?), ("Go", user.go()?), ("Rust", user.rust(crates)?)]
    {
        ensure!(made == expected, "{name} made other bytes than the command line");
        println!("a new user of {name}: the bytes of the command line");
    }
    fs::remove_dir_all(&user.folder).with_context(|| user.folder.display().to_string())
}

struct User<'p> {
    project: &'p Project,
    artifacts: &'p Path,
    folder: PathBuf,
    photo: PathBuf,
}

impl User<'_> {
    fn command_line(&self, python: &Python) -> Result<Vec<u8>> {
        let out = self.folder.join("command-line.jpg");
        let mut make = Command::new(python.programs().join("thumbox"));
        make.current_dir(&self.folder).arg("make").arg(&self.photo);
        self.project.quietly(make.args(["--size", "256x256", "-o"]).arg(&out))?;
        Ok(fs::read(&out)?)
    }

    /// With the library installed and found by pkg-config.
    fn c(&self) -> Result<Vec<u8>> {
        let (folder, prefix) = (self.example("c")?, self.folder.join("prefix"));
        let mut install = Command::new(cargo());
        install.args(["xtask", "install", "--from"]).arg(self.artifacts);
        install.current_dir(&self.project.root).arg("--prefix").arg(&prefix);
        self.project.quietly(&mut install)?;
        let libraries = prefix.join("lib");
        let mut flags = Command::new("pkg-config");
        flags.args(["--cflags", "--libs", "thumbox-sandbox"]);
        flags.env("PKG_CONFIG_PATH", libraries.join("pkgconfig"));
        let flags = String::from_utf8(self.project.quietly(&mut flags)?.stdout)?;
        let mut cc = Command::new("cc");
        cc.current_dir(&folder).args(["thumbnail.c", "-o", "thumbnail"]);
        self.project.quietly(cc.args(flags.split_whitespace()))?;
        let mut program = Command::new(folder.join("thumbnail"));
        self.made_by(program.env("LD_LIBRARY_PATH", libraries), &folder)
    }

    fn java(&self) -> Result<Vec<u8>> {
        let folder = self.example("java")?;
        let mut javac = Command::new("javac");
        javac.current_dir(&folder).args(["-cp", JNA, "-sourcepath", ".", "-d", "classes"]);
        self.project.quietly(javac.arg("Main.java"))?;
        let mut java = Command::new("java");
        java.current_dir(&folder).args(["-cp", &format!("{JNA}:classes"), "Main"]);
        self.made_by(java.arg(self.library()), &folder)
    }

    fn go(&self) -> Result<Vec<u8>> {
        let folder = self.example("go")?;
        let mut go = Command::new("go");
        self.project.quietly(go.current_dir(&folder).args(["build", "-o", "thumbnail", "."]))?;
        let mut program = Command::new(folder.join("thumbnail"));
        self.made_by(program.arg(self.library()), &folder)
    }

    fn rust(&self, crates: &Path) -> Result<Vec<u8>> {
        let folder = self.folder.join("rust");
        let version = env!("CARGO_PKG_VERSION");
        let package =
            |name: &str| format!("{{ path = {:?} }}", crates.join(format!("{name}-{version}")));
        // They are not on crates.io yet: the patch stands for it.
        let manifest = format!(
            "[package]\nname = \"user\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[dependencies]\nthumbox-host = \"{version}\"\n\n\
             [patch.crates-io]\nthumbox-host = {}\nthumbox-protocol = {}\n",
            package("thumbox-host"),
            package("thumbox-protocol"),
        );
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), RUST)?;
        let mut run = Command::new(cargo());
        run.current_dir(&folder).args(["run", "--quiet"]);
        // Where most of it is compiled: the crates have been tried out there.
        run.env("CARGO_TARGET_DIR", self.project.target.join("crates"));
        run.arg("--").arg(self.artifacts.join(build::Reads::Base.file()));
        self.made_by(&mut run, &folder)
    }

    fn library(&self) -> PathBuf {
        self.artifacts.join(build::library_name("thumbox_sandbox"))
    }

    /// A copy of the example alone.
    fn example(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        copy(&self.project.path(&format!("hosts/examples/{name}")), &folder)?;
        Ok(folder)
    }

    /// Runs it with the photo, and reads what it wrote.
    fn made_by(&self, program: &mut Command, folder: &Path) -> Result<Vec<u8>> {
        let out = folder.join("made.jpg");
        openly(program.arg(&self.photo).arg(&out))?;
        fs::read(&out).with_context(|| out.display().to_string())
    }
}
