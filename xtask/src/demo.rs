//! `cargo xtask demo`: thumbnails of some photos by every build, with nothing prepared.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, anyhow, ensure};

use crate::browser;
use crate::build::{self, Flavour};
use crate::project::{Project, openly};
use crate::python::Python;
use crate::sample;

/// `cargo xtask demo`.
pub(crate) fn task(project: &Project, mut photos: Vec<OsString>) -> Result<()> {
    if photos.iter().any(|argument| argument == "--browser") {
        ensure!(photos.len() == 1, "--browser takes no photos: choose them in the page");
        return serve(project);
    }
    if photos.is_empty() {
        photos.push(sample::sample(project)?.into());
    }
    let python = Python::with_package(project)?;
    let mut demo = Command::new(python.program());
    demo.arg(project.path("hosts/examples/demo.py"));
    demo.arg("--out").arg(project.target.join("demo")).arg("--").args(photos);
    openly(&mut demo)
        .map_err(|_| anyhow!("not every photo got equal bytes from every build; see above"))
}

/// Builds the page and serves it on 127.0.0.1, until it is interrupted.
fn serve(project: &Project) -> Result<()> {
    let python = Python::with_package(project)?;
    let package = build::package(project, Flavour::Release)?;
    let site = browser::site(project, &package)?;
    println!("open this address in a browser; Ctrl-C ends it:");
    openly(browser::server(project, &python, &site).args(["--port", "8317"]))
}
