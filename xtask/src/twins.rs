//! `cargo xtask twins`: changed files, asked of the core here and of the component, until they differ.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::build::{self, Flavour};
use crate::project::{Project, openly};

/// `cargo xtask twins`.
pub(crate) fn task(project: &Project, mut arguments: Vec<OsString>) -> Result<()> {
    let before = arguments.len();
    arguments.retain(|argument| argument != "--checked");
    let checked = arguments.len() != before;
    run(project, if checked { Flavour::Testing } else { Flavour::Release }, &arguments)
}

/// Builds both and has them asked.
pub(crate) fn run(project: &Project, flavour: Flavour, arguments: &[OsString]) -> Result<()> {
    let out = build::build(project, flavour, None)?;
    let code = build::code(project, flavour, &out, build::Reads::Base)?;
    let mut command = Command::new(build::twins(project, flavour)?);
    command.arg("--code").arg(code).arg("--found").arg(project.target.join("twins"));
    openly(command.args(arguments))
}
