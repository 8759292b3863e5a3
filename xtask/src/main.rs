//! `cargo xtask`: the one place that knows how to build, test, measure and show everything.

mod build;
mod project;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use project::Project;

/// A command: its name, what it takes, what it does, and the function that does it.
struct Task {
    name: &'static str,
    arguments: &'static str,
    purpose: &'static str,
    run: fn(&Project, Vec<OsString>) -> Result<()>,
}

const TASKS: &[Task] = &[Task {
    name: "build",
    arguments: "[--testing] [--out DIR]",
    purpose: "the native plugin and the component into DIR (target/artifacts)",
    run: build::task,
}];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let verbose = take_flag(&mut arguments, "--verbose");
    let help = take_flag(&mut arguments, "--help") || take_flag(&mut arguments, "-h");
    if help || arguments.is_empty() {
        println!("{}", usage());
        return Ok(());
    }
    let name = arguments.remove(0);
    let Some(task) = TASKS.iter().find(|task| name == task.name) else {
        bail!("there is no task {}\n\n{}", name.display(), usage());
    };
    let project = Project::find(verbose)?;
    (task.run)(&project, arguments).with_context(|| format!("cargo xtask {}", task.name))
}

fn take_flag(arguments: &mut Vec<OsString>, flag: &str) -> bool {
    let before = arguments.len();
    arguments.retain(|argument| argument != flag);
    arguments.len() != before
}

fn usage() -> String {
    let mut usage = "cargo xtask TASK [--verbose]\n".to_owned();
    for Task { name, arguments, purpose, .. } in TASKS {
        usage.push_str(&format!("\n  {:<32}{purpose}", format!("{name} {arguments}")));
    }
    usage
}
