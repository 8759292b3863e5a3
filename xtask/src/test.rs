//! `cargo xtask test`: everything that is checked, in one order. A test that was skipped is a failure.

mod counts;

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::browser;
use crate::build::{self, FEATURES, Flavour, WORKSPACE};
use crate::bundle;
use crate::project::{Project, cargo, openly};
use crate::python::Python;
use crate::twins;
use counts::Counts;

/// The Python packages, below hosts/, and what else is checked with each of them.
const PACKAGES: [(&str, &[&str]); 2] = [
    (
        "python",
        &[".", "../../bench/python", "../examples", "../browser", "../heic", "../../xtask/mkdocs"],
    ),
    ("ros", &[".", "../../bench/ros"]),
];
/// The extension module of hosts/ros, in a package that is not of the workspace.
const ROS: &str = "hosts/ros/native";
const STRICT: [&str; 3] = ["--", "-D", "warnings"];

/// `cargo xtask test`.
pub(crate) fn test(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let corpus = corpus(arguments)?;
    let mut run = Run { project, corpus, total: Counts::default() };
    run.step("set-up", Run::set_up)?;
    run.step("cargo fmt", |run| {
        openly(run.cargo("fmt").args(["--all", "--check"]))?;
        openly(run.cargo_of(&run.project.path(ROS), "fmt").arg("--check"))
    })?;
    run.step("generated files", |run| crate::generate::check(run.project))?;
    run.step("cargo clippy", Run::clippy)?;
    run.step("cargo doc", |run| {
        let mut command = run.cargo("doc");
        command.env("RUSTDOCFLAGS", "-D warnings").args(["--no-deps", "--document-private-items"]);
        openly(command.args(WORKSPACE).args(FEATURES))
    })?;
    run.step("builds", |run| {
        build::build(run.project, Flavour::Release, None)?;
        run.testing_builds()
    })?;
    run.step("cargo test", |run| {
        let mut command = run.cargo("test");
        command.env("THUMBOX_TESTING_ARTIFACTS", run.testing_artifacts());
        // Only the sandbox library's own tests have it with HEIC: others hold it to the golden set, as it is given away.
        build::with_codes(&mut command, &run.testing_artifacts(), build::Reads::ALL);
        run.rust_tests(command.arg("--no-fail-fast").args(WORKSPACE).args(FEATURES))
    })?;
    run.step("rustbridge-consumer", Run::conformance)?;
    run.step("python set-up", |run| Python::with_tests(run.project).map(|_| ()))?;
    run.step("set-up of other hosts", |run| crate::hosts::set_up(run.project))?;
    run.step("docs", |run| crate::docs::build(run.project).map(|_| ()))?;
    run.step("ruff", Run::ruff)?;
    run.step("mypy", Run::mypy)?;
    run.step("pyright", Run::pyright)?;
    run.step("pytest", |run| run.pytest("not soak"))?;
    run.step("browser", Run::browser)?;
    run.say();
    Ok(())
}

/// `cargo xtask soak`.
pub(crate) fn soak(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let corpus = corpus(arguments)?;
    let mut run = Run { project, corpus, total: Counts::default() };
    run.step("cargo deny", |run| crate::supply::check(run.project))?;
    run.step("core with AVIF and HEIC", Run::further)?;
    run.step("builds", Run::testing_builds)?;
    run.step("hiroz", Run::hiroz)?;
    run.step("hosts/ros/native", Run::ros)?;
    run.step("python set-up", |run| Python::with_tests(run.project).map(|_| ()))?;
    run.step("programs", |run| {
        browser::provide(run.project, "firefox-esr", "firefox-esr")?;
        // Spark runs on it.
        browser::provide(run.project, "java", "default-jre-headless")?;
        // It knows no --version.
        if Command::new("dwebp").arg("-version").output().is_err() {
            browser::install(run.project, "dwebp", "webp")?;
        }
        Ok(())
    })?;
    run.step("twins", |run| {
        let arguments = ["--inputs", "300000"].map(OsString::from);
        twins::run(run.project, Flavour::Testing, &arguments)
    })?;
    run.step("pytest", |run| run.pytest("soak"))?;
    run.say();
    Ok(())
}

