//! Asks both builds of the core about files that were changed, until they differ: `cargo xtask twins` runs it.

mod report;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use thumbox_twins::{FORMATS, Inputs, Twins, keep_quiet};

use report::Report;

/// What the command line asks for.
struct Options {
    /// The component's compiled code.
    code: PathBuf,
    /// Where inputs go that should not be.
    found: PathBuf,
    inputs: u64,
    seed: u64,
    formats: Vec<&'static str>,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was found.
fn run() -> Result<bool> {
    let options = options()?;
    let code = fs::read(&options.code).with_context(|| options.code.display().to_string())?;
    #[allow(unsafe_code, reason = "compiled code is loaded")]
    // SAFETY: `cargo xtask twins` has compiled it just now.
    let twins = unsafe { Twins::load(&code) }?;
    let inputs = Inputs::new(&options.formats, options.seed);
    let report = Report::new(&options.found, &options.formats)?;
    keep_quiet();
    let next = AtomicU64::new(0);
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= options.inputs {
                return;
            }
            let input = inputs.changed(number);
            let answers = twins.ask(input.message_id, &input.request);
            report.add(number, options.inputs, &input, &answers);
        }
    };
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    report.finish()
}

fn options() -> Result<Options> {
    let (mut code, mut found) = (None, None);
    let (mut inputs, mut seed, mut formats) = (100_000, 1, Vec::new());
    let mut parser = lexopt::Parser::from_env();
    let number = |name: &str, value: &std::ffi::OsStr| -> Result<u64> {
        let number = value.to_str().and_then(|value| value.parse().ok());
        number.with_context(|| format!("--{name} {}: a number is allowed", value.display()))
    };
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("code") => code = Some(PathBuf::from(parser.value()?)),
            lexopt::Arg::Long("found") => found = Some(PathBuf::from(parser.value()?)),
            lexopt::Arg::Long("inputs") => inputs = number("inputs", &parser.value()?)?,
            lexopt::Arg::Long("seed") => seed = number("seed", &parser.value()?)?,
            lexopt::Arg::Value(name) => match FORMATS.iter().find(|format| name == **format) {
                Some(format) => formats.push(*format),
                None => bail!("no format {}; there is: {}", name.display(), FORMATS.join(", ")),
            },
            other => return Err(other.unexpected().into()),
        }
    }
    if formats.is_empty() {
        formats.extend(FORMATS);
    }
    let code = code.context("--code FILE: the component's compiled code")?;
    let found = found.context("--found DIR: where inputs go that should not be")?;
    Ok(Options { code, found, inputs, seed, formats })
}
