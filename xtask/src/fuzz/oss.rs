//! `cargo xtask fuzz --oss-fuzz`: what OSS-Fuzz would build and run, made on this machine.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::nightly::{LIMITS, emptied, on_nightly};
use crate::project::{Project, openly};
use crate::tools::CARGO_FUZZ;

/// Runs core/fuzz/oss-fuzz/build.sh as OSS-Fuzz's image does, then each target over its seeds and a few inputs more.
pub(super) fn task(project: &Project, targets: &[String]) -> Result<()> {
    let folder = project.target.join("oss-fuzz");
    let [source, out, work] = ["src", "out", "work"].map(|name| folder.join(name));
    emptied(&out)?;
    emptied(&source)?;
    std::fs::create_dir_all(&work)?;
    // There the repository is a clone; a link to it has what is not committed yet, too.
    symlink(&project.root, &source.join("thumbox"))?;
    let mut build = on_nightly("bash");
    build.arg("-eu").arg(project.path("core/fuzz/oss-fuzz/build.sh"));
    build.env("SRC", &source).env("OUT", &out).env("WORK", &work);
    build.env(
        "PATH",
        with(CARGO_FUZZ.installed(project)?.parent().context("a program without a folder")?)?,
    );
    openly(&mut build)?;
    for target in targets {
        run(project, &out, target)?;
    }
    Ok(())
}

fn run(project: &Project, out: &Path, target: &str) -> Result<()> {
    for file in
        [target.to_owned(), format!("{target}.options"), format!("{target}_seed_corpus.zip")]
    {
        ensure!(out.join(&file).is_file(), "build.sh made no {file}");
    }
    let seeds = out.join(format!("{target}-seeds"));
    emptied(&seeds)?;
    let mut unpack = Command::new("unzip");
    unpack.arg("-q").arg(out.join(format!("{target}_seed_corpus.zip"))).arg("-d").arg(&seeds);
    project.quietly(&mut unpack)?;
    let mut fuzz = Command::new(out.join(target));
    let dictionary = out.join(format!("{target}.dict"));
    if dictionary.is_file() {
        let mut argument = OsString::from("-dict=");
        argument.push(dictionary);
        fuzz.arg(argument);
    }
    fuzz.current_dir(out).args(LIMITS).args(["-max_len=8192", "-runs=20000"]);
    project.quietly(fuzz.arg(&seeds))?;
    println!("{target}: built, and runs from its seeds");
    Ok(())
}

/// PATH with a folder before everything else.
fn with(folder: &Path) -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    Ok(std::env::join_paths(folders)?)
}

#[cfg(unix)]
fn symlink(original: &Path, link: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(original, link)?)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> Result<()> {
    anyhow::bail!("OSS-Fuzz builds on Linux; so does this")
}

#[cfg(test)]
mod tests {
    use super::super::nightly::files;
    use super::*;

    fn text(file: &str) -> String {
        let project = Project::find(false).unwrap();
        std::fs::read_to_string(project.path("core/fuzz/oss-fuzz").join(file)).unwrap()
    }

    #[test]
    fn every_target_is_one_that_cargo_fuzz_lists() {
        let project = Project::find(false).unwrap();
        let manifest = std::fs::read_to_string(project.path("core/fuzz/Cargo.toml")).unwrap();
        let mut listed: Vec<_> = manifest
            .split("[[bin]]\n")
            .skip(1)
            .map(|table| table.lines().next().unwrap().to_owned())
            .collect();
        listed.sort();
        let targets = super::super::of_the_core(&super::super::targets(&project).unwrap());
        let named: Vec<_> = targets.iter().map(|name| format!("name = \"{name}\"")).collect();
        assert_eq!(listed, named);
        assert!(text("build.sh").contains("$(cargo fuzz list --fuzz-dir core/fuzz)"));
    }

    #[test]
    fn every_dictionary_and_every_corpus_is_a_targets() {
        let project = Project::find(false).unwrap();
        let targets = super::super::of_the_core(&super::super::targets(&project).unwrap());
        let mut seen = 0;
        for file in files(&project.path("core/fuzz")).unwrap() {
            if file.extension().is_some_and(|extension| extension == "dict") {
                assert!(
                    targets
                        .iter()
                        .any(|name| *name == file.file_stem().unwrap().display().to_string())
                );
                seen += 1;
            }
        }
        for folder in files(&project.path("testdata/fuzz")).unwrap() {
            let name = folder.file_name().unwrap().display().to_string();
            assert!(
                super::super::targets(&project).unwrap().iter().any(|known| known.name == name)
            );
            seen += 1;
        }
        assert!(seen > 1);
    }

    #[test]
    fn the_limits_are_those_of_fuzzing_here() {
        let build = text("build.sh");
        for limit in LIMITS.into_iter().chain(["-max_len=8192"]) {
            let (name, value) = limit.trim_start_matches('-').split_once('=').unwrap();
            // OSS-Fuzz has one of its own for the whole process.
            assert_eq!(
                build.contains(&format!("{name} = {value}")),
                name != "rss_limit_mb",
                "{limit}"
            );
        }
    }

    #[test]
    fn the_script_parses_and_the_files_agree_about_the_repository() {
        let project = Project::find(false).unwrap();
        let mut bash = Command::new("bash");
        project.quietly(bash.arg("-n").arg(project.path("core/fuzz/oss-fuzz/build.sh"))).unwrap();
        let (yaml, dockerfile) = (text("project.yaml"), text("Dockerfile"));
        let address = yaml.lines().find_map(|line| line.strip_prefix("main_repo: \"")).unwrap();
        let address = address.trim_end_matches('"');
        assert!(dockerfile.contains(&format!("git clone --depth 1 {address} thumbox\n")));
        assert!(yaml.contains(
            "\nlanguage: rust\nfuzzing_engines:\n  - libfuzzer\nsanitizers:\n  - address\n"
        ));
        assert!(dockerfile.contains("FROM gcr.io/oss-fuzz-base/base-builder-rust\n"));
        assert!(dockerfile.ends_with("COPY build.sh $SRC/\n"));
    }
}