/// `cargo xtask bless`.
pub(crate) fn bless(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let corpus = corpus(arguments)?;
    let mut run = Run { project, corpus, total: Counts::default() };
    run.step("cargo test", |run| {
        let mut command = run.cargo("test");
        command.args(["--package", "thumbox-core", "--package", "thumbox-native"]);
        run.rust_tests(command.args(FEATURES).env("THUMBOX_BLESS", "1"))
    })?;
    run.say();
    Ok(())
}

fn corpus(arguments: Vec<OsString>) -> Result<Option<PathBuf>> {
    let mut corpus = None;
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            lexopt::Arg::Long("corpus") => corpus = Some(PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    let Some(corpus) = corpus else { return Ok(None) };
    ensure!(corpus.is_dir(), "--corpus {}: no such folder", corpus.display());
    Ok(Some(std::path::absolute(corpus)?))
}

/// Seconds that this process and those that it has waited for have worked, where the system says it (proc_pid_stat(5), fields
/// 14 to 17, in hundredths of a second).
fn processor_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name, which may have anything in it.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks =
        fields.split_whitespace().skip(14 - 3).take(4).map(|field| field.parse::<u32>().ok());
    Some(f64::from(ticks.sum::<Option<u32>>()?) / 100.0)
}

/// One run of the tests.
struct Run<'p> {
    project: &'p Project,
    corpus: Option<PathBuf>,
    total: Counts,
}

