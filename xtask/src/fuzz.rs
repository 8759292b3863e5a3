//! `cargo xtask fuzz`: the targets of core/fuzz and hosts/rust/twins/fuzz for some minutes each, from the seeds that
//! core/tests/seeds makes.

mod nightly;
mod oss;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::build::{self, Flavour, Reads};
use crate::project::{Project, openly};
use crate::tools::CARGO_FUZZ;
use nightly::{LIMITS, emptied, files, on_nightly};

/// The packages that targets are in.
const PACKAGES: [&str; 2] = [CORE, "hosts/rust/twins/fuzz"];
const CORE: &str = "core/fuzz";

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
            lexopt::Arg::Value(name) => {
                match known.iter().find(|known| name == known.name.as_str()) {
                    Some(known) => chosen.push(known),
                    None => {
                        let known: Vec<_> = known.iter().map(|known| known.name.as_str()).collect();
                        bail!(
                            "there is no target {}; there is: {}",
                            name.display(),
                            known.join(", ")
                        )
                    }
                }
            }
            other => return Err(other.unexpected().into()),
        }
    }
    let host = nightly(project)?;
    if as_oss_fuzz {
        return oss::task(project, &of_the_core(&known));
    }
    if chosen.is_empty() {
        chosen.extend(&known);
    }
    let seeds = build::example(project, "fuzz_seeds")?;
    for known in chosen {
        let target = Target::build(project, known, &host, &seeds)?;
        println!("== {}: {minutes} min", known.name);
        target.fuzz(minutes)?;
        if keep {
            target.keep(project)?;
        }
    }
    Ok(())
}

/// Writes what fuzzing starts from, a folder for each target, and says where.
pub(crate) fn seeds(project: &Project) -> Result<PathBuf> {
    let (program, folder) = (build::example(project, "fuzz_seeds")?, project.target.join("seeds"));
    for known in targets(project)?.iter().filter(|known| known.package == CORE) {
        write_seeds(project, &program, &known.name, &folder.join(&known.name))?;
    }
    Ok(folder)
}

fn write_seeds(project: &Project, program: &Path, target: &str, folder: &Path) -> Result<()> {
    emptied(folder)?;
    project.quietly(Command::new(program).arg(target).arg(folder))?;
    Ok(())
}

/// A fuzz target, and its package.
struct Known {
    name: String,
    package: &'static str,
}

/// The targets.
fn targets(project: &Project) -> Result<Vec<Known>> {
    let mut known = Vec::new();
    for package in PACKAGES {
        for file in files(&project.path(package).join("targets"))? {
            let name = file.file_stem().and_then(|name| name.to_str());
            known
                .push(Known { name: name.context("a target without a name")?.to_owned(), package });
        }
    }
    known.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(known)
}

/// The names of those that OSS-Fuzz builds: what needs no other build of ours.
fn of_the_core(known: &[Known]) -> Vec<String> {
    known.iter().filter(|known| known.package == CORE).map(|known| known.name.clone()).collect()
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

/// A fuzz target that has been built.
struct Target<'n> {
    name: &'n str,
    package: PathBuf,
    /// What is committed for it.
    kept: PathBuf,
    program: PathBuf,
    /// The folder for all of what fuzzing makes.
    folder: PathBuf,
    /// The compiled component, for a target that asks it.
    code: Option<PathBuf>,
}

impl<'n> Target<'n> {
    /// Builds it with debug assertions, overflow checks and the address sanitizer, and writes its seeds.
    fn build(project: &Project, known: &'n Known, host: &str, seeds: &Path) -> Result<Self> {
        let (folder, package) = (project.target.join("fuzz"), project.path(known.package));
        let name = known.name.as_str();
        lock(project, known.package, &folder)?;
        let code = match name {
            "twins" => {
                let out = build::build(project, Flavour::Testing, None)?;
                Some(build::code(project, Flavour::Testing, &out, Reads::Base)?)
            }
            _ => None,
        };
        let mut build = on_nightly(CARGO_FUZZ.installed(project)?);
        // Cargo looks for its configuration from here upwards.
        let configuration = folder.join(".cargo");
        fs::create_dir_all(&configuration)?;
        let mended = build::av1_decoder(project)?;
        fs::write(
            configuration.join("config.toml"),
            format!("paths = [{:?}]\n", mended.display().to_string()),
        )?;
        build.current_dir(&folder).args(["build", name, "--fuzz-dir"]);
        build.arg(&package).arg("--target-dir").arg(&folder);
        openly(&mut build)?;
        let program = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let program = folder.join(host).join("release").join(program);
        let kept = project.path("testdata/fuzz").join(name);
        let target = Self { name, package, kept, program, folder, code };
        write_seeds(project, seeds, name, &target.path("seeds"))?;
        fs::create_dir_all(target.path("corpus"))?;
        fs::create_dir_all(&target.kept)?;
        fs::create_dir_all(target.folder.join("found"))?;
        Ok(target)
    }

    fn path(&self, kind: &str) -> PathBuf {
        self.folder.join(kind).join(self.name)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(code) = &self.code {
            command.env("THUMBOX_COMPILED", code);
        }
        command
    }

    /// Fuzzes; what led further is in `corpus` and is where the next run begins.
    fn fuzz(&self, minutes: u64) -> Result<()> {
        let mut command = self.command();
        command.args(LIMITS).args(["-max_len=8192", "-print_final_stats=1"]);
        command.arg(format!("-max_total_time={}", minutes * 60));
        let mut prefix = OsString::from("-artifact_prefix=");
        prefix.push(self.folder.join("found").join(format!("{}-", self.name)));
        command.arg(prefix);
        let dictionary = self.package.join(format!("{}.dict", self.name));
        if dictionary.is_file() {
            let mut argument = OsString::from("-dict=");
            argument.push(dictionary);
            command.arg(argument);
        }
        command.args([self.path("corpus"), self.path("seeds"), self.kept.clone()]);
        openly(&mut command).with_context(|| {
            format!(
                "an input breaks a law, or a limit; it is in {}. Put it into {}, where `cargo test` replays it",
                self.folder.join("found").display(),
                self.kept.display()
            )
        })
    }

    /// Adds to what is committed the least of `corpus` that covers what seeds and it do not.
    fn keep(&self, project: &Project) -> Result<()> {
        let (all, kept) = (self.path("minimal"), &self.kept);
        emptied(&all)?;
        for file in files(&self.path("seeds"))?.into_iter().chain(files(kept)?) {
            fs::copy(&file, all.join(file.file_name().context("a file without a name")?))?;
        }
        let before = files(&all)?;
        let mut merge = self.command();
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

/// Gives a package of targets the workspace's versions of what both depend on.
fn lock(project: &Project, package: &str, folder: &Path) -> Result<()> {
    let copy = project.path(package).join("Cargo.lock");
    let stamp = folder.join(format!("{}.lock", package.replace('/', "-")));
    let wanted = fs::read(project.path("Cargo.lock"))?;
    if !copy.is_file() || fs::read(&stamp).ok().as_ref() != Some(&wanted) {
        fs::create_dir_all(folder)?;
        fs::write(&copy, &wanted)?;
        fs::write(&stamp, &wanted)?;
    }
    Ok(())
}
