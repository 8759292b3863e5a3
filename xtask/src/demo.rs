//! `cargo xtask demo`: thumbnails of some photos by every build, with nothing prepared.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, anyhow};

use crate::project::{Project, openly};
use crate::python::Python;
use crate::sample;

/// `cargo xtask demo`.
pub(crate) fn task(project: &Project, mut photos: Vec<OsString>) -> Result<()> {
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