impl Run<'_> {
    /// Does one step and says how long it took.
    fn step(&mut self, name: &str, step: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        println!("== {name}");
        let (start, worked) = (Instant::now(), processor_time());
        step(self).with_context(|| format!("{name} FAILED"))?;
        let work = worked.zip(processor_time()).map_or_else(String::new, |(before, after)| {
            format!(", {:.1} s of processor time", after - before)
        });
        println!("== {name}: {:.1} s{work}", start.elapsed().as_secs_f64());
        Ok(())
    }

    /// What all of it came to.
    fn say(&self) {
        if let Some(seconds) = processor_time() {
            println!("{:.1} min of processor time", seconds / 60.0);
        }
        println!("{}", self.total);
    }

    /// What a fresh toolchain may lack.
    fn set_up(&mut self) -> Result<()> {
        self.python()?;
        build::add_target(self.project, build::WASM)?;
        for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
            if self.project.quietly(self.cargo(tool).arg("--version")).is_err() {
                println!("adding {component} to the toolchain");
                let mut rustup = Command::new("rustup");
                rustup.current_dir(&self.project.root).args(["component", "add", component]);
                self.project.quietly(&mut rustup)?;
            }
        }
        Ok(())
    }

    /// What the tests of hosts load: everything but the release of it.
    fn testing_builds(&mut self) -> Result<()> {
        let out = build::build(self.project, Flavour::Testing, None)?;
        build::heic(self.project, Flavour::Testing, &out)?;
        build::sandbox(self.project, Flavour::Testing, &out, build::Reads::USUAL)?;
        build::code(self.project, Flavour::Testing, &out, build::Reads::Heic)?;
        build::template(self.project, Flavour::Testing, &out)
    }

    fn testing_artifacts(&self) -> PathBuf {
        self.project.target.join(Flavour::Testing.folder())
    }

    fn clippy(&mut self) -> Result<()> {
        openly(
            self.cargo("clippy").args(WORKSPACE).args(FEATURES).arg("--all-targets").args(STRICT),
        )?;
        // As others depend on it: without what the rest of the workspace turns on.
        openly(self.cargo("clippy").args(["--package", "thumbox-core"]).args(STRICT))?;
        for (face, reads) in
            [("component", "base"), ("browser", "common"), ("component", "avif,heic")]
        {
            let mut wasm = self.cargo("clippy");
            wasm.args([
                "--package",
                "thumbox-wasm",
                "--no-default-features",
                "--target",
                build::WASM,
            ]);
            wasm.args(["--features", face, "--features", reads]);
            openly(build::into_modules_target(self.project, &mut wasm).args(STRICT))?;
        }
        let mut template = self.cargo("clippy");
        template.args(["--package", "thumbox-template", "--target", build::WASM]);
        openly(build::into_modules_target(self.project, &mut template).args(STRICT))
    }

    /// The units of the readers that no library has, and their seeds.
    fn further(&mut self) -> Result<()> {
        let mended = build::av1_decoder(self.project)?.display().to_string();
        let mut command = self.cargo("test");
        command.args(["--package", "thumbox-core", "--features", "avif,heic,testing"]);
        command.args([
            "--config",
            &format!("paths=[{mended:?}]"),
            "--lib",
            "--test",
            "fuzz_corpus",
        ]);
        self.rust_tests(&mut command)
    }

    /// The libraries as rustbridge's own Rust host sees them, in a package that is not of the workspace.
    fn conformance(&mut self) -> Result<()> {
        let package = self.project.path("native/conformance");
        openly(self.cargo_of(&package, "fmt").arg("--check"))?;
        // Without clippy, for which all that the peer needs would be compiled once more.
        let target = self.project.target.join("conformance");
        let mut test = self.cargo_of(&package, "test");
        test.env("THUMBOX_TESTING_ARTIFACTS", self.testing_artifacts());
        self.rust_tests(test.arg("--no-fail-fast").arg("--target-dir").arg(&target))
    }

    /// The program that tests of thumbox-ros talk with, in a package that is not of the workspace: minutes, the first time.
    fn hiroz(&mut self) -> Result<()> {
        let package = self.project.path("hosts/ros/interop/hiroz");
        openly(self.cargo_of(&package, "fmt").arg("--check"))?;
        for (action, more) in [("clippy", &STRICT[..]), ("build", &[])] {
            let mut command = self.cargo_of(&package, action);
            openly(command.arg("--target-dir").arg(self.hiroz_target()).args(more))?;
        }
        Ok(())
    }

    /// Clippy for what has Zenoh in it, which it compiles once more: minutes.
    fn ros(&mut self) -> Result<()> {
        openly(self.cargo_of(&self.project.path(ROS), "clippy").args(STRICT))
    }

    fn hiroz_target(&self) -> PathBuf {
        self.project.target.join("hiroz")
    }

    fn ruff(&mut self) -> Result<()> {
        for (package, folders) in PACKAGES {
            for action in [&["check"][..], &["format", "--check"]] {
                let mut command = self.python()?.module("ruff");
                // The configuration's own patterns count from the folder that ruff runs in.
                command.current_dir(self.project.path(&format!("hosts/{package}")));
                command.args(action).args(["--config", "pyproject.toml", "--cache-dir"]);
                openly(command.arg(self.project.target.join("ruff")).args(folders))?;
            }
        }
        Ok(())
    }

    fn mypy(&mut self) -> Result<()> {
        for (package, _) in PACKAGES {
            let mut command = self.python()?.module("mypy");
            command.arg("--strict").arg("--cache-dir").arg(self.project.target.join("mypy"));
            openly(command.current_dir(self.project.path(&format!("hosts/{package}"))))?;
        }
        Ok(())
    }

    /// The checker that editors have, on what users may write and what they may not.
    fn pyright(&mut self) -> Result<()> {
        let modules = browser::tools(self.project)?;
        let mut command = Command::new("node");
        command.current_dir(self.project.path("hosts/python"));
        command.arg(modules.join("pyright").join("index.js")).arg("--warnings");
        openly(command.arg("--pythonpath").arg(self.python()?.program()))
    }

    fn pytest(&mut self, marked: &str) -> Result<()> {
        // All of them, also where one has failed.
        let outcomes: Vec<_> =
            PACKAGES.iter().map(|(package, _)| self.pytest_of(package, marked)).collect();
        outcomes.into_iter().collect()
    }

    fn pytest_of(&mut self, package: &str, marked: &str) -> Result<()> {
        let report = self.project.target.join("pytest.xml");
        let _ = fs::remove_file(&report);
        let mut command = self.python()?.module("pytest");
        command.current_dir(self.project.path(&format!("hosts/{package}"))).arg("tests");
        command.args(["-m", marked, "-ra", "--strict-markers", "-p", "no:cacheprovider"]);
        command.arg(concat_os("--junitxml=", &report));
        if marked == "soak" {
            // What a soak measured at its beginning and its end is to be seen also where it passes.
            command.arg("-s");
            let program = format!("thumbox-hiroz{}", std::env::consts::EXE_SUFFIX);
            command.env("THUMBOX_HIROZ", self.hiroz_target().join("debug").join(program));
        }
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("THUMBOX_TESTING_ARTIFACTS", self.testing_artifacts());
        if package == "python" {
            let (path, public_key) = bundle::for_tests(self.project)?;
            command.env("THUMBOX_BUNDLE", path).env("THUMBOX_BUNDLE_PUBLIC_KEY", public_key);
            command.env("THUMBOX_BUNDLE_EXAMPLE", build::example(self.project, "bundle")?);
            command.env("THUMBOX_SEEDS", crate::fuzz::seeds(self.project)?);
        }
        command.env("THUMBOX_JPEG_AT", build::example(self.project, "jpeg_at")?);
        let outcome = openly(self.with_corpus(&mut command));
        let counts = fs::read_to_string(&report).ok().and_then(|report| Counts::of_junit(&report));
        outcome?;
        self.add(counts.context("pytest wrote no report that can be read")?)
    }

    /// Runs `cargo test`, shows what it prints, and counts.
    fn rust_tests(&mut self, command: &mut Command) -> Result<()> {
        let mut counts = Counts::default();
        watch("cargo test", self.with_corpus(command), |line| {
            if let Some(more) = Counts::of_cargo(line) {
                counts += more;
            }
        })?;
        self.add(counts)
    }

    /// The npm package and the demo page, in Node and in Chromium.
    fn browser(&mut self) -> Result<()> {
        let mut command = browser::tests(self.project, self.corpus.as_deref(), false)?;
        let mut summary = String::new();
        let outcome = watch("node --test", &mut command, |line| {
            summary.push_str(line);
            summary.push('\n');
        });
        let counts = Counts::of_node(&summary);
        outcome?;
        self.add(counts.context("node --test printed no summary that can be read")?)
    }

    /// Adds what a step counted, and refuses what is not all passed.
    fn add(&mut self, counts: Counts) -> Result<()> {
        println!("{counts}");
        self.total += counts;
        if counts.passed == 0 || counts.failed > 0 || counts.skipped > 0 {
            bail!("{counts}: every test has to run and pass");
        }
        Ok(())
    }

    fn cargo(&self, action: &str) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.project.root).arg(action);
        if action != "fmt" {
            command.arg("--locked");
        }
        command
    }

    /// For a package that is not of the workspace.
    fn cargo_of(&self, package: &Path, action: &str) -> Command {
        let mut command = self.cargo(action);
        command.arg("--manifest-path").arg(package.join("Cargo.toml"));
        command
    }

    fn python(&self) -> Result<Python> {
        Python::create(self.project, "venv", false)
    }

    fn with_corpus<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        match &self.corpus {
            Some(corpus) => command.env("THUMBOX_CORPUS", corpus),
            None => command.env_remove("THUMBOX_CORPUS"),
        }
    }
}

/// Runs a program and shows what it prints, line by line.
fn watch(name: &str, command: &mut Command, mut see: impl FnMut(&str)) -> Result<()> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context(name.to_owned())?;
    let output = child.stdout.take().with_context(|| format!("{name} prints nothing"))?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        see(&line);
    }
    let status = child.wait()?;
    ensure!(status.success(), "{name}: {status}");
    Ok(())
}

fn concat_os(start: &str, path: &Path) -> OsString {
    let mut text = OsString::from(start);
    text.push(path);
    text
}
