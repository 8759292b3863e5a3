//! `cargo xtask fuzz`: the targets of core/fuzz for some minutes each, from the seeds that core/tests/seeds makes.

mod oss;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::project::{Project, openly};
use crate::tools::CARGO_FUZZ;

/// Beyond these an input is a find: seconds for one, MiB of the whole process, MiB of one allocation. The laws in
/// core/tests/laws allow a call 32 MiB.
const LIMITS: [&str; 3] = ["-timeout=5", "-rss_limit_mb=1024", "-malloc_limit_mb=33"];

/// Bytes of an input that is committed, at the most: what covers a line is seldom larger once it is minimised.
const KEPT: u64 = 512;

/// `cargo xtask fuzz`.
pub(crate) fn task(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let known = targets(project)?;
    let (mut minutes, mut keep, mut chosen) = (10_u64, false, Vec::new());
    let mut as_oss_fuzz = false;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("minutes") => {
                let value = parser.value()?;
                minutes = match value.to_str().and_then(|value| value.parse().ok()) {
                    Some(minutes @ 1..=100_000) => minutes,
                    _ => bail!("--minutes {}: 1 to 100000 is allowed", value.display()),
                };
            }
            lexopt::Arg::Long("keep") => keep = true,
            lexopt::Arg::Long("oss-fuzz") => as_oss_fuzz = true,
            lexopt::Arg::Value(name) => match known.iter().find(|known| name == known.as_str()) {
                Some(name) => chosen.push(name),
                None => {
                    bail!("there is no target {}; there is: {}", name.display(), known.join(", "))
                }
            },
            other => return Err(other.unexpected().into()),
        }
    }
    let host = nightly(project)?;
    if as_oss_fuzz {
        return oss::task(project, &known);
    }
    if chosen.is_empty() {
        chosen.extend(&known);
    }
    let seeds = build::example(project, "fuzz_seeds")?;
    for name in chosen {
        let target = Target::build(project, name, &host, &seeds)?;
        println!("== {name}: {minutes} min");
        target.fuzz(project, minutes)?;
        if keep {
            target.keep(project)?;
        }
    }
    Ok(())
}

/// The names of the targets.
fn targets(project: &Project) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in files(&project.path("core/fuzz/targets"))? {
        let name = file.file_stem().and_then(|name| name.to_str());
        names.push(name.context("a target without a name")?.to_owned());
    }
    names.sort();
    Ok(names)
}

/// Sees to a nightly toolchain, which libFuzzer's instrumentation needs, and gives the platform that it is for.
fn nightly(project: &Project) -> Result<String> {
    let output = project.quietly(on_nightly("rustc").arg("-vV")).context(
        "fuzzing needs a nightly toolchain beside the stable one: `rustup toolchain install nightly --profile minimal`",
    )?;
    let version = String::from_utf8_lossy(&output.stdout);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

/// A program with the nightly toolchain, and without what the cargo that runs this says of its own.
fn on_nightly(program: impl Into<OsString>) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly"]).arg(program.into());
    command.env_remove("CARGO").env_remove("RUSTC").env_remove("RUSTFLAGS");
    command
}

/// A fuzz target that has been built.
struct Target<'n> {
    name: &'n str,
    program: PathBuf,
    /// The folder for all of what fuzzing makes.
    folder: PathBuf,
}

impl<'n> Target<'n> {
    /// Builds it with debug assertions, overflow checks and the address sanitizer, and writes its seeds.
    fn build(project: &Project, name: &'n str, host: &str, seeds: &Path) -> Result<Self> {
        let folder = project.target.join("fuzz");
        lock(project, &folder)?;
        let mut build = on_nightly(CARGO_FUZZ.installed(project)?);
        build.current_dir(&project.root).args(["build", name, "--fuzz-dir"]);
        build.arg(project.path("core/fuzz")).arg("--target-dir").arg(&folder);
        openly(&mut build)?;
        let program = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let target =
            Self { name, program: folder.join(host).join("release").join(program), folder };
        emptied(&target.path("seeds"))?;
        project.quietly(Command::new(seeds).arg(name).arg(target.path("seeds")))?;
        fs::create_dir_all(target.path("corpus"))?;
        fs::create_dir_all(target.folder.join("found"))?;
        Ok(target)
    }

    fn path(&self, kind: &str) -> PathBuf {
        self.folder.join(kind).join(self.name)
    }

    fn kept(&self, project: &Project) -> PathBuf {
        project.path("core/fuzz/corpus").join(self.name)
    }

    /// Fuzzes; what led further is in `corpus` and is where the next run begins.
    fn fuzz(&self, project: &Project, minutes: u64) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args(LIMITS).args(["-max_len=8192", "-print_final_stats=1"]);
        command.arg(format!("-max_total_time={}", minutes * 60));
        let mut prefix = OsString::from("-artifact_prefix=");
        prefix.push(self.folder.join("found").join(format!("{}-", self.name)));
        command.arg(prefix);
        let dictionary = project.path("core/fuzz").join(format!("{}.dict", self.name));
        if dictionary.is_file() {
            let mut argument = OsString::from("-dict=");
            argument.push(dictionary);
            command.arg(argument);
        }
        command.args([self.path("corpus"), self.path("seeds"), self.kept(project)]);
        openly(&mut command).with_context(|| {
            format!(
                "an input breaks a law, or a limit; it is in {}. Put it into core/fuzz/corpus/{}, where `cargo test` replays it",
                self.folder.join("found").display(),
                self.name
            )
        })
    }

    /// Adds to what is committed the least of `corpus` that covers what seeds and it do not.
    fn keep(&self, project: &Project) -> Result<()> {
        let (all, kept) = (self.path("minimal"), self.kept(project));
        emptied(&all)?;
        for file in files(&self.path("seeds"))?.into_iter().chain(files(&kept)?) {
            fs::copy(&file, all.join(file.file_name().context("a file without a name")?))?;
        }
        let before = files(&all)?;
        let mut merge = Command::new(&self.program);
        // Lines that are reached count, not how often: the corpus stays small.
        merge.args(LIMITS).args(["-merge=1", "-use_counters=0"]).arg(&all);
        project.quietly(merge.arg(self.path("corpus")))?;
        let (mut count, mut bytes) = (0_u64, 0);
        for file in files(&all)? {
            if !before.contains(&file) && fs::metadata(&file)?.len() <= KEPT {
                count += 1;
                bytes +=
                    fs::copy(&file, kept.join(file.file_name().context("a file without a name")?))?;
            }
        }
        println!("{count} inputs, {bytes} bytes, are new in {}", kept.display());
        Ok(())
    }
}

/// Gives the targets' package the workspace's versions of what both depend on.
fn lock(project: &Project, folder: &Path) -> Result<()> {
    let (source, copy) = (project.path("Cargo.lock"), project.path("core/fuzz/Cargo.lock"));
    let (wanted, stamp) = (fs::read(&source)?, folder.join("Cargo.lock"));
    if !copy.is_file() || fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        fs::create_dir_all(folder)?;
        fs::write(&copy, &wanted)?;
        fs::write(&stamp, &wanted)?;
    }
    Ok(())
}

fn emptied(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    entries.map(|entry| Ok(entry?.path())).collect()
}
