//! `cargo xtask bench`: the benchmarks of bench/, against the builds as they are now.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::browser;
use crate::build::{self, Flavour};
use crate::npm;
use crate::project::{Project, openly};
use crate::python::Python;

/// The benchmark that is not a Python program.
const BROWSER: &str = "browser";

/// `cargo xtask bench`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let mut folder = project.path("bench/python");
    let ros = project.path("bench/ros");
    let of_ros = names_in(&ros)?;
    let mut names = names_in(&folder)?;
    names.extend_from_slice(&of_ros);
    names.push(BROWSER.to_owned());
    names.sort();
    let mut arguments = arguments.into_iter();
    let Some(name) = arguments.next() else { bail!("name one of: {}", names.join(", ")) };
    let Some(name) = names.iter().find(|known| name == known.as_str()) else {
        bail!("there is no benchmark {}; there is: {}", name.display(), names.join(", "));
    };
    if name == BROWSER {
        return openly(browser::bench(project)?.args(arguments));
    }
    let python = if of_ros.contains(name) {
        folder = ros;
        Python::with_ros_peers(project)?
    } else {
        Python::with_peers(project)?
    };
    let mut command = Command::new(python.program());
    if matches!(name.as_str(), "exactness" | "quality") {
        command.env("THUMBOX_JPEG_AT", build::example(project, "jpeg_at")?);
    }
    if matches!(name.as_str(), "animations" | "encoders" | "quality" | "thumbnails")
        && let Some(modules) = npm::modules(project, npm::PEERS)?
    {
        command.env("THUMBOX_NODE_MODULES", modules);
    }
    if name == "call" {
        let artifacts = build::build(project, Flavour::Release, None)?;
        build::sandbox(project, Flavour::Release, &artifacts, build::Reads::USUAL)?;
        command.env("THUMBOX_BENCH", build::bench(project)?);
        command.env("THUMBOX_ARTIFACTS", artifacts);
    }
    if name == "bridge" {
        command.env("THUMBOX_PEER_PLUGIN", build::peer_plugin(project)?);
    }
    openly(command.arg(folder.join(format!("{name}.py"))).args(arguments))
}

/// The benchmarks of a folder.
fn names_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if let (Some(name), true) = (path.file_stem(), path.extension() == Some("py".as_ref())) {
            let name = name.to_string_lossy().into_owned();
            // What several of them share begins with a line.
            if !name.starts_with('_') {
                names.push(name);
            }
        }
    }
    Ok(names)
}
