//! `cargo xtask`: the one place that knows how to build, test, measure and show everything.

mod bench;
mod browser;
mod build;
mod bundle;
#[cfg(test)]
mod circles;
mod demo;
mod dist;
mod docs;
mod foreign;
mod fuzz;
mod generate;
mod hosts;
mod install;
mod npm;
mod project;
mod python;
mod sample;
mod supply;
mod test;
mod tools;
mod twins;
mod users;
mod wheels;

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

const TASKS: &[Task] = &[
    Task {
        name: "demo",
        arguments: "[PHOTO...] | --browser",
        purpose: "thumbnails of the photos by every build, compared (a sample photo); or the page, served",
        run: demo::task,
    },
    Task {
        name: "test",
        arguments: "[--corpus DIR]",
        purpose: "everything that is checked; DIR: more pictures for the tests that walk pictures",
        run: test::test,
    },
    Task {
        name: "build",
        arguments: "[--testing] [--sandbox | --template | --heic] [--out DIR] | --browser",
        purpose: "the native plugin, the components and the sandbox library into DIR (target/artifacts), the template's two faces, the add-on for HEIC, or the npm package",
        run: build::task,
    },
    Task {
        name: "install",
        arguments: "[--prefix DIR] [--libdir DIR] [--from DIR]",
        purpose: "the header, both libraries and their pkg-config files below the prefix (/usr/local; DESTDIR counts), the libraries in its libdir (lib); from: built already",
        run: install::task,
    },
    Task {
        name: "bench",
        arguments: "NAME [--help]",
        purpose: "a benchmark; bench/README.md says what each measures",
        run: bench::task,
    },
    Task {
        name: "soak",
        arguments: "[--corpus DIR]",
        purpose: "the tests that take too long for every time",
        run: test::soak,
    },
    Task {
        name: "docs",
        arguments: "",
        purpose: "the site of docs/ into target/docs; a link that leads nowhere is an error",
        run: docs::task,
    },
    Task {
        name: "fuzz",
        arguments: "[--minutes N] [--keep] [TARGET...] | --oss-fuzz",
        purpose: "the fuzz targets, each for N (10) minutes; --keep adds what was found to their corpus; or OSS-Fuzz's build of them, tried",
        run: fuzz::task,
    },
    Task {
        name: "advisories",
        arguments: "[--database DIR]",
        purpose: "known vulnerabilities of dependencies; the database comes from the network, or DIR is a clone of it",
        run: supply::advisories,
    },
    Task {
        name: "twins",
        arguments: "[--inputs N] [--seed N] [--checked] [FORMAT...]",
        purpose: "N (100000) changed files, asked of the core here and of the component; --checked: with overflow checks",
        run: twins::task,
    },
    Task {
        name: "dist",
        arguments: "[--key FILE]",
        purpose: "release artefacts into target/dist, tried out without Rust; FILE signs the bundle",
        run: dist::task,
    },
    Task {
        name: "bundle",
        arguments: "[--key FILE] [--out FILE] [--here] | --testing",
        purpose: "the signed bundle alone; --here: with this machine's platform alone; --testing: of what the tests built",
        run: bundle::task,
    },
    Task {
        name: "keygen",
        arguments: "[--out FILE]",
        purpose: "a key pair to sign bundles with: FILE (thumbox.key) and FILE with the ending .pub",
        run: bundle::keygen,
    },
    Task {
        name: "generate",
        arguments: "",
        purpose: "writes the copies of the protocol's tables in C, JavaScript and Python anew",
        run: generate::task,
    },
    Task {
        name: "bless",
        arguments: "[--corpus DIR]",
        purpose: "rewrites the golden files that tests compare with",
        run: test::bless,
    },
];

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
        let call = format!("{name} {arguments}");
        // A long one has its line for itself.
        let gap = if call.len() < 40 { "" } else { "\n" };
        usage.push_str(&format!("\n  {call:<40}{gap}{:1$}{purpose}", "", 42 * gap.len()));
    }
    usage
}
