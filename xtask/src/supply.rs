//! What comes from the registry: bans, licences and sources by `cargo xtask soak`, advisories by `cargo xtask advisories`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::project::{Project, openly};
use crate::tools::CARGO_DENY;

/// Every package or workspace of the project that has a Cargo.lock of its own.
const LOCKED: [&str; 6] = [
    ".",
    "bench/peer-plugin",
    "hosts/examples/rust",
    "hosts/ros/interop/hiroz",
    "hosts/ros/native",
    "native/conformance",
];

/// The fuzz targets: their lock is made from the workspace's.
const FUZZ: &str = "core/fuzz";

/// What is among the dependencies of everything: the checks of deny.toml that need nothing but the registry.
pub(crate) fn check(project: &Project) -> Result<()> {
    let deny = CARGO_DENY.installed(project)?;
    for package in packages(project)? {
        println!("{package}");
        openly(
            cargo_deny(&deny, project, package, &project.path("deny.toml"))
                .args(["bans", "licenses", "sources"]),
        )?;
    }
    Ok(())
}

/// `cargo xtask advisories`: known vulnerabilities, and releases that were withdrawn.
pub(crate) fn advisories(project: &Project, arguments: Vec<OsString>) -> Result<()> {
    let database = Database::of(arguments)?;
    let deny = CARGO_DENY.installed(project)?;
    let folder = project.target.join("advisories");
    fs::create_dir_all(&folder)?;
    database.fetch(&folder)?;
    let config = folder.join("deny.toml");
    let rules = fs::read_to_string(project.path("deny.toml"))?;
    fs::write(&config, database.rules(&rules, &folder)?)?;
    let mut failed = Vec::new();
    for package in packages(project)? {
        println!("{package}");
        if openly(cargo_deny(&deny, project, package, &config).arg("advisories")).is_err() {
            failed.push(package);
        }
    }
    ensure!(failed.is_empty(), "advisories concern {}", failed.join(", "));
    Ok(())
}

fn packages(project: &Project) -> Result<impl Iterator<Item = &'static str>> {
    fs::copy(project.path("Cargo.lock"), project.path(FUZZ).join("Cargo.lock"))?;
    Ok(LOCKED.into_iter().chain([FUZZ]))
}

/// `cargo deny check` over one package, without the names of the checks.
fn cargo_deny(deny: &Path, project: &Project, package: &str, config: &Path) -> Command {
    let mut command = Command::new(deny);
    command.current_dir(&project.root).args(["--log-level", "error"]);
    if package != FUZZ {
        // The fuzz targets' lock is the workspace's, which lacks libfuzzer-sys.
        command.arg("--locked");
    }
    command.arg("--manifest-path").arg(project.path(package).join("Cargo.toml"));
    command.arg("--config").arg(config);
    // That a version is there twice is a warning, which nobody reads in a run that passes.
    command.args(["check", "--hide-inclusion-graph", "--allow", "duplicate"]);
    command
}

/// Where the advisories are: a git repository.
struct Database {
    /// An address, or a folder.
    origin: String,
}

impl Database {
    const RUSTSEC: &str = "https://github.com/RustSec/advisory-db";

    fn of(arguments: Vec<OsString>) -> Result<Self> {
        let mut origin = Self::RUSTSEC.to_owned();
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                lexopt::Arg::Long("database") => {
                    origin = parser.value()?.into_string().map_err(|value| {
                        anyhow::anyhow!("--database {}: not UTF-8", value.display())
                    })?
                }
                other => return Err(other.unexpected().into()),
            }
        }
        if !origin.contains("://") {
            let folder =
                fs::canonicalize(&origin).with_context(|| format!("--database {origin}"))?;
            origin =
                format!("file://{}", folder.to_str().context("a folder whose name is not UTF-8")?);
        }
        Ok(Self { origin })
    }

    /// Asks whether the repository can be reached before anything else: cargo-deny's own words about it are many.
    fn fetch(&self, folder: &Path) -> Result<()> {
        let mut ask = Command::new("git");
        ask.current_dir(folder).env("GIT_TERMINAL_PROMPT", "0");
        let output = ask.args(["ls-remote", "--quiet", &self.origin, "HEAD"]).output();
        let output = output.context("the advisories are fetched with git, which is not there")?;
        if !output.status.success() {
            bail!("{}", self.unreachable(String::from_utf8_lossy(&output.stderr).trim()));
        }
        Ok(())
    }

    fn unreachable(&self, why: &str) -> String {
        format!(
            "nothing was checked: the advisory database {} cannot be fetched ({why}). It is on no package registry. \
             Run this where that address is reached, or bring a clone of it and name the folder: \
             cargo xtask advisories --database FOLDER",
            self.origin
        )
    }

    /// deny.toml with this database.
    fn rules(&self, rules: &str, folder: &Path) -> Result<String> {
        let heading = "[advisories]\n";
        ensure!(rules.matches(heading).count() == 1, "deny.toml has no {}", heading.trim());
        let clones: PathBuf = folder.join("databases");
        let (clones, origin) = (quoted(&clones.display().to_string()), quoted(&self.origin));
        Ok(rules.replace(heading, &format!("{heading}db-path = {clones}\ndb-urls = [{origin}]\n")))
    }
}

/// A TOML string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lock_is_checked() {
        let project = Project::find(false).unwrap();
        let mut git = Command::new("git");
        let output = git.current_dir(&project.root).args(["ls-files", "*Cargo.lock"]).output();
        let listed = String::from_utf8(output.unwrap().stdout).unwrap();
        let mut packages: Vec<_> = listed
            .lines()
            .map(|path| match path.strip_suffix("Cargo.lock").unwrap() {
                "" => ".",
                folder => folder.trim_end_matches('/'),
            })
            .collect();
        packages.sort_unstable();
        assert_eq!(packages, LOCKED);
    }

    #[test]
    fn a_database_that_cannot_be_fetched_is_said_plainly() {
        let folder = std::env::temp_dir();
        let database = Database { origin: "file:///there/is/no/such/database".to_owned() };
        let error = database.fetch(&folder).unwrap_err().to_string();
        assert!(error.starts_with("nothing was checked: the advisory database file:///there"));
        assert!(error.ends_with("cargo xtask advisories --database FOLDER"), "{error}");
    }

    #[test]
    fn the_rules_are_ours_and_the_database_is_the_one_that_was_named() {
        let project = Project::find(false).unwrap();
        let rules = fs::read_to_string(project.path("deny.toml")).unwrap();
        let database = Database { origin: "file:///a \"b\"".to_owned() };
        let made = database.rules(&rules, Path::new("/c")).unwrap();
        assert!(made.contains("db-urls = [\"file:///a \\\"b\\\"\"]\nyanked = \"deny\"\n"));
        assert!(database.rules("[bans]\n", Path::new("/c")).is_err());
    }
}
